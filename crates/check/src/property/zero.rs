//! The zero start: what stays exactly zero, what moves, and that all units stay equal.

use super::digits::{apart, short};
use super::drift::{Setting, Watch, all_units};
use super::outcome::settle;
use super::{Case, CaseFailure, Cases, Config, Outcome, Property, Witness};
use crate::subject::{
    BiasUse, Descent, GradientSource, Subject, require_trained_biases, require_whole_batches,
};
use init_symmetry_network::scalar::{Bounded, Dual};
use init_symmetry_network::{
    Activation, Error, Loss, Parameters, Result, Scalar, Start, Weights, specification,
};
use ndarray::{Array2, ArrayView1};

const STEPS: usize = 20;

property! {
    name: from_zero_rows_stay_equal,
    statement: "from a zero start the units of every hidden layer are twins at every iteration",
    witness: "a parameter moved",
    check: from_zero,
}

fn from_zero(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let needed = require_trained_biases(subject);
    units_stay_equal(property, subject, config, move |_| needed.clone().map(|()| Weights::Zeros))
}

property! {
    name: from_a_constant_rows_stay_equal,
    statement: "if all weights start at one constant, the units of every hidden layer are twins at \
                every iteration",
    witness: "a parameter moved",
    check: from_a_constant,
}

fn from_a_constant(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    // without biases a negative constant leaves most ReLU networks dead
    let is_free = subject.declaration().biases == BiasUse::Trained;
    units_stay_equal(property, subject, config, |case| {
        let constant = case.parameters.w(1)[[0, 0]];
        Ok(Weights::Constant(if is_free { constant } else { constant.abs() }))
    })
}

fn units_stay_equal(
    property: &Property,
    subject: &dyn Subject,
    config: &Config,
    weights: impl Fn(&Case) -> Result<Weights>,
) -> Outcome {
    let cases = Cases { hidden_layers: (1, 3), units: (2, 4), ..Cases::default() };
    property.run(subject, config, cases.of(subject).generate(), |case| {
        let start = subject.initialise(&case.network, weights(case)?.into(), 0)?;
        let descent = Descent { rate: case.rate, steps: STEPS };
        let mut watch = Watch::new(Setting::of(subject, case), all_units(&case.network));
        let mut moved = false;
        let observe = &mut |t: usize, now: &Parameters<f64>| {
            moved |= *now != start;
            watch.see(t, now);
        };
        match subject.train(case.network.at(&start, &case.batch), descent, observe) {
            Ok(_) | Err(Error::Diverged { .. }) => settle(watch.apart, moved),
            Err(error) => Err(error.into()),
        }
    })
}

property! {
    /// Every activation but the sigmoid has g(0) = 0; the bias b becomes b − α·mean dz.
    name: from_zero_only_the_output_bias_moves,
    statement: "where g(0) = 0, a zero start keeps every parameter exactly zero except the output \
                bias, which moves as the constant prediction determines",
    witness: "the output bias moved",
    check: only_the_output_bias,
}

fn only_the_output_bias(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { hidden_layers: (1, 3), ..Cases::default() };
    let strategy = cases.where_hidden(Activation::vanishes_at_zero).of(subject).generate();
    property.run(subject, config, strategy, |case| {
        require_trained_biases(subject)?;
        let Case { network, batch, .. } = case;
        let depth = network.depth();
        let start = subject.initialise(network, Start::from(Weights::Zeros), 0)?;
        let mut trajectory = Vec::new();
        let descent = Descent { rate: case.rate, steps: STEPS };
        subject.train(network.at(&start, batch), descent, &mut |_, now| {
            trajectory.push(now.clone())
        })?;
        let declaration = subject.declaration();
        for (t, now) in trajectory.iter().enumerate() {
            let mut others = now.clone();
            others.layers[depth - 1].b.fill(0.0);
            if others.entries().any(|entry| entry != 0.0) {
                return Err(format!(
                    "a parameter other than the output bias has moved by iteration {t}"
                )
                .into());
            }
        }
        if declaration.trains_plainly() {
            output_bias_follows(subject, case, &trajectory)?;
        }
        let last = trajectory.last().unwrap_or(&start);
        Ok(Witness::from(last.b(depth) != start.b(depth)))
    })
}

