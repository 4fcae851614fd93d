//! The two passes with options: what a gradient would be if one thing were done otherwise.
//!
//! It shares no pass with the reference; without an option it gives the same numbers up to
//! rounding. Start reading at [`Variation::gradient`].

use init_symmetry_network::{Activation, Gradient, LayerGradient, Network, Problem};
use ndarray::{Array2, Axis};

/// What is done otherwise.
#[derive(Clone, Copy, Default)]
pub(super) struct Variation {
    pub(super) leak: Option<Leak>,
    pub(super) slope: Slope,
    pub(super) clip: Option<Clip>,
    /// ŷ is kept within these bounds in dz of the output.
    pub(super) y_hat: Option<(f64, f64)>,
    /// Whether ŷ is a softmax over the outputs, with dz = ŷ − y.
    pub(super) softmax: bool,
    /// The outputs whose dz is not zero.
    pub(super) outputs: Option<Outputs>,
    /// What is done with the softmax of a loss that has one.
    pub(super) of_softmax: Option<OfSoftmax>,
}

/// What programs do with a softmax and its cross-entropy.
#[derive(Clone, Copy)]
pub(super) enum OfSoftmax {
    /// dz = (ŷ − y)·ŷ(1 − ŷ).
    DiagonalSlope,
    /// ŷ is normalised over the examples.
    OverExamples,
    /// ŷ = softmax(softmax(z)), and dz is the slope of its loss.
    Twice,
    /// dz = (ŷ − y)/n_y.
    MeanOverClasses,
}

impl OfSoftmax {
    /// dz of outputs z with labels y.
    fn dz(self, z: &Array2<f64>, y: &Array2<f64>) -> Array2<f64> {
        let y_hat = softmax(z);
        match self {
            Self::DiagonalSlope => (&y_hat - y) * &y_hat * (1.0 - &y_hat),
            Self::OverExamples => {
                softmax(&z.t().to_owned()).reversed_axes().as_standard_layout().to_owned() - y
            }
            Self::Twice => {
                let slope = softmax(&y_hat) - y;
                let mean = (&slope * &y_hat).sum_axis(Axis(0));
                (slope - mean) * y_hat
            }
            Self::MeanOverClasses => (y_hat - y) / z.nrows() as f64,
        }
    }
}

/// The slope of an activation below its kink.
#[derive(Clone, Copy)]
pub(super) struct Leak {
    pub(super) of: Activation,
    pub(super) slope: f64,
    /// Whether the forward pass has it too.
    pub(super) forward: bool,
}

/// What stands for g'(z).
#[derive(Clone, Copy, Default)]
pub(super) enum Slope {
    #[default]
    Own,
    /// 1 in layers (from, to), counted from 1.
    OneIn(usize, usize),
    /// 1 in all hidden layers so many below the output (from, to), counted from 1.
    OneBelow(usize, usize),
    /// That of another activation.
    Of(Whose),
    /// The formula of another activation, with z and a of this one.
    FormulaOf(Whose),
    /// The right formula with z in the place of a, as tanh' = 1 − z².
    OfZAlone,
    /// g'(a).
    AtA,
}

/// Which activation stands in the place of a layer's own.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    Named(Activation),
    /// That of the lowest hidden layer.
    Lowest,
    /// That of the highest hidden layer.
    Highest,
}

impl Whose {
    /// Of a network with hidden layers.
    fn of(self, network: &Network) -> Activation {
        match self {
            Self::Named(g) => g,
            Self::Lowest => network.activation(1),
            Self::Highest => network.activation(network.depth() - 1),
        }
    }
}

/// Where dz is clipped, at which bound.
#[derive(Clone, Copy)]
pub(super) struct Clip {
    pub(super) bound: f64,
    pub(super) output: bool,
    pub(super) hidden: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Outputs {
    First(usize),
    AllButFirst,
    AllButLast,
    Without(usize),
}

impl Outputs {
    fn holds(self, i: usize, count: usize) -> bool {
        match self {
            Self::First(kept) => i < kept,
            Self::AllButFirst => i > 0,
            Self::Without(missing) => i != missing,
            Self::AllButLast => count == 1 || i + 1 < count,
        }
    }
}

/// z and a of every layer; number 0 is x in both.
struct Passed {
    z: Vec<Array2<f64>>,
    a: Vec<Array2<f64>>,
}

impl Variation {
    /// dW and db of every layer.
    pub(super) fn gradient(&self, problem: Problem<'_, f64>) -> Gradient<f64> {
        let Problem { network, parameters, batch } = problem;
        let passed = self.forward(problem);
        let m = batch.m() as f64;
        let mut dz = self.of_output(problem, &passed);
        let mut layers = Vec::new();
        for l in (1..=network.depth()).rev() {
            let dw = dz.dot(&passed.a[l - 1].t()) / m;
            let db = dz.sum_axis(Axis(1)).insert_axis(Axis(1)) / m;
            layers.push(LayerGradient { dw, db });
            if l > 1 {
                let da = parameters.w(l).t().dot(&dz);
                let slope = self.slopes(problem, &passed, l - 1);
                dz = self.clipped(da * slope, false);
            }
        }
        layers.reverse();
        Gradient { layers }
    }

    fn leak_of(&self, g: Activation) -> Option<Leak> {
        self.leak.filter(|leak| leak.of == g)
    }

