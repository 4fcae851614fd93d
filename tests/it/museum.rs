//! The programs of `examples/museum`, each with the bug of public reports, and their page.
//!
//! What a program stands for is said at its head alone; what cannot be shown is listed in
//! `not_caught.txt` beside them, in the same form. Start reading at [`page`].

use crate::documents::keep_up_to_date;
use crate::programs::{python, run, two_at_a_time};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// So many public reports at least have a program.
const REPORTS: usize = 30;

/// What the programs share, and no program itself: the network, and what all models have.
const SHARED: [&str; 2] = ["lib.py", "model.py"];

const PAGE: &str = "docs/MUSEUM.md";

/// The places where a bug shows, in the order of the page.
const SEEN_BY: [&str; 6] =
    ["the gradient", "the loss", "the predictions", "a step", "training", "the start"];

/// A network about starts is asked for its starts alone, and holds many weights.
const OF_STARTS: [&str; 4] = [
    "a-start-has-the-declared-shapes-and-zero-biases",
    "a-start-follows-its-seed",
    "a-start-draws-each-weight-afresh",
    "a-start-has-the-declared-spread",
];

fn museum() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join("museum")
}

/// A public report: `owner/repository#number` or an address, and its title where it is known.
#[derive(Debug, PartialEq)]
struct Report {
    place: String,
    title: String,
}

impl Report {
    fn url(&self) -> String {
        match self.place.split_once('#') {
            // GitHub leads from there to pull requests, too
            Some((repository, number)) => {
                format!("https://github.com/{repository}/issues/{number}")
            }
            None => format!("https://{}", self.place),
        }
    }
}

/// What reports say, and the label below them: who sees it, who condemns it, or why nobody can.
#[derive(Debug, PartialEq)]
struct Entry {
    what: String,
    reports: Vec<Report>,
    label: String,
    words: String,
}

impl Entry {
    /// Reads a sentence, an empty line, a line for each report, and the line of the label; a line
    /// that begins with blanks continues the one before.
    fn read(text: &str) -> Result<Self, String> {
        let (what, rest) = text.trim().split_once("\n\n").ok_or("no reports below the sentence")?;
        let rest = rest.replace("\n    ", " ");
        let mut lines: Vec<_> = rest.lines().collect();
        let last = lines.pop().and_then(|line| line.split_once(": "));
        let known = ["Seen by", "Condemned by", "Why"];
        let (label, words) = last
            .filter(|(label, _)| known.contains(label))
            .ok_or_else(|| format!("the last line begins with none of {known:?}"))?;
        if label == "Seen by" && !SEEN_BY.contains(&words) {
            return Err(format!("seen by {words:?}, which is none of {SEEN_BY:?}"));
        }
        let report = |line: &str| {
            let (place, title) = line.split_once(": ").unwrap_or((line, ""));
            let good = place.contains('/') && !place.contains(' ');
            good.then(|| Report { place: place.into(), title: title.into() })
                .ok_or_else(|| format!("{place:?} is neither owner/repository#number nor a page"))
        };
        let reports: Vec<_> = lines.into_iter().map(report).collect::<Result<_, _>>()?;
        if reports.is_empty() {
            return Err("it names no report".into());
        }
        let what = what.replace('\n', " ");
        Ok(Self { what, reports, label: label.into(), words: words.into() })
    }
}

/// A program and its head.
struct Exhibit {
    name: String,
    entry: Entry,
    /// Whether it is a model: tensors and unit groups of its own, in version 2 of the protocol.
    is_model: bool,
}

