//! What a random start does not guarantee.
//!
//! Counterexamples to what lessons say of random starts, not advice. Start at [`CLAIMS`].

use super::{SECTION, starts};
use crate::claim::Evidence::{Counterexample, Example, Generated, Statistical, Theorem};
use crate::claim::tasks::{breast_cancer, learns, points, train, zero_one_coded};
use crate::claim::{Assumption, Claim, Dropped, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::property::Config;
use crate::statistics::{LEVEL, lower_bound_of_rate};
use crate::subject::{Descent, Subject};
use crate::symmetry::{are_twins, row_distances};
use crate::toy::xor;
use crate::{Activation, Batch, Biases, Layer, Loss, Network, Parameters, Result, Start, Weights};
use ndarray::{Array2, array};

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "a-badly-chosen-rate-merges-units",
        section: SECTION,
        headline: "There are data, a start and a rate at which one step makes different units \
                   identical.",
        lesson: "Units that start out different always stay different.",
        source: "The Solution: Why This Works, as a counterexample to 'always'",
        expected: Verdict::Proved,
        min_cases: 2,
        parts: &[Part {
            says: "there are data, a start and a rate at which two distinct units are exact twins \
                   after one step and at every later step, over the reals and in binary64",
            evidence: &[
                Example("ReLU 2-2-1, cross-entropy, rate 4", |s, _| Merge::of_relu_units()?.run(s)),
                Example("identity 1-2-1, squared error, rate 1: by hand", |s, _| {
                    Merge::of_linear_units()?.run(s)
                }),
                Theorem("linear_units_merge_at_rate_one_over_the_reals"),
                Theorem("relu_units_merge_at_rate_four_over_the_reals"),
                Theorem("linear_units_merge_exactly_in_binary64"),
                Theorem("relu_units_merge_exactly_in_binary64"),
                Theorem("units_that_become_twins_stay_twins"),
            ],
        }],
        assumptions: &[Assumption {
            words: "exactly this rate",
            dropped: Dropped::Fails(
                "at a rate larger by a billionth both pairs stay apart",
                |s, _| {
                    let apart = |merge: Merge| merge.misses_at(s, 1.0 + 1e-9);
                    Ok(apart(Merge::of_relu_units()?)?.and(apart(Merge::of_linear_units()?)?))
                },
            ),
        }],
        killed_by: Killer::Fault(Fault::RateAppliedTwice),
    },
    Claim {
        id: "random-init-guarantees-success",
        section: SECTION,
        headline: "A 2-2-1 network learns XOR from every random start.",
        lesson: "Zero initialisation: no learning; random initialisation: successful learning.",
        source: "Comparison: Zero vs Random Initialization, learning",
        expected: Verdict::Refuted,
        min_cases: 80,
        parts: &[Part {
            says: "a random start with enough units to represent XOR (2-2-1) learns it",
            evidence: &[
                Counterexample(&Statistical(
                    "tanh from N(0, 1), rate 1: some starts fail in 1,000 steps",
                    |s, c| some_fail(s, c, Activation::Tanh),
                )),
                Counterexample(&Statistical(
                    "ReLU from N(0, 1), rate 1: some starts fail in 1,000 steps",
                    |s, c| some_fail(s, c, Activation::Relu),
                )),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "every-random-unit-is-useful",
        section: SECTION,
        headline: "From a random start every unit can learn, and the rows of W1 stay far from \
                   parallel.",
        lesson: "With a random start all hidden units are useful; none is redundant.",
        source: "Comparison: Zero vs Random Initialization; Key Takeaways 7",
        expected: Verdict::Refuted,
        min_cases: 40,
        parts: &[
            Part {
                says: "from a random start every hidden unit is active on some example, so that it \
                       can learn",
                evidence: &[Counterexample(&Statistical(
                    "ReLU on {0, 1} inputs: some units are inactive and have not moved after 50 \
                     steps",
                    dead_units,
                ))],
            },
            Part {
                says: "the rows of W1 stay far from parallel while training",
                evidence: &[Counterexample(&Example(
                    "breast_cancer.csv from 0.01: after 300 steps the rows are nearly parallel",
                    rows_become_parallel,
                ))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::LeakySlopeInDerivative),
    },
    Claim {
        id: "bias-start-does-not-matter",
        section: SECTION,
        headline: "With random weights a network trains, wherever its biases start.",
        lesson: "The weights already break the symmetry, so it does not matter where the biases \
                 start.",
        source: "The Solution: Why Biases Can Be Zero",
        expected: Verdict::Refuted,
        // more than half of 16 starts of each kind: the witness of each
        min_cases: 18,
        parts: &[Part {
            says: "with random weights a network trains, wherever its biases start",
            evidence: &[
                Counterexample(&Generated(
                    "ReLU units with biases −100: W1 has not moved after 100 steps",
                    |s, c| frozen_by_biases(s, c, Activation::Relu, -100.0),
                )),
                Counterexample(&Generated(
                    "tanh units with biases 100: saturated, W1 has not moved after 100 steps",
                    |s, c| frozen_by_biases(s, c, Activation::Tanh, 100.0),
                )),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::LeakySlopeInDerivative),
    },
];

/// Two distinct units, and the rate at which one step makes them twins.
#[derive(Debug)]
struct Merge {
    network: Network,
    start: Parameters<f64>,
    batch: Batch<f64>,
    rate: f64,
}

impl Merge {
    fn of_relu_units() -> Result<Self> {
        let layers = vec![
            Layer { w: array![[-3.0, 16.0], [-6.0, 16.0]], b: array![[0.0], [0.0]] },
            Layer { w: array![[2.0, -1.0]], b: array![[-16.0]] },
        ];
        Ok(Self {
            network: Network::new(&[2, 2, 1], Activation::Relu, Loss::CrossEntropy)?,
            start: Parameters { layers },
            batch: points(array![[2.0, 1.0], [1.0, 1.0]], &[0.0, 1.0])?,
            rate: 4.0,
        })
    }

    /// Outputs 8 and −8 against 7 and −7: residuals 1 and −1, so dw = v and dv = w, and the rate 1
    /// takes w = (2, 1) to (−1, −1) and v = (3, 2) to (1, 1).
    fn of_linear_units() -> Result<Self> {
        let layers = vec![
            Layer { w: array![[2.0], [1.0]], b: array![[0.0], [0.0]] },
            Layer { w: array![[3.0, 2.0]], b: array![[0.0]] },
        ];
        Ok(Self {
            network: Network::new(&[1, 2, 1], Activation::Identity, Loss::SquaredError)?,
            start: Parameters { layers },
            batch: points(array![[1.0, -1.0]], &[7.0, -7.0])?,
            rate: 1.0,
        })
    }

    /// One step at the rate, then 100 at a hundredth of it.
    fn run(&self, subject: &dyn Subject) -> Result<Finding> {
        let Self { network, start, batch, rate } = self;
        let merged = subject.step(network.at(start, batch), *rate)?;
        let mut always = are_twins(&merged, 1, 0, 1)?;
        let descent = Descent { rate: rate / 128.0, steps: 100 };
        let end = subject.train(network.at(&merged, batch), descent, &mut |_, now| {
            always &= are_twins(now, 1, 0, 1) == Ok(true);
        })?;
        let numbers = format!(
            "rows {:?} and {:?} become {:?} and {:?}, twins for 100 steps: {always}",
            start.w(1).row(0).to_vec(),
            start.w(1).row(1).to_vec(),
            merged.w(1).row(0).to_vec(),
            merged.w(1).row(1).to_vec()
        );
        let distinct = !are_twins(start, 1, 0, 1)?;
        let moved = end.w(1) != merged.w(1);
        Ok(Finding::new(always && distinct, 1, numbers).witnessed(moved, "the twins moved on"))
    }

    fn misses_at(&self, subject: &dyn Subject, factor: f64) -> Result<Finding> {
        let Self { network, start, batch, rate } = self;
        let after = subject.step(network.at(start, batch), rate * factor)?;
        let distance = row_distances(&after, 1)?.min;
        Ok(Finding::new(distance > 0.0, 1, format!("rows {distance:.1e} apart")))
    }
}

/// Both some starts that fail and some that learn: the claim is about chance, not about the task.
fn some_fail(subject: &dyn Subject, config: &Config, hidden: Activation) -> Result<Finding> {
    let batch = xor()?;
    let network = Network::new(&[2, 2, 1], hidden, Loss::CrossEntropy)?;
    let trials = starts(config, 200);
    let mut learnt = 0;
    for k in 0..trials {
        let start = subject.initialise(&network, Weights::Normal(1.0).into(), config.seed + k)?;
        let descent = Descent { rate: 1.0, steps: 1000 };
        learnt += usize::from(learns(subject, &network, &start, &batch, descent)?);
    }
    let trials = trials as usize;
    let level = LEVEL / 4.0; // this claim makes four such tests
    let [fail, learn] =
        [trials - learnt, learnt].map(|count| lower_bound_of_rate(count, trials, level));
    let numbers = format!(
        "{learnt} of {trials} starts learn XOR: at level {level:.1e} at least {:.1} % do and at \
         least {:.1} % don't",
        100.0 * learn,
        100.0 * fail
    );
    let both = fail > 0.0 && learn > 0.0;
    Ok(Finding::new(both && fail.min(learn) >= share(trials), trials, numbers))
}

/// The smallest share that is called sizeable, as far as the number of trials can show it.
fn share(trials: usize) -> f64 {
    if trials < 100 { 0.0 } else { 0.02 }
}

/// A ReLU unit with zero bias is inactive on {0, 1}² exactly if neither weight is positive nor
/// their sum: for a quarter of all random rows.
fn dead_units(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let batch = zero_one_coded(&[0.0, 1.0, 1.0, 0.0])?;
    let units = 16;
    let network = Network::new(&[2, units, 1], Activation::Relu, Loss::CrossEntropy)?;
    let mut dead = 0;
    let mut revived = 0;
    for k in 0..starts(config, 50) {
        let start = subject.initialise(&network, Weights::Normal(0.5).into(), config.seed + k)?;
        let end = train(subject, &network, &start, &batch, Descent { rate: 0.5, steps: 50 })?;
        let a = network.forward(&start, batch.x())?.a(1).clone();
        for unit in 0..units {
            if a.row(unit).iter().all(|&a| a == 0.0) {
                dead += 1;
                let still = end.w(1).row(unit) == start.w(1).row(unit)
                    && end.w(2).column(unit) == start.w(2).column(unit);
                revived += usize::from(!still);
            }
        }
    }
    let trials = units * starts(config, 50) as usize;
    let bound = lower_bound_of_rate(dead, trials, LEVEL);
    let numbers = format!(
        "{dead} of {trials} units are inactive on all four points, so at least {:.0} % at level \
         {LEVEL:e}; {revived} of them ever moved",
        100.0 * bound
    );
    Ok(Finding::new(bound > 0.1 && revived == 0, dead, numbers))
}

/// The median over all pairs of rows of |cos| of their angle.
fn median_cosine(w: &Array2<f64>) -> f64 {
    let pairs = (0..w.nrows()).flat_map(|i| (i + 1..w.nrows()).map(move |k| [i, k]));
    let mut cosines: Vec<f64> = pairs
        .map(|[i, k]| {
            let (a, b) = (w.row(i), w.row(k));
            (a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()).abs()
        })
        .collect();
    cosines.sort_by(f64::total_cmp);
    cosines.get(cosines.len() / 2).copied().unwrap_or(0.0)
}

fn rows_become_parallel(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let batch = breast_cancer()?;
    let network = Network::new(&[30, 8, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, Weights::Normal(0.01).into(), 1)?;
    let end = train(subject, &network, &start, batch, Descent { rate: 0.5, steps: 300 })?;
    let [before, after] = [&start, &end].map(|now| median_cosine(now.w(1)));
    // 30 random directions: |cos| has its median near 0.12; 0.95 is an angle of 18 degrees
    let aligned = before < 0.3 && after > 0.95;
    Ok(Finding::new(aligned, 1, format!("median |cos| {before:.2} at first, then {after:.3}")))
}

fn frozen_by_biases(
    subject: &dyn Subject,
    config: &Config,
    hidden: Activation,
    bias: f64,
) -> Result<Finding> {
    // AND: on XOR a constant prediction has Σ r·xᵀ = 0, and W1 stands still for that reason too
    let batch = zero_one_coded(&[0.0, 0.0, 0.0, 1.0])?;
    let network = Network::new(&[2, 4, 1], hidden, Loss::CrossEntropy)?;
    let mut frozen = 0;
    let mut alive = 0;
    let trials = u64::from(config.cases) / 2;
    for k in 0..trials {
        let start = Start { weights: Weights::Normal(1.0), biases: Biases::Constant(bias) };
        let mut start = subject.initialise(&network, start, config.seed + k)?;
        start.layers[1].b.fill(0.0);
        let descent = Descent { rate: 0.5, steps: 100 };
        let end = train(subject, &network, &start, &batch, descent)?;
        let control = subject.initialise(&network, Weights::Normal(1.0).into(), config.seed + k)?;
        let trained = train(subject, &network, &control, &batch, descent)?;
        frozen += usize::from(end.w(1) == start.w(1));
        // now and then all ReLU units are dead from zero biases too: such a start shows nothing
        alive += usize::from(trained.w(1) != control.w(1));
    }
    let trials = trials as usize;
    let numbers = format!(
        "{frozen} of {trials} starts: W1 as it was, bit for bit, after 100 steps; from zero biases \
         it moved in {alive}"
    );
    let finding = Finding::new(frozen == trials, alive, numbers);
    Ok(finding.witnessed(2 * alive > trials, "from zero biases W1 moves in most starts"))
}
