//! C. The activations themselves: derivatives, limits, saturation, and the printed formulas.
//!
//! One unit at a time, without any training. Start at [`CLAIMS`], then `measure.rs`, which asks a
//! subject for g(z) and g'(z).

use super::Evidence::{Counterexample, Example, Generated, Theorem};
use super::measure::{Unit, unit_at};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::Config;
use crate::subject::Subject;
use crate::tolerance::SATURATION;
use crate::{Activation, Bounded, Dual, Result};
use num_traits::One;

const SECTION: Section = Section::Scale;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "sigmoid-derivative-identity",
        section: SECTION,
        headline: "The derivative of the sigmoid is σ(z)·(1 − σ(z)) for every real z.",
        lesson: "The derivative of the logistic function is σ(z)·(1 − σ(z)).",
        source: "Reason 1: Avoiding Saturation, Sigmoid Saturation",
        expected: Verdict::Proved,
        min_cases: 500,
        parts: &[Part {
            says: "σ'(z) = σ(z)·(1 − σ(z)) for every real z",
            evidence: &[
                Generated(
                    "the subject's slope at 1,001 points of [−20, 20] against the quotient rule \
                     applied to 1/(1 + e^−z), within the rounding of both",
                    |s, _| slope_is_the_derivative(s, Activation::Sigmoid, sigmoid_as_printed),
                ),
                Theorem("the_derivative_of_sigma"),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "tanh-derivative-identity",
        section: SECTION,
        headline: "The derivative of tanh is 1 − tanh²(z) for every real z.",
        lesson: "The derivative of tanh is 1 − tanh²(z).",
        source: "Reason 1: Avoiding Saturation, Tanh Saturation",
        expected: Verdict::Proved,
        min_cases: 500,
        parts: &[Part {
            says: "tanh'(z) = 1 − tanh²(z) for every real z",
            evidence: &[
                Generated(
                    "the subject's slope at 1,001 points of [−20, 20] against the quotient rule \
                     applied to (e^z − e^−z)/(e^z + e^−z), within the rounding of both",
                    |s, _| slope_is_the_derivative(s, Activation::Tanh, tanh_as_printed),
                ),
                Theorem("the_derivative_of_tanh"),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::TanhDerivativeFromPreactivation),
    },
    Claim {
        id: "sigmoid-and-tanh-have-limits",
        section: SECTION,
        headline: "The sigmoid and tanh approach their limits exponentially fast as |z| grows.",
        lesson: "For large positive z the sigmoid and tanh are about 1; for large negative z the \
                 sigmoid is about 0 and tanh about −1.",
        source: "Reason 1: Avoiding Saturation, problem regions",
        expected: Verdict::Proved,
        min_cases: 500,
        parts: &[
            Part {
                says: "for every real z, σ(z) is within e^−|z| of its limit on that side, 0 or 1",
                evidence: &[
                    Generated(
                        "both distances at 2,002 points up to |z| = 1,000; exactly 0 at ±1,000",
                        limits,
                    ),
                    Theorem("sigma_approaches_its_limits_exponentially"),
                    Theorem("the_limits_of_sigma"),
                ],
            },
            Part {
                says: "tanh(z) is within 2e^−2|z| of its limit, −1 or 1",
                evidence: &[
                    Theorem("tanh_approaches_its_limits_exponentially"),
                    Theorem("the_limits_of_tanh"),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::HiddenActivationOmitted),
    },
    Claim {
        id: "sigmoid-and-tanh-saturate",
        section: SECTION,
        headline: "The slopes of sigmoid and tanh fall exponentially as |z| grows, up to rounding \
                   in f64.",
        lesson: "Far from zero the derivatives of sigmoid and tanh are about zero.",
        source: "Reason 1: Avoiding Saturation, gradient in saturated region",
        expected: Verdict::Holds,
        min_cases: 1000,
        parts: &[
            Part {
                says: "over the reals σ'(z) ≤ e^−|z| and tanh'(z) ≤ 4e^−2|z|",
                evidence: &[
                    Theorem("the_slope_of_sigma_decays_exponentially"),
                    Theorem("the_slope_of_tanh_decays_exponentially"),
                ],
            },
            Part {
                says: "the formulas σ(1 − σ) and 1 − tanh² in f64 stay within 2^−52 of these \
                       bounds at the points sampled",
                evidence: &[Generated(
                    "the subject's slopes at 4,001 points of [−40, 40]",
                    slopes_decay,
                )],
            },
            Part {
                says: "in f64 the slope of σ is exactly 0 at z = 37 and ±1,000, and that of tanh \
                       at z = ±20 and ±1,000",
                evidence: &[Example(
                    "slopes that are exactly zero: σ at 37 and ±1,000, tanh at ±20 and ±1,000",
                    slopes_vanish,
                )],
            },
        ],
        assumptions: &[Assumption {
            words: "an allowance of 2^−52 for rounding",
            dropped: Dropped::Fails(
                "in f64 the formulas exceed the bare bounds of the reals",
                bare_bounds_are_exceeded,
            ),
        }],
        killed_by: Killer::Fault(Fault::ActivationDerivativeMissing),
    },
    Claim {
        id: "the-printed-tanh-formula-is-usable-code",
        section: SECTION,
        headline: "Used as code, (e^z − e^−z)/(e^z + e^−z) gives tanh(z) for every finite z.",
        lesson: "tanh is printed as the quotient (e^z − e^−z)/(e^z + e^−z).",
        source: "Reason 1: Avoiding Saturation, Tanh Saturation",
        expected: Verdict::Refuted,
        min_cases: 4,
        parts: &[Part {
            says: "the printed quotient, used as code, gives tanh for every finite z",
            evidence: &[Counterexample(&Example(
                "at |z| = 710 and 1,000 the quotient is NaN, where tanh is ±1; at 709 it is ±1",
                quotient_overflows,
            ))],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::HiddenActivationOmitted),
    },
    Claim {
        id: "the-sigmoid-curve-crosses-the-origin",
        section: SECTION,
        headline: "The sigmoid curve passes through the origin.",
        lesson: "The picture of the random start describes a sigmoid curve through the origin.",
        source: "The Solution: Random Initialization, the picture's description",
        expected: Verdict::Refuted,
        min_cases: 2,
        parts: &[Part {
            says: "the curve of the logistic function passes through (0, 0)",
            evidence: &[Counterexample(&Example(
                "σ(0) = ½, and σ > 0 down to z = −700; it is tanh that passes through the origin",
                sigmoid_at_zero,
            ))],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::HiddenActivationOmitted),
    },
    Claim {
        id: "relu-does-not-saturate-when-active",
        section: SECTION,
        headline: "The slope of ReLU is exactly 1 for every real z > 0.",
        lesson: "For z > 0 the gradient of ReLU is always 1.",
        source: "When Is This Less Critical?",
        expected: Verdict::Proved,
        min_cases: 1000,
        parts: &[Part {
            says: "over the reals ReLU's slope is exactly 1 for every z > 0, however large or \
                   small",
            evidence: &[
                Generated("z = 2^k·f for every exponent k of f64", |s, _| {
                    relu_slopes(s, 1.0, 1.0)
                }),
                Theorem("relu_has_slope_one_when_active"),
            ],
        }],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::BackPropagatedDeltaSign),
    },
    Claim {
        id: "relu-is-dead-when-inactive",
        section: SECTION,
        headline: "The slope of ReLU is exactly 0 for every real z < 0; at 0 it has no derivative.",
        lesson: "ReLU dies only for z < 0, where its gradient is 0.",
        source: "When Is This Less Critical?",
        expected: Verdict::Proved,
        min_cases: 1000,
        parts: &[
            Part {
                says: "over the reals ReLU's slope is exactly 0 for every z < 0, where its value \
                       max(z, 0) is 0",
                evidence: &[
                    Generated("z = −2^k·f for every exponent k of f64", |s, _| {
                        relu_slopes(s, -1.0, 0.0)
                    }),
                    Theorem("relu_is_flat_when_inactive"),
                ],
            },
            Part {
                says: "at 0 it has no derivative; the code's slope there, 0, is a convention",
                evidence: &[
                    Example("the convention at 0", relu_at_zero),
                    Theorem("relu_has_no_derivative_at_its_kink"),
                ],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::ReluDerivativeAtZeroIsOne),
    },
];

/// The function e^z with its derivative e^z.
fn exponential(z: Dual<Bounded>) -> Dual<Bounded> {
    let value = libm::exp(z.value.value);
    // e^(z + δ) − e^z ≤ 2δe^z for the errors δ of an exactly negated number
    let error = (Bounded::ROUNDING + 2.0 * z.value.error) * value;
    let value = Bounded { value, error };
    Dual { value, derivative: value * z.derivative }
}

fn negative(z: Dual<Bounded>) -> Dual<Bounded> {
    let minus = |z: Bounded| Bounded { value: -z.value, error: z.error };
    Dual { value: minus(z.value), derivative: minus(z.derivative) }
}

/// 1/(1 + e^−z).
fn sigmoid_as_printed(z: Dual<Bounded>) -> Dual<Bounded> {
    Dual::one() / (Dual::one() + exponential(negative(z)))
}

/// (e^z − e^−z)/(e^z + e^−z).
fn tanh_as_printed(z: Dual<Bounded>) -> Dual<Bounded> {
    let (rising, falling) = (exponential(z), exponential(negative(z)));
    (rising - falling) / (rising + falling)
}

/// Equidistant points of [−bound, bound].
fn points(count: usize, bound: f64) -> impl Iterator<Item = f64> {
    let last = (count - 1) as f64;
    (0..count).map(move |k| bound * (2.0 * k as f64 / last - 1.0))
}

/// The slope, by whatever formula of a = g(z) the subject uses, against the printed function
/// differentiated by the rules of calculus; nothing but e^z is taken from elsewhere.
fn slope_is_the_derivative(
    subject: &dyn Subject,
    g: Activation,
    printed: fn(Dual<Bounded>) -> Dual<Bounded>,
) -> Result<Finding> {
    let mut cases = 0;
    let mut steepest = 0.0_f64;
    let mut worst = 0.0_f64;
    for z in points(1001, 20.0) {
        let Unit { value, slope } = unit_at(subject, g, z)?;
        let expected = printed(Dual::variable(Bounded::exact(z)));
        // the formula of the slope in terms of a carries rounding of its own
        let own = g.slope(Bounded::exact(z), g.value(Bounded::exact(z)));
        let [value_off, slope_off] =
            [value - expected.value.value, slope - expected.derivative.value];
        let bound = expected.derivative.error + own.error;
        let value_bound = expected.value.error + g.value(Bounded::exact(z)).error;
        if value_off.abs() > value_bound || slope_off.abs() > bound || !slope.is_finite() {
            let numbers = format!(
                "at z = {z} the slope is {slope:e}, the derivative {:e} ± {bound:e}",
                expected.derivative.value
            );
            return Ok(Finding::new(false, cases, numbers));
        }
        cases += 1;
        steepest = steepest.max(slope);
        worst = worst.max(slope_off.abs());
    }
    let numbers = format!("{cases} points, slopes up to {steepest}, at most {worst:.1e} apart");
    Ok(Finding::new(true, cases, numbers))
}

fn limits(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut cases = 0;
    let mut furthest = 0.0_f64;
    let mut within = true;
    for z in points(1001, 1000.0).chain(points(1001, 40.0)) {
        let sign = if z < 0.0 { -1.0 } else { 1.0 };
        let sigmoid_limit = if z < 0.0 { 0.0 } else { 1.0 };
        let sigmoid = (unit_at(subject, Activation::Sigmoid, z)?.value - sigmoid_limit).abs();
        let tanh = (unit_at(subject, Activation::Tanh, z)?.value - sign).abs();
        within &= sigmoid <= libm::exp(-z.abs()) + SATURATION
            && tanh <= 2.0 * libm::exp(-2.0 * z.abs()) + SATURATION;
        furthest = furthest.max(tanh);
        cases += 1;
    }
    let at = |g, z| unit_at(subject, g, z).map(|unit| unit.value);
    let ends = [
        at(Activation::Sigmoid, 1000.0)?,
        at(Activation::Sigmoid, -1000.0)?,
        at(Activation::Tanh, 1000.0)?,
        at(Activation::Tanh, -1000.0)?,
    ];
    let numbers = format!("{cases} points within their bounds; σ and tanh at ±1,000: {ends:?}");
    let exact = ends == [1.0, 0.0, 1.0, -1.0];
    Ok(Finding::new(within && exact, cases, numbers).witnessed(furthest > 0.5, "some are far"))
}

/// How far, and by what factor, a subject's slopes exceed the bounds over the reals at most.
struct Excess {
    absolute: f64,
    factor: f64,
    from: f64,
    cases: usize,
    steepest: f64,
}

fn excess(subject: &dyn Subject, g: Activation) -> Result<Excess> {
    let mut found =
        Excess { absolute: 0.0, factor: 0.0, from: f64::INFINITY, cases: 0, steepest: 0.0 };
    for z in points(4001, 40.0) {
        let slope = unit_at(subject, g, z)?.slope;
        let bound = g.facts().bound_of_slope(z);
        // σ' near 0 is σ to full relative accuracy: there only the rounding of e^−z can exceed
        if slope - bound > f64::EPSILON * bound {
            found.absolute = found.absolute.max(slope - bound);
            found.factor = found.factor.max(slope / bound);
            found.from = found.from.min(z.abs());
        }
        found.steepest = found.steepest.max(slope);
        found.cases += 1;
    }
    Ok(found)
}

fn slopes_decay(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let sigmoid = excess(subject, Activation::Sigmoid)?;
    let tanh = excess(subject, Activation::Tanh)?;
    let within = sigmoid.absolute <= SATURATION && tanh.absolute <= SATURATION;
    let numbers = format!(
        "the bounds are exceeded by at most {:.1e} (σ', up to {:.2} times, from |z| = {:.1} on) \
         and {:.1e} (tanh', up to {:.2} times, from {:.1} on)",
        sigmoid.absolute, sigmoid.factor, sigmoid.from, tanh.absolute, tanh.factor, tanh.from
    );
    let steep = sigmoid.steepest == 0.25 && tanh.steepest == 1.0;
    let finding = Finding::new(within, sigmoid.cases + tanh.cases, numbers);
    Ok(finding.witnessed(steep, "the slopes at 0 are ¼ and 1"))
}

fn bare_bounds_are_exceeded(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let sigmoid = excess(subject, Activation::Sigmoid)?;
    let tanh = excess(subject, Activation::Tanh)?;
    let numbers =
        format!("exceeded {:.2} times by σ', {:.2} by tanh'", sigmoid.factor, tanh.factor);
    Ok(Finding::new(sigmoid.absolute > 0.0 && tanh.absolute > 0.0, 2, numbers))
}

fn slopes_vanish(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let mut slopes = Vec::new();
    for (g, zs) in [
        (Activation::Sigmoid, &[37.0, 1000.0, -1000.0][..]),
        (Activation::Tanh, &[20.0, -20.0, 1000.0, -1000.0]),
    ] {
        for &z in zs {
            slopes.push(unit_at(subject, g, z)?.slope);
        }
    }
    let numbers = format!("{} slopes, all exactly 0", slopes.len());
    Ok(Finding::new(slopes.iter().all(|&slope| slope == 0.0), slopes.len(), numbers))
}

fn quotient_overflows(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let quotient = |z: f64| {
        let (rising, falling) = (libm::exp(z), libm::exp(-z));
        (rising - falling) / (rising + falling)
    };
    let mut as_stated = quotient(709.0) == 1.0 && quotient(-709.0) == -1.0;
    let overflowing = [710.0, -710.0, 1000.0, -1000.0_f64];
    for z in overflowing {
        let tanh = unit_at(subject, Activation::Tanh, z)?.value;
        as_stated &= quotient(z).is_nan() && tanh == z.signum();
    }
    let numbers = format!("quotient at 709: {}, at 710: {}", quotient(709.0), quotient(710.0));
    Ok(Finding::new(as_stated, overflowing.len(), numbers))
}

fn sigmoid_at_zero(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let sigmoid = unit_at(subject, Activation::Sigmoid, 0.0)?.value;
    let tanh = unit_at(subject, Activation::Tanh, 0.0)?.value;
    let far = unit_at(subject, Activation::Sigmoid, -700.0)?.value;
    let numbers = format!("σ(0) = {sigmoid}, σ(−700) = {far:.0e}, tanh(0) = {tanh}");
    Ok(Finding::new(sigmoid == 0.5 && far > 0.0 && tanh == 0.0, 3, numbers))
}

/// Whether ReLU's slope is a number at ±2^k·f for every exponent k, and its value z·slope.
fn relu_slopes(subject: &dyn Subject, sign: f64, expected: f64) -> Result<Finding> {
    let mut cases = 0;
    let mut wrong = None;
    for exponent in -1022..=1023 {
        let z = sign * libm::scalbn(1.625, exponent);
        let Unit { value, slope } = unit_at(subject, Activation::Relu, z)?;
        if slope != expected || value != z * expected {
            wrong = Some(format!("at z = {z:e} the value is {value:e} and the slope {slope}"));
            break;
        }
        cases += 1;
    }
    let all = format!("{cases} points from 2^−1022 to 2^1023, slope exactly {expected}");
    let other_side = unit_at(subject, Activation::Relu, -sign)?.slope;
    let finding = Finding::new(wrong.is_none(), cases, wrong.unwrap_or(all));
    Ok(finding.witnessed(other_side == 1.0 - expected, "another slope on the other side of 0"))
}

fn relu_at_zero(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let slope = unit_at(subject, Activation::Relu, 0.0)?.slope;
    Ok(Finding::new(slope == 0.0, 1, format!("the slope at 0 is {slope}")))
}
