//! `verify`, `list` and `explain`: the ledger as the command shows it.

use init_symmetry::claim::{Verdict, ledger};
use serde_json::Value;
use std::process::{Command, Output};

fn call(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// What a call that is to succeed prints; it has to keep quiet on stderr, which is no terminal.
fn printed(arguments: &str) -> String {
    let output = call(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments}: {out}");
    assert!(err.is_empty(), "{arguments}: {}", String::from_utf8_lossy(&err));
    out
}

fn document(arguments: &str) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

#[test]
fn the_default_call_prints_a_line_for_each_claim_and_one_summary_line() {
    // claims.rs judges every claim, at the profile that is the default
    let output = printed("--profile quick --verdict false");
    let claims: Vec<_> = ledger().filter(|claim| claim.declared == Verdict::False).collect();
    let lines: Vec<_> = output.lines().collect();
    let (summary, lines) = lines.split_last().unwrap();
    assert!(lines.len() == claims.len() && claims.len() > 1);
    for (line, claim) in lines.iter().zip(&claims) {
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[..4], ["as", "declared", &claim.declared.to_string(), claim.id]);
    }
    let start = format!("{0} claims as declared: {0} false (seed 1, ", claims.len());
    assert!(summary.starts_with(&start), "{summary}");
}

#[test]
fn verify_in_json_tells_of_every_claim_what_was_found() {
    let document = document("verify --profile quick --seed 3 --json --section practice");
    assert_eq!(document["schema"], "init-symmetry/verify/1");
    assert_eq!((&document["seed"], &document["profile"]), (&3.into(), &"quick".into()));
    assert_eq!(document["as_declared"], true);
    let claims = document["claims"].as_array().unwrap();
    let expected: Vec<_> = ledger().filter(|it| it.section.to_string() == "practice").collect();
    assert!(!expected.is_empty() && claims.len() == expected.len());
    for (view, claim) in claims.iter().zip(expected) {
        assert_eq!(view["id"], claim.id);
        assert_eq!(view["verdict"], claim.declared.to_string());
        assert_eq!(view["status"], "as-declared");
        assert_eq!(view["evidence"].as_array().unwrap().len(), claim.evidence.len());
        assert!(view["effective_cases"].as_u64().unwrap() >= claim.min_cases as u64);
        assert!(view["replay"].is_null());
    }
}

#[test]
fn two_runs_print_the_same_but_for_the_time_they_took() {
    let arguments = "verify zero-biases-are-harmless --seed 5";
    let lines = || printed(arguments).lines().next().unwrap().to_string();
    assert_eq!(lines(), lines());
}

#[test]
fn claims_are_selected_by_name_section_and_verdict_in_the_order_of_the_ledger() {
    let ids = |arguments: &str| -> Vec<String> {
        let document = document(&format!("list --json {arguments}"));
        let claims = document["claims"].as_array().unwrap();
        claims.iter().map(|claim| claim["id"].as_str().unwrap().to_string()).collect()
    };
    let all: Vec<_> = ledger().map(|claim| claim.id).collect();
    assert_eq!(ids(""), all);
    assert_eq!(ids(&format!("{} {} {}", all[2], all[0], all[2])), [all[0], all[2]]);
    let of_section = ids("--section equal-starts");
    assert!(!of_section.is_empty() && of_section.len() < all.len());
    let wrong = ledger().filter(|claim| claim.declared == Verdict::False).map(|claim| claim.id);
    assert_eq!(ids("--verdict false"), wrong.collect::<Vec<_>>());
}

#[test]
fn a_filter_that_selects_nothing_has_an_exit_code_of_its_own() {
    let claim = ledger().find(|claim| claim.declared != Verdict::False).unwrap();
    for call_name in ["verify", "list"] {
        let output = call(&format!("{call_name} {} --verdict false", claim.id));
        assert_eq!(output.status.code(), Some(4));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: the filter selects no claim\n"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn explain_tells_every_claim_whole() {
    for claim in ledger() {
        let text = printed(&format!("explain {}", claim.id));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts = [claim.lesson, claim.source, claim.statement];
        let evidence = claim.evidence.iter().map(|evidence| evidence.what);
        let assumptions = claim.assumptions.iter().map(|assumption| assumption.words);
        for part in parts.into_iter().chain(evidence).chain(assumptions) {
            assert!(words.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(words.contains(&format!("init-symmetry verify {}", claim.id)));
        let document = document(&format!("explain {} --json", claim.id));
        assert_eq!(
            (&document["id"], &document["statement"]),
            (&claim.id.into(), &claim.statement.into())
        );
    }
}

#[test]
fn the_choice_of_colour_may_stand_before_the_call_or_behind_it() {
    assert_eq!(printed("--color never list"), printed("list --color never"));
    assert_eq!(printed("--color always list"), printed("list --color always"));
    assert_ne!(printed("--color always list"), printed("--color never list"));
}

#[test]
fn the_help_of_every_call_shows_an_example() {
    for call_name in ["", "verify", "check", "list", "explain", "train", "prove", "faults"] {
        let help = printed(&format!("{call_name} --help"));
        let example = help.split("\nExample").nth(1).unwrap();
        assert!(example.contains(format!("init-symmetry {call_name}").trim_end()), "{help}");
    }
    assert!(printed("--help").contains("Exit codes:"));
}

/// A JSON document without how long things took.
fn untimed(mut document: Value) -> Value {
    for part in document.as_object_mut().into_iter().flat_map(|object| object.values_mut()) {
        for claim in part.as_array_mut().into_iter().flatten() {
            claim.as_object_mut().map(|claim| claim.remove("seconds"));
        }
    }
    document.as_object_mut().map(|document| document.remove("seconds"));
    document
}

#[test]
#[cfg(target_os = "linux")]
fn one_processor_finds_what_all_of_them_find() {
    let arguments = "verify --profile quick --json --section saturation";
    let mut command = Command::new("taskset");
    command.args(["-c", "0", env!("CARGO_BIN_EXE_init-symmetry")]);
    let alone = command.args(arguments.split_whitespace()).output().unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let alone = untimed(serde_json::from_slice(&alone.stdout).unwrap());
    assert_eq!(alone, untimed(document(arguments)));
    assert!(alone["claims"].as_array().unwrap().len() > 3);
}
