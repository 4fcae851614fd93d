//! Every property of one's own subject or model as a test of its own:
//! [`subject_tests!`](crate::subject_tests), [`model_tests!`](crate::model_tests).

use crate::SubjectReport;
use crate::fault::OfAnswers;
use crate::model::{Model, ModelProperty, ModelReport};
use crate::property::{ALL, Class, Config, Property, PropertyVerdict};
use crate::subject::Subject;
use crate::understood::Understood;
use init_symmetry_network::Error;
use std::fmt;

/// A property that a subject has not: what a test that fails shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Unacceptable(String);

impl fmt::Debug for Unacceptable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Unacceptable {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// Checks one property, named as a function or in kebab-case, at [`Config::from_env`].
///
/// What fails says its likely cause, the case in the subject's layout, and a line that replays it.
/// What does not apply passes and says why.
///
/// # Errors
/// An outcome that is not [acceptable](crate::property::Outcome::is_acceptable), a name that is not
/// known.
///
/// ```
/// use init_symmetry_check::{own_tests::check_by_name, subject::Reference};
/// assert!(check_by_name("same_question_gets_the_same_bits", &Reference).is_ok());
/// assert!(check_by_name("no_such_property", &Reference).is_err());
/// ```
pub fn check_by_name(name: &str, subject: &dyn Subject) -> Result<(), Unacceptable> {
    check_among_others(name, subject, &Explained::new())
}

/// What explains the failures of one subject, found once for all of its tests.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Explained(OfAnswers);

impl Explained {
    /// Before any test has failed.
    pub const fn new() -> Self {
        Self(OfAnswers::new())
    }
}

/// The same as [`check_by_name`], beside other tests of the same subject.
///
/// # Errors
/// As [`check_by_name`].
#[doc(hidden)]
pub fn check_among_others(
    name: &str,
    subject: &dyn Subject,
    explained: &Explained,
) -> Result<(), Unacceptable> {
    let property = property_named(name)?;
    // no more questions for a smaller case than for finding one: a failing test is not to be slow
    let config = Config::from_env()?;
    let config = Config { shrink_tries: config.cases, ..config };
    let understood = Understood::of(subject, &config);
    let outcome = property.check(&understood, &config);
    if outcome.is_acceptable() {
        if !outcome.passes() {
            println!("{outcome}");
        }
        return Ok(());
    }
    let (profile, seed) = (config.profile, config.seed);
    let test = property.name.replace('-', "_");
    let report = SubjectReport::of_answers(&understood, vec![outcome], &config, &explained.0);
    let waive = match property.class {
        Class::Robustness => "\nto waive it: subject_tests!(…, skip: [".to_string() + &test + "])",
        Class::Correctness => String::new(),
    };
    let replay =
        format!("INIT_SYMMETRY_PROFILE={profile} INIT_SYMMETRY_SEED={seed} cargo test {test}");
    Err(Unacceptable(format!("{report}\nreplay: {replay}{waive}")))
}

/// Checks one property of models, named as a function or in kebab-case, at [`Config::from_env`].
///
/// # Errors
/// An outcome that is not [acceptable](crate::property::Outcome::is_acceptable), a name that is not
/// known.
pub fn check_model_by_name(name: &str, model: &dyn Model) -> Result<(), Unacceptable> {
    let property = ModelProperty::named(&name.replace('_', "-"))?;
    let config = Config::from_env()?;
    let outcome = property.check(model, &config);
    if outcome.is_acceptable() {
        if outcome.note().is_some() {
            println!("{outcome}");
        }
        return Ok(());
    }
    let (profile, seed) = (config.profile, config.seed);
    let test = property.name.replace('-', "_");
    let report = ModelReport::of_outcomes(model, vec![outcome], &config);
    let replay =
        format!("INIT_SYMMETRY_PROFILE={profile} INIT_SYMMETRY_SEED={seed} cargo test {test}");
    Err(Unacceptable(format!("{report}\nreplay: {replay}")))
}

/// Says which properties apply to a subject and which do not, and why.
///
/// A test that does not apply passes; this one counts them.
///
/// # Errors
/// A name that is not known; a subject to which nothing applies.
pub fn summary(
    subject: &dyn Subject,
    only: &[&str],
    skip: &[&str],
) -> Result<String, Unacceptable> {
    let named = |names: &[&str]| -> Result<Vec<&str>, Unacceptable> {
        names.iter().map(|name| Ok(property_named(name)?.name)).collect()
    };
    let (only, skip) = (named(only)?, named(skip)?);
    let config = Config { cases: 1, ..Config::from_env()? }.without_shrinking();
    let mut lacking = Vec::new();
    let mut applying = 0;
    for property in ALL.iter().filter(|it| only.is_empty() || only.contains(&it.name)) {
        if skip.contains(&property.name) {
            lacking.push(format!("  skipped: {}", property.name));
            continue;
        }
        match property.check(subject, &config).verdict {
            PropertyVerdict::DoesNotApply { reason } => {
                lacking.push(format!("  does not apply: {}: {reason}", property.name));
            }
            _ => applying += 1,
        }
    }
    let all = applying + lacking.len();
    let lines = lacking.join("\n");
    let text = format!("{}: {applying} of {all} properties apply\n{lines}", subject.name());
    if applying == 0 { Err(Unacceptable(text)) } else { Ok(text) }
}

fn property_named(name: &str) -> Result<&'static Property, Unacceptable> {
    Ok(Property::named(&name.replace('_', "-"))?)
}

