//! Rules that no compiler checks. Each is a pure function, and each has a sample that breaks it, so
//! that a rule cannot quietly stop working.

use init_symmetry::claim;
use init_symmetry::fault::Fault;
use init_symmetry::proof::Statement;
use init_symmetry::property::ALL;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use strum::VariantNames;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The project's own files of some kinds, as path from the root and text.
fn files(extensions: &[&str]) -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let foreign = name.starts_with("target") || name.starts_with("mutants.out");
            if path.is_dir() && !foreign && name != ".git" && name != ".audit" {
                collect(&path, found);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    let mut found = vec![];
    collect(root(), &mut found);
    found.sort();
    let wanted = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extensions.iter().any(|it| extension == *it))
    };
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root()).expect("below the root");
        (name.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path).expect("UTF-8"))
    };
    found.into_iter().filter(wanted).map(named).collect()
}

fn sources() -> Vec<(String, String)> {
    let mut sources = files(&["rs"]);
    sources.retain(|(name, _)| ["src/", "tests/", "crates/"].iter().any(|it| name.starts_with(it)));
    assert!(sources.len() > 100, "the sources were found");
    sources
}

/// Breaks of a rule in many files, each with its file.
fn breaks(files: &[(String, String)], rule: impl Fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let of_file = |(name, text): &(String, String)| {
        rule(name, text).into_iter().map(|what| format!("{name}: {what}")).collect::<Vec<_>>()
    };
    files.iter().flat_map(of_file).collect()
}

fn assert_none(breaks: Vec<String>) {
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

const WIDEST: usize = 100;

/// Lines that are too wide; in a document tables, code, pictures and single words may be.
fn wide_lines(name: &str, text: &str) -> Vec<String> {
    let document = name.ends_with(".md");
    let mut in_code = false;
    let mut wide = vec![];
    for (number, line) in (1..).zip(text.lines()) {
        in_code ^= line.starts_with("```");
        let table = line.starts_with('|');
        let picture = line.starts_with("![");
        let one_word = !line.trim().trim_start_matches("- ").contains(' ');
        let excused = document && (in_code || table || picture || one_word);
        let columns = line.chars().count();
        if columns > WIDEST && !excused {
            wide.push(format!("line {number} has {columns} columns"));
        }
    }
    wide
}

#[test]
fn no_line_is_wider_than_100_columns() {
    let mut files = files(&["rs", "py", "sh", "toml", "yml", "md", "cff"]);
    // generated, a paragraph to a line
    files.retain(|(name, _)| !["CLAIMS.md", "docs/KILLS.md"].contains(&name.as_str()));
    // as students write
    files.retain(|(name, _)| !name.starts_with("python/tests/course_solutions/"));
    assert_none(breaks(&files, wide_lines));
}

#[test]
fn a_wide_line_is_noticed() {
    let wide = "∂ word ".repeat(15);
    assert_eq!(wide_lines("a.rs", &format!("short\n{wide}")), ["line 2 has 105 columns"]);
    assert_eq!(wide_lines("a.md", &wide).len(), 1);
    for excused in [format!("| {wide}"), format!("```\n{wide}\n```"), "x".repeat(200)] {
        assert!(wide_lines("a.md", &excused).is_empty());
    }
    assert_eq!(wide_lines("a.md", &format!("```\ncode\n```\n{wide}")).len(), 1);
}

const LONGEST: usize = 50;

/// Functions that are too long, as rustfmt lays them out: from `fn` to the brace below it.
fn long_functions(_: &str, text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let mut long = vec![];
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let of_all = code.strip_prefix("pub").unwrap_or(code);
        let of_all = of_all.trim_start_matches(['(', ')', ' ']);
        let mut words = of_all.split([' ', ')']).filter(|word| !word.is_empty());
        let is_modifier = |word: &&str| ["super", "crate", "const", "in"].contains(word);
        let is_function = words.find(|word| !is_modifier(word)) == Some("fn");
        let is_function = is_function && !line.trim_end().ends_with([';', '}']);
        let end = format!("{}}}", " ".repeat(indent));
        let declaration = format!("{}) -> ", " ".repeat(indent));
        let lines = lines[start..].iter();
        let after = lines.clone().position(|line| *line == end);
        // a method of a trait that is declared and not defined ends in a semicolon
        let declared = lines
            .take_while(|line| !line.ends_with('{'))
            .any(|line| line.starts_with(&declaration) && line.ends_with(';'));
        if let Some(after) = after.filter(|after| is_function && !declared && *after >= LONGEST) {
            long.push(format!("line {}: {} lines", start + 1, after + 1));
        }
    }
    long
}

