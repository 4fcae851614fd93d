//! Train a small reference network, with exact and repeatable results:
//!
//! ```
//! use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry, toy};
//! let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
//! let start = network.initialise(Weights::Constant(0.5), 1)?;
//! let end = network.train(&start, &toy::xor()?, 0.5, 100, |_, _| ())?;
//! assert_eq!(symmetry::twin_classes(&end, 1)?, [[0, 1, 2, 3]]); // four units, still equal
//! # Ok::<(), init_symmetry_network::Error>(())
//! ```
//!
//! The network is written once and runs in every number system. Start reading at [`network`]; its
//! equations are in `network/propagation.rs`.
//!
//! | symbol | meaning | rows × columns |
//! | --- | --- | --- |
//! | `m` | number of examples, in columns | |
//! | `n_x`, `n_h`, `n_y` | widths of input, hidden layer, output; in general n\[0\], …, n\[L\] | |
//! | `x`, `y`, `y_hat` | inputs, labels, predictions | n_x × m, n_y × m, n_y × m |
//! | `w1`, `b1` | weights and biases of layer 1; row i belongs to unit i | n_h × n_x, n_h × 1 |
//! | `z1`, `a1` | w1·x + b1 and g(z1) | n_h × m |
//! | `dw1`, `db1`, `dz1` | derivatives of the loss with respect to w1, b1, z1 | as w1, b1, z1 |
//! | θ, α | all parameters, the learning rate | |
//! | g | the activation of a hidden layer; layers may differ | |
//!
//! A *unit* is row i of W\[l\], entry i of b\[l\] and column i of W\[l+1\]; *twins* are two units
//! of a layer that are equal in all three.

// Bad input gets an error, never a panic. Here and not in Cargo.toml: tests state what they expect
// by panicking.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod activation;
mod batch;
mod error;
mod flat;
mod hidden_layers;
mod initialise;
#[doc(hidden)] // for the crates that prove and test how products are computed
pub mod kernel;
mod loss;
pub mod network;
pub mod optimiser;
pub mod parallel;
mod printable;
mod problem;
pub mod scalar;
mod shapes;
mod singular_values;
pub mod specification;
pub mod start_rules;
pub mod statistics;
pub mod symmetry;
pub mod tolerance;
pub mod toy;

pub use activation::{Activation, Decay, Facts};
pub use batch::Batch;
pub use error::{Error, Extent, Result, parse_name};
pub use flat::{parameters_from, specification_of};
pub use initialise::{Biases, Scheme, Start, WeightDistribution, Weights, initialize_parameters};
pub use kernel::Trainable;
pub use loss::Loss;
pub use network::{Evaluation, Forward, Gradient, Layer, LayerGradient, Network, Parameters};
pub use printable::{printable, printable_lines, printable_path, quoted};
pub use problem::Problem;
pub use scalar::{Bounded, Dual, Fp, Scalar};
pub use singular_values::singular_values;
