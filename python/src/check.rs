//! A network or a model of Python's before the judge.

use crate::model::PythonModel;
use crate::network::PythonNetwork;
use crate::question::Asked;
use crate::report::{Report, bad_input, detached, report};
use init_symmetry::command::{AnySubject, CheckOptions, check_here};
use init_symmetry::parse_name;
use init_symmetry::property::{Config, Profile};
use pyo3::prelude::*;
use std::sync::Arc;

/// What an adapter stands for.
pub(crate) enum PythonSubject {
    Network(PythonNetwork),
    Model(PythonModel),
}

impl PythonSubject {
    /// The network or the model of an adapter, which says which of them it is.
    ///
    /// # Errors
    /// What the adapter raises, and what is wrong with its description.
    pub(crate) fn of(adapter: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(match adapter.getattr("is_model")?.extract()? {
            true => Self::Model(PythonModel::of(adapter)?),
            false => Self::Network(PythonNetwork::of(adapter)?),
        })
    }

    /// The object that is asked.
    pub(crate) fn asked(&self) -> Arc<Asked> {
        match self {
            Self::Network(network) => network.asked(),
            Self::Model(model) => model.asked(),
        }
    }

    /// The same for the judge.
    pub(crate) fn judged(self) -> AnySubject {
        match self {
            Self::Network(network) => AnySubject::Network(Box::new(network)),
            Self::Model(model) => AnySubject::Model(Box::new(model)),
        }
    }
}

/// Checks what an adapter stands for, and returns exit code, text and JSON.
///
/// What is absent is as the environment says.
///
/// # Errors
/// An unknown profile or property, a seed that is too large, an environment that says nonsense, and
/// whatever the subject raises at a fair question.
#[pyfunction]
#[pyo3(signature = (adapter, *, profile, seed, only, skip, strict, call))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn check(
    py: Python<'_>,
    adapter: &Bound<'_, PyAny>,
    profile: Option<&str>,
    seed: Option<u64>,
    only: Vec<String>,
    skip: Vec<String>,
    strict: bool,
    call: String,
) -> PyResult<Report> {
    let environment = Config::from_env_or(Profile::Ci).map_err(bad_input)?;
    let profile = match profile {
        Some(name) => parse_name("profile", name).map_err(bad_input)?,
        None => environment.profile,
    };
    let named = seed.or(Config::seed_from_env().map_err(bad_input)?);
    let seed = named.unwrap_or_else(|| match profile {
        Profile::Soak => Config::fresh_seed(),
        Profile::Quick | Profile::Ci => Config::SEED,
    });
    Config::check_seed(seed).map_err(bad_input)?;
    let options = CheckOptions { profile, seed, only, skip, strict, call };
    let subject = PythonSubject::of(adapter)?;
    let asked = subject.asked();
    let noticed: &Asked = &asked;
    let printed = detached(py, move || check_here(&subject.judged(), &options, noticed));
    match asked.exception() {
        Some(exception) => Err(exception),
        None => printed.map(report),
    }
}
