//! `faults`: the kill matrix as the command shows it.

use init_symmetry::fault::{DECLARED, Fault};
use init_symmetry::property::ALL;
use serde_json::Value;
use std::process::{Command, Output};
use strum::VariantArray;

fn call(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments.split_whitespace()).output().unwrap()
}

fn printed(arguments: &str) -> String {
    let output = call(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refusal(arguments: &str) -> String {
    let output = call(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_csv_is_the_declared_matrix() {
    let csv = printed("faults --csv --only bias-broadcast,update-ascends");
    let declared: Vec<_> = DECLARED.lines().collect();
    let of = |name: &str| declared.iter().find(|line| line.starts_with(name)).unwrap();
    let expected = [declared[0], of("update-ascends,"), of("bias-broadcast,")];
    assert_eq!(csv.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_few_faults_are_told_whole() {
    let output = printed("faults --only stale-cache,update-ascends");
    assert!(output.contains("stale-cache\n  Training back-propagates"), "{output}");
    assert!(output.contains("Where to look: the sign in θ − α·gradient."), "{output}");
    assert!(output.contains("2 of 2 faults killed, as recorded"), "{output}");
}

#[test]
fn the_json_has_a_cell_for_every_property() {
    let document: Value =
        serde_json::from_str(&printed("faults --only stale-cache --json")).unwrap();
    assert_eq!(document["schema"], "init-symmetry/faults/2");
    assert_eq!((&document["as_recorded"], &document["seed"]), (&true.into(), &1.into()));
    let rows = document["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["fault"]), (1, &"stale-cache".into()));
    assert_eq!(rows[0]["cells"].as_array().unwrap().len(), ALL.len());
    assert!(rows[0]["cases_that_differ"].as_u64().unwrap() > 0);
    assert_eq!(document["smallest_killing_set"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unknown_fault_is_refused_with_the_nearest_name() {
    let error = refusal("faults --only stale-cash");
    assert_eq!(error, "error: unknown fault 'stale-cash', did you mean 'stale-cache'?\n");
    assert!(refusal("faults --json --csv").contains("cannot be used with"));
    assert!(Fault::VARIANTS.len() > 52);
}
