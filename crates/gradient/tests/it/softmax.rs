//! Every way of checking a network, with a loss that couples the outputs of an example.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_gradient::{
    Check, Differentiable, Direction, Function, GradientVerdict, NetworkLoss, Rounded,
    identity_test, network_derivatives,
};
use init_symmetry_network::{Activation, Batch, Biases, Loss, Network, Scalar, Start, Weights};
use ndarray::{Array1, Array2, ArrayView1};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

struct Drawn {
    network: Network,
    batch: Batch<f64>,
    point: Vec<f64>,
}

/// Two to six classes with one label each, or with labels that add up to anything.
fn drawn(seed: u64, hidden: Activation) -> Drawn {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let widths = [3, random.random_range(2..=4), random.random_range(2..=6)];
    let (n_y, m) = (widths[2], random.random_range(1..=5));
    let network = Network::new(&widths, hidden, Loss::SoftmaxCrossEntropy).unwrap();
    let x = Array2::from_shape_simple_fn((3, m), || random.random_range(-1.0..1.0));
    let labels: Vec<usize> = (0..m).map(|_| random.random_range(0..n_y)).collect();
    let y = match seed % 3 {
        0 => Array2::from_shape_simple_fn((n_y, m), || random.random_range(-1.0..1.0)),
        _ => Array2::from_shape_fn((n_y, m), |(k, j)| f64::from(u8::from(labels[j] == k))),
    };
    let start = Start { weights: Weights::Normal(0.75), biases: Biases::Normal(0.5) };
    let point = network.initialise(start, seed).unwrap().entries().collect();
    Drawn { network, batch: Batch::new(x, y).unwrap(), point }
}

/// The verdicts of every check of a network on a subject with some gradient.
fn verdicts(drawn: &Drawn, gradient: &[f64]) -> [GradientVerdict; 4] {
    let Drawn { network, batch, point } = drawn;
    let right = NetworkLoss { network, batch };
    let loss = |x: &[f64]| right.loss(x).unwrap();
    let blocks = right.blocks();
    let subject = Function::with_blocks(blocks, loss, |_: &[f64]| gradient.to_vec());
    let check = Check::default();
    [
        check.network(network, batch, &subject, point),
        check.network_by_differences(network, batch, &subject, point),
        check.exact(&right, &subject, point),
        check.differences(&subject, point),
    ]
    .map(|report| report.unwrap().verdict)
}

#[test]
fn every_check_accepts_the_gradient_of_softmax_and_refuses_its_diagonal() {
    for seed in 0..24 {
        let hidden = [Activation::Tanh, Activation::Relu, Activation::Silu][seed as usize % 3];
        let drawn = drawn(seed, hidden);
        let Drawn { network, batch, point } = &drawn;
        let subject = NetworkLoss { network, batch };
        let mut gradient = subject.evaluate(point).unwrap().gradient;
        assert_eq!(verdicts(&drawn, &gradient), [GradientVerdict::Pass; 4], "seed {seed}");
        // the last entry belongs to the bias of the last output; with ŷ(1 − ŷ) on its diagonal:
        let parameters = init_symmetry_network::parameters_from(network, point).unwrap();
        let y_hat = network.forward(&parameters, batch.x()).unwrap().a(2).clone();
        let last = network.widths()[2] - 1;
        let of_examples = y_hat.row(last).into_iter().zip(batch.y().row(last));
        let diagonal: f64 = of_examples.map(|(s, y)| (s - y) * s * (1.0 - s)).sum();
        *gradient.last_mut().unwrap() = diagonal / batch.m() as f64;
        assert_eq!(verdicts(&drawn, &gradient), [GradientVerdict::Mismatch; 4], "seed {seed}");
    }
}

#[test]
fn over_the_field_and_along_directions_the_gradient_of_softmax_is_the_derivative() {
    for seed in 0..24 {
        let hidden = [Activation::Tanh, Activation::Silu][seed as usize % 2];
        let Drawn { network, batch, point } = &drawn(seed, hidden);
        let subject = NetworkLoss { network, batch };
        let report = identity_test(&subject, 2, seed).unwrap();
        assert!(report.passed(), "{network:?}: {report}");
        let gradient = subject.evaluate(point).unwrap().gradient;
        let found = network_derivatives(network, batch, point).unwrap();
        let direction = Direction::random(network, seed);
        let along = direction.derivative(network, batch, point).unwrap();
        assert!(along.accepts(direction.slope_of(&gradient)));
        assert!(found.iter().zip(&gradient).all(|(found, &entry)| found.accepts(entry)));
        let negated: Vec<f64> = gradient.iter().map(|entry| -entry).collect();
        assert!(!along.accepts(direction.slope_of(&negated)));
    }
}

#[test]
fn at_a_kink_the_outcomes_of_a_softmax_network_hold_its_gradient() {
    let network = Network::new(&[1, 2, 3], Activation::Relu, Loss::SoftmaxCrossEntropy).unwrap();
    let y = ndarray::array![[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]];
    let batch = Batch::new(ndarray::array![[0.0, 1.0]], y).unwrap();
    let mut point: Vec<f64> = (0..network_size(&network)).map(|k| k as f64 / 8.0 - 0.5).collect();
    point[2] = 0.0; // b1 of the first unit: at x = 0 its z is 0
    let subject = NetworkLoss { network: &network, batch: &batch };
    let kinks = subject.at_kinks(&point).unwrap();
    assert!(!kinks.is_empty());
    let gradient = subject.evaluate(&point).unwrap().gradient;
    assert!(kinks.iter().all(|(place, outcomes)| outcomes.accepts(gradient[*place])));
    Check::default().network(&network, &batch, &subject, &point).unwrap().assert_pass();
}

fn network_size(network: &Network) -> usize {
    Network::count_parameters(network.widths())
}

#[test]
fn the_bound_of_the_shares_covers_what_the_outputs_are_off_by() {
    let mut random = ChaCha20Rng::seed_from_u64(7);
    let mut moved = 0;
    for _ in 0..2000 {
        let n = random.random_range(1..=8);
        let z: Vec<Rounded> = (0..n)
            .map(|_| {
                let (value, size) = (random.random_range(-9.0..9.0), random.random_range(9.0..1e9));
                Rounded { value, size, roundings: f64::from(random.random_range(0..=20_u8)) }
            })
            .collect();
        let values: Array1<f64> = z.iter().map(|z| z.value).collect();
        let off = z.iter().map(|z| z.value + random.random_range(-1.0..=1.0) * z.error());
        let off: Array1<f64> = off.collect();
        let found = Rounded::log_sum_exp(ArrayView1::from(&z));
        let apart = f64::log_sum_exp(off.view()) - f64::log_sum_exp(values.view());
        assert!(apart.abs() <= found.error(), "{z:?}");
        let mut shares = Array1::from(z.clone());
        let (mut of_values, mut of_off) = (values.clone(), off.clone());
        Rounded::softmax(ArrayView1::from(&z), shares.view_mut());
        f64::softmax(values.view(), of_values.view_mut());
        f64::softmax(off.view(), of_off.view_mut());
        for ((found, value), off) in shares.iter().zip(of_values).zip(of_off) {
            assert!(found.value.identical(value) && (off - value).abs() <= found.error());
            moved += usize::from(off != value);
        }
    }
    assert!(moved > 2000, "not vacuous: {moved}");
}
