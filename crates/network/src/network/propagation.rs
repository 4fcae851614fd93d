//! The lesson's equations: forward propagation, and backpropagation line by line beside it.

use super::{Gradient, Layer, LayerGradient, Network, Parameters};
use crate::{Batch, Scalar, Trainable};
use ndarray::Array2;

/// What forward propagation computed, kept for backpropagation.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward<S> {
    /// Z\[1\], …, Z\[L\], each n\[l\] × m.
    pub z: Vec<Array2<S>>,
    /// A\[1\], …, A\[L−1\] and ŷ, each n\[l\] × m.
    pub a: Vec<Array2<S>>,
}

impl<S: Scalar> Forward<S> {
    /// Room for a network with m examples.
    pub(super) fn zeros(network: &Network, m: usize) -> Self {
        let zeros = |&width| Array2::zeros((width, m));
        let z: Vec<_> = network.widths()[1..].iter().map(zeros).collect();
        Self { a: z.clone(), z }
    }

    /// Z\[l\], n\[l\] × m, for l = 1, …, L; panics for another l, as `[]` does.
    pub fn z(&self, l: usize) -> &Array2<S> {
        &self.z[l - 1]
    }

    /// A\[l\], n\[l\] × m, for l = 1, …, L, where A\[L\] is ŷ; panics for another l, as `[]` does.
    pub fn a(&self, l: usize) -> &Array2<S> {
        &self.a[l - 1]
    }
}

/// Everything that a step computes on the way, allocated once for all steps.
pub(super) struct Workspace<S> {
    pub(super) cache: Forward<S>,
    /// dZ\[1\], …, dZ\[L\], each n\[l\] × m.
    dz: Vec<Array2<S>>,
    pub(super) gradient: Gradient<S>,
}

impl<S: Trainable> Workspace<S> {
    /// Room for a network with m examples.
    pub(super) fn new(network: &Network, m: usize) -> Self {
        let zeros = |l| LayerGradient {
            dw: Array2::zeros(network.extent_of_w(l)),
            db: Array2::zeros((network.widths()[l], 1)),
        };
        let cache = Forward::zeros(network, m);
        let gradient = Gradient { layers: (1..=network.depth()).map(zeros).collect() };
        Self { dz: cache.z.clone(), cache, gradient }
    }

    /// The gradient at some parameters.
    pub(super) fn propagate(
        &mut self,
        network: &Network,
        parameters: &Parameters<S>,
        batch: &Batch<S>,
    ) {
        let Self { cache, dz, gradient } = self;
        forward(network, parameters, batch.x(), cache);
        backward(network, parameters, batch, cache, dz, gradient);
    }
}

/// z\[l\] = W\[l\]·a\[l−1\] + b\[l\] and a\[l\] = g(z\[l\]) for l = 1, …, L; a\[0\] = x (n_x × m).
pub(super) fn forward<S: Trainable>(
    network: &Network,
    parameters: &Parameters<S>,
    x: &Array2<S>,
    cache: &mut Forward<S>,
) {
    for (l, Layer { w, b }) in (1..).zip(&parameters.layers) {
        let (below, here) = cache.a.split_at_mut(l - 1);
        let (a_below, z, a) = (below.last().unwrap_or(x), &mut cache.z[l - 1], &mut here[0]);
        S::affine(w, a_below, b, z);
        if l == network.depth() {
            network.loss.predictions(z, a);
        } else {
            S::activate(network.activation(l), z, a);
        }
    }
}

/// The gradient of the mean loss, from the output down. Read each line against `forward`.
pub(super) fn backward<S: Trainable>(
    network: &Network,
    parameters: &Parameters<S>,
    batch: &Batch<S>,
    cache: &Forward<S>,
    dz: &mut [Array2<S>],
    gradient: &mut Gradient<S>,
) {
    let m = S::of(batch.m());
    let depth = network.depth();
    // ŷ and loss of z[L]                      dz[L] = ŷ − y for cross-entropy, of σ or softmax
    network.loss.deltas(cache.a(depth), batch.y(), &mut dz[depth - 1]);
    for l in (1..=depth).rev() {
        let (below, here) = dz.split_at_mut(l - 1);
        let (dz, LayerGradient { dw, db }) = (&here[0], &mut gradient.layers[l - 1]);
        let a_below = if l == 1 { batch.x() } else { cache.a(l - 1) };
        // z[l] = W[l]·a[l−1] + b[l]           dW[l] = dz[l]·a[l−1]ᵀ / m
        //        … + b[l]                     db[l] = Σ dz[l] / m
        S::affine_gradient(dz, a_below, dw, db);
        dw.mapv_inplace(|sum| sum / m);
        db.mapv_inplace(|sum| sum / m);
        if let Some(dz_below) = below.last_mut() {
            // z[l] = W[l]·a[l−1] + …          da[l−1] = W[l]ᵀ·dz[l]
            S::product(parameters.w(l).t(), dz.view(), dz_below);
            // a[l−1] = g(z[l−1])              dz[l−1] = da[l−1] ∘ g'(z[l−1])
            let g = network.activation(l - 1);
            S::times_slope(g, cache.z(l - 1), cache.a(l - 1), dz_below);
        }
    }
}
