//! An f64 that knows how far rounding may have taken it, whatever the order of its sums.
//!
//! Not `Bounded`, the network's number with a bound: that one charges every operation 8 ε, so that
//! it covers a program which computes the same by another formula. Here the formula is known and
//! only the order of its sums is open, so each rounding is charged once: the bounds are tighter,
//! and a smaller error is seen.

use super::estimate::{Estimate, Status};
use init_symmetry_network::Scalar;
use init_symmetry_network::tolerance::{
    ROUNDINGS_OF_A_FUNCTION, SIDES_OF_A_COMPARISON, after_roundings, roundings_of_exponentials,
};
use ndarray::{ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use std::ops::{Add, Div, Mul, Sub};

/// An f64 with the sum of the absolute values of its terms and the longest chain of roundings.
///
/// Its error is at most γ(`roundings`)·`size`, and so is that of any computation that adds the same
/// terms in another order: a sum of n terms is charged n − 1 roundings, the most that a term of it
/// can suffer. A sigmoid has size 1 at least, because σ(−z) may be had as 1 − σ(z).
///
/// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.1.
///
/// ```
/// use init_symmetry_gradient::Rounded;
/// let [tenth, big] = [0.1, 1e16].map(Rounded::exact);
/// let cancelled = tenth + big - big;
/// assert!((cancelled.value - 0.1).abs() <= cancelled.error());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// The number as f64 arithmetic has it.
    pub value: f64,
    /// The sum of the absolute values of its terms, at least |value|.
    pub size: f64,
    /// How many roundings a term went through at most; infinite where rounding decides a branch.
    pub roundings: f64,
}

impl Rounded {
    /// A number that is what it is.
    pub fn exact(value: f64) -> Self {
        Self { value, size: value.abs(), roundings: 0.0 }
    }

    /// The bound on the difference to the exact result: γ(roundings)·size.
    pub fn error(self) -> f64 {
        if self.size == 0.0 { 0.0 } else { after_roundings(self.roundings) * self.size }
    }

    /// A function value whose slope is at most `slope` at z, with |f''| ≤ 1.
    ///
    /// |f(z + e) − f(z)| ≤ (slope + |e|)·|e|, so the terms of f are at least those of z times that.
    #[inline(always)]
    fn function(self, value: f64, least_size: f64, slope: f64) -> Self {
        let size = least_size.max((slope + self.error()) * self.size);
        Self { value, size, roundings: self.roundings + ROUNDINGS_OF_A_FUNCTION }
    }

    /// A function of some numbers whose slopes add up to `slope` in size there, and to at most
    /// `slope` + |e| where the numbers are off by e: [`Rounded::function`] of the worst of them.
    fn function_of_all(z: ArrayView1<'_, Self>, value: f64, least_size: f64, slope: f64) -> Self {
        let worst = z.iter().fold(Self::zero(), |worst, z| Self {
            size: worst.size.max(z.size),
            roundings: worst.roundings.max(z.roundings),
            ..worst
        });
        let size = least_size.max((slope + worst.error()) * worst.size);
        let roundings = worst.roundings + roundings_of_exponentials(z.len());
        Self { value, size, roundings }
    }

    fn joined(self, other: Self, value: f64) -> Self {
        let roundings = self.roundings.max(other.roundings) + 1.0;
        Self { value, size: self.size + other.size, roundings }
    }
}

impl Zero for Rounded {
    fn zero() -> Self {
        Self::exact(0.0)
    }

    #[inline]
    fn is_zero(&self) -> bool {
        self.size == 0.0
    }
}

impl One for Rounded {
    fn one() -> Self {
        Self::exact(1.0)
    }
}

impl Add for Rounded {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        // Adding an exact zero rounds nothing.
        match (self.is_zero(), other.is_zero()) {
            (_, true) => self,
            (true, _) => other,
            _ => self.joined(other, self.value + other.value),
        }
    }
}

impl Sub for Rounded {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self { value: -other.value, ..other }
    }
}

impl Mul for Rounded {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::exact(self.value * other.value);
        }
        Self {
            value: self.value * other.value,
            size: self.size * other.size,
            roundings: self.roundings + other.roundings + 1.0,
        }
    }
}

