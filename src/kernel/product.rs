//! The product of two matrices, on blocks of entries.

use super::product;
use crate::Scalar;
use crate::scalar::Work;
use ndarray::{Array2, ArrayView2};
use std::array::from_mut;
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
        let (left, right) = (Factor::new(self.left), Factor::new(self.right));
        let (inner, m) = self.right.dim();
        if inner == 0 {
            self.entries.fill(S::zero());
        }
        let mut panel = Aligned([[S::zero(); COLUMNS]; DEPTH]);
        let panel = &mut panel.0;
        let mut gathered = [[S::zero(); DEPTH]; ROWS];
        for terms in parts(inner, DEPTH) {
            for columns in parts(m, COLUMNS) {
                right.pack(&terms, &columns, panel);
                let panel = Panel { panel: &panel[..terms.len()], terms: terms.clone(), columns };
                panel.add(&left, self.entries, m, &mut gathered);
            }
        }
    }
}

/// Begins where a line of the cache does, so that no vector lies across two.
#[repr(align(64))]
struct Aligned<T>(T);

/// 0 … `length` in parts of `size`, the last of which may be shorter.
#[inline(always)]
fn parts(length: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length).step_by(size).map(move |start| start..length.min(start + size))
}

/// A matrix to multiply, and its entries where they lie row by row or column by column.
struct Factor<'a, S> {
    view: ArrayView2<'a, S>,
    by_rows: Option<&'a [S]>,
    by_columns: Option<&'a [S]>,
}

impl<'a, S: Scalar> Factor<'a, S> {
    #[inline(always)]
    fn new(view: ArrayView2<'a, S>) -> Self {
        Self { view, by_rows: view.to_slice(), by_columns: view.reversed_axes().to_slice() }
    }

    /// Some terms of row `i`, gathered if they do not lie one after the other.
    #[inline(always)]
    fn row<'b, const DEPTH: usize>(
        &'b self,
        i: usize,
        terms: &Range<usize>,
        gathered: &'b mut [S; DEPTH],
    ) -> &'b [S] {
        if let Some(entries) = self.by_rows {
            return &entries[i * self.view.ncols()..][terms.clone()];
        }
        for (to, k) in gathered.iter_mut().zip(terms.clone()) {
            *to = self.view[[i, k]];
        }
        &gathered[..terms.len()]
    }

    /// Some rows of some columns, one after the other; what the panel has beyond is not used.
    #[inline(always)]
    fn pack<const COLUMNS: usize>(
        &self,
        terms: &Range<usize>,
        columns: &Range<usize>,
        panel: &mut [[S; COLUMNS]],
    ) {
        if let Some(entries) = self.by_rows {
            for (to, k) in panel.iter_mut().zip(terms.clone()) {
                read(&entries[k * self.view.ncols()..][columns.clone()], to);
            }
        } else if let Some(entries) = self.by_columns {
            for (j, column) in columns.clone().enumerate() {
                let column = &entries[column * self.view.nrows()..][terms.clone()];
                for (to, &from) in panel.iter_mut().zip(column) {
                    to[j] = from;
                }
            }
        } else {
            for (to, k) in panel.iter_mut().zip(terms.clone()) {
                for (to, j) in to.iter_mut().zip(columns.clone()) {
                    *to = self.view[[k, j]];
                }
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
    /// Those terms of every column.
    panel: &'a [[S; COLUMNS]],
    terms: Range<usize>,
    columns: Range<usize>,
}

impl<S: Scalar, const COLUMNS: usize> Panel<'_, S, COLUMNS> {
    /// Adds the product of `left` and the panel to the result, `ROWS` rows at a time.
    #[inline(always)]
    fn add<const ROWS: usize, const DEPTH: usize>(
        &self,
        left: &Factor<S>,
        entries: &mut [S],
        m: usize,
        gathered: &mut [[S; DEPTH]; ROWS],
    ) {
        let whole = left.view.nrows() / ROWS * ROWS;
        for i in (0..whole).step_by(ROWS) {
            self.add_block(left, i, &mut entries[i * m..], m, gathered);
        }
        for i in whole..left.view.nrows() {
            self.add_block(left, i, &mut entries[i * m..], m, from_mut(&mut gathered[0]));
        }
    }

    /// Adds one block, which begins in row `i`; its sums begin at zero and end in the result.
    #[inline(always)]
    fn add_block<const ROWS: usize, const DEPTH: usize>(
        &self,
        left: &Factor<S>,
        i: usize,
        entries: &mut [S],
        m: usize,
        gathered: &mut [[S; DEPTH]; ROWS],
    ) {
        let mut i = i;
        let left = gathered.each_mut().map(|gathered| {
            i += 1;
            left.row(i - 1, &self.terms, gathered)
        });
        let mut sums = [[S::zero(); COLUMNS]; ROWS];
        if self.terms.start > 0 {
            for (sums, row) in sums.iter_mut().zip(entries.chunks(m)) {
                read(&row[self.columns.clone()], sums);
            }
        }
        add_terms(left, self.panel, &mut sums);
        for (sums, row) in sums.iter().zip(entries.chunks_mut(m)) {
            write(sums, &mut row[self.columns.clone()]);
        }
    }
}

/// sums\[i\]\[j\] := sums\[i\]\[j\] + left\[i\]\[k\]·right\[k\]\[j\] for k = 0, 1, 2, …, one after
/// the other.
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
