//! Settings from a file, and the findings that are known already.

use super::Linted;
use crate::input_file::text_of;
use crate::lint::{Finding, Rule, from_toml};
use crate::output_file::OutputFile;
use crate::{Error, Result, Weights, parse_name, printable_path};
use glob::Pattern;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What arguments and a file of settings say together.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) fresh: bool,
    pub(super) strict: bool,
    pub(super) scheme: Option<Weights>,
    pub(super) units: Option<PathBuf>,
    pub(super) baseline: Option<PathBuf>,
    pub(super) select: Vec<Rule>,
    pub(super) ignore: Vec<Choice>,
}

/// A rule, or a rule where a name fits.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    rule: Rule,
    place: Option<Pattern>,
}

/// The file of settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    fresh: bool,
    strict: bool,
    scheme: Option<String>,
    units: Option<PathBuf>,
    baseline: Option<PathBuf>,
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Settings {
    /// Paths in the file are as seen from its folder.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let file: File = from_toml(path, &text_of(path)?)?;
        let here = |error: Error| Error::File { path: path.into(), why: error.to_string() };
        let beside = |other: PathBuf| path.parent().map_or(other.clone(), |dir| dir.join(&other));
        let rules = file.select.iter().map(|name| parse_name("rule", name).map_err(here));
        Ok(Self {
            fresh: file.fresh,
            strict: file.strict,
            scheme: file.scheme.map(|text| super::scheme(&text)).transpose().map_err(here)?,
            units: file.units.map(beside),
            baseline: file.baseline.map(beside),
            select: rules.collect::<Result<_>>()?,
            ignore: file
                .ignore
                .iter()
                .map(|text| choice(text).map_err(here))
                .collect::<Result<_>>()?,
        })
    }

    /// Whether a finding is asked for.
    pub(super) fn takes(&self, finding: &Finding) -> bool {
        let selected = self.select.is_empty() || self.select.contains(&finding.rule);
        let is_ignored = self.ignore.iter().any(|choice| {
            let fits = |pattern: &Pattern| pattern.matches(&finding.place);
            choice.rule == finding.rule && choice.place.as_ref().is_none_or(fits)
        });
        selected && !is_ignored
    }
}

/// RULE or RULE:GLOB.
pub(super) fn choice(text: &str) -> Result<Choice> {
    let (rule, place) = match text.split_once(':') {
        Some((rule, place)) => (rule, Some(place)),
        None => (text, None),
    };
    let pattern = |place: &str| {
        Pattern::new(place).map_err(|error| Error::OutOfRange {
            what: format!("the pattern to ignore {rule}"),
            value: format!("'{place}'"),
            range: format!("a valid pattern: {}", error.msg),
        })
    };
    Ok(Choice { rule: parse_name("rule", rule)?, place: place.map(pattern).transpose()? })
}

/// A finding as it is written down: by file, rule and place, whatever its numbers are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct KnownFinding {
    file: String,
    rule: String,
    place: String,
}

pub(super) fn known(path: &Path, finding: &Finding) -> KnownFinding {
    let name = path.file_name().unwrap_or(path.as_os_str());
    KnownFinding {
        file: name.to_string_lossy().into(),
        rule: finding.rule.to_string(),
        place: finding.place.clone(),
    }
}

/// Where a baseline is to be written: a new file, or one that holds a baseline already.
pub(super) fn baseline_file(path: &Path) -> Result<OutputFile> {
    if path.is_file() {
        read_baseline(path).map_err(|_| Error::File {
            path: path.into(),
            why: "it is not a baseline, so it is not overwritten: name another file".into(),
        })?;
    }
    OutputFile::at(path)
}

const SCHEMA: &str = "init-symmetry/lint-baseline/1";

/// The file of known findings.
#[derive(Serialize, Deserialize)]
struct Baseline {
    schema: String,
    findings: BTreeSet<KnownFinding>,
}

pub(super) fn read_baseline(path: &Path) -> Result<BTreeSet<KnownFinding>> {
    let not_one = |why: String| Error::File {
        path: path.into(),
        why: format!("it is not a baseline written by --write-baseline{why}"),
    };
    let baseline: Baseline =
        serde_json::from_str(&text_of(path)?).map_err(|_| not_one(String::new()))?;
    if baseline.schema == SCHEMA {
        return Ok(baseline.findings);
    }
    Err(not_one(format!(": its schema is '{}' but has to be '{SCHEMA}'", baseline.schema)))
}

pub(super) fn baseline_text(linted: &[Linted]) -> Result<String> {
    let of_file = |file: &Linted| -> Vec<KnownFinding> {
        file.found.findings.iter().map(|finding| known(&file.path, finding)).collect()
    };
    let findings = linted.iter().flat_map(of_file).collect();
    let baseline = Baseline { schema: SCHEMA.into(), findings };
    let text = serde_json::to_string_pretty(&baseline).map_err(|error| Error::File {
        path: printable_path(Path::new("the baseline")).into(),
        why: error.to_string(),
    })?;
    Ok(text + "\n")
}
