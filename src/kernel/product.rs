//! The product of two matrices, on blocks of entries, with or without a bias added to it.

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
/// One row, where the right matrix is read in place.
const WIDE: usize = 64;

/// How far a block sums before the next block has its turn: 192 × 16 numbers stay in the first
/// cache. Short sums get a small buffer, because it is cleared for every product.
const DEPTH: usize = 192;
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
    compute(Factors { left: Factor::new(left), right: Factor::new(right), bias: None }, entries);
}

/// `z` becomes `w`·`a` + `b`, where b (n × 1) is added to every column after all else.
pub(crate) fn affine_into<S: Scalar>(
    w: &Array2<S>,
    a: &Array2<S>,
    b: &Array2<S>,
    z: &mut Array2<S>,
) {
    match (b.as_slice(), z.as_slice_mut()) {
        (bias @ Some(_), Some(z)) => {
            compute(Factors { left: Factor::new(w.view()), right: Factor::new(a.view()), bias }, z);
        }
        _ => *z = product(w.view(), a.view()) + b,
    }
}

/// The product in the blocks that floats have, of any numbers: what is proved of it over free
/// expressions is proved of the source that floats run.
pub(crate) fn product_in_blocks<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    if let Some(entries) = result.as_slice_mut() {
        let (left, right) = (Factor::new(left), Factor::new(right));
        compute_in_blocks(Factors { left, right, bias: None }, entries);
    }
    result
}

fn compute<'a, S: Scalar>(factors: Factors<'a, S>, entries: &'a mut [S]) {
    if S::IS_VECTORISED {
        compute_in_blocks(factors, entries);
    } else {
        S::compute(Product::<S, 1, 1, DEPTH> { factors, entries });
    }
}

fn compute_in_blocks<'a, S: Scalar>(factors: Factors<'a, S>, entries: &'a mut [S]) {
    let Factors { left, right, .. } = &factors;
    let (n, inner, m) = (left.view.nrows(), left.view.ncols(), right.view.ncols());
    // packing pays only if a panel serves many rows and many terms
    let in_place = n < ROWS || inner <= SMALL_DEPTH;
    match (right.by_rows, right.by_columns) {
        (Some(rows), _) if in_place => S::compute(InPlace { factors, right: rows, entries }),
        (_, Some(columns)) if n < ROWS => {
            S::compute(ByColumns { factors, right: columns, entries });
        }
        _ if inner <= SMALL_DEPTH => {
            S::compute(Product::<S, ROWS, FEW_COLUMNS, SMALL_DEPTH> { factors, entries });
        }
        _ if m <= FEW_COLUMNS => {
            S::compute(Product::<S, ROWS, FEW_COLUMNS, DEPTH> { factors, entries });
        }
        _ => S::compute(Product::<S, ROWS, COLUMNS, DEPTH> { factors, entries }),
    }
}

/// What is multiplied, and what is added to each row of the product.
struct Factors<'a, S> {
    left: Factor<'a, S>,
    right: Factor<'a, S>,
    bias: Option<&'a [S]>,
}

/// A matrix to multiply, and its entries where they lie row by row or column by column.
struct Factor<'a, S> {
    view: ArrayView2<'a, S>,
    by_rows: Option<&'a [S]>,
    by_columns: Option<&'a [S]>,
}

impl<'a, S: Scalar> Factor<'a, S> {
    fn new(view: ArrayView2<'a, S>) -> Self {
        Self { view, by_rows: view.to_slice(), by_columns: view.reversed_axes().to_slice() }
    }
}

// Loops over indices and not closures from here on: what is not inlined is not compiled for the
// wider vectors, and a closure cannot be told to be. A width is a type parameter, so that the sums
// stay in registers: every width has a call of its own.

/// A product that reads `right` where it lies, row by row, `WIDE` entries of a row at a time.
struct InPlace<'a, S> {
    factors: Factors<'a, S>,
    right: &'a [S],
    /// Of the result, row by row.
    entries: &'a mut [S],
}

impl<S: Scalar> Work for InPlace<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Self { factors: Factors { left, right, bias }, right: rows, entries } = self;
        let m = right.view.ncols().max(1); // of no columns there is nothing to do
        let [wide, narrow, few] = [WIDE, COLUMNS, ROWS].map(|size| m / size * size);
        for (i, to) in entries.chunks_exact_mut(m).enumerate() {
            for j in (0..wide).step_by(WIDE) {
                add_in_place::<S, WIDE>(&left, i, rows, j, to);
            }
            for j in (wide..narrow).step_by(COLUMNS) {
                add_in_place::<S, COLUMNS>(&left, i, rows, j, to);
            }
            for j in (narrow..few).step_by(ROWS) {
                add_in_place::<S, ROWS>(&left, i, rows, j, to);
            }
            for j in few..m {
                add_in_place::<S, 1>(&left, i, rows, j, to);
            }
        }
        add_bias(bias, entries, m);
    }
}

