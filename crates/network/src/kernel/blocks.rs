//! The product of two matrices of floats in vectors. In pseudo-code:
//!
//! ```text
//! tile := 4 rows × 4 vectors with 32 registers; else 1 × 4 for few rows or terms, else 4 × 1
//! for terms in 0..inner, DEPTH at a time
//!     for columns in 0..m (and one of ones, for row sums), WIDTH vectors at a time
//!         panel := right[terms, columns]
//!         for rows in 0..n, a tile's at a time, the last ones singly
//!             for vectors of the panel, a tile's at a time (singly, if it is not full)
//!                 tile := 0 before the first terms, else result[rows, vectors]
//!                 for k in terms, in order: for all i and j of the tile
//!                     tile[i][j] := mul_add(left[i][k], panel[k][j], tile[i][j])
//!                 result[rows, vectors] := tile, after the last terms tile + bias
//! ```
//!
//! So entry (i, j) is what the plain loop computes, operation for operation. The sum of a row is
//! its product with ones: mul_add(x, 1, s) rounds x + s once, which is what a sum does.
//!
//! Start at [`multiply`]. The innermost loops are over indices and call no closure: what is not
//! inlined is not compiled for the wider vectors. Sizes of tiles are type parameters, so that their
//! sums stay in registers. Sizes were chosen by time; any other choice gives the same bits.

use super::plain;
use super::processor::{Registers, vectorised};
use crate::Scalar;
use arrayvec::ArrayVec;
use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use std::ops::Range;

/// Numbers of a vector: 8 f64 fill one vector of AVX-512 or two of AVX2.
pub const LANES: usize = 8;
/// Vectors of a row of a panel.
pub const WIDTH: usize = 4;
/// Terms of a panel, which then stays in the first cache.
pub const DEPTH: usize = 96;
/// Rows of a high tile.
const ROWS: usize = 4;
/// With at most so many terms, tiles of 1 × 4 vectors are faster than 4 × 1 in 16 registers.
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
    multiply([left, right], &[], entries, &mut []);
}

/// z := w·a + b.
pub(super) fn affine<S: Scalar>(w: &Array2<S>, a: &Array2<S>, b: &Array2<S>, z: &mut Array2<S>) {
    let by_rows = b.as_standard_layout();
    let (Some(bias), Some(entries)) = (by_rows.as_slice(), z.as_slice_mut()) else {
        plain::product(w.view(), a.view(), z);
        return plain::add_bias(b, z);
    };
    multiply([w.view(), a.view()], bias, entries, &mut []);
}

/// dw := dz·aᵀ and db := the sum of each row of dz.
pub(super) fn affine_gradient<S: Scalar>(
    dz: &Array2<S>,
    a: &Array2<S>,
    dw: &mut Array2<S>,
    db: &mut Array2<S>,
) {
    let (Some(entries), Some(row_sums)) = (dw.as_slice_mut(), db.as_slice_mut()) else {
        plain::product(dz.view(), a.t(), dw);
        return plain::sum_over_examples(dz.view(), db);
    };
    multiply([dz.view(), a.t()], &[], entries, row_sums);
}

/// The product by blocks, for any number system. Proofs run it on free expressions; floats run the
/// same source.
pub fn product_in_blocks<S: Scalar>(
    registers: Registers,
    left: ArrayView2<S>,
    right: ArrayView2<S>,
) -> Array2<S> {
    let (n, m) = (left.nrows(), right.ncols());
    let mut entries = vec![S::zero(); n * m];
    multiply_with(registers, [left, right], &[], &mut entries, &mut []);
    Array2::from_shape_fn((n, m), |(i, j)| entries[i * m + j])
}

/// The row sums (n × 1) as `affine_gradient` computes them, beside a product of so many columns.
pub fn sums_in_blocks<S: Scalar>(
    registers: Registers,
    matrix: &Array2<S>,
    columns: usize,
) -> Array2<S> {
    let (n, inner) = matrix.dim();
    let (mut entries, mut row_sums) = (vec![S::zero(); n * columns], vec![S::zero(); n]);
    let right = Array2::zeros((inner, columns));
    multiply_with(registers, [matrix.view(), right.view()], &[], &mut entries, &mut row_sums);
    Array2::from_shape_fn((n, 1), |(i, _)| row_sums[i])
}

