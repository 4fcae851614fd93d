//! A unit group of a source, and what templates of names need to find one.

use super::names::{Bound, Template};
use super::{AxisPattern, GroupPattern, Number, is_list};
use crate::StoredTensor;
use crate::layout::Layout;
use init_symmetry_network::Result;
use std::collections::HashMap;

/// An axis of a tensor that is numbered by units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carrier {
    pub(crate) tensor: usize,
    pub(crate) layout: Layout,
    pub(crate) outgoing: bool,
}

/// A unit group of a source.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    pub(crate) name: String,
    /// The known pattern that recognised it.
    pub(crate) pattern: Option<String>,
    pub(crate) units: usize,
    pub(crate) carriers: Vec<Carrier>,
    /// Whether it is known to be complete, or not to be; otherwise outgoing weights say so.
    pub(super) complete: Option<bool>,
    /// Whether units may read other inputs than one another, as in a grouped convolution.
    pub(crate) may_be_grouped: bool,
    /// Whether it is a layer of a plain chain, as W1, W2, W3.
    pub(crate) is_chain: bool,
}

impl Recognised {
    /// Whether a tensor carries the group on two axes, as a recurrent matrix does.
    pub(crate) fn is_recurrent(&self, tensor: usize) -> bool {
        self.carriers.iter().filter(|carrier| carrier.tensor == tensor).count() > 1
    }

    /// What the units receive by, and recurrent matrices.
    pub(crate) fn incoming(&self) -> impl Iterator<Item = &Carrier> {
        self.carriers.iter().filter(|it| !it.outgoing || self.is_recurrent(it.tensor))
    }

    /// What others receive from the units by.
    pub(crate) fn outgoing(&self) -> impl Iterator<Item = &Carrier> {
        self.carriers.iter().filter(|it| it.outgoing && !self.is_recurrent(it.tensor))
    }

    /// Whether everything that is numbered by the units is known.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete.unwrap_or_else(|| self.outgoing().next().is_some()) && !self.may_be_grouped
    }

    /// Whether a carrier holds weights, not biases: the first one does, even of a single input, and
    /// outgoing ones, even of a single output. A list may be stored as a row.
    pub(crate) fn is_weight(&self, carrier: &Carrier, tensors: &[StoredTensor]) -> bool {
        let shape = &tensors[carrier.tensor].shape;
        let has_inputs = carrier.outgoing || carrier.tensor == self.carriers[0].tensor;
        let is_row = shape.len() == 2 && shape[0] == 1 && shape[1] == self.units;
        if has_inputs { shape.len() > 1 } else { !is_list(shape) && !is_row }
    }

    /// Whether a tensor is a hidden layer of a plain chain: the first one of a group that the next
    /// layer reads.
    pub(crate) fn is_hidden_in_chain(&self, tensor: usize) -> bool {
        self.is_chain && self.carriers[0].tensor == tensor && self.outgoing().next().is_some()
    }

    /// What a unit is called: a matrix of which nothing is known has rows.
    pub(crate) fn nouns(&self) -> [&'static str; 2] {
        match self.pattern.as_deref() {
            Some(ROWS) => ["row", "rows"],
            _ => ["unit", "units"],
        }
    }

    /// Whether more than the rows of one matrix is known.
    pub(crate) fn is_known(&self) -> bool {
        self.pattern.as_deref() != Some(ROWS)
    }
}

/// The pattern of a matrix of which nothing is known.
const ROWS: &str = "rows";

/// Where each name is, of tensors of floats that have entries.
pub(super) struct Names<'a>(HashMap<&'a str, usize>);

impl<'a> Names<'a> {
    pub(super) fn of(tensors: &'a [StoredTensor]) -> Self {
        Self(
            tensors
                .iter()
                .enumerate()
                .map(|(index, tensor)| (tensor.name.as_str(), index))
                .collect(),
        )
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }
}

