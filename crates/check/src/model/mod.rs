//! Any model: named tensors, unit groups, a loss with its gradient.
//!
//! What the lesson says of hidden units holds wherever units can be renumbered without changing
//! the loss: channels of a convolution, cells of an LSTM, heads of attention. A model says which
//! axes its units number; everything else is checked. Start reading at [`Model`], then at
//! `properties.rs`, which lists what must hold.

mod case;
mod description;
mod gradient;
mod known;
mod mending;
mod program;
mod properties;
mod report;
mod symmetry;
mod training;

pub use description::ModelDescription;
pub use program::ModelProgram;
pub use properties::{ALL, ModelProperty};
pub use report::ModelReport;

use crate::subject::{Momentum, Precision};
use init_symmetry_gradient::{Block, Differentiable, LossAndGradient};
use init_symmetry_network::symmetry::{TensorShape, UnitGroup};
use init_symmetry_network::{Error, Result};
use serde::Deserialize;
use strum::Display;

/// What a model may have of its own beside its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Deserialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ModelAbility {
    /// [`Model::loss`], computed without the gradient.
    Loss,
    /// [`Model::start`].
    Start,
    /// [`Model::step`].
    Step,
    /// [`Model::train`].
    Train,
}

/// What a model says of its training, where a step is not θ − α·gradient.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ModelDeclaration {
    /// λ of α·λ·θ, which a step and training subtract besides, from every parameter.
    pub decay: f64,
    /// What training remembers of earlier directions, gradient and decay together.
    pub momentum: Option<Momentum>,
}

/// A model under test: tensors of parameters, unit groups, a loss and its gradient.
///
/// Parameters are one list: the tensors one after the other, each in row-major order. A batch is
/// named by a number; the same number has to give the same data every time. Only
/// [`Model::tensors`] and [`Model::evaluate`] are needed.
///
/// ```
/// use init_symmetry_check::model::Model;
/// use init_symmetry_gradient::LossAndGradient;
/// use init_symmetry_network::Result;
/// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
///
/// /// ½(v·w·x)² with hidden units that are products: x is the number of the batch.
/// struct Linear;
///
/// impl Model for Linear {
///     fn name(&self) -> &str {
///         "linear"
///     }
///
///     fn tensors(&self) -> Vec<TensorShape> {
///         vec![TensorShape::new("w", &[3, 1]), TensorShape::new("v", &[1, 3])]
///     }
///
///     fn groups(&self) -> Vec<UnitGroup> {
///         use UnitAxis as Along;
///         vec![UnitGroup::new("hidden", 3).along(Along::new("w", 0)).along(Along::new("v", 1))]
///     }
///
///     fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient> {
///         let (w, v) = parameters.split_at(3);
///         let x = batch as f64;
///         let y: f64 = w.iter().zip(v).map(|(w, v)| v * w * x).sum();
///         let dw = v.iter().map(|v| y * v * x);
///         let dv = w.iter().map(|w| y * w * x);
///         Ok(LossAndGradient { loss: y * y / 2.0, gradient: dw.chain(dv).collect() })
///     }
/// }
/// ```
pub trait Model {
    /// What to call it in reports.
    fn name(&self) -> &str;

    /// Its tensors, in the order in which they lie in the list of parameters.
    fn tensors(&self) -> Vec<TensorShape>;

    /// Its unit groups; without one nothing is said of symmetry.
    fn groups(&self) -> Vec<UnitGroup> {
        Vec::new()
    }

    /// Whether an ability is the model's own. What it leaves to the defaults is used, not judged.
    fn supports(&self, ability: ModelAbility) -> bool {
        let _ = ability;
        false
    }

    /// The arithmetic that it computes in.
    fn precision(&self) -> Precision {
        Precision::default()
    }

    /// What it says of its training.
    fn declaration(&self) -> ModelDeclaration {
        ModelDeclaration::default()
    }

    /// How many examples a batch has, if its loss is the mean of theirs and each can be evaluated
    /// alone ([`Model::evaluate_example`]); none where examples see one another, as under batch
    /// norm.
    fn examples(&self) -> Option<usize> {
        None
    }

    /// The loss and its gradient, which is laid out as the parameters are.
    ///
    /// # Errors
    /// Whatever keeps the model from answering; bad *numbers* are answers, not errors.
    fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient>;

    /// The loss alone.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        Ok(self.evaluate(parameters, batch)?.loss)
    }

    /// The loss and gradient of one example of a batch, counted from 0.
    ///
    /// # Errors
    /// As [`Model::evaluate`]; [`Error::Unsupported`] unless overridden.
    fn evaluate_example(
        &self,
        parameters: &[f64],
        batch: u64,
        example: usize,
    ) -> Result<LossAndGradient> {
        let _ = (parameters, batch, example);
        Err(lacks(self.name(), "single examples"))
    }

    /// The parameters that training starts from.
    ///
    /// # Errors
    /// As [`Model::evaluate`]; [`Error::Unsupported`] unless overridden.
    fn start(&self, seed: u64) -> Result<Vec<f64>> {
        let _ = seed;
        Err(lacks(self.name(), "start of its own"))
    }

    /// The parameters after one step of gradient descent, θ − α·gradient with rate α.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    fn step(&self, parameters: &[f64], batch: u64, rate: f64) -> Result<Vec<f64>> {
        plain_step(self, parameters, batch, rate)
    }

    /// The parameters after each of several steps, one on each of these batches, the start not
    /// among them.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    fn train(&self, start: &[f64], batches: &[u64], rate: f64) -> Result<Vec<Vec<f64>>> {
        plain_training(self, start, batches, rate)
    }
}

/// θ − α·gradient.
fn plain_step<M: Model + ?Sized>(
    model: &M,
    parameters: &[f64],
    batch: u64,
    rate: f64,
) -> Result<Vec<f64>> {
    let gradient = model.evaluate(parameters, batch)?.gradient;
    Ok(parameters.iter().zip(gradient).map(|(theta, slope)| theta - rate * slope).collect())
}

/// One step after the other.
fn plain_training<M: Model + ?Sized>(
    model: &M,
    start: &[f64],
    batches: &[u64],
    rate: f64,
) -> Result<Vec<Vec<f64>>> {
    let mut iterations: Vec<Vec<f64>> = Vec::new();
    for &batch in batches {
        let before = iterations.last().map_or(start, Vec::as_slice);
        let after = model.step(before, batch, rate)?;
        iterations.push(after);
    }
    Ok(iterations)
}

/// A model at one batch: a function of its parameters, which every check of a gradient takes.
///
/// A tensor is a block with a row for each entry of its first axis.
#[derive(Clone, Copy)]
pub struct AtBatch<'a> {
    /// The model.
    pub model: &'a dyn Model,
    /// The number of the batch.
    pub batch: u64,
}

impl Differentiable for AtBatch<'_> {
    fn blocks(&self) -> Vec<Block> {
        let block = |TensorShape { name, shape }: TensorShape| match shape[..] {
            [] => Block::new(name, 1, 1),
            [rows, ref columns @ ..] => {
                let columns =
                    columns.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
                Block::new(name, rows, columns)
            }
        };
        self.model.tensors().into_iter().map(block).collect()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        self.model.evaluate(parameters, self.batch)
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        if self.model.supports(ModelAbility::Loss) {
            self.model.loss(parameters, self.batch)
        } else {
            Ok(self.evaluate(parameters)?.loss)
        }
    }

    fn examples(&self) -> Option<usize> {
        self.model.examples()
    }
}

/// What a model has not.
fn lacks(model: &str, what: &str) -> Error {
    Error::Unsupported { subject: model.into(), what: what.into() }
}
