//! The name of the planted fault that a subject behaves like, where the outcomes allow it.
//!
//! Start reading at [`not_contradicted`].

use super::Cause;
use crate::fault::{DECLARED, Fault, Faulty, Planted};
use crate::property::{ALL, Config, Outcome, PropertyVerdict};
use crate::subject::{Ability, Descent, Networks, Observer, Precision, Subject, Textbook};
use init_symmetry_network::{Evaluation, Network, Parameters, Problem, Result, Start};
use ndarray::Array2;
use std::collections::BTreeMap;

/// Properties of robustness: a subject that fails them may have any fault besides.
const ROBUSTNESS: [&str; 3] = [
    "extreme-logits-stay-finite",
    "same-question-gets-the-same-bits",
    "mismatched-shapes-are-refused",
];

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
            let any = fails && ROBUSTNESS.contains(&outcome.property.as_str());
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
        PropertyVerdict::Vacuous | PropertyVerdict::DoesNotApply { .. } => None,
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
    let like = Like { subject, faulty: Faulty::with(fault) };
    let like = Textbook::asked_like(&like, subject);
    fails(&property.check(&like, &config).verdict)
}

/// A planted fault with the networks, abilities and precision of a subject.
struct Like<'a> {
    subject: &'a dyn Subject,
    faulty: Faulty,
}

impl Subject for Like<'_> {
    fn name(&self) -> &str {
        self.faulty.name()
    }

    fn supports(&self, ability: Ability) -> bool {
        self.subject.supports(ability)
    }

    fn networks(&self) -> Networks {
        self.subject.networks()
    }

    fn precision(&self) -> Precision {
        self.subject.precision()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.networks().check(self.name(), problem.network)?;
        self.faulty.evaluate(problem)
    }

    fn mean_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        self.networks().check(self.name(), problem.network)?;
        self.faulty.mean_loss(problem)
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.networks().check(self.name(), network)?;
        self.faulty.predict(network, parameters, x)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        self.networks().check(self.name(), problem.network)?;
        self.faulty.step(problem, rate)
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.networks().check(self.name(), problem.network)?;
        self.faulty.train(problem, descent, observe)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.networks().check(self.name(), network)?;
        self.faulty.initialise(network, start, seed)
    }
}

/// The causes with the names of the faults that behave the same: the first joins the first cause.
pub(super) fn with_names(mut causes: Vec<Cause>, explained: &[Fault]) -> Vec<Cause> {
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
    use super::{ROBUSTNESS, declared_kills, not_contradicted};
    use crate::fault::{Fault, Faulty, Planted};
    use crate::property::{ALL, Class, Config, Outcome, Profile, PropertyVerdict};
    use crate::subject::Reference;
    use strum::VariantArray;

    fn config() -> Config {
        Config::new(Profile::Quick, 1)
    }

    #[test]
    fn every_pair_is_declared_and_robustness_is_among_the_properties() {
        assert_eq!(declared_kills().len(), Fault::VARIANTS.len() * ALL.len());
        for name in ROBUSTNESS {
            assert!(ALL.iter().any(|property| property.name == name), "{name}");
        }
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

    #[test]
    fn a_name_whose_kills_contradict_the_outcomes_is_not_given() {
        let outcome = |property: &str, verdict| Outcome {
            property: property.into(),
            class: Class::Correctness,
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
