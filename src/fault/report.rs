//! All properties on one subject, and the planted fault that explains what fails.

use super::{Fault, Planted, faults_that_explain, faults_that_explain_every_gradient};
use crate::property::{ALL, Config, Outcome, Profile, Verdict};
use crate::subject::Subject;
use std::fmt;

/// What became of every property of a subject.
///
/// ```
/// use init_symmetry::Report;
/// use init_symmetry::fault::{Fault, Faulty};
/// use init_symmetry::property::{Config, Profile};
/// let faulty = Faulty::with(Fault::UpdateAscends);
/// let report = Report::new(&faulty, &Config::new(Profile::Quick, 1));
/// assert!(!report.passes());
/// assert_eq!(report.explained_by, [Fault::UpdateAscends]);
/// assert!(report.to_string().starts_with("looks like update-ascends: The update adds"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Name of the subject.
    pub subject: String,
    /// The planted faults that explain what fails.
    pub explained_by: Vec<Fault>,
    /// One for each property, in the order of [`ALL`].
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Runs every property.
    pub fn new(subject: &dyn Subject, config: &Config) -> Self {
        let outcomes = ALL.iter().map(|property| (property.check)(subject, config)).collect();
        Self::of_outcomes(subject, outcomes, config)
    }

    /// Explains outcomes that are there already, as far as planted faults do.
    pub fn of_outcomes(subject: &dyn Subject, outcomes: Vec<Outcome>, config: &Config) -> Self {
        let fails = outcomes.iter().any(|it| matches!(it.verdict, Verdict::Fails { .. }));
        let explained_by = if fails { explanations(subject, config) } else { Vec::new() };
        Self { subject: subject.name().into(), explained_by, outcomes }
    }

    /// Whether every property is acceptable and some pass.
    pub fn passes(&self) -> bool {
        self.outcomes.iter().all(Outcome::is_acceptable)
            && self.outcomes.iter().any(Outcome::passes)
    }
}

/// The faults that a subject behaves like in everything, or else in loss and gradient.
fn explanations(subject: &dyn Subject, config: &Config) -> Vec<Fault> {
    let config = Config::new(Profile::Quick, config.seed);
    let in_everything = faults_that_explain(subject, &config);
    if in_everything.is_empty() {
        faults_that_explain_every_gradient(subject, &config)
    } else {
        in_everything
    }
}

/// The faults that explain it, then every property that does not pass, then how many do.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.explained_by {
            let (description, look) = (fault.description(), fault.look());
            writeln!(f, "looks like {fault}: {description} Look at {look}.")?;
        }
        let others = self.outcomes.iter().filter(|outcome| !outcome.passes());
        others.clone().try_for_each(|outcome| writeln!(f, "{outcome}"))?;
        let passing = self.outcomes.len() - others.count();
        write!(f, "{}: {passing} of {} properties pass", self.subject, self.outcomes.len())
    }
}
