//! Generated cases: small networks with dyadic numbers (k/64), so that failures shrink to
//! readable ones and sums of few of them are exact.

use super::Config;
use super::drawn::{Written, WrittenTwins};
use crate::subject::{BiasUse, MOST_LAYERS, Networks, Sizes, Subject};
use init_symmetry_network::symmetry::are_twins;
use init_symmetry_network::{
    Activation, Batch, Layer, Loss, Network, Parameters, Problem, Result, Trainable,
};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// A network with parameters, a batch and a learning rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Case {
    /// Shape, activation and loss.
    pub network: Network,
    /// Parameters, dyadic in \[−2, 2\].
    pub parameters: Parameters<f64>,
    /// 1 to 6 examples, inputs dyadic in \[−2, 2\], labels dyadic in \[0, 1\], or of one class
    /// where the loss couples the outputs.
    pub batch: Batch<f64>,
    /// α, dyadic in (0, 1\].
    pub rate: f64,
}

/// A case in which two units of a hidden layer are twins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenTwins")]
pub struct TwinCase {
    /// The case.
    pub case: Case,
    /// The hidden layer, counted from 1.
    pub layer: usize,
    /// The first twin; the second is another unit with equal row, bias and outgoing column.
    pub first: usize,
    /// The second twin.
    pub second: usize,
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct Cases {
    /// Activations of the hidden layers.
    pub hidden: Vec<Activation>,
    /// Whether, in half of the cases, each hidden layer has its own of these.
    pub mixed_activations: bool,
    /// Outputs with their losses.
    pub losses: Vec<Loss>,
    /// Fewest and most hidden layers.
    pub hidden_layers: (usize, usize),
    /// Fewest and most units of a hidden layer; the input has 1 to 3, the output 1 or 2, or 2 or
    /// 3 where the loss couples the outputs.
    pub units: (usize, usize),
    /// These widths instead, if they have as many hidden layers and units as are asked for.
    pub widths: Option<Vec<usize>>,
    /// How many layers and units a subject may have.
    pub sizes: Sizes,
    /// Whether biases are drawn; otherwise they are 0.
    pub has_biases: bool,
}

impl Default for Cases {
    fn default() -> Self {
        Self {
            hidden: Activation::VARIANTS.to_vec(),
            mixed_activations: false,
            losses: Loss::VARIANTS.to_vec(),
            hidden_layers: (0, 3),
            units: (1, 4),
            widths: None,
            sizes: Sizes::default(),
            has_biases: true,
        }
    }
}

/// As many hidden layers stand for any number.
const MANY_HIDDEN_LAYERS: usize = 3;

/// How many outputs a network gets that was drawn with too few for its loss.
const SEVERAL_OUTPUTS: usize = 3;

/// k/64 with |k| ≤ 128.
fn dyadic() -> impl Strategy<Value = f64> {
    (-128..=128_i32).prop_map(|k| f64::from(k) / 64.0)
}

/// A matrix (rows × columns) of dyadic numbers, half of the entries in magnitude at most 1.
fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Array2<f64>> {
    vec(dyadic(), rows * columns).prop_map(move |entries| {
        Array2::from_shape_fn((rows, columns), |(i, j)| entries[i * columns + j])
    })
}

impl Cases {
    /// Networks with one hidden layer of at least two units, as in the lesson.
    pub fn shallow() -> Self {
        Self { hidden_layers: (1, 1), units: (2, 4), ..Self::default() }
    }

    /// The same with some activations only.
    pub fn with_hidden(self, hidden: &[Activation]) -> Self {
        Self { hidden: hidden.to_vec(), ..self }
    }

    /// The same with the activations of which something holds.
    pub fn where_hidden(mut self, holds: impl Fn(Activation) -> bool) -> Self {
        self.hidden.retain(|&g| holds(g));
        self
    }

