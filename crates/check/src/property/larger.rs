//! The same as elsewhere in networks of the sizes that people use: deep, wide, with many examples,
//! several outputs, large inputs, labels of any size, hundreds of steps.
//!
//! There are few such cases, because they are large. What is right is computed by the reference,
//! which the small cases hold to the specification. Start reading at [`Kind`].

use super::descent::{is_one_step, is_trained_by_fresh_steps};
use super::drawn::{by_name, normal, one_or_more};
use super::judged::{agree, bounded, gradients_agree, judged_at, moves, predicted};
use super::strategy::{by_layer, network_of, of_one_class};
use super::{Case, CaseFailure, Cases, Config, Drawn, Outcome, Property, Witness};
use crate::subject::{Ability, BiasUse, Convention, Subject, require};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::{Activation, Batch, Biases, Loss, Parameters, Result, Start, Weights};
use ndarray::ArrayView1;
use proptest::prelude::*;
use proptest::sample::select;
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};

/// In what a network is large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, VariantArray, Serialize, Deserialize)]
#[strum(serialize_all = "kebab-case")]
enum Kind {
    /// 5 to 8 hidden layers.
    Deep,
    /// 20 to 40 units in a hidden layer.
    Wide,
    /// 60 to 130 examples.
    ManyExamples,
}

/// One network of each kind: a single case meets them all.
#[derive(Debug, Serialize, Deserialize)]
struct LargeCases {
    cases: Vec<LargeCase>,
}

/// A large network with its examples, as the numbers that it is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LargeCase {
    kind: Kind,
    widths: Vec<usize>,
    #[serde(with = "one_or_more")]
    hidden: Vec<Activation>,
    #[serde(with = "by_name")]
    loss: Loss,
    m: usize,
    /// The standard deviation of the inputs.
    spread: f64,
    rate: f64,
    has_biases: bool,
    seed: u64,
}

impl Drawn for LargeCases {
    fn shown(&self, _: Convention) -> String {
        let lines: Vec<String> = self.cases.iter().map(LargeCase::in_words).collect();
        lines.join("\n")
    }
}

impl LargeCase {
    /// Its widths and how many examples it has.
    fn shape(&self) -> String {
        let widths: Vec<_> = self.widths.iter().map(usize::to_string).collect();
        format!("network {} with {} examples", widths.join("-"), self.m)
    }

    fn in_words(&self) -> String {
        let Self { widths, hidden, loss, m, spread, rate, seed, .. } = self;
        let widths: Vec<_> = widths.iter().map(usize::to_string).collect();
        let hidden = hidden.iter().map(Activation::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "  network {} {hidden} {loss}, rate {rate}, {m} examples of standard \
             deviation {spread}, seed {seed}",
            widths.join("-")
        )
    }

    /// Normal weights that keep every layer's z of size 1, whatever the inputs.
    fn case(&self) -> Result<Case> {
        let network = network_of(&self.widths, &self.hidden, self.loss)?;
        let biases = if self.has_biases { Biases::Normal(0.5) } else { Biases::Zeros };
        let start = Start { weights: Weights::Xavier, biases };
        let mut parameters = network.initialise(start, self.seed)?;
        parameters.layers[0].w /= self.spread;
        let (n_x, n_y) = (self.widths[0], self.widths[network.depth()]);
        let x = normal([n_x, self.m], self.spread, self.seed.wrapping_add(1))?;
        let seed_of_labels = self.seed.wrapping_add(2);
        let labels = match self.loss {
            Loss::SquaredError => normal([n_y, self.m], LABELS, seed_of_labels)?,
            loss => {
                let drawn = normal([n_y, self.m], 1.0, seed_of_labels)?;
                if loss.couples_outputs() {
                    of_one_class(n_y, drawn.columns().into_iter().map(place_of_largest))
                } else {
                    drawn.mapv(|y| f64::from(u8::from(y > 0.0)))
                }
            }
        };
        let batch = Batch::new(x, labels)?;
        Ok(Case { network, parameters, batch, rate: self.rate })
    }
}

fn place_of_largest(numbers: ArrayView1<'_, f64>) -> usize {
    let largest = numbers.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1));
    largest.map_or(0, |(place, _)| place)
}

/// The standard deviation of labels that need not lie between 0 and 1.
const LABELS: f64 = 4.0;

/// So many cases of another property stand for one of these: 1 in the profile quick, 4 in ci.
const CASES_FOR_ONE: u32 = 64;

fn few(config: &Config) -> Config {
    let cases = (config.cases / CASES_FOR_ONE).max(1);
    Config { cases, ..config.clone() }.without_shrinking()
}

fn large_cases(subject: &dyn Subject) -> impl Strategy<Value = LargeCases> + use<> {
    let cases: Vec<_> = Kind::VARIANTS.iter().map(|&kind| large_case(subject, kind)).collect();
    cases.prop_map(|cases| LargeCases { cases })
}

