//! The reference network against answers worked out by hand, and its doors.

use approx::assert_abs_diff_eq;
use init_symmetry_network::{
    Activation, Batch, Error, Gradient, Layer, Loss, Network, Parameters, Scalar, Weights,
    tolerance,
};
use ndarray::{Array2, array};
use strum::VariantArray;

/// 2-2-1 with numbers small enough for a blackboard.
fn blackboard(hidden: Activation, loss: Loss) -> (Network, Parameters<f64>, Batch<f64>) {
    let network = Network::new(&[2, 2, 1], hidden, loss).expect("a network");
    let parameters = Parameters {
        layers: vec![
            Layer { w: array![[1.0, -1.0], [0.5, 2.0]], b: array![[0.5], [-1.0]] },
            Layer { w: array![[2.0, -3.0]], b: array![[1.0]] },
        ],
    };
    let batch = Batch::new(array![[1.0, 0.0], [2.0, -1.0]], array![[1.0, 3.0]]).expect("a batch");
    (network, parameters, batch)
}

#[test]
fn a_relu_network_has_the_gradient_worked_out_by_hand() {
    let (network, parameters, batch) = blackboard(Activation::Relu, Loss::SquaredError);
    // z1 = [[−0.5, 1.5], [3.5, −3]], a1 = [[0, 1.5], [3.5, 0]], y_hat = [−9.5, 4]
    let forward = network.forward(&parameters, batch.x()).expect("shapes fit");
    assert_eq!(forward.z(1), &array![[-0.5, 1.5], [3.5, -3.0]]);
    assert_eq!(forward.a(1), &array![[0.0, 1.5], [3.5, 0.0]]);
    assert_eq!(forward.a(2), &array![[-9.5, 4.0]]);
    // dz2 = [−10.5, 1], dz1 = [[0, 2], [31.5, 0]]
    let evaluation = network.evaluate(&parameters, &batch).expect("shapes fit");
    assert_eq!(evaluation.loss, (10.5 * 10.5 / 2.0 + 0.5) / 2.0);
    assert_eq!(evaluation.gradient.dw(2), &array![[0.75, -18.375]]);
    assert_eq!(evaluation.gradient.db(2), &array![[-4.75]]);
    assert_eq!(evaluation.gradient.dw(1), &array![[0.0, -1.0], [15.75, 31.5]]);
    assert_eq!(evaluation.gradient.db(1), &array![[1.0], [15.75]]);
    let after = network.step(&parameters, &batch, 0.5).expect("shapes fit");
    assert_eq!(after.w(1), &array![[1.0, -0.5], [-7.375, -13.75]]);
    assert_eq!(after.b(2), &array![[3.375]]);
}

#[test]
fn entries_are_listed_row_by_row_weights_before_biases_from_layer_one() {
    let (network, parameters, batch) = blackboard(Activation::Relu, Loss::SquaredError);
    let listed: Vec<f64> = parameters.entries().collect();
    assert_eq!(listed, [1.0, -1.0, 0.5, 2.0, 0.5, -1.0, 2.0, -3.0, 1.0]);
    let gradient = network.evaluate(&parameters, &batch).expect("shapes fit").gradient;
    let listed: Vec<f64> = gradient.entries().collect();
    assert_eq!(listed, [0.0, -1.0, 15.75, 31.5, 1.0, 15.75, 0.75, -18.375, -4.75]);
}

#[test]
fn an_identity_network_has_the_gradient_worked_out_by_hand() {
    let (network, parameters, batch) = blackboard(Activation::Identity, Loss::SquaredError);
    // y_hat = [2·(−0.5) − 3·3.5 + 1, 2·1.5 + 9 + 1] = [−10.5, 13], dz2 = [−11.5, 10]
    let gradient = network.evaluate(&parameters, &batch).expect("shapes fit").gradient;
    assert_eq!(gradient.dw(1), &array![[-11.5, -33.0], [17.25, 49.5]]);
    assert_eq!(gradient.db(1), &array![[-1.5], [2.25]]);
}

