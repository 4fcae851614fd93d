//! The statistical tests against known answers, and against samples that have to be refused.

use approx::assert_abs_diff_eq;
use init_symmetry_network::statistics::{
    anderson_darling, anderson_darling_tail, chi_square_p_value, cosine_p_value, count_p_value,
    hoeffding, kolmogorov_smirnov, kolmogorov_smirnov_tail, lower_bound_of_rate, normal_tail,
};
use init_symmetry_network::tolerance::OWN_ROUNDING;
use init_symmetry_network::{Activation, Loss, Network, Weights};

const FIVE: [f64; 5] = [2.0, -0.25, 0.5, -1.5, 0.125];

fn draws(n: usize) -> Vec<f64> {
    let network = Network::new(&[1, n, 1], Activation::Tanh, Loss::CrossEntropy).expect("widths");
    let start = network.initialise(Weights::Normal(1.0), 1).expect("a start");
    start.w(1).iter().copied().collect()
}

#[test]
fn statistics_of_five_numbers_are_those_of_the_textbook_formulas() {
    // computed with Python's math.erf from the sums in Anderson & Darling and in Massart
    assert_abs_diff_eq!(anderson_darling(&FIVE), 0.3480332182809631, epsilon = OWN_ROUNDING);
    assert_abs_diff_eq!(kolmogorov_smirnov(&FIVE), 0.2012936743170763, epsilon = OWN_ROUNDING);
}

#[test]
fn the_order_of_a_sample_does_not_matter() {
    let mut reversed = FIVE;
    reversed.reverse();
    assert_eq!(anderson_darling(&FIVE), anderson_darling(&reversed));
    assert_eq!(kolmogorov_smirnov(&FIVE), kolmogorov_smirnov(&reversed));
}

#[test]
fn normal_draws_are_accepted_and_shifted_or_scaled_ones_are_not() {
    let sample = draws(10_000);
    let p_values = |sample: &[f64]| {
        let distance = kolmogorov_smirnov(sample);
        [
            anderson_darling_tail(anderson_darling(sample)),
            kolmogorov_smirnov_tail(sample.len(), distance),
        ]
    };
    let level = 1.0 / 1000.0;
    assert!(p_values(&sample).iter().all(|&p| p > level));
    let shifted: Vec<f64> = sample.iter().map(|x| x + 0.125).collect();
    let scaled: Vec<f64> = sample.iter().map(|x| x * 1.25).collect();
    for wrong in [shifted, scaled] {
        assert!(p_values(&wrong).iter().all(|&p| p < level), "{:?}", p_values(&wrong));
    }
}

#[test]
fn a_sample_with_nan_is_never_normal() {
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let sample = [0.5, wrong, -0.5];
        assert_eq!(anderson_darling_tail(anderson_darling(&sample)), 0.0);
        assert_eq!(kolmogorov_smirnov(&sample), 1.0);
    }
    assert_eq!(chi_square_p_value(3, f64::NAN), 0.0);
    assert_eq!(cosine_p_value(3, f64::NAN), 0.0);
}

#[test]
fn an_observation_far_out_does_not_give_infinity() {
    // 1 − Φ(9) is 1e−19, which is lost when it is taken from 1
    assert!(anderson_darling(&[9.0]).is_finite());
    assert!(anderson_darling(&[9.0]) > anderson_darling(&[8.0]));
}

#[test]
fn bounds_shrink_with_the_number_of_trials_and_grow_with_confidence() {
    assert!(hoeffding(400, 0.5) < hoeffding(100, 0.5));
    assert!(hoeffding(100, 0.25) > hoeffding(100, 0.5));
    assert!(lower_bound_of_rate(99, 100, 0.25) < lower_bound_of_rate(100, 100, 0.25));
    assert_eq!(lower_bound_of_rate(0, 100, 0.25), 0.0);
}

#[test]
fn p_values_of_counts_are_sums_of_binomial_probabilities() {
    // 3 of 3 heads, and as far on the other side
    assert_abs_diff_eq!(count_p_value(3, 0.5, 3), 0.25, epsilon = OWN_ROUNDING);
    assert_eq!(count_p_value(3, 0.5, 2), 1.0);
    assert!(normal_tail(0.0) == 0.5);
}
