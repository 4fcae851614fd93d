//! The product of two matrices, on blocks of entries.

use super::product;
use crate::Scalar;
use crate::scalar::Work;
use ndarray::{Array2, ArrayView2, Axis, Slice};
use std::array::{from_fn, from_mut};
use std::ops::Range;

/// Rows and columns of a block of floats: 4 × 16 sums stay in the registers of every processor with
/// AVX-512, and nearly so with AVX2. Measured; any other choice gives the same bits.
const ROWS: usize = 4;
const COLUMNS: usize = 16;
/// A narrow result has narrow blocks.
const FEW_COLUMNS: usize = 8;

/// How far a block sums before the next block has its turn: 128 × 16 numbers stay in the first
/// cache. Short sums get a small buffer, because it is cleared for every product.
const DEPTH: usize = 128;
const SMALL_DEPTH: usize = 8;

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
    if S::IS_VECTORISED && right.ncols() <= FEW_COLUMNS {
        compute::<S, ROWS, FEW_COLUMNS>(left, right, entries);
    } else if S::IS_VECTORISED {
        compute::<S, ROWS, COLUMNS>(left, right, entries);
    } else {
        compute::<S, 1, 1>(left, right, entries);
    }
}

/// The product in the blocks that floats have, of any numbers: what is proved of it over free
/// expressions is proved of the source that floats run.
pub(crate) fn product_in_blocks<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    if let Some(entries) = result.as_slice_mut() {
        compute::<S, ROWS, COLUMNS>(left, right, entries);
    }
    result
}

fn compute<S: Scalar, const ROWS: usize, const COLUMNS: usize>(
    left: ArrayView2<S>,
    right: ArrayView2<S>,
    entries: &mut [S],
) {
    if left.ncols() <= SMALL_DEPTH {
        S::compute(Product::<S, ROWS, COLUMNS, SMALL_DEPTH> { left, right, entries });
    } else {
        S::compute(Product::<S, ROWS, COLUMNS, DEPTH> { left, right, entries });
    }
}

/// A product in blocks of `ROWS` × `COLUMNS` entries, `DEPTH` terms at a time.
struct Product<'a, S, const ROWS: usize, const COLUMNS: usize, const DEPTH: usize> {
    left: ArrayView2<'a, S>,
    right: ArrayView2<'a, S>,
    /// Of the result, row by row.
    entries: &'a mut [S],
}

impl<S: Scalar, const ROWS: usize, const COLUMNS: usize, const DEPTH: usize> Work
    for Product<'_, S, ROWS, COLUMNS, DEPTH>
{
    #[inline(always)]
    fn run(self) {
        let Self { left, right, entries } = self;
        let m = right.ncols();
        if left.ncols() == 0 {
            entries.fill(S::zero());
        }
        let mut panel = [[S::zero(); COLUMNS]; DEPTH];
        let mut gathered = [[S::zero(); DEPTH]; ROWS];
        for terms in parts(left.ncols(), DEPTH) {
            let begins = terms.start == 0;
            let left = left.slice_axis(Axis(1), Slice::from(terms.clone()));
            let right = right.slice_axis(Axis(0), Slice::from(terms));
            for columns in parts(m, COLUMNS) {
                let terms = &mut panel[..right.nrows()];
                pack(right.slice_axis(Axis(1), Slice::from(columns.clone())), terms);
                let panel = Panel { begins, terms, m, columns };
                panel.add(left, entries, &mut gathered);
            }
        }
    }
}

/// 0 … `length` in parts of `size`, the last of which may be shorter.
#[inline(always)]
fn parts(length: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length).step_by(size).map(move |start| start..length.min(start + size))
}

/// The rows of `right` one after the other; what a panel has beyond its columns is not used.
#[inline(always)]
fn pack<S: Scalar, const COLUMNS: usize>(right: ArrayView2<S>, panel: &mut [[S; COLUMNS]]) {
    for (to, from) in panel.iter_mut().zip(right.rows()) {
        if let Some(from) = from.to_slice() {
            read(from, to);
        } else {
            for (to, &from) in to.iter_mut().zip(from) {
                *to = from;
            }
        }
    }
}

