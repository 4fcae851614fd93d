//! What a subject answers, every number with a derived bound on what rounding may do to it.
//!
//! The bound is that of the reference at the same question; no tolerance is typed here. Start
//! reading at [`judged`].

use super::digits::apart;
use super::{Case, CaseFailure};
use crate::subject::{BiasUse, Declaration, GradientSource, LossForm, Precision, Subject};
use init_symmetry_network::scalar::{Bounded, Scalar};
use init_symmetry_network::tolerance::{self, OWN_ROUNDING};
use init_symmetry_network::{
    Error, Evaluation, Gradient, Layer, LayerGradient, Loss, Parameters, Problem, Result,
};
use ndarray::{Array2, Zip};

/// What a subject answers in textbook terms, that is without the scale and the L2 term that it
/// declares: its values, with the rounding bounds of the same question asked of the reference.
///
/// What it does not train, its biases perhaps, is answered for it and so not judged. The same goes
/// for a loss that is lost in saturation.
pub(super) fn judged(
    subject: &dyn Subject,
    problem: Problem<'_, f64>,
) -> Result<Evaluation<Bounded>> {
    let answer = raw(subject, problem, &subject.evaluate(problem)?)?;
    let Terms { scale, lambda } = Terms::of(&subject.declaration(), problem);
    if scale.value == 1.0 && lambda.value == 0.0 {
        return Ok(answer);
    }
    let Evaluation { mut loss, mut gradient } = answer;
    let mut squares = Bounded::exact(0.0);
    for (layer, Layer { w, .. }) in gradient.layers.iter_mut().zip(&problem.parameters.layers) {
        Zip::from(&mut layer.dw).and(w).for_each(|dw, &w| {
            let w = Bounded::exact(w);
            squares = squares + w * w;
            *dw = (*dw - lambda * w) / scale;
        });
        layer.db.mapv_inplace(|db| db / scale);
    }
    loss = (loss - lambda * squares / Bounded::of(2)) / scale;
    Ok(Evaluation { loss, gradient })
}

/// What a subject declares of its loss, as numbers at one question.
struct Terms {
    scale: Bounded,
    lambda: Bounded,
}

impl Terms {
    fn of(declaration: &Declaration, Problem { network, batch, .. }: Problem<'_, f64>) -> Self {
        let (m, n_y) = (batch.m(), network.widths()[network.depth()]);
        let [scale, lambda] = [declaration.scale(m, n_y), declaration.lambda(m, n_y)];
        Self { scale: Bounded::exact(scale), lambda: Bounded::exact(lambda) }
    }
}

/// The loss and gradient that a subject declares, in its own terms, with rounding bounds.
pub(super) fn declared(
    declaration: &Declaration,
    problem: Problem<'_, f64>,
) -> Result<Evaluation<Bounded>> {
    declared_near(declaration, problem, &problem.parameters.map(Bounded::exact))
}

/// The same for all parameters that are within bounds of those of the problem.
pub(super) fn declared_near(
    declaration: &Declaration,
    problem: Problem<'_, f64>,
    parameters: &Parameters<Bounded>,
) -> Result<Evaluation<Bounded>> {
    let Problem { network, batch, .. } = problem;
    let answer = network.evaluate(parameters, &batch.map(Bounded::exact))?;
    let Evaluation { loss, mut gradient } = answer;
    let Terms { scale, lambda } = Terms::of(declaration, problem);
    if scale.value == 1.0 && lambda.value == 0.0 {
        return Ok(Evaluation { loss, gradient });
    }
    let mut squares = Bounded::exact(0.0);
    for (layer, Layer { w, .. }) in gradient.layers.iter_mut().zip(&parameters.layers) {
        Zip::from(&mut layer.dw).and(w).for_each(|dw, &w| {
            squares = squares + w * w;
            *dw = *dw * scale + lambda * w;
        });
        layer.db.mapv_inplace(|db| db * scale);
    }
    Ok(Evaluation { loss: loss * scale + lambda * squares / Bounded::of(2), gradient })
}