    fn forward(&self, problem: Problem<'_, f64>) -> Passed {
        let Problem { network, parameters, batch } = problem;
        let (mut z, mut a) = (vec![batch.x().clone()], vec![batch.x().clone()]);
        for l in 1..=network.depth() {
            let here = parameters.w(l).dot(&a[l - 1]) + parameters.b(l);
            let is_output = l == network.depth();
            a.push(match is_output {
                true => network.loss.y_hat(&here),
                false => self.activated(network.activation(l), &here),
            });
            z.push(here);
        }
        Passed { z, a }
    }

    /// a of a hidden layer.
    fn activated(&self, g: Activation, z: &Array2<f64>) -> Array2<f64> {
        let leak = self.leak_of(g).filter(|leak| leak.forward);
        z.mapv(|z| match leak {
            Some(Leak { slope, .. }) if z < 0.0 => slope * z,
            _ => g.value(z),
        })
    }

    fn of_output(&self, problem: Problem<'_, f64>, passed: &Passed) -> Array2<f64> {
        let Problem { network, batch, .. } = problem;
        let z = &passed.z[network.depth()];
        if self.softmax {
            return softmax(z) - batch.y();
        }
        if let (Some(done), true) = (self.of_softmax, network.loss.couples_outputs()) {
            return done.dz(z, batch.y());
        }
        let own = network.loss.dz(z, batch.y());
        let y_hat = &passed.a[network.depth()];
        let dz = Array2::from_shape_fn(z.dim(), |(i, j)| {
            let kept = self.outputs.is_none_or(|outputs| outputs.holds(i, z.nrows()));
            match self.y_hat {
                _ if !kept => 0.0,
                Some((low, high)) if network.loss.dz_is_residual() => {
                    y_hat[[i, j]].clamp(low, high) - batch.y()[[i, j]]
                }
                _ => own[[i, j]],
            }
        });
        self.clipped(dz, true)
    }

    fn clipped(&self, mut dz: Array2<f64>, is_output: bool) -> Array2<f64> {
        let here = |clip: &Clip| if is_output { clip.output } else { clip.hidden };
        if let Some(Clip { bound, .. }) = self.clip.filter(here) {
            dz.mapv_inplace(|dz| dz.clamp(-bound, bound));
        }
        dz
    }

    fn slopes(&self, problem: Problem<'_, f64>, passed: &Passed, l: usize) -> Array2<f64> {
        let network = problem.network;
        let g = network.activation(l);
        let below = network.depth() - l;
        let leak = self.leak_of(g);
        let (z, a) = (&passed.z[l], &passed.a[l]);
        Array2::from_shape_fn(z.dim(), |place| {
            let (z, a) = (z[place], a[place]);
            match (self.slope, leak) {
                (Slope::OneIn(from, to), _) if (from..=to).contains(&l) => 1.0,
                (Slope::OneBelow(from, to), _) if (from..=to).contains(&below) => 1.0,
                (Slope::Of(whose), _) => {
                    let other = whose.of(network);
                    other.slope(z, other.value(z))
                }
                (Slope::FormulaOf(whose), _) => whose.of(network).slope(z, a),
                (Slope::OfZAlone, _) => g.slope(z, z),
                (Slope::AtA, _) => g.slope(a, g.value(a)),
                (_, Some(Leak { slope, .. })) if z < 0.0 => slope,
                _ => g.slope(z, a),
            }
        })
    }
}

/// e^z over its sum, column by column.
pub(super) fn softmax(z: &Array2<f64>) -> Array2<f64> {
    let mut y_hat = z.clone();
    for mut column in y_hat.axis_iter_mut(Axis(1)) {
        let largest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        column.mapv_inplace(|z| libm::exp(z - largest));
        let sum = column.sum();
        column.mapv_inplace(|z| z / sum);
    }
    y_hat
}

#[cfg(test)]
mod tests {
    use super::{Leak, Variation};
    use crate::property::{Cases, Config, Profile};
    use init_symmetry_network::tolerance::EXPLAINED;
    use init_symmetry_network::{Activation, Gradient};

    fn near(left: &Gradient<f64>, right: &Gradient<f64>) -> bool {
        let both = left.entries().zip(right.entries());
        both.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) <= 16.0 * EXPLAINED
    }

    #[test]
    fn without_an_option_the_gradient_is_the_reference() {
        for case in Cases::default().sample(&Config::new(Profile::Quick, 3)) {
            let due = case.problem().evaluate().unwrap().gradient;
            assert!(near(&Variation::default().gradient(case.problem()), &due), "{case}");
        }
    }

    #[test]
    fn a_relu_that_leaks_in_both_passes_is_a_leaky_relu() {
        let leak = Leak { of: Activation::Relu, slope: 0.01, forward: true };
        let leaky = Variation { leak: Some(leak), ..Variation::default() };
        let relu = Cases::default().with_hidden(&[Activation::Relu]);
        for mut case in relu.sample(&Config::new(Profile::Quick, 3)) {
            let gradient = leaky.gradient(case.problem());
            case.network = case.network.map_activations(|_| Activation::LeakyRelu);
            assert!(near(&gradient, &case.problem().evaluate().unwrap().gradient), "{case}");
        }
    }
}
