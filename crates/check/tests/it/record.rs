//! What is on record: lines with hashes of all that somebody said, written anew on demand.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// The first half of a hash.
pub(crate) fn short(hash: Sha256) -> String {
    hash.finalize()[..16].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

/// Holds lines, one after the other, against the record in `tests/it`, up to the first that
/// differs; with `INIT_SYMMETRY_BLESS=1` it writes them: say in the commit what changed and why.
pub(crate) fn hold(lines: impl Iterator<Item = String>, name: &str, recorded: &str) {
    if std::env::var_os("INIT_SYMMETRY_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name);
        std::fs::write(path, lines.map(|line| line + "\n").collect::<String>()).unwrap();
        return;
    }
    let mut recorded = recorded.lines();
    for line in lines {
        assert_eq!(Some(line.as_str()), recorded.next(), "this is something else than before");
    }
    assert_eq!(recorded.next(), None, "this is no longer there");
}
