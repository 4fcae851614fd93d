//! The statistical tests against known answers, and against samples that have to be refused.

use approx::assert_abs_diff_eq;
use init_symmetry_network::statistics::{
    anderson_darling, anderson_darling_tail, bennett, chi_square_p_value, cosine_p_value,
    count_p_value, hoeffding, kolmogorov_smirnov, kolmogorov_smirnov_tail, lower_bound_of_rate,
    normal_tail, symmetric_sum_p_value, uniform_squares_p_value,
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

#[test]
fn an_empty_sample_is_never_normal() {
    assert_eq!(anderson_darling_tail(anderson_darling(&[])), 0.0);
    assert_eq!(kolmogorov_smirnov_tail(0, kolmogorov_smirnov(&[])), 0.0);
    for of_none in [chi_square_p_value(0, 1.0), uniform_squares_p_value(0, 0.0)] {
        assert_eq!(of_none, 0.0);
    }
}

#[test]
fn a_statistic_that_is_nan_rejects() {
    let nan = f64::NAN;
    let p_values = [
        normal_tail(nan),
        chi_square_p_value(3, nan),
        cosine_p_value(3, nan),
        symmetric_sum_p_value(nan, 1.0),
        symmetric_sum_p_value(1.0, nan),
        uniform_squares_p_value(3, nan),
        bennett(3, 1.0, 1.0, nan),
        count_p_value(3, nan, 1),
        anderson_darling_tail(nan),
        kolmogorov_smirnov_tail(3, nan),
    ];
    assert_eq!(p_values, [0.0; 10]);
}

#[test]
fn a_level_that_is_none_claims_nothing() {
    for level in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0] {
        assert_eq!((lower_bound_of_rate(5, 9, level), hoeffding(9, level)), (0.0, 1.0));
    }
    for level in [1.0, 2.0, f64::INFINITY] {
        assert_eq!(lower_bound_of_rate(5, 9, level), 0.0);
    }
    assert_eq!(
        (hoeffding(9, 2.0), hoeffding(9, f64::INFINITY), hoeffding(0, 0.5)),
        (0.0, 0.0, 1.0)
    );
}

#[test]
fn more_successes_than_trials_are_no_evidence() {
    assert_eq!((lower_bound_of_rate(9, 5, 0.5), count_p_value(5, 0.5, 9)), (0.0, 0.0));
    assert_eq!(count_p_value(5, 1.5, 3), 0.0);
}

#[test]
fn the_lower_bound_of_a_rate_is_the_rate_at_which_as_many_successes_are_that_rare() {
    // all of n: rate^n = level; one of n: 1 − (1 − rate)^n = level
    for (n, level) in [(1, 0.25), (30, 0.125), (1000, 0.5)] {
        let all = libm::pow(level, 1.0 / n as f64);
        let one = 1.0 - libm::pow(1.0 - level, 1.0 / n as f64);
        assert_abs_diff_eq!(lower_bound_of_rate(n, n, level), all, epsilon = OWN_ROUNDING);
        assert_abs_diff_eq!(lower_bound_of_rate(1, n, level), one, epsilon = OWN_ROUNDING);
    }
}

#[test]
fn what_holds_of_millions_of_trials_holds_of_billions() {
    // on both sides of where the exact functions end, and at the largest count
    let rates = [1 << 20, (1 << 20) + 1, 1 << 40, usize::MAX].map(|n| {
        let half = lower_bound_of_rate(n / 2, n, 0.125);
        assert!(half < 0.5 && 0.5 - half < 2.0 / (n as f64).sqrt() + f64::EPSILON, "{n}: {half}");
        lower_bound_of_rate(n, n, 0.125)
    });
    // the bound of all of n is some 2/n lower than the exact one
    assert!(rates[1] < rates[0] && rates[0] - rates[1] < 4.0 / 1_048_576.0, "{rates:?}");
    assert!(rates[1..].windows(2).all(|pair| pair[0] < pair[1]), "{rates:?}");
    for n in [1 << 20, (1 << 20) + 1, 1 << 40, u64::MAX] {
        let sigma = (n as f64).sqrt() / 2.0;
        let [middle, beyond, far] =
            [0.0, 3.0, 12.0].map(|z| count_p_value(n, 0.5, n / 2 + (z * sigma) as u64));
        assert!(middle > 0.99 && far < 1.0 / 1_048_576.0, "{n}: {middle}, {far}");
        assert!((2.0 * normal_tail(3.1)..0.125).contains(&beyond), "{n}: {beyond}");
    }
    for n in [1 << 30, (1 << 30) + 1, 1 << 50, usize::MAX] {
        let sigma = (2.0 * n as f64).sqrt();
        let [middle, far] = [0.0, 12.0].map(|z| chi_square_p_value(n, n as f64 + z * sigma));
        assert!(middle > 0.99 && far < 1.0 / 1_048_576.0, "{n}: {middle}, {far}");
    }
    for n in [1 << 20, (1 << 20) + 1, usize::MAX] {
        let sigma = 1.0 / (n as f64).sqrt();
        let [middle, far] = [0.0, 12.0].map(|z| cosine_p_value(n, z * sigma));
        assert!(middle > 0.99 && far < 1.0 / 1_048_576.0, "{n}: {middle}, {far}");
    }
}
