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

/// The verdicts of all properties on the network of the page, written like this.
fn verdicts(network: &str) -> Vec<(String, String)> {
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
    let text = |property: &Value, field: &str| property[field].as_str().unwrap().to_string();
    let of_each = document["properties"].as_array().unwrap().iter();
    of_each.map(|it| (text(it, "property"), text(it, "verdict"))).collect()
}

#[test]
fn the_network_of_the_page_passes_every_property() {
    if !has_node() {
        return;
    }
    let verdicts = verdicts(NETWORK);
    assert_eq!(verdicts.len(), ALL.len());
    let others: Vec<_> = verdicts.iter().filter(|(_, verdict)| verdict != "passes").collect();
    assert!(others.is_empty(), "{others:?}");
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
        assert!(verdicts.iter().any(|(_, verdict)| verdict == "fails"), "{wrong}: {verdicts:?}");
    }
}
