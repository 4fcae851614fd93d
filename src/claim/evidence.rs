//! Evidence: what is run for a statement, and what was found.
//!
//! The variant of [`Evidence`] decides what runs, how it knows and which side it shows. What the
//! findings add up to is not decided here but in `judge.rs`.

use crate::proof::{Proof, ProofStatus, Statement, Theorem, networks_up_to, prove_all, theorems};
use crate::property::{Config, Outcome, Profile, PropertyVerdict};
use crate::subject::Subject;
use crate::{Network, Result};
use std::collections::BTreeSet;
use std::fmt;
use strum::Display;

/// Runs a property of subjects, such as those of [`crate::property`].
pub type Check = fn(&dyn Subject, &Config) -> Outcome;

/// Runs a piece of evidence of a claim's own.
pub type Run = fn(&dyn Subject, &Config) -> Result<Finding>;

/// What is run for a statement, or read from a record; the words say what, not how.
///
/// ```
/// use init_symmetry::claim::{Evidence, Kind};
/// use init_symmetry::proof::Statement;
/// const BASE_CASE: Evidence = Evidence::Symbolic(Statement::BaseCase);
/// assert_eq!(BASE_CASE.what(), "zero and constant starts make all hidden units twins");
/// let against = Evidence::Counterexample(&BASE_CASE);
/// assert_eq!((against.kind(), against.is_against()), (Kind::Symbolic, true));
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Evidence {
    /// A property of subjects on its generated cases; the finding names the property.
    Sampled(&'static str, Check),
    /// Generated cases of the claim's own.
    Generated(&'static str, Run),
    /// One named case with a known answer.
    Example(&'static str, Run),
    /// A rate or distribution with n, statistic, level and seed.
    Statistical(&'static str, Run),
    /// Symbolic execution of the shipped code: all values at the shapes that the finding lists.
    Symbolic(Statement),
    /// A theorem of `proofs/` by name; CI checks it, here its record is read.
    Theorem(&'static str),
    /// Recorded from another program, which CI runs; here the record is read.
    Recorded(&'static str, Run),
    /// Evidence that shows the statement false: a counterexample, or the other side of a condition.
    Counterexample(&'static Evidence),
}

/// How a piece of evidence knows, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// Checked by a proof assistant.
    Theorem,
    /// Symbolic execution of the shipped code.
    Symbolic,
    /// Generated cases.
    Sampled,
    /// A rate or distribution.
    Statistical,
    /// One named case with a known answer.
    Example,
    /// Recorded from another program.
    Recorded,
}

impl Evidence {
    /// How it knows.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Sampled(..) | Self::Generated(..) => Kind::Sampled,
            Self::Example(..) => Kind::Example,
            Self::Statistical(..) => Kind::Statistical,
            Self::Symbolic(_) => Kind::Symbolic,
            Self::Theorem(_) => Kind::Theorem,
            Self::Recorded(..) => Kind::Recorded,
            Self::Counterexample(evidence) => evidence.kind(),
        }
    }

    /// Whether it shows the statement false.
    pub fn is_against(&self) -> bool {
        matches!(self, Self::Counterexample(_))
    }

    /// What is run, in words; of a theorem its name.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Sampled(what, _)
            | Self::Generated(what, _)
            | Self::Example(what, _)
            | Self::Statistical(what, _)
            | Self::Theorem(what)
            | Self::Recorded(what, _) => what,
            Self::Symbolic(statement) => statement.in_words(),
            Self::Counterexample(evidence) => evidence.what(),
        }
    }

    /// The record of the theorem, if it is one and has been recorded.
    pub fn theorem(&self) -> Option<Theorem> {
        let name = self.what();
        (self.kind() == Kind::Theorem).then(|| theorems().find(|it| it.name == name)).flatten()
    }

    /// Runs it on a subject; a symbolic run is of the shipped code whatever the subject.
    pub(super) fn run(&self, subject: &dyn Subject, config: &Config) -> Finding {
        match self {
            Self::Sampled(_, check) => check(subject, config).into(),
            Self::Symbolic(statement) => prove(*statement, config).into(),
            Self::Theorem(name) => recorded(name, self.theorem()),
            Self::Counterexample(evidence) => evidence.run(subject, config),
            Self::Generated(_, run)
            | Self::Example(_, run)
            | Self::Statistical(_, run)
            | Self::Recorded(_, run) => run(subject, config).into(),
        }
    }

    /// Whether a finding of it could have been another one: symbolic runs need obligations, other
    /// runs need cases.
    pub(super) fn is_effective(&self, finding: &Finding) -> bool {
        match self.kind() {
            Kind::Theorem => true,
            Kind::Symbolic => finding.obligations > 0,
            _ => finding.cases > 0,
        }
    }

    /// Whether it is about all values: a theorem, or a symbolic run that is.
    pub(super) fn is_about_all_values(&self) -> bool {
        match self {
            Self::Symbolic(statement) => statement.is_about_all_values(),
            _ => self.kind() == Kind::Theorem,
        }
    }
}

/// The kind, and whether it is a counterexample.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_against(), self.kind()) {
            (false, kind) => write!(f, "{kind}"),
            (true, Kind::Example) => write!(f, "counterexample"),
            (true, kind) => write!(f, "counterexample ({kind})"),
        }
    }
}

