//! What lint finds.

use crate::Rule;
use serde::Serialize;
use std::collections::BTreeMap;
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

/// How grave a finding is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// Training will not mend it.
    Error,
    /// Probably not meant.
    Warning,
    /// Often meant.
    Note,
}

/// Something that is wrong with a file or with live parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Rule,
    /// How grave it is here.
    pub severity: Severity,
    /// The unit group or tensor, by name.
    pub place: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The numbers of the sentence, by name.
    pub numbers: BTreeMap<&'static str, f64>,
}

/// A finding as it is written down, to be compared with later ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct KnownFinding {
    /// The rule, by id.
    pub rule: String,
    /// The unit group or tensor.
    pub place: String,
    /// The sentence.
    pub message: String,
}

impl Finding {
    /// As it is written down.
    pub fn known(&self) -> KnownFinding {
        KnownFinding {
            rule: self.rule.to_string(),
            place: self.place.clone(),
            message: self.message.clone(),
        }
    }
}