/// Computes a product row by row, to which `bias` is added at the end if there is any, and the sum
/// of each row of `left` if there is room for `row_sums`.
fn multiply<S: Scalar>(
    factors: [ArrayView2<S>; 2],
    bias: &[S],
    entries: &mut [S],
    row_sums: &mut [S],
) {
    vectorised(
        #[inline(always)]
        |registers| multiply_with(registers, factors, bias, entries, row_sums),
    );
}

/// The same in the tiles for so many registers.
#[inline(always)]
fn multiply_with<S: Scalar>(
    registers: Registers,
    [left, right]: [ArrayView2<S>; 2],
    bias: &[S],
    entries: &mut [S],
    row_sums: &mut [S],
) {
    let left = contiguous(left);
    let left = Matrix::of(left.view());
    let right = contiguous(right);
    let right = Matrix::of(right.view());
    let Matrix { rows: n, columns: inner, .. } = left;
    let end = right.columns + usize::from(!row_sums.is_empty());
    let mut product = Product { left, right, bias, entries, row_sums };
    if inner == 0 {
        product.fill_without_terms();
    }
    // 4 × 4 vectors of sums leave room for what is multiplied only in 32 registers
    let is_high = registers == Registers::Many || n >= ROWS && inner > FEW_TERMS;
    let is_wide = registers == Registers::Many || !is_high;
    let mut panel = Panel::new();
    for first_term in (0..inner).step_by(DEPTH) {
        let terms = first_term..inner.min(first_term + DEPTH);
        for first_column in (0..end).step_by(WIDTH * LANES) {
            let vectors = (end - first_column).div_ceil(LANES).min(WIDTH);
            product.pack(&terms, first_column, &mut panel);
            let packed = Packed { terms: &terms, first_column, vectors, panel: &panel };
            match (is_high, is_wide && vectors == WIDTH) {
                (true, true) => product.multiply_panel::<ROWS, WIDTH>(packed),
                (true, false) => product.multiply_panel::<ROWS, 1>(packed),
                (false, true) => product.multiply_panel::<1, WIDTH>(packed),
                (false, false) => product.multiply_panel::<1, 1>(packed),
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

    /// Some terms of row i, from the first to the last, and how far each is from the next.
    #[inline(always)]
    fn row(&self, i: usize, terms: &Range<usize>) -> (&'a [S], usize) {
        if self.is_by_columns {
            let last = (terms.end - 1) * self.rows + i;
            (&self.entries[terms.start * self.rows + i..=last], self.rows)
        } else {
            (&self.entries[i * self.columns..][terms.clone()], 1)
        }
    }
}

/// A panel, and which terms and columns it holds.
#[derive(Clone, Copy)]
struct Packed<'a, S> {
    terms: &'a Range<usize>,
    first_column: usize,
    vectors: usize,
    panel: &'a [Vectors<S>],
}

/// What [`multiply`] has to do.
struct Product<'a, S> {
    left: Matrix<'a, S>,
    right: Matrix<'a, S>,
    bias: &'a [S],
    entries: &'a mut [S],
    row_sums: &'a mut [S],
}

impl<S: Scalar> Product<'_, S> {
    /// The product where there is no term.
    fn fill_without_terms(&mut self) {
        self.entries.fill(S::zero());
        self.row_sums.fill(S::zero());
        for (row, &b) in self.entries.chunks_mut(self.right.columns.max(1)).zip(self.bias) {
            row.fill(S::zero() + b);
        }
    }

    /// Copies some terms of the columns from the first on into the panel, then ones if the row sums
    /// follow. Lanes after these hold any number and are never stored.
    #[inline(always)]
    fn pack(&self, terms: &Range<usize>, first_column: usize, panel: &mut Panel<S>) {
        while panel.len() < terms.len() {
            panel.push(Vectors([[S::zero(); LANES]; WIDTH]));
        }
        panel.truncate(terms.len());
        let Matrix { entries, rows, columns: m, is_by_columns } = self.right;
        let columns = first_column..m.min(first_column + WIDTH * LANES);
        if is_by_columns {
            let whole = columns.len() / LANES * LANES;
            for j in (0..whole).step_by(LANES) {
                let mut vector: [&[S]; LANES] = [&[]; LANES];
                for (column, to) in (first_column + j..).zip(&mut vector) {
                    *to = &entries[column * rows..][terms.clone()];
                }
                transpose(vector, j / LANES, panel);
            }
            for j in whole..columns.len() {
                let column = &entries[(first_column + j) * rows..][terms.clone()];
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
        if !self.row_sums.is_empty() && columns.len() < WIDTH * LANES {
            for Vectors(to) in panel {
                to.as_flattened_mut()[columns.len()] = S::one();
            }
        }
    }

    /// Adds the terms of a panel to its columns of the result, `R` rows and `V` vectors at a time.
    #[inline(always)]
    fn multiply_panel<const R: usize, const V: usize>(&mut self, packed: Packed<S>) {
        let n = self.left.rows;
        let whole = n / R * R;
        for i in (0..whole).step_by(R) {
            for v in (0..packed.vectors).step_by(V) {
                self.add_tile::<R, V>(i, v, packed);
            }
        }
        for i in whole..n {
            for v in (0..packed.vectors).step_by(V) {
                self.add_tile::<1, V>(i, v, packed);
            }
        }
    }

    /// The same for rows i, i + 1, … and vectors v, v + 1, …
    #[inline(always)]
    fn add_tile<const R: usize, const V: usize>(&mut self, i: usize, v: usize, packed: Packed<S>) {
        let Packed { terms, first_column, panel, .. } = packed;
        let column = first_column + v * LANES;
        let mut tile = [[[S::zero(); LANES]; V]; R];
        if terms.start > 0 {
            for (i, row) in (i..).zip(&mut tile) {
                self.load(row, i, column);
            }
        }
        let mut left: [&[S]; R] = [&[]; R];
        let mut step = 1;
        for (i, row) in (i..).zip(&mut left) {
            (*row, step) = self.left.row(i, terms);
        }
        let mut tile = add_terms(left, step, panel, v, tile);
        if terms.end == self.left.columns && !self.bias.is_empty() {
            for (i, row) in (i..).zip(&mut tile) {
                for entry in row.as_flattened_mut() {
                    *entry = *entry + self.bias[i];
                }
            }
        }
        for (i, row) in (i..).zip(&tile) {
            self.store(row, i, column);
        }
    }

    /// What the terms so far have given for the columns from `column` on of row `i`.
    #[inline(always)]
    fn load<const V: usize>(&self, to: &mut [[S; LANES]; V], i: usize, column: usize) {
        let m = self.right.columns;
        let from = &self.entries[i * m..(i + 1) * m][column..];
        if let Some(whole) = from.as_chunks().0.first_chunk() {
            *to = *whole;
            return;
        }
        let to = to.as_flattened_mut();
        to[..from.len()].copy_from_slice(from);
        if let Some(&sum) = self.row_sums.get(i) {
            to[from.len()] = sum;
        }
    }

    #[inline(always)]
    fn store<const V: usize>(&mut self, from: &[[S; LANES]; V], i: usize, column: usize) {
        let m = self.right.columns;
        let to = &mut self.entries[i * m..(i + 1) * m][column..];
        if let Some(whole) = to.as_chunks_mut().0.first_chunk_mut() {
            *whole = *from;
            return;
        }
        let from = from.as_flattened();
        to.copy_from_slice(&from[..to.len()]);
        if let Some(sum) = self.row_sums.get_mut(i) {
            *sum = from[to.len()];
        }
    }
}

/// Makes rows of vector `v` of a panel out of columns.
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

/// The tile and left\[i\]\[k\]·panel\[k\]\[j\] for each k, one after the other, where j runs over
/// vectors v, v + 1, … of the panel.
#[inline(always)]
fn add_terms<S: Scalar, const R: usize, const V: usize>(
    mut left: [&[S]; R],
    step: usize,
    panel: &[Vectors<S>],
    v: usize,
    mut tile: [[[S; LANES]; V]; R],
) -> [[[S; LANES]; V]; R] {
    let length = left[0].len();
    for row in &mut left {
        *row = &row[..length]; // one length, so that one comparison guards them all
    }
    for (k, Vectors(right)) in panel.iter().enumerate() {
        let right = &right[v..v + V];
        for i in 0..R {
            let l = left[i][k * step];
            for q in 0..V {
                for j in 0..LANES {
                    tile[i][q][j] = l.mul_add(right[q][j], tile[i][q][j]);
                }
            }
        }
    }
    tile
}
