//! The specification: the mean loss of a layered network as a mathematician would write it.
//!
//! One example at a time and one sum at a time. It shares no code with the network, so that a slip
//! in one is not repeated in the other; whoever differentiates it has an independent gradient.

use crate::{Activation, Batch, Error, Loss, Result, Scalar};
use ndarray::ArrayView1;

/// A layered network as plain data: widths, activations and loss, with no matrices.
///
/// For every example, a\[0\] = x, then z_i\[l\] = Σ_k w_ik\[l\]·a_k\[l−1\] + b_i\[l\] and
/// a\[l\] = g_l(z\[l\]) below the output; J is the mean over examples of the loss of z\[L\] and y,
/// which for most losses is Σ_i loss(z_i\[L\], y_i).
///
/// Source: the lesson's forward propagation and cost.
///
/// ```
/// use init_symmetry_network::specification::{OutputLoss, Specification, squared_error};
/// use init_symmetry_network::{Batch, Scalar};
/// use ndarray::array;
/// let loss = OutputLoss::OfEach(squared_error);
/// let line = Specification { widths: &[1, 1], hidden: vec![], loss };
/// let batch = Batch::new(array![[1.0, 2.0]], array![[0.0, 0.0]])?;
/// // predictions 3·1 + 1 = 4 and 3·2 + 1 = 7, so J = (½·16 + ½·49) / 2
/// assert_eq!(line.mean_loss(&[3.0, 1.0], &batch)?, 16.25);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Specification<'a, S> {
    /// n\[0\], …, n\[L\].
    pub widths: &'a [usize],
    /// g_1, …, g_{L−1}, the activation of each hidden layer.
    pub hidden: Vec<fn(S) -> S>,
    /// The loss of the outputs of an example.
    pub loss: OutputLoss<S>,
}

/// The loss of the outputs z of one example with labels y.
#[derive(Debug, Clone, Copy)]
pub enum OutputLoss<S> {
    /// The sum of the losses of the single outputs.
    OfEach(fn(S, S) -> S),
    /// One loss of all outputs together.
    OfAll(fn(&[S], &[S]) -> S),
}

impl<S: Scalar> OutputLoss<S> {
    /// The loss of an example with outputs z and labels y, of equal length.
    ///
    /// ```
    /// use init_symmetry_network::specification::{OutputLoss, squared_error};
    /// let loss = OutputLoss::OfEach(squared_error);
    /// assert_eq!(loss.of_example(&[3.0, 1.0], &[1.0, 2.0]), 2.0 + 0.5);
    /// ```
    pub fn of_example(self, z: &[S], y: &[S]) -> S {
        match self {
            Self::OfEach(loss) => z.iter().zip(y).fold(S::zero(), |sum, (&z, &y)| sum + loss(z, y)),
            Self::OfAll(loss) => loss(z, y),
        }
    }
}

impl<S: Scalar> Specification<'_, S> {
    /// J, the mean loss, at parameters given flat: w1 row by row, b1, w2, b2, …
    ///
    /// # Errors
    /// A number of parameters, inputs or labels that does not fit the widths.
    pub fn mean_loss(&self, parameters: &[S], batch: &Batch<S>) -> Result<S> {
        self.check(parameters, batch)?;
        let mut sum = S::zero();
        for example in 0..batch.m() {
            sum = sum + self.loss_of_example(parameters, batch, example);
        }
        Ok(sum / S::of(batch.m()))
    }

    /// z\[L\] of one example (n_x inputs, n_y outputs), at parameters as above; ŷ of them is
    /// [`predictions`].
    ///
    /// # Errors
    /// A number of parameters or inputs that does not fit the widths.
    ///
    /// ```
    /// use init_symmetry_network::specification::{OutputLoss, Specification, squared_error};
    /// use init_symmetry_network::Scalar;
    /// let loss = OutputLoss::OfEach(squared_error);
    /// let line = Specification { widths: &[1, 1], hidden: vec![], loss };
    /// assert_eq!(line.output(&[3.0, 1.0], &[2.0])?, [7.0]);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn output(&self, parameters: &[S], x: &[S]) -> Result<Vec<S>> {
        self.check_parameters(parameters)?;
        self.check_count("an example", x.len(), self.widths[0])?;
        Ok(self.output_of_example(parameters, x.to_vec()))
    }

    fn loss_of_example(&self, parameters: &[S], batch: &Batch<S>, example: usize) -> S {
        let z = self.output_of_example(parameters, batch.x().column(example).to_vec());
        self.loss.of_example(&z, &batch.y().column(example).to_vec())
    }

    /// Of as many parameters and activations as are checked to be needed.
    fn output_of_example(&self, parameters: &[S], x: Vec<S>) -> Vec<S> {
        let mut a = x;
        let mut start_of_layer = 0;
        for l in 1..self.widths.len() {
            let (n_below, n_here) = (self.widths[l - 1], self.widths[l]);
            let start_of_b = start_of_layer + n_here * n_below;
            let mut z = Vec::with_capacity(n_here);
            for i in 0..n_here {
                let mut sum = S::zero();
                for (k, &a_k) in a.iter().enumerate() {
                    sum = sum + parameters[start_of_layer + i * n_below + k] * a_k;
                }
                z.push(sum + parameters[start_of_b + i]);
            }
            let is_output = l + 1 == self.widths.len();
            a = if is_output { z } else { z.into_iter().map(self.hidden[l - 1]).collect() };
            start_of_layer = start_of_b + n_here;
        }
        a
    }

    fn check(&self, parameters: &[S], batch: &Batch<S>) -> Result<()> {
        self.check_parameters(parameters)?;
        self.check_count("an example", batch.x().nrows(), self.widths[0])?;
        self.check_count("a label", batch.y().nrows(), self.widths[self.widths.len() - 1])
    }

    fn check_parameters(&self, parameters: &[S]) -> Result<()> {
        if self.widths.len() < 2 {
            return Err(Error::TooFewWidths { given: self.widths.len() });
        }
        let of_layer = |pair: &[usize]| pair[1].saturating_mul(pair[0].saturating_add(1));
        let needed = self.widths.windows(2).map(of_layer).fold(0, usize::saturating_add);
        self.check_count("the list of parameters", parameters.len(), needed)?;
        self.check_count("the list of activations", self.hidden.len(), self.widths.len() - 2)
    }

    fn check_count(&self, what: &str, given: usize, needed: usize) -> Result<()> {
        if given == needed {
            return Ok(());
        }
        let needed_by = format!("the specification of widths {:?}", self.widths);
        Err(Error::Count { what: what.into(), given, needed_by, needed })
    }
}

