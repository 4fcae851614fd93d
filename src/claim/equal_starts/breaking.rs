//! What keeps identical units identical, and what does not: other optimisers, dropout, rounding.
//!
//! About twins; that distinct units stay distinct is another matter. Start at [`CLAIMS`].

use super::{SECTION, UNIFORM_KERNEL};
use crate::claim::Evidence::{Counterexample, Example, Generated, Theorem};
use crate::claim::tasks::accuracy;
use crate::claim::{Assumption, Claim, Dropped, Finding, Killer, Part, Verdict};
use crate::fault::{Fault, Faulty};
use crate::optimiser::{Memory, Optimiser, Rule, mini_batches};
use crate::property::{Cases, Config, Witness, run, twins_stay_twins};
use crate::subject::{Descent, Subject};
use crate::symmetry::{are_twins, twin_classes};
use crate::toy::xor;
use crate::{Activation, Batch, Error, Loss, Network, Parameters, Result, Weights};

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "identical-units-survive-other-optimisers",
        section: SECTION,
        headline: "Momentum and Adam (ε > 0) keep units with equal states identical if computed \
                   alike.",
        lesson: "Weight updates keep identical units identical.",
        source: "Why Not Initialize to Zero: Proof by Induction, inductive step",
        expected: Verdict::Proved,
        min_cases: 64,
        parts: &[Part {
            says: "twins whose optimiser states start equal stay twins under any update rule that \
                   computes each parameter from its own value, gradient and optimiser state and \
                   treats all weights of a layer alike and all its biases alike, such as momentum, \
                   Nesterov, RMSProp and Adam (ε > 0), also with weight decay and mini-batches",
            evidence: &[
                Generated("momentum, 10 steps on mini-batches of 2, bit for bit", |s, c| {
                    survive(s, c, Rule::Momentum { beta: BETA })
                }),
                Generated("Nesterov", |s, c| survive(s, c, Rule::Nesterov { beta: BETA })),
                Generated("RMSProp", |s, c| {
                    survive(s, c, Rule::RmsProp { beta: BETA, epsilon: EPSILON })
                }),
                Generated("Adam", |s, c| survive(s, c, adam(EPSILON))),
                Theorem("twins_with_equal_memories_stay_twins_under_every_per_parameter_optimiser"),
                Theorem("a_constant_start_survives_every_per_parameter_optimiser"),
            ],
        }],
        assumptions: &[
            UNIFORM_KERNEL,
            Assumption {
                words: "the optimiser states of the twins start equal too",
                dropped: Dropped::Fails(
                    "momentum that starts with another velocity u in one weight of one twin",
                    different_memories,
                ),
            },
            Assumption {
                words: "ε > 0",
                dropped: Dropped::Fails(
                    "Adam with ε = 0 from a zero start computes 0/0",
                    adam_without_epsilon,
                ),
            },
        ],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "dropout-breaks-identical-units",
        section: SECTION,
        headline: "Dropout separates identical units (if a step drops one and the gradient moves \
                   the other).",
        lesson: "Identical units stay identical, however long you train.",
        source: "Why Not Initialize to Zero: Proof by Induction, conclusion, where dropout is used",
        expected: Verdict::Conditional,
        min_cases: 16,
        parts: &[
            Part {
                says: "a step that drops one of two twins separates them if the kept one has a \
                       non-zero activation, or a non-zero outgoing weight and g' ≠ 0 (and the \
                       residuals do not cancel)",
                evidence: &[
                    Generated(
                        "one of two twins dropped: they differ exactly if the kept one moved",
                        one_dropped,
                    ),
                    Example("XOR, 4 tanh units from 0.5, each dropped in turn", |s, _| {
                        dropped_in_turn(s, Weights::Constant(0.5), 4)
                    }),
                ],
            },
            Part {
                says: "from zeros, dropout does not separate tanh units in 1,000 steps on XOR",
                evidence: &[Counterexample(&Example(
                    "XOR, 4 tanh units from zeros: no weight moves",
                    |s, _| dropped_in_turn(s, Weights::Zeros, 1),
                ))],
            },
            Part {
                says: "dropout of the inputs does not separate twins in 1,000 steps on XOR",
                evidence: &[Counterexample(&Example(
                    "each input dropped in turn: one class of twins at every step",
                    inputs_dropped,
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "rounding-can-break-identical-units",
        section: SECTION,
        headline: "In f64, adding up one row in another order can separate identical units.",
        lesson: "Identical units stay identical, however long you train.",
        source: "Why Not Initialize to Zero: Proof by Induction, conclusion, on computers",
        expected: Verdict::Holds,
        min_cases: 4,
        parts: &[
            Part {
                says: "in binary64 a kernel that adds one row in another order can separate twins, \
                       while the same kernel keeps them twins if it adds every row in order",
                evidence: &[
                    Generated(
                        "if one row of dW is added in reverse, twins do not stay twins",
                        |_, config| {
                            let config = config.clone().without_shrinking();
                            let subject = Faulty::with(REVERSED);
                            let outcome = twins_stay_twins::<f64>(&subject, &config);
                            Ok(Finding::new(!outcome.passes(), outcome.cases, outcome.to_string()))
                        },
                    ),
                    Theorem("the_order_of_a_sum_matters_in_binary64"),
                    Theorem("a_row_added_in_reverse_splits_twins_at_the_second_step"),
                    Theorem("the_same_row_added_in_order_keeps_twins"),
                ],
            },
            Part {
                says: "in two examples the first difference is below 1.5e−8, half of the digits of \
                       a double; in one it stays below, in the other it grows until the network \
                       has learnt XOR from a constant start",
                evidence: &[
                    Example(
                        "17 sigmoid units from 0.5, XOR with inputs shifted by ¼, rate 5: learnt",
                        |_, _| {
                            let escape = escape(&Faulty::with(REVERSED), 17, 0.25, 5.0)?;
                            let started_tiny = escape.first_distance.is_some_and(tiny);
                            let learnt = escape.most_right == 4 && !tiny(escape.largest_distance);
                            Ok(Finding::new(started_tiny && learnt, 1, escape.to_string()))
                        },
                    ),
                    Example("4 sigmoid units on XOR, rate 1: apart, but never far", |_, _| {
                        let escape = escape(&Faulty::with(REVERSED), 4, 0.0, 1.0)?;
                        let stays_tiny =
                            escape.first_distance.is_some() && tiny(escape.largest_distance);
                        Ok(Finding::new(
                            stays_tiny && escape.most_right <= 3,
                            1,
                            escape.to_string(),
                        ))
                    }),
                    Example(
                        "control: if every row is added in the same order, the units stay twins",
                        |s, _| {
                            let escape = escape(s, 17, 0.25, 5.0)?;
                            let together =
                                escape.first_distance.is_none() && escape.most_right <= 3;
                            let finding = Finding::new(together, 1, escape.to_string());
                            Ok(finding.witnessed(escape.moved, "w1 moved"))
                        },
                    ),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(REVERSED),
    },
];

const REVERSED: Fault = Fault::OneRowReducedInReverseOrder;

const BETA: f64 = 0.875;

const EPSILON: f64 = 1.0 / 1024.0;

fn adam(epsilon: f64) -> Rule {
    Rule::Adam { beta1: BETA, beta2: 0.9375, epsilon }
}

fn survive(subject: &dyn Subject, config: &Config, rule: Rule) -> Result<Finding> {
    let strategy = Cases::default().generate_twins();
    let name = "twins-survive-an-optimiser";
    // weight decay alone moves them too, but asks nothing of the gradient
    let outcome = run(name, "the gradient moves the twins", config, strategy, |twins| {
        let case = &twins.case;
        let optimiser = Optimiser { rule, rate: case.rate / 8.0, weight_decay: 0.125 };
        let mut now = case.parameters.clone();
        let mut memory = Memory::empty(&now);
        let mut pulled = false;
        for t in 0..10 {
            let epoch = mini_batches(&case.batch, 2, t)?;
            let batch = &epoch[t as usize % epoch.len()];
            let gradient = subject.evaluate(case.network.at(&now, batch))?.gradient;
            pulled |= gradient.dw(twins.layer).row(twins.first).iter().any(|&dw| dw != 0.0);
            now = match optimiser.step(&now, &gradient, &mut memory) {
                Ok(after) => after,
                Err(Error::Diverged { .. }) => break, // NaN has many bit patterns
                Err(error) => return Err(error.into()),
            };
            if !are_twins(&now, twins.layer, twins.first, twins.second)? {
                return Err(format!("the twins are apart after step {}", t + 1).into());
            }
        }
        Ok(Witness::from(pulled))
    });
    Ok(outcome.into())
}

/// 4 tanh units on XOR from 0.5 everywhere.
fn xor_twins() -> Result<(Network, Parameters<f64>)> {
    let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = network.initialise(Weights::Constant(0.5), 1)?;
    Ok((network, start))
}

fn different_memories(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let (network, start) = xor_twins()?;
    let rule = Rule::Momentum { beta: BETA };
    let optimiser = Optimiser { rule, rate: 0.5, weight_decay: 0.0 };
    let mut memory = Memory::empty(&start);
    memory.first.layers[0].w[[0, 0]] = 1.0;
    let gradient = subject.evaluate(network.at(&start, &xor()?))?.gradient;
    let after = optimiser.step(&start, &gradient, &mut memory)?;
    let classes = twin_classes(&after, 1)?.len();
    Ok(Finding::new(classes == 2, 1, format!("{classes} classes after one step")))
}

fn adam_without_epsilon(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let (network, start) = xor_twins()?;
    let zeros = start.map(|_| 0.0);
    let optimiser = Optimiser { rule: adam(0.0), rate: 0.5, weight_decay: 0.0 };
    let gradient = subject.evaluate(network.at(&zeros, &xor()?))?.gradient;
    let after = optimiser.step(&zeros, &gradient, &mut Memory::empty(&zeros));
    let lost = matches!(after, Err(Error::Diverged { step: 1, .. }));
    Ok(Finding::new(lost, 1, after.map_or_else(|error| error.to_string(), |_| "finite".into())))
}

/// A step of a network with one hidden layer whose unit `dropped` is left out: its activation is
/// zero in the forward pass and its parameters get no gradient.
fn step_without(
    subject: &dyn Subject,
    network: &Network,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
    Dropping { unit, rate }: Dropping,
) -> Result<Parameters<f64>> {
    // an activation of zero is an outgoing weight of zero, to the output and to the gradient below
    let mut thinned = parameters.clone();
    thinned.layers[1].w.column_mut(unit).fill(0.0);
    let mut gradient = subject.evaluate(network.at(&thinned, batch))?.gradient;
    gradient.layers[1].dw.column_mut(unit).fill(0.0);
    parameters.descend(&gradient, rate)
}

/// Which unit is dropped, and the learning rate.
#[derive(Debug, Clone, Copy)]
struct Dropping {
    unit: usize,
    rate: f64,
}

fn one_dropped(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let strategy = Cases::shallow().generate_twins();
    let name = "dropping-one-twin-separates-them";
    let outcome = run(name, "the kept twin moved", config, strategy, |twins| {
        let case = &twins.case;
        let dropping = Dropping { unit: twins.first, rate: case.rate };
        let start = &case.parameters;
        let after = step_without(subject, &case.network, start, &case.batch, dropping)?;
        // the pair of the kept twin before and after the step, in one network of two units each
        let still = after.w(1).row(twins.second) == start.w(1).row(twins.second)
            && after.b(1)[[twins.second, 0]] == start.b(1)[[twins.second, 0]]
            && after.w(2).column(twins.second) == start.w(2).column(twins.second);
        let apart = !are_twins(&after, 1, twins.first, twins.second)?;
        if apart == still {
            return Err(format!("the kept twin stood still: {still}, apart: {apart}").into());
        }
        Ok(Witness::from(apart))
    });
    Ok(outcome.into())
}

/// 1,000 steps on XOR with unit t mod 4 dropped at step t; the classes of twins at the end.
fn dropped_in_turn(subject: &dyn Subject, weights: Weights, expected: usize) -> Result<Finding> {
    let network = xor_twins()?.0;
    let batch = xor()?;
    let mut now = subject.initialise(&network, weights.into(), 1)?;
    for t in 0..1000 {
        let dropping = Dropping { unit: t % 4, rate: 0.5 };
        now = step_without(subject, &network, &now, &batch, dropping)?;
    }
    let classes = twin_classes(&now, 1)?.len();
    let right = 4.0 * accuracy(&network, &now, &batch)?;
    let numbers = format!("{classes} classes of 4 units after 1,000 steps, {right} of 4 right");
    Ok(Finding::new(classes == expected, 1, numbers))
}

fn inputs_dropped(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let (network, start) = xor_twins()?;
    let batch = xor()?;
    let mut now = start.clone();
    let mut most_classes = 1;
    for t in 0..1000 {
        let mut x = batch.x().clone();
        x.row_mut(t % 2).fill(0.0);
        now = subject.step(network.at(&now, &Batch::new(x, batch.y().clone())?), 0.5)?;
        most_classes = most_classes.max(twin_classes(&now, 1)?.len());
    }
    let numbers = format!("at most {most_classes} class of 4 units in 1,000 steps");
    Ok(Finding::new(most_classes == 1, 1, numbers).witnessed(now.w(1) != start.w(1), "w1 moved"))
}

/// What became of units that started equal.
#[derive(Debug, Default)]
struct Escape {
    /// The first distance of the last row from the first that is not zero.
    first_distance: Option<f64>,
    /// The iteration of it.
    first_step: usize,
    largest_distance: f64,
    /// Whether w1 ever moved.
    moved: bool,
    /// Points of XOR right at once.
    most_right: usize,
}

impl std::fmt::Display for Escape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first_step, largest_distance, most_right, .. } = self;
        match self.first_distance {
            Some(distance) => {
                write!(
                    f,
                    "apart by {distance:.1e} at step {first_step}, by {largest_distance:.1e} at \
                     most"
                )?;
            }
            None => f.write_str("never apart")?,
        }
        write!(f, "; {most_right} of 4 right")
    }
}

/// Less than half of the digits of a double: a difference that is still rounding.
fn tiny(distance: f64) -> bool {
    distance < f64::EPSILON.sqrt()
}

/// 3,000 steps of sigmoid units from 0.5 everywhere on XOR with both inputs moved.
fn escape(subject: &dyn Subject, units: usize, moved_by: f64, rate: f64) -> Result<Escape> {
    let network = Network::new(&[2, units, 1], Activation::Sigmoid, Loss::CrossEntropy)?;
    let batch = Batch::new(xor()?.x().mapv(|x| x + moved_by), xor()?.y().clone())?;
    let mut now = network.initialise(Weights::Constant(0.5), 1)?;
    let start = now.w(1)[[0, 0]];
    let mut escape = Escape::default();
    for epoch in 0..30 {
        let mut observe = |t: usize, now: &Parameters<f64>| {
            let difference = &now.w(1).row(0) - &now.w(1).row(units - 1);
            let distance = difference.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
            escape.largest_distance = escape.largest_distance.max(distance);
            escape.moved |= now.w(1)[[0, 0]] != start;
            if escape.first_distance.is_none() && distance > 0.0 {
                escape.first_distance = Some(distance);
                escape.first_step = 100 * epoch + t;
            }
        };
        let descent = Descent { rate, steps: 100 };
        now = subject.train(network.at(&now, &batch), descent, &mut observe)?;
        let right = (4.0 * accuracy(&network, &now, &batch)?) as usize;
        escape.most_right = escape.most_right.max(right);
    }
    Ok(escape)
}
