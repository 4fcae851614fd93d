//! No circle between the modules of a crate. (Between crates the compiler refuses one.)

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules of the same crate that it names.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// A source without its comments and unit tests.
fn code_of(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first names of the paths that follow `prefix`, those of a group one by one.
fn names_after(prefix: &str, code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut names = Vec::new();
    for rest in code.split(prefix).skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for c in group.chars() {
            match c {
                '}' if depth == 0 => break,
                ',' if depth == 0 => names.push(word(&std::mem::take(&mut item))),
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if depth == 0 => item.push(c),
                _ => {}
            }
        }
        names.push(word(&item));
    }
    names
}

/// Re-export → module, from lines like `pub use module::{A, B};` of lib.rs.
fn re_exports(library: &str) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for rest in library.split("pub use ").skip(1) {
        let Some((module, names)) = rest.split_once("::") else { continue };
        let names = names.split(';').next().unwrap_or_default().trim_matches(['{', '}', '\n']);
        for name in names.split(',') {
            owners.insert(name.trim().to_string(), module.trim().to_string());
        }
    }
    owners
}

/// What the modules of the crate in `src` name of each other.
fn graph(src: &Path) -> Graph {
    let library = fs::read_to_string(src.join("lib.rs")).expect("lib.rs");
    let library = code_of(&library);
    let modules: BTreeSet<String> = names_after("mod ", &library).into_iter().collect();
    let owners = re_exports(&library);
    let named_by = |module: &String| {
        let file = src.join(format!("{module}.rs"));
        let folder = src.join(module);
        let mut files = rust_files(&folder);
        files.extend(file.exists().then(|| file.clone()));
        let mut named = BTreeSet::new();
        for path in files {
            let code = code_of(&fs::read_to_string(&path).expect("a source"));
            let mut names = names_after("crate::", &code.replace("$crate::", ""));
            if path == file || path == folder.join("mod.rs") {
                names.extend(names_after("super::", &code));
            }
            let owner = |name: String| owners.get(&name).cloned().unwrap_or(name);
            named.extend(names.into_iter().map(owner));
        }
        named.retain(|name| name != module && modules.contains(name));
        (module.clone(), named)
    };
    modules.iter().map(named_by).collect()
}

/// The modules that remain when, again and again, one that rests on none of the others is taken
/// away: those in a circle, or above one.
fn circle(mut graph: Graph) -> Vec<String> {
    while let Some(free) = graph.iter().find(|(_, named)| named.is_empty()) {
        let free = free.0.clone();
        graph.remove(&free);
        for named in graph.values_mut() {
            named.remove(&free);
        }
    }
    graph.into_keys().collect()
}

#[test]
fn no_modules_of_a_crate_rest_on_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, least) in [("network", 15), ("gradient", 20), ("check", 3), ("", 4)] {
        let folder = if name.is_empty() { root.into() } else { root.join("crates").join(name) };
        if !folder.exists() {
            continue; // a packaged crate has no others
        }
        let graph = graph(&folder.join("src"));
        assert!(graph.len() >= least, "the modules of {name} were found: {graph:?}");
        let links: usize = graph.values().map(BTreeSet::len).sum();
        assert!(links + 1 >= least, "what they name was found: {graph:?}");
        assert_eq!(circle(graph), Vec::<String>::new(), "a circle in crates/{name}");
    }
}

#[test]
fn a_circle_is_noticed() {
    let of = |links: &[(&str, &[&str])]| -> Graph {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        links.iter().map(|(module, named)| (module.to_string(), names(named))).collect()
    };
    assert!(circle(of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).is_empty());
    assert_eq!(circle(of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])), ["a", "b", "c"]);
    let code = "use crate::{A, b::{C, D}};\nfn f() { crate::e::g() }";
    assert_eq!(names_after("crate::", code), ["A", "b", "e"]);
}
