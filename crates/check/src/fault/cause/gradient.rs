//! A wrong gradient: the most exact explanation that fits every case, or else several of parts.
//!
//! Start reading at [`causes`].

use super::claim::{Claim, Part, length_of};
use super::number::{common, rounded};
use super::{Cause, changed, groups, pattern, place, scope};
use crate::subject::Precision;
use init_symmetry_network::tolerance::ROUNDED_TO_SINGLE;

/// Why the gradients are not what is due; nothing where they are.
pub(super) fn causes(claims: &[Claim<'_>]) -> Vec<Cause> {
    if claims.iter().all(Claim::agrees) {
        return Vec::new();
    }
    if let Some(cause) = whole(claims).or_else(|| single_precision(claims)) {
        return vec![cause];
    }
    let groups = groups::causes(claims);
    if !groups.is_empty() {
        return groups;
    }
    let parts: Vec<Part<'_>> = claims.iter().flat_map(Claim::parts).collect();
    let (mut causes, cover_all) = of_kinds(&parts);
    if cover_all {
        return causes;
    }
    causes.extend(groups::only_where(claims));
    causes.extend(beside_single_precision(claims));
    causes.extend(place::cause(claims));
    causes
}

/// What accounts for every answer.
pub(super) fn whole(claims: &[Claim<'_>]) -> Option<Cause> {
    let parts: Vec<Part<'_>> = claims.iter().flat_map(Claim::parts).collect();
    pattern::of_parts(&scope::all(), &parts)
        .or_else(|| norm(claims))
        .or_else(|| changed::cause(claims))
}

/// What accounts for every answer of a program that says double and computes in single precision.
fn beside_single_precision(claims: &[Claim<'_>]) -> Option<Cause> {
    if !claims.iter().all(is_single) {
        return None;
    }
    let single = claims.iter().map(|claim| claim.within(super::tolerance(Precision::F32)));
    let cause = whole(&single.collect::<Vec<_>>())?;
    let sentence = format!("{} The program also computes in single precision.", cause.sentence);
    Some(Cause { sentence, ..cause })
}

/// Whether every number fits in 32 bits, where more are promised.
fn is_single(claim: &Claim<'_>) -> bool {
    claim.relative < *ROUNDED_TO_SINGLE.start()
        && claim.given.gradient.entries().all(|entry| f64::from(entry as f32) == entry)
}

/// Scopes that are wrong in ways of their own: dW and db, the output and the rest.
/// Whether they cover every block that is wrong is said too.
fn of_kinds(parts: &[Part<'_>]) -> (Vec<Cause>, bool) {
    let mut causes: Vec<Cause> = Vec::new();
    let mut covered: Vec<scope::Scope> = Vec::new();
    for scope in scope::all() {
        let inside: Vec<&Part<'_>> = parts.iter().filter(|part| scope.holds(part.place)).collect();
        let is_covered = |part: &Part<'_>| covered.iter().any(|scope| scope.holds(part.place));
        let is_new = inside.iter().any(|part| !part.agrees() && !is_covered(part));
        if !is_new || !pattern::is_wrong_throughout(&inside) {
            continue;
        }
        if let Some(cause) = pattern::in_scope(scope, &inside) {
            if causes.iter().all(|it| it.sentence != cause.sentence) {
                causes.push(cause);
            }
            covered.push(scope);
        }
    }
    let is_covered = |part: &Part<'_>| covered.iter().any(|scope| scope.holds(part.place));
    (causes, parts.iter().all(|part| part.agrees() || is_covered(part)))
}

/// Errors of single precision in every answer that claims double.
fn single_precision(claims: &[Claim<'_>]) -> Option<Cause> {
    let error = |claim: &Claim<'_>| {
        let both = claim.given.gradient.entries().zip(claim.due.gradient.entries());
        let distance = both.map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
        distance / length_of(&claim.due.gradient).max(f64::MIN_POSITIVE)
    };
    let errors: Vec<f64> = claims.iter().map(error).filter(|error| *error > 0.0).collect();
    let largest = errors.iter().copied().fold(0.0, f64::max);
    let many = errors.iter().filter(|error| **error >= *ROUNDED_TO_SINGLE.start()).count();
    let all_single = claims.iter().all(is_single);
    let fits = ROUNDED_TO_SINGLE.contains(&largest)
        && claims.iter().all(|claim| claim.relative < *ROUNDED_TO_SINGLE.start())
        && 2 * many > claims.len();
    fits.then(|| {
        let what = if all_single {
            "every number fits in 32 bits: single precision inside a program that says double?"
        } else {
            "a number rounded to single precision on the way, or a small ε?"
        };
        let sentence = format!(
            "The gradient is right to about 7 digits of 16 (relative error up to {largest:.1e}): \
             {what}"
        );
        let look_at = "a conversion to f32: declare f32, or compute in f64";
        if all_single { Cause::new(sentence, look_at) } else { Cause::place(sentence, look_at) }
    })
}

/// The gradient scaled to a length, always or where it is longer.
fn norm(claims: &[Claim<'_>]) -> Option<Cause> {
    let wrong: Vec<&Claim<'_>> = claims.iter().filter(|claim| !claim.agrees()).collect();
    let right =
        claims.iter().filter(|claim| claim.agrees() && length_of(&claim.due.gradient) > 0.0);
    let direction = |claim: &&&Claim<'_>| {
        let scale = length_of(&claim.given.gradient) / length_of(&claim.due.gradient);
        scale.is_finite() && claim.is(&scaled(&claim.due.gradient, scale))
    };
    if wrong.len() < 3 || !wrong.iter().all(|claim| direction(&claim)) {
        return None;
    }
    let estimate = |claim: &&Claim<'_>| {
        let length = length_of(&claim.given.gradient);
        (length, claim.relative * length)
    };
    let length = common(&wrong.iter().map(estimate).collect::<Vec<_>>())?;
    let longer = wrong.iter().all(|claim| length_of(&claim.due.gradient) > length);
    let shorter = right.clone().all(|claim| length_of(&claim.due.gradient) <= length);
    let bound = rounded(length);
    if length <= 0.0 || right.clone().count() > 0 && !(longer && shorter) {
        return None;
    }
    Some(if longer {
        let sentence = format!(
            "The gradient is scaled down to length {bound} where it is longer: a clip of its norm?"
        );
        Cause::new(sentence, "a clip of the gradient's norm")
    } else {
        let sentence = format!("The gradient always has length {bound}: normalised?");
        Cause::new(sentence, "a normalisation of the gradient")
    })
}

fn scaled(
    gradient: &init_symmetry_network::Gradient<f64>,
    factor: f64,
) -> init_symmetry_network::Gradient<f64> {
    let mut gradient = gradient.clone();
    for layer in &mut gradient.layers {
        layer.dw *= factor;
        layer.db *= factor;
    }
    gradient
}
