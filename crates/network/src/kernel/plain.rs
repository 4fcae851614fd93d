//! The plain loops that define what every kernel computes.

use crate::{Activation, Scalar};
use ndarray::{Array2, ArrayView2, Zip};

/// Every entry of `left`·`right` (n × m) summed over k = 0, 1, 2, … from zero.
///
/// Column after column: the order fixes the numbers of terms in the files of proofs/tie.
pub(super) fn product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>, to: &mut Array2<S>) {
    for (column, mut to) in right.columns().into_iter().zip(to.columns_mut()) {
        for (row, to) in left.rows().into_iter().zip(&mut to) {
            let terms = row.iter().zip(column);
            *to = terms.fold(S::zero(), |sum, (l, &r)| l.mul_add(r, sum));
        }
    }
}

/// The sum of each row over j = 0, 1, 2, … from zero; `to` is n × 1.
pub(super) fn sum_over_examples<S: Scalar>(matrix: ArrayView2<S>, to: &mut Array2<S>) {
    for (row, to) in matrix.rows().into_iter().zip(to) {
        *to = row.iter().fold(S::zero(), |sum, &entry| sum + entry);
    }
}

/// Adds b (n × 1) to every column of z.
pub(super) fn add_bias<S: Scalar>(b: &Array2<S>, z: &mut Array2<S>) {
    for (mut row, &b) in z.rows_mut().into_iter().zip(b) {
        row.mapv_inplace(|entry| entry + b);
    }
}

/// a := g(z), entry by entry.
pub(super) fn activate<S: Scalar>(g: Activation, z: &Array2<S>, a: &mut Array2<S>) {
    Zip::from(a).and(z).for_each(|a, &z| *a = g.value(z));
}

/// dz := dz ∘ g'(z), entry by entry.
pub(super) fn times_slope<S: Scalar>(
    g: Activation,
    z: &Array2<S>,
    a: &Array2<S>,
    dz: &mut Array2<S>,
) {
    Zip::from(dz).and(z).and(a).for_each(|dz, &z, &a| *dz = *dz * g.slope(z, a));
}