/// Entries j, j + 1, … of row `i` of a product.
#[inline(always)]
fn add_in_place<S: Scalar, const N: usize>(
    left: &Factor<S>,
    i: usize,
    right: &[S],
    j: usize,
    to: &mut [S],
) {
    let mut sums = [S::zero(); N];
    for (k, row) in right.chunks_exact(to.len()).enumerate() {
        let l = left.view[[i, k]];
        for (sum, &r) in sums.iter_mut().zip(&row[j..j + N]) {
            *sum = *sum + l * r;
        }
    }
    write(&sums, &mut to[j..j + N]);
}

/// A product that reads `right` where it lies, column by column: the sums of several columns at the
/// same time, because each of them waits for its last addition.
struct ByColumns<'a, S> {
    factors: Factors<'a, S>,
    right: &'a [S],
    /// Of the result, row by row.
    entries: &'a mut [S],
}

impl<S: Scalar> Work for ByColumns<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Self { factors: Factors { left, right, bias }, right: columns, entries } = self;
        let m = right.view.ncols().max(1); // of no columns there is nothing to do
        let [many, few] = [FEW_COLUMNS, ROWS].map(|size| m / size * size);
        for (i, to) in entries.chunks_exact_mut(m).enumerate() {
            for j in (0..many).step_by(FEW_COLUMNS) {
                add_columns::<S, FEW_COLUMNS>(&left, i, columns, j, to);
            }
            for j in (many..few).step_by(ROWS) {
                add_columns::<S, ROWS>(&left, i, columns, j, to);
            }
            for j in few..m {
                add_columns::<S, 1>(&left, i, columns, j, to);
            }
        }
        add_bias(bias, entries, m);
    }
}

/// Entries j, j + 1, … of row `i` of a product.
#[inline(always)]
fn add_columns<S: Scalar, const N: usize>(
    left: &Factor<S>,
    i: usize,
    right: &[S],
    j: usize,
    to: &mut [S],
) {
    let inner = left.view.ncols();
    let mut columns: [&[S]; N] = [&[]; N];
    for (column, j) in columns.iter_mut().zip(j..) {
        *column = &right[j * inner..][..inner];
    }
    let mut sums = [S::zero(); N];
    for k in 0..inner {
        let l = left.view[[i, k]];
        for (sum, column) in sums.iter_mut().zip(&columns) {
            *sum = *sum + l * column[k];
        }
    }
    write(&sums, &mut to[j..j + N]);
}

/// A product in blocks of `ROWS` × `COLUMNS` entries, `DEPTH` terms at a time.
struct Product<'a, S, const ROWS: usize, const COLUMNS: usize, const DEPTH: usize> {
    factors: Factors<'a, S>,
    /// Of the result, row by row.
    entries: &'a mut [S],
}

impl<S: Scalar, const ROWS: usize, const COLUMNS: usize, const DEPTH: usize> Work
    for Product<'_, S, ROWS, COLUMNS, DEPTH>
{
    #[inline(always)]
    fn run(self) {
        let Self { factors: Factors { left, right, bias }, entries } = self;
        let (inner, m) = right.view.dim();
        let n = left.view.nrows();
        if inner == 0 {
            entries.fill(S::zero());
        }
        let mut packed = Aligned([[S::zero(); COLUMNS]; DEPTH]);
        let mut gathered = [[S::zero(); DEPTH]; ROWS];
        for terms in parts(inner, DEPTH) {
            for columns in parts(m, COLUMNS) {
                let packed = &mut packed.0[..terms.len()];
                right.pack(&terms, &columns, packed);
                let panel = Panel { packed, begins: terms.start == 0, m, columns };
                for i in (0..n / ROWS * ROWS).step_by(ROWS) {
                    panel.add(left.rows(i, &terms, &mut gathered), &mut entries[i * m..]);
                }
                for i in n / ROWS * ROWS..n {
                    let one = from_mut(&mut gathered[0]);
                    panel.add(left.rows(i, &terms, one), &mut entries[i * m..]);
                }
            }
        }
        add_bias(bias, entries, m.max(1));
    }
}

