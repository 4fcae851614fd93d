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
