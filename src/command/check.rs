//! `check`: every property on another program, and the planted fault that explains a failure.
//!
//! The properties are those of `init_symmetry::property`. Start at [`Check::run`].

use super::junit::{Case, CaseResult, Run};
use super::output::{BAD, DOUBTFUL, GOOD, HEADING, Streams, counted, print_json, progress_bar};
use super::reporting::{Reporting, publish};
use super::verify::profile;
use super::{CommandError, Exit};
use indicatif::ProgressBar;
use init_symmetry::fault::{Fault, Planted};
use init_symmetry::property::{ALL, Config, Outcome, Profile, PropertyVerdict};
use init_symmetry::subject::{Invocation, Program};
use init_symmetry::{Error, SubjectReport};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  init-symmetry check -- python3 examples/subjects/numpy_subject.py
  init-symmetry check --quiet --junit backprop.xml -- ./my_network
  init-symmetry check --profile soak --strict --json -- ./my_network --double";

/// Check another program's backprop: every property, spoken to in JSON lines
///
/// The protocol is in docs/PROTOCOL.md. A failing report begins with the planted fault that the
/// program behaves like, if there is one. Twins that rounding drives apart are a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    program: Vec<String>,

    /// Have a shell read the program and its arguments
    #[arg(long)]
    shell: bool,

    /// The longest that an answer may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = timeout)]
    timeout: Duration,

    /// Fail where twins are apart by rounding, too
    #[arg(long)]
    strict: bool,

    /// How many cases to try: quick, ci or soak
    #[arg(long, value_name = "NAME", default_value_t, value_parser = profile)]
    profile: Profile,

    /// Seed of every random choice [default: 1, and a fresh one for soak]
    #[arg(long, value_parser = super::seed, allow_negative_numbers = true)]
    seed: Option<u64>,

    /// Show failing cases as they were found, which is faster than looking for small ones
    #[arg(long)]
    no_shrink: bool,

    #[command(flatten)]
    reporting: Reporting,
}

/// The JSON document; `schema` changes when a field changes its meaning or goes.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    subject: &'a str,
    profile: String,
    seed: u64,
    as_declared: bool,
    explained_by: Vec<FaultView<'a>>,
    properties: Vec<OutcomeView<'a>>,
    seconds: f64,
}

#[derive(Serialize)]
struct FaultView<'a> {
    fault: &'a str,
    description: &'a str,
    look: &'a str,
}

#[derive(Serialize)]
struct OutcomeView<'a> {
    property: &'a str,
    verdict: &'static str,
    reason: Option<&'a str>,
    case: Option<&'a str>,
    cases: usize,
    effective_cases: usize,
}

