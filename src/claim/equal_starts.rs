//! A. Zero and constant starts: the symmetry, its induction, and what breaks it.
//!
//! The claims of its submodules are about special cases of the same symmetry; what random numbers
//! do is in `random_starts.rs`. Start at [`CLAIMS`].

pub(super) mod breaking;
pub(super) mod from_zero;
pub(super) mod influence;
pub(super) mod laws;
pub(super) mod one_unit;
pub(super) mod wrong_gradients;

use super::Evidence::{Counterexample, Example, Generated, Sampled, Symbolic, Theorem};
use super::tasks::{accuracy, breast_cancer, zero_one_coded};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::{Fault, Faulty};
use crate::proof::Statement;
use crate::property::{
    self, Config, from_a_constant_rows_stay_equal, from_zero_rows_stay_equal,
    from_zero_sigmoid_units_move_together, reference_products_are_uniform,
    twins_get_identical_gradients, twins_stay_twins, twins_train_as_one_unit,
};
use crate::subject::{Descent, Reference, Subject};
use crate::symmetry::{are_twins, twin_classes};
use crate::toy::xor;
use crate::{Activation, Batch, Biases, Loss, Network, Parameters, Result, Start, Weights};
use ndarray::array;
use strum::VariantArray;

const SECTION: Section = Section::EqualStarts;

const UNIFORM_KERNEL: Assumption = Assumption {
    words: "a uniform kernel: every entry of a product is the same function of its row and column",
    dropped: Dropped::Fails(
        "a kernel that sums one row in reverse separates twins",
        |_, config| {
            let subject = Faulty::with(Fault::OneRowReducedInReverseOrder);
            let config = config.clone().without_shrinking();
            let outcome = twins_stay_twins::<f64>(&subject, &config);
            Ok(Finding::new(!outcome.passes(), outcome.cases, outcome.to_string()))
        },
    ),
};