/// Copies to the first of `to`: all of it at once, in whole vectors, where there is enough.
#[inline(always)]
fn read<S: Scalar, const COLUMNS: usize>(from: &[S], to: &mut [S; COLUMNS]) {
    match from.first_chunk() {
        Some(full) => *to = *full,
        None => to[..from.len()].copy_from_slice(from),
    }
}

/// Copies the first of `from` in the same way.
#[inline(always)]
fn write<S: Scalar, const COLUMNS: usize>(from: &[S; COLUMNS], to: &mut [S]) {
    let length = to.len();
    match to.first_chunk_mut() {
        Some(full) => *full = *from,
        None => to.copy_from_slice(&from[..length]),
    }
}

/// Some columns of the right matrix, for some terms.
struct Panel<'a, S, const COLUMNS: usize> {
    /// Whether these are the first terms, so that sums begin at zero and not in the result.
    begins: bool,
    /// Term k of every column.
    terms: &'a [[S; COLUMNS]],
    /// The columns of the whole matrix.
    m: usize,
    /// Those of this panel.
    columns: Range<usize>,
}

impl<S: Scalar, const COLUMNS: usize> Panel<'_, S, COLUMNS> {
    /// Adds the product of `left` and the panel to the result, `ROWS` rows at a time.
    #[inline(always)]
    fn add<const ROWS: usize, const DEPTH: usize>(
        &self,
        left: ArrayView2<S>,
        entries: &mut [S],
        gathered: &mut [[S; DEPTH]; ROWS],
    ) {
        let whole = left.nrows() / ROWS * ROWS;
        for i in (0..whole).step_by(ROWS) {
            let block = left.slice_axis(Axis(0), Slice::from(i..i + ROWS));
            self.add_block(block, &mut entries[i * self.m..], gathered);
        }
        for i in whole..left.nrows() {
            let block = left.slice_axis(Axis(0), Slice::from(i..i + 1));
            self.add_block(block, &mut entries[i * self.m..], from_mut(&mut gathered[0]));
        }
    }

    /// Adds one block; its sums begin and end in the result.
    #[inline(always)]
    fn add_block<const ROWS: usize, const DEPTH: usize>(
        &self,
        left: ArrayView2<S>,
        entries: &mut [S],
        gathered: &mut [[S; DEPTH]; ROWS],
    ) {
        for (row, gathered) in left.rows().into_iter().zip(gathered.iter_mut()) {
            if row.to_slice().is_none() {
                gathered.iter_mut().zip(row).for_each(|(to, &from)| *to = from);
            }
        }
        let left: [&[S]; ROWS] =
            from_fn(|i| left.row(i).to_slice().unwrap_or(&gathered[i][..self.terms.len()]));
        let mut sums = [[S::zero(); COLUMNS]; ROWS];
        if !self.begins {
            for (sums, row) in sums.iter_mut().zip(entries.chunks(self.m)) {
                read(&row[self.columns.clone()], sums);
            }
        }
        add_terms(left, self.terms, &mut sums);
        for (sums, row) in sums.iter().zip(entries.chunks_mut(self.m)) {
            write(sums, &mut row[self.columns.clone()]);
        }
    }
}

/// sums\[i\]\[j\] := sums\[i\]\[j\] + left\[i\]\[k\]·right\[k\]\[j\] for k = 0, 1, 2, …, one after the other.
#[inline(always)]
fn add_terms<S: Scalar, const ROWS: usize, const COLUMNS: usize>(
    left: [&[S]; ROWS],
    right: &[[S; COLUMNS]],
    sums: &mut [[S; COLUMNS]; ROWS],
) {
    let left = left.map(|row| &row[..right.len()]);
    let mut local = *sums;
    for (k, right) in right.iter().enumerate() {
        for i in 0..ROWS {
            let l = left[i][k];
            for j in 0..COLUMNS {
                local[i][j] = local[i][j] + l * right[j];
            }
        }
    }
    *sums = local;
}
