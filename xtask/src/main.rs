//! `cargo run -p xtask -- bless`: renews every generated file and record, and says what changed.
//!
//! The tests that compare these files write them instead when `INIT_SYMMETRY_BLESS` is set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

/// Folders with generated files, and the kinds of files that may be generated.
const FOLDERS: &[&str] = &[
    "",
    "docs",
    "docs/figures",
    "tests/it",
    "crates/check/src/fault",
    "crates/check/tests/it",
    "proofs/tie",
];
const KINDS: &[&str] = &["csv", "md", "rs", "svg", "txt", "v"];

/// The tests that write, those that others rest on first: what is compiled into the program (the
/// kill matrix) is written before what the program prints.
const TESTS: &[(&str, &[&str])] = &[
    ("init-symmetry-check", &["faults::the_kill_matrix_is_as_declared", "record"]),
    ("init-symmetry", &["proof::", "stability::", "documents::"]),
];

fn main() -> ExitCode {
    if env::args().nth(1).as_deref() != Some("bless") {
        eprintln!("cargo run -p xtask -- bless   renews every generated file and record");
        return ExitCode::from(1);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let before = generated(&root);
    for (package, tests) in TESTS {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&root).env("INIT_SYMMETRY_BLESS", "1");
        cargo.args(["test", "--quiet", "--locked", "--package", package, "--test", "it", "--"]);
        let status = cargo.args(*tests).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("the tests of {package} failed for another reason than a stale file");
            return ExitCode::from(2);
        }
    }
    let after = generated(&root);
    let changed: Vec<_> =
        after.iter().filter(|(path, text)| before.get(*path) != Some(text)).collect();
    for (path, text) in &changed {
        let old: Vec<_> = before.get(*path).map(|old| old.lines().collect()).unwrap_or_default();
        let lines = text.lines().filter(|line| !old.contains(line)).count();
        println!("{}: {lines} new or changed lines", path.display());
    }
    match changed.len() {
        0 => println!("nothing has changed"),
        _ => println!("read the differences (git diff) before you commit them"),
    }
    ExitCode::SUCCESS
}

fn generated(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let of_kind = path.extension().is_some_and(|kind| KINDS.iter().any(|it| kind == *it));
            if let (true, Ok(text)) = (of_kind, fs::read_to_string(&path)) {
                let name = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or(path);
                files.insert(name, text);
            }
        }
    }
    files
}
