//! B. Random starts: distinct units, whether they stay so, and whether that helps.
//!
//! What a random start does not promise is in `limits.rs`, what else would do in `enough.rs`.
//! Start at [`CLAIMS`].

pub(super) mod distinct;
pub(super) mod enough;
pub(super) mod limits;

use super::Evidence::{Counterexample, Example, Generated, Sampled, Statistical, Theorem};
use super::tasks::{accuracy, breast_cancer, train};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{
    Config, Profile, from_a_constant_rows_stay_equal, random_rows_differ_and_stay_finite,
};
use crate::statistics::{LEVEL, lower_bound_of_rate};
use crate::subject::{Descent, Subject};
use crate::symmetry::{row_distances, twin_classes};
use crate::toy::xor;
use crate::{Activation, Biases, Loss, Network, Result, Start, Weights};
use ndarray::array;
use std::collections::HashSet;

const SECTION: Section = Section::RandomStarts;

/// How many starts to draw for a rate.
fn starts(config: &Config, in_full: u64) -> u64 {
    if config.profile == Profile::Quick { 40 } else { in_full }
}

const W1_RANDOM: Assumption = Assumption {
    words: "the weights are random",
    dropped: Dropped::Fails(
        "with zero biases and equal weights the units are twins at every iteration",
        |s, c| Ok(from_a_constant_rows_stay_equal(s, c).into()),
    ),
};

