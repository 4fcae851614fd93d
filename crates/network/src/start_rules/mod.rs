//! Rules of a start: what the weights and biases of an untrained network must look like, given how
//! they are declared to be drawn.
//!
//! Exact rules compare bits, statistical ones have a stated level; what breaks one is a
//! [`StartFinding`]. Nothing here draws or asks anybody. Start reading at [`StartRules::judge`].

mod exact;
mod finding;
mod mistake;
mod statistical;

pub use exact::{
    biases_are_zero, every_weight_is, layers_differ, rows_differ, weights_are_finite,
    weights_are_within,
};
pub use finding::{Evidence, Spread, StartFinding, WeightAt};
pub use mistake::{CommonMistake, LayerSpread, NamedMistake};

use crate::tolerance::LEVEL_OF_A_START_RULE;
use crate::{Error, Parameters, Result, WeightDistribution, Weights};
use ndarray::ArrayView2;

/// The weights of one layer (n_out × n_in) in one or more starts, drawn with different seeds.
#[derive(Debug, Clone)]
pub struct LayerStarts<'a> {
    name: String,
    starts: Vec<ArrayView2<'a, f64>>,
}

impl<'a> LayerStarts<'a> {
    /// The weights of a layer, named as in messages.
    ///
    /// # Errors
    /// No start, a start without weights, or starts of different shapes.
    pub fn new(name: impl Into<String>, starts: Vec<ArrayView2<'a, f64>>) -> Result<Self> {
        let name = name.into();
        let empty = Error::Count {
            what: format!("the list of starts of {name}"),
            given: 0,
            needed_by: "a rule".into(),
            needed: 1,
        };
        let Some(first) = starts.first().filter(|start| !start.is_empty()) else {
            return Err(empty);
        };
        if let Some(other) = starts.iter().find(|start| start.dim() != first.dim()) {
            let of_another_start = format!("{name} of the first start");
            return Err(Error::mismatch(&name, other.dim(), &of_another_start, first.dim()));
        }
        Ok(Self { name, starts })
    }

    /// Every layer of several starts of one network, as w1, w2, ….
    ///
    /// # Errors
    /// As [`LayerStarts::new`], or a start with fewer layers than the first.
    pub fn of_all(starts: &'a [Parameters<f64>]) -> Result<Vec<Self>> {
        let depth = starts.first().map_or(0, |start| start.layers.len());
        let layer = |l: usize| {
            let matrices = starts.iter().map(|start| match start.layers.get(l - 1) {
                Some(layer) => Ok(layer.w.view()),
                None => {
                    Err(Error::NoSuch { what: "layer".into(), index: l, count: start.layers.len() })
                }
            });
            Self::new(format!("w{l}"), matrices.collect::<Result<_>>()?)
        };
        (1..=depth).map(layer).collect()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn n_in(&self) -> usize {
        self.starts[0].ncols()
    }

    fn n_out(&self) -> usize {
        self.starts[0].nrows()
    }

    /// How many weights all starts have together.
    pub fn count(&self) -> usize {
        self.starts.len() * self.starts[0].len()
    }

    fn weights(&self) -> impl Iterator<Item = f64> {
        self.starts.iter().flatten().copied()
    }

    fn distribution(&self, declared: Weights) -> WeightDistribution {
        declared.distribution(self.n_in(), self.n_out())
    }
}

/// The rules with the level of the statistical ones: the probability with which each of them, at
/// one layer, finds something wrong with a right start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartRules {
    /// That probability.
    pub level: f64,
}

impl Default for StartRules {
    fn default() -> Self {
        Self { level: LEVEL_OF_A_START_RULE }
    }
}

impl StartRules {
    /// Everything that is wrong with the weights of a network, what explains most first.
    ///
    /// Source: the lesson's sections on zero and random starts; `statistics` names the source of
    /// each bound.
    ///
    /// ```
    /// use init_symmetry_network::start_rules::{LayerStarts, StartRules};
    /// use init_symmetry_network::{Activation, Loss, Network, Weights};
    /// let network = Network::new(&[32, 48, 8], Activation::Relu, Loss::CrossEntropy)?;
    /// let starts = [1, 2, 3].map(|seed| network.initialise(Weights::Xavier, seed));
    /// let starts: Vec<_> = starts.into_iter().collect::<Result<_, _>>()?;
    /// let layers = LayerStarts::of_all(&starts)?;
    /// assert_eq!(StartRules::default().judge(&layers, Weights::Xavier), []);
    /// let findings = StartRules::default().judge(&layers, Weights::He);
    /// assert!(findings[0].to_string().contains("as with Xavier instead of He"));
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn judge(&self, layers: &[LayerStarts<'_>], declared: Weights) -> Vec<StartFinding> {
        let [spread, draws] =
            [self.judge_spread(layers, declared), self.judge_draws(layers, declared)];
        spread.into_iter().chain(draws).collect()
    }

    /// What is wrong with where the weights lie: their constant, or sign, size and mean.
    pub fn judge_spread(&self, layers: &[LayerStarts<'_>], declared: Weights) -> Vec<StartFinding> {
        let mut found: Vec<_> = each(layers, |name, w| weights_are_finite(name, w)).collect();
        if !found.is_empty() {
            return found;
        }
        if let WeightDistribution::Constant(constant) = declared.distribution(1, 1) {
            return each(layers, |name, w| every_weight_is(name, w, constant)).collect();
        }
        found.extend(layers.iter().filter_map(|layer| self.both_signs(layer)));
        found.extend(self.spread(layers, declared));
        found.extend(layers.iter().filter_map(|layer| self.mean(layer)));
        for layer in layers {
            let distribution = layer.distribution(declared);
            let starts = layer.starts.iter();
            found.extend(starts.filter_map(|w| weights_are_within(&layer.name, *w, distribution)));
        }
        found
    }

    /// What is wrong with random weights that are not drawn one by one: equal or correlated rows,
    /// layers with the same draws.
    pub fn judge_draws(&self, layers: &[LayerStarts<'_>], declared: Weights) -> Vec<StartFinding> {
        if !declared.scheme().is_random() {
            return Vec::new();
        }
        let mut found: Vec<_> = each(layers, |name, w| rows_differ(name, w)).collect();
        for (place, one) in layers.iter().enumerate() {
            for other in &layers[..place] {
                let mut both = other.starts.iter().zip(&one.starts);
                found.extend(both.find_map(|(first, second)| {
                    layers_differ((&other.name, *first), (&one.name, *second))
                }));
            }
        }
        if found.is_empty() {
            found.extend(
                layers.iter().filter_map(|layer| self.rows_are_uncorrelated(layer, declared)),
            );
        }
        found
    }
}

/// What an exact rule finds: of each layer the first start that breaks it.
fn each<'a>(
    layers: &'a [LayerStarts<'_>],
    rule: impl Fn(&str, ArrayView2<'_, f64>) -> Option<StartFinding> + 'a,
) -> impl Iterator<Item = StartFinding> + 'a {
    layers.iter().filter_map(move |layer| layer.starts.iter().find_map(|w| rule(&layer.name, *w)))
}
