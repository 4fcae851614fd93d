//! Any gradient: a loss and a gradient of one list of numbers, as functions of Python.

use crate::question::{Asked, array1, list};
use crate::report::{Report, bad_input, detached};
use init_symmetry::command::Noticed;
use init_symmetry::gradient::{Block, Check, Coverage, Differentiable, LossAndGradient};
use init_symmetry::property::Config;
use init_symmetry::{Error, Result};
use pyo3::prelude::*;

/// A function whose values an object of Python computes.
struct PythonFunction<'a> {
    asked: &'a Asked,
    blocks: Vec<Block>,
}

impl Differentiable for PythonFunction<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.blocks.clone()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let loss = self.loss(parameters)?;
        let gradient = self.asked.ask_plainly("gradient", |adapter| {
            list(&adapter.call_method1("gradient", (array1(adapter.py(), parameters),))?)
        })?;
        Ok(LossAndGradient { loss, gradient })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        self.asked.ask_plainly("loss", |adapter| {
            adapter.call_method1("loss", (array1(adapter.py(), parameters),))?.extract()
        })
    }
}

/// Checks the gradient of an adapter at `x`, and returns exit code, text and JSON.
///
/// `blocks` are name, rows and columns of the parts of `x`; `entries` is none for as many as
/// `evaluations` allow, 0 for all, or the number of entries of each block.
#[pyfunction]
#[pyo3(signature = (adapter, blocks, x, *, seed, entries, evaluations, call))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn check_gradient(
    py: Python<'_>,
    adapter: &Bound<'_, PyAny>,
    blocks: Vec<(String, usize, usize)>,
    x: &Bound<'_, PyAny>,
    seed: Option<u64>,
    entries: Option<usize>,
    evaluations: Option<usize>,
    call: &str,
) -> PyResult<Report> {
    let environment = Config::seed_from_env().map_err(bad_input)?;
    let seed = seed.or(environment).unwrap_or(Config::SEED);
    Config::check_seed(seed).map_err(bad_input)?;
    let coverage = match entries {
        None => Coverage::Automatic,
        Some(0) => Coverage::Every,
        Some(count) => Coverage::Sampled(count),
    };
    let default = Check::default();
    let most_evaluations = evaluations.unwrap_or(default.most_evaluations);
    let check = Check { seed, coverage, most_evaluations };
    let x = list(x)?;
    let asked = Asked::new(adapter.clone().unbind(), "the function".into());
    let blocks = blocks.into_iter().map(|(name, rows, columns)| Block::new(name, rows, columns));
    let function = PythonFunction { asked: &asked, blocks: blocks.collect() };
    let report = detached(py, || match check.differences(&function, &x) {
        // an answer of another form, or a refusal
        Err(error) if !function.asked.has_stopped() => Err(error),
        outcome => Ok(outcome.ok()),
    });
    if let Some(exception) = asked.exception() {
        return Err(exception);
    }
    let lacks = || bad_input(Error::Refused { subject: "the function".into(), why: "".into() });
    let mut report = report?.ok_or_else(lacks)?;
    report.replay = format!("{call}, seed={seed})");
    let (problems, passed) = (asked.problems(), report.passed());
    // in the words of Python's arguments
    let mut text = report.to_string().replace("most_evaluations", "evaluations");
    text = text.replace("at Check::another_point", "at a point nearby");
    for problem in problems.iter().rev() {
        text = format!("fails: {problem}\n{text}");
    }
    let mut json = report.to_json();
    json["schema"] = "init-symmetry/gradient/1".into();
    json["problems"] = problems.clone().into();
    let exit = if passed && problems.is_empty() { 0 } else { 2 };
    Ok((exit, text, json.to_string()))
}