#[test]
fn logistic_regression_is_the_network_without_hidden_layer() {
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::CrossEntropy).expect("a network");
    let zeros = network.initialise(Weights::Zeros, 1).expect("a start");
    let batch = Batch::new(array![[1.0, 3.0]], array![[0.0, 1.0]]).expect("a batch");
    let evaluation = network.evaluate(&zeros, &batch).expect("shapes fit");
    // y_hat = ½: dz = [½, −½], dw = (½ − 3/2)/2
    assert_eq!(evaluation.gradient.dw(1), &array![[-0.5]]);
    assert_eq!(evaluation.gradient.db(1), &array![[0.0]]);
    let ln_2 = std::f64::consts::LN_2;
    assert_abs_diff_eq!(evaluation.loss, ln_2, epsilon = tolerance::mean_loss(2, ln_2));
}

#[test]
fn a_saturated_output_has_a_finite_loss_and_a_residual_that_is_not_zero() {
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::CrossEntropy).expect("a network");
    for (z, y) in [(1000.0_f64, 0.0), (-1000.0, 1.0), (40.0, 0.0)] {
        let parameters = Parameters { layers: vec![Layer { w: array![[z]], b: array![[0.0]] }] };
        let batch = Batch::new(array![[1.0]], array![[y]]).expect("a batch");
        let evaluation = network.evaluate(&parameters, &batch).expect("shapes fit");
        assert_eq!(evaluation.loss, z.abs());
        assert_eq!(evaluation.gradient.db(1)[[0, 0]].abs(), 1.0);
    }
}

#[test]
fn the_derivative_of_relu_at_zero_is_zero() {
    for zero in [0.0, -0.0] {
        assert_eq!(Activation::Relu.slope(zero, Activation::Relu.value(zero)), 0.0);
    }
}

#[test]
fn nan_is_kept_by_every_function() {
    let nan = f64::NAN;
    for answer in [nan.sigmoid(), Scalar::tanh(nan), nan.softplus(), nan.relu(), nan.step()] {
        assert!(answer.is_nan());
    }
}

#[test]
fn single_precision_is_the_rounded_double() {
    for k in -640..640 {
        let z = k as f32 / 64.0;
        assert_eq!(Scalar::tanh(z), Scalar::tanh(f64::from(z)) as f32);
        assert_eq!(z.sigmoid(), f64::from(z).sigmoid() as f32);
        assert_eq!(z.softplus(), f64::from(z).softplus() as f32);
    }
}

/// Dense from −800 to 800 and denser near zero, and where the functions change their way of
/// computing: at tanh's two formulas, and where e^z changes its power of two.
fn points() -> impl Iterator<Item = f64> {
    let dense = (-51_200..=51_200).map(|k| f64::from(k) / 64.0);
    let near_zero = (-20_000..=20_000).map(|k| f64::from(k) / 30_011.0);
    let powers = (-1080..1030).map(|n| (f64::from(n) + 0.5) * std::f64::consts::LN_2);
    let of_tanh = (-60..60).map(|n| (f64::from(n) + 0.5) * std::f64::consts::LN_2 / 2.0);
    let formulas = [0.5498, -0.5498, 20.0, -20.0];
    dense.chain(near_zero).chain(powers).chain(of_tanh).chain(formulas)
}

#[test]
fn sigmoid_and_tanh_never_decrease_among_neighbouring_doubles() {
    for function in [Scalar::sigmoid, Scalar::tanh] as [fn(f64) -> f64; 2] {
        for point in points() {
            let mut z = (0..8).fold(point, |z, _| z.next_down());
            for _ in 0..16 {
                let above = z.next_up();
                assert!(function(above) >= function(z), "falls after {z:?}");
                z = above;
            }
        }
        let mut sorted: Vec<f64> = points().collect();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.is_sorted_by(|&below, &above| function(below) <= function(above)));
    }
    // a function that does step down is seen: libm's does, near 0.3
    let peak = f64::from_bits(0x3fd3_3333_3333_335e);
    assert!(libm::tanh(peak) > libm::tanh(peak.next_up()));
}

