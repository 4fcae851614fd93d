//! Find broken weight initialisation in checkpoints and live parameters.
//!
//! Start reading at [`TensorSource`], what is linted.

pub mod file;
mod source;

pub use source::{Element, Order, StoredTensor, TensorSource};
