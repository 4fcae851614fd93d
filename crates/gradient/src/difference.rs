//! Differences along a line whose step is chosen, and whose error is bounded, by themselves.
//!
//! φ(t) is the loss at θ + t·v. Central differences C(h) at h, 2h, 4h and 8h are extrapolated twice
//! (Richardson) to sixth order; the step is halved until the truncation, estimated from the last
//! extrapolation, is below the bound on rounding, which the measured noise of φ gives.

use super::estimate::{Estimate, Status};
use init_symmetry_network::Result;
use init_symmetry_network::tolerance::{
    NOISE_OF_A_JUMP, NOISE_OF_EXTRAPOLATION, NOISE_OF_ONE_SIDE, ROUNDINGS_OF_ANY_FUNCTION,
    STANDARD_DEVIATIONS_OF_NOISE, UNIT_ROUNDOFF,
};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;

/// The loss along a line.
pub(crate) type Line<'a> = dyn FnMut(f64) -> Result<f64> + 'a;

/// The largest step, in units of the direction. Five sixteenths of powers of two are exact in f64,
/// and no period that a programmer would write is a multiple of all of them.
const FIRST_STEP: f64 = 5.0 / 16.0;
/// After so many halvings the step is 3e−13 of the scale, and differences know nothing any more.
const MOST_STEPS: usize = 40;
/// Outside the domain, halving would take too long.
const RETREAT: f64 = 1.0 / 16.0;
/// How much smaller the step is at which a result is confirmed.
const CONFIRMATION: f64 = 1.0 / 64.0;

/// The error of one evaluation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// What near points show. It says how small a step is worth taking: a bound for the worst case
    /// would stop where a kink or a bend still hides below it.
    pub(crate) measured: f64,
    /// What it cannot exceed, as far as is known: what the result is granted.
    pub(crate) bound: f64,
}

/// φ at ±h.
#[derive(Debug, Clone, Copy)]
struct Pair {
    h: f64,
    plus: f64,
    minus: f64,
}

impl Pair {
    fn central(&self) -> f64 {
        (self.plus - self.minus) / (2.0 * self.h)
    }

    /// (φ(h) − 2φ(0) + φ(−h))/h, which tends to the jump of the slope at 0.
    fn bend(&self, at_zero: f64) -> f64 {
        ((self.plus - at_zero) + (self.minus - at_zero)) / self.h
    }
}

/// φ'(0) with its error bound.
pub(crate) fn derivative(phi: &mut Line<'_>, at_zero: f64, noise: Noise) -> Result<Estimate> {
    let (mut h, mut pairs) = (FIRST_STEP, Vec::<Pair>::new());
    let mut status = Status::NotConverged;
    // One ladder may settle by chance where a kink or a steep bend lies on it; hardly two in a row.
    let mut settled: Option<Estimate> = None;
    for _ in 0..MOST_STEPS {
        let pair = Pair { h, plus: phi(h)?, minus: phi(-h)? };
        if !(pair.plus.is_finite() && pair.minus.is_finite()) {
            status = Status::DomainEdge;
            pairs.clear();
            settled = None;
            h *= RETREAT;
            continue;
        }
        pairs.push(pair);
        if let [.., eightfold, fourfold, twofold, single] = pairs[..] {
            status = Status::NotConverged;
            let pairs = [single, twofold, fourfold, eightfold];
            let ladder = Ladder { pairs, at_zero, noise: noise.measured };
            let estimate = ladder.extrapolate();
            let before = settled.take();
            if estimate.truncation <= estimate.rounding {
                if let Some(kink) = ladder.kink() {
                    let rounding = NOISE_OF_ONE_SIDE * noise.bound / h;
                    return Ok(Estimate { rounding: kink.rounding.max(rounding), ..kink });
                }
                // They agree: R(2h) is in the truncation of R(h).
                if let Some(before) = before
                    && ladder.confirm(phi, &before)?
                {
                    let rounding = NOISE_OF_EXTRAPOLATION * noise.bound / twofold.h;
                    return Ok(Estimate { rounding: before.rounding.max(rounding), ..before });
                }
                settled = Some(estimate);
            }
        }
        h *= 0.5;
    }
    Ok(Estimate::nothing(status))
}

/// φ at ±h, ±2h, ±4h and ±8h, the smallest step first.
struct Ladder {
    pairs: [Pair; 4],
    at_zero: f64,
    noise: f64,
}

