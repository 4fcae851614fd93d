//! Answers that change from call to call: all else that such a subject says follows from it.
//!
//! Start reading at [`changes`].

use super::Cause;
use super::claim::length_of;
use super::sample::Sample;
use crate::subject::Subject;
use init_symmetry_network::{Evaluation, Gradient};

/// How many of the cases are asked again.
const AGAIN: usize = 8;

/// What changes, if the same question gets different answers.
pub(super) fn changes(subject: &dyn Subject, samples: &[Sample]) -> Option<Cause> {
    let again = samples.iter().filter(|sample| sample.case.batch.m() > 1).take(AGAIN);
    let changed = again.into_iter().find(|sample| {
        let second = subject.evaluate(sample.case.problem());
        let third = subject.evaluate(sample.case.problem());
        !same(&sample.answer, &second) || !same(&second, &third)
    })?;
    let answers: Vec<Evaluation<f64>> =
        (0..5).filter_map(|_| subject.evaluate(changed.case.problem()).ok()).collect();
    Some(in_words(changed, &answers))
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

fn in_words(sample: &Sample, answers: &[Evaluation<f64>]) -> Cause {
    let size = length_of(&sample.truth.gradient);
    let near = |distance: f64| distance <= super::tolerance(Default::default()) * 64.0 * size;
    let steps: Vec<f64> =
        answers.windows(2).map(|pair| apart(&pair[0].gradient, &pair[1].gradient)).collect();
    let grows =
        answers.windows(2).all(|pair| length_of(&pair[1].gradient) > length_of(&pair[0].gradient));
    if steps.iter().all(|step| near(*step)) {
        let losses =
            answers.windows(2).any(|pair| pair[0].loss.to_bits() != pair[1].loss.to_bits());
        let what = if losses { "Loss or gradient" } else { "The gradient" };
        let sentence = format!(
            "{what} changes in its last digits from call to call: does a parallel sum add in \
             another order?"
        );
        return Cause::new(sentence, "the order of sums, and state that one call leaves");
    }
    let evenly = steps.iter().all(|step| near(step - steps[0]));
    if grows && evenly && steps.len() > 1 {
        let by = super::number::rounded(steps[0] / size);
        let sentence = format!(
            "The gradient grows from call to call, by {by} times its length: it is added up, not \
             cleared."
        );
        return Cause::new(sentence, "whether the gradient is cleared before each call");
    }
    let periodic = (2..=3).find(|&period| {
        answers.len() > period
            && answers
                .iter()
                .zip(&answers[period..])
                .all(|(x, y)| near(apart(&x.gradient, &y.gradient)))
    });
    if let Some(period) = periodic {
        let sentence = format!(
            "The same question gets another answer at every call, and the first again after \
             {period} calls: the subject counts its calls."
        );
        return Cause::new(sentence, "state that one call leaves for the next");
    }
    Cause::new(
        "The same question gets another answer at every call: dropout or a random number in the \
         pass?",
        "random numbers in the pass, or state that one call leaves for the next",
    )
}
