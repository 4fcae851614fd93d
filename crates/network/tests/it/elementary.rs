//! tanh, the logistic function, softplus and ReLU at drawn points, against numbers of twice the
//! precision and of 120 bits that share no code with them.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use crate::network::exact;
use init_symmetry_network::tolerance::{
    ERROR_OF_A_DOUBLE_DOUBLE, ROUNDINGS_OF_A_FUNCTION, UNITS_OFF_OF_TANH, after_roundings,
};
use init_symmetry_network::{Activation, Batch, Layer, Loss, Network, Parameters, Scalar};
use ndarray::{Array2, arr2};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::f64::consts::{LN_2, LOG2_E};

/// The sum of two floats, of which the second is at most half a unit of the first.
///
/// Source: Dekker 1971; the product as in Hida, Li & Bailey 2001.
#[derive(Debug, Clone, Copy)]
struct DoubleDouble {
    high: f64,
    low: f64,
}

/// What [`LN_2`] leaves out of ln 2.
const REST_OF_LN_2: f64 = 2.319_046_813_846_299_6e-17;

impl DoubleDouble {
    fn of(number: f64) -> Self {
        Self { high: number, low: 0.0 }
    }

    /// The exact sum of two floats.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self { high, low: (a - (high - part)) + (b - part) }
    }

    /// The exact product of two floats.
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    fn plus(self, other: Self) -> Self {
        let high = Self::sum(self.high, other.high);
        let low = Self::sum(self.low, other.low);
        let first = Self::sum(high.high, high.low + low.high);
        Self::sum(first.high, first.low + low.low)
    }

    fn negated(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }

    fn times(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let low = self.high * other.low + self.low * other.high;
        Self::sum(product.high, product.low + low)
    }

    fn over(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self.plus(other.times(Self::of(first)).negated());
        let second = rest.high / other.high;
        let rest = rest.plus(other.times(Self::of(second)).negated());
        Self::sum(first, second).plus(Self::of(rest.high / other.high))
    }

    /// e^x of a float in [−100, 100]: the Taylor series at a 16th of what is left of x after
    /// multiples of ln 2, squared four times.
    fn exp(x: f64) -> Self {
        const TERMS: u32 = 15;
        let n = (x * LOG2_E).round();
        let multiple = Self { high: LN_2, low: REST_OF_LN_2 }.times(Self::of(n));
        let rest = Self::of(x).plus(multiple.negated());
        let small = Self { high: rest.high / 16.0, low: rest.low / 16.0 };
        let one = Self::of(1.0);
        let series = (1..=TERMS)
            .rev()
            .fold(one, |sum, k| one.plus(small.times(sum).over(Self::of(f64::from(k)))));
        let power = (0..4).fold(series, |power, _| power.times(power));
        let scale = libm::ldexp(1.0, n as i32);
        Self { high: power.high * scale, low: power.low * scale }
    }

    fn sigmoid(z: f64) -> Self {
        Self::of(1.0).over(Self::of(1.0).plus(Self::exp(-z)))
    }

    /// 1 − 2/(e^2z + 1), for z from ½ on.
    fn tanh_far(z: f64) -> Self {
        let divisor = Self::exp(2.0 * z).plus(Self::of(1.0));
        Self::of(1.0).plus(Self::of(-2.0).over(divisor))
    }

    /// (e^2z − 1)/(e^2z + 1), for z from a thousandth to ½: nearer to 0 too much would cancel.
    fn tanh_near(z: f64) -> Self {
        let power = Self::exp(2.0 * z);
        let one = Self::of(1.0);
        power.plus(one.negated()).over(power.plus(one))
    }

    fn tanh(z: f64) -> Self {
        if z < 0.5 { Self::tanh_near(z) } else { Self::tanh_far(z) }
    }

    /// How far a float is from it.
    fn distance(self, found: f64) -> f64 {
        ((found - self.high) - self.low).abs()
    }
}

/// One drawn number in each of the intervals of length `width` from `low` to `high`: every interval
/// twice as long holds one.
fn one_in_each(random: &mut ChaCha20Rng, [low, high]: [f64; 2], width: f64) -> Array2<f64> {
    let count = ((high - low) / width) as usize;
    let point = |(_, k): (usize, usize)| low + (k as f64 + random.random::<f64>()) * width;
    Array2::from_shape_fn((1, count), point)
}

/// g of every number, as a hidden layer of one unit computes it: many at a time.
fn in_a_network(g: Activation, z: &Array2<f64>) -> Array2<f64> {
    let network = Network::new(&[1, 1, 1], g, Loss::SquaredError).unwrap();
    let layer = || Layer { w: arr2(&[[1.0]]), b: arr2(&[[0.0]]) };
    let parameters = Parameters { layers: vec![layer(), layer()] };
    let batch = Batch::new(z.clone(), z.clone()).unwrap();
    network.forward(&parameters, batch.x()).unwrap().a(1).clone()
}