/// All programs, by name.
fn exhibits() -> Vec<Exhibit> {
    let files =
        fs::read_dir(museum()).expect("the museum").map(|file| file.expect("a file").path());
    let is_program = |path: &PathBuf| {
        let is_shared = SHARED.iter().any(|name| path.ends_with(name));
        path.extension().is_some_and(|kind| kind == "py") && !is_shared
    };
    let exhibit = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let program = fs::read_to_string(&path).expect("UTF-8");
        let head = program.split("\"\"\"").nth(1).unwrap_or_default();
        let entry = Entry::read(head).unwrap_or_else(|why| panic!("the head of {name}: {why}"));
        Exhibit { name, entry, is_model: program.contains("\nfrom model import ") }
    };
    let mut exhibits: Vec<_> = files.filter(is_program).map(exhibit).collect();
    exhibits.sort_by(|one, other| one.name.cmp(&other.name));
    exhibits
}

/// What no program shows.
fn not_caught() -> Vec<Entry> {
    let text = fs::read_to_string(museum().join("not_caught.txt")).expect("the list");
    let paragraphs: Vec<_> = text.split("\n\n").collect();
    let entry = |pair: &[&str]| {
        let entry = Entry::read(&pair.join("\n\n"));
        entry.unwrap_or_else(|why| panic!("not_caught.txt, {:?}: {why}", pair[0]))
    };
    paragraphs.chunks(2).map(entry).collect()
}

/// How a check of a program ended.
struct Judged<'a> {
    exhibit: &'a Exhibit,
    mended: bool,
    status: Option<i32>,
    /// The document of `--json`; nothing if there is none.
    document: Value,
    complaint: String,
}

impl Judged<'_> {
    /// A right program passes, and so does the mended twin of a wrong one.
    fn is_as_expected(&self) -> bool {
        let right = self.mended || self.exhibit.entry.label != "Seen by";
        self.status == Some(if right { 0 } else { 2 })
    }

    fn failing(&self) -> Vec<&str> {
        let properties = self.document["properties"].as_array().map_or(&[][..], Vec::as_slice);
        let fails = properties.iter().filter(|it| it["verdict"] == "fails");
        fails.filter_map(|it| it["property"].as_str()).collect()
    }

    /// The likely cause, or the properties that fail.
    fn in_words(&self) -> String {
        const MOST: usize = 3;
        let failing = self.failing();
        let cause = self.document["causes"][0].as_str();
        let Some(cause) = cause.and_then(|cause| cause.lines().next()) else {
            let named: Vec<_> = failing.iter().take(MOST).map(|it| format!("`{it}`")).collect();
            let more = failing.len().saturating_sub(MOST);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            return format!("These fail: {}{more}.", named.join(", "));
        };
        // what stands in parentheses is about numbers; an open one quotes an answer to its end
        let cause = match cause.split_once(" (").map(|(before, it)| (before, it.split_once(')'))) {
            None => cause.to_string(),
            Some((before, Some((_, after)))) => format!("{before}{after}"),
            Some((_, None)) => format!("{cause})"),
        };
        as_sentence(&with_short_numbers(&cause))
    }
}

/// The text with three decimals in place of many: the last of them depend on the machine.
fn with_short_numbers(text: &str) -> String {
    let shorter = |word: &str| {
        let number = word.trim_end_matches([':', ',']);
        let is_long = number.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 3);
        match number.parse::<f64>() {
            Ok(value) if is_long => format!("{value:.3}{}", &word[number.len()..]),
            _ => word.to_string(),
        }
    };
    text.split(' ').map(shorter).collect::<Vec<_>>().join(" ")
}

/// The text with a capital, and with a full stop if nothing else ends it.
fn as_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '?', ')']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

fn judge(exhibit: &Exhibit, mended: bool) -> Judged<'_> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--profile", "quick", "--no-shrink", "--json", "--timeout", "60"]);
    if exhibit.entry.words == "the start" && !exhibit.is_model {
        OF_STARTS.iter().for_each(|property| {
            command.args(["--only", property]);
        });
    }
    command.args(["--", &python()]).arg(museum().join(&exhibit.name));
    let output = run(command.args(mended.then_some("--fixed")));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Judged { exhibit, mended, status: output.status.code(), document, complaint }
}

