//! What became of a property, and the runner that finds out.
//!
//! It counts which cases could have failed, makes a failing one small, and knows of no property.
//!
//! ```text
//! until enough cases were tried:
//!     draw a case
//!     it does not apply → draw another, while there is hope
//!     it fails → while it can be made smaller, applies and fails in the same way: do so; stop
//! ```
//!
//! Start reading at [`run`].

use super::{Class, Config, Drawn, Property};
use crate::panics::caught;
use crate::subject::{Convention, Subject};
use init_symmetry_network::{Error, Trainable};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;
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
    /// The subject ended or fell silent. Such a case is not made smaller: each try would start
    /// the subject again.
    NoAnswer(String),
    /// It holds, but not in the strictest sense.
    Noted(Note, String),
    /// The subject lacks what the case needs.
    DoesNotApply(String),
}

/// What is worth saying of a property that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Note {
    /// Twins are apart, and the rounding of one step explains by how much: no mistake of the
    /// subject, but its kernel does not treat all units alike.
    #[strum(serialize = "apart by rounding")]
    ApartByRounding,
    /// A step is θ − α·gradient within rounding, but not bit for bit.
    #[strum(serialize = "within rounding")]
    WithinRounding,
    /// The loss is computed from ŷ: it is lost where ŷ is 0 or 1; the gradient is not.
    #[strum(serialize = "loss saturates")]
    LossSaturates,
}

impl Note {
    /// Whether it fails a strict check.
    pub fn fails_if_strict(self) -> bool {
        match self {
            Self::ApartByRounding | Self::LossSaturates => true,
            Self::WithinRounding => false,
        }
    }
}

impl From<Error> for CaseFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported { .. } => Self::DoesNotApply(error.to_string()),
            Error::Conversation { .. } | Error::GivenUp { .. } => Self::NoAnswer(error.to_string()),
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
    /// Every case held, some of them not in the strictest sense.
    Noted {
        /// In what sense.
        note: Note,
        /// The first such case.
        case: String,
        /// What was found there.
        reason: String,
    },
    /// Every case held, but too few showed that they could have failed.
    Vacuous,
    /// Every case that ran held, but fewer than half of those asked for ran: the subject lacks
    /// what the others need.
    Incomplete {
        /// How many ran, and what the first of the others lacks.
        reason: String,
    },
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
    /// What it is about.
    pub class: Class,
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
    /// The failing case, to be asked again.
    pub failing: Option<FailingCase>,
}

/// A failing case, so that it can be asked again without drawing all before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingCase {
    /// How many were drawn before it.
    pub draw: u32,
    /// The case itself, in JSON.
    pub json: Value,
    /// Whether smaller cases may be tried: not where the subject ended or fell silent.
    pub can_shrink: bool,
    /// After how many tries the search for a smaller case was cut, if it was.
    pub cut_after: Option<u32>,
}

impl Outcome {
    /// Whether the property passes and is not vacuous.
    pub fn passes(&self) -> bool {
        self.verdict == PropertyVerdict::Passes
    }

    /// Whether a case failed.
    pub fn fails(&self) -> bool {
        matches!(self.verdict, PropertyVerdict::Fails { .. })
    }

    /// Whether a case failed that is about what is right: a subject that fails a property of
    /// robustness may be right.
    pub fn is_wrong(&self) -> bool {
        self.fails() && self.class == Class::Correctness
    }

    /// The note on a property that holds, if there is one.
    pub fn note(&self) -> Option<Note> {
        match self.verdict {
            PropertyVerdict::Noted { note, .. } => Some(note),
            _ => None,
        }
    }

    /// Whether there is nothing to repair: it passes, perhaps with a note, or needs what the
    /// subject lacks.
    pub fn is_acceptable(&self) -> bool {
        match self.verdict {
            PropertyVerdict::Passes
            | PropertyVerdict::DoesNotApply { .. }
            | PropertyVerdict::Noted { .. } => true,
            PropertyVerdict::Fails { .. }
            | PropertyVerdict::Vacuous
            | PropertyVerdict::Incomplete { .. } => false,
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
            PropertyVerdict::Incomplete { reason } => {
                write!(f, "incomplete: {property}: {reason}; seed {seed}")
            }
            PropertyVerdict::DoesNotApply { reason } => {
                write!(f, "does not apply: {property}: {reason}")
            }
            PropertyVerdict::Noted { note, case, reason } => {
                write!(f, "{note}: {property}: {reason}\n{case}\nseed {seed}")
            }
            PropertyVerdict::Fails { case, reason } => {
                write!(f, "fails: {property}: {reason}\n{case}\nseed {seed}")?;
                let cut_after = self.failing.as_ref().and_then(|failing| failing.cut_after);
                cut_after.map_or(Ok(()), |tries| {
                    write!(f, "; a smaller case may exist: the search ended after {tries} tries")
                })
            }
        }
    }
}

