//! Each activation at points worked out by hand, its slope against the specification's derivative,
//! and its facts against its values.

use init_symmetry_network::{Activation, Dual, Facts, Scalar, specification};
use strum::VariantArray;

/// From −40 to 40, 0 included, with many points near 0.
fn points() -> impl Iterator<Item = f64> {
    (-4000..=4000_i32)
        .map(|k| f64::from(k) / 100.0)
        .chain((-500..=500).map(|k| f64::from(k) / 64e3))
}

fn slope(g: Activation, z: f64) -> f64 {
    g.slope(z, g.value(z))
}

fn assert_values(g: Activation, expected: &[(f64, f64, f64)]) {
    for &(z, value, of_slope) in expected {
        assert!(g.value(z).identical(value), "{g} of {z} is {}, not {value}", g.value(z));
        let found = slope(g, z);
        assert!(found.identical(of_slope), "slope of {g} at {z} is {found}, not {of_slope}");
    }
}

#[test]
fn leaky_relu_is_the_number_or_a_hundredth_of_it() {
    assert_values(
        Activation::LeakyRelu,
        &[
            (3.0, 3.0, 1.0),
            (-2.0, -0.02, 0.01),
            (0.0, 0.0, 0.01),
            (-0.0, -0.0, 0.01),
            (f64::MAX, f64::MAX, 1.0),
            (f64::INFINITY, f64::INFINITY, 1.0),
            (f64::NEG_INFINITY, f64::NEG_INFINITY, 0.01),
        ],
    );
    assert!(Activation::LeakyRelu.value(f64::NAN).is_nan());
    assert!(slope(Activation::LeakyRelu, f64::NAN).is_nan());
    assert_eq!(Activation::LeakyRelu.value(-2.0_f32), -0.02);
}

#[test]
fn silu_is_the_number_times_its_sigmoid() {
    let tiny = f64::MIN_POSITIVE;
    assert_values(
        Activation::Silu,
        &[
            (0.0, 0.0, 0.5),
            (-0.0, -0.0, 0.5),
            (tiny, tiny / 2.0, 0.5),
            (40.0, 40.0, 1.0),
            (1000.0, 1000.0, 1.0),
            (-1000.0, -0.0, 0.0),
            (f64::MAX, f64::MAX, 1.0),
            (f64::MIN, -0.0, 0.0),
        ],
    );
    // 2/(1 + e^−2) and −2/(1 + e^2), and their slopes, to 120 bits
    let far = |found: f64, exact: f64| (found / exact - 1.0).abs() > 4.0 * f64::EPSILON;
    for (z, value, of_slope) in [
        (2.0, 1.761_594_155_955_764_9, 1.090_784_248_784_895_5),
        (-2.0, -0.238_405_844_044_235_1, -0.090_784_248_784_895_48),
    ] {
        let found = Activation::Silu.value(z);
        assert!(!far(found, value), "silu of {z} is {found}");
        // σ + a·(1 − σ) cancels below 0: a hundredth of the largest slope is left
        let found = slope(Activation::Silu, z);
        assert!((found - of_slope).abs() < 4.0 * f64::EPSILON, "slope of silu at {z} is {found}");
    }
    assert_eq!(Activation::Silu.value(f64::INFINITY), f64::INFINITY);
    assert!(Activation::Silu.value(f64::NEG_INFINITY).is_nan(), "−∞·0");
    for z in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert!(slope(Activation::Silu, z).is_nan(), "{z}");
    }
    assert!(Activation::Silu.value(f64::NAN).is_nan());
}

#[test]
fn every_value_and_slope_is_that_of_the_specification() {
    for &g in Activation::VARIANTS {
        let specified = specification::activation::<Dual<f64>>(g);
        for z in points() {
            let Dual { value, derivative } = specified(Dual::variable(z));
            let near = |left: f64, right: f64| (left - right).abs() <= 8.0 * f64::EPSILON;
            assert!(near(g.value(z) / (1.0 + z.abs()), value / (1.0 + z.abs())), "{g} of {z}");
            assert!(near(slope(g, z), derivative), "slope of {g} at {z}: {derivative} expected");
        }
    }
}

#[test]
fn every_fact_is_one() {
    for &g in Activation::VARIANTS {
        let Facts { kink, is_odd, is_increasing, range, largest_slope, .. } = g.facts();
        let values: Vec<(f64, f64)> = points().map(|z| (z, g.value(z))).collect();
        assert_eq!(values.iter().all(|&(z, a)| g.value(-z) == -a), is_odd, "{g}: is_odd");
        let doubles = |z: f64| g.value(2.0 * z) == 2.0 * g.value(z);
        assert_eq!(points().all(doubles), g.facts().is_homogeneous, "{g}: is_homogeneous");
        let is_slope_times_z = |z: f64| z * slope(g, z) == g.value(z);
        assert_eq!(points().all(is_slope_times_z), g.facts().is_homogeneous, "{g}: z·g'(z)");
        let rises = |z: f64| g.value(z) <= g.value(z + 0.01);
        assert_eq!(points().all(rises), is_increasing, "{g}: is_increasing");
        assert!(values.iter().all(|(_, a)| range.contains(a)), "{g}: range");
        let within = |z: f64| slope(g, z).abs() <= largest_slope + 4.0 * f64::EPSILON;
        assert!(points().all(within), "{g}: largest_slope is too small");
        let steepest = points().map(|z| slope(g, z).abs()).fold(0.0, f64::max);
        assert!(steepest > 0.999 * largest_slope, "{g}: largest_slope is too large");
        let facts = g.facts();
        let bounded = |z: f64| slope(g, z).abs() <= facts.bound_of_slope(z) + f64::EPSILON;
        assert!(points().all(bounded), "{g}: decay");
        // one-sided slopes part at a kink and nowhere else
        let (h, near) = (1e-6, 1e-3);
        let jump = |z: f64| (g.value(z + h) - 2.0 * g.value(z) + g.value(z - h)).abs() / h;
        let kinks: Vec<f64> = points().filter(|&z| jump(z) > near).collect();
        assert_eq!(kinks.first().copied(), kink.map(|_| 0.0), "{g}: kink");
        assert!(kinks.iter().all(|&z| Some(z) == kink), "{g}: kinks at {kinks:?}");
    }
}

#[test]
fn what_is_computed_at_zero_is_what_callers_ask_for() {
    let names = |holds: fn(Activation) -> bool| {
        let of = Activation::VARIANTS.iter().filter(|&&g| holds(g)).map(ToString::to_string);
        of.collect::<Vec<_>>().join(" ")
    };
    // worked by hand: whoever adds an activation adds its name where it belongs
    assert_eq!(names(|g| !g.vanishes_at_zero()), "sigmoid", "with g(0) other than 0");
    assert_eq!(names(|g| g.slope_at_zero() == 0.0), "relu", "with g'(0) = 0");
    assert_eq!(names(Activation::has_kink), "relu leaky-relu", "with a kink");
}