#[test]
fn no_function_is_longer_than_50_lines() {
    let mut files = sources();
    files.retain(|(name, _)| name.contains("src/"));
    assert_none(breaks(&files, long_functions));
}

#[test]
fn a_long_function_is_noticed() {
    let of_lines = |lines: usize| {
        let body = "        x += 1;\n".repeat(lines - 2);
        format!("impl T {{\n    pub fn f(mut x: u8)\n    {{\n{body}    }}\n}}\n")
    };
    assert!(long_functions("", &of_lines(48)).is_empty());
    assert_eq!(long_functions("", &of_lines(50)), ["line 2: 51 lines"]);
    let trait_with_long_impl = format!("trait T {{\n    fn f();\n}}\n{}", of_lines(20));
    assert!(long_functions("", &trait_with_long_impl).is_empty());
}

/// The one file of tolerances.
const TOLERANCES: &str = "crates/network/src/tolerance.rs";

/// Where a small number is no tolerance, with the reason.
const NO_TOLERANCES: &[(&str, &str)] = &[
    // the size of a planted fault
    ("crates/check/src/fault/backprop.rs", "const NOISE: f64 = 1e-11;"),
    // an error rate, with its reason
    ("crates/network/src/statistics.rs", "pub const LEVEL: f64 = 5e-8;"),
    // the error rate of all claims together
    ("tests/it/claims.rs", "assert!(whole <= 1e-6,"),
    // how a number is printed
    ("src/command/output.rs", "(1e-3..1e6).contains(&size)"),
    // a coefficient
    ("crates/network/src/scalar/elementary.rs", "const LN_2_LOW: f64 ="),
    ("crates/network/tests/it/elementary.rs", "const REST_OF_LN_2: f64 ="),
];

/// Small float literals that something is compared with, or that a constant holds.
fn bare_tolerances(name: &str, text: &str) -> Vec<String> {
    let mut bare = vec![];
    for (number, line) in (1..).zip(text.lines()) {
        let code = code_of(line);
        let compares =
            [" < ", " > ", " <= ", " >= ", "epsilon", "tolerance", ".contains(&", "const "];
        let compares = compares.iter().any(|it| code.contains(it));
        let excused = NO_TOLERANCES.iter().any(|(file, text)| *file == name && line.contains(text));
        let small = float_literals(&code).into_iter().any(|it| it > 0.0 && it < 0.01);
        if compares && small && !excused && name != TOLERANCES {
            bare.push(format!("line {number}: {}", line.trim()));
        }
    }
    bare
}

/// A line without its comment and its strings.
fn code_of(line: &str) -> String {
    let pieces = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    pieces.split("//").next().unwrap_or_default().to_string()
}

/// The numbers in a line of code that have a point or an exponent.
fn float_literals(code: &str) -> Vec<f64> {
    let digit_or_sign = |index: usize, c: char| {
        let after_e = index > 0 && code.as_bytes()[index - 1] == b'e';
        c.is_ascii_alphanumeric() || c == '.' || c == '_' || c == '-' && after_e
    };
    let split: String = code
        .char_indices()
        .map(|(index, c)| if digit_or_sign(index, c) { c } else { ' ' })
        .collect();
    let literal = |word: &str| {
        let word =
            word.replace('_', "").trim_end_matches("f64").trim_end_matches("f32").to_string();
        let number = word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(['.', 'e']);
        if number { word.parse().ok() } else { None }
    };
    split.split_whitespace().flat_map(|word| word.split("..")).filter_map(literal).collect()
}

