//! What `lint` found, for machines: JSON, SARIF 2.1.0 and JUnit.

use super::Linted;
use crate::command::junit::{Case, CaseResult, Run};
use crate::lint::{Finding, KnownUnits, Rule, Severity};
use crate::printable_path;
use serde_json::{Value, json};
use strum::VariantArray;

/// The JSON document; `schema` changes when a field changes its meaning or goes.
pub(super) fn document(linted: &[Linted]) -> Value {
    let files: Vec<Value> = linted.iter().map(of_file).collect();
    json!({ "schema": "init-symmetry/lint/1", "files": files })
}

fn of_file(file: &Linted) -> Value {
    let found = &file.found;
    let findings = found.findings.iter().zip(&file.known).map(|(finding, known)| {
        json!({
            "rule": finding.rule.to_string(),
            "severity": finding.severity.to_string(),
            "place": finding.place,
            "message": finding.message,
            "numbers": finding.numbers,
            "in_baseline": known,
        })
    });
    let units = found.units.iter().map(of_units);
    let spreads = found.spreads.iter().map(|spread| {
        json!({
            "tensor": spread.tensor,
            "units": spread.fans.0,
            "inputs": spread.fans.1,
            "axis_is_known": spread.axis_is_known,
            "standard_deviation": spread.deviation,
            "drawn": spread.drawn,
            "schemes": spread.schemes,
        })
    });
    let skipped = found.skipped.iter().map(|(name, kind)| json!({ "tensor": name, "kind": kind }));
    json!({
        "file": file.path.to_string_lossy(),
        "tensors": found.judged.0,
        "entries": found.judged.1,
        "findings": findings.collect::<Vec<_>>(),
        "unit_groups": units.collect::<Vec<_>>(),
        "unrecognised": found.unrecognised,
        "skipped": skipped.collect::<Vec<_>>(),
        "spreads": spreads.collect::<Vec<_>>(),
    })
}

fn of_units(group: &KnownUnits) -> Value {
    let axes = group.axes.iter().map(|axis| {
        json!({
            "tensor": axis.tensor,
            "axis": axis.axis,
            "repeats": axis.repeats,
            "each": axis.each,
            "first": axis.first.unwrap_or(0),
            "outgoing": axis.outgoing,
        })
    });
    json!({
        "name": group.name,
        "units": group.units,
        "pattern": group.pattern,
        "complete": group.complete,
        "axes": axes.collect::<Vec<_>>(),
    })
}

/// SARIF's word for a severity.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

pub(super) fn sarif(linted: &[Linted]) -> Value {
    let rules: Vec<Value> = Rule::VARIANTS
        .iter()
        .map(|rule| {
            let facts = rule.facts();
            json!({
                "id": rule.to_string(),
                "shortDescription": { "text": facts.finds },
                "fullDescription": { "text": facts.explanation },
                "defaultConfiguration": { "level": level(facts.severity) },
            })
        })
        .collect();
    let results: Vec<Value> = linted
        .iter()
        .flat_map(|file| {
            let all = file.found.findings.iter().zip(&file.known);
            all.map(|(finding, &known)| result(file, finding, known))
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "init-symmetry",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    })
}

fn result(file: &Linted, finding: &Finding, known: bool) -> Value {
    json!({
        "ruleId": finding.rule.to_string(),
        "level": level(finding.severity),
        "message": { "text": format!("{}: {}", finding.place, finding.message) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&file.path.to_string_lossy()) },
            },
            "logicalLocations": [{ "fullyQualifiedName": finding.place }],
        }],
        "baselineState": if known { "unchanged" } else { "new" },
    })
}

/// A path as a relative reference: what is no plain character is written in percent.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let of_byte = |byte: u8| match byte {
        b'\\' => "/".into(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(of_byte).collect()
}

/// A case for each rule and file; it fails where the exit code says so.
pub(super) fn junit(linted: &[Linted], fails: impl Fn(&Finding) -> bool) -> Run {
    let of_file = |file: &Linted| {
        let suite = printable_path(&file.path);
        Rule::VARIANTS
            .iter()
            .map(|rule| {
                let of_rule: Vec<&Finding> =
                    file.new_findings().filter(|finding| finding.rule == *rule).collect();
                let lines = |findings: &[&Finding]| {
                    let line = |finding: &&Finding| {
                        format!("{} {}: {}", finding.severity, finding.place, finding.message)
                    };
                    findings.iter().map(line).collect::<Vec<_>>().join("\n")
                };
                let result = if of_rule.iter().any(|finding| fails(finding)) {
                    CaseResult::Fails { kind: rule.to_string(), reason: lines(&of_rule) }
                } else {
                    CaseResult::Passes
                };
                let numbers = match result {
                    CaseResult::Passes => lines(&of_rule),
                    _ => String::new(),
                };
                Case { suite: suite.clone(), name: rule.to_string(), seconds: 0.0, result, numbers }
            })
            .collect::<Vec<_>>()
    };
    let properties = vec![("version", env!("CARGO_PKG_VERSION").to_string())];
    Run { properties, cases: linted.iter().flat_map(of_file).collect() }
}
