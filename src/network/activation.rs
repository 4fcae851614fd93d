//! The activations of the hidden layers, and the output with its loss.

use crate::Scalar;
use strum::{Display, EnumString, VariantArray, VariantNames};

/// The activation g of every hidden layer.
///
/// Source: the lesson's sections on saturation and on ReLU.
///
/// ```
/// use init_symmetry::Activation;
/// let g: Activation = init_symmetry::parse_name("activation", "tanh")?;
/// assert_eq!(g.value(0.0_f64), 0.0);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantArray, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Activation {
    /// σ(z) = 1/(1 + e^−z).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, z), with derivative 0 at 0.
    Relu,
    /// g(z) = z.
    Identity,
}

impl Activation {
    /// a = g(z).
    pub fn value<S: Scalar>(self, z: S) -> S {
        match self {
            Self::Sigmoid => z.sigmoid(),
            Self::Tanh => z.tanh(),
            Self::Relu => z.relu(),
            Self::Identity => z,
        }
    }

    /// g'(z), written in terms of a = g(z) where the lesson does so.
    pub fn slope<S: Scalar>(self, z: S, a: S) -> S {
        match self {
            Self::Sigmoid => a * (S::one() - a),
            Self::Tanh => S::one() - a * a,
            Self::Relu => z.step(),
            Self::Identity => S::one(),
        }
    }
}

/// The output layer's function together with its loss, per example and output.
///
/// ```
/// use init_symmetry::Loss;
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
    /// The prediction ŷ of an output z.
    pub fn y_hat<S: Scalar>(self, z: S) -> S {
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError => z.sigmoid(),
            Self::SquaredError => z,
        }
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
        let y_hat = self.y_hat(z);
        match self {
            Self::CrossEntropy | Self::SquaredError => y_hat - y,
            Self::SigmoidSquaredError => (y_hat - y) * (y_hat * (S::one() - y_hat)),
        }
    }
}
