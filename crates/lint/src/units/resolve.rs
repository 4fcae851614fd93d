//! From templates to the groups of a source.

use super::names::{Bound, Template};
use super::{AxisPattern, Fit, GroupPattern, Number, UnitGroups, known_patterns};
use crate::Element;
use crate::StoredTensor;
use crate::layout::Layout;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, check_groups};
use init_symmetry_network::{Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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
    complete: Option<bool>,
    /// Whether units may read other inputs than one another, as in a grouped convolution.
    pub(crate) may_be_grouped: bool,
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

    /// Whether a carrier holds weights, not biases: the first one does, even of a single input.
    pub(crate) fn is_weight(&self, carrier: &Carrier, tensors: &[StoredTensor]) -> bool {
        let shape = &tensors[carrier.tensor].shape;
        !super::is_list(shape) || shape.len() > 1 && carrier.tensor == self.carriers[0].tensor
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

/// All groups of a source: those of the user's first, then those of known patterns on axes that
/// are free.
///
/// # Errors
/// A group of the user's that names a tensor or axis that the source lacks, does not fit, or
/// overlaps with another.
pub(crate) fn resolve(units: &UnitGroups, tensors: &[StoredTensor]) -> Result<Vec<Recognised>> {
    let names = Names::of(tensors);
    let mut resolved = Vec::new();
    for pattern in &units.own {
        resolved.extend(own_groups(pattern, tensors, &names)?);
    }
    check_own(&resolved, tensors)?;
    let mut taken = Taken::default();
    resolved.iter().for_each(|group| taken.add(group));
    let known = if units.known_names { known_patterns() } else { Vec::new() };
    for pattern in &known {
        let templates = Templates::of(pattern)?;
        for bound in templates.bindings(tensors) {
            let source = (tensors, &names);
            if let Some(group) = known_group(pattern, &templates, &bound, source, &taken) {
                taken.add(&group);
                resolved.push(group);
            }
        }
    }
    doubt_incomplete(&mut resolved, tensors);
    Ok(resolved)
}

/// What groups have taken already.
#[derive(Default)]
struct Taken {
    axes: HashSet<(usize, usize)>,
    /// Tensors by the pattern that took them, and those whose units are known.
    by_pattern: HashMap<usize, Option<String>>,
    incoming: HashSet<usize>,
}

impl Taken {
    fn add(&mut self, group: &Recognised) {
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

/// Groups beside which something stands that their units may be numbered by, too: a list of as many
/// numbers, such as a norm's, in no group at all.
fn doubt_incomplete(groups: &mut [Recognised], tensors: &[StoredTensor]) {
    let taken: HashSet<usize> =
        groups.iter().flat_map(|group| &group.carriers).map(|it| it.tensor).collect();
    let owner = |name: &str| name.rsplit_once('.').map(|(owner, _)| owner.to_string());
    let parent = |name: &str| {
        let owner = owner(name).unwrap_or_default();
        owner.rsplit_once('.').map(|(parent, _)| parent.to_string()).unwrap_or_default()
    };
    let is_list = |tensor: &StoredTensor| super::is_list(&tensor.shape);
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

/// Where each name is, of tensors of floats that have entries.
struct Names<'a>(HashMap<&'a str, usize>);

impl<'a> Names<'a> {
    fn of(tensors: &'a [StoredTensor]) -> Self {
        Self(
            tensors
                .iter()
                .enumerate()
                .map(|(index, tensor)| (tensor.name.as_str(), index))
                .collect(),
        )
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }
}

struct Templates {
    name: Template,
    axes: Vec<Template>,
    /// Of the first template that asks for a next number, all numbers that there are.
    next: Option<usize>,
    unless: Option<Template>,
}

impl Templates {
    fn of(pattern: &GroupPattern) -> Result<Self> {
        let axes = pattern.axes.iter().map(|axis| Template::of(&axis.tensor));
        let axes = axes.collect::<Result<Vec<_>>>()?;
        let next = axes.iter().position(Template::asks_for_next);
        let unless = pattern.unless.as_deref().map(Template::of).transpose()?;
        Ok(Self { name: Template::of(&pattern.name)?, axes, next, unless })
    }

    /// What the placeholders can stand for, by the first axis.
    fn bindings(&self, tensors: &[StoredTensor]) -> Vec<Bound> {
        let Some(first) = self.axes.first() else { return Vec::new() };
        tensors.iter().filter_map(|tensor| first.bind(&tensor.name)).collect()
    }

    /// The next number, if one is asked for and there is a tensor of two axes or more.
    fn next(&self, bound: &Bound, tensors: &[StoredTensor], names: &Names<'_>) -> Option<u64> {
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
fn tensors_of_axis(
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
fn units_of(axis: &AxisPattern, length: usize) -> Option<usize> {
    match (axis.repeats, axis.each, axis.first) {
        (Number::Given(repeats), Number::Given(each), None) => {
            let of_unit = repeats.checked_mul(each).filter(|&of_unit| of_unit > 0)?;
            (length.is_multiple_of(of_unit)).then_some(length / of_unit)
        }
        _ => None,
    }
}

/// Where units lie on an axis of that length, if they fit.
fn layout_of(axis: &AxisPattern, units: usize, length: usize) -> Option<Layout> {
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

/// Whether a layer and the next of the same name follow each other in computation, as far as names
/// and shapes say it: members of a list that run side by side look like layers.
fn are_consecutive(stem: &str, gap: u64, here: &[usize], there: &[usize]) -> bool {
    let in_list = stem.is_empty() || stem.ends_with(['.', '/']);
    let differ = here.get(..2) != there.get(..2);
    let names = ["fc", "lin", "linear", "dense", "layer", "hidden", "conv", "W", "w"];
    let is_layer = names.iter().any(|name| stem.ends_with(name));
    match (in_list, gap) {
        // between two layers of nn.Sequential stands an activation
        (true, 1) => differ,
        (true, _) => true,
        (false, 1) => differ || is_layer,
        (false, _) => false,
    }
}

/// A group of a known pattern, if it fits and its axes are free.
fn known_group(
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
        || pattern.axes.len() == 1 && super::is_list(shape)
        || taken.incoming.contains(&first)
        || unless.is_some_and(|name| names.find(&name).is_some())
    {
        return None;
    }
    let axis_of_units = *shape.get(pattern.axes[0].axis)?;
    let units = units_of(&pattern.axes[0], axis_of_units)?;
    let next = templates.next(bound, tensors, names);
    let stem = templates.axes[0].stem(bound);
    let mut carriers = Vec::new();
    for (axis, template) in pattern.axes.iter().zip(&templates.axes) {
        let found = tensors_of_axis(template, bound, next, names);
        let usable = |&tensor: &usize| {
            let there = &tensors[tensor].shape;
            let layout = layout_of(axis, units, *there.get(axis.axis)?)?;
            // neighbouring columns of a unit come of flattening what has more than two axes
            let is_flat = shape.len() > 2 && there.len() == 2;
            let fits = layout.each == 1 || axis.each != Number::Fit(Fit::Fit) || is_flat;
            let follows = !template.asks_for_next()
                || pattern.axes.len() == 1
                || next.is_some_and(|next| are_consecutive(&stem, next - bound.n, shape, there))
                || pattern.axes[0].outgoing;
            let free = !taken.axes.contains(&(tensor, axis.axis))
                && !(axis.outgoing && taken.by_another(tensor, pattern));
            let carrier = Carrier { tensor, layout, outgoing: axis.outgoing };
            (free && fits && follows && is_judged(&tensors[tensor])).then_some(carrier)
        };
        let fitting: Vec<_> = found.iter().filter_map(usable).collect();
        let is_needed = !axis.optional && !axis.outgoing;
        if fitting.len() < found.len() && !axis.outgoing || fitting.is_empty() && is_needed {
            return None;
        }
        carriers.extend(fitting);
    }
    let inputs: usize = shape.iter().product::<usize>() / axis_of_units;
    let is_small = pattern.expands && units < inputs;
    // of rows alone the last pattern speaks
    let is_alone = carriers.len() == 1 && pattern.axes.len() > 1;
    if units < 2 || is_small || is_alone || carriers.iter().all(|carrier| carrier.tensor != first) {
        return None;
    }
    let name = templates.name.name(bound, 0);
    let may_be_grouped = shape.len() > 2 && shape[1] == 1;
    let (pattern, complete) = (pattern.pattern.clone(), None);
    Some(Recognised { name, pattern, units, carriers, complete, may_be_grouped })
}

/// Whether a tensor has entries that are floats.
fn is_judged(tensor: &StoredTensor) -> bool {
    tensor.element.bytes().is_some() && !tensor.shape.contains(&0)
}

/// The groups of a pattern of the user's.
fn own_groups(
    pattern: &GroupPattern,
    tensors: &[StoredTensor],
    names: &Names<'_>,
) -> Result<Vec<Recognised>> {
    let templates = Templates::of(pattern)?;
    let missing = |name: &str| {
        let known: Vec<_> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        Error::unknown(&format!("tensor in group '{}'", pattern.name), name, &known)
    };
    let Some(first) = pattern.axes.first() else {
        let what = format!("the list of axes of group '{}'", pattern.name);
        let (value, range) = ("empty".into(), "at least one".into());
        return Err(Error::OutOfRange { what, value, range });
    };
    let bindings: BTreeSet<Bound> = templates.bindings(tensors).into_iter().collect();
    if bindings.is_empty() {
        return Err(missing(&first.tensor));
    }
    let mut groups = Vec::new();
    for bound in bindings {
        let next = templates.next(&bound, tensors, names);
        let found = |template: &Template| tensors_of_axis(template, &bound, next, names);
        let name = templates.name.name(&bound, next.unwrap_or(0));
        let length = |tensor: usize, axis: usize| {
            let shape = &tensors[tensor].shape;
            shape.get(axis).copied().ok_or_else(|| Error::NoSuch {
                what: format!("axis (counted from 0) of {}", tensors[tensor].name),
                index: axis,
                count: shape.len(),
            })
        };
        let in_first =
            length(names.find(&templates.axes[0].name(&bound, bound.n)).unwrap_or(0), first.axis)?;
        let units = pattern.units.or_else(|| units_of(first, in_first)).ok_or_else(|| {
            Error::OutOfRange {
                what: format!("the number of units of group '{name}'"),
                value: "unknown".into(),
                range: format!("given: its first axis has {in_first} entries, which do not say it"),
            }
        })?;
        let mut carriers = Vec::new();
        for (axis, template) in pattern.axes.iter().zip(&templates.axes) {
            let found = found(template);
            if found.is_empty() && !axis.optional && !template.asks_for_next() {
                return Err(missing(
                    &template.name(&bound, next.unwrap_or(bound.n.saturating_add(1))),
                ));
            }
            for tensor in found {
                if !is_judged(&tensors[tensor]) {
                    let StoredTensor { name: of, element, .. } = &tensors[tensor];
                    return Err(Error::OutOfRange {
                        what: format!("tensor {of} of group '{name}'"),
                        value: match element {
                            Element::Other(kind) => format!("of type {kind}"),
                            _ => "without entries".into(),
                        },
                        range: "floats".into(),
                    });
                }
                let length = length(tensor, axis.axis)?;
                let layout = layout_of(axis, units, length).ok_or_else(|| Error::Count {
                    what: format!("axis {} of {}", axis.axis, tensors[tensor].name),
                    given: length,
                    needed_by: format!("group '{name}' of {units} units"),
                    needed: units,
                })?;
                carriers.push(Carrier { tensor, layout, outgoing: axis.outgoing });
            }
        }
        if carriers.iter().all(|carrier| carrier.outgoing) {
            return Err(Error::OutOfRange {
                what: format!("the list of axes that group '{name}' receives by"),
                value: "empty".into(),
                range: "at least one: all its axes are outgoing".into(),
            });
        }
        let complete = pattern.complete.then_some(true);
        let may_be_grouped = false;
        groups.push(Recognised { name, pattern: None, units, carriers, complete, may_be_grouped });
    }
    Ok(groups)
}

/// # Errors
/// Groups of the user's that do not fit or overlap, by the rules of unit groups.
fn check_own(groups: &[Recognised], tensors: &[StoredTensor]) -> Result<()> {
    let mut involved = BTreeMap::new();
    for carrier in groups.iter().flat_map(|group| &group.carriers) {
        let StoredTensor { name, shape, .. } = &tensors[carrier.tensor];
        involved.insert(carrier.tensor, TensorShape::new(name.clone(), shape));
    }
    let involved: Vec<TensorShape> = involved.into_values().collect();
    let groups: Vec<UnitGroup> = groups.iter().map(|group| of_network(group, tensors)).collect();
    check_groups(&involved, &groups)
}

fn of_network(group: &Recognised, tensors: &[StoredTensor]) -> UnitGroup {
    let axis = |carrier: &Carrier| {
        let Layout { axis, first, repeats, each, .. } = carrier.layout;
        let name = tensors[carrier.tensor].name.clone();
        let axis = UnitAxis::new(name, axis).repeats(repeats).each(each).first(first);
        if carrier.outgoing { axis.outgoing() } else { axis }
    };
    let all = group.carriers.iter().map(axis);
    all.fold(UnitGroup::new(group.name.clone(), group.units), UnitGroup::along)
}
