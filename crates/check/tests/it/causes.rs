//! The likely causes: what is said first of a subject with one mistake.

use super::spoilt::{
    Predict, Spoilt, causes, evaluating, first, iterated, of_examples, says, scale, stepping,
    training, with_gradient, with_momentum, with_other,
};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::subject::{Networks, Precision};
use init_symmetry_network::{
    Activation, Batch, Error, Evaluation, Gradient, Layer, LayerGradient, Loss, Problem,
};
use ndarray::{Array2, Axis};
use std::cell::Cell;
use std::sync::Mutex;

#[test]
fn a_second_division_by_m_in_one_layer_is_named() {
    let subject = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        gradient.layers.iter_mut().take(1).for_each(|layer| layer.dw /= m);
    });
    says(&subject, &["dW1 is 1/m times the derivative: divided by m twice?"]);
}

#[test]
fn a_mean_over_the_outputs_is_named_exactly() {
    let subject = with_gradient(|problem, gradient| {
        let outputs = problem.batch.y().nrows() as f64;
        gradient.layers.iter_mut().for_each(|layer| scale(layer, 1.0 / outputs));
    });
    says(&subject, &["The gradient is 1/n_y times", "exactly 1/n_y: a mean over the outputs?"]);
    // and where the widths are fixed
    let networks = Networks { widths: Some(vec![2, 4, 3]), ..Networks::default() };
    says(&Spoilt { networks, ..subject }, &["exactly 1/n_y (n_y = 3): a mean over the outputs?"]);
    let both = evaluating(|problem, mut right| {
        let outputs = problem.batch.y().nrows() as f64;
        right.gradient.layers.iter_mut().for_each(|layer| scale(layer, 1.0 / outputs));
        Ok(Evaluation { loss: right.loss / outputs, ..right })
    });
    says(&both, &["Loss and gradient are 1/n_y times", "a mean over the outputs?"]);
}

#[test]
fn a_division_by_m_less_one_is_named() {
    let subject = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        let factor = if m > 1.0 { m / (m - 1.0) } else { 1.0 };
        gradient.layers.iter_mut().for_each(|layer| layer.db *= factor);
    });
    says(&subject, &["Every db is m/(m − 1) times the derivative: divided by m − 1?"]);
}

#[test]
fn a_gradient_that_grows_from_call_to_call_is_named_before_all_else() {
    let before: Mutex<Option<Gradient<f64>>> = Mutex::new(None);
    let subject = evaluating(move |_, right| {
        let mut before = before.lock().unwrap();
        let mut gradient = right.gradient.clone();
        let fits = before.as_ref().filter(|before| {
            before.entries().count() == gradient.entries().count()
                && before.layers.len() == gradient.layers.len()
                && before.layers.iter().zip(&gradient.layers).all(|(x, y)| x.dw.dim() == y.dw.dim())
        });
        for (layer, more) in gradient.layers.iter_mut().zip(fits.iter().flat_map(|it| &it.layers)) {
            layer.dw += &more.dw;
            layer.db += &more.db;
        }
        *before = Some(gradient.clone());
        Ok(Evaluation { gradient, ..right })
    });
    says(&subject, &["grows from call to call", "added up, not cleared"]);
}

#[test]
fn a_random_answer_is_named_before_all_else() {
    let state = Cell::new(1_u64);
    let subject = with_gradient(move |_, gradient| {
        for LayerGradient { dw, .. } in &mut gradient.layers {
            dw.mapv_inplace(|entry| {
                let next = state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state.set(next);
                if next >> 63 == 1 { 2.0 * entry } else { 0.0 }
            });
        }
    });
    says(&subject, &["dropout or a random number"]);
}

#[test]
fn what_happens_at_one_example_only_is_told() {
    let refused = evaluating(|problem, right| match problem.batch.m() {
        1 => Err(Error::NoExamples),
        _ => Ok(right),
    });
    says(&refused, &["refused where m = 1, and only there", "squeeze"]);
    let zero = with_gradient(|problem, gradient| {
        if problem.batch.m() == 1 {
            gradient.layers.iter_mut().for_each(|layer| scale(layer, 0.0));
        }
    });
    says(&zero, &["Only where m = 1", "squeeze", "the gradient is zero"]);
    let missing = with_gradient(|problem, gradient| {
        if problem.batch.m() == 1 {
            gradient.layers.iter_mut().for_each(|layer| layer.db = Array2::zeros((1, 0)));
        }
    });
    says(&missing, &["misshapen where m = 1, and only there", "db1 is 1×0", "squeeze"]);
    let undefined = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        gradient.layers.iter_mut().for_each(|layer| layer.dw *= m / (m - 1.0));
    });
    says(&undefined, &["not finite where m = 1, and only there", "m − 1"]);
}

