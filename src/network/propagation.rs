//! The lesson's equations: forward propagation, and backpropagation line by line beside it.

use super::kernel::{product, sum_over_examples};
use super::{Gradient, Layer, LayerGradient, Network, Parameters};
use crate::Scalar;
use ndarray::{Array2, Zip};

/// What forward propagation computed, kept for backpropagation.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward<S> {
    /// Z\[1\], …, Z\[L\], each n\[l\] × m.
    pub z: Vec<Array2<S>>,
    /// A\[1\], …, A\[L−1\] and ŷ, each n\[l\] × m.
    pub a: Vec<Array2<S>>,
}

impl<S: Scalar> Forward<S> {
    /// Z\[l\], n\[l\] × m, for l = 1, …, L; panics for another l, as `[]` does.
    pub fn z(&self, l: usize) -> &Array2<S> {
        &self.z[l - 1]
    }

    /// A\[l\], n\[l\] × m, for l = 1, …, L, where A\[L\] is ŷ; panics for another l, as `[]` does.
    pub fn a(&self, l: usize) -> &Array2<S> {
        &self.a[l - 1]
    }
}

/// z\[l\] = W\[l\]·a\[l−1\] + b\[l\] and a\[l\] = g(z\[l\]) for l = 1, …, L; a\[0\] = x (n_x × m).
pub(super) fn forward<S: Scalar>(
    network: &Network,
    parameters: &Parameters<S>,
    x: &Array2<S>,
) -> Forward<S> {
    let Network { hidden: g, loss, .. } = network;
    let (mut z, mut a) = (Vec::<Array2<S>>::new(), Vec::<Array2<S>>::new());
    for Layer { w, b } in &parameters.layers {
        let a_below = a.last().unwrap_or(x);
        let z_here = product(w.view(), a_below.view()) + b;
        let is_output = z.len() + 1 == network.depth();
        a.push(z_here.mapv(|z| if is_output { loss.y_hat(z) } else { g.value(z) }));
        z.push(z_here);
    }
    Forward { z, a }
}

/// The gradient of the mean loss, from the output down. Read each line against `forward`.
pub(super) fn backward<S: Scalar>(
    network: &Network,
    parameters: &Parameters<S>,
    x: &Array2<S>,
    y: &Array2<S>,
    forward: &Forward<S>,
) -> Gradient<S> {
    let Network { hidden: g, loss, .. } = network;
    let m = S::of(x.ncols());
    let depth = network.depth();
    // ŷ and loss of z[L]                      dz[L] = ŷ − y for cross-entropy
    let mut dz = Zip::from(forward.z(depth)).and(y).map_collect(|&z, &y| loss.dz(z, y));
    let mut layers = Vec::with_capacity(depth);
    for l in (1..=depth).rev() {
        let a_below = if l == 1 { x } else { forward.a(l - 1) };
        layers.push(LayerGradient {
            // z[l] = W[l]·a[l−1] + b[l]       dW[l] = dz[l]·a[l−1]ᵀ / m
            dw: product(dz.view(), a_below.t()).mapv(|sum| sum / m),
            // z[l] = … + b[l]                 db[l] = Σ dz[l] / m
            db: sum_over_examples(&dz).mapv(|sum| sum / m),
        });
        if l > 1 {
            // z[l] = W[l]·a[l−1] + …          da[l−1] = W[l]ᵀ·dz[l]
            let da = product(parameters.w(l).t(), dz.view());
            // a[l−1] = g(z[l−1])              dz[l−1] = da[l−1] ∘ g'(z[l−1])
            dz = Zip::from(&da)
                .and(forward.z(l - 1))
                .and(forward.a(l - 1))
                .map_collect(|&da, &z, &a| da * g.slope(z, a));
        }
    }
    layers.reverse();
    Gradient { layers }
}
