//! `lint`: broken initialisation in checkpoints.
//!
//! The rules are those of `crate::lint`; here are arguments, files and printing. Start at
//! [`Lint::run`].

mod here;
mod report;
mod settings;
mod text;

pub use here::{LintOptions, lint_here};

use super::output::{HEADING, Streams, wrapped};
use super::{CommandError, Exit};
use crate::input_file::text_of;
use crate::lint::file::{TensorFile, open};
use crate::lint::{
    Finding, Findings, Rule, Rules, Severity, TensorSource, UnitGroups, lint_with_gradients,
};
use crate::proof::{Theorem, theorems};
use crate::{Error, Result, Weights, parse_name};
use settings::{Choice, KnownFinding, Settings};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use strum::{Display, EnumString, VariantArray};

const AFTER_HELP: &str = "\
Examples:
  init-symmetry lint model.safetensors
  init-symmetry lint --fresh --scheme he start.npz
  init-symmetry lint model.safetensors.index.json --baseline known.json
  init-symmetry lint --explain twin-units

Exit codes: 0 no error is found, 1 bad input, 2 an error is found (with --strict also
a warning)";

/// Find broken weight initialisation in checkpoints
///
/// Reads .safetensors (shards too, through their .index.json), .npz and .npy, and executes nothing
/// in them. Finds twin units, copied layers, shards drawn from one seed, and zero, constant or NaN
/// weights; with --fresh, also initial weights that were not drawn as declared. docs/LINT.md has
/// the rules and the format of --units.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Lint {
    /// Checkpoints; each is checked on its own
    #[arg(value_name = "FILE", required_unless_present_any = ["explain", "rules"])]
    files: Vec<PathBuf>,

    /// The files hold initial weights, not trained ones: also check how they were drawn
    #[arg(long)]
    fresh: bool,

    /// The declared initialisation, as in `train --init`: he, xavier, normal:0.02, …
    #[arg(long, value_name = "START", value_parser = scheme, requires = "fresh")]
    scheme: Option<Weights>,

    /// TOML file that says which axes belong to the same hidden units
    #[arg(long, value_name = "FILE")]
    units: Option<PathBuf>,

    /// Print which units were recognised in which tensors, and which tensors were not recognised
    #[arg(long)]
    show_units: bool,

    /// Files with gradients of the same tensors, one for each step
    #[arg(long, value_name = "FILE")]
    gradients: Vec<PathBuf>,

    /// Only these rules, separated by commas [default: all]
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    select: Vec<Rule>,

    /// Ignore this rule, or only for matching names, as in constant-tensor:*.lora_B.*
    #[arg(long, value_name = "RULE[:GLOB]", value_parser = settings::choice)]
    ignore: Vec<Choice>,

    /// TOML file with settings: fresh, scheme, units, select, ignore, baseline, strict
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// File of known findings, which do not fail; --write-baseline writes it
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the findings to the file of --baseline
    #[arg(long, requires = "baseline")]
    write_baseline: bool,

    /// Also fail on warnings
    #[arg(long)]
    strict: bool,

    /// Maximum number of lines of findings for each file, in text output
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = most_findings)]
    max_findings: usize,

    #[arg(long, value_name = "FORMAT", default_value_t, value_parser = format)]
    #[arg(help = super::choice("What to print", Format::VARIANTS))]
    format: Format,

    /// Explain a rule
    #[arg(long, value_name = "RULE", value_parser = rule, exclusive = true)]
    explain: Option<Rule>,

    /// List the rules
    #[arg(long, exclusive = true)]
    rules: bool,
}

/// What is printed.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Display,
    EnumString,
    VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Junit,
}

/// A file with what was found in it.
struct Linted {
    path: PathBuf,
    found: Findings,
    /// Of each finding whether the baseline knows it.
    known: Vec<bool>,
}

type Outcome<T> = std::result::Result<T, CommandError>;

impl Lint {
    pub(super) fn run(&self, streams: &mut Streams) -> Outcome<Exit> {
        if self.rules {
            return Ok(print_rules(&mut streams.out)?);
        }
        if let Some(rule) = self.explain {
            return Ok(print_explanation(&mut streams.out, rule)?);
        }
        let settings = self.settings()?;
        let baseline = match &settings.baseline {
            Some(path) if !self.write_baseline => settings::read_baseline(path)?,
            _ => BTreeSet::new(),
        };
        let target = settings.baseline.as_deref().filter(|_| self.write_baseline);
        let target = target.map(settings::baseline_file).transpose()?;
        let units = match &settings.units {
            Some(units) => UnitGroups::of_toml(units, &text_of(units)?)?,
            None => UnitGroups::default(),
        };
        let mut linted = Vec::new();
        for path in &self.files {
            linted.push(self.lint(path, &units, &settings, &baseline)?);
        }
        if let Some(target) = target {
            target.write(settings::baseline_text(&linted)?)?;
        }
        let fails = |finding: &Finding| match finding.severity {
            Severity::Error => true,
            Severity::Warning => settings.strict,
            Severity::Note => false,
        };
        let out = &mut streams.out;
        match self.format {
            Format::Text => text::print(out, &linted, self.show_units, self.max_findings)?,
            Format::Json => super::output::print_json(streams, &report::document(&linted))?,
            Format::Sarif => super::output::print_json(streams, &report::sarif(&linted))?,
            Format::Junit => write!(out, "{}", report::junit(&linted, fails).to_xml())?,
        }
        let new = linted.iter().flat_map(Linted::new_findings);
        let fails = !self.write_baseline && new.into_iter().any(fails);
        Ok(if fails { Exit::Fails } else { Exit::Fine })
    }

