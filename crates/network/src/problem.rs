//! A network, its parameters and a batch: what a loss and its gradient are asked of.
//!
//! It borrows all three and computes nothing of its own; start reading at [`Problem`].

use crate::{Batch, Error, Evaluation, Network, Parameters, Result, Trainable};

/// A network at some parameters, on a batch.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Problem, Weights, toy};
/// let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let (start, batch) = (network.initialise(Weights::Normal(1.0), 1)?, toy::xor()?);
/// let problem = network.at(&start, &batch);
/// let after = problem.step(0.5)?;
/// let one_step_later = Problem { parameters: &after, ..problem };
/// assert!(one_step_later.mean_loss()? < problem.mean_loss()?);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Problem<'a, S> {
    /// Shape, activation and loss.
    pub network: &'a Network,
    /// Where the loss is taken, or training starts.
    pub parameters: &'a Parameters<S>,
    /// The examples.
    pub batch: &'a Batch<S>,
}

impl Network {
    /// This network at some parameters, on a batch.
    pub fn at<'a, S>(
        &'a self,
        parameters: &'a Parameters<S>,
        batch: &'a Batch<S>,
    ) -> Problem<'a, S> {
        Problem { network: self, parameters, batch }
    }
}

impl<S: Trainable> Problem<'_, S> {
    /// [`Network::evaluate`].
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn evaluate(self) -> Result<Evaluation<S>> {
        self.network.evaluate(self.parameters, self.batch)
    }

    /// [`Network::mean_loss`].
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn mean_loss(self) -> Result<S> {
        self.network.mean_loss(self.parameters, self.batch)
    }

    /// [`Network::step`].
    ///
    /// # Errors
    /// Shapes that do not fit, naming both sides.
    pub fn step(self, rate: S) -> Result<Parameters<S>> {
        self.network.step(self.parameters, self.batch, rate)
    }

    /// Whether parameters and examples have the shapes of the network.
    ///
    /// # Errors
    /// The first matrix that does not fit.
    pub fn check(self) -> Result<()> {
        let Self { network, parameters, batch } = self;
        network.check(parameters)?;
        let widths = network.widths();
        let outputs = widths[network.depth()];
        for (name, matrix, rows) in [("x", batch.x(), widths[0]), ("y", batch.y(), outputs)] {
            if matrix.nrows() != rows {
                return Err(Error::mismatch(
                    name,
                    matrix.dim(),
                    "the network's",
                    (rows, batch.m()),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Activation, Batch, Loss, Network, parameters_from};
    use ndarray::Array2;

    #[test]
    fn shapes_that_are_not_the_networks_are_refused_by_name() {
        let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let parameters = parameters_from(&network, &[0.5; 13]).unwrap();
        let check = |n_x, n_y| {
            let batch = Batch::new(Array2::zeros((n_x, 4)), Array2::zeros((n_y, 4))).unwrap();
            network.at(&parameters, &batch).check().map_err(|error| error.to_string())
        };
        assert_eq!(check(2, 1), Ok(()));
        assert!(check(3, 1).unwrap_err().starts_with("x is 3×4"));
        assert!(check(2, 2).unwrap_err().starts_with("y is 2×4"));
        let mut longer = parameters.clone();
        longer.layers[0].b = Array2::zeros((4, 1));
        let batch = Batch::new(Array2::zeros((2, 4)), Array2::zeros((1, 4))).unwrap();
        let refused = network.at(&longer, &batch).check().unwrap_err().to_string();
        assert!(refused.starts_with("b1 is 4×1"), "{refused}");
    }
}
