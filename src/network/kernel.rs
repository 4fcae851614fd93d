//! How products and reductions are computed: the same operations in the same order for every entry.
//!
//! A kernel is *uniform* when entry (i, j) of a product is one and the same function of row i and
//! column j wherever it lies. The inductive claim in floats rests on it: BLAS libraries are not
//! uniform (edge rows are added in another order), and identical units drift apart in them.

use crate::Scalar;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

/// The product of two matrices, every entry summed over k = 0, 1, 2, … from zero.
///
/// `left` is n × k, `right` is k × m, the result n × m. The caller has checked that they fit.
pub(crate) fn product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    // Contiguous rows vectorise; copying them does no arithmetic, so no bit can change.
    let right = right.as_standard_layout();
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    for (mut result_row, left_row) in result.rows_mut().into_iter().zip(left.rows()) {
        for (&l, right_row) in left_row.iter().zip(right.rows()) {
            result_row.zip_mut_with(&right_row, |sum, &r| *sum = *sum + l * r);
        }
    }
    result
}

/// The sum of each row over the examples j = 0, 1, 2, … from zero: n × m becomes n × 1.
pub(crate) fn sum_over_examples<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    let sum_of = |row: ArrayView1<S>| row.iter().fold(S::zero(), |sum, &x| sum + x);
    matrix.map_axis(Axis(1), sum_of).insert_axis(Axis(1))
}