/// Whether evidence shows what it is meant to show.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// It does.
    Yes,
    /// It does not, for this reason.
    No(String),
    /// It does, but would have done so for trivial reasons too.
    Vacuous(String),
}

/// What a piece of evidence found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Whether it shows what it is meant to show.
    pub shown: Shown,
    /// Effective cases: those that showed their witness.
    pub cases: usize,
    /// Equations that a symbolic run proved.
    pub obligations: usize,
    /// The numbers of this run.
    pub numbers: String,
}

impl Finding {
    /// A finding with the numbers of the run: what was asked for is shown, or it is not.
    pub fn new(shown: bool, cases: usize, numbers: impl Into<String>) -> Self {
        let numbers = numbers.into();
        let shown = if shown { Shown::Yes } else { Shown::No(numbers.clone()) };
        Self { shown, cases, obligations: 0, numbers }
    }

    /// The same, if `witness` shows that the evidence was not vacuous.
    pub fn witnessed(self, witness: bool, what: &str) -> Self {
        if witness || self.shown != Shown::Yes {
            return self;
        }
        Self { shown: Shown::Vacuous(format!("no witness: {what}")), ..self }
    }

    /// Both findings together: shown if both are.
    pub fn and(self, other: Self) -> Self {
        let shown = if self.shown == Shown::Yes { other.shown } else { self.shown };
        let numbers = format!("{}; {}", self.numbers, other.numbers);
        let obligations = self.obligations + other.obligations;
        Self { shown, cases: self.cases + other.cases, obligations, numbers }
    }
}

impl From<Outcome> for Finding {
    fn from(outcome: Outcome) -> Self {
        let Outcome { property, cases, effective, witness, .. } = outcome;
        let shown = match outcome.verdict {
            PropertyVerdict::Passes => Shown::Yes,
            PropertyVerdict::Vacuous => Shown::Vacuous(format!("too few cases with '{witness}'")),
            PropertyVerdict::Incomplete { reason } | PropertyVerdict::DoesNotApply { reason } => {
                Shown::Vacuous(reason)
            }
            PropertyVerdict::Noted { note, .. } if !note.fails_if_strict() => Shown::Yes,
            PropertyVerdict::Fails { case, reason }
            | PropertyVerdict::Noted { case, reason, .. } => Shown::No(format!("{reason}\n{case}")),
        };
        let numbers = format!("{property}: {effective} of {cases} cases effective ({witness})");
        Self { shown, cases: effective, obligations: 0, numbers }
    }
}

