//! The rules of starts: right starts of any generator keep them, broken ones are named.

use crate::drawn::drawn;
use init_symmetry_network::start_rules::{
    CommonMistake, LayerStarts, StartFinding, StartRules, biases_are_zero, every_weight_is,
    layers_differ, rows_differ, weights_are_finite, weights_are_within,
};
use init_symmetry_network::statistics::{
    LEVEL, bennett, chi_square_p_value, count_p_value, lower_bound_of_rate, symmetric_sum_p_value,
    uniform_squares_p_value,
};
use init_symmetry_network::tolerance::{LEVEL_OF_A_START_RULE, after_roundings};
use init_symmetry_network::{
    Activation, Layer, Loss, Network, Parameters, Result, Scheme, WeightDistribution, Weights,
};
use ndarray::{Array2, array};
use proptest::prelude::*;
use strum::VariantArray;

const WIDTHS: [usize; 5] = [16, 40, 16, 40, 3];

fn starts_of(widths: &[usize], weights: Weights, seeds: &[u64]) -> Vec<Parameters<f64>> {
    let network = Network::new(widths, Activation::Tanh, Loss::CrossEntropy).expect("a network");
    let start = |&seed: &u64| network.initialise(weights, seed).expect("a start");
    seeds.iter().map(start).collect()
}

/// Starts whose weights are drawn one after the other by anybody's function of n_in and n_out.
fn drawn_by(mut draw: impl FnMut(f64, f64) -> f64, count: usize) -> Vec<Parameters<f64>> {
    let mut start = || {
        let layers = WIDTHS.windows(2).map(|pair| {
            let fans = (pair[0] as f64, pair[1] as f64);
            let w = Array2::from_shape_simple_fn((pair[1], pair[0]), || draw(fans.0, fans.1));
            Layer { w, b: Array2::zeros((pair[1], 1)) }
        });
        Parameters { layers: layers.collect() }
    };
    (0..count).map(|_| start()).collect()
}

fn judged(starts: &[Parameters<f64>], declared: Weights) -> Vec<StartFinding> {
    let layers = LayerStarts::of_all(starts).expect("layers");
    StartRules::default().judge(&layers, declared)
}

/// Random numbers of Knuth's linear congruential generator, and normal ones by Box & Muller.
struct Congruential(u64);

impl Congruential {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
    }
}

/// All schemes with a number that none has by accident.
fn all_weights() -> impl Iterator<Item = Weights> {
    Scheme::VARIANTS.iter().map(|scheme| scheme.weights(0.375))
}

#[test]
fn right_starts_of_every_scheme_keep_every_rule() {
    for first in 0..40 {
        for weights in all_weights() {
            let starts = starts_of(&WIDTHS, weights, &[first, first + 100, first + 200]);
            assert_eq!(judged(&starts, weights), [], "{weights}, seed {first}");
        }
    }
}

#[test]
fn right_starts_of_small_networks_keep_every_rule() {
    for widths in [&[1, 1][..], &[2, 4, 1], &[3, 2, 2], &[1, 5, 5, 1]] {
        for weights in all_weights() {
            for first in 0..40 {
                let starts = starts_of(widths, weights, &[first, first + 100]);
                assert_eq!(judged(&starts, weights), [], "{widths:?}, {weights}, seed {first}");
            }
        }
    }
}

#[test]
fn right_starts_of_other_generators_keep_every_rule() {
    for seed in 0..40 {
        let mut random = Congruential(seed);
        let he = drawn_by(|n_in, _| random.normal() * (2.0 / n_in).sqrt(), 3);
        assert_eq!(judged(&he, Weights::He), [], "seed {seed}");
        let uniform = |random: &mut Congruential| 2.0 * random.uniform() - 1.0;
        let xavier = drawn_by(|n_in, _| uniform(&mut random) * (3.0 / n_in).sqrt(), 3);
        assert_eq!(judged(&xavier, Weights::XavierUniform), [], "seed {seed}");
        let both = |n_in: f64, n_out: f64| (6.0 / (n_in + n_out)).sqrt();
        let glorot = drawn_by(|n_in, n_out| uniform(&mut random) * both(n_in, n_out), 3);
        assert_eq!(judged(&glorot, Weights::GlorotUniform), [], "seed {seed}");
        let single = glorot.iter().map(|start| start.map(|weight| f64::from(weight as f32)));
        let single: Vec<_> = single.collect();
        assert_eq!(judged(&single, Weights::GlorotUniform), [], "in f32, seed {seed}");
    }
}

