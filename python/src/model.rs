//! A model that Python computes: named tensors, a loss and its gradient.
//!
//! The adapter is written in Python (`init_symmetry/model.py`). Nothing is judged here.

use crate::question::{Asked, array1, list};
use crate::report::bad_input;
use init_symmetry::gradient::LossAndGradient;
use init_symmetry::model::{Model, ModelAbility, ModelDeclaration, ModelDescription};
use init_symmetry::subject::Precision;
use init_symmetry::symmetry::{TensorShape, UnitGroup};
use init_symmetry::{Error, Result};
use pyo3::prelude::*;
use std::sync::Arc;

/// A model whose questions an object of Python answers.
pub(crate) struct PythonModel {
    asked: Arc<Asked>,
    description: ModelDescription,
}

impl PythonModel {
    /// The model that an adapter describes.
    ///
    /// # Errors
    /// What the adapter raises, and what is wrong with its description.
    pub(crate) fn of(adapter: &Bound<'_, PyAny>) -> PyResult<Self> {
        let description = ModelDescription::from_json(&Asked::hello(adapter)?);
        let description = description.map_err(bad_input)?;
        let name = description.name.clone().unwrap_or_else(|| "the model".into());
        let asked = Arc::new(Asked::new(adapter.clone().unbind(), name));
        Ok(Self { asked, description })
    }

    pub(crate) fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }

    fn evaluated(
        &self,
        parameters: &[f64],
        batch: u64,
        example: Option<usize>,
    ) -> Result<LossAndGradient> {
        self.asked.ask("evaluate", is_fair(parameters), |adapter| {
            let arguments = (array1(adapter.py(), parameters), batch, example);
            let answer = adapter.call_method1("evaluate", arguments)?;
            let (loss, gradient): (f64, Bound<'_, PyAny>) = answer.extract()?;
            Ok(LossAndGradient { loss, gradient: list(&gradient)? })
        })
    }
}

fn is_fair(parameters: &[f64]) -> bool {
    parameters.iter().all(|parameter| parameter.is_finite())
}

impl Model for PythonModel {
    fn name(&self) -> &str {
        &self.asked.name
    }

    fn tensors(&self) -> Vec<TensorShape> {
        self.description.tensors.clone()
    }

    fn groups(&self) -> Vec<UnitGroup> {
        self.description.groups.clone()
    }

    fn supports(&self, ability: ModelAbility) -> bool {
        self.description.abilities.contains(&ability)
    }

    fn precision(&self) -> Precision {
        self.description.precision
    }

    fn declaration(&self) -> ModelDeclaration {
        self.description.declaration
    }

    fn examples(&self) -> Option<usize> {
        self.description.examples
    }

    fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient> {
        self.evaluated(parameters, batch, None)
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        if !self.supports(ModelAbility::Loss) {
            return Ok(self.evaluate(parameters, batch)?.loss);
        }
        self.asked.ask("loss", is_fair(parameters), |adapter| {
            adapter.call_method1("loss", (array1(adapter.py(), parameters), batch))?.extract()
        })
    }

    fn evaluate_example(
        &self,
        parameters: &[f64],
        batch: u64,
        example: usize,
    ) -> Result<LossAndGradient> {
        self.evaluated(parameters, batch, Some(example))
    }

    fn start(&self, seed: u64) -> Result<Vec<f64>> {
        if !self.supports(ModelAbility::Start) {
            let what = "start of its own".into();
            return Err(Error::Unsupported { subject: self.name().into(), what });
        }
        self.asked.ask("start", true, |adapter| list(&adapter.call_method1("start", (seed,))?))
    }
}
