//! `check`: tests every property of another program or of a subject in this process, and names the
//! likely cause of a failure.
//!
//! All properties are tested first. Then failing cases are made smaller, the costly ones last.
//! `crate::property` has the properties, and `check_report.rs` prints the report.
//! Start at [`Check::run`].

use super::cases::{SavedTasks, Task, saved_cases, tasks_of};
use super::check_report::{AskedBy, Checked, Conclusion};
use super::effort::Effort;
use super::output::{BAD, Streams, print_json, progress_bar};
use super::python::{AnySubject, Caller, Noticed, Python, in_another_process, names_a_subject};
use super::reporting::{Reporting, ending, publish};
use super::under_test::{Kind, UnderTest, any_property};
use super::{CommandError, Exit, shell, signals};
use crate::gradient::{self, Coverage, Differentiable};
use crate::model::{AtBatch, Model};
use crate::output_file::{OutputFile, check_distinct};
use crate::property::{Config, Outcome, Profile};
use crate::subject::{Invocation, Scale};
use crate::symmetry::TensorShape;
use crate::{AnyProgram, Error, Understood, printable_lines, quoted};
use indicatif::ProgressBar;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const AFTER_HELP: &str = "\
Examples:
  init-symmetry check my_module.py:MyNetwork
  init-symmetry check -- ./my_network
  init-symmetry check -- python3 examples/subjects/numpy_subject.py
  init-symmetry check --only gradient-equals-the-specification -- ./my_network
  init-symmetry check --save-case cases.json -- ./my_network
  init-symmetry check --replay cases.json -- ./my_network
  init-symmetry check --quiet --junit backprop.xml -- ./my_network

Exit codes: 0 passes, 1 bad input, 2 a property fails, 3 a check was vacuous or
incomplete, 4 no property is selected";

/// Check your own backprop: a Python object, or any program that answers in JSON lines
///
/// docs/PYTHON.md explains how to check Python objects, docs/PROTOCOL.md the protocol for other
/// programs. The report begins with the verdict; if the check fails, the likely cause follows.
/// Some findings are only notes: a loss that saturates, answers to malformed questions, and equal
/// units that drift apart by rounding. Notes fail the check only with --strict.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(override_usage = "\
    init-symmetry check [OPTIONS] <FILE.py:NAME>\n       \
    init-symmetry check [OPTIONS] -- <PROGRAM> [ARGUMENT]...")]
pub(super) struct Check {
    /// A class, function or object in a Python file (needs Python)
    #[arg(value_name = "FILE.py:NAME", value_parser = target, required_unless_present = "program")]
    target: Option<String>,

    /// The program and its arguments
    #[arg(last = true, value_name = "PROGRAM", conflicts_with = "target")]
    program: Vec<String>,

    /// Run the program and its arguments as one shell command
    #[arg(long, conflicts_with = "target")]
    shell: bool,

    /// Time limit for each answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = timeout)]
    #[arg(allow_hyphen_values = true, conflicts_with = "target")]
    timeout: Duration,

    /// Time limit for starting the program
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = timeout)]
    #[arg(allow_hyphen_values = true, conflicts_with = "target")]
    start_timeout: Duration,

    /// Factor of its loss and gradient compared with ours, such as m, 2/n_y or 0.5
    #[arg(long, value_name = "SCALE", conflicts_with = "target")]
    loss_scale: Option<Scale>,

    /// Check only this property; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = any_property)]
    only: Vec<&'static str>,

    /// Skip this property; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = any_property)]
    skip: Vec<&'static str>,

    /// List every property and show notes in full
    #[arg(long, short, conflicts_with_all = ["quiet", "json"])]
    verbose: bool,

    /// Also fail on notes
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    effort: Effort,

    /// Show failing cases as found, without searching for smaller ones (faster)
    #[arg(long)]
    no_shrink: bool,

    /// Write the failing cases to this file
    #[arg(long, value_name = "FILE")]
    save_case: Option<PathBuf>,

    /// Run only the cases in this file, which --save-case wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "skip", "save_case"])]
    replay: Option<PathBuf>,

    #[command(flatten)]
    reporting: Reporting,
}

