//! What is on record: lines with hashes of what was answered, renewed on demand.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// What to do about a record that is stale.
pub(crate) const RENEW: &str = "if this is meant: cargo run -p xtask -- bless";

/// Whether records are to be written instead of compared.
pub(crate) fn is_renewed() -> bool {
    std::env::var_os("INIT_SYMMETRY_BLESS").is_some()
}

/// Writes a file of this crate; its path is taken from the crate's folder.
pub(crate) fn write(path: &str, text: &str) {
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), text).unwrap();
}

/// The first half of a hash.
pub(crate) fn short(hash: Sha256) -> String {
    hash.finalize()[..16].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

/// A file of `tests/it`, a line for each of many things; the first cells of a line name it.
pub(crate) struct Record {
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
    /// How many cells name a line.
    pub(crate) names: usize,
}

impl Record {
    /// Compares lines, one after the other, with the record, up to the first that differs; renews
    /// the record if that is asked for.
    pub(crate) fn hold(&self, lines: impl Iterator<Item = String>) {
        let path = format!("tests/it/{}", self.file);
        if is_renewed() {
            return write(&path, &lines.map(|line| line + "\n").collect::<String>());
        }
        if let Some(difference) = self.first_difference(lines) {
            panic!("crates/check/{path} is stale: {difference}\n{RENEW}");
        }
    }

    fn first_difference(&self, lines: impl Iterator<Item = String>) -> Option<String> {
        let mut recorded = self.text.lines();
        for line in lines {
            let expected = recorded.next();
            if expected == Some(&line) {
                continue;
            }
            let [name, now] = self.parts(&line);
            let of_name = self.text.lines().map(|line| self.parts(line)).find(|it| it[0] == name);
            return Some(match (of_name, expected.map(|line| self.parts(line))) {
                (None, _) => format!("{name} is new and not on record"),
                (Some([_, before]), Some([expected, _])) if name == expected => {
                    format!("{name} was {before} and is {now}")
                }
                (_, Some([expected, _])) => format!("{expected} is on record and not in its place"),
                (_, None) => format!("{name} is there twice"),
            });
        }
        recorded.next().map(|line| format!("{} is on record and gone", self.parts(line)[0]))
    }

    /// The cells that name a line, and the others.
    fn parts<'a>(&self, line: &'a str) -> [&'a str; 2] {
        let comma = line.match_indices(',').nth(self.names - 1);
        comma.map_or([line, ""], |(comma, _)| [&line[..comma], &line[comma + 1..]])
    }
}

#[test]
fn what_is_stale_is_named() {
    let record = Record { file: "", text: "a,x,1\nb,y,2\nc,z,3\n", names: 2 };
    let with = |lines: &[&str]| record.first_difference(lines.iter().map(ToString::to_string));
    assert_eq!(with(&["a,x,1", "b,y,2", "c,z,3"]), None);
    let says = |lines: &[&str], sentence: &str| assert_eq!(with(lines).as_deref(), Some(sentence));
    says(&["a,x,1", "b,y,4", "c,z,3"], "b,y was 2 and is 4");
    says(&["a,x,1", "d,y,2", "b,y,2", "c,z,3"], "d,y is new and not on record");
    says(&["a,x,1", "c,z,3"], "b,y is on record and not in its place");
    says(&["a,x,1", "b,y,2"], "c,z is on record and gone");
    says(&["a,x,1", "b,y,2", "c,z,3", "a,x,1"], "a,x is there twice");
}
