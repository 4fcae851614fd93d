//! Checking a gradient, of a network or of anything else: exactly where the function is known over
//! many number systems, by differences with a derived tolerance where it is a black box.
//! Every check says what it would have seen, and what it could not.
#![doc = ""]
#![doc = include_str!("../GRADIENT.md")]

mod affine;
mod agreement;
mod check;
mod comparison;
mod dense;
mod diagnosis;
mod difference;
mod differentiable;
mod display;
mod estimate;
mod exact;
mod expression;
mod field;
mod function;
mod kinks;
mod network_loss;
mod noise;
mod outputs;
mod power;
mod report;
mod rounded;
mod run;
mod sparse;
mod structured;
mod taylor;

pub use agreement::{Agreement, Meaning};
pub use check::{Check, Coverage, Plan};
pub use comparison::{BlockReport, Entry, GradientVerdict};
pub use dense::Direction;
pub use diagnosis::{Cause, Pattern};
pub use differentiable::{Block, Differentiable, LossAndGradient};
pub use estimate::{Estimate, Status};
pub use expression::{Expression, ExpressionWithGradient, LossAndGradientIn};
pub use field::{FieldReport, identity_test};
pub use function::{Function, check, negative_control};
pub use network_loss::NetworkLoss;
pub use power::Power;
pub use report::{GradientReport, Method};
pub use rounded::Rounded;
pub use sparse::network_derivatives;
pub use taylor::{Reading, Taylor};
