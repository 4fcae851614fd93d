//! What to change about a group that is no symmetry of the loss: one axis more, one fewer, or
//! another layout of one.

use super::case::Setting;
use super::known::{Known, gathered, within};
use crate::property::CaseFailure;
use init_symmetry_network::printable;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};

/// A change of a group, in words.
struct Change {
    group: UnitGroup,
    words: String,
}

/// More changes than this are not tried.
const MOST_CHANGES: usize = 200;

/// The end of a sentence that names the one change under which the group is a symmetry of the
/// loss, if there is one; it is found by trying.
pub(super) fn mending_change(
    setting: &Setting<'_>,
    group: &UnitGroup,
    here: &Known,
) -> Result<String, CaseFailure> {
    let mut mending = Vec::new();
    for Change { group, words } in changes(setting, group).into_iter().take(MOST_CHANGES) {
        let order = setting.order(group.units);
        let Ok(places) = group.renumbering(&setting.tensors, &order) else { continue };
        let parameters = gathered(&setting.parameters, &places);
        let is_another = parameters != setting.parameters;
        if is_another && within(setting.ask(&parameters)?.loss, here.loss, here.loss_error) {
            mending.push(words);
        }
    }
    Ok(match &mending[..] {
        [] => ", or the loss treats its units differently".into(),
        [change, ..] => format!("; it would be one {change}"),
    })
}

/// Other layouts first, then axes that are missing, then axes that are too many: a group without
/// any axis that matters is a symmetry, too, and says nothing.
fn changes(setting: &Setting<'_>, group: &UnitGroup) -> Vec<Change> {
    let mut changes = Vec::new();
    for (number, axis) in group.axes.iter().enumerate() {
        for other in other_layouts(setting, group, axis) {
            let words = format!(
                "with repeats {} and each {} on {}, instead of {} and {}",
                other.repeats,
                other.each,
                named(axis),
                axis.repeats,
                axis.each
            );
            let mut group = group.clone();
            group.axes[number] = other;
            changes.push(Change { group, words });
        }
    }
    for axis in setting.tensors.iter().flat_map(|tensor| missing(group, tensor)) {
        let layout = match (axis.repeats, axis.each) {
            (1, 1) => String::new(),
            (1, each) => format!(" (each {each})"),
            (repeats, _) => format!(" (repeats {repeats})"),
        };
        let words = format!("if {}{layout} is added to it", named(&axis));
        changes.push(Change { group: group.clone().along(axis), words });
    }
    for number in 0..group.axes.len() {
        let mut other = group.clone();
        let words = format!("without {}", named(&other.axes.remove(number)));
        if !other.axes.is_empty() {
            changes.push(Change { group: other, words });
        }
    }
    changes
}

/// The other order of blocks and neighbours, and the whole axis in place of a part.
fn other_layouts(setting: &Setting<'_>, group: &UnitGroup, axis: &UnitAxis) -> Vec<UnitAxis> {
    let UnitAxis { repeats, each, .. } = *axis;
    let tensor = setting.tensors.iter().find(|tensor| tensor.name == axis.tensor);
    let length = tensor.and_then(|tensor| tensor.shape.get(axis.axis)).copied().unwrap_or(0);
    let whole = UnitAxis {
        repeats: (length / group.units / each.max(1)).max(1),
        first: None,
        ..axis.clone()
    };
    let turned = UnitAxis { repeats: each, each: repeats, ..axis.clone() };
    [turned, whole].into_iter().filter(|other| other != axis).collect()
}

fn named(UnitAxis { tensor, axis, .. }: &UnitAxis) -> String {
    format!("axis {axis} of {}", printable(tensor))
}

/// The axes of a tensor that the group might number, and does not.
fn missing(group: &UnitGroup, TensorShape { name, shape }: &TensorShape) -> Vec<UnitAxis> {
    let mut axes = Vec::new();
    for (axis, length) in shape.iter().enumerate() {
        let is_there = group.axes.iter().any(|it| it.tensor == *name && it.axis == axis);
        if is_there || length % group.units != 0 || *length == 0 {
            continue;
        }
        let many = length / group.units;
        let plain = UnitAxis::new(name, axis);
        axes.push(plain.clone().each(many));
        if many > 1 {
            axes.push(plain.repeats(many));
        }
    }
    axes
}