impl Check {
    pub(super) fn run(
        &self,
        streams: &mut Streams,
        caller: &Caller<'_>,
    ) -> Result<Exit, CommandError> {
        if let (Some(_), None) = (&self.target, caller.python) {
            return in_another_process(caller.arguments);
        }
        let config = self.effort.config(Profile::Ci)?;
        let saved_tasks = self.replay.as_deref().map(tasks_of).transpose()?;
        self.check_selection()?;
        let junit = self.reporting.junit_file()?;
        let saved = self.save_case.as_deref().map(OutputFile::at).transpose()?;
        junit.as_ref().zip(saved.as_ref()).map_or(Ok(()), |(one, it)| check_distinct(one, it))?;
        let work = Work { saved_tasks, config: &config, files: Files { junit, saved } };
        if let (Some(target), Some(python)) = (&self.target, caller.python) {
            return self.run_in_python(streams, work, target, python);
        }
        match AnyProgram::start(&self.invocation())? {
            AnyProgram::Network(program) => {
                let program = match self.loss_scale {
                    Some(scale) => program.with_loss_scale(scale),
                    None => *program,
                };
                let understood = Understood::of(&program, &config);
                self.judge(streams, &UnderTest::Network(&understood), work, None)
            }
            AnyProgram::Model(program) => {
                print_cost(streams, program.as_ref())?;
                self.judge(streams, &UnderTest::Model(program.as_ref()), work, None)
            }
        }
    }

    fn run_in_python(
        &self,
        streams: &mut Streams,
        work: Work<'_>,
        target: &str,
        python: &dyn Python,
    ) -> Result<Exit, CommandError> {
        let noticed: &dyn Noticed = python;
        match python.load(target)? {
            AnySubject::Network(subject) => {
                let understood = Understood::of(subject.as_ref(), work.config);
                self.judge(streams, &UnderTest::Network(&understood), work, Some(noticed))
            }
            AnySubject::Model(model) => {
                print_cost(streams, model.as_ref())?;
                self.judge(streams, &UnderTest::Model(model.as_ref()), work, Some(noticed))
            }
        }
    }

    /// Checks what was started, prints what is found and writes the files.
    fn judge(
        &self,
        streams: &mut Streams,
        under_test: &UnderTest<'_>,
        Work { saved_tasks, config, files }: Work<'_>,
        noticed: Option<&dyn Noticed>,
    ) -> Result<Exit, CommandError> {
        let began = Instant::now();
        let tasks = self.tasks(under_test.kind(), saved_tasks)?;
        let has_stopped = || noticed.is_some_and(Noticed::has_stopped);
        let quiet = self.reporting.quiet;
        let shows_first = !quiet && std::io::stderr().is_terminal();
        let watch = Watch {
            bar: if quiet { ProgressBar::hidden() } else { progress_bar(tasks.len() as u64) },
            first_failure: shows_first.then_some(&mut streams.err as &mut dyn Write),
            has_stopped: &has_stopped,
        };
        let shrinks = !self.no_shrink && self.replay.is_none();
        let checked = outcomes(under_test, &tasks, config, shrinks, watch)?;
        signals::wait_if_stopping();
        if let Some(traceback) = noticed.and_then(Noticed::raised) {
            return Err(CommandError::Raised(traceback));
        }
        let outcomes: Vec<Outcome> = checked.iter().map(|it| it.outcome.clone()).collect();
        let findings = under_test.findings(outcomes, config, noticed);
        let mut conclusion = Conclusion {
            findings: &findings,
            checked: &checked,
            config,
            strict: self.strict,
            verbose: self.verbose,
            took: began.elapsed(),
            asked_by: AskedBy::Shell,
            replay: String::new(),
        };
        conclusion.replay = self.replay_line(&conclusion);
        let exit = conclusion.exit();
        if self.reporting.json {
            print_json(streams, &conclusion.document())?;
        } else if !self.reporting.quiet || exit != Exit::Fine {
            conclusion.print(&mut streams.out, self.reporting.quiet)?;
        }
        streams.out.flush()?;
        let cases = saved_cases(under_test.kind(), &checked)?;
        let kept = files.saved.map_or(Ok(()), |file| file.write(&cases));
        let published = publish(streams, &conclusion.junit_run(), files.junit, self.file());
        Ok(ending(streams, exit, kept.and(published))?)
    }

    /// Whether a property is left, of networks or of models.
    fn check_selection(&self) -> Result<(), CommandError> {
        let is_left = |kind: Kind| kind.properties().iter().any(|name| self.is_chosen(name));
        match [Kind::Network, Kind::Model].into_iter().any(is_left) {
            true => Ok(()),
            false => Err(CommandError::NoProperty),
        }
    }