/// What a subject answers in its own terms, with the rounding bounds of what it declares.
pub(super) fn raw(
    subject: &dyn Subject,
    problem: Problem<'_, f64>,
    answer: &Evaluation<f64>,
) -> Result<Evaluation<Bounded>> {
    let precision = subject.precision();
    let declaration = subject.declaration();
    let mut due = declared(&declaration, problem)?;
    let of_form = error_of_form(subject, problem)?;
    // a loss that is lost in saturation is not judged
    let value = if of_form.is_finite() { answer.loss } else { due.loss.value };
    let of_form = if of_form.is_finite() { of_form } else { 0.0 };
    let loss = Bounded { value, error: precision.bound(due.loss.error) + of_form };
    if answer.gradient.layers.len() != due.gradient.layers.len() {
        return Err(Error::Count {
            what: "the gradient's list of layers".into(),
            given: answer.gradient.layers.len(),
            needed_by: "the network".into(),
            needed: due.gradient.layers.len(),
        });
    }
    if declaration.gradient == GradientSource::FromTraining {
        lose_to_training(subject, &mut due.gradient, problem.parameters);
    }
    let biases_are_judged = declaration.biases == BiasUse::Trained;
    let layers = (1..).zip(answer.gradient.layers.iter().zip(due.gradient.layers));
    let layers = layers.map(|(l, (LayerGradient { dw, db }, due))| {
        let dw = with_bounds(subject, &format!("dw{l}"), dw, &format!("w{l}"), &due.dw)?;
        let db = match biases_are_judged {
            true => with_bounds(subject, &format!("db{l}"), db, &format!("b{l}"), &due.db)?,
            false => due.db,
        };
        Ok(LayerGradient { dw, db })
    });
    Ok(Evaluation { loss, gradient: Gradient { layers: layers.collect::<Result<_>>()? } })
}

/// A slope that is (before − after)/α at α = 1 has the rounding of both, and of what else is
/// declared of training.
fn lose_to_training(
    subject: &dyn Subject,
    gradient: &mut Gradient<Bounded>,
    parameters: &Parameters<f64>,
) {
    let declaration = subject.declaration();
    let (decay, share) = (declaration.decay, declaration.share_of_a_gradient());
    let lose = |slope: &mut Bounded, &before: &f64| {
        let subtracted = slope.value.abs() + 2.0 * decay * before.abs();
        // in double precision: the bound becomes one of the subject's precision as a whole
        slope.error += tolerance::step(tolerance::UNIT_ROUNDOFF, before, subtracted) / share;
    };
    for (layer, Layer { w, b }) in gradient.layers.iter_mut().zip(&parameters.layers) {
        Zip::from(&mut layer.dw).and(w).for_each(lose);
        Zip::from(&mut layer.db).and(b).for_each(lose);
    }
}

/// What a cross-entropy that is computed from ŷ may be wrong by beyond rounding.
pub(super) fn error_of_form(subject: &dyn Subject, problem: Problem<'_, f64>) -> Result<f64> {
    let Problem { network, parameters, batch } = problem;
    let declaration = subject.declaration();
    let LossForm::FromPrediction { margin } = declaration.loss_form else { return Ok(0.0) };
    if network.loss != Loss::CrossEntropy {
        return Ok(0.0);
    }
    let precision = subject.precision();
    let (unit, smallest) = (precision.unit_roundoff(), precision.smallest());
    let forward = network.forward(parameters, batch.x())?;
    let z_out = &forward.z[network.depth() - 1];
    let errors = z_out
        .iter()
        .zip(batch.y())
        .map(|(&z, &y)| tolerance::cross_entropy_from_prediction(z, y, unit, smallest, margin));
    Ok(Terms::of(&declaration, problem).scale.value * errors.sum::<f64>() / batch.m() as f64)
}

/// What a subject answers at a case.
pub(super) fn judged_at(subject: &dyn Subject, case: &Case) -> Result<Evaluation<Bounded>> {
    judged(subject, case.problem())
}

/// What a subject predicts at a case, with the rounding bounds of the reference's predictions.
pub(super) fn predicted(subject: &dyn Subject, case: &Case) -> Result<Array2<Bounded>> {
    let Case { network, parameters, batch, .. } = case;
    let y_hat = subject.predict(network, parameters, batch.x())?;
    let bounded =
        network.forward(&parameters.map(Bounded::exact), batch.map(Bounded::exact).x())?;
    with_bounds(subject, "y_hat", &y_hat, "y", bounded.a(network.depth()))
}

fn with_bounds(
    subject: &dyn Subject,
    name: &str,
    values: &Array2<f64>,
    like: &str,
    bounds: &Array2<Bounded>,
) -> Result<Array2<Bounded>> {
    let precision = subject.precision();
    if values.dim() != bounds.dim() {
        return Err(Error::mismatch(name, values.dim(), like, bounds.dim()));
    }
    let with_bound =
        |&value: &f64, bound: &Bounded| Bounded { value, error: precision.bound(bound.error) };
    Ok(Zip::from(values).and(bounds).map_collect(with_bound))
}

/// The loss and gradient with a bound on the rounding error of every entry.
pub(super) fn bounded(problem: Problem<'_, f64>) -> Result<Evaluation<Bounded>> {
    let Problem { network, parameters, batch } = problem;
    network.evaluate(&parameters.map(Bounded::exact), &batch.map(Bounded::exact))
}

/// The gradient with a bound on the rounding error of every entry.
pub(super) fn bounded_gradient(problem: Problem<'_, f64>) -> Result<Gradient<Bounded>> {
    Ok(bounded(problem)?.gradient)
}

