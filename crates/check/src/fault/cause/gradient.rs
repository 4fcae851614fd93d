//! A wrong gradient: the most exact explanation that fits every case, or else several of parts.
//!
//! Start reading at [`causes`].

use super::claim::{Claim, Part, length_of};
use super::number::{common, rounded};
use super::{Cause, changed, pattern, place, scope};
use init_symmetry_network::tolerance::ROUNDED_TO_SINGLE;

/// Why the gradients are not what is due; nothing where they are.
pub(super) fn causes(claims: &[Claim<'_>]) -> Vec<Cause> {
    if claims.iter().all(Claim::agrees) {
        return Vec::new();
    }
    let parts: Vec<Part<'_>> = claims.iter().flat_map(Claim::parts).collect();
    let whole = single_precision(claims)
        .or_else(|| pattern::of_parts(&scope::all(), &parts))
        .or_else(|| norm(claims))
        .or_else(|| changed::cause(claims));
    if let Some(cause) = whole {
        return vec![cause];
    }
    let mut causes = of_kinds(&parts);
    causes.extend(only_where(claims));
    causes.extend(place::cause(claims));
    causes
}

/// Scopes that are wrong in ways of their own: dW and db, the output and the rest.
fn of_kinds(parts: &[Part<'_>]) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut covered: Vec<scope::Scope> = Vec::new();
    for scope in scope::all() {
        let inside: Vec<&Part<'_>> = parts.iter().filter(|part| scope.holds(part.place)).collect();
        let is_new = inside
            .iter()
            .any(|part| !part.agrees() && !covered.iter().any(|covered| covered.holds(part.place)));
        if let Some(cause) = is_new.then(|| pattern::in_scope(scope, &inside)).flatten() {
            causes.push(cause);
            covered.push(scope);
        }
    }
    causes
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
    let is_single = claims.iter().all(|claim| {
        claim.relative < *ROUNDED_TO_SINGLE.start()
            && claim.given.gradient.entries().all(|entry| f64::from(entry as f32) == entry)
    });
    let fits = ROUNDED_TO_SINGLE.contains(&largest)
        && claims.iter().all(|claim| claim.relative < *ROUNDED_TO_SINGLE.start())
        && 2 * many > claims.len();
    fits.then(|| {
        let numbers = if is_single { ", and every number fits in 32 bits" } else { "" };
        let sentence = format!(
            "The gradient is right to about 7 digits of 16 (relative error up to \
             {largest:.1e}{numbers}): single precision inside a program that says double?"
        );
        Cause::new(sentence, "a conversion to f32: declare f32, or compute in f64")
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
        (length, 4.0 * claim.relative * length)
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

/// Something that cases have in common.
struct Condition {
    says: String,
    hint: &'static str,
    look_at: &'static str,
    holds: Box<dyn Fn(&Claim<'_>) -> bool>,
}

impl Condition {
    fn new(
        says: impl Into<String>,
        look_at: &'static str,
        holds: impl Fn(&Claim<'_>) -> bool + 'static,
    ) -> Self {
        Self { says: says.into(), hint: ".", look_at, holds: Box::new(holds) }
    }
}

fn conditions(claims: &[Claim<'_>]) -> Vec<Condition> {
    let place = "what happens to a batch of one example";
    let single = Condition::new("m = 1", place, |claim| claim.m() == 1);
    let mut all = vec![
        Condition { hint: ": a squeeze, or a division by m − 1?", ..single },
        Condition::new("there is more than one output", "the loops over the outputs", |claim| {
            claim.case.network.widths().last() > Some(&1)
        }),
        Condition::new(
            "there is more than one hidden layer",
            "the layer index in the backward pass",
            |claim| claim.case.network.depth() > 2,
        ),
        Condition::new("there is a hidden layer", "the backward pass below the output", |claim| {
            claim.case.network.depth() > 1
        }),
    ];
    let mut sizes: Vec<usize> = claims.iter().map(Claim::m).collect();
    sizes.sort_unstable();
    sizes.dedup();
    all.extend(sizes.windows(2).map(|pair| {
        let (below, m) = (pair[0], pair[1]);
        let says = format!("there are more than {below} examples");
        Condition::new(says, "the range of the examples", move |claim| claim.m() >= m)
    }));
    for claim in claims {
        let (g, loss) = (claim.case.network.hidden, claim.case.network.loss);
        let is_deep = |claim: &Claim<'_>| claim.case.network.depth() > 1;
        all.push(Condition::new(
            format!("the hidden layers are {g}"),
            "that activation and its derivative",
            move |claim| claim.case.network.hidden == g && is_deep(claim),
        ));
        all.push(Condition::new(format!("the loss is {loss}"), "dz of the output", move |claim| {
            claim.case.network.loss == loss
        }));
    }
    all
}

/// The condition under which the gradient is wrong, and what it is there, if that has a pattern.
fn only_where(claims: &[Claim<'_>]) -> Option<Cause> {
    let informative: Vec<&Claim<'_>> =
        claims.iter().filter(|claim| length_of(&claim.due.gradient) > 0.0).collect();
    let decides = |condition: &Condition| {
        informative.iter().all(|claim| claim.agrees() != (condition.holds)(claim))
            && informative.iter().any(|claim| claim.agrees())
    };
    let Condition { says, hint, look_at, holds } = conditions(claims).into_iter().find(decides)?;
    let there = claims.iter().filter(|claim| holds(claim));
    let parts: Vec<Part<'_>> = there.flat_map(Claim::parts).collect();
    Some(match pattern::of_parts(&scope::all(), &parts) {
        None => Cause::place(format!("The gradient is wrong only where {says}{hint}"), look_at),
        Some(inner) => {
            let inner = changed::lower(&inner.sentence);
            let sentence = if hint == "." {
                format!("Only where {says}: {inner}")
            } else {
                format!("Only where {says}{hint} There {inner}")
            };
            Cause::new(sentence, look_at)
        }
    })
}
