//! Properties of loss and gradient.

use super::case::{Setting, of_length};
use super::known::{largest, same_bits, within};
use super::properties::ModelProperty;
use super::{AtBatch, ModelAbility, lacks};
use crate::property::{CaseFailure, Config, Note, Witness};
use init_symmetry_gradient::{
    Cause, Check, Coverage, GradientReport, GradientVerdict, LossAndGradient, Pattern,
};

/// A gradient that is not zero shows that something was asked.
const NOT_ZERO: &str = "a gradient that is not zero";

fn is_not_zero(gradient: &[f64]) -> Witness {
    Witness::from(gradient.iter().any(|entry| *entry != 0.0))
}

pub(super) const SAME_BITS: ModelProperty = ModelProperty {
    name: "same-question-gets-the-same-bits",
    statement: "the same parameters and batch give the same loss and gradient, whatever was asked \
                in between",
    witness: NOT_ZERO,
    fewer: 8,
    holds: same_bits_again,
};

fn same_bits_again(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let first = setting.ask(&setting.parameters)?;
    let elsewhere: Vec<f64> = setting.parameters.iter().map(|theta| theta / 2.0).collect();
    setting.model.evaluate(&elsewhere, setting.case.batch + 1)?;
    for _ in 0..2 {
        let LossAndGradient { loss, gradient } = setting.ask(&setting.parameters)?;
        if loss.to_bits() != first.loss.to_bits() {
            return Err(format!(
                "the same question gave the loss {} first and then {loss}: is dropout on, is the \
                 batch drawn anew, or is something kept from the previous question (a state, a \
                 running mean)?",
                first.loss
            )
            .into());
        }
        if !same_bits(&gradient, &first.gradient) {
            return Err(
                "the same question gave the same loss but a different gradient: is the gradient \
                 added to the previous one?"
                    .into(),
            );
        }
    }
    Ok(is_not_zero(&first.gradient))
}

pub(super) const DIFFERENCES: ModelProperty = ModelProperty {
    name: "gradient-equals-differences-of-its-loss",
    statement: "the gradient is within the derived tolerance of extrapolated differences of the \
                model's own loss",
    witness: "a gradient that is not zero, off the kinks",
    fewer: 32,
    holds: differences,
};

/// With up to so many parameters every entry is compared, with more random directions through
/// every tensor.
const FEW_PARAMETERS: usize = 100;

/// What one case may ask for.
const MOST_EVALUATIONS: usize = 20_000;

fn differences(setting: &Setting<'_>, config: &Config) -> Result<Witness, CaseFailure> {
    let coverage = match setting.parameters.len() {
        0..=FEW_PARAMETERS => Coverage::Every,
        _ => Coverage::Directions(2),
    };
    let seed = config.seed.wrapping_add(setting.case.seed);
    let check = Check { seed, coverage, most_evaluations: MOST_EVALUATIONS };
    let function = AtBatch { model: setting.model, batch: setting.case.batch };
    let answer = setting.ask(&setting.parameters)?;
    setting.finite(&answer)?;
    let report = check.differences(&function, &setting.parameters)?;
    match report.verdict {
        GradientVerdict::Mismatch | GradientVerdict::Invalid => Err(reason(&report).into()),
        GradientVerdict::Unchecked => Ok(Witness::Absent),
        GradientVerdict::Pass => Ok(is_not_zero(&answer.gradient)),
    }
}

/// What a mismatch looks like, or at least where it is, then the numbers.
fn reason(report: &GradientReport) -> String {
    let is_known = |cause: &&Cause| cause.pattern != Pattern::Unknown;
    let (known, unknown): (Vec<_>, Vec<_>) = report.diagnosis.iter().partition(is_known);
    let blocks: Vec<_> = unknown.iter().map(|cause| cause.block.as_str()).collect();
    let what = match (&known[..], &blocks[..]) {
        ([], []) => return report.reason.clone(),
        ([], _) => {
            format!("the gradient of {} is not the derivative of the loss", blocks.join(", "))
        }
        _ => known.iter().map(|cause| cause.sentence.as_str()).collect::<Vec<_>>().join("; "),
    };
    format!("{what}\n{}", report.reason)
}

