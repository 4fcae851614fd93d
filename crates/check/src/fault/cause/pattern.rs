//! What the wrong blocks of a gradient have in common: a factor, a decay, zeros, moved entries.
//!
//! A pattern is said where it holds of every block of a scope in every case. Start reading at
//! [`of_parts`].

use super::Cause;
use super::claim::{Part, dot, length};
use super::factor::{Estimate, Factor};
use super::number::{common, rounded};
use super::scope::Scope;
use init_symmetry_network::tolerance::ESTIMATED;
use ndarray::{Array2, Axis};

/// What a pattern says of its blocks, after "dW1 is": and where to look for it.
pub(super) struct Found {
    pub(super) says: String,
    pub(super) look_at: String,
    /// Whether it names its blocks itself.
    is_whole: bool,
}

impl Found {
    pub(super) fn new(says: impl Into<String>, look_at: impl Into<String>) -> Self {
        Self { says: says.into(), look_at: look_at.into(), is_whole: false }
    }
}

type Pattern = fn(&[&Part<'_>]) -> Option<Found>;

const PATTERNS: [Pattern; 9] =
    [zero, factor, power_of_depth, decay, clipped, moved, of_another_layer, signs, shifted];

/// The first scope and pattern that account for every block; all others have to agree.
///
/// A scope in which every kind of block is wrong somewhere comes first: to rotate a single row
/// changes nothing.
pub(super) fn of_parts(scopes: &[Scope], parts: &[Part<'_>]) -> Option<Cause> {
    of_scopes(scopes, parts, true).or_else(|| of_scopes(scopes, parts, false))
}

fn of_scopes(scopes: &[Scope], parts: &[Part<'_>], is_tight: bool) -> Option<Cause> {
    scopes.iter().find_map(|scope| {
        let (inside, outside): (Vec<&Part<'_>>, Vec<_>) =
            parts.iter().partition(|part| scope.holds(part.place));
        if !outside.iter().all(|part| part.agrees()) || is_tight && !is_wrong_throughout(&inside) {
            return None;
        }
        in_scope(*scope, &inside)
    })
}

/// Whether dW and db, of the output and of hidden layers, as far as they are there, are wrong.
pub(super) fn is_wrong_throughout(parts: &[&Part<'_>]) -> bool {
    let kind = |part: &Part<'_>| (part.place.l == part.place.depth, part.place.is_bias);
    let is_wrong = |of: (bool, bool)| parts.iter().any(|it| kind(it) == of && !it.agrees());
    parts.iter().all(|part| is_wrong(kind(part)))
}

/// The first pattern that the blocks of a scope have, whatever the others do.
pub(super) fn in_scope(scope: Scope, inside: &[&Part<'_>]) -> Option<Cause> {
    if inside.iter().all(|part| part.agrees()) {
        return None;
    }
    let Found { says, look_at, is_whole } = PATTERNS.iter().find_map(|pattern| pattern(inside))?;
    let end = if says.ends_with(['.', '?']) { "" } else { "." };
    let blocks = if is_whole { String::new() } else { format!("{} ", scope.subject(inside)) };
    Some(Cause::new(format!("{blocks}{says}{end}"), look_at))
}

fn zero(parts: &[&Part<'_>]) -> Option<Found> {
    let is_zero = |part: &&Part<'_>| part.given.iter().all(|&entry| entry == 0.0);
    let says = "zero: never computed?";
    parts.iter().all(is_zero).then(|| Found::new(says, "whether it is computed, and returned"))
}

/// The factor of every block that is not zero.
fn multiples(parts: &[&Part<'_>]) -> Option<Vec<Estimate>> {
    let all: Option<Vec<_>> = parts.iter().map(|part| part.multiple_of(part.due)).collect();
    Some(all?.into_iter().flatten().collect())
}

fn factor(parts: &[&Part<'_>]) -> Option<Found> {
    let factor = Factor::of(&multiples(parts)?)?;
    Some(Found::new(factor.sentence("the derivative"), factor.place()))
}

/// A factor for every layer that dz is carried down through.
fn power_of_depth(parts: &[&Part<'_>]) -> Option<Found> {
    let estimates = multiples(parts)?;
    let next = estimates.iter().filter(|it| it.sizes.above == 1);
    let constant = common(&next.map(|it| (it.factor, it.uncertain)).collect::<Vec<_>>())?;
    let power = |above: usize| (0..above).fold(1.0, |power, _| power * constant);
    let fits = |part: &&Part<'_>| part.is(&(part.due * power(part.sizes().above)));
    let deep = estimates.iter().any(|it| it.sizes.above > 1);
    let constant = rounded(constant);
    (deep && parts.iter().all(fits)).then(|| {
        let says = format!(
            "multiplied by {constant} for every layer above: dz is multiplied by {constant} on \
             its way down"
        );
        Found::new(says, "a factor in da or dz of the hidden layers")
    })
}

/// What is given beyond what is due, as a block.
fn beyond(part: &Part<'_>) -> Array2<f64> {
    part.given - part.due
}

/// A penalty on the weights: its slope by W, how that is written, and what it is called.
struct Penalty {
    slope: fn(f64) -> f64,
    written: &'static str,
    name: &'static str,
}

const PENALTIES: [Penalty; 2] = [
    Penalty { slope: |w| w, written: "W", name: "weight decay (L2)?" },
    Penalty { slope: f64::signum, written: "sign(W)", name: "an L1 penalty?" },
];

/// given − due = λ·W or λ·sign(W), λ a number, or one over m or α.
fn decay(parts: &[&Part<'_>]) -> Option<Found> {
    let known: Vec<&&Part<'_>> =
        parts.iter().filter(|part| part.parameters().iter().any(|&w| w != 0.0)).collect();
    let over = |part: &Part<'_>| [("", 1.0), ("/m", part.sizes().m), ("/α", part.sizes().rate)];
    PENALTIES.iter().find_map(|penalty| {
        let each = known.iter().map(|part| share_of(part, penalty.slope));
        let estimates: Vec<(f64, f64)> = each.collect::<Option<_>>()?;
        over(known.first()?).into_iter().enumerate().find_map(|(number, (over_what, _))| {
            let scaled = estimates.iter().zip(&known).map(|(&(lambda, noise), part)| {
                let (_, size) = over(part)[number];
                (lambda * size, noise * size)
            });
            let lambda = common(&scaled.collect::<Vec<_>>())?;
            let fits = |part: &&Part<'_>| {
                let (_, size) = over(part)[number];
                let penalty = part.parameters().mapv(penalty.slope);
                part.is(&(part.due + &(penalty * (lambda / size))))
            };
            if !parts.iter().all(fits) {
                return None;
            }
            let lambda = rounded(lambda);
            let Penalty { written, name, .. } = penalty;
            let of_biases = parts.iter().all(|part| part.place.is_bias);
            let written = if of_biases { written.replace('W', "b") } else { (*written).into() };
            let says = format!("the derivative + {lambda}{over_what}·{written}: {name}");
            Some(Found::new(says, "a weight decay that nobody asked for"))
        })
    })
}

/// λ where given − due is λ times a function of W, and what it is uncertain by.
fn share_of(part: &Part<'_>, of: fn(f64) -> f64) -> Option<(f64, f64)> {
    let w = part.parameters().mapv(of);
    let size = length(&w);
    let beyond = beyond(part);
    let lambda = dot(&beyond, &w) / (size * size);
    let noise = part.claim.slack + ESTIMATED * part.claim.relative * length(part.given);
    (length(&(beyond - &(&w * lambda))) <= noise).then_some((lambda, noise / size))
}

/// Entries clamped at a bound that is reached again and again.
fn clipped(parts: &[&Part<'_>]) -> Option<Found> {
    let entries = || parts.iter().flat_map(|part| part.given.iter());
    let bound = entries().fold(0.0_f64, |bound, entry| bound.max(entry.abs()));
    let reached = entries().filter(|entry| entry.abs() == bound).count();
    let fits = |part: &&Part<'_>| part.is(&part.due.mapv(|due| due.clamp(-bound, bound)));
    (bound > 0.0 && reached > 1 && parts.iter().all(fits)).then(|| {
        let says = format!("the derivative clipped to ±{}: a gradient clip?", rounded(bound));
        Found::new(says, "a clip of the gradient's entries")
    })
}

type Moving = dyn Fn(&Array2<f64>) -> Array2<f64>;

/// A block with its entries moved, and where to look for it.
struct Move {
    says: String,
    place: &'static str,
    apply: Box<Moving>,
}

fn moves() -> Vec<Move> {
    let transposed = |due: &Array2<f64>| {
        if due.is_square() { due.t().as_standard_layout().into_owned() } else { due.clone() }
    };
    let reversed = |axis| {
        move |due: &Array2<f64>| {
            let mut due = due.clone();
            due.invert_axis(Axis(axis));
            due.as_standard_layout().into_owned()
        }
    };
    let in_order = "the order of the units in the product";
    let mut moves = vec![
        Move {
            says: "the transpose of the derivative where that is square".into(),
            place: "the order of the factors, or a transpose, in dW",
            apply: Box::new(transposed),
        },
        Move {
            says: "the derivative with its rows in reverse order".into(),
            place: in_order,
            apply: Box::new(reversed(0)),
        },
        Move {
            says: "the derivative with its columns in reverse order".into(),
            place: in_order,
            apply: Box::new(reversed(1)),
        },
    ];
    for by in 1..4_usize {
        for (axis, name) in [(0, "row"), (1, "column")] {
            moves.push(Move {
                says: format!(
                    "the derivative with {name} i + {by} in place of {name} i, cyclically"
                ),
                place: "the index of the unit",
                apply: Box::new(move |due| rotated(due, axis, by)),
            });
        }
    }
    moves
}

fn rotated(due: &Array2<f64>, axis: usize, by: usize) -> Array2<f64> {
    let count = due.len_of(Axis(axis));
    let order: Vec<usize> = (0..count).map(|i| (i + by) % count).collect();
    due.select(Axis(axis), &order)
}

fn moved(parts: &[&Part<'_>]) -> Option<Found> {
    let fits = |it: &Move| parts.iter().all(|part| part.is(&(it.apply)(part.due)));
    moves().into_iter().find(fits).map(|Move { says, place, .. }| Found::new(says, place))
}

/// A block that is another layer's, of the same shape.
fn of_another_layer(parts: &[&Part<'_>]) -> Option<Found> {
    let other = |part: &&Part<'_>| {
        let others = part.claim.parts();
        let other = others.iter().find(|other| {
            other.place.l != part.place.l
                && other.place.is_bias == part.place.is_bias
                && other.given.dim() == part.given.dim()
                && length(other.given) > part.claim.slack
                && part.is(other.given)
        });
        other.map(|other| (part.place, other.place))
    };
    let tied: Vec<_> =
        parts.iter().filter(|part| !part.agrees()).map(other).collect::<Option<_>>()?;
    let &(block, other) = tied.first()?;
    let says = format!(
        "{block} is the same as {other} where both have the same shape: are two layers tied, or \
         one object?"
    );
    let found = Found::new(says, "whether the layers share a matrix");
    Some(Found { is_whole: true, ..found })
}

/// The sign alone, or the size alone.
fn signs(parts: &[&Part<'_>]) -> Option<Found> {
    let fits = |of: fn(f64) -> f64| parts.iter().all(|part| part.is(&part.due.mapv(of)));
    let sign = |due: f64| if due == 0.0 { 0.0 } else { due.signum() };
    if fits(sign) {
        return Some(Found::new("the sign of the derivative alone", "a sign() of the gradient"));
    }
    let says = "the derivative without its sign";
    fits(f64::abs).then(|| Found::new(says, "an absolute value"))
}

/// The same number too much in every entry.
fn shifted(parts: &[&Part<'_>]) -> Option<Found> {
    let estimates = parts.iter().flat_map(|part| {
        let noise = part.claim.slack + ESTIMATED * part.claim.relative * length(part.given);
        beyond(part).into_iter().map(move |entry| (entry, noise))
    });
    let shift = common(&estimates.collect::<Vec<_>>())?;
    if !parts.iter().all(|part| part.is(&part.due.mapv(|due| due + shift))) {
        return None;
    }
    let says = format!("the derivative + {} in every entry", rounded(shift));
    Some(Found::new(says, "a constant that is added to the gradient"))
}
