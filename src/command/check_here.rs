//! `check` for a subject of this process: the same report, as text and JSON, and nothing printed.
//!
//! For callers that are no shell, such as the Python package. Start at [`check_here`].

use super::cases::Task;
use super::check::{MOST_NAMED, Watch, outcomes};
use super::check_report::{AskedBy, Conclusion};
use super::printed::{Printed, plain, unwritten};
use super::python::{AnySubject, Noticed};
use super::under_test::{Kind, UnderTest};
use crate::property::{Config, Profile};
use crate::{Error, Result, Understood};
use indicatif::ProgressBar;
use std::time::Instant;

/// How to check a subject of this process.
///
/// `only` and `skip` choose properties by name; everything else is as the options of `check`.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// How many cases to try.
    pub profile: Profile,
    /// The seed of every random choice.
    pub seed: u64,
    /// Check only these properties; all where it is empty.
    pub only: Vec<String>,
    /// Leave these properties out.
    pub skip: Vec<String>,
    /// Fail on notes, too.
    pub strict: bool,
    /// How the call begins that asks again, as `init_symmetry.check(subject`.
    pub call: String,
}

/// Checks a subject of this process, until it [has stopped](Noticed::has_stopped).
///
/// # Errors
/// An unknown property, none that is left.
pub fn check_here(
    subject: &AnySubject,
    options: &CheckOptions,
    noticed: &dyn Noticed,
) -> Result<Printed> {
    let config = Config::new(options.profile, options.seed);
    match subject {
        AnySubject::Network(network) => {
            let understood = Understood::of(network.as_ref(), &config);
            judge(&UnderTest::Network(&understood), options, &config, noticed)
        }
        AnySubject::Model(model) => {
            judge(&UnderTest::Model(model.as_ref()), options, &config, noticed)
        }
    }
}

fn judge(
    under_test: &UnderTest<'_>,
    options: &CheckOptions,
    config: &Config,
    noticed: &dyn Noticed,
) -> Result<Printed> {
    let began = Instant::now();
    let tasks = tasks(under_test.kind(), options)?;
    let has_stopped = || noticed.has_stopped();
    let watch =
        Watch { bar: ProgressBar::hidden(), first_failure: None, has_stopped: &has_stopped };
    let checked = outcomes(under_test, &tasks, config, true, watch)?;
    let outcomes = checked.iter().map(|it| it.outcome.clone()).collect();
    let findings = under_test.findings(outcomes, config, Some(noticed));
    let mut conclusion = Conclusion {
        findings: &findings,
        checked: &checked,
        config,
        strict: options.strict,
        verbose: false,
        took: began.elapsed(),
        asked_by: AskedBy::Python,
        replay: String::new(),
    };
    conclusion.replay = replay(&conclusion, options);
    let mut text = Vec::new();
    conclusion.print(&mut text, false).map_err(|error| unwritten(&error))?;
    let json = serde_json::to_string(&conclusion.document());
    let json = json.map_err(|error| unwritten(&error.into()))?;
    Ok(Printed { exit: conclusion.exit() as u8, text: plain(&text), json })
}

/// The properties that are chosen.
fn tasks(kind: Kind, CheckOptions { only, skip, .. }: &CheckOptions) -> Result<Vec<Task>> {
    for name in only.iter().chain(skip) {
        kind.property(name)?;
    }
    let is_in = |list: &[String], name: &str| list.iter().any(|it| it == name);
    let is_chosen = |name: &&str| (only.is_empty() || is_in(only, name)) && !is_in(skip, name);
    let chosen = kind.properties().into_iter().filter(is_chosen);
    let tasks: Vec<_> = chosen.map(|property| Task { property, given: None }).collect();
    if tasks.is_empty() {
        return Err(Error::OutOfRange {
            what: "the choice of properties".into(),
            value: "empty".into(),
            range: "one property or more: `only` and `skip` leave none".into(),
        });
    }
    Ok(tasks)
}

/// The call that asks again what is not as it should be.
fn replay(conclusion: &Conclusion<'_>, options: &CheckOptions) -> String {
    let listed = |names: &[&str]| {
        names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    };
    let red: Vec<&str> = conclusion.red().collect();
    let asked = [("only", &options.only), ("skip", &options.skip)];
    let asked = asked.into_iter().filter(|(_, names)| !names.is_empty()).map(|(option, names)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{option}=[{}], ", listed(&names))
    });
    let chosen = match red.len() {
        1..MOST_NAMED => format!("only=[{}], ", listed(&red)),
        _ => asked.collect(),
    };
    let strict = if options.strict { "strict=True, " } else { "" };
    let (call, profile, seed) = (&options.call, options.profile, options.seed);
    format!("{call}, {chosen}{strict}profile=\"{profile}\", seed={seed})")
}
