//! `list`: the claims with what each verdict judges, or as JSON. It runs nothing.
//!
//! Start at [`List::run`].

use super::output::{HEADING, Streams, counted, paragraph, print_json};
use super::selection::Selection;
use super::{CommandError, Exit};
use crate::claim::Claim;
use serde::Serialize;
use std::io::Write;

const AFTER_HELP: &str = "\
Examples:
  init-symmetry list
  init-symmetry list --only xor
  init-symmetry list --section random-starts --verdict refuted

Exit codes: 0 listed, 1 bad input, 4 no claim is selected";

/// List the claims of the lesson, with the verdict of each
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,

    /// Print one JSON document instead of lines
    #[arg(long)]
    json: bool,
}

/// What the verdict judges stands below the name of the claim.
const INDENT: &str = "               ";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    claims: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    section: String,
    verdict: String,
    headline: &'static str,
    statement: String,
}

impl List {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let claims = self.selection.claims()?;
        if self.json {
            let claims = claims.into_iter().map(entry).collect();
            print_json(streams, &Document { schema: "init-symmetry/list/2", claims })?;
            return Ok(Exit::Fine);
        }
        let mut section = None;
        for claim in &claims {
            if section.replace(claim.section) != Some(claim.section) {
                writeln!(streams.out, "{HEADING}{}{HEADING:#}", claim.section)?;
            }
            writeln!(streams.out, "  {:<11}  {}", claim.expected.to_string(), claim.id)?;
            writeln!(streams.out, "{}", paragraph(claim.headline, INDENT))?;
        }
        let count = counted(claims.len(), "claim", "claims");
        writeln!(streams.out, "{count}; `init-symmetry explain CLAIM` explains one")?;
        Ok(Exit::Fine)
    }
}

fn entry(claim: &Claim) -> Entry {
    let Claim { id, section, expected, headline, .. } = *claim;
    let [section, verdict] = [section.to_string(), expected.to_string()];
    Entry { id, section, verdict, headline, statement: claim.statement() }
}
