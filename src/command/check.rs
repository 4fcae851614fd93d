//! `check`: every property on another program, and the likely cause of what fails.
//!
//! All properties are tried first; then failing cases are made smaller, the costly ones last. The
//! properties are those of `init_symmetry::property`; what is printed is in `check_report.rs`.
//! Start at [`Check::run`].

use super::check_report::{Checked, Conclusion};
use super::effort::Effort;
use super::output::{BAD, Streams, print_json, progress_bar};
use super::reporting::{Reporting, ending, publish};
use super::{CommandError, Exit, shell, signals};
use indicatif::ProgressBar;
use init_symmetry::output_file::{OutputFile, check_distinct};
use init_symmetry::property::{ALL, Config, Outcome, Profile, Property, PropertyVerdict};
use init_symmetry::subject::{Invocation, Program, Scale, Subject};
use init_symmetry::{
    Error, Evaluation, Problem, SubjectReport, Understood, printable_lines, quoted,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  init-symmetry check -- python3 examples/subjects/numpy_subject.py
  init-symmetry check --quiet --junit backprop.xml -- ./my_network
  init-symmetry check --only gradient-equals-the-specification -- ./my_network
  init-symmetry check --save-case cases.json -- ./my_network
  init-symmetry check --replay cases.json -- ./my_network";

/// Check another program's backprop: every property, spoken to in JSON lines
///
/// The protocol is in docs/PROTOCOL.md. A failing report begins with the likely cause. Notes (a
/// loss that saturates, malformed questions that are answered, twins that rounding drives apart)
/// fail the check only with --strict.
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
    #[arg(allow_hyphen_values = true)]
    timeout: Duration,

    /// The longest that the program may take to start
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = timeout)]
    #[arg(allow_hyphen_values = true)]
    start_timeout: Duration,

    /// What its loss and gradient are multiplied by, as m, 2/n_y or 0.5
    #[arg(long, value_name = "SCALE")]
    loss_scale: Option<Scale>,

    /// Check only this property; may be given several times
    #[arg(long, value_name = "PROPERTY", value_parser = property)]
    only: Vec<&'static Property>,

    /// Leave this property out; may be given several times
    #[arg(long, value_name = "PROPERTY", value_parser = property)]
    skip: Vec<&'static Property>,

    /// Fail on notes, too
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    effort: Effort,

    /// Show failing cases as they were found, which is faster than looking for small ones
    #[arg(long)]
    no_shrink: bool,

    /// Write the failing cases to a file
    #[arg(long, value_name = "FILE")]
    save_case: Option<PathBuf>,

    /// Ask the cases of such a file again, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "skip", "save_case"])]
    replay: Option<PathBuf>,

    #[command(flatten)]
    reporting: Reporting,
}

/// Failing cases in a file.
#[derive(Debug, Serialize, Deserialize)]
struct SavedCases {
    schema: String,
    cases: Vec<SavedCase>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedCase {
    property: String,
    case: Value,
}

const SCHEMA_OF_CASES: &str = "init-symmetry/cases/1";

/// A property to try, on drawn cases or on one that is given.
struct Task {
    property: &'static Property,
    given: Option<Value>,
}

impl Check {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let config = self.effort.config(Profile::Ci)?;
        let tasks = self.tasks()?;
        let junit = self.reporting.junit_file()?;
        let saved = self.save_case.as_deref().map(OutputFile::at).transpose()?;
        junit.as_ref().zip(saved.as_ref()).map_or(Ok(()), |(one, it)| check_distinct(one, it))?;
        let began = Instant::now();
        let program = Program::start(&self.invocation())?;
        let program = match self.loss_scale {
            Some(scale) => program.with_loss_scale(scale),
            None => program,
        };
        let understood = Understood::of(&program, &config);
        let checked = self.outcomes(streams, &understood, &tasks, &config);
        signals::wait_if_stopping();
        let outcomes: Vec<Outcome> = checked.iter().map(|it| it.outcome.clone()).collect();
        let report = SubjectReport::of_understood(&understood, outcomes, &config);
        let mut conclusion = Conclusion {
            report: &report,
            checked: &checked,
            config: &config,
            strict: self.strict,
            took: began.elapsed(),
            replay: String::new(),
        };
        conclusion.replay = self.replay_line(&conclusion);
        let exit = conclusion.exit();
        if self.reporting.json {
            print_json(streams, &conclusion.document())?;
        } else if !self.reporting.quiet || exit != Exit::AsDeclared {
            conclusion.print(streams, self.reporting.quiet)?;
        }
        streams.out.flush()?;
        let cases = saved_cases(&checked)?;
        let kept = saved.map_or(Ok(()), |file| file.write(&cases));
        let published = publish(streams, &conclusion.junit_run(), junit, self.file());
        Ok(ending(streams, exit, kept.and(published))?)
    }

