//! Every threshold of the suite, with its derivation. No other file holds a tolerance.

/// u = 2^−53: a correctly rounded f64 operation returns exact·(1 + δ) with |δ| ≤ u.
///
/// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, theorem 2.2.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// How far from its fixed point an iteration x := x + step(x) can end for rounding alone, where
/// the step is a sum of `terms` numbers of total size `magnitude` and the iteration contracts
/// distances by the factor `contraction` < 1: each step adds at most terms·u·magnitude (Higham,
/// section 4.2), and the geometric series of what earlier steps left sums to 1/(1 − contraction).
pub fn fixed_point(terms: usize, magnitude: f64, contraction: f64) -> f64 {
    terms as f64 * UNIT_ROUNDOFF * magnitude / (1.0 - contraction)
}

/// How far rounding can move a computed mean loss: with m examples it is a sum of m numbers of mean size `loss`, summed with at most (m + 8)·u relative
/// error (Higham, section 4.2, and 8 u for softplus and the product inside each term).
pub fn mean_loss(m: usize, loss: f64) -> f64 {
    (m + 8) as f64 * UNIT_ROUNDOFF * loss
}
