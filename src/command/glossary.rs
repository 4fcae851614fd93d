//! `help glossary`: our own words, each in a line or two. It runs nothing.
//!
//! docs/GLOSSARY.md is generated from the same text.

use super::output::Streams;
use super::{CommandError, Exit};
use std::io::Write;

/// The words, as the help prints them.
const WORDS: &str = include_str!("glossary.txt");

/// Print the words that are used here in a sense of their own
#[derive(Debug, clap::Args)]
#[command(hide = true, help_template = WORDS)]
pub(super) struct Glossary {}

impl Glossary {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        write!(streams.out, "{WORDS}")?;
        Ok(Exit::Fine)
    }
}
