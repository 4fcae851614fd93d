//! A catalogue of broken starts, and of right ones that look odd: each rule finds what it should
//! and nothing else.

use crate::draws::{drawn, found_in_start, he, named, tensors};
use init_symmetry_lint::{LiveTensors, Rule, Severity};
use init_symmetry_network::Weights;
use proptest::prelude::*;
use std::collections::BTreeSet;
use strum::VariantArray;

/// A start with what is to be found in it, as rule and place.
struct Entry {
    name: &'static str,
    tensors: LiveTensors,
    scheme: Option<Weights>,
    finds: &'static [&'static str],
}

/// A shallow network of the course: 8 inputs, 12 units, 4 outputs.
fn course(w1: Vec<f64>, b1: Vec<f64>, w2: Vec<f64>) -> LiveTensors {
    let b2 = vec![0.0; 4];
    tensors(&[
        ("W1", &[12, 8], w1),
        ("b1", &[12, 1], b1),
        ("W2", &[4, 12], w2),
        ("b2", &[4, 1], b2),
    ])
}

/// The same as a PyTorch module in a Sequential.
fn sequential(w1: Vec<f64>, w2: Vec<f64>) -> LiveTensors {
    let zeros = |n| vec![0.0; n];
    tensors(&[
        ("0.weight", &[32, 16], w1),
        ("0.bias", &[32], zeros(32)),
        ("2.weight", &[16, 32], w2),
        ("2.bias", &[16], zeros(16)),
    ])
}

/// `rows` rows of which those from the second half on repeat the first half.
fn halves(rows: usize, columns: usize, seed: u64) -> Vec<f64> {
    he(&[rows / 2, columns], seed).repeat(2)
}

/// The same with columns.
fn half_columns(rows: usize, columns: usize, seed: u64) -> Vec<f64> {
    he(&[rows, columns / 2], seed).chunks(columns / 2).flat_map(|row| row.repeat(2)).collect()
}

fn with(mut values: Vec<f64>, at: usize, value: f64) -> Vec<f64> {
    values[at] = value;
    values
}

fn times(values: Vec<f64>, factor: f64) -> Vec<f64> {
    values.into_iter().map(|value| value * factor).collect()
}

fn lora(a: Vec<f64>, b: Vec<f64>) -> LiveTensors {
    tensors(&[("q_proj.lora_A.weight", &[4, 32], a), ("q_proj.lora_B.weight", &[32, 4], b)])
}

/// Two layers of a transformer's MLP, with a norm each.
fn layers(norm: [f64; 2], up: [Vec<f64>; 2], down: [Vec<f64>; 2]) -> LiveTensors {
    let mut all = LiveTensors::default();
    for (l, ((norm, up), down)) in norm.into_iter().zip(up).zip(down).enumerate() {
        let name = |what: &str| format!("layers.{l}.{what}");
        all.insert(name("norm1.weight"), &[8], vec![norm; 8]).unwrap();
        all.insert(name("up_proj.weight"), &[32, 8], up).unwrap();
        all.insert(name("down_proj.weight"), &[8, 32], down).unwrap();
    }
    all
}

fn lstm(ih: Vec<f64>, hh: Vec<f64>, bias: Vec<f64>) -> LiveTensors {
    tensors(&[
        ("rnn.weight_ih_l0", &[32, 6], ih),
        ("rnn.weight_hh_l0", &[32, 8], hh),
        ("rnn.bias_ih_l0", &[32], bias),
        ("rnn.bias_hh_l0", &[32], vec![0.0; 32]),
    ])
}

/// Rows of which the second is twice the first minus the third.
fn dependent_rows() -> Vec<f64> {
    let mut w = he(&[12, 8], 1);
    // 12 rows of 8 have rank 8: only a low rank shows
    let basis = he(&[3, 8], 2);
    for (row, values) in w.chunks_mut(8).enumerate() {
        let [a, b, c] = [0, 1, 2].map(|k| ((row * (k + 3) + k) % 13) as f64 - 6.0);
        for (column, value) in values.iter_mut().enumerate() {
            *value = a * basis[column] + b * basis[8 + column] + c * basis[16 + column];
        }
    }
    w
}

fn entry(name: &'static str, tensors: LiveTensors, finds: &'static [&'static str]) -> Entry {
    Entry { name, tensors, scheme: None, finds }
}

fn declared(
    name: &'static str,
    tensors: LiveTensors,
    scheme: Weights,
    finds: &'static [&'static str],
) -> Entry {
    Entry { name, tensors, scheme: Some(scheme), finds }
}

fn zeros(n: usize) -> Vec<f64> {
    vec![0.0; n]
}

