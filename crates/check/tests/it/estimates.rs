//! The numbers in the likely causes are estimated: they are found whatever they are.

use super::spoilt::{
    evaluating, iterated, leaky, of_examples, says, scale, shown, stepping, training,
    with_gradient, with_momentum, with_other, with_passes, without_output,
};
use init_symmetry_network::{Activation, Batch, Evaluation, Layer, LayerGradient, Problem};
use proptest::prelude::*;

fn few() -> ProptestConfig {
    ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() }
}

/// k/100 in a range: six digits show it without a tie.
fn hundredths(from: i32, to: i32) -> impl Strategy<Value = f64> {
    (from..=to).prop_map(|k| f64::from(k) / 100.0)
}

/// The activation of a network that has one: no other is asked of these subjects.
fn shared(problem: Problem<'_, f64>) -> Activation {
    problem.network.shared_activation().expect("one activation")
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_factor_of_one_block_is_estimated(factor in hundredths(5, 48)) {
        let subject = with_gradient(move |_, gradient| gradient.layers[0].dw *= factor);
        says(&subject, &["dW1 is", &shown(factor), "times the derivative"]);
    }

    #[test]
    fn a_factor_of_the_whole_gradient_is_estimated(factor in hundredths(109, 188)) {
        let subject = with_gradient(move |_, gradient| {
            gradient.layers.iter_mut().for_each(|layer| scale(layer, factor));
        });
        says(&subject, &["The gradient is", &shown(factor), "times the derivative"]);
    }

    #[test]
    fn a_factor_for_every_layer_above_is_estimated(factor in hundredths(31, 94)) {
        let subject = with_gradient(move |_, gradient| {
            let mut power = 1.0;
            for layer in gradient.layers.iter_mut().rev() {
                scale(layer, power);
                power *= factor;
            }
        });
        says(&subject, &["multiplied by", &shown(factor), "for every layer above"]);
    }

    #[test]
    fn a_weight_decay_in_the_gradient_is_estimated(decay in hundredths(2, 14), over_m: bool) {
        let subject = with_gradient(move |problem, gradient| {
            let m = if over_m { problem.batch.m() as f64 } else { 1.0 };
            for (layer, Layer { w, .. }) in
                gradient.layers.iter_mut().zip(&problem.parameters.layers)
            {
                layer.dw += &(w * (decay / m));
            }
        });
        let over = if over_m { "/m·W" } else { "·W" };
        says(&subject, &["Every dW is the derivative +", &(shown(decay) + over), "weight decay"]);
    }

    #[test]
    fn a_leaky_slope_behind_is_estimated(slope in hundredths(5, 62)) {
        let subject = with_other(move |problem| leaky(problem, slope, false));
        says(&subject, &["negative side of relu", &shown(slope), "backward pass only", "leaky"]);
    }

    #[test]
    fn a_leaky_activation_is_estimated(slope in hundredths(5, 62)) {
        let subject = with_other(move |problem| leaky(problem, slope, true));
        says(&subject, &["negative side of relu", &shown(slope), "forward and backward", "leaky"]);
    }

    #[test]
    fn the_layer_from_which_slopes_are_missing_is_estimated(from in 1..=2_usize, only: bool) {
        let subject = with_other(move |problem| {
            let missing = |l| if only { l == from } else { l >= from };
            let slope = |l, z: f64| {
                let g = problem.network.activation(l);
                if missing(l) { 1.0 } else { g.slope(z, g.value(z)) }
            };
            let g = shared(problem);
            with_passes(problem, &|z| g.value(z), &slope, &|dz| dz)
        });
        let number = from.to_string();
        let sentence = match (from, only) {
            (1, false) => "g'(z) is missing in every hidden layer".into(),
            (_, false) => format!("g'(z) is missing from layer {number} on"),
            (_, true) => format!("g'(z) is missing in layer {number}, and there only"),
        };
        says(&subject, &[&sentence]);
    }

    #[test]
    fn a_clip_of_dz_is_estimated(bound in hundredths(5, 60)) {
        let subject = with_other(move |problem| {
            let g = shared(problem);
            let slope = |_, z: f64| g.slope(z, g.value(z));
            with_passes(problem, &|z| g.value(z), &slope, &|dz| dz.clamp(-bound, bound))
        });
        says(&subject, &["dz is clipped to ±", &shown(bound)]);
    }

    #[test]
    fn a_clip_of_the_entries_is_estimated(bound in hundredths(5, 47)) {
        let subject = with_gradient(move |_, gradient| {
            for LayerGradient { dw, db } in &mut gradient.layers {
                dw.mapv_inplace(|entry| entry.clamp(-bound, bound));
                db.mapv_inplace(|entry| entry.clamp(-bound, bound));
            }
        });
        says(&subject, &["clipped to ±", &shown(bound), "gradient clip"]);
    }

    #[test]
    fn a_clip_of_the_norm_is_estimated(bound in hundredths(31, 141)) {
        let subject = with_gradient(move |_, gradient| {
            let length = gradient.entries().map(|entry| entry * entry).sum::<f64>().sqrt();
            if length > bound {
                gradient.layers.iter_mut().for_each(|layer| scale(layer, bound / length));
            }
        });
        says(&subject, &["scaled down to length", &shown(bound), "clip of its norm"]);
    }

    #[test]
    fn a_clip_of_the_inputs_is_estimated(bound in hundredths(94, 188)) {
        let subject = with_other(move |Problem { network, parameters, batch }| {
            let x = batch.x().mapv(|x| x.clamp(-bound, bound));
            network.evaluate(parameters, &Batch::new(x, batch.y().clone())?)
        });
        says(&subject, &["x is clipped to ±", &shown(bound)]);
    }

    #[test]
    fn a_scaling_of_the_inputs_is_estimated(factor in hundredths(5, 94)) {
        let subject = with_other(move |Problem { network, parameters, batch }| {
            network.evaluate(parameters, &Batch::new(batch.x() * factor, batch.y().clone())?)
        });
        says(&subject, &["x is multiplied by", &shown(factor)]);
    }

    #[test]
    fn a_clip_of_the_labels_is_estimated(bound in hundredths(3, 31)) {
        let subject = with_other(move |Problem { network, parameters, batch }| {
            let y = batch.y().mapv(|y| y.clamp(bound, 1.0 - bound));
            network.evaluate(parameters, &Batch::new(batch.x().clone(), y)?)
        });
        says(&subject, &["labels are clipped to [", &shown(bound)]);
    }

    #[test]
    fn label_smoothing_is_estimated(share in hundredths(5, 31)) {
        let subject = with_other(move |Problem { network, parameters, batch }| {
            let y = batch.y().mapv(|y| (1.0 - share) * y + share / 2.0);
            network.evaluate(parameters, &Batch::new(batch.x().clone(), y)?)
        });
        says(&subject, &["labels are replaced by", &shown(1.0 - share), "label smoothing"]);
    }

    #[test]
    fn a_cap_of_the_examples_is_estimated(most in 2..100_usize) {
        let subject = with_other(move |problem| of_examples(problem, |m| m.min(most)));
        // what no batch can tell apart is the same; 65 is half of the largest
        let seen = [5, 6, 7, 8, 9, 10, 11, 64, 65, 130];
        prop_assume!(!seen.contains(&most));
        says(&subject, &["Only the first", &most.to_string(), "examples count"]);
    }

    #[test]
    fn an_output_that_is_ignored_is_found(ignored in 1..9_usize) {
        let subject = with_other(move |problem| without_output(problem, ignored));
        let number = (ignored + 1).to_string();
        says(&subject, &["utput", &number, "has no dz"]);
    }

    #[test]
    fn the_rate_of_the_biases_is_estimated(factor in hundredths(109, 188)) {
        let subject = stepping(move |problem, rate| {
            let mut gradient = problem.evaluate()?.gradient;
            gradient.layers.iter_mut().for_each(|layer| layer.db *= factor);
            problem.parameters.descend(&gradient, rate)
        });
        says(&subject, &["In a step, every db is", &shown(factor), "times"]);
    }

    #[test]
    fn a_weight_decay_in_the_step_is_estimated(decay in hundredths(2, 14), by_rate: bool) {
        let subject = stepping(move |problem, rate| {
            let mut after = problem.step(rate)?;
            for (after, before) in after.layers.iter_mut().zip(&problem.parameters.layers) {
                after.w -= &(&before.w * (decay * if by_rate { rate } else { 1.0 }));
            }
            Ok(after)
        });
        let over = if by_rate { "·W" } else { "/α·W" };
        says(&subject, &["In a step, every dW is", &(shown(decay) + over), "weight decay"]);
    }

    #[test]
    fn a_clamp_of_the_parameters_is_estimated(bound in hundredths(62, 188)) {
        let subject = stepping(move |problem, rate| {
            Ok(problem.step(rate)?.map(|entry| entry.clamp(-bound, bound)))
        });
        says(&subject, &["In a step, the parameters are clamped to ±", &shown(bound)]);
    }

    #[test]
    fn momentum_is_estimated(beta in hundredths(16, 95)) {
        let subject = training(move |problem, rate, steps| {
            with_momentum(problem, rate, steps, beta)
        });
        says(&subject, &["Training has momentum", &shown(beta)]);
    }

    #[test]
    fn a_rate_that_changes_is_estimated(after in 1..10_usize, factor in hundredths(5, 94)) {
        let subject = training(move |problem, rate, steps| {
            iterated(problem, steps, |t, here| {
                here.step(if t < after { rate } else { rate * factor })
            })
        });
        says(&subject, &["changes after", &after.to_string(), &shown(factor)]);
    }

    #[test]
    fn a_factor_of_the_loss_is_estimated(factor in hundredths(5, 94)) {
        let subject = evaluating(move |_, right| {
            Ok(Evaluation { loss: factor * right.loss, ..right })
        });
        says(&subject, &["The loss is", &shown(factor), "The gradient is right"]);
    }

    #[test]
    fn a_penalty_in_the_loss_is_estimated(decay in hundredths(2, 14)) {
        let subject = evaluating(move |problem, right| {
            let w = problem.parameters.layers.iter().flat_map(|layer| layer.w.iter());
            let squares: f64 = w.map(|w| w * w).sum();
            Ok(Evaluation { loss: right.loss + decay * squares, ..right })
        });
        says(&subject, &["The loss is", &shown(decay), "ΣW²", "penalty"]);
    }
}
