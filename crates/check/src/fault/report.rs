//! All properties on one subject, and the planted fault that explains what fails.
//!
//! It prints the likely cause first; what passes is a number. Start reading at [`SubjectReport`].

use super::cause::{estimated, not_contradicted, of_outcomes, small_cases, with_names};
use super::{Cause, Fault, faults_that_explain, faults_that_explain_every_gradient};
use crate::outcomes;
use crate::panics::Refusing;
use crate::property::{ALL, Class, Config, Outcome, Profile};
use crate::subject::{Subject, Textbook};
use crate::understood::{Remark, Understood};
use std::fmt;
use std::sync::OnceLock;

/// What the answers of one subject say of it, whichever property fails: the faults that it behaves
/// like, and its likely causes. To find them takes seconds, so the tests of a subject do it once.
#[derive(Debug, Default)]
pub(crate) struct OfAnswers(OnceLock<(Vec<Fault>, Vec<Cause>)>);

impl OfAnswers {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// What became of every property of a subject.
///
/// ```
/// use init_symmetry_check::SubjectReport;
/// use init_symmetry_check::fault::{Fault, Faulty};
/// use init_symmetry_check::property::{Config, Profile};
/// let faulty = Faulty::with(Fault::UpdateAscends);
/// let report = SubjectReport::new(&faulty, &Config::new(Profile::Quick, 1));
/// assert!(!report.passes());
/// assert_eq!(report.explained_by, [Fault::UpdateAscends]);
/// assert!(report.to_string().starts_with("likely cause: In a step, the gradient is added"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectReport {
    /// Name of the subject.
    pub subject: String,
    /// What was found out about it that it does not declare.
    pub remarks: Vec<Remark>,
    /// Why it fails, likeliest first.
    pub causes: Vec<Cause>,
    /// The planted faults that explain what fails, and do not contradict what passes.
    pub explained_by: Vec<Fault>,
    /// One for each property, in the order of [`ALL`].
    pub outcomes: Vec<Outcome>,
}

impl SubjectReport {
    /// Runs every property.
    ///
    /// A panic of the subject fails the property that asks, with its text and the case; the others
    /// are checked all the same. An answer of another shape fails with both shapes named.
    pub fn new(subject: &dyn Subject, config: &Config) -> Self {
        let understood = Understood::of(subject, config);
        let outcomes = ALL.iter().map(|property| property.check(&understood, config)).collect();
        Self::of_understood(&understood, outcomes, config)
    }

    /// Explains outcomes that are there already.
    pub fn of_outcomes(subject: &dyn Subject, outcomes: Vec<Outcome>, config: &Config) -> Self {
        Self::of_understood(&Understood::of(subject, config), outcomes, config)
    }

    /// The same for a subject about which everything is found out.
    pub fn of_understood(
        subject: &Understood<'_>,
        outcomes: Vec<Outcome>,
        config: &Config,
    ) -> Self {
        Self::of_answers(subject, outcomes, config, &OfAnswers::new())
    }

    /// The same where other outcomes of the subject were explained before.
    pub(crate) fn of_answers(
        subject: &Understood<'_>,
        outcomes: Vec<Outcome>,
        config: &Config,
        of_answers: &OfAnswers,
    ) -> Self {
        let remarks = subject.remarks().to_vec();
        let config = Config::new(Profile::Quick, config.seed);
        let fails = outcomes.iter().any(Outcome::is_wrong);
        // a property has reported the panic of a subject already
        let asked = Refusing(subject);
        let textbook = Textbook::of(&asked);
        let found = || (explanations(&textbook, &config), estimated(&textbook, &config));
        let (explained, estimated) = match fails {
            true => of_answers.0.get_or_init(found).clone(),
            false => (Vec::new(), Vec::new()),
        };
        let explained_by = not_contradicted(&textbook, explained, &outcomes, &config);
        let mut causes = Vec::new();
        if fails {
            let causes_of_answers = with_names(estimated, &explained_by);
            let (what, place): (Vec<_>, Vec<_>) =
                causes_of_answers.into_iter().partition(Cause::says_what);
            let small = small_cases(&asked, &outcomes, &config);
            let of_outcomes = of_outcomes(&[&outcomes[..], &small].concat());
            causes.extend(what.into_iter().chain(of_outcomes).chain(place));
        }
        Self { subject: subject.name().into(), remarks, causes, explained_by, outcomes }
    }

