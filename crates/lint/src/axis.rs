//! A tensor along one of its axes: which entries belong to which index.

use crate::{Order, StoredTensor};

/// An axis as the entries are stored: `outer` blocks, each of `length` indices with `inner`
/// neighbouring entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

/// Neighbouring entries of one index in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The index along the axis.
    pub(crate) index: usize,
    /// The place of its first entry among all entries of that index.
    pub(crate) place: usize,
}

impl Axis {
    /// An axis of a tensor, counted as in its shape.
    pub(crate) fn of(tensor: &StoredTensor, axis: usize) -> Self {
        let shape = &tensor.shape;
        let [before, after] =
            [&shape[..axis], &shape[axis + 1..]].map(|part| part.iter().product());
        let (outer, inner) = match tensor.order {
            Order::RowMajor => (before, after),
            Order::ColumnMajor => (after, before),
        };
        Self { outer, length: shape[axis], inner }
    }

    /// Entries of one index.
    pub(crate) fn slice(self) -> usize {
        self.outer * self.inner
    }

    /// Calls `visit` with the runs of a piece that begins at entry `first`.
    #[inline(always)]
    pub(crate) fn runs<W>(self, first: usize, words: &[W], mut visit: impl FnMut(Run, &[W])) {
        let Self { length, inner, .. } = self;
        let (mut at, mut rest) = (first, words);
        while !rest.is_empty() {
            let (line, within) = (at / inner, at % inner);
            let (outer, index) = (line / length, line % length);
            let (run, after) = rest.split_at(rest.len().min(inner - within));
            visit(Run { index, place: outer * inner + within }, run);
            (at, rest) = (at + run.len(), after);
        }
    }
}