fn large_case(subject: &dyn Subject, kind: Kind) -> impl Strategy<Value = LargeCase> + use<> {
    let networks = subject.networks();
    let cases = Cases::default().of(subject);
    let has_biases = subject.declaration().biases != BiasUse::None;
    let (layers, units, m) = match kind {
        Kind::Deep => (5..=8_usize, 2..=8_usize, 7..=20_usize),
        Kind::Wide => (1..=2, 20..=40, 13..=60),
        Kind::ManyExamples => (1..=1, 2..=6, 60..=130),
    };
    let hidden = cases.activations(*layers.end());
    let hidden_widths = proptest::collection::vec(units, layers);
    let drawn = (2..=10_usize, hidden_widths, 3..=10_usize).prop_map(move |(n_x, hidden, n_y)| {
        networks.widths_near([n_x, n_y], hidden.len(), &hidden)
    });
    let numbers = (m, select(&[1.0, 30.0, 300.0][..]), 1..=16_i32, 0..1_000_000_u64);
    (drawn, hidden, select(cases.losses), numbers).prop_map(
        move |(widths, hidden, loss, (m, spread, rate, seed))| {
            let rate = f64::from(rate) / 64.0;
            let hidden = by_layer(hidden, &widths);
            LargeCase { kind, widths, hidden, loss, m, spread, rate, has_biases, seed }
        },
    )
}

/// Runs a property on networks of all kinds; a failure says in which.
fn in_each(
    property: &Property,
    subject: &dyn Subject,
    config: &Config,
    holds: impl Fn(&Case) -> Result<Witness, CaseFailure>,
) -> Outcome {
    property.run(subject, &few(config), large_cases(subject), |LargeCases { cases }| {
        let mut witness = Witness::Absent;
        for large in cases {
            match holds(&large.case()?) {
                Ok(Witness::Present) => witness = Witness::Present,
                Ok(Witness::Absent) => {}
                Err(CaseFailure::Broken(reason)) => {
                    let first = format!("{reason} (in {})", large.shape());
                    return Err(CaseFailure::Broken(first));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(witness)
    })
}

property! {
    /// Up to 8 hidden layers, 40 units, 10 outputs and 130 examples, inputs of up to some hundreds,
    /// and labels of any size where the loss is the squared error.
    name: gradient_holds_in_larger_networks,
    statement: "in deep and wide networks, and with many examples, many outputs and large inputs, \
                the loss and its gradient are those of the reference",
    witness: "a gradient that is not zero",
    check: larger_gradients,
}

fn larger_gradients(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    in_each(property, subject, config, |case| {
        let answer = judged_at(subject, case)?;
        let right = bounded(case.problem())?;
        agree("the loss", answer.loss, right.loss)?;
        gradients_agree(subject, &answer.gradient, &right.gradient)?;
        Ok(moves(&answer.gradient).into())
    })
}

property! {
    name: predictions_hold_in_larger_networks,
    statement: "in deep and wide networks, and with many examples, many outputs and large inputs, \
                the predictions are those of the reference",
    witness: "two examples with different predictions",
    check: larger_predictions,
}

fn larger_predictions(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    in_each(property, subject, config, |case| {
        require(subject, Ability::Predict)?;
        let y_hat = predicted(subject, case)?;
        let parameters = case.parameters.map(Bounded::exact);
        let forward = case.network.forward(&parameters, case.batch.map(Bounded::exact).x())?;
        let right = forward.a(case.network.depth());
        for (((i, j), &y_hat), &right) in y_hat.indexed_iter().zip(right) {
            let place = subject.convention().place_of_example(i, j);
            agree(&format!("y_hat{place}"), y_hat, right)?;
        }
        let first = y_hat.column(0);
        Ok(Witness::from(y_hat.columns().into_iter().any(|other| other != first)))
    })
}

property! {
    name: steps_hold_in_larger_networks,
    statement: "in deep and wide networks, and with many examples, many outputs and large inputs, \
                a step is θ − α·gradient within rounding",
    witness: "a gradient that is not zero",
    check: larger_steps,
}

fn larger_steps(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    in_each(property, subject, config, |case| {
        require(subject, Ability::Step)?;
        match is_one_step(subject, case) {
            // that it is not so bit for bit is said elsewhere
            Err(CaseFailure::Noted(..)) => Ok(Witness::Present),
            other => other,
        }
    })
}

property! {
    /// A rate that changes on the way, a cache that fills, a counter that overflows.
    name: training_holds_over_many_steps,
    statement: "each of 300 steps of training is one fresh step from the previous iterate",
    witness: "training has moved",
    check: many_steps,
}

/// Long enough for what happens after some hundred steps.
const MANY_STEPS: usize = 300;

fn many_steps(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { hidden_layers: (0, 2), ..Cases::default() };
    let strategy = cases.where_loss(Loss::has_bounded_slope).of(subject).generate();
    let strategy = strategy.prop_map(|case| Case { rate: case.rate / 8.0, ..case });
    property.run(subject, &few(config), strategy, |case| {
        require(subject, Ability::Train)?;
        let moved = std::cell::Cell::new(false);
        let start: &Parameters<f64> = &case.parameters;
        is_trained_by_fresh_steps(subject, case, MANY_STEPS, |now| {
            moved.set(moved.get() || now != start);
        })?;
        if moved.get() {
            return Ok(Witness::Present);
        }
        // with few cases one that happens to be dead would leave nothing shown
        Err(CaseFailure::DoesNotApply(format!("{} has not moved in training", subject.name())))
    })
}
