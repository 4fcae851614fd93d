//! A subject's own starts: what they draw, and that they draw it anew for each seed.
//!
//! The rules are those of `network::start_rules`; here stands which starts are asked for. A start
//! is large, and a program answers it as text, so there are few cases of few seeds. Start reading
//! at [`judge_each`].

use super::drawn::by_name;
use super::{CaseFailure, Cases, Config, Drawn, Outcome, Property, Witness};
use crate::subject::{Ability, Convention, Subject, require};
use init_symmetry_network::start_rules::{LayerStarts, StartRules, biases_are_zero};
use init_symmetry_network::{
    Activation, Error, Loss, Network, Parameters, Result, Scheme, Start, Weights,
};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::fmt;

/// So many cases of another property stand for one of these: 1 in the profiles quick and ci, 16 in
/// soak. One case has every scheme in layers of four shapes; a subject with the five common schemes
/// is asked for 34 starts by all properties together.
const CASES_FOR_ONE: u32 = 256;

/// How many weights the largest layer has in all starts together, where its shape allows it: 512
/// tell half the variance (z = −8) and twice the variance (z = 16).
const WEIGHTS_OF_A_LAYER: usize = 512;

/// The fewest seeds, so that starts can be compared, and the most, so that small networks are not
/// asked for without end.
const SEEDS: std::ops::RangeInclusive<usize> = 3..=16;

/// After so many networks of which no start can be judged, no further one is asked for.
const ENOUGH_IN_VAIN: usize = 16;

/// The fewest weights of a layer from which anything can be told: of a standard deviation that is a
/// third of the declared one the p-value is 10^−18.
const FEWEST_WEIGHTS: usize = 64;

/// A network, and the seeds and the number that its starts are asked with.
#[derive(Debug, Serialize, Deserialize)]
struct StartCase {
    widths: Vec<usize>,
    #[serde(with = "by_name")]
    hidden: Activation,
    #[serde(with = "by_name")]
    loss: Loss,
    number: f64,
    seeds: Vec<u64>,
}

impl StartCase {
    fn network(&self) -> Result<Network> {
        Network::new(&self.widths, self.hidden, self.loss)
    }
}

impl Drawn for StartCase {
    fn shown(&self, _: Convention) -> String {
        let Self { widths, hidden, loss, number, seeds } = self;
        let widths: Vec<_> = widths.iter().map(usize::to_string).collect();
        let seeds: Vec<_> = seeds.iter().map(u64::to_string).collect();
        let (widths, seeds) = (widths.join("-"), seeds.join(", "));
        format!(
            "  network {widths} {hidden} {loss}, starts of scale or constant {number} with seeds \
             {seeds}"
        )
    }
}

/// The widths of the subject, or layers in pairs of equal shape that are not square, whose widths
/// differ by a factor of more than 2: fan-in, fan-out and their mean can be told apart.
fn widths_of(subject: &dyn Subject) -> BoxedStrategy<Vec<usize>> {
    let networks = subject.networks();
    let widths = (10..=14_usize, 4..=8_usize, 2..=4_usize);
    let layers = move |(narrow, more, n_y)| {
        networks.widths_near([narrow, n_y], 3, &[2 * narrow + more, narrow])
    };
    widths.prop_map(layers).boxed()
}

fn seeds_for(widths: &[usize]) -> usize {
    // a subject may declare widths that no network has
    let largest = widths.windows(2).map(|pair| pair[0].saturating_mul(pair[1])).max();
    WEIGHTS_OF_A_LAYER.div_ceil(largest.unwrap_or(1).max(1)).clamp(*SEEDS.start(), *SEEDS.end())
}

