//! Several kinds of evidence side by side: differences, Taylor rates and the exact derivative.

use super::comparison::{Entry, GradientVerdict};
use super::difference::Line;
use init_symmetry_network::Result;
use init_symmetry_network::tolerance::{RATE_OF_A_TRUE_GRADIENT, REMAINDER_OVER_NOISE};
use serde::Serialize;

/// How fast f(θ + t·v) − f(θ) − t·(gradient·v) falls along one random direction v of a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taylor {
    /// The block.
    pub block: String,
    /// The power of t at the smallest steps that noise leaves; nothing where none does.
    pub rate: Option<f64>,
    /// The smallest error of the slope along v that would have turned the rate to 1.
    pub floor: f64,
    /// The remainder over t at the smallest of those steps: the error of the slope, if the rate is
    /// 1; 0 where there is no rate.
    pub apart: f64,
    /// What it says.
    pub reading: Reading,
}

/// What a Taylor rate says of the claimed gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reading {
    /// Rate 2 or more: the gradient is the derivative along v.
    Quadratic,
    /// Rate 1 or so: it is not.
    Linear,
    /// Rate 1 or so, by an error of the slope that the tolerances of the entries allow.
    WithinTolerance,
    /// The remainder is noise at every step: the linear model is exact.
    ExactModel,
    /// Noise leaves too few steps for a rate.
    TooFewSteps,
    /// The function is not finite nearby.
    NotFinite,
}

impl Reading {
    /// Whether the rate speaks for the gradient.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Quadratic | Self::ExactModel)
    }
}

impl Taylor {
    /// Takes into account that the slope along v is known no better than this.
    pub(crate) fn allow(&mut self, tolerance: f64) {
        if self.reading == Reading::Linear && self.apart <= tolerance {
            self.reading = Reading::WithinTolerance;
        }
    }
}

/// What the kinds of evidence say, side by side and together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct Agreement {
    /// Whether the exact derivative of a loss given apart from the subject accepts the gradient.
    pub exact: Option<bool>,
    /// Whether that loss is the subject's own.
    pub same_loss: Option<bool>,
    /// Whether differences of the subject's own loss accept it.
    pub differences: Option<bool>,
    /// Whether the Taylor rates do.
    pub taylor: Option<bool>,
    /// What that means.
    pub meaning: Meaning,
}

/// What the kinds of evidence mean together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "lowercase")]
pub enum Meaning {
    /// All that was asked accepts the gradient.
    #[strum(serialize = "the gradient is right")]
    GradientRight,
    /// All that can see an error of this size rejects it.
    #[strum(serialize = "the gradient is wrong")]
    GradientWrong,
    /// The differences reject; the Taylor rate, which would have seen it, or the exact derivative
    /// accepts.
    #[strum(serialize = "the numeric side is unreliable")]
    NumericSideUnreliable,
    /// The gradient is the derivative of the subject's own loss, which is not the one specified.
    #[strum(serialize = "the gradient belongs to another loss than the one specified")]
    AnotherLoss,
    /// The evidence cannot be put together.
    #[default]
    #[strum(serialize = "undecided")]
    Undecided,
}

impl Agreement {
    /// Differences of the subject's loss against the Taylor rates.
    pub(crate) fn of(verdict: GradientVerdict, worst: &[Entry], taylor: &[Taylor]) -> Self {
        let differences = match verdict {
            GradientVerdict::Pass => Some(true),
            GradientVerdict::Mismatch => Some(false),
            GradientVerdict::Unchecked | GradientVerdict::Invalid => None,
        };
        let linear = taylor.iter().any(|taylor| taylor.reading == Reading::Linear);
        let all_accept = taylor.iter().all(|taylor| taylor.reading.accepts());
        let rates = if linear { Some(false) } else { all_accept.then_some(true) };
        // A rate speaks against the differences only where it could have seen their error.
        let denied = worst.iter().any(|entry| {
            let mut of_block = taylor.iter().filter(|taylor| taylor.block == entry.block);
            of_block.any(|taylor| taylor.reading.accepts() && taylor.floor < entry.absolute)
        });
        let meaning = match (differences, rates) {
            (Some(true), Some(true) | None) => Meaning::GradientRight,
            (Some(false), Some(true) | None) if denied => Meaning::NumericSideUnreliable,
            (Some(false), _) => Meaning::GradientWrong,
            _ => Meaning::Undecided,
        };
        Self { exact: None, same_loss: None, differences, taylor: rates, meaning }
    }

