//! A step that is not θ − α·gradient of the subject's own gradient.
//!
//! What a step subtracts, divided by α, is a gradient too, and is explained like one. Start reading
//! at [`causes`].

use super::claim::{Claim, length_of, same_shapes};
use super::number::rounded;
use super::{Cause, changed, gradient};
use crate::property::Case;
use crate::subject::{Ability, Subject};
use init_symmetry_network::{Evaluation, Gradient, Layer, LayerGradient, Parameters};

/// How many cases are asked for a step.
const ASKED: usize = 24;

/// A step: from where, by which gradient, to where.
pub(super) struct Taken<'a> {
    pub(super) case: &'a Case,
    pub(super) before: Parameters<f64>,
    pub(super) gradient: Gradient<f64>,
    pub(super) after: Parameters<f64>,
}

/// Why the steps are not what the subject's gradient says.
pub(super) fn causes(subject: &dyn Subject, claims: &[Claim<'_>]) -> Vec<Cause> {
    if !subject.supports(Ability::Step) {
        return Vec::new();
    }
    let relative = super::tolerance(subject.precision());
    let take = |claim: &Claim<'_>| {
        let after = subject.step(claim.case.problem(), claim.case.rate).ok()?;
        let before = claim.case.parameters.clone();
        Some((before, claim.given.gradient.clone(), after))
    };
    let taken = claims.iter().take(ASKED).filter_map(|claim| {
        let (before, gradient, after) = take(claim)?;
        Some(Taken { case: claim.case, before, gradient, after })
    });
    let taken: Vec<Taken<'_>> = taken.collect();
    if taken.iter().all(|step| step.is_right(relative)) {
        return Vec::new();
    }
    of_steps(&taken, relative, "In a step, ")
}

/// The causes of steps, each with the words that say which.
pub(super) fn of_steps(taken: &[Taken<'_>], relative: f64, which: &str) -> Vec<Cause> {
    let claims: Option<Vec<Claim<'_>>> = taken.iter().map(|it| it.claim(relative)).collect();
    let Some(claims) = claims else {
        let sentence = format!("{which}parameters change their shape, or are not numbers.");
        return vec![Cause::new(sentence, "the update")];
    };
    if claims.iter().all(Claim::agrees) {
        return Vec::new();
    }
    if let Some(bound) = clamp(taken, relative) {
        let sentence = format!("{which}the parameters are clamped to ±{}.", rounded(bound));
        return vec![Cause::new(sentence, "a clamp in the update")];
    }
    let in_step = |cause: Cause| Cause {
        sentence: format!("{which}{}", in_the_update(&cause.sentence)),
        ..cause
    };
    gradient::causes(&claims).into_iter().map(in_step).collect()
}

/// The sentence of a gradient said of what an update subtracts.
fn in_the_update(sentence: &str) -> String {
    let sentence = sentence
        .replace("zero: never computed?", "zero: never updated?")
        .replace(
            "−1 times the derivative: the sign is wrong",
            "added, not subtracted: the sign is wrong",
        )
        .replace("the derivative", "the subject's own gradient");
    changed::lower(&sentence)
}

impl<'a> Taken<'a> {
    /// Whether it is the step that is due, whatever the subject's own gradient is.
    fn is_right(&self, relative: f64) -> bool {
        let Ok(due) = self.case.network.at(&self.before, &self.case.batch).evaluate() else {
            return false;
        };
        let right = Taken {
            case: self.case,
            before: self.before.clone(),
            gradient: due.gradient,
            after: self.after.clone(),
        };
        right.claim(relative).is_some_and(|claim| claim.agrees())
    }

    /// What the step subtracts, divided by α, beside the gradient.
    fn claim(&self, relative: f64) -> Option<Claim<'a>> {
        let rate = self.case.rate;
        let both = self.before.layers.iter().zip(&self.after.layers);
        let layers = both.map(|(before, after)| {
            let fits = before.w.dim() == after.w.dim() && before.b.dim() == after.b.dim();
            let subtracted = || LayerGradient {
                dw: (&before.w - &after.w) / rate,
                db: (&before.b - &after.b) / rate,
            };
            fits.then(subtracted)
        });
        let implied = Gradient { layers: layers.collect::<Option<Vec<_>>>()? };
        if !same_shapes(&implied, &self.gradient) || !implied.entries().all(f64::is_finite) {
            return None;
        }
        let size: f64 = self.before.entries().map(|entry| entry * entry).sum::<f64>().sqrt();
        let slack = relative * (length_of(&self.gradient) + size / rate);
        let [due, given] = [self.gradient.clone(), implied];
        let [due, given] = [due, given].map(|gradient| Evaluation { loss: 0.0, gradient });
        Some(Claim { case: self.case, due, given, relative, slack })
    }
}

/// The bound of a clamp that parameters reach again and again.
fn clamp(taken: &[Taken<'_>], relative: f64) -> Option<f64> {
    let after = || taken.iter().flat_map(|it| it.after.entries());
    let bound = after().fold(0.0_f64, |bound, entry| bound.max(entry.abs()));
    let reached = after().filter(|entry| entry.abs() == bound).count();
    let fits = taken.iter().all(|it| {
        let Ok(free) = it.before.descend(&it.gradient, it.case.rate) else { return false };
        let near = |(free, after): (f64, f64)| {
            (free.clamp(-bound, bound) - after).abs() <= relative * (1.0 + free.abs())
        };
        free.entries().zip(it.after.entries()).all(near)
    });
    (reached > 1 && fits).then_some(bound)
}

/// Parameters as one list.
pub(super) fn flat(parameters: &Parameters<f64>) -> Vec<f64> {
    parameters.entries().collect()
}

/// Parameters with the shapes of a gradient.
pub(super) fn shapes_fit(parameters: &Parameters<f64>, gradient: &Gradient<f64>) -> bool {
    let fits = |(Layer { w, b }, it): (&Layer<f64>, &LayerGradient<f64>)| {
        w.dim() == it.dw.dim() && b.dim() == it.db.dim()
    };
    parameters.layers.len() == gradient.layers.len()
        && parameters.layers.iter().zip(&gradient.layers).all(fits)
}
