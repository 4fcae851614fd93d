//! Our side of `peers/compare.py`: reads one piece of work a line, does it, and prints the seconds.
//!
//! | line | one repetition is |
//! | --- | --- |
//! | `step WIDTHS M REPETITIONS` | forward, backward and update of a tanh network |
//! | `twins - - REPETITIONS` | one case of the twins property: 20 steps, compared at each |
//! | `gradient WIDTHS M REPETITIONS` | the exact derivative by every parameter, with bounds |
//!
//! Answers the seconds of processor time that one repetition took.

use cpu_time::ProcessTime;
use init_symmetry::gradient::network_derivatives;
use init_symmetry::symmetry::are_twins;
use init_symmetry::{Activation, Batch, Layer, Loss, Network, Parameters, Weights};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::error::Error;
use std::hint::black_box;
use std::io::{Write, stdin, stdout};

#[derive(Debug)]
struct Task {
    network: Network,
    start: Parameters<f64>,
    batch: Batch<f64>,
}

/// The data of `peers/compare.py`.
fn task(widths: &str, m: &str) -> Result<Task, Box<dyn Error>> {
    let widths: Vec<usize> = widths.split('-').map(str::parse).collect::<Result<_, _>>()?;
    let m = m.parse()?;
    let entry = |i: usize, j: usize| ((7 * i + 13 * j) % 64) as f64 / 32.0 - 1.0;
    let x = Array2::from_shape_fn((widths[0], m), |(i, j)| entry(i, j));
    let y = Array2::from_shape_fn((1, m), |(_, j)| (j % 2) as f64);
    let network = Network::new(&widths, Activation::Tanh, Loss::CrossEntropy)?;
    let start = network.initialise(Weights::Xavier, 1)?;
    Ok(Task { network, start, batch: Batch::new(x, y)? })
}

/// A matrix of k/64 with |k| ≤ 128.
fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Array2<f64>> {
    vec((-128..=128_i32).prop_map(|k| f64::from(k) / 64.0), rows * columns).prop_map(
        move |entries| Array2::from_shape_fn((rows, columns), |(i, j)| entries[i * columns + j]),
    )
}

/// Networks n_x-n_h-1 with n_x ≤ 8 and 2 ≤ n_h ≤ 8, of which units 0 and 1 are twins, and up to
/// 16 examples.
fn twins() -> impl Strategy<Value = Task> {
    (1..=8_usize, 2..=8_usize, 1..=16_usize).prop_flat_map(|(n_x, n_h, m)| {
        let matrices =
            (matrix(n_h, n_x), matrix(n_h, 1), matrix(1, n_h), matrix(1, 1), matrix(n_x, m));
        (matrices, vec(0..=1_i32, m)).prop_filter_map("a batch", move |(matrices, labels)| {
            let (mut w1, mut b1, mut w2, b2, x) = matrices;
            let row = w1.row(0).to_owned();
            w1.row_mut(1).assign(&row);
            b1[[1, 0]] = b1[[0, 0]];
            w2[[0, 1]] = w2[[0, 0]];
            let y = Array2::from_shape_fn((1, m), |(_, j)| f64::from(labels[j]));
            let start = Parameters { layers: vec![Layer { w: w1, b: b1 }, Layer { w: w2, b: b2 }] };
            let network =
                Network::new(&[n_x, n_h, 1], Activation::Tanh, Loss::CrossEntropy).ok()?;
            Some(Task { network, start, batch: Batch::new(x, y).ok()? })
        })
    })
}

/// The property, on as many cases as are asked for: twins are twins at each of 20 steps.
fn check_twins(cases: u32) -> Result<(), Box<dyn Error>> {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    };
    let checked = TestRunner::new(config).run(&twins(), |Task { network, start, batch }| {
        let mut equal = true;
        let see = |_, now: &Parameters<f64>| equal &= are_twins(now, 1, 0, 1).is_ok_and(|are| are);
        network
            .train(&start, &batch, 0.125, 20, see)
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert!(equal);
        Ok(())
    });
    Ok(checked.map_err(|error| error.to_string())?)
}

fn seconds_of(line: &str) -> Result<f64, Box<dyn Error>> {
    let [work, widths, m, repetitions] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(format!("not a piece of work: {line}").into());
    };
    let repetitions: u32 = repetitions.parse()?;
    let began;
    match work {
        "step" => {
            let Task { network, start, batch } = task(widths, m)?;
            began = ProcessTime::now();
            let steps = repetitions as usize;
            black_box(network.train(black_box(&start), &batch, 0.125, steps, |_, _| ())?);
        }
        "twins" => {
            began = ProcessTime::now();
            check_twins(black_box(repetitions))?;
        }
        "gradient" => {
            let Task { network, start, batch } = task(widths, m)?;
            let point: Vec<f64> = start.entries().collect();
            began = ProcessTime::now();
            for _ in 0..repetitions {
                black_box(network_derivatives(&network, &batch, black_box(&point))?);
            }
        }
        _ => return Err(format!("no such work: {work}").into()),
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(repetitions))
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lines() {
        println!("{:e}", seconds_of(&line?)?);
        stdout().flush()?;
    }
    Ok(())
}
