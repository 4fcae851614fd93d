//! Where exactly a zero start is frozen, and where it moves.
//!
//! About W = 0 with zero biases; other constants are in `equal_starts.rs`. Start at [`CLAIMS`].

use super::SECTION;
use crate::claim::Evidence::{Counterexample, Example, Sampled, Symbolic, Theorem};
use crate::claim::tasks::{accuracy, breast_cancer, points, train};
use crate::claim::{Assumption, Claim, Dropped, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::proof::Statement;
use crate::property::{
    Config, from_zero_only_the_output_bias_moves, from_zero_sigmoid_units_move_together,
};
use crate::subject::{Descent, Subject};
use crate::toy::xor;
use crate::{Activation, Batch, Error, Loss, Network, Result, Weights};
use ndarray::array;

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "zero-init-freezes-the-weights-where-g-vanishes-at-zero",
        section: SECTION,
        headline: "With hidden units and g(0) = 0, a zero start keeps all weights 0 while numbers \
                   are finite.",
        lesson: "From a zero start the weight matrix is still all zeros after the updates.",
        source: "Why Not Initialize to Zero: the picture",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, if a network with a hidden layer has g(0) = 0 and \
                       starts from zero parameters, then every weight and every hidden bias is \
                       zero at every iteration of gradient descent, at any rate",
                evidence: &[
                    Theorem("zero_stays_zero_over_the_reals"),
                    Theorem("zero_stays_zero_in_any_ring"),
                ],
            },
            Part {
                says: "in f64 these weights and biases are +0 or −0 at every iteration of a run \
                       whose inputs, rate and residuals are finite",
                evidence: &[
                    Symbolic(Statement::ZeroTrajectory),
                    Sampled(
                        "20 iterations of sampled networks with every activation but sigmoid",
                        from_zero_only_the_output_bias_moves,
                    ),
                    Theorem("zero_stays_zero_in_binary64"),
                ],
            },
            Part {
                says: "in exact arithmetic, from such a start, with one output, cross-entropy and \
                       a mean label p strictly between 0 and 1, the output bias tends to the \
                       log-odds of p at every positive learning rate up to 8",
                evidence: &[
                    Theorem("from_zero_the_output_bias_tends_to_the_log_odds_of_the_mean_label"),
                    Example(
                        "breast_cancer.csv, rate 8: only b2 moves, and it reaches the log-odds",
                        base_rate,
                    ),
                ],
            },
        ],
        assumptions: &[
            Assumption {
                words: "g(0) = 0",
                dropped: Dropped::Fails(
                    "sigmoid units have g(0) = ½: first W2 moves, then W1",
                    |s, c| Ok(from_zero_sigmoid_units_move_together(s, c).into()),
                ),
            },
            Assumption {
                words: "in f64: inputs, rate and residuals are finite",
                dropped: Dropped::Fails(
                    "three points, squared error, rate 3: each step doubles the distance of b2 \
                     from the mean label, until it overflows",
                    overflow_of_the_output_bias,
                ),
            },
            Assumption {
                words: "for the limit only: a positive rate of at most 8",
                dropped: Dropped::Fails(
                    "breast_cancer.csv at rate 8.6, above 2/(p(1 − p)) = 8.56: b2 still swings \
                     around the log-odds after 400 steps",
                    base_rate_missed,
                ),
            },
        ],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "zero-init-moves-only-with-sigmoid-and-unbalanced-labels",
        section: SECTION,
        headline: "A zero start moves W2: with sigmoid and cross-entropy, only if the mean label \
                   is not ½.",
        lesson: "In one picture zero weights stay zero; in another they become 0.5 and 0.3.",
        source: "Visualization: Zero Initialization; the picture of the zero start",
        expected: Verdict::Conditional,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, with one hidden layer of sigmoid units, one output, \
                       cross-entropy, zero parameters at the start and a rate that is not 0, W2 \
                       leaves zero at step 1 if and only if the mean label is not ½ (in the \
                       examples with squared error on the identity: if and only if it is not 0)",
                evidence: &[
                    Sampled(
                        "unbalanced labels: W2 moves at step 1, W1 later with equal rows; \
                         balanced: W2 does not move",
                        from_zero_sigmoid_units_move_together,
                    ),
                    Counterexample(&Example(
                        "XOR, balanced labels: W1 and W2 do not move in 1,000 steps",
                        |s, _| sigmoid_from_zero(s, &xor()?, Loss::CrossEntropy, [false; 2]),
                    )),
                    Example("squared error on the identity, y = 1, 0: W1 and W2 move", |s, _| {
                        let unbalanced = points(array![[1.0, 0.5]], &[1.0, 0.0])?;
                        sigmoid_from_zero(s, &unbalanced, Loss::SquaredError, [true; 2])
                    }),
                    Counterexample(&Example(
                        "the same with y = 1, −1: W1 and W2 do not move in 1,000 steps",
                        |s, _| {
                            let balanced = points(array![[1.0, 0.5]], &[1.0, -1.0])?;
                            sigmoid_from_zero(s, &balanced, Loss::SquaredError, [false; 2])
                        },
                    )),
                    Counterexample(&Theorem("with_balanced_labels_zero_sigmoid_units_never_move")),
                    Theorem("with_unbalanced_labels_only_the_output_layer_moves_at_the_first_step"),
                ],
            },
            Part {
                says: "W1 leaves zero at step 2 at the earliest; in two examples W2 moves but W1 \
                       does not in 1,000 steps: there the constant prediction times mean(x) equals \
                       mean(y·x) as long as W2 is not zero",
                evidence: &[
                    Counterexample(&Example(
                        "x = −1, 0, 1 and y = |x|: W2 moves but W1 does not in 1,000 steps",
                        |s, _| {
                            let absolute = points(array![[-1.0, 0.0, 1.0]], &[1.0, 0.0, 1.0])?;
                            sigmoid_from_zero(s, &absolute, Loss::CrossEntropy, [false, true])
                        },
                    )),
                    Counterexample(&Example(
                        "squared error, x = 1, 1, 3, 3, y = 0, 1, 0, 1, rate ½, 4 units: W2 moves \
                         but W1 does not",
                        |s, _| {
                            let doubled =
                                points(array![[1.0, 1.0, 3.0, 3.0]], &[0.0, 1.0, 0.0, 1.0])?;
                            sigmoid_from_zero(s, &doubled, Loss::SquaredError, [false, true])
                        },
                    )),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::HiddenActivationOmitted),
    },
];