fn start_cases(subject: &dyn Subject) -> impl Strategy<Value = StartCase> + use<> {
    let Cases { hidden, losses, .. } = Cases::default().of(subject);
    widths_of(subject).prop_flat_map(move |widths| {
        let seeds = vec(0..1_000_000_u64, seeds_for(&widths));
        let network = (Just(widths), select(hidden.clone()), select(losses.clone()));
        // dyadic, and neither 1 nor its own square
        let number = select(&[0.125, 0.375, 2.5][..]);
        (network, number, seeds).prop_filter_map(
            "different seeds",
            |((widths, hidden, loss), number, seeds)| {
                let new = |(place, seed): (usize, &u64)| !seeds[..place].contains(seed);
                let different = seeds.iter().enumerate().all(new);
                different.then_some(StartCase { widths, hidden, loss, number, seeds })
            },
        )
    })
}

/// The starts of one scheme, each with a seed of its own.
struct Starts<'a> {
    weights: Weights,
    case: &'a StartCase,
    parameters: Vec<Parameters<f64>>,
}

impl Starts<'_> {
    /// What is wrong, with the scheme that it is wrong of.
    fn broken(&self, what: impl fmt::Display) -> CaseFailure {
        CaseFailure::Broken(format!("start {}: {what}", self.weights))
    }
}

/// Which schemes are asked for, and with how many of a case's seeds.
#[derive(Clone, Copy)]
struct Asked {
    constants: bool,
    seeds: usize,
}

/// Runs a property: each scheme of the subject is judged in turn. What a judge returns is whether
/// the start could have been found wrong; if that is true of none, the property does not apply.
fn judge_each(
    property: &Property,
    subject: &dyn Subject,
    config: &Config,
    asked: Asked,
    judge: impl Fn(&Starts<'_>) -> Result<bool, CaseFailure>,
) -> Outcome {
    let cases = (config.cases / CASES_FOR_ONE).max(1);
    let config = Config { cases, ..config.clone() }.without_shrinking();
    let in_vain = Cell::new(0);
    let given_up = RefCell::new(None);
    property.run(subject, &config, start_cases(subject), |case| {
        require(subject, Ability::Initialise)?;
        if let Some(error) = given_up.borrow().clone() {
            return Err(CaseFailure::from(error));
        }
        let mut lacking = Error::Unsupported {
            subject: subject.name().into(),
            what: "start that is random and large enough to judge".into(),
        };
        let mut could_fail = false;
        for scheme in subject.starts() {
            let seeds = if scheme.is_random() { asked.seeds } else { usize::from(asked.constants) };
            match starts_of(subject, case, scheme, seeds) {
                Ok(starts) if starts.parameters.is_empty() => (),
                Ok(starts) => could_fail |= judge(&starts)?,
                Err(error @ Error::Unsupported { .. }) => lacking = error,
                Err(error) => return Err(error.into()),
            }
        }
        if could_fail {
            return Ok(Witness::Present);
        }
        if in_vain.replace(in_vain.get() + 1) == ENOUGH_IN_VAIN {
            given_up.replace(Some(lacking.clone()));
        }
        Err(lacking.into())
    })
}

fn starts_of<'a>(
    subject: &dyn Subject,
    case: &'a StartCase,
    scheme: Scheme,
    seeds: usize,
) -> Result<Starts<'a>> {
    let weights = scheme.weights(case.number);
    let network = case.network()?;
    let start = |&seed: &u64| {
        let start = subject.initialise(&network, Start::from(weights), seed)?;
        network.check(&start).map(|()| start)
    };
    let parameters = case.seeds.iter().take(seeds).map(start).collect::<Result<_>>()?;
    Ok(Starts { weights, case, parameters })
}

property! {
    name: a_start_has_the_declared_shapes_and_zero_biases,
    statement: "a start has the shapes of its network and zero biases",
    witness: "a weight is not zero",
    check: shapes_and_biases,
}

fn shapes_and_biases(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let asked = Asked { constants: true, seeds: 1 };
    judge_each(property, subject, config, asked, |starts| {
        let layers = || (1..).zip(&starts.parameters[0].layers);
        let found =
            layers().find_map(|(l, layer)| biases_are_zero(&format!("b{l}"), layer.b.view()));
        match found {
            Some(found) => Err(starts.broken(found)),
            None => Ok(layers().any(|(_, layer)| layer.w.iter().any(|&weight| weight != 0.0))),
        }
    })
}

