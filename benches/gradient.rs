//! Checking the gradient of 30-100-1 with 569 examples: 3,201 parameters.
//!
//! `cargo bench -p init-symmetry-benches --bench gradient`; beside it, `peers/gradcheck.py`.

use criterion::{Criterion, criterion_group, criterion_main};
use init_symmetry::gradient::{Check, Differentiable, Direction, NetworkLoss, network_derivatives};
use init_symmetry::{Activation, Batch, Loss, Network, Result, Weights};
use ndarray::Array2;
use std::hint::black_box;

/// Inputs k/64 between −1 and 1, spread by a multiplicative step; labels 0 and 1 in turn.
fn batch() -> Result<Batch<f64>> {
    let entry = |i: usize, j: usize| ((i * 37 + j * 91 + i * j * 13) % 129) as f64 / 64.0 - 1.0;
    let x = Array2::from_shape_fn((30, 569), |(i, j)| entry(i, j));
    Batch::new(x, Array2::from_shape_fn((1, 569), |(_, j)| (j % 2) as f64))
}

fn gradient(criterion: &mut Criterion) {
    let made = || -> Result<_> {
        let network = Network::new(&[30, 100, 1], Activation::Tanh, Loss::CrossEntropy)?;
        let start = network.initialise(Weights::Xavier, 1)?;
        Ok((network, batch()?, start.entries().collect::<Vec<f64>>()))
    };
    let Ok((network, batch, point)) = made() else { return };
    let subject = NetworkLoss { network: &network, batch: &batch };
    let direction = Direction::random(&network, 1);
    // Verified before it is timed.
    let report = Check::default().network(&network, &batch, &subject, &point);
    assert!(report.is_ok_and(|report| report.passed()));
    let mut group = criterion.benchmark_group("gradient of 30-100-1, m = 569");
    group.sample_size(30);
    group.bench_function("every entry, exact, with bounds", |bencher| {
        bencher.iter(|| network_derivatives(&network, &batch, black_box(&point)));
    });
    group.bench_function("every entry, the whole check and report", |bencher| {
        bencher.iter(|| Check::default().network(&network, &batch, &subject, black_box(&point)));
    });
    group.bench_function("one random direction, with its bound", |bencher| {
        bencher.iter(|| direction.derivative(&network, &batch, black_box(&point)));
    });
    group.bench_function("loss and gradient by the network, for scale", |bencher| {
        bencher.iter(|| subject.evaluate(black_box(&point)));
    });
    group.finish();
}

criterion_group!(benches, gradient);
criterion_main!(benches);
