//! The subcommands that need Python: `course`, and `check` of a subject in a Python file.
//!
//! In the Python package, the command runs inside Python and calls it through [`Python`]. The
//! program that cargo builds starts `python3 -m init_symmetry` with the same arguments instead
//! ([`in_another_process`]). Nothing is judged here.

use super::{CommandError, Exit};
use crate::model::Model;
use crate::subject::Subject;
use crate::{Error, Result, printable};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The Python interpreter that the command runs inside.
pub trait Python: Noticed {
    /// Loads the subject that `FILE.py:NAME` names.
    ///
    /// # Errors
    /// The file cannot be run, does not have the name, or the object is not a subject.
    fn load(&self, target: &str) -> Result<AnySubject>;

    /// Checks the functions of a solution, prints the report, and returns the exit code.
    fn course(&self, course: &Course) -> u8;
}

/// A subject in this process: a network that is compared with the reference, or any model.
pub enum AnySubject {
    /// A layered network.
    Network(Box<dyn Subject>),
    /// Any model with named tensors.
    Model(Box<dyn Model>),
}

/// What is noticed about a subject in this process, in addition to its answers.
pub trait Noticed {
    /// Whether it should not be asked anything more.
    fn has_stopped(&self) -> bool;

    /// An unexpected exception that it raised, with its traceback.
    fn raised(&self) -> Option<String>;

    /// What is wrong with it whatever it answers, such as changing its arguments.
    fn problems(&self) -> Vec<String>;

    /// What is worth knowing about it.
    fn remarks(&self) -> Vec<String>;

    /// What it was taken for, if that was found out.
    fn understood(&self) -> Option<String>;
}

const AFTER_HELP: &str = "\
Examples:
  init-symmetry course solution.py
  init-symmetry course --run notebook.ipynb
  init-symmetry course --gradescope results.json solution.py

Exit codes: 0 all are right, 1 bad input, 2 something is wrong, 3 nothing could be
judged, 4 no function of the course was found";

/// Check the functions of a course exercise, one by one and together (needs Python)
///
/// It finds initialize_parameters, forward_propagation, compute_cost, backward_propagation,
/// update_parameters and similar functions by their names. It compares each with its formula, and
/// names the wrong function and the wrong part of its formula. docs/PYTHON.md has the list.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Course {
    /// The solution: a Python file or a notebook
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Run the whole file or notebook, not only its definitions
    #[arg(long)]
    pub run: bool,

    /// Time limit for the solution
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = super::check::timeout)]
    #[arg(allow_hyphen_values = true)]
    pub timeout: std::time::Duration,

    /// Seed of every random choice
    #[arg(long, default_value_t = 1, value_parser = super::seed, allow_hyphen_values = true)]
    pub seed: u64,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub json: bool,

    /// Also write the results to this file, in the format of Gradescope
    #[arg(long, value_name = "FILE")]
    pub gradescope: Option<PathBuf>,
}

impl Course {
    pub(super) fn run(&self, caller: &Caller<'_>) -> Result<Exit, CommandError> {
        match caller.python {
            Some(python) => Ok(Exit::of(python.course(self))),
            None => in_another_process(caller.arguments),
        }
    }
}

/// Who called the command, and with which arguments.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) python: Option<&'a dyn Python>,
    pub(super) arguments: &'a [OsString],
}

/// Whether an argument names a subject in a Python file, as `network.py:MyNetwork` does.
pub(super) fn names_a_subject(argument: &str) -> bool {
    argument.rsplit_once(':').is_some_and(|(file, name)| {
        let is_name = |part: &str| {
            let mut letters = part.chars();
            letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        file.ends_with(".py") && name.split('.').all(is_name)
    })
}

/// The interpreter that is used by default.
const INTERPRETER: &str = "python3";
/// The environment variable that names another interpreter.
const INTERPRETER_VARIABLE: &str = "INIT_SYMMETRY_PYTHON";

/// Runs the Python package with the same arguments, and returns its exit code.
///
/// # Errors
/// There is no Python, or it does not have the package.
pub(super) fn in_another_process(arguments: &[OsString]) -> Result<Exit, CommandError> {
    let interpreter = std::env::var_os(INTERPRETER_VARIABLE).filter(|name| !name.is_empty());
    let interpreter = interpreter.unwrap_or_else(|| INTERPRETER.into());
    let lacks = |why: String| {
        CommandError::Input(Error::Unsupported {
            subject: printable(&interpreter.to_string_lossy()),
            what: format!(
                "package init_symmetry, which this subcommand needs ({why}); in a clone of \
                 init-symmetry, install it with `python3 -m pip install ./python`, or name a \
                 Python that has it in {INTERPRETER_VARIABLE}; a program that answers JSON lines \
                 needs no package: `init-symmetry check -- python3 answer.py`"
            ),
        })
    };
    let probe = Command::new(&interpreter).args(["-c", "import init_symmetry"]).output();
    let probe = probe.map_err(|error| lacks(format!("it cannot be started: {error}")))?;
    if !probe.status.success() {
        let said = String::from_utf8_lossy(&probe.stderr);
        let last = said.lines().last().unwrap_or("it printed no error");
        return Err(lacks(printable(last)));
    }
    let mut command = Command::new(&interpreter);
    command.args(["-m", "init_symmetry"]).args(arguments.iter().skip(1));
    let status = command.status().map_err(|error| lacks(error.to_string()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(Exit::Internal, Exit::of))
}

#[cfg(test)]
mod tests {
    use super::names_a_subject;

    #[test]
    fn a_file_and_a_name_in_it_name_a_subject() {
        for subject in ["network.py:MyNetwork", "a/b.py:net", "C:\\a.py:Net", "a.py:outer.Inner"] {
            assert!(names_a_subject(subject), "{subject}");
        }
        for other in ["network.py", "network.py:", "a.txt:Net", "a.py:1net", "a.py:a b", "./a", ""]
        {
            assert!(!names_a_subject(other), "{other}");
        }
    }
}
