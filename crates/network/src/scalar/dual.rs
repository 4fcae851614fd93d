//! A value and its derivative over any number system, by the rules of forward mode.

use super::Scalar;
use ndarray::{Array1, ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use std::ops::{Add, Div, Mul, Sub};

/// A value and its derivative along one direction; nested, it gives second derivatives.
///
/// Evaluating a function at θ + ε·v, with ε² = 0, gives f(θ) and the derivative of f along v,
/// with no step size and no truncation error.
///
/// Source: Griewank & Walther, Evaluating Derivatives, 2nd edition, section 3.1.
///
/// ```
/// use init_symmetry_network::{Dual, Scalar};
/// // d/dz σ(z)² = 2σ(z)·σ'(z), at z = 0
/// let z = Dual::variable(0.0);
/// assert_eq!((z.sigmoid() * z.sigmoid()).derivative, 2.0 * 0.5 * 0.25);
/// // the second derivative of z³ at 2, by nesting
/// let z = Dual { value: Dual::variable(2.0), derivative: Dual::constant(1.0) };
/// assert_eq!((z * z * z).derivative.derivative, 12.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual<S> {
    /// The value.
    pub value: S,
    /// The derivative along the direction.
    pub derivative: S,
}

impl<S: Scalar> Dual<S> {
    /// A number that does not vary: derivative 0.
    pub fn constant(value: S) -> Self {
        Self { value, derivative: S::zero() }
    }

    /// The variable itself: derivative 1.
    pub fn variable(value: S) -> Self {
        Self { value, derivative: S::one() }
    }

    /// f(z) with f'(z), by the chain rule.
    #[inline(always)]
    fn chain(self, value: S, slope: S) -> Self {
        Self { value, derivative: slope * self.derivative }
    }
}

/// The softmax of some numbers.
fn shares_of<S: Scalar>(z: &Array1<S>) -> Array1<S> {
    let mut shares = z.clone();
    S::softmax(z.view(), shares.view_mut());
    shares
}

/// Σ ŷ_k·z_k' of some numbers, the derivative of ln Σ e^z_k, where ŷ is their softmax.
fn mean_derivative<S: Scalar>(z: ArrayView1<'_, Dual<S>>, shares: &Array1<S>) -> S {
    let terms = z.iter().zip(shares).map(|(z, &share)| share * z.derivative);
    terms.fold(S::zero(), |sum, term| sum + term)
}

impl<S: Scalar> Zero for Dual<S> {
    fn zero() -> Self {
        Self::constant(S::zero())
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero() && self.derivative.is_zero()
    }
}

impl<S: Scalar> One for Dual<S> {
    fn one() -> Self {
        Self::constant(S::one())
    }
}

impl<S: Scalar> Add for Dual<S> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, derivative: self.derivative + other.derivative }
    }
}

impl<S: Scalar> Sub for Dual<S> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, derivative: self.derivative - other.derivative }
    }
}

impl<S: Scalar> Mul for Dual<S> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            derivative: self.derivative * other.value + self.value * other.derivative,
        }
    }
}

impl<S: Scalar> Div for Dual<S> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, derivative: (self.derivative - value * other.derivative) / other.value }
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    /// (a·b + c)' = a'·b + (a·b' + c').
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        let of_b_and_c = self.value.mul_add(b.derivative, c.derivative);
        Self {
            value: self.value.mul_add(b.value, c.value),
            derivative: self.derivative.mul_add(b.value, of_b_and_c),
        }
    }

    fn of(count: usize) -> Self {
        Self::constant(S::of(count))
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        let s = self.value.sigmoid();
        self.chain(s, s * (S::one() - s))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let t = self.value.tanh();
        self.chain(t, S::one() - t * t)
    }

    fn softplus(self) -> Self {
        self.chain(self.value.softplus(), self.value.sigmoid())
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        let values = z.mapv(|z| z.value);
        let derivative = mean_derivative(z, &shares_of(&values));
        Self { value: S::log_sum_exp(values.view()), derivative }
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let shares = shares_of(&z.mapv(|z| z.value));
        let mean = mean_derivative(z, &shares);
        for ((y_hat, &share), &z) in y_hat.iter_mut().zip(&shares).zip(z) {
            *y_hat = Self { value: share, derivative: share * (z.derivative - mean) };
        }
    }

    fn relu(self) -> Self {
        self.chain(self.value.relu(), self.value.step())
    }

    fn step(self) -> Self {
        Self::constant(self.value.step())
    }

    fn is_finite(self) -> bool {
        self.value.is_finite() && self.derivative.is_finite()
    }

    fn identical(self, other: Self) -> bool {
        self.value.identical(other.value) && self.derivative.identical(other.derivative)
    }
}