/// A rule of one layer, by its name.
type Rule = (&'static str, fn(&StartRules, &LayerStarts<'_>, Weights) -> bool);

const RULES: [Rule; 4] = [
    ("signs", |rules, layer, _| rules.both_signs(layer).is_some()),
    ("mean", |rules, layer, _| rules.mean(layer).is_some()),
    ("spread", |rules, layer, declared| {
        !rules.spread(std::slice::from_ref(layer), declared).is_empty()
    }),
    ("rows", |rules, layer, declared| rules.rows_are_uncorrelated(layer, declared).is_some()),
];

#[test]
fn a_rule_raises_a_false_alarm_no_more_often_than_its_level_says() {
    const TRIALS: usize = 4000;
    for level in [0.25, 0.03125] {
        let rules = StartRules { level };
        for weights in [Weights::He, Weights::HeUniform] {
            let mut alarms = [0; RULES.len()];
            for seed in 0..TRIALS {
                let starts = starts_of(&[7, 9], weights, &[seed as u64, seed as u64 + 100_000]);
                let layers = LayerStarts::of_all(&starts).expect("layers");
                for (alarms, (_, finds)) in alarms.iter_mut().zip(&RULES) {
                    *alarms += usize::from(finds(&rules, &layers[0], weights));
                }
            }
            for (alarms, (name, _)) in alarms.iter().zip(&RULES) {
                let rate = *alarms as f64 / TRIALS as f64;
                println!("{name} of {weights}: {rate} at level {level}");
                assert!(lower_bound_of_rate(*alarms, TRIALS, LEVEL) <= level, "{name}: {rate}");
            }
            // chi-square is exact, so the level is used up
            assert!(weights == Weights::HeUniform || alarms[2] * 2 > (level * 4000.0) as usize);
        }
    }
}

#[test]
fn p_values_are_right_far_out_in_the_tail() {
    // two degrees of freedom have an exponential tail
    for x in [40.0_f64, 60.0, 200.0] {
        let ratio = chi_square_p_value(2, x) / (2.0 * libm::exp(-x / 2.0));
        assert!((0.999..1.001).contains(&ratio), "{x}: {ratio}");
    }
    // below Chernoff's bound and above a share of it, on both sides
    for n in [64, 512, 4096, 65_536] {
        for z in [-8.0, -7.0, 7.0, 8.0] {
            let ratio = 1.0 + z * (2.0 / n as f64).sqrt();
            let chernoff = if ratio > 0.0 {
                2.0 * libm::exp(-(n as f64) / 2.0 * (ratio - 1.0 - libm::log(ratio)))
            } else {
                0.0
            };
            let p_value = chi_square_p_value(n, n as f64 * ratio.max(0.0));
            assert!(p_value <= chernoff && p_value >= chernoff / 64.0, "{n}, {z}: {p_value}");
        }
    }
    let ratio = count_p_value(100, 0.5, 0) * libm::exp2(99.0);
    assert!((0.999..1.001).contains(&ratio), "{ratio}");
    assert_eq!(symmetric_sum_p_value(f64::NAN, 1.0), 0.0);
    assert_eq!(symmetric_sum_p_value(0.0, 0.0), 1.0);
    assert_eq!(uniform_squares_p_value(10, f64::NAN), 0.0);
    assert_eq!(bennett(10, 1.0, 1.0, 0.0), 1.0);
}

