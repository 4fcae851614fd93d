//! docs/STABILITY.md, held to what the command does.

use init_symmetry::claim::ledger;
use init_symmetry::fault::Fault;
use init_symmetry::property::ALL;
use init_symmetry::report::figures;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use strum::VariantNames;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a document")
}

fn call(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    let command = command.args(arguments.split_whitespace());
    command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the command runs")
}

/// What differs between the names there are and those that have been published: a name that was
/// published stays, and a new one is written down.
fn differences(published: &str, current: &BTreeSet<String>) -> Vec<String> {
    let published: Vec<_> = published.lines().filter(|line| !line.starts_with('#')).collect();
    let gone = published.iter().filter(|id| !current.contains(**id));
    let gone = gone.map(|id| format!("{id} was published and is gone"));
    let new = current.iter().filter(|id| !published.contains(&id.as_str()));
    let new = new.map(|id| format!("{id} is not in docs/ids.txt; add it at the end of its kind"));
    let twice = published.iter().filter(|id| published.iter().filter(|it| it == id).count() > 1);
    gone.chain(new).chain(twice.map(|id| format!("{id} stands twice"))).collect()
}

#[test]
fn every_published_id_still_exists_and_every_id_is_published() {
    let claims = ledger().map(|claim| format!("claim {}", claim.id));
    let properties = ALL.iter().map(|property| format!("property {}", property.name));
    let faults = <Fault as VariantNames>::VARIANTS.iter().map(|fault| format!("fault {fault}"));
    let figures = figures().iter().map(|figure| format!("figure {}", figure.id));
    let current: BTreeSet<_> = claims.chain(properties).chain(faults).chain(figures).collect();
    assert!(current.len() > 140);
    assert_eq!(differences(&read("docs/ids.txt"), &current), Vec::<String>::new());
}

#[test]
fn an_id_that_goes_comes_or_stands_twice_is_noticed() {
    let current = BTreeSet::from(["claim a".to_string(), "claim b".to_string()]);
    assert!(differences("# a comment\nclaim a\nclaim b\n", &current).is_empty());
    assert_eq!(differences("claim a\nclaim b\nclaim c\n", &current).len(), 1);
    assert_eq!(differences("claim a\n", &current).len(), 1);
    assert_eq!(differences("claim a\nclaim b\nclaim a\n", &current).len(), 2);
}

/// The rows of a table of a document, each as its cells.
fn rows(name: &str, head: &str) -> Vec<Vec<String>> {
    let text = read(name);
    let table = text.split(head).nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|it| it.trim().into()).collect();
    rows.map(cells).collect()
}

#[test]
fn every_json_document_has_the_fields_that_its_schema_promises() {
    let promised = rows("docs/STABILITY.md", "| schema | call | fields |");
    assert!(promised.len() > 5);
    for row in promised {
        let [schema, arguments, fields] = row.try_into().expect("three cells");
        let arguments = arguments.trim_matches('`');
        let further = match arguments {
            "verify --json" | "explain --json" => "the-printed-randn-call-runs",
            "train --json" => "--data data/breast_cancer.csv --label diagnosis --steps 1",
            "prove --json" => "--shape 2-2-1 --statement inductive-step",
            "faults --json" => "--only stale-cache",
            _ => "",
        };
        if arguments == "check --json" {
            continue; // the program that it needs is that of the tests of `check`
        }
        let output = call(&format!("{arguments} {further}"));
        let document: Value = serde_json::from_slice(&output.stdout).expect(arguments);
        assert_eq!(document["schema"], schema.trim_matches('`'));
        let there: BTreeSet<_> =
            document.as_object().expect("an object").keys().map(String::as_str).collect();
        let promised: BTreeSet<_> = fields.split('`').skip(1).step_by(2).collect();
        assert_eq!(there, promised, "{arguments}");
    }
}

#[test]
fn the_documented_exit_codes_are_those_of_the_help() {
    let help = String::from_utf8(call("--help").stdout).expect("UTF-8");
    let help = help.split("Exit codes:\n").nth(1).expect("exit codes");
    let of_help: Vec<_> = help.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let of_page = rows("docs/CI.md", "| code | means | in CI |");
    let of_page: Vec<_> = of_page.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(of_help, of_page);
    assert_eq!(of_page, ["0", "1", "2", "3", "4", "70"]);
}
