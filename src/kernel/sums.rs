//! The sum of every row of a matrix, several rows at a time.

use crate::Scalar;
use crate::scalar::Work;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// An addition takes four cycles and two can begin in each, so eight sums keep a core busy.
const ROWS: usize = 8;

/// `sums` (n × 1) becomes the sum of each row of `matrix` (n × m) over j = 0, 1, 2, … from zero.
pub(crate) fn sum_over_examples_into<S: Scalar>(matrix: &Array2<S>, sums: &mut Array2<S>) {
    S::compute(RowSums { matrix: matrix.view(), sums: sums.view_mut() });
}

struct RowSums<'a, S> {
    matrix: ArrayView2<'a, S>,
    sums: ArrayViewMut2<'a, S>,
}

impl<S: Scalar> Work for RowSums<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Self { matrix, mut sums } = self;
        let rows = matrix.axis_chunks_iter(Axis(0), ROWS);
        for (rows, mut sums) in rows.zip(sums.axis_chunks_iter_mut(Axis(0), ROWS)) {
            if rows.nrows() == ROWS {
                sum_rows::<S, ROWS>(rows, sums);
            } else {
                let rows = rows.axis_chunks_iter(Axis(0), 1);
                for (row, sum) in rows.zip(sums.axis_chunks_iter_mut(Axis(0), 1)) {
                    sum_rows::<S, 1>(row, sum);
                }
            }
        }
    }
}

#[inline(always)]
fn sum_rows<S: Scalar, const ROWS: usize>(rows: ArrayView2<S>, mut sums: ArrayViewMut2<S>) {
    let mut all = [S::zero(); ROWS];
    for j in 0..rows.ncols() {
        for (i, sum) in all.iter_mut().enumerate() {
            *sum = *sum + rows[[i, j]];
        }
    }
    for (&sum, to) in all.iter().zip(&mut sums) {
        *to = sum;
    }
}
