//! A number with a bound on what rounding may have done to it: a tolerance that is derived by
//! running the computation, never typed.
//!
//! It judges whole programs, which may compute the same by another formula. The gradient checker
//! knows the formula and has a tighter number of its own (`Rounded`, in its crate).

use super::Scalar;
use super::elementary::exp;
use ndarray::{Array1, ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use std::ops::{Add, Div, Mul, Sub};

/// A value as `f64` computes it, and a bound on its distance from the real number it stands for.
///
/// Running the network on it bounds the rounding error of every entry of the gradient (a running
/// error analysis; Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3).
/// Each operation is charged [`Bounded::ROUNDING`] relative to its result, so the bound covers
/// any implementation that takes the same sums in another order or uses a library function good
/// to a few units in the last place.
///
/// ```
/// use init_symmetry_network::Bounded;
/// let tenth = Bounded::exact(1.0) / Bounded::exact(10.0);
/// let sum = tenth + tenth + tenth;
/// assert!((sum.value - 0.3).abs() <= sum.error && sum.error < 1e-14);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// The computed value.
    pub value: f64,
    /// The bound on |value − truth|.
    pub error: f64,
}

impl Bounded {
    /// What one operation is charged, relative to its result: 8 ε, where one correctly rounded
    /// operation costs ε/2. The rest covers other orders of summation at the sizes tested here
    /// and functions good to 4 units in the last place.
    pub const ROUNDING: f64 = 8.0 * f64::EPSILON;

    /// A number that is what it says.
    pub fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// Whether rounding within the bound can account for a difference; NaN never is accounted for.
    pub fn explains(&self, difference: f64) -> bool {
        difference.abs() <= self.error
    }

    /// e^z where z is at most 0: off by at most e^z·(e^error − 1), which is below 2·error·e^z for
    /// errors up to 1. No z ≤ 0 that is off by more has an exponential.
    fn exponential(self) -> Self {
        let value = exp(self.value);
        Self::rounded(value, 2.0 * self.error.min(1.0) * value)
    }

    /// The result of one operation whose inputs' errors contribute `inherited`. The smallest
    /// normal number is added because near zero rounding is absolute.
    fn rounded(value: f64, inherited: f64) -> Self {
        let error = inherited + Self::ROUNDING * value.abs() + f64::MIN_POSITIVE;
        // 0·∞ after an overflow: what is not known has no bound, and NaN would allow nothing
        Self { value, error: if error.is_nan() { f64::INFINITY } else { error } }
    }
}

/// e^(z − largest) of some numbers and their sum, as computed where every z is what it says.
struct Exponentials {
    largest: Bounded,
    terms: Array1<Bounded>,
    sum: Bounded,
}

impl Exponentials {
    fn of(z: ArrayView1<'_, Bounded>) -> Self {
        let most = |most: f64, z: &Bounded| if z.value > most { z.value } else { most };
        let largest = Bounded::exact(z.iter().fold(f64::NEG_INFINITY, most));
        let terms = z.map(|z| (Bounded::exact(z.value) - largest).exponential());
        let sum = terms.iter().fold(Bounded::zero(), |sum, &term| sum + term);
        Self { largest, terms, sum }
    }
}

fn largest_error(z: ArrayView1<'_, Bounded>) -> f64 {
    z.iter().fold(0.0, |most, z| z.error.max(most))
}

impl Add for Bounded {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::rounded(self.value + other.value, self.error + other.error)
    }
}

impl Sub for Bounded {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::rounded(self.value - other.value, self.error + other.error)
    }
}

impl Mul for Bounded {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let inherited = self.value.abs() * other.error
            + other.value.abs() * self.error
            + self.error * other.error;
        Self::rounded(self.value * other.value, inherited)
    }
}

impl Div for Bounded {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        let nearest_to_zero = other.value.abs() - other.error;
        let inherited = if nearest_to_zero > 0.0 {
            (self.error + quotient.abs() * other.error) / nearest_to_zero
        } else {
            f64::INFINITY // the divisor may be zero
        };
        Self::rounded(quotient, inherited)
    }
}

impl Zero for Bounded {
    fn zero() -> Self {
        Self::exact(0.0)
    }

    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }
}

impl One for Bounded {
    fn one() -> Self {
        Self::exact(1.0)
    }
}

impl Scalar for Bounded {
    /// Charged as a product and a sum, because a program may well compute these.
    fn mul_add(self, b: Self, c: Self) -> Self {
        let Self { error, .. } = self * b;
        Self::rounded(f64::mul_add(self.value, b.value, c.value), error + c.error)
    }

    fn of(count: usize) -> Self {
        Self::exact(f64::of(count))
    }

    fn sigmoid(self) -> Self {
        Self::rounded(self.value.sigmoid(), self.error / 4.0) // |σ'| ≤ 1/4
    }

    fn tanh(self) -> Self {
        Self::rounded(Scalar::tanh(self.value), self.error) // |tanh'| ≤ 1
    }

    fn softplus(self) -> Self {
        Self::rounded(self.value.softplus(), self.error) // |softplus'| = |σ| ≤ 1
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        let Exponentials { largest, sum, .. } = Exponentials::of(z);
        // ln(s + e) − ln s is at most e/(s − |e|)
        let logarithm = Self::rounded(libm::log(sum.value), sum.error / (sum.value - sum.error));
        let Self { value, error } = largest + logarithm;
        let inherited = largest_error(z); // the slopes are positive and add up to 1
        Self::rounded(value, error + inherited)
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let Exponentials { terms, sum, .. } = Exponentials::of(z);
        // the slopes of ŷ are ŷ(1 − ŷ) and −ŷ·ŷ_j, in all at most 2ŷ(1 − ŷ) ≤ ½
        let inherited = largest_error(z) / 2.0;
        for (y_hat, &term) in y_hat.iter_mut().zip(&terms) {
            let Self { value, error } = term / sum;
            *y_hat = Self::rounded(value, error + inherited);
        }
    }

    fn relu(self) -> Self {
        Self { value: self.value.relu(), error: self.error }
    }

    fn step(self) -> Self {
        // on which side of 0 the truth lies is unknown where the error reaches across it
        let unknown = self.error > 0.0 && self.value.abs() <= self.error;
        Self { value: Scalar::step(self.value), error: if unknown { 1.0 } else { 0.0 } }
    }

    fn is_finite(self) -> bool {
        self.value.is_finite() && self.error.is_finite()
    }

    fn identical(self, other: Self) -> bool {
        self.value.identical(other.value) && self.error.identical(other.error)
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn a_bound_that_overflowed_is_infinite_and_the_value_is_kept() {
        let lost = Bounded { value: 3.0, error: f64::INFINITY };
        let zero = Bounded::exact(0.0);
        for (found, value) in [
            (zero * lost, 0.0),
            (lost * zero, 0.0),
            (lost - lost, 0.0),
            (zero / lost, 0.0),
            (lost * lost, 9.0),
        ] {
            assert_eq!((found.value, found.error), (value, f64::INFINITY));
            assert!(found.explains(1e300) && !found.explains(f64::NAN));
        }
        let infinite = Bounded::exact(f64::INFINITY);
        assert_eq!((zero * infinite).error, f64::INFINITY);
        assert!((zero * infinite).value.is_nan());
    }
}
