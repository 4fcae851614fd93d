//! Test a hand-written backward pass:
//!
//! ```
//! use init_symmetry::gradient::check;
//!
//! let loss = |x: &[f64]| x[0] * x[0] * x[1];
//! let gradient = |x: &[f64]| vec![2.0 * x[0] * x[1], x[0] * x[0]];
//! check(loss, gradient, &[3.0, -2.0]).assert_pass();
//! ```
//!
//! [`subject_tests!`] generates one test for each property of backpropagation of your own network;
//! [`model_tests!`] does so for any model. [`lint::lint`] finds broken initialisation. [`claim`] is
//! a lesson on weight initialisation as claims with evidence. [`network`] explains the symbols.

// Bad input gets an error, never a panic. Here and not in Cargo.toml: tests state what they expect
// by panicking.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod claim;
#[cfg(feature = "cli")]
pub mod command;
pub mod dataset;
pub mod input_file;
#[cfg(feature = "cli")]
pub mod output_file;
pub mod proof;
#[cfg(feature = "cli")]
pub mod report;

#[doc(inline)]
pub use init_symmetry_check::{
    AnyProgram, ModelReport, Remark, SubjectReport, Understood, fault, model, model_tests,
    own_tests, property, subject, subject_tests,
};
#[doc(inline)]
pub use init_symmetry_gradient as gradient;
#[doc(inline)]
pub use init_symmetry_lint as lint;
#[doc(inline)]
pub use init_symmetry_network::{
    Activation, Batch, Biases, Bounded, Dual, Error, Evaluation, Extent, Forward, Fp, Gradient,
    Layer, LayerGradient, Loss, Network, Parameters, Problem, Result, Scalar, Scheme, Start,
    Trainable, WeightDistribution, Weights, initialize_parameters, network, optimiser, parallel,
    parameters_from, parse_name, printable, printable_lines, printable_path, quoted, scalar,
    singular_values, specification, specification_of, start_rules, statistics, symmetry, tolerance,
    toy,
};

/// The examples of docs/LINT.md run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/LINT.md")]
struct LintDocument;