property! {
    name: a_start_follows_its_seed,
    statement: "a random start has the same bits for the same seed, whatever was drawn in between, \
                and different numbers in every layer for another seed",
    witness: "a layer has two weights or more",
    check: follows_its_seed,
}

fn follows_its_seed(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let asked = Asked { constants: false, seeds: 2 };
    judge_each(property, subject, config, asked, |starts| {
        let seeds = &starts.case.seeds;
        let again = subject.initialise(&starts.case.network()?, starts.weights.into(), seeds[0])?;
        let [first, other] = &starts.parameters[..] else { return Ok(false) };
        let bits = |start: &Parameters<f64>| start.entries().map(f64::to_bits).collect::<Vec<_>>();
        if bits(first) != bits(&again) {
            return Err(starts.broken(format!("seed {} gives other numbers again", seeds[0])));
        }
        // one weight in single precision may be the same by chance, and zeros are no draws
        let tells = |w: &Array2<f64>| w.len() > 1 && w.iter().any(|&weight| weight != 0.0);
        let layers = (1..).zip(first.layers.iter().zip(&other.layers));
        let mut layers = layers.filter(|(_, (one, _))| tells(&one.w)).peekable();
        let could_fail = layers.peek().is_some();
        match layers.find(|(_, (one, other))| one.w == other.w) {
            Some((l, _)) => {
                let seeds = format!("with the seeds {} and {}", seeds[0], seeds[1]);
                Err(starts.broken(format!("w{l} is the same {seeds}: is the seed used?")))
            }
            None => Ok(could_fail),
        }
    })
}

property! {
    /// The rules are [`StartRules::judge_draws`].
    name: a_start_draws_each_weight_afresh,
    statement: "no two rows of a random start are equal or correlated, and no two layers hold the \
                same draws",
    witness: "a layer has two rows of several weights",
    check: draws_afresh,
}

fn draws_afresh(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let asked = Asked { constants: false, seeds: *SEEDS.start() };
    judge_each(property, subject, config, asked, |starts| {
        let different = different(&starts.parameters);
        let layers = LayerStarts::of_all(&different)?;
        match StartRules::default().judge_draws(&layers, starts.weights).first() {
            Some(found) => Err(starts.broken(found)),
            None => {
                Ok(different[0].layers.iter().any(|layer| layer.w.nrows().min(layer.w.ncols()) > 1))
            }
        }
    })
}

property! {
    /// The rules are [`StartRules::judge_spread`], which names the scale that is met instead.
    name: a_start_has_the_declared_spread,
    statement: "the weights of every layer equal the declared constant, or have both signs equally \
                often, mean 0 and the declared standard deviation",
    witness: "a layer has enough weights to detect a wrong factor",
    check: declared_spread,
}

fn declared_spread(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let asked = Asked { constants: true, seeds: *SEEDS.end() };
    judge_each(property, subject, config, asked, |starts| {
        let different = different(&starts.parameters);
        let layers = LayerStarts::of_all(&different)?;
        match StartRules::default().judge_spread(&layers, starts.weights).first() {
            Some(found) => Err(starts.broken(found)),
            None => {
                let random = starts.weights.scheme().is_random();
                Ok(random && layers.iter().any(|layer| layer.count() >= FEWEST_WEIGHTS))
            }
        }
    })
}

/// Without those that another seed has given already: what is pooled has to be independent, and
/// [`a_start_follows_its_seed`] speaks of the seed.
fn different(starts: &[Parameters<f64>]) -> Vec<Parameters<f64>> {
    let is_new = |(place, start): &(usize, &Parameters<f64>)| !starts[..*place].contains(start);
    starts.iter().enumerate().filter(is_new).map(|(_, start)| start.clone()).collect()
}
