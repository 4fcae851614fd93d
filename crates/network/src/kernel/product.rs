//! The product of two matrices, on blocks of entries, with a bias added to it or sums beside it.

use super::blocks::{InBlocks, ROWS};
use super::factors::{Factors, Results, add_bias};
use super::in_place::{Applied, Bias, InPlace};
use super::sums::sum_rows;
use super::{column, product, sum_over_examples};
use crate::Scalar;
use crate::scalar::{Entrywise, Pending, Work, slices_of, update};
use ndarray::{Array2, ArrayView2};
use std::marker::PhantomData;

/// Up to so many terms are not worth packing.
const TERMS: usize = 8;
/// Nor are up to so many multiplications.
pub(super) const MULTIPLICATIONS: usize = 4096;

/// `result` becomes the product of `left` (n × k) and `right` (k × m), every entry summed over
/// k = 0, 1, 2, … from zero. The caller has checked that the shapes fit.
pub(crate) fn product_into<S: Scalar>(
    left: ArrayView2<S>,
    right: ArrayView2<S>,
    result: &mut Array2<S>,
) {
    let Some(entries) = result.as_slice_mut() else {
        *result = product(left, right); // lies row by row
        return;
    };
    compute(&Factors::new(left, right, None), Results { entries, sums: &mut [] });
}

/// The product of `left` (n × k) and `right` (k × m) before it is computed: what is a function of
/// it is computed while its entries are at hand. The caller has checked that the shapes fit.
pub(crate) struct Product<'a, S> {
    pub(crate) left: ArrayView2<'a, S>,
    pub(crate) right: ArrayView2<'a, S>,
}

impl<S: Scalar> Pending<S> for Product<'_, S> {
    fn update<const N: usize, F: Entrywise<S, N>>(self, with: [&Array2<S>; N], to: &mut Array2<S>) {
        if S::IS_VECTORISED {
            self.update_as_floats::<N, F>(with, to);
        } else {
            product_into(self.left, self.right, to);
            update::<S, N, F>(with, to);
        }
    }
}

impl<S: Scalar> Product<'_, S> {
    /// The same in the way of floats, of any numbers.
    pub(super) fn update_as_floats<const N: usize, F: Entrywise<S, N>>(
        self,
        with: [&Array2<S>; N],
        to: &mut Array2<S>,
    ) {
        let Self { left, right } = self;
        let factors = &Factors::new(left, right, None);
        match (Way::of(factors), slices_of(with), to.as_slice_mut()) {
            (Way::InPlace { right }, Some(with), Some(entries)) => {
                let last = Applied { with, function: PhantomData::<F> };
                S::compute(InPlace { factors, right, entries, last });
            }
            _ => {
                product_into(left, right, to);
                update::<S, N, F>(with, to);
            }
        }
    }
}

/// `z` becomes `w`·`a` + `b`, where b (n × 1) is added to every column after all else.
pub(crate) fn affine_into<S: Scalar>(
    w: &Array2<S>,
    a: &Array2<S>,
    b: &Array2<S>,
    z: &mut Array2<S>,
) {
    match (b.as_slice(), z.as_slice_mut()) {
        (bias @ Some(_), Some(entries)) => {
            let factors = Factors::new(w.view(), a.view(), bias);
            compute(&factors, Results { entries, sums: &mut [] });
        }
        _ => *z = product(w.view(), a.view()) + b,
    }
}

/// Backwards through `w`·`a` + `b` from `dz` (n × m): `dw` becomes dz·aᵀ, and `db` (n × 1) the sum
/// of each row of dz.
pub(crate) fn affine_gradient_into<S: Scalar>(
    dz: &Array2<S>,
    a: &Array2<S>,
    dw: &mut Array2<S>,
    db: &mut Array2<S>,
) {
    match (dw.as_slice_mut(), db.as_slice_mut()) {
        (Some(entries), Some(sums)) => {
            compute(&Factors::new(dz.view(), a.t(), None), Results { entries, sums });
        }
        _ => {
            *dw = product(dz.view(), a.t());
            *db = sum_over_examples(dz);
        }
    }
}