impl Ladder {
    fn noise_over_h(&self) -> f64 {
        let largest = self.pairs.iter().fold(self.at_zero.abs(), |largest, pair| {
            largest.max(pair.plus.abs()).max(pair.minus.abs())
        });
        let least = ROUNDINGS_OF_ANY_FUNCTION * UNIT_ROUNDOFF * largest;
        self.noise.max(least) / self.pairs[0].h
    }

    fn extrapolate(&self) -> Estimate {
        let [c_1, c_2, c_4, c_8] = self.pairs.map(|pair| pair.central());
        let [d_1, d_2, d_4] =
            [(c_1, c_2), (c_2, c_4), (c_4, c_8)].map(|(c, c_2)| (4.0 * c - c_2) / 3.0);
        let [r_1, r_2] = [(d_1, d_2), (d_2, d_4)].map(|(d, d_2)| d + (d - d_2) / 15.0);
        let rounding = NOISE_OF_EXTRAPOLATION * self.noise_over_h();
        // The error of D(h) bounds that of R(h), and so does that of R(2h). Either may vanish by
        // chance where two orders of the series cancel; rarely both.
        let truncation = (r_1 - d_1).abs().max((r_1 - r_2).abs());
        Estimate::smooth(r_1, truncation, rounding)
    }

    /// The slopes on the two sides, if they differ by more than truncation and noise explain.
    fn kink(&self) -> Option<Estimate> {
        let [s_1, s_2, s_4, _] = self.pairs.map(|pair| pair.bend(self.at_zero));
        let (jump, jump_2) = (2.0 * s_1 - s_2, 2.0 * s_2 - s_4);
        let noise = self.noise_over_h();
        if jump.abs() <= (jump - jump_2).abs() + NOISE_OF_A_JUMP * noise {
            return None;
        }
        let right = self.one_side(|pair| (pair.plus - self.at_zero) / pair.h);
        let left = self.one_side(|pair| (self.at_zero - pair.minus) / pair.h);
        let rounding = NOISE_OF_ONE_SIDE * noise;
        Some(Estimate {
            low: right.slope.min(left.slope),
            high: right.slope.max(left.slope),
            truncation: right.truncation.max(left.truncation),
            rounding,
            status: Status::Kink,
        })
    }

    fn one_side(&self, forward: impl Fn(&Pair) -> f64) -> OneSide {
        let [f_1, f_2, f_4] = [0, 1, 2].map(|i| forward(&self.pairs[i]));
        let (g_1, g_2) = (2.0 * f_1 - f_2, 2.0 * f_2 - f_4);
        let correction = (g_1 - g_2) / 3.0;
        OneSide { slope: g_1 + correction, truncation: correction.abs() }
    }

    /// Whether a plain difference at a much smaller step agrees: what lives on a finer scale than
    /// the ladder (a narrow bump, a period that it hits) shows itself there.
    fn confirm(&self, phi: &mut Line<'_>, estimate: &Estimate) -> Result<bool> {
        let h = self.pairs[0].h * CONFIRMATION;
        let small = Pair { h, plus: phi(h)?, minus: phi(-h)? };
        // C(h) is off by c·h² to leading order, so at the small step by c·h²/64² and less.
        let truncation = (self.pairs[0].central() - estimate.low).abs() * CONFIRMATION;
        let allowed = estimate.tolerance() + truncation + self.noise_over_h() / CONFIRMATION;
        Ok((small.central() - estimate.low).abs() <= allowed)
    }
}

struct OneSide {
    slope: f64,
    truncation: f64,
}

/// The orders of difference that carry only noise at the spacings below.
const ORDERS: std::ops::RangeInclusive<usize> = 4..=6;
/// Relative to the parameters, fine ones first. Errors at very near points are much alike, so three
/// spacings are always asked; the last two are for functions that are constant at those, as losses
/// of saturated units are.
const SPACINGS: [f64; 5] = [
    1.25 / (1_u64 << 44) as f64,
    1.25 / (1_u64 << 36) as f64,
    1.25 / (1_u64 << 28) as f64,
    1.25 / (1_u64 << 20) as f64,
    1.25 / (1_u64 << 12) as f64,
];
const ALWAYS_ASKED: usize = 3;
const POINTS: usize = 9;

