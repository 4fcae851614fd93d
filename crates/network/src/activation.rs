//! The activations of the hidden layers, and the output with its loss: of one number, and of every
//! entry of a matrix, where the same function is a type (`crate::scalar::Entrywise`).

use crate::Scalar;
use crate::scalar::{Entrywise, Pending, TOGETHER, update};
use ndarray::Array2;
use strum::{Display, EnumString, VariantArray, VariantNames};

/// The activation g of every hidden layer.
///
/// Source: the lesson's sections on saturation and on ReLU.
///
/// ```
/// use init_symmetry_network::Activation;
/// let g: Activation = init_symmetry_network::parse_name("activation", "tanh")?;
/// assert_eq!(g.value(0.0_f64), 0.0);
/// # Ok::<(), init_symmetry_network::Error>(())
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
    #[inline(always)]
    pub fn value<S: Scalar>(self, z: S) -> S {
        match self {
            Self::Sigmoid => z.sigmoid(),
            Self::Tanh => z.tanh(),
            Self::Relu => z.relu(),
            Self::Identity => z,
        }
    }

    /// g'(z), written in terms of a = g(z) where the lesson does so.
    #[inline(always)]
    pub fn slope<S: Scalar>(self, z: S, a: S) -> S {
        match self {
            Self::Sigmoid => a * (S::one() - a),
            Self::Tanh => S::one() - a * a,
            Self::Relu => z.step(),
            Self::Identity => S::one(),
        }
    }

    /// a := g(z), entry by entry.
    pub(crate) fn values<S: Scalar>(self, z: &Array2<S>, a: &mut Array2<S>) {
        match self {
            Self::Sigmoid => update::<S, SigmoidValue>(z, a),
            Self::Tanh => update::<S, TanhValue>(z, a),
            Self::Relu => update::<S, ReluValue>(z, a),
            Self::Identity => a.assign(z),
        }
    }

    /// dz := da ∘ g'(z), entry by entry.
    pub(crate) fn times_slope<S: Scalar>(
        self,
        da: impl Pending<S>,
        z: &Array2<S>,
        a: &Array2<S>,
        dz: &mut Array2<S>,
    ) {
        match self {
            Self::Sigmoid => da.update::<TimesSigmoidSlope>(a, dz),
            Self::Tanh => da.update::<TimesTanhSlope>(a, dz),
            Self::Relu => da.update::<TimesReluSlope>(z, dz),
            Self::Identity => da.update::<TimesIdentitySlope>(z, dz),
        }
    }
}

struct SigmoidValue;
struct TanhValue;
struct ReluValue;

impl<S: Scalar> Entrywise<S> for SigmoidValue {
    #[inline(always)]
    fn value(z: S, _: S) -> S {
        Activation::Sigmoid.value(z)
    }

    #[inline(always)]
    fn values(z: &[S; TOGETHER], a: &mut [S; TOGETHER]) {
        S::sigmoid_of_each(z, a);
    }
}

impl<S: Scalar> Entrywise<S> for TanhValue {
    #[inline(always)]
    fn value(z: S, _: S) -> S {
        Activation::Tanh.value(z)
    }

    #[inline(always)]
    fn values(z: &[S; TOGETHER], a: &mut [S; TOGETHER]) {
        S::tanh_of_each(z, a);
    }
}

impl<S: Scalar> Entrywise<S> for ReluValue {
    #[inline(always)]
    fn value(z: S, _: S) -> S {
        Activation::Relu.value(z)
    }
}

struct TimesSigmoidSlope;
struct TimesTanhSlope;
struct TimesReluSlope;
struct TimesIdentitySlope;

// A slope is written in terms of a or of z, never of both: each gets the one that it is of.
impl<S: Scalar> Entrywise<S> for TimesSigmoidSlope {
    #[inline(always)]
    fn value(a: S, da: S) -> S {
        da * Activation::Sigmoid.slope(a, a)
    }
}

