//! Asking a Python object, and what its exceptions mean.
//!
//! An exception at a fair question (shapes that fit, finite numbers) stops everything and passes
//! through to the caller. At a malformed one it is a refusal, as it should be. Start at
//! [`Asked::ask`].

use init_symmetry::command::Noticed;
use init_symmetry::{Error, quoted};
use ndarray::{Array2, Axis};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::create_exception;
use pyo3::exceptions::{PyArithmeticError, PyException, PyNotImplementedError, PyValueError};
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

create_exception!(
    init_symmetry._core,
    AnswerError,
    PyValueError,
    "An answer of a subject that has another form than it should have."
);

/// An object that is asked, and what is noticed of it.
pub(crate) struct Asked {
    pub(crate) adapter: Py<PyAny>,
    pub(crate) name: String,
    stopped: Mutex<Option<Stop>>,
    problems: Mutex<Vec<String>>,
}

/// Why nothing more is asked.
enum Stop {
    /// It raised at a fair question.
    Raised(PyErr),
    /// It answered a fair question in another form.
    Misshapen,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asked {
    pub(crate) fn new(adapter: Py<PyAny>, name: String) -> Self {
        Self { adapter, name, stopped: Mutex::default(), problems: Mutex::default() }
    }

    /// What the adapter says of its subject, as JSON.
    pub(crate) fn hello(adapter: &Bound<'_, PyAny>) -> PyResult<String> {
        let json = adapter.py().import("json")?;
        json.call_method1("dumps", (adapter.call_method0("hello")?,))?.extract()
    }

    /// Asks one question of the kind `request`.
    ///
    /// # Errors
    /// A refusal, an answer of another form, and everything once the object has stopped.
    pub(crate) fn ask<T>(
        &self,
        request: &str,
        is_fair: bool,
        question: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, Error> {
        if self.has_stopped() {
            return Err(self.refused("the check was stopped".into()));
        }
        Python::attach(|py| {
            let answer = py.check_signals().and_then(|()| question(self.adapter.bind(py)));
            answer.map_err(|error| self.error(py, request, is_fair, error))
        })
    }

    fn refused(&self, why: String) -> Error {
        Error::Refused { subject: self.name.clone(), why }
    }

    fn error(&self, py: Python<'_>, request: &str, is_fair: bool, error: PyErr) -> Error {
        let said = said(py, &error);
        if error.is_instance_of::<PyNotImplementedError>(py) {
            let what = quoted(&error.value(py).to_string());
            return Error::Unsupported { subject: self.name.clone(), what };
        }
        if error.is_instance_of::<AnswerError>(py) {
            let why = error.value(py).to_string();
            if is_fair {
                self.note_problem(format!("{request} returns something of another form: {why}"));
                lock(&self.stopped).get_or_insert(Stop::Misshapen);
            }
            let (subject, request) = (self.name.clone(), request.into());
            return Error::Answer { subject, request, why, question: String::new() };
        }
        let is_refusal = !is_fair || error.is_instance_of::<PyArithmeticError>(py);
        if !(is_refusal && error.is_instance_of::<PyException>(py)) {
            lock(&self.stopped).get_or_insert(Stop::Raised(error));
        }
        self.refused(said)
    }

    /// Asks as [`Asked::ask`] does, where no question is extreme: what it raises passes through.
    ///
    /// # Errors
    /// As [`Asked::ask`].
    pub(crate) fn ask_plainly<T>(
        &self,
        request: &str,
        question: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, Error> {
        self.ask(request, true, |adapter| {
            question(adapter).inspect_err(|error| {
                let raised = error.clone_ref(adapter.py());
                lock(&self.stopped).get_or_insert(Stop::Raised(raised));
            })
        })
    }

    /// The exception that stopped it, if one did.
    pub(crate) fn exception(&self) -> Option<PyErr> {
        let mut stopped = lock(&self.stopped);
        match stopped.take()? {
            Stop::Raised(error) => Some(error),
            Stop::Misshapen => {
                *stopped = Some(Stop::Misshapen);
                None
            }
        }
    }

    /// Notes once that something is wrong whatever the answers are.
    pub(crate) fn note_problem(&self, problem: String) {
        let mut problems = lock(&self.problems);
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// A list of sentences that the adapter keeps under a name, or none.
    fn sentences(&self, name: &str) -> Vec<String> {
        Python::attach(|py| {
            let list = self.adapter.bind(py).getattr(name);
            list.and_then(|list| list.extract()).unwrap_or_default()
        })
    }
}

/// The type and the message of an exception.
fn said(py: Python<'_>, error: &PyErr) -> String {
    let name = error.get_type(py).name().map_or_else(|_| "an error".into(), |it| it.to_string());
    format!("{name}: {}", error.value(py))
}

impl Noticed for Asked {
    fn has_stopped(&self) -> bool {
        lock(&self.stopped).is_some()
    }

    fn raised(&self) -> Option<String> {
        let error = self.exception()?;
        Python::attach(|py| {
            let traceback = py.import("traceback").and_then(|module| {
                let parts = (error.get_type(py), error.value(py), error.traceback(py));
                module.call_method1("format_exception", parts)?.extract::<Vec<String>>()
            });
            Some(traceback.map_or_else(|_| said(py, &error), |lines| lines.concat()))
        })
    }

    fn problems(&self) -> Vec<String> {
        let mut all = lock(&self.problems).clone();
        all.extend(self.sentences("problems"));
        all
    }

    fn remarks(&self) -> Vec<String> {
        let problems = self.sentences("problems");
        let remarks = self.sentences("remarks").into_iter();
        remarks.filter(|remark| !problems.contains(remark)).collect()
    }

    fn understood(&self) -> Option<String> {
        Python::attach(|py| self.adapter.bind(py).getattr("understood").ok()?.extract().ok())
    }
}

/// A matrix of Rust's as an array of NumPy's, which takes its memory over.
pub(crate) fn array2<'py>(py: Python<'py>, matrix: Array2<f64>) -> Bound<'py, PyArray2<f64>> {
    PyArray2::from_owned_array(py, matrix)
}

/// A list of numbers as an array of NumPy's.
pub(crate) fn array1<'py>(py: Python<'py>, list: &[f64]) -> Bound<'py, PyArray1<f64>> {
    PyArray1::from_slice(py, list)
}

/// An array of NumPy's as a matrix.
pub(crate) fn matrix(array: &Bound<'_, PyAny>) -> PyResult<Array2<f64>> {
    Ok(array.extract::<PyReadonlyArray2<'_, f64>>()?.as_array().to_owned())
}

/// An array of NumPy's as a list of numbers.
pub(crate) fn list(array: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    Ok(array.extract::<PyReadonlyArray1<'_, f64>>()?.as_array().to_vec())
}

/// Whether an array that was given away still holds what it held.
pub(crate) fn is_unchanged(array: &Bound<'_, PyArray2<f64>>, before: &Array2<f64>) -> bool {
    let after = array.readonly();
    let after = after.as_array();
    after.dim() == before.dim()
        && after.axis_iter(Axis(0)).zip(before.axis_iter(Axis(0))).all(|(after, before)| {
            after.iter().zip(before).all(|(a, b)| a.to_bits() == b.to_bits())
        })
}
