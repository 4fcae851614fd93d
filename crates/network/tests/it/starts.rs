//! The random starts are the named ChaCha20 streams, number for number.

use crate::drawn::drawn;
use init_symmetry_network::optimiser::mini_batches;
use init_symmetry_network::statistics::symmetric_sum_p_value;
use init_symmetry_network::tolerance::LEVEL_OF_A_START_RULE;
use init_symmetry_network::{
    Activation, Batch, Biases, Loss, Network, Parameters, Scheme, Start, Weights,
    initialize_parameters,
};
use ndarray::Array2;
use proptest::prelude::*;
use strum::VariantArray;

fn network() -> Network {
    Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy).expect("a network")
}

#[test]
fn the_stream_of_seed_1_is_pinned() {
    let parameters = network().initialise(Weights::Normal(1.0), 1).expect("a start");
    let drawn: Vec<_> = parameters.w(1).iter().chain(parameters.w(2)).copied().collect();
    assert_eq!(drawn, PINNED_WEIGHTS);
    let parameters = network().initialise(Weights::Uniform(1.0), 1).expect("a start");
    let drawn: Vec<_> = parameters.w(1).iter().chain(parameters.w(2)).copied().collect();
    assert_eq!(drawn, PINNED_UNIFORM_WEIGHTS);
    let start = Start { weights: Weights::Zeros, biases: Biases::Normal(1.0) };
    let parameters = network().initialise(start, 1).expect("a start");
    let drawn: Vec<_> = parameters.b(1).iter().chain(parameters.b(2)).copied().collect();
    assert_eq!(drawn, PINNED_BIASES);
}

#[test]
fn random_biases_leave_the_weights_as_they_were() {
    let start = Start { weights: Weights::He, biases: Biases::Normal(0.5) };
    let with = network().initialise(start, 3).expect("a start");
    let without = network().initialise(Weights::He, 3).expect("a start");
    assert_eq!(with.w(1), without.w(1));
    assert_eq!(with.w(2), without.w(2));
    assert_ne!(with.b(1), without.b(1));
}

#[test]
fn xavier_and_he_scale_the_same_stream_by_fan_in() {
    let network = Network::new(&[4, 16, 1], Activation::Relu, Loss::CrossEntropy).expect("fits");
    let normal = network.initialise(Weights::Normal(1.0), 5).expect("a start");
    let xavier = network.initialise(Weights::Xavier, 5).expect("a start");
    let he = network.initialise(Weights::He, 5).expect("a start");
    // √(1/4), √(1/16), √(2/4) and √(2/16)
    assert_eq!(xavier.w(1), &(normal.w(1) * 0.5));
    assert_eq!(xavier.w(2), &(normal.w(2) * 0.25));
    assert_eq!(he.w(1), &(normal.w(1) * 0.5_f64.sqrt()));
    assert_eq!(he.w(2), &(normal.w(2) * 0.125_f64.sqrt()));
}

#[test]
fn uniform_starts_scale_one_stream_by_the_widths_of_the_layer() {
    let network = Network::new(&[4, 12, 1], Activation::Relu, Loss::CrossEntropy).expect("fits");
    let start = |weights| network.initialise(weights, 5).expect("a start");
    let uniform = start(Weights::Uniform(1.0));
    assert!(uniform.w(1).iter().all(|weight| (-1.0..1.0).contains(weight)));
    for (weights, squares) in [
        (Weights::XavierUniform, [3.0 / 4.0, 3.0 / 12.0]),
        (Weights::HeUniform, [6.0 / 4.0, 6.0 / 12.0]),
        (Weights::GlorotUniform, [6.0 / 16.0, 6.0 / 13.0]),
    ] {
        let scaled = start(weights);
        for (l, square) in (1..).zip(squares) {
            assert_eq!(scaled.w(l), &(uniform.w(l) * f64::sqrt(square)), "{weights}, layer {l}");
        }
    }
    let [normal, glorot] = [Weights::Normal(1.0), Weights::Glorot].map(start);
    assert_eq!(glorot.w(1), &(normal.w(1) * (2.0_f64 / 16.0).sqrt()));
    assert_eq!(glorot.w(2), &(normal.w(2) * (2.0_f64 / 13.0).sqrt()));
}

