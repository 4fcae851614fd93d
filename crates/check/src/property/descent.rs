//! What a gradient and a step have to be, whatever the start.

use super::judged::{agree, granted, judged, judged_at, moves};
use super::{Case, CaseFailure, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Ability, Descent, Precision, Subject, require, require_double_precision};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::tolerance::STEEPEST_DESCENT;
use init_symmetry_network::{Batch, Error, Parameters, Scalar, parameters_from};
use ndarray::Axis;

property! {
    /// Within rounding.
    name: batch_gradient_is_the_mean_of_its_examples,
    statement: "the gradient of a batch is the mean of the gradients of its examples",
    witness: "2 examples or more and a gradient that is not zero",
    check: mean_of_examples,
}

fn mean_of_examples(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(config, strategy, |case| {
        let whole = granted(subject.precision(), &judged_at(subject, case)?.gradient);
        let m = Bounded::of(case.batch.m());
        let mut mean = vec![Bounded::exact(0.0); whole.entries().count()];
        for j in 0..case.batch.m() {
            let [x, y] = [case.batch.x(), case.batch.y()].map(|all| all.select(Axis(1), &[j]));
            let example = Batch::new(x, y)?;
            let gradient = judged(subject, case.network.at(&case.parameters, &example))?.gradient;
            for (sum, entry) in
                mean.iter_mut().zip(granted(subject.precision(), &gradient).entries())
            {
                *sum = *sum + entry / m;
            }
        }
        for (whole, mean) in whole.entries().zip(mean) {
            agree("an entry for the batch", whole, mean)?;
        }
        Ok(Witness::from(case.batch.m() > 1 && moves(&whole)))
    })
}

property! {
    name: a_step_subtracts_rate_times_gradient,
    statement: "a step is θ − α·gradient, bit for bit (a fused multiply-add is accepted)",
    witness: "a gradient that is not zero",
    check: one_step,
}

fn one_step(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(config, strategy, |case| {
        require(subject, Ability::Step)?;
        // a large rate: a wrong rate or a hidden decay shows in every digit
        let rate = 16.0 * case.rate;
        let gradient = subject.evaluate(case.problem())?.gradient;
        let after = subject.step(case.problem(), rate)?;
        let before = case.parameters.entries();
        for ((theta, slope), after) in before.zip(gradient.entries()).zip(after.entries()) {
            let [rounded, fused] = match subject.precision() {
                Precision::F64 => [theta - rate * slope, slope.mul_add(-rate, theta)],
                Precision::F32 => {
                    let [theta, rate, slope] = [theta, rate, slope].map(|number| number as f32);
                    [theta - rate * slope, slope.mul_add(-rate, theta)].map(f64::from)
                }
            };
            if after != rounded && after != fused {
                return Err(format!(
                    "a parameter goes from {theta} to {after}, but θ − α·gradient is \
                     {theta} − {rate}·{slope} = {rounded}"
                )
                .into());
            }
        }
        Ok(Witness::from(gradient.entries().any(|slope| slope != 0.0)))
    })
}

property! {
    /// Within rounding: no stale cache, no gradient left over from the step before.
    name: training_is_fresh_single_steps,
    statement: "every iterate of training is one fresh step from the iterate before it",
    witness: "three steps that all move",
    check: fresh_steps,
}

fn fresh_steps(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(config, Cases::default().of(subject).generate(), |case| {
        require(subject, Ability::Train)?;
        let mut trajectory = Vec::new();
        let descent = Descent { rate: case.rate, steps: 3 };
        let observe = &mut |_, now: &Parameters<f64>| trajectory.push(now.clone());
        match subject.train(case.problem(), descent, observe) {
            Ok(_) | Err(Error::Diverged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let mut all_move = trajectory.len() == 4;
        for pair in trajectory.windows(2) {
            all_move &= pair[0] != pair[1];
            is_one_step(subject, case, &pair[0], &pair[1])?;
        }
        Ok(Witness::from(all_move))
    })
}

fn is_one_step(
    subject: &dyn Subject,
    case: &Case,
    before: &Parameters<f64>,
    after: &Parameters<f64>,
) -> Result<(), CaseFailure> {
    let fresh = subject.step(case.network.at(before, &case.batch), case.rate)?;
    let slopes = judged(subject, case.network.at(before, &case.batch))?.gradient;
    for (((theta, slope), after), fresh) in
        before.entries().zip(slopes.entries()).zip(after.entries()).zip(fresh.entries())
    {
        // the slope has the error of the subject's precision already, the step has not
        let step = |slope| Bounded::exact(theta) - Bounded::exact(case.rate) * slope;
        let of_step = subject.precision().bound(step(Bounded::exact(slope.value)).error);
        let error = step(slope).error + of_step;
        let [after, fresh] = [after, fresh].map(|value| Bounded { value, error });
        agree("a parameter after a step of training", after, fresh)?;
    }
    Ok(())
}

property! {
    /// The subject's step and its loss belong together, whatever the loss is.
    name: tiny_steps_descend_as_steeply_as_the_loss,
    statement: "(J − J')/α of a tiny step is the squared norm of the numeric gradient, within 1 %",
    witness: "a slope that rounding cannot hide",
    check: steepness,
}

fn steepness(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    // differences across a kink say nothing
    let strategy = Cases { hidden_layers: (0, 1), ..Cases::default() };
    let strategy = strategy.where_hidden(|g| !g.has_kink()).of(subject).generate();
    property.run(config, strategy, |case| {
        require_double_precision(subject)?;
        let loss_at = |parameters: &Parameters<f64>| {
            subject.mean_loss(case.network.at(parameters, &case.batch))
        };
        let after = subject.step(case.problem(), TINY)?;
        let descent = (loss_at(&case.parameters)? - loss_at(&after)?) / TINY;
        let mut theta: Vec<f64> = case.parameters.entries().collect();
        let mut steepest = 0.0;
        for place in 0..theta.len() {
            let here = theta[place];
            let mut loss_beside = |offset: f64| {
                theta[place] = here + offset;
                loss_at(&parameters_from(&case.network, &theta)?)
            };
            let slope = (loss_beside(BESIDE)? - loss_beside(-BESIDE)?) / (2.0 * BESIDE);
            theta[place] = here;
            steepest += slope * slope;
        }
        if steepest < STEEP {
            return Ok(Witness::Absent);
        }
        if (descent - steepest).abs() <= STEEPEST_DESCENT * steepest {
            return Ok(Witness::Present);
        }
        Err(format!("the loss falls by {descent}·α, but its squared slope is {steepest}").into())
    })
}

/// α: so small that curvature does not matter, so large that rounding does not.
const TINY: f64 = 1.0 / 1_048_576.0;

/// How far beside a parameter the loss is taken.
const BESIDE: f64 = 1.0 / 8192.0;

/// The smallest squared slope that is looked at.
const STEEP: f64 = 1.0 / 4096.0;