#[test]
fn every_tolerance_stands_in_tolerance_rs() {
    assert_none(breaks(&sources(), bare_tolerances));
    for (file, excused) in NO_TOLERANCES {
        let text = fs::read_to_string(root().join(file)).expect("a source");
        assert!(text.contains(excused), "{file} has no {excused} any more");
    }
}

#[test]
fn a_bare_tolerance_is_noticed() {
    let samples = [
        "assert!((a - b).abs() < 1e-9);",
        "    if error <= 2.5e-4_f64 {",
        "assert_abs_diff_eq!(a, b, epsilon = 0.001);",
        "const NEAR: f64 = 1e-12;",
        "let near = (0.0..1e-6).contains(&distance);",
    ];
    for sample in samples {
        assert_eq!(bare_tolerances("src/claim/mod.rs", sample).len(), 1, "{sample}");
        assert!(bare_tolerances(TOLERANCES, sample).is_empty());
    }
    let harmless = [
        "// below 1e-9 it is rounding: a < b",
        "assert!(text > \"1e-9\");",
        "let x = 1e-9 * y;",
        "if a < 0.5 && b > 0.0 {",
    ];
    for sample in harmless {
        assert!(bare_tolerances("src/claim/mod.rs", sample).is_empty(), "{sample}");
    }
}

/// The code spans of a document, those in blocks and over line ends left out.
fn spans(text: &str) -> Vec<&str> {
    let mut spans = vec![];
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 0 {
            spans.extend(part.split('`').skip(1).step_by(2));
        }
    }
    spans
}

/// What a document calls by name: documents, commands, flags, claims, properties, faults.
struct Known {
    /// Claims, properties, faults, statements, fields of the protocol and the like.
    names: BTreeSet<String>,
    /// The help of each subcommand.
    help: BTreeMap<String, String>,
    /// All sources in one text.
    sources: String,
    exists: fn(&Path) -> bool,
}

impl Known {
    fn of_this_project() -> Self {
        let calls = ["verify", "check", "list", "explain", "train", "prove", "faults", "lint"];
        let calls = calls.into_iter().chain(["completions", "course", "report"]);
        let help = |call: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
            let output = command.args([call, "--help"]).output().expect("the command runs");
            (output.status.success())
                .then(|| (call.to_string(), String::from_utf8_lossy(&output.stdout).into_owned()))
        };
        let claims = claim::all().map(|claim| claim.id);
        let properties = ALL.iter().map(|property| property.name);
        let faults = <Fault as VariantNames>::VARIANTS.iter().copied();
        let statements = <Statement as VariantNames>::VARIANTS.iter().copied();
        let names = claims.chain(properties).chain(faults).chain(statements);
        let kinds = ["rs", "v", "py", "toml", "sh", "yml", "tsv", "csv", "lock", "json"];
        let sources = files(&kinds).into_iter().map(|(_, text)| text).collect();
        Self {
            names: names.map(String::from).collect(),
            // `help` has no options
            help: calls.filter_map(help).chain([("help".into(), String::new())]).collect(),
            sources,
            exists: |path| {
                // a packaged crate has no benches and no scripts of CI
                let unpackaged = ["benches", ".ci", ".github"].map(|folder| root().join(folder));
                let gone = |folder: &PathBuf| path.starts_with(folder) && !folder.exists();
                path.exists() || unpackaged.iter().any(gone)
            },
        }
    }
}

/// Where a word of plain text that looks like a path begins.
const FOLDERS: [&str; 7] =
    ["docs/", "src/", "crates/", "proofs/", "tests/", "examples/", "python/"];

