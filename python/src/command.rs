//! The command `init-symmetry`, inside Python.

use crate::check::PythonSubject;
use crate::question::Asked;
use init_symmetry::command::{AnySubject, Course, Noticed, Python as InPython, run};
use init_symmetry::{Error, Result};
use pyo3::prelude::*;
use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::Arc;

/// What the command needs of Python, answered by the package itself.
#[derive(Default)]
struct Package {
    /// The subject that was loaded.
    asked: RefCell<Option<Arc<Asked>>>,
}

impl Package {
    fn of_subject<T>(&self, read: impl FnOnce(&Asked) -> T) -> Option<T> {
        self.asked.borrow().as_deref().map(read)
    }
}

impl Noticed for Package {
    fn has_stopped(&self) -> bool {
        self.of_subject(Noticed::has_stopped).unwrap_or(false)
    }

    fn raised(&self) -> Option<String> {
        self.of_subject(Noticed::raised).flatten()
    }

    fn problems(&self) -> Vec<String> {
        self.of_subject(Noticed::problems).unwrap_or_default()
    }

    fn remarks(&self) -> Vec<String> {
        self.of_subject(Noticed::remarks).unwrap_or_default()
    }

    fn understood(&self) -> Option<String> {
        self.of_subject(Noticed::understood).flatten()
    }
}

impl InPython for Package {
    fn load(&self, target: &str) -> Result<AnySubject> {
        let loaded = Python::attach(|py| {
            let module = py.import("init_symmetry.loading")?;
            let adapter = module.call_method1("adapter_of", (target,))?;
            let subject = PythonSubject::of(&adapter)?;
            *self.asked.borrow_mut() = Some(subject.asked());
            Ok(subject.judged())
        });
        loaded.map_err(|error: PyErr| {
            let why = Python::attach(|py| told(py, &error));
            Error::File { path: target.into(), why }
        })
    }

    fn course(&self, course: &Course) -> u8 {
        let code = Python::attach(|py| {
            let main = py.import("init_symmetry.course")?.getattr("main")?;
            let seconds = course.timeout.as_secs_f64();
            let arguments = (
                course.file.as_os_str(),
                course.run,
                course.json,
                course.gradescope.as_ref().map(|file| file.as_os_str()),
                seconds,
                course.seed,
            );
            main.call1(arguments)?.extract()
        });
        code.unwrap_or_else(|error: PyErr| {
            Python::attach(|py| error.print(py));
            70
        })
    }
}

/// An exception in words: bad input in a sentence, anything else with its traceback.
fn told(py: Python<'_>, error: &PyErr) -> String {
    let module = py.import("init_symmetry.loading");
    let told = module
        .and_then(|module| module.call_method1("told", (error.value(py),))?.extract::<String>());
    told.unwrap_or_else(|_| error.to_string())
}

/// Runs the command with these arguments, the first of which is the program; returns the exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| run(arguments, Some(&Package::default())))
}
