//! Checks of gradients.

// one file serves the tests of both crates
#[path = "../../../network/tests/it/drawn.rs"]
mod drawn;
mod gradient_checks;
mod gradient_document;
mod gradient_faults;
mod softmax;
mod trust;
mod widths_of_tolerances;