const WHOLE_UNIT: Assumption = Assumption {
    words: "the outgoing weights are equal too: twins, not only equal rows of W1",
    dropped: Dropped::Fails(
        "equal rows with different outgoing weights separate in one step",
        |subject, config| {
            Ok(property::equal_rows_separate_when_outgoing_weights_differ(subject, config).into())
        },
    ),
};

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "zero-weights-make-hidden-units-identical",
        section: SECTION,
        headline: "From zero weights and biases, all units of the first hidden layer have equal \
                   activations.",
        lesson: "From a zero start all hidden units have the same activation.",
        source: "Why Not Initialize to Zero: What Goes Wrong",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[Part {
            says: "in exact arithmetic, if W1 = 0 and b1 = 0, then for every x Z1 = 0 and all \
                   entries of A1 are g(0), so all rows of A1 are equal",
            evidence: &[
                Generated("forward propagation from zeros on sampled inputs", zero_forward),
                Theorem("zero_weights_give_zero_preactivations"),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ZeroInitNotZeroInOneRow),
    },
    Claim {
        id: "identical-units-get-identical-gradients",
        section: SECTION,
        headline: "Units equal in row, bias and outgoing weights get equal gradients if computed \
                   alike.",
        lesson: "Symmetric hidden units get identical gradients: the rows of dW1 are equal.",
        source: "Why Not Initialize to Zero: The Symmetry Persists During Training",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[Part {
            says: "if units i and k of hidden layer l are twins and the kernel treats them alike, \
                   then dW[l] has equal rows i and k, db[l] has equal entries i and k, and dW[l+1] \
                   has equal columns i and k",
            evidence: &[
                Symbolic(Statement::InductiveStep),
                Sampled(
                    "twins in otherwise arbitrary networks, compared bit for bit",
                    twins_get_identical_gradients,
                ),
                Theorem("twins_have_equal_weight_gradients"),
                Theorem("twins_have_equal_bias_gradients"),
                Theorem("twins_have_equal_outgoing_gradients"),
            ],
        }],
        assumptions: &[WHOLE_UNIT, UNIFORM_KERNEL],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "identical-units-stay-identical-after-one-step",
        section: SECTION,
        headline: "Identical units are identical after a step of gradient descent if both are \
                   computed alike.",
        lesson: "If two hidden units are identical at one iteration, they are identical at the \
                 next.",
        source: "Why Not Initialize to Zero: Proof by Induction, inductive step",
        expected: Verdict::Proved,
        min_cases: 32,
        parts: &[Part {
            says: "two units of a hidden layer that are twins at iteration t of gradient descent \
                   are twins at iteration t + 1, in any arithmetic whose kernel treats them alike",
            evidence: &[
                Symbolic(Statement::InductiveStep),
                Sampled(
                    "20 steps from twins in otherwise arbitrary networks, f64, bit for bit",
                    twins_stay_twins::<f64>,
                ),
                Sampled("the same in f32, for the reference implementation", |_, c| {
                    twins_stay_twins::<f32>(&Reference, c)
                }),
                Theorem("twins_are_twins_after_one_step"),
            ],
        }],
        assumptions: &[WHOLE_UNIT, UNIFORM_KERNEL],
        killed_by: Killer::Fault(Fault::OneRowReducedInReverseOrder),
    },
    Claim {
        id: "zero-init-keeps-w1-rows-identical-forever",
        section: SECTION,
        headline: "From a zero start the rows of W1 are equal at every step if all units are \
                   computed alike.",
        lesson: "From a zero start the rows of W1 stay equal, however long you train.",
        source: "Why Not Initialize to Zero: Proof by Induction, conclusion",
        expected: Verdict::Proved,
        min_cases: 64,
        parts: &[
            Part {
                says: "in any arithmetic whose kernel treats all rows alike: from zero parameters, \
                       all units of a hidden layer are twins at every iteration of gradient \
                       descent, so the rows of W1 are equal",
                evidence: &[
                    Symbolic(Statement::BaseCase),
                    Symbolic(Statement::InductiveStep),
                    Symbolic(Statement::TrainingRepeatsTheStep),
                    Sampled(
                        "20 iterations of sampled networks, all hidden layers",
                        from_zero_rows_stay_equal,
                    ),
                    Sampled(
                        "sigmoid units and unbalanced labels, a case in which W1 does move",
                        from_zero_sigmoid_units_move_together,
                    ),
                    Example("breast_cancer.csv, 8 sigmoid units, every iteration", |s, c| {
                        on_breast_cancer(s, c, Activation::Sigmoid, Weights::Zeros)
                    }),
                    Theorem("a_zero_start_keeps_all_units_twins_forever"),
                    Theorem("twins_stay_twins"),
                ],
            },
            Part {
                says: "the model's kernel treats all rows alike in every arithmetic; so do the \
                       shipped products at the sizes that were run, where the rows are equal bit \
                       for bit as long as all numbers are finite",
                evidence: &[
                    Symbolic(Statement::UniformKernel),
                    Sampled("our product treats all rows alike, f64", |_, c| {
                        reference_products_are_uniform::<f64>(c)
                    }),
                    Sampled("our product treats all rows alike, f32", |_, c| {
                        reference_products_are_uniform::<f32>(c)
                    }),
                    Theorem("the_ordinary_kernel_is_uniform"),
                ],
            },
        ],
        assumptions: &[UNIFORM_KERNEL],
        killed_by: Killer::Fault(Fault::ZeroInitNotZeroInOneRow),
    },
    Claim {
        id: "equal-constant-weights-keep-units-identical",
        section: SECTION,
        headline: "From one constant for all weights and equal biases, units computed alike stay \
                   identical.",
        lesson: "Setting all weights to one constant is as bad as setting them to zero.",
        source: "Implementation Checklist",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[Part {
            says: "in any arithmetic whose kernel treats all rows alike: if W = c everywhere at \
                   the start and the biases within each layer are equal, then the units of each \
                   hidden layer are twins at every iteration of gradient descent",
            evidence: &[
                Symbolic(Statement::BaseCase),
                Symbolic(Statement::InductiveStep),
                Sampled("20 iterations from sampled constants", from_a_constant_rows_stay_equal),
                Example("breast_cancer.csv, all weights 0.1 at the start, 8 tanh units", |s, c| {
                    on_breast_cancer(s, c, Activation::Tanh, Weights::Constant(0.1))
                }),
                Theorem("a_constant_start_keeps_all_units_twins_forever"),
            ],
        }],
        assumptions: &[
            UNIFORM_KERNEL,
            Assumption {
                words: "the biases of a layer are equal",
                dropped: Dropped::Fails(
                    "random biases with equal weights: the units are distinct",
                    equal_weights_and_random_biases,
                ),
            },
        ],
        killed_by: Killer::Fault(Fault::OneRowReducedInReverseOrder),
    },
    Claim {
        id: "equal-rows-alone-stay-equal",
        section: SECTION,
        headline: "If the rows of W1 and the entries of b1 are equal, they stay equal whatever W2 \
                   is.",
        lesson: "If the rows of W1 are equal, they stay equal; the outgoing weights are hardly \
                 mentioned.",
        source: "Why Not Initialize to Zero: Proof by Induction, as usually quoted",
        expected: Verdict::Refuted,
        min_cases: 16,
        parts: &[Part {
            says: "if the rows of W1 and the entries of b1 are equal, they are equal at the next \
                   iteration, whatever the outgoing weights are",
            evidence: &[
                Counterexample(&Sampled(
                    "W1 = 0, g'(0) ≠ 0, Σ r·xᵀ ≠ 0: after one step rows differ exactly where W2 \
                     does",
                    property::equal_rows_separate_when_outgoing_weights_differ,
                )),
                Counterexample(&Example("AND in 0/1 coding, tanh: apart at step 2", |s, _| {
                    first_separation(
                        s,
                        Activation::Tanh,
                        &zero_one_coded(&[0.0, 0.0, 0.0, 1.0])?,
                        Some(2),
                    )
                })),
                Counterexample(&Example("XOR in 0/1 coding, sigmoid: apart at step 1", |s, _| {
                    first_separation(
                        s,
                        Activation::Sigmoid,
                        &zero_one_coded(&[0.0, 1.0, 1.0, 0.0])?,
                        Some(1),
                    )
                })),
                Counterexample(&Example(
                    "control: XOR with tanh has Σ r·xᵀ = 0, and the rows stay equal for 1,000 \
                     steps",
                    |s, _| first_separation(s, Activation::Tanh, &xor()?, None),
                )),
                Counterexample(&Theorem(
                    "equal_rows_and_biases_without_equal_outgoing_weights_split",
                )),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::FirstLayerNeverUpdated),
    },
    Claim {
        id: "identical-units-are-worth-one",
        section: SECTION,
        headline: "In exact arithmetic, identical units train like one unit with suitably scaled \
                   rates.",
        lesson: "Many identical hidden units are no better than one.",
        source: "Why Not Initialize to Zero: Why This Is Bad",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[Part {
            says: "in exact arithmetic, a hidden layer of n twins with outgoing weights v, trained \
                   at rate α, computes at every iteration the same as one unit that starts with \
                   their row and bias and with outgoing weights n·v, if its row and bias are \
                   trained at rate α/n, its outgoing weights at n·α and all other parameters at α",
            evidence: &[
                Sampled("three steps, within the rounding of each step", twins_train_as_one_unit),
                Theorem("n_twins_are_worth_one_unit"),
            ],
        }],
        assumptions: &[Assumption {
            words: "the merged unit learns at the rates α/n and n·α",
            dropped: Dropped::Fails(
                "with one rate α for all, two twins and one unit of outgoing weight 2·v differ \
                 after a step",
                one_unit_at_the_same_rate,
            ),
        }],
        killed_by: Killer::Fault(Fault::W2UpdatedBeforeItIsUsed),
    },
];

/// Zero parameters from the subject's initialiser, on inputs of every shape up to 4-5-2.
fn zero_forward(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut cases = 0;
    let mut identical = true;
    for &hidden in Activation::VARIANTS {
        for (n_x, n_h, m) in [(1, 2, 1), (2, 2, 4), (3, 5, 2), (4, 3, 7), (2, 5, 3)] {
            let network = Network::new(&[n_x, n_h, 2], hidden, Loss::CrossEntropy)?;
            let x = ndarray::Array2::from_shape_fn((n_x, m), |(i, j)| (7 * i + 3 * j) as f64 - 5.5);
            let zeros = subject.initialise(&network, Weights::Zeros.into(), 1)?;
            let forward = network.forward(&zeros, &x)?;
            identical &= forward.z(1).iter().all(|&z| z == 0.0)
                && forward.a(1).iter().all(|&a| a == hidden.value(0.0));
            cases += usize::from(x.iter().any(|&x| x != 0.0));
        }
    }
    Ok(Finding::new(identical, cases, format!("{cases} networks, inputs not zero")))
}

/// Trains on the real data from an equal start and counts classes of twins at every iteration.
fn on_breast_cancer(
    subject: &dyn Subject,
    _: &Config,
    hidden: Activation,
    weights: Weights,
) -> Result<Finding> {
    let batch = breast_cancer()?;
    let network = Network::new(&[30, 8, 1], hidden, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, weights.into(), 1)?;
    let mut most_classes = 0;
    let mut moved = false;
    let descent = Descent { rate: 0.5, steps: 300 };
    let end = subject.train(network.at(&start, batch), descent, &mut |_, now| {
        most_classes = most_classes.max(twin_classes(now, 1).map_or(0, |classes| classes.len()));
        moved |= now.w(1) != start.w(1);
    })?;
    let accuracy = accuracy(&network, &end, batch)?;
    let numbers = format!(
        "at most {most_classes} class of 8 units in {} iterations, accuracy {:.1} %",
        descent.steps,
        100.0 * accuracy
    );
    Ok(Finding::new(most_classes == 1, 1, numbers).witnessed(moved, "w1 moved"))
}

/// The first iteration at which two rows of W1 differ, from W1 = 0, b = 0 and W2 = (1, −2).
fn first_separation(
    subject: &dyn Subject,
    hidden: Activation,
    batch: &Batch<f64>,
    expected: Option<usize>,
) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], hidden, Loss::CrossEntropy)?;
    let mut start = network.initialise(Weights::Zeros, 1)?;
    start.layers[1].w = array![[1.0, -2.0]];
    let mut first = None;
    let descent = Descent { rate: 0.5, steps: 1000 };
    subject.train(network.at(&start, batch), descent, &mut |t, now| {
        if first.is_none() && now.w(1).row(0) != now.w(1).row(1) {
            first = Some(t);
        }
    })?;
    let numbers = first.map_or("never in 1,000 steps".into(), |t| format!("apart at step {t}"));
    Ok(Finding::new(first == expected, 1, numbers))
}

