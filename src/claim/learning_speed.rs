//! C. How the scale of the start changes how fast a network learns, layer by layer.
//!
//! Every run is a named example; nothing is claimed of other data sets. Start at [`CLAIMS`].

use super::Evidence::{Counterexample, Example, Theorem};
use super::tasks::{accuracy, breast_cancer, train};
use super::{Claim, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{Config, Profile};
use crate::subject::{Descent, Subject};
use crate::toy::xor;
use crate::{Activation, Batch, Biases, Loss, Network, Parameters, Result, Start, Weights};
use ndarray::Axis;
use std::ops::RangeInclusive;

const SECTION: Section = Section::Scale;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "large-weights-make-learning-slow",
        section: SECTION,
        headline: "A large W1 slows learning (tanh units and a moderate W2 on tumour data; not on \
                   XOR).",
        lesson: "Large W, large |Z|, saturated activations, small gradients, slow learning.",
        source: "Summary: Large Weights → Slow Learning",
        expected: Verdict::Conditional,
        min_cases: 8,
        parts: &[
            Part {
                says: "tanh units: with W1 at N(0, 1)·100 and W2 at 0.5, the first dW1 is at least \
                       10 times smaller than with both at 0.5, and the loss after 300 steps is \
                       higher",
                evidence: &[Example(
                    "breast_cancer.csv, rate 0.1: W1 at 100 compared with 0.5",
                    large_w1,
                )],
            },
            Part {
                says: "with W2 at 100 as well, dW1 is not small",
                evidence: &[Counterexample(&Example(
                    "breast_cancer.csv, W1 and W2 at 100: dW1 is as large as from 0.5, yet fewer \
                     examples end up right",
                    both_layers_large,
                ))],
            },
            Part {
                says: "on XOR more starts learn with W1 at 10 than with both layers at 0.01",
                evidence: &[Counterexample(&Example(
                    "XOR, 300 steps at rate 1: W1 at 10 and W2 at 0.5, compared with both at 0.01",
                    |s, c| {
                        let descent = Descent { rate: 1.0, steps: 300 };
                        let large = learnt(s, c, &xor()?, [10.0, 0.5], descent)?;
                        let small = learnt(s, c, &xor()?, [0.01, 0.01], descent)?;
                        let numbers = format!("{large} learn with large W1, {small} with small");
                        Ok(Finding::new(large.learnt > small.learnt, large.starts(), numbers))
                    },
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "a-hundredth-suits-shallow-networks",
        section: SECTION,
        headline: "With one hidden layer, a start of 0.01·N(0, 1) learns well (on tumour data; not \
                   on XOR).",
        lesson: "For one hidden layer 0.01 works well.",
        source: "Advanced: For Shallow Networks; second document, last sentence",
        expected: Verdict::Conditional,
        min_cases: 16,
        parts: &[
            Part {
                says: "from N(0, 1)·0.01 a tanh network learns breast_cancer.csv to at least 98 % \
                       in 300 steps",
                evidence: &[Example(
                    "breast_cancer.csv, 8 tanh units, rate 0.1, 300 steps",
                    |s, c| {
                        let runs = on_breast_cancer(
                            s,
                            c,
                            &examples(c)?,
                            (Activation::Tanh, [0.01, 0.01]),
                        )?;
                        let least = runs.iter().map(|run| run.accuracy).fold(1.0, f64::min);
                        let numbers = format!("accuracy at least {:.1} %", 100.0 * least);
                        Ok(Finding::new(least >= 0.98, runs.len(), numbers))
                    },
                )],
            },
            Part {
                says: "on XOR at rate 0.5, at most one start from 0.01 learns in 3,000 steps, \
                       while all starts from 0.1 learn except at most one",
                evidence: &[Counterexample(&Example(
                    "XOR: 0.01 does not learn, 0.1 does",
                    |s, c| {
                        let small = learnt(s, c, &xor()?, [0.01; 2], HALF_BY_3000)?;
                        let larger = learnt(s, c, &xor()?, [0.1; 2], HALF_BY_3000)?;
                        let numbers = format!("{small} learn from 0.01, {larger} from 0.1");
                        let as_stated = small.learnt <= 1 && larger.not <= 1;
                        Ok(Finding::new(as_stated, small.starts(), numbers))
                    },
                ))],
            },
            Part {
                says: "with two points doubled, so that mean((y − mean y)·x) is not 0, all starts \
                       from 0.01 learn too, except at most one",
                evidence: &[Example(
                    "XOR with two points doubled: inputs and labels are correlated",
                    |s, c| {
                        let found = learnt(s, c, &doubled_xor()?, [0.01; 2], HALF_BY_3000)?;
                        Ok(Finding::new(found.not <= 1, found.starts(), format!("{found} learn")))
                    },
                )],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "a-saturated-output-stops-learning",
        section: SECTION,
        headline: "A saturated output does not learn (squared error after a sigmoid; not \
                   cross-entropy).",
        lesson: "If the weights of the output are large, it saturates at 0 or 1 and nothing is \
                 learnt.",
        source: "Reason 2: Output Layer Concerns",
        expected: Verdict::Conditional,
        min_cases: 16,
        parts: &[
            Part {
                says: "squared error after the sigmoid: over the reals |dz2| ≤ e^−|z2| for labels \
                       between 0 and 1 (example in f64: on XOR an output saturated by b2 = 100 has \
                       dz2 = 0, and no start learns)",
                evidence: &[
                    Example(
                        "squared error after a sigmoid: the gradient is zero, and no start learns",
                        |s, c| {
                            let Saturated { learnt, residual, .. } =
                                saturated(s, c, Loss::SigmoidSquaredError)?;
                            let numbers = format!("{learnt} learn, largest |db2| {residual}");
                            Ok(Finding::new(
                                learnt.learnt == 0 && residual == 0.0,
                                learnt.starts(),
                                numbers,
                            ))
                        },
                    ),
                    Theorem("squared_error_after_a_sigmoid_vanishes_when_saturated"),
                ],
            },
            Part {
                says: "cross-entropy from the logits: over the reals |dz2| ≥ ½ wherever the answer \
                       to a label of 0 or 1 is wrong or a tie (example: the same saturated output \
                       learns XOR from all starts but at most one)",
                evidence: &[
                    Counterexample(&Example(
                        "cross-entropy: |dz2| ≥ ½ at every wrong answer, and all starts but at \
                         most one learn",
                        |s, c| {
                            let Saturated { learnt, residual, pull } =
                                saturated(s, c, Loss::CrossEntropy)?;
                            let numbers = format!(
                                "{learnt} learn, |db2| {residual:.3}, least |dz2| of a wrong \
                                 answer {pull}"
                            );
                            Ok(Finding::new(
                                learnt.not <= 1 && pull >= 0.5,
                                learnt.starts(),
                                numbers,
                            ))
                        },
                    )),
                    Counterexample(&Theorem(
                        "cross_entropy_keeps_at_least_one_half_wherever_the_answer_is_wrong",
                    )),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UnfusedCrossEntropy),
    },
    Claim {
        id: "small-starts-help-relu-too",
        section: SECTION,
        headline: "For ReLU, a start at scale 0.01 gives a lower loss than 10 (on tumour data; not \
                   on XOR).",
        lesson: "ReLU saturates less, but small starts are still recommended.",
        source: "When Is This Less Critical?; Key Takeaways 12",
        expected: Verdict::Conditional,
        min_cases: 8,
        parts: &[
            Part {
                says: "ReLU on breast_cancer.csv: after 300 steps the loss from 0.01 is lower than \
                       from 10",
                evidence: &[Example(
                    "breast_cancer.csv, 8 ReLU units, rate 0.1, 300 steps",
                    |s, c| {
                        let small =
                            on_breast_cancer(s, c, &examples(c)?, (Activation::Relu, [0.01; 2]))?;
                        let large =
                            on_breast_cancer(s, c, &examples(c)?, (Activation::Relu, [10.0; 2]))?;
                        let numbers = format!(
                            "loss {} from 0.01, {} from 10",
                            losses(&small),
                            losses(&large)
                        );
                        let lower =
                            small.iter().zip(&large).all(|(small, large)| small.loss < large.loss);
                        Ok(Finding::new(lower, small.len(), numbers))
                    },
                )],
            },
            Part {
                says: "on XOR with 8 units the loss from 0.01 is higher than from 10 after 100 \
                       steps at rate 0.1",
                evidence: &[Counterexample(&Example(
                    "XOR, 8 ReLU units: mean loss after 100 steps",
                    |s, c| {
                        let [small, large] = [
                            relu_on_xor(s, c, Weights::Normal(0.01))?,
                            relu_on_xor(s, c, Weights::Normal(10.0))?,
                        ];
                        let numbers = format!("mean loss {small:.3} from 0.01, {large:.3} from 10");
                        Ok(Finding::new(large < small, seeds(c).count(), numbers))
                    },
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "small-weights-matter-most-at-the-output",
        section: SECTION,
        headline: "A large W2 does more harm than a large W1 (to the loss on tumour data; not to \
                   accuracy).",
        lesson: "With a sigmoid output it is especially important to keep the weights small.",
        source: "Reason 2: Output Layer Concerns; Key Takeaways 13",
        expected: Verdict::Conditional,
        min_cases: 2,
        parts: &[
            Part {
                says: "tanh on breast_cancer.csv, 300 steps at rate 0.1: W2 at 100 ends with a \
                       higher mean loss than W1 at 100, each with the other layer at 0.5",
                evidence: &[Example("the loss", |s, c| {
                    output_against_hidden(s, c, |w1, w2| w2.loss > w1.loss)
                })],
            },
            Part {
                says: "W2 at 100 ends with more examples right: it learns, and its errors are \
                       confident",
                evidence: &[Counterexample(&Example("the share of right answers", |s, c| {
                    output_against_hidden(s, c, |w1, w2| w2.accuracy > w1.accuracy)
                }))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
];

const HALF_BY_3000: Descent<f64> = Descent { rate: 0.5, steps: 3000 };

/// N(0, 1) weights times a scale for each of two layers, zero biases.
fn start(
    subject: &dyn Subject,
    network: &Network,
    scales: [f64; 2],
    seed: u64,
) -> Result<Parameters<f64>> {
    let mut start = subject.initialise(network, Weights::Normal(1.0).into(), seed)?;
    for (layer, scale) in start.layers.iter_mut().zip(scales) {
        layer.w *= scale;
    }
    Ok(start)
}

/// One training run on breast_cancer.csv.
struct OnBreastCancer {
    first_dw1: f64,
    loss: f64,
    accuracy: f64,
}

/// The examples; every fourth of them where a first look is all that is asked for.
fn examples(config: &Config) -> Result<Batch<f64>> {
    let whole = breast_cancer()?;
    let every = if config.profile == Profile::Quick { 4 } else { 1 };
    let columns: Vec<usize> = (0..whole.m()).step_by(every).collect();
    let x = whole.x().select(Axis(1), &columns);
    Batch::new(x, whole.y().select(Axis(1), &columns))
}

/// 8 units, 300 steps at rate 0.1, from scales for each layer, for several seeds.
fn on_breast_cancer(
    subject: &dyn Subject,
    config: &Config,
    batch: &Batch<f64>,
    (g, scales): (Activation, [f64; 2]),
) -> Result<Vec<OnBreastCancer>> {
    let network = Network::new(&[30, 8, 1], g, Loss::CrossEntropy)?;
    let seeds = match config.profile {
        Profile::Quick => 1,
        Profile::Ci => 2,
        Profile::Soak => 10,
    };
    let run = |seed| {
        let start = start(subject, &network, scales, seed)?;
        let gradient = subject.evaluate(network.at(&start, batch))?.gradient;
        let first_dw1 = gradient.dw(1).iter().map(|dw| dw * dw).sum::<f64>().sqrt();
        let end = train(subject, &network, &start, batch, Descent { rate: 0.1, steps: 300 })?;
        let loss = network.mean_loss(&end, batch)?;
        Ok(OnBreastCancer { first_dw1, loss, accuracy: accuracy(&network, &end, batch)? })
    };
    // named starts: with so few of them another seed may well say otherwise
    (1..=seeds).map(run).collect()
}

fn shown(runs: &[OnBreastCancer], of: impl Fn(&OnBreastCancer) -> f64) -> String {
    let numbers: Vec<_> = runs.iter().map(|run| format!("{:.4}", of(run))).collect();
    numbers.join(", ")
}

fn losses(runs: &[OnBreastCancer]) -> String {
    shown(runs, |run| run.loss)
}

fn large_w1(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let large =
        on_breast_cancer(subject, config, &examples(config)?, (Activation::Tanh, [100.0, 0.5]))?;
    let small =
        on_breast_cancer(subject, config, &examples(config)?, (Activation::Tanh, [0.5, 0.5]))?;
    let slower = large
        .iter()
        .zip(&small)
        .all(|(large, small)| 10.0 * large.first_dw1 < small.first_dw1 && large.loss > small.loss);
    let numbers = format!(
        "first |dW1| {} from 100, {} from 0.5; loss {} from 100, {} from 0.5",
        shown(&large, |run| run.first_dw1),
        shown(&small, |run| run.first_dw1),
        losses(&large),
        losses(&small)
    );
    Ok(Finding::new(slower, large.len(), numbers))
}

fn both_layers_large(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let large =
        on_breast_cancer(subject, config, &examples(config)?, (Activation::Tanh, [100.0, 100.0]))?;
    let small =
        on_breast_cancer(subject, config, &examples(config)?, (Activation::Tanh, [0.5, 0.5]))?;
    let pulls = large.iter().zip(&small).all(|(large, small)| {
        2.0 * large.first_dw1 > small.first_dw1 && large.accuracy < small.accuracy
    });
    let numbers = format!(
        "first |dW1| {} from 100, {} from 0.5; accuracy {} from 100, {} from 0.5",
        shown(&large, |run| run.first_dw1),
        shown(&small, |run| run.first_dw1),
        shown(&large, |run| run.accuracy),
        shown(&small, |run| run.accuracy)
    );
    Ok(Finding::new(pulls, large.len(), numbers))
}

/// The seeds of several small runs: named starts, because so few say nothing of all.
fn seeds(config: &Config) -> RangeInclusive<u64> {
    let starts = if config.profile == Profile::Quick { 8 } else { 20 };
    1..=starts
}

/// How many of several starts of 4 tanh units get every example right, and how many do not.
fn learnt(
    subject: &dyn Subject,
    config: &Config,
    batch: &Batch<f64>,
    scales: [f64; 2],
    descent: Descent<f64>,
) -> Result<Learnt> {
    let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut found = Learnt::default();
    for seed in seeds(config) {
        let start = start(subject, &network, scales, seed)?;
        let end = train(subject, &network, &start, batch, descent)?;
        found.count(accuracy(&network, &end, batch)? == 1.0);
    }
    Ok(found)
}

/// How many starts learn.
#[derive(Debug, Clone, Copy, Default)]
struct Learnt {
    learnt: usize,
    not: usize,
}

impl Learnt {
    fn count(&mut self, learns: bool) {
        self.learnt += usize::from(learns);
        self.not += usize::from(!learns);
    }

    fn starts(self) -> usize {
        self.learnt + self.not
    }
}

impl std::fmt::Display for Learnt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.learnt, self.starts())
    }
}

/// XOR with its first two points twice: balanced as before, but x and y are correlated.
fn doubled_xor() -> Result<Batch<f64>> {
    let xor = xor()?;
    let columns = [0, 1, 2, 3, 0, 1];
    Batch::new(xor.x().select(Axis(1), &columns), xor.y().select(Axis(1), &columns))
}

/// What came of several starts whose output is saturated.
struct Saturated {
    learnt: Learnt,
    /// The largest |db2| of a start.
    residual: f64,
    /// The least |dz2| of a start and an example whose answer is wrong.
    pull: f64,
}

/// XOR, 4 tanh units at N(0, 1)·0.5 with b2 = 100, 3,000 steps at rate 1.
fn saturated(subject: &dyn Subject, config: &Config, loss: Loss) -> Result<Saturated> {
    let batch = xor()?;
    let network = Network::new(&[2, 4, 1], Activation::Tanh, loss)?;
    let weights = Start { weights: Weights::Normal(0.5), biases: Biases::Zeros };
    let mut found = Saturated { learnt: Learnt::default(), residual: 0.0, pull: f64::INFINITY };
    for seed in seeds(config) {
        let mut start = subject.initialise(&network, weights, seed)?;
        start.layers[1].b.fill(100.0);
        let db2 = subject.evaluate(network.at(&start, &batch))?.gradient.db(2)[[0, 0]];
        found.residual = found.residual.max(db2.abs());
        for j in 0..batch.m() {
            let one = |matrix: &ndarray::Array2<f64>| matrix.select(Axis(1), &[j]);
            let alone = Batch::new(one(batch.x()), one(batch.y()))?;
            if alone.y()[[0, 0]] == 0.0 {
                let dz2 = subject.evaluate(network.at(&start, &alone))?.gradient.db(2)[[0, 0]];
                found.pull = found.pull.min(dz2.abs());
            }
        }
        let descent = Descent { rate: 1.0, steps: 3000 };
        let end = train(subject, &network, &start, &batch, descent)?;
        found.learnt.count(accuracy(&network, &end, &batch)? == 1.0);
    }
    Ok(found)
}

/// The mean loss of several starts of 8 ReLU units on XOR after 100 steps at rate 0.1.
fn relu_on_xor(subject: &dyn Subject, config: &Config, weights: Weights) -> Result<f64> {
    let batch = xor()?;
    let mut sum = 0.0;
    let network = Network::new(&[2, 8, 1], Activation::Relu, Loss::CrossEntropy)?;
    for seed in seeds(config) {
        let start = subject.initialise(&network, weights.into(), seed)?;
        let end = train(subject, &network, &start, &batch, Descent { rate: 0.1, steps: 100 })?;
        sum += network.mean_loss(&end, &batch)?;
    }
    Ok(sum / seeds(config).count() as f64)
}

/// W1 at 100 with W2 at 0.5, and the other way round.
fn output_against_hidden(
    subject: &dyn Subject,
    config: &Config,
    as_stated: fn(&OnBreastCancer, &OnBreastCancer) -> bool,
) -> Result<Finding> {
    let w1 = on_breast_cancer(subject, config, breast_cancer()?, (Activation::Tanh, [100.0, 0.5]))?;
    let w2 = on_breast_cancer(subject, config, breast_cancer()?, (Activation::Tanh, [0.5, 100.0]))?;
    let numbers = format!(
        "large W2: loss {}, accuracy {}; large W1: loss {}, accuracy {}",
        losses(&w2),
        shown(&w2, |run| run.accuracy),
        losses(&w1),
        shown(&w1, |run| run.accuracy)
    );
    Ok(Finding::new(as_stated(&mean(&w1), &mean(&w2)), w1.len(), numbers))
}

fn mean(runs: &[OnBreastCancer]) -> OnBreastCancer {
    let of = |number: fn(&OnBreastCancer) -> f64| {
        runs.iter().map(number).sum::<f64>() / runs.len() as f64
    };
    OnBreastCancer {
        first_dw1: of(|run| run.first_dw1),
        loss: of(|run| run.loss),
        accuracy: of(|run| run.accuracy),
    }
}
