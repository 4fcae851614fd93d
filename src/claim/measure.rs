//! What a subject's gradient tells of its activations: inputs and labels are chosen so that one
//! entry of the gradient is the very number that is asked for.

use crate::subject::Subject;
use crate::{Activation, Batch, Layer, Loss, Network, Parameters, Result};
use ndarray::{Array2, array};

/// g(z) and g'(z) as a subject computes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    /// a = g(z).
    pub(super) value: f64,
    /// g'(z).
    pub(super) slope: f64,
}

/// One hidden unit at z, bit for bit.
///
/// A 1-1-1 network with w1 = 1, b1 = 0 and x = z has z1 = z. With w2 = 0 and y = −1 the residual
/// is 1, so that dw2 = a; then with w2 = 1, b2 = −a and y = −1 it is 1 again, so that db1 = g'(z).
pub(super) fn unit_at(subject: &dyn Subject, g: Activation, z: f64) -> Result<Unit> {
    let network = Network::new(&[1, 1, 1], g, Loss::SquaredError)?;
    let batch = Batch::new(array![[z]], array![[-1.0]])?;
    let parameters = |w2: f64, b2: f64| Parameters {
        layers: vec![
            Layer { w: array![[1.0]], b: array![[0.0]] },
            Layer { w: array![[w2]], b: array![[b2]] },
        ],
    };
    let value = subject.evaluate(network.at(&parameters(0.0, 0.0), &batch))?.gradient.dw(2)[[0, 0]];
    let answer = subject.evaluate(network.at(&parameters(1.0, -value), &batch))?;
    Ok(Unit { value, slope: answer.gradient.db(1)[[0, 0]] })
}

/// The activations of a hidden layer for one input x (n_x × 1), bit for bit: with w2 = 0 and
/// y = −1 the residual is 1, so that dw2 = a1ᵀ.
pub(super) fn hidden_activations(
    subject: &dyn Subject,
    g: Activation,
    hidden: &Layer<f64>,
    x: Array2<f64>,
) -> Result<Vec<f64>> {
    let (n_h, n_x) = hidden.w.dim();
    let network = Network::new(&[n_x, n_h, 1], g, Loss::SquaredError)?;
    let output = Layer { w: Array2::zeros((1, n_h)), b: array![[0.0]] };
    let parameters = Parameters { layers: vec![hidden.clone(), output] };
    let answer = subject.evaluate(network.at(&parameters, &Batch::new(x, array![[-1.0]])?))?;
    Ok(answer.gradient.dw(2).iter().copied().collect())
}

/// The share of (unit, example) pairs of a hidden layer whose slope g'(z) is below a bound.
///
/// Batches of one example with outgoing weights 1: db1 is the slope times the residual db2.
pub(super) fn share_of_small_slopes(
    subject: &dyn Subject,
    g: Activation,
    hidden: &Layer<f64>,
    x: &Array2<f64>,
    bound: f64,
) -> Result<f64> {
    let (n_h, n_x) = hidden.w.dim();
    let network = Network::new(&[n_x, n_h, 1], g, Loss::SquaredError)?;
    let output = Layer { w: Array2::ones((1, n_h)), b: array![[0.0]] };
    let parameters = Parameters { layers: vec![hidden.clone(), output] };
    // sums of bounded activations never reach this label, so the residual is not zero
    let y = array![[-2.0 * n_h as f64]];
    let mut small = 0;
    for example in x.columns() {
        let x = example.to_owned().insert_axis(ndarray::Axis(1));
        let gradient =
            subject.evaluate(network.at(&parameters, &Batch::new(x, y.clone())?))?.gradient;
        let residual = gradient.db(2)[[0, 0]];
        small += gradient.db(1).iter().filter(|&&db| (db / residual).abs() < bound).count();
    }
    Ok(small as f64 / (n_h * x.ncols()) as f64)
}