#[test]
fn single_precision_in_a_program_that_says_double_is_named() {
    let single = |problem: Problem<'_, f64>| {
        let Problem { network, parameters, batch } = problem;
        let answer =
            network.evaluate(&parameters.map(|it| it as f32), &batch.map(|it| it as f32))?;
        let double = |block: &Array2<f32>| block.mapv(f64::from);
        let layers = answer.gradient.layers.iter();
        let layers =
            layers.map(|layer| LayerGradient { dw: double(&layer.dw), db: double(&layer.db) });
        let gradient = Gradient { layers: layers.collect() };
        Ok(Evaluation { loss: f64::from(answer.loss), gradient })
    };
    says(&with_other(single), &["single precision inside a program that says double?", "32 bits"]);
    let honest = Spoilt { precision: Precision::F32, ..with_other(single) };
    assert_eq!(causes(&honest), []);
}

#[test]
fn two_layers_that_are_one_object_are_named() {
    let subject = with_gradient(|_, gradient| {
        for l in 1..gradient.layers.len() {
            if gradient.layers[l].dw.dim() == gradient.layers[l - 1].dw.dim() {
                gradient.layers[l - 1].dw = gradient.layers[l].dw.clone();
            }
        }
    });
    let networks = Networks { widths: Some(vec![3, 3, 3]), ..Networks::default() };
    says(&Spoilt { networks, ..subject }, &["dW1 is the same as dW2", "tied"]);
}

#[test]
fn iterates_that_are_one_object_are_named() {
    let subject = training(|problem, rate, steps| {
        let iterates = iterated(problem, steps, |_, here| here.step(rate))?;
        Ok(vec![iterates[steps].clone(); steps + 1])
    });
    says(&subject, &["All iterates of training are equal to the last: is one object"]);
}

#[test]
fn a_gradient_that_is_not_cleared_in_training_is_named() {
    let subject = training(|problem, rate, steps| with_momentum(problem, rate, steps, 1.0));
    says(&subject, &["every gradient is added to the previous ones", "not cleared"]);
}

#[test]
fn examples_that_are_left_out_are_counted() {
    let half = with_other(|problem| of_examples(problem, |m| m.div_ceil(2)));
    says(&half, &["Only the first half of the examples count"]);
    let of_many = with_other(|problem| of_examples(problem, |m| if m > 30 { m / 2 } else { m }));
    says(&of_many, &["half of the examples, where there are more than 11, count"]);
}

#[test]
fn predictions_of_another_function_are_named() {
    let predicting = |predict: Predict| Spoilt { predict: Some(predict), ..Spoilt::default() };
    let rounded = predicting(Box::new(|_, y_hat| y_hat.mapv(|y| f64::from(u8::from(y >= 0.5)))));
    says(&rounded, &["The predictions are 0 or 1: ŷ is compared with ½"]);
    let softmax = predicting(Box::new(|z, _| {
        let mut exp = z.mapv(libm::exp);
        for mut column in exp.axis_iter_mut(Axis(1)) {
            let sum = column.sum();
            column /= sum;
        }
        exp
    }));
    says(&softmax, &["softmax over the outputs, which sums to 1"]);
    says(&predicting(Box::new(|z, _| z.clone())), &["The predictions are z of the output"]);
}

#[test]
fn the_layer_from_which_a_slope_is_missing_is_named() {
    let subject = Faulty::with(Fault::DerivativeSkippedBelowTop);
    says(&subject, &["g'(z) is missing below the top hidden layer"]);
    let another = with_other(|problem| {
        let network = problem.network.map_activations(|_| Activation::Sigmoid);
        network.evaluate(problem.parameters, problem.batch)
    });
    says(&another, &["The hidden layers are sigmoid, whatever is asked for"]);
}

#[test]
fn an_unknown_error_gets_its_place() {
    let subject = with_gradient(|_, gradient| {
        let depth = gradient.layers.len();
        for layer in gradient.layers.iter_mut().take(depth - 1) {
            layer.dw.mapv_inplace(|entry| entry + entry * entry);
            layer.db.mapv_inplace(|entry| entry + entry * entry);
        }
    });
    let networks = Networks { widths: Some(vec![2, 3, 1]), ..Networks::default() };
    let sentence = first(&Spoilt { networks, ..subject });
    assert_eq!(
        sentence,
        "dW2 and all after it agree, db1 and all before it do not: the error enters between them."
    );
}

#[test]
fn the_means_of_pytorch_are_named_for_each_loss() {
    let subject = with_gradient(|problem, gradient| {
        let outputs = problem.batch.y().nrows() as f64;
        let half = if problem.network.loss == Loss::CrossEntropy { 1.0 } else { 2.0 };
        gradient.layers.iter_mut().for_each(|layer| scale(layer, half / outputs));
    });
    says(&subject, &["Where the loss is cross-entropy: the gradient is 1/n_y", "exactly 1/n_y"]);
    let second = &causes(&subject)[1].sentence;
    assert!(second.contains("sigmoid-squared-error: the gradient is 2/n_y"), "{second}");
    assert!(
        second.contains("a mean over the outputs, and no ½, as in PyTorch's MSELoss?"),
        "{second}"
    );
}

