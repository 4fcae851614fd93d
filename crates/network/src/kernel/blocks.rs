//! The product of two matrices of floats in vectors. In pseudo-code:
//!
//! ```text
//! for terms in 0..inner, at most DEPTH at a time
//!     for columns in 0..m, some vectors at a time
//!         panel := right[terms, columns], copied to lie side by side
//!         for rows in 0..n, ROWS at a time, then one at a time          (a tile)
//!             sums := 0 before the first terms, else result[rows, columns]
//!             for k in terms, one after the other
//!                 for i in rows, j in columns, all at the same time
//!                     sums[i][j] := mul_add(left[i][k], panel[k][j], sums[i][j])
//!             result[rows, columns] := sums, after the last terms sums + bias
//! ```
//!
//! So entry (i, j) is what the plain loop computes, operation for operation. A row of `left` times
//! a column of ones is its sum: where these are asked for, such a column follows the last of
//! `right`.
//!
//! The innermost loops are over indices and call no closure: what is not inlined is not compiled
//! for the wider vectors. Sizes of tiles are type parameters, so that the sums stay in registers.
//! All sizes are measured (docs/internal/SPEED.md); any other choice gives the same bits.

use super::plain;
use super::processor::{Registers, vectorised};
use crate::Scalar;
use arrayvec::ArrayVec;
use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use std::ops::Range;

/// Numbers of a vector: of f64 one of AVX-512 or two of AVX2.
const LANES: usize = 8;
/// Rows of a tile.
const ROWS: usize = 4;
/// Vectors of a row of a panel.
const WIDTH: usize = 4;
/// Terms of a panel, which then stays in the first cache.
const DEPTH: usize = 96;
/// Up to so many terms, wide rows are better than high tiles.
const FEW_TERMS: usize = 8;

/// A row of a panel, from the start of a line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Vectors<S>([[S; LANES]; WIDTH]);

/// Some terms of some columns of the right matrix.
type Panel<S> = ArrayVec<Vectors<S>, DEPTH>;

/// `to` := `left`·`right`.
pub(super) fn product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>, to: &mut Array2<S>) {
    let Some(entries) = to.as_slice_mut() else { return plain::product(left, right, to) };
    vectorised(
        #[inline(always)]
        |registers| multiply(registers, [left, right], &[], entries, &mut []),
    );
}

/// z := w·a + b.
pub(super) fn affine<S: Scalar>(w: &Array2<S>, a: &Array2<S>, b: &Array2<S>, z: &mut Array2<S>) {
    let b = b.as_standard_layout();
    let (Some(bias), Some(entries)) = (b.as_slice(), z.as_slice_mut()) else {
        plain::product(w.view(), a.view(), z);
        return plain::add_bias(&b.into_owned(), z);
    };
    vectorised(
        #[inline(always)]
        |registers| multiply(registers, [w.view(), a.view()], bias, entries, &mut []),
    );
}

/// dw := dz·aᵀ and db := the sum of each row of dz.
pub(super) fn affine_gradient<S: Scalar>(
    dz: &Array2<S>,
    a: &Array2<S>,
    dw: &mut Array2<S>,
    db: &mut Array2<S>,
) {
    let (Some(entries), Some(sums)) = (dw.as_slice_mut(), db.as_slice_mut()) else {
        plain::product(dz.view(), a.t(), dw);
        return plain::sum_over_examples(dz.view(), db);
    };
    vectorised(
        #[inline(always)]
        |registers| multiply(registers, [dz.view(), a.t()], &[], entries, sums),
    );
}

/// The product in the blocks of floats, of any numbers: what is proved of it over free expressions
/// is proved of the source that floats run.
pub fn product_in_blocks<S: Scalar>(
    registers: Registers,
    left: ArrayView2<S>,
    right: ArrayView2<S>,
) -> Array2<S> {
    let (n, m) = (left.nrows(), right.ncols());
    let mut entries = vec![S::zero(); n * m];
    multiply(registers, [left, right], &[], &mut entries, &mut []);
    Array2::from_shape_fn((n, m), |(i, j)| entries[i * m + j])
}

/// The sum of each row, n × 1, in the blocks of floats, where it is beside a product.
pub fn sums_in_blocks<S: Scalar>(registers: Registers, matrix: &Array2<S>) -> Array2<S> {
    let n = matrix.nrows();
    let (mut entries, mut sums) = (vec![S::zero(); n * n], vec![S::zero(); n]);
    multiply(registers, [matrix.view(), matrix.t()], &[], &mut entries, &mut sums);
    Array2::from_shape_fn((n, 1), |(i, _)| sums[i])
}

