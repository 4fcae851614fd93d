//! The outputs, each with its loss: of one example, and of every column of a matrix.

use crate::{Activation, Scalar, Trainable};
use ndarray::{Array2, ArrayView1, Zip};
use strum::{Display, EnumString, VariantArray, VariantNames};

/// The output layer's function together with its loss, per example.
///
/// ```
/// use init_symmetry_network::Loss;
/// use ndarray::aview1;
/// // The loss of a confident wrong answer is large but finite.
/// assert_eq!(Loss::CrossEntropy.value(aview1(&[1000.0_f64]), aview1(&[0.0])), 1000.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantArray, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Loss {
    /// ŷ = σ(z) with binary cross-entropy, computed from z: finite when saturated.
    CrossEntropy,
    /// ŷ = σ(z) with ½(ŷ − y)².
    SigmoidSquaredError,
    /// ŷ = z with ½(ŷ − y)².
    SquaredError,
    /// ŷ = softmax(z), an output for each class, with −Σ y ln ŷ, computed from z.
    SoftmaxCrossEntropy,
}

impl Loss {
    /// The function of each output alone, ŷ of z; none where ŷ depends on all outputs.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Loss};
    /// assert_eq!(Loss::CrossEntropy.output(), Some(Activation::Sigmoid));
    /// assert_eq!(Loss::SoftmaxCrossEntropy.output(), None);
    /// ```
    pub fn output(self) -> Option<Activation> {
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError => Some(Activation::Sigmoid),
            Self::SquaredError => Some(Activation::Identity),
            Self::SoftmaxCrossEntropy => None,
        }
    }

    /// Whether the prediction of an output depends on the other outputs of its example.
    pub fn couples_outputs(self) -> bool {
        self.output().is_none()
    }

    /// The fewest outputs that a network with this loss can have.
    pub fn least_outputs(self) -> usize {
        if self.couples_outputs() { 2 } else { 1 }
    }

    /// The losses that a network with so many outputs can have.
    ///
    /// ```
    /// use init_symmetry_network::Loss;
    /// assert!(Loss::of_outputs(1).all(|loss| !loss.couples_outputs()));
    /// assert_eq!(Loss::of_outputs(3).count(), 1 + Loss::of_outputs(1).count());
    /// ```
    pub fn of_outputs(outputs: usize) -> impl Iterator<Item = Self> + Clone {
        let all = <Self as VariantArray>::VARIANTS.iter().copied();
        all.filter(move |loss| loss.least_outputs() <= outputs)
    }

    /// Whether dz is bounded for labels in \[0, 1\], whatever the output.
    ///
    /// ```
    /// use init_symmetry_network::Loss;
    /// assert!(Loss::CrossEntropy.has_bounded_slope() && !Loss::SquaredError.has_bounded_slope());
    /// ```
    pub fn has_bounded_slope(self) -> bool {
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError | Self::SoftmaxCrossEntropy => true,
            Self::SquaredError => false,
        }
    }

    /// Whether dz is ŷ − y.
    pub fn dz_is_residual(self) -> bool {
        match self {
            Self::CrossEntropy | Self::SquaredError | Self::SoftmaxCrossEntropy => true,
            Self::SigmoidSquaredError => false,
        }
    }

    /// The constructor of `loss` in `proofs/theories/Arithmetic.v`.
    pub fn rocq_name(self) -> &'static str {
        match self {
            Self::CrossEntropy => "SigmoidCrossEntropy",
            Self::SigmoidSquaredError => "SigmoidSquaredError",
            Self::SquaredError => "IdentitySquaredError",
            Self::SoftmaxCrossEntropy => "SoftmaxCrossEntropy",
        }
    }

    /// The predictions ŷ of outputs z, n_y × m.
    ///
    /// ```
    /// use init_symmetry_network::Loss;
    /// use ndarray::array;
    /// let y_hat = Loss::SoftmaxCrossEntropy.y_hat(&array![[2.0_f64, 900.0], [2.0, -900.0]]);
    /// assert_eq!(y_hat, array![[0.5, 1.0], [0.5, 0.0]]);
    /// ```
    pub fn y_hat<S: Trainable>(self, z: &Array2<S>) -> Array2<S> {
        let mut y_hat = Array2::zeros(z.raw_dim());
        self.predictions(z, &mut y_hat);
        y_hat
    }

    /// The loss of one example with outputs z and labels y, of equal length.
    ///
    /// For each output alone, −y ln ŷ − (1 − y) ln(1 − ŷ) is softplus(z) − y z. For all classes
    /// together, −Σ y ln ŷ is ln Σ e^z − Σ y z where the labels add up to 1; the latter is
    /// taken for all labels.
    pub fn value<S: Scalar>(self, z: ArrayView1<'_, S>, y: ArrayView1<'_, S>) -> S {
        let pairs = z.iter().zip(y);
        match self {
            Self::SoftmaxCrossEntropy => pairs.fold(S::log_sum_exp(z), |sum, (&z, &y)| sum - y * z),
            _ => pairs.fold(S::zero(), |sum, (&z, &y)| sum + self.value_of_output(z, y)),
        }
    }

    /// dz, the derivatives of [`Loss::value`] of every example, for outputs z and labels y of one
    /// shape, n_y × m.
    pub fn dz<S: Trainable>(self, z: &Array2<S>, y: &Array2<S>) -> Array2<S> {
        let mut dz = Array2::zeros(z.raw_dim());
        self.deltas(&self.y_hat(z), y, &mut dz);
        dz
    }

    /// The loss of one output.
    fn value_of_output<S: Scalar>(self, z: S, y: S) -> S {
        if self == Self::CrossEntropy {
            return z.softplus() - y * z;
        }
        let residual = self.output().map_or(z, |g| g.value(z)) - y;
        residual * residual / S::of(2)
    }

    /// Σ loss over the examples with outputs z and labels y, n_y × m, in order.
    pub(crate) fn total<S: Scalar>(self, z: &Array2<S>, y: &Array2<S>) -> S {
        if self.couples_outputs() {
            let examples = z.columns().into_iter().zip(y.columns());
            return examples.fold(S::zero(), |sum, (z, y)| sum + self.value(z, y));
        }
        let outputs = z.iter().zip(y);
        outputs.fold(S::zero(), |sum, (&z, &y)| sum + self.value_of_output(z, y))
    }

    /// ŷ of the outputs z.
    pub(crate) fn predictions<S: Trainable>(self, z: &Array2<S>, y_hat: &mut Array2<S>) {
        if let Some(output) = self.output() {
            return S::activate(output, z, y_hat);
        }
        for (z, y_hat) in z.columns().into_iter().zip(y_hat.columns_mut()) {
            S::softmax(z, y_hat);
        }
    }

    /// dz of the output for the predictions ŷ and the labels y, entry by entry.
    pub(crate) fn deltas<S: Scalar>(self, y_hat: &Array2<S>, y: &Array2<S>, dz: &mut Array2<S>) {
        let entries = Zip::from(dz).and(y_hat).and(y);
        if self.dz_is_residual() {
            entries.for_each(|dz, &y_hat, &y| *dz = y_hat - y);
        } else {
            entries.for_each(|dz, &y_hat, &y| {
                *dz = (y_hat - y) * (y_hat * (S::one() - y_hat));
            });
        }
    }
}