    /// Whether every property is acceptable and some pass that are about what is right.
    pub fn passes(&self) -> bool {
        let is_right = |it: &Outcome| it.passes() && it.class == Class::Correctness;
        self.outcomes.iter().all(Outcome::is_acceptable) && self.outcomes.iter().any(is_right)
    }
}

/// The faults that a subject behaves like in everything, or else in loss and gradient.
pub(super) fn explanations(subject: &dyn Subject, config: &Config) -> Vec<Fault> {
    let config = Config::new(Profile::Quick, config.seed);
    let in_everything = faults_that_explain(subject, &config);
    if in_everything.is_empty() {
        faults_that_explain_every_gradient(subject, &config)
    } else {
        in_everything
    }
}

/// The likely causes, then what does not pass, failures first, then how many properties hold.
impl fmt::Display for SubjectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.causes.iter().try_for_each(|cause| writeln!(f, "likely cause: {cause}"))?;
        self.remarks.iter().try_for_each(|remark| writeln!(f, "note: {remark}"))?;
        outcomes::print(f, &self.subject, &self.outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::SubjectReport;
    use crate::fault::{Fault, Faulty};
    use crate::property::{Class, Config, Outcome, Profile, PropertyVerdict};
    use crate::subject::Reference;

    fn outcome(property: &str, verdict: PropertyVerdict) -> Outcome {
        let witness = "it moved".into();
        Outcome {
            property: property.into(),
            class: Class::Correctness,
            verdict,
            cases: 4,
            effective: 3,
            witness,
            seed: 7,
            failing: None,
        }
    }

    #[test]
    fn a_report_passes_where_something_does_and_nothing_has_to_be_repaired() {
        let config = Config::new(Profile::Quick, 1);
        let passes = |verdicts: &[PropertyVerdict]| {
            let outcomes = verdicts.iter().map(|verdict| outcome("p", verdict.clone())).collect();
            SubjectReport::of_outcomes(&Reference, outcomes, &config).passes()
        };
        let lacks = PropertyVerdict::DoesNotApply { reason: "no step of its own".into() };
        assert!(passes(&[PropertyVerdict::Passes, lacks.clone()]));
        assert!(!passes(&[]) && !passes(&[lacks]));
        assert!(!passes(&[PropertyVerdict::Passes, PropertyVerdict::Vacuous]));
    }

    #[test]
    fn a_report_names_the_fault_then_what_does_not_pass_then_how_much_does() {
        let config = Config::new(Profile::Quick, 1);
        let failure = PropertyVerdict::Fails { case: "a case".into(), reason: "off".into() };
        let outcomes = || {
            let second = outcome("second", failure.clone());
            vec![
                outcome("first", PropertyVerdict::Passes),
                second,
                outcome("third", PropertyVerdict::Passes),
            ]
        };
        let report = SubjectReport::of_outcomes(&Reference, outcomes(), &config);
        assert_eq!((report.causes.len(), report.explained_by.len()), (0, 0));
        let expected = "fails: second: off\na case\nseed 7\n\
                        the reference network: 2 of the 3 properties that apply hold";
        assert_eq!(report.to_string(), expected);
        // in everything, and in loss and gradient alone
        for fault in [Fault::UpdateAscends, Fault::TransposedDw] {
            let report = SubjectReport::of_outcomes(&Faulty::with(fault), outcomes(), &config);
            assert_eq!(report.explained_by, [fault]);
            assert_eq!(report.causes[0].fault, Some(fault));
            let text = report.to_string();
            assert!(text.starts_with("likely cause: "), "{text}");
            assert!(text.contains(&fault.to_string()), "{text}");
        }
        let nothing_fails = vec![outcome("first", PropertyVerdict::Passes)];
        let report =
            SubjectReport::of_outcomes(&Faulty::with(Fault::StaleCache), nothing_fails, &config);
        assert_eq!(report.explained_by, []);
    }
}
