//! `f64` and `f32`, with the same bits on every machine.
//!
//! The transcendental functions come from the crate `libm`: std leaves their bits to the platform.

use super::Scalar;

impl Scalar for f64 {
    fn of(count: usize) -> Self {
        count as f64
    }

    fn sigmoid(self) -> Self {
        // The textbook formula is kept on purpose: every operation in it is monotone, while the
        // two-branch form e^z/(1 + e^z) is not monotone in floats. It cannot overflow to NaN.
        1.0 / (1.0 + libm::exp(-self))
    }

    fn tanh(self) -> Self {
        libm::tanh(self)
    }

    fn softplus(self) -> Self {
        // e^z alone overflows from z ≈ 710 on; e^−|z| never does.
        self.relu() + libm::log1p(libm::exp(-self.abs()))
    }

    fn relu(self) -> Self {
        // `max` would turn NaN into 0 and hide it.
        if self <= 0.0 { 0.0 } else { self }
    }

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
// where the functions are chosen.
impl Scalar for f32 {
    fn of(count: usize) -> Self {
        count as f32
    }

    fn sigmoid(self) -> Self {
        f64::from(self).sigmoid() as f32
    }

    fn tanh(self) -> Self {
        Scalar::tanh(f64::from(self)) as f32
    }

    fn softplus(self) -> Self {
        f64::from(self).softplus() as f32
    }

    fn relu(self) -> Self {
        f64::from(self).relu() as f32
    }

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
