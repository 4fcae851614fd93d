//! Bounds, slopes and factors that cases of one example show: dW/db is what the layer reads, db is
//! dz.
//!
//! An estimate is only a candidate: `changed.rs` compares the gradient that it gives with every
//! answer.

use super::changed::Change;
use super::claim::{Claim, Place, dot, length};
use super::number::{common, rounded};
use super::variation::{Clip, Leak, Variation};
use init_symmetry_network::tolerance::ESTIMATED;
use init_symmetry_network::{Activation, Problem};
use ndarray::Array2;
use strum::VariantArray;

/// How far apart two labels are from which a line is drawn.
const APART: f64 = 0.125;

/// The slope below a kink, estimated of each activation that has one.
pub(super) fn leaks(claims: &[Claim<'_>]) -> Vec<Change> {
    let mut all = Vec::new();
    for &of in Activation::VARIANTS.iter().filter(|g| g.has_kink()) {
        let of_it: Vec<&Claim<'_>> = claims
            .iter()
            .filter(|claim| {
                let network = &claim.case.network;
                network.shared_activation() == Some(of) && network.depth() > 1
            })
            .collect();
        let backward =
            common(&of_it.iter().filter_map(|it| slope_behind(it, of)).collect::<Vec<_>>());
        let forward = common(&of_it.iter().flat_map(|it| slope_ahead(it)).collect::<Vec<_>>());
        let leak = |slope, forward| Variation {
            leak: Some(Leak { of, slope, forward }),
            ..Variation::default()
        };
        if let Some(slope) = backward {
            let says = format!(
                "The negative side of {of} is multiplied by {} in the backward pass only: leaky?",
                rounded(slope)
            );
            all.push(Change::varied(
                says,
                "the derivative of the activation below 0",
                leak(slope, false),
            ));
        }
        if let Some(slope) = forward {
            let says = format!(
                "The negative side of {of} is multiplied by {} forward and backward: leaky?",
                rounded(slope)
            );
            all.push(Change::varied(says, "the activation below 0", leak(slope, true)));
        }
    }
    all
}

/// The slope below 0 in the top hidden layer, in which db is linear.
fn slope_behind(claim: &Claim<'_>, of: Activation) -> Option<(f64, f64)> {
    let with = |slope| {
        let leak = Some(Leak { of, slope, forward: false });
        Variation { leak, ..Variation::default() }.gradient(claim.case.problem())
    };
    let l = claim.case.network.depth() - 1;
    let (zero, one) = (with(0.0), with(1.0));
    let per_slope = one.db(l) - zero.db(l);
    let size = length(&per_slope);
    let noise = claim.slack + claim.relative * length(claim.given.gradient.db(l));
    if size <= ESTIMATED * noise {
        return None;
    }
    let slope = dot(&(claim.given.gradient.db(l) - zero.db(l)), &per_slope) / (size * size);
    Some((slope, noise / size))
}

/// a/z below 0 in the first layer, of a case with one example: dW2 = dz2·a1ᵀ, db2 = dz2.
fn slope_ahead(claim: &Claim<'_>) -> Vec<(f64, f64)> {
    let Problem { parameters, batch, .. } = claim.case.problem();
    if batch.m() != 1 {
        return Vec::new();
    }
    let z = parameters.w(1).dot(batch.x()) + parameters.b(1);
    let a = below(claim, 2);
    let below_zero = z.iter().zip(a).filter(|(z, _)| **z < 0.0);
    below_zero.map(|(z, (a, uncertain))| (a / z, uncertain / z.abs())).collect()
}

/// What layer l reads, seen in dW/db of one example, with what it is uncertain by.
fn below(claim: &Claim<'_>, l: usize) -> Vec<(f64, f64)> {
    let (dw, db) = (claim.given.gradient.dw(l), claim.given.gradient.db(l));
    let steepest = (0..db.len()).max_by(|&i, &k| db[[i, 0]].abs().total_cmp(&db[[k, 0]].abs()));
    let Some(i) = steepest.filter(|&i| db[[i, 0]].abs() > ESTIMATED * claim.slack) else {
        return Vec::new();
    };
    let slope = db[[i, 0]];
    let noise = |a: f64| ESTIMATED * (claim.slack / slope.abs()) * (1.0 + a.abs());
    dw.row(i).iter().map(|dw| (dw / slope, noise(dw / slope))).collect()
}

/// dz of every case with one example that reaches one bound.
pub(super) fn clips(claims: &[Claim<'_>]) -> Vec<Change> {
    let largest = |holds: &dyn Fn(Place) -> bool| {
        let single = claims.iter().filter(|claim| claim.m() == 1);
        let blocks = single.flat_map(|claim| {
            let parts = claim.parts();
            let of_bias = parts.iter().filter(|it| it.place.is_bias && holds(it.place));
            of_bias.flat_map(|it| it.given.iter().copied()).collect::<Vec<_>>()
        });
        blocks.fold(0.0_f64, |largest, dz| largest.max(dz.abs()))
    };
    let of_output = largest(&|place| place.l == place.depth);
    let of_hidden = largest(&|place| place.l < place.depth);
    let mut all = Vec::new();
    for (bound, output, hidden, name) in [
        (of_output.max(of_hidden), true, true, "dz"),
        (of_output, true, false, "dz of the output"),
        (of_hidden, false, true, "dz of the hidden layers"),
    ] {
        let clip = Some(Clip { bound, output, hidden });
        let says = format!("{name} is clipped to ±{}.", rounded(bound));
        let variation = Variation { clip, ..Variation::default() };
        all.push(Change::varied(says, "a clip on dz", variation));
    }
    all.extend(clip_of_predictions(claims));
    all
}

/// ŷ kept away from 0 and 1, as against log(0).
fn clip_of_predictions(claims: &[Claim<'_>]) -> Option<Change> {
    let mut seen = Vec::new();
    for claim in claims.iter().filter(|claim| claim.m() == 1) {
        let depth = claim.case.network.depth();
        let loss = claim.case.network.loss;
        // ŷ is a probability
        if loss.has_bounded_slope() && loss.dz_is_residual() {
            let db = claim.given.gradient.db(depth);
            seen.extend(db.iter().zip(claim.case.batch.y()).map(|(dz, y)| dz + y));
        }
    }
    let low = seen.iter().copied().fold(1.0, f64::min);
    let high = seen.iter().copied().fold(0.0, f64::max);
    (low < high && (low > 0.0 || high < 1.0)).then(|| {
        let says = format!("ŷ is clipped to [{}, {}] in dz.", rounded(low), rounded(high));
        let variation = Variation { y_hat: Some((low, high)), ..Variation::default() };
        Change::varied(says, "a clip of ŷ: compute loss and dz from z", variation)
    })
}

/// x as layer 1 sees it.
pub(super) fn inputs(claims: &[Claim<'_>]) -> Vec<Change> {
    let mut seen = Vec::new();
    for claim in claims.iter().filter(|claim| claim.m() == 1) {
        let x = claim.case.batch.x().iter().copied();
        seen.extend(x.zip(below(claim, 1)));
    }
    let mut all = Vec::new();
    let bound = seen.iter().fold(0.0_f64, |bound, (_, (x, _))| bound.max(x.abs()));
    let factors: Vec<_> =
        seen.iter().map(|(x, (seen, noise))| (seen / x, noise / x.abs())).collect();
    if let Some(factor) = common(&factors).filter(|_| !factors.is_empty()) {
        let says = format!("x is multiplied by {} before it is used.", rounded(factor));
        all.push(Change::batch(says, "a scaling of the inputs", move |batch| {
            (batch.x() * factor, batch.y().clone())
        }));
    }
    if bound > 0.0 {
        let says = format!("x is clipped to ±{}.", rounded(bound));
        all.push(Change::batch(says, "a clip of the inputs", move |batch| {
            (batch.x().mapv(|x| x.clamp(-bound, bound)), batch.y().clone())
        }));
    }
    all.push(Change::batch("x is cut to whole numbers.", "the type of the inputs", |batch| {
        (batch.x().mapv(f64::trunc), batch.y().clone())
    }));
    all
}

/// A label, what dz of the output takes for it, and what that is uncertain by: dz is linear in y.
fn seen_labels(claims: &[Claim<'_>]) -> Vec<(f64, f64, f64)> {
    let mut seen = Vec::new();
    for claim in claims.iter().filter(|claim| claim.m() == 1) {
        let Problem { network, parameters, batch } = claim.case.problem();
        let Ok(forward) = network.forward(parameters, batch.x()) else { continue };
        let dz = claim.given.gradient.db(network.depth());
        let z = forward.z(network.depth());
        let at = |y: f64| network.loss.dz(z, &Array2::from_elem(z.dim(), y));
        for ((&dz, &y), (at_zero, at_one)) in
            dz.iter().zip(batch.y()).zip(at(0.0).iter().zip(at(1.0)))
        {
            let per_label = at_one - at_zero;
            let noise = ESTIMATED * claim.relative * (1.0 + at_zero.abs());
            if per_label.abs() > ESTIMATED * noise {
                seen.push((y, (dz - at_zero) / per_label, noise / per_label.abs()));
            }
        }
    }
    seen
}

/// y as dz of the output sees it.
pub(super) fn labels(claims: &[Claim<'_>]) -> Vec<Change> {
    let seen = seen_labels(claims);
    let change = |says: String, of: Box<dyn Fn(f64) -> f64>| {
        Change::batch(says, "what is done to the labels", move |batch| {
            (batch.x().clone(), batch.y().mapv(&of))
        })
    };
    let mut all = vec![change(
        "The labels are rounded to 0 and 1.".into(),
        Box::new(|y| f64::from(u8::from(y >= 0.5))),
    )];
    let low = seen.iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
    let high = seen.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    if low < high {
        let says = format!("The labels are clipped to [{}, {}].", rounded(low), rounded(high));
        all.push(change(says, Box::new(move |y| y.clamp(low, high))));
    }
    let precise = |it: &&(f64, f64, f64)| it.2;
    let first = seen.iter().min_by(|x, y| precise(x).total_cmp(&precise(y)));
    let apart = first.and_then(|first| {
        let far = seen.iter().filter(|it| (it.0 - first.0).abs() > APART);
        Some((first, far.min_by(|x, y| precise(x).total_cmp(&precise(y)))?))
    });
    if let Some((first, other)) = apart {
        let slope = (other.1 - first.1) / (other.0 - first.0);
        let offset = first.1 - slope * first.0;
        let says = format!(
            "The labels are replaced by {}·y + {}: label smoothing?",
            rounded(slope),
            rounded(offset)
        );
        all.push(change(says, Box::new(move |y| slope * y + offset)));
    }
    all
}
