//! The compiled part of the Python package `init_symmetry`.
//!
//! Each file here hands one thing of the library to Python: arrays in, a report as text and JSON
//! out. What users see is written in Python, in `init_symmetry/`. The only crate here with `unsafe`
//! code, which PyO3's macros write.

mod check;
mod command;
mod gradient;
mod lint;
mod model;
mod network;
mod question;
mod report;

use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("AnswerError", py.get_type::<question::AnswerError>())?;
    module.add("InternalError", py.get_type::<report::InternalError>())?;
    module.add_function(wrap_pyfunction!(gradient::check_gradient, module)?)?;
    module.add_function(wrap_pyfunction!(check::check, module)?)?;
    module.add_function(wrap_pyfunction!(network::reference, module)?)?;
    module.add_function(wrap_pyfunction!(network::explains, module)?)?;
    module.add_function(wrap_pyfunction!(lint::lint_file, module)?)?;
    module.add_function(wrap_pyfunction!(lint::lint_tensors, module)?)?;
    module.add_function(wrap_pyfunction!(command::run_command, module)?)
}