    /// The same with the losses of which something holds.
    pub fn where_loss(mut self, holds: impl Fn(Loss) -> bool) -> Self {
        self.losses.retain(|&loss| holds(loss));
        self
    }

    /// The same among the networks that a subject implements. Where it implements none of them, or
    /// none with outputs enough, the subject says of each case what it lacks.
    pub fn of<S: Trainable>(self, subject: &dyn Subject<S>) -> Self {
        let Networks { hidden, mixed_activations, losses, widths, sizes } = subject.networks();
        let has_none = !hidden.iter().any(|g| self.hidden.contains(g));
        let (hidden, hidden_layers) = match has_none && self.hidden_layers.0 == 0 {
            // without hidden layers no activation is lacking, and any will do
            true => (if hidden.is_empty() { self.hidden } else { hidden }, (0, 0)),
            false => (common(self.hidden, &hidden), self.hidden_layers),
        };
        let cases = Self {
            hidden,
            mixed_activations,
            hidden_layers,
            losses: common(self.losses, &losses),
            widths,
            sizes,
            has_biases: subject.declaration().biases != BiasUse::None,
            ..self
        };
        let most = cases.most_outputs();
        let fits = |loss: Loss| loss.least_outputs() <= most;
        let has_one = cases.losses.iter().any(|&loss| fits(loss));
        if has_one {
            return cases.where_loss(fits);
        }
        let sizes = Sizes { outputs: Sizes::default().outputs, ..cases.sizes };
        Self { widths: None, sizes, ..cases }
    }

    /// The same as [`Cases::of`], with the fewest hidden layers that a subject has where it has no
    /// network of so few: for a property that holds at any depth.
    pub(super) fn of_any_depth(mut self, subject: &dyn Subject) -> Self {
        let Networks { widths, sizes, .. } = subject.networks();
        let fewest = widths.map_or(sizes.hidden_layers.0, |it| it.len().saturating_sub(2));
        if fewest > self.hidden_layers.1 && fewest <= MANY_HIDDEN_LAYERS {
            self.hidden_layers = (fewest, fewest);
        }
        self.of(subject)
    }

    /// The largest number of outputs that a subject may have.
    fn most_outputs(&self) -> usize {
        let fixed = self.widths.as_ref().and_then(|widths| widths.last().copied());
        fixed.unwrap_or(self.sizes.outputs.1)
    }

    /// The fixed widths, if they will do.
    fn fixed_widths(&self) -> Option<Vec<usize>> {
        let (fewest, most) = self.hidden_layers;
        let will_do = |widths: &&Vec<usize>| {
            let [_, hidden @ .., _] = widths.as_slice() else { return false };
            hidden.len() >= fewest
                && (hidden.len() <= most || most >= MANY_HIDDEN_LAYERS)
                && hidden.iter().all(|&width| width >= self.units.0)
        };
        self.widths.as_ref().filter(will_do).cloned()
    }