proptest! {
    // one case is some hundred thousand points
    #![proptest_config(drawn(1))]

    #[test]
    fn tanh_is_right_to_its_units_in_every_interval_longer_than_a_ten_thousandth(seed: u64) {
        const WIDTH: f64 = 1.0 / 20_000.0;
        let z = one_in_each(&mut ChaCha20Rng::seed_from_u64(seed), [0.001, 20.0], WIDTH);
        for (&z, &a) in z.iter().zip(&in_a_network(Activation::Tanh, &z)) {
            let unit = a.next_up() - a;
            let units = DoubleDouble::tanh(z).distance(a) / unit.min(f64::EPSILON / 2.0);
            prop_assert!(units <= UNITS_OFF_OF_TANH, "tanh({z:?}) is {units} units off");
            prop_assert!(Scalar::tanh(z).identical(a), "tanh({z:?}) alone is another number");
            prop_assert!(Scalar::tanh(-z).identical(-a), "tanh({:?}) is not its negative", -z);
        }
    }

    #[test]
    fn the_logistic_function_is_right_in_every_interval_longer_than_a_thousandth(seed: u64) {
        const WIDTH: f64 = 1.0 / 2_000.0;
        let z = one_in_each(&mut ChaCha20Rng::seed_from_u64(seed), [-40.0, 40.0], WIDTH);
        for (&z, &a) in z.iter().zip(&in_a_network(Activation::Sigmoid, &z)) {
            let truth = DoubleDouble::sigmoid(z);
            let allowed = after_roundings(ROUNDINGS_OF_A_FUNCTION) * truth.high;
            prop_assert!(truth.distance(a) <= allowed, "σ({z:?}) is {a:?}, not {truth:?}");
            prop_assert!(z.sigmoid().identical(a), "σ({z:?}) alone is another number");
        }
    }
}

proptest! {
    #![proptest_config(drawn(256))]

    #[test]
    fn twice_the_precision_is_that_of_120_bits(z in 0.001..40.0_f64) {
        let power = exact(2.0 * z).exp();
        let one = exact(1.0);
        let tanh = (power.clone() - one.clone()) / (power.clone() + one.clone());
        let sigmoid = power.clone() / (power.clone() + one);
        for (found, truth) in [
            (DoubleDouble::exp(2.0 * z), power),
            (DoubleDouble::tanh(z), tanh),
            (DoubleDouble::sigmoid(2.0 * z), sigmoid),
        ] {
            let rest = truth.clone() - exact(found.high) - exact(found.low);
            let relative = rest.to_f64().value() / truth.to_f64().value();
            prop_assert!(relative.abs() <= ERROR_OF_A_DOUBLE_DOUBLE, "{relative:e} at {z:?}");
        }
    }

    #[test]
    fn softplus_is_right_relative_to_its_size_at_every_argument(
        z in prop_oneof![-745.0..745.0_f64, -40.0..40.0_f64, -1.0..1.0_f64],
    ) {
        prop_assume!(z != 0.0); // has no digits to compute with
        let truth = exact(z).exp().ln_1p();
        // e^z may be a number without all its bits, where rounding is not relative
        let underflow = ROUNDINGS_OF_A_FUNCTION * f64::from_bits(1);
        let expected = truth.to_f64().value();
        let of_size = after_roundings(ROUNDINGS_OF_A_FUNCTION) * expected;
        let found = z.softplus();
        let zero = found == 0.0;
        let distance = if zero { truth.clone() } else { exact(found) - truth.clone() };
        let distance = distance.to_f64().value().abs();
        let allowed = of_size + underflow;
        prop_assert!(distance <= allowed, "softplus({z:?}) is {found:?}, not {expected:?}");
    }

    #[test]
    fn relu_of_what_is_not_positive_is_zero_without_a_sign(
        z in prop_oneof![any::<f64>(), Just(-0.0), Just(0.0), -1e-300..0.0_f64],
    ) {
        prop_assume!(!z.is_nan());
        let not_positive = -z.abs();
        prop_assert_eq!(not_positive.relu().to_bits(), 0, "relu({:?})", not_positive);
        prop_assert_eq!((not_positive as f32).relu().to_bits(), 0, "relu({:?})", not_positive);
        prop_assert!(z.abs().relu().identical(z.abs()), "relu({:?})", z.abs());
    }

    #[test]
    fn relu_of_a_layer_of_any_size_is_zero_without_a_sign_or_the_number(
        z in proptest::collection::vec(-2.0..2.0_f64, 1..200),
    ) {
        let z = Array2::from_shape_vec((1, z.len()), z).unwrap();
        for (&z, &a) in z.iter().zip(&in_a_network(Activation::Relu, &z)) {
            prop_assert!(a.identical(if z > 0.0 { z } else { 0.0 }), "relu({z:?}) is {a:?}");
        }
    }
}