#[test]
fn a_scheme_and_its_number_make_the_start_again() {
    for &scheme in Scheme::VARIANTS {
        let weights = scheme.weights(0.5);
        assert_eq!(weights.scheme(), scheme);
        let has_number = [Scheme::Constant, Scheme::Normal, Scheme::Uniform].contains(&scheme);
        assert_eq!(weights.number(), has_number.then_some(0.5), "{scheme}");
        let distribution = weights.distribution(3, 5);
        assert_eq!(scheme.is_random(), distribution.standard_deviation() > 0.0, "{scheme}");
        assert_eq!(scheme.is_random(), distribution.kurtosis().is_some(), "{scheme}");
        assert_eq!(distribution.mean(), if scheme == Scheme::Constant { 0.5 } else { 0.0 });
    }
    let constant = Weights::Constant(0.5).distribution(1, 1);
    assert_eq!([1.0, 1.25].map(|sum| constant.p_value_of_squares(4, sum)), [1.0, 0.0]);
}

#[test]
fn the_lessons_example_is_a_hundredth_of_the_stream() {
    let parameters = initialize_parameters(2, 2, 1, 1).expect("a start");
    let drawn: Vec<_> = parameters.w(1).iter().chain(parameters.w(2)).copied().collect();
    assert_eq!(drawn, PINNED_WEIGHTS.map(|draw| draw * 0.01));
}

#[test]
fn another_seed_is_another_start_and_the_same_seed_the_same() {
    let start = |seed| network().initialise(Weights::Xavier, seed).expect("a start");
    assert_eq!(start(1), start(1));
    assert_ne!(start(1), start(2));
}