/// Starts of one hidden layer.
fn shallow() -> Vec<Entry> {
    let w1 = || he(&[12, 8], 1);
    let w2 = || he(&[4, 12], 2);
    let mut sometimes_zero = w1();
    sometimes_zero[8..24].fill(0.0);
    let mut unread = w2();
    (0..4).for_each(|row| unread[row * 12 + 3] = 0.0);
    let mut dead_unit = w1();
    dead_unit[24..32].fill(0.0);
    let positive = times(drawn(12, 8, Weights::Uniform(0.5), 1), 1.0);
    let positive = positive.into_iter().map(|value| value + 0.5).collect();
    vec![
        entry(
            "zeros",
            course(zeros(96), zeros(12), zeros(48)),
            &["dead-start W1", "constant-tensor W1", "constant-tensor W2"],
        ),
        entry(
            "one constant",
            course(vec![0.5; 96], zeros(12), vec![0.5; 48]),
            &["twin-units W1", "constant-tensor W1", "constant-tensor W2"],
        ),
        entry(
            "constant incoming weights alone",
            course(vec![0.5; 96], zeros(12), w2()),
            &["constant-tensor W1"],
        ),
        entry(
            "zero incoming weights alone",
            course(zeros(96), zeros(12), w2()),
            &["constant-tensor W1", "zero-unit W1"],
        ),
        entry(
            "zero outgoing weights alone",
            course(w1(), zeros(12), zeros(48)),
            &["constant-tensor W2", "zero-outgoing W1"],
        ),
        entry("two rows never drawn", course(sometimes_zero, zeros(12), w2()), &["zero-unit W1"]),
        entry(
            "a unit that nothing reads",
            course(w1(), zeros(12), unread.clone()),
            &["zero-outgoing W1"],
        ),
        entry("a dead unit", course(dead_unit, zeros(12), unread), &["dead-start W1"]),
        entry("biases of one", course(w1(), vec![1.0; 12], w2()), &["bias-not-zero b1"]),
        entry(
            "random biases",
            course(w1(), times(he(&[12, 1], 5), 3.0), w2()),
            &["bias-not-zero b1"],
        ),
        entry(
            "not a number",
            course(with(w1(), 17, f64::NAN), zeros(12), w2()),
            &["not-finite W1"],
        ),
        entry(
            "infinite",
            course(w1(), zeros(12), with(w2(), 5, f64::INFINITY)),
            &["not-finite W2"],
        ),
        entry("subnormal", course(with(w1(), 3, 1e-310), zeros(12), w2()), &["subnormal W1"]),
        entry("draws from [0, 1)", course(positive, zeros(12), w2()), &["scale W1"]),
        entry(
            "three independent rows of twelve",
            course(dependent_rows(), zeros(12), w2()),
            &["rank W1"],
        ),
    ]
}

/// Starts that are sharded, copied or factored.
fn larger() -> Vec<Entry> {
    let w = |rows, columns, seed| he(&[rows, columns], seed);
    let up = || [w(32, 8, 1), w(32, 8, 2)];
    let down = || [w(8, 32, 3), w(8, 32, 4)];
    let mut slices = w(32, 6, 1);
    slices[6..12].copy_from_slice(&w(32, 6, 1)[..6]);
    vec![
        entry(
            "every rank draws its rows alike",
            sequential(halves(32, 16, 1), w(16, 32, 2)),
            &["repeated-shard 0.weight"],
        ),
        entry(
            "both layers drawn alike",
            sequential(halves(32, 16, 1), half_columns(16, 32, 2)),
            &["twin-units 0.weight", "repeated-shard 0.weight", "repeated-shard 2.weight"],
        ),
        entry(
            "equal layers",
            layers([1.0; 2], [w(32, 8, 1), w(32, 8, 1)], down()),
            &["copied-tensor layers.0"],
        ),
        entry(
            "a norm of zero",
            layers([0.0, 1.0], up(), down()),
            &["norm-not-one layers.0.norm1.weight"],
        ),
        entry(
            "one seed for both layers",
            sequential(w(32, 16, 1), w(16, 32, 1)),
            &["same-draws 2.weight"],
        ),
        entry(
            "both factors zero",
            lora(zeros(128), zeros(128)),
            &[
                "both-factors-zero q_proj.lora_A.weight",
                "constant-tensor q_proj.lora_A.weight",
                "constant-tensor q_proj.lora_B.weight",
            ],
        ),
        entry("equal rows of an LSTM's input", lstm(slices, w(32, 8, 2), zeros(32)), &[]),
        entry(
            "a constant LSTM",
            lstm(vec![0.1; 192], vec![0.1; 256], zeros(32)),
            &["constant-tensor rnn.weight_hh_l0", "constant-tensor rnn.weight_ih_l0"],
        ),
        declared(
            "He without its root of two",
            sequential(drawn(32, 16, Weights::Xavier, 1), drawn(16, 32, Weights::Xavier, 2)),
            Weights::He,
            &["scale 0.weight", "scale 2.weight"],
        ),
        declared(
            "He by fan-out",
            sequential(
                drawn(32, 16, Weights::Normal(0.25), 1),
                drawn(16, 32, Weights::Normal(0.354), 2),
            ),
            Weights::He,
            &["scale 0.weight", "scale 2.weight"],
        ),
    ]
}

