//! Means over up to some thousands of examples, against sums of whole numbers.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_network::{
    Activation, Batch, Layer, Loss, Network, Parameters, Scalar, specification_of,
};
use ndarray::Array2;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A linear network without a hidden layer and a batch, of whole numbers so small that every sum is
/// exact.
#[derive(Debug)]
struct Case {
    network: Network,
    parameters: Parameters<f64>,
    batch: Batch<f64>,
}

fn case() -> impl Strategy<Value = Case> {
    let m = prop_oneof![1..=64_usize, 1..=5000_usize];
    (1..=4_usize, 1..=3_usize, m, any::<u64>()).prop_map(|(n_x, n_y, m, seed)| {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut whole = |extent| {
            let entry = || f64::from(random.random_range(-8..=8));
            Array2::from_shape_simple_fn(extent, entry)
        };
        let layers = vec![Layer { w: whole((n_y, n_x)), b: whole((n_y, 1)) }];
        let batch = Batch::new(whole((n_x, m)), whole((n_y, m))).unwrap();
        let network = Network::new(&[n_x, n_y], Activation::Tanh, Loss::SquaredError).unwrap();
        Case { network, parameters: Parameters { layers }, batch }
    })
}

/// z − y of every output and example, in whole numbers.
fn residuals(Case { parameters, batch, .. }: &Case) -> Array2<i64> {
    let whole = |matrix: &Array2<f64>| matrix.mapv(|entry| entry as i64);
    let (w, b) = (whole(parameters.w(1)), whole(parameters.b(1)));
    w.dot(&whole(batch.x())) + &b - whole(batch.y())
}

proptest! {
    #![proptest_config(drawn(128))]

    #[test]
    fn the_mean_loss_is_the_exact_sum_over_any_number_of_examples(case in case()) {
        let Case { network, parameters, batch } = &case;
        let twice: i64 = residuals(&case).iter().map(|residual| residual * residual).sum();
        let expected = twice as f64 / 2.0 / batch.m() as f64;
        let found = network.evaluate(parameters, batch).unwrap().loss;
        prop_assert!(found.identical(expected), "{found} where {expected} is due");
        let alone = network.mean_loss(parameters, batch).unwrap();
        prop_assert!(alone.identical(expected), "alone {alone} where {expected} is due");
        let flat: Vec<f64> = parameters.entries().collect();
        let specified: f64 = specification_of(network).mean_loss(&flat, batch).unwrap();
        prop_assert!(specified.identical(expected), "specified {specified}, {expected} is due");
    }

    #[test]
    fn the_gradient_is_the_exact_mean_over_any_number_of_examples(case in case()) {
        let Case { network, parameters, batch } = &case;
        let (residuals, m) = (residuals(&case), batch.m() as f64);
        let gradient = network.evaluate(parameters, batch).unwrap().gradient;
        let x = batch.x().mapv(|entry| entry as i64);
        let (dw, db) = (residuals.dot(&x.t()), residuals.sum_axis(ndarray::Axis(1)));
        for (at, &sum) in dw.indexed_iter() {
            let (found, expected) = (gradient.dw(1)[at], sum as f64 / m);
            prop_assert!(found == expected, "dw1 at {at:?} is {found}, not {expected}");
        }
        for (i, &sum) in db.iter().enumerate() {
            let (found, expected) = (gradient.db(1)[[i, 0]], sum as f64 / m);
            prop_assert!(found == expected, "db1 at {i} is {found}, not {expected}");
        }
    }
}
