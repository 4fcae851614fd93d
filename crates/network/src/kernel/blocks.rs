//! The product of two matrices in blocks of entries, for which the right matrix is packed.

use super::factors::{Factor, Factors, Results};
use crate::Scalar;
use crate::scalar::Work;
use arrayvec::ArrayVec;
use std::ops::Range;

/// Columns of a panel: a vector of AVX-512 and two of AVX2.
const COLUMNS: usize = 8;
/// Rows of a block of one panel: its sums, and what is added to them, stay in the 16 vector
/// registers of most processors. Measured; any other choice gives the same bits.
pub(super) const ROWS: usize = 4;
/// Rows of a block where there are 32 registers.
const MANY_ROWS: usize = 8;
/// Panels of such a block.
const MANY_PANELS: usize = 3;

/// How far a block sums before the next has its turn: a panel of so many rows stays in the first
/// cache.
const DEPTH: usize = 256;
/// How far a block of several panels does, which has less to read for as many operations; not if
/// the left matrix has to be gathered.
const MANY_DEPTH: usize = 800;
/// Rows of all panels that are packed together; they stay in the second cache, as do their columns
/// of the result until the sums are complete.
const ROOM: usize = MANY_PANELS * MANY_DEPTH;
/// How many panels these are at most.
const PANELS: usize = 36;

/// Eight entries of a row, which begin where a line of the cache does.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row<S>([S; COLUMNS]);

/// Some columns of the right matrix for some terms, in panels of `COLUMNS`, each row by row.
type Packed<S> = ArrayVec<Row<S>, ROOM>;

/// Some terms of some rows of the left matrix, row after row.
type Gathered<S> = ArrayVec<S, { MANY_ROWS * DEPTH }>;

/// A product in blocks of rows and panels, some terms at a time; of at least one term and one
/// column.
pub(super) struct InBlocks<'a, S> {
    pub(super) factors: &'a Factors<'a, S>,
    pub(super) results: Results<'a, S>,
}

impl<S: Scalar> Work for InBlocks<'_, S> {
    #[inline(always)]
    fn run(self) {
        self.multiply::<ROWS, 1>();
    }

    #[inline(always)]
    fn run_in_many_registers(self) {
        self.multiply::<MANY_ROWS, MANY_PANELS>();
    }
}

impl<S: Scalar> InBlocks<'_, S> {
    #[inline(always)]
    fn multiply<const N: usize, const P: usize>(self) {
        let Self { factors, results: Results { entries, sums } } = self;
        let (n, (inner, m)) = (factors.left.view.nrows(), factors.right.view.dim());
        // a row of the left matrix times a column of ones is its sum
        let ones = usize::from(!sums.is_empty());
        let mut packed = Packed::new();
        let mut gathered = Gathered::new();
        let (many, few) = (n / N * N, n / ROWS * ROWS);
        let is_gathered = factors.left.by_rows.is_none();
        let deepest = if P == 1 || is_gathered { DEPTH } else { MANY_DEPTH };
        // parts of about the same size, for what is left over would cost as much as a whole one
        let depth = inner.div_ceil(inner.div_ceil(deepest));
        let most = (ROOM / depth).min(PANELS);
        let are_all = (m + ones).div_ceil(COLUMNS) <= most;
        let width = COLUMNS * if are_all { most } else { most / P * P };
        for columns in parts(0..m + ones, width) {
            let with_ones = columns.end > m;
            let columns = columns.start..columns.end.min(m);
            for terms in parts(0..inner, depth) {
                factors.right.pack(&terms, &columns, &mut packed);
                if with_ones {
                    add_ones(&mut packed, columns.len(), terms.len());
                }
                let (columns, begins) = (columns.clone(), terms.start == 0);
                let block = Block { packed: &packed, columns, with_ones, m, begins };
                for i in (0..many).step_by(N) {
                    block.add::<N, P>(factors.rows(i, &terms, &mut gathered), entries, sums);
                }
                for i in (many..few).step_by(ROWS) {
                    block.add::<ROWS, P>(factors.rows(i, &terms, &mut gathered), entries, sums);
                }
                for i in few..n {
                    block.add::<1, 1>(factors.rows(i, &terms, &mut gathered), entries, sums);
                }
            }
        }
    }
}

/// A range in parts of `size`, the last of which may be shorter.
#[inline(always)]
fn parts(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(size).map(move |start| start..range.end.min(start + size))
}

/// Some rows of the left matrix.
#[derive(Clone, Copy)]
struct Rows<'a, S, const N: usize> {
    /// Which row the first is.
    first: usize,
    /// Some terms of each.
    terms: [&'a [S]; N],
    /// What is added to each after these terms.
    bias: Option<&'a [S; N]>,
}