impl Check {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let seed = self.seed.unwrap_or_else(|| match self.profile {
            Profile::Soak => Config::fresh_seed(),
            _ => Config::SEED,
        });
        let config = Config { shrink: !self.no_shrink, ..Config::new(self.profile, seed) };
        let junit = self.reporting.junit_file()?;
        let began = Instant::now();
        let program = Program::start(&self.invocation())?;
        let checked = outcomes(&program, &config, self.reporting.quiet)?;
        let outcomes = checked.iter().map(|(outcome, _)| outcome.clone()).collect();
        let report = SubjectReport::of_outcomes(&program, outcomes, &config);
        let exit = exit_of(&report.outcomes, self.strict);
        if self.reporting.json {
            let took = began.elapsed();
            let document = Document {
                schema: "init-symmetry/check/1",
                version: env!("CARGO_PKG_VERSION"),
                subject: &report.subject,
                profile: config.profile.to_string(),
                seed,
                as_declared: exit == Exit::AsDeclared,
                explained_by: report.explained_by.iter().map(fault_view).collect(),
                properties: report.outcomes.iter().map(outcome_view).collect(),
                seconds: took.as_secs_f64(),
            };
            print_json(streams, &document)?;
        } else if !self.reporting.quiet || exit != Exit::AsDeclared {
            self.print_report(streams, &report, &config, began.elapsed())?;
        }
        streams.out.flush()?;
        if report.outcomes.iter().any(is_apart_by_rounding) {
            streams.warning("identical units drift apart by rounding: a product is not uniform");
        }
        publish(streams, &self.junit_run(&report, &checked, &config), junit, self.file())?;
        Ok(exit)
    }

    fn print_report(
        &self,
        streams: &mut Streams,
        SubjectReport { subject, explained_by, outcomes }: &SubjectReport,
        config: &Config,
        took: Duration,
    ) -> io::Result<()> {
        explained_by.iter().try_for_each(|fault| print_fault(streams, fault))?;
        let shown = |outcome: &&Outcome| !self.reporting.quiet || self.is_red(outcome);
        outcomes.iter().filter(shown).try_for_each(|outcome| print_outcome(streams, outcome))?;
        let summary = summary(subject, outcomes, config.seed, took);
        writeln!(streams.out, "{HEADING}{summary}{HEADING:#}")?;
        if exit_of(outcomes, self.strict) == Exit::Fails {
            writeln!(streams.out, "replay: {}", self.replay(config))?;
        }
        Ok(())
    }

    /// Whether an outcome keeps the exit code from being 0.
    fn is_red(&self, outcome: &Outcome) -> bool {
        let vacuous = outcome.verdict == PropertyVerdict::Vacuous;
        vacuous || fails(outcome) || self.strict && is_apart_by_rounding(outcome)
    }

    /// The same for continuous integration: one suite, named after the subject.
    fn junit_run(
        &self,
        report: &SubjectReport,
        checked: &[(Outcome, Duration)],
        config: &Config,
    ) -> Run {
        let case = |(outcome, took): &(Outcome, Duration)| {
            let view = outcome_view(outcome);
            let words = view.reason.into_iter().chain(view.case).collect::<Vec<_>>().join("\n");
            let result = match &outcome.verdict {
                PropertyVerdict::DoesNotApply { reason } => CaseResult::Skipped(reason.clone()),
                _ if self.is_red(outcome) => CaseResult::Fails {
                    kind: view.verdict.into(),
                    reason: format!("{words}\nreplay: {}", self.replay(config)),
                },
                _ => CaseResult::Passes,
            };
            Case {
                suite: report.subject.clone(),
                name: outcome.property.clone(),
                seconds: took.as_secs_f64(),
                result,
                numbers: outcome.to_string(),
            }
        };
        let explained: Vec<_> = report.explained_by.iter().map(Fault::name).collect();
        let properties = vec![
            ("version", env!("CARGO_PKG_VERSION").to_string()),
            ("profile", config.profile.to_string()),
            ("seed", config.seed.to_string()),
            ("explained-by", explained.join(", ")),
        ];
        Run { properties, cases: checked.iter().map(case).collect() }
    }

    /// The file that annotations are about: the first argument that is one, or the program.
    fn file(&self) -> Option<&str> {
        let is_source = |argument: &&String| Path::new(argument.as_str()).is_file();
        let arguments = self.program.iter().skip(1).find(is_source);
        arguments.or(self.program.first()).map(String::as_str)
    }

    fn invocation(&self) -> Invocation {
        let (program, arguments) = self.program.split_first().map_or_else(
            || (String::new(), Vec::new()), // clap asks for one
            |(program, arguments)| (program.clone(), arguments.to_vec()),
        );
        Invocation { program, arguments, timeout: self.timeout, shell: self.shell }
    }

    fn replay(&self, Config { profile, seed, .. }: &Config) -> String {
        let shell = if self.shell { "--shell " } else { "" };
        let program = self.program.join(" ");
        format!("init-symmetry check {shell}--profile {profile} --seed {seed} -- {program}")
    }
}

