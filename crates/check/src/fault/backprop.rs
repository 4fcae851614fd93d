//! Backpropagation once more, entry by entry, with the faults of gradient and loss planted in it.
//!
//! It reads forward, then backward; a fault is where its name stands. It shares no pass with the
//! network, only the product of two matrices, whose plain loop is tested beside it. Steps, starts
//! and answers are in `faulty.rs`. Start reading at [`Backprop::forward`].

use super::Fault;
use init_symmetry_network::kernel::product;
use init_symmetry_network::{Activation, Gradient, LayerGradient, Loss, Problem, Scalar};
use ndarray::{Array2, Axis, Slice, aview1};

/// What one question is answered from.
#[derive(Clone, Copy)]
pub(super) struct Backprop<'a> {
    pub(super) fault: Option<Fault>,
    pub(super) problem: Problem<'a, f64>,
    /// The learning rate where the gradient is for a step: an early update needs it.
    pub(super) rate: Option<f64>,
}

/// z and a of every layer; number 0 is x in both.
#[derive(Clone)]
pub(super) struct Cache {
    z: Vec<Array2<f64>>,
    a: Vec<Array2<f64>>,
}

/// The size of the noise of [`Fault::IndexDependentNoiseInDw1`].
const NOISE: f64 = 1e-11;

/// The slope of [`Fault::LeakySlopeInDerivative`].
const LEAK: f64 = 0.01;