/// Files that a document names and that do not exist, from the root or beside the document.
fn missing_files(known: &Known, name: &str, text: &str) -> Vec<String> {
    const KINDS: [&str; 13] = [
        ".rs",
        ".md",
        ".py",
        ".toml",
        ".sh",
        ".v",
        ".csv",
        ".tsv",
        ".json",
        ".yml",
        ".cff",
        ".allowed",
        ".expected",
    ];
    let folder = root().join(name).parent().expect("a folder").to_path_buf();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.starts_with('#') && !link.contains("://"));
    let links = links.map(|link| link.split('#').next().unwrap_or(link));
    let is_path = |span: &&str| {
        let placeholder = span.contains(['*', '…', '<', '{', ' ', '=', '$', '(']);
        let kind = KINDS.iter().any(|kind| span.ends_with(kind) && span.len() > kind.len());
        // every folder has a mod.rs; what starts with a point is made by a run
        let of_any = *span == "mod.rs" || span.starts_with('.') && !span.starts_with(".ci/");
        !placeholder && !of_any && (kind || span.ends_with('/'))
    };
    let plain = without_code(text);
    let plain = plain.split(|c: char| c.is_whitespace() || "(),;:".contains(c));
    let plain = plain.map(|word| word.trim_end_matches('.'));
    let plain = plain.filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    let paths = spans(text).into_iter().chain(plain).filter(is_path);
    let there = |path: &str| {
        let below = ["", "src", "crates", "proofs/theories"].map(|place| root().join(place));
        let of_crate =
            ["network", "gradient", "check", "lint"].map(|it| root().join("crates").join(it));
        let of_crate = of_crate.into_iter().flat_map(|place| [place.join("src"), place]);
        let places = below.into_iter().chain(of_crate).chain([folder.clone()]);
        let places = places.map(|place| place.join(path));
        places.into_iter().any(|place| (known.exists)(&place))
    };
    let gone = links.chain(paths).filter(|path| !there(path.trim_start_matches("./")));
    gone.map(|path| format!("there is no {path}")).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let blocks = text.split("```").step_by(2);
    let headings = blocks.flat_map(str::lines).filter_map(|line| {
        let heading = line.trim_start_matches('#');
        (heading.len() < line.len()).then(|| heading.strip_prefix(' ')).flatten()
    });
    let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    let anchor = |heading: &str| -> String {
        heading.chars().filter(kept).collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Links to a heading, of the document or of another, that does not exist.
fn missing_headings(known: &Known, name: &str, text: &str) -> Vec<String> {
    let folder = root().join(name).parent().expect("a folder").to_path_buf();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.contains("://"));
    let to_heading = links.filter_map(|link| link.split_once('#'));
    let gone = to_heading.filter(|(file, heading)| {
        let other = || fs::read_to_string(folder.join(file)).unwrap_or_default();
        let target = if file.is_empty() { text.to_string() } else { other() };
        // a file that is gone has a rule of its own
        let there = file.is_empty() || (known.exists)(&folder.join(file));
        there && !anchors(&target).contains(*heading)
    });
    gone.map(|(file, heading)| format!("{file} has no heading #{heading}")).collect()
}

/// Names of claims, properties, faults and the like that nothing has: three words and more.
fn missing_names(known: &Known, _: &str, text: &str) -> Vec<String> {
    let is_name = |span: &&str| {
        let words: Vec<_> = span.split('-').collect();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        words.len() > 2 && words.iter().all(|word| !word.is_empty() && word.chars().all(plain))
    };
    let names = spans(text).into_iter().filter(is_name);
    // options of another tool and fields of the protocol stand in a source
    let known = |name: &str| known.names.contains(name) || known.sources.contains(name);
    let missing = names.filter(|name| !known(name));
    missing.map(|name| format!("nothing is called {name}")).collect()
}