#[test]
fn a_start_that_is_no_number_is_refused() {
    for (start, message) in [
        (Start::from(Weights::Constant(f64::NAN)), "the start of the weights is NaN"),
        (Start::from(Weights::Normal(f64::INFINITY)), "the start of the weights is inf"),
        (
            Start { weights: Weights::Zeros, biases: Biases::Constant(f64::NEG_INFINITY) },
            "the start of the biases is -inf",
        ),
    ] {
        let error = network().initialise(start, 1).expect_err("no number").to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn starts_are_read_as_they_are_written() {
    let with_numbers = ["zeros", "constant:0.5", "normal:0.01", "xavier", "he", "uniform:0.25"];
    let uniform = ["xavier-uniform", "he-uniform", "glorot", "glorot-uniform"];
    for text in with_numbers.into_iter().chain(uniform) {
        assert_eq!(text.parse::<Weights>().expect("a start").to_string(), text);
    }
    for (text, message) in [
        ("xavie", "unknown initialiser 'xavie', did you mean 'xavier'?"),
        ("uniform:0", "the scale in initialiser 'uniform:0' is 0 but has to be positive"),
        ("he-unifrm", "unknown initialiser 'he-unifrm', did you mean 'he-uniform'?"),
        ("normal:x", "the number in initialiser 'normal:x' is 'x' but has to be a number"),
        ("normal", "the number in initialiser 'normal' is '' but has to be a number"),
        ("zeros:1", "unknown initialiser 'zeros:1', did you mean 'zeros'?"),
        (
            "constant:nan",
            "the number in initialiser 'constant:nan' is NaN but has to be a finite number",
        ),
    ] {
        assert_eq!(text.parse::<Weights>().expect_err("no start").to_string(), message);
    }
}

/// A bound on the probability that independent draws go together as much as the first of these do.
fn p_value_of_the_first(one: &[f64], other: &[f64]) -> f64 {
    let products = || one.iter().zip(other).map(|(a, b)| a * b);
    symmetric_sum_p_value(products().sum(), products().map(|product| product * product).sum())
}

/// A scheme with random weights, and normal biases.
fn random_start() -> impl Strategy<Value = Start> {
    let random: Vec<Scheme> =
        Scheme::VARIANTS.iter().copied().filter(|scheme| scheme.is_random()).collect();
    prop::sample::select(random)
        .prop_map(|scheme| Start { weights: scheme.weights(0.5), biases: Biases::Normal(0.5) })
}

/// So wide that 10^−10 is far beyond what chance does, and far above what equal draws give.
fn widths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(20..=40_usize, 3..=5)
}

fn start_of(widths: &[usize], start: Start, seed: u64) -> Parameters<f64> {
    let network = Network::new(widths, Activation::Tanh, Loss::CrossEntropy).expect("widths");
    network.initialise(start, seed).expect("a start")
}

proptest! {
    #![proptest_config(drawn(32))]

    #[test]
    fn no_two_layers_of_a_start_draw_the_same_numbers(
        widths in widths(), start in random_start(), seed: u64,
    ) {
        let parameters = start_of(&widths, start, seed);
        let depth = parameters.layers.len();
        let list = |l: usize| parameters.w(l).iter().copied().collect();
        let lists: Vec<Vec<f64>> = (1..=depth).map(list).collect();
        for second in 0..depth {
            for first in 0..second {
                let p_value = p_value_of_the_first(&lists[first], &lists[second]);
                let enough = p_value > LEVEL_OF_A_START_RULE;
                prop_assert!(enough, "layers {first} and {second}: {p_value:e}");
            }
        }
    }

    #[test]
    fn biases_are_not_the_draws_of_any_weights(
        widths in prop::collection::vec(100..=200_usize, 5..=6), seed: u64,
    ) {
        // all biases as one list: those of one layer are too few to tell
        let start = Start { weights: Weights::Normal(1.0), biases: Biases::Normal(1.0) };
        let parameters = start_of(&widths, start, seed);
        let biases = parameters.layers.iter().flat_map(|it| it.b.iter().copied());
        let biases: Vec<f64> = biases.collect();
        let weights: Vec<f64> = parameters.w(1).iter().copied().collect();
        let p_value = p_value_of_the_first(&biases, &weights);
        prop_assert!(p_value > LEVEL_OF_A_START_RULE, "{p_value:e}");
    }

    #[test]
    fn every_bit_of_a_seed_counts(
        widths in prop::collection::vec(20..=25_usize, 2..=3), start in random_start(), seed: u64,
    ) {
        let entries = |seed| start_of(&widths, start, seed).entries().collect::<Vec<f64>>();
        let here = entries(seed);
        for bit in 0..u64::BITS {
            let p_value = p_value_of_the_first(&here, &entries(seed ^ 1 << bit));
            prop_assert!(p_value > LEVEL_OF_A_START_RULE, "bit {bit}: {p_value:e}");
        }
    }

    #[test]
    fn every_bit_of_a_seed_counts_for_the_order_of_examples(m in 50..=80_usize, seed: u64) {
        let x = Array2::from_shape_fn((1, m), |(_, j)| j as f64);
        let batch = Batch::new(x.clone(), x).expect("a batch");
        let order = |seed| mini_batches(&batch, m, seed).expect("an epoch");
        for bit in 0..u64::BITS {
            // equal by chance once in 50! times
            prop_assert_ne!(order(seed), order(seed ^ 1 << bit), "bit {}", bit);
        }
    }
}

const PINNED_WEIGHTS: [f64; 6] = [
    0.3230998759408632,
    -0.7291044436784668,
    0.19103648194410427,
    -0.17576743260538324,
    3.3084551357829146,
    -0.6675854063811534,
];
const PINNED_BIASES: [f64; 3] = [1.0196138116653979, 1.3067871402500824, -2.567095419882081];
const PINNED_UNIFORM_WEIGHTS: [f64; 6] = [
    0.23740771660280435,
    -0.6939914833606662,
    0.0934370262738966,
    -0.1380533103492252,
    0.8459882125189184,
    -0.2490512066605013,
];

#[test]
fn a_scale_so_large_that_a_draw_overflows_is_refused() {
    let error = network().initialise(Weights::Normal(f64::MAX), 1).expect_err("infinite");
    let text = error.to_string();
    assert!(text.starts_with("a parameter drawn from the start normal:1.797"), "{text}");
    assert!(text.ends_with("inf but has to be a finite number"), "{text}");
    let biases = Biases::Normal(f64::MAX);
    assert!(network().initialise(Start { weights: Weights::Zeros, biases }, 1).is_err());
    assert!(network().initialise(Weights::Constant(f64::MAX), 1).is_ok());
}
