//! The ledger: what the lesson says, as claims whose verdict is computed from evidence.
//!
//! One file per section of the ledger; a claim is data, its evidence plain functions.

pub(crate) mod depth;
mod equal_starts;
mod generator;
mod judge;
mod large_weights;
mod learning_speed;
mod measure;
mod pictures;
mod practice;
mod random_starts;
mod saturation;
mod symbolic;
pub(crate) mod tasks;

pub use judge::{Computed, Judgement, Shown, judge, judge_all, judge_all_of, judge_subject};

use crate::property::{Config, Outcome, PropertyVerdict};
use crate::subject::Subject;
use crate::{Error, Result};
use strum::{Display, EnumString, VariantNames};

/// A statement of the lesson, in our words, with its verdict and the evidence for it.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Permanent name: a sentence in kebab-case, never reused.
    pub id: &'static str,
    /// The part of the ledger it belongs to.
    pub section: Section,
    /// What the lesson says, in our words.
    pub lesson: &'static str,
    /// Where the lesson says it.
    pub source: &'static str,
    /// The exact statement that is checked.
    pub statement: &'static str,
    /// The verdict that the evidence has to arrive at.
    pub declared: Verdict,
    /// Fewest effective cases over all of the evidence.
    pub min_cases: usize,
    /// What is run.
    pub evidence: &'static [Evidence],
    /// Names of theorems in `proofs/` that state it; what they rest on is in the record of CI.
    pub theorems: &'static [&'static str],
    /// What the statement assumes, each with a run that drops it.
    pub assumptions: &'static [Assumption],
    /// A fault that makes the claim fail: evidence that no fault can move is none.
    pub killed_by: Killer,
}

/// The parts of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Section {
    /// A. Zero and constant starts.
    EqualStarts,
    /// B. Random starts.
    RandomStarts,
    /// C. Scale: saturation, and what large and small weights do.
    Scale,
    /// D. Depth: signals and gradients through many layers.
    Depth,
    /// E. Practice: shapes, generators, logistic regression.
    Practice,
}

/// What the evidence says of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// Symbolic execution of the shipped code at listed shapes, or a theorem; sampled besides.
    Proved,
    /// Sampled or statistical: every case held.
    Holds,
    /// True under a named condition and false without it; both sides are run.
    Depends,
    /// A counterexample is run.
    False,
}

/// How a piece of evidence knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// One named case with a known answer.
    Example,
    /// Generated cases.
    Sampled,
    /// A rate or distribution with n, statistic, level and seed.
    Statistical,
    /// Symbolic execution of the shipped code: all values at listed shapes.
    Symbolic,
    /// Recorded from another program, which CI runs; here only the record is read.
    External,
}

/// Which side of the statement a piece of evidence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Here the statement is true.
    True,
    /// Here it is false: a counterexample, or the other side of a condition.
    False,
}

/// Something that is run.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    /// How it knows.
    pub kind: Kind,
    /// What it shows.
    pub side: Side,
    /// What is run, in words.
    pub what: &'static str,
    /// Runs it.
    pub run: Run,
}

/// Runs a piece of evidence on a subject.
pub type Run = fn(&dyn Subject, &Config) -> Result<Finding>;

/// What a statement assumes.
#[derive(Debug, Clone, Copy)]
pub struct Assumption {
    /// The assumption in words.
    pub words: &'static str,
    /// What happens without it.
    pub dropped: Dropped,
}

/// What happens when an assumption is dropped.
#[derive(Debug, Clone, Copy)]
pub enum Dropped {
    /// This run shows the statement failing.
    Fails {
        /// What is run, in words.
        what: &'static str,
        /// Runs it; it has to show the failure.
        run: Run,
    },
    /// It cannot be dropped in a run, for this reason.
    CannotBe(&'static str),
}

/// What turns a claim red.
#[derive(Debug, Clone, Copy)]
pub enum Killer {
    /// With this fault of the catalogue the evidence no longer shows the statement.
    Fault(&'static str),
    /// No fault of an implementation can, for this reason.
    None(&'static str),
}

/// What a piece of evidence found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Whether it shows what it is meant to show.
    pub shown: Shown,
    /// Effective cases: those that showed their witness.
    pub cases: usize,
    /// The numbers of this run.
    pub numbers: String,
}

impl Finding {
    /// A finding with the numbers of the run: what was asked for is shown, or it is not.
    pub fn new(shown: bool, cases: usize, numbers: impl Into<String>) -> Self {
        let numbers = numbers.into();
        let shown = if shown { Shown::Yes } else { Shown::No(numbers.clone()) };
        Self { shown, cases, numbers }
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
        Self { shown, cases: self.cases + other.cases, numbers }
    }
}

impl From<Outcome> for Finding {
    fn from(outcome: Outcome) -> Self {
        let Outcome { cases, effective, witness, .. } = outcome;
        let shown = match outcome.verdict {
            PropertyVerdict::Passes => Shown::Yes,
            PropertyVerdict::Vacuous => Shown::Vacuous(format!("too few cases with '{witness}'")),
            PropertyVerdict::DoesNotApply { reason } => Shown::Vacuous(reason),
            PropertyVerdict::Fails { case, reason }
            | PropertyVerdict::ApartByRounding { case, reason } => {
                Shown::No(format!("{reason}\n{case}"))
            }
        };
        let numbers = format!("{effective} of {cases} cases effective ({witness})");
        Self { shown, cases: effective, numbers }
    }
}

/// Every claim of the ledger that is built, in the ledger's order.
///
/// ```
/// use init_symmetry::claim::ledger;
/// assert!(ledger().any(|claim| claim.id == "zero-init-keeps-w1-rows-identical-forever"));
/// ```
// inlined, it would have all that claims run compiled again in every program that asks
#[inline(never)]
pub fn ledger() -> impl Iterator<Item = &'static Claim> {
    let sections = [
        equal_starts::CLAIMS,
        equal_starts::from_zero::CLAIMS,
        equal_starts::influence::CLAIMS,
        equal_starts::one_unit::CLAIMS,
        equal_starts::breaking::CLAIMS,
        equal_starts::wrong_gradients::CLAIMS,
        random_starts::CLAIMS,
        random_starts::distinct::CLAIMS,
        random_starts::limits::CLAIMS,
        random_starts::enough::CLAIMS,
        saturation::CLAIMS,
        large_weights::CLAIMS,
        learning_speed::CLAIMS,
        depth::CLAIMS,
        practice::CLAIMS,
        generator::CLAIMS,
        pictures::CLAIMS,
    ];
    sections.into_iter().flatten()
}

/// The claim of a name.
///
/// # Errors
/// An unknown name, with the nearest known one.
///
/// ```
/// use init_symmetry::claim::find;
/// let error = find("zero-biases-are-harmles").unwrap_err();
/// assert!(error.to_string().ends_with("did you mean 'zero-biases-are-harmless'?"));
/// ```
pub fn find(id: &str) -> Result<&'static Claim> {
    let ids: Vec<_> = ledger().map(|claim| claim.id).collect();
    ledger().find(|claim| claim.id == id).ok_or_else(|| Error::unknown("claim", id, &ids))
}