/// Checks every program, and the mended twin of every wrong one.
fn judge_all(exhibits: &[Exhibit]) -> Vec<Judged<'_>> {
    let twins = exhibits.iter().filter(|it| it.entry.label == "Seen by");
    let all = exhibits.iter().map(|it| (it, false)).chain(twins.map(|it| (it, true)));
    let mut judged = two_at_a_time(all, |(exhibit, mended)| judge(exhibit, mended));
    judged.sort_by_key(|it| (&it.exhibit.name, it.mended));
    judged
}

/// The cell of a table with the places of reports and their titles.
fn cell(reports: &[Report]) -> String {
    let linked = reports.iter().map(|report| {
        let (place, url) = (&report.place, report.url());
        let title = report.title.replace('|', "\\|");
        format!("[{place}]({url}) {title}").trim_end().to_string()
    });
    linked.collect::<Vec<_>>().join("; ")
}

/// The different places of all reports.
fn places<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeSet<&'a str> {
    entries.flat_map(|entry| &entry.reports).map(|report| report.place.as_str()).collect()
}

const INTRODUCTION: &str = "\
# Real bugs, and what the suite says of them

For whoever wants to know which bugs of real programs `init-symmetry check` catches.
Generated by `cargo run -p xtask -- bless` from `examples/museum/` and what `check` says of it.

Each program has the bug of one or more public reports in a small network or model of our own; no
line is copied. It is wrong as it stands and right with `--fixed`:

```
init-symmetry check -- python3 examples/museum/mean_twice_in_dz1.py
init-symmetry check -- python3 examples/museum/mean_twice_in_dz1.py --fixed
```

A network about starts is asked for its starts alone: `--only` with each property whose name begins
with `a-start`. The likely cause is shown without what `check` adds in parentheses, and with short
numbers.
";

const FREQUENCIES: &str = "
## How common such bugs are

