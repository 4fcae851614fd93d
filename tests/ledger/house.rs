//! The house: which room may import from which, read from the table in DESIGN.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Room → floor, from lines like `| 3 | `network/`, `dataset` | … |` of DESIGN.md.
fn floors() -> BTreeMap<String, u32> {
    let design = fs::read_to_string(root().join("DESIGN.md")).expect("DESIGN.md");
    let mut floors = BTreeMap::new();
    for line in design.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, floor, rooms, ..] = cells[..] else { continue };
        let Ok(floor) = floor.parse() else { continue };
        for room in rooms.split(',') {
            let room = room.trim().trim_matches('`').trim_end_matches('/').to_string();
            assert_eq!(
                floors.insert(room.clone(), floor),
                None,
                "{room} stands twice in DESIGN.md"
            );
        }
    }
    floors
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The room a source file belongs to: the first part of its path below src.
fn room_of(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).expect("below src");
    let first = below.components().next().expect("a part").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_string()
}

/// The names that follow `crate::` in a source, comments left out: rooms and root re-exports.
fn names_after_crate(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let name = |text: &str| -> String {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        let Some(group) = rest.strip_prefix('{') else {
            let first = name(rest);
            // an exported macro lives at the root and calls itself by that path
            if !rest[first.len()..].starts_with('!') {
                names.push(first);
            }
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push(name(&std::mem::take(&mut item))),
                _ => item.push(c),
            }
        }
        names.push(name(&item));
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Root re-export → room, from `pub use room::{…}` in lib.rs.
fn re_exports() -> BTreeMap<String, String> {
    let source = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    let mut rooms = BTreeMap::new();
    for rest in source.split("pub use ").skip(1) {
        let (room, names) = rest.split_once("::").expect("a path");
        let names = names.split(';').next().expect("an end").trim_matches(['{', '}', ' ', '\n']);
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            rooms.insert(name.to_string(), room.to_string());
        }
    }
    rooms
}

/// Imports that go sideways or up, as `file imports room`.
fn wrong_imports(room: &str, source: &str) -> Vec<String> {
    let (floors, re_exports) = (floors(), re_exports());
    let own = floors.get(room).unwrap_or_else(|| panic!("DESIGN.md has no room {room}"));
    let imported = names_after_crate(source).into_iter().map(|name| {
        let room = re_exports.get(&name).cloned();
        room.unwrap_or(name)
    });
    imported
        .filter(|other| other != room)
        .filter(|other| {
            let floor = floors.get(other);
            floor.unwrap_or_else(|| panic!("DESIGN.md has no room {other}")) >= own
        })
        .map(|other| format!("{room} imports {other}"))
        .collect()
}

#[test]
fn every_room_imports_only_from_floors_below_it() {
    let files = rust_files(&root().join("src"));
    assert!(files.len() > 20, "the sources were found");
    for file in files {
        let room = room_of(&file);
        if room == "lib" {
            continue;
        }
        let source = fs::read_to_string(&file).expect("a source");
        let wrong = wrong_imports(&room, &source);
        assert!(wrong.is_empty(), "{}: {}", file.display(), wrong.join(", "));
    }
}

#[test]
fn an_import_from_above_is_noticed() {
    let samples = [
        "use crate::claim::Claim;",
        "use crate::{Error, property};",
        "use crate::{\n    Error,\n    property::{Config, Outcome},\n};",
        "fn f() { crate::subject::g() }",
    ];
    for sample in samples {
        assert_eq!(wrong_imports("network", sample).len(), 1, "{sample}");
    }
    assert!(wrong_imports("network", "use crate::{Error, Scalar};").is_empty());
    assert!(wrong_imports("network", "// use crate::claim::Claim;").is_empty());
    assert!(wrong_imports("network", "$crate::an_exported_macro! { x }").is_empty());
}

/// The files of a test folder that its `main.rs` does not declare, which cargo never compiles.
fn undeclared(main: &str, names: &[&str]) -> Vec<String> {
    let declared = |name: &str| main.lines().any(|line| line == format!("mod {name};"));
    names.iter().filter(|name| **name != "main" && !declared(name)).map(|n| n.to_string()).collect()
}

#[test]
fn every_test_file_is_one_that_cargo_runs() {
    let folders = ["foundation", "checking", "ledger"];
    let tests = root().join("tests");
    let files = rust_files(&tests);
    for folder in folders.map(|folder| tests.join(folder)) {
        let names: Vec<_> = files
            .iter()
            .filter(|file| file.parent() == Some(&folder))
            .map(|file| file.file_stem().expect("a name").to_str().expect("UTF-8"))
            .collect();
        assert!(names.len() > 5, "the tests were found");
        let main = fs::read_to_string(folder.join("main.rs")).expect("main.rs");
        assert_eq!(undeclared(&main, &names), Vec::<String>::new(), "{}", folder.display());
    }
    let known = folders.map(|folder| tests.join(folder));
    let elsewhere = files.iter().find(|file| !known.iter().any(|f| file.parent() == Some(f)));
    assert_eq!(elsewhere, None, "a binary of its own costs every user's build seconds");
}

#[test]
fn a_test_file_that_nothing_declares_is_noticed() {
    let main = "//! mod commented;\nmod declared;\n";
    assert_eq!(undeclared(main, &["main", "declared", "commented"]), ["commented"]);
}

#[test]
fn the_network_stays_under_500_lines() {
    let files = rust_files(&root().join("src/network"));
    let lines: usize =
        files.iter().map(|file| fs::read_to_string(file).expect("a source").lines().count()).sum();
    assert!(lines > 100 && lines < 500, "the network has {lines} lines");
}