/// Each broken start with what is declared, and what is said of it first.
fn broken_starts() -> Vec<(Weights, Vec<Parameters<f64>>, &'static str)> {
    let normal = |scale: fn(f64, f64) -> f64| {
        let mut random = Congruential(7);
        drawn_by(move |n_in, n_out| random.normal() * scale(n_in, n_out), 3)
    };
    let uniform = |bound: fn(f64, f64) -> f64| {
        let mut random = Congruential(8);
        drawn_by(move |n_in, n_out| (2.0 * random.uniform() - 1.0) * bound(n_in, n_out), 3)
    };
    let mut random = Congruential(9);
    let never_negative = drawn_by(|_, _| random.uniform(), 3);
    let (he, xavier, glorot) = (Weights::He, Weights::Xavier, Weights::Glorot);
    vec![
        (he, normal(|n, _| (1.0 / n).sqrt()), "√2 times too small, as with Xavier instead of He"),
        (xavier, normal(|n, _| (2.0 / n).sqrt()), "√2 times too large, as with He"),
        (he, normal(|_, n| (2.0 / n).sqrt()), "as with fan-out instead of fan-in"),
        (he, normal(|n, _| 2.0 / n), "as with the variance instead of the standard deviation"),
        (he, uniform(|n, _| (2.0 / n).sqrt()), "√3 times too small, as with U(−s, s) instead of"),
        (
            Weights::HeUniform,
            normal(|n, _| (6.0 / n).sqrt()),
            "√3 times too large, as with the standard deviation s instead of U(−s, s)",
        ),
        (xavier, normal(|_, _| 1.0), "4.00 times too large, as without the division by √(n)"),
        (he, normal(|n, _| 2.0_f64.sqrt() / n), "as with a division by n instead of √(n)"),
        (
            glorot,
            normal(|n_in, n_out| (2.0 / n_in + n_out).sqrt()),
            "as with √(2/n_in + n_out) instead of √(2/(n_in + n_out))",
        ),
        (
            Weights::GlorotUniform,
            uniform(|n_in, n_out| (6.0 / n_in + n_out).sqrt()),
            "as with √(2/n_in + n_out) instead of √(2/(n_in + n_out))",
        ),
        (glorot, normal(|n, _| (2.0 / n).sqrt()), "as with He instead of Glorot"),
        (Weights::Normal(0.25), normal(|_, _| 1.0), "4.00 times too large, as without the scale"),
        (he, normal(|_, _| 0.0), "the declared standard deviation is 0.354"),
        (he, never_negative.clone(), "none of the 1920 weights of w1 is negative, but half of"),
        (Weights::Uniform(1.0), never_negative, "drawn from [0, 1) instead of around 0?"),
        (
            Weights::Uniform(0.5),
            normal(|_, _| 0.5 / 3.0_f64.sqrt()),
            ", but the weights are declared to be uniform between −0.5 and 0.5",
        ),
        (he, normal(|n, _| 1.4 * (2.0 / n).sqrt()), ", but 0.354 is declared: 1.4"),
    ]
}

#[test]
fn a_broken_start_is_told_what_it_looks_like() {
    for (declared, starts, sentence) in broken_starts() {
        let found = judged(&starts, declared);
        let first = found.first().map(ToString::to_string).unwrap_or_default();
        assert!(first.contains(sentence), "{declared}: {first}\nshould have: {sentence}");
        let rows = |it: &StartFinding| matches!(it, StartFinding::CorrelatedRows { .. });
        assert!(!found.iter().any(rows), "{declared}: its rows are drawn one by one");
    }
}

#[test]
fn a_finding_says_what_was_expected_and_how_sure_it_is() {
    let starts = starts_of(&WIDTHS, Weights::Xavier, &[1, 2, 3]);
    let found = judged(&starts, Weights::He)[0].to_string();
    assert!(found.starts_with("the standard deviation of w1 is 0.2"), "{found}");
    assert!(found.contains(", but 0.354 is declared: √2 times too small"), "{found}");
    assert!(found.contains("(z = -15."), "{found}");
    assert!(found.contains("a chance of a false alarm of 1.0e-10 is allowed"), "{found}");
    assert!(found.contains("a correct start gives this with probability at most 1e-"), "{found}");
}

#[test]
fn the_same_draws_in_two_layers_are_seen_whatever_their_scale_and_shape() {
    let one_seed_for_all = |weights| {
        let layers =
            WIDTHS.windows(2).map(|pair| starts_of(pair, weights, &[5])[0].layers[0].clone());
        vec![Parameters { layers: layers.collect() }]
    };
    for weights in all_weights().filter(|weights| weights.scheme().is_random()) {
        let found = judged(&one_seed_for_all(weights), weights);
        let first = found.first().map(ToString::to_string).unwrap_or_default();
        assert!(first.starts_with("w1 and w2 hold the same draws in the ratio 1 : "), "{first}");
        assert!(first.ends_with("is the generator reseeded for each layer?"), "{first}");
        // w1 and w2, w1 and w3, …
        assert_eq!(found.len(), 6, "{weights}");
    }
}

