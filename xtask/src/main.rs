//! `cargo run -p xtask -- bless`: renews every generated file and record, and says what changed.
//!
//! The list of properties is read from their sources, before anything is compiled. All else is
//! written by the tests that compare it otherwise, as `INIT_SYMMETRY_BLESS` tells them.
//! Start reading at [`bless`].

mod changes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

/// Folders with generated files, and the kinds of files that may be generated.
const FOLDERS: &[&str] = &[
    "",
    "docs",
    "docs/figures",
    "tests/it",
    "crates/check/src/fault",
    "crates/check/src/property",
    "crates/check/tests/it",
    "proofs/tie",
];
const KINDS: &[&str] = &["csv", "md", "rs", "svg", "txt", "v"];

/// The tests that write, in an order in which nothing rests on what is written after it: cargo
/// compiles a file that has changed into what is run next.
const TESTS: &[(&str, &[&str])] = &[
    ("init-symmetry-check", &["faults::the_kill_matrix_is_as_recorded"]),
    ("init-symmetry-check", &["record::", "models::the_page_about_models_is_up_to_date"]),
    ("init-symmetry", &["proof::", "stability::", "documents::"]),
    // it needs NumPy, so that a plain `cargo test` leaves it out
    ("init-symmetry", &["museum::", "--include-ignored"]),
];

const PROPERTIES: &str = "crates/check/src/property";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let renew = match env::args().nth(1).as_deref() {
        Some("bless") => bless,
        Some("list") => list,
        _ => {
            eprintln!("cargo run -p xtask -- bless   renews every generated file and record");
            eprintln!("cargo run -p xtask -- list    renews the list of properties alone, at once");
            return ExitCode::from(1);
        }
    };
    let before = generated(&root);
    let outcome = renew(&root);
    let mut nothing = true;
    for (path, text) in generated(&root) {
        let old = before.get(&path).map_or("", String::as_str);
        for change in changes::in_words(&path, old, &text) {
            println!("{}: {change}", path.display());
            nothing = false;
        }
    }
    match outcome {
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
        Ok(()) => {
            let read = "read the differences (git diff) before you commit them";
            println!("{}", if nothing { "nothing has changed" } else { read });
            ExitCode::SUCCESS
        }
    }
}

fn list(root: &Path) -> Result<(), String> {
    list_properties(&root.join(PROPERTIES)).map_err(|why| format!("{PROPERTIES}: {why}"))
}

fn bless(root: &Path) -> Result<(), String> {
    list(root)?;
    let mut failed = Vec::new();
    for (package, tests) in TESTS {
        eprintln!("{package}: {}; this may take minutes", tests.join(" "));
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(root).env("INIT_SYMMETRY_BLESS", "1");
        // without --package, which would compile every crate once more, with other features
        cargo.args(["test", "--quiet", "--locked", "--test", "it", "--"]);
        if !cargo.args(*tests).status().is_ok_and(|status| status.success()) {
            failed.push(*package);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let failed = failed.join(", ");
    Err(format!("what could be renewed is; {failed}: a test fails for the reason above"))
}

/// Writes into `list.rs` every `property!` of its folder: those that are there in their order,
/// then the others.
fn list_properties(folder: &Path) -> io::Result<()> {
    let mut families = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let family = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for registration in fs::read_to_string(&path)?.split("\nproperty! {\n").skip(1) {
            let name = registration.split("name: ").nth(1).unwrap_or_default();
            let end = name.find([',', '<']).unwrap_or_default();
            families.insert(name[..end].to_string(), family.clone());
        }
    }
    let list = folder.join("list.rs");
    let text = fs::read_to_string(&list)?;
    let indent = "            ";
    let entries = text.split_inclusive('\n').filter(|line| line.starts_with(indent));
    let before: String = entries.clone().collect();
    let names: Vec<_> =
        entries.filter_map(|entry| Some(entry.trim().split_once("::")?.1.to_string())).collect();
    let kept = names.iter().filter(|name| families.contains_key(*name));
    let new = families.keys().filter(|name| !names.contains(name));
    let entry = |name| format!("{indent}{}::{name}\n", families[name]);
    let after: String = kept.chain(new).map(entry).collect();
    fs::write(list, text.replace(&before, &after))
}

/// The files that may be generated, by path from the root.
fn generated(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let of_kind = path.extension().is_some_and(|kind| KINDS.iter().any(|it| kind == *it));
            if let (true, Ok(text)) = (of_kind, fs::read_to_string(&path)) {
                // most sources beside generated ones are written by hand
                let head: String = text.lines().take(3).collect();
                if path.extension().is_some_and(|kind| kind == "rs") && !head.contains("Generated")
                {
                    continue;
                }
                let name = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or(path);
                files.insert(name, text);
            }
        }
    }
    files
}
