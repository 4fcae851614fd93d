//! What follows from distinct units: activations, gradients, classes and distances.
//!
//! About one moment or a short run, not about success in learning. Start at [`CLAIMS`].

use super::{SECTION, starts, xor_network};
use crate::claim::Evidence::{Counterexample, Example, Generated, Statistical};
use crate::claim::tasks::{breast_cancer, points, train};
use crate::claim::{Claim, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::property::Config;
use crate::statistics::{LEVEL, lower_bound_of_rate};
use crate::subject::{Descent, Subject};
use crate::symmetry::{numerical_rank, row_distances, twin_classes};
use crate::toy::xor;
use crate::{Activation, Batch, Layer, Loss, Network, Parameters, Result, Weights};
use ndarray::{Array2, array};

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "distinct-units-compute-distinct-activations",
        section: SECTION,
        headline: "Different units have different activations, except at special inputs and where \
                   g is flat.",
        lesson: "Different weights give different activations.",
        source: "The Solution: Why This Works; Why Biases Can Be Zero",
        expected: Verdict::Conditional,
        min_cases: 32,
        parts: &[
            Part {
                says: "with an injective g, units i and k have the same activation exactly where \
                       (w_i − w_k)·x + b_i − b_k = 0; with zero biases, x = 0 is such a point",
                evidence: &[
                    Generated(
                        "6 units of a random start, generic inputs: all distinct",
                        activations_differ,
                    ),
                    Counterexample(&Example("zero biases and x = 0: all units agree", |s, _| {
                        let network =
                            Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
                        let start = s.initialise(&network, Weights::Normal(0.5).into(), 1)?;
                        agree(&network, &start, array![[0.0], [0.0]])
                    })),
                    Counterexample(&Example(
                        "w = (1, 2) and (2, 1) agree at x = (1, 1)",
                        |_, _| {
                            let (network, units) =
                                two_units(Activation::Tanh, [[1.0, 2.0], [2.0, 1.0]])?;
                            agree(&network, &units, array![[1.0], [1.0]])
                        },
                    )),
                ],
            },
            Part {
                says: "ReLU units agree wherever both are inactive",
                evidence: &[Counterexample(&Example(
                    "ReLU units that are both inactive agree",
                    |_, _| {
                        let (network, units) =
                            two_units(Activation::Relu, [[1.0, 2.0], [3.0, 1.0]])?;
                        agree(&network, &units, array![[-1.0, -2.0], [-1.0, -0.5]])
                    },
                ))],
            },
            Part {
                says: "in floating point, units agree where g saturates",
                evidence: &[Counterexample(&Example("in f64 tanh(20) = tanh(25)", |_, _| {
                    let (network, units) = two_units(Activation::Tanh, [[20.0, 0.0], [25.0, 0.0]])?;
                    agree(&network, &units, array![[1.0], [0.0]])
                }))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "distinct-units-get-distinct-gradients",
        section: SECTION,
        headline: "Different units get different gradients (at a random start; not everywhere).",
        lesson: "Different units get different gradients.",
        source: "The Solution: Why This Works",
        expected: Verdict::Conditional,
        min_cases: 32,
        parts: &[
            Part {
                says: "at a random start all rows of dW1 differ",
                evidence: &[Generated(
                    "6 units of a random start, generic data: all rows of dW1 differ",
                    |s, c| gradients_differ(s, c),
                )],
            },
            Part {
                says: "rows of dW1 are equal where they vanish: where W2 = 0, at a perfect fit, \
                       and for inactive ReLU units",
                evidence: &[
                    Counterexample(&Example("W2 = 0: no gradient reaches layer 1", |s, _| {
                        let (network, mut units) =
                            two_units(Activation::Tanh, [[1.0, 2.0], [3.0, 1.0]])?;
                        units.layers[1].w.fill(0.0);
                        equal_gradients(s, &network, &units, &xor()?, Equal::Zero)
                    })),
                    Counterexample(&Example("a perfect fit: every residual is zero", perfect_fit)),
                    Counterexample(&Example("ReLU units inactive on all examples", |s, _| {
                        let (network, mut units) =
                            two_units(Activation::Relu, [[1.0, 2.0], [3.0, 1.0]])?;
                        units.layers[0].b.fill(-100.0);
                        equal_gradients(s, &network, &units, &xor()?, Equal::Zero)
                    })),
                ],
            },
            Part {
                says: "rows of dW1 are equal without vanishing for units that differ only along \
                       directions that the data do not span",
                evidence: &[Counterexample(&Example(
                    "w = (1, 2) and (1, 5) where x2 is always 0",
                    |s, _| {
                        let (network, units) =
                            two_units(Activation::Tanh, [[1.0, 2.0], [1.0, 5.0]])?;
                        let on_a_line = points(array![[1.0, -0.5], [0.0, 0.0]], &[1.0, 0.0])?;
                        equal_gradients(s, &network, &units, &on_a_line, Equal::NotZero)
                    },
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::FirstGradientNeverComputed),
    },
    Claim {
        id: "random-init-has-one-class-per-unit",
        section: SECTION,
        headline: "Random starts gave only distinct units and zero starts one class, also after 20 \
                   steps.",
        lesson: "From zero only one unit is effective; from a random start all units are.",
        source: "Comparison: Zero vs Random Initialization, effective units",
        expected: Verdict::Holds,
        min_cases: 32,
        parts: &[Part {
            says: "from a random start there are as many classes of twins as units, at t = 0 and \
                   after 20 steps, and W1 has rank min(n_x, n_h); from zero there is one class",
            evidence: &[Generated(
                "2 to 5 tanh or sigmoid units, 1 to 4 inputs",
                one_class_per_unit,
            )],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "units-move-apart-while-training",
        section: SECTION,
        headline: "Training moves the rows of W1 farther apart (for some tasks and scales of the \
                   start).",
        lesson: "Units that start out different evolve differently and come to detect different \
                 features.",
        source: "The Solution: Why This Works; Visualization: Random Initialization",
        expected: Verdict::Conditional,
        min_cases: 40,
        parts: &[
            Part {
                says: "the median distance of the rows of W1 grows on XOR from 0.5·N(0, 1), and \
                       grows many times over on breast_cancer.csv from 0.01",
                evidence: &[
                    Statistical(
                        "XOR from 0.5·N(0, 1), rate 1, 500 steps: the distance grows",
                        |s, c| distances_on(s, c, &Course::xor(0.5)?, Change::Apart),
                    ),
                    Example(
                        "breast_cancer.csv, 8 tanh units from 0.01: more than four times as far",
                        |s, _| {
                            let ratio = ratio_on_breast_cancer(s, 0.01)?;
                            Ok(Finding::new(ratio > 4.0, 1, format!("end to start {ratio:.2}")))
                        },
                    ),
                ],
            },
            Part {
                says: "for a share of the starts it shrinks in the saddle of XOR (from 0.01) and \
                       in linear regression (from N(0, 1)); on breast_cancer.csv from 1 it hardly \
                       changes",
                evidence: &[
                    Counterexample(&Statistical(
                        "XOR from 0.01·N(0, 1): in some starts the units move closer",
                        |s, c| distances_on(s, c, &Course::xor(0.01)?, Change::Nearer),
                    )),
                    Counterexample(&Statistical(
                        "linear units from N(0, 1): in some starts the units move closer",
                        |s, c| distances_on(s, c, &Course::linear_regression()?, Change::Nearer),
                    )),
                    Counterexample(&Example(
                        "breast_cancer.csv from 1: the distance changes by less than a twentieth",
                        |s, _| {
                            let ratio = ratio_on_breast_cancer(s, 1.0)?;
                            let little = ratio != 1.0 && (ratio - 1.0).abs() < 1.0 / 20.0;
                            Ok(Finding::new(little, 1, format!("end to start {ratio:.4}")))
                        },
                    )),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::FirstLayerNeverUpdated),
    },
];

/// Inputs (n_x × m) no two of which are alike, none of them zero.
fn generic_inputs(n_x: usize, m: usize) -> Array2<f64> {
    Array2::from_shape_fn((n_x, m), |(i, j)| ((7 * i + 3 * j) % 11) as f64 / 4.0 - 1.125)
}

fn all_rows_differ(matrix: &Array2<f64>) -> bool {
    let rows: Vec<_> = matrix.rows().into_iter().collect();
    (0..rows.len()).all(|i| rows[..i].iter().all(|other| *other != rows[i]))
}

fn activations_differ(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let mut pairs = 0;
    for seed in 0..u64::from(config.cases) {
        let n_x = 1 + (seed % 4) as usize;
        for hidden in [Activation::Sigmoid, Activation::Tanh, Activation::Identity] {
            let network = Network::new(&[n_x, 6, 1], hidden, Loss::CrossEntropy)?;
            let start =
                subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + seed)?;
            let forward = network.forward(&start, &generic_inputs(n_x, 5))?;
            let a = forward.a(1);
            for (j, column) in a.columns().into_iter().enumerate() {
                let mut sorted = column.to_vec();
                sorted.sort_by(f64::total_cmp);
                if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
                    let numbers =
                        format!("seed {}: two units agree at example {j}", config.seed + seed);
                    return Ok(Finding::new(false, pairs, numbers));
                }
                pairs += 15;
            }
        }
    }
    Ok(Finding::new(true, pairs, format!("{pairs} pairs of activations, all different")))
}

/// A network of two hidden units with the given rows, zero biases and outgoing weights 1.
fn two_units(hidden: Activation, w1: [[f64; 2]; 2]) -> Result<(Network, Parameters<f64>)> {
    let network = Network::new(&[2, 2, 1], hidden, Loss::CrossEntropy)?;
    let layers = vec![
        Layer { w: Array2::from(w1.to_vec()), b: array![[0.0], [0.0]] },
        Layer { w: array![[1.0, 1.0]], b: array![[0.0]] },
    ];
    Ok((network, Parameters { layers }))
}

/// Whether distinct units compute the same at every input.
fn agree(network: &Network, units: &Parameters<f64>, x: Array2<f64>) -> Result<Finding> {
    let a = network.forward(units, &x)?.a(1).clone();
    let agree = a.rows().into_iter().all(|row| row == a.row(0));
    let distinct = all_rows_differ(units.w(1));
    let numbers = format!("all units: {:?}", a.row(0).to_vec());
    Ok(Finding::new(agree, 1, numbers).witnessed(distinct, "the rows of w1 differ"))
}

fn gradients_differ(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let mut cases = 0;
    for seed in 0..u64::from(config.cases) {
        let n_x = 1 + (seed % 4) as usize;
        let labels = [1.0, 0.0, 0.0, 1.0, 1.0];
        let batch = points(generic_inputs(n_x, labels.len()), &labels)?;
        for hidden in [Activation::Sigmoid, Activation::Tanh] {
            let network = Network::new(&[n_x, 6, 1], hidden, Loss::CrossEntropy)?;
            let start =
                subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + seed)?;
            let gradient = subject.evaluate(network.at(&start, &batch))?.gradient;
            if !all_rows_differ(gradient.dw(1)) {
                let numbers = format!("seed {}: two rows of dW1 are equal", config.seed + seed);
                return Ok(Finding::new(false, cases, numbers));
            }
            cases += 1;
        }
    }
    Ok(Finding::new(true, cases, format!("{cases} networks of 6 units, all rows of dW1 differ")))
}

/// Whether equal gradients are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Equal {
    Zero,
    NotZero,
}

fn equal_gradients(
    subject: &dyn Subject,
    network: &Network,
    units: &Parameters<f64>,
    batch: &Batch<f64>,
    expected: Equal,
) -> Result<Finding> {
    let gradient = subject.evaluate(network.at(units, batch))?.gradient;
    let dw = gradient.dw(1);
    let found = if dw.iter().all(|&slope| slope == 0.0) { Equal::Zero } else { Equal::NotZero };
    let equal = dw.row(0) == dw.row(1) && found == expected;
    let numbers = format!("rows of dW1: {:?} and {:?}", dw.row(0).to_vec(), dw.row(1).to_vec());
    Ok(Finding::new(equal, 1, numbers).witnessed(all_rows_differ(units.w(1)), "distinct rows"))
}

/// Labels that are what the network predicts, so that ŷ − y is exactly zero.
fn perfect_fit(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::SquaredError)?;
    let (_, units) = two_units(Activation::Tanh, [[1.0, 2.0], [3.0, 1.0]])?;
    let x = xor()?.x().clone();
    let y_hat = network.forward(&units, &x)?.a(2).clone();
    equal_gradients(subject, &network, &units, &Batch::new(x, y_hat)?, Equal::Zero)
}

fn one_class_per_unit(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let mut networks = 0;
    for seed in 0..u64::from(config.cases) {
        let n_x = 1 + (seed % 4) as usize;
        let n_h = 2 + (seed / 4 % 4) as usize;
        let hidden = if seed % 2 == 0 { Activation::Tanh } else { Activation::Sigmoid };
        let network = Network::new(&[n_x, n_h, 1], hidden, Loss::CrossEntropy)?;
        let batch = points(generic_inputs(n_x, 5), &[1.0, 0.0, 0.0, 1.0, 1.0])?;
        let random =
            subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + seed)?;
        let zeros = subject.initialise(&network, Weights::Zeros.into(), config.seed + seed)?;
        let rank = numerical_rank(&random, 1)?;
        let descent = Descent { rate: 0.5, steps: 20 };
        let [after, after_zeros] = [
            train(subject, &network, &random, &batch, descent)?,
            train(subject, &network, &zeros, &batch, descent)?,
        ];
        let classes = |parameters: &Parameters<f64>| Ok(twin_classes(parameters, 1)?.len());
        let found = [classes(&random)?, classes(&after)?, classes(&after_zeros)?, rank];
        if found != [n_h, n_h, 1, n_x.min(n_h)] {
            let numbers = format!(
                "seed {}, {n_x}-{n_h}-1: {} and {} classes, {} from zero, rank {rank}",
                config.seed + seed,
                found[0],
                found[1],
                found[2]
            );
            return Ok(Finding::new(false, networks, numbers));
        }
        networks += 1;
    }
    let numbers = format!("{networks} networks: as many classes as units; one from zero");
    Ok(Finding::new(true, networks, numbers))
}

/// A task with its network, start and training.
#[derive(Debug)]
struct Course {
    network: Network,
    batch: Batch<f64>,
    scale: f64,
    descent: Descent<f64>,
}

impl Course {
    fn xor(scale: f64) -> Result<Self> {
        let descent = Descent { rate: 1.0, steps: 500 };
        Ok(Self { network: xor_network(4)?, batch: xor()?, scale, descent })
    }

    /// y = x1 − x2/2 + x3/4, 4 identity units.
    fn linear_regression() -> Result<Self> {
        let network = Network::new(&[3, 4, 1], Activation::Identity, Loss::SquaredError)?;
        let x = generic_inputs(3, 16);
        let y =
            Array2::from_shape_fn((1, 16), |(_, j)| x[[0, j]] - x[[1, j]] / 2.0 + x[[2, j]] / 4.0);
        let descent = Descent { rate: 1.0 / 16.0, steps: 200 };
        Ok(Self { network, batch: Batch::new(x, y)?, scale: 1.0, descent })
    }

    /// The median distance of the rows of W1 at the end, divided by that at the start.
    fn ratio(&self, subject: &dyn Subject, seed: u64) -> Result<f64> {
        let start = subject.initialise(&self.network, Weights::Normal(self.scale).into(), seed)?;
        let end = train(subject, &self.network, &start, &self.batch, self.descent)?;
        Ok(row_distances(&end, 1)?.median / row_distances(&start, 1)?.median)
    }
}

/// What becomes of the median distance.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    /// It grows in more than half of the starts.
    Apart,
    /// It shrinks in more than a tenth of the starts: moving apart is not what always happens.
    Nearer,
}

fn distances_on(
    subject: &dyn Subject,
    config: &Config,
    course: &Course,
    change: Change,
) -> Result<Finding> {
    let starts = starts(config, 100);
    let mut ratios =
        (0..starts).map(|k| course.ratio(subject, config.seed + k)).collect::<Result<Vec<_>>>()?;
    ratios.sort_by(f64::total_cmp);
    let trials = ratios.len();
    let (count, needed, word) = match change {
        Change::Apart => (ratios.iter().filter(|&&ratio| ratio > 1.0).count(), 0.5, "grew"),
        Change::Nearer => (ratios.iter().filter(|&&ratio| ratio < 1.0).count(), 0.05, "shrank"),
    };
    let level = LEVEL / 3.0; // this claim makes three such tests
    let bound = lower_bound_of_rate(count, trials, level);
    let numbers = format!(
        "it {word} in {count} of {trials} starts, so in at least {:.0} % at level {level:.1e}; \
         median ratio {:.2}, from {:.2} to {:.2}",
        100.0 * bound,
        ratios[trials / 2],
        ratios[0],
        ratios[trials - 1]
    );
    Ok(Finding::new(bound > needed, trials, numbers))
}

fn ratio_on_breast_cancer(subject: &dyn Subject, scale: f64) -> Result<f64> {
    let course = Course {
        network: Network::new(&[30, 8, 1], Activation::Tanh, Loss::CrossEntropy)?,
        batch: breast_cancer()?.clone(),
        scale,
        descent: Descent { rate: 0.5, steps: 200 },
    };
    course.ratio(subject, 1)
}