    /// The exact derivative against what differences of the subject's own loss say.
    pub(crate) fn with_exact(self, verdict: GradientVerdict, same_loss: bool) -> Self {
        let exact = match verdict {
            GradientVerdict::Pass => Some(true),
            GradientVerdict::Mismatch => Some(false),
            GradientVerdict::Unchecked | GradientVerdict::Invalid => None,
        };
        let meaning = match (exact, self.differences) {
            (_, Some(true)) if !same_loss => Meaning::AnotherLoss,
            (Some(true), Some(false)) if same_loss => Meaning::NumericSideUnreliable,
            (Some(true), _) if same_loss => Meaning::GradientRight,
            (Some(false), _) => Meaning::GradientWrong,
            _ => Meaning::Undecided,
        };
        Self { exact, same_loss: Some(same_loss), meaning, ..self }
    }
}

/// The steps: halved until the noise of φ hides the remainder.
const FIRST_STEP: f64 = 1.0 / 16.0;
const MOST_STEPS: usize = 40;

/// The Taylor rate of `phi` with the claimed slope along its direction.
///
/// Source: the Taylor remainder test of adjoint models; pyadjoint's `taylor_test`, Manopt's
/// `checkgradient`.
pub(crate) fn taylor(
    block: &str,
    phi: &mut Line<'_>,
    at_zero: f64,
    slope: f64,
    noise: f64,
) -> Result<Taylor> {
    let (mut t, mut rate, mut finite) = (FIRST_STEP, None::<f64>, false);
    let (mut last, mut floor, mut apart) = (None::<f64>, f64::INFINITY, 0.0);
    for _ in 0..MOST_STEPS {
        let remainder = (phi(t)? - at_zero - t * slope).abs();
        finite |= remainder.is_finite();
        if remainder.is_finite() {
            // An error e of the slope adds e·t: as large as the rest, it would dominate from here.
            floor = 2.0 * remainder.max(REMAINDER_OVER_NOISE * noise) / t;
            if remainder <= REMAINDER_OVER_NOISE * noise {
                // A kink beyond t is gone at once, and with it the remainder: it falls at least so
                // fast. What falls linearly is at most twice this much above the noise.
                let least = last.map(|last| libm::log2(last / (REMAINDER_OVER_NOISE * noise)));
                rate = rate.map(|rate| least.map_or(rate, |least| rate.max(least)));
                break;
            }
            rate = last.map(|last| libm::log2(last / remainder)).or(rate);
            apart = remainder / t;
        }
        last = remainder.is_finite().then_some(remainder);
        t *= 0.5;
    }
    let reading = match (rate, last) {
        (Some(rate), _) if rate >= RATE_OF_A_TRUE_GRADIENT => Reading::Quadratic,
        (Some(_), _) => Reading::Linear,
        (None, Some(_)) => Reading::TooFewSteps,
        (None, None) if finite => Reading::ExactModel,
        (None, None) => Reading::NotFinite,
    };
    let apart = if rate.is_some() { apart } else { 0.0 };
    Ok(Taylor { block: block.into(), rate, floor, apart, reading })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    fn rate(reading: Reading, floor: f64) -> Taylor {
        Taylor { block: "w1".into(), rate: None, floor, apart: 0.0, reading }
    }

    fn off_by(absolute: f64, block: &str) -> Entry {
        Entry {
            block: block.into(),
            row: 0,
            column: 0,
            claimed: absolute,
            found: 0.0,
            absolute,
            relative: f64::INFINITY,
            truncation: 0.0,
            rounding: 0.0,
            status: Status::Smooth,
        }
    }

    #[test]
    fn differences_and_rates_mean_together_what_the_table_says() {
        use Meaning::{GradientRight, GradientWrong, NumericSideUnreliable, Undecided};
        use Reading::{ExactModel, Linear, NotFinite, Quadratic, TooFewSteps};
        let off = [off_by(0.5, "w1"), off_by(9.0, "b1")];
        for (verdict, reading, floor, rates, meaning) in [
            (GradientVerdict::Pass, Quadratic, 0.25, Some(true), GradientRight),
            (GradientVerdict::Pass, ExactModel, 0.25, Some(true), GradientRight),
            (GradientVerdict::Pass, TooFewSteps, 0.25, None, GradientRight),
            (GradientVerdict::Pass, NotFinite, 0.25, None, GradientRight),
            (GradientVerdict::Pass, Linear, 0.25, Some(false), Undecided),
            (GradientVerdict::Mismatch, Linear, 0.25, Some(false), GradientWrong),
            (GradientVerdict::Mismatch, TooFewSteps, 0.25, None, GradientWrong),
            // the rate of w1 would have seen an error of its entry above its floor
            (GradientVerdict::Mismatch, Quadratic, 0.25, Some(true), NumericSideUnreliable),
            (GradientVerdict::Mismatch, ExactModel, 0.25, Some(true), NumericSideUnreliable),
            (GradientVerdict::Mismatch, Quadratic, 0.5, Some(true), GradientWrong),
            (GradientVerdict::Mismatch, Quadratic, 0.75, Some(true), GradientWrong),
            (GradientVerdict::Unchecked, Quadratic, 0.25, Some(true), Undecided),
            (GradientVerdict::Invalid, Quadratic, 0.25, Some(true), Undecided),
        ] {
            let found = Agreement::of(verdict, &off, &[rate(reading, floor)]);
            assert_eq!((found.taylor, found.meaning), (rates, meaning), "{verdict} {reading}");
        }
        let two = [rate(Quadratic, 0.25), rate(TooFewSteps, 0.25)];
        let found = Agreement::of(GradientVerdict::Mismatch, &off, &two);
        assert_eq!((found.taylor, found.meaning), (None, NumericSideUnreliable));
        let two = [rate(Quadratic, 0.25), rate(Linear, 0.25)];
        let found = Agreement::of(GradientVerdict::Mismatch, &off, &two);
        assert_eq!((found.taylor, found.meaning), (Some(false), GradientWrong));
    }

    #[test]
    fn the_exact_derivative_and_differences_mean_together_what_the_table_says() {
        use Meaning::{
            AnotherLoss, GradientRight, GradientWrong, NumericSideUnreliable, Undecided,
        };
        for (exact, differences, same_loss, meaning) in [
            (GradientVerdict::Pass, Some(true), true, GradientRight),
            (GradientVerdict::Pass, None, true, GradientRight),
            (GradientVerdict::Pass, Some(false), true, NumericSideUnreliable),
            (GradientVerdict::Mismatch, Some(true), true, GradientWrong),
            (GradientVerdict::Mismatch, Some(false), true, GradientWrong),
            (GradientVerdict::Mismatch, None, true, GradientWrong),
            (GradientVerdict::Unchecked, Some(true), true, Undecided),
            (GradientVerdict::Mismatch, Some(true), false, AnotherLoss),
            (GradientVerdict::Pass, Some(true), false, AnotherLoss),
            (GradientVerdict::Pass, Some(false), false, Undecided),
            (GradientVerdict::Pass, None, false, Undecided),
            (GradientVerdict::Mismatch, Some(false), false, GradientWrong),
        ] {
            let own = Agreement { differences, ..Agreement::default() };
            let found = own.with_exact(exact, same_loss);
            assert_eq!(found.meaning, meaning, "{exact} {differences:?} {same_loss}");
            assert_eq!(found.same_loss, Some(same_loss));
            let said = [GradientVerdict::Pass, GradientVerdict::Mismatch].contains(&exact);
            assert_eq!(found.exact, said.then_some(exact == GradientVerdict::Pass));
        }
    }

    const NOISE: f64 = 1.0 / (1 << 16) as f64;

    #[test]
    fn the_rate_is_that_of_the_last_steps_above_the_noise_and_the_floor_what_it_would_see() {
        let read = |slope: f64, phi: fn(f64) -> f64, noise: f64| {
            taylor("w1", &mut |t| Ok(phi(t)), phi(0.0), slope, noise).unwrap()
        };
        // the remainder t² is below 16 · 2^−16 from t = 2^−6 on, where an error of 2^−5 is as large
        let right = read(3.0, |t| 1.0 + 3.0 * t + t * t, NOISE);
        assert_eq!((right.rate, right.reading), (Some(2.0), Reading::Quadratic));
        assert_eq!(right.floor, 2.0 * 16.0 * NOISE * 64.0);
        // the remainder t/2 is above it down to the last step
        let wrong = read(2.5, |t| 1.0 + 3.0 * t, 0.0);
        assert_eq!((wrong.rate, wrong.reading, wrong.floor), (Some(1.0), Reading::Linear, 1.0));
        let linear = read(3.0, |t| 1.0 + 3.0 * t, NOISE);
        assert_eq!((linear.rate, linear.reading), (None, Reading::ExactModel));
        // t² is above 16 times this noise at 1/16 and not at 1/32
        let noisy = read(3.0, |t| 3.0 * t + t * t, NOISE * 15.0);
        assert_eq!((noisy.rate, noisy.reading), (None, Reading::TooFewSteps));
        let nowhere = read(3.0, |_| f64::NAN, NOISE);
        assert_eq!((nowhere.rate, nowhere.reading), (None, Reading::NotFinite));
        let nearby = |t: f64| if t > 0.04 { f64::NAN } else { 3.0 * t + t * t };
        let nearby = read(3.0, nearby, NOISE / 16.0);
        assert_eq!((nearby.rate, nearby.reading), (Some(2.0), Reading::Quadratic));
    }
}
