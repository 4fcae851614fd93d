//! What must hold of any subject: named properties with generated cases and witnesses.
//!
//! One file per family; the runner shrinks what fails and counts the cases that could have failed.

mod answers;
mod config;
mod descent;
mod differences;
mod drift;
mod induction;
mod instantiate;
mod invariance;
mod judged;
mod kernel;
mod outcome;
mod relu;
mod specified;
mod strategy;
mod zero;

pub use answers::{mismatched_shapes_are_refused, same_question_gets_the_same_bits};
pub use config::{Config, Profile};
pub use descent::{
    a_step_subtracts_rate_times_gradient, batch_gradient_is_the_mean_of_its_examples,
    tiny_steps_descend_as_steeply_as_the_loss, training_is_fresh_single_steps,
};
pub use differences::gradient_equals_differences_of_its_loss;
pub use drift::twins_stay_twins_in_larger_networks;
pub use induction::{
    equal_rows_separate_when_outgoing_weights_differ, random_rows_differ_and_stay_finite,
    twins_get_identical_gradients, twins_stay_twins, twins_train_as_one_unit,
};
pub use instantiate::{Unacceptable, check_by_name};
pub use invariance::{
    a_bias_is_a_weight_on_a_constant_input, a_unit_without_outgoing_weights_changes_nothing,
    doubling_the_batch_changes_nothing, flipping_a_tanh_unit_flips_its_gradient,
    gradient_is_affine_in_the_labels, permuting_examples_changes_nothing,
    permuting_units_permutes_the_gradient,
};
pub use kernel::{Product, products_are_uniform, reference_products_are_uniform};
pub use outcome::{CaseFailure, Outcome, PropertyVerdict, Seen, run};
pub use relu::relu_passes_nothing_at_or_below_zero;
pub use specified::{
    extreme_logits_stay_finite, gradient_equals_the_specification,
    predictions_equal_the_specification,
};
pub use strategy::{Case, Cases, TwinCase, make_twins};
pub use zero::{
    from_a_constant_rows_stay_equal, from_zero_only_the_output_bias_moves,
    from_zero_rows_stay_equal, from_zero_sigmoid_units_move_together,
};

use crate::subject::Subject;

/// A property of subjects in `f64`.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// Checks it on a subject.
    pub check: fn(&dyn Subject, &Config) -> Outcome,
}