/// Names of other people's functions that our documents speak of.
const FOREIGN: &[&str] = &["check_grads"];

/// Identifiers that stand in no source.
fn missing_identifiers(known: &Known, _: &str, text: &str) -> Vec<String> {
    let is_identifier = |span: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_:()!".contains(c);
        span.chars().all(plain) && (span.contains('_') || span.contains("::"))
    };
    let parts = spans(text).into_iter().filter(is_identifier);
    let parts = parts.flat_map(|span| span.split("::"));
    let parts = parts.map(|part| part.trim_end_matches(['(', ')', '!']));
    let parts = parts.filter(|part| part.len() > 2 && !FOREIGN.contains(part));
    let missing = parts.filter(|part| !known.sources.contains(part));
    missing.map(|part| format!("no source has {part}")).collect()
}

/// Subcommands and flags of the command that its help does not have; in spans and in blocks.
fn missing_flags(known: &Known, _: &str, text: &str) -> Vec<String> {
    let mut missing = vec![];
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().flat_map(|line| line.split('`'));
    let calls = lines.filter_map(|line| {
        let line = line.split(" -- ").next().unwrap_or(line);
        let line = line.trim().trim_start_matches("$ ").trim_start_matches("- run: ");
        line.strip_prefix("init-symmetry ").map(|rest| (line, rest))
    });
    for (line, rest) in calls {
        let line = line.split(['|', '>', '#']).next().unwrap_or(line);
        let words: Vec<_> = rest.split(['|', '>', '#']).next().unwrap_or(rest).split(' ').collect();
        let is_call = words[0].chars().all(|c| c.is_ascii_lowercase()) && !words[0].is_empty();
        let call = if is_call { words[0] } else { "verify" };
        let Some(help) = known.help.get(call) else {
            missing.push(format!("no subcommand {call}: {line}"));
            continue;
        };
        let flags = words.iter().filter(|word| word.starts_with("--"));
        for flag in flags.map(|flag| flag.trim_end_matches([',', '.', ';', ')'])) {
            let flag = flag.split('=').next().unwrap_or(flag);
            if !help.contains(&format!("{flag} ")) && !help.contains(&format!("{flag}\n")) {
                missing.push(format!("{call} has no {flag}: {line}"));
            }
        }
    }
    missing
}

type NameRule = fn(&Known, &str, &str) -> Vec<String>;

const NAME_RULES: [NameRule; 5] =
    [missing_files, missing_headings, missing_names, missing_identifiers, missing_flags];

#[test]
fn what_a_document_names_exists() {
    let known = Known::of_this_project();
    assert!(known.help.len() > 7 && known.names.len() > 150);
    let documents = files(&["md"]);
    assert!(documents.len() > 12, "the documents were found");
    let of_rule = |rule: NameRule| breaks(&documents, |name, text| rule(&known, name, text));
    assert_none(NAME_RULES.into_iter().flat_map(of_rule).collect());
}

#[test]
fn a_name_that_does_not_exist_is_noticed() {
    let known = Known {
        names: BTreeSet::from(["a-known-claim".to_string()]),
        help: BTreeMap::from([("list".to_string(), "      --json  Print\n".to_string())]),
        sources: "fn known_function() {}".into(),
        exists: |path| path.ends_with("src/known.rs"),
    };
    let samples: [(NameRule, &str, &str); 6] = [
        (missing_files, "`src/known.rs`, [there](src/known.rs)", "`src/gone.rs` [x](gone.md#top)"),
        (missing_files, "see src/known.rs.", "see src/gone.rs, docs/GONE.md."),
        (missing_headings, "## A `b`, c\n[x](#a-b-c)", "## A\n```\n# b\n```\n[x](#b) [y](#c)"),
        (missing_names, "`a-known-claim` and `two-words`", "`no-such-claim` `another-wrong-name`"),
        (missing_identifiers, "`known_function()`", "`unknown_function` `Unknown::part`"),
        (
            missing_flags,
            "`init-symmetry list --json`",
            "`init-symmetry list --gone`\n\n```\ninit-symmetry lists\n```",
        ),
    ];
    for (rule, good, bad) in samples {
        assert_eq!(rule(&known, "README.md", good), Vec::<String>::new());
        assert!(rule(&known, "README.md", bad).len() >= 2, "{bad}");
    }
}

