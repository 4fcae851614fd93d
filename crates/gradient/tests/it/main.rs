//! Checks of gradients.

mod drawn;
mod gradient_checks;
mod gradient_document;
mod gradient_faults;
mod widths_of_tolerances;
