//! What a subcommand would print, for callers that are no shell.

use crate::Error;
use std::io;

/// What a subcommand finds in this process; nothing is printed.
#[derive(Debug, Clone)]
pub struct Printed {
    /// The exit code that the command would end with.
    pub exit: u8,
    /// What the command would print, without colour.
    pub text: String,
    /// What the command would print with `--json`.
    pub json: String,
}

/// A text without colours and without the end of its last line.
pub(super) fn plain(text: &[u8]) -> String {
    let text = anstream::adapter::strip_bytes(text).into_vec();
    String::from_utf8_lossy(&text).trim_end().to_string()
}

/// A report that could not be put into words.
pub(super) fn unwritten(error: &io::Error) -> Error {
    Error::File { path: "the report".into(), why: error.to_string() }
}
