//! From templates to the groups of a source.

use super::chains::Chains;
use super::group::{Names, Recognised, Templates};
use super::known::{Taken, doubt_incomplete, known_group};
use super::own::{check_own, own_groups};
use super::{UnitGroups, known_patterns};
use crate::StoredTensor;
use init_symmetry_network::Result;

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
        let chains = Chains::of(pattern, &templates, tensors, &names);
        let mut bindings = templates.bindings(tensors);
        bindings.retain(|bound| chains.allow(pattern, &bound.any));
        for bound in bindings {
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
