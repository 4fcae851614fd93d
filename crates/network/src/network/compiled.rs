//! What is compiled once for each kind of float, and not again in every crate that uses it.
//!
//! Generic code is compiled in the crate that runs it, and these functions hold every block and
//! vector: in each crate they were two fifths of the code. Floats name them here, out of line;
//! other number systems stay generic.

use super::propagation::{backward, forward};
use super::{Forward, Gradient, Network, Parameters};
use crate::scalar::{Term, ZeroOrAny};
use crate::{Batch, Bounded, Dual, Fp, Scalar};
use ndarray::Array2;

/// A number that networks compute with: every [`Scalar`] of this crate.
///
/// A number system of one's own has an empty implementation:
/// `impl Trainable for MyNumber {}`.
pub trait Trainable: Scalar {
    /// Forward propagation and backpropagation on such numbers.
    #[doc(hidden)]
    fn compiled() -> Compiled<Self> {
        Compiled { forward, backward }
    }
}

/// The two passes, for one number system.
pub struct Compiled<S> {
    pub(super) forward: fn(&Network, &Parameters<S>, &Array2<S>, &mut Forward<S>),
    pub(super) backward: Backward<S>,
}

type Backward<S> =
    fn(&Network, &Parameters<S>, &Batch<S>, &Forward<S>, &mut [Array2<S>], &mut Gradient<S>);

impl Trainable for f64 {
    #[inline(never)]
    fn compiled() -> Compiled<Self> {
        Compiled { forward, backward }
    }
}

impl Trainable for f32 {
    #[inline(never)]
    fn compiled() -> Compiled<Self> {
        Compiled { forward, backward }
    }
}

impl Trainable for Bounded {}
impl Trainable for Fp {}
impl Trainable for Term {}
impl Trainable for ZeroOrAny {}
impl<S: Scalar> Trainable for Dual<S> {}