/// The product in the way of floats, of any numbers: what is proved of it over free expressions is
/// proved of the source that floats run.
pub fn product_of_floats<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    filled(left, right, &mut [], compute_as_floats)
}

/// The same in the blocks of a processor with many registers.
pub fn product_in_many_registers<S: Scalar>(
    left: ArrayView2<S>,
    right: ArrayView2<S>,
) -> Array2<S> {
    filled(left, right, &mut [], compute_in_many_registers)
}

/// The sum of each row in the way of floats, which is beside a product.
pub fn sums_of_floats<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    sums_beside_product(matrix, compute_as_floats)
}

/// The same in the blocks of a processor with many registers.
pub fn sums_in_many_registers<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    sums_beside_product(matrix, compute_in_many_registers)
}

fn sums_beside_product<S: Scalar>(
    matrix: &Array2<S>,
    compute: impl for<'a> FnOnce(&'a Factors<'a, S>, Results<'a, S>),
) -> Array2<S> {
    let mut sums = vec![S::zero(); matrix.nrows()];
    filled(matrix.view(), matrix.t(), &mut sums, compute);
    column(sums)
}

fn filled<S: Scalar>(
    left: ArrayView2<S>,
    right: ArrayView2<S>,
    sums: &mut [S],
    compute: impl for<'a> FnOnce(&'a Factors<'a, S>, Results<'a, S>),
) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    if let Some(entries) = result.as_slice_mut() {
        compute(&Factors::new(left, right, None), Results { entries, sums });
    }
    result
}

fn compute_in_many_registers<'a, S: Scalar>(factors: &'a Factors<'a, S>, results: Results<'a, S>) {
    InBlocks { factors, results }.run_in_many_registers();
}

fn compute<'a, S: Scalar>(factors: &'a Factors<'a, S>, results: Results<'a, S>) {
    if S::IS_VECTORISED {
        compute_as_floats(factors, results);
    } else {
        compute_one_by_one(factors, results.entries);
        sum_rows(factors.left.view, results.sums);
    }
}

/// Column after column: expressions are numbered as they arise, and the prover has them by number.
fn compute_one_by_one<S: Scalar>(factors: &Factors<S>, entries: &mut [S]) {
    let Factors { left, right, bias } = factors;
    let m = right.view.ncols();
    for (j, column) in right.view.columns().into_iter().enumerate() {
        for (i, row) in left.view.rows().into_iter().enumerate() {
            let terms = row.iter().zip(column);
            entries[i * m + j] = terms.fold(S::zero(), |sum, (&l, &r)| sum + l * r);
        }
    }
    add_bias(*bias, entries, m.max(1));
}

fn compute_as_floats<'a, S: Scalar>(factors: &'a Factors<'a, S>, results: Results<'a, S>) {
    let Factors { left, bias, .. } = factors;
    match Way::of(factors) {
        Way::InPlace { right } => {
            let last = Bias(*bias);
            S::compute(InPlace { factors, right, entries: results.entries, last });
            if !results.sums.is_empty() {
                sum_rows(left.view, results.sums);
            }
        }
        Way::Dots { left, right } => S::compute(Dots { factors, left, right, results }),
        Way::InBlocks => S::compute(InBlocks { factors, results }),
    }
}

/// How a product is computed, by what is fastest.
enum Way<'a, S> {
    /// The right matrix lies row by row.
    InPlace { right: &'a [S] },
    /// The left matrix lies row by row, the right one column by column.
    Dots { left: &'a [S], right: &'a [S] },
    /// In any layout.
    InBlocks,
}

impl<'a, S: Scalar> Way<'a, S> {
    fn of(factors: &Factors<'a, S>) -> Self {
        let Factors { left, right, .. } = factors;
        let (n, inner, m) = (left.view.nrows(), left.view.ncols(), right.view.ncols());
        // Packing pays only if it serves many rows, columns and terms.
        let are_few = n.saturating_mul(inner).saturating_mul(m) <= MULTIPLICATIONS;
        match (left.by_rows, right.by_rows, right.by_columns) {
            (_, Some(right), _) if n < ROWS || inner <= TERMS || are_few => Self::InPlace { right },
            (Some(left), _, Some(right)) if n < ROWS || m < ROWS || are_few => {
                Self::Dots { left, right }
            }
            _ => Self::InBlocks,
        }
    }
}

