//! What the ways of computing a product have in common.

use crate::Scalar;
use ndarray::ArrayView2;

/// What is multiplied, and what is added to each row of the product.
pub(super) struct Factors<'a, S> {
    pub(super) left: Factor<'a, S>,
    pub(super) right: Factor<'a, S>,
    pub(super) bias: Option<&'a [S]>,
}

impl<'a, S: Scalar> Factors<'a, S> {
    pub(super) fn new(
        left: ArrayView2<'a, S>,
        right: ArrayView2<'a, S>,
        bias: Option<&'a [S]>,
    ) -> Self {
        Self { left: Factor::new(left), right: Factor::new(right), bias }
    }
}

/// A matrix to multiply, and its entries where they lie row by row or column by column.
pub(super) struct Factor<'a, S> {
    pub(super) view: ArrayView2<'a, S>,
    pub(super) by_rows: Option<&'a [S]>,
    pub(super) by_columns: Option<&'a [S]>,
}

impl<'a, S: Scalar> Factor<'a, S> {
    fn new(view: ArrayView2<'a, S>) -> Self {
        Self { view, by_rows: view.to_slice(), by_columns: view.reversed_axes().to_slice() }
    }
}

/// Adds to each row of a result its entry of the bias, if there is one.
#[inline(always)]
pub(super) fn add_bias<S: Scalar>(bias: Option<&[S]>, entries: &mut [S], m: usize) {
    for (row, &b) in entries.chunks_exact_mut(m).zip(bias.unwrap_or_default()) {
        for entry in row {
            *entry = *entry + b;
        }
    }
}
