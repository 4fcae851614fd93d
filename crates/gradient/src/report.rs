//! The result of a check: verdict, blocks, worst entries, and what the check could have seen.

use super::agreement::Agreement;
use super::comparison::{BlockReport, Entry, GradientVerdict, number};
use super::diagnosis::Cause;
use super::power::Power;
use super::taylor::Taylor;
use serde::Serialize;

/// Where the derivatives come from that the gradient was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Method {
    /// Extrapolated differences of the subject's own loss.
    Differences,
    /// Differences along random directions, one number per block.
    Directions,
    /// Forward mode on an expression given apart from the subject.
    Exact,
    /// Forward mode through one unit at a time, and one dense direction.
    Sparse,
    /// Differences of the specified loss through one unit at a time, and one dense direction.
    Structured,
}

/// The result of a check. `Display` prints it for people, serde for machines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradientReport {
    /// The conclusion.
    pub verdict: GradientVerdict,
    /// Why.
    pub reason: String,
    /// Where our derivatives come from.
    pub method: Method,
    /// The seed of everything random in the check.
    pub seed: u64,
    /// How to get this very run again.
    pub replay: String,
    /// The loss at the point.
    #[serde(serialize_with = "number")]
    pub loss: f64,
    /// The bound on the error of one evaluation of the loss.
    #[serde(serialize_with = "number")]
    pub noise: f64,
    /// The smallest step between two values of the loss where it is constant at the nearest
    /// points, 0 where it moves: some 6e−8 of the loss if that is computed in single precision.
    #[serde(serialize_with = "number")]
    pub grain: f64,
    /// Evaluations of the loss that were planned; 0 for exact methods, which need none.
    pub planned: usize,
    /// Evaluations of the loss that were made.
    pub evaluations: usize,
    /// Block by block.
    pub blocks: Vec<BlockReport>,
    /// The worst entries, worst first, by distance in tolerances.
    pub worst: Vec<Entry>,
    /// What several kinds of evidence say together.
    pub agreement: Agreement,
    /// The rate at which the Taylor remainder falls, block by block.
    pub taylor: Vec<Taylor>,
    /// What the mismatch looks like, where it fits within tolerance.
    pub diagnosis: Vec<Cause>,
    /// How many planted errors this run would have caught.
    pub power: Power,
    /// Where derivatives are exactly zero here: how many entries of the subject's gradient are at
    /// [`super::Check::another_point`].
    pub zero_elsewhere: Option<usize>,
}

impl GradientReport {
    /// Whether the verdict is [`GradientVerdict::Pass`].
    pub fn passed(&self) -> bool {
        self.verdict == GradientVerdict::Pass
    }

    /// One line for a test: fails with the whole report unless the verdict is pass.
    ///
    /// # Panics
    /// Unless the check passed.
    #[track_caller]
    pub fn assert_pass(&self) {
        assert!(self.passed(), "{self}");
    }

    /// The report as JSON, numbers to the last bit, NaN and infinities as strings.
    ///
    /// ```
    /// let report = init_symmetry_gradient::check(|x| x[0] * x[0], |x| vec![2.0 * x[0]], &[3.0]);
    /// assert_eq!(report.to_json()["verdict"], "pass");
    /// ```
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[should_panic(expected = "mismatch: ")]
    fn a_wrong_gradient_fails_the_test_that_asserts_it() {
        crate::check(|x| x[0] * x[0], |x| vec![x[0]], &[3.0]).assert_pass();
    }
}
