//! How fast the Taylor remainder of a claimed gradient falls: a second opinion on differences.
//!
//! It knows nothing of entries. Start at [`taylor`].

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
