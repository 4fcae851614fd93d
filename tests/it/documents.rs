//! Files that could drift: output blocks of README.md and of the exercises, CLAIMS.md, test names.
//!
//! `cargo run -p xtask -- bless` writes them anew.

use init_symmetry::claim::{self, Dropped, Evidence, Killer};
use init_symmetry::proof::Theorem;
use init_symmetry::property::Config;
use init_symmetry::report::{CaptionSentence, figures};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a document with what it should be, or writes it if that is asked for.
pub(crate) fn keep_up_to_date(name: &str, should_be: &str) {
    let path = document(name);
    if env::var_os("INIT_SYMMETRY_BLESS").is_some() {
        fs::write(&path, should_be).expect("the document can be written");
    }
    let is = fs::read_to_string(&path).expect("the document");
    if is != should_be {
        let same = is.lines().zip(should_be.lines()).take_while(|(is, expected)| is == expected);
        let line = same.count();
        let of = |text: &str| text.lines().nth(line).unwrap_or("the end").to_string();
        panic!(
            "{name} is out of date at line {}\n  it has:   {}\n  expected: {}\n\
             to renew it: cargo run -p xtask -- bless",
            line + 1,
            of(&is),
            of(should_be)
        );
    }
}

/// Seconds differ from run to run: `4.1 s` becomes `… s`.
fn without_times(text: &str) -> String {
    let number = |word: &str| word.trim_start_matches('(').parse::<f64>().is_ok();
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words: Vec<&str> = line.split(' ').collect();
        for i in 1..words.len() {
            if words[i].starts_with('s') && words[i].len() <= 2 && number(words[i - 1]) {
                words[i - 1] = "…";
            }
        }
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

/// What the command prints for a line like `$ init-symmetry list`.
fn output_of(line: &str) -> String {
    let call = line.strip_prefix("$ ").expect("a call starts with $");
    if let Some(example) = call.strip_prefix("cargo run --example ") {
        return output_of_example(example);
    }
    let arguments = match call.strip_prefix("cargo run --release") {
        Some(arguments) => arguments.strip_prefix(" --").unwrap_or(arguments),
        None => call.strip_prefix("init-symmetry").expect("a call of this command"),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_init-symmetry"))
        .args(arguments.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What an example prints; cargo builds it if it is not built yet.
fn output_of_example(name: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Holds what stands between `<!-- part -->` and `<!-- end of part -->` to what it should be.
pub(crate) fn keep_part_up_to_date(name: &str, part: &str, should_be: &str) {
    let text = fs::read_to_string(document(name)).expect("a document");
    let (start, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let (before, rest) = text.split_once(&start).expect("where the part begins");
    let (_, after) = rest.split_once(&end).expect("where the part ends");
    keep_up_to_date(name, &format!("{before}{start}{should_be}{end}{after}"));
}

/// Runs every console block of a document and holds it to what is printed.
fn keep_output_blocks_up_to_date(name: &str, least: usize) {
    let text = fs::read_to_string(document(name)).expect("a document");
    let mut rebuilt = String::new();
    let mut blocks = 0;
    let mut parts = text.split("```console\n");
    rebuilt += parts.next().expect("text before the first block");
    for part in parts {
        let (block, rest) = part.split_once("```").expect("the block ends");
        let (call, shown) = block.split_once('\n').expect("a call and its output");
        let printed = output_of(call);
        blocks += 1;
        let shown_still_holds =
            without_times(shown.trim_end()) == without_times(printed.trim_end());
        let output = if shown_still_holds { shown.trim_end() } else { printed.trim_end() };
        write!(rebuilt, "```console\n{call}\n{output}\n```{rest}").expect("a string");
    }
    assert!(blocks >= least, "{name} shows real output");
    keep_up_to_date(name, &rebuilt);
}

#[test]
fn every_output_block_of_the_readme_is_what_the_command_prints() {
    keep_output_blocks_up_to_date("README.md", 2);
}

#[test]
fn every_exercise_for_lecturers_prints_the_answer_that_it_explains() {
    keep_output_blocks_up_to_date("docs/LECTURERS.md", 8);
}

#[test]
fn the_page_of_words_is_the_glossary_of_the_command() {
    let words = include_str!("../../src/command/glossary.txt");
    keep_part_up_to_date("docs/GLOSSARY.md", "glossary", &format!("```text\n{words}```\n"));
}

#[test]
fn claims_md_is_generated_from_the_claims() {
    let mut page = String::from(
        "# Claims\n\n\
         Generated from `src/claim`; do not edit \
         (`cargo run -p xtask -- bless`).\n\
         Run one with `init-symmetry verify CLAIM`, read about it with `init-symmetry explain \
         CLAIM`.\n\n\
         Each verdict judges the sentence beside it, made exact part by part below; the lesson can \
         say more.\n\n\
         `proved`: every part is a theorem that CI has had machine-checked, or symbolic execution \
         of the shipped code at listed shapes for all values; also tested on cases. `holds`: every \
         case held, and some part is sampled, statistical or an example. `conditional`: true \
         under a named condition and false without it, both sides run. `refuted`: a \
         counterexample is run.\n\n\
         | verdict | claim | what is judged |\n| --- | --- | --- |\n",
    );
    for claim in claim::all() {
        let (verdict, id) = (claim.expected, claim.id);
        let headline = claim.headline.replace('|', "\\|");
        writeln!(page, "| {verdict} | [{id}](#{id}) | {headline} |").expect("a string");
    }
    for claim in claim::all() {
        let (id, verdict, lesson) = (claim.id, claim.expected, claim.lesson);
        write!(page, "\n## {id}\n\n{}\n\n- **Verdict**: {verdict}\n", claim.headline)
            .expect("a string");
        writeln!(page, "- **The lesson says** (in our words): {lesson} (*{}*)", claim.source)
            .expect("a string");
        writeln!(page, "- **Statement**, part by part:").expect("a string");
        for (part, number) in claim.parts.iter().zip(1..) {
            writeln!(page, "  {number}. {} (**{}**)", part.says, part.known()).expect("a string");
            for evidence in part.evidence {
                writeln!(page, "     - {}", in_words(evidence)).expect("a string");
            }
        }
        for assumption in claim.assumptions {
            let without = match assumption.dropped {
                Dropped::Fails(what, _) => format!("without it: {what}"),
                Dropped::CannotBe(why) => format!("it cannot be dropped: {why}"),
            };
            writeln!(page, "- **Assumes** {}; {without}", assumption.words).expect("a string");
        }
        match claim.killed_by {
            Killer::Fault(fault) => writeln!(page, "- **Turned red by** the fault `{fault}`"),
            Killer::None(why) => writeln!(page, "- **No fault turns it red**: {why}"),
        }
        .expect("a string");
    }
    keep_up_to_date("CLAIMS.md", &page);
}

/// A piece of evidence; of a theorem what it assumes and the axioms that it rests on.
fn in_words(evidence: &Evidence) -> String {
    let Some(theorem) = evidence.theorem() else {
        return format!("{evidence}: {}", evidence.what());
    };
    let (Theorem { file, name, axioms, .. }, assumes) = (theorem, theorem.assumes());
    let axioms = if axioms.is_empty() { "no axiom" } else { "Coq's real numbers" };
    format!("{evidence}: `{name}` (`{file}.v`; {assumes}; rests on {axioms})")
}

#[test]
fn every_claim_has_a_test_of_its_name() {
    let mut file = String::from(
        "//! Every claim as a test of its name.\n//!\n\
         //! Generated from the claims: `cargo run -p xtask -- bless` writes it anew.\n\n\
         crate::claims::tests_of_claims! {\n",
    );
    for claim in claim::all() {
        writeln!(file, "    {}", claim.id.replace('-', "_")).expect("a string");
    }
    file += "}\n";
    keep_up_to_date("tests/it/claims_by_name.rs", &file);
}

#[test]
fn the_picture_of_the_readme_is_the_one_of_the_report() {
    let figure = figures().iter().find(|figure| figure.id == "w1-rows").expect("the figure");
    let drawing = figure.draw(&Config::default()).expect("a picture");
    let name = "docs/figures/w1-rows.svg";
    keep_up_to_date(name, &drawing.svg_file(figure));
    let readme = fs::read_to_string(document("README.md")).expect("README.md");
    assert!(readme.contains(&format!("]({name})")), "README.md shows {name}");
    for CaptionSentence { words, holds } in &drawing.statements[..2] {
        assert!(*holds, "what README.md says of it is still so: {words}");
    }
}

#[test]
fn the_citation_names_this_version() {
    let citation = fs::read_to_string(document("CITATION.cff")).expect("CITATION.cff");
    let version = format!("version: {}", env!("CARGO_PKG_VERSION"));
    assert!(citation.lines().any(|line| line == version), "{version}");
    let changelog = fs::read_to_string(document("CHANGELOG.md")).expect("CHANGELOG.md");
    let mut versions = changelog.lines().filter_map(|line| line.strip_prefix("## "));
    let newest = versions.find(|version| *version != "Unreleased").expect("a version");
    let (_, date) = newest.split_once(" - ").expect("a version and its date");
    let date = format!("date-released: {date}");
    assert!(citation.lines().any(|line| line == date), "{date}");
}

#[test]
fn the_changelog_names_this_version() {
    let changelog = fs::read_to_string(document("CHANGELOG.md")).expect("CHANGELOG.md");
    assert!(changelog.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
    assert!(changelog.contains("### Claims"));
}

/// The rows of a generated table of docs/internal/SPEED.md, cell by cell.
fn rows_of(page: &str, name: &str) -> Vec<Vec<String>> {
    let start = format!("<!-- {name} -->");
    let part = page.split(&start).nth(1).and_then(|rest| rest.split("<!-- end -->").next());
    let lines = part.expect("a part of the page").lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_string()).collect();
    lines.skip(2).map(cells).collect()
}

#[test]
fn the_page_on_speed_says_which_goals_are_met_and_cites_what_is_there() {
    let page = fs::read_to_string(document("docs/internal/SPEED.md")).expect("the page");
    let works = [
        ("training step 2-2-1, m = 4", 2),
        ("training step 2-4-1, m = 400", 2),
        ("training step 30-100-1, m = 569", 2),
        ("training step 784-128-1, m = 1000", 2),
        ("twins property, a case of at most 8-8-1, m ≤ 16, 20 steps", 1),
        ("all 3,201 derivatives of 30-100-1, m = 569", 1),
    ];
    let rows = rows_of(&page, "compare");
    assert_eq!(rows.len(), works.len());
    for (row, (work, others)) in rows.iter().zip(works) {
        assert_eq!(row[1], work);
        let ratios: Vec<_> = row[4].split("; ").collect();
        assert_eq!(ratios.len(), others, "{row:?}");
        for ratio in ratios {
            let number = |text: &str| text.replace(',', "").parse::<f64>().expect("a number");
            let (found, rest) = ratio.split_once(" × ").expect("a ratio");
            let goal = rest.split("(wanted ").nth(1).expect("a goal").trim_end_matches(')');
            let (wanted, verdict) = goal.split_once(", **").unwrap_or((goal, "met"));
            let should_be = if number(found) < number(wanted) { "below**" } else { "met" };
            assert_eq!(verdict, should_be, "{ratio}");
        }
    }
    assert_eq!(rows_of(&page, "scaling").len(), 6);
    let cited: Vec<_> = page.split('`').skip(1).step_by(2).collect();
    let files = cited.iter().filter(|text| text.ends_with(".rs") || text.ends_with(".py"));
    assert!(files.clone().count() > 3);
    for file in files {
        assert!(document(file).exists(), "{file}");
    }
    assert!(document("benches/peers/compare.py").exists() && page.contains("compare.py --write"));
}

/// The crates that a source file names in its paths.
fn crates_named_in(source: &str) -> BTreeSet<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut crates = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let before = code[..at].trim_end_matches(is_part);
        let name = &code[before.len()..at];
        let is_first = !before.ends_with("::") && !before.ends_with('#');
        // types begin with a capital letter; a lint of clippy is no crate
        if is_first && name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "clippy" {
            crates.insert(name.to_string());
        }
    }
    crates
}

#[test]
fn the_examples_to_copy_need_what_the_page_on_ci_names_and_nothing_else() {
    let read = |name: &str| fs::read_to_string(document(name)).expect(name);
    for example in ["examples/own_network.rs", "examples/own_mlp.rs"] {
        let crates = crates_named_in(&read(example));
        assert_eq!(crates, BTreeSet::from(["init_symmetry".to_string()]), "{example}");
    }
    let page = read("docs/CI.md");
    let of_page = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next());
    let of_page: Vec<_> = of_page.expect("a block").lines().map(str::trim).collect();
    let of_page: Vec<_> = of_page.into_iter().filter(|line| !line.is_empty()).collect();
    let [heading, dependency] = of_page[..] else { panic!("one dependency: {of_page:?}") };
    assert_eq!(heading, "[dev-dependencies]");
    // the project in which CI compiles and tests the example has it alone, too
    let project = read(".ci/workflows");
    let project = project.split("CRATE = \"\"\"").nth(1).and_then(|it| it.split("\"\"\"").next());
    let project = project.expect("a manifest");
    assert_eq!(project.matches("dependencies]").count(), 1, "{project}");
    let of_project = project.split("[dev-dependencies]\n").nth(1).expect("dependencies");
    let of_project = of_project.lines().take_while(|line| !line.is_empty());
    assert_eq!(of_project.collect::<Vec<_>>(), [dependency]);
}

#[test]
fn a_crate_that_an_example_needs_besides_is_noticed() {
    let crates = |source| crates_named_in(source).into_iter().collect::<Vec<_>>();
    assert_eq!(
        crates("use init_symmetry::a::b;\nlet x = libm::tanh(1.0);"),
        ["init_symmetry", "libm"]
    );
    assert!(crates("// libm::tanh\nlet x = Vec::new();").is_empty());
}
