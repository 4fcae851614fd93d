//! A network of plain slices as a subject: no matrix type goes in or out.

use super::{Convention, Declaration, Networks, Precision, Subject};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::{
    Evaluation, Gradient, Layer, LayerGradient, Network, Parameters, Problem, Result,
};

/// An implementation of backpropagation over slices.
///
/// ```
/// use init_symmetry_gradient::LossAndGradient;
/// use init_symmetry_check::subject::{Flat, FlatNetwork, Networks};
/// use init_symmetry_check::SubjectReport;
/// use init_symmetry_network::{Loss, Network, Result};
///
/// /// ŷ = w·x + b with squared error: one input, one output.
/// struct Line;
///
/// impl FlatNetwork for Line {
///     fn name(&self) -> &str {
///         "a line"
///     }
///
///     fn networks(&self) -> Networks {
///         let losses = vec![Loss::SquaredError];
///         Networks { losses, widths: Some(vec![1, 1]), ..Networks::default() }
///     }
///
///     fn evaluate(&self, _: &Network, parameters: &[f64], x: &[f64], y: &[f64])
///     -> Result<LossAndGradient> {
///         let m = x.len() as f64;
///         let mut loss = 0.0;
///         let mut gradient = vec![0.0; 2];
///         for (x, y) in x.iter().zip(y) {
///             let r = parameters[0] * x + parameters[1] - y;
///             loss += r * r / 2.0 / m;
///             gradient[0] += r * x / m;
///             gradient[1] += r / m;
///         }
///         Ok(LossAndGradient { loss, gradient })
///     }
/// }
///
/// let report = SubjectReport::new(&Flat(Line), &init_symmetry_check::property::Config::default());
/// assert!(report.passes(), "{report}");
/// ```
pub trait FlatNetwork {
    /// What to call it in reports.
    fn name(&self) -> &str;

    /// The networks that it implements.
    fn networks(&self) -> Networks {
        Networks::default()
    }

    /// The arithmetic that it computes in.
    fn precision(&self) -> Precision {
        Precision::default()
    }

    /// What it says of its loss, its parameters and its training.
    fn declaration(&self) -> Declaration {
        Declaration::default()
    }

    /// How its slices are laid out.
    fn convention(&self) -> Convention {
        Convention::default()
    }

    /// The mean loss and its gradient.
    ///
    /// All lists are row by row in the layout of [`FlatNetwork::convention`]: the parameters w1,
    /// b1, w2, b2, … and the gradient like them. There are `x.len() / network.widths()[0]`
    /// examples. The lengths are right: others are refused before they come here.
    ///
    /// # Errors
    /// Whatever keeps it from answering.
    fn evaluate(
        &self,
        network: &Network,
        parameters: &[f64],
        x: &[f64],
        y: &[f64],
    ) -> Result<LossAndGradient>;
}

/// Makes a subject of a [`FlatNetwork`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Flat<N>(pub N);

impl<N: FlatNetwork> Subject for Flat<N> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn networks(&self) -> Networks {
        self.0.networks()
    }

    fn precision(&self) -> Precision {
        self.0.precision()
    }

    fn declaration(&self) -> Declaration {
        self.0.declaration()
    }

    fn convention(&self) -> Convention {
        self.0.convention()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let Problem { network, parameters, batch } = problem;
        self.0.networks().check(self.0.name(), network)?;
        problem.check()?;
        let convention = self.0.convention();
        let [x, y] = [batch.x(), batch.y()]
            .map(|matrix| convention.of_examples(matrix).into_iter().collect::<Vec<_>>());
        let flat = convention.flat(parameters);
        let LossAndGradient { loss, gradient } = self.0.evaluate(network, &flat, &x, &y)?;
        let slopes = convention.from_flat(network, &gradient)?;
        Ok(Evaluation { loss, gradient: as_gradient(slopes) })
    }
}

/// The gradient that was read in the shape of parameters.
pub(super) fn as_gradient(slopes: Parameters<f64>) -> Gradient<f64> {
    let layers = slopes.layers.into_iter();
    Gradient { layers: layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b }).collect() }
}

#[cfg(test)]
mod tests {
    use super::{Flat, FlatNetwork};
    use crate::subject::{Convention, Networks, Precision, Subject};
    use init_symmetry_gradient::LossAndGradient;
    use init_symmetry_network::{Activation, Batch, Loss, Network, Result, parameters_from};
    use ndarray::array;

    /// Its loss is the number of numbers that it is given, its gradient is its parameters.
    struct Echo;

    impl FlatNetwork for Echo {
        fn name(&self) -> &str {
            "echo"
        }

        fn networks(&self) -> Networks {
            Networks { losses: vec![Loss::SquaredError], ..Networks::default() }
        }

        fn precision(&self) -> Precision {
            Precision::F32
        }

        fn evaluate(
            &self,
            _: &Network,
            parameters: &[f64],
            x: &[f64],
            y: &[f64],
        ) -> Result<LossAndGradient> {
            let loss = (100 * parameters.len() + 10 * x.len() + y.len()) as f64;
            Ok(LossAndGradient { loss, gradient: parameters.to_vec() })
        }
    }

    /// Says nothing of itself.
    struct Silent;

    impl FlatNetwork for Silent {
        fn name(&self) -> &str {
            "silent"
        }

        fn evaluate(
            &self,
            _: &Network,
            parameters: &[f64],
            _: &[f64],
            _: &[f64],
        ) -> Result<LossAndGradient> {
            Ok(LossAndGradient { loss: 0.0, gradient: parameters[1..].to_vec() })
        }
    }

    #[test]
    fn slices_go_in_and_out_in_the_shapes_of_the_network() {
        let subject = Flat(Echo);
        let network = Network::new(&[2, 1], Activation::Tanh, Loss::SquaredError).unwrap();
        let parameters = parameters_from(&network, &[1.0, 2.0, 3.0]).unwrap();
        let batch =
            Batch::new(array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], array![[0.0, 1.0, 0.0]]).unwrap();
        let answer = subject.evaluate(network.at(&parameters, &batch)).unwrap();
        assert_eq!(answer.loss, 363.0); // 3 parameters, 6 inputs, 3 labels
        assert_eq!(answer.gradient.dw(1), array![[1.0, 2.0]]);
        assert_eq!(answer.gradient.db(1), array![[3.0]]);
        assert_eq!(Subject::name(&subject), "echo");
        assert_eq!(subject.precision(), Precision::F32);
        let other = Network::new(&[2, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let refused = subject.evaluate(other.at(&parameters, &batch)).unwrap_err().to_string();
        assert_eq!(refused, "echo has no loss cross-entropy");
        let wide = Batch::new(array![[0.0], [1.0], [2.0]], array![[0.0]]).unwrap();
        subject.evaluate(network.at(&parameters, &wide)).unwrap_err();
        // a gradient of another length
        Flat(Silent).evaluate(network.at(&parameters, &batch)).unwrap_err();
    }

    #[test]
    fn a_network_that_says_nothing_of_itself_has_the_lessons_layout_and_double_precision() {
        assert_eq!(Silent.networks(), Networks::default());
        assert_eq!(FlatNetwork::precision(&Silent), Precision::F64);
        assert_eq!(FlatNetwork::convention(&Silent), Convention::default());
        assert_eq!(Flat(Echo).networks().losses, [Loss::SquaredError]);
    }
}