/// Every property of a subject as a `#[test]` of its own, named like the property, and a test
/// `what_applies` that says which of them say anything of the subject (it is printed with
/// `-- --show-output`).
///
/// `only: […]` and `skip: […]` choose properties by name.
///
/// A panic of the subject fails the test of each property that meets it; its text is the reason,
/// and its place and backtrace are in the output of the test as ever.
///
/// ```
/// # #[cfg(test)]
/// mod my_network {
///     init_symmetry_check::subject_tests!(init_symmetry_check::subject::Reference);
/// }
/// # #[cfg(test)]
/// mod its_gradient {
///     init_symmetry_check::subject_tests!(
///         init_symmetry_check::subject::Reference,
///         only: [gradient_equals_the_specification, extreme_logits_stay_finite]
///     );
/// }
/// # #[cfg(test)]
/// mod the_rest {
///     init_symmetry_check::subject_tests!(
///         init_symmetry_check::subject::Reference,
///         skip: [mismatched_shapes_are_refused]
///     );
/// }
/// ```
#[macro_export]
macro_rules! subject_tests {
    ($subject:expr $(,)?) => {
        $crate::subject_tests!($subject, skip: []);
    };
    ($subject:expr, only: [$($name:ident),+ $(,)?] $(,)?) => {
        $crate::subject_summary!($subject, &[$(stringify!($name)),+], &[]);
        static EXPLAINED_ONCE_FOR_ALL_TESTS: $crate::own_tests::Explained =
            $crate::own_tests::Explained::new();
        $(
            #[test]
            fn $name() -> Result<(), $crate::own_tests::Unacceptable> {
                $crate::own_tests::check_among_others(
                    stringify!($name), &$subject, &EXPLAINED_ONCE_FOR_ALL_TESTS
                )
            }
        )+
    };
    ($subject:expr, skip: [$($name:ident),* $(,)?] $(,)?) => {
        $crate::subject_summary!($subject, &[], &[$(stringify!($name)),*]);
        static EXPLAINED_ONCE_FOR_ALL_TESTS: $crate::own_tests::Explained =
            $crate::own_tests::Explained::new();
        $crate::for_each_property!(
            $crate::subject_test,
            (&$subject, &[$(stringify!($name)),*] as &[&str], &EXPLAINED_ONCE_FOR_ALL_TESTS)
        );
    };
}

/// Every property of a model as a `#[test]` of its own, named like the property.
///
/// A property that needs what the model has not (a start of its own, a unit group) passes.
///
/// ```
/// # #[cfg(test)]
/// mod my_model {
///     # use init_symmetry_check::model::Model;
///     # use init_symmetry_gradient::LossAndGradient;
///     # use init_symmetry_network::{Result, symmetry::TensorShape};
///     # struct Square;
///     # impl Model for Square {
///     #     fn name(&self) -> &str { "square" }
///     #     fn tensors(&self) -> Vec<TensorShape> { vec![TensorShape::new("x", &[1])] }
///     #     fn evaluate(&self, x: &[f64], _: u64) -> Result<LossAndGradient> {
///     #         Ok(LossAndGradient { loss: x[0] * x[0], gradient: vec![2.0 * x[0]] })
///     #     }
///     # }
///     init_symmetry_check::model_tests!(Square);
/// }
/// ```
#[macro_export]
macro_rules! model_tests {
    ($model:expr $(,)?) => {
        $crate::for_each_model_property!($crate::model_test, &$model);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! model_test {
    ($model:expr; $($name:ident)*) => {
        $(
            #[test]
            fn $name() -> Result<(), $crate::own_tests::Unacceptable> {
                $crate::own_tests::check_model_by_name(stringify!($name), $model)
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! subject_summary {
    ($subject:expr, $only:expr, $skip:expr) => {
        #[test]
        fn what_applies() -> Result<(), $crate::own_tests::Unacceptable> {
            println!("{}", $crate::own_tests::summary(&$subject, $only, $skip)?);
            Ok(())
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! subject_test {
    ($argument:expr; $($family:ident::$name:ident)*) => {
        $(
            #[test]
            fn $name() -> Result<(), $crate::own_tests::Unacceptable> {
                let (subject, skip, explained) = $argument;
                if skip.contains(&stringify!($name)) {
                    return Ok(()); // counted by what_applies
                }
                $crate::own_tests::check_among_others(stringify!($name), subject, explained)
            }
        )*
    };
}