/// A subject that implements few networks is given as many of those as others, up to this share.
const MOST_CASES_THAT_DO_NOT_APPLY: u32 = 64;

/// Where few cases show their witness, up to so many are tried for each one that is asked for.
const MOST_CASES_FOR_ONE: usize = 4;

/// After so many cases of which none applied, none is expected to.
const ENOUGH_IN_VAIN: u32 = 1000;

/// Runs a property on generated cases; a failure is shrunk to a small case that applies and fails
/// in the same way.
///
/// `witness` says in words what [`Witness::Present`] means. Half as many cases as are asked for
/// must show it; where few do, up to four times as many are tried. Cases that do not apply are not
/// counted, and replaced while there is hope; if in the end fewer than half of the cases that are
/// asked for ran, the property is not settled.
pub fn run<C: Drawn>(
    property: &str,
    witness: &str,
    config: &Config,
    strategy: impl Strategy<Value = C> + 'static,
    holds: impl Fn(&C) -> Result<Witness, CaseFailure>,
) -> Outcome {
    let outcome = Outcome {
        property: property.into(),
        class: Class::Correctness,
        verdict: PropertyVerdict::Vacuous,
        cases: 0,
        effective: 0,
        witness: witness.into(),
        seed: config.seed,
        failing: None,
    };
    run_boxed(outcome, config, Convention::default(), strategy.boxed(), &holds)
}

impl Property {
    /// Runs it on generated cases, which are shown in the subject's layout.
    pub(super) fn run<S: Trainable, C: Drawn>(
        &self,
        subject: &dyn Subject<S>,
        config: &Config,
        strategy: impl Strategy<Value = C> + 'static,
        holds: impl Fn(&C) -> Result<Witness, CaseFailure>,
    ) -> Outcome {
        let outcome = Outcome {
            property: self.name.into(),
            class: self.class,
            verdict: PropertyVerdict::Vacuous,
            cases: 0,
            effective: 0,
            witness: self.witness.into(),
            seed: config.seed,
            failing: None,
        };
        run_boxed(outcome, config, subject.convention(), strategy.boxed(), &holds)
    }
}

/// Compiled once for each kind of case and not for each property: a tenth of the library's build.
fn run_boxed<C: Drawn>(
    mut outcome: Outcome,
    config: &Config,
    convention: Convention,
    strategy: BoxedStrategy<C>,
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
) -> Outcome {
    let mut tally = Tally::default();
    let found = match &config.given {
        Some(json) => ask_again(json, &mut tally, convention, holds),
        None => search(config, &strategy, &mut tally, convention, holds),
    };
    outcome.cases = tally.cases;
    outcome.effective = tally.effective;
    outcome.verdict = match found {
        Found::Failure { failure: Failure { case, reason, cut_after }, draw, can_shrink } => {
            let json = serde_json::to_value(&case).ok();
            outcome.failing = json.map(|json| FailingCase { draw, json, can_shrink, cut_after });
            PropertyVerdict::Fails { case: case.shown(convention), reason }
        }
        Found::NoCase(reason) => PropertyVerdict::Fails { case: "no case".into(), reason },
        Found::Nothing => tally.verdict(config),
    };
    outcome
}

/// What a search ends with.
enum Found<C> {
    Nothing,
    Failure { failure: Failure<C>, draw: u32, can_shrink: bool },
    NoCase(String),
}

/// One case that is given and not drawn.
fn ask_again<C: Drawn>(
    json: &Value,
    tally: &mut Tally,
    convention: Convention,
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
) -> Found<C> {
    let case: C = match serde_json::from_value(json.clone()) {
        Ok(case) => case,
        Err(error) => return Found::NoCase(format!("the case cannot be read: {error}")),
    };
    match tally.count(tried(holds, &case), || case.shown(convention)) {
        Tried::Fails { reason, .. } => {
            let failure = Failure { case, reason, cut_after: None };
            Found::Failure { failure, draw: 0, can_shrink: false }
        }
        Tried::Holds | Tried::DoesNotApply => Found::Nothing,
    }
}

