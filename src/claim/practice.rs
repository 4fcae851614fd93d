//! E. Practice: shapes, refused mismatches, and logistic regression.
//!
//! About what an implementation has to do whatever its start is. Start at [`CLAIMS`].

use super::Evidence::{Example, Generated, Sampled, Theorem};
use super::tasks::breast_cancer;
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{self, Config};
use crate::subject::{Descent, Subject};
use crate::tolerance;
use crate::{
    Activation, Batch, Error, Extent, Layer, Loss, Network, Parameters, Result, Weights,
    initialize_parameters, singular_values,
};
use ndarray::{Array2, Axis};

const SECTION: Section = Section::Practice;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "initialise-parameters-has-the-stated-shapes",
        section: SECTION,
        headline: "The initialiser gives W1, b1, W2 and b2 the stated shapes, with biases exactly \
                   0.",
        lesson: "The example function returns W1 of shape (4, 3), b1 (4, 1), W2 (1, 4), b2 (1, 1).",
        source: "Complete Initialization Example",
        expected: Verdict::Holds,
        min_cases: 100,
        parts: &[Part {
            says: "for every n_x, n_h, n_y: w1 is n_h × n_x, b1 n_h × 1, w2 n_y × n_h, b2 n_y × 1; \
                   with 3, 4, 1 these are the printed shapes; the biases are exactly zero",
            evidence: &[
                Example("the lesson's n_x = 3, n_h = 4, n_y = 1", |_, _| {
                    let shapes = shapes_of(&initialize_parameters(3, 4, 1, 1)?);
                    let printed = [(4, 3), (4, 1), (1, 4), (1, 1)];
                    Ok(Finding::new(shapes == printed, 1, format!("{shapes:?}")))
                }),
                Generated(
                    "all sizes up to 5 × 5 × 5, and the subject's own initialiser",
                    shapes_for_every_size,
                ),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::None(
            "no fault of the catalogue returns a wrong shape, and Network::check would refuse it \
             right after initialisation (see mismatched-dimensions-are-refused)",
        ),
    },
    Claim {
        id: "mismatched-dimensions-are-refused",
        section: SECTION,
        headline: "Parameters, inputs or labels of a wrong shape give an error that names both \
                   shapes.",
        lesson: "Verify that the dimensions match the network architecture.",
        source: "Implementation Checklist; Key Takeaways 10",
        expected: Verdict::Holds,
        min_cases: 32,
        parts: &[Part {
            says: "every mismatch of parameters, inputs and labels is an error that names both \
                   shapes: never a panic, never a broadcast",
            evidence: &[Generated(
                "each matrix of three networks made one row or column too large or too small",
                mismatches_are_refused,
            )],
        }],
        assumptions: &[],
        killed_by: Killer::None(
            "the network checks the shapes before any subject computes; the property \
             mismatched-shapes-are-refused tests subjects that check shapes themselves",
        ),
    },
    Claim {
        id: "logistic-regression-can-start-from-zero",
        section: SECTION,
        headline: "On tumour data, logistic regression from zero ends as low as from random, \
                   within a bound.",
        lesson: "For logistic regression a zero start works: there is no hidden layer.",
        source: "Introduction; Key Takeaways 11",
        expected: Verdict::Holds,
        min_cases: 4,
        parts: &[Part {
            says: "without a hidden layer, the mean cross-entropy J on breast_cancer.csv satisfies \
                   J(θ_T) ≤ J(u) + |θ0 − u|²/(2αT) at a rate α ≤ 4m/λmax(X̃X̃ᵀ), where X̃ is x \
                   with a row of ones and u is where another start ends (that this holds for every \
                   u is a theorem of convex optimisation, not proved here); so the zero start gets \
                   as near to such a u as a random one",
            evidence: &[
                Example(
                    "breast_cancer.csv, first 2 features: zero and random reach the same loss",
                    same_minimum_with_two_features,
                ),
                Example(
                    "breast_cancer.csv, all 30 features (separable: no minimum is attained): the \
                     bound for each start against the other",
                    bound_with_all_features,
                ),
            ],
        }],
        assumptions: &[Assumption {
            words: "no hidden layer",
            dropped: Dropped::Fails(
                "with 8 tanh units the zero start stays at the base rate, far above the loss of \
                 the random start",
                hidden_layer_from_zero,
            ),
        }],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "backpropagation-computes-the-derivative-of-the-loss",
        section: SECTION,
        headline: "With one hidden activation, backpropagation gives the loss's derivatives off \
                   ReLU's kinks.",
        lesson: "Derivatives are computed by backpropagation.",
        source: "The Symmetry Persists During Training, Backpropagation; What's Next",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "over the reals, with one activation for all hidden layers and away from the \
                       kinks of ReLU and leaky ReLU, every entry of dW and db is the partial \
                       derivative of the mean loss",
                evidence: &[
                    Sampled(
                        "sampled networks of up to 3 hidden layers: every entry of the gradient \
                         against forward differentiation of the loss written out sum by sum, \
                         within the rounding of both",
                        property::gradient_equals_the_specification,
                    ),
                    Theorem("backprop_is_the_derivative_of_the_mean_loss_in_every_weight"),
                    Theorem("backprop_is_the_derivative_of_the_mean_loss_in_every_bias"),
                ],
            },
            Part {
                says: "over the reals, with one hidden layer, one output and cross-entropy, the \
                       backward pass is the lesson's six formulas",
                evidence: &[Theorem("the_lessons_formulas_are_the_models_backward_pass")],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::MissingMeanInDw),
    },
    Claim {
        id: "a-step-subtracts-the-rate-times-the-gradient",
        section: SECTION,
        headline: "A step of gradient descent turns every parameter θ into θ − α·dθ, rounded in \
                   f64.",
        lesson: "The update is W := W − α·dW.",
        source: "The Symmetry Persists During Training, Weight update",
        expected: Verdict::Holds,
        min_cases: 32,
        parts: &[
            Part {
                says: "after one step every parameter is θ − α·dθ, bit for bit (a fused \
                       multiply-add is accepted)",
                evidence: &[
                    Sampled(
                        "one step of sampled networks",
                        property::a_step_subtracts_rate_times_gradient,
                    ),
                    Sampled(
                        "every entry of the gradient against extrapolated differences of the same \
                         loss",
                        property::gradient_equals_differences_of_its_loss,
                    ),
                ],
            },
            Part {
                says: "training is a sequence of such steps",
                evidence: &[Sampled(
                    "three steps of training compared with three single steps",
                    property::training_is_fresh_single_steps,
                )],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::RateAppliedTwice),
    },
];

fn shapes_of(parameters: &Parameters<f64>) -> Vec<(usize, usize)> {
    parameters.layers.iter().flat_map(|layer| [layer.w.dim(), layer.b.dim()]).collect()
}

fn shapes_for_every_size(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut cases = 0;
    let mut right = true;
    for [n_x, n_h, n_y] in (0..125).map(|code| [1 + code / 25, 1 + code / 5 % 5, 1 + code % 5]) {
        let network = Network::new(&[n_x, n_h, n_y], Activation::Tanh, Loss::CrossEntropy)?;
        let stated = [(n_h, n_x), (n_h, 1), (n_y, n_h), (n_y, 1)];
        let own = subject.initialise(&network, Weights::Normal(0.01).into(), 1)?;
        for parameters in [initialize_parameters(n_x, n_h, n_y, 1)?, own] {
            right &= shapes_of(&parameters) == stated;
            right &= (1..=2).all(|l| parameters.b(l).iter().all(|&b| b == 0.0));
        }
        cases += 1;
    }
    Ok(Finding::new(right, cases, format!("{cases} sizes")))
}

/// Networks of several depths with each matrix in turn one row or column too large or too small.
fn mismatches_are_refused(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut answers = Vec::new();
    for widths in [&[2, 3, 2][..], &[4, 2], &[2, 3, 4, 2]] {
        let network = Network::new(widths, Activation::Tanh, Loss::CrossEntropy)?;
        let right = network.initialise(Weights::Normal(0.5), 1)?;
        let (x_is, y_is) = ((widths[0], 5), (2, 5));
        let batch = Batch::new(Array2::ones(x_is), Array2::zeros(y_is))?;
        subject.evaluate(network.at(&right, &batch))?; // the control: what fits is accepted
        for (l, Layer { w, b }) in right.layers.iter().enumerate() {
            for extent in off_by_one(w.dim()) {
                let mut wrong = right.clone();
                wrong.layers[l].w = Array2::ones(extent);
                answers.push(refusal(subject.evaluate(network.at(&wrong, &batch)), extent));
            }
            for extent in off_by_one(b.dim()) {
                let mut wrong = right.clone();
                wrong.layers[l].b = Array2::ones(extent);
                answers.push(refusal(subject.evaluate(network.at(&wrong, &batch)), extent));
            }
        }
        let wrong_x = off_by_one(x_is).map(|extent| (extent, y_is, extent));
        let wrong_y = off_by_one(y_is).map(|extent| (x_is, extent, extent));
        for (x_is, y_is, extent) in wrong_x.into_iter().chain(wrong_y) {
            let batch = Batch::new(Array2::ones(x_is), Array2::zeros(y_is));
            let answer = batch.and_then(|batch| subject.evaluate(network.at(&right, &batch)));
            answers.push(refusal(answer, extent));
        }
    }
    let cases = answers.len();
    let accepted = answers.into_iter().find_map(std::result::Result::err);
    let numbers = accepted.clone().unwrap_or(format!("{cases} mismatches, all refused"));
    Ok(Finding::new(accepted.is_none(), cases, numbers))
}

fn off_by_one((rows, columns): Extent) -> [Extent; 4] {
    [(rows + 1, columns), (rows - 1, columns), (rows, columns + 1), (rows, columns - 1)]
}

/// Whether an answer to a matrix of a wrong extent is an error that names it.
fn refusal<T>(answer: Result<T>, (rows, columns): Extent) -> Result<(), String> {
    match answer {
        Err(Error::Mismatch { left_is, right_is, .. })
            if [left_is, right_is].contains(&(rows, columns)) =>
        {
            Ok(())
        }
        Err(error) => Err(format!("a matrix of {rows}×{columns} gave another error: {error}")),
        Ok(_) => Err(format!("a matrix of {rows}×{columns} was accepted")),
    }
}

/// 4m/σmax(X̃)², where X̃ is x with a row of ones for the bias: up to this rate gradient descent on
/// the mean cross-entropy of a logistic regression obeys the bound.
///
/// Source: the logistic loss is ¼-smooth in z; Nesterov, Introductory Lectures on Convex
/// Optimization, section 2.1.5.
fn largest_rate(batch: &Batch<f64>) -> Result<f64> {
    let (n_x, m) = batch.x().dim();
    let entry = |(i, j)| if i < n_x { batch.x()[[i, j]] } else { 1.0 };
    let largest = singular_values(&Array2::from_shape_fn((n_x + 1, m), entry))?[0];
    Ok(4.0 * m as f64 / (largest * largest))
}

/// The ends of the zero and of a random start after `steps` at a rate.
struct Ends {
    zero: Parameters<f64>,
    random: Parameters<f64>,
    zero_loss: f64,
    random_loss: f64,
    start_of_random: Parameters<f64>,
}

fn both_ends(
    subject: &dyn Subject,
    network: &Network,
    batch: &Batch<f64>,
    descent: Descent<f64>,
) -> Result<Ends> {
    let start_of_zero = subject.initialise(network, Weights::Zeros.into(), 1)?;
    let start_of_random = subject.initialise(network, Weights::Normal(1.0).into(), 1)?;
    let train =
        |start: &Parameters<f64>| super::tasks::train(subject, network, start, batch, descent);
    let (zero, random) = (train(&start_of_zero)?, train(&start_of_random)?);
    let loss = |theta: &Parameters<f64>| network.evaluate(theta, batch).map(|both| both.loss);
    let (zero_loss, random_loss) = (loss(&zero)?, loss(&random)?);
    Ok(Ends { zero, random, zero_loss, random_loss, start_of_random })
}

fn same_minimum_with_two_features(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let all = breast_cancer()?;
    let batch = Batch::new(all.x().select(Axis(0), &[0, 1]), all.y().clone())?;
    let network = Network::new(&[2, 1], Activation::Identity, Loss::CrossEntropy)?;
    let descent = Descent { rate: largest_rate(&batch)?, steps: 4000 };
    let Ends { zero_loss, random_loss, zero, start_of_random, .. } =
        both_ends(subject, &network, &batch, descent)?;
    let tolerance = 2.0 * tolerance::mean_loss(batch.m(), zero_loss);
    let same = (zero_loss - random_loss).abs() <= tolerance;
    let numbers = format!("loss {zero_loss:.14} from zero, {random_loss:.14} from random");
    let moved = zero.entries().any(|theta| theta != 0.0) && start_of_random.w(1) != zero.w(1);
    Ok(Finding::new(same, 2, numbers).witnessed(moved, "the starts differ and move"))
}

fn bound_with_all_features(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = breast_cancer()?;
    let network = Network::new(&[30, 1], Activation::Identity, Loss::CrossEntropy)?;
    let limit = largest_rate(batch)?;
    let descent = Descent { rate: 0.25, steps: 2000 };
    let ends = both_ends(subject, &network, batch, descent)?;
    let slack = |from: &Parameters<f64>, to: &Parameters<f64>| {
        let squared: f64 = from.entries().zip(to.entries()).map(|(a, b)| (a - b) * (a - b)).sum();
        squared / (2.0 * descent.rate * descent.steps as f64)
    };
    let origin = ends.zero.map(|_| 0.0);
    let bound_of_zero = slack(&origin, &ends.random);
    let bound_of_random = slack(&ends.start_of_random, &ends.zero);
    let gap = ends.zero_loss - ends.random_loss;
    let rounding = tolerance::mean_loss(batch.m(), ends.zero_loss.max(ends.random_loss));
    let holds = gap <= bound_of_zero + rounding
        && -gap <= bound_of_random + rounding
        && descent.rate <= limit;
    let numbers = format!(
        "rate {} ≤ {limit:.3}: loss {:.6} from zero, {:.6} from random; gap {gap:.1e} within \
         {bound_of_zero:.1e}",
        descent.rate, ends.zero_loss, ends.random_loss
    );
    let moved = ends.zero != origin;
    Ok(Finding::new(holds, 2, numbers).witnessed(moved, "the zero start moved"))
}

fn hidden_layer_from_zero(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[30, 8, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let descent = Descent { rate: 0.25, steps: 500 };
    let Ends { zero_loss, random_loss, .. } =
        both_ends(subject, &network, breast_cancer()?, descent)?;
    let numbers = format!("loss {zero_loss:.3} from zero, {random_loss:.3} from random");
    Ok(Finding::new(zero_loss > 2.0 * random_loss, 1, numbers))
}