impl Div for Rounded {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        if self.is_zero() {
            return Self::exact(self.value / other.value);
        }
        // A divisor that may be half wrong bounds nothing.
        let lost = 2.0 * other.error() >= other.value.abs();
        let roundings = self.roundings + other.roundings + 1.0;
        Self {
            value: self.value / other.value,
            size: self.size * other.size / (other.value * other.value),
            roundings: if lost { f64::INFINITY } else { roundings },
        }
    }
}

impl Scalar for Rounded {
    /// Charged as a product and a sum, because a program may well compute these.
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Self { value: f64::mul_add(self.value, b.value, c.value), ..self * b + c }
    }

    fn of(count: usize) -> Self {
        Self::exact(count as f64)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        let s = self.value.sigmoid();
        self.function(s, 1.0, s * (1.0 - s))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let t = Scalar::tanh(self.value);
        if self.is_zero() { self } else { self.function(t, t.abs(), 1.0 - t * t) }
    }

    fn softplus(self) -> Self {
        let value = self.value.softplus();
        self.function(value, value, 1.0)
    }

    /// Its own terms are the largest z and ln Σ e^(z − largest), whose sum is at least 1. Its
    /// slopes are positive and add up to 1 everywhere, so that z may be off by any error.
    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        let values = z.mapv(|z| z.value);
        let value = f64::log_sum_exp(values.view());
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least_size = 1.0 + largest.abs() + (value - largest);
        Self::function_of_all(z, value, least_size, 1.0)
    }

    /// The slopes of ŷ add up to 2ŷ(1 − ŷ) in size.
    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let values = z.mapv(|z| z.value);
        let mut shares = values.clone();
        f64::softmax(values.view(), shares.view_mut());
        for (y_hat, &share) in y_hat.iter_mut().zip(&shares) {
            *y_hat = Self::function_of_all(z, share, 1.0, 2.0 * share * (1.0 - share));
        }
    }

    fn relu(self) -> Self {
        let value = self.value.relu();
        if self.value <= -self.error() { Self::exact(value) } else { Self { value, ..self } }
    }

    fn step(self) -> Self {
        let known = self.is_zero() || self.value.abs() > self.error();
        let exact = Self::exact(self.value.step());
        if known { exact } else { Self { size: 1.0, roundings: f64::INFINITY, ..exact } }
    }

    fn is_finite(self) -> bool {
        self.value.is_finite()
    }

    fn identical(self, other: Self) -> bool {
        self.value.identical(other.value)
    }
}

