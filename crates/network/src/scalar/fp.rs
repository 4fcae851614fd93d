//! Integers modulo the prime 2^61 − 1, where equality needs no tolerance.
//!
//! Transcendental functions are *uninterpreted*: a keyed hash of function and argument stands for
//! a random function, and only the identities that backpropagation may use are built in. Two
//! formulas that agree under random keys are, but for a chance of degree / 2^61, equal as formulas
//! in the parameters and these functions (Schwartz 1980; Zippel 1979), so for all real inputs too.

use super::Scalar;
use ndarray::{ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use std::ops::{Add, Div, Mul, Sub};

/// An integer modulo 2^61 − 1, with the key of the uninterpreted functions it meets.
///
/// What holds of the functions, for every key, as it does over the reals: tanh(z) = 2σ(2z) − 1,
/// σ(−z) = 1 − σ(z), softplus(z) − softplus(−z) = z, relu(z) = z·step(z),
/// step(z) + step(−z) = 1 for z ≠ 0, and step(0) = 0. Nothing else does. Which z count as positive
/// is drawn by the key too, so a statement about ReLU needs many keys.
///
/// ln Σ e^z is made of softplus, one number after the other, because ln(e^a + e^b) is
/// a + softplus(b − a); the softmax is made of σ, as its derivative. So nothing more is assumed.
///
/// Numbers carry the key, constants such as `zero()` carry none; numbers of different keys do not
/// belong in one computation. A division by 0 gives a number that equals nothing, like NaN.
///
/// ```
/// use init_symmetry_network::{Fp, Scalar};
/// use num_traits::One;
/// let (z, minus_z) = (Fp::new(5, 1), Fp::new(0, 1) - Fp::new(5, 1));
/// assert_eq!(minus_z.sigmoid(), Fp::one() - z.sigmoid());
/// assert_ne!(z.sigmoid(), Fp::new(5, 2).sigmoid()); // another key, another function
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Fp {
    residue: u64,
    key: u64,
}

/// The result of a division by 0: no residue is that large.
const UNDEFINED: u64 = u64::MAX;

/// What an uninterpreted function is called inside the hash.
#[derive(Clone, Copy)]
enum Name {
    Sigmoid = 1,
    Softplus = 2,
    Step = 3,
}

impl Fp {
    /// 2^61 − 1, a Mersenne prime.
    pub const MODULUS: u64 = (1 << 61) - 1;

    /// `number` modulo 2^61 − 1; functions of it are drawn by `key`.
    pub fn new(number: u64, key: u64) -> Self {
        Self { residue: number % Self::MODULUS, key }
    }

    /// The representative in 0, …, 2^61 − 2, or nothing after a division by 0.
    pub fn residue(self) -> Option<u64> {
        (self.residue != UNDEFINED).then_some(self.residue)
    }

    fn combine(self, other: Self, residue: impl FnOnce(u64, u64) -> u64) -> Self {
        // Constants have key 0, so the larger key is that of the computation.
        let key = self.key.max(other.key);
        let undefined = self.residue == UNDEFINED || other.residue == UNDEFINED;
        let residue = if undefined { UNDEFINED } else { residue(self.residue, other.residue) };
        Self { residue, key }
    }

    fn negative(self) -> Self {
        Self::zero() - self
    }

    /// A number that stands for ±z, and whether z is the other one.
    fn without_sign(self) -> (Self, bool) {
        let negative = self.negative();
        if negative.residue < self.residue { (negative, true) } else { (self, false) }
    }

    fn hash(self, name: Name) -> u64 {
        scramble(scramble(self.residue ^ scramble(self.key)).wrapping_add(name as u64))
    }

    /// The value of an uninterpreted function, or the undefined number at the undefined number.
    fn uninterpreted(self, name: Name) -> Self {
        self.combine(Self::zero(), |_, _| self.hash(name) % Self::MODULUS)
    }

    /// self^(p − 2), the inverse by Fermat's little theorem; undefined at 0.
    fn inverse(self) -> Self {
        if self.residue == 0 {
            return Self { residue: UNDEFINED, ..self };
        }
        let (mut power, mut square, mut exponent) = (Self::one(), self, Self::MODULUS - 2);
        while exponent > 0 {
            if exponent % 2 == 1 {
                power = power * square;
            }
            square = square * square;
            exponent /= 2;
        }
        power
    }
}

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014, figure 15), a bijection of 64 bits.
fn scramble(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl PartialEq for Fp {
    fn eq(&self, other: &Self) -> bool {
        self.residue == other.residue && self.residue != UNDEFINED
    }
}

impl Zero for Fp {
    fn zero() -> Self {
        Self::new(0, 0)
    }

    fn is_zero(&self) -> bool {
        self.residue == 0
    }
}

impl One for Fp {
    fn one() -> Self {
        Self::new(1, 0)
    }
}

impl Add for Fp {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.combine(other, |left, right| (left + right) % Self::MODULUS)
    }
}

impl Sub for Fp {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.combine(other, |left, right| (left + Self::MODULUS - right) % Self::MODULUS)
    }
}

impl Mul for Fp {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.combine(other, |left, right| {
            let product = u128::from(left) * u128::from(right);
            // 2^61 = 1 modulo the prime, so the high bits are added to the low ones.
            let folded = (product as u64 & Self::MODULUS) + (product >> 61) as u64;
            folded % Self::MODULUS
        })
    }
}

impl Div for Fp {
    type Output = Self;

    // Dividing in a field is multiplying by the inverse.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.inverse()
    }
}

impl Scalar for Fp {
    fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    fn of(count: usize) -> Self {
        Self::new(count as u64, 0)
    }

    fn sigmoid(self) -> Self {
        if self.residue == 0 {
            return Self::one() / Self::of(2);
        }
        let (z, flipped) = self.without_sign();
        let value = z.uninterpreted(Name::Sigmoid);
        if flipped { Self::one() - value } else { value }
    }

    fn tanh(self) -> Self {
        let two = Self::of(2);
        two * (two * self).sigmoid() - Self::one()
    }

    fn softplus(self) -> Self {
        let (z, flipped) = self.without_sign();
        let value = z.uninterpreted(Name::Softplus);
        if flipped { value - z } else { value }
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        let sum = z.iter().copied().reduce(|sum, z| sum + (z - sum).softplus());
        sum.unwrap_or(Self { residue: UNDEFINED, key: 0 }) // ln 0
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        let mut sum = Self::zero();
        for (k, &z) in z.iter().enumerate() {
            // of the first k numbers and this one, its share: all of it where it is alone
            let share = if k == 0 { Self::one() } else { (z - sum).sigmoid() };
            sum = if k == 0 { z } else { sum + (z - sum).softplus() };
            for earlier in y_hat.iter_mut().take(k) {
                *earlier = *earlier * (Self::one() - share);
            }
            y_hat[k] = share;
        }
    }

    fn relu(self) -> Self {
        self * self.step()
    }

    fn step(self) -> Self {
        if self.residue == 0 || self.residue == UNDEFINED {
            return self;
        }
        let (z, flipped) = self.without_sign();
        let drawn = z.hash(Name::Step) % 2 == 1;
        Self::new(u64::from(drawn != flipped), self.key)
    }

    fn is_finite(self) -> bool {
        self.residue != UNDEFINED
    }

    fn identical(self, other: Self) -> bool {
        self.residue == other.residue
    }
}
