//! What the lesson says, as claims whose verdict is computed from evidence.
//!
//! A claim is data and its evidence plain functions, both in the file of its section; nothing here
//! prints. Start at [`Claim`], then [`Part`] and [`Evidence`], then any section, such as
//! `equal_starts.rs`.

pub(crate) mod depth;
mod equal_starts;
mod evidence;
mod generator;
mod judge;
mod large_weights;
mod learning_speed;
mod measure;
mod pictures;
mod practice;
mod random_starts;
mod saturation;
pub(crate) mod tasks;

pub use evidence::{Check, Evidence, Finding, Kind, Run, Shown};
pub use judge::{Computed, Judgement, judge, judge_all, judge_all_of, judge_subject};

use crate::fault::Fault;
use crate::{Error, Result};
use std::collections::BTreeSet;
use strum::{Display, EnumString, VariantNames};

/// A statement of the lesson, in our words, with its verdict and the evidence for it.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Permanent name: a sentence in kebab-case, never reused.
    pub id: &'static str,
    /// The part of the lesson it belongs to.
    pub section: Section,
    /// What the verdict judges, in one plain sentence of at most 90 characters. It may be less
    /// precise than the parts, and never claims more.
    pub headline: &'static str,
    /// What the lesson says, in our words; it may say more than is judged.
    pub lesson: &'static str,
    /// Where the lesson says it.
    pub source: &'static str,
    /// The verdict that the evidence has to arrive at.
    pub expected: Verdict,
    /// Fewest effective cases over all of the evidence; obligations of symbolic runs are no cases.
    pub min_cases: usize,
    /// The exact statement that is checked, part by part, each with its evidence.
    pub parts: &'static [Part],
    /// What the statement assumes, each with a run that drops it.
    pub assumptions: &'static [Assumption],
    /// A fault that makes the claim fail: evidence that no fault can move is none.
    pub killed_by: Killer,
}

impl Claim {
    /// The whole statement: its parts, one after the other.
    ///
    /// ```
    /// use init_symmetry::claim;
    /// let claim = claim::find("relu-is-positively-homogeneous")?;
    /// assert!(claim.statement().starts_with(claim.parts[0].says));
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn statement(&self) -> String {
        self.parts.iter().map(|part| part.says).collect::<Vec<_>>().join("; ")
    }

    /// The evidence of all parts, in their order.
    pub fn evidence(&self) -> impl Iterator<Item = &'static Evidence> + use<> {
        self.parts.iter().flat_map(|part| part.evidence)
    }
}

/// A part of a statement, with the evidence for this part.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// What it says.
    pub says: &'static str,
    /// What is run, and the theorems that state it.
    pub evidence: &'static [Evidence],
}

impl Part {
    /// How it is known: the kinds of its evidence without repetition, the strongest first.
    ///
    /// ```
    /// use init_symmetry::claim;
    /// let claim = claim::find("identical-units-stay-identical-after-one-step")?;
    /// assert_eq!(claim.parts[0].known(), "theorem, symbolic at listed shapes, sampled");
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn known(&self) -> String {
        let kinds: BTreeSet<_> =
            self.evidence.iter().map(|it| (it.kind(), it.is_against())).collect();
        let in_words = |&(kind, against): &(Kind, bool)| match (kind, against) {
            (Kind::Symbolic, false) => "symbolic at listed shapes".into(),
            (kind, false) => kind.to_string(),
            (Kind::Example, true) => "counterexample".into(),
            (kind, true) => format!("counterexample ({kind})"),
        };
        kinds.iter().map(in_words).collect::<Vec<_>>().join(", ")
    }

    /// Whether its evidence is about all values: a theorem, or a symbolic run at listed shapes.
    pub fn is_proved(&self) -> bool {
        self.evidence.iter().any(|it| it.is_about_all_values() && !it.is_against())
    }
}

/// The parts of the lesson.
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
    /// Every part is a theorem, or symbolic execution of the shipped code at listed shapes; also
    /// tested on cases.
    Proved,
    /// Every case held, and some part is known by cases alone: sampled, statistical, an example.
    Holds,
    /// True under a named condition and false without it; both sides are run.
    Conditional,
    /// A counterexample is run.
    Refuted,
}

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
    /// This run, in words and as code, shows the statement failing.
    Fails(&'static str, Run),
    /// It cannot be dropped in a run, for this reason.
    CannotBe(&'static str),
}

/// What turns a claim red.
#[derive(Debug, Clone, Copy)]
pub enum Killer {
    /// With this fault of the catalogue the evidence no longer shows the statement.
    Fault(Fault),
    /// No fault of an implementation can, for this reason.
    None(&'static str),
}

/// Every claim, in the order of the lesson.
///
/// ```
/// use init_symmetry::claim;
/// assert!(claim::all().any(|claim| claim.id == "zero-init-keeps-w1-rows-identical-forever"));
/// ```
// inlined, it would have all that claims run compiled again in every program that asks
#[inline(never)]
pub fn all() -> impl Iterator<Item = &'static Claim> {
    let sections = [
        equal_starts::CLAIMS,
        equal_starts::from_zero::CLAIMS,
        equal_starts::influence::CLAIMS,
        equal_starts::one_unit::CLAIMS,
        equal_starts::breaking::CLAIMS,
        equal_starts::wrong_gradients::CLAIMS,
        equal_starts::laws::CLAIMS,
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
    let ids: Vec<_> = all().map(|claim| claim.id).collect();
    all().find(|claim| claim.id == id).ok_or_else(|| Error::unknown("claim", id, &ids))
}
