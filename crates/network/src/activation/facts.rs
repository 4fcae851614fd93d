//! What callers decide by.

use std::ops::RangeInclusive;

/// What is known of an activation g; tests hold each fact to the values and slopes of the code.
///
/// g(0) and g'(0) are not here: they are computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Where g has no derivative, if anywhere. Differences across it say nothing.
    pub kink: Option<f64>,
    /// Whether g(−z) = −g(z).
    pub is_odd: bool,
    /// Whether g(z) never falls as z grows.
    pub is_increasing: bool,
    /// Whether g(c·z) = c·g(z) for c > 0. Then z·g'(z) = g(z), whatever the code takes for g' at a
    /// kink at 0.
    pub is_homogeneous: bool,
    /// The smallest interval that holds every value of g.
    pub range: RangeInclusive<f64>,
    /// The smallest bound of |g'|.
    pub largest_slope: f64,
    /// How g' vanishes on both sides, if it does: such units saturate.
    pub decay: Option<Decay>,
    /// Whether g(z) is z times a function of z: as a polynomial in its inputs and in the functions
    /// that it calls, each layer then has a higher degree than the one below.
    pub is_gated: bool,
    /// The slope as a formula in z and a = g(z), for messages.
    pub written_slope: &'static str,
    /// The constructor of `activation` in `proofs/theories/Arithmetic.v`.
    pub rocq_name: &'static str,
}

/// |g'(z)| ≤ factor·e^(−rate·|z|).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// The bound at z = 0.
    pub factor: f64,
    /// How fast it falls.
    pub rate: f64,
}

impl Facts {
    /// A bound of |g'(z)| over the reals.
    pub fn bound_of_slope(&self, z: f64) -> f64 {
        match self.decay {
            Some(Decay { factor, rate }) => factor * libm::exp(-rate * z.abs()),
            None => self.largest_slope,
        }
    }
}