impl<S: Scalar> Factors<'_, S> {
    /// Some terms of rows i, i + 1, …, gathered if they do not lie one after the other.
    #[inline(always)]
    fn rows<'b, const N: usize>(
        &'b self,
        i: usize,
        terms: &Range<usize>,
        gathered: &'b mut Gathered<S>,
    ) -> Rows<'b, S, N> {
        let Factor { view, by_rows, .. } = &self.left;
        let bias = match self.bias {
            Some(bias) if terms.end == view.ncols() => bias[i..].first_chunk(),
            _ => None,
        };
        let mut rows = Rows { first: i, terms: [&[]; N], bias };
        if let Some(entries) = by_rows {
            for (i, row) in (i..).zip(&mut rows.terms) {
                *row = &entries[i * view.ncols()..][terms.clone()];
            }
        } else {
            gathered.clear();
            for i in i..i + N {
                for k in terms.clone() {
                    gathered.push(view[[i, k]]);
                }
            }
            for (row, terms) in rows.terms.iter_mut().zip(gathered.chunks(terms.len())) {
                *row = terms;
            }
        }
        rows
    }
}

impl<S: Scalar> Factor<'_, S> {
    /// Some rows of some columns; what the last panel has beyond the last column is not used.
    #[inline(always)]
    fn pack(&self, terms: &Range<usize>, columns: &Range<usize>, packed: &mut Packed<S>) {
        packed.clear();
        let (inner, m) = self.view.dim();
        for columns in parts(columns.clone(), COLUMNS) {
            if let Some(entries) = self.by_rows {
                for k in terms.clone() {
                    packed.push(Row(filled_up(&entries[k * m..][columns.clone()])));
                }
            } else if let Some(entries) = self.by_columns {
                let mut all: [&[S]; COLUMNS] = [&[]; COLUMNS];
                for (j, column) in (columns.start..).zip(&mut all) {
                    let j = j.min(columns.end - 1);
                    *column = &entries[j * inner..][terms.clone()];
                }
                transpose(all, packed);
            } else {
                for k in terms.clone() {
                    let mut to = [S::zero(); COLUMNS];
                    for (to, j) in to.iter_mut().zip(columns.clone()) {
                        *to = self.view[[k, j]];
                    }
                    packed.push(Row(to));
                }
            }
        }
    }
}

/// A column of ones after `width` others.
#[inline(always)]
fn add_ones<S: Scalar>(packed: &mut Packed<S>, width: usize, terms: usize) {
    let begin = width / COLUMNS * terms;
    while packed.len() < begin + terms {
        packed.push(Row([S::zero(); COLUMNS]));
    }
    for row in &mut packed[begin..] {
        row.0[width % COLUMNS] = S::one();
    }
}

/// A row, and zeros where it is not a whole one.
#[inline(always)]
fn filled_up<S: Scalar>(entries: &[S]) -> [S; COLUMNS] {
    if let Some(whole) = entries.first_chunk() {
        return *whole;
    }
    let mut all = [S::zero(); COLUMNS];
    for (to, &from) in all.iter_mut().zip(entries) {
        *to = from;
    }
    all
}

/// Makes rows of columns, eight terms of all columns at a time where there are as many.
#[inline(always)]
fn transpose<S: Scalar>(columns: [&[S]; COLUMNS], packed: &mut Packed<S>) {
    let terms = columns[0].len();
    let full = terms / COLUMNS * COLUMNS;
    for k in (0..full).step_by(COLUMNS) {
        for _ in 0..COLUMNS {
            packed.push(Row([S::zero(); COLUMNS]));
        }
        let Some(rows) = packed.last_chunk_mut::<COLUMNS>() else { return };
        for (j, column) in columns.iter().enumerate() {
            for (Row(row), &entry) in rows.iter_mut().zip(&column[k..k + COLUMNS]) {
                row[j] = entry;
            }
        }
    }
    for k in full..terms {
        let mut row = [S::zero(); COLUMNS];
        for (to, column) in row.iter_mut().zip(&columns) {
            *to = column[k];
        }
        packed.push(Row(row));
    }
}

/// Some columns of the right matrix, for some terms.
struct Block<'a, S> {
    packed: &'a [Row<S>],
    columns: Range<usize>,
    /// Whether a column of ones comes after them.
    with_ones: bool,
    /// How many columns the whole matrix has.
    m: usize,
    /// Whether these are the first terms, so that sums begin at zero and not in the result.
    begins: bool,
}