#[test]
fn rows_that_repeat_or_go_together_are_seen() {
    let weights = Weights::Normal(1.0);
    let mut starts = starts_of(&WIDTHS, weights, &[1, 2, 3]);
    for start in &mut starts {
        let nearly = &start.layers[0].w.row(2) * 1.5 + &start.layers[0].w.row(9) * 0.125;
        start.layers[0].w.row_mut(7).assign(&nearly);
    }
    let layers = LayerStarts::of_all(&starts).expect("layers");
    let found = StartRules::default().judge_draws(&layers, weights);
    let first = found.first().map(ToString::to_string).unwrap_or_default();
    assert!(first.starts_with("rows 2 and 7 of w1 are correlated"), "{first}");
    // without the normal distribution more starts are needed
    let copies = [starts.clone(), starts.clone(), starts.clone()].concat();
    let layers = LayerStarts::of_all(&copies).expect("layers");
    let found = StartRules::default().rows_are_uncorrelated(&layers[0], Weights::Uniform(1.0));
    assert!(matches!(found, Some(StartFinding::CorrelatedRows { first: 2, second: 7, .. })));
    let repeated = starts[1].layers[2].w.row(4).to_owned();
    starts[1].layers[2].w.row_mut(11).assign(&repeated);
    let found = judged(&starts, weights);
    assert!(found.iter().any(|it| it.to_string().starts_with("rows 4 and 11 of w3 are equal")));
    starts[0].layers[1].w.row_mut(3).fill(0.0);
    let found = judged(&starts, weights);
    assert!(found.iter().any(|it| it.to_string() == "row 3 of w2 is zero in a random start"));
}

#[test]
fn constants_are_compared_bit_by_bit_or_as_single_precision() {
    let single = f64::from(0.1_f32);
    assert_eq!(every_weight_is("w1", array![[0.1, single]].view(), 0.1), None);
    let off = every_weight_is("w1", array![[0.1, 0.1_f64.next_up()]].view(), 0.1);
    let Some(StartFinding::NotTheConstant { weight, .. }) = off else { panic!("{off:?}") };
    assert_eq!((weight.row, weight.column), (0, 1));
    let starts = starts_of(&WIDTHS, Weights::Constant(0.25), &[1]);
    let found = judged(&starts, Weights::Zeros);
    assert_eq!(found.len(), 4);
    let first = found[0].to_string();
    assert_eq!(first, "w1[0, 0] is 0.25, but every weight is declared to be 0");
}

#[test]
fn what_is_no_number_breaks_a_rule_and_hides_no_other_one() {
    let w = array![[0.5, f64::NAN], [f64::INFINITY, 1.0]];
    let found = weights_are_finite("w1", w.view()).map(|it| it.to_string());
    assert_eq!(found.as_deref(), Some("w1[0, 1] is NaN but has to be a finite number"));
    let layer = LayerStarts::new("w1", vec![w.view()]).expect("a layer");
    let rules = StartRules::default();
    assert!(rules.mean(&layer).is_some());
    assert_eq!(rules.spread(std::slice::from_ref(&layer), Weights::Xavier).len(), 1);
    assert!(every_weight_is("w1", array![[f64::NAN]].view(), 0.5).is_some());
    assert!(biases_are_zero("b1", array![[f64::NAN]].view()).is_some());
}

#[test]
fn few_weights_are_not_told_apart() {
    let one_row = array![[0.5, 0.25, 0.125]];
    assert_eq!(layers_differ(("w1", one_row.view()), ("w2", one_row.view())), None);
    let column = array![[0.5], [0.5]];
    assert_eq!(rows_differ("w1", column.view()), None);
    assert_eq!(rows_differ("w1", Array2::zeros((3, 3)).view()), None);
    let all_positive = LayerStarts::new("w1", vec![one_row.view()]).expect("a layer");
    assert_eq!(StartRules::default().both_signs(&all_positive), None);
    let transposed = array![[0.5, 0.25], [0.125, 0.75]];
    let same = layers_differ(("w1", transposed.view()), ("w2", transposed.view()));
    assert!(matches!(same, Some(StartFinding::SameDraws { proportion: 1.0, .. })));
}

#[test]
fn a_bound_grants_rounding_and_nothing_else() {
    let uniform = WeightDistribution::Uniform { bound: 0.5 };
    let near = array![[f64::from(0.500_000_06_f32), -0.5]];
    assert_eq!(weights_are_within("w1", near.view(), uniform), None);
    let beyond = array![[0.5, -0.5001]];
    assert!(weights_are_within("w1", beyond.view(), uniform).is_some());
    let normal = WeightDistribution::Normal { standard_deviation: 0.5 };
    assert_eq!(weights_are_within("w1", array![[9.0]].view(), normal), None);
}

