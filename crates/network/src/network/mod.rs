//! The minimal reference network: the lesson's equations for L layers, written once for every
//! number system. No hidden layer is logistic regression, one is the lesson's shallow network.

mod parameters;
mod propagation;

pub use crate::kernel::Trainable;
pub use parameters::{Gradient, Layer, LayerGradient, Parameters};
pub use propagation::Forward;

use crate::{Activation, Batch, Error, Extent, Loss, Result, Scalar};
use ndarray::Array2;
use propagation::Workspace;

/// The mean loss and its gradient at some parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation<S> {
    /// J, the mean over examples of the loss, summed over outputs.
    pub loss: S,
    /// The derivatives of J with respect to every parameter.
    pub gradient: Gradient<S>,
}

/// Widths n\[0\], …, n\[L\], an activation for each hidden layer, and the output with its loss.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Start, Weights};
/// use init_symmetry_network::toy;
/// let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let xor = toy::xor()?;
/// let start = network.initialise(Start::from(Weights::Constant(0.5)), 1)?;
/// let end = network.train(&start, &xor, 0.5, 100, |_, _| ())?;
/// assert_eq!(end.w(1).row(0), end.w(1).row(1)); // equal units stay equal
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    widths: Vec<usize>,
    /// One for each hidden layer; where there is none, the one that was named all the same.
    pub(crate) activations: Vec<Activation>,
    /// The output and its loss.
    pub loss: Loss,
}

impl Network {
    /// A network of the given widths, input first and output last, with one activation in every
    /// hidden layer.
    ///
    /// # Errors
    /// Fewer than two widths, a width of 0, fewer outputs than the loss needs, more parameters than
    /// memory should hold.
    pub fn new(widths: &[usize], hidden: Activation, loss: Loss) -> Result<Self> {
        if widths.len() < 2 {
            return Err(Error::TooFewWidths { given: widths.len() });
        }
        if let Some(layer) = widths.iter().position(|&width| width == 0) {
            return Err(Error::EmptyLayer { layer });
        }
        let (given, needed) = (widths[widths.len() - 1], loss.least_outputs());
        if given < needed {
            return Err(Error::TooFewOutputs { loss: loss.to_string(), given, needed });
        }
        Error::within_memory("the parameters", Self::count_parameters(widths))?;
        let activations = vec![hidden; (widths.len() - 2).max(1)];
        Ok(Self { widths: widths.to_vec(), activations, loss })
    }

    /// A network with an activation for each of its L − 1 hidden layers, the lowest first.
    ///
    /// # Errors
    /// As [`Network::new`]; another number of activations than of hidden layers.
    pub fn with_activations(
        widths: &[usize],
        activations: &[Activation],
        loss: Loss,
    ) -> Result<Self> {
        let lowest = activations.first().copied().unwrap_or(Activation::Identity);
        let mut network = Self::new(widths, lowest, loss)?;
        network.check_activations(activations)?;
        network.activations[..activations.len()].copy_from_slice(activations);
        Ok(network)
    }

    /// How many parameters a network of those widths has: Σ n\[l\]·(n\[l−1\] + 1), at most
    /// `usize::MAX`.
    pub fn count_parameters(widths: &[usize]) -> usize {
        let sizes = widths.windows(2).map(|pair| pair[1].saturating_mul(pair[0].saturating_add(1)));
        sizes.fold(0, usize::saturating_add)
    }

    /// Widths n\[0\], …, n\[L\].
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// L, the number of layers with parameters.
    pub fn depth(&self) -> usize {
        self.widths.len() - 1
    }

    /// g of hidden layer l, for l = 1, …, L−1; panics for another l, as `[]` does.
    pub fn activation(&self, l: usize) -> Activation {
        self.activations[..self.depth() - 1][l - 1]
    }

    /// Rows × columns of W\[l\], for l = 1, …, L; panics for another l, as `[]` does.
    pub fn extent_of_w(&self, l: usize) -> Extent {
        (self.widths[l], self.widths[l - 1])
    }

    /// Z\[l\] and A\[l\] of every layer for inputs x (n_x × m).
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn forward<S: Trainable>(
        &self,
        parameters: &Parameters<S>,
        x: &Array2<S>,
    ) -> Result<Forward<S>> {
        self.check(parameters)?;
        self.check_input(x)?;
        let mut cache = Forward::zeros(self, x.ncols());
        propagation::forward(self, parameters, x, &mut cache);
        Ok(cache)
    }

    /// The mean loss J and its gradient.
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn evaluate<S: Trainable>(
        &self,
        parameters: &Parameters<S>,
        batch: &Batch<S>,
    ) -> Result<Evaluation<S>> {
        self.check(parameters)?;
        self.check_batch(batch)?;
        let mut space = Workspace::new(self, batch.m());
        space.propagate(self, parameters, batch);
        Ok(Evaluation { loss: self.mean_loss_of(&space.cache, batch), gradient: space.gradient })
    }