/// Runs every property; a program that cannot be spoken to ends it.
fn outcomes(
    program: &Program,
    config: &Config,
    quiet: bool,
) -> Result<Vec<(Outcome, Duration)>, Error> {
    let bar = if quiet { ProgressBar::hidden() } else { progress_bar(ALL.len() as u64) };
    let mut outcomes = Vec::new();
    for property in ALL {
        bar.set_message(property.name);
        let began = Instant::now();
        outcomes.push((property.check(program, config), began.elapsed()));
        if let Some(error) = program.failure() {
            bar.finish_and_clear();
            return Err(error);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(outcomes)
}

fn fails(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, PropertyVerdict::Fails { .. })
}

fn is_apart_by_rounding(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, PropertyVerdict::ApartByRounding { .. })
}

/// A failure outweighs a vacuous check; nothing that applies is vacuous too.
fn exit_of(outcomes: &[Outcome], strict: bool) -> Exit {
    let vacuous = |outcome: &Outcome| outcome.verdict == PropertyVerdict::Vacuous;
    if outcomes.iter().any(|outcome| fails(outcome) || strict && is_apart_by_rounding(outcome)) {
        Exit::Fails
    } else if outcomes.iter().any(vacuous) || !outcomes.iter().any(Outcome::passes) {
        Exit::Vacuous
    } else {
        Exit::AsDeclared
    }
}

fn print_fault(streams: &mut Streams, fault: &Fault) -> io::Result<()> {
    let FaultView { fault, description, look } = fault_view(fault);
    let out = &mut streams.out;
    writeln!(out, "{BAD}looks like{BAD:#} {fault}: {description} Look at {look}.")
}

fn print_outcome(streams: &mut Streams, outcome: &Outcome) -> io::Result<()> {
    let OutcomeView { property, verdict, reason, case, cases, .. } = outcome_view(outcome);
    let style = match outcome.verdict {
        PropertyVerdict::Passes => GOOD,
        PropertyVerdict::Fails { .. } => BAD,
        _ => DOUBTFUL,
    };
    let out = &mut streams.out;
    let cases = counted(cases, "case", "cases");
    writeln!(out, "{style}{verdict:<17}{style:#}  {property} ({cases})")?;
    for line in reason.into_iter().chain(case).flat_map(str::lines) {
        writeln!(out, "{:19}{line}", "")?;
    }
    Ok(())
}

fn summary(name: &str, outcomes: &[Outcome], seed: u64, took: Duration) -> String {
    let views = || outcomes.iter().map(|outcome| outcome_view(outcome).verdict);
    let mut counts = Vec::new();
    for verdict in ["fails", "apart by rounding", "vacuous", "does not apply"] {
        let count = views().filter(|other| *other == verdict).count();
        if count > 0 {
            counts.push(format!(", {count} {verdict}"));
        }
    }
    let passing = views().filter(|verdict| *verdict == "passes").count();
    let all = outcomes.len();
    let counts = counts.concat();
    let seconds = took.as_secs_f64();
    format!("{name}: {passing} of {all} properties pass{counts} (seed {seed}, {seconds:.1} s)")
}

fn fault_view(fault: &Fault) -> FaultView<'_> {
    FaultView { fault: fault.name(), description: fault.description(), look: fault.where_to_look() }
}

fn outcome_view(outcome: &Outcome) -> OutcomeView<'_> {
    let (verdict, reason, case) = match &outcome.verdict {
        PropertyVerdict::Passes => ("passes", None, None),
        PropertyVerdict::Fails { case, reason } => ("fails", Some(reason), Some(case)),
        PropertyVerdict::ApartByRounding { case, reason } => {
            ("apart by rounding", Some(reason), Some(case))
        }
        PropertyVerdict::Vacuous => ("vacuous", None, None),
        PropertyVerdict::DoesNotApply { reason } => ("does not apply", Some(reason), None),
    };
    OutcomeView {
        property: &outcome.property,
        verdict,
        reason: reason.map(String::as_str),
        case: case.map(String::as_str),
        cases: outcome.cases,
        effective_cases: outcome.effective,
    }
}

fn timeout(text: &str) -> Result<Duration, Error> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| Error::OutOfRange {
        what: "the timeout".into(),
        value: format!("'{text}'"),
        range: "a positive number of seconds".into(),
    })
}