/// Draws cases until one fails or enough were tried.
fn search<C: Drawn>(
    config: &Config,
    strategy: &BoxedStrategy<C>,
    tally: &mut Tally,
    convention: Convention,
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
) -> Found<C> {
    let mut runner = TestRunner::new(config.proptest());
    let mut draw = 0;
    while tally.wants_more(config) && tally.goes_on(config) {
        // as proptest does it: each case has a generator of its own
        runner = TestRunner::new_with_rng(config.proptest(), runner.new_rng());
        let tree = match strategy.new_tree(&mut runner) {
            Ok(tree) => tree,
            Err(reason) => return Found::NoCase(reason.message().to_string()),
        };
        draw += 1;
        if draw <= config.skipped_draws {
            continue;
        }
        let case = tree.current();
        if let Tried::Fails { reason, can_shrink } =
            tally.count(tried(holds, &case), || case.shown(convention))
        {
            let failure = Failure { case, reason, cut_after: None };
            let tries = if can_shrink { config.shrink_tries } else { 0 };
            let failure = shrink(tree, failure, tries, holds);
            return Found::Failure { failure, draw: draw - 1, can_shrink };
        }
    }
    Found::Nothing
}

/// Tries a case; a panic is a failure.
fn tried<C>(
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
    case: &C,
) -> Result<Witness, CaseFailure> {
    caught(|| holds(case)).unwrap_or_else(|panic| Err(CaseFailure::Broken(panic)))
}

struct Failure<C> {
    case: C,
    reason: String,
    /// After how many tries no smaller case was looked for any more.
    cut_after: Option<u32>,
}

/// The smallest case found that applies and fails in the same way.
fn shrink<C: Drawn>(
    mut tree: Box<dyn ValueTree<Value = C>>,
    mut smallest: Failure<C>,
    tries: u32,
    holds: &dyn Fn(&C) -> Result<Witness, CaseFailure>,
) -> Failure<C> {
    let way = way_of(&smallest.reason);
    let mut goes_on = tries > 0 && tree.simplify();
    for _ in 0..tries {
        if !goes_on {
            break;
        }
        let case = tree.current();
        goes_on = match tried(holds, &case) {
            Err(CaseFailure::Broken(reason)) if way_of(&reason) == way => {
                smallest = Failure { case, reason, cut_after: None };
                tree.simplify()
            }
            _ => tree.complicate(),
        };
    }
    let cut_after = goes_on.then_some(tries);
    Failure { cut_after, ..smallest }
}

/// The words of a reason without its numbers: two cases that share them fail in the same way.
fn way_of(reason: &str) -> String {
    let is_word = |word: &&str| {
        !word.contains(|c: char| c.is_ascii_digit()) && !["NaN", "inf", "-inf"].contains(word)
    };
    let first_line = reason.lines().next().unwrap_or_default();
    first_line.split_whitespace().filter(is_word).collect::<Vec<_>>().join(" ")
}

/// What is counted while cases are tried.
#[derive(Default)]
struct Tally {
    cases: usize,
    effective: usize,
    rejected: u32,
    /// What the subject lacks for the first case that does not apply.
    lacking: Option<String>,
    /// The first case that holds with a note.
    noted: Option<(Note, String, String)>,
}

/// What became of one case.
enum Tried {
    Holds,
    DoesNotApply,
    Fails { reason: String, can_shrink: bool },
}

impl Tally {
    fn count(
        &mut self,
        answer: Result<Witness, CaseFailure>,
        shown: impl FnOnce() -> String,
    ) -> Tried {
        let tried = match answer {
            Err(CaseFailure::DoesNotApply(reason)) => {
                self.lacking.get_or_insert(reason);
                self.rejected += 1;
                return Tried::DoesNotApply;
            }
            Err(CaseFailure::Broken(reason)) => Tried::Fails { reason, can_shrink: true },
            Err(CaseFailure::NoAnswer(reason)) => Tried::Fails { reason, can_shrink: false },
            Err(CaseFailure::Noted(note, reason)) => {
                // what is worth a note has moved; the search for something worse goes on
                self.noted.get_or_insert_with(|| (note, shown(), reason));
                self.effective += 1;
                Tried::Holds
            }
            Ok(witness) => {
                self.effective += usize::from(witness == Witness::Present);
                Tried::Holds
            }
        };
        self.cases += 1;
        tried
    }

