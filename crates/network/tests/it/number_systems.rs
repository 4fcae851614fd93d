//! The number systems keep the laws that their exact checks rest on.

#![allow(clippy::float_cmp, reason = "equal bits are the claim")]

use crate::drawn::drawn;
use init_symmetry_network::scalar::ZeroOrAny;
use init_symmetry_network::tolerance::{ROUNDINGS_OF_A_SLOPE, after_roundings};
use init_symmetry_network::{Bounded, Dual, Fp, Scalar};
use num_traits::{One, Zero};
use proptest::prelude::*;
use std::hint::black_box;
use strum::VariantArray;

fn minus<S: Scalar>(z: S) -> S {
    S::zero() - z
}

proptest! {
    #![proptest_config(drawn(256))]

    #[test]
    fn the_field_is_a_field(a: u64, b: u64, c: u64, key in 1_u64..) {
        let [a, b, c] = [a, b, c].map(|number| Fp::new(number, key));
        prop_assume!(!c.is_zero());
        prop_assert_eq!((a + b) * c, a * c + b * c);
        prop_assert_eq!(a - b + b, a);
        prop_assert_eq!(a / c * c, a);
        prop_assert_eq!((a * b) * c, a * (b * c));
    }

    #[test]
    fn products_in_the_field_are_residues_of_the_integer_products(a: u64, b: u64) {
        let product = u128::from(a) * u128::from(b) % u128::from(Fp::MODULUS);
        prop_assert_eq!((Fp::new(a, 1) * Fp::new(b, 1)).residue(), Some(product as u64));
    }

    #[test]
    fn uninterpreted_functions_keep_exactly_the_stated_identities(number: u64, key in 1_u64..) {
        let z = Fp::new(number, key);
        prop_assume!(!z.is_zero());
        let two = Fp::of(2);
        prop_assert_eq!(minus(z).sigmoid(), Fp::one() - z.sigmoid());
        prop_assert_eq!(minus(z).tanh(), minus(z.tanh()));
        prop_assert_eq!(z.tanh(), two * (two * z).sigmoid() - Fp::one());
        prop_assert_eq!(z.softplus() - minus(z).softplus(), z);
        prop_assert_eq!(z.relu() - minus(z).relu(), z);
        prop_assert_eq!(z.step() + minus(z).step(), Fp::one());
        // and not the ones that a confused backward might hope for
        prop_assert_ne!(z.sigmoid(), z.tanh());
        prop_assert_ne!(z.softplus(), z.relu());
        prop_assert_ne!((z + z).sigmoid(), z.sigmoid() + z.sigmoid());
    }

    #[test]
    fn another_key_draws_another_function(number in 1..Fp::MODULUS, key in 1_u64..1 << 60) {
        let functions: [fn(Fp) -> Fp; 3] = [Fp::sigmoid, Fp::tanh, Fp::softplus];
        for function in functions {
            prop_assert_ne!(function(Fp::new(number, key)), function(Fp::new(number, key + 1)));
        }
    }

    #[test]
    fn mul_add_is_a_product_and_a_sum_in_the_field_and_in_what_is_known_of_zeros(
        a: u64, b: u64, c: u64,
    ) {
        let [x, y, z] = [a, b, c].map(|number| Fp::new(number, 1));
        prop_assert_eq!(x.mul_add(y, z), x * y + z);
        let known = ZeroOrAny::VARIANTS;
        let [x, y, z] = [a, b, c].map(|number| known[(number % known.len() as u64) as usize]);
        prop_assert_eq!(x.mul_add(y, z), x * y + z);
    }

    #[test]
    fn mul_add_of_floats_is_the_exact_value_rounded_once(
        [a, b, c] in [-1_i64 << 30..1 << 30, -1_i64 << 30..1 << 30, -1_i64 << 40..1 << 40],
        shift in 0_u32..30,
    ) {
        let half = 1.0 / f64::from(1 << 30);
        let (unit, power) = (half * half, f64::from(1 << shift));
        // in these units whole numbers; the conversion of an integer rounds once
        let exact = i128::from(a) * i128::from(b) + (i128::from(c) << shift);
        let z = c as f64 * power * unit;
        let found = Scalar::mul_add(a as f64 * half, b as f64 * half, z);
        prop_assert!(found.identical(exact as f64 * unit));
        // the same of numbers that single precision has
        let (a, b, c) = (a >> 10, b >> 10, c >> 17);
        let (unit, half, power) = (unit as f32, half as f32, power as f32);
        let exact = i128::from(a) * i128::from(b) + (i128::from(c) << shift);
        let z = c as f32 * power * unit;
        let found = Scalar::mul_add(a as f32 * half, b as f32 * half, z);
        prop_assert!(found.identical(exact as f32 * unit));
    }

    #[test]
    fn mul_add_of_a_number_with_a_bound_is_known_within_that_bound(
        [a, b, c] in [-1000_i32..1000, -1000_i32..1000, -1000_i32..1000],
    ) {
        let third = |number: i32| Bounded::exact(f64::from(number)) / Bounded::exact(3.0);
        let found = third(a).mul_add(third(b), third(c));
        let ninths = a * b + 3 * c;
        prop_assert!((found.value - f64::from(ninths) / 9.0).abs() <= found.error);
        // no program that rounds the product is condemned
        prop_assert!(found.error > (third(a) * third(b)).error + third(c).error);
    }

    #[test]
    fn a_dual_mul_add_has_the_derivative_of_a_product_and_a_sum(
        numbers in [-64_i32..64, -64_i32..64, -64_i32..64, -64_i32..64, -64_i32..64, -64_i32..64],
    ) {
        // whole numbers, so without rounding
        let [a, b, c, da, db, dc] = numbers.map(f64::from);
        let dual = |value, derivative| Dual { value, derivative };
        let (a, b, c) = (dual(a, da), dual(b, db), dual(c, dc));
        prop_assert_eq!(a.mul_add(b, c), a * b + c);
    }

    #[test]
    fn a_dual_number_carries_the_product_and_quotient_rules(
        f in -64_i32..64, df in -64_i32..64, g in 1_i32..64, dg in -64_i32..64,
    ) {
        let [f, df, g, dg] = [f, df, g, dg].map(|k| f64::from(k) / 64.0);
        let (left, right) = (
            Dual { value: f, derivative: df },
            Dual { value: g, derivative: dg },
        );
        prop_assert_eq!((left * right).derivative, df * g + f * dg);
        let quotient = ((left / right).derivative, (df - f / g * dg) / g);
        prop_assert_eq!(quotient.0, quotient.1);
    }
}

