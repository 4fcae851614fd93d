//! What lint finds.

use crate::Rule;
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
    Hash,
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