    /// What networks are drawn from, if there is anything.
    fn networks(&self) -> Option<BoxedStrategy<Network>> {
        let Self { losses, hidden_layers, units, sizes, .. } = self.clone();
        let hidden_layers = match hidden_layers.1 {
            MANY_HIDDEN_LAYERS.. => among(hidden_layers, sizes.hidden_layers),
            // a property of few layers does not apply to more
            _ => within(hidden_layers, sizes.hidden_layers).unwrap_or(hidden_layers),
        };
        let hidden_layers = (hidden_layers.0.min(MOST_LAYERS), hidden_layers.1.min(MOST_LAYERS));
        let units = among(units, sizes.hidden_units);
        let (inputs, outputs) = (among((1, 3), sizes.inputs), among((1, 2), sizes.outputs));
        // the strategies below panic where there is nothing in a list or a range
        let is_range = |(fewest, most): (usize, usize)| fewest <= most;
        let fixed = self.fixed_widths();
        let smallest = fixed.clone().unwrap_or_else(|| {
            [&[inputs.0], &vec![units.0; hidden_layers.0][..], &[outputs.0]].concat()
        });
        losses.first()?;
        Network::new(&smallest, *self.hidden.first()?, Loss::SquaredError).ok()?;
        let most_outputs = self.most_outputs();
        if losses.iter().all(|loss| loss.least_outputs() > most_outputs) {
            return None;
        }
        let is_fixed = fixed.is_some();
        let most_layers = fixed.as_ref().map_or(hidden_layers.1, Vec::len);
        let hidden = self.activations(most_layers);
        let widths = match fixed {
            Some(widths) => Just(widths).boxed(),
            None if is_range(units) && is_range(hidden_layers) => {
                let hidden = vec(units.0..=units.1, hidden_layers.0..=hidden_layers.1);
                let widths = (inputs.0..=inputs.1, hidden, outputs.0..=outputs.1);
                widths.prop_map(|(n_x, hidden, n_y)| [&[n_x], &hidden[..], &[n_y]].concat()).boxed()
            }
            None => return None,
        };
        let drawn = (widths, hidden, select(losses));
        let network = move |(mut widths, hidden, loss): (Vec<usize>, _, Loss)| {
            if let (false, Some(n_y)) = (is_fixed, widths.last_mut())
                && *n_y < loss.least_outputs()
            {
                *n_y = SEVERAL_OUTPUTS.min(most_outputs);
            }
            network_of(&widths, &by_layer(hidden, &widths), loss).ok()
        };
        Some(drawn.prop_filter_map("a network", network).boxed())
    }

    /// One activation for all hidden layers or, in half of the cases where they may differ, so many
    /// to be taken in turn; [`by_layer`] makes one for each layer of them.
    pub(super) fn activations(&self, layers: usize) -> BoxedStrategy<Vec<Activation>> {
        let shared = select(self.hidden.clone()).prop_map(|g| vec![g]);
        if !self.mixed_activations || layers < 2 {
            return shared.boxed();
        }
        prop_oneof![shared, vec(select(self.hidden.clone()), layers)].boxed()
    }

    /// Generates cases; none where there is nothing to draw from.
    pub fn generate(&self) -> impl Strategy<Value = Case> + use<> {
        let has_biases = self.has_biases;
        let nothing = || Just(()).prop_filter_map("no network", |()| None).boxed();
        let networks = self.networks().unwrap_or_else(nothing);
        (networks, 1..=6_usize, 1..=64_i32).prop_flat_map(move |(network, m, rate)| {
            let widths = network.widths().to_vec();
            let layers: Vec<_> = widths
                .windows(2)
                .map(|pair| (matrix(pair[1], pair[0]), matrix(pair[1], 1)))
                .map(|both| both.prop_map(|(w, b)| Layer { w, b }))
                .collect();
            let of_classes = network.loss.couples_outputs();
            let labels = vec(0..=64_i32, widths[widths.len() - 1] * m);
            let labels = labels.prop_map(move |drawn| labels_from(&drawn, m, of_classes));
            (layers, matrix(widths[0], m), labels).prop_filter_map(
                "a batch",
                move |(mut layers, x, y)| {
                    if !has_biases {
                        layers.iter_mut().for_each(|Layer { b, .. }: &mut Layer<f64>| b.fill(0.0));
                    }
                    Some(Case {
                        network: network.clone(),
                        parameters: Parameters { layers },
                        batch: Batch::new(x, y).ok()?,
                        rate: f64::from(rate) / 64.0,
                    })
                },
            )
        })
    }

    /// The first cases of a configuration's seed.
    pub fn sample(&self, config: &Config) -> Vec<Case> {
        if self.networks().is_none() {
            return Vec::new();
        }
        let strategy = self.generate();
        let mut runner = TestRunner::new(config.proptest());
        let draw = |_| strategy.new_tree(&mut runner).ok().map(|tree| tree.current());
        (0..config.cases).filter_map(draw).collect()
    }

