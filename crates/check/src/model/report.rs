//! Every property on one model, and what is likely wrong with it.

use super::Model;
use super::case::{ModelCase, Setting};
use super::known::significant_bits;
use super::properties::ALL;
use crate::outcomes;
use crate::panics::caught;
use crate::property::{Config, Outcome, PropertyVerdict};
use crate::subject::Precision;
use std::fmt;

/// What became of every property of a model.
///
/// ```
/// # use init_symmetry_check::model::{Model, ModelReport};
/// # use init_symmetry_gradient::LossAndGradient;
/// # use init_symmetry_network::{Result, symmetry::TensorShape};
/// use init_symmetry_check::property::{Config, Profile};
/// struct Square;
/// # impl Model for Square {
/// #     fn name(&self) -> &str { "square" }
/// #     fn tensors(&self) -> Vec<TensorShape> { vec![TensorShape::new("x", &[1])] }
/// #     fn evaluate(&self, x: &[f64], _: u64) -> Result<LossAndGradient> {
/// #         Ok(LossAndGradient { loss: x[0] * x[0], gradient: vec![2.0 * x[0]] })
/// #     }
/// # }
/// let report = ModelReport::new(&Square, &Config::new(Profile::Quick, 1));
/// assert!(report.passes(), "{report}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelReport {
    /// Name of the model.
    pub model: String,
    /// What was found out about it that it does not declare.
    pub remarks: Vec<String>,
    /// What is likely wrong with it.
    pub causes: Vec<String>,
    /// One for each property that was checked.
    pub outcomes: Vec<Outcome>,
}

impl ModelReport {
    /// Checks every property.
    pub fn new(model: &dyn Model, config: &Config) -> Self {
        let outcomes = ALL.iter().map(|property| property.check(model, config)).collect();
        Self::of_outcomes(model, outcomes, config)
    }

    /// Explains outcomes that are there already.
    ///
    /// Answers that change from call to call fail every other property; so does a group that is no
    /// symmetry those about units. So the first failure in the order of [`ALL`] is the likeliest
    /// cause, and what it says stands for the rest.
    pub fn of_outcomes(model: &dyn Model, outcomes: Vec<Outcome>, config: &Config) -> Self {
        let place = |outcome: &Outcome| ALL.iter().position(|it| it.name == outcome.property);
        let failing = outcomes.iter().filter(|outcome| outcome.fails());
        let first = failing.min_by_key(|outcome| place(outcome));
        let causes = first.and_then(|outcome| match &outcome.verdict {
            PropertyVerdict::Fails { reason, .. } => reason.lines().next().map(String::from),
            _ => None,
        });
        let remarks = remark_on_precision(model, config).into_iter().collect();
        let (model, causes) = (model.name().into(), causes.into_iter().collect());
        Self { model, remarks, causes, outcomes }
    }

    /// Whether every property is acceptable, and some pass.
    pub fn passes(&self) -> bool {
        self.outcomes.iter().all(Outcome::is_acceptable)
            && self.outcomes.iter().any(|it| it.passes() || it.note().is_some())
    }
}

/// Says where a model computes in a narrower precision than it declares.
fn remark_on_precision(model: &dyn Model, config: &Config) -> Option<String> {
    let case = ModelCase { seed: config.seed, batch: 0 };
    let setting = caught(|| Setting::of(model, case)).ok()?.ok()?;
    let answer = caught(|| setting.ask(&setting.parameters)).ok()?.ok()?;
    let (precision, hint) = match significant_bits(&answer)? {
        24 if model.precision() == Precision::F32 => return None,
        24 => ("single", ": declare \"precision\": \"f32\""),
        11 => ("half", ""),
        _ => ("bfloat16", ""),
    };
    Some(format!(
        "Every number in its answers has {precision} precision, so the tolerance is that of this \
         precision{hint}."
    ))
}

/// The likely cause, then what does not pass, failures first, then how many properties hold.
impl fmt::Display for ModelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.causes.iter().try_for_each(|cause| writeln!(f, "likely cause: {cause}"))?;
        self.remarks.iter().try_for_each(|remark| writeln!(f, "note: {remark}"))?;
        outcomes::print(f, &self.model, &self.outcomes)
    }
}
