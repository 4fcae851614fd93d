//! Where the units of a group lie along an axis.

/// Units on an axis: from `first` on `repeats` blocks of all units, each with `each` neighbouring
/// indices a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) axis: usize,
    pub(crate) units: usize,
    pub(crate) first: usize,
    pub(crate) repeats: usize,
    pub(crate) each: usize,
}

impl Layout {
    /// One unit for each index.
    pub(crate) fn whole(axis: usize, units: usize) -> Self {
        Self { axis, units, first: 0, repeats: 1, each: 1 }
    }

    /// Indices of a unit.
    pub(crate) fn slots(self) -> usize {
        self.repeats * self.each
    }

    /// The unit of an index, and which of its indices that is.
    #[inline(always)]
    pub(crate) fn unit_of(self, index: usize) -> Option<(usize, usize)> {
        let Self { units, first, repeats, each, .. } = self;
        let place = index.checked_sub(first).filter(|place| *place < repeats * units * each)?;
        let (line, within) = (place / each, place % each);
        Some((line % units, line / units * each + within))
    }

    /// The index of a unit's slot.
    pub(crate) fn index_of(self, unit: usize, slot: usize) -> usize {
        let Self { units, first, each, .. } = self;
        let (block, within) = (slot / each, slot % each);
        first + (block * units + unit) * each + within
    }
}
