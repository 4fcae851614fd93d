//! What must hold of any model, one property after another.
//!
//! Those of the gradient stand in `gradient.rs`, those of unit groups in `symmetry.rs`, those of
//! steps and starts in `training.rs`. A property compares answers of the model with one another:
//! there is no reference of it. Start reading at [`ALL`].

use super::case::{ModelCase, Setting, cases};
use super::{Model, gradient, symmetry, training};
use crate::property::{CaseFailure, Config, Outcome, Witness, run};
use init_symmetry_network::symmetry::TensorShape;
use init_symmetry_network::{Error, Result};

/// A property of models.
#[derive(Debug, Clone, Copy)]
pub struct ModelProperty {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// The fact that shows that a case could have failed.
    pub witness: &'static str,
    /// In how many times fewer cases than configured it is checked: a case asks so much.
    pub(super) fewer: u32,
    pub(super) holds: fn(&Setting<'_>, &Config) -> Result<Witness, CaseFailure>,
}

/// Every property of models, in the order in which a failure explains others.
///
/// ```
/// use init_symmetry_check::model;
/// assert_eq!(model::ALL[0].name, "same-question-gets-the-same-bits");
/// ```
pub const ALL: &[ModelProperty] = &[
    gradient::SAME_BITS,
    symmetry::RENUMBERING,
    gradient::DIFFERENCES,
    gradient::LOSS_ALONE,
    gradient::MEAN_OF_EXAMPLES,
    symmetry::BALANCE,
    symmetry::TWIN_GRADIENTS,
    training::STEP,
    training::FRESH_STEPS,
    symmetry::TWINS_STAY_TWINS,
    training::START_HAS_NO_TWINS,
    training::START_FOLLOWS_ITS_SEED,
    training::START_DRAWS_AFRESH,
];

/// Hands the name of every property of models to a macro; a test holds it to [`ALL`].
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_model_property {
    ($callback:path, $argument:expr) => {
        $callback! { $argument;
            same_question_gets_the_same_bits
            renumbering_a_group_renumbers_the_gradient
            gradient_equals_differences_of_its_loss
            loss_alone_equals_loss_with_gradient
            batch_gradient_is_the_mean_of_its_examples
            homogeneous_units_are_balanced
            twins_get_identical_gradients
            a_step_subtracts_rate_times_gradient
            training_is_fresh_single_steps
            twins_stay_twins
            a_start_has_no_twins
            a_start_follows_its_seed
            a_start_draws_each_tensor_afresh
        }
    };
}

/// A model with more parameters is asked about few cases.
const MANY_PARAMETERS: usize = 100_000;

impl ModelProperty {
    /// A property by its name.
    ///
    /// # Errors
    /// No property has that name; the message names the nearest.
    pub fn named(name: &str) -> Result<&'static Self> {
        let known: Vec<_> = ALL.iter().map(|property| property.name).collect();
        let found = ALL.iter().find(|property| property.name == name);
        found.ok_or_else(|| Error::unknown("property", name, &known))
    }

    /// Checks it on a model. A panic of the model fails the case that was asked.
    ///
    /// ```
    /// # use init_symmetry_check::model::{Model, ModelProperty};
    /// # use init_symmetry_gradient::LossAndGradient;
    /// # use init_symmetry_network::{Result, symmetry::TensorShape};
    /// use init_symmetry_check::property::{Config, Profile};
    /// struct Square;
    /// # impl Model for Square {
    /// #     fn name(&self) -> &str { "square" }
    /// #     fn tensors(&self) -> Vec<TensorShape> { vec![TensorShape::new("x", &[1])] }
    /// #     fn evaluate(&self, x: &[f64], _: u64) -> Result<LossAndGradient> {
    /// #         Ok(LossAndGradient { loss: x[0] * x[0], gradient: vec![x[0]] })
    /// #     }
    /// # }
    /// let property = ModelProperty::named("gradient-equals-differences-of-its-loss")?;
    /// let outcome = property.check(&Square, &Config::new(Profile::Quick, 1)); // d/dx x² is not x
    /// assert!(outcome.fails());
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn check(&self, model: &dyn Model, config: &Config) -> Outcome {
        let all = model.tensors().iter().map(TensorShape::len).fold(0, usize::saturating_add);
        let number = match all > MANY_PARAMETERS {
            true => 1,
            false => config.cases.div_ceil(self.fewer),
        };
        let config = Config { cases: number, ..config.clone() }.without_shrinking();
        run(self.name, self.witness, &config, cases(), |case: &ModelCase| {
            (self.holds)(&Setting::of(model, *case)?, &config)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;

    macro_rules! names {
        ($nothing:expr; $($name:ident)*) => {
            const NAMES: &[&str] = &[$(stringify!($name)),*];
        };
    }
    for_each_model_property!(names, ());

    #[test]
    fn every_property_of_models_is_one_of_the_tests_that_the_macro_makes() {
        let names: Vec<_> = ALL.iter().map(|property| property.name.replace('-', "_")).collect();
        assert_eq!(names, NAMES);
    }
}