/// From zero with 4 sigmoid units: whether W1 and W2 ever move in 1,000 steps at rate ½.
fn sigmoid_from_zero(
    subject: &dyn Subject,
    batch: &Batch<f64>,
    loss: Loss,
    moves: [bool; 2],
) -> Result<Finding> {
    let network = Network::new(&[batch.x().nrows(), 4, 1], Activation::Sigmoid, loss)?;
    let start = subject.initialise(&network, Weights::Zeros.into(), 1)?;
    let mut moved = [false; 2];
    let descent = Descent { rate: 0.5, steps: 1000 };
    subject.train(network.at(&start, batch), descent, &mut |_, now| {
        moved[0] |= now.w(1) != start.w(1);
        moved[1] |= now.w(2) != start.w(2);
    })?;
    let numbers = format!("w1 moved: {}, w2 moved: {}", moved[0], moved[1]);
    Ok(Finding::new(moved == moves, 1, numbers))
}

/// With tanh units from zero, only b2 moves: towards the log-odds, at every rate up to 8.
fn base_rate(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = breast_cancer()?;
    let network = Network::new(&[30, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, Weights::Zeros.into(), 1)?;
    let rate = 8.0;
    let end = train(subject, &network, &start, batch, Descent { rate, steps: 400 })?;
    let log_odds = libm::log(212.0 / 357.0);
    let b2 = end.b(2)[[0, 0]];
    let mut others = end.clone();
    others.layers[1].b.fill(0.0);
    let only_b2 = others.entries().all(|entry| entry == 0.0);
    let accuracy = accuracy(&network, &end, batch)?;
    let numbers =
        format!("b2 = {b2:.9}, log-odds {log_odds:.9}, accuracy {:.1} %", 100.0 * accuracy);
    // at the fixed point |Σ dz|/m ≤ 1, and b2 contracts by |1 − α·p(1 − p)|
    let p = 212.0 / 569.0;
    let contraction: f64 = 1.0 - rate * p * (1.0 - p);
    let tolerance = crate::tolerance::fixed_point(batch.m(), rate, contraction.abs());
    let near = (b2 - log_odds).abs() <= tolerance;
    Ok(Finding::new(only_b2 && near, 1, numbers))
}

/// b2 − mean y is multiplied by 1 − α = −2 at each step, so that it leaves the range of f64.
fn overflow_of_the_output_bias(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::SquaredError)?;
    let start = subject.initialise(&network, Weights::Zeros.into(), 1)?;
    let unbalanced = points(array![[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]], &[1.0, 0.0, 0.0])?;
    let descent = Descent { rate: 3.0, steps: 2000 };
    let run = train(subject, &network, &start, &unbalanced, descent);
    let numbers = match &run {
        Ok(end) => format!("b2 = {} after {} steps", end.b(2)[[0, 0]], descent.steps),
        Err(error) => error.to_string(),
    };
    Ok(Finding::new(matches!(run, Err(Error::Diverged { .. })), 1, numbers))
}

/// At rate 8.6 b2 is on the other side of the log-odds at each of the last steps, far off.
fn base_rate_missed(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[30, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, Weights::Zeros.into(), 1)?;
    let log_odds = libm::log(212.0 / 357.0);
    let mut misses = Vec::new();
    let descent = Descent { rate: 8.6, steps: 400 };
    subject.train(network.at(&start, breast_cancer()?), descent, &mut |_, now| {
        misses.push(now.b(2)[[0, 0]] - log_odds);
    })?;
    let [.., before, last] = misses[..] else { return Ok(Finding::new(false, 0, "no steps")) };
    let swings = before * last < 0.0 && last.abs() > f64::EPSILON.sqrt();
    let numbers = format!("b2 − log-odds at the last two of 400 steps: {before:.3}, {last:.3}");
    Ok(Finding::new(swings, 1, numbers))
}
