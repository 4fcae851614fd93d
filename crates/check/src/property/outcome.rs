//! What became of a property, and the runner that finds out.
//!
//! It counts which cases could have failed, shrinks one that fails, and knows of no property.
//! Start reading at [`run`].

use super::{Config, Property};
use init_symmetry_network::Error;
use proptest::strategy::{BoxedStrategy, Strategy};
use proptest::test_runner::{Config as Proptest, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::{Cell, RefCell};
use std::fmt;

/// Whether a case that held could have failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// It could: the fact that shows it is there.
    Present,
    /// It would have held for trivial reasons too.
    Absent,
}

impl From<bool> for Witness {
    fn from(witnessed: bool) -> Self {
        if witnessed { Self::Present } else { Self::Absent }
    }
}

/// Why a case did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseFailure {
    /// The property is broken.
    Broken(String),
    /// Twins are apart, and the rounding of one step explains by how much: no mistake of the
    /// subject, but its kernel does not treat all units alike.
    Rounding(String),
    /// The subject lacks what the case needs.
    DoesNotApply(String),
}

impl From<Error> for CaseFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported { .. } => Self::DoesNotApply(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

impl From<String> for CaseFailure {
    fn from(reason: String) -> Self {
        Self::Broken(reason)
    }
}

impl From<&str> for CaseFailure {
    fn from(reason: &str) -> Self {
        Self::Broken(reason.into())
    }
}

/// A fault that was found on the way fails the case.
pub(super) fn settle(
    fault: Option<impl Into<CaseFailure>>,
    witnessed: bool,
) -> Result<Witness, CaseFailure> {
    fault.map_or(Ok(witnessed.into()), |fault| Err(fault.into()))
}

/// What became of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyVerdict {
    /// Every case held and enough of them showed their witness.
    Passes,
    /// A case failed.
    Fails {
        /// The case, shrunk.
        case: String,
        /// Why it failed.
        reason: String,
    },
    /// Nothing but rounding: where a case failed, twins were apart by what one step's rounding
    /// explains.
    ApartByRounding {
        /// The first such case.
        case: String,
        /// At which step, by how much, and what rounding explains.
        reason: String,
    },
    /// Every case held, but too few showed that they could have failed.
    Vacuous,
    /// The subject lacks what the property needs.
    DoesNotApply {
        /// What it lacks.
        reason: String,
    },
}

/// What became of a property at a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Name of the property.
    pub property: String,
    /// What became of it.
    pub verdict: PropertyVerdict,
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
        self.verdict == PropertyVerdict::Passes
    }

    /// Whether there is nothing to repair: it passes, needs what the subject lacks, or finds twins
    /// apart by rounding alone.
    pub fn is_acceptable(&self) -> bool {
        match self.verdict {
            PropertyVerdict::Passes
            | PropertyVerdict::DoesNotApply { .. }
            | PropertyVerdict::ApartByRounding { .. } => true,
            PropertyVerdict::Fails { .. } | PropertyVerdict::Vacuous => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, cases, effective, witness, seed, .. } = self;
        let counts = format!("{effective} of {cases} cases effective ({witness}), seed {seed}");
        match &self.verdict {
            PropertyVerdict::Passes => write!(f, "passes: {property}: {counts}"),
            PropertyVerdict::Vacuous => write!(f, "vacuous: {property}: {counts}"),
            PropertyVerdict::DoesNotApply { reason } => {
                write!(f, "does not apply: {property}: {reason}")
            }
            PropertyVerdict::ApartByRounding { case, reason } => {
                write!(f, "apart by rounding: {property}: {reason}\n{case}\nseed {seed}")
            }
            PropertyVerdict::Fails { case, reason } => {
                write!(f, "fails: {property}: {reason}\n{case}\nseed {seed}")
            }
        }
    }
}

/// A subject that implements few networks is given as many of those as others, up to this share.
const MOST_CASES_THAT_DO_NOT_APPLY: u32 = 64;

/// After so many cases of which none applied, none is expected to.
const ENOUGH_IN_VAIN: u32 = 1000;