/// Computes a product row by row, to which `bias` is added at the end if there is any, and the sum
/// of each row of `left` if there is room for `sums`.
#[inline(always)]
fn multiply<S: Scalar>(
    registers: Registers,
    [left, right]: [ArrayView2<S>; 2],
    bias: &[S],
    entries: &mut [S],
    sums: &mut [S],
) {
    let (left, right) = (contiguous(left), contiguous(right));
    let (left, right) = (Matrix::of(left.view()), Matrix::of(right.view()));
    let (n, inner, m) = (left.rows, left.columns, right.columns);
    let mut product = Product { left, right, bias, entries, sums };
    if inner == 0 {
        product.fill_without_terms();
    }
    // the sums of high and wide tiles need 32 registers
    let is_high = registers == Registers::Many || n >= ROWS && inner > FEW_TERMS;
    let is_wide = registers == Registers::Many || !is_high;
    let end = m + usize::from(!product.sums.is_empty());
    let mut panel = Panel::new();
    for first in (0..inner).step_by(DEPTH) {
        let terms = first..inner.min(first + DEPTH);
        for first in (0..end).step_by(WIDTH * LANES) {
            let vectors = (end - first).div_ceil(LANES).min(WIDTH);
            product.pack(&terms, first, &mut panel);
            let columns = Columns { terms: &terms, first, panel: &panel };
            match (is_high, is_wide && vectors == WIDTH) {
                (true, true) => product.add::<ROWS, WIDTH>(columns, vectors),
                (true, false) => product.add::<ROWS, 1>(columns, vectors),
                (false, true) => product.add::<1, WIDTH>(columns, vectors),
                (false, false) => product.add::<1, 1>(columns, vectors),
            }
        }
    }
}

/// A matrix as it is if it lies row by row or column by column, otherwise a copy that does.
fn contiguous<S: Scalar>(view: ArrayView2<S>) -> CowArray<S, Ix2> {
    if view.is_standard_layout() || view.t().is_standard_layout() {
        CowArray::from(view)
    } else {
        CowArray::from(view.as_standard_layout().into_owned())
    }
}

/// A matrix whose entries lie row by row or column by column.
#[derive(Clone, Copy)]
struct Matrix<'a, S> {
    entries: &'a [S],
    rows: usize,
    columns: usize,
    is_by_columns: bool,
}

impl<'a, S: Scalar> Matrix<'a, S> {
    /// Of a view that is [`contiguous`].
    fn of(view: ArrayView2<'a, S>) -> Self {
        let (rows, columns) = view.dim();
        let by_rows = view.to_slice();
        let entries = by_rows.or(view.reversed_axes().to_slice()).unwrap_or_default();
        Self { entries, rows, columns, is_by_columns: by_rows.is_none() }
    }

    /// Some entries of row i, from the first to the last, and how far each is from the next.
    #[inline(always)]
    fn row(&self, i: usize, columns: &Range<usize>) -> (&'a [S], usize) {
        if self.is_by_columns {
            let last = (columns.end - 1) * self.rows + i;
            (&self.entries[columns.start * self.rows + i..=last], self.rows)
        } else {
            (&self.entries[i * self.columns..][columns.clone()], 1)
        }
    }
}

/// Some terms of the columns from `first` on.
#[derive(Clone, Copy)]
struct Columns<'a, S> {
    terms: &'a Range<usize>,
    first: usize,
    panel: &'a [Vectors<S>],
}

/// What `multiply` has to do.
struct Product<'a, S> {
    left: Matrix<'a, S>,
    right: Matrix<'a, S>,
    bias: &'a [S],
    entries: &'a mut [S],
    sums: &'a mut [S],
}

