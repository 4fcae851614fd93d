//! How a report prints outcomes: what fails, then notes, then what does not apply, by its reason;
//! what passes is a number. In short (`{:#}`) cases and reasons are left out.

use crate::property::{Outcome, PropertyVerdict};
use std::collections::BTreeMap;
use std::fmt;

/// Prints the outcomes of a subject; the last line says how many of the properties that apply hold.
pub(crate) fn print(f: &mut fmt::Formatter<'_>, name: &str, outcomes: &[Outcome]) -> fmt::Result {
    let lacks = |outcome: &Outcome| match &outcome.verdict {
        PropertyVerdict::DoesNotApply { reason } => Some(reason.clone()),
        _ => None,
    };
    let holds = |outcome: &&Outcome| outcome.passes() || outcome.note().is_some();
    let applying = || outcomes.iter().filter(|outcome| lacks(outcome).is_none());
    let failing = applying().filter(|outcome| !holds(outcome));
    let noted = applying().filter(|outcome| outcome.note().is_some());
    for outcome in failing.chain(noted) {
        match f.alternate() {
            true => writeln!(f, "{}", outcome.to_string().lines().next().unwrap_or_default())?,
            false => writeln!(f, "{outcome}")?,
        }
    }
    let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
    for reason in outcomes.iter().filter_map(lacks) {
        *by_reason.entry(reason).or_default() += 1;
    }
    let (held, applying) = (applying().filter(holds).count(), applying().count());
    if f.alternate() {
        let lacking = outcomes.len() - applying;
        write!(f, "{name}: {held} of the {applying} properties that apply hold; ")?;
        return write!(f, "{lacking} do not apply");
    }
    for (reason, count) in by_reason {
        let properties = if count == 1 { "property does" } else { "properties do" };
        writeln!(f, "{count} {properties} not apply: {reason}")?;
    }
    write!(f, "{name}: {held} of the {applying} properties that apply hold")
}
