//! Why a subject fails: the likeliest cause first, with numbers estimated from its answers.
//!
//! It asks a subject a few hundred questions and compares the answers with the reference's; what is
//! said fits every answer. It reads no code and judges nothing: what passes is decided elsewhere.
//!
//! ```text
//! ask every case (sample.rs)
//! answers change from call to call?   say so and stop (state.rs)
//! right in another layout?            say which and stop (layout.rs)
//! answers refused or misshapen?       say when (shape.rs)
//! gradient wrong?                     a pattern of blocks (pattern.rs, factor.rs), a clip of its
//!                                     norm (gradient.rs), or of some cases only (groups.rs),
//!                                     or other data, or another backward pass (changed.rs,
//!                                     seen.rs, batches.rs)
//! loss, step, training, predictions   likewise (loss.rs, step.rs, training.rs, predictions.rs)
//! a planted fault behaves the same?   its name joins the first cause (name.rs)
//! nothing of that?                    where the error enters (place.rs)
//! ```
//!
//! Start reading at [`likely_causes`].

mod batches;
mod changed;
mod claim;
mod factor;
mod gradient;
mod groups;
mod layout;
mod loss;
mod name;
mod number;
mod pattern;
mod place;
mod predictions;
mod sample;
mod scope;
mod seen;
mod shape;
mod state;
mod step;
mod training;
mod variation;

pub(super) use name::{not_contradicted, with_names};

use super::{Fault, report};
use crate::panics::Refusing;
use crate::property::{Config, Outcome, Property, PropertyVerdict};
use crate::subject::{BiasUse, Precision, Subject};
use claim::Claim;
use init_symmetry_network::tolerance::EXPLAINED;
use std::fmt;

/// What is likely wrong with a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What is observed and what it may come from.
    pub sentence: String,
    /// Where to look for it in a program.
    pub look_at: String,
    /// The planted fault that behaves the same.
    pub fault: Option<Fault>,
    /// Whether it says what is wrong, and not only where.
    says_what: bool,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Look at {}.", self.sentence, self.look_at)
    }
}

impl Cause {
    fn new(sentence: impl Into<String>, look_at: impl Into<String>) -> Self {
        let (sentence, look_at) = (sentence.into(), look_at.into());
        Self { sentence, look_at, fault: None, says_what: true }
    }

    /// A cause that says where or when something is wrong, but not what.
    fn place(sentence: impl Into<String>, look_at: impl Into<String>) -> Self {
        Self { says_what: false, ..Self::new(sentence, look_at) }
    }

    /// Whether it says what is wrong, and not only where.
    pub(super) fn says_what(&self) -> bool {
        self.says_what
    }
}

/// Why a subject fails, likeliest first; empty where its answers are right.
///
/// ```
/// use init_symmetry_check::fault::{Fault, Faulty, likely_causes};
/// use init_symmetry_check::property::Config;
/// let causes = likely_causes(&Faulty::with(Fault::MissingMeanInDw), &[], &Config::default());
/// assert!(causes[0].sentence.starts_with("Every dW is m times the derivative: a sum"));
/// assert_eq!(causes[0].fault, Some(Fault::MissingMeanInDw));
/// ```
pub fn likely_causes(subject: &dyn Subject, outcomes: &[Outcome], config: &Config) -> Vec<Cause> {
    let subject = Refusing(subject);
    let explained = report::explanations(&subject, config);
    let explained = not_contradicted(&subject, explained, outcomes, config);
    with_names(estimated(&subject, config), &explained)
}

/// What has to pass before larger networks are said to be the trouble.
const OF_SMALL_NETWORKS: [&str; 2] =
    ["gradient-equals-the-specification", "gradient-equals-differences-of-its-loss"];

/// What has to pass before many steps are said to be the trouble.
const OF_FEW_STEPS: [&str; 1] = ["training-is-fresh-single-steps"];

