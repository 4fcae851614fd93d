//! `f64` and `f32`, with the same bits on every machine.
//!
//! std leaves the bits of transcendental functions to the platform, so they are our own.

use super::{Scalar, elementary, softmax};
use ndarray::{ArrayView1, ArrayViewMut1};

impl Scalar for f64 {
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f64::mul_add(self, b, c)
    }

    fn of(count: usize) -> Self {
        count as f64
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        elementary::sigmoid(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        elementary::tanh(self)
    }

    fn softplus(self) -> Self {
        // e^z alone overflows from z ≈ 710 on; e^−|z| never does.
        self.relu() + libm::log1p(elementary::exp(-self.abs()))
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        softmax::log_sum_exp(z.iter().copied())
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let shares = softmax::softmax(z.iter().copied());
        y_hat.iter_mut().zip(shares).for_each(|(y_hat, share)| *y_hat = share);
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // `max` would turn NaN into 0 and hide it.
        if self <= 0.0 { 0.0 } else { self }
    }

    #[inline(always)]
    fn step(self) -> Self {
        if self.is_nan() {
            self
        } else if self > 0.0 {
            1.0
        } else {
            0.0
        }
    }

    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }

    fn identical(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

// Functions are computed in f64 and rounded once: more accurate than single-precision routines, and
// one place where they are chosen.
impl Scalar for f32 {
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f32::mul_add(self, b, c)
    }

    fn of(count: usize) -> Self {
        count as f32
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        f64::from(self).sigmoid() as f32
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Scalar::tanh(f64::from(self)) as f32
    }

    fn softplus(self) -> Self {
        f64::from(self).softplus() as f32
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        softmax::log_sum_exp(z.iter().copied().map(f64::from)) as f32
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let shares = softmax::softmax(z.iter().copied().map(f64::from));
        y_hat.iter_mut().zip(shares).for_each(|(y_hat, share)| *y_hat = share as f32);
    }

    #[inline(always)]
    fn relu(self) -> Self {
        f64::from(self).relu() as f32
    }

    #[inline(always)]
    fn step(self) -> Self {
        Scalar::step(f64::from(self)) as f32
    }

    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }

    fn identical(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}
