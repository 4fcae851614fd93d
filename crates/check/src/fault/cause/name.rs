//! The name of the planted fault that a subject behaves like, where the outcomes allow it.
//!
//! Start reading at [`not_contradicted`].

use super::Cause;
use crate::fault::{DECLARED, Fault, Faulty, Planted};
use crate::property::{ALL, Class, Config, Outcome, PropertyVerdict};
use crate::subject::{Subject, Textbook};
use std::collections::BTreeMap;

/// Like a property of robustness, one that a subject with any fault may fail besides.
const SAME_BITS: &str = "same-question-gets-the-same-bits";

/// The faults whose declared kills do not contradict the outcomes of a subject.
///
/// What is declared is of many cases and of all networks. Where an outcome is otherwise, the fault
/// itself is put before the property, on the subject's networks and cases: that decides.
pub(in crate::fault) fn not_contradicted(
    subject: &dyn Subject,
    faults: Vec<Fault>,
    outcomes: &[Outcome],
    config: &Config,
) -> Vec<Fault> {
    let declared = declared_kills();
    let agrees = |fault: &Fault| {
        outcomes.iter().all(|outcome| {
            let Some(fails) = fails(&outcome.verdict) else { return true };
            let key = (fault.name(), outcome.property.as_str());
            let Some(&kills) = declared.get(&key) else { return true };
            let may_fail = outcome.class == Class::Robustness || outcome.property == SAME_BITS;
            let any = fails && may_fail;
            kills == fails || any || fault_fails(*fault, subject, outcome, config) == Some(fails)
        })
    };
    faults.into_iter().filter(agrees).collect()
}

fn declared_kills() -> BTreeMap<(&'static str, &'static str), bool> {
    let mut lines = DECLARED.lines();
    let properties: Vec<&str> =
        lines.next().map(|line| line.split(',').skip(1).collect()).unwrap_or_default();
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        let fault = cells.next().unwrap_or_default();
        let cells = properties.iter().zip(cells);
        cells.map(|(&property, cell)| ((fault, property), cell == "kills")).collect::<Vec<_>>()
    };
    lines.flat_map(row).collect()
}

/// Whether a property fails, where it says anything.
fn fails(verdict: &PropertyVerdict) -> Option<bool> {
    match verdict {
        PropertyVerdict::Passes => Some(false),
        PropertyVerdict::Fails { .. } => Some(true),
        PropertyVerdict::Noted { note, .. } => Some(note.fails_if_strict()),
        PropertyVerdict::Vacuous
        | PropertyVerdict::Incomplete { .. }
        | PropertyVerdict::DoesNotApply { .. } => None,
    }
}

/// What the property says of the fault on the subject's networks.
fn fault_fails(
    fault: Fault,
    subject: &dyn Subject,
    outcome: &Outcome,
    config: &Config,
) -> Option<bool> {
    let property = ALL.iter().find(|property| property.name == outcome.property)?;
    let config = Config { seed: outcome.seed, ..config.clone() }.without_shrinking();
    let faulty = Faulty::with(fault);
    let like = Textbook::asked_like(&faulty, subject);
    fails(&property.check(&like, &config).verdict)
}

/// The causes with the names of the faults that behave the same: the first joins the first cause.
pub(in crate::fault) fn with_names(mut causes: Vec<Cause>, explained: &[Fault]) -> Vec<Cause> {
    let by_name = |fault: &Fault| Cause {
        fault: Some(*fault),
        ..Cause::new(
            format!("It behaves like {fault}: {}", fault.description()),
            fault.where_to_look(),
        )
    };
    let mut names = explained.iter();
    match (causes.first_mut(), explained.first()) {
        (Some(first), Some(fault)) if first.says_what => {
            names.next();
            let description = fault.description();
            first.sentence = format!("{} It behaves like {fault}: {description}", first.sentence);
            first.look_at = fault.where_to_look().into();
            first.fault = Some(*fault);
        }
        _ => (),
    }
    // a name says what is wrong, and so comes before what only says where
    let places = causes.iter().position(|cause| !cause.says_what).unwrap_or(causes.len());
    causes.splice(places..places, names.map(by_name));
    causes
}

#[cfg(test)]
mod tests {
    use super::{SAME_BITS, declared_kills, not_contradicted};
    use crate::fault::{Fault, Faulty, Planted};
    use crate::property::{ALL, Class, Config, Outcome, Profile, PropertyVerdict};
    use crate::subject::Reference;
    use strum::VariantArray;

    fn config() -> Config {
        Config::new(Profile::Quick, 1)
    }

    #[test]
    fn every_pair_is_declared_and_what_any_fault_may_fail_is_a_property() {
        assert_eq!(declared_kills().len(), Fault::VARIANTS.len() * ALL.len());
        assert!(ALL.iter().any(|property| property.name == SAME_BITS));
    }

    #[test]
    fn a_fault_is_not_contradicted_by_what_becomes_of_itself() {
        for fault in [Fault::LossDoubled, Fault::DerivativeAtAnotherLayer, Fault::StaleCache] {
            let subject = Faulty::with(fault);
            let outcomes: Vec<Outcome> =
                ALL.iter().map(|property| property.check(&subject, &config())).collect();
            assert_eq!(not_contradicted(&subject, vec![fault], &outcomes, &config()), [fault]);
        }
    }

    fn class_of(property: &str) -> Class {
        let property = ALL.iter().find(|other| other.name == property);
        property.map_or(Class::Correctness, |property| property.class)
    }

    #[test]
    fn a_name_whose_kills_contradict_the_outcomes_is_not_given() {
        let outcome = |property: &str, verdict| Outcome {
            property: property.into(),
            class: class_of(property),
            verdict,
            cases: 32,
            effective: 32,
            witness: String::new(),
            seed: 1,
            failing: None,
        };
        let fails = || PropertyVerdict::Fails { case: String::new(), reason: String::new() };
        let left = |outcomes: &[Outcome]| {
            not_contradicted(&Reference, vec![Fault::UpdateAscends], outcomes, &config()).len()
        };
        let (step, gradient) =
            ("a-step-subtracts-rate-times-gradient", "gradient-equals-the-specification");
        assert_eq!(left(&[outcome(step, fails())]), 1, "{}", Fault::UpdateAscends.name());
        assert_eq!(left(&[outcome(step, PropertyVerdict::Passes)]), 0);
        assert_eq!(left(&[outcome(step, fails()), outcome(gradient, fails())]), 0);
        assert_eq!(left(&[outcome("mismatched-shapes-are-refused", fails())]), 1);
        let lacks = PropertyVerdict::DoesNotApply { reason: String::new() };
        assert_eq!(left(&[outcome(step, lacks)]), 1);
        assert_eq!(left(&[outcome("somebody's own", fails())]), 1);
    }
}
