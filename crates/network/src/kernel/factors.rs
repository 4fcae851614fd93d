//! What the ways of computing a product have in common.

use crate::Scalar;
use ndarray::ArrayView2;

/// What is multiplied, and what is added to each row of the product.
#[derive(Clone, Copy)]
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
#[derive(Clone, Copy)]
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

/// What is computed.
pub(super) struct Results<'a, S> {
    /// Of the product, row by row.
    pub(super) entries: &'a mut [S],
    /// Of each row of the left matrix, over k = 0, 1, 2, … from zero; empty if not asked for.
    pub(super) sums: &'a mut [S],
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
