//! E. The lesson's pictures of weights before and after 1,000 iterations.
//!
//! The tasks are made so that the printed numbers come out; that they can is all that is claimed.
//! Start at [`CLAIMS`].

use super::Evidence::{Counterexample, Example};
use super::tasks::train;
use super::{Claim, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::Config;
use crate::subject::{Descent, Subject};
use crate::{Activation, Batch, Layer, Loss, Network, Parameters, Result, Weights};
use ndarray::{Array2, array};

pub(super) const CLAIMS: &[Claim] = &[Claim {
    id: "the-before-and-after-picture-can-happen",
    section: Section::Practice,
    headline: "The printed rows before and after training can occur (from zero: not with tanh or \
               ReLU).",
    lesson: "Two units that start at [0, 0] are both [0.5, 0.3] after 1,000 iterations; from a \
             random start [0.01, −0.02] and [0.03, 0.01] become [0.8, −0.4] and [0.2, 0.9].",
    source: "Visualization: Symmetry Breaking",
    expected: Verdict::Conditional,
    min_cases: 4,
    parts: &[
        Part {
            says: "with sigmoid units and a task made for the purpose, the zero start ends at the \
                   printed rows, which are equal, after 1,000 iterations",
            evidence: &[Example(
                "zero start, sigmoid units: both rows [0.5, 0.3] to one decimal",
                zero_start_with_sigmoid,
            )],
        },
        Part {
            says: "with tanh units the random start ends at its printed rows",
            evidence: &[Example(
                "the printed random start, tanh units: the printed rows to one decimal",
                printed_random_start,
            )],
        },
        Part {
            says: "from zero with tanh or ReLU units the rows are [0, 0] at each of 1,000 \
                   iterations",
            evidence: &[Counterexample(&Example(
                "zero start, tanh and ReLU units, the same task: W1 is exactly zero throughout",
                zero_start_stays,
            ))],
        },
    ],
    assumptions: &[],
    killed_by: Killer::Fault(Fault::FirstLayerNeverUpdated),
}];

fn network(g: Activation) -> Result<Network> {
    Network::new(&[2, 2, 1], g, Loss::SquaredError)
}

/// A 7 × 7 grid of inputs, labelled by a network with these rows and outgoing weights 1: then
/// these rows are a minimum, with loss 0.
fn taught(g: Activation, rows: &Array2<f64>, spacing: f64) -> Result<Batch<f64>> {
    let coordinate = |k: usize| spacing * (k as f64 - 3.0);
    let x = Array2::from_shape_fn((2, 49), |(i, j)| coordinate(if i == 0 { j / 7 } else { j % 7 }));
    let teacher = Parameters {
        layers: vec![
            Layer { w: rows.clone(), b: Array2::zeros((2, 1)) },
            Layer { w: array![[1.0, 1.0]], b: array![[0.0]] },
        ],
    };
    let y = network(g)?.forward(&teacher, &x)?.a(2).clone();
    Batch::new(x, y)
}

fn to_one_decimal(w: &Array2<f64>) -> Array2<f64> {
    w.mapv(|w| (10.0 * w).round() / 10.0)
}

fn zero_start_with_sigmoid(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let g = Activation::Sigmoid;
    let printed = array![[0.5, 0.3], [0.5, 0.3]];
    let batch = taught(g, &printed, 2.0)?;
    let start = subject.initialise(&network(g)?, Weights::Zeros.into(), 1)?;
    let descent = Descent { rate: 0.5, steps: 1000 };
    let end = train(subject, &network(g)?, &start, &batch, descent)?;
    let w1 = end.w(1);
    let as_printed = to_one_decimal(w1) == printed && w1.row(0) == w1.row(1);
    let finding = Finding::new(as_printed, 1, format!("rows {} and {}", w1.row(0), w1.row(1)));
    Ok(finding.witnessed(start.w(1).iter().all(|&w| w == 0.0), "the start is zero"))
}

fn printed_random_start(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let g = Activation::Tanh;
    let printed = array![[0.8, -0.4], [0.2, 0.9]];
    let batch = taught(g, &printed, 1.0)?;
    let mut start = network(g)?.initialise(Weights::Zeros, 1)?;
    start.layers[0].w = array![[0.01, -0.02], [0.03, 0.01]];
    start.layers[1].w = array![[0.01, 0.02]];
    let descent = Descent { rate: 0.3, steps: 1000 };
    let end = train(subject, &network(g)?, &start, &batch, descent)?;
    let w1 = end.w(1);
    let numbers = format!("rows {} and {}", w1.row(0), w1.row(1));
    Ok(Finding::new(to_one_decimal(w1) == printed, 1, numbers))
}

fn zero_start_stays(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut frozen = true;
    let mut moved = true;
    for g in [Activation::Tanh, Activation::Relu] {
        let batch = taught(Activation::Sigmoid, &array![[0.5, 0.3], [0.5, 0.3]], 2.0)?;
        let start = subject.initialise(&network(g)?, Weights::Zeros.into(), 1)?;
        let descent = Descent { rate: 0.5, steps: 1000 };
        let end = subject.train(network(g)?.at(&start, &batch), descent, &mut |_, now| {
            frozen &= now.w(1).iter().all(|&w| w == 0.0);
        })?;
        moved &= end.b(2)[[0, 0]] != 0.0;
    }
    let finding = Finding::new(frozen, 2, "W1 is zero at each of 1,000 iterations");
    Ok(finding.witnessed(moved, "b2 moved"))
}
