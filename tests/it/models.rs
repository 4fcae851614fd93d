//! Programs that are models: what they declare, and what `check` says of right and wrong ones.

#![cfg(unix)] // its small programs are written for sh and python3

use init_symmetry::model::{Model, ModelAbility, ModelProgram};
use init_symmetry::subject::Invocation;
use init_symmetry::symmetry::{UnitAxis, UnitGroup};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn in_project(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).display().to_string()
}

fn python() -> String {
    std::env::var("INIT_SYMMETRY_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// How `check` ends for a variant of `tests/programs/model.py`, and what it prints.
struct Checked {
    exit: Option<i32>,
    said: String,
}

fn check(options: &[&str], variant: &str) -> Checked {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--profile", "quick", "--color", "never"]).args(options);
    command.args(["--", &python(), &in_project("tests/programs/model.py"), variant]);
    let Output { status, stdout, stderr } = command.output().expect("the command runs");
    let said = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
    Checked { exit: status.code(), said: said.into_owned() }
}

fn has_python() -> bool {
    let is_there = Command::new(python()).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("no python3: the tests of models check nothing");
    }
    is_there
}

#[track_caller]
fn ends(variant: &str, exit: i32, words: &str) {
    let checked = check(&[], variant);
    assert_eq!(checked.exit, Some(exit), "{variant}\n{}", checked.said);
    assert!(checked.said.contains(words), "{variant}: no '{words}' in\n{}", checked.said);
}

#[test]
fn a_right_model_passes_whatever_it_declares() {
    if !has_python() {
        return;
    }
    ends("right", 0, "checked right: 12 of 12 properties hold, 1 does not apply");
    ends("no-abilities", 0, "2 of 2 properties hold, 11 do not apply");
    ends("single-precision", 0, "Every number in its answers has single precision");
    ends("declared-momentum-and-decay", 0, "12 of 12 properties hold");
    ends("decay", 2, ": 0.125 of each parameter is also subtracted, as in weight decay");
    ends("momentum", 2, "0.9 of the previous step is added, as in momentum");
}

#[test]
fn a_wrong_model_fails_and_its_first_line_names_the_cause() {
    if !has_python() {
        return;
    }
    for (variant, cause) in [
        ("dropout-on", "is dropout on, is the batch drawn anew"),
        ("another-batch-each-time", "is dropout on, is the batch drawn anew"),
        ("missing-axis", "it would be one if axis 0 of b1 is added to it"),
        ("superfluous-axis", "it would be one without axis 0 of b2"),
        ("one-unit-differs", "the backward pass treats its units differently"),
        ("slope-missing", "w2 and all after it agree, b1 and all before it do not"),
        ("short-gradient", "the gradient has 35 but the list of tensors needs 36"),
        ("loss-is-nan", "the loss is NaN"),
        ("sum-over-examples", "is the sum over its examples, not the mean"),
        ("equal-start", "hidden: all 4 units are twins"),
        ("one-seed-for-both", "w1 and w2 begin with the same draws, up to a factor"),
        ("one-start", "give the same start"),
        ("step-ascends", "the gradient is added, not subtracted"),
        ("bias-is-not-trained", "b2 is not updated"),
    ] {
        let Checked { exit, said } = check(&[], variant);
        assert_eq!(exit, Some(2), "{variant}\n{said}");
        let first = said.lines().find(|line| line.starts_with("likely cause: "));
        let first = first.unwrap_or_else(|| panic!("{variant}\n{said}"));
        assert!(first.contains(cause), "{variant}: no '{cause}' in\n{first}");
    }
}

#[test]
fn groups_that_do_not_fit_end_the_check_with_one_sentence() {
    if !has_python() {
        return;
    }
    for (variant, sentence) in [
        ("no-such-tensor", "unknown tensor in group hidden 'w3', did you mean"),
        ("no-such-axis", "axes are numbered from 0: b1 axis 1 does not exist (count: 1)"),
        ("wrong-length", "axis 0 of w1 has 4 but group hidden (3 units) needs 3"),
        ("overlap", "axis 0 of w1 is numbered by group hidden and by group again but has to be"),
        ("misspelt-field", "unknown field `repeat`"),
        ("many-units", "axis 0 of w1 has 4 but group hidden (1000000000000000000 units) needs"),
        ("bad-momentum", "momentum is 1.5 but has to be in [0, 1)"),
        ("same-name-twice", "the name of a tensor is 'w1' twice but has to be unique"),
        ("too-large", "18446744073709551615"),
    ] {
        let Checked { exit, said } = check(&[], variant);
        assert_eq!(exit, Some(1), "{variant}\n{said}");
        assert!(said.contains(sentence), "{variant}: no '{sentence}' in\n{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
}

#[test]
fn a_failing_case_of_a_model_is_saved_and_asked_again() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cases.json");
    let file = file.to_str().expect("a name in UTF-8");
    assert_eq!(check(&["--save-case", file], "one-unit-differs").exit, Some(2));
    let again = check(&["--replay", file], "one-unit-differs");
    assert_eq!(again.exit, Some(2), "{}", again.said);
    assert_eq!(check(&["--replay", file], "right").exit, Some(0));
    let saved = fs::read_to_string(file).expect("the file");
    fs::write(file, saved.replace("model-cases", "cases")).expect("the file");
    let other = check(&["--replay", file], "right");
    assert_eq!(other.exit, Some(1), "{}", other.said);
}

#[test]
fn properties_are_chosen_by_name_and_one_of_networks_is_refused() {
    if !has_python() {
        return;
    }
    let only = check(&["--only", "renumbering-a-group-renumbers-the-gradient"], "one-unit-differs");
    assert!(only.said.contains("0 of 1 property holds, 1 fails"), "{}", only.said);
    let skipped = check(&["--skip", "a-step-subtracts-rate-times-gradient"], "step-ascends");
    assert_eq!(skipped.exit, Some(0), "{}", skipped.said);
    let other = check(&["--only", "gradient-equals-the-specification"], "right");
    assert_eq!(other.exit, Some(1), "{}", other.said);
    assert!(other.said.contains("unknown property of a model"), "{}", other.said);
}

/// Answers with the lines of a file in turn and keeps what it was asked.
const REPLAY: &str = "n=0; while IFS= read -r line; do n=$((n+1)); \
                      printf '%s\\n' \"$line\" >> \"$0.asked\"; sed -n ${n}p \"$0.answers\"; done";

#[test]
fn the_documented_transcript_of_a_model_is_what_is_asked_and_understood() {
    let page = fs::read_to_string(in_project("docs/PROTOCOL.md")).expect("the page");
    let block = page.split("```transcript-2\n").nth(1).and_then(|it| it.split("```").next());
    let lines: Vec<&str> = block.expect("a transcript").lines().collect();
    let with = |mark: &str| -> Vec<&str> {
        lines.iter().filter_map(|line| line.strip_prefix(mark)).collect()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("model.sh").display().to_string();
    fs::write(&script, REPLAY).expect("a script");
    fs::write(format!("{script}.answers"), with("< ").join("\n") + "\n").expect("answers");
    let program = ModelProgram::start(&Invocation::new("sh", &[&script])).expect("a model");

    let hidden = UnitGroup::new("hidden", 2)
        .along(UnitAxis::new("w", 0))
        .along(UnitAxis::new("v", 0).outgoing());
    assert_eq!((program.name(), program.groups()), ("linear", vec![hidden]));
    assert_eq!((program.examples(), program.parameters()), (Some(2), 4));
    assert!(program.supports(ModelAbility::Train));
    let theta = [0.5, 0.25, 2.0, 4.0];
    let answer = program.evaluate(&theta, 3).expect("an answer");
    assert_eq!((answer.loss, &answer.gradient[..]), (2.0, &[4.0, 8.0, 1.0, 0.5][..]));
    assert_eq!(program.evaluate_example(&theta, 3, 0), Ok(answer));
    assert_eq!(program.loss(&theta, 3), Ok(2.0));
    assert_eq!(program.start(7).expect("a start"), theta);
    let after = vec![-0.5, -1.75, 1.75, 3.875];
    assert_eq!(program.step(&theta, 3, 0.25), Ok(after.clone()));
    assert_eq!(program.train(&theta, &[3], 0.25), Ok(vec![after]));
    let asked = fs::read_to_string(format!("{script}.asked")).expect("questions");
    assert_eq!(asked.lines().collect::<Vec<_>>(), with("> "));
}

/// A Python that has PyTorch.
fn python_with_torch() -> String {
    let has_torch = |python: &String| {
        let imported = Command::new(python).args(["-c", "import torch"]).output();
        imported.is_ok_and(|it| it.status.success())
    };
    let usual = [python(), "/usr/bin/python3".into()];
    usual.into_iter().find(has_torch).expect("a python with PyTorch: apt install python3-torch")
}

fn check_torch(script: &str, model: &str) -> Checked {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--profile", "quick", "--color", "never", "--timeout", "60"]);
    command.args(["--", &python_with_torch(), &in_project(script), model]);
    let Output { status, stdout, stderr } = command.output().expect("the command runs");
    let said = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
    Checked { exit: status.code(), said: said.into_owned() }
}

#[test]
#[ignore = "needs PyTorch; .ci/nightly runs it"]
fn modules_of_pytorch_hold_every_property_and_bugs_in_them_do_not() {
    for model in ["cnn", "lstm", "transformer"] {
        let Checked { exit, said } = check_torch("examples/models/torch_models.py", model);
        assert_eq!(exit, Some(0), "{model}\n{said}");
    }
    let bugs = "tests/programs/torch_bugs.py";
    let listed = Command::new(python_with_torch()).args([&in_project(bugs), "--list"]).output();
    let listed = String::from_utf8(listed.expect("a list").stdout).expect("UTF-8");
    assert!(listed.lines().count() > 12, "{listed}");
    for bug in listed.lines() {
        let Checked { exit, said } = check_torch(bugs, bug);
        assert_eq!(exit, Some(2), "{bug}\n{said}");
        assert!(said.contains("\nlikely cause: "), "{bug}\n{said}");
    }
}
