//! What becomes of a call: a report, an exception of the user's, or one of ours.

use init_symmetry::Error;
use init_symmetry::command::Printed;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

create_exception!(
    init_symmetry._core,
    InternalError,
    PyException,
    "A bug in init-symmetry: please report it with the lines above."
);

/// Exit code, text and JSON of a report.
pub(crate) type Report = (u8, String, String);

pub(crate) fn report(Printed { exit, text, json }: Printed) -> Report {
    (exit, text, json)
}

/// Bad input, as an exception.
pub(crate) fn bad_input(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Runs without the GIL what computes; a panic, which is a defect of ours, becomes an exception.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    compute: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(compute)));
    match outcome {
        Ok(result) => result.map_err(bad_input),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            let message = format!("{said}: this is a bug in init-symmetry, please report it");
            Err(InternalError::new_err(message))
        }
    }
}