    /// Generates cases with twins; there has to be a hidden layer of at least two units.
    pub fn generate_twins(&self) -> impl Strategy<Value = TwinCase> + use<> {
        let cases = Self {
            hidden_layers: (self.hidden_layers.0.max(1), self.hidden_layers.1),
            units: (self.units.0.max(2), self.units.1),
            ..self.clone()
        };
        (cases.generate(), any::<[proptest::sample::Index; 3]>()).prop_filter_map(
            "twins",
            |drawn| {
                let (mut case, choices) = drawn;
                let layer = 1 + choices[0].index(case.network.depth() - 1);
                let units = case.network.widths()[layer];
                let first = choices[1].index(units);
                let second = (first + 1 + choices[2].index(units - 1)) % units;
                make_twins(&mut case.parameters, layer, first, second).ok()?;
                Some(TwinCase { case, layer, first, second })
            },
        )
    }
}

/// A single activation as it is, and of several one for each hidden layer, in turn.
pub(crate) fn by_layer(drawn: Vec<Activation>, widths: &[usize]) -> Vec<Activation> {
    if drawn.len() < 2 {
        return drawn;
    }
    let hidden_layers = widths.len().saturating_sub(2).max(1);
    drawn.into_iter().cycle().take(hidden_layers).collect()
}

/// A network whose hidden layers have one activation, or one each.
pub(crate) fn network_of(widths: &[usize], hidden: &[Activation], loss: Loss) -> Result<Network> {
    match hidden {
        &[g] => Network::new(widths, g, loss),
        own => Network::with_activations(widths, own, loss),
    }
}

/// Labels (n_y × m) from numbers up to 64: each divided by 64, or of the class that an example's
/// first number names.
fn labels_from(drawn: &[i32], m: usize, of_classes: bool) -> Array2<f64> {
    let n_y = drawn.len() / m;
    if of_classes {
        return of_one_class(n_y, drawn[..m].iter().map(|&k| k.unsigned_abs() as usize % n_y));
    }
    Array2::from_shape_fn((n_y, m), |(i, j)| f64::from(drawn[i * m + j]) / 64.0)
}

/// Labels (n_y × m) that are 1 at the class of each example and 0 elsewhere.
pub(super) fn of_one_class(n_y: usize, classes: impl Iterator<Item = usize>) -> Array2<f64> {
    let classes: Vec<usize> = classes.collect();
    let label = |(i, j): (usize, usize)| f64::from(u8::from(classes[j] == i));
    Array2::from_shape_fn((n_y, classes.len()), label)
}

/// The loss that was drawn, or the first of all where that needs more outputs than there are.
pub(super) fn fitting(drawn: Loss, all: &[Loss], outputs: usize) -> Loss {
    let fits = |loss: &Loss| loss.least_outputs() <= outputs;
    if fits(&drawn) { drawn } else { all.iter().copied().find(fits).unwrap_or(drawn) }
}

/// What is wanted and there; all that is wanted if nothing of it is there.
fn common<T: Copy + PartialEq>(wanted: Vec<T>, there: &[T]) -> Vec<T> {
    let both: Vec<T> = wanted.iter().filter(|one| there.contains(one)).copied().collect();
    if both.is_empty() { wanted } else { both }
}

/// The part of a range that a subject has; where it has none of it, what it has that is nearest,
/// and it says of each case what it lacks.
fn among(wanted: (usize, usize), there: (usize, usize)) -> (usize, usize) {
    if let Some(both) = within(wanted, there) {
        both
    } else if there.0 > wanted.1 {
        (there.0, there.0.saturating_add(SPREAD).min(there.1).max(there.0))
    } else {
        wanted
    }
}

/// The common part of two ranges.
fn within(wanted: (usize, usize), there: (usize, usize)) -> Option<(usize, usize)> {
    let (fewest, most) = (wanted.0.max(there.0), wanted.1.min(there.1));
    (fewest <= most).then_some((fewest, most))
}

/// How far sizes reach above the smallest that a subject has, where all are larger than usual.
const SPREAD: usize = 2;

/// Makes unit `second` of hidden layer `l` a twin of unit `first`.
///
/// # Errors
/// A hidden layer or unit that does not exist, or matrices whose shapes do not fit together; the
/// parameters are then what they were.
pub fn make_twins(
    parameters: &mut Parameters<f64>,
    l: usize,
    first: usize,
    second: usize,
) -> Result<()> {
    if are_twins(parameters, l, first, second)? {
        return Ok(()); // to the bit
    }
    let [here, above] = &mut parameters.layers[l - 1..=l] else { return Ok(()) };
    let row = here.w.row(first).to_owned();
    let column = above.w.column(first).to_owned();
    here.w.row_mut(second).assign(&row);
    here.b[[second, 0]] = here.b[[first, 0]];
    above.w.column_mut(second).assign(&column);
    Ok(())
}

impl Case {
    /// Its network at its parameters, on its batch.
    pub fn problem(&self) -> Problem<'_, f64> {
        self.network.at(&self.parameters, &self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Reference;

    #[test]
    fn activations_are_mixed_in_half_of_the_deep_cases_of_a_subject_that_takes_it_and_in_no_other()
    {
        let config = Config { cases: 400, ..Config::default() };
        let count = |cases: Cases| {
            let deep = cases.sample(&config).into_iter().filter(|it| it.network.depth() > 2);
            let deep: Vec<Case> = deep.collect();
            let is_mixed = |case: &&Case| case.network.shared_activation().is_none();
            (deep.iter().filter(is_mixed).count(), deep.len())
        };
        let (mixed, deep) = count(Cases::default().of::<f64>(&Reference));
        assert!(3 * mixed > deep && 3 * mixed < 2 * deep, "{mixed} of {deep}");
        assert!(deep > 150, "not vacuous: {deep}");
        let (mixed, deep) = count(Cases::default());
        assert!(mixed == 0 && deep > 150, "{mixed} of {deep}");
        let one = Cases::default().of::<f64>(&Reference).with_hidden(&[Activation::Tanh]);
        assert_eq!(count(one).0, 0);
    }

    #[test]
    fn activations_are_taken_in_turn_and_a_single_one_stays_single() {
        let [g, h] = [Activation::Tanh, Activation::Relu];
        assert_eq!(by_layer(vec![g, h], &[1; 5]), [g, h, g]);
        assert_eq!(by_layer(vec![g, h, g], &[1; 4]), [g, h]);
        assert_eq!(by_layer(vec![g, h], &[1; 2]), [g], "no hidden layer: one is remembered");
        assert_eq!(by_layer(vec![g], &[1; 5]), [g]);
    }

    #[test]
    fn fixed_widths_serve_where_they_have_as_many_layers_and_units_as_are_asked_for() {
        let serve = |cases: Cases, widths: &[usize]| {
            let fixed = Cases { widths: Some(widths.to_vec()), ..cases }.fixed_widths();
            assert!(fixed.is_none() || fixed.as_deref() == Some(widths));
            fixed.is_some()
        };
        for (widths, shallow, any) in [
            (&[2, 1][..], false, true),
            (&[2, 1, 1], false, true),
            (&[2, 2, 1], true, true),
            (&[2, 9, 1], true, true),
            (&[2, 2, 2, 1], false, true),
            (&[2, 2, 2, 2, 2, 1], false, true),
            (&[2], false, false),
        ] {
            let found = (serve(Cases::shallow(), widths), serve(Cases::default(), widths));
            assert_eq!(found, (shallow, any), "{widths:?}");
        }
        assert_eq!(Cases::default().fixed_widths(), None);
    }
}