/// Starts that are right, or whose oddity is meant: nothing that fails.
fn right() -> Vec<Entry> {
    let w = |rows, columns, seed| he(&[rows, columns], seed);
    let default = |n_in: f64| Weights::Uniform(1.0 / n_in.sqrt());
    let mut forget = zeros(32);
    forget[8..16].fill(1.0);
    vec![
        entry(
            "the course's start",
            course(
                drawn(12, 8, Weights::Normal(0.01), 1),
                zeros(12),
                drawn(4, 12, Weights::Normal(0.01), 2),
            ),
            &[],
        ),
        entry(
            "PyTorch's default",
            tensors(&[
                ("0.weight", &[32, 16], drawn(32, 16, default(16.0), 1)),
                ("0.bias", &[32], drawn(32, 1, default(16.0), 2)),
                ("2.weight", &[16, 32], drawn(16, 32, default(32.0), 3)),
                ("2.bias", &[16], drawn(16, 1, default(32.0), 4)),
            ]),
            &[],
        ),
        declared("He, declared", sequential(w(32, 16, 1), w(16, 32, 2)), Weights::He, &[]),
        entry(
            "LoRA's B is zero",
            lora(w(4, 32, 1), zeros(128)),
            &["constant-tensor q_proj.lora_B.weight"],
        ),
        entry(
            "a residual block starts silent",
            layers([1.0; 2], [w(32, 8, 1), w(32, 8, 2)], [w(8, 32, 3), zeros(256)]),
            &["constant-tensor layers.1.down_proj.weight", "zero-outgoing layers.1.up_proj"],
        ),
        entry("open forget gates", lstm(w(32, 6, 1), w(32, 8, 2), forget), &[]),
    ]
}

fn check(entries: Vec<Entry>) {
    for Entry { name, tensors, scheme, finds } in entries {
        let found = found_in_start(&tensors, scheme);
        let said: BTreeSet<String> = named(&found.findings).into_iter().collect();
        let wanted: BTreeSet<String> = finds.iter().map(|&it| it.into()).collect();
        assert_eq!(said, wanted, "{name}: {:#?}", found.findings);
    }
}

#[test]
fn broken_shallow_starts_are_found_by_their_rules_and_no_others() {
    check(shallow());
}

#[test]
fn broken_larger_starts_are_found_by_their_rules_and_no_others() {
    check(larger());
}

#[test]
fn right_starts_are_not_found_and_what_is_meant_is_a_note() {
    for Entry { name, tensors, scheme, .. } in right() {
        let findings = found_in_start(&tensors, scheme).findings;
        assert!(findings.iter().all(|it| it.severity == Severity::Note), "{name}: {findings:#?}");
    }
    check(right());
}

#[test]
fn every_rule_that_needs_no_gradients_finds_something_in_the_catalogue() {
    let all = [shallow(), larger(), right()];
    let entries = || all.iter().flatten();
    assert!(entries().count() >= 31);
    let found: BTreeSet<&str> = entries()
        .flat_map(|entry| entry.finds)
        .filter_map(|find| find.split_once(' '))
        .map(|(rule, _)| rule)
        .collect();
    // the others have tests of their own
    let elsewhere = [Rule::EqualRows, Rule::CorrelatedRows, Rule::EqualSoFar, Rule::Frozen];
    for rule in Rule::VARIANTS.iter().filter(|rule| !elsewhere.contains(rule)) {
        assert!(found.contains(rule.to_string().as_str()), "{rule} is in no entry");
    }
}

/// PyTorch's default, Xavier's and He's start of a network of some size.
fn start(scheme: usize, widths: [usize; 3], seed: u64) -> (LiveTensors, Option<Weights>) {
    let [n_x, n_h, n_y] = widths;
    let weights = |n_in: usize| {
        let default = Weights::Uniform(1.0 / (n_in as f64).sqrt());
        [default, Weights::Xavier, Weights::He][scheme]
    };
    let seeds = [4, 5, 6, 7].map(|k| 8 * seed + k);
    let bias = |units, n_in, seed| match scheme {
        0 => drawn(units, 1, weights(n_in), seed),
        _ => vec![0.0; units],
    };
    let all = tensors(&[
        ("0.weight", &[n_h, n_x], drawn(n_h, n_x, weights(n_x), seeds[0])),
        ("0.bias", &[n_h], bias(n_h, n_x, seeds[1])),
        ("2.weight", &[n_y, n_h], drawn(n_y, n_h, weights(n_h), seeds[2])),
        ("2.bias", &[n_y], bias(n_y, n_h, seeds[3])),
    ]);
    (all, (scheme > 0).then(|| weights(0)))
}

proptest! {
    #![proptest_config(crate::drawn::drawn(1000))]
    #[test]
    fn random_starts_are_right(
        scheme in 0..3_usize,
        widths in prop::array::uniform3(1..40_usize),
        seed in 0..1_000_000_u64,
    ) {
        let (tensors, declared) = start(scheme, widths, seed);
        let findings = found_in_start(&tensors, declared).findings;
        prop_assert!(findings.is_empty(), "{findings:?}");
    }
}
