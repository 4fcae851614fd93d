//! `list`: the claims, one line each, or as JSON. It runs nothing. Start at [`List::run`].

use super::output::{HEADING, Streams, counted, print_json};
use super::selection::Selection;
use super::{CommandError, Exit};
use crate::claim::Claim;
use serde::Serialize;
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  init-symmetry list
  init-symmetry list --section random-starts --verdict false";

/// List the claims with their declared verdicts
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,

    /// Print one JSON document instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    claims: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    section: String,
    declared: String,
    statement: String,
}

impl List {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let claims = self.selection.claims()?;
        if self.json {
            let claims = claims.into_iter().map(entry).collect();
            print_json(streams, &Document { schema: "init-symmetry/list/1", claims })?;
            return Ok(Exit::AsDeclared);
        }
        let mut section = None;
        for claim in &claims {
            if section.replace(claim.section) != Some(claim.section) {
                writeln!(streams.out, "{HEADING}{}{HEADING:#}", claim.section)?;
            }
            writeln!(streams.out, "  {:<8} {}", claim.declared.to_string(), claim.id)?;
        }
        let count = counted(claims.len(), "claim", "claims");
        writeln!(streams.out, "{count}; init-symmetry explain CLAIM explains one")?;
        Ok(Exit::AsDeclared)
    }
}

fn entry(claim: &Claim) -> Entry {
    let Claim { id, section, declared, .. } = *claim;
    let [section, declared] = [section.to_string(), declared.to_string()];
    Entry { id, section, declared, statement: claim.statement() }
}