    /// What the file of settings says, and then the arguments.
    fn settings(&self) -> Result<Settings> {
        let mut settings = match &self.config {
            Some(path) => Settings::read(path)?,
            None => Settings::default(),
        };
        settings.fresh |= self.fresh;
        settings.strict |= self.strict;
        settings.scheme = self.scheme.or(settings.scheme);
        settings.units = self.units.clone().or(settings.units);
        settings.baseline = self.baseline.clone().or(settings.baseline);
        if !self.select.is_empty() {
            settings.select.clone_from(&self.select);
        }
        settings.ignore.extend(self.ignore.iter().cloned());
        if settings.scheme.is_some() && !settings.fresh {
            return Err(Error::OutOfRange {
                what: "`scheme` in the settings".into(),
                value: "given".into(),
                range: "left out, or used with `fresh = true`: only a start is judged by it".into(),
            });
        }
        Ok(settings)
    }

    fn lint(
        &self,
        path: &Path,
        units: &UnitGroups,
        settings: &Settings,
        baseline: &BTreeSet<KnownFinding>,
    ) -> Result<Linted> {
        let mut source = open(path)?;
        let mut gradients =
            self.gradients.iter().map(|path| open(path)).collect::<Result<Vec<TensorFile>>>()?;
        let mut gradients: Vec<&mut dyn TensorSource> =
            gradients.iter_mut().map(|source| source as &mut dyn TensorSource).collect();
        let rules = Rules { fresh: settings.fresh, scheme: settings.scheme, ..Rules::default() };
        let mut found = lint_with_gradients(&mut source, &mut gradients, units, &rules)?;
        found.findings.retain(|finding| settings.takes(finding));
        let is_known = |finding: &Finding| baseline.contains(&settings::known(path, finding));
        let known = found.findings.iter().map(is_known).collect();
        Ok(Linted { path: path.into(), known, found })
    }
}

impl Linted {
    /// What the baseline does not know.
    fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.found
            .findings
            .iter()
            .zip(&self.known)
            .filter(|(_, known)| !**known)
            .map(|(new, _)| new)
    }
}

fn print_rules(out: &mut impl Write) -> io::Result<Exit> {
    for rule in Rule::VARIANTS {
        let facts = rule.facts();
        writeln!(out, "{rule:<19} {:<8} {}", facts.severity.to_string(), facts.finds)?;
    }
    Ok(Exit::Fine)
}

fn print_explanation(out: &mut impl Write, rule: Rule) -> io::Result<Exit> {
    let facts = rule.facts();
    writeln!(out, "{HEADING}{rule}{HEADING:#} ({}): {}", facts.severity, facts.finds)?;
    writeln!(out, "\n{}", wrapped(facts.explanation, ""))?;
    if !facts.claims.is_empty() {
        writeln!(out, "\nThe claims behind it (init-symmetry explain CLAIM):")?;
        for claim in facts.claims {
            writeln!(out, "  {claim}")?;
        }
    }
    let recorded = |name: &&str| theorems().find(|theorem| theorem.name == *name);
    for (number, theorem) in facts.theorems.iter().filter_map(recorded).enumerate() {
        if number == 0 {
            writeln!(out, "\nThe theorems behind it (proofs/README.md has them in words):")?;
        }
        let Theorem { file, name, .. } = theorem;
        writeln!(out, "  theorem {name} (proofs/theories/{file}.v)")?;
    }
    Ok(Exit::Fine)
}

fn rule(text: &str) -> Result<Rule> {
    parse_name("rule", text)
}

fn format(text: &str) -> Result<Format> {
    parse_name("format", text)
}

fn scheme(text: &str) -> Result<Weights> {
    let weights: Weights = text.parse()?;
    if weights.scheme().is_random() {
        return Ok(weights);
    }
    Err(Error::OutOfRange {
        what: "the declared scheme".into(),
        value: format!("'{text}'"),
        range: "a random start; constant starts are found without --scheme".into(),
    })
}

fn most_findings(text: &str) -> Result<usize> {
    let number: usize = super::whole_number("the most findings", text)?;
    if number == 0 {
        return Err(Error::OutOfRange {
            what: "the most findings".into(),
            value: "0".into(),
            range: "1 or more; --select and --ignore leave rules out".into(),
        });
    }
    Ok(number)
}
