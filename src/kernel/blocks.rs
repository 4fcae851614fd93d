//! The product of two matrices in blocks of entries, for which the right matrix is packed.

use super::factors::{Factor, Factors, Results, add_bias};
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

/// How far a block sums before the next has its turn, so that a panel stays in the first cache.
const DEPTH: usize = 256;
/// How many panels are packed together: memory is read by the line, and their columns of the result
/// stay in the second cache until the sums are complete.
const PANELS: usize = 6;

/// Eight entries of a row, which begin where a line of the cache does.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row<S>([S; COLUMNS]);

/// Some columns of the right matrix for some terms, row by row.
type Panel<S> = ArrayVec<Row<S>, DEPTH>;

/// Some terms of some rows of the left matrix, row after row.
type Gathered<S> = ArrayVec<S, { MANY_ROWS * DEPTH }>;

/// A product in blocks of rows and panels, `DEPTH` terms at a time; of at least one term and one
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
        let Self { factors: &Factors { left, right, bias }, results: Results { entries, sums } } =
            self;
        let (n, (inner, m)) = (left.view.nrows(), right.view.dim());
        // a row of the left matrix times a column of ones is its sum
        let ones = usize::from(!sums.is_empty());
        // neither repeated nor made by a closure, which might copy what is not there yet
        let mut panels =
            [Panel::new(), Panel::new(), Panel::new(), Panel::new(), Panel::new(), Panel::new()];
        let mut gathered = Gathered::new();
        let [many, few] = [N, ROWS].map(|size| n / size * size);
        for columns in parts(0..m + ones, PANELS * COLUMNS) {
            let with_ones = columns.end > m;
            let columns = columns.start..columns.end.min(m);
            for terms in parts(0..inner, DEPTH) {
                right.pack(&terms, &columns, &mut panels);
                if with_ones {
                    add_ones(&mut panels, columns.len(), terms.len());
                }
                let (columns, begins) = (columns.clone(), terms.start == 0);
                let block = Block { panels: &panels, columns, with_ones, m, begins };
                for i in (0..many).step_by(N) {
                    block.add::<N, P>(left.rows(i, &terms, &mut gathered), i, entries, sums);
                }
                for i in (many..few).step_by(ROWS) {
                    block.add::<ROWS, 1>(left.rows(i, &terms, &mut gathered), i, entries, sums);
                }
                for i in few..n {
                    block.add::<1, 1>(left.rows(i, &terms, &mut gathered), i, entries, sums);
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
                    panel.push(Row(filled_up(from)));
                }
            }
        } else if let Some(entries) = self.by_columns {
            for (panel, columns) in panels.iter_mut().zip(parts(columns.clone(), COLUMNS)) {
                let mut all: [&[S]; COLUMNS] = [&[]; COLUMNS];
                for (j, column) in (columns.start..).zip(&mut all) {
                    let j = j.min(columns.end - 1);
                    *column = &entries[j * inner..][terms.clone()];
                }
                transpose(all, panel);
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

/// A column of ones after `width` others.
#[inline(always)]
fn add_ones<S: Scalar>(panels: &mut [Panel<S>; PANELS], width: usize, terms: usize) {
    let panel = &mut panels[width / COLUMNS];
    while panel.len() < terms {
        panel.push(Row([S::zero(); COLUMNS]));
    }
    for row in panel {
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
fn transpose<S: Scalar>(columns: [&[S]; COLUMNS], panel: &mut Panel<S>) {
    let terms = columns[0].len();
    let full = terms / COLUMNS * COLUMNS;
    for k in (0..full).step_by(COLUMNS) {
        for _ in 0..COLUMNS {
            panel.push(Row([S::zero(); COLUMNS]));
        }
        let Some(rows) = panel.last_chunk_mut::<COLUMNS>() else { return };
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
        panel.push(Row(row));
    }
}

/// Some columns of the right matrix, for some terms.
struct Block<'a, S> {
    panels: &'a [Panel<S>; PANELS],
    columns: Range<usize>,
    /// Whether a column of ones comes after them.
    with_ones: bool,
    /// How many columns the whole matrix has.
    m: usize,
    /// Whether these are the first terms, so that sums begin at zero and not in the result.
    begins: bool,
}

impl<S: Scalar> Block<'_, S> {
    /// Adds the product of rows i, i + 1, … and these columns to the results, `P` panels at a time,
    /// then one at a time.
    #[inline(always)]
    fn add<const N: usize, const P: usize>(
        &self,
        rows: [&[S]; N],
        i: usize,
        entries: &mut [S],
        sums: &mut [S],
    ) {
        let entries = &mut entries[i * self.m + self.columns.start..];
        let whole = self.columns.len() / COLUMNS;
        let many = whole / P * P;
        for p in (0..many).step_by(P) {
            let mut panels: [&[Row<S>]; P] = [&[]; P];
            for (panel, packed) in panels.iter_mut().zip(&self.panels[p..]) {
                *panel = packed;
            }
            self.add_whole(rows, panels, &mut entries[p * COLUMNS..], self.m);
        }
        for p in many..whole {
            self.add_whole(rows, [&self.panels[p]], &mut entries[p * COLUMNS..], self.m);
        }
        let width = self.columns.len() % COLUMNS;
        if width > 0 || self.with_ones {
            let sums = if self.with_ones { &mut sums[i..] } else { &mut [] };
            let panel = &self.panels[whole];
            self.add_last(rows, panel, &mut entries[whole * COLUMNS..], width, sums);
        }
    }

    /// Of the last panel: its first `width` columns, then the column of ones if there are sums.
    #[inline(always)]
    fn add_last<const N: usize>(
        &self,
        rows: [&[S]; N],
        panel: &Panel<S>,
        entries: &mut [S],
        width: usize,
        sums: &mut [S],
    ) {
        let mut spare = [[S::zero(); COLUMNS]; N];
        for (to, from) in spare.iter_mut().zip(entries.chunks(self.m)) {
            for (to, from) in to.iter_mut().zip(&from[..width]) {
                *to = *from;
            }
        }
        for (to, sum) in spare.iter_mut().zip(&*sums) {
            to[width] = *sum;
        }
        self.add_whole(rows, [panel], spare.as_flattened_mut(), COLUMNS);
        for (from, to) in spare.iter().zip(entries.chunks_mut(self.m)) {
            for (to, from) in to[..width].iter_mut().zip(from) {
                *to = *from;
            }
        }
        for (from, sum) in spare.iter().zip(sums) {
            *sum = from[width];
        }
    }

    /// Adds the product of some rows and panels to the first entries of rows of length `m`.
    #[inline(always)]
    fn add_whole<const N: usize, const P: usize>(
        &self,
        rows: [&[S]; N],
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
        let sums = add_terms(rows, panels, sums);
        for i in 0..N {
            if let Some(to) = entries[i * m..].as_chunks_mut().0.first_chunk_mut() {
                *to = sums[i];
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