The authors of [TheDeepChecker](https://github.com/thedeepchecker/thedeepchecker) sorted 155
reports of training that goes wrong (pitfalls_data.csv there), nearly all from Stack Overflow. 14
are about initial parameters, and 7 of these about equal weights that nothing tells apart: they are
those of [all_weights_zero.py](../examples/museum/all_weights_zero.py). 5 are about derivatives that
are wrong or missing. Most of the others are about data, learning rates, regularisation, or a loss
or an activation that does not suit the task; a check of gradients and starts cannot see those.
";

/// A heading and the first lines of a table.
fn table(heading: &str, columns: &[&str]) -> String {
    let rule = vec!["---"; columns.len()];
    format!("\n## {heading}\n\n| {} |\n| {} |\n", columns.join(" | "), rule.join(" | "))
}

/// How many programs and reports there are.
fn counts(exhibits: &[Exhibit]) -> String {
    let of = |label: &str| {
        let entries = exhibits.iter().map(|it| &it.entry).filter(|it| it.label == label);
        let entries: Vec<_> = entries.collect();
        (entries.len(), places(entries.into_iter()).len())
    };
    let ((wrong, bugs), (right, alarms)) = (of("Seen by"), of("Condemned by"));
    let models = exhibits.iter().filter(|it| it.is_model).count();
    format!(
        "\n- {wrong} wrong programs with the bugs of {bugs} reports: each is caught (exit code 2), \
         and its mended\n  twin passes (0).\n\
         - {right} right programs that were condemned in {alarms} reports: each passes.\n\
         - {models} of these programs are [models](PROTOCOL.md#version-2-any-model), such as \
         attention; all\n  others are layered networks.\n"
    )
}

fn page(exhibits: &[Exhibit], judged: &[Judged]) -> String {
    let mut page = format!("{INTRODUCTION}{}", counts(exhibits));
    let link = |it: &Exhibit| format!("[{}](../examples/museum/{})", it.name, it.name);
    for place in SEEN_BY {
        let columns = ["report", "what went wrong", "`check` says", "mended", "program"];
        page += &table(&format!("Bugs in {place}"), &columns);
        for it in judged.iter().filter(|it| it.exhibit.entry.words == place && !it.mended) {
            let (Entry { what, reports, .. }, said) = (&it.exhibit.entry, it.in_words());
            let (reports, program) = (cell(reports), link(it.exhibit));
            writeln!(page, "| {reports} | {what} | {said} | passes | {program} |")
                .expect("a string");
        }
    }
    let columns = ["report", "what is right", "condemned by", "`check` says", "program"];
    page += &table("Right programs that were condemned", &columns);
    for it in exhibits.iter().filter(|it| it.entry.label == "Condemned by") {
        let (Entry { what, reports, words, .. }, program) = (&it.entry, link(it));
        writeln!(page, "| {} | {what} | {words} | passes | {program} |", cell(reports))
            .expect("a string");
    }
    let columns = ["report", "what went wrong", "why it is not caught"];
    page += &table("Bugs that are not caught", &columns);
    for Entry { what, reports, words, .. } in not_caught() {
        writeln!(page, "| {} | {what} | {words} |", cell(&reports)).expect("a string");
    }
    page + FREQUENCIES
}

#[test]
#[ignore = "needs NumPy, and two minutes: cargo test --test it museum -- --ignored"]
fn every_wrong_program_of_the_museum_is_caught_and_every_right_one_passes() {
    let exhibits = exhibits();
    let judged = judge_all(&exhibits);
    let told = |it: &Judged| {
        let Judged { exhibit, mended, status, complaint, .. } = it;
        let fixed = if *mended { " --fixed" } else { "" };
        format!("{}{fixed} ended with {status:?}: {:?} {complaint}\n", exhibit.name, it.failing())
    };
    let otherwise: String = judged.iter().filter(|it| !it.is_as_expected()).map(told).collect();
    assert!(otherwise.is_empty(), "{otherwise}");
    keep_up_to_date(PAGE, &page(&exhibits, &judged));
}

#[test]
fn the_page_of_the_museum_names_every_program_and_every_report() {
    let page = fs::read_to_string(museum().join("../..").join(PAGE)).expect("the page");
    let (exhibits, not_caught) = (exhibits(), not_caught());
    let renew = "cargo run -p xtask -- bless renews the page";
    for Exhibit { name, .. } in &exhibits {
        assert!(page.contains(&format!("examples/museum/{name})")), "{name}: {renew}");
    }
    let entries = || exhibits.iter().map(|it| &it.entry);
    for entry in entries().chain(&not_caught) {
        let Entry { what, reports, .. } = entry;
        assert!(page.contains(&format!("| {} | {what} |", cell(reports))), "{what} {renew}");
    }
    let shown = places(entries());
    assert!(shown.len() >= REPORTS, "{} reports", shown.len());
    let twice: Vec<_> = places(not_caught.iter()).intersection(&shown).copied().collect();
    assert!(twice.is_empty(), "caught and not caught: {twice:?}");
}

#[test]
fn a_head_says_what_went_wrong_where_that_was_reported_and_who_sees_it() {
    let head = "db is\n0.\n\nowner/name#7: No\n    bias\nexample.org/page\nSeen by: a step\n";
    let entry = Entry::read(head).expect("an entry");
    assert_eq!((entry.what.as_str(), entry.words.as_str()), ("db is 0.", "a step"));
    let urls: Vec<_> = entry.reports.iter().map(Report::url).collect();
    assert_eq!(urls, ["https://github.com/owner/name/issues/7", "https://example.org/page"]);
    assert_eq!(entry.reports[0].title, "No bias");
    for (head, complaint) in [
        ("db is 0.", "no reports below the sentence"),
        ("db is 0.\n\nowner/name#7: No bias", "the last line begins with none of"),
        ("db is 0.\n\nowner/name#7: No bias\nSeen by: chance", "seen by \"chance\""),
        ("db is 0.\n\na friend: No bias\nSeen by: a step", "\"a friend\" is neither"),
        ("db is 0.\n\nSeen by: a step", "it names no report"),
    ] {
        let why = Entry::read(head).expect_err(head);
        assert!(why.starts_with(complaint), "{why}");
    }
}
