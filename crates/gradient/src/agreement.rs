//! Several kinds of evidence side by side: differences, Taylor rates and the exact derivative.

use super::comparison::{Entry, GradientVerdict};
use super::taylor::{Reading, Taylor};
use serde::Serialize;

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
    #[strum(serialize = "the numerical derivative is unreliable")]
    NumericSideUnreliable,
    /// The gradient is the derivative of the subject's own loss, which is not the one specified.
    #[strum(serialize = "the gradient is that of the subject's own loss, not of the specified one")]
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
}