/// The bound on the error of one evaluation, from the high differences of φ on the given lines.
///
/// The k-th difference of pure noise of standard deviation σ has variance σ²·(2k)!/(k!)²; what is
/// smooth in φ has vanished from it. At the finest spacings the noisiest line counts; at coarser
/// ones the median, which keeps a kink on one of the lines out.
///
/// Source: Moré & Wild 2011, Estimating computational noise, section 2.
pub(crate) fn noise(lines: &mut [Box<Line<'_>>]) -> Result<f64> {
    let (mut deviation, mut largest_value) = (0.0_f64, 0.0_f64);
    for (asked, spacing) in (1..).zip(SPACINGS) {
        let mut samples = Vec::with_capacity(lines.len());
        for phi in lines.iter_mut() {
            let mut values = Vec::with_capacity(POINTS);
            for i in 0..POINTS {
                values.push(phi(i as f64 * spacing)?);
            }
            largest_value = values.iter().fold(largest_value, |most, v| most.max(v.abs()));
            samples.push(Sample::of(values));
        }
        samples.sort_by(|a, b| a.deviation.total_cmp(&b.deviation));
        let counts =
            if asked < ALWAYS_ASKED { samples.len().saturating_sub(1) } else { samples.len() / 2 };
        deviation = samples.get(counts).map_or(deviation, |line| deviation.max(line.deviation));
        let moves = samples.iter().all(|sample| 2 * sample.moves >= POINTS - 1);
        if asked >= ALWAYS_ASKED && moves {
            break;
        }
    }
    let least = ROUNDINGS_OF_ANY_FUNCTION * UNIT_ROUNDOFF * largest_value;
    Ok((STANDARD_DEVIATIONS_OF_NOISE * deviation).max(least))
}

/// Equally spaced values on one line.
struct Sample {
    /// The standard deviation of their noise.
    deviation: f64,
    /// How often the value is another one at the next point.
    moves: usize,
}

impl Sample {
    fn of(values: Vec<f64>) -> Self {
        let moves = values.windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits()).count();
        let (mut differences, mut deviation, mut binomial) = (values, 0.0_f64, 1.0);
        for order in 1..=*ORDERS.end() {
            differences = differences.windows(2).map(|pair| pair[1] - pair[0]).collect();
            // (2k)!/(k!)² from the one before
            binomial *= 2.0 * (2.0 * order as f64 - 1.0) / order as f64;
            if ORDERS.contains(&order) {
                let squares: f64 = differences.iter().map(|d| d * d).sum();
                deviation = deviation.max((squares / differences.len() as f64 / binomial).sqrt());
            }
        }
        Self { deviation, moves }
    }
}