#[test]
fn layers_of_no_or_of_different_starts_are_refused() -> Result<()> {
    let message = |starts| LayerStarts::new("w1", starts).expect_err("refused").to_string();
    assert_eq!(message(vec![]), "the list of starts of w1 has 0 but a rule needs 1");
    let (one, other) = (array![[1.0, 2.0]], array![[1.0], [2.0]]);
    let differ = message(vec![one.view(), other.view()]);
    assert_eq!(differ, "w1 is 2×1 but w1 of the first start is 1×2");
    assert_eq!(LayerStarts::of_all(&[])?.len(), 0);
    let starts = [&[2, 3, 1][..], &[2, 3]].map(|it| starts_of(it, Weights::He, &[1]).remove(0));
    let fewer = LayerStarts::of_all(&starts).expect_err("refused").to_string();
    assert_eq!(fewer, "layer 2 does not exist (count: 1)");
    Ok(())
}

#[test]
fn a_mistake_leads_to_the_standard_deviation_of_its_formula() {
    let leads_to = |mistake: CommonMistake, weights| mistake.standard_deviation(weights, 2, 6);
    let (he, glorot) = (Weights::He, Weights::Glorot);
    assert_eq!(leads_to(CommonMistake::Of(Scheme::Glorot), he), Some(0.5));
    assert_eq!(leads_to(CommonMistake::Of(Scheme::He), Weights::HeUniform), None);
    assert_eq!(leads_to(CommonMistake::FanOut, he), Some((2.0_f64 / 6.0).sqrt()));
    assert_eq!(leads_to(CommonMistake::FanOut, glorot), None);
    assert_eq!(leads_to(CommonMistake::SumAfterDivision, glorot), Some(7.0_f64.sqrt()));
    assert_eq!(leads_to(CommonMistake::SumAfterDivision, he), None);
    assert_eq!(leads_to(CommonMistake::VarianceAsDeviation, Weights::Normal(0.25)), Some(0.0625));
    assert_eq!(leads_to(CommonMistake::ScaleForgotten, Weights::Normal(0.25)), Some(1.0));
    assert_eq!(leads_to(CommonMistake::ScaleForgotten, he), None);
    assert_eq!(leads_to(CommonMistake::WidthTwice, he), Some(1.0 / 2.0_f64.sqrt()));
    assert_eq!(leads_to(CommonMistake::WidthTwice, Weights::XavierUniform), None);
    assert_eq!(leads_to(CommonMistake::BoundAsDeviation, he), None);
    assert_eq!(leads_to(CommonMistake::BoundAsDeviation, Weights::Uniform(0.5)), Some(0.5));
    assert_eq!(StartRules::default().level, LEVEL_OF_A_START_RULE);
}

proptest! {
    #![proptest_config(drawn(64))]

    #[test]
    fn a_measured_standard_deviation_is_the_root_of_the_mean_square_of_all_weights(
        entries in prop::collection::vec(1..=64_i32, 1..=6), signs: u8, starts in 1..=3_usize,
    ) {
        let signed = |(i, &k): (usize, &i32)| if signs >> i & 1 == 1 { -k } else { k };
        let entries: Vec<i32> = entries.iter().enumerate().map(signed).collect();
        let w = Array2::from_shape_fn((1, entries.len()), |(_, k)| f64::from(entries[k]));
        let layer = LayerStarts::new("w1", vec![w.view(); starts]).expect("weights");
        // so much wider than declared that a single weight is enough to say so
        let declared = Weights::Normal(1.0 / 1024.0);
        let found = StartRules::default().judge_spread(&[layer], declared);
        let measured = found.iter().find_map(|finding| match finding {
            StartFinding::WrongSpread { spread, .. } => Some(spread.measured),
            _ => None,
        });
        let squares: i32 = entries.iter().map(|k| k * k).sum();
        let expected = (f64::from(squares) / entries.len() as f64).sqrt();
        let allowed = after_roundings((starts * entries.len()) as f64 + 4.0) * expected;
        let distance = (measured.unwrap_or(f64::INFINITY) - expected).abs();
        prop_assert!(distance <= allowed, "{measured:?} where {expected} is due");
    }
}
