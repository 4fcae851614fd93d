//! Whether two unit groups number the same entries of an axis.

use super::group::{UnitAxis, UnitGroup};
use crate::{Error, Result, printable};

/// Refuses two numberings of the same entries, unless one lies inside each unit of the other.
///
/// # Errors
/// The first two that overlap.
pub(super) fn check_overlaps(all: &[(&UnitGroup, &UnitAxis)]) -> Result<()> {
    for (number, &(group, axis)) in all.iter().enumerate() {
        for &(other, other_axis) in &all[..number] {
            let is_same_axis = axis.tensor == other_axis.tensor && axis.axis == other_axis.axis;
            if is_same_axis && overlap(group, axis, other, other_axis) {
                let what = format!("axis {} of {}", axis.axis, printable(&axis.tensor));
                let groups = [other, group].map(|group| printable(&group.name));
                let value = format!("numbered by group {} and by group {}", groups[0], groups[1]);
                let range = "numbered once, or by a group inside each unit of another".into();
                return Err(Error::OutOfRange { what, value, range });
            }
        }
    }
    Ok(())
}

fn overlap(group: &UnitGroup, axis: &UnitAxis, other: &UnitGroup, other_axis: &UnitAxis) -> bool {
    let (part, other_part) = (axis.part(group.units), other_axis.part(other.units));
    let is_apart = part.end <= other_part.start || other_part.end <= part.start;
    let is_another = group.name != other.name;
    let is_nested = is_another
        && (lies_in_a_unit(axis, group, other_axis, other)
            || lies_in_a_unit(other_axis, other, axis, group));
    !is_apart && !is_nested
}

/// Whether everything that the inner axis numbers lies in one run of one unit of the outer.
fn lies_in_a_unit(
    inner: &UnitAxis,
    inner_group: &UnitGroup,
    outer: &UnitAxis,
    outer_group: &UnitGroup,
) -> bool {
    let (part, whole) = (inner.part(inner_group.units), outer.part(outer_group.units));
    let is_inside = whole.start <= part.start && part.end <= whole.end;
    let run = |index: usize| (index - whole.start) / outer.each.max(1);
    is_inside && run(part.start) == run(part.end - 1)
}
