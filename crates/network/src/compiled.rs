//! What is compiled once for each kind of float, and not again in every crate that uses it.
//!
//! Generic code is compiled in the crate that runs it, and these functions hold every block and
//! vector: in each crate they were two fifths of the code. Floats name them in this crate
//! (`Scalar::compiled`) and keep the naming out of line; other number systems stay generic.

use crate::network::{Forward, Gradient, Network, Parameters, backward, forward};
use crate::{Batch, Scalar, kernel};
use ndarray::{Array2, ArrayView2};

/// Forward propagation, backpropagation and a product, for one number system.
pub struct Compiled<S> {
    pub(crate) forward: fn(&Network, &Parameters<S>, &Array2<S>, &mut Forward<S>),
    pub(crate) backward: Backward<S>,
    pub(crate) product_into: fn(ArrayView2<S>, ArrayView2<S>, &mut Array2<S>),
}

type Backward<S> =
    fn(&Network, &Parameters<S>, &Batch<S>, &Forward<S>, &mut [Array2<S>], &mut Gradient<S>);

impl<S: Scalar> Compiled<S> {
    pub(crate) fn here() -> Self {
        Self { forward, backward, product_into: kernel::product_into }
    }
}
