//! The activations of the hidden layers. Each has a file of its own, with everything that is known
//! of it: its value, its slope and its [`Facts`].
//!
//! Whoever decides by activation asks for a fact and names none. A new activation is a file here, a
//! line in `each_formula`, a variant, and a line in `specification`, which is written apart.

mod facts;
mod identity;
mod leaky_relu;
mod relu;
mod sigmoid;
mod silu;
mod tanh;

pub use facts::{Decay, Facts};

use crate::Scalar;
use strum::{Display, EnumString, VariantArray, VariantNames};

/// The activation g of a hidden layer.
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
    /// max(z, z/100), with derivative 1/100 at 0.
    LeakyRelu,
    /// z·σ(z), also called swish.
    Silu,
}

/// Evaluates an expression with `$Formula` as the type of an activation's formula: the one place
/// where an activation becomes code.
macro_rules! each_formula {
    ($activation:expr, $Formula:ident => $expression:expr) => {
        match $activation {
            Activation::Sigmoid => {
                type $Formula = sigmoid::Sigmoid;
                $expression
            }
            Activation::Tanh => {
                type $Formula = tanh::Tanh;
                $expression
            }
            Activation::Relu => {
                type $Formula = relu::Relu;
                $expression
            }
            Activation::Identity => {
                type $Formula = identity::Identity;
                $expression
            }
            Activation::LeakyRelu => {
                type $Formula = leaky_relu::LeakyRelu;
                $expression
            }
            Activation::Silu => {
                type $Formula = silu::Silu;
                $expression
            }
        }
    };
}

impl Activation {
    /// a = g(z).
    #[inline(always)]
    pub fn value<S: Scalar>(self, z: S) -> S {
        each_formula!(self, G => G::value(z))
    }

    /// g'(z), written in terms of a = g(z) where the lesson does so.
    #[inline(always)]
    pub fn slope<S: Scalar>(self, z: S, a: S) -> S {
        each_formula!(self, G => G::slope(z, a))
    }

    /// What is known of g and of its slope.
    ///
    /// ```
    /// use init_symmetry_network::Activation;
    /// assert_eq!(Activation::Sigmoid.facts().largest_slope, 0.25);
    /// ```
    pub fn facts(self) -> Facts {
        each_formula!(self, G => G::FACTS)
    }

    /// Whether g has no derivative at some point.
    ///
    /// ```
    /// use init_symmetry_network::Activation;
    /// assert!(Activation::Relu.has_kink() && !Activation::Tanh.has_kink());
    /// ```
    pub fn has_kink(self) -> bool {
        self.facts().kink.is_some()
    }

    /// Whether g(0) = 0: a zero start then moves nothing but the output bias.
    pub fn vanishes_at_zero(self) -> bool {
        self.value(0.0_f64) == 0.0
    }

    /// g'(0), by the convention of the code where g has a kink there.
    pub fn slope_at_zero(self) -> f64 {
        self.slope(0.0, self.value(0.0))
    }

    /// a := g(z), entry by entry: the bits of [`Activation::value`], several numbers at a time.
    #[inline(always)]
    pub(crate) fn values_of_f64(self, z: &[f64], a: &mut [f64]) {
        each_formula!(self, G => values_of_f64::<G>(z, a));
    }

    /// dz := dz ∘ g'(z), entry by entry, where a = g(z).
    #[inline(always)]
    pub(crate) fn times_slope_of_f64(self, z: &[f64], a: &[f64], dz: &mut [f64]) {
        each_formula!(self, G => times_slope_of_f64::<G>(z, a, dz));
    }
}

/// Numbers in one call of `values_of_each`; what is left over goes one at a time. With more, tanh
/// has more numbers under way than there are registers.
const TOGETHER: usize = 48;

#[inline(always)]
fn values_of_f64<G: Formula>(z: &[f64], a: &mut [f64]) {
    let (z, last_z) = z.as_chunks();
    let (a, last_a) = a.as_chunks_mut();
    for (z, a) in z.iter().zip(a) {
        G::values_of_each(z, a);
    }
    for (&z, a) in last_z.iter().zip(last_a) {
        *a = G::value(z);
    }
}

#[inline(always)]
fn times_slope_of_f64<G: Formula>(z: &[f64], a: &[f64], dz: &mut [f64]) {
    for ((&z, &a), dz) in z.iter().zip(a).zip(dz) {
        *dz *= G::slope(z, a);
    }
}

/// An activation as a type, so that a loop over it is compiled for its very formula.
trait Formula: Sized {
    const FACTS: Facts;

    /// a = g(z).
    fn value<S: Scalar>(z: S) -> S;

    /// g'(z), where a = g(z).
    fn slope<S: Scalar>(z: S, a: S) -> S;

    /// g(z) of several numbers, for formulas that have a faster way to the same bits.
    #[inline(always)]
    fn values_of_each(z: &[f64; TOGETHER], a: &mut [f64; TOGETHER]) {
        for i in 0..TOGETHER {
            a[i] = Self::value(z[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Activation;
    use crate::Trainable;
    use crate::kernel::{at_level, levels};
    use ndarray::{Array2, ShapeBuilder};
    use strum::VariantArray;

    /// Long enough for every vector and a tail; special values among them.
    fn numbers() -> Array2<f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310, 0.55, -0.55];
        Array2::from_shape_fn((3, 301), |(i, j)| {
            *special.get(j).unwrap_or(&((j as f64 - 150.0) * [0.01, 0.13, 9.7][i]))
        })
    }

    fn assert_slices_agree<S: Trainable>(z: &Array2<S>) {
        let mut by_columns = Array2::zeros(z.raw_dim().f());
        by_columns.assign(z);
        for &g in Activation::VARIANTS {
            let (mut a, mut other) = (z.clone(), z.clone());
            S::activate(g, z, &mut a);
            S::activate(g, &by_columns, &mut other);
            let (mut dz, mut other_dz) = (z.clone(), by_columns.clone());
            S::times_slope(g, z, &a, &mut dz);
            S::times_slope(g, z, &a, &mut other_dz);
            let slopes = dz.iter().zip(&other_dz);
            for (((&z, &a), &other), (&dz, &other_dz)) in z.iter().zip(&a).zip(&other).zip(slopes) {
                // which NaN an operation gives is left open
                let is_nan = |x: S| format!("{x:?}") == "NaN";
                let same = |x: S, y: S| x.identical(y) || (is_nan(x) && is_nan(y));
                assert!(same(a, g.value(z)) && same(other, a), "{g} of {z:?}");
                assert!(same(dz, z * g.slope(z, a)) && same(other_dz, dz), "slope of {g} at {z:?}");
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
