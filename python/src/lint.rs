//! Broken starts, in live tensors and in files.

use crate::question::list;
use crate::report::{Report, bad_input, detached, report};
use init_symmetry::command::{LintOptions, lint_here};
use init_symmetry::lint::file::open;
use init_symmetry::lint::{LiveTensors, UnitGroups};
use init_symmetry::model::ModelDescription;
use pyo3::prelude::*;
use std::path::PathBuf;

/// Judges a file, and returns exit code, text and JSON.
#[pyfunction]
#[pyo3(signature = (path, fresh, scheme, select, ignore, strict))]
pub(crate) fn lint_file(
    py: Python<'_>,
    path: PathBuf,
    fresh: bool,
    scheme: Option<String>,
    select: Vec<String>,
    ignore: Vec<String>,
    strict: bool,
) -> PyResult<Report> {
    let options = LintOptions { fresh, scheme, select, ignore, strict };
    let printed = detached(py, || {
        let mut source = open(&path)?;
        lint_here(&mut source, &path.to_string_lossy(), &UnitGroups::default(), &options)
    });
    printed.map(report)
}

/// Judges tensors (name, shape, entries in row-major order), and returns exit code, text and JSON.
///
/// `description` has their unit groups, as the fields of hello of a model in JSON; without it the
/// names of the tensors say which axes belong together.
#[pyfunction]
#[pyo3(signature = (name, tensors, description, fresh, scheme, select, ignore, strict))]
#[expect(clippy::too_many_arguments, reason = "they are options of one command")]
pub(crate) fn lint_tensors(
    py: Python<'_>,
    name: &str,
    tensors: Vec<(String, Vec<usize>, Bound<'_, PyAny>)>,
    description: Option<&str>,
    fresh: bool,
    scheme: Option<String>,
    select: Vec<String>,
    ignore: Vec<String>,
    strict: bool,
) -> PyResult<Report> {
    let options = LintOptions { fresh, scheme, select, ignore, strict };
    let mut live = LiveTensors::default();
    for (tensor, shape, entries) in tensors {
        live.insert(tensor, &shape, list(&entries)?).map_err(bad_input)?;
    }
    let units = match description.map(ModelDescription::from_json).transpose() {
        Ok(Some(description)) => UnitGroups::of(&description.groups),
        Ok(None) => UnitGroups::default(),
        Err(error) => return Err(bad_input(error)),
    };
    detached(py, || lint_here(&mut live, name, &units, &options)).map(report)
}