#[test]
fn mul_add_rounds_once_at_the_edges_of_the_format_too() {
    let (smallest, two_to_53) = (f64::from_bits(1), (1_u64 << 53) as f64);
    // the examples of proofs/theories/Binary64.v, hidden from the compiler: it would compute them
    for ([a, b, c], expected) in [
        ([f64::MAX, 2.0, -f64::MAX], f64::MAX),
        ([f64::MAX, 2.0, 0.0], f64::INFINITY),
        ([smallest, 0.5, smallest], 2.0 * smallest),
        ([smallest, 0.5, 2.0 * smallest], 2.0 * smallest),
        ([smallest, -0.25, 0.0], -0.0),
        ([smallest, 0.75, -0.0], smallest),
        ([-0.0, 3.0, -0.0], -0.0),
        ([2.0, 3.0, -6.0], 0.0),
        ([1.0, 1.0, two_to_53], two_to_53),
        ([1.0, 3.0, two_to_53], two_to_53 + 4.0),
        ([f64::MAX, f64::MAX, f64::NEG_INFINITY], f64::NEG_INFINITY),
    ]
    .map(black_box)
    {
        let found = Scalar::mul_add(a, b, c);
        assert!(found.identical(expected), "{a:e}·{b:e} + {c:e} is {found:e}, not {expected:e}");
    }
    assert!(Scalar::mul_add(black_box(f64::INFINITY), 1.0, f64::NEG_INFINITY).is_nan());
    // a little less than half an ulp above 1 + ulp: rounded to f64 first, a tie that goes up
    let ulp = f32::EPSILON;
    let [a, b, c] = black_box([ulp / 2.0 * (1.0 + ulp), 1.0 - ulp, 1.0 + ulp]);
    assert!(Scalar::mul_add(a, b, c).identical(1.0 + ulp));
    assert!(!(f64::mul_add(a.into(), b.into(), c.into()) as f32).identical(1.0 + ulp));
}

#[test]
fn about_half_of_the_field_counts_as_positive_under_each_key() {
    for key in 1..=20 {
        let positive = (1..=1000).filter(|&n| Fp::new(n, key).step() == Fp::one()).count();
        // Hoeffding: a fair coin leaves this interval with probability below 2·e^−20 per key.
        assert!((400..=600).contains(&positive), "key {key}: {positive} of 1000");
    }
}

#[test]
fn functions_at_zero_have_their_real_values() {
    let zero = Fp::new(0, 9);
    assert_eq!(zero.sigmoid() + zero.sigmoid(), Fp::one());
    assert_eq!(zero.tanh(), Fp::zero());
    assert_eq!(zero.relu(), Fp::zero());
    assert_eq!(zero.step(), Fp::zero());
}

#[test]
fn a_division_by_zero_equals_nothing_and_travels() {
    let undefined = Fp::one() / Fp::zero();
    for number in [undefined, undefined + Fp::one(), undefined * Fp::zero(), undefined.sigmoid()] {
        assert!(!number.is_finite());
        assert_ne!(number, number);
        assert!(!number.is_zero());
    }
}

#[test]
fn a_nested_dual_gives_the_second_derivatives_of_the_activations() {
    let z = 0.75_f64;
    let twice = Dual { value: Dual::variable(z), derivative: Dual::constant(1.0) };
    let (s, t): (f64, f64) = (z.sigmoid(), Scalar::tanh(z));
    assert_eq!(twice.softplus().derivative.derivative, s * (1.0 - s));
    let second = twice.sigmoid().derivative.derivative;
    assert!(
        (second - s * (1.0 - s) * (1.0 - 2.0 * s)).abs() <= after_roundings(ROUNDINGS_OF_A_SLOPE)
    );
    let second = twice.tanh().derivative.derivative;
    assert!((second + 2.0 * t * (1.0 - t * t)).abs() <= after_roundings(ROUNDINGS_OF_A_SLOPE));
    assert_eq!(twice.relu().derivative.derivative, 0.0);
}
