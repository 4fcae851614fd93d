//! What a run concludes, compared with what it lists: exit codes and counts, wherever in the list
//! a claim or property fails or is vacuous.

use init_symmetry::claim::{self, Claim};
use init_symmetry::fault::Fault;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use strum::VariantNames;

/// Claims that run in an instant, in the order of the lesson; no fault here turns the first or the
/// last of them red.
const CLAIMS: [&str; 14] = [
    "zero-weights-make-hidden-units-identical",
    "identical-units-get-identical-gradients",
    "equal-rows-alone-stay-equal",
    "identical-units-are-worth-one",
    "zero-init-moves-only-with-sigmoid-and-unbalanced-labels",
    "random-weights-make-units-distinct",
    "distinct-units-get-distinct-gradients",
    "random-init-has-one-class-per-unit",
    "a-badly-chosen-rate-merges-units",
    "sigmoid-derivative-identity",
    "large-weights-make-large-activations",
    "backpropagation-computes-the-derivative-of-the-loss",
    "a-step-subtracts-the-rate-times-the-gradient",
    "the-printed-randn-call-runs",
];

/// How a run ended, and the document that it printed.
fn run(arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments).env_remove("INIT_SYMMETRY_SEED").env_remove("INIT_SYMMETRY_PROFILE");
    let output = command.output().unwrap();
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code(), document.unwrap_or_else(|error| panic!("{error}: {output:?}")))
}

fn verify(claims: &[&str], further: &[&str]) -> (Option<i32>, Value) {
    let options = ["verify", "--profile", "quick", "--json"];
    run(&[&options[..], claims, further].concat())
}

/// Which of the claims of a document are as expected; by their verdicts, which are no more than
/// words beside the exit code.
fn as_expected(document: &Value) -> Vec<bool> {
    let views = document["claims"].as_array().unwrap().iter();
    let declared = |view: &Value| {
        let claim: &Claim = claim::find(view["id"].as_str().unwrap()).unwrap();
        view["verdict"] == claim.expected.to_string()
    };
    views.map(declared).collect()
}

#[test]
fn verify_in_json_ends_with_2_if_any_claim_fails_wherever_it_stands() {
    let mut only_in_the_middle = 0;
    for fault in Fault::VARIANTS.iter().step_by(6) {
        let (code, document) = verify(&CLAIMS, &["--fault", fault]);
        let right = as_expected(&document);
        assert_eq!(right.len(), CLAIMS.len(), "{fault}");
        let fails = |view: &Value| view["status"] == "fails";
        let any_fails = document["claims"].as_array().unwrap().iter().any(fails);
        let due = match (right.iter().all(|right| *right), any_fails) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 3,
        };
        assert_eq!(code, Some(due), "{fault}: {right:?}");
        assert_eq!(document["as_expected"], due == 0, "{fault}");
        only_in_the_middle += usize::from(right[0] && right[CLAIMS.len() - 1] && due == 2);
    }
    assert!(only_in_the_middle > 4, "not vacuous: {only_in_the_middle} faults");
}

#[test]
fn verify_in_json_ends_with_3_if_a_claim_in_the_middle_is_vacuous_and_none_fails() {
    for (fault, vacuous) in [("first-layer-never-updated", 4), ("weights-clamped", 8)] {
        let claims = [CLAIMS[0], CLAIMS[vacuous], CLAIMS[13]];
        let (code, document) = verify(&claims, &["--fault", fault]);
        assert_eq!(as_expected(&document), [true, false, true], "{fault}");
        assert_eq!(document["claims"][1]["status"], "vacuous", "{fault}");
        assert_eq!((code, &document["as_expected"]), (Some(3), &false.into()), "{fault}");
    }
}

/// The names of the cases of a JUnit file that have a failure, with its type.
fn failures(junit: &roxmltree::Document) -> Vec<(String, String)> {
    let cases = junit.descendants().filter(|node| node.has_tag_name("testcase"));
    let failure = |case: roxmltree::Node| {
        let failure = case.children().find(|child| child.has_tag_name("failure"))?;
        let [name, kind] = [(case, "name"), (failure, "type")]
            .map(|(node, attribute)| node.attribute(attribute).unwrap().to_string());
        Some((name, kind))
    };
    cases.filter_map(failure).collect()
}

