//! `prove` as a user sees it: its table, its JSON, its file for Rocq, and how it ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry::proof::rocq_trace;
use init_symmetry::{Activation, Loss, Network};
use serde_json::Value;
use std::process::{Command, Output};
use strum::VariantArray;

fn prove(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.arg("prove").args(arguments.split_whitespace()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn document(arguments: &str, exit: i32) -> Value {
    let output = prove(&format!("--json {arguments}"));
    assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_document_says_what_was_proved_at_how_many_shapes() {
    let document = document("--shape 2-3-1 --examples 3", 0);
    assert_eq!(document["schema"], "init-symmetry/prove/1");
    let proofs = document["proofs"].as_array().unwrap();
    let name = |proof: &'_ Value| proof["statement"].as_str().unwrap().to_string();
    let names: Vec<_> = proofs.iter().map(name).collect();
    assert_eq!(
        names,
        [
            "uniform-kernel",
            "inductive-step",
            "untwinned-control",
            "training-repeats-the-step",
            "base-case",
            "zero-trajectory",
            "update-is-the-derivative",
        ]
    );
    for proof in proofs {
        // floats at listed constants, and exact arithmetic at random numbers, prove nothing
        let tested = ["base-case", "update-is-the-derivative"].contains(&name(proof).as_str());
        let verdict = if tested { "tested" } else { "proved" };
        assert_eq!((&proof["verdict"], &proof["failure"]), (&verdict.into(), &Value::Null));
        assert!(proof["obligations"].as_u64().unwrap() > 0, "{proof}");
    }
    // for each of 3 pairs: z and a of 3 examples, row of 2, bias and column twice, and no question
    let runs = 3 * Activation::VARIANTS.len() * Loss::of_outputs(1).count();
    assert_eq!(
        (&proofs[1]["runs"], &proofs[1]["obligations"]),
        (&runs.into(), &(runs * 15).into())
    );
}

#[test]
fn what_cannot_be_proved_at_all_has_no_table() {
    for arguments in ["--examples 0", "--shape 2-2-1 --pair 1:0:9", "--shape 2-2-1 --pair 1:0:0"] {
        let output = prove(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        assert_eq!(text(&output.stdout), "", "{arguments}");
        assert!(text(&output.stderr).starts_with("error: "), "{arguments}");
    }
}

#[test]
fn twins_are_proved_with_a_softmax_of_two_or_more_outputs() {
    let arguments = "--shape 2-2-3 --examples 1 --loss softmax-cross-entropy";
    let document = document(arguments, 0);
    let proofs = document["proofs"].as_array().unwrap();
    assert!(proofs.iter().all(|proof| proof["failure"] == Value::Null), "{document}");
    assert_eq!(proofs.len(), 7);
    let output = prove("--shape 2-2-1 --loss softmax-cross-entropy");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("needs at least 2 outputs"), "{said}");
}

#[test]
fn the_table_says_how_we_know() {
    let output = prove("--statement inductive-step --shape 2-2-1 --pair 1:0:1 --activation tanh");
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stdout);
    let line = table.lines().find(|line| line.starts_with("inductive-step")).unwrap();
    assert!(line.split_whitespace().any(|word| word == "proved"), "{table}");
    assert!(table.contains("holds for all values at these shapes"), "{table}");
}

#[test]
fn where_there_is_nothing_to_prove_the_call_is_vacuous() {
    let output = prove("--statement inductive-step --shape 3-1");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("nothing to prove"), "{}", text(&output.stderr));
    // from zero a sigmoid network moves, so the statement is not about it
    let of_sigmoid = document("--statement zero-trajectory --shape 2-2-1 --activation sigmoid", 3);
    assert_eq!(of_sigmoid["proofs"], Value::Array(Vec::new()));
}

#[test]
fn bad_arguments_get_one_sentence_and_exit_code_1() {
    for (arguments, sentence) in [
        (
            "--statement inductive-stop",
            "unknown statement 'inductive-stop', did you mean 'inductive-step'?",
        ),
        ("--shape 2-x-1", "a width in --shape 2-x-1 is 'x' but has to be a whole number"),
        ("--shape 2-0-1", "layer 1 has width 0 but every layer needs at least 1 unit"),
        ("--shape 2", "a network needs at least 2 widths (input and output) but got 1"),
        ("--shape 2-2-1 --examples 0", "the batch has 0 examples but at least 1 is needed"),
        (
            "--shape 2-2-1 --examples -1",
            "the number of examples is '-1' but has to be a whole number",
        ),
        ("--shape 2-2-1 --pair 1:0", "--pair 1:0 has 2 but a pair (layer:unit:unit) needs 3"),
        (
            "--shape 2-2-1 --pair 1:0:2",
            "units are numbered from 0: unit 2 does not exist (count: 2)",
        ),
        ("--shape 2-2-1 --rocq no/such/folder/trace.v", "no/such/folder/trace.v: "),
        ("--shape 784-128-1 --examples 1000", "but the limit is"),
    ] {
        let output = prove(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments}: {}", text(&output.stdout));
        let message = text(&output.stderr);
        assert!(message.contains(sentence), "{arguments}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn what_would_take_months_is_refused_with_an_estimate_and_the_limit_can_be_raised() {
    let began = std::time::Instant::now();
    let output = prove("--shape 1000-1000-1 --examples 1");
    let message = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{message}");
    assert!(message.contains("years on one processor) but has to be at most 1e11: "), "{message}");
    assert!(message.ends_with("or raise --most-work\n"), "{message}");
    assert!(began.elapsed().as_secs() < 20, "it was known before");
    let one = "--shape 2-2-1 --statement inductive-step --activation tanh --loss cross-entropy";
    assert_eq!(prove(&format!("{one} --most-work 10")).status.code(), Some(1));
    let enough = prove(&format!("{one} --most-work 1e4"));
    assert_eq!((enough.status.code(), text(&enough.stderr)), (Some(0), String::new()));
    assert_eq!(prove("--most-work 1e3").status.code(), Some(1), "the default is bounded, too");
}

#[test]
fn the_file_for_rocq_is_the_one_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.v");
    let path = file.display();
    for (arguments, activation, loss) in [
        ("", Activation::Tanh, Loss::CrossEntropy),
        ("--activation relu --loss squared-error", Activation::Relu, Loss::SquaredError),
        ("--loss softmax-cross-entropy", Activation::Tanh, Loss::SoftmaxCrossEntropy),
    ] {
        let outputs = loss.least_outputs();
        let shape = format!("--shape 2-2-{outputs}");
        let output = prove(&format!("{shape} --examples 3 {arguments} --rocq {path}"));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let network = Network::new(&[2, 2, outputs], activation, loss).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), rocq_trace(&network, 3).unwrap());
    }
}
