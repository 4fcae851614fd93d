//! Where the units of a group lie in a tensor.

use crate::Scalar;
use ndarray::{Array2, ArrayD, ArrayViewD, Axis};

/// Where units lie on an axis: from `first` on `repeats` blocks, each with all units one after the
/// other and `each` neighbouring entries a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Along {
    pub(super) axis: usize,
    pub(super) first: usize,
    pub(super) repeats: usize,
    pub(super) each: usize,
    pub(super) outgoing: bool,
}

impl Along {
    /// A whole axis with one entry a unit.
    pub(super) fn whole(axis: usize) -> Self {
        Self { axis, first: 0, repeats: 1, each: 1, outgoing: false }
    }

    /// The same with outgoing weights.
    pub(super) fn outgoing(self) -> Self {
        Self { outgoing: true, ..self }
    }

    /// The entries of a unit, of `units`.
    pub(super) fn entries(self, unit: usize, units: usize) -> impl Iterator<Item = usize> {
        let Self { first, repeats, each, .. } = self;
        let starts = (0..repeats).map(move |block| first + (block * units + unit) * each);
        starts.flat_map(move |start| start..start + each)
    }

    /// The entry that takes the place of another where the unit u is replaced by `order[u]`.
    pub(super) fn renumbered(self, index: usize, order: &[usize]) -> usize {
        let Self { first, repeats, each, .. } = self;
        let units = order.len();
        match index.checked_sub(first) {
            Some(place) if place < repeats * units * each => {
                let (slot, within) = (place / each, place % each);
                let (block, unit) = (slot / units, slot % units);
                first + (block * units + order[unit]) * each + within
            }
            _ => index,
        }
    }

    /// The indices of an axis of that length without those of some units.
    pub(super) fn without(self, dropped: &[usize], units: usize, length: usize) -> Vec<usize> {
        let mut stays = vec![true; length];
        for index in dropped.iter().flat_map(|&unit| self.entries(unit, units)) {
            stays[index] = false;
        }
        (0..length).filter(|&index| stays[index]).collect()
    }
}

/// A tensor with the axes along which a group numbers it.
pub(super) struct Carrier<'a, S> {
    pub(super) view: ArrayViewD<'a, S>,
    pub(super) axes: Vec<Along>,
}

impl<'a, S> Carrier<'a, S> {
    /// A matrix that carries a group on one axis.
    pub(super) fn of_matrix(matrix: &'a Array2<S>, along: Along) -> Self {
        Self { view: matrix.view().into_dyn(), axes: vec![along] }
    }
}

impl<S: Scalar> Carrier<'_, S> {
    /// Whether exchanging two units, of `units`, along all axes at once changes nothing.
    pub(super) fn is_fixed_by_exchange(&self, [i, k]: [usize; 2], units: usize) -> bool {
        let identical = |(here, there): (&S, &S)| here.identical(*there);
        match self.axes[..] {
            // equal slices, which needs no copy
            [along] => along.entries(i, units).zip(along.entries(k, units)).all(|(i, k)| {
                let slice = |index| self.view.index_axis(Axis(along.axis), index);
                slice(i).iter().zip(slice(k).iter()).all(identical)
            }),
            // from W = 0, a matrix that carries its units twice may part its diagonal from the rest
            _ => {
                let mut order: Vec<usize> = (0..units).collect();
                order.swap(i, k);
                self.view.iter().zip(self.renumbered(&order).iter()).all(identical)
            }
        }
    }

    /// The tensor with renumbered units: the new unit u is the old unit `order[u]`.
    fn renumbered(&self, order: &[usize]) -> ArrayD<S> {
        self.axes.iter().fold(self.view.to_owned(), |tensor, along| {
            let length = tensor.len_of(Axis(along.axis));
            let from: Vec<_> = (0..length).map(|index| along.renumbered(index, order)).collect();
            tensor.select(Axis(along.axis), &from)
        })
    }
}
