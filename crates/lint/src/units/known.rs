//! Groups of known architectures, by the names and shapes of their tensors. Names are a guess:
//! where anything speaks against it, less is claimed.

use super::group::{
    Carrier, Names, Recognised, Templates, is_judged, layout_of, tensors_of_axis, units_of,
};
use super::names::{Bound, Template};
use super::{AxisPattern, Chain, Fit, GroupPattern, Number, is_list};
use crate::StoredTensor;
use crate::layout::Layout;
use std::collections::{HashMap, HashSet};

/// What groups have taken already.
#[derive(Default)]
pub(super) struct Taken {
    axes: HashSet<(usize, usize)>,
    /// Tensors by the pattern that took them, and those whose units are known.
    by_pattern: HashMap<usize, Option<String>>,
    incoming: HashSet<usize>,
}

impl Taken {
    pub(super) fn add(&mut self, group: &Recognised) {
        for carrier in &group.carriers {
            self.axes.insert((carrier.tensor, carrier.layout.axis));
            self.by_pattern.entry(carrier.tensor).or_insert_with(|| group.pattern.clone());
            if !carrier.outgoing {
                self.incoming.insert(carrier.tensor);
            }
        }
    }

    /// Whether another pattern has taken a tensor, which then is not what the name suggests.
    fn by_another(&self, tensor: usize, pattern: &GroupPattern) -> bool {
        self.by_pattern.get(&tensor).is_some_and(|by| *by != pattern.pattern)
    }
}

/// Whether a layer and the next of the same name follow each other in computation, as far as names
/// and shapes say it: members of a list that run side by side look like layers.
fn are_consecutive(stem: &str, gap: u64, here: &[usize], there: &[usize]) -> bool {
    let in_list = stem.is_empty() || stem.ends_with(['.', '/']);
    let differ = here.get(..2) != there.get(..2);
    let names = ["fc", "lin", "linear", "dense", "layer", "hidden", "conv", "W", "w"];
    // Flax writes Dense_0
    let plain = stem.trim_end_matches('_').to_lowercase();
    let is_word = |name: &str| name.len() > 1 && plain.ends_with(name);
    let is_layer = names.iter().any(|name| stem.ends_with(name) || is_word(name));
    match (in_list, gap) {
        // between two layers of nn.Sequential stands an activation
        (true, 1) => differ,
        (true, _) => true,
        (false, 1) => differ || is_layer,
        (false, _) => false,
    }
}

/// A group that is looked for.
struct Candidate<'a> {
    pattern: &'a GroupPattern,
    templates: &'a Templates,
    bound: &'a Bound,
    next: Option<u64>,
    tensors: &'a [StoredTensor],
    taken: &'a Taken,
    first: usize,
    units: usize,
}