impl<S: Scalar> Block<'_, S> {
    /// Adds the product of some rows and these columns to the results, `P` panels at a time.
    #[inline(always)]
    fn add<const N: usize, const P: usize>(
        &self,
        rows: Rows<S, N>,
        entries: &mut [S],
        sums: &mut [S],
    ) {
        let entries = &mut entries[rows.first * self.m + self.columns.start..];
        let panels = (self.columns.len() + usize::from(self.with_ones)).div_ceil(COLUMNS);
        // what is left over goes two by two, and is four rather than one
        let over = panels % P;
        let many = panels - if over == 1 && panels > P { P + 1 } else { over };
        for p in (0..many).step_by(P) {
            self.add_panels::<N, P>(rows, p, entries, sums);
        }
        for p in (many..panels).step_by(2) {
            if p + 1 < panels {
                self.add_panels::<N, 2>(rows, p, entries, sums);
            } else {
                self.add_panels::<N, 1>(rows, p, entries, sums);
            }
        }
    }

    /// Panels p, p + 1, …, `P` of them.
    #[inline(always)]
    fn add_panels<const N: usize, const P: usize>(
        &self,
        rows: Rows<S, N>,
        p: usize,
        entries: &mut [S],
        sums: &mut [S],
    ) {
        let mut panels: [&[Row<S>]; P] = [&[]; P];
        let terms = rows.terms[0].len();
        for (p, panel) in (p..).zip(&mut panels) {
            *panel = &self.packed[p * terms..][..terms];
        }
        let entries = &mut entries[p * COLUMNS..];
        let width = self.columns.len() - p * COLUMNS;
        if width >= P * COLUMNS {
            self.add_whole(rows, panels, entries, self.m);
        } else {
            let sums = if self.with_ones { &mut sums[rows.first..] } else { &mut [] };
            self.add_last(rows, panels, entries, width, sums);
        }
    }

    /// Of the last panels: the first `width` columns, then the column of ones if there are sums.
    #[inline(always)]
    fn add_last<const N: usize, const P: usize>(
        &self,
        rows: Rows<S, N>,
        panels: [&[Row<S>]; P],
        entries: &mut [S],
        width: usize,
        sums: &mut [S],
    ) {
        let mut spare = [[[S::zero(); COLUMNS]; P]; N];
        if !self.begins {
            for (to, from) in spare.iter_mut().zip(entries.chunks(self.m)) {
                to.as_flattened_mut()[..width].copy_from_slice(&from[..width]);
            }
            for (to, sum) in spare.iter_mut().zip(&*sums) {
                to.as_flattened_mut()[width] = *sum;
            }
        }
        let flat = spare.as_flattened_mut().as_flattened_mut();
        self.add_whole(rows, panels, flat, P * COLUMNS);
        for (from, to) in spare.iter().zip(entries.chunks_mut(self.m)) {
            to[..width].copy_from_slice(&from.as_flattened()[..width]);
        }
        for (from, sum) in spare.iter().zip(sums) {
            *sum = from.as_flattened()[width];
        }
    }

    /// Adds the product of some rows and panels to the first entries of rows of length `m`.
    #[inline(always)]
    fn add_whole<const N: usize, const P: usize>(
        &self,
        Rows { terms, bias, .. }: Rows<S, N>,
        panels: [&[Row<S>]; P],
        entries: &mut [S],
        m: usize,
    ) {
        let mut sums = [[[S::zero(); COLUMNS]; P]; N];
        if !self.begins {
            for i in 0..N {
                if let Some(from) = entries[i * m..].as_chunks().0.first_chunk() {
                    sums[i] = *from;
                }
            }
        }
        let sums = add_terms(terms, panels, sums);
        // With and without bias apart, and the bias added to a row as it is written: otherwise LLVM
        // takes vectors apart, or gathers one number of each row.
        let Some(bias) = bias else {
            for i in 0..N {
                if let Some(to) = entries[i * m..].as_chunks_mut().0.first_chunk_mut() {
                    *to = sums[i];
                }
            }
            return;
        };
        for i in 0..N {
            if let Some(to) = entries[i * m..].as_chunks_mut().0.first_chunk_mut() {
                let mut row = sums[i];
                for entry in row.as_flattened_mut() {
                    *entry = *entry + bias[i];
                }
                *to = row;
            }
        }
    }
}

/// The sums and left\[i\]\[k\]·right\[k\]\[j\] for k = 0, 1, 2, …, one after the other.
#[inline(always)]
fn add_terms<S: Scalar, const N: usize, const P: usize>(
    mut left: [&[S]; N],
    mut right: [&[Row<S>]; P],
    mut sums: [[[S; COLUMNS]; P]; N],
) -> [[[S; COLUMNS]; P]; N] {
    let terms = right[0].len();
    for row in &mut left {
        *row = &row[..terms];
    }
    for panel in &mut right {
        *panel = &panel[..terms];
    }
    for k in 0..terms {
        for i in 0..N {
            let l = left[i][k];
            for p in 0..P {
                let Row(right) = &right[p][k];
                for j in 0..COLUMNS {
                    sums[i][p][j] = sums[i][p][j] + l * right[j];
                }
            }
        }
    }
    sums
}
