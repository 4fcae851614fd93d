//! Rules with a level: what a right start shows with a smaller probability than that is a finding.
//!
//! Each takes the p-value of a distribution, or a bound that holds for every number of draws; the
//! normal approximation is used nowhere, because it is wrong so far out. All starts of a layer are
//! pooled. What is called z is for the reader: no decision depends on it.

use super::mistake::LayerSpread;
use super::{CommonMistake, Evidence, LayerStarts, Spread, StartFinding, StartRules};
use crate::statistics::{cosine_p_value, count_p_value, symmetric_sum_p_value};
use crate::{WeightDistribution, Weights};
use ndarray::{Array2, ArrayView1, Axis, Slice, concatenate};

/// The most rows of a layer that are compared pair by pair: 128, which is 8128 pairs.
const MOST_ROWS: usize = 128;

impl StartRules {
    /// Evidence where its p-value is at the level or below, or no number.
    fn evidence(&self, z: f64, p_value: f64) -> Option<Evidence> {
        let is_right = p_value > self.level;
        (!is_right).then_some(Evidence { z, chance: p_value, level: self.level })
    }

    /// As many weights have to be negative as positive, as nearly as chance has it: the count is
    /// binomial for every symmetric distribution.
    pub fn both_signs(&self, layer: &LayerStarts<'_>) -> Option<StartFinding> {
        let negative = layer.weights().filter(|&weight| weight < 0.0).count();
        let positive = layer.weights().filter(|&weight| weight > 0.0).count();
        let count = negative + positive;
        if count == 0 {
            return None;
        }
        let (n, half) = (count as f64, count as f64 / 2.0);
        let z = (negative as f64 - half) / (n / 4.0).sqrt();
        let evidence = self.evidence(z, count_p_value(count as u64, 0.5, negative as u64))?;
        let block = layer.name.clone();
        Some(StartFinding::UnequalSigns { block, negative, count, evidence })
    }

    /// The mean has to be 0, as nearly as chance has it, whatever the variance is.
    pub fn mean(&self, layer: &LayerStarts<'_>) -> Option<StartFinding> {
        let sum: f64 = layer.weights().sum();
        let squares: f64 = layer.weights().map(|weight| weight * weight).sum();
        let evidence = self.evidence(sum / squares.sqrt(), symmetric_sum_p_value(sum, squares))?;
        let mean = sum / layer.count() as f64;
        Some(StartFinding::WrongMean { block: layer.name.clone(), mean, evidence })
    }