/// Documents that say they are generated although no test of these writes them.
fn orphans(documents: &[(String, String)], tests: &str) -> Vec<String> {
    let generated = |text: &str| text.lines().take(5).any(|line| line.contains("Generated "));
    let kept = |name: &str| tests.contains(&format!("\"{name}\""));
    let orphans = documents.iter().filter(|(name, text)| generated(text) && !kept(name));
    orphans.map(|(name, _)| name.clone()).collect()
}

#[test]
fn every_generated_document_has_a_test_that_keeps_it_up_to_date() {
    let documents = files(&["md"]);
    let mut tests = files(&["rs"]);
    tests.retain(|(name, _)| name.contains("tests/"));
    let tests: String = tests.into_iter().map(|(_, text)| text).collect();
    assert!(documents.iter().any(|(name, _)| name == "CLAIMS.md"));
    assert_eq!(orphans(&documents, &tests), Vec::<String>::new());
}

#[test]
fn a_generated_document_that_nothing_writes_is_noticed() {
    let document = |name: &str| (name.to_string(), "# Title\n\nGenerated by hand.\n".to_string());
    let documents = [document("KEPT.md"), document("ORPHAN.md")];
    assert_eq!(orphans(&documents, "keep_up_to_date(\"KEPT.md\", &page)"), ["ORPHAN.md"]);
}

/// The files of a test folder that its `main.rs` does not declare, which cargo never compiles.
fn undeclared(main: &str, names: &[&str]) -> Vec<String> {
    let declared = |name: &str| main.lines().any(|line| line == format!("mod {name};"));
    names.iter().filter(|name| **name != "main" && !declared(name)).map(|n| n.to_string()).collect()
}

#[test]
fn every_test_file_is_one_that_cargo_runs() {
    let files = files(&["rs"]);
    let is_test = |name: &&String| name.starts_with("tests/") || name.contains("/tests/");
    let tests: Vec<_> = files.iter().map(|(name, _)| name).filter(is_test).collect();
    for folder in ["", "crates/network/", "crates/gradient/", "crates/check/"] {
        let folder = format!("{folder}tests/it/");
        let names = tests.iter().filter_map(|name| name.strip_prefix(&folder)?.strip_suffix(".rs"));
        let names: Vec<_> = names.collect();
        assert!(names.len() > 3, "the tests of {folder} were found");
        let main = fs::read_to_string(root().join(&folder).join("main.rs")).expect("main.rs");
        assert_eq!(undeclared(&main, &names), Vec::<String>::new(), "{folder}");
    }
    let elsewhere = tests.iter().find(|name| !name.contains("tests/it/"));
    assert_eq!(elsewhere, None, "a binary of its own costs every user's build seconds");
}

#[test]
fn a_test_file_that_nothing_declares_is_noticed() {
    let main = "//! mod commented;\nmod declared;\n";
    assert_eq!(undeclared(main, &["main", "declared", "commented"]), ["commented"]);
}

#[test]
fn the_network_stays_under_500_lines() {
    let mut files = files(&["rs"]);
    files.retain(|(name, _)| name.starts_with("crates/network/src/network/"));
    let code = |text: &str| text.split("\n#[cfg(test)]").next().unwrap_or_default().lines().count();
    let lines: usize = files.iter().map(|(_, text)| code(text)).sum();
    assert!(lines > 100 && lines < 500, "the network has {lines} lines");
}

