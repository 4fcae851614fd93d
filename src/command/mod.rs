//! Arguments, exit codes and printing: what a subcommand reads, how it ends, where its words go.
//!
//! One file per subcommand. Results go to stdout, everything else (errors, warnings, progress) to
//! stderr.

mod cases;
mod check;
mod check_here;
mod check_report;
mod completions;
mod confusion;
mod effort;
mod explain;
mod faults;
mod glossary;
mod hint;
mod junit;
mod lint;
mod list;
mod output;
mod printed;
mod prove;
mod python;
mod report;
mod reporting;
mod selection;
mod shell;
mod signals;
mod train;
mod under_test;
mod verify;
mod work;

use crate::property::Config;
pub use check_here::{CheckOptions, check_here};
pub use lint::{LintOptions, lint_here};
pub use printed::Printed;
pub use python::{AnySubject, Course, Noticed, Python};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use output::Streams;
use python::Caller;
use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;

/// What a newcomer would type, at the top of the help.
const EXAMPLES: &str = "\
Examples:
  init-symmetry check my_module.py:MyNetwork       test a network in Python
  init-symmetry check -- ./my_network              test a program in any language
  init-symmetry course solution.ipynb              test the functions of a course exercise
  init-symmetry lint model.safetensors             find broken initialisation
  init-symmetry list                               the claims of the lesson, with verdicts
  init-symmetry explain zero-biases-are-harmless   explain one claim
  init-symmetry help glossary                      the words used here";

const EXIT_CODES: &str = "\
Exit codes:
  0   everything is as expected
  1   usage or bad input
  2   a claim, property, proof or lint rule fails, or training diverges
  3   a check was vacuous or incomplete
  4   the filter selects nothing
  70  a bug in this program
  128+N  stopped by signal N (130 for Ctrl-C)";

const ENVIRONMENT: &str = "\
Environment variables, used where no option is given:
  INIT_SYMMETRY_SEED     seed of every random choice: a whole number, or fresh
  INIT_SYMMETRY_PROFILE  how many cases to try: quick, ci or soak";

/// The version, the commit and the compiler; build.rs finds out.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("INIT_SYMMETRY_COMMIT"),
    ", ",
    env!("INIT_SYMMETRY_COMPILER"),
    ")"
);

/// How a subcommand ends. The numbers are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    /// Everything is as it should be.
    Fine = 0,
    /// Usage or bad input; also an output that cannot be written.
    BadInput = 1,
    /// A claim, property, proof or lint rule fails, or training diverges.
    Fails = 2,
    /// A check was vacuous or incomplete.
    Vacuous = 3,
    /// The filter selects nothing.
    NothingSelected = 4,
    /// A defect of this program.
    Internal = 70,
}

impl Exit {
    /// The same as a number, as another process ends with it.
    fn of(code: u8) -> Self {
        match code {
            0 => Self::Fine,
            2 => Self::Fails,
            3 => Self::Vacuous,
            4 => Self::NothingSelected,
            70 => Self::Internal,
            _ => Self::BadInput,
        }
    }
}

/// Why a subcommand stops early.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Input(#[from] crate::Error),
    #[error("from {start}: {error}")]
    Training { start: crate::Weights, error: crate::Error },
    #[error("from {start}: training diverged at step {step}: {why}")]
    Diverged { start: crate::Weights, step: usize, why: String },
    #[error(
        "unknown claim '{}', did you mean `--only {}`, which selects {}?",
        crate::printable(name),
        shell::quoted(name),
        output::counted(*count, "claim", "claims")
    )]
    PartOfNames { name: String, count: usize },
    #[error("unknown claim '{}' (`init-symmetry list` shows all)", crate::printable(name))]
    NoSuchClaim { name: String },
    #[error("'{name}' is {kind}, not a claim; try `{command}`")]
    OfAnotherKind { name: String, kind: &'static str, command: String },
    #[error("the filter selects no claim")]
    NothingSelected,
    #[error("--only and --skip leave no property to check")]
    NoProperty,
    #[error("the program is a {program} but the file holds cases of a {other}")]
    OtherKind { program: under_test::Kind, other: under_test::Kind },
    #[error("the program raised an exception\n{0}")]
    Raised(String),
    #[error("the output cannot be written: {}", .0.to_string().to_lowercase())]
    Output(#[from] io::Error),
    #[error("the reader of the output has gone")]
    NobodyReads,
}

impl CommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::NothingSelected | Self::NoProperty => Exit::NothingSelected,
            Self::Diverged { .. } => Exit::Fails,
            Self::Input(_)
            | Self::Training { .. }
            | Self::PartOfNames { .. }
            | Self::NoSuchClaim { .. }
            | Self::OfAnotherKind { .. }
            | Self::Output(_)
            | Self::OtherKind { .. }
            | Self::Raised(_) => Exit::BadInput,
            // without a verdict; that the output cannot be written is told at the end
            Self::NobodyReads => Exit::Fine,
        }
    }
}