#[test]
fn tanh_is_odd_within_one_and_keeps_the_sign_of_zero() {
    assert!(Scalar::tanh(0.0_f64).identical(0.0) && Scalar::tanh(-0.0_f64).identical(-0.0));
    for z in points() {
        assert!(Scalar::tanh(-z).identical(-Scalar::tanh(z)));
        assert!(Scalar::tanh(z).abs() <= 1.0);
    }
    assert_eq!(
        [Scalar::tanh(f64::INFINITY), Scalar::tanh(20.0), Scalar::tanh(-20.0)],
        [1.0, 1.0, -1.0]
    );
    // subnormal numbers too: tanh(z) = z there
    assert_eq!(Scalar::tanh(1e-310_f64), 1e-310);
}

#[test]
fn sigmoid_saturates_to_zero_and_one() {
    assert_eq!(
        [f64::NEG_INFINITY.sigmoid(), (-800.0_f64).sigmoid(), (-1e300_f64).sigmoid()],
        [0.0; 3]
    );
    assert_eq!([f64::INFINITY.sigmoid(), 800.0_f64.sigmoid(), 1e300_f64.sigmoid()], [1.0; 3]);
    assert_eq!(0.0_f64.sigmoid(), 0.5);
    assert!((-709.0_f64).sigmoid() > 0.0);
}

pub(crate) type Exact = dashu_float::FBig<dashu_float::round::mode::HalfEven, 2>;

/// A double as a number of 120 bits.
pub(crate) fn exact(number: f64) -> Exact {
    Exact::try_from(number).expect("finite").with_precision(120).value()
}

/// The distance from the truth in units in the last place of the result.
fn units_off(found: f64, truth: &Exact) -> f64 {
    let unit = found.abs().next_up() - found.abs();
    ((exact(found) - truth.clone()).to_f64().value() / unit).abs()
}

#[test]
fn activations_are_within_two_units_in_the_last_place_of_the_truth() {
    let mut worst = [0.0_f64; 2];
    // e^−z overflows at 709, below which σ is 0 to the last normal number
    for z in points().step_by(37).filter(|z| z.abs() < 700.0 && *z != 0.0) {
        let one = exact(1.0);
        let (e, e2) = (exact(-z).exp(), exact(-2.0 * z).exp());
        let sigmoid = one.clone() / (one.clone() + e);
        let tanh = (one.clone() - e2.clone()) / (one + e2);
        worst[0] = worst[0].max(units_off(z.sigmoid(), &sigmoid));
        if z.abs() < 100.0 {
            worst[1] = worst[1].max(units_off(Scalar::tanh(z), &tanh));
        }
    }
    assert!(worst.iter().all(|&units| units <= 2.0), "{worst:?}");
    // not vacuous: no function is always right
    assert!(worst.iter().all(|&units| units > 0.5), "{worst:?}");
}

#[test]
fn training_that_diverges_stops_and_says_where() {
    let network = Network::new(&[1, 1], Activation::Identity, Loss::SquaredError).expect("fits");
    let start = network.initialise(Weights::Constant(1.0), 1).expect("a start");
    let batch = Batch::new(array![[1e10]], array![[0.0]]).expect("a batch");
    let mut seen = 0;
    let error = network
        .train(&start, &batch, 1e10, 100, |t, now| {
            assert!(now.is_finite());
            seen = t;
        })
        .expect_err("it diverges");
    let Error::Diverged { step, .. } = error else { panic!("another error: {error}") };
    assert_eq!(seen + 1, step);
    assert!(error.to_string().contains(&format!("at step {step}")));
}