/// Whether rounding accounts for the difference of two numbers, and what to say where it does not.
pub(super) fn agree(what: &str, left: Bounded, right: Bounded) -> Result<(), CaseFailure> {
    // each is within its own bound of one real number
    let allowed = left.error + right.error;
    if (left.value - right.value).abs() <= allowed {
        return Ok(());
    }
    let [left, right] = apart(left.value, right.value);
    Err(format!("{what} is {left} but should be {right}; rounding explains at most {allowed:.1e}")
        .into())
}

/// Whether two answers of one subject agree within rounding, in loss and gradient.
pub(super) fn answers_agree(
    subject: &dyn Subject,
    left: &Evaluation<Bounded>,
    right: &Evaluation<Bounded>,
) -> Result<(), CaseFailure> {
    let precision = subject.precision();
    let loss_of = |Bounded { value, error }| Bounded {
        value,
        error: error.max(precision.bound(OWN_ROUNDING) * value.abs()), // granted as below
    };
    agree("the loss", loss_of(left.loss), loss_of(right.loss))?;
    let [left, right] = [left, right].map(|it| granted(precision, &it.gradient));
    gradients_agree(subject, &left, &right)
}

/// A gradient that need not be right, with a grant for rounding of its own size.
pub(super) fn granted(precision: Precision, gradient: &Gradient<Bounded>) -> Gradient<Bounded> {
    let granted = |block: &Array2<Bounded>| {
        let largest = block.iter().fold(0.0_f64, |largest, entry| largest.max(entry.value.abs()));
        block.mapv(|Bounded { value, error }| Bounded {
            value,
            error: error.max(precision.bound(OWN_ROUNDING) * largest),
        })
    };
    let layers = gradient.layers.iter();
    let layers =
        layers.map(|LayerGradient { dw, db }| LayerGradient { dw: granted(dw), db: granted(db) });
    Gradient { layers: layers.collect() }
}

/// Whether two gradients of the same shapes agree within rounding.
pub(super) fn gradients_agree(
    subject: &dyn Subject,
    left: &Gradient<Bounded>,
    right: &Gradient<Bounded>,
) -> Result<(), CaseFailure> {
    for (l, (left, right)) in (1..).zip(left.layers.iter().zip(&right.layers)) {
        for (name, left, right) in [("dw", &left.dw, &right.dw), ("db", &left.db, &right.db)] {
            for (((i, k), &left), &right) in left.indexed_iter().zip(right) {
                let place = match name {
                    "db" => format!("[{i}]"),
                    _ => subject.convention().place_of_parameter(i, k),
                };
                agree(&format!("{name}{l}{place}"), left, right)?;
            }
        }
    }
    Ok(())
}

/// Whether a gradient is more than zeros.
pub(super) fn moves(gradient: &Gradient<Bounded>) -> bool {
    gradient.entries().any(|entry| entry.value != 0.0)
}

/// Whether a hidden unit sits exactly at a kink, where the loss has no derivative.
pub(super) fn at_a_kink(case: &Case) -> Result<bool> {
    let forward = case.network.forward(&case.parameters, case.batch.x())?;
    let mut hidden = forward.z.iter().zip(case.network.activations());
    Ok(hidden.any(|(z, g)| z.iter().any(|&z| Some(z) == g.facts().kink)))
}

#[cfg(test)]
mod tests {
    use super::at_a_kink;
    use crate::property::Case;
    use init_symmetry_network::{Activation, Batch, Loss, Network, parameters_from};
    use ndarray::array;

    #[test]
    fn a_kink_is_a_hidden_relu_at_zero_and_nothing_else() {
        let at = |widths: &[usize], hidden, numbers: &[f64]| {
            let network = Network::new(widths, hidden, Loss::SquaredError).unwrap();
            let parameters = parameters_from(&network, numbers).unwrap();
            let batch = Batch::new(array![[2.0, 3.0]], array![[1.0, 0.0]]).unwrap();
            at_a_kink(&Case { network, parameters, batch, rate: 1.0 }).unwrap()
        };
        // z1 = w·x − 2 at x = 2 and 3
        assert!(at(&[1, 1, 1], Activation::Relu, &[1.0, -2.0, 1.0, 0.0]));
        assert!(!at(&[1, 1, 1], Activation::Relu, &[1.0, -2.5, 1.0, 0.0]));
        assert!(!at(&[1, 1, 1], Activation::Tanh, &[1.0, -2.0, 1.0, 0.0]));
        // the output may be zero
        assert!(!at(&[1, 1], Activation::Relu, &[1.0, -2.0]));
        assert!(!at(&[1, 1, 1], Activation::Relu, &[1.0, 1.0, 0.0, 0.0]));
        // the second hidden layer counts
        assert!(at(&[1, 1, 1, 1], Activation::Relu, &[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]));
    }
}
