//! The product of two matrices in blocks of entries, for which the right matrix is packed.

use super::factors::{Factor, Factors, add_bias};
use crate::Scalar;
use crate::scalar::Work;
use arrayvec::ArrayVec;
use std::ops::Range;

/// Columns of a block: a vector of AVX-512 and two of AVX2.
const COLUMNS: usize = 8;
/// Rows of a block: its sums, and what is added to them, stay in the 16 vector registers of most
/// processors or in the 32 of AVX-512. Measured; any other choice gives the same bits.
pub(super) const ROWS: usize = 4;
const MANY_ROWS: usize = 16;

/// How far a block sums before the next has its turn: 256 × 8 numbers of the right matrix stay in
/// the first cache.
const DEPTH: usize = 256;
/// How many blocks beside each other are packed together, because memory is read by the line.
const PANELS: usize = 4;

/// Eight entries of a row, which begin where a line of the cache does.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row<S>([S; COLUMNS]);

/// Some columns of the right matrix for some terms, row by row.
type Panel<S> = ArrayVec<Row<S>, DEPTH>;

/// Some terms of some rows of the left matrix, row after row.
type Gathered<S> = ArrayVec<S, { MANY_ROWS * DEPTH }>;

/// A product in blocks of `COLUMNS` columns and many or few rows, `DEPTH` terms at a time; of at
/// least one term.
pub(super) struct InBlocks<'a, S> {
    pub(super) factors: Factors<'a, S>,
    /// Of the result, row by row.
    pub(super) entries: &'a mut [S],
}

impl<S: Scalar> Work for InBlocks<'_, S> {
    #[inline(always)]
    fn run(self) {
        self.multiply::<ROWS>();
    }

    #[inline(always)]
    fn run_in_many_registers(self) {
        self.multiply::<MANY_ROWS>();
    }
}

impl<S: Scalar> InBlocks<'_, S> {
    #[inline(always)]
    fn multiply<const MANY: usize>(self) {
        let Self { factors: Factors { left, right, bias }, entries } = self;
        let (n, (inner, m)) = (left.view.nrows(), right.view.dim());
        // neither repeated nor made by a closure, which might copy what is not there yet
        let mut panels = [Panel::new(), Panel::new(), Panel::new(), Panel::new()];
        let mut gathered = Gathered::new();
        let [many, few] = [MANY, ROWS].map(|size| n / size * size);
        for terms in parts(0..inner, DEPTH) {
            for columns in parts(0..m, PANELS * COLUMNS) {
                right.pack(&terms, &columns, &mut panels);
                let block = Block { panels: &panels, begins: terms.start == 0, m, columns };
                for i in (0..many).step_by(MANY) {
                    block.add(left.rows::<MANY>(i, &terms, &mut gathered), &mut entries[i * m..]);
                }
                for i in (many..few).step_by(ROWS) {
                    block.add(left.rows::<ROWS>(i, &terms, &mut gathered), &mut entries[i * m..]);
                }
                for i in few..n {
                    block.add(left.rows::<1>(i, &terms, &mut gathered), &mut entries[i * m..]);
                }
            }
        }
        add_bias(bias, entries, m.max(1));
    }
}

/// A range in parts of `size`, the last of which may be shorter.
#[inline(always)]
fn parts(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(size).map(move |start| start..range.end.min(start + size))
}

