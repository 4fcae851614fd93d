//! Which claims a subcommand is about: names and filters, read from the command line.
//!
//! It runs nothing. Start at [`Selection::claims`].

use super::CommandError;
use super::hint::claim_named;
use crate::claim::{self, Claim, Section, Verdict};
use crate::parse_name;

/// Claims by name, part of a name, section and verdict; a claim has to match all that are
/// given.
#[derive(Debug, clap::Args)]
pub(super) struct Selection {
    /// Names of claims [default: all]
    #[arg(value_name = "CLAIM")]
    claims: Vec<String>,

    /// Only claims whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,

    /// Only claims of this section: equal-starts, random-starts, scale, depth or practice
    #[arg(long, value_name = "NAME", value_parser = section)]
    section: Option<Section>,

    /// Only claims with this verdict: proved, holds, conditional or refuted
    #[arg(long, value_name = "NAME", value_parser = verdict)]
    verdict: Option<Verdict>,
}

impl Selection {
    /// The claims, in the lesson's order and each once.
    pub(super) fn claims(&self) -> Result<Vec<&'static Claim>, CommandError> {
        for id in &self.claims {
            claim_named(id, true)?;
        }
        let selected: Vec<_> = claim::all()
            .filter(|claim| self.claims.is_empty() || self.claims.iter().any(|id| id == claim.id))
            .filter(|claim| self.only.as_ref().is_none_or(|text| claim.id.contains(text)))
            .filter(|claim| self.section.is_none_or(|section| claim.section == section))
            .filter(|claim| self.verdict.is_none_or(|verdict| claim.expected == verdict))
            .collect();
        if selected.is_empty() { Err(CommandError::NothingSelected) } else { Ok(selected) }
    }
}

fn section(text: &str) -> crate::Result<Section> {
    parse_name("section", text)
}

fn verdict(text: &str) -> crate::Result<Verdict> {
    parse_name("verdict", text)
}
