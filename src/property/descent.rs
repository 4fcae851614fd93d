//! What a gradient and a step have to be, whatever the start.

use super::{Cases, Config, Outcome, Seen, run};
use crate::scalar::Bounded;
use crate::subject::Subject;
use crate::{Batch, Gradient, Network, Parameters, Result};
use ndarray::Axis;

/// The gradient with a bound on the rounding error of every entry.
pub(super) fn bounded_gradient(
    network: &Network,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
) -> Result<Gradient<Bounded>> {
    let evaluation =
        network.evaluate(&parameters.map(Bounded::exact), &batch.map(Bounded::exact))?;
    Ok(evaluation.gradient)
}

/// The gradient of a batch is the mean of the gradients of its examples, within rounding.
///
/// ```
/// use init_symmetry::property::{Config, batch_gradient_is_the_mean_of_its_examples};
/// use init_symmetry::subject::Reference;
/// let outcome = batch_gradient_is_the_mean_of_its_examples(&Reference, &Config::default());
/// assert!(outcome.passes(), "{outcome}");
/// ```
pub fn batch_gradient_is_the_mean_of_its_examples(
    subject: &dyn Subject,
    config: &Config,
) -> Outcome {
    let name = "batch-gradient-is-the-mean-of-its-examples";
    let strategy = Cases::default().generate();
    run(name, "2 examples or more and a gradient that is not zero", config, strategy, |case| {
        let gradient_of = |batch: &Batch<f64>| {
            subject
                .evaluate(&case.network, &case.parameters, batch)
                .map(|evaluation| evaluation.gradient.entries().collect::<Vec<_>>())
        };
        let whole = gradient_of(&case.batch)?;
        let m = case.batch.m();
        let mut mean = vec![0.0; whole.len()];
        for j in 0..m {
            let example = Batch::new(
                case.batch.x().select(Axis(1), &[j]),
                case.batch.y().select(Axis(1), &[j]),
            );
            for (sum, entry) in mean.iter_mut().zip(gradient_of(&example?)?) {
                *sum += entry / m as f64;
            }
        }
        let bounds = bounded_gradient(&case.network, &case.parameters, &case.batch)?;
        for ((whole, mean), bound) in whole.iter().zip(&mean).zip(bounds.entries()) {
            // each side is within the bound of the real mean
            if !bound.explains((whole - mean) / 2.0) {
                return Err(format!(
                    "an entry is {whole} for the batch but {mean} on average over its examples, \
                     and rounding explains at most {}",
                    2.0 * bound.error
                )
                .into());
            }
        }
        Ok(Seen::from(m > 1 && whole.iter().any(|&entry| entry != 0.0)))
    })
}

/// A step is θ − α·gradient, bit for bit; one rounding less (a fused multiply-add) is accepted.
pub fn a_step_subtracts_rate_times_gradient(subject: &dyn Subject, config: &Config) -> Outcome {
    let name = "a-step-subtracts-rate-times-gradient";
    let strategy = Cases::default().generate();
    run(name, "a gradient that is not zero", config, strategy, |case| {
        // a large rate: a wrong rate or a hidden decay shows in every digit
        let rate = 16.0 * case.rate;
        let gradient = subject.evaluate(&case.network, &case.parameters, &case.batch)?.gradient;
        let after = subject.step(&case.network, &case.parameters, &case.batch, rate)?;
        let before = case.parameters.entries();
        for ((theta, slope), after) in before.zip(gradient.entries()).zip(after.entries()) {
            let (rounded, fused) = (theta - rate * slope, slope.mul_add(-rate, theta));
            if after != rounded && after != fused {
                return Err(format!(
                    "a parameter goes from {theta} to {after}, but θ − α·gradient is \
                     {theta} − {rate}·{slope} = {rounded}"
                )
                .into());
            }
        }
        Ok(Seen::from(gradient.entries().any(|slope| slope != 0.0)))
    })
}