impl<S: Scalar> Product<'_, S> {
    /// The product where there is no term.
    fn fill_without_terms(&mut self) {
        self.entries.fill(S::zero());
        self.sums.fill(S::zero());
        for (row, &b) in self.entries.chunks_mut(self.right.columns.max(1)).zip(self.bias) {
            row.fill(S::zero() + b);
        }
    }

    /// Adds some terms to some vectors of columns, `R` rows and `P` vectors at a time.
    #[inline(always)]
    fn add<const R: usize, const P: usize>(&mut self, columns: Columns<S>, vectors: usize) {
        let n = self.left.rows;
        let whole = n / R * R;
        for i in (0..whole).step_by(R) {
            for p in (0..vectors).step_by(P) {
                self.add_tile::<R, P>(i, columns, p);
            }
        }
        for i in whole..n {
            for p in (0..vectors).step_by(P) {
                self.add_tile::<1, P>(i, columns, p);
            }
        }
    }

    /// Some terms of the columns from `first` on, then ones if the sums follow; what comes after
    /// them is any number.
    #[inline(always)]
    fn pack(&self, terms: &Range<usize>, first: usize, panel: &mut Panel<S>) {
        while panel.len() < terms.len() {
            panel.push(Vectors([[S::zero(); LANES]; WIDTH]));
        }
        panel.truncate(terms.len());
        let Matrix { entries, rows, columns: m, is_by_columns } = self.right;
        let columns = first..m.min(first + WIDTH * LANES);
        if is_by_columns {
            let whole = columns.len() / LANES * LANES;
            for j in (0..whole).step_by(LANES) {
                let mut vector: [&[S]; LANES] = [&[]; LANES];
                for (column, to) in (first + j..).zip(&mut vector) {
                    *to = &entries[column * rows..][terms.clone()];
                }
                transpose(vector, j / LANES, panel);
            }
            for j in whole..columns.len() {
                let column = &entries[(first + j) * rows..][terms.clone()];
                for (Vectors(to), &entry) in panel.iter_mut().zip(column) {
                    to.as_flattened_mut()[j] = entry;
                }
            }
        } else {
            for (Vectors(to), k) in panel.iter_mut().zip(terms.clone()) {
                let row = &entries[k * m..][columns.clone()];
                match row.as_chunks().0.first_chunk() {
                    Some(whole) => *to = *whole,
                    None => to.as_flattened_mut()[..row.len()].copy_from_slice(row),
                }
            }
        }
        if !self.sums.is_empty() && columns.len() < WIDTH * LANES {
            for Vectors(to) in panel {
                to.as_flattened_mut()[columns.len()] = S::one();
            }
        }
    }

    /// Adds some terms to rows i, i + 1, … of vectors p, p + 1, …
    #[inline(always)]
    fn add_tile<const R: usize, const P: usize>(
        &mut self,
        i: usize,
        Columns { terms, first, panel }: Columns<S>,
        p: usize,
    ) {
        let first = first + p * LANES;
        let mut sums = [[[S::zero(); LANES]; P]; R];
        if terms.start > 0 {
            for (i, sums) in (i..).zip(&mut sums) {
                self.load(sums, i, first);
            }
        }
        let mut left: [&[S]; R] = [&[]; R];
        let mut step = 1;
        for (i, row) in (i..).zip(&mut left) {
            (*row, step) = self.left.row(i, terms);
        }
        let mut sums = add_terms(left, step, panel, p, sums);
        if terms.end == self.left.columns && !self.bias.is_empty() {
            for (i, sums) in (i..).zip(&mut sums) {
                for sum in sums.as_flattened_mut() {
                    *sum = *sum + self.bias[i];
                }
            }
        }
        for (i, sums) in (i..).zip(&sums) {
            self.store(sums, i, first);
        }
    }

    /// What the terms so far have given for row `i`.
    #[inline(always)]
    fn load<const P: usize>(&self, sums: &mut [[S; LANES]; P], i: usize, first: usize) {
        let m = self.right.columns;
        let from = &self.entries[i * m..(i + 1) * m][first..];
        if let Some(whole) = from.as_chunks().0.first_chunk() {
            *sums = *whole;
            return;
        }
        let sums = sums.as_flattened_mut();
        sums[..from.len()].copy_from_slice(from);
        if let Some(&sum) = self.sums.get(i) {
            sums[from.len()] = sum;
        }
    }

    #[inline(always)]
    fn store<const P: usize>(&mut self, sums: &[[S; LANES]; P], i: usize, first: usize) {
        let m = self.right.columns;
        let to = &mut self.entries[i * m..(i + 1) * m][first..];
        if let Some(whole) = to.as_chunks_mut().0.first_chunk_mut() {
            *whole = *sums;
            return;
        }
        let sums = sums.as_flattened();
        to.copy_from_slice(&sums[..to.len()]);
        if let Some(sum) = self.sums.get_mut(i) {
            *sum = sums[to.len()];
        }
    }
}

/// Makes rows of vector `v` of the panel out of columns.
#[inline(always)]
fn transpose<S: Scalar>(mut columns: [&[S]; LANES], v: usize, panel: &mut [Vectors<S>]) {
    for column in &mut columns {
        *column = &column[..panel.len()];
    }
    for (k, Vectors(to)) in panel.iter_mut().enumerate() {
        let mut row = [S::zero(); LANES];
        for j in 0..LANES {
            row[j] = columns[j][k];
        }
        to[v] = row;
    }
}

/// sums\[i\]\[j\] and left\[i\]\[k\]·panel\[k\]\[j\] for each k, one after the other; of vectors
/// p, p + 1, … of the panel.
#[inline(always)]
fn add_terms<S: Scalar, const R: usize, const P: usize>(
    mut left: [&[S]; R],
    step: usize,
    panel: &[Vectors<S>],
    p: usize,
    mut sums: [[[S; LANES]; P]; R],
) -> [[[S; LANES]; P]; R] {
    let length = left[0].len();
    for row in &mut left {
        *row = &row[..length]; // one length, so that one comparison guards them all
    }
    for (k, Vectors(right)) in panel.iter().enumerate() {
        let right = &right[p..p + P];
        for i in 0..R {
            let l = left[i][k * step];
            for q in 0..P {
                for j in 0..LANES {
                    sums[i][q][j] = l.mul_add(right[q][j], sums[i][q][j]);
                }
            }
        }
    }
    sums
}
