//! Why a subject fails.

use super::{Fault, Planted, faults_that_explain, faults_that_explain_every_gradient};
use crate::property::{Config, Outcome};
use crate::subject::{Subject, Textbook};
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
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Look at {}.", self.sentence, self.look_at)
    }
}

/// Why a subject fails, likeliest first.
pub fn likely_causes(subject: &dyn Subject, _: &[Outcome], config: &Config) -> Vec<Cause> {
    let subject = Textbook::of(subject);
    let mut found = faults_that_explain(&subject, config);
    if found.is_empty() {
        found = faults_that_explain_every_gradient(&subject, config);
    }
    let cause = |fault: Fault| Cause {
        sentence: format!("{} ({fault})", fault.description()),
        look_at: fault.where_to_look().into(),
        fault: Some(fault),
    };
    found.into_iter().map(cause).collect()
}
