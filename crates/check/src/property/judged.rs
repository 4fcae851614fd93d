//! What a subject answers, every number with a derived bound on what rounding may do to it.
//!
//! The bound is that of the reference at the same question; no tolerance is typed here. Start
//! reading at [`judged`].

use super::{Case, CaseFailure};
use crate::subject::{Precision, Subject};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::tolerance::OWN_ROUNDING;
use init_symmetry_network::{Error, Evaluation, Gradient, LayerGradient, Problem, Result};
use ndarray::{Array2, Zip};

/// What a subject answers: its values, with the rounding bounds of the same question asked of the
/// reference.
pub(super) fn judged(
    subject: &dyn Subject,
    problem: Problem<'_, f64>,
) -> Result<Evaluation<Bounded>> {
    let answer = subject.evaluate(problem)?;
    let precision = subject.precision();
    let bound = bounded(problem)?;
    let loss = Bounded { value: answer.loss, error: precision.bound(bound.loss.error) };
    if answer.gradient.layers.len() != bound.gradient.layers.len() {
        return Err(Error::Count {
            what: "the gradient's list of layers".into(),
            given: answer.gradient.layers.len(),
            needed_by: "the network".into(),
            needed: bound.gradient.layers.len(),
        });
    }
    let layers = (1..).zip(answer.gradient.layers.iter().zip(&bound.gradient.layers));
    let layers = layers.map(|(l, (LayerGradient { dw, db }, bound))| {
        Ok(LayerGradient {
            dw: with_bounds(&format!("dw{l}"), dw, &format!("w{l}"), &bound.dw, precision)?,
            db: with_bounds(&format!("db{l}"), db, &format!("b{l}"), &bound.db, precision)?,
        })
    });
    Ok(Evaluation { loss, gradient: Gradient { layers: layers.collect::<Result<_>>()? } })
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
    with_bounds("y_hat", &y_hat, "y", bounded.a(network.depth()), subject.precision())
}

fn with_bounds(
    name: &str,
    values: &Array2<f64>,
    like: &str,
    bounds: &Array2<Bounded>,
    precision: Precision,
) -> Result<Array2<Bounded>> {
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
    let [left, right] = [left.value, right.value];
    Err(format!(
        "{what} is {left} where {right} is due, and rounding explains at most {allowed:.1e}"
    )
    .into())
}

/// Whether two answers of one subject agree within rounding, in loss and gradient.
pub(super) fn answers_agree(
    precision: Precision,
    left: &Evaluation<Bounded>,
    right: &Evaluation<Bounded>,
) -> Result<(), CaseFailure> {
    let loss_of = |Bounded { value, error }| Bounded {
        value,
        error: error.max(precision.bound(OWN_ROUNDING) * value.abs()), // granted as below
    };
    agree("the loss", loss_of(left.loss), loss_of(right.loss))?;
    gradients_agree(&granted(precision, &left.gradient), &granted(precision, &right.gradient))
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
    left: &Gradient<Bounded>,
    right: &Gradient<Bounded>,
) -> Result<(), CaseFailure> {
    for (l, (left, right)) in (1..).zip(left.layers.iter().zip(&right.layers)) {
        for (name, left, right) in [("dw", &left.dw, &right.dw), ("db", &left.db, &right.db)] {
            for (((i, k), &left), &right) in left.indexed_iter().zip(right) {
                agree(&format!("{name}{l}[{i}, {k}]"), left, right)?;
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
    let hidden = &forward.z[..case.network.depth() - 1];
    let kink = case.network.hidden.facts().kink;
    Ok(hidden.iter().flatten().any(|&z| Some(z) == kink))
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
