//! C. What the scale of the weights does to pre-activations, activations and slopes.
//!
//! Nothing is trained here: `learning_speed.rs` does that. Start at [`CLAIMS`].

use super::Evidence::{Counterexample, Generated, Statistical, Theorem};
use super::measure::{hidden_activations, share_of_small_slopes, unit_at};
use super::tasks::{breast_cancer, raw_breast_cancer, zero_one_coded};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{Cases, Config, Profile};
use crate::statistics::{LEVEL, hoeffding, normal_tail};
use crate::subject::Subject;
use crate::tolerance::SATURATED_SLOPE;
use crate::{Activation, Batch, Bounded, Layer, Loss, Network, Parameters, Result, Weights};
use ndarray::{Array2, Axis};

const SECTION: Section = Section::Scale;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "large-weights-give-large-preactivations",
        section: SECTION,
        headline: "With zero biases, Z1 grows in proportion to W1 (in f64, within rounding and its \
                   range).",
        lesson: "If W is large, Z = W·x + b is large too.",
        source: "Reason 1: Avoiding Saturation; second document, last paragraph",
        expected: Verdict::Holds,
        min_cases: 32,
        parts: &[
            Part {
                says: "over the reals and with zero biases Z1(c·W1) = c·Z1(W1), so |Z1| grows in \
                       proportion to W1 wherever W1·x ≠ 0",
                evidence: &[Theorem("preactivations_scale_with_the_first_weights")],
            },
            Part {
                says: "in f64, on the samples and without overflow or underflow, this is true bit \
                       for bit if c is a power of two, and within rounding otherwise",
                evidence: &[Generated(
                    "random W1 on examples of breast_cancer.csv, c = 1/64, 64 and 100",
                    |s, c| preactivations_scale(s, c, 0.0),
                )],
            },
        ],
        assumptions: &[
            Assumption {
                words: "zero biases",
                dropped: Dropped::Fails(
                    "with biases of 1 the pre-activations do not scale with W1",
                    |s, c| preactivations_scale(s, c, 1.0).map(opposite),
                ),
            },
            Assumption {
                words: "x ≠ 0",
                dropped: Dropped::Fails(
                    "at x = 0 the pre-activations are 0, however large W1 is",
                    |s, _| {
                        let hidden = first_layer(s, 2, Weights::Normal(1e6), 1)?;
                        let x = Array2::zeros((2, 1));
                        let z = hidden_activations(s, Activation::Identity, &hidden, x)?;
                        let zero = z.iter().all(|&z| z == 0.0);
                        Ok(Finding::new(zero, 1, format!("pre-activations {:?}", &z[..2])))
                    },
                ),
            },
        ],
        killed_by: Killer::Fault(Fault::GradientNormalised),
    },
    Claim {
        id: "large-weights-saturate-hidden-units",
        section: SECTION,
        headline: "On tumour data, about 99 % of tanh slopes are below 0.001 at scale 100, and \
                   none at 0.01.",
        lesson: "Multiplying by 100 or 1000 instead of 0.01 saturates sigmoid and tanh units.",
        source: "Why Small Random Values: The Scaling Factor, Reason 1",
        expected: Verdict::Holds,
        min_cases: 200,
        parts: &[Part {
            says: "standardised breast_cancer.csv, 8 tanh units with weights N(0, 1)·s: the share \
                   of pairs (unit, example) with tanh' < 1e−3 is the expected one, the tails 2·Φ \
                   averaged over the examples: about 0.99 at s = 100, more at 1,000, and 0 at 0.01",
            evidence: &[
                Statistical(
                    "the share at s = 100, against its exact expectation (Hoeffding over units)",
                    |s, c| saturated_share(s, c, breast_cancer()?, 100.0, Above(0.9)),
                ),
                Statistical("the share at s = 1,000", |s, c| {
                    saturated_share(s, c, breast_cancer()?, 1000.0, Above(0.99))
                }),
                Statistical("the share at s = 0.01", |s, c| {
                    saturated_share(s, c, breast_cancer()?, 0.01, Below(0.001))
                }),
            ],
        }],
        assumptions: &[Assumption {
            words: "no example is zero",
            dropped: Dropped::Fails(
                "XOR in 0/1 coding, s = 1e6: at x = 0 no unit is saturated, so the share is at \
                 most ¾",
                at_most_three_quarters_of_xor,
            ),
        }],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "large-weights-make-large-activations",
        section: SECTION,
        headline: "Activations grow in proportion to W1 (ReLU with zero biases; not sigmoid or \
                   tanh).",
        lesson: "If Z is large, a = g(Z) is large as well.",
        source: "second document, last paragraph",
        expected: Verdict::Conditional,
        min_cases: 64,
        parts: &[
            Part {
                says: "for c > 0, a1(c·W1) = c·a1(W1) for ReLU and identity units with zero biases",
                evidence: &[Generated(
                    "ReLU and identity: 2^10·W1 gives exactly 2^10 times the activations",
                    activations_scale,
                )],
            },
            Part {
                says: "for sigmoid and tanh |a1| ≤ 1, however large W1 is",
                evidence: &[
                    Counterexample(&Generated(
                        "sigmoid and tanh at N(0, 1)·1e6: at most 1",
                        activations_are_bounded,
                    )),
                    Counterexample(&Theorem("sigma_is_between_zero_and_one")),
                    Counterexample(&Theorem("tanh_is_between_minus_one_and_one")),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::HiddenActivationOmitted),
    },
    Claim {
        id: "small-weights-keep-units-responsive",
        section: SECTION,
        headline: "At scale 0.01 no tanh slope is below 0.001 on tumour data (if standardised, not \
                   raw).",
        lesson: "With weights around 0.01 the sums Z stay where the slope of g is large.",
        source: "Summary: Large Weights → Slow Learning; Key Takeaways 4",
        expected: Verdict::Conditional,
        min_cases: 100,
        parts: &[
            Part {
                says: "at s = 0.01 no tanh unit has a slope below 1e−3 on standardised \
                       breast_cancer.csv",
                evidence: &[Statistical("standardised features", |s, c| {
                    saturated_share(s, c, breast_cancer()?, 0.01, Below(0.001))
                })],
            },
            Part {
                says: "on the raw features about half of all pairs (unit, example) have such a \
                       slope",
                evidence: &[Counterexample(&Statistical("raw features", |s, c| {
                    saturated_share(s, c, raw_breast_cancer()?, 0.01, Above(0.4))
                }))],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "relu-is-positively-homogeneous",
        section: SECTION,
        headline: "For c > 0, ReLU(c·z) = c·ReLU(z) with the same slope.",
        lesson: "ReLU is less sensitive to the scale of the weights.",
        source: "When Is This Less Critical?; Key Takeaways 12",
        expected: Verdict::Proved,
        min_cases: 32,
        parts: &[
            Part {
                says: "over the reals, for c > 0: relu(c·z) = c·relu(z) with the same slope",
                evidence: &[
                    Generated(
                        "values and slopes at 257 points, c = 2^−20, 4 and 2^20, bit for bit",
                        |s, _| {
                            relu_scales(s, &[libm::scalbn(1.0, -20), 4.0, libm::scalbn(1.0, 20)])
                        },
                    ),
                    Theorem("relu_is_positively_homogeneous"),
                ],
            },
            Part {
                says: "with one hidden layer of ReLU units, in exact arithmetic, (c·W1, c·b1, \
                       W2/c) computes the same function",
                evidence: &[
                    Generated(
                        "loss and gradient of sampled ReLU networks under c = 8, bit for bit",
                        rescaled_networks,
                    ),
                    Theorem("rescaling_leaves_the_output_of_a_relu_network_alone"),
                ],
            },
            Part {
                says: "training does depend on the scale: dW1 and db1 of the rescaled network are \
                       1/c times as large, and its dW2 is c times as large",
                evidence: &[Theorem(
                    "rescaling_divides_and_multiplies_the_gradients_of_a_relu_network",
                )],
            },
        ],
        assumptions: &[Assumption {
            words: "c > 0",
            dropped: Dropped::Fails("c = −1", |s, _| relu_scales(s, &[-1.0]).map(opposite)),
        }],
        killed_by: Killer::Fault(Fault::DeltaClipped),
    },
];

/// The same run, where what is wanted is that the statement fails.
fn opposite(finding: Finding) -> Finding {
    Finding::new(finding.shown != super::Shown::Yes, 1, finding.numbers)
}

/// W1 and b1 of 8 units as the subject starts them.
fn first_layer(
    subject: &dyn Subject,
    n_x: usize,
    weights: Weights,
    seed: u64,
) -> Result<Layer<f64>> {
    let network = Network::new(&[n_x, 8, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = subject.initialise(&network, weights.into(), seed)?;
    Ok(start.layers[0].clone())
}

fn example(batch: &Batch<f64>, j: u64) -> Array2<f64> {
    batch.x().column(j as usize % batch.m()).to_owned().insert_axis(Axis(1))
}

fn times(layer: &Layer<f64>, c: f64) -> Layer<f64> {
    Layer { w: layer.w.mapv(|w| c * w), b: layer.b.clone() }
}

/// Z1 of a layer with running error bounds.
fn bounded_preactivations(hidden: &Layer<f64>, x: &Array2<f64>) -> Result<Vec<Bounded>> {
    let (n_h, n_x) = hidden.w.dim();
    let network = Network::new(&[n_x, n_h], Activation::Identity, Loss::SquaredError)?;
    let exact = |matrix: &Array2<f64>| matrix.mapv(Bounded::exact);
    let layer = Layer { w: exact(&hidden.w), b: exact(&hidden.b) };
    let forward = network.forward(&Parameters { layers: vec![layer] }, &exact(x))?;
    Ok(forward.z(1).iter().copied().collect())
}

fn preactivations_scale(subject: &dyn Subject, config: &Config, bias: f64) -> Result<Finding> {
    let batch = breast_cancer()?;
    let g = Activation::Identity;
    let mut cases = 0;
    let mut largest = 0.0_f64;
    for seed in config.seed..config.seed + u64::from(config.cases) {
        let mut hidden = first_layer(subject, 30, Weights::Normal(1.0), seed)?;
        hidden.b.fill(bias);
        let x = example(batch, seed);
        let z = hidden_activations(subject, g, &hidden, x.clone())?;
        let bounds = bounded_preactivations(&hidden, &x)?;
        for c in [1.0 / 64.0, 64.0, 100.0] {
            let scaled = hidden_activations(subject, g, &times(&hidden, c), x.clone())?;
            let exact = c != 100.0;
            for ((&scaled, &z), bound) in scaled.iter().zip(&z).zip(&bounds) {
                // both sides carry at most the bound; the entries of 100·W1 one rounding more
                let slack = if exact { 0.0 } else { 2.0 * c * bound.error };
                if (scaled - c * z).abs() > slack || !scaled.is_finite() {
                    let numbers = format!("seed {seed}: z is {z}, with {c}·W1 {scaled}");
                    return Ok(Finding::new(false, cases, numbers));
                }
                largest = largest.max(scaled.abs());
            }
        }
        cases += 1;
    }
    let numbers = format!("{cases} layers of 8 units, |z| up to {largest:.0}");
    Ok(Finding::new(true, cases, numbers).witnessed(largest > 100.0, "some are large"))
}

/// On which side of a number a share has to lie.
enum Needed {
    Above(f64),
    Below(f64),
}
use Needed::{Above, Below};

/// The share of small slopes over many random layers of 8 units, against its expectation
/// 2·Φ(−z*/(s·|x|)), averaged over the examples: given the examples the units are independent
/// and their shares lie in [0, 1], so Hoeffding's inequality bounds the distance.
fn saturated_share(
    subject: &dyn Subject,
    config: &Config,
    batch: &Batch<f64>,
    scale: f64,
    needed: Needed,
) -> Result<Finding> {
    let layers = match config.profile {
        Profile::Quick => 25,
        Profile::Ci => 50,
        Profile::Soak => 200,
    };
    let mut sum = 0.0;
    for seed in config.seed..config.seed + layers {
        let hidden = first_layer(subject, batch.x().nrows(), Weights::Normal(scale), seed)?;
        let g = Activation::Tanh;
        sum += share_of_small_slopes(subject, g, &hidden, batch.x(), SATURATED_SLOPE)?;
    }
    let share = sum / layers as f64;
    let units = 8 * layers as usize;
    let threshold = libm::acosh(1.0 / SATURATED_SLOPE.sqrt());
    let tail = |x: ndarray::ArrayView1<f64>| {
        2.0 * normal_tail(threshold / (scale * x.iter().map(|x| x * x).sum::<f64>().sqrt()))
    };
    let expected = batch.x().columns().into_iter().map(tail).sum::<f64>() / batch.m() as f64;
    let level = LEVEL / 3.0; // a claim has up to three of these
    let margin = hoeffding(units, level);
    let as_stated = match needed {
        Above(bound) => expected > bound,
        Below(bound) => expected < bound,
    };
    let numbers = format!(
        "share {share:.4}, expected {expected:.4} ± {margin:.2} ({units} units, level \
         {level:.0e}, seeds from {})",
        config.seed
    );
    Ok(Finding::new(as_stated && (share - expected).abs() <= margin, units, numbers))
}

fn at_most_three_quarters_of_xor(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let xor = zero_one_coded(&[0.0, 1.0, 1.0, 0.0])?;
    let hidden = first_layer(subject, 2, Weights::Normal(1e6), 1)?;
    let share =
        share_of_small_slopes(subject, Activation::Tanh, &hidden, xor.x(), SATURATED_SLOPE)?;
    Ok(Finding::new(share == 0.75, 1, format!("share {share} at s = 1e6")))
}

fn activations_scale(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let batch = breast_cancer()?;
    let c = 1024.0;
    let mut cases = 0;
    let mut exact = true;
    let mut largest = 0.0_f64;
    for seed in config.seed..config.seed + u64::from(config.cases) {
        let hidden = first_layer(subject, 30, Weights::Normal(1.0), seed)?;
        for g in [Activation::Relu, Activation::Identity] {
            let small = hidden_activations(subject, g, &hidden, example(batch, seed))?;
            let large = hidden_activations(subject, g, &times(&hidden, c), example(batch, seed))?;
            exact &= large.iter().zip(&small).all(|(&large, &small)| large == c * small);
            largest = large.into_iter().fold(largest, f64::max);
            cases += 1;
        }
    }
    let finding = Finding::new(exact, cases, format!("{cases} layers, a up to {largest:.0}"));
    Ok(finding.witnessed(largest > 100.0, "some are large"))
}

fn activations_are_bounded(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let batch = breast_cancer()?;
    let mut cases = 0;
    let mut largest = 0.0_f64;
    for seed in config.seed..config.seed + u64::from(config.cases) {
        let hidden = first_layer(subject, 30, Weights::Normal(1e6), seed)?;
        for g in [Activation::Sigmoid, Activation::Tanh] {
            let a = hidden_activations(subject, g, &hidden, example(batch, seed))?;
            largest = a.into_iter().map(f64::abs).fold(largest, f64::max);
            cases += 1;
        }
    }
    let numbers = format!("{cases} layers, |a| at most {largest}");
    Ok(Finding::new(largest == 1.0, cases, numbers))
}

fn relu_scales(subject: &dyn Subject, factors: &[f64]) -> Result<Finding> {
    let mut cases = 0;
    let mut active = 0;
    for &c in factors {
        for k in -128..=128_i32 {
            let z = f64::from(k) / 16.0;
            let (one, other) = (
                unit_at(subject, Activation::Relu, z)?,
                unit_at(subject, Activation::Relu, c * z)?,
            );
            if other.value != c * one.value || other.slope != one.slope {
                let numbers = format!("relu({z}) = {}, relu({c}·{z}) = {}", one.value, other.value);
                return Ok(Finding::new(false, cases, numbers));
            }
            active += usize::from(one.slope == 1.0);
            cases += 1;
        }
    }
    let numbers = format!("{cases} pairs, {active} of them active");
    Ok(Finding::new(true, cases, numbers).witnessed(active > 0 && active < cases, "both sides"))
}

fn rescaled_networks(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let c = 8.0;
    let mut cases = 0;
    let mut idle = 0;
    for case in Cases::shallow().with_hidden(&[Activation::Relu]).sample(config) {
        let mut rescaled = case.parameters.clone();
        rescaled.layers[0].w *= c;
        rescaled.layers[0].b *= c;
        rescaled.layers[1].w /= c;
        let here = subject.evaluate(case.problem())?;
        let there = subject.evaluate(case.network.at(&rescaled, &case.batch))?;
        let (one, other) = (&here.gradient, &there.gradient);
        let same = here.loss == there.loss
            && other.dw(1) == one.dw(1) / c
            && other.db(1) == one.db(1) / c
            && other.dw(2) == one.dw(2) * c
            && other.db(2) == one.db(2);
        if !same {
            return Ok(Finding::new(false, cases, format!("does not scale:\n{case}")));
        }
        let moves = one.dw(1).iter().any(|&dw| dw != 0.0);
        (cases, idle) = (cases + usize::from(moves), idle + usize::from(!moves));
    }
    Ok(Finding::new(true, cases, format!("{cases} networks with dW1 ≠ 0 ({idle} without)")))
}
