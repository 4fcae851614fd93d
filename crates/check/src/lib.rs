//! Test a backward pass against every property of backpropagation:
//!
//! ```
//! use init_symmetry_check::{SubjectReport, property::{Config, Profile}, subject::Reference};
//!
//! // your own type in place of `Reference`
//! let report = SubjectReport::new(&Reference, &Config::new(Profile::Quick, 1));
//! assert!(report.passes(), "{report}");
//! ```
//!
//! [`subject_tests!`] generates one test for each property. A [`subject`] is an implementation
//! under test, a [`property`] is what must hold, and a [`fault`] is a planted bug. [`model`] does
//! the same for any model with unit groups; the macros call [`own_tests`].

// Bad input gets an error, never a panic. Here and not in Cargo.toml: tests state what they expect
// by panicking.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod any_program;
pub mod fault;
pub mod model;
mod outcomes;
pub mod own_tests;
mod panics;
pub mod property;
pub mod subject;
mod understood;

pub use any_program::AnyProgram;
pub use fault::SubjectReport;
pub use model::ModelReport;
pub use understood::{Remark, Understood};
