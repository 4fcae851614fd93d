//! Checks of gradients.

mod gradient_checks;
mod gradient_document;
mod gradient_faults;