/// Whether the output bias goes where the constant prediction sends it, step by step.
fn output_bias_follows(
    subject: &dyn Subject,
    Case { network, batch, rate, .. }: &Case,
    trajectory: &[Parameters<f64>],
) -> Result<(), CaseFailure> {
    let declaration = subject.declaration();
    let depth = network.depth();
    let rate = rate * declaration.scale(batch.m(), batch.y().nrows());
    let of_training = match declaration.gradient {
        GradientSource::Given => 0.0,
        GradientSource::FromTraining => Bounded::ROUNDING,
    };
    for (t, pair) in (1..).zip(trajectory.windows(2)) {
        let b: Vec<f64> = pair[0].b(depth).iter().copied().collect();
        for (output, &before) in b.iter().enumerate() {
            let after = pair[1].b(depth)[[output, 0]];
            let expected = next_output_bias(network.loss, &b, output, rate, batch.y());
            let error = subject.precision().bound(expected.error) + of_training;
            let expected = Bounded { error, ..expected };
            if !expected.explains(after - expected.value) {
                let ([to, due], from) = (apart(after, expected.value), short(before));
                return Err(format!(
                    "step {t} moves the output bias from {from} to {to} instead of {due}"
                )
                .into());
            }
        }
    }
    Ok(())
}

/// b − α·mean(dz) of one output where the outputs are b whatever the input, written without the
/// network.
fn next_output_bias(
    loss: Loss,
    b: &[f64],
    output: usize,
    rate: f64,
    labels: &Array2<f64>,
) -> Bounded {
    let constant = |number: &f64| Dual::constant(Bounded::exact(*number));
    let loss = specification::loss::<Dual<Bounded>>(loss);
    let mut z: Vec<_> = b.iter().map(constant).collect();
    z[output] = Dual::variable(Bounded::exact(b[output]));
    let dz = |y: ArrayView1<'_, f64>| {
        loss.of_example(&z, &y.iter().map(constant).collect::<Vec<_>>()).derivative
    };
    let examples = labels.columns().into_iter();
    let sum = examples.fold(Bounded::exact(0.0), |sum, y| sum + dz(y));
    Bounded::exact(b[output]) - Bounded::exact(rate) * (sum / Bounded::of(labels.ncols()))
}

property! {
    /// W1 moves at step 2 at the earliest; with balanced labels nothing moves. Asked where every
    /// output is a σ of its own: of several classes, balanced labels are others.
    name: from_zero_sigmoid_units_move_together,
    statement: "from a zero start with sigmoid units, W2 moves at step 1 if the labels are \
                unbalanced and never if they are balanced; W1 moves later, with equal rows",
    witness: "w1 moved",
    check: sigmoid_units,
}

fn sigmoid_units(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases::shallow()
        .with_hidden(&[Activation::Sigmoid])
        .where_loss(|loss| loss.output() == Some(Activation::Sigmoid));
    property.run(subject, config, cases.of(subject).generate(), |case| {
        require_trained_biases(subject)?;
        require_whole_batches(subject)?;
        let start = subject.initialise(&case.network, Start::from(Weights::Zeros), 0)?;
        let descent = Descent { rate: case.rate, steps: STEPS };
        let mut watch = Watch::new(Setting::of(subject, case), all_units(&case.network));
        let mut trajectory = Vec::new();
        subject.train(case.network.at(&start, &case.batch), descent, &mut |t, now| {
            watch.see(t, now);
            trajectory.push(now.clone());
        })?;
        let apart = watch.apart;
        // dyadic labels: the sum is exact
        let balanced =
            |output: usize| case.batch.y().row(output).sum() * 2.0 == case.batch.m() as f64;
        for (t, now) in trajectory.iter().enumerate() {
            let w1 = now.w(1);
            if t <= 1 && w1.iter().any(|&entry| entry != 0.0) {
                return Err(
                    format!("w1 has moved by iteration {t}, although w2 was still zero").into()
                );
            }
            if t == 1 {
                for (output, row) in now.w(2).rows().into_iter().enumerate() {
                    let moved = row.iter().any(|&entry| entry != 0.0);
                    if moved == balanced(output) {
                        return Err(format!(
                            "output {output}: balanced labels: {}; weights moved at step 1: \
                             {moved}; exactly one should be true",
                            balanced(output)
                        )
                        .into());
                    }
                }
            }
        }
        let moved = |now: &Parameters<f64>| now.w(1).iter().any(|&entry| entry != 0.0);
        if (0..case.batch.y().nrows()).all(balanced) && trajectory.iter().any(moved) {
            return Err("w1 moved although the labels are balanced".into());
        }
        settle(apart, trajectory.last().is_some_and(moved))
    })
}