/// Every property of subjects.
///
/// ```
/// use init_symmetry_check::property::{ALL, Config, Profile};
/// use init_symmetry_check::subject::Reference;
/// for property in ALL {
///     let outcome = (property.check)(&Reference, &Config::new(Profile::Quick, 1));
///     assert!(outcome.passes(), "{outcome}");
/// }
/// ```
pub const ALL: &[Property] = &[
    Property {
        name: "twins-stay-twins",
        statement: "two units that are equal in row, bias and outgoing weights stay equal, \
                    bit for bit, at every iteration",
        check: twins_stay_twins,
    },
    Property {
        name: "twins-get-identical-gradients",
        statement: "twins get equal rows of dW, entries of db and outgoing columns of dW",
        check: twins_get_identical_gradients,
    },
    Property {
        name: "twins-stay-twins-in-larger-networks",
        statement: "from one constant for all weights units stay equal, bit for bit, in networks \
                    with up to 37 units and 65 examples, where products have edges",
        check: twins_stay_twins_in_larger_networks,
    },
    Property {
        name: "from-a-constant-rows-stay-equal",
        statement: "from one constant for all weights the units of every hidden layer are twins \
                    at every iteration",
        check: from_a_constant_rows_stay_equal,
    },
    Property {
        name: "from-zero-rows-stay-equal",
        statement: "from a zero start the units of every hidden layer are twins at every iteration",
        check: from_zero_rows_stay_equal,
    },
    Property {
        name: "from-zero-only-the-output-bias-moves",
        statement: "where g(0) = 0 a zero start keeps every other parameter exactly zero, and the \
                    output bias follows the constant prediction",
        check: from_zero_only_the_output_bias_moves,
    },
    Property {
        name: "from-zero-sigmoid-units-move-together",
        statement: "with sigmoid units a zero start moves W2 at step 1 where the labels are \
                    unbalanced and never otherwise; W1 moves later, its rows equal",
        check: from_zero_sigmoid_units_move_together,
    },
    Property {
        name: "equal-rows-separate-when-outgoing-weights-differ",
        statement: "W1 = 0 with different W2 separates at step 1 where g'(0) ≠ 0 and Σ r·xᵀ ≠ 0",
        check: equal_rows_separate_when_outgoing_weights_differ,
    },
    Property {
        name: "random-rows-differ-and-stay-finite",
        statement: "from a random start the rows of W1 are pairwise different and finite at every \
                    iteration",
        check: random_rows_differ_and_stay_finite,
    },
    Property {
        name: "twins-train-as-one-unit",
        statement: "n twins trained at rate α are one unit with outgoing weight n·v whose row and \
                    bias train at α/n and whose outgoing weight trains at n·α",
        check: twins_train_as_one_unit,
    },
    Property {
        name: "batch-gradient-is-the-mean-of-its-examples",
        statement: "the gradient of a batch is the mean of the gradients of its examples",
        check: batch_gradient_is_the_mean_of_its_examples,
    },
    Property {
        name: "a-step-subtracts-rate-times-gradient",
        statement: "a step is θ − α·gradient, bit for bit (a fused multiply-add is accepted)",
        check: a_step_subtracts_rate_times_gradient,
    },
    Property {
        name: "gradient-equals-the-specification",
        statement: "the loss and its gradient are those of the specification, which is \
                    differentiated \
                    forward and shares no code with the subject",
        check: gradient_equals_the_specification,
    },
    Property {
        name: "predictions-equal-the-specification",
        statement: "the predictions are those of the specification, within rounding",
        check: predictions_equal_the_specification,
    },
    Property {
        name: "gradient-equals-differences-of-its-loss",
        statement: "every entry of the gradient is within the derived tolerance of extrapolated \
                    differences of the subject's own loss",
        check: gradient_equals_differences_of_its_loss,
    },
    Property {
        name: "extreme-logits-stay-finite",
        statement: "where the outputs saturate, loss and gradient are finite and right",
        check: extreme_logits_stay_finite,
    },
    Property {
        name: "relu-passes-nothing-at-or-below-zero",
        statement: "a ReLU unit at z = 0 or below gets and causes a gradient of exactly zero",
        check: relu_passes_nothing_at_or_below_zero,
    },
    Property {
        name: "tiny-steps-descend-as-steeply-as-the-loss",
        statement: "(J − J')/α of a tiny step is the squared norm of the numeric gradient, within \
                    1 %",
        check: tiny_steps_descend_as_steeply_as_the_loss,
    },
    Property {
        name: "training-is-fresh-single-steps",
        statement: "every iterate of training is one fresh step from the iterate before it",
        check: training_is_fresh_single_steps,
    },
    Property {
        name: "doubling-the-batch-changes-nothing",
        statement: "a batch in which every example stands twice has the same mean loss and \
                    gradient",
        check: doubling_the_batch_changes_nothing,
    },
    Property {
        name: "permuting-examples-changes-nothing",
        statement: "the order of the examples changes neither loss nor gradient",
        check: permuting_examples_changes_nothing,
    },
    Property {
        name: "permuting-units-permutes-the-gradient",
        statement: "renumbering hidden units renumbers the gradient in the same way",
        check: permuting_units_permutes_the_gradient,
    },
    Property {
        name: "flipping-a-tanh-unit-flips-its-gradient",
        statement: "negating a tanh unit's row, bias and outgoing weights negates its part of the \
                    gradient",
        check: flipping_a_tanh_unit_flips_its_gradient,
    },
    Property {
        name: "a-unit-without-outgoing-weights-changes-nothing",
        statement: "a unit with zero outgoing weights gets no gradient and changes no other",
        check: a_unit_without_outgoing_weights_changes_nothing,
    },
    Property {
        name: "a-bias-is-a-weight-on-a-constant-input",
        statement: "a bias of layer 1 is a weight on an input that is always 1",
        check: a_bias_is_a_weight_on_a_constant_input,
    },
    Property {
        name: "gradient-is-affine-in-the-labels",
        statement: "for labels ½ the gradient is the mean of those for y and 1 − y",
        check: gradient_is_affine_in_the_labels,
    },
    Property {
        name: "same-question-gets-the-same-bits",
        statement: "the same parameters and batch get the same bits, whatever was asked in between",
        check: same_question_gets_the_same_bits,
    },
    Property {
        name: "mismatched-shapes-are-refused",
        statement: "parameters or examples of shapes that do not fit are refused",
        check: mismatched_shapes_are_refused,
    },
];