pub(super) struct Templates {
    pub(super) name: Template,
    pub(super) axes: Vec<Template>,
    /// Of the first template that asks for a next number, all numbers that there are.
    next: Option<usize>,
    pub(super) unless: Option<Template>,
}

impl Templates {
    pub(super) fn of(pattern: &GroupPattern) -> Result<Self> {
        let axes = pattern.axes.iter().map(|axis| Template::of(&axis.tensor));
        let axes = axes.collect::<Result<Vec<_>>>()?;
        let next = axes.iter().position(Template::asks_for_next);
        let unless = pattern.unless.as_deref().map(Template::of).transpose()?;
        Ok(Self { name: Template::of(&pattern.name)?, axes, next, unless })
    }

    /// What the placeholders can stand for, by the first axis.
    pub(super) fn bindings(&self, tensors: &[StoredTensor]) -> Vec<Bound> {
        let Some(first) = self.axes.first() else { return Vec::new() };
        tensors.iter().filter_map(|tensor| first.bind(&tensor.name)).collect()
    }

    /// The next number, if one is asked for and there is a tensor of two axes or more.
    pub(super) fn next(
        &self,
        bound: &Bound,
        tensors: &[StoredTensor],
        names: &Names<'_>,
    ) -> Option<u64> {
        const FARTHEST: u64 = 64;
        let template = &self.axes[self.next?];
        let after = bound.n.checked_add(1)?;
        (after..=bound.n.saturating_add(FARTHEST)).find(|&number| {
            let tensor = names.find(&template.name(bound, number));
            tensor.is_some_and(|tensor| tensors[tensor].shape.len() > 1)
        })
    }
}

/// The indices of the tensors that an axis of a pattern stands for.
pub(super) fn tensors_of_axis(
    template: &Template,
    bound: &Bound,
    next: Option<u64>,
    names: &Names<'_>,
) -> Vec<usize> {
    let name = |other| names.find(&template.name(bound, other));
    match next {
        _ if template.asks_for_between() => {
            let between = next.map_or(0..0, |next| bound.n.saturating_add(1)..next);
            between.filter_map(name).collect()
        }
        None if template.asks_for_next() => Vec::new(),
        _ => name(next.unwrap_or(0)).into_iter().collect(),
    }
}

/// How many units an axis of that length has room for.
pub(super) fn units_of(axis: &AxisPattern, length: usize) -> Option<usize> {
    match (axis.repeats, axis.each, axis.first) {
        (Number::Given(repeats), Number::Given(each), None) => {
            let of_unit = repeats.checked_mul(each).filter(|&of_unit| of_unit > 0)?;
            (length.is_multiple_of(of_unit)).then_some(length / of_unit)
        }
        _ => None,
    }
}

/// Where units lie on an axis of that length, if they fit.
pub(super) fn layout_of(axis: &AxisPattern, units: usize, length: usize) -> Option<Layout> {
    let fit = |other: usize| {
        let taken = units.checked_mul(other).filter(|&taken| taken > 0)?;
        length.is_multiple_of(taken).then_some(length / taken)
    };
    let (repeats, each) = match (axis.repeats, axis.each) {
        (Number::Given(repeats), Number::Given(each)) => (repeats, each),
        (Number::Fit(_), Number::Given(each)) => (fit(each)?, each),
        (Number::Given(repeats), Number::Fit(_)) => (repeats, fit(repeats)?),
        (Number::Fit(_), Number::Fit(_)) => return None,
    };
    let first = axis.first.unwrap_or(0);
    let end = units.checked_mul(repeats)?.checked_mul(each)?.checked_add(first)?;
    let fits = if axis.first.is_some() { end <= length } else { end == length };
    fits.then_some(Layout { axis: axis.axis, units, first, repeats, each })
}

/// Whether a tensor has entries that are floats.
pub(super) fn is_judged(tensor: &StoredTensor) -> bool {
    tensor.element.bytes().is_some() && !tensor.shape.contains(&0)
}