    fn is_chosen(&self, name: &str) -> bool {
        (self.only.is_empty() || self.only.contains(&name)) && !self.skip.contains(&name)
    }

    /// What to try: the properties that are chosen, or the cases of a file.
    fn tasks(&self, kind: Kind, saved: Option<SavedTasks>) -> Result<Vec<Task>, CommandError> {
        if let Some(SavedTasks { kind: of_file, tasks }) = saved {
            return match of_file == kind {
                true => Ok(tasks),
                false => Err(CommandError::OtherKind { program: kind, other: of_file }),
            };
        }
        for name in &self.only {
            kind.property(name)?;
        }
        let chosen = kind.properties().into_iter().filter(|name| self.is_chosen(name));
        let tasks: Vec<_> = chosen.map(|property| Task { property, given: None }).collect();
        if tasks.is_empty() { Err(CommandError::NoProperty) } else { Ok(tasks) }
    }

    fn invocation(&self) -> Invocation {
        let (program, arguments) = self.program.split_first().map_or_else(
            || (String::new(), Vec::new()), // clap asks for one
            |(program, arguments)| (program.clone(), arguments.to_vec()),
        );
        let Self { timeout, start_timeout, shell, .. } = *self;
        Invocation { program, arguments, timeout, start_timeout, shell }
    }

    /// The file that annotations are about: the first argument that is one, or the program.
    fn file(&self) -> Option<&str> {
        if let Some((file, _)) = self.target.as_deref().and_then(|it| it.rsplit_once(':')) {
            return Some(file);
        }
        let is_source = |argument: &&String| Path::new(argument.as_str()).is_file();
        let arguments = self.program.iter().skip(1).find(is_source);
        arguments.or(self.program.first()).map(String::as_str)
    }

    /// The line that asks again what is not as it should be, and ends with the same code.
    fn replay_line(&self, conclusion: &Conclusion<'_>) -> String {
        let mut words: Vec<String> = vec!["init-symmetry".into(), "check".into()];
        let mut option = |name: &str, value: &str| words.extend([name.into(), value.into()]);
        for (name, property) in self.selection(conclusion) {
            option(name, property);
        }
        if let Some(file) = self.replay.as_ref().or(self.saved(conclusion)) {
            // a name that begins like an option has to be no option
            let file = file.to_string_lossy();
            let dot = if file.starts_with('-') { "./" } else { "" };
            option("--replay", &format!("{dot}{file}"));
        }
        let default = Invocation::new("", &[]);
        for (name, time, usual) in [
            ("--timeout", self.timeout, default.timeout),
            ("--start-timeout", self.start_timeout, default.start_timeout),
        ] {
            if time != usual {
                option(name, &time.as_secs_f64().to_string());
            }
        }
        if let Some(scale) = self.loss_scale {
            option("--loss-scale", &scale.to_string());
        }
        option("--profile", &conclusion.config.profile.to_string());
        option("--seed", &conclusion.config.seed.to_string());
        for (name, is_given) in [("--strict", self.strict), ("--shell", self.shell)] {
            if is_given {
                words.push(name.into());
            }
        }
        words.push(self.target.clone().unwrap_or_else(|| "--".into()));
        match self.shell {
            // the shell that is asked for reads one line
            true => words.push(self.program.join(" ")),
            false => words.extend(self.program.iter().cloned()),
        }
        words.iter().map(|word| shell::quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// The file of all that is red, where that is too much to name.
    fn saved(&self, conclusion: &Conclusion<'_>) -> Option<&PathBuf> {
        let is_saved = conclusion.red().count() >= MOST_NAMED && conclusion.red_is_saved();
        self.save_case.as_ref().filter(|_| is_saved)
    }

    /// The options that choose the properties to replay: the red ones or, where none is or more
    /// than a line holds, those that were chosen.
    fn selection<'a>(&self, conclusion: &'a Conclusion<'_>) -> Vec<(&'static str, &'a str)> {
        if self.replay.is_some() || self.saved(conclusion).is_some() {
            return Vec::new();
        }
        let red: Vec<_> = conclusion.red().map(|property| ("--only", property)).collect();
        match red.len() {
            0 | MOST_NAMED.. => {
                let only = self.only.iter().map(|property| ("--only", *property));
                only.chain(self.skip.iter().map(|property| ("--skip", *property))).collect()
            }
            _ => red,
        }
    }
}

/// From so many on, the properties to replay are not named one by one.
pub(super) const MOST_NAMED: usize = 4;

/// Who watches a run, and may stop it.
pub(super) struct Watch<'a> {
    pub(super) bar: ProgressBar,
    /// Where the first failure is shown at once.
    pub(super) first_failure: Option<&'a mut dyn Write>,
    pub(super) has_stopped: &'a dyn Fn() -> bool,
}

