//! `lint` for tensors of this process: the same report, as text and as JSON, and nothing printed.

use super::settings::{Settings, choice};
use super::{Linted, report, text};
use crate::Result;
use crate::command::Exit;
use crate::command::printed::{Printed, plain, unwritten};
use crate::lint::{Rules, Severity, TensorSource, UnitGroups, lint};

/// How to judge tensors of this process, in the words of the command's options.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// The tensors are a start, not a result.
    pub fresh: bool,
    /// How the weights are declared to be drawn: he, xavier, normal:0.02, ….
    pub scheme: Option<String>,
    /// Only these rules; all where it is empty.
    pub select: Vec<String>,
    /// Not this rule, or not where a name fits: `constant-tensor:*.lora_B.*`.
    pub ignore: Vec<String>,
    /// Fail on warnings, too.
    pub strict: bool,
}

/// The most findings that the text shows.
const SHOWN: usize = 40;

/// Judges tensors of this process; `name` is what to call them.
///
/// # Errors
/// An unknown rule or scheme, unit groups that do not fit.
pub fn lint_here(
    source: &mut dyn TensorSource,
    name: &str,
    units: &UnitGroups,
    options: &LintOptions,
) -> Result<Printed> {
    let settings = Settings {
        fresh: options.fresh,
        strict: options.strict,
        scheme: options.scheme.as_deref().map(super::scheme).transpose()?,
        select: options.select.iter().map(|rule| super::rule(rule)).collect::<Result<_>>()?,
        ignore: options.ignore.iter().map(|text| choice(text)).collect::<Result<_>>()?,
        ..Settings::default()
    };
    let rules = Rules { fresh: settings.fresh, scheme: settings.scheme, ..Rules::default() };
    let mut found = lint(source, units, &rules)?;
    found.findings.retain(|finding| settings.takes(finding));
    let fails = found.findings.iter().any(|finding| match finding.severity {
        Severity::Error => true,
        Severity::Warning => settings.strict,
        Severity::Note => false,
    });
    let known = vec![false; found.findings.len()];
    let linted = [Linted { path: name.into(), found, known }];
    let mut words = Vec::new();
    text::print(&mut words, &linted, false, SHOWN).map_err(|error| unwritten(&error))?;
    let exit = if fails { Exit::Fails } else { Exit::Fine };
    let json = report::document(&linted).to_string();
    Ok(Printed { exit: exit as u8, text: plain(&words), json })
}