/// Enough for every case here to become small, and few enough to wait for.
const MOST_SHRINKING: u32 = 10_000;

/// Runs a property on generated cases; a failure is shrunk to a small case.
///
/// `witness` says in words what [`Witness::Present`] means. At least half of the cases must show
/// it. Cases that do not apply are not counted, and replaced while there is hope.
pub fn run<C: fmt::Debug + fmt::Display>(
    property: &str,
    witness: &str,
    config: &Config,
    strategy: impl Strategy<Value = C> + 'static,
    holds: impl Fn(&C) -> Result<Witness, CaseFailure>,
) -> Outcome {
    run_boxed(property, witness, config, strategy.boxed(), &holds)
}

impl Property {
    /// Runs it on generated cases.
    pub(super) fn run<C: fmt::Debug + fmt::Display>(
        &self,
        config: &Config,
        strategy: impl Strategy<Value = C> + 'static,
        holds: impl Fn(&C) -> Result<Witness, CaseFailure>,
    ) -> Outcome {
        run(self.name, self.witness, config, strategy, holds)
    }
}

/// Compiled once for each kind of case and not for each property: a tenth of the library's build.
fn run_boxed<C: fmt::Debug + fmt::Display>(
    property: &str,
    witness: &str,
    config: &Config,
    strategy: BoxedStrategy<C>,
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
) -> Outcome {
    let tally = Tally::default();
    let try_one = |case: C| tally.count(holds(&case), &case);
    let mut runner = TestRunner::new(config.proptest());
    let result = match config.shrink {
        true => runner.run(&strategy, try_one),
        false => runner.run(&strategy.no_shrink(), try_one),
    };
    Outcome {
        property: property.to_string(),
        cases: tally.cases.get(),
        effective: tally.effective.get(),
        verdict: tally.verdict(result),
        witness: witness.to_string(),
        seed: config.seed,
    }
}

/// What is counted while cases are tried.
#[derive(Default)]
struct Tally {
    cases: Cell<usize>,
    effective: Cell<usize>,
    /// Whether a case has failed: what follows is shrinking.
    failed: Cell<bool>,
    rejected: Cell<u32>,
    /// What the subject lacks for the first case that does not apply.
    lacking: RefCell<Option<String>>,
    /// The first case in which twins are apart by rounding, and why.
    drifted: RefCell<Option<(String, String)>>,
}

impl Tally {
    /// Counts a case and tells proptest what became of it.
    fn count(
        &self,
        answer: Result<Witness, CaseFailure>,
        case: &impl fmt::Display,
    ) -> Result<(), TestCaseError> {
        let answer = match answer {
            Err(CaseFailure::Rounding(reason)) => {
                // what is apart has moved; the search for something worse goes on
                self.drifted.borrow_mut().get_or_insert((case.to_string(), reason));
                Ok(Witness::Present)
            }
            Err(CaseFailure::DoesNotApply(reason)) => return Err(self.reject(reason)),
            answer => answer,
        };
        if !self.failed.get() {
            self.cases.set(self.cases.get() + 1);
            self.effective.set(self.effective.get() + usize::from(answer == Ok(Witness::Present)));
            self.failed.set(answer.is_err());
        }
        match answer {
            Err(CaseFailure::Broken(reason)) => Err(TestCaseError::fail(reason)),
            _ => Ok(()),
        }
    }

    /// Counts a case that does not apply, and gives up where none ever did.
    fn reject(&self, reason: String) -> TestCaseError {
        self.lacking.borrow_mut().get_or_insert(reason);
        self.rejected.set(self.rejected.get() + 1);
        let in_vain = self.cases.get() == 0 && self.rejected.get() > ENOUGH_IN_VAIN;
        self.failed.set(self.failed.get() || in_vain);
        let reason = "does not apply";
        match self.failed.get() {
            true => TestCaseError::fail(reason),
            false => TestCaseError::reject(reason),
        }
    }