const SCALE: Assumption = Assumption {
    words: "a scale at which rounding in f64 does not erase the units' differences",
    dropped: Dropped::Fails(
        "sigmoid units from 1e−20·N(0, 1) become one class of twins",
        |subject, config| {
            let network = Network::new(&[30, 8, 1], Activation::Sigmoid, Loss::CrossEntropy)?;
            let tiny = Weights::Normal(1e-20);
            let start = subject.initialise(&network, tiny.into(), config.seed)?;
            let distinct = twin_classes(&start, 1)?.len();
            let descent = Descent { rate: 0.5, steps: 200 };
            let end = train(subject, &network, &start, breast_cancer()?, descent)?;
            let merged = twin_classes(&end, 1)?.len();
            let numbers =
                format!("{distinct} classes of 8 units at the start, {merged} at the end");
            Ok(Finding::new(distinct == 8 && merged < 8, 1, numbers))
        },
    ),
};

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "random-weights-make-units-distinct",
        section: SECTION,
        headline: "A random start gives every hidden unit its own row of W1 (in f64; not always in \
                   f32).",
        lesson: "Random weights give every hidden unit its own values.",
        source: "The Solution: Breaking Symmetry",
        expected: Verdict::Conditional,
        min_cases: 16,
        parts: &[
            Part {
                says: "from a random start the rows of W1 are pairwise distinct at t = 0, in f64",
                evidence: &[
                    Generated(
                        "rows of W1 in f64, one to eight inputs, every initialiser",
                        rows_are_distinct,
                    ),
                    Example("the 2×2 matrix that the lesson prints", |_, _| {
                        let w1 = array![[0.0053, -0.0023], [0.0097, 0.0041]];
                        Ok(Finding::new(w1.row(0) != w1.row(1), 1, "its rows differ"))
                    }),
                ],
            },
            Part {
                says: "in f32, some of 100,000 units with one input coincide",
                evidence: &[Counterexample(&Example(
                    "100,000 units with one input in f32: some coincide",
                    collisions_in_single_precision,
                ))],
            },
        ],
        assumptions: &[Assumption {
            words: "f64, or more than one input",
            dropped: Dropped::Fails(
                "in f32, some of 100,000 units with one input coincide",
                collisions_in_single_precision,
            ),
        }],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "random-init-keeps-rows-distinct-at-every-iteration",
        section: SECTION,
        headline: "From a random start of moderate scale, no two rows of W1 were equal at a tested \
                   iteration.",
        lesson: "Units that start out different evolve differently: the symmetry is broken for \
                 good.",
        source: "The Solution: Why This Works",
        expected: Verdict::Holds,
        min_cases: 16,
        parts: &[
            Part {
                says: "from a random start at a scale where rounding in f64 does not erase the \
                       units' differences, no two rows of W1 coincide at any sampled iteration, \
                       and all parameters stay finite",
                evidence: &[
                    Sampled(
                        "20 iterations of sampled networks at moderate rates",
                        random_rows_differ_and_stay_finite,
                    ),
                    Example(
                        "breast_cancer.csv, 8 tanh units from 0.01·N(0, 1), every iteration",
                        |s, _| distinct_on_breast_cancer(s, Weights::Normal(0.01).into()),
                    ),
                ],
            },
            Part {
                says: "over the reals, with polynomial g and g', squared error on the identity, \
                       fixed data and one rate for the whole run, two rows that start distinct are \
                       distinct at a given step for all but finitely many rates (for sigmoid and \
                       tanh, for all but countably many: theorem R of proofs/README.md, proved on \
                       paper; for ReLU nothing is proved)",
                evidence: &[Theorem("distinct_rows_stay_distinct_for_all_but_finitely_many_rates")],
            },
            Part {
                says: "over the reals, with one hidden layer, one output and tanh, sigmoid or \
                       identity units, two units that start at distance S are at least (1 − \
                       αC)^t·S apart after t steps if α ≥ 0 and αC ≤ 1, where C is the constant of \
                       proofs/README.md for bounds that hold along the run",
                evidence: &[Theorem("two_units_approach_no_faster_than_geometrically")],
            },
        ],
        assumptions: &[W1_RANDOM, SCALE],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "random-init-learns-what-zero-init-cannot",
        section: SECTION,
        headline: "Four tanh units learn XOR from at least 95 % of starts 0.5·N(0, 1), and not \
                   from zero.",
        lesson: "A random start learns what a zero start cannot.",
        source: "Comparison: Zero vs Random Initialization",
        expected: Verdict::Holds,
        min_cases: 40,
        parts: &[
            Part {
                says: "XOR, 4 tanh units, rate 1, 3,000 steps: at least 95 % of the starts from \
                       0.5·N(0, 1) get all four points right",
                evidence: &[Statistical(
                    "share of random starts that learn XOR, Clopper–Pearson bound",
                    xor_success_rate,
                )],
            },
            Part {
                says: "the zero start gets all four right at no iteration checked (every 100th of \
                       3,000)",
                evidence: &[Example(
                    "the zero start gets at most 3 of 4 right at every 100th of 3,000 iterations",
                    xor_from_zero,
                )],
            },
        ],
        assumptions: &[Assumption {
            words: "the weights of the hidden layer are random, not equal",
            dropped: Dropped::Fails(
                "from 0.5 everywhere at most 3 of 4 points are right",
                |s, _| xor_from(s, Weights::Constant(0.5)),
            ),
        }],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "zero-biases-are-harmless",
        section: SECTION,
        headline: "From random weights of moderate scale and zero biases, units stay distinct \
                   where tested.",
        lesson: "The biases may start at zero as long as the weights are random.",
        source: "The Solution: Why Biases Can Be Zero",
        expected: Verdict::Holds,
        min_cases: 16,
        parts: &[Part {
            says: "from zero biases and random weights at a scale where rounding in f64 does not \
                   erase the units' differences, the units are distinct at every sampled iteration",
            evidence: &[
                Sampled(
                    "20 iterations of sampled networks with zero biases",
                    random_rows_differ_and_stay_finite,
                ),
                Example("breast_cancer.csv, 8 tanh units, zero biases, every iteration", |s, _| {
                    let start = Start { weights: Weights::Xavier, biases: Biases::Zeros };
                    distinct_on_breast_cancer(s, start)
                }),
            ],
        }],
        assumptions: &[W1_RANDOM, SCALE],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
];

fn rows_are_distinct(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let mut layers = 0;
    for seed in 0..u64::from(config.cases) {
        let n_x = 1 + (seed % 8) as usize;
        let network = Network::new(&[n_x, 16, 1], Activation::Tanh, Loss::CrossEntropy)?;
        for weights in [Weights::Normal(0.01), Weights::Xavier, Weights::He] {
            let start = subject.initialise(&network, weights.into(), config.seed + seed)?;
            let w1 = start.w(1);
            let rows: HashSet<Vec<u64>> = w1
                .rows()
                .into_iter()
                .map(|row| row.iter().map(|w| w.to_bits()).collect())
                .collect();
            if rows.len() != w1.nrows() {
                let numbers =
                    format!("seed {}, {n_x}-16-1 {weights}: equal rows", config.seed + seed);
                return Ok(Finding::new(false, layers, numbers));
            }
            layers += 1;
        }
    }
    Ok(Finding::new(true, layers, format!("{layers} layers of 16 units, all rows distinct")))
}

