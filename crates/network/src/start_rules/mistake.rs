//! Common mistakes in the scale of a start, each with the standard deviation that it leads to.
//!
//! A mistake is named if it explains every layer. Start reading at [`CommonMistake`].

use super::LayerStarts;
use super::finding::short;
use crate::tolerance::{EXPLAINED, STANDARD_ERRORS_OF_A_MISTAKE};
use crate::{Scheme, WeightDistribution, Weights};

/// A wrong scale that is met in people's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommonMistake {
    /// The scale of another start.
    Of(Scheme),
    /// n_out where n_in is meant.
    FanOut,
    /// √(2/n_in + n_out) for √(2/(n_in + n_out)).
    SumAfterDivision,
    /// U(−s, s) whose s is the declared standard deviation.
    DeviationAsBound,
    /// A standard deviation that is the bound of the declared uniform distribution.
    BoundAsDeviation,
    /// The square root is missing: the variance in place of the standard deviation.
    VarianceAsDeviation,
    /// Not divided by √n.
    WidthForgotten,
    /// Divided by n where it is √n; of Xavier's start that is the variance.
    WidthTwice,
    /// Draws of scale 1.
    ScaleForgotten,
}

/// What a mistake does to a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedMistake {
    /// The standard deviation that it leads to, relative to the declared one.
    pub factor: f64,
    /// What it is, as of what.
    pub sentence: String,
}

/// How far the weights of one layer are from 0, as measured.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerSpread {
    /// What the layer is called.
    pub name: String,
    /// How many inputs a unit has.
    pub n_in: usize,
    /// How many units there are.
    pub n_out: usize,
    /// How many weights there are in all starts.
    pub draws: usize,
    /// The mean of their squares.
    pub mean_square: f64,
}

impl LayerSpread {
    pub(super) fn of(layer: &LayerStarts<'_>) -> Self {
        let draws = layer.count();
        let squares: f64 = layer.weights().map(|weight| weight * weight).sum();
        let (name, mean_square) = (layer.name.clone(), squares / draws as f64);
        Self { name, n_in: layer.n_in(), n_out: layer.n_out(), draws, mean_square }
    }

    pub(super) fn distribution(&self, weights: Weights) -> WeightDistribution {
        weights.distribution(self.n_in, self.n_out)
    }

    /// How many standard errors it is from a standard deviation.
    fn distance(&self, standard_deviation: f64) -> f64 {
        let ratio = self.mean_square.sqrt() / standard_deviation;
        libm::log(ratio).abs() * (2.0 * self.draws as f64).sqrt()
    }
}

impl CommonMistake {
    /// Every mistake; of two that explain a start equally well the first is named.
    pub const ALL: [Self; 11] = [
        Self::Of(Scheme::Xavier),
        Self::Of(Scheme::He),
        Self::Of(Scheme::Glorot),
        Self::FanOut,
        Self::SumAfterDivision,
        Self::DeviationAsBound,
        Self::BoundAsDeviation,
        Self::VarianceAsDeviation,
        Self::WidthForgotten,
        Self::WidthTwice,
        Self::ScaleForgotten,
    ];