#[test]
fn the_observer_sees_every_iteration_once() {
    let (network, parameters, batch) = blackboard(Activation::Tanh, Loss::CrossEntropy);
    let mut seen = Vec::new();
    let end = network.train(&parameters, &batch, 0.5, 3, |t, now| seen.push((t, now.clone())));
    assert_eq!(seen.iter().map(|(t, _)| *t).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(seen[0].1, parameters);
    assert_eq!(Ok(&seen[3].1), end.as_ref());
    assert_eq!(Ok(&seen[1].1), network.step(&parameters, &batch, 0.5).as_ref());
}

#[test]
fn a_network_that_cannot_be_is_refused() {
    let message = |widths: &[usize]| {
        Network::new(widths, Activation::Tanh, Loss::CrossEntropy).expect_err("bad").to_string()
    };
    assert_eq!(message(&[]), "a network needs at least 2 widths (input and output) but got 0");
    assert_eq!(message(&[2, 0, 1]), "layer 1 has width 0 but every layer needs at least 1 unit");
    assert!(message(&[1 << 20, 1 << 20, 1]).starts_with("the parameters would hold"));
    assert!(message(&[usize::MAX, usize::MAX]).starts_with("the parameters would hold"));
}

#[test]
fn parameters_of_another_shape_are_refused_by_name() {
    let (network, parameters, batch) = blackboard(Activation::Tanh, Loss::CrossEntropy);
    let message = |change: fn(&mut Parameters<f64>)| {
        let mut changed = parameters.clone();
        change(&mut changed);
        let messages = [
            network.check(&changed).expect_err("refused"),
            network.forward(&changed, batch.x()).expect_err("refused"),
            network.evaluate(&changed, &batch).expect_err("refused"),
            network.step(&changed, &batch, 0.5).expect_err("refused"),
            network.train(&changed, &batch, 0.5, 1, |_, _| ()).expect_err("refused"),
        ]
        .map(|error| error.to_string());
        assert!(messages.iter().all(|other| other == &messages[0]), "{messages:?}");
        messages[0].clone()
    };
    assert_eq!(network.check(&parameters), Ok(()));
    assert_eq!(
        message(|p| p.layers.truncate(1)),
        "the list of layers has 1 but the network needs 2"
    );
    assert_eq!(message(|p| p.layers[1].w = array![[1.0]]), "w2 is 1×1 but the network's is 1×2");
    assert_eq!(message(|p| p.layers[0].b = array![[1.0]]), "b1 is 1×1 but the network's is 2×1");
    // a bias with a column for each example would be added without complaint
    assert_eq!(
        message(|p| p.layers[0].b = array![[1.0, 1.0], [1.0, 1.0]]),
        "b1 is 2×2 but the network's is 2×1"
    );
}

#[test]
fn the_loss_alone_is_the_loss_beside_the_gradient_and_refuses_the_same() {
    for &hidden in Activation::VARIANTS {
        for loss in Loss::of_outputs(1) {
            let (network, parameters, batch) = blackboard(hidden, loss);
            let evaluation = network.evaluate(&parameters, &batch).expect("shapes fit");
            let alone = network.mean_loss(&parameters, &batch).expect("shapes fit");
            assert!(alone.identical(evaluation.loss) && alone != 0.0, "{hidden} {loss}: {alone}");
        }
    }
    let (network, parameters, batch) = blackboard(Activation::Tanh, Loss::CrossEntropy);
    let wide = Batch::new(batch.x().clone(), Array2::zeros((2, 2))).expect("a batch");
    let refused = |error: Error| error.to_string();
    let other = network.mean_loss(&parameters, &wide).map_err(refused);
    assert_eq!(other, network.evaluate(&parameters, &wide).map(|it| it.loss).map_err(refused));
    assert!(other.is_err());
    let shorter = Parameters { layers: parameters.layers[..1].to_vec() };
    assert!(network.mean_loss(&shorter, &batch).is_err());
}

#[test]
fn labels_of_another_width_are_refused_by_name() {
    let (network, parameters, _) = blackboard(Activation::Tanh, Loss::CrossEntropy);
    let batch = Batch::new(array![[1.0], [2.0]], array![[1.0], [0.0]]).expect("a batch");
    let error = network.evaluate(&parameters, &batch).expect_err("one output, two labels");
    assert_eq!(error.to_string(), "z2 is 1×1 but y is 2×1");
    let error = network.forward(&parameters, &array![[1.0]]).expect_err("one input");
    assert_eq!(error.to_string(), "w1 is 2×2 but x is 1×1");
}

#[test]
fn a_gradient_of_other_shapes_is_not_subtracted_and_both_are_named() {
    let (network, parameters, batch) = blackboard(Activation::Tanh, Loss::CrossEntropy);
    let gradient = network.evaluate(&parameters, &batch).expect("shapes fit").gradient;
    let refused = |change: fn(&mut Gradient<f64>)| {
        let mut gradient = gradient.clone();
        change(&mut gradient);
        parameters.descend(&gradient, 0.5).expect_err("another shape").to_string()
    };
    assert_eq!(refused(|it| it.layers[1].dw = Array2::zeros((3, 50))), "dw2 is 3×50 but w2 is 1×2");
    // a single number would be broadcast
    assert_eq!(refused(|it| it.layers[0].dw = array![[1.0]]), "dw1 is 1×1 but w1 is 2×2");
    assert_eq!(refused(|it| it.layers[0].db = array![[1.0, 2.0]]), "db1 is 1×2 but b1 is 2×1");
    let layers = "the gradient's list of layers has";
    assert_eq!(refused(|it| it.layers.truncate(1)), format!("{layers} 1 but the network needs 2"));
    let longer = refused(|it| it.layers.push(it.layers[0].clone()));
    assert_eq!(longer, format!("{layers} 3 but the network needs 2"));
    let stepped = network.step(&parameters, &batch, 0.5).expect("shapes fit");
    assert_eq!(parameters.descend(&gradient, 0.5), Ok(stepped));
}

#[test]
fn a_batch_with_a_hole_is_refused_by_place() {
    let error = Batch::new(array![[1.0, f64::NAN]], array![[0.0, 1.0]]).expect_err("a hole");
    assert_eq!(error.to_string(), "x[0, 1] is NaN but has to be a finite number");
    let error = Batch::new(array![[1.0]], array![[f64::INFINITY]]).expect_err("no label");
    assert_eq!(error.to_string(), "y[0, 0] is inf but has to be a finite number");
}

#[test]
fn a_step_of_training_takes_no_memory_however_many_there_are() {
    let cases = [(&[2, 2, 1][..], 4, 300), (&[30, 40, 1], 50, 20), (&[3, 9, 17, 2], 33, 20)];
    for (widths, m, steps) in cases {
        let losses = || Loss::of_outputs(widths[widths.len() - 1]);
        let kinds = Activation::VARIANTS.iter().flat_map(|g| losses().map(move |loss| (*g, loss)));
        for (hidden, loss) in kinds {
            let network = Network::new(widths, hidden, loss).expect("fits");
            let start = network.initialise(Weights::Xavier, 1).expect("a start");
            let x = Array2::from_shape_fn((widths[0], m), |(i, j)| ((i + 3 * j) % 7) as f64 / 8.0);
            let y = Array2::from_shape_fn((widths[widths.len() - 1], m), |(_, j)| (j % 2) as f64);
            let batch = Batch::new(x, y).expect("a batch");
            let taken = |steps| {
                let train = || drop(network.train(&start, &batch, 0.125, steps, |_, _| ()));
                let taken = allocation_counter::measure(train);
                (taken.count_total, taken.bytes_max)
            };
            let (nothing, one, many) = (taken(0), taken(1), taken(steps));
            assert_eq!(one, many, "{widths:?} {hidden} {loss}");
            assert_eq!(nothing, one);
            assert!(nothing.0 > 0, "the room for all steps is counted");
        }
    }
}
