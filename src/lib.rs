//! Every statement of a lesson on random weight initialisation as something a machine checks, and
//! the same checks for anybody's backprop.
//!
//! # Legend
//! | symbol | meaning | rows × columns |
//! | --- | --- | --- |
//! | `m` | number of examples, in columns | |
//! | `n_x`, `n_h`, `n_y` | widths of input, hidden layer, output; in general n\[0\], …, n\[L\] | |
//! | `x`, `y`, `y_hat` | inputs, labels, predictions | n_x × m, n_y × m, n_y × m |
//! | `w1`, `b1` | weights and biases of layer 1; row i belongs to unit i | n_h × n_x, n_h × 1 |
//! | `z1`, `a1` | w1·x + b1 and g(z1) | n_h × m |
//! | `dw1`, `db1`, `dz1` | derivatives of the loss with respect to w1, b1, z1 | as w1, b1, z1 |
//! | θ, α | all parameters, the learning rate | |
//! | g | the activation of the hidden layers | |
//!
//! A *unit* is row i of W\[l\], entry i of b\[l\] and column i of W\[l+1\]; *twins* are two units
//! of a layer that are equal in all three.

// Bad input gets an error, never a panic. Here and not in Cargo.toml: tests state what they expect
// by panicking.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod activation;
mod batch;
pub mod dataset;
mod error;
mod flat;
mod initialise;
mod kernel;
pub mod network;
pub mod optimiser;
pub mod scalar;
pub mod specification;
pub mod statistics;
pub mod symmetry;
pub mod tolerance;

// Mutation testing compiles the library once for each mutant: with `--cfg floors` it leaves out the
// floors above those that are mutated, and has the tests that judge them in the same program.
#[cfg(not(floors = "lower"))]
pub mod fault;
#[cfg(not(floors = "lower"))]
pub mod gradient;
#[cfg(not(floors = "lower"))]
pub mod proof;
#[cfg(not(floors = "lower"))]
pub mod property;
#[cfg(not(floors = "lower"))]
pub mod subject;

#[cfg(not(any(floors = "lower", floors = "middle")))]
pub mod claim;
#[cfg(all(feature = "cli", not(any(floors = "lower", floors = "middle"))))]
pub mod report;

#[cfg(all(test, any(floors = "lower", floors = "middle")))]
extern crate self as init_symmetry;
#[cfg(all(test, floors = "middle"))]
#[path = "../tests/checking/main.rs"]
mod checking;
#[cfg(all(test, floors = "lower"))]
#[path = "../tests/foundation/main.rs"]
mod foundation;

pub use activation::{Activation, Loss};
pub use batch::Batch;
pub use error::{Error, Extent, Result, parse_name};
#[cfg(not(floors = "lower"))]
pub use fault::Report;
pub use flat::{parameters_from, specification_of};
pub use initialise::{Biases, Start, Weights, initialize_parameters};
pub use network::{Evaluation, Forward, Gradient, Layer, LayerGradient, Network, Parameters};
pub use scalar::{Bounded, Dual, Fp, Scalar};