/// Evidence that cannot be run shows nothing.
impl From<Result<Self>> for Finding {
    fn from(result: Result<Self>) -> Self {
        result.unwrap_or_else(|error| Self::new(false, 0, error.to_string()))
    }
}

fn recorded(name: &str, theorem: Option<Theorem>) -> Finding {
    let missing = || format!("CI has no record of a theorem '{name}'");
    let numbers = theorem.map_or_else(missing, |it| format!("recorded of proofs/{}.v", it.file));
    Finding::new(theorem.is_some(), 0, numbers)
}

/// Examples in the batch of a symbolic run.
const EXAMPLES: usize = 2;

fn prove(statement: Statement, config: &Config) -> Result<Finding> {
    let (layers, width) = if config.profile == Profile::Quick { (2, 2) } else { (3, 3) };
    let networks = networks_up_to(layers, width)?;
    let proof = prove_all(statement, &networks, EXAMPLES)?;
    let about = networks.iter().filter(|network| statement.is_about(network));
    let scope = scope(statement, &proof, about);
    let numbers = format!("{} obligations at {scope}", proof.obligations);
    let finding = Finding::new(proof.verdict() == ProofStatus::Proved, 0, numbers);
    let shown = proof.failure.map_or(finding.shown, |failure| Shown::No(failure.to_string()));
    Ok(Finding { shown, obligations: proof.obligations, ..finding })
}

/// What a symbolic run was about, from the run itself.
fn scope<'a>(
    statement: Statement,
    proof: &Proof,
    networks: impl Iterator<Item = &'a Network>,
) -> String {
    let count = proof.shapes.len();
    let most = |axis: usize| proof.shapes.iter().filter_map(|it| it.get(axis)).max().unwrap_or(&0);
    if statement == Statement::UniformKernel {
        let [rows, terms, columns] = [most(0), most(1), most(2)];
        return format!(
            "{count} sizes of products with up to {rows} rows, {columns} columns and sums of \
             {terms} terms"
        );
    }
    let layers = proof.shapes.iter().map(|it| it.len() - 1).max().unwrap_or(0);
    let width = proof.shapes.iter().flatten().max().unwrap_or(&0);
    let units: BTreeSet<_> = networks.map(Network::activation_names).collect();
    let units: Vec<_> = units.into_iter().collect();
    let values = match statement {
        Statement::BaseCase => "the starts computed in floating point, at listed constants".into(),
        _ => format!("{EXAMPLES} examples"),
    };
    let units = units.join(", ");
    format!("{count} shapes of up to {layers} layers of width {width}, units {units}, {values}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_symbolic_run_describes_its_own_shapes() {
        let numbers = |statement| {
            let finding = prove(statement, &Config::new(Profile::Quick, 1)).unwrap();
            assert_eq!((finding.shown, finding.cases), (Shown::Yes, 0), "{statement}");
            assert!(finding.numbers.starts_with(&format!("{} ", finding.obligations)));
            finding.numbers
        };
        let kernel = numbers(Statement::UniformKernel);
        assert!(kernel.contains("14 sizes of products with up to 9 rows"), "{kernel}");
        assert!(kernel.contains("41 columns and sums of 97 terms"), "{kernel}");
        assert!(!kernel.contains("layers") && !kernel.contains("examples"), "{kernel}");
        // twins need a layer of two units, and only some activations vanish at zero
        let step = numbers(Statement::InductiveStep);
        assert!(step.contains("at 4 shapes of up to 2 layers of width 2"), "{step}");
        assert!(step.contains("sigmoid") && step.ends_with(", 2 examples"), "{step}");
        let zero = numbers(Statement::ZeroTrajectory);
        assert!(zero.contains("tanh") && !zero.contains("sigmoid"), "{zero}");
        let training = numbers(Statement::TrainingRepeatsTheStep);
        assert!(training.contains("at 12 shapes"), "{training}");
        let base = numbers(Statement::BaseCase);
        assert!(
            base.contains("in floating point, at listed constants") && !base.contains("examples")
        );
    }
}