/// A group of a known pattern, if it fits and its axes are free.
pub(super) fn known_group(
    pattern: &GroupPattern,
    templates: &Templates,
    bound: &Bound,
    (tensors, names): (&[StoredTensor], &Names<'_>),
    taken: &Taken,
) -> Option<Recognised> {
    let first = names.find(&templates.axes[0].name(bound, bound.n))?;
    let unless = templates.unless.as_ref().map(|unless| unless.name(bound, bound.n));
    let shape = &tensors[first].shape;
    if !is_judged(&tensors[first])
        || shape.len() < 2
        || pattern.axes.len() == 1 && is_list(shape)
        || taken.incoming.contains(&first)
        || unless.is_some_and(|name| names.find(&name).is_some())
    {
        return None;
    }
    let axis_of_units = *shape.get(pattern.axes[0].axis)?;
    let units = units_of(&pattern.axes[0], axis_of_units)?;
    let next = templates.next(bound, tensors, names);
    let candidate = Candidate { pattern, templates, bound, next, tensors, taken, first, units };
    let carriers = candidate.carriers(names)?;
    let inputs: usize = shape.iter().product::<usize>() / axis_of_units;
    let is_small = pattern.expands && units < inputs;
    // of rows alone the last pattern speaks
    let is_alone = carriers.len() == 1 && pattern.axes.len() > 1;
    if units < 2 || is_small || is_alone || carriers.iter().all(|carrier| carrier.tensor != first) {
        return None;
    }
    let name = templates.name.name(bound, 0);
    let may_be_grouped = shape.len() > 2 && shape[1] == 1;
    let is_chain = pattern.chain.is_some();
    let (pattern, complete) = (pattern.pattern.clone(), None);
    Some(Recognised { name, pattern, units, carriers, complete, may_be_grouped, is_chain })
}

impl Candidate<'_> {
    /// All that is numbered by the units; nothing where something is missing or does not fit.
    fn carriers(&self, names: &Names<'_>) -> Option<Vec<Carrier>> {
        let mut carriers = Vec::new();
        for (axis, template) in self.pattern.axes.iter().zip(&self.templates.axes) {
            let found = tensors_of_axis(template, self.bound, self.next, names);
            let usable = |&tensor: &usize| self.carrier(axis, template, tensor);
            let fitting: Vec<_> = found.iter().filter_map(usable).collect();
            let is_needed = !axis.optional && !axis.outgoing;
            if fitting.len() < found.len() && !axis.outgoing || fitting.is_empty() && is_needed {
                return None;
            }
            carriers.extend(fitting);
        }
        Some(carriers)
    }

    /// A tensor as a carrier, if it can be one.
    fn carrier(&self, axis: &AxisPattern, template: &Template, tensor: usize) -> Option<Carrier> {
        let (here, there) = (&self.tensors[self.first].shape, &self.tensors[tensor].shape);
        let place = if axis.bias { place_of_units(there, self.units)? } else { axis.axis };
        let layout = Layout { axis: place, ..layout_of(axis, self.units, *there.get(place)?)? };
        // neighbouring columns of a unit come of flattening what has more than two axes
        let is_flat = here.len() > 2 && there.len() == 2;
        let fits = layout.each == 1 || axis.each != Number::Fit(Fit::Fit) || is_flat;
        let stem = self.templates.axes[0].stem(self.bound);
        let by_shapes = self.pattern.chain == Some(Chain::ByShapes);
        let is_next = |next: u64| match next - self.bound.n {
            1 if by_shapes => true,
            gap => are_consecutive(&stem, gap, here, there),
        };
        let follows = !template.asks_for_next()
            || self.pattern.axes[0].outgoing
            || self.next.is_some_and(is_next);
        let is_anothers = axis.outgoing && self.taken.by_another(tensor, self.pattern);
        let free = !is_anothers && !self.taken.axes.contains(&(tensor, place));
        let carrier = Carrier { tensor, layout, outgoing: axis.outgoing };
        (free && fits && follows && is_judged(&self.tensors[tensor])).then_some(carrier)
    }
}

/// The axis of a list with one entry for each unit.
fn place_of_units(shape: &[usize], units: usize) -> Option<usize> {
    let is_list = shape.iter().product::<usize>() == units;
    shape.iter().position(|&length| length == units).filter(|_| is_list)
}

/// Groups beside which something stands that their units may be numbered by, too: a list of as many
/// numbers, such as a norm's, in no group at all.
pub(super) fn doubt_incomplete(groups: &mut [Recognised], tensors: &[StoredTensor]) {
    let taken: HashSet<usize> =
        groups.iter().flat_map(|group| &group.carriers).map(|it| it.tensor).collect();
    let owner = |name: &str| name.rsplit_once('.').map(|(owner, _)| owner.to_string());
    let parent = |name: &str| {
        let owner = owner(name).unwrap_or_default();
        owner.rsplit_once('.').map(|(parent, _)| parent.to_string()).unwrap_or_default()
    };
    let is_list = |tensor: &StoredTensor| is_list(&tensor.shape);
    let with_matrix: HashSet<String> = tensors
        .iter()
        .filter(|tensor| !is_list(tensor))
        .filter_map(|tensor| owner(&tensor.name))
        .collect();
    let mut beside: HashMap<String, Vec<(usize, u64)>> = HashMap::new();
    for (index, tensor) in tensors.iter().enumerate() {
        let of_layer = owner(&tensor.name).is_some_and(|owner| with_matrix.contains(&owner));
        if is_list(tensor)
            && !taken.contains(&index)
            && !of_layer
            && tensor.element.bytes().is_some()
        {
            let owner = owner(&tensor.name).unwrap_or_default();
            let number = owner.rsplit('.').next().and_then(|last| last.parse().ok());
            let length = tensor.shape.iter().product();
            beside.entry(parent(&tensor.name)).or_default().push((length, number.unwrap_or(0)));
        }
    }
    for group in groups.iter_mut().filter(|group| group.complete.is_none() && group.is_known()) {
        let first = &tensors[group.carriers[0].tensor].name;
        // in a numbered list, what stands between two layers is taken, and the rest is elsewhere
        let in_list = owner(first).is_some_and(|owner| {
            owner.rsplit('.').next().is_some_and(|it| it.parse::<u64>().is_ok())
        });
        let others = beside.get(&parent(first)).into_iter().flatten();
        let units = group.units;
        if group.pattern.is_some()
            && others
                .into_iter()
                .any(|&(length, number)| length == units && !(in_list && number > 0))
        {
            group.complete = Some(false);
        }
    }
}
