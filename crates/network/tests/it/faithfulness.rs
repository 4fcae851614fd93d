//! Faithfulness: the terms of a symbolic run, evaluated in floats, have the bits of the real run.
//!
//! This is what lets a statement about terms speak of the float code.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_network::scalar::{Term, Trace, confined};
use init_symmetry_network::{Activation, Batch, Layer, Loss, Network, Parameters, Trainable};
use ndarray::{Array2, ShapeBuilder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::collections::HashMap;
use strum::VariantArray;

/// Entries that tell arithmetics apart: dyadics, both zeros, long mantissas, many magnitudes.
fn entry(random: &mut ChaCha20Rng) -> f64 {
    match random.random_range(0..8) {
        0 => -0.0,
        1 => 0.0,
        2 | 3 => f64::from(random.random_range(-128..=128)) / 64.0,
        4 => (random.random::<f64>() - 0.5) * 1e-30,
        5 => (random.random::<f64>() - 0.5) * 50.0,
        _ => random.random::<f64>() - 0.5,
    }
}

/// A matrix that lies row by row or column by column.
fn matrix<S>(
    extent: (usize, usize),
    columns_first: bool,
    mut entry: impl FnMut() -> S,
) -> Array2<S> {
    let row_by_row = Array2::from_shape_simple_fn(extent, &mut entry);
    if !columns_first {
        return row_by_row;
    }
    let transposed: Vec<S> = row_by_row.reversed_axes().into_iter().collect();
    Array2::from_shape_vec(extent.f(), transposed).unwrap()
}

struct Case<S> {
    network: Network,
    parameters: Parameters<S>,
    batch: Batch<S>,
    rate: S,
}

/// A network of random shape up to 4 layers of width 6, with up to 9 examples; one in a hundred is
/// wide enough for every vector unit, with a tail.
fn case(random: &mut ChaCha20Rng) -> Case<f64> {
    let is_large = random.random_range(0..100) == 0;
    let (width, most_examples) = if is_large { (19, 21) } else { (6, 9) };
    let layers = random.random_range(1..=4);
    let mut widths: Vec<usize> = (0..=layers).map(|_| random.random_range(1..=width)).collect();
    let hidden = Activation::VARIANTS[random.random_range(0..Activation::VARIANTS.len())];
    let loss = Loss::VARIANTS[random.random_range(0..Loss::VARIANTS.len())];
    widths[layers] = loss.least_outputs().max(widths[layers]);
    let m = random.random_range(1..=most_examples);
    let mut free = |extent| {
        let columns_first = random.random();
        matrix(extent, columns_first, || entry(random))
    };
    let layer = |pair: &[usize]| Layer { w: free((pair[1], pair[0])), b: free((pair[1], 1)) };
    let parameters = Parameters { layers: widths.windows(2).map(layer).collect() };
    let batch = Batch::new(free((widths[0], m)), free((widths[layers], m))).unwrap();
    let network = Network::new(&widths, hidden, loss).unwrap();
    Case { network, parameters, batch, rate: entry(random) }
}

/// Everything that a run shows: Z, A, the loss, the gradient, and two steps of training.
fn everything<S: Trainable>(case: &Case<S>) -> Vec<S> {
    let Case { network, parameters, batch, rate } = case;
    let forward = network.forward(parameters, batch.x()).unwrap();
    let evaluation = network.evaluate(parameters, batch).unwrap();
    let after = network.step(parameters, batch, *rate).unwrap();
    let twice = network.step(&after, batch, *rate).unwrap();
    let mut shown: Vec<S> = forward.z.iter().chain(&forward.a).flatten().copied().collect();
    shown.push(evaluation.loss);
    shown.extend(evaluation.gradient.entries());
    shown.extend(after.entries().chain(twice.entries()));
    shown
}

/// The same run over terms, with a symbol for each place, evaluated where the symbols have the
/// values of the case; `perform` is the run.
fn by_terms<S: Trainable + Send + Sync>(
    case: &Case<S>,
    perform: impl Fn(&Case<Term>) -> Vec<Term> + Send,
) -> Vec<S> {
    let Case { network, parameters, batch, rate } = case;
    let (trace, values) = confined(move || {
        let mut values = HashMap::new();
        let mut symbols = 0;
        let symbol = std::cell::RefCell::new(|value: S| {
            symbols += 1;
            values.insert(symbols.to_string(), value);
            Term::symbol(symbols.to_string())
        });
        let symbol = |value: S| (symbol.borrow_mut())(value);
        let case = Case {
            network: network.clone(),
            parameters: parameters.map(symbol),
            batch: batch.map(symbol),
            rate: symbol(*rate),
        };
        (Trace::of(&perform(&case)), values)
    });
    trace.evaluate(|name| values[name])
}

/// How many results of the finite cases differ in their bits, how many cases there were, and how
/// many results.
struct Comparison {
    different: usize,
    cases: usize,
    results: usize,
}

fn compare<S: Trainable + Send + Sync>(
    convert: fn(f64) -> S,
    perform: fn(&Case<Term>) -> Vec<Term>,
) -> Comparison {
    let mut random = ChaCha20Rng::seed_from_u64(5);
    let mut comparison = Comparison { different: 0, cases: 0, results: 0 };
    for _ in 0..1500 {
        let Case { network, parameters, batch, rate } = case(&mut random);
        let case = Case {
            network,
            parameters: parameters.map(convert),
            batch: batch.map(convert),
            rate: convert(rate),
        };
        let real = everything(&case);
        // equality of bits says nothing of NaN
        if real.iter().all(|number| number.is_finite()) {
            let symbolic = by_terms(&case, perform);
            assert_eq!(real.len(), symbolic.len());
            comparison.cases += 1;
            comparison.results += real.len();
            comparison.different +=
                real.iter().zip(&symbolic).filter(|(real, term)| !real.identical(**term)).count();
        }
    }
    comparison
}

fn assert_faithful(comparison: &Comparison) {
    assert_eq!(comparison.different, 0);
    assert!(comparison.cases > 1000 && comparison.results > 200_000, "{}", comparison.results);
}

#[test]
fn the_terms_of_a_step_have_the_bits_of_the_f64_step() {
    assert_faithful(&compare(|number| number, everything));
}

#[test]
fn the_terms_of_a_step_have_the_bits_of_the_f32_step() {
    assert_faithful(&compare(|number| number as f32, everything));
}

/// The case with its inputs and their weights in reverse order: the same network to a
/// mathematician, whose first sums run the other way.
fn reversed(case: &Case<Term>) -> Vec<Term> {
    let mut parameters = case.parameters.clone();
    parameters.layers[0].w.invert_axis(ndarray::Axis(1));
    let mut x = case.batch.x().clone();
    x.invert_axis(ndarray::Axis(0));
    let batch = Batch::new(x, case.batch.y().clone()).unwrap();
    let network = case.network.clone();
    everything(&Case { network, parameters, batch, rate: case.rate })
}

#[test]
fn a_kernel_that_sums_in_reverse_is_unfaithful() {
    // W1's gradient and the new W1 also come out in reverse; what counts is that Z1 differs
    let z1_reversed = |case: &Case<Term>| {
        let mut shown = everything(case);
        let z1 = case.network.widths()[1] * case.batch.m();
        shown[..z1].copy_from_slice(&reversed(case)[..z1]);
        shown
    };
    let comparison = compare(|number| number, z1_reversed);
    assert!(comparison.different > 100, "{}", comparison.different);
}