fn collisions_in_single_precision(_: &dyn Subject, _: &Config) -> Result<Finding> {
    let units = 100_000;
    let network = Network::new(&[1, units, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = network.initialise(Weights::Normal(0.01), 1)?;
    let in_double: HashSet<u64> = start.w(1).iter().map(|w| w.to_bits()).collect();
    let in_single: HashSet<u32> = start.w(1).iter().map(|&w| (w as f32).to_bits()).collect();
    let (double, single) = (units - in_double.len(), units - in_single.len());
    let numbers = format!("of {units} units {single} repeat another in f32, {double} in f64");
    Ok(Finding::new(single > 0 && double == 0, 1, numbers))
}

fn distinct_on_breast_cancer(subject: &dyn Subject, start: Start) -> Result<Finding> {
    let batch = breast_cancer()?;
    let network = Network::new(&[30, 8, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, start, 1)?;
    let mut fewest = usize::MAX;
    let mut nearest = f64::INFINITY;
    let descent = Descent { rate: 0.5, steps: 300 };
    let end = subject.train(network.at(&start, batch), descent, &mut |_, now| {
        fewest = fewest.min(twin_classes(now, 1).map_or(0, |classes| classes.len()));
        nearest = nearest.min(row_distances(now, 1).map_or(0.0, |distances| distances.min));
    })?;
    let accuracy = 100.0 * accuracy(&network, &end, batch)?;
    let numbers = format!(
        "at least {fewest} classes of 8 units, rows at least {nearest:.2e} apart, accuracy \
         {accuracy:.1} %"
    );
    let moved = end.w(1) != start.w(1);
    Ok(Finding::new(fewest == 8 && nearest > 0.0, 1, numbers).witnessed(moved, "w1 moved"))
}

fn xor_network(units: usize) -> Result<Network> {
    Network::new(&[2, units, 1], Activation::Tanh, Loss::CrossEntropy)
}

fn xor_success_rate(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let network = xor_network(4)?;
    let batch = xor()?;
    // 315 successes of 315 are the fewest that bound the rate by 95 % at this level
    let starts = starts(config, 400);
    let mut learnt = 0;
    for seed in 0..starts {
        let start =
            subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + seed)?;
        let end = train(subject, &network, &start, &batch, Descent { rate: 1.0, steps: 3000 })?;
        learnt += usize::from(accuracy(&network, &end, &batch)? == 1.0);
    }
    let trials = starts as usize;
    let bound = lower_bound_of_rate(learnt, trials, LEVEL);
    let needed = if config.profile == Profile::Quick { 0.5 } else { 0.95 };
    let numbers = format!(
        "{learnt} of {trials} starts learn XOR, so the rate is at least {:.1} % at level {LEVEL:e}",
        100.0 * bound
    );
    Ok(Finding::new(bound >= needed, trials, numbers))
}

fn xor_from_zero(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    xor_from(subject, Weights::Zeros)
}

/// From equal weights: at most 3 of 4 right, at every 100th of 3,000 iterations.
fn xor_from(subject: &dyn Subject, weights: Weights) -> Result<Finding> {
    let network = xor_network(4)?;
    let batch = xor()?;
    let start = subject.initialise(&network, weights.into(), 1)?;
    let mut best = 0.0_f64;
    let mut failed = None;
    let descent = Descent { rate: 1.0, steps: 3000 };
    subject.train(network.at(&start, &batch), descent, &mut |t, now| {
        if t % 100 == 0 {
            match accuracy(&network, now, &batch) {
                Ok(share) => best = best.max(share),
                Err(error) => failed = Some(error),
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(Finding::new(best <= 0.75, 1, format!("at most {} of 4 points right", 4.0 * best)))
}