/// Adds to each row of a result its entry of the bias, if there is one.
#[inline(always)]
fn add_bias<S: Scalar>(bias: Option<&[S]>, entries: &mut [S], m: usize) {
    for (row, &b) in entries.chunks_exact_mut(m).zip(bias.unwrap_or_default()) {
        for entry in row {
            *entry = *entry + b;
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

impl<S: Scalar> Factor<'_, S> {
    /// Some terms of rows i, i + 1, …, gathered if they do not lie one after the other.
    #[inline(always)]
    fn rows<'b, const ROWS: usize, const DEPTH: usize>(
        &'b self,
        i: usize,
        terms: &Range<usize>,
        gathered: &'b mut [[S; DEPTH]; ROWS],
    ) -> [&'b [S]; ROWS] {
        let mut rows: [&[S]; ROWS] = [&[]; ROWS];
        if let Some(entries) = self.by_rows {
            for (i, row) in (i..).zip(&mut rows) {
                *row = &entries[i * self.view.ncols()..][terms.clone()];
            }
        } else {
            for (i, (row, gathered)) in (i..).zip(rows.iter_mut().zip(gathered)) {
                for (to, k) in gathered.iter_mut().zip(terms.clone()) {
                    *to = self.view[[i, k]];
                }
                *row = &gathered[..terms.len()];
            }
        }
        rows
    }

    /// Some rows of some columns, one after the other; what `packed` has beyond is not used.
    #[inline(always)]
    fn pack<const COLUMNS: usize>(
        &self,
        terms: &Range<usize>,
        columns: &Range<usize>,
        packed: &mut [[S; COLUMNS]],
    ) {
        if let Some(entries) = self.by_rows {
            for (to, k) in packed.iter_mut().zip(terms.clone()) {
                read(&entries[k * self.view.ncols()..][columns.clone()], to);
            }
        } else if let Some(entries) = self.by_columns {
            let mut all: [&[S]; COLUMNS] = [&[]; COLUMNS];
            for (j, column) in columns.clone().zip(&mut all) {
                *column = &entries[j * self.view.nrows()..][terms.clone()][..packed.len()];
            }
            if columns.len() == COLUMNS {
                for (k, to) in packed.iter_mut().enumerate() {
                    for (to, column) in to.iter_mut().zip(&all) {
                        *to = column[k];
                    }
                }
            } else {
                for (j, column) in all[..columns.len()].iter().enumerate() {
                    for (to, &from) in packed.iter_mut().zip(*column) {
                        to[j] = from;
                    }
                }
            }
        } else {
            for (to, k) in packed.iter_mut().zip(terms.clone()) {
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
    if let Some(full) = from.first_chunk() {
        *to = *full;
        return;
    }
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Copies the first of `from` in the same way.
#[inline(always)]
fn write<S: Scalar, const COLUMNS: usize>(from: &[S; COLUMNS], to: &mut [S]) {
    if let Some(full) = to.first_chunk_mut() {
        *full = *from;
        return;
    }
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Some columns of the right matrix, for some terms.
struct Panel<'a, S, const COLUMNS: usize> {
    /// Those terms of every column.
    packed: &'a [[S; COLUMNS]],
    /// Whether these are the first terms, so that sums begin at zero and not in the result.
    begins: bool,
    /// How many columns the whole matrix has.
    m: usize,
    columns: Range<usize>,
}

impl<S: Scalar, const COLUMNS: usize> Panel<'_, S, COLUMNS> {
    /// Adds the product of some rows and the panel to the result, which begins with their entries.
    #[inline(always)]
    fn add<const ROWS: usize>(&self, left: [&[S]; ROWS], entries: &mut [S]) {
        let mut sums = [[S::zero(); COLUMNS]; ROWS];
        if !self.begins {
            for (sums, row) in sums.iter_mut().zip(entries.chunks(self.m)) {
                read(&row[self.columns.clone()], sums);
            }
        }
        add_terms(left, self.packed, &mut sums);
        for (sums, row) in sums.iter().zip(entries.chunks_mut(self.m)) {
            write(sums, &mut row[self.columns.clone()]);
        }
    }
}

/// sums\[i\]\[j\] := sums\[i\]\[j\] + left\[i\]\[k\]·right\[k\]\[j\] for k = 0, 1, 2, …, one after
/// the other.
#[inline(always)]
fn add_terms<S: Scalar, const ROWS: usize, const COLUMNS: usize>(
    mut left: [&[S]; ROWS],
    right: &[[S; COLUMNS]],
    sums: &mut [[S; COLUMNS]; ROWS],
) {
    for row in &mut left {
        *row = &row[..right.len()];
    }
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
