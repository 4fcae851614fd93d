//! Every property of one's own subject as a test of its own: [`subject_tests!`].

use super::{ALL, Config};
use crate::subject::Subject;
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
/// # Errors
/// An outcome that is not [acceptable](super::Outcome::is_acceptable), a name that is not known.
///
/// ```
/// use init_symmetry_check::{property::check_by_name, subject::Reference};
/// assert!(check_by_name("same_question_gets_the_same_bits", &Reference).is_ok());
/// assert!(check_by_name("no_such_property", &Reference).is_err());
/// ```
pub fn check_by_name(name: &str, subject: &dyn Subject) -> Result<(), Unacceptable> {
    let name = name.replace('_', "-");
    let Some(property) = ALL.iter().find(|property| property.name == name) else {
        let known: Vec<_> = ALL.iter().map(|property| property.name).collect();
        return Err(Error::unknown("property", &name, &known).into());
    };
    let outcome = property.check(subject, &Config::from_env()?);
    if outcome.is_acceptable() { Ok(()) } else { Err(Unacceptable(outcome.to_string())) }
}

/// Every property of a subject as a `#[test]` of its own, named like the property.
///
/// ```
/// # #[cfg(test)]
/// mod my_network {
///     init_symmetry_check::subject_tests!(init_symmetry_check::subject::Reference);
/// }
/// ```
#[macro_export]
macro_rules! subject_tests {
    ($subject:expr) => {
        $crate::for_each_property!($crate::subject_test, $subject);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! subject_test {
    ($subject:expr; $($family:ident::$name:ident)*) => {
        $(
            #[test]
            fn $name() -> Result<(), $crate::property::Unacceptable> {
                $crate::property::check_by_name(stringify!($name), &$subject)
            }
        )*
    };
}
