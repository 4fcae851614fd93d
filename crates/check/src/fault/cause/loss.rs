//! The loss beside its gradient: both wrong in one way, or one of them alone.

use super::claim::{Claim, Place};
use super::factor::{Estimate, Factor};
use super::number::{common, rounded};
use super::{Cause, gradient};
use crate::subject::Subject;

/// Why loss and gradient are not what is due.
pub(super) fn and_gradient(_: &dyn Subject, claims: &[Claim<'_>]) -> Vec<Cause> {
    let mut causes = gradient::causes(claims);
    let loss_is_wrong = claims.iter().any(|claim| !loss_agrees(claim));
    if !loss_is_wrong {
        return causes;
    }
    let of_loss = of_loss(claims);
    match (causes.first_mut(), of_loss) {
        (Some(first), Some(of_loss)) => {
            // one mistake in both: the gradient is that of the loss
            let after = of_loss.sentence.strip_prefix("The loss is ").unwrap_or_default();
            let of_gradient = after.replacen("what is due", "the derivative", 1);
            if first.sentence == format!("The gradient is {of_gradient}") {
                first.sentence = format!("Loss and gradient are {after}");
            } else {
                causes.push(of_loss);
            }
        }
        (None, Some(mut of_loss)) => {
            of_loss.sentence.push_str(" The gradient is right.");
            causes.push(of_loss);
        }
        (None, None) => causes.push(Cause::place(
            "The gradient is right, but the loss is not: the gradient is not its derivative.",
            "the loss",
        )),
        (Some(first), None) if !first.says_what => *first = wrong_loss(),
        (Some(_), None) => (),
    }
    causes
}

/// A loss without pattern above a gradient without pattern: nothing behind the loss can be judged.
fn wrong_loss() -> Cause {
    Cause::place(
        "The loss is already wrong, so the error is not in the backward pass alone.",
        "the forward pass, the formula of the loss, and the layout of W and x",
    )
}

fn noise(claim: &Claim<'_>) -> f64 {
    claim.relative * (1.0 + claim.due.loss.abs() + claim.given.loss.abs())
}

fn loss_agrees(claim: &Claim<'_>) -> bool {
    (claim.given.loss - claim.due.loss).abs() <= noise(claim)
}

/// A factor of the loss, a penalty in it, or a constant.
fn of_loss(claims: &[Claim<'_>]) -> Option<Cause> {
    let estimate = |claim: &Claim<'_>| {
        let uncertain = noise(claim) / claim.due.loss.abs();
        let part = claim.parts().into_iter().find(|part| part.place == output(part.place.depth))?;
        let factor = claim.given.loss / claim.due.loss;
        Some(Estimate { factor, uncertain, sizes: part.sizes() })
    };
    let estimates: Vec<Estimate> = claims.iter().filter_map(estimate).collect();
    if let Some(factor) = Factor::of(&estimates) {
        let sentence = format!("The loss is {}", factor.sentence("what is due"));
        return Some(Cause::new(sentence, factor.place()));
    }
    let squares = |claim: &Claim<'_>| {
        let weights = claim.case.parameters.layers.iter().flat_map(|layer| layer.w.iter());
        weights.map(|w| w * w).sum::<f64>()
    };
    let beyond = |by: &dyn Fn(&Claim<'_>) -> f64| {
        let beyond = |claim: &Claim<'_>| {
            let by = by(claim);
            ((claim.given.loss - claim.due.loss) / by, noise(claim) / by)
        };
        common(&claims.iter().map(beyond).collect::<Vec<_>>()).map(rounded)
    };
    if let Some(lambda) = beyond(&squares) {
        let sentence = format!("The loss is what is due + {lambda}·ΣW²: a penalty on the weights?");
        return Some(Cause::new(sentence, "a weight decay that nobody asked for"));
    }
    let shift = beyond(&|_| 1.0)?;
    Some(Cause::new(format!("The loss is what is due + {shift}."), "a constant in the loss"))
}

fn output(depth: usize) -> Place {
    Place { l: depth, depth, is_bias: false }
}
