//! Every threshold of the suite, with its derivation. No other file holds a tolerance.

/// u = 2^−53: a correctly rounded f64 operation returns exact·(1 + δ) with |δ| ≤ u.
///
/// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, theorem 2.2.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// Relative difference allowed between (J(θ) − J(θ − α·g)) / α and the squared norm of g.
///
/// First order: the difference is α·gᵀHg/2 of |g|², at most α·‖H‖/2. With α = 2^−20 and networks of
/// one hidden layer with numbers of size 2 (‖H‖ below some thousands) that is below 0.5 %, and
/// rounding of J, some 2^−50·J/α, is below that for |g|² ≥ 2^−12. The usual error of a trainer
/// (a sign, a factor, a missing part) is far above.
pub const STEEPEST_DESCENT: f64 = 0.01;

/// How near, relative to its Euclidean length, an answer has to be to a fault's to be explained by
/// it: 2^−40. It decides what to suggest, never what passes.
///
/// A network of the sizes asked here takes fewer than 2^10 roundings of relative size 2^−53, which
/// leaves 2^3 for cancellation; two different faults that agree to 12 digits on 32 random cases are
/// the same fault.
pub const EXPLAINED: f64 = 1.0 / 1_099_511_627_776.0;

/// What an answer that need not be right is granted for its own rounding, relative to the largest
/// entry of its block: 2^−43.
///
/// Invariances compare a subject's answers with each other. The bound of the right answer is too
/// tight where that is exactly zero (a dead ReLU) and the subject's is not: two orders of one sum
/// would count as a broken invariance. A network of the sizes asked here takes fewer than 2^10
/// roundings of relative size 2^−53 for an entry.
pub const OWN_ROUNDING: f64 = 1.0 / 8_796_093_022_208.0;

/// A rounding bound of a computation in `f64` becomes one of the same computation in `f32` when it
/// is multiplied by this: 2^30. The unit roundoff grows by 2^29; the rest is for products of two
/// errors, which a factor cannot follow and which are 2^−10 of the bound at the sizes asked here.
pub const SINGLE_PRECISION: f64 = 1_073_741_824.0;

/// What underflow may add in `f32`: 2^10 roundings, each at most the smallest normal number.
pub const SINGLE_UNDERFLOW: f64 = 1024.0 * f32::MIN_POSITIVE as f64;

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
