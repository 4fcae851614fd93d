//! The product of two matrices, of which the right one is read where it lies.

use super::factors::{Factor, Factors};
use crate::Scalar;
use crate::scalar::{Entrywise, Work, entries_at};
use std::marker::PhantomData;

/// Entries of one row that are computed together.
const WIDE: usize = 64;
const NARROW: usize = 16;
const FEW: usize = 4;

/// A product that reads `right` row by row, `WIDE` entries of a row at a time.
pub(super) struct InPlace<'a, S, L> {
    pub(super) factors: &'a Factors<'a, S>,
    pub(super) right: &'a [S],
    /// Of the result, row by row.
    pub(super) entries: &'a mut [S],
    pub(super) last: L,
}

/// What is done to sums before they become entries of the result.
pub(super) trait Last<S> {
    /// To entries `at`, `at` + 1, … of all, which are in row `i`.
    fn change<const N: usize>(&self, i: usize, at: usize, sums: &mut [S; N]);
}

/// An entry for each row is added, if there is one.
pub(super) struct Bias<'a, S>(pub(super) Option<&'a [S]>);

impl<S: Scalar> Last<S> for Bias<'_, S> {
    #[inline(always)]
    fn change<const N: usize>(&self, i: usize, _: usize, sums: &mut [S; N]) {
        if let Some(bias) = self.0 {
            for sum in sums {
                *sum = *sum + bias[i];
            }
        }
    }
}

/// They become a function of themselves and of other entries, which lie like the result.
pub(super) struct Applied<'a, S, const M: usize, F> {
    pub(super) with: [&'a [S]; M],
    pub(super) function: PhantomData<F>,
}

impl<S: Scalar, const M: usize, F: Entrywise<S, M>> Last<S> for Applied<'_, S, M, F> {
    #[inline(always)]
    fn change<const N: usize>(&self, _: usize, at: usize, sums: &mut [S; N]) {
        let mut with: [&[S]; M] = [&[]; M];
        for (here, all) in with.iter_mut().zip(&self.with) {
            *here = &all[at..at + N];
        }
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = F::value(entries_at(&with, j), *sum);
        }
    }
}

impl<S: Scalar, L: Last<S>> Work for InPlace<'_, S, L> {
    #[inline(always)]
    fn run(mut self) {
        let (n, m) = (self.factors.left.view.nrows(), self.factors.right.view.ncols());
        let (wide, narrow, few) = (m / WIDE * WIDE, m / NARROW * NARROW, m / FEW * FEW);
        for i in 0..n {
            for j in (0..wide).step_by(WIDE) {
                self.compute_entries::<WIDE>(i, j);
            }
            for j in (wide..narrow).step_by(NARROW) {
                self.compute_entries::<NARROW>(i, j);
            }
            for j in (narrow..few).step_by(FEW) {
                self.compute_entries::<FEW>(i, j);
            }
            for j in few..m {
                self.compute_entries::<1>(i, j);
            }
        }
    }
}

impl<S: Scalar, L: Last<S>> InPlace<'_, S, L> {
    /// Entries j, j + 1, … of row `i`, `N` of them.
    #[inline(always)]
    fn compute_entries<const N: usize>(&mut self, i: usize, j: usize) {
        let Factors { left: Factor { view: left, .. }, right, .. } = self.factors;
        let m = right.view.ncols();
        let mut sums = [S::zero(); N];
        for k in 0..left.ncols() {
            let l = left[[i, k]];
            for (sum, &r) in sums.iter_mut().zip(&self.right[k * m + j..][..N]) {
                *sum = *sum + l * r;
            }
        }
        self.last.change(i, i * m + j, &mut sums);
        self.entries[i * m + j..][..N].copy_from_slice(&sums);
    }
}