/// Evaluates an expression with `$g` as the specified function of an activation: the one place
/// where an activation gets its specification.
macro_rules! specified {
    ($activation:expr, $S:ident, $g:ident => $expression:expr) => {
        match $activation {
            Activation::Sigmoid => {
                let $g = $S::sigmoid;
                $expression
            }
            Activation::Tanh => {
                let $g = $S::tanh;
                $expression
            }
            Activation::Relu => {
                let $g = $S::relu;
                $expression
            }
            Activation::Identity => {
                let $g = identity::<$S>;
                $expression
            }
            Activation::LeakyRelu => {
                let $g = leaky_relu::<$S>;
                $expression
            }
            Activation::Silu => {
                let $g = silu::<$S>;
                $expression
            }
        }
    };
}

/// g of an activation.
pub fn activation<S: Scalar>(activation: Activation) -> fn(S) -> S {
    specified!(activation, S, g => g)
}

/// What is done with the g of an activation where a pointer to it would be too slow.
pub trait WithActivation<S> {
    /// What comes of it.
    type Result;

    /// Does it.
    fn with(self, g: impl Fn(S) -> S + Copy) -> Self::Result;
}

/// Calls `what` with g of an activation as a type of its own, so that a loop over it becomes
/// vector instructions.
pub fn with_activation<S: Scalar, W: WithActivation<S>>(
    activation: Activation,
    what: W,
) -> W::Result {
    specified!(activation, S, g => what.with(g))
}

/// The loss of the outputs of an example.
pub fn loss<S: Scalar>(loss: Loss) -> OutputLoss<S> {
    match loss {
        Loss::CrossEntropy => OutputLoss::OfEach(cross_entropy),
        Loss::SigmoidSquaredError => OutputLoss::OfEach(sigmoid_squared_error),
        Loss::SquaredError => OutputLoss::OfEach(squared_error),
        Loss::SoftmaxCrossEntropy => OutputLoss::OfAll(softmax_cross_entropy),
    }
}

/// The predictions of the outputs z of one example.
///
/// ```
/// use init_symmetry_network::{Loss, specification::predictions};
/// assert_eq!(predictions(Loss::SquaredError, &[1.5, -2.0]), [1.5, -2.0]);
/// ```
pub fn predictions<S: Scalar>(loss: Loss, z: &[S]) -> Vec<S> {
    match loss {
        Loss::CrossEntropy | Loss::SigmoidSquaredError => z.iter().map(|&z| z.sigmoid()).collect(),
        Loss::SquaredError => z.to_vec(),
        Loss::SoftmaxCrossEntropy => (0..z.len()).map(|k| share(z, k)).collect(),
    }
}

/// e^z_k / Σ e^z of at least two outputs, by σ(z_k − ln Σ e^z of the others).
fn share<S: Scalar>(z: &[S], k: usize) -> S {
    let others = [&z[..k], &z[k + 1..]].concat();
    (z[k] - S::log_sum_exp(ArrayView1::from(&others))).sigmoid()
}

/// −y ln σ(z) − (1 − y) ln(1 − σ(z)), by ln σ(z) = −softplus(−z) and 1 − σ(z) = σ(−z).
pub fn cross_entropy<S: Scalar>(z: S, y: S) -> S {
    y * (S::zero() - z).softplus() + (S::one() - y) * z.softplus()
}

/// −Σ y_k ln ŷ_k, by −ln ŷ_k = ln Σ e^z − z_k; what labels lack of the sum 1 is given ln Σ e^z.
pub fn softmax_cross_entropy<S: Scalar>(z: &[S], y: &[S]) -> S {
    let log_of_sum = S::log_sum_exp(ArrayView1::from(z));
    let (mut loss, mut lacking) = (S::zero(), S::one());
    for (&z_k, &y_k) in z.iter().zip(y) {
        loss = loss + y_k * (log_of_sum - z_k);
        lacking = lacking - y_k;
    }
    loss + lacking * log_of_sum
}

/// ½(σ(z) − y)².
pub fn sigmoid_squared_error<S: Scalar>(z: S, y: S) -> S {
    squared_error(z.sigmoid(), y)
}

/// ½(z − y)².
pub fn squared_error<S: Scalar>(z: S, y: S) -> S {
    (z - y) * (z - y) / S::of(2)
}

/// g(z) = z.
#[inline(always)]
pub fn identity<S>(z: S) -> S {
    z
}

/// (z + 99·max(0, z))/100: z above 0, and a hundredth of it elsewhere.
#[inline(always)]
pub fn leaky_relu<S: Scalar>(z: S) -> S {
    (z + S::of(99) * z.relu()) / S::of(100)
}

/// z·σ(z). Its slope is not specified: whoever differentiates this has it.
#[inline(always)]
pub fn silu<S: Scalar>(z: S) -> S {
    z * z.sigmoid()
}
