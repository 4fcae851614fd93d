//! What became of a property, and the runner that finds out.

use super::Config;
use crate::Error;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config as Proptest, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::Cell;
use std::fmt;

/// Whether a case could have failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The fact that shows that the case was not vacuous.
    Witness,
    /// The case held, but it would have held for trivial reasons too.
    Nothing,
}

impl From<bool> for Seen {
    fn from(witnessed: bool) -> Self {
        if witnessed { Self::Witness } else { Self::Nothing }
    }
}

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

impl From<&str> for Failure {
    fn from(reason: &str) -> Self {
        Self(reason.into())
    }
}

/// A fault seen on the way fails the case.
pub(super) fn settle(fault: Option<String>, witnessed: bool) -> Result<Seen, Failure> {
    fault.map_or(Ok(witnessed.into()), |fault| Err(fault.into()))
}

/// What became of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every case held and enough of them showed their witness.
    Passes,
    /// A case failed.
    Fails {
        /// The case, shrunk.
        case: String,
        /// Why it failed.
        reason: String,
    },
    /// Every case held, but too few showed that they could have failed.
    Vacuous,
}

/// What became of a property at a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Name of the property.
    pub property: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Cases tried.
    pub cases: usize,
    /// Cases among them that showed their witness.
    pub effective: usize,
    /// The fact that shows that a case is not vacuous.
    pub witness: String,
    /// The seed.
    pub seed: u64,
}

impl Outcome {
    /// Whether the property passes and is not vacuous.
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Passes
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, cases, effective, witness, seed, .. } = self;
        let counts = format!("{effective} of {cases} cases effective ({witness}), seed {seed}");
        match &self.verdict {
            Verdict::Passes => write!(f, "passes: {property}: {counts}"),
            Verdict::Vacuous => write!(f, "vacuous: {property}: {counts}"),
            Verdict::Fails { case, reason } => {
                write!(f, "fails: {property}: {reason}\n{case}\nseed {seed}")
            }
        }
    }
}

/// Runs a property on generated cases; a failure is shrunk to a small case.
///
/// `witness` says in words what [`Seen::Witness`] means. At least half of the cases must show it.
pub fn run<C: fmt::Debug + fmt::Display>(
    property: &str,
    witness: &str,
    config: &Config,
    strategy: impl Strategy<Value = C>,
    holds: impl Fn(&C) -> Result<Seen, Failure>,
) -> Outcome {
    let (cases, effective, failed) = (Cell::new(0), Cell::new(0), Cell::new(false));
    let proptest = Proptest {
        cases: config.cases,
        rng_seed: RngSeed::Fixed(config.seed),
        failure_persistence: None,
        ..Proptest::default()
    };
    let result = TestRunner::new(proptest).run(&strategy, |case| {
        let seen = holds(&case);
        if !failed.get() {
            cases.set(cases.get() + 1);
            effective.set(effective.get() + usize::from(seen == Ok(Seen::Witness)));
            failed.set(seen.is_err()); // what follows is shrinking
        }
        seen.map(drop).map_err(|Failure(reason)| TestCaseError::fail(reason))
    });
    let (cases, effective) = (cases.get(), effective.get());
    let verdict = match result {
        Err(TestError::Fail(reason, case)) => {
            Verdict::Fails { case: case.to_string(), reason: reason.message().to_string() }
        }
        Err(TestError::Abort(reason)) => {
            Verdict::Fails { case: "no case".into(), reason: reason.message().to_string() }
        }
        Ok(()) if 2 * effective < cases || cases == 0 => Verdict::Vacuous,
        Ok(()) => Verdict::Passes,
    };
    let (property, witness) = (property.to_string(), witness.to_string());
    Outcome { property, verdict, cases, effective, witness, seed: config.seed }
}
