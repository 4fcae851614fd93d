//! What is known to be zero: each number is +0, a zero of either sign, or any number at all.
//!
//! A run over it is a proof for all values: where the result says zero, every run of the same code
//! in floats has a zero there, as long as everything it computes is finite (0·∞ is not 0).

use super::Scalar;
use ndarray::{ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use std::ops::{Add, Div, Mul, Sub};

/// What is known of a float.
///
/// The rules are those of IEEE 754 with rounding to nearest; over the reals both zeros are 0.
///
/// ```
/// use init_symmetry_network::{Scalar, scalar::ZeroOrAny};
/// let (weight, x) = (ZeroOrAny::PositiveZero, ZeroOrAny::Any);
/// assert_eq!(weight * x, ZeroOrAny::Zero); // −0 where x is negative
/// assert_eq!((weight + weight * x).tanh(), ZeroOrAny::PositiveZero);
/// assert_eq!(weight.sigmoid(), ZeroOrAny::Any); // one half
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray)]
pub enum ZeroOrAny {
    /// +0, to the bit.
    PositiveZero,
    /// +0 or −0.
    Zero,
    /// Any finite number, zeros included.
    Any,
}

impl ZeroOrAny {
    /// The most that can be known of a number.
    pub fn of_number(number: f64) -> Self {
        match number {
            zero if zero.to_bits() == 0 => Self::PositiveZero,
            0.0 => Self::Zero,
            _ => Self::Any,
        }
    }

    /// Whether this is how much is known of a number with these bits.
    pub fn admits(self, number: f64) -> bool {
        match self {
            Self::PositiveZero => number.to_bits() == 0,
            Self::Zero => number == 0.0,
            Self::Any => number.is_finite(),
        }
    }
}

impl Add for ZeroOrAny {
    type Output = Self;
    fn add(self, right: Self) -> Self {
        match (self, right) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            // +0 + −0 = +0
            (Self::PositiveZero, _) | (_, Self::PositiveZero) => Self::PositiveZero,
            (Self::Zero, Self::Zero) => Self::Zero,
        }
    }
}

impl Sub for ZeroOrAny {
    type Output = Self;
    fn sub(self, right: Self) -> Self {
        match (self, right) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            // +0 − +0 = +0 and +0 − −0 = +0
            (Self::PositiveZero, _) => Self::PositiveZero,
            (Self::Zero, _) => Self::Zero,
        }
    }
}

impl Mul for ZeroOrAny {
    type Output = Self;
    fn mul(self, right: Self) -> Self {
        match (self, right) {
            (Self::Any, Self::Any) => Self::Any,
            (Self::PositiveZero, Self::PositiveZero) => Self::PositiveZero,
            _ => Self::Zero,
        }
    }
}

impl Div for ZeroOrAny {
    type Output = Self;
    fn div(self, _: Self) -> Self {
        // A finite quotient has a divisor that is not 0.
        if self == Self::Any { Self::Any } else { Self::Zero }
    }
}

impl Zero for ZeroOrAny {
    fn zero() -> Self {
        Self::PositiveZero
    }

    fn is_zero(&self) -> bool {
        *self != Self::Any
    }
}

impl One for ZeroOrAny {
    fn one() -> Self {
        Self::Any
    }
}

impl Scalar for ZeroOrAny {
    fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    fn of(count: usize) -> Self {
        if count == 0 { Self::PositiveZero } else { Self::Any }
    }

    fn sigmoid(self) -> Self {
        Self::Any
    }

    fn tanh(self) -> Self {
        self
    }

    fn softplus(self) -> Self {
        Self::Any
    }

    fn log_sum_exp(_: ArrayView1<'_, Self>) -> Self {
        Self::Any
    }

    fn softmax(_: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        y_hat.fill(Self::Any);
    }

    fn relu(self) -> Self {
        if self == Self::Any { Self::Any } else { Self::PositiveZero }
    }

    fn step(self) -> Self {
        if self == Self::Any { Self::Any } else { Self::PositiveZero }
    }

    /// Always: a run over what is known speaks of runs that stay finite.
    fn is_finite(self) -> bool {
        true
    }

    fn identical(self, other: Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::ZeroOrAny;
    use crate::Scalar;
    use strum::VariantArray;

    const NUMBERS: [f64; 14] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -3.0,
        800.0,
        -800.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        -f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
    ];

    fn sound(known: ZeroOrAny, number: f64) -> bool {
        // The assumption under which the domain speaks: the run stays finite.
        known.admits(number) || !number.is_finite()
    }

    #[test]
    fn every_operation_on_zeros_gives_in_floats_what_the_domain_says() {
        let mut zeros = 0;
        for &left_known in ZeroOrAny::VARIANTS {
            for &right_known in ZeroOrAny::VARIANTS {
                for left in NUMBERS.into_iter().filter(|&number| left_known.admits(number)) {
                    for right in NUMBERS.into_iter().filter(|&number| right_known.admits(number)) {
                        assert!(sound(left_known + right_known, left + right), "{left} + {right}");
                        assert!(sound(left_known - right_known, left - right), "{left} - {right}");
                        assert!(sound(left_known * right_known, left * right), "{left} * {right}");
                        assert!(sound(left_known / right_known, left / right), "{left} / {right}");
                        zeros += usize::from(left_known * right_known != ZeroOrAny::Any);
                    }
                }
            }
        }
        // 1, 2 and 14 numbers: all pairs but those of any with any
        assert_eq!(zeros, 17 * 17 - 14 * 14);
    }

    #[test]
    fn every_function_of_a_zero_gives_in_floats_what_the_domain_says() {
        for &known in ZeroOrAny::VARIANTS {
            for number in NUMBERS.into_iter().filter(|&number| known.admits(number)) {
                let single = number as f32;
                let tanh = Scalar::tanh(number);
                assert!(sound(known.tanh(), tanh) && sound(known.relu(), number.relu()));
                assert!(
                    sound(known.sigmoid(), number.sigmoid()) && sound(known.step(), number.step())
                );
                assert!(sound(known.tanh(), f64::from(Scalar::tanh(single))));
                assert!(sound(known.relu(), f64::from(single.relu())));
                assert!(sound(known.step(), f64::from(single.step())));
            }
        }
    }

    #[test]
    fn the_domain_is_as_sharp_as_the_numbers_allow() {
        // Without this, a domain that answers `Any` to everything would be sound.
        let [positive_zero, zero, any] = [ZeroOrAny::PositiveZero, ZeroOrAny::Zero, ZeroOrAny::Any];
        assert_eq!([0.0, -0.0, 2.0].map(ZeroOrAny::of_number), [positive_zero, zero, any]);
        assert_eq!([positive_zero * any, zero / any, zero - zero], [zero; 3]);
        assert_eq!([positive_zero + zero, positive_zero - zero, zero.relu()], [positive_zero; 3]);
        assert_eq!([positive_zero.tanh(), zero.step()], [positive_zero; 2]);
    }
}