impl<S: Scalar> Factor<'_, S> {
    /// Some terms of rows i, i + 1, …, gathered if they do not lie one after the other.
    #[inline(always)]
    fn rows<'b, const N: usize>(
        &'b self,
        i: usize,
        terms: &Range<usize>,
        gathered: &'b mut Gathered<S>,
    ) -> [&'b [S]; N] {
        let mut rows: [&[S]; N] = [&[]; N];
        if let Some(entries) = self.by_rows {
            for (i, row) in (i..).zip(&mut rows) {
                *row = &entries[i * self.view.ncols()..][terms.clone()];
            }
        } else {
            gathered.clear();
            for i in i..i + N {
                for k in terms.clone() {
                    gathered.push(self.view[[i, k]]);
                }
            }
            for (row, terms) in rows.iter_mut().zip(gathered.chunks(terms.len())) {
                *row = terms;
            }
        }
        rows
    }

    /// Some rows of some columns; what a panel has beyond the last column is not used.
    #[inline(always)]
    fn pack(&self, terms: &Range<usize>, columns: &Range<usize>, panels: &mut [Panel<S>; PANELS]) {
        for panel in &mut *panels {
            panel.clear();
        }
        let (inner, m) = self.view.dim();
        if let Some(entries) = self.by_rows {
            for k in terms.clone() {
                let row = &entries[k * m..][columns.clone()];
                for (panel, from) in panels.iter_mut().zip(row.chunks(COLUMNS)) {
                    let mut to = [S::zero(); COLUMNS];
                    read(from, &mut to);
                    panel.push(Row(to));
                }
            }
        } else if let Some(entries) = self.by_columns {
            for (panel, columns) in panels.iter_mut().zip(parts(columns.clone(), COLUMNS)) {
                let mut all: [&[S]; COLUMNS] = [&[]; COLUMNS];
                for (j, column) in (columns.start..).zip(&mut all) {
                    let j = j.min(columns.end - 1);
                    *column = &entries[j * inner..][terms.clone()];
                }
                for k in 0..terms.len() {
                    let mut to = [S::zero(); COLUMNS];
                    for (to, column) in to.iter_mut().zip(&all) {
                        *to = column[k];
                    }
                    panel.push(Row(to));
                }
            }
        } else {
            for k in terms.clone() {
                for (panel, columns) in panels.iter_mut().zip(parts(columns.clone(), COLUMNS)) {
                    let mut to = [S::zero(); COLUMNS];
                    for (to, j) in to.iter_mut().zip(columns.clone()) {
                        *to = self.view[[k, j]];
                    }
                    panel.push(Row(to));
                }
            }
        }
    }
}

/// Copies to the first of `to`: all of it at once, in whole vectors, where there is enough.
#[inline(always)]
fn read<S: Scalar>(from: &[S], to: &mut [S; COLUMNS]) {
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
fn write<S: Scalar>(from: &[S; COLUMNS], to: &mut [S]) {
    if let Some(full) = to.first_chunk_mut() {
        *full = *from;
        return;
    }
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Some columns of the right matrix, for some terms.
struct Block<'a, S> {
    panels: &'a [Panel<S>; PANELS],
    /// Whether these are the first terms, so that sums begin at zero and not in the result.
    begins: bool,
    /// How many columns the whole matrix has.
    m: usize,
    columns: Range<usize>,
}

impl<S: Scalar> Block<'_, S> {
    /// Adds the product of some rows and these columns to the result, which begins with their
    /// entries.
    #[inline(always)]
    fn add<const N: usize>(&self, left: [&[S]; N], entries: &mut [S]) {
        for (panel, columns) in self.panels.iter().zip(parts(self.columns.clone(), COLUMNS)) {
            let mut sums = [[S::zero(); COLUMNS]; N];
            if !self.begins {
                for (sums, row) in sums.iter_mut().zip(entries.chunks(self.m)) {
                    read(&row[columns.clone()], sums);
                }
            }
            add_terms(left, panel, &mut sums);
            for (sums, row) in sums.iter().zip(entries.chunks_mut(self.m)) {
                write(sums, &mut row[columns.clone()]);
            }
        }
    }
}

/// sums\[i\]\[j\] := sums\[i\]\[j\] + left\[i\]\[k\]·right\[k\]\[j\] for k = 0, 1, 2, …, one after
/// the other.
#[inline(always)]
fn add_terms<S: Scalar, const N: usize>(
    mut left: [&[S]; N],
    right: &[Row<S>],
    sums: &mut [[S; COLUMNS]; N],
) {
    for row in &mut left {
        *row = &row[..right.len()];
    }
    let mut local = *sums;
    for (k, Row(right)) in right.iter().enumerate() {
        for i in 0..N {
            let l = left[i][k];
            for j in 0..COLUMNS {
                local[i][j] = local[i][j] + l * right[j];
            }
        }
    }
    *sums = local;
}
