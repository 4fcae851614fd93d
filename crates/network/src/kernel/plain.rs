//! The plain loops that define what every kernel computes: the oracles of its tests.

use crate::Scalar;
use ndarray::{Array2, ArrayView2};

/// Every entry summed over k = 0, 1, 2, … from zero.
pub(super) fn product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
        (0..left.ncols()).fold(S::zero(), |sum, k| sum + left[[i, k]] * right[[k, j]])
    })
}

/// The sum of each row over j = 0, 1, 2, … from zero.
pub(super) fn sum_over_examples<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    Array2::from_shape_fn((matrix.nrows(), 1), |(i, _)| {
        matrix.row(i).iter().fold(S::zero(), |sum, &entry| sum + entry)
    })
}
