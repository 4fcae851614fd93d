//! What `check` judges: a network or a model, each with properties of its own.
//!
//! Nothing is printed here. Start reading at [`UnderTest`].

use super::hint::unknown;
use super::python::Noticed;
use crate::fault::Fault;
use crate::model::{self, Model, ModelProperty};
use crate::property::{self, Config, Outcome, Property};
use crate::{Error, ModelReport, SubjectReport, Understood};

/// Whether a program is a network, which speaks protocol 1, or any model, which speaks protocol 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Kind {
    Network,
    Model,
}

impl Kind {
    /// The names of its properties.
    pub(super) fn properties(self) -> Vec<&'static str> {
        match self {
            Self::Network => property::ALL.iter().map(|property| property.name).collect(),
            Self::Model => model::ALL.iter().map(|property| property.name).collect(),
        }
    }

    /// The name of one of its properties.
    ///
    /// # Errors
    /// No property of the kind has that name.
    pub(super) fn property(self, name: &str) -> Result<&'static str, Error> {
        let known = self.properties();
        let found = known.iter().find(|known| **known == name);
        found.copied().ok_or_else(|| unknown(&format!("property of a {self}"), name, &known))
    }
}

/// A name that a property of either kind has, before it is known which kind the program is of.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub(super) fn any_property(name: &str) -> Result<&'static str, Error> {
    Kind::Network.property(name).or_else(|_| Kind::Model.property(name)).map_err(|_| {
        let mut known = Kind::Network.properties();
        known.extend(Kind::Model.properties());
        known.sort_unstable();
        known.dedup();
        unknown("property", name, &known)
    })
}

/// What is under test: another program, or a subject of this process.
pub(super) enum UnderTest<'a> {
    Network(&'a Understood<'a>),
    Model(&'a dyn Model),
}

/// What is found out about it as a whole.
pub(super) struct Findings {
    pub(super) subject: String,
    /// What it was taken for, where that was found out before it was asked.
    pub(super) understood: Option<String>,
    /// What is wrong with it whatever it answers.
    pub(super) problems: Vec<String>,
    pub(super) remarks: Vec<String>,
    pub(super) causes: Vec<String>,
    pub(super) explained_by: Vec<Fault>,
}

impl UnderTest<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Network(_) => Kind::Network,
            Self::Model(_) => Kind::Model,
        }
    }

    /// Checks one property.
    ///
    /// # Errors
    /// No property of the kind has that name.
    pub(super) fn check(&self, name: &str, config: &Config) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Network(subject) => Property::named(name)?.check(*subject, config),
            Self::Model(model) => ModelProperty::named(name)?.check(*model, config),
        })
    }

    /// Looks for a smaller case in place of a failing one; those of models have no size.
    pub(super) fn shrink(&self, name: &str, config: &Config, outcome: Outcome) -> Outcome {
        match (self, Property::named(name)) {
            (Self::Network(subject), Ok(property)) => property.shrink(*subject, config, outcome),
            _ => outcome,
        }
    }

    /// The likely causes of what fails, and what was noticed beside the answers.
    pub(super) fn findings(
        &self,
        outcomes: Vec<Outcome>,
        config: &Config,
        noticed: Option<&dyn Noticed>,
    ) -> Findings {
        let mut findings = self.explained(outcomes, config);
        if let Some(noticed) = noticed {
            findings.understood = noticed.understood();
            findings.problems = noticed.problems();
            findings.remarks.extend(noticed.remarks());
        }
        findings
    }

    fn explained(&self, outcomes: Vec<Outcome>, config: &Config) -> Findings {
        match self {
            Self::Network(subject) => {
                let report = SubjectReport::of_understood(subject, outcomes, config);
                Findings {
                    subject: report.subject,
                    understood: None,
                    problems: Vec::new(),
                    remarks: report.remarks.iter().map(ToString::to_string).collect(),
                    causes: report.causes.iter().map(ToString::to_string).collect(),
                    explained_by: report.explained_by,
                }
            }
            Self::Model(model) => {
                let ModelReport { model, remarks, causes, .. } =
                    ModelReport::of_outcomes(*model, outcomes, config);
                Findings {
                    subject: model,
                    understood: None,
                    problems: Vec::new(),
                    remarks,
                    causes,
                    explained_by: Vec::new(),
                }
            }
        }
    }
}
