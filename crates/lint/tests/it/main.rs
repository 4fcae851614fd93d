//! Tests of what a user of the crate sees.

mod catalogue;
// one file serves the tests of several crates
#[path = "../../../network/tests/it/drawn.rs"]
mod drawn;
mod draws;
mod files;
mod hostile_files;
mod layouts;
mod other_peoples_models;
mod units;
mod written;
