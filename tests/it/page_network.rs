//! The network that the page of the report trains in the browser, checked as a program.
//!
//! It needs Node. That the page has this very file within it is asked in report.rs, what the panel
//! shows in tests/browser/report.py.

use init_symmetry::property::ALL;
use serde_json::Value;
use std::env;
use std::fs;
use std::process::Command;

const NETWORK: &str = include_str!("../../src/report/network.js");
const SUBJECT: &str = include_str!("../../examples/subjects/page_network.js");

/// Whether Node is there. Continuous integration installs it, so there it has to be.
fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok();
    assert!(found || env::var_os("CI").is_none(), "node is missing: apt-get install nodejs");
    if !found {
        eprintln!("no node: the network of the page is not checked");
    }
    found
}

/// The verdict of each property on the network of the page, written like this, and the reason of
/// the verdict if there is one.
fn verdicts(network: &str) -> Vec<[String; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    write("src/report/network.js", network);
    let subject = write("examples/subjects/page_network.js", SUBJECT);
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--profile", "quick", "--no-shrink", "--json", "--", "node"]);
    let output = command.arg(subject).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |property: &Value, field: &str| property[field].as_str().unwrap_or("").to_string();
    let of_each = document["properties"].as_array().unwrap().iter();
    of_each.map(|it| ["property", "verdict", "reason"].map(|field| text(it, field))).collect()
}

#[test]
fn the_network_of_the_page_passes_every_property() {
    if !has_node() {
        return;
    }
    let verdicts = verdicts(NETWORK);
    assert_eq!(verdicts.len(), ALL.len());
    let others = verdicts.iter().filter(|[_, verdict, _]| verdict != "passes");
    for [property, verdict, why] in others {
        // the page has the cross-entropy of one output alone
        let of_softmax = why.contains("has no loss softmax-cross-entropy");
        assert!(verdict == "does not apply" && of_softmax, "{property} {verdict}: {why}");
    }
    let passed = verdicts.iter().filter(|[_, verdict, _]| verdict == "passes").count();
    assert!(passed >= 40, "not vacuous: {passed}");
}

#[test]
fn a_mistake_in_the_network_of_the_page_is_noticed() {
    if !has_node() {
        return;
    }
    for (right, wrong) in [
        ("const dW1 = mean(product(", "const dW1 = (product("),
        ("da * slope, dA1", "da, dA1"),
        ("z * sigmoid(z), slope", "z * sigmoid(z) + 1e-9, slope"),
        ("w - rate * dw", "w + rate * dw"),
        ("scale * normal()", "scale * Math.abs(normal())"),
    ] {
        assert_eq!(NETWORK.matches(right).count(), 1, "{right}");
        let verdicts = verdicts(&NETWORK.replace(right, wrong));
        assert!(verdicts.iter().any(|[_, verdict, _]| verdict == "fails"), "{wrong}: {verdicts:?}");
    }
}