    /// The mistake that is nearest to what is measured, if it explains every layer.
    pub(super) fn that_explains(layers: &[LayerSpread], declared: Weights) -> Option<Self> {
        let farthest = |mistake: Self| {
            let distances = layers.iter().map(|layer| {
                let deviation = mistake.standard_deviation(declared, layer.n_in, layer.n_out)?;
                Some(layer.distance(deviation))
            });
            distances.collect::<Option<Vec<_>>>().map(|all| all.into_iter().fold(0.0, f64::max))
        };
        let explain = Self::ALL.into_iter().filter_map(|mistake| {
            let farthest = farthest(mistake)?;
            (farthest <= STANDARD_ERRORS_OF_A_MISTAKE).then_some((mistake, farthest))
        });
        explain.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(mistake, _)| mistake)
    }

    /// The standard deviation of a layer with `n_in` inputs and `n_out` units in which the mistake
    /// is made; nothing where it cannot be made.
    ///
    /// ```
    /// use init_symmetry_network::Weights;
    /// use init_symmetry_network::start_rules::CommonMistake;
    /// let leads_to = |weights| CommonMistake::FanOut.standard_deviation(weights, 2, 8);
    /// assert_eq!(leads_to(Weights::He), Some(0.5));
    /// assert_eq!(leads_to(Weights::Normal(0.01)), None);
    /// ```
    pub fn standard_deviation(self, declared: Weights, n_in: usize, n_out: usize) -> Option<f64> {
        let scheme = declared.scheme();
        let right = declared.distribution(n_in, n_out).standard_deviation();
        let both = (n_in + n_out) as f64;
        let (by_inputs, by_both) = (scheme.is_of_fan_in(), scheme.is_of_both_widths());
        let width = if by_both { both } else { n_in as f64 };
        let of_a_width = by_inputs || by_both;
        match self {
            Self::Of(other) if other.in_words() == scheme.in_words() => None,
            Self::Of(other) => {
                Some(other.weights(1.0).distribution(n_in, n_out).standard_deviation())
            }
            Self::FanOut => {
                by_inputs.then(|| declared.distribution(n_out, n_in).standard_deviation())
            }
            Self::SumAfterDivision => {
                // √(2/n_in + n_out), and √(6/n_in + n_out)/√3 of a uniform start
                let summand =
                    if scheme == Scheme::Glorot { n_out as f64 } else { n_out as f64 / 3.0 };
                by_both.then(|| (2.0 / n_in as f64 + summand).sqrt())
            }
            Self::DeviationAsBound => Some(right / 3.0_f64.sqrt()),
            Self::BoundAsDeviation => match declared.distribution(n_in, n_out) {
                WeightDistribution::Uniform { bound } => Some(bound),
                _ => None,
            },
            Self::VarianceAsDeviation => Some(right * right),
            Self::WidthForgotten => of_a_width.then(|| right * width.sqrt()),
            Self::WidthTwice => {
                let wrong = right / width.sqrt();
                let is_variance = (wrong - right * right).abs() <= EXPLAINED * wrong;
                (of_a_width && !is_variance).then_some(wrong)
            }
            Self::ScaleForgotten => declared
                .number()
                .map(|_| scheme.weights(1.0).distribution(n_in, n_out).standard_deviation()),
        }
    }

    /// What it does to a layer, in words.
    pub(super) fn of(self, declared: Weights, layer: &LayerSpread) -> NamedMistake {
        let right = layer.distribution(declared).standard_deviation();
        let wrong = self.standard_deviation(declared, layer.n_in, layer.n_out);
        let scheme = declared.scheme();
        let meant = scheme.in_words();
        let width = if scheme.is_of_both_widths() { "n_in + n_out" } else { "n" };
        let sentence = match self {
            Self::Of(other) => format!("as with {} instead of {meant}", other.in_words()),
            Self::FanOut => "as with fan-out instead of fan-in".into(),
            Self::SumAfterDivision => {
                "as with √(2/n_in + n_out) instead of √(2/(n_in + n_out))".into()
            }
            Self::DeviationAsBound => "as with U(−s, s) instead of the standard deviation s".into(),
            Self::BoundAsDeviation => "as with the standard deviation s instead of U(−s, s)".into(),
            Self::VarianceAsDeviation => {
                "as with the variance instead of the standard deviation: is a root missing?".into()
            }
            Self::WidthForgotten => format!("as without the division by √({width})"),
            Self::WidthTwice => format!("as with a division by {width} instead of √({width})"),
            Self::ScaleForgotten => "as without the scale".into(),
        };
        NamedMistake { factor: wrong.unwrap_or(right) / right, sentence }
    }
}

/// A factor on the declared standard deviation, by its name if it has one.
pub(super) fn factor_in_words(factor: f64) -> String {
    let (by, direction) =
        if factor > 1.0 { (factor, "too large") } else { (1.0 / factor, "too small") };
    let named = [("√2", 2.0_f64.sqrt()), ("√3", 3.0_f64.sqrt())];
    let is_named = |(_, value): &(&str, f64)| (by - value).abs() <= EXPLAINED * by;
    match named.into_iter().find(is_named) {
        Some((name, _)) => format!("{name} times {direction}"),
        None => format!("{} times {direction}", short(by)),
    }
}