/// A product of few rows or columns, from rows and columns where they lie: several entries at the
/// same time, because each of them waits for its last addition.
struct Dots<'a, S> {
    factors: &'a Factors<'a, S>,
    /// Row by row.
    left: &'a [S],
    /// Column by column.
    right: &'a [S],
    results: Results<'a, S>,
}

impl<S: Scalar> Work for Dots<'_, S> {
    #[inline(always)]
    fn run(mut self) {
        let (n, m) = (self.factors.left.view.nrows(), self.factors.right.view.ncols());
        let many = n / 4 * 4;
        let (twos, sixes) = (m / 2 * 2, m / 6 * 6);
        let fours = sixes + (m - sixes) / 4 * 4;
        for i in (0..many).step_by(4) {
            for j in (0..twos).step_by(2) {
                self.compute_entries::<4, 2>(i, j);
            }
            for j in twos..m {
                self.compute_entries::<4, 1>(i, j);
            }
        }
        for i in many..n {
            for j in (0..sixes).step_by(6) {
                self.compute_entries::<1, 6>(i, j);
            }
            for j in (sixes..fours).step_by(4) {
                self.compute_entries::<1, 4>(i, j);
            }
            for j in fours..m {
                self.compute_entries::<1, 1>(i, j);
            }
        }
        add_bias(self.factors.bias, self.results.entries, m.max(1));
    }
}

impl<S: Scalar> Dots<'_, S> {
    /// Rows i, i + 1, … of columns j, j + 1, …, `N` and `M` of them; beside the first columns the
    /// sums of the rows, which would wait as long alone.
    #[inline(always)]
    fn compute_entries<const N: usize, const M: usize>(&mut self, i: usize, j: usize) {
        if j == 0 && !self.results.sums.is_empty() {
            self.compute_entries_and_sums::<N, M, true>(i, j);
        } else {
            self.compute_entries_and_sums::<N, M, false>(i, j);
        }
    }

    #[inline(always)]
    fn compute_entries_and_sums<const N: usize, const M: usize, const SUMS: bool>(
        &mut self,
        i: usize,
        j: usize,
    ) {
        let (inner, m) = self.factors.right.view.dim();
        let mut rows: [&[S]; N] = [&[]; N];
        for (i, row) in (i..).zip(&mut rows) {
            *row = &self.left[i * inner..][..inner];
        }
        let mut columns: [&[S]; M] = [&[]; M];
        for (j, column) in (j..).zip(&mut columns) {
            *column = &self.right[j * inner..][..inner];
        }
        let mut products = [[S::zero(); M]; N];
        let mut totals = [S::zero(); N];
        // Two terms at a time, or else this becomes vectors that are gathered number by number.
        let even = inner / 2 * 2;
        for k in (0..even).step_by(2) {
            for (products, l) in products.iter_mut().zip(&rows) {
                for (product, r) in products.iter_mut().zip(&columns) {
                    *product = *product + l[k] * r[k] + l[k + 1] * r[k + 1];
                }
            }
            if SUMS {
                for (total, l) in totals.iter_mut().zip(&rows) {
                    *total = *total + l[k] + l[k + 1];
                }
            }
        }
        for k in even..inner {
            for (products, l) in products.iter_mut().zip(&rows) {
                for (product, r) in products.iter_mut().zip(&columns) {
                    *product = *product + l[k] * r[k];
                }
            }
            if SUMS {
                for (total, l) in totals.iter_mut().zip(&rows) {
                    *total = *total + l[k];
                }
            }
        }
        for (i, products) in (i..).zip(&products) {
            self.results.entries[i * m + j..][..M].copy_from_slice(products);
        }
        if SUMS {
            self.results.sums[i..][..N].copy_from_slice(&totals);
        }
    }
}
