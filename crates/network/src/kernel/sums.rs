//! The sum of every row of a matrix, several rows at a time, and what makes means of sums.

use crate::Scalar;
use crate::scalar::Work;
use ndarray::{Array2, ArrayView2};

/// An addition takes three or four cycles and two can begin in each; eight sums would become
/// vectors that are gathered number by number.
const ROWS: usize = 6;
const FEW_ROWS: usize = 4;

/// `sums` become the sums of the first rows of `matrix` (n × m), as many as there is room for, over
/// j = 0, 1, 2, … from zero.
pub(super) fn sum_rows<S: Scalar>(matrix: ArrayView2<S>, sums: &mut [S]) {
    S::compute(RowSums { matrix, sums });
}

struct RowSums<'a, S> {
    matrix: ArrayView2<'a, S>,
    sums: &'a mut [S],
}

impl<S: Scalar> Work for RowSums<'_, S> {
    #[inline(always)]
    fn run(mut self) {
        let n = self.sums.len();
        // twelve are two times six, but eight are two times four
        let many = n / (2 * ROWS) * (2 * ROWS);
        let few = n / FEW_ROWS * FEW_ROWS;
        for i in (0..many).step_by(ROWS) {
            self.sum_rows::<ROWS>(i);
        }
        for i in (many..few).step_by(FEW_ROWS) {
            self.sum_rows::<FEW_ROWS>(i);
        }
        for i in few..n {
            self.sum_rows::<1>(i);
        }
    }
}

impl<S: Scalar> RowSums<'_, S> {
    /// Rows i, i + 1, …, `COUNT` of them, side by side.
    #[inline(always)]
    fn sum_rows<const COUNT: usize>(&mut self, i: usize) {
        let mut sums = [S::zero(); COUNT];
        for j in 0..self.matrix.ncols() {
            for (i, sum) in (i..).zip(&mut sums) {
                *sum = *sum + self.matrix[[i, j]];
            }
        }
        for (i, &sum) in (i..).zip(&sums) {
            self.sums[i] = sum;
        }
    }
}

/// Every entry of `matrix` is divided by `divisor`.
pub(crate) fn divide<S: Scalar>(matrix: &mut Array2<S>, divisor: S) {
    match matrix.as_slice_mut() {
        Some(entries) => S::compute(Division { entries, divisor }),
        None => matrix.mapv_inplace(|entry| entry / divisor),
    }
}

struct Division<'a, S> {
    entries: &'a mut [S],
    divisor: S,
}

impl<S: Scalar> Work for Division<'_, S> {
    #[inline(always)]
    fn run(self) {
        for entry in self.entries {
            *entry = *entry / self.divisor;
        }
    }
}
