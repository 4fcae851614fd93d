//! A gradient of some of the examples only: the first k, all but the last, half of them.
//!
//! Start reading at [`cause`].

use super::Cause;
use super::changed::{fitting_scope, with_scope};
use super::claim::Claim;
use init_symmetry_network::{Batch, Gradient, LayerGradient};
use ndarray::Axis;

/// Which examples count, as a number of the first or of the last.
struct Rule {
    says: String,
    of: Box<dyn Fn(usize) -> usize>,
}

fn rules(claims: &[Claim<'_>]) -> Vec<Rule> {
    let rule = |says: &str, of: Box<dyn Fn(usize) -> usize>| Rule { says: says.into(), of };
    let mut all = vec![
        rule("one example", Box::new(|_| 1)),
        rule("m − 1 examples", Box::new(|m| (m - 1).max(1))),
        rule("half of the examples", Box::new(|m| m.div_ceil(2))),
        rule("half of the examples, rounded down,", Box::new(|m| (m / 2).max(1))),
    ];
    // half of a large batch, or no more than so many examples
    let mut sizes: Vec<usize> = claims.iter().map(Claim::m).collect();
    sizes.sort_unstable();
    sizes.dedup();
    for pair in sizes.windows(2) {
        let (below, from) = (pair[0], pair[1]);
        let says = format!("half of the examples, where there are more than {below},");
        let half = move |m: usize| if m >= from { m / 2 } else { m };
        all.push(Rule { says, of: Box::new(half) });
    }
    let largest = sizes.last().copied().unwrap_or(1);
    all.extend((2..largest).map(|most| {
        let says = format!("{most} examples");
        Rule { says, of: Box::new(move |m| m.min(most)) }
    }));
    all
}

/// The rule by which examples are left out.
pub(super) fn cause(claims: &[Claim<'_>]) -> Option<Cause> {
    let of_each: Vec<Vec<Gradient<f64>>> = claims.iter().map(examples).collect::<Option<_>>()?;
    let rules = rules(claims);
    for (which, from_the_end) in [("first", false), ("last", true)] {
        for rule in &rules {
            for over_all in [false, true] {
                let kept = |(claim, examples): (&Claim<'_>, &Vec<Gradient<f64>>)| {
                    let kept = (rule.of)(claim.m());
                    let skipped = if from_the_end { claim.m() - kept } else { 0 };
                    let over = if over_all { claim.m() } else { kept };
                    mean(&examples[skipped..skipped + kept], over)
                };
                let gradients: Vec<_> =
                    claims.iter().zip(&of_each).map(kept).collect::<Option<_>>()?;
                if let Some(scope) = fitting_scope(claims, &gradients) {
                    let says = in_words(which, &rule.says);
                    return Some(Cause::new(
                        with_scope(&says, scope, claims),
                        "the range of the examples",
                    ));
                }
            }
        }
    }
    None
}

fn in_words(which: &str, count: &str) -> String {
    if count == "one example" {
        return format!("Only the {which} example counts in the gradient.");
    }
    format!("Only the {which} {count} count in the gradient.")
}

/// The gradient of each example alone.
fn examples(claim: &Claim<'_>) -> Option<Vec<Gradient<f64>>> {
    let problem = claim.case.problem();
    let single = |j: usize| {
        let [x, y] = [problem.batch.x(), problem.batch.y()].map(|it| it.select(Axis(1), &[j]));
        let batch = Batch::new(x, y).ok()?;
        Some(problem.network.at(problem.parameters, &batch).evaluate().ok()?.gradient)
    };
    (0..claim.m()).map(single).collect()
}

fn mean(gradients: &[Gradient<f64>], over: usize) -> Option<Gradient<f64>> {
    let (first, rest) = gradients.split_first()?;
    let mut sum = first.clone();
    for gradient in rest {
        for (LayerGradient { dw, db }, more) in sum.layers.iter_mut().zip(&gradient.layers) {
            *dw += &more.dw;
            *db += &more.db;
        }
    }
    for LayerGradient { dw, db } in &mut sum.layers {
        *dw /= over as f64;
        *db /= over as f64;
    }
    Some(sum)
}