#[test]
fn a_softmax_in_the_place_of_sigmoids_is_named() {
    let subject = with_other(|Problem { network, parameters, batch }| {
        let z = network.forward(parameters, batch.x())?.z(network.depth()).clone();
        let mut y_hat = z.mapv(libm::exp);
        for mut column in y_hat.axis_iter_mut(Axis(1)) {
            let sum = column.sum();
            column /= sum;
        }
        // labels with which the sigmoid has the same ŷ − y
        let y = network.loss.y_hat(&z) - y_hat + batch.y();
        network.evaluate(parameters, &Batch::new(batch.x().clone(), y)?)
    });
    let losses = vec![Loss::CrossEntropy];
    let networks = Networks { losses, ..Networks::default() };
    says(&Spoilt { networks, ..subject }, &["The output is a softmax", "not a sigmoid"]);
}

#[test]
fn what_is_done_with_a_softmax_is_named() {
    for (fault, said) in [
        (Fault::SoftmaxExtraSlope, "has the factor ŷ(1 − ŷ)"),
        (Fault::SoftmaxOverExamples, "normalised over the examples"),
        (Fault::SoftmaxAppliedTwice, "The softmax is applied twice"),
        (Fault::SoftmaxDeltaDividedByClasses, "n_y"),
    ] {
        let found = causes(&Faulty::with(fault));
        let sentence = &found[0].sentence;
        assert!(sentence.contains(said) && sentence.contains("softmax"), "{fault}: {sentence}");
    }
}

#[test]
fn a_tiny_decay_is_not_taken_for_single_precision() {
    let subject = with_gradient(|problem, gradient| {
        for (layer, Layer { w, .. }) in gradient.layers.iter_mut().zip(&problem.parameters.layers) {
            layer.dw += &(w * 1e-7);
        }
    });
    says(&subject, &["Every dW is the derivative + 1e−7·W: weight decay"]);
}

#[test]
fn a_mistake_is_named_in_single_precision_that_says_double_too() {
    let subject = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        for LayerGradient { dw, db } in &mut gradient.layers {
            dw.mapv_inplace(|entry| f64::from((entry / m) as f32));
            db.mapv_inplace(|entry| f64::from(entry as f32));
        }
    });
    says(
        &subject,
        &["Every dW is 1/m times", "divided by m twice?", "also computes in single precision"],
    );
}

#[test]
fn two_mistakes_are_both_named() {
    let subject = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        for layer in &mut gradient.layers {
            layer.dw *= m;
            layer.db *= 0.0;
        }
    });
    let sentences: Vec<String> = causes(&subject).into_iter().map(|it| it.sentence).collect();
    let (weights, biases) = (&sentences[0], &sentences[1]);
    assert_eq!(weights, "Every dW is m times the derivative: a sum, not a mean: divide by m.");
    assert_eq!(biases, "Every db is zero: never computed?");
}

#[test]
fn a_step_that_is_right_beside_a_wrong_gradient_is_not_blamed() {
    let gradient = with_gradient(|_, gradient| gradient.layers[0].dw *= 0.3);
    let subject = Spoilt { evaluate: gradient.evaluate, ..stepping(|it, rate| it.step(rate)) };
    let all = causes(&subject);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0].sentence, "dW1 is 0.3 times the derivative.");
}

#[test]
fn last_digits_that_change_from_call_to_call_are_no_random_numbers() {
    let calls = Cell::new(0_u32);
    let subject = with_gradient(move |_, gradient| {
        calls.set(calls.get() + 1);
        let factor = 1.0 + f64::from(calls.get() % 7) * f64::EPSILON;
        gradient.layers.iter_mut().for_each(|layer| scale(layer, factor));
    });
    says(&subject, &["last digits from call to call", "a parallel sum"]);
    let calls = Cell::new(0_u32);
    let running = evaluating(move |_, right| {
        calls.set(calls.get() + 1);
        Ok(Evaluation { loss: right.loss * f64::from(calls.get()), ..right })
    });
    says(&running, &["The loss changes from call to call, the gradient does not"]);
    let calls = Cell::new(0_u32);
    let moody = evaluating(move |_, right| {
        calls.set(calls.get() + 1);
        if calls.get().is_multiple_of(3) { Err(Error::NoExamples) } else { Ok(right) }
    });
    says(&moody, &["answered one time and refused another"]);
}

#[test]
fn a_sum_that_is_divided_by_something_else_than_m_is_named() {
    let subject = with_gradient(|problem, gradient| {
        let m = problem.batch.m() as f64;
        gradient.layers.iter_mut().for_each(|layer| scale(layer, m / 100.0));
    });
    says(&subject, &["The gradient is 0.01·m times", "a sum, divided by 100 and not by m?"]);
}
