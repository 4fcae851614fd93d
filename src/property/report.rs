//! All properties on one subject.

use super::{ALL, Config, Outcome, Verdict};
use crate::subject::Subject;
use std::fmt;

/// What became of every property of a subject.
///
/// ```
/// use init_symmetry::property::{Config, Profile, Report};
/// use init_symmetry::subject::Reference;
/// let report = Report::new(&Reference, &Config::new(Profile::Quick, 1));
/// assert!(report.passes(), "{report}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Name of the subject.
    pub subject: String,
    /// One for each property, in the order of [`ALL`].
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Runs every property.
    pub fn new(subject: &dyn Subject, config: &Config) -> Self {
        let outcomes = ALL.iter().map(|property| (property.check)(subject, config));
        Self { subject: subject.name().into(), outcomes: outcomes.collect() }
    }

    /// Whether every property passes, or needs what the subject lacks; and some do pass.
    pub fn passes(&self) -> bool {
        let fine = |outcome: &Outcome| {
            outcome.passes() || matches!(outcome.verdict, Verdict::DoesNotApply { .. })
        };
        self.outcomes.iter().all(fine) && self.outcomes.iter().any(Outcome::passes)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passing = self.outcomes.iter().filter(|outcome| outcome.passes()).count();
        writeln!(f, "{}: {passing} of {} properties pass", self.subject, self.outcomes.len())?;
        self.outcomes.iter().try_for_each(|outcome| writeln!(f, "{outcome}"))
    }
}
