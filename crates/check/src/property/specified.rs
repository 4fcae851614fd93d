//! Predictions, and the gradient against the derivative of the specification, which shares no
//! code with any subject.

use super::digits::short;
use super::judged::{
    agree, at_a_kink, error_of_form, gradients_agree, judged_at, moves, predicted,
};
use super::{Case, CaseFailure, Cases, Config, Note, Outcome, Property, Witness};
use crate::subject::{Ability, Subject, require, require_biases};
use init_symmetry_network::scalar::{Bounded, Dual};
use init_symmetry_network::{
    Gradient, Layer, LayerGradient, Loss, Result, parameters_from, specification, specification_of,
};
use ndarray::ArrayView1;
use proptest::strategy::Strategy;

property! {
    /// Within rounding. Where a unit sits exactly at a kink there is no derivative, and nothing is
    /// compared.
    name: gradient_equals_the_specification,
    statement: "the loss and its gradient are those of the specification, which is differentiated \
                forward and shares no code with the subject",
    witness: "a gradient that is not zero, off the kinks",
    check: specified,
}

fn specified(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(subject, config, strategy, |case| {
        if at_a_kink(case)? {
            return Ok(Witness::Absent);
        }
        let answer = judged_at(subject, case)?;
        agree("the loss", answer.loss, specified_loss(case)?)?;
        gradients_agree(subject, &answer.gradient, &specified_gradient(case)?)?;
        Ok(moves(&answer.gradient).into())
    })
}

property! {
    /// A program that trains well and predicts by other code is wrong where it is used.
    name: predictions_equal_the_specification,
    statement: "the predictions are those of the specification, within rounding",
    witness: "two examples with different predictions",
    check: specified_predictions,
}

fn specified_predictions(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(subject, config, strategy, |case| {
        require(subject, Ability::Predict)?;
        let y_hat = predicted(subject, case)?;
        let convention = subject.convention();
        for (j, (y_hat, specified)) in
            y_hat.columns().into_iter().zip(predictions(case)?).enumerate()
        {
            for (i, (&y_hat, specified)) in y_hat.iter().zip(specified).enumerate() {
                let place = convention.place_of_example(i, j);
                agree(&format!("y_hat{place}"), y_hat, specified)?;
            }
        }
        let mut columns = y_hat.columns().into_iter();
        let first = columns.next();
        Ok(Witness::from(columns.any(|other| Some(other) != first)))
    })
}

property! {
    /// The naive −ln(ŷ) gives infinity or NaN there; the loss of the output z is about |z|. Where
    /// it is computed from ŷ and the gradient is right all the same, a note says so.
    name: extreme_logits_stay_finite,
    statement: "where the outputs saturate, loss and gradient are finite and right",
    witness: "the prediction is 0 or 1",
    class: Robustness,
    check: extreme_logits,
}

fn extreme_logits(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases::default().where_loss(Loss::has_bounded_slope);
    let strategy = cases.of(subject).generate().prop_map(saturated);
    property.run(subject, config, strategy, |case| {
        require_biases(subject)?;
        let answer = judged_at(subject, case)?;
        if !answer.gradient.entries().all(|entry| entry.value.is_finite()) {
            return Err("the gradient is not finite".into());
        }
        agree("the loss", answer.loss, specified_loss(case)?)?;
        if error_of_form(subject, case.problem())? > 0.0 {
            let given = subject.evaluate(case.problem())?.loss;
            let due = specified_loss(case)?.value;
            return Err(CaseFailure::Noted(Note::LossSaturates, from_prediction(given, due)));
        }
        let forward = case.network.forward(&case.parameters, case.batch.x())?;
        let saturated = |&y_hat: &f64| y_hat == 0.0 || y_hat == 1.0;
        Ok(Witness::from(forward.a(case.network.depth()).iter().all(saturated)))
    })
}

/// The case with output biases so large that every output saturates.
fn saturated(mut case: Case) -> Case {
    // beyond |z| ≈ 745 even e^−|z| is 0
    if let Some(Layer { b, .. }) = case.parameters.layers.last_mut() {
        b.mapv_inplace(|b| if b < 0.0 { -EXTREME } else { EXTREME });
        if case.network.loss.couples_outputs() {
            b[[0, 0]] = -b[[1, 0]]; // what all outputs share makes no difference there
        }
    }
    case
}

fn from_prediction(given: f64, due: f64) -> String {
    let given = short(given);
    format!(
        "the loss is {given} but should be {due:.2}: it is computed from ŷ, which rounds to 0 or \
         1 here (to 1 from z = 37 on in double precision) and loses digits before that. The fused \
         form softplus(z) − y·z is right everywhere. The gradient is finite"
    )
}

/// An output far beyond where e^z overflows.
const EXTREME: f64 = 1024.0;

/// The specification's predictions with rounding bounds, example by example.
fn predictions(case: &Case) -> Result<Vec<Vec<Bounded>>> {
    let specification = specification_of(&case.network);
    let parameters: Vec<_> = case.parameters.entries().map(Bounded::exact).collect();
    let of_example = |x: ArrayView1<f64>| {
        let x: Vec<_> = x.iter().copied().map(Bounded::exact).collect();
        let z = specification.output(&parameters, &x)?;
        Ok(specification::predictions(case.network.loss, &z))
    };
    case.batch.x().columns().into_iter().map(of_example).collect()
}

/// The specification's loss with a rounding bound.
fn specified_loss(case: &Case) -> Result<Bounded> {
    let parameters: Vec<_> = case.parameters.entries().map(Bounded::exact).collect();
    let batch = case.batch.map(Bounded::exact);
    specification_of(&case.network).mean_loss(&parameters, &batch)
}

/// The derivative of the specification's loss along every parameter, with rounding bounds.
fn specified_gradient(case: &Case) -> Result<Gradient<Bounded>> {
    let constant = |number| Dual::constant(Bounded::exact(number));
    let specification = specification_of::<Dual<Bounded>>(&case.network);
    let batch = case.batch.map(constant);
    let mut parameters: Vec<_> = case.parameters.entries().map(constant).collect();
    let mut slopes = Vec::with_capacity(parameters.len());
    for place in 0..parameters.len() {
        let here = parameters[place].value;
        parameters[place] = Dual::variable(here);
        slopes.push(specification.mean_loss(&parameters, &batch)?.derivative);
        parameters[place] = Dual::constant(here);
    }
    let layers = parameters_from(&case.network, &slopes)?.layers.into_iter();
    let layers = layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b }).collect();
    Ok(Gradient { layers })
}