    fn verdict<C: fmt::Debug + fmt::Display>(
        self,
        result: Result<(), TestError<C>>,
    ) -> PropertyVerdict {
        let cases = self.cases.get();
        let effective = self.effective.get();
        match (result, self.lacking.into_inner()) {
            (_, Some(reason)) if cases == 0 => PropertyVerdict::DoesNotApply { reason },
            (Err(TestError::Fail(reason, case)), _) => PropertyVerdict::Fails {
                case: case.to_string(),
                reason: reason.message().to_string(),
            },
            (Err(TestError::Abort(reason)), None) => PropertyVerdict::Fails {
                case: "no case".into(),
                reason: reason.message().to_string(),
            },
            _ if self.drifted.borrow().is_some() => {
                let (case, reason) = self.drifted.take().unwrap_or_default();
                PropertyVerdict::ApartByRounding { case, reason }
            }
            _ if 2 * effective < cases || cases == 0 => PropertyVerdict::Vacuous,
            _ => PropertyVerdict::Passes,
        }
    }
}

impl Config {
    /// The same for proptest, which writes no files.
    pub(super) fn proptest(&self) -> Proptest {
        Proptest {
            cases: self.cases,
            rng_seed: RngSeed::Fixed(self.seed),
            failure_persistence: None,
            max_global_rejects: self.cases.saturating_mul(MOST_CASES_THAT_DO_NOT_APPLY),
            max_shrink_iters: MOST_SHRINKING,
            ..Proptest::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseFailure, PropertyVerdict, Witness, run};
    use crate::property::{Config, Profile};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::cell::Cell;

    fn quick() -> Config {
        Config { shrink: false, ..Config::new(Profile::Quick, 1) }
    }

    #[test]
    fn half_of_the_cases_have_to_show_their_witness() {
        let with_witnesses = |count: usize| {
            let asked = Cell::new(0);
            let holds = |_: &u32| Ok(Witness::from(asked.replace(asked.get() + 1) < count));
            let outcome = run("p", "it is early", &quick(), 0..100_u32, holds);
            assert_eq!((outcome.cases, outcome.effective), (32, count));
            outcome.verdict
        };
        assert_eq!(with_witnesses(16), PropertyVerdict::Passes);
        assert_eq!(with_witnesses(15), PropertyVerdict::Vacuous);
    }

    #[test]
    fn a_thousand_cases_in_vain_are_enough() {
        let asked = Cell::new(0);
        let holds = |_: &u32| {
            asked.set(asked.get() + 1);
            Err(CaseFailure::DoesNotApply("no step of its own".into()))
        };
        let outcome = run("p", "w", &quick(), 0..100_u32, holds);
        let lacks = PropertyVerdict::DoesNotApply { reason: "no step of its own".into() };
        assert_eq!((outcome.verdict, asked.get()), (lacks, 1001));
    }

    #[test]
    fn cases_that_do_not_apply_are_replaced() {
        let every_other = |n: &u32| match n % 2 {
            0 => Ok(Witness::Present),
            _ => Err(CaseFailure::DoesNotApply("odd".into())),
        };
        let outcome = run("p", "w", &quick(), 0..100_u32, every_other);
        assert_eq!(
            (outcome.verdict, outcome.cases, outcome.effective),
            (PropertyVerdict::Passes, 32, 32)
        );
    }

    #[test]
    fn a_strategy_without_any_case_fails() {
        let none = (0..100_u32).prop_filter("never", |_| false);
        let outcome = run("p", "w", &quick(), none, |_| Ok(Witness::Present));
        let PropertyVerdict::Fails { case, reason } = outcome.verdict else { panic!("{outcome}") };
        assert!(case == "no case" && reason.contains("rejects"), "{case}: {reason}");
    }

    #[test]
    fn proptest_gets_the_seed_and_the_limits_and_writes_no_files() {
        let given = Config::new(Profile::Quick, 7).proptest();
        assert_eq!((given.cases, given.max_global_rejects), (32, 32 * 64));
        assert_eq!((given.max_shrink_iters, given.rng_seed), (10_000, RngSeed::Fixed(7)));
        assert!(given.failure_persistence.is_none());
    }
}