    /// What to try: the properties that are chosen, or the cases of a file.
    fn tasks(&self) -> Result<Vec<Task>, CommandError> {
        if let Some(path) = &self.replay {
            return Ok(tasks_of(path)?);
        }
        let is_among = |list: &[&Property], property: &Property| {
            list.iter().any(|other| other.name == property.name)
        };
        let is_chosen = |property: &&'static Property| {
            (self.only.is_empty() || is_among(&self.only, property))
                && !is_among(&self.skip, property)
        };
        let task = |property| Task { property, given: None };
        let tasks: Vec<_> = ALL.iter().filter(is_chosen).map(task).collect();
        if tasks.is_empty() { Err(CommandError::NoProperty) } else { Ok(tasks) }
    }

    /// Tries every property, then makes failing cases smaller.
    fn outcomes(
        &self,
        streams: &mut Streams,
        subject: &dyn Subject,
        tasks: &[Task],
        config: &Config,
    ) -> Vec<Checked> {
        let quiet = self.reporting.quiet;
        let bar = if quiet { ProgressBar::hidden() } else { progress_bar(tasks.len() as u64) };
        let mut checked = Vec::new();
        let mut has_shown_one = quiet || !std::io::stderr().is_terminal();
        for Task { property, given } in tasks {
            bar.set_message(property.name);
            let began = Instant::now();
            let config = Config { given: given.clone(), ..config.clone() }.without_shrinking();
            let outcome = property.check(subject, &config);
            if outcome.fails() && !has_shown_one {
                has_shown_one = true;
                // stderr may be closed; the report has it all
                let outcome = printable_lines(&outcome.to_string());
                let _ =
                    bar.suspend(|| writeln!(streams.err, "{BAD}first failure{BAD:#} {outcome}"));
            }
            checked.push(Checked { property, outcome, took: began.elapsed() });
            bar.inc(1);
        }
        if !self.no_shrink && self.replay.is_none() {
            bar.set_message("looking for smaller cases");
            shrink(&mut checked, subject, config);
        }
        bar.finish_and_clear();
        checked
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
        if let Some(file) = &self.replay {
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
        words.push("--".into());
        match self.shell {
            // the shell that is asked for reads one line
            true => words.push(self.program.join(" ")),
            false => words.extend(self.program.iter().cloned()),
        }
        words.iter().map(|word| shell::quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// The options that choose the properties to replay: the red ones, or where none is, those that
    /// were chosen.
    fn selection<'a>(&self, conclusion: &'a Conclusion<'_>) -> Vec<(&'static str, &'a str)> {
        if self.replay.is_some() {
            return Vec::new();
        }
        let red: Vec<_> = conclusion.red().map(|property| ("--only", property)).collect();
        match red.len() {
            0 => {
                let only = self.only.iter().map(|property| ("--only", property.name));
                only.chain(self.skip.iter().map(|property| ("--skip", property.name))).collect()
            }
            all if all == ALL.len() => Vec::new(),
            _ => red,
        }
    }
}

/// Makes the failing cases smaller, with no more questions than were asked to find them;
/// differences of the loss, which ask the most, last.
fn shrink(checked: &mut [Checked], subject: &dyn Subject, config: &Config) {
    let config = Config { shrink_tries: config.cases, ..config.clone() };
    let mut failing: Vec<_> = checked.iter_mut().filter(|it| it.outcome.fails()).collect();
    failing.sort_by_key(|it| it.took);
    failing.sort_by_key(|it| it.property.name == "gradient-equals-differences-of-its-loss");
    for it in failing {
        let began = Instant::now();
        it.outcome = it.property.shrink(subject, &config, it.outcome.clone());
        it.took += began.elapsed();
    }
}

fn saved_cases(checked: &[Checked]) -> Result<String, CommandError> {
    let cases = checked.iter().filter_map(|it| {
        let failing = it.outcome.failing.as_ref()?;
        Some(SavedCase { property: it.outcome.property.clone(), case: failing.json.clone() })
    });
    let saved = SavedCases { schema: SCHEMA_OF_CASES.into(), cases: cases.collect() };
    let text = serde_json::to_string_pretty(&saved).map_err(std::io::Error::from)?;
    Ok(text + "\n")
}

/// The cases of a file that `--save-case` has written.
fn tasks_of(path: &Path) -> Result<Vec<Task>, Error> {
    let bad = |why: String| Error::File { path: path.into(), why };
    let text = text_of_cases(path).map_err(|error| bad(error.to_string()))?;
    if text.len() as u64 > MOST_BYTES_OF_CASES {
        return Err(bad(format!("it holds more than {MOST_BYTES_OF_CASES} bytes")));
    }
    let saved: SavedCases = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    if saved.schema != SCHEMA_OF_CASES {
        let schema = quoted(&saved.schema);
        return Err(bad(format!("it holds {schema} but has to hold {SCHEMA_OF_CASES}")));
    }
    if saved.cases.is_empty() {
        return Err(bad("it holds no case: nothing had failed when it was written".into()));
    }
    let task = |(number, SavedCase { property: name, case }): (usize, SavedCase)| {
        let property = property(&name)?;
        check_case(property, &case).map_err(|why| bad(format!("case {number}: {why}")))?;
        Ok(Task { property, given: Some(case) })
    };
    (1..).zip(saved.cases).map(task).collect()
}

/// Cases are small networks; this is more than a thousand of the largest.
const MOST_BYTES_OF_CASES: u64 = 1 << 26;

fn text_of_cases(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES_OF_CASES + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether a case is one, and none that would take all memory, before a program is asked about it:
/// what is wrong with a file is no fault of the program.
fn check_case(property: &Property, case: &Value) -> Result<(), String> {
    for (name, largest) in [("m", 1e5), ("widths", 1e4), ("spread", 1e6)] {
        check_numbers(case, name, false, largest)?;
    }
    let config = Config { given: Some(case.clone()), ..Config::default() }.without_shrinking();
    match property.check(&Silent, &config).verdict {
        PropertyVerdict::Fails { reason, .. } => Err(reason),
        _ => Ok(()),
    }
}

/// Whether all numbers of that name, wherever they stand, are at most the largest.
fn check_numbers(value: &Value, name: &str, is_named: bool, largest: f64) -> Result<(), String> {
    match value {
        Value::Number(number) if is_named && number.as_f64().is_none_or(|it| it > largest) => {
            Err(format!("{name} is {number} but may be at most {largest}"))
        }
        Value::Array(values) => {
            values.iter().try_for_each(|value| check_numbers(value, name, is_named, largest))
        }
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(field, value)| check_numbers(value, name, field == name, largest)),
        _ => Ok(()),
    }
}

/// A subject that answers nothing.
struct Silent;

impl Subject for Silent {
    fn name(&self) -> &str {
        "nobody"
    }

    fn evaluate(&self, _: Problem<'_, f64>) -> Result<Evaluation<f64>, Error> {
        Err(Error::Unsupported { subject: "nobody".into(), what: "anything".into() })
    }
}

/// A property by its name.
fn property(name: &str) -> Result<&'static Property, Error> {
    let known: Vec<_> = ALL.iter().map(|property| property.name).collect();
    let found = ALL.iter().find(|property| property.name == name);
    found.ok_or_else(|| Error::unknown("property", name, &known))
}

fn timeout(text: &str) -> Result<Duration, Error> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let duration = duration.filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| Error::OutOfRange {
        what: "the timeout".into(),
        value: format!("'{text}'"),
        range: "a positive number of seconds".into(),
    })
}
