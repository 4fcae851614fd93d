//! D. Depth: the variance of Xavier and He starts, and signals through 30 layers.
//!
//! About the size of signals, not about learning. Start at [`CLAIMS`], then `signals`.

use super::Evidence::{Counterexample, Generated, Statistical};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{Config, Profile};
use crate::statistics::{LEVEL, chi_square_p_value, cosine_p_value, normal_tail};
use crate::subject::Subject;
use crate::tolerance::{ALIVE, DEAD, TANH_THROUGH_30_LAYERS, TAPER};
use crate::{Activation, Batch, Loss, Network, Parameters, Result, Weights};
use ndarray::{Array2, array};

const SECTION: Section = Section::Depth;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "xavier-variance-is-one-over-fan-in",
        section: SECTION,
        headline: "Xavier's start draws the weights of a layer with n inputs from N(0, 1/n).",
        lesson: "Xavier's start multiplies N(0, 1) by √(1/n[l−1]).",
        source: "Advanced: For Deep Networks, Xavier Initialization",
        expected: Verdict::Holds,
        min_cases: 10_000,
        parts: &[Part {
            says: "the weights of layer l are draws of N(0, 1/n[l−1]): mean 0, variance 1/n[l−1], \
                   rows uncorrelated",
            evidence: &[Statistical(
                "layers of fan-in 30 and 200: Σw is normal around 0, Σw²·n[l−1] is chi-square, and \
                 the first two rows are uncorrelated",
                |s, c| variance(s, c, Weights::Xavier, 1.0),
            )],
        }],
        assumptions: &[Assumption {
            words: "the factor is 1, not 2",
            dropped: Dropped::Fails("He's start does not have Xavier's variance", |s, c| {
                variance(s, c, Weights::He, 1.0).map(opposite)
            }),
        }],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "he-variance-is-two-over-fan-in",
        section: SECTION,
        headline: "He's start draws the weights of a layer with n inputs from N(0, 2/n).",
        lesson: "He's start multiplies N(0, 1) by √(2/n[l−1]).",
        source: "Advanced: For Deep Networks, He Initialization",
        expected: Verdict::Holds,
        min_cases: 10_000,
        parts: &[Part {
            says: "the weights of layer l are draws of N(0, 2/n[l−1]): mean 0, variance 2/n[l−1], \
                   rows uncorrelated",
            evidence: &[Statistical(
                "layers of fan-in 30 and 200: Σw is normal around 0, Σw²·n[l−1]/2 is chi-square, \
                 and the first two rows are uncorrelated",
                |s, c| variance(s, c, Weights::He, 2.0),
            )],
        }],
        assumptions: &[Assumption {
            words: "the factor is 2, not 1",
            dropped: Dropped::Fails("Xavier's start does not have He's variance", |s, c| {
                variance(s, c, Weights::Xavier, 2.0).map(opposite)
            }),
        }],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "a-hundredth-kills-deep-signals",
        section: SECTION,
        headline: "In 30 tanh layers at 0.01·N(0, 1), activations and dZ shrink by a factor over \
                   10^10.",
        lesson: "Very deep networks may need a constant other than 0.01.",
        source: "Advanced: For Deep Networks; Key Takeaways 8",
        expected: Verdict::Holds,
        min_cases: 1,
        parts: &[Part {
            says: "30 tanh layers of 256 units from N(0, 1)·0.01: activations and dZ shrink by a \
                   factor of more than 1e10 (a gain of about 0.16 per layer)",
            evidence: &[Generated("norms of a30 and dZ1, relative to a1 and dZ30", |s, c| {
                let g = Activation::Tanh;
                let weights = Weights::Normal(0.01);
                signals(s, c, g, weights, |r| r.forward < DEAD && r.backward < DEAD)
            })],
        }],
        assumptions: &[Assumption {
            words: "many layers",
            dropped: Dropped::Fails(
                "with two hidden layers the ratio is the gain of one layer",
                |s, c| {
                    let ratios =
                        ratios(s, c, (Activation::Tanh, Weights::Normal(0.01), 2), c.seed)?;
                    let alive = ratios.forward > DEAD && ratios.backward > DEAD;
                    Ok(Finding::new(alive, 1, ratios.to_string()))
                },
            ),
        }],
        killed_by: Killer::Fault(Fault::BiasGradientDropped),
    },
    Claim {
        id: "xavier-keeps-tanh-signals-alive",
        section: SECTION,
        headline: "Through 30 tanh layers, Xavier's start keeps 1/30 to 1/2 of the norms of a and \
                   dZ.",
        lesson: "Xavier's start keeps gradients stable with tanh.",
        source: "Advanced: For Deep Networks, Xavier Initialization",
        expected: Verdict::Holds,
        min_cases: 1,
        parts: &[Part {
            says: "30 tanh layers of 256 units from Xavier's start: the norm of a30 relative to a1 \
                   and that of dZ1 relative to dZ30 lie between 1/30 and 1/2",
            evidence: &[Generated("norms of a30 and dZ1, relative to a1 and dZ30", |s, c| {
                signals(s, c, Activation::Tanh, Weights::Xavier, |r| {
                    let band = TANH_THROUGH_30_LAYERS;
                    band.contains(&r.forward) && band.contains(&r.backward)
                })
            })],
        }],
        assumptions: &[XAVIER_SCALE],
        killed_by: Killer::Fault(Fault::DerivativeSkippedBelowTop),
    },
    Claim {
        id: "xavier-keeps-sigmoid-signals-alive",
        section: SECTION,
        headline: "Through 30 sigmoid layers, Xavier's start keeps the norm of dZ within a factor \
                   of 20.",
        lesson: "Xavier's start keeps gradients stable with the sigmoid.",
        source: "Advanced: For Deep Networks, Xavier Initialization (for sigmoid/tanh)",
        expected: Verdict::Refuted,
        min_cases: 1,
        parts: &[Part {
            says: "30 sigmoid layers of 256 units from Xavier's start keep the norm of dZ within a \
                   factor of 20",
            evidence: &[Counterexample(&Generated(
                "dZ1 falls below 1e−10 of dZ30, and two inputs have nearly the same activations",
                |s, c| {
                    signals(s, c, Activation::Sigmoid, Weights::Xavier, |r| {
                        let constant = ALIVE.contains(&r.forward) && r.between_examples < DEAD;
                        r.backward < DEAD && constant
                    })
                },
            ))],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "he-keeps-relu-signals-alive",
        section: SECTION,
        headline: "Through 30 ReLU layers, He's start keeps the norms of a and dZ within a factor \
                   of 20.",
        lesson: "He's start keeps gradients stable with ReLU.",
        source: "Advanced: For Deep Networks, He Initialization",
        expected: Verdict::Holds,
        min_cases: 2,
        parts: &[
            Part {
                says: "30 ReLU layers of 256 units from He's start: the norm of a30 relative to a1 \
                       and that of dZ1 relative to dZ30 stay within a factor of 20",
                evidence: &[Generated(
                    "He: norms of a30 and dZ1, relative to a1 and dZ30",
                    |s, c| signals(s, c, Activation::Relu, Weights::He, Ratios::are_alive),
                )],
            },
            Part {
                says: "from Xavier's start both fall by 2^14.5 within the same factor of 20, as if \
                       the second moment halved at each layer",
                evidence: &[Generated("Xavier: the same ratios times 2^14.5", |s, c| {
                    signals(s, c, Activation::Relu, Weights::Xavier, |r| {
                        let halvings = libm::exp2(14.5);
                        let Ratios { forward, backward, .. } = *r;
                        let restored = [forward * halvings, backward * halvings];
                        restored.iter().all(|ratio| ALIVE.contains(ratio))
                    })
                })],
            },
        ],
        assumptions: &[Assumption {
            words: "the factor 2 in the variance",
            dropped: Dropped::Fails(
                "Xavier's start: both ratios fall below a thousandth",
                |s, c| {
                    let ratios = ratios(s, c, (Activation::Relu, Weights::Xavier, 30), c.seed)?;
                    Ok(Finding::new(!ratios.are_alive(), 1, ratios.to_string()))
                },
            ),
        }],
        killed_by: Killer::Fault(Fault::DerivativeSkippedBelowTop),
    },
    Claim {
        id: "fan-in-scaling-keeps-gradients-stable",
        section: SECTION,
        headline: "Scaling by fan-in keeps the entries of dZ at their size (if all layers are \
                   equally wide).",
        lesson: "Xavier and He scale by the size of the layer below to keep gradients stable.",
        source: "Advanced: For Deep Networks, last sentence",
        expected: Verdict::Conditional,
        min_cases: 3,
        parts: &[
            Part {
                says: "with equal widths the entries of dZ keep their size",
                evidence: &[Generated("4 ReLU layers of 128 units, He", |s, c| {
                    tapered(s, c, &[128; 4])
                })],
            },
            Part {
                says: "where the width falls or rises from n to n', fan-in scaling keeps the size \
                       of the entries of a but multiplies that of dZ by √(n'/n) on the way down",
                evidence: &[
                    Counterexample(&Generated(
                        "from 256 to 16 units: dZ shrinks fourfold, a does not",
                        |s, c| tapered(s, c, &[256, 128, 64, 16]),
                    )),
                    Counterexample(&Generated(
                        "from 16 to 256 units: dZ grows fourfold, a does not",
                        |s, c| tapered(s, c, &[16, 64, 128, 256]),
                    )),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::DerivativeSkippedBelowTop),
    },
];

const XAVIER_SCALE: Assumption = Assumption {
    words: "the scale √(1/n[l−1])",
    dropped: Dropped::Fails("at N(0, 1)·0.01 both ratios are below 1e−10", |s, c| {
        let ratios = ratios(s, c, (Activation::Tanh, Weights::Normal(0.01), 30), c.seed)?;
        Ok(Finding::new(!ratios.are_alive(), 1, ratios.to_string()))
    }),
};

/// The same run, where what is wanted is that the statement fails.
fn opposite(finding: Finding) -> Finding {
    Finding::new(finding.shown != super::Shown::Yes, 1, finding.numbers)
}

/// Sums, sums of squares and the cosine of the first two rows: six tests that share the level.
fn variance(
    subject: &dyn Subject,
    config: &Config,
    weights: Weights,
    factor: f64,
) -> Result<Finding> {
    let network = Network::new(&[30, 200, 200, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, weights.into(), config.seed)?;
    let mut least = 1.0_f64;
    let mut drawn = 0;
    let mut numbers = Vec::new();
    for l in 1..=2 {
        let w = start.w(l);
        let fan_in = w.ncols();
        let squares: f64 = w.iter().map(|w| w * w).sum();
        let statistic = squares * fan_in as f64 / factor;
        let deviation = (w.len() as f64 * factor / fan_in as f64).sqrt();
        let of_mean = 2.0 * normal_tail((w.sum() / deviation).abs());
        let [first, second] = [w.row(0), w.row(1)];
        let cosine = first.dot(&second) / (first.dot(&first) * second.dot(&second)).sqrt();
        let p_values =
            [of_mean, chi_square_p_value(w.len(), statistic), cosine_p_value(fan_in, cosine)];
        least = p_values.into_iter().fold(least, f64::min);
        drawn += w.len();
        numbers.push(format!(
            "n = {}: mean {:.1e}, variance·n[{}] = {:.4}, cosine {cosine:.3}",
            w.len(),
            w.sum() / w.len() as f64,
            l - 1,
            factor * statistic / w.len() as f64
        ));
    }
    let level = LEVEL / 6.0;
    let numbers = format!(
        "{}; least p {least:.1e}, level {level:.1e}, seed {}",
        numbers.join("; "),
        config.seed
    );
    Ok(Finding::new(least > level, drawn, numbers))
}

/// Ratios of norms across the hidden layers of a deep network, for one start and one input.
#[derive(Debug, Clone, Copy)]
struct Ratios {
    /// a[L] to a[1].
    forward: f64,
    /// dZ[1] to dZ[L].
    backward: f64,
    /// The distance between two inputs' activations, a[L] to a[1].
    between_examples: f64,
}

impl Ratios {
    fn are_alive(&self) -> bool {
        ALIVE.contains(&self.forward) && ALIVE.contains(&self.backward)
    }
}

impl std::fmt::Display for Ratios {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { forward, backward, between_examples } = self;
        write!(f, "a {forward:.2e}, dZ {backward:.2e}, between examples {between_examples:.1e}")
    }
}

/// The root of the mean square of the entries.
pub(crate) fn size(entries: &Array2<f64>) -> f64 {
    (entries.iter().map(|entry| entry * entry).sum::<f64>() / entries.len() as f64).sqrt()
}

/// N(0, 1) inputs, n × 1, of a stream that no start uses.
pub(crate) fn input(n: usize, seed: u64) -> Result<Array2<f64>> {
    let row = Network::new(&[n, 1], Activation::Identity, Loss::SquaredError)?;
    Ok(row.initialise(Weights::Normal(1.0), u64::MAX - seed)?.w(1).t().to_owned())
}

/// dZ[l] of one example, for l = 1, …: with m = 1 it is the subject's db[l]. The label is chosen
/// so that the residual of the output is 1.
pub(crate) fn deltas(
    subject: &dyn Subject,
    network: &Network,
    start: &Parameters<f64>,
    x: &Array2<f64>,
) -> Result<Vec<Array2<f64>>> {
    let z = network.forward(start, x)?.z(network.depth())[[0, 0]];
    let batch = Batch::new(x.clone(), array![[z - 1.0]])?;
    let gradient = subject.evaluate(network.at(start, &batch))?.gradient;
    Ok(gradient.layers.into_iter().map(|layer| layer.db).collect())
}

fn ratios(
    subject: &dyn Subject,
    config: &Config,
    (g, weights, layers): (Activation, Weights, usize),
    seed: u64,
) -> Result<Ratios> {
    // a fourth of the work where a first look is all that is asked for
    let width = if config.profile == Profile::Quick { 128 } else { 256 };
    let widths: Vec<usize> = vec![width; layers + 1].into_iter().chain([1]).collect();
    let network = Network::new(&widths, g, Loss::SquaredError)?;
    let start = subject.initialise(&network, weights.into(), seed)?;
    let [x, other] = [input(width, 2 * seed)?, input(width, 2 * seed + 1)?];
    let dz = deltas(subject, &network, &start, &x)?;
    let (here, there) = (network.forward(&start, &x)?, network.forward(&start, &other)?);
    let distance = |l: usize| size(&(here.a(l) - there.a(l)));
    Ok(Ratios {
        forward: size(here.a(layers)) / size(here.a(1)),
        backward: size(&dz[0]) / size(&dz[layers - 1]),
        between_examples: distance(layers) / distance(1),
    })
}

/// Ratios over 30 layers from several starts, each of which has to be as stated.
fn signals(
    subject: &dyn Subject,
    config: &Config,
    g: Activation,
    weights: Weights,
    as_stated: fn(&Ratios) -> bool,
) -> Result<Finding> {
    let starts = match config.profile {
        Profile::Quick => 1,
        Profile::Ci => 2,
        Profile::Soak => 20,
    };
    let mut all = true;
    let mut found = Vec::new();
    for seed in config.seed..config.seed + starts {
        let ratios = ratios(subject, config, (g, weights, 30), seed)?;
        all &= as_stated(&ratios);
        found.push(ratios.to_string());
    }
    let numbers = format!("{} (seeds from {})", found.join(" | "), config.seed);
    Ok(Finding::new(all, found.len(), numbers))
}

/// The size of an entry of dZ against √(n'/n), and of an entry of a against 1, for ReLU layers of
/// these widths from He's start.
fn tapered(subject: &dyn Subject, config: &Config, hidden: &[usize]) -> Result<Finding> {
    let widths = [&[16], hidden, &[1]].concat();
    let network = Network::new(&widths, Activation::Relu, Loss::SquaredError)?;
    let (first, last) = (hidden[0] as f64, hidden[hidden.len() - 1] as f64);
    let expected = (last / first).sqrt();
    let starts = 32;
    let (mut log_a, mut log_dz) = (0.0, 0.0);
    for seed in config.seed..config.seed + starts {
        let start = subject.initialise(&network, Weights::He.into(), seed)?;
        let x = input(widths[0], seed)?;
        let forward = network.forward(&start, &x)?;
        let dz = deltas(subject, &network, &start, &x)?;
        log_a += libm::log(size(forward.a(hidden.len())) / size(forward.a(1)));
        log_dz += libm::log(size(&dz[0]) / size(&dz[hidden.len() - 1]));
    }
    let [a, dz] = [log_a, log_dz].map(|sum| libm::exp(sum / starts as f64));
    let numbers = format!(
        "geometric means of {starts} starts, seeds from {}: a {a:.2}, expected 1; dZ {dz:.2}, \
         expected {expected:.2}",
        config.seed
    );
    let as_expected = TAPER.contains(&a) && TAPER.contains(&(dz / expected));
    Ok(Finding::new(as_expected, starts as usize, numbers))
}
