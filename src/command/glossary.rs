//! `help glossary`: our own words, as docs/GLOSSARY.md defines them. It runs nothing.

use super::output::{Streams, wrapped};
use super::{CommandError, Exit};
use std::io::Write;

const PAGE: &str = include_str!("../../docs/GLOSSARY.md");

/// Print the words that are used here in a sense of their own
#[derive(Debug, clap::Args)]
#[command(hide = true, help_template = words())]
pub(super) struct Glossary {}

impl Glossary {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        writeln!(streams.out, "{}", words())?;
        Ok(Exit::Fine)
    }
}

/// The entries of the page, without its markup.
fn words() -> String {
    let entries = PAGE.lines().filter_map(|line| line.strip_prefix("- "));
    let entries = entries.map(|entry| wrapped(&entry.replace(['*', '`'], ""), ""));
    entries.collect::<Vec<_>>().join("\n")
}
