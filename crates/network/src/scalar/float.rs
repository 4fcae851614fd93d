//! `f64` and `f32`, with the same bits on every machine.
//!
//! std leaves the bits of transcendental functions to the platform, so they are our own.

use super::processor::vectorised;
use super::{Scalar, Work, elementary, softmax};
use ndarray::{ArrayView1, ArrayViewMut1};

impl Scalar for f64 {
    const IS_VECTORISED: bool = true;

    fn compute(work: impl Work) {
        vectorised(work);
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

    #[inline(always)]
    fn sigmoid_of_each<const N: usize>(z: &[Self; N], a: &mut [Self; N]) {
        elementary::sigmoid_of_each(z, a);
    }

    #[inline(always)]
    fn tanh_of_each<const N: usize>(z: &[Self; N], a: &mut [Self; N]) {
        elementary::tanh_of_each(z, a);
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

// Computed in f64 and rounded once: more accurate than single-precision routines, and one place
// where the functions are chosen. Its loops are compiled for the vectors that every processor has,
// not once more for the wider ones: nothing here waits for single precision.
impl Scalar for f32 {
    const IS_VECTORISED: bool = true;

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
