//! The record of NumPy that a claim rests on, against the program that makes it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn record() -> Value {
    let text = fs::read_to_string(example("numpy_randn.json")).expect("the record");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn every_recorded_call_stands_in_the_program() {
    let program = fs::read_to_string(example("numpy_randn.py")).expect("the program");
    let record = record();
    let calls = record["calls"].as_array().expect("calls");
    assert_eq!(calls.len(), 3);
    for call in calls {
        let call = call["call"].as_str().expect("a call");
        assert!(program.contains(&format!("\"{call}\"")), "{call}");
    }
}

#[test]
// INIT_SYMMETRY_PYTHON names another python than python3
#[ignore = "needs NumPy (.ci/run has it): cargo test --test it numpy -- --ignored"]
fn the_record_is_what_numpy_does() {
    let python = env::var("INIT_SYMMETRY_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python).arg(example("numpy_randn.py")).output().expect("python runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let now: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(now["calls"], record()["calls"]);
}