    /// The standard deviation of each layer has to be the declared one, as nearly as chance has it;
    /// a mistake is named where one explains all layers.
    pub fn spread(&self, layers: &[LayerStarts<'_>], declared: Weights) -> Vec<StartFinding> {
        let measured: Vec<_> = layers.iter().map(LayerSpread::of).collect();
        self.measured_spread(&measured, declared)
    }

    /// The same where only the mean square of each layer is known.
    ///
    /// ```
    /// use init_symmetry_network::Weights;
    /// use init_symmetry_network::start_rules::{LayerSpread, StartRules};
    /// let layer = |mean_square| LayerSpread {
    ///     name: "w1".into(),
    ///     n_in: 50,
    ///     n_out: 100,
    ///     draws: 5000,
    ///     mean_square,
    /// };
    /// let rules = StartRules::default();
    /// assert_eq!(rules.measured_spread(&[layer(2.0 / 50.0)], Weights::He), []);
    /// let found = rules.measured_spread(&[layer(1.0 / 50.0)], Weights::He);
    /// assert!(found[0].to_string().contains("√2 times too small"));
    /// ```
    pub fn measured_spread(&self, layers: &[LayerSpread], declared: Weights) -> Vec<StartFinding> {
        let of_layer = |here: &LayerSpread| {
            let distribution = here.distribution(declared);
            let kurtosis = distribution.kurtosis()?;
            let right = distribution.standard_deviation();
            let n = here.draws as f64;
            let excess = here.mean_square / (right * right) - 1.0;
            let z = excess / ((kurtosis - 1.0) / n).sqrt();
            let sum = n * here.mean_square;
            let p_value = distribution.p_value_of_squares(here.draws, sum);
            let evidence = self.evidence(z, p_value)?;
            let block = here.name.clone();
            if here.mean_square == 0.0 {
                return Some(StartFinding::AllZero { block, declared: right });
            }
            let mistake = CommonMistake::that_explains(layers, declared);
            let spread = Spread {
                measured: here.mean_square.sqrt(),
                declared: right,
                mistake: mistake.map(|mistake| mistake.of(declared, here)),
            };
            Some(StartFinding::WrongSpread { block, spread, evidence })
        };
        layers.iter().filter_map(of_layer).collect()
    }

    /// The rows of a layer have to be uncorrelated, as nearly as chance has it: its starts side by
    /// side, the level shared among all pairs.
    ///
    /// The cosine of two rows of normal draws has a known distribution. Of others, how often the
    /// signs of two rows agree is binomial, and the sum of their products is one of
    /// [`symmetric_sum_p_value`]; both hold for every symmetric distribution, and see less.
    pub fn rows_are_uncorrelated(
        &self,
        layer: &LayerStarts<'_>,
        declared: Weights,
    ) -> Option<StartFinding> {
        // rows of one sign all go together; of those other rules speak
        if self.both_signs(layer).or_else(|| self.mean(layer)).is_some() {
            return None;
        }
        let correlation = match layer.distribution(declared) {
            WeightDistribution::Constant(_) => return None,
            WeightDistribution::Normal { .. } => of_normal_rows,
            WeightDistribution::Uniform { .. } => of_symmetric_rows,
        };
        let first_rows = Slice::from(..layer.n_out().min(MOST_ROWS));
        let starts = layer.starts.iter();
        let views: Vec<_> = starts.map(|w| w.slice_axis(Axis(0), first_rows)).collect();
        let rows: Array2<f64> = concatenate(Axis(1), &views).ok()?;
        let count = rows.nrows();
        let pairs = (count * (count - 1) / 2) as f64;
        let each_pair = Self { level: self.level / (2.0 * pairs) };
        let pairs = (0..count).flat_map(|second| (0..second).map(move |first| (first, second)));
        pairs.into_iter().find_map(|(first, second)| {
            let Correlation { z, p_value } = correlation(rows.row(first), rows.row(second));
            let evidence = each_pair.evidence(z, p_value)?;
            let block = layer.name.clone();
            let evidence = Evidence { level: self.level, ..evidence };
            Some(StartFinding::CorrelatedRows { block, first, second, evidence })
        })
    }
}

/// How strongly two rows go together.
struct Correlation {
    z: f64,
    p_value: f64,
}

fn of_normal_rows(first: ArrayView1<'_, f64>, second: ArrayView1<'_, f64>) -> Correlation {
    let n = first.len();
    let norms = first.dot(&first).sqrt() * second.dot(&second).sqrt();
    if n < 2 || norms == 0.0 {
        return Correlation { z: 0.0, p_value: 1.0 }; // of a zero row another rule speaks
    }
    let cosine = (first.dot(&second) / norms).clamp(-1.0, 1.0);
    Correlation { z: cosine * (n as f64).sqrt(), p_value: cosine_p_value(n, cosine) }
}

fn of_symmetric_rows(first: ArrayView1<'_, f64>, second: ArrayView1<'_, f64>) -> Correlation {
    let products = || first.iter().zip(second).map(|(a, b)| a * b);
    let sum: f64 = products().sum();
    let squares: f64 = products().map(|product| product * product).sum();
    let agree = products().filter(|&product| product > 0.0).count() as u64;
    let disagree = products().filter(|&product| product < 0.0).count() as u64;
    let by_signs = count_p_value(agree + disagree, 0.5, agree);
    let z = if squares > 0.0 { sum / squares.sqrt() } else { 0.0 };
    Correlation { z, p_value: symmetric_sum_p_value(sum, squares).min(by_signs) }
}
