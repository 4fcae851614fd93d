//! One step of gradient descent at the sizes of FINDINGS, each checked before it is timed.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use init_symmetry::{Activation, Batch, Loss, Network, Weights};
use ndarray::Array2;
use std::hint::black_box;

struct Size {
    widths: [usize; 3],
    m: usize,
}

const SIZES: [Size; 4] = [
    Size { widths: [2, 2, 1], m: 4 },
    Size { widths: [2, 4, 1], m: 400 },
    Size { widths: [30, 100, 1], m: 569 },
    Size { widths: [784, 128, 1], m: 1000 },
];

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    for Size { widths, m } in SIZES {
        let network = Network::new(&widths, Activation::Tanh, Loss::CrossEntropy).expect("fits");
        let start = network.initialise(Weights::Xavier, 1).expect("a start");
        let x = Array2::from_shape_fn((widths[0], m), |(i, j)| {
            ((7 * i + 13 * j) % 64) as f64 / 32.0 - 1.0
        });
        let y = Array2::from_shape_fn((1, m), |(_, j)| (j % 2) as f64);
        let batch = Batch::new(x, y).expect("a batch");
        let loss = |theta| network.evaluate(theta, &batch).expect("shapes fit").loss;
        let after = network.step(&start, &batch, 0.125).expect("shapes fit");
        assert!(loss(&after) < loss(&start), "a step descends");
        let id = format!("{}-{}-{}/m={m}", widths[0], widths[1], widths[2]);
        group.bench_function(BenchmarkId::from_parameter(id), |bencher| {
            bencher.iter(|| network.step(black_box(&start), &batch, 0.125));
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
