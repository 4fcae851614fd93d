//! The reference network against answers worked out by hand, and its doors.

use approx::assert_abs_diff_eq;
use init_symmetry::{
    Activation, Batch, Error, Layer, Loss, Network, Parameters, Scalar, Weights, tolerance,
};
use ndarray::array;

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

#[test]
fn sigmoid_never_decreases() {
    // dense, and across neighbouring doubles: every operation in its formula is monotone
    let mut below = 0.0;
    for k in -51_200..=51_200 {
        let z = f64::from(k) / 64.0;
        for z in [z.next_down(), z, z.next_up()] {
            assert!(z.sigmoid() >= below, "sigmoid({z}) falls below {below}");
            below = z.sigmoid();
        }
    }
    assert_eq!(below, 1.0);
}

#[test]
fn tanh_is_odd_and_within_one() {
    assert!(Scalar::tanh(0.0_f64) == 0.0);
    for k in 0..20_000 {
        let z = f64::from(k) / 512.0;
        assert_eq!(Scalar::tanh(-z), -Scalar::tanh(z));
        assert!(Scalar::tanh(z).abs() <= 1.0);
    }
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
    assert_eq!(message(&[]), "a network needs at least 2 widths (input and output) but 0 given");
    assert_eq!(message(&[2, 0, 1]), "layer 1 has width 0 but every layer needs at least 1 unit");
    assert!(message(&[1 << 20, 1 << 20, 1]).starts_with("the parameters would hold"));
    assert!(message(&[usize::MAX, usize::MAX]).starts_with("the parameters would hold"));
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
fn a_batch_with_a_hole_is_refused_by_place() {
    let error = Batch::new(array![[1.0, f64::NAN]], array![[0.0, 1.0]]).expect_err("a hole");
    assert_eq!(error.to_string(), "x[0, 1] is NaN but has to be a finite number");
    let error = Batch::new(array![[1.0]], array![[f64::INFINITY]]).expect_err("no label");
    assert_eq!(error.to_string(), "y[0, 0] is inf but has to be a finite number");
}
