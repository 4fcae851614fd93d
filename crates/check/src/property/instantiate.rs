//! Every property of one's own subject as a test of its own.

use super::{ALL, Config, Outcome};
use crate::subject::Subject;
use init_symmetry_network::Error;
use std::fmt;

/// A property that a subject has not, shown whole where a test fails.
#[derive(Clone, PartialEq, Eq)]
pub struct Unacceptable(String);

impl fmt::Debug for Unacceptable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Unacceptable {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// Checks one property, named as a function or in kebab-case, at [`Config::from_env`].
///
/// # Errors
/// An outcome that is not [acceptable](Outcome::is_acceptable), a name that is not known.
///
/// ```
/// use init_symmetry_check::{property::check_by_name, subject::Reference};
/// assert!(check_by_name("same_question_gets_the_same_bits", &Reference).is_ok());
/// assert!(check_by_name("no_such_property", &Reference).is_err());
/// ```
pub fn check_by_name(name: &str, subject: &dyn Subject) -> Result<(), Unacceptable> {
    let name = name.replace('_', "-");
    let Some(property) = ALL.iter().find(|property| property.name == name) else {
        let known: Vec<_> = ALL.iter().map(|property| property.name).collect();
        return Err(Error::unknown("property", &name, &known).into());
    };
    let outcome: Outcome = (property.check)(subject, &Config::from_env()?);
    if outcome.is_acceptable() { Ok(()) } else { Err(Unacceptable(outcome.to_string())) }
}

/// Every property of a subject as a `#[test]` of its own, named like the property.
///
/// ```
/// # #[cfg(test)]
/// mod my_network {
///     init_symmetry_check::subject_tests!(init_symmetry_check::subject::Reference);
/// }
/// ```
#[macro_export]
macro_rules! subject_tests {
    ($subject:expr) => {
        $crate::subject_tests! { @each $subject;
            twins_stay_twins
            twins_get_identical_gradients
            twins_stay_twins_in_larger_networks
            from_a_constant_rows_stay_equal
            from_zero_rows_stay_equal
            from_zero_only_the_output_bias_moves
            from_zero_sigmoid_units_move_together
            equal_rows_separate_when_outgoing_weights_differ
            random_rows_differ_and_stay_finite
            twins_train_as_one_unit
            batch_gradient_is_the_mean_of_its_examples
            a_step_subtracts_rate_times_gradient
            gradient_equals_the_specification
            predictions_equal_the_specification
            gradient_equals_differences_of_its_loss
            extreme_logits_stay_finite
            relu_passes_nothing_at_or_below_zero
            tiny_steps_descend_as_steeply_as_the_loss
            training_is_fresh_single_steps
            doubling_the_batch_changes_nothing
            permuting_examples_changes_nothing
            permuting_units_permutes_the_gradient
            flipping_a_tanh_unit_flips_its_gradient
            a_unit_without_outgoing_weights_changes_nothing
            a_bias_is_a_weight_on_a_constant_input
            gradient_is_affine_in_the_labels
            same_question_gets_the_same_bits
            mismatched_shapes_are_refused
        }
    };
    (@each $subject:expr; $($property:ident)*) => {
        $(
            #[test]
            fn $property() -> Result<(), $crate::property::Unacceptable> {
                $crate::property::check_by_name(stringify!($property), &$subject)
            }
        )*
    };
}
