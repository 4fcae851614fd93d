//! The mean loss of a network on a batch, as a function of its parameters.

use super::differentiable::{Block, Differentiable, LossAndGradient};
use super::estimate::Estimate;
use super::expression::{Expression, ExpressionWithGradient, LossAndGradientIn};
use super::kinks::at_kinks;
use super::rounded::Rounded;
use init_symmetry_network::network::Network;
use init_symmetry_network::{
    Batch, Error, Result, Scalar, Trainable, parameters_from, specification_of,
};
use ndarray::Array2;

/// The mean loss of a network on a batch, with backpropagation as its gradient.
///
/// ```
/// use init_symmetry_network::{Activation, Batch, Loss, Network, Weights};
/// use init_symmetry_gradient::{Differentiable, NetworkLoss};
/// use ndarray::array;
/// let network = Network::new(&[1, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 0.0]])?;
/// let start = network.initialise(Weights::Normal(1.0), 7)?;
/// let subject = NetworkLoss { network: &network, batch: &batch };
/// let names: Vec<_> = subject.blocks().into_iter().map(|block| block.name).collect();
/// assert_eq!(names, ["w1", "b1", "w2", "b2"]);
/// let flat: Vec<f64> = start.entries().collect();
/// assert_eq!(subject.evaluate(&flat)?.gradient.len(), 7);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NetworkLoss<'a> {
    /// The network.
    pub network: &'a Network,
    /// The examples, in columns.
    pub batch: &'a Batch<f64>,
}

impl Differentiable for NetworkLoss<'_> {
    fn blocks(&self) -> Vec<Block> {
        let layers = (1..=self.network.depth()).flat_map(|l| {
            let (rows, columns) = self.network.extent_of_w(l);
            [Block::new(format!("w{l}"), rows, columns), Block::new(format!("b{l}"), rows, 1)]
        });
        layers.collect()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let parameters = parameters_from(self.network, parameters)?;
        let evaluation = self.network.evaluate(&parameters, self.batch)?;
        let gradient = evaluation.gradient.entries().collect();
        Ok(LossAndGradient { loss: evaluation.loss, gradient })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        self.network.mean_loss(&parameters_from(self.network, parameters)?, self.batch)
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        let exact = |numbers: &[f64]| -> Vec<Rounded> {
            numbers.iter().copied().map(Rounded::exact).collect()
        };
        Ok(self.value(&exact(parameters), &exact(&self.constants()))?.error())
    }

    fn at_kinks(&self, parameters: &[f64]) -> Result<Vec<(usize, Estimate)>> {
        at_kinks(self.network, self.batch, parameters)
    }
}

impl NetworkLoss<'_> {
    /// A batch of this batch's shapes from flat data: x row by row, then y.
    fn batch_from<S: Scalar>(&self, constants: &[S]) -> Result<Batch<S>> {
        let (x, y) = (self.batch.x(), self.batch.y());
        if constants.len() != x.len() + y.len() {
            return Err(Error::Count {
                what: "the list of constants".into(),
                given: constants.len(),
                needed_by: "the batch".into(),
                needed: x.len() + y.len(),
            });
        }
        let (inputs, labels) = constants.split_at(x.len());
        let matrix = |(rows, columns): (usize, usize), entries: &[S]| {
            Array2::from_shape_fn((rows, columns), |(i, j)| entries[i * columns + j])
        };
        Batch::new(matrix(x.dim(), inputs), matrix(y.dim(), labels))
    }
}

/// The loss by the specification, not by the network.
impl Expression for NetworkLoss<'_> {
    fn constants(&self) -> Vec<f64> {
        self.batch.x().iter().chain(self.batch.y()).copied().collect()
    }

    fn value<S: Scalar>(&self, parameters: &[S], constants: &[S]) -> Result<S> {
        specification_of(self.network).mean_loss(parameters, &self.batch_from(constants)?)
    }
}