/// Checks that the whole and its suites count as many failures as cases have one.
fn counts_all_failures(junit: &roxmltree::Document) {
    let suites = || junit.descendants().filter(|node| node.has_tag_name("testsuite"));
    let whole = junit.root_element();
    assert!(whole.has_tag_name("testsuites") && suites().count() > 0);
    for node in suites().chain([whole]) {
        let count = |tag| node.descendants().filter(|it| it.has_tag_name(tag)).count().to_string();
        for (attribute, tag) in
            [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")]
        {
            assert_eq!(node.attribute(attribute), Some(count(tag).as_str()), "{attribute}");
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn junit_of_verify_counts_a_vacuous_claim_as_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.xml");
    // the last of them is vacuous alone, the others fail beside it
    for fault in ["weights-clamped", "first-gradient-never-computed", "first-layer-never-updated"] {
        let junit = ["--fault", fault, "--junit", path.to_str().unwrap()];
        let (_, document) = verify(&CLAIMS, &junit);
        let text = read(&path);
        let junit = roxmltree::Document::parse(&text).unwrap();
        counts_all_failures(&junit);
        let views = document["claims"].as_array().unwrap().iter();
        let red = views.filter(|view| view["status"] != "as-expected");
        let words = |view: &Value, key: &str| view[key].as_str().unwrap().to_string();
        let red: Vec<_> = red.map(|view| (words(view, "id"), words(view, "status"))).collect();
        assert!(red.iter().any(|(_, status)| status == "vacuous"), "not vacuous: {red:?}");
        assert_eq!(failures(&junit), red, "{fault}");
        assert_eq!(
            junit.root_element().attribute("failures"),
            Some(red.len().to_string().as_str())
        );
    }
}

/// Programs that answer the same to every question, so that nothing they are asked says anything.
#[cfg(unix)]
const CONSTANT: [&str; 2] = [
    "read line; echo '{\"protocol\":1,\"widths\":[1,1]}'\n\
     while read line; do echo '{\"loss\":0.5,\"gradient\":[{\"w\":[[0]],\"b\":[[0]]}]}'; done",
    "read line; echo '{\"protocol\":1,\"widths\":[1,1,1],\"activations\":[\"relu\"]}'\n\
     while read line; do echo '{\"loss\":0,\"gradient\":[{\"w\":[[0]],\"b\":[[0]]},\
     {\"w\":[[0]],\"b\":[[0]]}]}'; done",
];

#[test]
#[cfg(unix)]
fn junit_of_check_counts_a_vacuous_property_as_failed() {
    let folder = tempfile::tempdir().unwrap();
    let [script, path] = ["subject.sh", "properties.xml"].map(|name| folder.path().join(name));
    for program in CONSTANT {
        fs::write(&script, program).unwrap();
        let options = ["check", "--profile", "quick", "--no-shrink", "--json", "--junit"];
        let files = [path.to_str().unwrap(), "--", "sh", script.to_str().unwrap()];
        let (code, document) = run(&[&options[..], &files[..]].concat());
        assert_eq!(code, Some(2), "{document}");
        let text = read(&path);
        let junit = roxmltree::Document::parse(&text).unwrap();
        counts_all_failures(&junit);
        let vacuous = |it: &&Value| it["verdict"] == "vacuous";
        let properties = document["properties"].as_array().unwrap().iter().filter(vacuous);
        let vacuous: Vec<_> = properties.map(|it| it["property"].as_str().unwrap()).collect();
        assert!(vacuous.len() > 2, "not vacuous: {vacuous:?}");
        let failures = failures(&junit);
        let of_vacuous = failures.iter().filter(|(_, kind)| kind == "vacuous");
        assert_eq!(of_vacuous.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), vacuous);
    }
}