/// A derivative with the bound on rounding on both sides of the comparison.
pub(crate) fn estimate(derivative: Rounded) -> Estimate {
    let rounding = SIDES_OF_A_COMPARISON * derivative.error();
    if rounding.is_finite() && derivative.value.is_finite() {
        Estimate::smooth(derivative.value, 0.0, rounding)
    } else {
        Estimate::nothing(Status::SignLost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(value: f64, size: f64, roundings: f64) -> Rounded {
        Rounded { value, size, roundings }
    }

    #[test]
    fn sums_add_sizes_and_products_multiply_them() {
        let (three, two) = (rounded(3.0, 4.0, 1.0), rounded(2.0, 2.0, 5.0));
        assert_eq!(three + two, rounded(5.0, 6.0, 6.0));
        assert_eq!(two - three, rounded(-1.0, 6.0, 6.0));
        assert_eq!(three * two, rounded(6.0, 8.0, 7.0));
        assert_eq!(rounded(6.0, 8.0, 2.0) / rounded(2.0, 4.0, 1.0), rounded(3.0, 8.0, 4.0));
        let negative = rounded(6.0, 8.0, 2.0) / rounded(-2.0, 4.0, 1.0);
        assert_eq!(negative, rounded(-3.0, 8.0, 4.0));
    }

    #[test]
    fn an_exact_zero_rounds_nothing() {
        let (zero, two) = (Rounded::zero(), rounded(2.0, 3.0, 5.0));
        assert_eq!([zero + two, two + zero, two - zero], [two; 3]);
        assert_eq!([zero * two, two * zero, zero / two], [zero; 3]);
        assert!(zero.is_zero() && !two.is_zero());
        assert_eq!((zero.error(), Rounded::exact(-2.0)), (0.0, rounded(-2.0, 2.0, 0.0)));
        // what only looks like zero is none
        assert!(!rounded(0.0, 1.0, 1.0).is_zero());
        assert!((zero / Rounded::exact(-2.0)).value.is_sign_negative(), "0/−2 is −0");
        assert!((zero / zero).value.is_nan());
    }

    /// A number that is off by at most this share of itself.
    fn off_by(value: f64, share: f64) -> Rounded {
        rounded(value, value.abs() * share / after_roundings(1.0), 1.0)
    }

    #[test]
    fn a_divisor_that_may_be_half_wrong_bounds_nothing() {
        let one = Rounded::exact(1.0);
        for divisor in [2.0, -2.0] {
            assert_eq!((one / off_by(divisor, 0.6)).roundings, f64::INFINITY);
            assert_eq!((one / off_by(divisor, 0.4)).roundings, 2.0);
        }
    }

    #[test]
    fn functions_pass_on_their_slope_and_have_a_size_of_their_own() {
        let after = ROUNDINGS_OF_A_FUNCTION;
        // of a sum that cancels: slopes at 0 are ¼, 1 and ½, which softplus is charged 1 for
        let cancelled = rounded(0.0, 16.0, 0.0);
        assert_eq!(cancelled.sigmoid(), rounded(0.5, 4.0, after));
        assert_eq!(Scalar::tanh(cancelled), rounded(0.0, 16.0, after));
        assert_eq!(cancelled.softplus(), rounded(0.0_f64.softplus(), 16.0, after));
        // where all is flat, the size is that of the value, and of σ at least 1
        let far = Rounded::exact(64.0);
        let (s, t) = (64.0_f64.sigmoid(), Scalar::tanh(64.0_f64));
        assert_eq!((s, t), (1.0, 1.0));
        assert_eq!([far.sigmoid(), Scalar::tanh(far)], [rounded(1.0, 1.0, after); 2]);
        assert_eq!(far.softplus(), rounded(64.0, 64.0, after));
        assert_eq!(Rounded::exact(-64.0).sigmoid().size, 1.0);
        assert_eq!(Scalar::tanh(Rounded::zero()), Rounded::zero());
        // the slope grows by the error of the argument
        let uncertain = off_by(64.0, 0.5);
        let size = 1.0_f64.max((s * (1.0 - s) + uncertain.error()) * uncertain.size);
        assert_eq!(uncertain.sigmoid().size, size);
        assert!(size > 1.0, "not vacuous");
    }

    #[test]
    fn a_sign_that_rounding_decides_is_not_known() {
        let one = Rounded::exact(1.0);
        for (z, relu, step) in [
            (off_by(1.0, 0.5), off_by(1.0, 0.5), one),
            (off_by(-1.0, 0.5), Rounded::zero(), Rounded::zero()),
            (Rounded::zero(), Rounded::zero(), Rounded::zero()),
            (off_by(1.0, 2.0), off_by(1.0, 2.0), rounded(1.0, 1.0, f64::INFINITY)),
        ] {
            assert_eq!((z.relu(), z.step()), (relu, step), "{z:?}");
        }
        let size = off_by(1.0, 1.0);
        let at_its_error = Rounded { value: size.error(), ..size };
        assert_eq!(at_its_error.step().roundings, f64::INFINITY, "the truth may be zero");
        let unknown = off_by(-1.0, 2.0);
        assert_eq!(unknown.relu(), rounded(0.0, unknown.size, 1.0));
        assert_eq!(unknown.step(), rounded(0.0, 1.0, f64::INFINITY));
    }

    #[test]
    fn the_value_says_whether_a_number_is_one_and_the_same() {
        let numbers =
            [0.0, -0.0, 2.0, f64::NAN, f64::INFINITY].map(|value| rounded(value, 1.0, 1.0));
        assert_eq!(numbers.map(Scalar::is_finite), [true, true, true, false, false]);
        for (i, a) in numbers.iter().enumerate() {
            for (k, b) in numbers.iter().enumerate() {
                let closer = Rounded { roundings: 0.0, ..*b };
                assert_eq!((a.identical(*b), a.identical(closer)), (i == k, i == k), "{a:?} {b:?}");
            }
        }
    }
}
