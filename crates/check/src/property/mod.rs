//! What must hold of any subject: named properties with generated cases and witnesses.
//!
//! A family of properties has a file, in which each stands with its name and statement; `outcome`
//! runs them, `strategy` generates cases, `judged` bounds what rounding may do. Nothing here knows
//! of faults. Start reading at `relu.rs`, which has one property.

#[macro_use]
mod register;
#[macro_use]
mod list;

mod answers;
mod config;
mod descent;
mod differences;
mod digits;
mod drawn;
mod drift;
mod induction;
mod invariance;
mod judged;
mod kernel;
mod larger;
mod outcome;
mod relu;
pub(crate) mod shaped;
mod specified;
mod starts;
mod strategy;
mod unit_laws;
mod zero;

pub use config::{Config, Profile};
pub use drawn::Drawn;
pub use kernel::{Product, products_are_uniform, reference_products_are_uniform};
pub use outcome::{CaseFailure, FailingCase, Note, Outcome, PropertyVerdict, Witness, run};
pub use strategy::{Case, Cases, TwinCase, make_twins};
pub(crate) use strategy::{by_layer, network_of};

use crate::subject::Subject;
use init_symmetry_network::Error;

/// What a property is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Class {
    /// Whether gradients, steps, training and starts are right.
    Correctness,
    /// What becomes of questions that are extreme or malformed. A program that fails here may have
    /// a right gradient.
    Robustness,
}

/// A property of subjects in `f64`.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// The fact that shows that a case could have failed.
    pub witness: &'static str,
    /// What it is about.
    pub class: Class,
    check: fn(&Self, &dyn Subject, &Config) -> Outcome,
}

impl Property {
    /// A property by its name.
    ///
    /// # Errors
    /// No property has that name; the message names the nearest.
    ///
    /// ```
    /// use init_symmetry_check::property::Property;
    /// assert_eq!(Property::named("twins-stay-twins")?.name, "twins-stay-twins");
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        let known: Vec<_> = ALL.iter().map(|property| property.name).collect();
        let found = ALL.iter().find(|property| property.name == name);
        found.ok_or_else(|| Error::unknown("property", name, &known))
    }

    /// Checks it on a subject.
    pub fn check(&self, subject: &dyn Subject, config: &Config) -> Outcome {
        (self.check)(self, subject, config)
    }

    /// A smaller case in place of the failing one of an outcome, without trying those before it.
    pub fn shrink(&self, subject: &dyn Subject, config: &Config, outcome: Outcome) -> Outcome {
        let Some(failing) = outcome.failing.as_ref().filter(|failing| failing.can_shrink) else {
            return outcome;
        };
        let config = Config { skipped_draws: failing.draw, ..config.clone() };
        let Outcome { verdict, failing, .. } = self.check(subject, &config);
        match verdict {
            PropertyVerdict::Fails { .. } => Outcome { verdict, failing, ..outcome },
            _ => outcome, // a subject that answers otherwise now
        }
    }
}

macro_rules! declare {
    ($($family:ident::$name:ident)*) => {
        $(pub use $family::$name;)*

        /// Every property of subjects.
        ///
        /// ```
        /// use init_symmetry_check::property::{ALL, Config, Profile};
        /// use init_symmetry_check::subject::Reference;
        /// for property in ALL {
        ///     let outcome = property.check(&Reference, &Config::new(Profile::Quick, 1));
        ///     assert!(outcome.passes(), "{outcome}");
        /// }
        /// ```
        pub const ALL: &[Property] = &[$($family::$name::PROPERTY),*];
    };
}

for_each_property!(declare);