/// The small cases of properties of large ones that fail, where they are not among the outcomes: a
/// test of one property sees no other.
pub(super) fn small_cases(
    subject: &dyn Subject,
    outcomes: &[Outcome],
    config: &Config,
) -> Vec<Outcome> {
    let has = |name: &str| outcomes.iter().any(|outcome| outcome.property == name);
    let fails = |name: &str| outcomes.iter().any(|it| it.property == name && it.fails());
    let of_large = [
        ("gradient-holds-in-larger-networks", OF_SMALL_NETWORKS[0]),
        ("training-holds-over-many-steps", OF_FEW_STEPS[0]),
    ];
    let needed = of_large.into_iter().filter(|(large, small)| fails(large) && !has(small));
    let config = config.clone().without_shrinking();
    needed
        .filter_map(|(_, small)| Some(Property::named(small).ok()?.check(subject, &config)))
        .collect()
}

/// What outcomes say of themselves where a few hundred small questions do not show it: starts,
/// sizes, and what happens after many steps.
pub(super) fn of_outcomes(outcomes: &[Outcome]) -> Vec<Cause> {
    let outcome = |name: &str| outcomes.iter().find(|outcome| outcome.property == name);
    let reason = |outcome: &Outcome| match &outcome.verdict {
        PropertyVerdict::Fails { reason, .. } => {
            let reason = reason.lines().next().unwrap_or_default();
            let end = if reason.ends_with('?') { "" } else { "." };
            Some(format!("{reason}{end}"))
        }
        _ => None,
    };
    // only what was tested and passes is said to be right
    let only = |fails: &str, small: &[&str]| {
        let fails = outcome(fails).and_then(reason)?;
        let right = |name: &&str| outcome(name).is_some_and(Outcome::passes);
        let wrong = |name: &&str| outcome(name).is_some_and(Outcome::fails);
        (small.iter().any(right) && !small.iter().any(wrong)).then_some(fails)
    };
    let starts = outcomes.iter().filter(|outcome| outcome.property.starts_with("a-start-"));
    let starts = starts.filter_map(reason).map(|reason| {
        Cause::new(format!("A start is not as declared: {reason}"), "how starts are drawn")
    });
    let large = only("gradient-holds-in-larger-networks", &OF_SMALL_NETWORKS);
    let large = large.map(|reason| {
        Cause::new(
            format!("Small networks are right, larger ones are not: {reason}"),
            "a limit on layers, units, outputs, examples, or the size of x or y",
        )
    });
    let long = only("training-holds-over-many-steps", &OF_FEW_STEPS);
    let long = long.map(|reason| {
        Cause::new(
            format!("The first steps of training are right, later ones are not: {reason}"),
            "what changes on the way: a schedule of the learning rate, a counter, a cache",
        )
    });
    starts.take(1).chain(large).chain(long).collect()
}

/// How near two answers of a subject have to be to count as one.
fn tolerance(precision: Precision) -> f64 {
    precision.bound(EXPLAINED)
}

/// What the answers alone say.
pub(super) fn estimated(subject: &dyn Subject, config: &Config) -> Vec<Cause> {
    let samples = sample::ask(subject, config);
    if let Some(cause) = state::changes(subject, &samples) {
        return vec![cause];
    }
    let relative = tolerance(subject.precision());
    if let Some(cause) = layout::cause(subject, &samples, relative) {
        return vec![cause];
    }
    let mut causes: Vec<Cause> = shape::misshapen(&samples).into_iter().collect();
    let claims: Vec<Claim> =
        samples.iter().filter_map(|sample| Claim::of(sample, relative)).collect();
    causes.extend(loss::and_gradient(subject, &claims));
    let steps = step::causes(subject, &claims);
    let declaration = subject.declaration();
    let is_plain = declaration.trains_plainly() && declaration.biases == BiasUse::Trained;
    // what is declared of training is no mistake
    let trained = if is_plain { training::causes(subject, &claims) } else { Vec::new() };
    // a training loop that repeats a wrong step says nothing new
    let is_new = |cause: &Cause| steps.is_empty() || !cause.sentence.starts_with("In training");
    let trained: Vec<Cause> = trained.into_iter().filter(is_new).collect();
    causes.extend(steps.into_iter().chain(trained));
    // nor do the predictions of a wrong forward pass
    let is_new = |cause: &Cause| cause.says_what || causes.is_empty();
    let predicted: Vec<Cause> =
        predictions::causes(subject, &samples).into_iter().filter(is_new).collect();
    causes.extend(predicted);
    causes
}