/// Words that a person forgot to replace: marks anywhere, and in prose runs of capitals.
fn placeholders(name: &str, text: &str) -> Vec<String> {
    let marked = ["TODO", "FIXME", "XXX", "TBD"];
    let document = |text: String| if name.ends_with(".md") { text } else { String::new() };
    let (whole, prose) = (document(text.to_string()), document(without_code(text)));
    let capitals = |word: &&str| word.len() > 6 && word.chars().all(|c| c.is_ascii_uppercase());
    let left = words(&whole).filter(|word| marked.contains(word));
    let left = left.chain(words(&prose).filter(capitals));
    left.map(|word| format!("the placeholder {word} is left")).collect()
}

/// The words of a text, without the signs around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || "|,;:!?()*\"`[]".contains(c));
    words.map(|word| word.trim_end_matches('.'))
}

/// A document without its blocks of code, code spans and links.
fn without_code(text: &str) -> String {
    let prose: String = text.split("```").step_by(2).collect();
    let prose = prose.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let mut parts = prose.split("](");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + part.split_once(')').map_or("", |(_, after)| after))
}

#[test]
fn no_placeholder_is_left_in_a_document() {
    assert_none(breaks(&files(&["md"]), placeholders));
}

#[test]
fn a_placeholder_is_noticed() {
    let block = "```\nXXX\n```";
    for left in ["in a million runs. SOAKRESULT", "a step (TODO: measure)", "`FIXME`", block] {
        assert_eq!(placeholders("a.md", left).len(), 1, "{left}");
    }
    for fine in ["see `TODOLIST`", "[STABILITY.md](STABILITY.md)", "AVX-512 and BLAS"] {
        assert_eq!(placeholders("a.md", fine), Vec::<String>::new(), "{fine}");
    }
}

/// Whether a document says in the first line below its title for whom it is.
fn without_reader(name: &str, text: &str) -> Vec<String> {
    let pages = ["docs/", "crates/", "proofs/", "DESIGN.md", "CONTRIBUTING.md"];
    let is_page = pages.iter().any(|it| name.starts_with(it)) && !text.contains("\nGenerated ");
    let lines = text.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    let first = lines.take(1).filter(|line| is_page && !line.starts_with("For "));
    first.map(|line| format!("names no reader in its first line: {line}")).collect()
}

#[test]
fn every_page_names_its_reader_in_its_first_line() {
    assert_none(breaks(&files(&["md"]), without_reader));
}

#[test]
fn a_page_without_a_reader_is_noticed() {
    let page = |first: &str| format!("# Title\n\n{first}\n\nMore.\n");
    assert_eq!(without_reader("docs/A.md", &page("How it works.")).len(), 1);
    assert!(without_reader("docs/A.md", &page("For lecturers.")).is_empty());
    assert!(without_reader("README.md", &page("How it works.")).is_empty());
}

/// Words of our own that have a standard word instead.
const RETIRED: [&str; 6] =
    ["told whole", "tells a claim whole", "stranger", "ledger", "house", "houses"];

/// Retired words in the prose of a page.
fn retired(name: &str, text: &str) -> Vec<String> {
    let history = name == "CHANGELOG.md";
    let prose = if history { String::new() } else { without_code(text).to_lowercase() };
    let words: Vec<_> = words(&prose).filter(|word| !word.is_empty()).collect();
    let prose = format!(" {} ", words.join(" "));
    let left = RETIRED.iter().filter(|word| prose.contains(&format!(" {word} ")));
    left.map(|word| format!("the retired word '{word}' is left")).collect()
}

#[test]
fn no_retired_word_is_left_in_a_page() {
    assert_none(breaks(&files(&["md"]), retired));
}

#[test]
fn a_retired_word_is_noticed() {
    assert_eq!(retired("a.md", "A claim is told\nwhole in the house.").len(), 2);
    assert!(retired("a.md", "A household, `told whole`, was told.").is_empty());
}