/// Tries every property, then makes failing cases smaller.
pub(super) fn outcomes(
    under_test: &UnderTest<'_>,
    tasks: &[Task],
    config: &Config,
    shrinks: bool,
    mut watch: Watch<'_>,
) -> Result<Vec<Checked>, Error> {
    let mut checked = Vec::new();
    for Task { property, given } in tasks {
        watch.bar.set_message(*property);
        let began = Instant::now();
        let config = Config { given: given.clone(), ..config.clone() }.without_shrinking();
        let outcome = under_test.check(property, &config)?;
        if let Some(err) = watch.first_failure.take_if(|_| outcome.fails()) {
            // stderr may be closed; the report has it all
            let outcome = printable_lines(&outcome.to_string());
            let _ = watch.bar.suspend(|| writeln!(err, "{BAD}first failure{BAD:#} {outcome}"));
        }
        if (watch.has_stopped)() {
            break; // this property has not been judged to its end
        }
        checked.push(Checked { property, outcome, took: began.elapsed() });
        watch.bar.inc(1);
    }
    if shrinks && !(watch.has_stopped)() {
        watch.bar.set_message("looking for smaller cases");
        shrink(&mut checked, under_test, config);
    }
    watch.bar.finish_and_clear();
    Ok(checked)
}

/// What a run tries and writes.
struct Work<'a> {
    saved_tasks: Option<SavedTasks>,
    config: &'a Config,
    files: Files,
}

/// The places of what a run writes.
struct Files {
    junit: Option<OutputFile>,
    saved: Option<OutputFile>,
}

/// A model with so many parameters is announced with what a question costs.
const MANY_PARAMETERS: usize = 100_000;

/// Says what a large model costs, before any question is asked.
fn print_cost(streams: &mut Streams, model: &dyn Model) -> Result<(), CommandError> {
    let tensors = model.tensors();
    let parameters = tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add);
    if parameters > MANY_PARAMETERS {
        // a number of 17 digits with its sign, its point, an exponent and a comma
        let megabytes = parameters.div_ceil(1_000_000 / 25);
        let blocks = AtBatch { model, batch: 0 }.blocks();
        let check = gradient::Check { coverage: Coverage::Directions(2), ..Default::default() };
        let questions = check.plan(&blocks).evaluations;
        writeln!(
            streams.err,
            "{} has {parameters} parameters, so each property is tested on one case, and the \
             gradient along random directions. This takes about {questions} questions of \
             {megabytes} MB. Most of them are for finite differences, which --skip \
             gradient-equals-differences-of-its-loss leaves out",
            model.name()
        )?;
    }
    Ok(())
}

/// Makes the failing cases smaller, with no more questions than were asked to find them;
/// differences of the loss, which ask the most, last.
fn shrink(checked: &mut [Checked], under_test: &UnderTest<'_>, config: &Config) {
    let config = Config { shrink_tries: config.cases, ..config.clone() };
    let mut failing: Vec<_> = checked.iter_mut().filter(|it| it.outcome.fails()).collect();
    failing.sort_by_key(|it| it.took);
    failing.sort_by_key(|it| it.property == "gradient-equals-differences-of-its-loss");
    for it in failing {
        let began = Instant::now();
        it.outcome = under_test.shrink(it.property, &config, it.outcome.clone());
        it.took += began.elapsed();
    }
}

/// A subject in a Python file.
fn target(text: &str) -> Result<String, Error> {
    if names_a_subject(text) {
        return Ok(text.into());
    }
    Err(Error::OutOfRange {
        what: "what to check".into(),
        value: quoted(text),
        range: "FILE.py:NAME for an object in a Python file, or `-- PROGRAM` for a program".into(),
    })
}

pub(super) fn timeout(text: &str) -> Result<Duration, Error> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let duration = duration.filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| Error::OutOfRange {
        what: "the timeout".into(),
        value: format!("'{text}'"),
        range: "a positive number of seconds".into(),
    })
}
