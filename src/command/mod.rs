//! Arguments, exit codes and printing: what a call reads, how it ends, and where its words go.
//!
//! One file per call. Results go to stdout, everything else (errors, warnings, progress) to stderr.

mod output;
mod prove;
mod train;

use clap::error::ErrorKind;
use clap::{ColorChoice, Parser, Subcommand};
use output::Streams;
use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0   everything is as declared
  1   usage or bad input
  2   a claim or property fails
  3   a check was vacuous or incomplete
  4   the filter selects nothing
  70  a defect of this program";

/// How a call ends. The numbers are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    /// Everything is as declared; also a reader that closed its pipe.
    AsDeclared = 0,
    /// Usage or bad input; also an output that cannot be written.
    BadInput = 1,
    /// A claim or property fails.
    Fails = 2,
    /// A check was vacuous or incomplete.
    Vacuous = 3,
    /// A defect of this program.
    Internal = 70,
}

/// Why a call stops early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Input(#[from] init_symmetry::Error),
    #[error("from {start}: {error}")]
    Training { start: init_symmetry::Weights, error: init_symmetry::Error },
    #[error("the output cannot be written: {}", .0.to_string().to_lowercase())]
    Output(#[from] io::Error),
}

impl Failure {
    /// Whether the reader of the output left, as `head` does.
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Checks the statements of a lesson on random weight initialisation.
#[derive(Debug, Parser)]
#[command(name = "init-symmetry", version, after_help = EXIT_CODES)]
#[command(arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    call: Call,

    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Call {
    Prove(prove::Prove),
    Train(train::Train),
}

/// Runs the call that the process was started with.
pub(crate) fn run() -> ExitCode {
    ExitCode::from(guarded(|| answer(std::env::args_os())) as u8)
}

/// A panic is a defect of this program and gets an exit code of its own.
fn guarded(call: impl FnOnce() -> Exit + std::panic::UnwindSafe) -> Exit {
    std::panic::catch_unwind(call).unwrap_or_else(|_| {
        // stderr may be closed; there is nobody left to tell
        let _ =
            writeln!(io::stderr(), "error: this is a defect of init-symmetry, please report it");
        Exit::Internal
    })
}

fn answer(arguments: impl Iterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return answer_of_clap(&error),
    };
    let mut streams = Streams::open(arguments.color);
    let outcome = match arguments.call {
        Call::Prove(prove) => prove.run(&mut streams),
        Call::Train(train) => train.run(&mut streams),
    };
    match outcome.and_then(|exit| Ok(streams.out.flush().map(|()| exit)?)) {
        Ok(exit) => exit,
        Err(failure) if failure.is_closed_pipe() => Exit::AsDeclared,
        Err(failure) => {
            streams.error(&failure.to_string());
            Exit::BadInput
        }
    }
}

/// Help and version go to stdout and are no error; everything else is usage, in one sentence.
fn answer_of_clap(error: &clap::Error) -> Exit {
    let mut streams = Streams::open(ColorChoice::Auto);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match write!(streams.out, "{}", error.render().ansi())
                .and_then(|()| streams.out.flush())
            {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    streams.error(&Failure::from(error).to_string());
                    Exit::BadInput
                }
                _ => Exit::AsDeclared,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // stderr may be closed; the exit code still tells
            let _ = write!(streams.err, "{}", error.render().ansi());
            Exit::BadInput
        }
        _ => {
            streams.error(&sentence(error));
            Exit::BadInput
        }
    }
}

/// What clap has to say about the arguments, as one sentence.
fn sentence(error: &clap::Error) -> String {
    let source = error.source().and_then(|source| source.downcast_ref::<init_symmetry::Error>());
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

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