impl Backprop<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn m(&self) -> usize {
        self.problem.batch.m()
    }

    /// How many examples count.
    fn counted(&self) -> usize {
        let ignored = self.has(Fault::LastExampleIgnored) && self.m() > 1;
        self.m() - usize::from(ignored)
    }

    /// A sum over the examples as a mean.
    fn mean(&self, sum: f64) -> f64 {
        if self.has(Fault::SumInsteadOfMean) { sum } else { sum / self.counted() as f64 }
    }

    pub(super) fn forward(&self) -> Cache {
        let Problem { network, parameters, batch } = self.problem;
        let depth = network.depth();
        let mut cache = Cache { z: vec![batch.x().clone()], a: vec![batch.x().clone()] };
        for l in 1..=depth {
            let mut z = product(parameters.w(l).view(), cache.a[l - 1].view());
            if l == depth || !self.has(Fault::HiddenBiasIgnored) {
                z += parameters.b(l);
            }
            let a = if l == depth {
                self.y_hat(&z)
            } else if self.has(Fault::HiddenActivationOmitted) {
                z.clone()
            } else {
                z.mapv(|z| network.activation(l).value(z))
            };
            cache.z.push(z);
            cache.a.push(a);
        }
        cache
    }

    /// ŷ of the outputs z.
    fn y_hat(&self, z: &Array2<f64>) -> Array2<f64> {
        let loss = self.problem.network.loss;
        match self.fault {
            Some(Fault::SoftmaxOverExamples) if loss.couples_outputs() => {
                let turned = loss.y_hat(&z.t().to_owned());
                Array2::from_shape_fn(z.dim(), |(i, j)| turned[[j, i]])
            }
            Some(Fault::SoftmaxWithoutItsMaximum) if loss.couples_outputs() => {
                let exponentials = z.mapv(libm::exp);
                let sums = exponentials.sum_axis(Axis(0));
                exponentials / sums
            }
            _ => loss.y_hat(z),
        }
    }

    pub(super) fn predictions(&self, cache: &Cache) -> Array2<f64> {
        let logits = self.has(Fault::PredictionsAreLogits);
        let of_output = if logits { &cache.z } else { &cache.a };
        of_output[self.problem.network.depth()].clone()
    }

    pub(super) fn loss(&self, cache: &Cache) -> f64 {
        let loss = self.problem.network.loss;
        if loss.couples_outputs() {
            return self.coupling_loss(cache);
        }
        let z_out = &cache.z[self.problem.network.depth()];
        let mut sum = 0.0;
        for i in 0..z_out.nrows() {
            for j in 0..self.counted() {
                let z = z_out[[i, j]];
                let y = self.problem.batch.y()[[i, j]];
                let unfused = self.has(Fault::UnfusedCrossEntropy) && loss == Loss::CrossEntropy;
                sum += if unfused {
                    from_prediction(z.sigmoid(), y)
                } else {
                    loss.value(aview1(&[z]), aview1(&[y]))
                };
            }
        }
        if self.has(Fault::LossDoubled) { 2.0 * self.mean(sum) } else { self.mean(sum) }
    }

    /// The loss where it is one of all outputs of an example.
    fn coupling_loss(&self, cache: &Cache) -> f64 {
        let Problem { network, batch, .. } = self.problem;
        let (z_out, y_hat) = (&cache.z[network.depth()], &cache.a[network.depth()]);
        let mut sum = 0.0;
        for (j, y) in batch.y().columns().into_iter().enumerate().take(self.counted()) {
            let z = z_out.column(j);
            sum += match self.fault {
                Some(Fault::SoftmaxAppliedTwice) => network.loss.value(y_hat.column(j), y),
                Some(Fault::SoftmaxWithoutItsMaximum) => {
                    libm::log(z.mapv(libm::exp).sum()) - z.dot(&y)
                }
                Some(Fault::SoftmaxOverExamples) => -y_hat.column(j).mapv(libm::log).dot(&y),
                _ => network.loss.value(z, y),
            };
        }
        if self.has(Fault::LossDoubled) { 2.0 * self.mean(sum) } else { self.mean(sum) }
    }

    pub(super) fn backward(&self, cache: &Cache) -> Gradient<f64> {
        let depth = self.problem.network.depth();
        let mut dz = self.output_delta(cache);
        let mut layers = Vec::with_capacity(depth);
        for l in (1..=depth).rev() {
            let dw = self.dw(cache, &dz, l);
            let db = self.db(&dz);
            if l > 1 {
                dz = self.delta_below(cache, &dz, &dw, l);
            }
            layers.push(LayerGradient { dw, db });
        }
        layers.reverse();
        self.scaled(Gradient { layers })
    }

    /// dz of the output.
    fn output_delta(&self, cache: &Cache) -> Array2<f64> {
        let loss = self.problem.network.loss;
        let labels = self.problem.batch.y();
        let depth = self.problem.network.depth();
        let (z_out, y_hat) = (&cache.z[depth], &cache.a[depth]);
        let due = match loss.couples_outputs() {
            true => self.delta_of_softmax(y_hat),
            false => loss.dz(z_out, labels),
        };
        Array2::from_shape_fn(z_out.dim(), |(i, j)| {
            let y = labels[[i, j]];
            let y_hat = y_hat[[i, j]];
            let mut dz = due[[i, j]];
            if loss == Loss::CrossEntropy {
                if self.has(Fault::CrossEntropyExtraSlope) {
                    dz *= y_hat * (1.0 - y_hat);
                }
                if self.has(Fault::UnfusedCrossEntropy) {
                    let dy_hat = (1.0 - y) / (1.0 - y_hat) - y / y_hat;
                    dz = dy_hat * (y_hat * (1.0 - y_hat));
                }
            }
            if self.has(Fault::OutputDeltaSign) {
                dz = -dz;
            }
            if self.has(Fault::MeanAppliedTwice) {
                dz /= self.m() as f64;
            }
            let is_largest = || labels.column(j).iter().all(|&other| y >= other);
            if self.has(Fault::DeltaOnlyAtLargestLabel) && !is_largest() {
                dz = 0.0;
            }
            self.treated(dz, j)
        })
    }

    /// dz of a softmax with cross-entropy.
    fn delta_of_softmax(&self, y_hat: &Array2<f64>) -> Array2<f64> {
        let y = self.problem.batch.y();
        let dz = y_hat - y;
        match self.fault {
            Some(Fault::SoftmaxExtraSlope) => dz * y_hat * (1.0 - y_hat),
            Some(Fault::SoftmaxDeltaDividedByClasses) => dz / y.nrows() as f64,
            Some(Fault::SoftmaxAppliedTwice) => {
                let slope = self.problem.network.loss.dz(y_hat, y);
                let mean = (&slope * y_hat).sum_axis(Axis(0));
                (slope - mean) * y_hat
            }
            _ => dz,
        }
    }

    /// dz[l−1] from dz[l] and dw[l].
    fn delta_below(
        &self,
        cache: &Cache,
        dz: &Array2<f64>,
        dw: &Array2<f64>,
        l: usize,
    ) -> Array2<f64> {
        let mut w = self.problem.parameters.w(l).clone();
        let last = self.problem.parameters.w(self.problem.network.depth());
        if self.has(Fault::LastWeightsForEveryLayer) && last.dim() == w.dim() {
            w = last.clone();
        }
        if let (true, Some(rate)) = (self.has(Fault::W2UpdatedBeforeItIsUsed), self.rate) {
            w = w - dw * rate;
        }
        if self.has(Fault::UntransposedWeights) && w.is_square() {
            w = w.t().to_owned();
        }
        let mut da = product(w.t(), dz.view());
        if self.has(Fault::DaAveragedOverUnits) {
            da /= w.nrows() as f64;
        }
        Array2::from_shape_fn(da.dim(), |(k, j)| {
            let mut dz = da[[k, j]] * self.slope(cache, l - 1, k, j);
            if self.has(Fault::BackPropagatedDeltaSign) {
                dz = -dz;
            }
            if self.has(Fault::OneDeltaZeroed) && k == 0 && j + 1 == self.m() {
                dz = 0.0;
            }
            self.treated(dz, j)
        })
    }

    /// What happens to every dz of example `j`, in whatever layer.
    fn treated(&self, dz: f64, j: usize) -> f64 {
        if j >= self.counted() {
            return 0.0;
        }
        match self.fault {
            Some(Fault::DeltaRoundedToSingle) => f64::from(dz as f32),
            Some(Fault::DeltaClipped) => dz.clamp(-1.0, 1.0),
            _ => dz,
        }
    }

    /// g'(z) of unit `k` of hidden layer `l` for example `j`.
    fn slope(&self, cache: &Cache, l: usize, k: usize, j: usize) -> f64 {
        let of = if self.has(Fault::SlopeOfAnotherLayer) { 1 } else { l };
        let g = self.problem.network.activation(of);
        let missing = self.has(Fault::ActivationDerivativeMissing)
            || self.has(Fault::HiddenActivationOmitted)
            || self.has(Fault::DerivativeSkippedBelowTop) && l + 1 < self.problem.network.depth();
        if missing {
            return 1.0;
        }
        let fits = cache.z[l + 1].dim() == cache.z[l].dim();
        let shifted = self.has(Fault::DerivativeAtAnotherLayer) && fits;
        let broadcast = self.has(Fault::ScalarDerivativeBroadcast);
        let place = if broadcast { [0, 0] } else { [k, j] };
        let layer = l + usize::from(shifted);
        let mut z = cache.z[layer][place];
        let mut a = cache.a[layer][place];
        if shifted || of != l {
            a = g.value(z); // in the output layer a is ŷ, elsewhere that of another activation
        }
        if self.has(Fault::DerivativeAtActivation) {
            (z, a) = (a, g.value(a));
        }
        match (self.fault, g) {
            (Some(Fault::TanhDerivativeFromPreactivation), Activation::Tanh) => 1.0 - z * z,
            (Some(Fault::ReluDerivativeAtZeroIsOne), Activation::Relu) if z == 0.0 => 1.0,
            (Some(Fault::LeakySlopeInDerivative), Activation::Relu) if z < 0.0 => LEAK,
            _ => g.slope(z, a),
        }
    }

    fn dw(&self, cache: &Cache, dz: &Array2<f64>, l: usize) -> Array2<f64> {
        let fits = cache.a[l].dim() == cache.a[l - 1].dim();
        let a_below = match self.fault {
            Some(Fault::DwFromOwnActivation) if fits => &cache.a[l],
            Some(Fault::DwFromPreactivation) => &cache.z[l - 1],
            _ => &cache.a[l - 1],
        };
        let is_hidden = l < self.problem.network.depth();
        let mut dw = product(dz.view(), a_below.t());
        if self.has(Fault::OneRowReducedInReverseOrder) && is_hidden {
            let last = dz.nrows() - 1;
            let backwards = Slice::new(0, None, -1);
            let [dz, a_below] = [dz, a_below].map(|it| it.slice_axis(Axis(1), backwards));
            dw.row_mut(last).assign(&product(dz, a_below.t()).row(last));
        }
        if !self.has(Fault::MissingMeanInDw) {
            dw.mapv_inplace(|sum| self.mean(sum));
        }
        if self.has(Fault::TransposedDw) && dw.is_square() {
            dw = dw.t().to_owned();
        }
        if l == 1 && is_hidden { self.first_dw(dw) } else { dw }
    }

    /// What happens to dw1 of a network with a hidden layer.
    fn first_dw(&self, dw: Array2<f64>) -> Array2<f64> {
        let units = dw.nrows();
        Array2::from_shape_fn(dw.dim(), |(i, k)| match self.fault {
            Some(Fault::RowsOfFirstDwRotated) => dw[[(i + 1) % units, k]],
            Some(Fault::IndexDependentNoiseInDw1) => dw[[i, k]] + NOISE * (i + 1) as f64,
            Some(Fault::FirstDwDividedByWidth) => dw[[i, k]] / units as f64,
            _ => dw[[i, k]],
        })
    }

    fn db(&self, dz: &Array2<f64>) -> Array2<f64> {
        let (units, m) = dz.dim();
        let over_examples = |i| (0..m).fold(0.0, |sum, j| sum + dz[[i, j]]);
        Array2::from_shape_fn((units, 1), |(i, _)| {
            let sum = match self.fault {
                Some(Fault::BiasGradientDropped) => 0.0,
                Some(Fault::DbOverWrongAxis) if units == m => dz.column(i).sum(),
                Some(Fault::DbFromFirstExample) => dz[[i, 0]],
                Some(Fault::DbSummedOverEverything) => (0..units).map(over_examples).sum(),
                _ => over_examples(i),
            };
            if self.has(Fault::MissingMeanInDb) { sum } else { self.mean(sum) }
        })
    }

    /// What happens to the gradient as a whole.
    fn scaled(&self, mut gradient: Gradient<f64>) -> Gradient<f64> {
        let length = gradient.entries().map(|entry| entry * entry).sum::<f64>().sqrt();
        let factor = match self.fault {
            Some(Fault::GradientDoubled) => 2.0,
            Some(Fault::GradientNormalised) if length > 0.0 => 1.0 / length,
            _ => 1.0,
        };
        for LayerGradient { dw, db } in &mut gradient.layers {
            dw.mapv_inplace(|slope| slope * factor);
            db.mapv_inplace(|slope| slope * factor);
        }
        if self.has(Fault::FirstGradientNeverComputed) && gradient.layers.len() > 1 {
            let LayerGradient { dw, db } = &mut gradient.layers[0];
            dw.fill(0.0);
            db.fill(0.0);
        }
        gradient
    }
}

/// −y ln ŷ − (1 − y) ln(1 − ŷ), as it is printed.
fn from_prediction(y_hat: f64, y: f64) -> f64 {
    -(y * libm::log(y_hat) + (1.0 - y) * libm::log(1.0 - y_hat))
}
