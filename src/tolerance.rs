//! Every threshold of the suite, with its derivation. No other file holds a tolerance.

/// u = 2^−53: a correctly rounded f64 operation returns exact·(1 + δ) with |δ| ≤ u.
///
/// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, theorem 2.2.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;