/// Two twins and their merged unit, all at the same rate, after one step.
fn one_unit_at_the_same_rate(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = xor()?;
    let pair = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let single = Network::new(&[2, 1, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut twins = pair.initialise(Weights::Constant(0.5), 1)?;
    twins.layers[0].b.fill(0.25);
    let one = crate::symmetry::merge_twins(&twins, 1, &[0, 1])?;
    let twins = subject.step(pair.at(&twins, &batch), 0.5)?;
    let one = subject.step(single.at(&one, &batch), 0.5)?;
    let merged: Parameters<f64> = crate::symmetry::merge_twins(&twins, 1, &[0, 1])?;
    let still_twins = are_twins(&twins, 1, 0, 1)?;
    let [of_twins, of_one] = [&merged, &one].map(|theta| theta.w(1)[[0, 0]]);
    let numbers = format!("first weight {of_twins} for the twins, {of_one} for the unit");
    Ok(Finding::new(still_twins && merged.w(1) != one.w(1), 1, numbers))
}

/// Equal weights with random biases: classes of twins at the start and after a few steps.
fn equal_weights_and_random_biases(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let network = Network::new(&[30, 8, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = Start { weights: Weights::Constant(0.1), biases: Biases::Normal(0.5) };
    let start = subject.initialise(&network, start, config.seed)?;
    let descent = Descent { rate: 0.5, steps: 20 };
    let end = super::tasks::train(subject, &network, &start, breast_cancer()?, descent)?;
    let classes = twin_classes(&end, 1)?.len();
    let rows_differ = end.w(1).row(0) != end.w(1).row(1);
    Ok(Finding::new(classes == 8 && rows_differ, 1, format!("{classes} classes of 8 units")))
}
