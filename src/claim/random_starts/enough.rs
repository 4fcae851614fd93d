//! What else breaks the symmetry: random biases alone, distinct fixed weights, random W1 alone.
//!
//! About being able to learn; rates of success are lower bounds. Start at [`CLAIMS`].

use super::{SECTION, starts, xor_network};
use crate::claim::Evidence::{Counterexample, Example, Generated, Statistical};
use crate::claim::tasks::{accuracy, learns, points, train, zero_one_coded};
use crate::claim::{Assumption, Claim, Dropped, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::property::{Config, Profile};
use crate::statistics::{LEVEL, lower_bound_of_rate};
use crate::subject::{Descent, Subject};
use crate::symmetry::{row_distances, twin_classes};
use crate::toy::xor;
use crate::{Activation, Batch, Biases, Layer, Loss, Network, Parameters, Result, Start, Weights};
use ndarray::{Array2, array};

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "random-biases-alone-break-the-symmetry",
        section: SECTION,
        headline: "From zero weights, random biases can make units distinct in two steps, and \
                   learn XOR.",
        lesson: "Biases can be zero, but the weights must be random.",
        source: "Introduction, key point; Key Takeaways 3, as a counterexample to 'must'",
        expected: Verdict::Holds,
        min_cases: 32,
        parts: &[
            Part {
                says: "from W = 0 and random biases, the weights of W2 are distinct after step 1 \
                       if the g(b_i) are distinct and the mean label is not the prediction; the \
                       rows of W1 are distinct after step 2 if the g(b_i)·g'(b_i) are distinct, \
                       the mean label is not the prediction, and the constant prediction times \
                       mean(x) is not mean(y·x)",
                evidence: &[Generated(
                    "4 sigmoid or tanh units, AND in {0, 1} coding, two steps",
                    biases_separate,
                )],
            },
            Part {
                says: "some such starts learn XOR",
                evidence: &[Example(
                    "4 tanh units, XOR in {0, 1} coding, rate 3",
                    biases_alone_learn,
                )],
            },
        ],
        assumptions: &[
            Assumption {
                words: "the g(b_i) are distinct",
                dropped: Dropped::Fails(
                    "ReLU with biases −1, −2, −3, −4, all g(b_i) = 0: no weight moves in 100 steps",
                    negative_relu_biases,
                ),
            },
            Assumption {
                words: "the mean label is not the prediction",
                dropped: Dropped::Fails(
                    "XOR with an output bias of zero predicts ½: no weight moves in 100 steps",
                    balanced_prediction,
                ),
            },
            Assumption {
                words: "the constant prediction times mean(x) is not mean(y·x)",
                dropped: Dropped::Fails(
                    "x = −1, 0, 1 and y = |x|, where both are 0: in 100 steps only the weights of \
                     W2 become distinct",
                    uncorrelated_inputs,
                ),
            },
        ],
        killed_by: Killer::Fault(Fault::ZeroInitNotZeroInOneRow),
    },
    Claim {
        id: "distinct-fixed-weights-work-too",
        section: SECTION,
        headline: "Distinct fixed weights can learn XOR without randomness (evenly spaced ones; \
                   not all do).",
        lesson: "Random initialisation is required to break the symmetry.",
        source: "Key Takeaways 2; Introduction, as a counterexample to 'must be random'",
        expected: Verdict::Conditional,
        min_cases: 8,
        parts: &[
            Part {
                says: "a deterministic start with distinct rows can learn XOR: evenly spaced \
                       numbers do",
                evidence: &[Generated(
                    "evenly spaced numbers, 2 to 4 units, tanh and sigmoid",
                    evenly_spaced_learn,
                )],
            },
            Part {
                says: "not every start with distinct rows learns it",
                evidence: &[Counterexample(&Example(
                    "W1 = [[1, ½], [−½, 1]], W2 = (1, −1): at most 2 of 4 right",
                    |s, _| {
                        let network = xor_network(2)?;
                        let layers = vec![
                            Layer { w: array![[1.0, 0.5], [-0.5, 1.0]], b: array![[0.0], [0.0]] },
                            Layer { w: array![[1.0, -1.0]], b: array![[0.0]] },
                        ];
                        let end = xor_course(s, &network, &Parameters { layers }, &xor()?)?;
                        let right = 4.0 * accuracy(&network, &end, &xor()?)?;
                        let distance = row_distances(&end, 1)?.min;
                        let numbers = format!("{right} of 4 right, rows {distance:.2} apart");
                        Ok(Finding::new(right <= 2.0 && distance > 0.0, 1, numbers))
                    },
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "random-w1-alone-can-learn-xor",
        section: SECTION,
        headline: "With a random W1 and W2 = 0, four tanh units learn XOR from at least 30 % of \
                   starts.",
        lesson: "Always initialise all weights randomly, W2 as well as W1.",
        source: "Breaking Symmetry; Implementation Checklist, as a counterexample to 'all weights'",
        expected: Verdict::Holds,
        min_cases: 40,
        parts: &[Part {
            says: "XOR, 4 tanh units, rate 1: with W1 from 0.5·N(0, 1) and W2 = 0, at least 30 % \
                   of the starts learn it, and the units are distinct at the start",
            evidence: &[Statistical("share of starts that learn, 2,000 steps", |s, c| {
                random_first_layer(s, c)
            })],
        }],
        assumptions: &[Assumption {
            words: "W1 is random",
            dropped: Dropped::Fails("if W1 = 0 as well, nothing moves", |s, _| {
                let network = xor_network(4)?;
                let zeros = s.initialise(&network, Weights::Zeros.into(), 1)?;
                let end = xor_course(s, &network, &zeros, &xor()?)?;
                Ok(Finding::new(end == zeros, 1, "as at the start after 3,000 steps"))
            }),
        }],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
];

fn xor_course(
    subject: &dyn Subject,
    network: &Network,
    start: &Parameters<f64>,
    batch: &Batch<f64>,
) -> Result<Parameters<f64>> {
    train(subject, network, start, batch, Descent { rate: 1.0, steps: 3000 })
}

/// Zero weights and random biases.
const BIASES_ALONE: Start = Start { weights: Weights::Zeros, biases: Biases::Normal(1.0) };

fn all_different(entries: impl IntoIterator<Item = f64>) -> bool {
    let mut sorted: Vec<f64> = entries.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn biases_separate(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let batch = zero_one_coded(&[0.0, 0.0, 0.0, 1.0])?;
    let mut cases = 0;
    for k in 0..u64::from(config.cases) {
        let hidden = if k % 2 == 0 { Activation::Tanh } else { Activation::Sigmoid };
        let network = Network::new(&[2, 4, 1], hidden, Loss::CrossEntropy)?;
        let start = subject.initialise(&network, BIASES_ALONE, config.seed + k)?;
        let first = subject.step(network.at(&start, &batch), 0.5)?;
        let second = subject.step(network.at(&first, &batch), 0.5)?;
        let still = first.w(1).iter().all(|&w| w == 0.0);
        let apart = all_different(first.w(2).iter().copied())
            && all_different(second.w(1).column(0).iter().copied());
        if !still || !apart {
            let seed = config.seed + k;
            let numbers = format!("seed {seed}: W1 zero after step 1: {still}, distinct: {apart}");
            return Ok(Finding::new(false, cases, numbers));
        }
        cases += 1;
    }
    Ok(Finding::new(true, cases, format!("{cases} starts: W2 at step 1, W1 at step 2")))
}

fn biases_alone_learn(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = zero_one_coded(&[0.0, 1.0, 1.0, 0.0])?;
    let network = xor_network(4)?;
    let trials = 10;
    let mut learnt = 0;
    for seed in 0..trials {
        let start = subject.initialise(&network, BIASES_ALONE, seed)?;
        let descent = Descent { rate: 3.0, steps: 3000 };
        learnt += usize::from(learns(subject, &network, &start, &batch, descent)?);
    }
    Ok(Finding::new(learnt > 0, 1, format!("{learnt} of {trials} starts learn XOR")))
}

/// Zero weights, biases of choice, 100 steps.
fn end_from_biases(
    subject: &dyn Subject,
    hidden: Activation,
    biases: [f64; 5],
    batch: &Batch<f64>,
) -> Result<Parameters<f64>> {
    let network = Network::new(&[batch.x().nrows(), 4, 1], hidden, Loss::CrossEntropy)?;
    let mut start = network.initialise(Weights::Zeros, 1)?;
    let [b1 @ .., b2] = biases;
    start.layers[0].b = Array2::from_shape_fn((4, 1), |(i, _)| b1[i]);
    start.layers[1].b.fill(b2);
    train(subject, &network, &start, batch, Descent { rate: 0.5, steps: 100 })
}

fn all_zero(matrix: &Array2<f64>) -> bool {
    matrix.iter().all(|&entry| entry == 0.0)
}

fn negative_relu_biases(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let biases = [-1.0, -2.0, -3.0, -4.0, 1.0];
    let end = end_from_biases(subject, Activation::Relu, biases, &xor()?)?;
    let still = all_zero(end.w(1)) && all_zero(end.w(2));
    Ok(Finding::new(still, 1, format!("all weights zero after 100 steps: {still}")))
}

fn balanced_prediction(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let biases = [-1.0, -0.5, 0.5, 1.0, 0.0];
    let end = end_from_biases(subject, Activation::Tanh, biases, &xor()?)?;
    let still = all_zero(end.w(1)) && all_zero(end.w(2));
    Ok(Finding::new(still, 1, format!("all weights zero after 100 steps: {still}")))
}

/// Not XOR, where the sum of r·x is zero too but not its rounding, which in the end W1 escapes on.
fn uncorrelated_inputs(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let biases = [-1.0, -0.5, 0.5, 1.0, 1.0];
    let absolute = points(array![[-1.0, 0.0, 1.0]], &[1.0, 0.0, 1.0])?;
    let end = end_from_biases(subject, Activation::Tanh, biases, &absolute)?;
    let (still, apart) = (all_zero(end.w(1)), all_different(end.w(2).iter().copied()));
    let numbers = format!("after 100 steps W1 zero: {still}, W2 distinct: {apart}");
    Ok(Finding::new(still && apart, 1, numbers))
}

/// Numbers from −span to span in equal steps, in the order w1 row by row, w2; zero biases.
fn evenly_spaced(units: usize, span: f64) -> Parameters<f64> {
    let last = (3 * units - 1) as f64;
    let at = |place: usize| span * (2.0 * place as f64 / last - 1.0);
    let layers = vec![
        Layer {
            w: Array2::from_shape_fn((units, 2), |(i, j)| at(2 * i + j)),
            b: Array2::zeros((units, 1)),
        },
        Layer {
            w: Array2::from_shape_fn((1, units), |(_, i)| at(2 * units + i)),
            b: array![[0.0]],
        },
    ];
    Parameters { layers }
}

fn evenly_spaced_learn(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = xor()?;
    let mut runs = 0;
    let mut learnt = 0;
    let mut distinct = 0;
    for units in 2..=4 {
        for span in [0.5, 1.0] {
            for hidden in [Activation::Tanh, Activation::Sigmoid] {
                let network = Network::new(&[2, units, 1], hidden, Loss::CrossEntropy)?;
                let end = xor_course(subject, &network, &evenly_spaced(units, span), &batch)?;
                runs += 1;
                learnt += usize::from(accuracy(&network, &end, &batch)? == 1.0);
                distinct += usize::from(twin_classes(&end, 1)?.len() == units);
            }
        }
    }
    let numbers = format!("{learnt} of {runs} such starts learn XOR, units distinct in {distinct}");
    Ok(Finding::new(learnt == runs && distinct == runs, runs, numbers))
}

fn random_first_layer(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let network = xor_network(4)?;
    let batch = xor()?;
    let trials = starts(config, 100);
    let mut learnt = 0;
    let mut distinct = true;
    for k in 0..trials {
        let mut start =
            subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + k)?;
        start.layers[1].w.fill(0.0);
        distinct &= twin_classes(&start, 1)?.len() == 4;
        let descent = Descent { rate: 1.0, steps: 2000 };
        learnt += usize::from(learns(subject, &network, &start, &batch, descent)?);
    }
    let trials = trials as usize;
    let bound = lower_bound_of_rate(learnt, trials, LEVEL);
    let needed = if config.profile == Profile::Quick { 0.1 } else { 0.3 };
    let numbers = format!(
        "{learnt} of {trials} starts learn XOR, so the rate is at least {:.0} % at level {LEVEL:e}",
        100.0 * bound
    );
    Ok(Finding::new(distinct && bound >= needed, trials, numbers))
}