pub(super) const LOSS_ALONE: ModelProperty = ModelProperty {
    name: "loss-alone-equals-loss-with-gradient",
    statement: "the loss computed alone is the loss computed with the gradient",
    witness: "a loss that is not zero",
    fewer: 8,
    holds: loss_alone,
};

fn loss_alone(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    if !setting.model.supports(ModelAbility::Loss) {
        return Err(lacks(setting.model.name(), "function for the loss alone").into());
    }
    let known = setting.known(&setting.parameters)?;
    let alone = setting.model.loss(&setting.parameters, setting.case.batch)?;
    if !within(alone, known.loss, known.loss_error) {
        return Err(format!(
            "the loss is {alone} when computed alone but {} with the gradient (rounding explains \
             at most {:.1e})",
            known.loss, known.loss_error
        )
        .into());
    }
    if alone.to_bits() != known.loss.to_bits() {
        let reason = format!("{alone} alone, {} with the gradient", known.loss);
        return Err(CaseFailure::Noted(Note::WithinRounding, reason));
    }
    Ok(Witness::from(alone != 0.0))
}

pub(super) const MEAN_OF_EXAMPLES: ModelProperty = ModelProperty {
    name: "batch-gradient-is-the-mean-of-its-examples",
    statement: "loss and gradient of a batch are the means of those of its examples",
    witness: NOT_ZERO,
    fewer: 8,
    holds: mean_of_examples,
};

fn mean_of_examples(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let Some(m) = setting.model.examples().filter(|m| *m > 0) else {
        return Err(lacks(setting.model.name(), "way to evaluate single examples").into());
    };
    let known = setting.known(&setting.parameters)?;
    let (mut loss, mut gradient) = (0.0, vec![0.0; known.gradient.len()]);
    let (mut loss_size, mut sizes) = (0.0, gradient.clone());
    for example in 0..m {
        let batch = setting.case.batch;
        let one = setting.model.evaluate_example(&setting.parameters, batch, example)?;
        setting.finite(&one)?;
        let slopes = of_length(&setting.tensors, "the gradient", one.gradient)?;
        loss += one.loss / m as f64;
        loss_size += one.loss.abs() / m as f64;
        for ((sum, size), slope) in gradient.iter_mut().zip(&mut sizes).zip(slopes) {
            *sum += slope / m as f64;
            *size += slope.abs() / m as f64;
        }
    }
    // the examples cancel in part, and each has roundings of its own
    let roundings = 4.0 * (m + 4) as f64 * known.unit;
    let scale = largest(sizes.iter().copied());
    let errors = known.errors.iter().map(|error| error + roundings * scale);
    let errors: Vec<f64> = errors.collect();
    let loss_error = known.loss_error + roundings * loss_size;
    if !within(known.loss, loss, loss_error) {
        let of_mean = format!("{} but the mean over its {m} examples is {loss}", known.loss);
        return Err(match within(known.loss, m as f64 * loss, m as f64 * loss_error) {
            true => {
                format!("the loss of a batch is the sum over its examples, not the mean: {of_mean}")
            }
            false => format!("the loss of a batch is {of_mean}: do examples influence each other?"),
        }
        .into());
    }
    match setting.differing(&known.gradient, &gradient, &errors) {
        None => Ok(is_not_zero(&known.gradient)),
        Some(_) if is_multiple(&known.gradient, &gradient, m as f64, &errors) => {
            let what = "the gradient of a batch is the sum over its examples, not the mean";
            Err(format!("{what}: divide by m = {m}").into())
        }
        Some(difference) => {
            Err(format!("the batch is not the mean of its {m} examples: {difference}").into())
        }
    }
}

fn is_multiple(given: &[f64], due: &[f64], factor: f64, errors: &[f64]) -> bool {
    let entries = given.iter().zip(due).zip(errors);
    entries.into_iter().all(|((given, due), error)| within(*given, factor * due, factor * error))
}
