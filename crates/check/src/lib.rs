//! Properties that every implementation of backpropagation must have, checked on anybody's, and
//! planted faults that show what each property can see.
//!
//! Start at [`SubjectReport`], which checks everything, or at [`subject_tests!`], which makes a
//! test of each property. Then: [`subject`], an implementation under test; [`property`], what must
//! hold; [`fault`], what can be wrong; [`own_tests`], what the macro calls; [`model`], the same for
//! any model with unit groups.

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
