//! Checking a gradient, of a network or of anything else: exactly where the function is known over
//! many number systems, by differences with a derived tolerance where it is a black box.
//! Every check says what it would have seen, and what it could not.

mod differentiable;

pub use differentiable::{
    Block, Differentiable, LossAndGradient, NetworkLoss, parameters_from, specification_of,
};