/// ±k/64 with ½ ≤ k/64 ≤ 1: no coordinate of a direction is so small that it hides an error.
pub(crate) fn floored(random: &mut ChaCha20Rng) -> f64 {
    let size = f64::from(random.random_range(32_u32..=64)) / 64.0;
    if random.random_range(0_u32..2) == 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    const H: f64 = 1.0 / 16.0;

    fn ladder(phi: impl Fn(f64) -> f64, noise: f64) -> Ladder {
        let pairs = [H, 2.0 * H, 4.0 * H, 8.0 * H];
        let pairs = pairs.map(|h| Pair { h, plus: phi(h), minus: phi(-h) });
        Ladder { pairs, at_zero: phi(0.0), noise }
    }

    fn power(t: f64, exponent: usize) -> f64 {
        (0..exponent).fold(1.0, |product, _| product * t)
    }

    #[test]
    fn a_pair_knows_the_slope_through_it_and_how_it_bends() {
        let pair = Pair { h: 0.5, plus: 3.0, minus: 1.0 };
        assert_eq!((pair.central(), pair.bend(1.5)), (2.0, 2.0));
    }

    #[test]
    fn extrapolation_is_of_sixth_order_and_bounds_what_it_leaves_out() {
        for (exponent, slope, truncation) in [
            (3, 1.0, 0.0),
            // C(h) = 1 + h⁴, D(h) = 1 − 4h⁴, R(h) = 1
            (5, 1.0, 4.0 * power(H, 4)),
            // D(h) = 1 − 20h⁶, R(h) = 1 + 64h⁶, R(2h) = 1 + 4096h⁶
            (7, 1.0 + 64.0 * power(H, 6), (4096.0 - 64.0) * power(H, 6)),
        ] {
            let found = ladder(|t| t + power(t, exponent), 0.0).extrapolate();
            let near = |a: f64, b: f64| (a - b).abs() <= UNIT_ROUNDOFF * 8.0;
            assert!(near(found.low, slope) && near(found.truncation, truncation), "{found:?}");
        }
    }

    #[test]
    fn rounding_is_the_noise_over_the_step_and_never_less_than_that_of_any_function() {
        let rounding = |noise| ladder(|t| t - 3.0, noise).extrapolate().rounding;
        assert_eq!(rounding(0.25), NOISE_OF_EXTRAPOLATION * 0.25 / H);
        // the largest value of t − 3 on the ladder is at −8h
        let least = ROUNDINGS_OF_ANY_FUNCTION * UNIT_ROUNDOFF * (3.0 + 8.0 * H);
        assert_eq!(rounding(0.0), NOISE_OF_EXTRAPOLATION * least / H);
    }

    #[test]
    fn a_kink_has_the_slopes_of_both_sides_and_a_bend_is_none() {
        // one side: F(h) = s + c·h + d·h², G(h) = s − 2d·h², and a third of G(h) − G(2h) is 2d·h²
        let bent = |t: f64| 3.0 * t + 0.5 * t * t + power(t, 3);
        assert_eq!(ladder(bent, 0.0).kink().map(|kink| kink.status), None);
        let kink = ladder(|t| 2.0 * t.abs() + bent(t), 0.0).kink().unwrap();
        assert_eq!((kink.low, kink.high, kink.status), (1.0, 5.0, Status::Kink));
        assert_eq!(kink.truncation, 2.0 * H * H);
        let least = ROUNDINGS_OF_ANY_FUNCTION * UNIT_ROUNDOFF * (1.0 + 1.5 + 0.125 + 0.125);
        assert_eq!(kink.rounding, NOISE_OF_ONE_SIDE * least / H);
        let mirrored = ladder(|t| -2.0 * t.abs() + 3.0 * t, 0.0).kink().unwrap();
        assert_eq!((mirrored.low, mirrored.high), (1.0, 5.0));
        // a jump of 2·s between the slopes of s·|t| is one if it exceeds what noise explains
        let jump = |slope: f64| ladder(|t| slope * t.abs(), H).kink().is_some();
        assert!(!jump(NOISE_OF_A_JUMP / 2.0) && jump(NOISE_OF_A_JUMP / 2.0 + 0.25));
    }

    #[test]
    fn what_is_granted_is_the_bound_on_noise_over_the_step_that_settled() {
        let noise = Noise { measured: 0.0, bound: 0.25 };
        // the first four steps settle at once, and the fifth says the same
        let h = FIRST_STEP / 8.0;
        let smooth = derivative(&mut |t| Ok(3.0 * t), 0.0, noise).unwrap();
        assert_eq!((smooth.low, smooth.high, smooth.status), (3.0, 3.0, Status::Smooth));
        assert_eq!(smooth.rounding, NOISE_OF_EXTRAPOLATION * 0.25 / h);
        let kink = derivative(&mut |t| Ok(t.abs()), 0.0, noise).unwrap();
        assert_eq!((kink.low, kink.high, kink.status), (-1.0, 1.0, Status::Kink));
        assert_eq!(kink.rounding, NOISE_OF_ONE_SIDE * 0.25 / h);
    }

    #[test]
    fn a_difference_at_a_64th_of_the_step_contradicts_what_it_can_tell_apart() {
        let line = ladder(|t| t, 1.0 / 1024.0);
        let estimate = Estimate::smooth(1.0, 0.25, 0.5);
        // C(h) is 1, so nothing of its own error is granted: the tolerance and 64 times noise/h
        let allowed = 0.75 + 64.0 * (1.0 / 1024.0) / H;
        let confirms = |slope: f64| line.confirm(&mut |t| Ok(slope * t), &estimate).unwrap();
        assert!(confirms(1.0 + allowed) && confirms(1.0 - allowed));
        assert!(!confirms(1.0 + allowed + H) && !confirms(1.0 - allowed - H));
        // where C(h) is off by 64, one more is granted
        let steep = ladder(|t| t * (1.0 + 64.0 * t * t / (H * H)), 0.0);
        let exact = Estimate::smooth(1.0, 0.0, 0.0);
        let confirms = |slope: f64| steep.confirm(&mut |t| Ok(slope * t), &exact).unwrap();
        assert!(confirms(2.0) && !confirms(2.0 + H));
        let asked = std::cell::RefCell::new(Vec::new());
        let mut recorded = |t| {
            asked.borrow_mut().push(t);
            Ok(t)
        };
        line.confirm(&mut recorded, &estimate).unwrap();
        assert_eq!(*asked.borrow(), [H / 64.0, -H / 64.0]);
    }

    /// The k-th differences of ±1, ∓1, … are ±2^k: the sixth tell most, 2^12 over 12!/(6!)².
    fn of_alternating_ones() -> f64 {
        (4096.0_f64 / 924.0).sqrt()
    }

    #[test]
    fn a_sample_knows_the_deviation_of_its_noise_and_how_often_it_moves() {
        let alternating = (0..9).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let Sample { deviation, moves } = Sample::of(alternating);
        assert!((deviation - of_alternating_ones()).abs() <= UNIT_ROUNDOFF * 8.0);
        assert_eq!(moves, 8);
        // what is smooth has vanished from the fourth differences on
        let cubic = Sample::of((0..9).map(|i| power(f64::from(i), 3)).collect());
        assert_eq!((cubic.deviation, cubic.moves), (0.0, 8));
        // of one step up, the sixth differences are −5, 10 and −10
        let step = Sample::of((0..9).map(|i| f64::from(u8::from(i > 4))).collect());
        assert!((step.deviation - (225.0_f64 / 3.0 / 924.0).sqrt()).abs() <= UNIT_ROUNDOFF);
        assert_eq!(step.moves, 1);
    }

    /// Asks three lines that alternate between ± their heights, spacing by spacing, as often as
    /// they are told to, and tells the deviation found and how often each line was asked.
    fn asked(heights: [[f64; 3]; SPACINGS.len()], turns: usize) -> (f64, usize) {
        let calls = std::cell::Cell::new(0);
        let line = |k: usize| -> Box<Line<'_>> {
            let (heights, calls, mut own) = (&heights, &calls, 0);
            Box::new(move |_| {
                let (spacing, i) = (own / POINTS, own % POINTS);
                own += 1;
                calls.set(calls.get() + 1);
                let down = i.min(turns) % 2 == 1;
                Ok(if down { 0.0 - heights[spacing][k] } else { heights[spacing][k] })
            })
        };
        let found = noise(&mut [line(0), line(1), line(2)]).unwrap();
        (found / (STANDARD_DEVIATIONS_OF_NOISE * of_alternating_ones()), calls.get() / (3 * POINTS))
    }

    #[test]
    fn noise_is_the_most_at_fine_spacings_and_the_median_at_coarser_ones() {
        let near = |a: f64, b: f64| (a - b).abs() <= UNIT_ROUNDOFF * 64.0 * b;
        let fine = [1.0, 2.0, 3.0];
        let far = [100.0; 3];
        let (found, spacings) = asked([fine, [1.0; 3], [1.0; 3], far, far], POINTS);
        assert!(near(found, 3.0) && spacings == ALWAYS_ASKED, "{found} {spacings}");
        let (found, _) = asked([fine, [1.0, 9.0, 2.0], [1.0; 3], far, far], POINTS);
        assert!(near(found, 9.0), "{found}");
        let (found, _) = asked([fine, fine, [20.0, 1.0, 7.0], far, far], POINTS);
        assert!(near(found, 7.0), "{found}");
        // a line that is constant sends all of them to the next spacing
        let constant = [0.0, 1.0, 1.0];
        let (found, spacings) = asked([fine, fine, constant, [50.0, 1.0, 8.0], far], POINTS);
        assert!(near(found, 8.0) && spacings == 4, "{found} {spacings}");
        let (_, spacings) = asked([fine, fine, constant, constant, constant], POINTS);
        assert_eq!(spacings, SPACINGS.len());
        // to move at half of the steps is to move
        assert_eq!(asked([fine; 5], 4).1, ALWAYS_ASKED);
        assert_eq!(asked([fine; 5], 3).1, SPACINGS.len());
    }

    #[test]
    fn a_ripple_that_the_ladder_steps_over_is_seen_at_the_smaller_step() {
        // zero at every step of the first ladders, and a hundredth of the slope at 0
        let period = 5.0 / 1024.0;
        let ripple = |t: f64| period / TAU * 0.01 * libm::sin(TAU * t / period);
        let mut phi = |t: f64| Ok(t + ripple(t));
        let noise = Noise { measured: 1e-16, bound: 1e-16 };
        let estimate = derivative(&mut phi, 0.0, noise).unwrap();
        assert!(estimate.accepts(1.01) && !estimate.accepts(1.0), "{estimate:?}");
    }
}
