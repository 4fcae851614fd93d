//! What a check found for one entry, and how well it knows it.

/// How an entry of the gradient was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// The function is smooth here: one slope.
    Smooth,
    /// The slopes on the two sides differ, or those of the subject do. A claim between them is
    /// accepted; of another one nothing is said, because the chain rule may give that, too.
    Kink,
    /// A kink of a known function, or one around which the subject's gradient does not add up to
    /// the change of its loss: a claim outside the bounds is wrong.
    KnownKink,
    /// The differences never settled, however small the step.
    NotConverged,
    /// The function is not finite on one side, however small the step.
    DomainEdge,
    /// Rounding decides on which side of a kink an intermediate result lies.
    SignLost,
    /// The entry was left out: sampling, or the cap on evaluations.
    NotSelected,
}

/// The derivative that a check found for one entry, with the bound on its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The derivative, or the smaller of the two one-sided ones.
    pub low: f64,
    /// The derivative, or the larger of the two one-sided ones.
    pub high: f64,
    /// The bound on what a finite step leaves out; 0 for exact derivatives.
    pub truncation: f64,
    /// The bound on what rounding does to both sides of the comparison.
    pub rounding: f64,
    /// How the entry was looked at.
    pub status: Status,
}

impl Estimate {
    /// One slope with the bounds on its error.
    pub(crate) fn smooth(slope: f64, truncation: f64, rounding: f64) -> Self {
        Self { low: slope, high: slope, truncation, rounding, status: Status::Smooth }
    }

    /// Nothing was found, and why.
    pub(crate) fn nothing(status: Status) -> Self {
        Self { low: f64::NAN, high: f64::NAN, truncation: 0.0, rounding: 0.0, status }
    }

    /// Truncation + rounding: what a true entry may be away by.
    pub fn tolerance(&self) -> f64 {
        self.truncation + self.rounding
    }

    /// The tolerance of a derivative that is there to compare with; of none, 0.
    pub(crate) fn known_tolerance(&self) -> f64 {
        if self.is_known() { self.tolerance() } else { 0.0 }
    }

    /// Whether there is a derivative to compare with.
    pub fn is_known(&self) -> bool {
        matches!(self.status, Status::Smooth | Status::Kink | Status::KnownKink)
            && self.tolerance().is_finite()
    }

    /// What a claim outside means: it is at a kink if the subject's gradient adds up around the
    /// point, unless all outcomes are known, and wrong if not. Says whether it was excused.
    pub(crate) fn judge_kink(&mut self, adds_up: bool) -> bool {
        if self.status == Status::KnownKink {
            return false;
        }
        if adds_up {
            self.status = Status::Kink;
        } else if self.status == Status::Kink {
            self.status = Status::KnownKink;
        }
        adds_up
    }

    /// Whether a claimed entry is certainly not the derivative, nor what a backward pass may give
    /// at a kink.
    pub fn condemns(&self, claimed: f64) -> bool {
        self.is_known() && self.status != Status::Kink && !self.accepts(claimed)
    }

    /// How far a claimed entry is outside the slopes found; NaN stays NaN.
    pub fn distance(&self, claimed: f64) -> f64 {
        if claimed.is_nan() {
            return f64::NAN;
        }
        (self.low - claimed).max(claimed - self.high).max(0.0)
    }

    /// Whether a claimed entry lies within the tolerance; never for NaN.
    pub fn accepts(&self, claimed: f64) -> bool {
        self.distance(claimed) <= self.tolerance()
    }

    /// The derivative found; at a kink, the accepted slope nearest to the claim.
    pub fn nearest_to(&self, claimed: f64) -> f64 {
        claimed.max(self.low).min(self.high)
    }

    /// The same for a function `factor` times as steep.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        let (low, high) = (self.low * factor, self.high * factor);
        Self {
            low: low.min(high),
            high: low.max(high),
            truncation: self.truncation * factor.abs(),
            rounding: self.rounding * factor.abs(),
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINK: Estimate =
        Estimate { low: -1.0, high: 3.0, truncation: 0.25, rounding: 0.5, status: Status::Kink };

    #[test]
    fn a_claim_is_accepted_between_the_slopes_and_within_the_tolerance_outside() {
        assert_eq!(KINK.tolerance(), 0.75);
        for (claimed, distance) in [(-2.0, 1.0), (-1.0, 0.0), (1.0, 0.0), (3.0, 0.0), (3.75, 0.75)]
        {
            assert_eq!(KINK.distance(claimed), distance, "{claimed}");
            assert_eq!(KINK.accepts(claimed), distance <= 0.75, "{claimed}");
        }
        assert!(KINK.distance(f64::NAN).is_nan() && !KINK.accepts(f64::NAN));
        assert_eq!([-2.0, 1.0, 9.0].map(|claimed| KINK.nearest_to(claimed)), [-1.0, 1.0, 3.0]);
    }

    #[test]
    fn a_negative_factor_turns_the_slopes_round_and_keeps_errors_positive() {
        let scaled = KINK.scaled(-2.0);
        assert_eq!((scaled.low, scaled.high), (-6.0, 2.0));
        assert_eq!((scaled.truncation, scaled.rounding, scaled.status), (0.5, 1.0, Status::Kink));
    }

    #[test]
    fn only_a_slope_with_a_finite_tolerance_is_known() {
        assert!(KINK.is_known() && Estimate::smooth(1.0, 0.0, 0.0).is_known());
        assert!(!Estimate::smooth(1.0, 0.0, f64::INFINITY).is_known());
        for status in [Status::NotConverged, Status::DomainEdge, Status::NotSelected] {
            assert!(!Estimate::nothing(status).is_known());
        }
    }
}