    /// The mean loss J alone: the bits that [`Network::evaluate`] gives, at half the price.
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn mean_loss<S: Trainable>(
        &self,
        parameters: &Parameters<S>,
        batch: &Batch<S>,
    ) -> Result<S> {
        self.check_batch(batch)?;
        Ok(self.mean_loss_of(&self.forward(parameters, batch.x())?, batch))
    }

    /// J = Σ loss / m, summed in order.
    fn mean_loss_of<S: Scalar>(&self, cache: &Forward<S>, batch: &Batch<S>) -> S {
        self.loss.total(cache.z(self.depth()), batch.y()) / S::of(batch.m())
    }

    /// One step of gradient descent: θ − α·gradient with rate α.
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn step<S: Trainable>(
        &self,
        parameters: &Parameters<S>,
        batch: &Batch<S>,
        rate: S,
    ) -> Result<Parameters<S>> {
        self.check(parameters)?;
        self.check_batch(batch)?;
        let mut space = Workspace::new(self, batch.m());
        space.propagate(self, parameters, batch);
        parameters.descend(&space.gradient, rate)
    }

    /// Gradient descent for a number of steps; `observe` sees every iteration t = 0, …, `steps`.
    ///
    /// Memory is taken once, for one batch and one set of parameters; a step takes none.
    ///
    /// # Errors
    /// Shapes that do not fit; [`Error::Diverged`] with the step at which a parameter stopped
    /// being finite (the observer has seen everything before it).
    pub fn train<S: Trainable>(
        &self,
        start: &Parameters<S>,
        batch: &Batch<S>,
        rate: S,
        steps: usize,
        mut observe: impl FnMut(usize, &Parameters<S>),
    ) -> Result<Parameters<S>> {
        self.check(start)?;
        self.check_batch(batch)?;
        let (mut parameters, mut space) = (start.clone(), Workspace::new(self, batch.m()));
        observe(0, &parameters);
        for t in 1..=steps {
            space.propagate(self, &parameters, batch);
            parameters.descend_in_place(&space.gradient, rate);
            if !parameters.is_finite() {
                return Err(Error::Diverged { step: t, rate: format!("{rate:?}") });
            }
            observe(t, &parameters);
        }
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::{at_level, levels};
    use crate::{Activation, Batch, Layer, Loss, Network, Parameters, Scalar, Trainable};
    use ndarray::Array2;
    use strum::VariantArray;

    /// Everything that training computes, in widths with edges in every block.
    fn trained<S: Trainable>(hidden: Activation, loss: Loss, convert: fn(f64) -> S) -> Vec<S> {
        let network = Network::new(&[9, 21, 5, 2], hidden, loss).unwrap();
        let entry = |(i, j): (usize, usize)| ((i * 37 + j * 91) % 129) as f64 / 64.0 - 1.0;
        let w = |l| Array2::from_shape_fn(network.extent_of_w(l), entry) / 4.0;
        let b = |l: usize| Array2::from_shape_fn((network.widths()[l], 1), entry) / 8.0;
        let layers = (1..=network.depth()).map(|l| Layer { w: w(l), b: b(l) }).collect();
        let start = Parameters { layers };
        let y = Array2::from_shape_fn((2, 35), |(i, j)| ((i + j) % 2) as f64);
        let batch = Batch::new(Array2::from_shape_fn((9, 35), entry), y).unwrap();
        let (start, batch) = (start.map(convert), batch.map(convert));
        let end = network.train(&start, &batch, convert(0.25), 30, |_, _| ()).unwrap();
        let evaluation = network.evaluate(&end, &batch).unwrap();
        let gradient = evaluation.gradient.entries();
        end.entries().chain(gradient).chain([evaluation.loss]).collect()
    }

    #[test]
    fn training_gives_the_same_bits_on_every_set_of_instructions() {
        let identical = |one: &[f64], other: &[f64]| {
            one.iter().zip(other).all(|(one, other)| one.identical(*other))
        };
        for &hidden in Activation::VARIANTS {
            for &loss in Loss::VARIANTS {
                let of = |level| at_level(level, || trained(hidden, loss, |number| number));
                let of_single = |level| at_level(level, || trained(hidden, loss, |n| n as f32));
                let wide = |numbers: Vec<f32>| -> Vec<f64> {
                    numbers.into_iter().map(f64::from).collect()
                };
                let [first, others @ ..] = &levels()[..] else { panic!("no instructions") };
                let (expected, expected_single) = (of(*first), wide(of_single(*first)));
                for &other in others {
                    assert!(identical(&expected, &of(other)), "{hidden}, {loss}: {other:?}");
                    assert!(identical(&expected_single, &wide(of_single(other))));
                }
            }
        }
    }
}
