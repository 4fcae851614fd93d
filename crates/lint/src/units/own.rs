//! Groups of a file of the user's: what does not fit is refused.

use super::group::{
    Carrier, Names, Recognised, Templates, is_judged, layout_of, tensors_of_axis, units_of,
};
use super::names::Bound;
use super::{GroupPattern, is_list};
use crate::layout::Layout;
use crate::{Element, StoredTensor};
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, check_groups};
use init_symmetry_network::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The groups of a pattern of the user's.
pub(super) fn own_groups(
    pattern: &GroupPattern,
    tensors: &[StoredTensor],
    names: &Names<'_>,
) -> Result<Vec<Recognised>> {
    let templates = Templates::of(pattern)?;
    let Some(first) = pattern.axes.first() else {
        let what = format!("the list of axes of group '{}'", pattern.name);
        let (value, range) = ("empty".into(), "at least one".into());
        return Err(Error::OutOfRange { what, value, range });
    };
    let bindings: BTreeSet<Bound> = templates.bindings(tensors).into_iter().collect();
    if bindings.is_empty() {
        return Err(missing(pattern, &first.tensor, tensors));
    }
    let group = |bound: &Bound| own_group(pattern, &templates, bound, (tensors, names));
    bindings.iter().map(group).collect()
}

fn own_group(
    pattern: &GroupPattern,
    templates: &Templates,
    bound: &Bound,
    (tensors, names): (&[StoredTensor], &Names<'_>),
) -> Result<Recognised> {
    let next = templates.next(bound, tensors, names);
    let name = templates.name.name(bound, next.unwrap_or(0));
    let first = names.find(&templates.axes[0].name(bound, bound.n)).unwrap_or(0);
    let in_first = length_of(&tensors[first], pattern.axes[0].axis)?;
    let units = pattern.units.or_else(|| units_of(&pattern.axes[0], in_first));
    let units = units.ok_or_else(|| Error::OutOfRange {
        what: format!("the number of units of group '{name}'"),
        value: "unknown".into(),
        range: format!("given: it does not follow from the {in_first} entries of its first axis"),
    })?;
    let mut carriers = Vec::new();
    for (axis, template) in pattern.axes.iter().zip(&templates.axes) {
        let found = tensors_of_axis(template, bound, next, names);
        if found.is_empty() && !axis.optional && !template.asks_for_next() {
            let wanted = template.name(bound, next.unwrap_or(bound.n.saturating_add(1)));
            return Err(missing(pattern, &wanted, tensors));
        }
        for tensor in found {
            check_floats(&name, &tensors[tensor])?;
            let length = length_of(&tensors[tensor], axis.axis)?;
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
            what: format!("the list of incoming axes of group '{name}'"),
            value: "empty".into(),
            range: "at least one: all its axes are outgoing".into(),
        });
    }
    let (complete, may_be_grouped) = (pattern.complete.then_some(true), false);
    // several matrices in, as of a gate or a recurrent layer, are no plain layer
    let weights = carriers.iter().filter(|it| !it.outgoing && !is_list(&tensors[it.tensor].shape));
    let (pattern, is_chain) = (None, weights.count() == 1);
    Ok(Recognised { name, pattern, units, carriers, complete, may_be_grouped, is_chain })
}

fn missing(pattern: &GroupPattern, name: &str, tensors: &[StoredTensor]) -> Error {
    let known: Vec<_> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    Error::unknown(&format!("tensor in group '{}'", pattern.name), name, &known)
}

fn length_of(tensor: &StoredTensor, axis: usize) -> Result<usize> {
    tensor.shape.get(axis).copied().ok_or_else(|| Error::NoSuch {
        what: format!("axes are numbered from 0: {} axis", tensor.name),
        index: axis,
        count: tensor.shape.len(),
    })
}

fn check_floats(group: &str, tensor: &StoredTensor) -> Result<()> {
    if is_judged(tensor) {
        return Ok(());
    }
    Err(Error::OutOfRange {
        what: format!("tensor {} of group '{group}'", tensor.name),
        value: match &tensor.element {
            Element::Other(kind) => format!("of type {kind}"),
            _ => "without entries".into(),
        },
        range: "floats".into(),
    })
}

/// # Errors
/// Groups of the user's that do not fit or overlap, by the rules of unit groups.
pub(super) fn check_own(groups: &[Recognised], tensors: &[StoredTensor]) -> Result<()> {
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
