//! Rules that need gradients: what has been equal so far, what has not moved.

use super::{Checked, number};
use crate::hash::mix;
use crate::scan::{Asked, scan};
use crate::units::{Carrier, Recognised};
use crate::{Finding, Rule, Severity, TensorSource};
use init_symmetry_network::{Error, Result, printable};
use std::collections::{BTreeMap, HashMap};

/// The hashes of the gradients of each tensor along each axis, in every file.
type Hashes = HashMap<(usize, usize), Vec<Vec<u64>>>;

/// What units have in common so far.
pub(super) fn judge(
    checked: &mut Checked<'_>,
    groups: &[Recognised],
    gradients: &mut [&mut dyn TensorSource],
) -> Result<Vec<Finding>> {
    let mut hashes = Hashes::new();
    for (place, source) in (1..).zip(gradients.iter_mut()) {
        add(checked, groups, (place, *source), &mut hashes)?;
    }
    let files = gradients.len();
    let mut found = Vec::new();
    for group in groups {
        let known = |carrier: &&Carrier| {
            let key = (carrier.tensor, carrier.layout.axis);
            hashes.get(&key).is_some_and(|all| all.len() == files)
        };
        let incoming: Vec<&Carrier> = group.incoming().collect();
        let carriers: Vec<&Carrier> = incoming.iter().copied().filter(known).collect();
        // a unit is equal only where all of it is
        if carriers.is_empty() || carriers.len() < incoming.len() {
            continue;
        }
        found.extend(equal_so_far(checked, group, &carriers, &hashes));
        found.extend(frozen(group, &carriers, &hashes));
    }
    Ok(found)
}

/// Reads the gradients of a file.
///
/// # Errors
/// A gradient of another shape than its tensor, one that is not finite, none at all.
fn add(
    checked: &Checked<'_>,
    groups: &[Recognised],
    (file, source): (usize, &mut dyn TensorSource),
    hashes: &mut Hashes,
) -> Result<()> {
    let mut wanted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for carrier in groups.iter().flat_map(|group| group.incoming()) {
        wanted.entry(carrier.tensor).or_default().push(carrier.layout.axis);
    }
    let places: HashMap<String, usize> = source
        .tensors()
        .iter()
        .enumerate()
        .map(|(place, tensor)| (tensor.name.clone(), place))
        .collect();
    let mut is_empty = true;
    for (tensor, mut axes) in wanted {
        let here = &checked.tensors[tensor];
        let Some(&place) = places.get(&here.name) else { continue };
        let there = &source.tensors()[place];
        if there.shape != here.shape {
            let what = format!("the shape of {}", here.name);
            let range = format!("{:?}, as its tensor", here.shape);
            return Err(wrong_in_file(file, &what, format!("{:?}", there.shape), &range));
        }
        axes.sort_unstable();
        axes.dedup();
        let Some(facts) = scan(source, place, Asked { axes: &axes, moments: false })? else {
            continue;
        };
        if facts.not_finite.count > 0 {
            let what = format!("an entry of {}", printable(&here.name));
            return Err(wrong_in_file(file, &what, "infinite or NaN".into(), "finite"));
        }
        is_empty = false;
        for (axis, slices) in facts.slices {
            hashes.entry((tensor, axis)).or_default().push(slices);
        }
    }
    if is_empty {
        let range = "tensors of floats under the names of the parameters";
        return Err(wrong_in_file(file, "the content", "unusable".into(), range));
    }
    Ok(())
}

fn wrong_in_file(file: usize, what: &str, value: String, range: &str) -> Error {
    let what = format!("{what} in gradient file {file}");
    Error::OutOfRange { what, value, range: range.into() }
}

/// Everything that is known of a unit's gradients, as one hash; nothing where all are zero.
fn gradient_of(unit: usize, carriers: &[&Carrier], hashes: &Hashes) -> Option<u64> {
    let (mut sum, mut moved) = (0, false);
    for carrier in carriers {
        for file in &hashes[&(carrier.tensor, carrier.layout.axis)] {
            for slot in 0..carrier.layout.slots() {
                let hash = file[carrier.layout.index_of(unit, slot)];
                moved |= hash != 0;
                sum = mix(sum ^ hash);
            }
        }
    }
    moved.then_some(sum)
}

fn equal_so_far(
    checked: &Checked<'_>,
    group: &Recognised,
    carriers: &[&Carrier],
    hashes: &Hashes,
) -> Option<Finding> {
    if group.is_complete() {
        return None; // twin-units says more
    }
    let mut alike: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    for unit in 0..group.units {
        let value = carriers.iter().fold(0, |sum, carrier| {
            let slices = checked.slices(carrier);
            (0..carrier.layout.slots())
                .fold(sum, |sum, slot| mix(sum ^ slices[carrier.layout.index_of(unit, slot)]))
        });
        if let Some(gradient) = gradient_of(unit, carriers, hashes) {
            alike.entry((value, gradient)).or_default().push(unit);
        }
    }
    let equal: usize = alike.values().filter(|class| class.len() > 1).map(Vec::len).sum();
    let message = format!(
        "{equal} of {} units have the same values as another unit, and the same gradient in every \
         file",
        group.units
    );
    (equal > 0).then(|| finding(Rule::EqualSoFar, Severity::Warning, group, message, equal))
}

fn frozen(group: &Recognised, carriers: &[&Carrier], hashes: &Hashes) -> Option<Finding> {
    let units = 0..group.units;
    let frozen = units.filter(|&unit| gradient_of(unit, carriers, hashes).is_none()).count();
    let message = format!("{frozen} of {} units got no gradient in any file", group.units);
    (frozen > 0).then(|| finding(Rule::Frozen, Severity::Note, group, message, frozen))
}

fn finding(
    rule: Rule,
    severity: Severity,
    group: &Recognised,
    message: String,
    units: usize,
) -> Finding {
    let numbers = [("units", number(units)), ("of", number(group.units))].into();
    Finding { rule, severity, place: printable(&group.name), message, numbers }
}
