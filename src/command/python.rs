//! What needs Python: a subject that stands in a Python file, and `course`.
//!
//! In the Python package the command runs inside Python, which answers by [`Python`]. The program
//! that cargo builds starts `python3 -m init_symmetry` with the same arguments instead
//! ([`in_another_process`]). Nothing is judged here.

use super::{CommandError, Exit};
use crate::model::Model;
use crate::subject::Subject;
use crate::{Error, Result, printable};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// Python, where the command runs inside it.
pub trait Python: Noticed {
    /// Loads the subject that `FILE.py:NAME` names.
    ///
    /// # Errors
    /// A file that cannot be run, a name that is not in it, an object that is no subject.
    fn load(&self, target: &str) -> Result<AnySubject>;

    /// Checks the functions of a solution, prints what is found, and returns the exit code.
    fn course(&self, course: &Course) -> u8;
}

/// A subject in this process: a network that is compared with the reference, or any model.
pub enum AnySubject {
    /// A layered network.
    Network(Box<dyn Subject>),
    /// Any model with named tensors.
    Model(Box<dyn Model>),
}

/// What is noticed of a subject of this process beside its answers.
pub trait Noticed {
    /// Whether there is no use in asking it anything more.
    fn has_stopped(&self) -> bool;

    /// What it raised where it should not, with the traceback.
    fn raised(&self) -> Option<String>;

    /// What is wrong with it whatever it answers, such as arguments that it changes.
    fn problems(&self) -> Vec<String>;

    /// What is worth knowing of it.
    fn remarks(&self) -> Vec<String>;

    /// What it was taken for, where that was found out.
    fn understood(&self) -> Option<String>;
}

const EXAMPLES: &str = "\
Examples:
  init-symmetry course solution.py
  init-symmetry course --run notebook.ipynb
  init-symmetry course --gradescope results.json solution.py";

/// Check the functions of a course's exercise, one by one and together (needs Python)
///
/// Finds initialize_parameters, forward_propagation, compute_cost, backward_propagation,
/// update_parameters and their relatives by name, checks each against its formula, and names the
/// function and the line of the formula that is wrong. docs/PYTHON.md has the list.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Course {
    /// The solution: a Python file or a notebook
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Run every cell of the notebook, and not only its definitions
    #[arg(long)]
    pub run: bool,

    /// The longest that the solution may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = super::check::timeout)]
    #[arg(allow_hyphen_values = true)]
    pub timeout: std::time::Duration,

    /// Seed of every random choice
    #[arg(long, default_value_t = 1, value_parser = super::seed, allow_hyphen_values = true)]
    pub seed: u64,

    /// Print one JSON document instead of lines
    #[arg(long)]
    pub json: bool,

    /// Also write the results in the format of Gradescope
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

/// The interpreter where none is named.
const INTERPRETER: &str = "python3";
/// The environment variable that names another.
const INTERPRETER_VARIABLE: &str = "INIT_SYMMETRY_PYTHON";

/// Has the Python package answer the same arguments, and ends as it ends.
///
/// # Errors
/// No Python, or one without the package.
pub(super) fn in_another_process(arguments: &[OsString]) -> Result<Exit, CommandError> {
    let interpreter = std::env::var_os(INTERPRETER_VARIABLE).filter(|name| !name.is_empty());
    let interpreter = interpreter.unwrap_or_else(|| INTERPRETER.into());
    let lacks = |why: String| {
        CommandError::Input(Error::Unsupported {
            subject: printable(&interpreter.to_string_lossy()),
            what: format!(
                "package init_symmetry, which this subcommand needs ({why}); install it with \
                 `python3 -m pip install init-symmetry`, or name a Python that has it in \
                 {INTERPRETER_VARIABLE}"
            ),
        })
    };
    let probe = Command::new(&interpreter).args(["-c", "import init_symmetry"]).output();
    let probe = probe.map_err(|error| lacks(format!("it cannot be started: {error}")))?;
    if !probe.status.success() {
        let said = String::from_utf8_lossy(&probe.stderr);
        let last = said.lines().last().unwrap_or("it ended without a word");
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
