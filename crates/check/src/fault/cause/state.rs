//! Answers that change from call to call: all else that such a subject says follows from it.
//!
//! Start reading at [`changes`].

use super::claim::length_of;
use super::number::rounded;
use super::sample::Sample;
use super::{Cause, tolerance};
use crate::subject::Subject;
use init_symmetry_network::tolerance::{ESTIMATED, ROUNDED_TO_SINGLE};
use init_symmetry_network::{Evaluation, Gradient};

/// How many of the cases are asked again.
const AGAIN: usize = 8;

/// How often the first of them that changes is asked once more.
const MORE: usize = 5;

/// What changes, if the same question gets different answers.
pub(super) fn changes(subject: &dyn Subject, samples: &[Sample]) -> Option<Cause> {
    let again = samples.iter().filter(|sample| sample.case.batch.m() > 1).take(AGAIN);
    let changed = again.into_iter().find(|sample| {
        let second = subject.evaluate(sample.case.problem());
        let third = subject.evaluate(sample.case.problem());
        !same(&sample.answer, &second) || !same(&second, &third)
    })?;
    let answers: Vec<Evaluation<f64>> =
        (0..MORE).filter_map(|_| subject.evaluate(changed.case.problem()).ok()).collect();
    Some(in_words(changed, &answers, tolerance(subject.precision())))
}

fn same<E>(left: &Result<Evaluation<f64>, E>, right: &Result<Evaluation<f64>, E>) -> bool {
    let bits = |answer: &Evaluation<f64>| -> Vec<u64> {
        answer.gradient.entries().chain([answer.loss]).map(f64::to_bits).collect()
    };
    match (left, right) {
        (Ok(left), Ok(right)) => bits(left) == bits(right),
        (left, right) => left.is_err() == right.is_err(),
    }
}

/// The length of a difference.
fn apart(left: &Gradient<f64>, right: &Gradient<f64>) -> f64 {
    left.entries().zip(right.entries()).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// What five more answers to one question have in common.
fn in_words(sample: &Sample, answers: &[Evaluation<f64>], relative: f64) -> Cause {
    let state = "state that one call leaves for the next";
    if answers.len() < MORE {
        return Cause::new("The same question is answered one time and refused another.", state);
    }
    let size = length_of(&sample.truth.gradient);
    let near = |distance: f64| distance <= ESTIMATED * relative * size;
    let steps: Vec<f64> =
        answers.windows(2).map(|pair| apart(&pair[0].gradient, &pair[1].gradient)).collect();
    let by_loss = answers.windows(2).map(|pair| (pair[0].loss - pair[1].loss).abs());
    let last_digits = ROUNDED_TO_SINGLE.end().max(ESTIMATED * relative);
    let is_still = steps.iter().all(|step| *step <= last_digits * size);
    let mut by_loss = by_loss.map(|step| step / sample.truth.loss.abs());
    if is_still && by_loss.all(|step| step <= last_digits) {
        let sentence = "The answers differ in their last digits from call to call: does a parallel \
                        sum add in another order?";
        return Cause::new(sentence, "the order of sums, and state that one call leaves");
    }
    if is_still {
        let sentence = "The loss changes from call to call, the gradient does not: a running mean?";
        return Cause::new(sentence, state);
    }
    let grows =
        answers.windows(2).all(|pair| length_of(&pair[1].gradient) > length_of(&pair[0].gradient));
    if grows && steps.iter().all(|step| near(step - steps[0])) {
        let by = rounded(steps[0] / size);
        let sentence = format!(
            "The gradient grows from call to call, by {by} times its length: it is added up, not \
             cleared."
        );
        return Cause::new(sentence, "whether the gradient is cleared before each call");
    }
    let repeats = |period: usize| {
        let mut pairs = answers.iter().zip(&answers[period..]);
        pairs.all(|(x, y)| near(apart(&x.gradient, &y.gradient)))
    };
    if let Some(period) = (2..=3).find(|&period| repeats(period)) {
        let sentence = format!(
            "The same question gets a different answer at every call, and the first one again \
             after {period} calls: the subject counts its calls."
        );
        return Cause::new(sentence, state);
    }
    let sentence = "The same question gets a different answer at every call: dropout or a random \
                    number in the pass?";
    Cause::new(sentence, "random numbers in the pass, or state that one call leaves")
}