const ABOUT: &str = "\
Test your hand-written backprop, and find broken initialisation in checkpoints.
Verify a lesson on weight initialisation, as claims that are checked by machine.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(about = ABOUT, long_about = ABOUT)]
#[command(name = "init-symmetry", version, long_version = LONG_VERSION)]
#[command(override_usage = "\
    init-symmetry <SUBCOMMAND>\n       init-symmetry [OPTIONS] [CLAIM]...   the same as `verify`")]
#[command(subcommand_value_name = "SUBCOMMAND", subcommand_help_heading = "Subcommands")]
#[command(help_template = format!(
    "{{about-with-newline}}\n{EXAMPLES}\n\n{{usage-heading}} {{usage}}\n\n\
     {{all-args}}{{after-help}}"
))]
#[command(after_help = format!("{ENVIRONMENT}\n\n{EXIT_CODES}"))]
struct Arguments {
    #[command(subcommand)]
    subcommand: Option<Chosen>,

    #[command(flatten)]
    verify: verify::Verify,

    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

/// The subcommands, in the order in which a newcomer needs them.
#[derive(Debug, Subcommand)]
enum Chosen {
    Check(check::Check),
    Course(Course),
    Lint(lint::Lint),
    Verify(verify::Verify),
    Explain(explain::Explain),
    List(list::List),
    Report(report::Report),
    Train(train::Train),
    Faults(faults::Faults),
    Prove(prove::Prove),
    Completions(completions::Completions),
    Glossary(glossary::Glossary),
}

/// Runs the subcommand that the process was started with, as the program `init-symmetry` does.
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().collect(), None))
}

/// Runs the subcommand that these arguments name, the first of which is the program, and returns
/// the exit code. It listens to signals, and ends the process when it is told to stop.
///
/// `python` answers for what needs Python, where the command runs inside it.
pub fn run(arguments: Vec<OsString>, python: Option<&dyn Python>) -> u8 {
    if let Err(error) = signals::listen() {
        // stderr may be closed; the exit code still tells
        let _ = writeln!(io::stderr(), "error: cannot listen for signals: {error}");
        return Exit::BadInput as u8;
    }
    let caller = Caller { python, arguments: &arguments };
    guarded(std::panic::AssertUnwindSafe(|| answer(&caller))) as u8
}

/// A panic is a defect of this program and gets an exit code of its own.
fn guarded(run: impl FnOnce() -> Exit + std::panic::UnwindSafe) -> Exit {
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        // stderr may be closed; there is nobody left to tell
        let _ = writeln!(io::stderr(), "error: this is a bug in init-symmetry, please report it");
        Exit::Internal
    })
}

