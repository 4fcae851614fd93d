//! Tests of what a user of the crate sees.

// one file serves the tests of several crates
#[path = "../../../network/tests/it/drawn.rs"]
mod drawn;
mod files;
mod hostile_files;

mod written;