    /// Whether too few cases were tried, or too few of them could have failed.
    fn wants_more(&self, config: &Config) -> bool {
        let wanted = config.cases as usize;
        let is_vacuous = 2 * self.effective < wanted;
        self.cases < wanted || is_vacuous && self.cases < MOST_CASES_FOR_ONE * wanted
    }

    /// Whether there is hope that a case will apply.
    fn goes_on(&self, config: &Config) -> bool {
        let most = config.cases.saturating_mul(MOST_CASES_THAT_DO_NOT_APPLY);
        self.rejected < most && !(self.cases == 0 && self.rejected > ENOUGH_IN_VAIN)
    }

    /// The verdict where no case failed.
    fn verdict(self, config: &Config) -> PropertyVerdict {
        let wanted = if config.given.is_some() { 1 } else { config.cases as usize };
        match (self.lacking, self.noted) {
            (Some(reason), _) if self.cases == 0 => PropertyVerdict::DoesNotApply { reason },
            // half, as with witnesses: a subject may be of networks that are seldom drawn
            (Some(lacking), _) if 2 * self.cases < wanted => {
                let Self { cases, rejected, .. } = self;
                let reason = format!(
                    "{cases} of {wanted} cases ran and passed; {rejected} did not apply, the \
                     first because {lacking}"
                );
                PropertyVerdict::Incomplete { reason }
            }
            (_, Some((note, case, reason))) => PropertyVerdict::Noted { note, case, reason },
            _ if 2 * self.effective < self.cases.min(wanted) || self.cases == 0 => {
                PropertyVerdict::Vacuous
            }
            _ => PropertyVerdict::Passes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseFailure, PropertyVerdict, Witness, run};
    use crate::property::{Config, Profile};
    use proptest::prelude::*;
    use proptest::test_runner::{Config as Proptest, RngSeed, TestRunner};
    use std::cell::{Cell, RefCell};

    fn quick() -> Config {
        Config::new(Profile::Quick, 1).without_shrinking()
    }

    #[test]
    fn half_of_the_cases_have_to_show_their_witness_or_more_are_tried() {
        let with_witnesses = |count: usize| {
            let asked = Cell::new(0);
            let holds = |_: &u32| Ok(Witness::from(asked.replace(asked.get() + 1) < count));
            let outcome = run("p", "it is early", &quick(), 0..100_u32, holds);
            let cases = if count < 16 { 4 * 32 } else { 32 };
            assert_eq!((outcome.cases, outcome.effective), (cases, count));
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
    fn a_property_of_which_less_than_half_of_the_cases_ran_is_incomplete() {
        // of 32 cases so many run, before as many as are allowed do not apply
        let with_cases = |count: usize, answer: fn() -> Result<Witness, CaseFailure>| {
            let asked = Cell::new(0);
            let holds = |_: &u32| {
                let number = asked.replace(asked.get() + 1);
                let applies = number < count;
                if applies { answer() } else { Err(CaseFailure::DoesNotApply("rare".into())) }
            };
            run("p", "w", &quick(), 0..100_u32, holds).verdict
        };
        let noted = || Err(CaseFailure::Noted(super::Note::WithinRounding, "a bit".into()));
        assert_eq!(with_cases(16, || Ok(Witness::Present)), PropertyVerdict::Passes);
        assert!(matches!(with_cases(16, noted), PropertyVerdict::Noted { .. }));
        for answer in [noted, || Ok(Witness::Present), || Ok(Witness::Absent)] {
            for count in [1, 15] {
                let verdict = with_cases(count, answer);
                let PropertyVerdict::Incomplete { reason } = &verdict else {
                    panic!("{count} cases: {verdict:?}")
                };
                let counts = format!("{count} of 32 cases ran and passed; 2048 did not apply");
                assert!(reason.starts_with(&counts) && reason.ends_with("rare"), "{reason}");
            }
        }
        assert!(matches!(with_cases(0, noted), PropertyVerdict::DoesNotApply { .. }));
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
        assert!(case == "no case" && reason.contains("ejects"), "{case}: {reason}");
    }

    #[test]
    fn proptest_gets_the_seed_and_writes_no_files() {
        let given = Config::new(Profile::Quick, 7).proptest();
        assert_eq!(given.rng_seed, RngSeed::Fixed(7));
        assert!(given.failure_persistence.is_none());
    }

    #[test]
    fn cases_are_those_that_proptest_draws_from_the_same_seed() {
        let by_proptest = RefCell::new(Vec::new());
        let proptest = Proptest { cases: 32, ..Config::new(Profile::Quick, 7).proptest() };
        let note = |n| {
            by_proptest.borrow_mut().push(n);
            Ok(())
        };
        TestRunner::new(proptest).run(&(0..1_000_000_u32), note).unwrap();
        let drawn = RefCell::new(Vec::new());
        let note = |n: &u32| {
            drawn.borrow_mut().push(*n);
            Ok(Witness::Present)
        };
        run("p", "w", &Config::new(Profile::Quick, 7), 0..1_000_000_u32, note);
        assert_eq!(drawn, by_proptest);
    }

    /// Fails from 70 on; odd numbers below 900 do not apply, and from 900 on it fails otherwise.
    fn picky(n: &u32) -> Result<Witness, CaseFailure> {
        match n {
            900.. => Err("is far too large".into()),
            n if n % 2 == 1 => Err(CaseFailure::DoesNotApply("odd".into())),
            70.. => Err(format!("is {n}, too large by {}", n - 70).into()),
            _ => Ok(Witness::Present),
        }
    }

    proptest! {
        #![proptest_config(Config::default().proptest())]

        #[test]
        fn a_shrunk_case_applies_and_fails_in_the_same_way(seed in 0..1000_u64) {
            let config = Config::new(Profile::Quick, seed);
            let found = run("p", "w", &config.clone().without_shrinking(), 0..1000_u32, picky);
            let small = run("p", "w", &config, 0..1000_u32, picky);
            let reason = |outcome: &super::Outcome| match &outcome.verdict {
                PropertyVerdict::Fails { reason, case } => (reason.clone(), case.clone()),
                _ => (String::new(), String::new()),
            };
            let ((first, as_found), (last, case)) = (reason(&found), reason(&small));
            prop_assert_eq!(super::way_of(&first), super::way_of(&last));
            let [as_found, case]: [u32; 2] = [as_found, case].map(|case| case.parse().unwrap());
            prop_assert!(picky(&case) == Err(last.into()) && case <= as_found, "{}", case);
        }

        #[test]
        fn a_failing_case_can_be_asked_again_and_shrunk_later(seed in 0..1000_u64) {
            let config = Config::new(Profile::Quick, seed);
            let found = run("p", "w", &config.clone().without_shrinking(), 0..1000_u32, picky);
            let failing = found.failing.clone().unwrap();
            let given = Config { given: Some(failing.json), ..config.clone() };
            let again = run("p", "w", &given, 0..1000_u32, picky);
            prop_assert_eq!(&again.verdict, &found.verdict);
            prop_assert_eq!(again.cases, 1);
            let later = Config { skipped_draws: failing.draw, ..config.clone() };
            let later = run("p", "w", &later, 0..1000_u32, picky);
            prop_assert_eq!(later.verdict, run("p", "w", &config, 0..1000_u32, picky).verdict);
        }
    }

    #[test]
    fn shrinking_asks_no_more_than_it_may() {
        for shrink_tries in [0, 1, 2, 7, 40] {
            let asked = Cell::new(0);
            let config = Config { shrink_tries, ..Config::new(Profile::Quick, 1) };
            let holds = |_: &u32| {
                asked.set(asked.get() + 1);
                Err("fails".into())
            };
            run("p", "w", &config, 1_000_000..2_000_000_u32, holds);
            assert!(asked.get() <= 1 + shrink_tries, "{asked:?} of {shrink_tries}");
        }
    }

    #[test]
    fn a_subject_that_falls_silent_is_not_asked_for_smaller_cases() {
        let asked = Cell::new(0);
        let holds = |_: &u32| {
            asked.set(asked.get() + 1);
            Err(CaseFailure::NoAnswer("ended".into()))
        };
        let outcome = run("p", "w", &Config::new(Profile::Quick, 1), 0..1000_u32, holds);
        assert!(outcome.fails() && asked.get() == 1);
    }
}