fn answer(caller: &Caller<'_>) -> Exit {
    let arguments = match parse(caller.arguments) {
        Ok(arguments) => arguments,
        Err(error) => return answer_of_clap(&error),
    };
    let mut streams = Streams::open(arguments.color);
    let outcome = Config::check_env().map_err(CommandError::from);
    let outcome = outcome.and_then(|()| match arguments.subcommand {
        None => arguments.verify.run(&mut streams).map_err(hint::or_subcommand),
        Some(Chosen::Check(check)) => check.run(&mut streams, caller),
        Some(Chosen::Course(course)) => course.run(caller),
        Some(Chosen::Lint(lint)) => lint.run(&mut streams),
        Some(Chosen::Verify(verify)) => verify.run(&mut streams),
        Some(Chosen::Explain(explain)) => explain.run(&mut streams),
        Some(Chosen::List(list)) => list.run(&mut streams),
        Some(Chosen::Report(report)) => report.run(&mut streams),
        Some(Chosen::Train(train)) => train.run(&mut streams),
        Some(Chosen::Faults(faults)) => faults.run(&mut streams),
        Some(Chosen::Prove(prove)) => prove.run(&mut streams),
        Some(Chosen::Completions(completions)) => completions.run(&mut streams),
        Some(Chosen::Glossary(glossary)) => glossary.run(&mut streams),
    });
    signals::wait_if_stopping();
    let exit = outcome.unwrap_or_else(|failure| {
        if !matches!(failure, CommandError::NobodyReads) {
            streams.error(&failure.to_string());
        }
        failure.exit()
    });
    match streams.out.close() {
        Ok(()) => exit,
        Err(error) => {
            streams.error(&CommandError::from(error).to_string());
            // a verdict that is known stays
            if exit == Exit::Fine { Exit::BadInput } else { exit }
        }
    }
}

/// Options of `verify` before another subcommand would be ignored, so they are refused.
fn parse(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| hint::improved(error, &mut command, arguments))?;
    let given = |id: &&clap::Id| {
        id.as_str() != "color"
            && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    };
    if let (Some(name), Some(_)) = (matches.subcommand_name(), matches.ids().find(given)) {
        let message = format!("options other than --color follow the subcommand '{name}'");
        return Err(command.error(ErrorKind::ArgumentConflict, message));
    }
    Arguments::from_arg_matches(&matches)
}

/// Help and version go to stdout and are no error; everything else is usage, in one sentence.
fn answer_of_clap(error: &clap::Error) -> Exit {
    let mut streams = Streams::open(ColorChoice::Auto);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let written = write!(streams.out, "{}", error.render().ansi());
            match written.and_then(|()| streams.out.close()) {
                Ok(()) => Exit::Fine,
                Err(error) => {
                    streams.error(&CommandError::from(error).to_string());
                    Exit::BadInput
                }
            }
        }
        _ => {
            streams.error(&sentence(error));
            Exit::BadInput
        }
    }
}

/// What clap has to say about the arguments, as one sentence.
fn sentence(error: &clap::Error) -> String {
    let source = error.source().and_then(|source| source.downcast_ref::<crate::Error>());
    if let Some(source) = source {
        return source.to_string();
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // Usage and the pointer to --help follow after blank lines.
    let of_use = |(index, paragraph): &(usize, &str)| {
        *index == 0 || paragraph.trim_start().starts_with("tip:")
    };
    let paragraphs = text.split("\n\n").enumerate().filter(of_use);
    let on_one_line =
        paragraphs.map(|(_, text)| text.split_whitespace().collect::<Vec<_>>().join(" "));
    on_one_line.collect::<Vec<_>>().join("; ")
}

fn seed(text: &str) -> crate::Result<u64> {
    let seed = whole_number("the seed", text)?;
    Config::check_seed(seed).map(|()| seed)
}

/// A line of help that lists what may be chosen.
fn choice(what: &str, names: &[impl ToString]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    match &names[..] {
        [others @ .., last] => format!("{what}: {} or {last}", others.join(", ")),
        [] => what.into(),
    }
}

fn activation(text: &str) -> crate::Result<crate::Activation> {
    crate::parse_name("activation", text)
}

fn loss(text: &str) -> crate::Result<crate::Loss> {
    crate::parse_name("loss", text)
}

fn whole_number<T: FromStr>(what: &str, text: &str) -> crate::Result<T> {
    text.parse().map_err(|_| crate::Error::OutOfRange {
        what: what.into(),
        value: format!("'{text}'"),
        range: format!("a whole number of at most {} bits", 8 * size_of::<T>()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_panic_is_answered_with_its_own_exit_code() {
        assert_eq!(guarded(|| panic!("a defect")), Exit::Internal);
        assert_eq!(guarded(|| Exit::BadInput), Exit::BadInput);
    }
}
