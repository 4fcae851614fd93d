//! Mistakes of some cases only: of one loss, of one activation, of batches of one example.
//!
//! Start reading at [`causes`].

use super::claim::{Claim, length_of};
use super::{Cause, changed, gradient};

/// A cause for each loss, say, or for each activation, that has a mistake of its own; all or none.
pub(super) fn causes(claims: &[Claim<'_>]) -> Vec<Cause> {
    let of_loss = |claim: &Claim<'_>| Some(format!("the loss is {}", claim.case.network.loss));
    let of_hidden = |claim: &Claim<'_>| match claim.case.network.depth() {
        1 => Some("there is no hidden layer".into()),
        _ => {
            let shared = claim.case.network.shared_activation();
            shared.map(|g| format!("the hidden layers are {g}"))
        }
    };
    let of_depth = |claim: &Claim<'_>| match claim.case.network.depth() {
        1 => Some("there is no hidden layer".into()),
        _ => Some("there are hidden layers".to_string()),
    };
    let names: [Name; 3] = [of_depth, of_loss, of_hidden];
    names.into_iter().find_map(|name| of_each(claims, name)).unwrap_or_default()
}

/// The group of a case; a network of several activations is in none of one activation.
type Name = fn(&Claim<'_>) -> Option<String>;

fn of_each(claims: &[Claim<'_>], name: Name) -> Option<Vec<Cause>> {
    let mut names: Vec<String> = claims.iter().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return None;
    }
    let mut causes = Vec::new();
    for group in names {
        let members = claims.iter().filter(|claim| name(claim).as_ref() == Some(&group));
        let members: Vec<Claim<'_>> = members.cloned().collect();
        if members.iter().all(Claim::agrees) {
            continue;
        }
        let cause = gradient::whole(&members)?;
        let sentence = format!("Where {group}: {}", changed::lower(&cause.sentence));
        causes.push(Cause { sentence, ..cause });
    }
    Some(causes)
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
        let says = match below {
            1 => "there is more than one example".into(),
            _ => format!("there are more than {below} examples"),
        };
        Condition::new(says, "the range of the examples", move |claim| claim.m() >= m)
    }));
    let is_mixed = |claim: &Claim<'_>| claim.case.network.shared_activation().is_none();
    let says = match claims.iter().any(is_mixed) {
        true => "a hidden layer is",
        false => "the hidden layers are",
    };
    for claim in claims {
        let loss = claim.case.network.loss;
        all.extend(claim.case.network.activations().iter().map(|&g| {
            Condition::new(
                format!("{says} {g}"),
                "that activation and its derivative",
                move |claim| claim.case.network.activations().contains(&g),
            )
        }));
        all.push(Condition::new(format!("the loss is {loss}"), "dz of the output", move |claim| {
            claim.case.network.loss == loss
        }));
    }
    all
}

/// The condition under which the gradient is wrong, and what it is there, if that has a pattern.
pub(super) fn only_where(claims: &[Claim<'_>]) -> Option<Cause> {
    let informative: Vec<&Claim<'_>> =
        claims.iter().filter(|claim| length_of(&claim.due.gradient) > 0.0).collect();
    let decides = |condition: &Condition| {
        informative.iter().all(|claim| claim.agrees() != (condition.holds)(claim))
            && informative.iter().any(|claim| claim.agrees())
    };
    let Condition { says, hint, look_at, holds } = conditions(claims).into_iter().find(decides)?;
    let there: Vec<Claim<'_>> = claims.iter().filter(|claim| holds(claim)).cloned().collect();
    Some(match gradient::whole(&there) {
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
