//! What must hold of any subject: named properties with generated cases and witnesses.
//!
//! One file per family; the runner shrinks what fails and counts the cases that could have failed.

mod config;
mod descent;
mod induction;
mod kernel;
mod outcome;
mod strategy;
mod zero;

pub use config::{Config, Profile};
pub use descent::{
    a_step_subtracts_rate_times_gradient, batch_gradient_is_the_mean_of_its_examples,
};
pub use induction::{
    equal_rows_separate_when_outgoing_weights_differ, random_rows_differ_and_stay_finite,
    twins_get_identical_gradients, twins_stay_twins, twins_train_as_one_unit,
};
pub use kernel::{Product, products_are_uniform, reference_products_are_uniform};
pub use outcome::{Failure, Outcome, Seen, Verdict, run};
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
/// use init_symmetry::property::{ALL, Config, Profile};
/// use init_symmetry::subject::Reference;
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
];