/// Loss and gradient by the network.
impl ExpressionWithGradient for NetworkLoss<'_> {
    fn evaluate_in<S: Trainable>(
        &self,
        parameters: &[S],
        constants: &[S],
    ) -> Result<LossAndGradientIn<S>> {
        let parameters = parameters_from(self.network, parameters)?;
        let evaluation = self.network.evaluate(&parameters, &self.batch_from(constants)?)?;
        let gradient = evaluation.gradient.entries().collect();
        Ok(LossAndGradientIn { loss: evaluation.loss, gradient })
    }

    /// A path through L layers multiplies at most L weights, one input and the slopes of L − 1
    /// activations, each of degree 2 in the activation (and linear activations make that of degree
    /// L + 1); the residual has at most that degree, and its output function 2 more. A share of n_y
    /// classes is a product of up to n_y logistic functions.
    ///
    /// Gated activations, z·f(z), have degree 2l + 1 in layer l and slopes σ + a·(1 − σ) of degree
    /// 2l + 2, which is (L − 1)·(L + 2) for all; z\[L\] has degree 2L. No other activation has a
    /// larger degree, so one gated layer is counted as if all were.
    fn degree(&self) -> usize {
        let layers = self.network.depth();
        let n_y = self.network.widths()[layers];
        let of_output = if self.network.loss.couples_outputs() { n_y.max(2) } else { 2 };
        if self.network.activations().iter().any(|g| g.facts().is_gated) {
            let residual = 2 * layers + of_output;
            return residual + layers + 2 * layers + (layers - 1) * (layers + 2);
        }
        let residual = layers + 1 + of_output;
        residual + layers + 1 + 2 * (layers + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Differentiable, Expression, ExpressionWithGradient, NetworkLoss};
    use init_symmetry_network::{Activation, Batch, Loss, Network};
    use ndarray::array;

    #[test]
    fn a_network_is_a_function_of_its_parameters_and_its_data() {
        let network = Network::new(&[2, 1], Activation::Tanh, Loss::SquaredError).unwrap();
        let batch =
            Batch::new(array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], array![[7.0, 8.0, 9.0]]).unwrap();
        let subject = NetworkLoss { network: &network, batch: &batch };
        assert_eq!(subject.blocks(), [Block::new("w1", 1, 2), Block::new("b1", 1, 1)]);
        let constants = subject.constants();
        assert_eq!(constants, [1, 2, 3, 4, 5, 6, 7, 8, 9].map(f64::from));
        // y_hat = x1 + x2/2 + 1 = [4, 5.5, 7], residuals −3, −2.5, −2
        let loss = (9.0 + 6.25 + 4.0) / 6.0;
        let theta = [1.0, 0.5, 1.0];
        assert_eq!(subject.loss(&theta).unwrap(), loss);
        assert_eq!(subject.value(&theta, &constants).unwrap(), loss);
        let found = subject.evaluate_in(&theta, &constants).unwrap();
        assert_eq!((found.loss, found.gradient), (loss, vec![-14.0 / 3.0, -36.5 / 3.0, -2.5]));
        let fewer = subject.value(&theta, &constants[1..]).unwrap_err().to_string();
        assert_eq!(fewer, "the list of constants has 8 but the batch needs 9");
    }

    #[test]
    fn the_degree_bounds_that_of_loss_and_gradient() {
        let degree_of = |g: Activation, widths: &[usize]| {
            let network = Network::new(widths, g, Loss::CrossEntropy).unwrap();
            let (n_x, n_y) = (widths[0], widths[widths.len() - 1]);
            let batch =
                Batch::new(ndarray::Array2::zeros((n_x, 1)), ndarray::Array2::zeros((n_y, 1)));
            NetworkLoss { network: &network, batch: &batch.unwrap() }.degree()
        };
        let degree = |widths: &[usize]| degree_of(Activation::Tanh, widths);
        // L + 3 of the residual, L + 1 of weights and input, 2(L + 1) of the slopes
        assert_eq!([degree(&[1, 1]), degree(&[1, 1, 1])], [4 + 2 + 4, 5 + 3 + 6]);
        // 2L + 2 of the residual, L of weights, 2L of an activation below, and of the slopes
        let gated = |widths: &[usize]| degree_of(Activation::Silu, widths);
        assert_eq!([gated(&[1, 1]), gated(&[1, 1, 1])], [10, 6 + 2 + 4 + 4]);
        // a share of five classes has three degrees more than a logistic output
        let network = Network::new(&[1, 5], Activation::Tanh, Loss::SoftmaxCrossEntropy).unwrap();
        let batch = Batch::new(ndarray::Array2::zeros((1, 1)), ndarray::Array2::zeros((5, 1)));
        let softmax = NetworkLoss { network: &network, batch: &batch.unwrap() };
        assert_eq!(softmax.degree(), degree(&[1, 5]) + 3);
    }
}
