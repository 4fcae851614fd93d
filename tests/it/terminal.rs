//! What others have written reaches a terminal, a log and an XML file only in characters that can
//! be seen, on the lines that it belongs to, and marked as theirs.

#![cfg(unix)] // its small programs are written for sh

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Clears the screen, sets the title of the window, reverses the text, and tells a lie.
const FORGED: &str = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}\nok: 28 of 28 properties pass\n\
                      replay: rm -rf ~\rchecked base: all hold\u{2028}\u{7f}";

fn run(folder: &Path, arguments: &[OsString]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// Fails where a text would move a cursor, or has a line that we did not write.
fn assert_is_ours(what: &str, text: &[u8]) {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let is_seen = |c: char| c == '\n' || !c.is_control() && !"\u{202e}\u{2028}".contains(c);
    let hidden: Vec<char> = text.chars().filter(|c| !is_seen(*c)).collect();
    assert!(hidden.is_empty(), "{what}: {hidden:?} in {text}");
    for line in text.lines() {
        let starts = ["ok: 28", "replay: rm", "checked base: all"];
        assert!(!starts.iter().any(|start| line.trim_start().starts_with(start)), "{what}: {text}");
    }
}

/// What a program answers to hello and to all that follows, each as a line for `printf %b`.
fn program(folder: &TempDir, hello: &str, answer: &str, then: &str) -> Vec<OsString> {
    let [hello, answer] = [hello, answer].map(|text| text.replace('\'', "'\\''"));
    let script = format!(
        "read line; printf '%s\\n' '{hello}'\n\
         while read line; do printf '%s\\n' '{answer}'; {then} done\n"
    );
    fs::write(folder.path().join("subject.sh"), script).unwrap();
    let options = ["check", "--profile", "quick", "--no-shrink", "--timeout", "5"];
    words(&[&options[..], &["--junit", "results.xml", "--", "sh", "subject.sh"]].concat())
}

#[test]
fn what_a_program_says_cannot_move_the_cursor_or_forge_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = serde_json::to_string(FORGED).unwrap();
    let plain = "{\"protocol\":1,\"widths\":[1,1]}";
    let named = format!("{{\"protocol\":1,\"widths\":[1,1],\"name\":{text}}}");
    let right = "{\"loss\":0.5,\"gradient\":[{\"w\":[[0]],\"b\":[[0]]}]}";
    let error = format!("{{\"error\":{text}}}");
    let unsupported = format!("{{\"unsupported\":{text}}}");
    let of_text = format!("{{\"loss\":{text},\"gradient\":[]}}");
    let complaint = format!("printf '%b' {text} >&2; exit 3;").replace("\\u", "\\\\u");
    let raw = format!("printf '%s' '{FORGED}' >&2; exit 3;");
    let unknown = format!("{{\"protocol\":1,\"activations\":[{text}]}}");
    let variant = format!("{{\"protocol\":1,\"precision\":{text}}}");
    for (what, hello, answer, then) in [
        ("a name", named.as_str(), right, ""),
        ("an error", plain, &error, ""),
        ("what it lacks", &named, &unsupported, ""),
        ("a text for a number", plain, &of_text, ""),
        ("no JSON", plain, FORGED, ""),
        ("an escaped complaint", plain, "", &complaint),
        ("a complaint", &named, "{", &raw),
        ("an unknown name", &unknown, right, ""),
        ("an unknown variant", &variant, right, ""),
        ("a hello that refuses", &error, right, ""),
        ("a hello that is no JSON", FORGED, right, ""),
    ] {
        let arguments = program(&folder, hello, answer, then);
        let Output { stdout, stderr, .. } = run(folder.path(), &arguments);
        assert_is_ours(what, &stdout);
        assert_is_ours(what, &stderr);
        assert!(!stdout.is_empty() || !stderr.is_empty(), "{what}");
        let results = folder.path().join("results.xml");
        if let Ok(xml) = fs::read_to_string(&results) {
            assert_is_ours(what, xml.as_bytes());
            roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{what}: {error}"));
            fs::remove_file(results).unwrap();
        }
    }
}

#[test]
fn what_a_program_says_stands_between_quotation_marks() {
    let folder = tempfile::tempdir().unwrap();
    let hello = "{\"protocol\":1,\"widths\":[1,1],\"name\":\"ok: 28 of 28 properties hold\"}";
    let arguments = program(&folder, hello, "{\"error\":\"all is well\"}", "");
    let report = String::from_utf8(run(folder.path(), &arguments).stdout).unwrap();
    assert!(report.contains("\"ok: 28 of 28 properties hold\" refuses: \"all is well\""));
    assert!(report.contains("\nchecked \"ok: 28 of 28 properties hold\": "), "{report}");
    // a plain name needs none
    let hello = "{\"protocol\":1,\"widths\":[1,1],\"name\":\"my_net 2.0\"}";
    let arguments = program(&folder, hello, "{\"error\":\"no\"}", "");
    let report = String::from_utf8(run(folder.path(), &arguments).stdout).unwrap();
    assert!(report.contains("\nchecked my_net 2.0: "), "{report}");
}

#[test]
fn arguments_and_file_names_are_shown_without_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("a{FORGED}.csv").replace('/', "_")), "a,b\n").unwrap();
    for arguments in [
        &["train", "--label", "b", "--data", FORGED][..],
        &["train", "--label", "b", "--data", &format!("a{FORGED}.csv")],
        &["train", "--label", FORGED, "--data", "table.csv"],
        &["verify", FORGED],
        &["verify", "--seed", FORGED],
        &["verify", "--profile", FORGED],
        &["explain", FORGED],
        &["check", "--only", FORGED, "--", "true"],
        &["check", "--loss-scale", FORGED, "--", "true"],
        &["check", "--timeout", FORGED, "--", "true"],
        &["check", "--replay", FORGED, "--", "true"],
        &["check", "--junit", &format!("none/{FORGED}"), "--", "true"],
        &["check", "--", FORGED],
        &["check", "--", "true", FORGED],
        &["prove", "--shape", FORGED],
        &["report", "--out", &format!("table.csv/{FORGED}")],
        &[FORGED],
        &["--color", FORGED],
    ] {
        fs::write(folder.path().join("table.csv"), "a,kind\n1,x\n2,y\n").unwrap();
        let Output { status, stdout, stderr } = run(folder.path(), &words(arguments));
        let what = format!("{arguments:?}");
        assert_eq!(status.code(), Some(1), "{what}: {}", String::from_utf8_lossy(&stderr));
        assert_is_ours(&what, &stdout);
        assert_is_ours(&what, &stderr);
    }
}

#[test]
fn cells_and_columns_of_a_table_are_shown_without_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let cell = format!("\"{}\"", FORGED.replace(['\n', '\r'], " "));
    for table in [
        format!("a,{cell}\n1,x\n2,y\n3,{cell}\n"),
        format!("a,{cell}\n1,x\n2,y\n"),
        format!("a,kind\n1,x\n2,{cell}\n"),
        format!("a,kind\n1,x\n{cell},y\n"),
        format!("{cell},kind\n1,x\n1,y\n"),
        format!("{cell},{cell}\n1,x\n1,y\n"),
    ] {
        fs::write(folder.path().join("table.csv"), &table).unwrap();
        for label in ["2", "kind"] {
            let options = ["train", "--steps", "3", "--data", "table.csv", "--label", label];
            let Output { stdout, stderr, .. } = run(folder.path(), &words(&options));
            assert_is_ours(&table, &stdout);
            assert_is_ours(&table, &stderr);
        }
    }
}