impl<S: Scalar> Entrywise<S> for TimesTanhSlope {
    #[inline(always)]
    fn value(a: S, da: S) -> S {
        da * Activation::Tanh.slope(a, a)
    }
}

impl<S: Scalar> Entrywise<S> for TimesReluSlope {
    #[inline(always)]
    fn value(z: S, da: S) -> S {
        da * Activation::Relu.slope(z, z)
    }
}

impl<S: Scalar> Entrywise<S> for TimesIdentitySlope {
    #[inline(always)]
    fn value(z: S, da: S) -> S {
        da * Activation::Identity.slope(z, z)
    }
}

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
        match self {
            Self::CrossEntropy | Self::SigmoidSquaredError => {
                Activation::Sigmoid.values(z, y_hat);
            }
            Self::SquaredError => Activation::Identity.values(z, y_hat),
        }
    }

    /// dz of the output for the predictions ŷ and the labels y, entry by entry.
    pub(crate) fn deltas<S: Scalar>(self, y_hat: &Array2<S>, y: &Array2<S>, dz: &mut Array2<S>) {
        dz.assign(y);
        match self {
            Self::CrossEntropy | Self::SquaredError => update::<S, Residual>(y_hat, dz),
            Self::SigmoidSquaredError => update::<S, ResidualTimesSlope>(y_hat, dz),
        }
    }
}

struct Residual;
struct ResidualTimesSlope;

impl<S: Scalar> Entrywise<S> for Residual {
    #[inline(always)]
    fn value(y_hat: S, y: S) -> S {
        Loss::CrossEntropy.dz_of(y_hat, y)
    }
}

impl<S: Scalar> Entrywise<S> for ResidualTimesSlope {
    #[inline(always)]
    fn value(y_hat: S, y: S) -> S {
        Loss::SigmoidSquaredError.dz_of(y_hat, y)
    }
}

#[cfg(test)]
mod tests {
    use super::Activation;
    use crate::Scalar;
    use crate::scalar::{Entrywise, Pending, at_level, levels, update};
    use ndarray::{Array2, ShapeBuilder};
    use strum::VariantArray;

    /// Long enough for every vector and a tail; special values among them.
    fn numbers() -> Array2<f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310, 0.55, -0.55];
        Array2::from_shape_fn((3, 301), |(i, j)| {
            *special.get(j).unwrap_or(&((j as f64 - 150.0) * [0.01, 0.13, 9.7][i]))
        })
    }

    struct Given<'a, S>(&'a Array2<S>);

    impl<S: Scalar> Pending<S> for Given<'_, S> {
        fn update<F: Entrywise<S>>(self, with: &Array2<S>, to: &mut Array2<S>) {
            to.assign(self.0);
            update::<S, F>(with, to);
        }
    }

    fn assert_slices_agree<S: Scalar>(z: &Array2<S>) {
        let mut by_columns = Array2::zeros(z.raw_dim().f());
        by_columns.assign(z);
        for &g in Activation::VARIANTS {
            let (mut a, mut other) = (z.clone(), z.clone());
            g.values(z, &mut a);
            g.values(&by_columns, &mut other);
            let mut dz = Array2::zeros(z.raw_dim());
            g.times_slope(Given(z), z, &a, &mut dz);
            for (((&z, &a), &other), &dz) in z.iter().zip(&a).zip(&other).zip(&dz) {
                // which NaN an operation gives is left open
                let is_nan = |x: S| format!("{x:?}") == "NaN";
                let same = |x: S, y: S| x.identical(y) || (is_nan(x) && is_nan(y));
                assert!(same(a, g.value(z)) && same(other, a), "{g} of {z:?}");
                assert!(same(dz, z * g.slope(z, a)), "slope of {g} at {z:?}");
            }
        }
    }

    #[test]
    fn slices_and_single_numbers_agree_bit_for_bit_on_every_set_of_instructions() {
        for level in levels() {
            at_level(level, || {
                assert_slices_agree(&numbers());
                assert_slices_agree(&numbers().mapv(|number| number as f32));
            });
        }
    }
}
