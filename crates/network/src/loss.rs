//! The outputs, each with its loss: of one number, and of every entry of a matrix.

use crate::scalar::{Entrywise, update};
use crate::{Activation, Scalar};
use ndarray::Array2;
use strum::{Display, EnumString, VariantArray, VariantNames};

/// The output layer's function together with its loss, per example and output.
///
/// ```
/// use init_symmetry_network::Loss;
/// // The loss of a confident wrong answer is large but finite.
/// assert_eq!(Loss::CrossEntropy.value(1000.0_f64, 0.0), 1000.0);
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
}

impl Loss {
    /// The function of the output layer: ŷ of z.
    pub fn output(self) -> Activation {
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError => Activation::Sigmoid,
            Self::SquaredError => Activation::Identity,
        }
    }

    /// Whether dz is bounded for labels in \[0, 1\], whatever the output.
    ///
    /// ```
    /// use init_symmetry_network::Loss;
    /// assert!(Loss::CrossEntropy.has_bounded_slope() && !Loss::SquaredError.has_bounded_slope());
    /// ```
    pub fn has_bounded_slope(self) -> bool {
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError => true,
            Self::SquaredError => false,
        }
    }

    /// The constructor of `loss` in `proofs/theories/Arithmetic.v`.
    pub fn rocq_name(self) -> &'static str {
        match self {
            Self::CrossEntropy => "SigmoidCrossEntropy",
            Self::SigmoidSquaredError => "SigmoidSquaredError",
            Self::SquaredError => "IdentitySquaredError",
        }
    }

    /// The prediction ŷ of an output z.
    pub fn y_hat<S: Scalar>(self, z: S) -> S {
        self.output().value(z)
    }

    /// The loss of one output z with label y; −y ln ŷ − (1 − y) ln(1 − ŷ) is softplus(z) − y z.
    pub fn value<S: Scalar>(self, z: S, y: S) -> S {
        let residual = self.y_hat(z) - y;
        match self {
            Self::CrossEntropy => z.softplus() - y * z,
            Self::SigmoidSquaredError | Self::SquaredError => residual * residual / S::of(2),
        }
    }

    /// dz, the derivative of [`Loss::value`] with respect to z.
    pub fn dz<S: Scalar>(self, z: S, y: S) -> S {
        self.dz_of(self.y_hat(z), y)
    }

    /// dz of an output whose prediction is known.
    #[inline(always)]
    fn dz_of<S: Scalar>(self, y_hat: S, y: S) -> S {
        match self {
            Self::CrossEntropy | Self::SquaredError => y_hat - y,
            Self::SigmoidSquaredError => (y_hat - y) * (y_hat * (S::one() - y_hat)),
        }
    }

    /// ŷ of the outputs z, entry by entry.
    pub(crate) fn predictions<S: Scalar>(self, z: &Array2<S>, y_hat: &mut Array2<S>) {
        self.output().values(z, y_hat);
    }

    /// dz of the output for the predictions ŷ and the labels y, entry by entry.
    pub(crate) fn deltas<S: Scalar>(self, y_hat: &Array2<S>, y: &Array2<S>, dz: &mut Array2<S>) {
        dz.assign(y);
        match self {
            Self::CrossEntropy | Self::SquaredError => update::<S, 1, Residual>([y_hat], dz),
            Self::SigmoidSquaredError => update::<S, 1, ResidualTimesSlope>([y_hat], dz),
        }
    }
}

struct Residual;
struct ResidualTimesSlope;

impl<S: Scalar> Entrywise<S, 1> for Residual {
    #[inline(always)]
    fn value([y_hat]: [S; 1], y: S) -> S {
        Loss::CrossEntropy.dz_of(y_hat, y)
    }
}

impl<S: Scalar> Entrywise<S, 1> for ResidualTimesSlope {
    #[inline(always)]
    fn value([y_hat]: [S; 1], y: S) -> S {
        Loss::SigmoidSquaredError.dz_of(y_hat, y)
    }
}
