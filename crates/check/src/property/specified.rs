//! Predictions, and the gradient against the derivative of the specification, which shares no
//! code with any subject.

use super::judged::{agree, at_a_kink, gradients_agree, judged_at, moves, predicted};
use super::{Case, Cases, Config, Outcome, Seen, run};
use crate::subject::{Ability, Subject, require};
use init_symmetry_network::scalar::{Bounded, Dual};
use init_symmetry_network::{
    Activation, Gradient, Layer, LayerGradient, Result, parameters_from, specification,
    specification_of,
};
use ndarray::ArrayView1;

/// The loss and its gradient are those of the specification, written sum by sum and differentiated
/// forward, within rounding.
///
/// Where a unit sits exactly at a kink there is no derivative, and nothing is compared.
///
/// ```
/// use init_symmetry_check::property::{Config, gradient_equals_the_specification};
/// use init_symmetry_check::subject::Reference;
/// let outcome = gradient_equals_the_specification(&Reference, &Config::default());
/// assert!(outcome.passes(), "{outcome}");
/// ```
pub fn gradient_equals_the_specification(subject: &dyn Subject, config: &Config) -> Outcome {
    let name = "gradient-equals-the-specification";
    let strategy = Cases::default().of(subject).generate();
    run(name, "a gradient that is not zero, off the kinks", config, strategy, |case| {
        if at_a_kink(case)? {
            return Ok(Seen::Nothing);
        }
        let answer = judged_at(subject, case)?;
        agree("the loss", answer.loss, specified_loss(case)?)?;
        gradients_agree(&answer.gradient, &specified_gradient(case)?)?;
        Ok(moves(&answer.gradient).into())
    })
}

/// The predictions are those of the specification, within rounding.
///
/// A program that trains well and predicts by other code is wrong where it is used.
pub fn predictions_equal_the_specification(subject: &dyn Subject, config: &Config) -> Outcome {
    let name = "predictions-equal-the-specification";
    let strategy = Cases::default().of(subject).generate();
    run(name, "two examples with different predictions", config, strategy, |case| {
        require(subject, Ability::Predict)?;
        let y_hat = predicted(subject, case)?;
        for (j, (y_hat, specified)) in
            y_hat.columns().into_iter().zip(predictions(case)?).enumerate()
        {
            for (i, (&y_hat, specified)) in y_hat.iter().zip(specified).enumerate() {
                agree(&format!("y_hat[{i}, {j}]"), y_hat, specified)?;
            }
        }
        let mut columns = y_hat.columns().into_iter();
        let first = columns.next();
        Ok(Seen::from(columns.any(|other| Some(other) != first)))
    })
}

/// Loss and gradient stay finite, and the loss right, where the outputs saturate.
///
/// The naive −ln(ŷ) gives infinity or NaN there; the loss of the output z is about |z|.
pub fn extreme_logits_stay_finite(subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases::default().where_loss(|loss| loss.output() == Activation::Sigmoid);
    let strategy = cases.of(subject).generate();
    run("extreme-logits-stay-finite", "the prediction is 0 or 1", config, strategy, |case| {
        let mut case = case.clone();
        let last = case.network.depth() - 1;
        // beyond |z| ≈ 745 even e^−|z| is 0
        case.parameters.layers[last].b.mapv_inplace(|b| if b < 0.0 { -EXTREME } else { EXTREME });
        let answer = judged_at(subject, &case)?;
        if !answer.gradient.entries().all(|entry| entry.value.is_finite()) {
            return Err("the gradient is not finite".into());
        }
        agree("the loss", answer.loss, specified_loss(&case)?)?;
        let forward = case.network.forward(&case.parameters, case.batch.x())?;
        let saturated = |&y_hat: &f64| y_hat == 0.0 || y_hat == 1.0;
        Ok(Seen::from(forward.a(case.network.depth()).iter().all(saturated)))
    })
}

/// An output far beyond where e^z overflows.
const EXTREME: f64 = 1024.0;

/// The specification's predictions with rounding bounds, example by example.
fn predictions(case: &Case) -> Result<Vec<Vec<Bounded>>> {
    let specification = specification_of(&case.network);
    let parameters: Vec<_> = case.parameters.entries().map(Bounded::exact).collect();
    let y_hat = specification::prediction::<Bounded>(case.network.loss);
    let of_example = |x: ArrayView1<f64>| {
        let x: Vec<_> = x.iter().copied().map(Bounded::exact).collect();
        Ok(specification.output(&parameters, &x)?.into_iter().map(y_hat).collect())
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
