// Generated from every `property!` of this folder by `cargo run -p xtask -- bless`: the order of
// the kill matrix, in which a new property is the last.

/// Hands every property, as family::name, to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_property {
    ($callback:path $(, $argument:expr)?) => {
        $callback! { $($argument;)?
            induction::twins_stay_twins
            induction::twins_get_identical_gradients
            drift::twins_stay_twins_in_larger_networks
            zero::from_a_constant_rows_stay_equal
            zero::from_zero_rows_stay_equal
            zero::from_zero_only_the_output_bias_moves
            zero::from_zero_sigmoid_units_move_together
            induction::equal_rows_separate_when_outgoing_weights_differ
            induction::random_rows_differ_and_stay_finite
            induction::twins_train_as_one_unit
            descent::batch_gradient_is_the_mean_of_its_examples
            descent::a_step_subtracts_rate_times_gradient
            specified::gradient_equals_the_specification
            specified::predictions_equal_the_specification
            differences::gradient_equals_differences_of_its_loss
            specified::extreme_logits_stay_finite
            relu::relu_passes_nothing_at_or_below_zero
            descent::tiny_steps_descend_as_steeply_as_the_loss
            descent::training_is_fresh_single_steps
            invariance::doubling_the_batch_changes_nothing
            invariance::permuting_examples_changes_nothing
            invariance::permuting_units_permutes_the_gradient
            invariance::flipping_a_tanh_unit_flips_its_gradient
            invariance::a_unit_without_outgoing_weights_changes_nothing
            invariance::a_bias_is_a_weight_on_a_constant_input
            invariance::gradient_is_affine_in_the_labels
            answers::same_question_gets_the_same_bits
            answers::mismatched_shapes_are_refused
            starts::a_start_has_the_declared_shapes_and_zero_biases
            starts::a_start_follows_its_seed
            starts::a_start_draws_each_weight_afresh
            starts::a_start_has_the_declared_spread
            larger::gradient_holds_in_larger_networks
            larger::predictions_hold_in_larger_networks
            larger::steps_hold_in_larger_networks
            larger::training_holds_over_many_steps
            unit_laws::a_split_unit_computes_the_same
            unit_laws::equal_rows_part_by_an_exact_amount
            unit_laws::homogeneous_units_are_balanced
            unit_laws::renumbering_units_commutes_with_training
            unit_laws::softmax_gradients_sum_to_zero
        }
    };
}
