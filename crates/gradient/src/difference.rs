//! Differences along a line whose step is chosen, and whose error is bounded, by themselves.
//!
//! φ(t) is the loss at θ + t·v. Nothing is known of it, so every estimate has to hold at smaller
//! steps, too. Start at [`derivative`].
//!
//! ```text
//! for h := 5/16, 5/32, …:
//!     R(h) := central differences at h, 2h, 4h and 8h, extrapolated to sixth order (Richardson)
//!     go on while its truncation is larger than what rounding makes of it
//!     if the slopes on the two sides differ: a kink, if plain differences at h/8, h/64, h/4096, …
//!         show the same two slopes
//!     else if R(2h) had settled, too: R(2h), if plain differences at h/64, h/4096, … agree
//!     where a smaller step h' contradicts, something lives on its scale: go on from 16·h'
//! ```

use super::estimate::{Estimate, Status};
use init_symmetry_network::Result;
use init_symmetry_network::tolerance::{
    NOISE_OF_A_JUMP, NOISE_OF_A_SIDE, NOISE_OF_EXTRAPOLATION, NOISE_OF_ONE_SIDE, least_noise,
};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;

/// The loss along a line.
pub(crate) type Line<'a> = dyn FnMut(f64) -> Result<f64> + 'a;

/// The largest step, in units of the direction. Five sixteenths of powers of two are exact in f64,
/// and no period that a programmer would write is a multiple of all of them.
const FIRST_STEP: f64 = 5.0 / 16.0;
/// After so many halvings, differences know nothing any more.
const MOST_STEPS: usize = 40;
/// Outside the domain, halving would take too long.
const RETREAT: f64 = 1.0 / 16.0;
/// How much smaller each step is at which a result is confirmed.
const CONFIRMATION: f64 = 1.0 / 64.0;
/// The first of those steps for a kink, which may be small.
const CONFIRMATION_OF_A_KINK: f64 = 1.0 / 8.0;
/// The smallest step, relative to a parameter: rounding of that takes a thousandth of it.
pub(crate) const SMALLEST_STEP: f64 = 1.0 / (1_u64 << 42) as f64;
/// So many of them at a time.
const MOST_CONFIRMATIONS: usize = 8;
/// After so many contradictions the function is not one that differences can follow.
const MOST_CONTRADICTIONS: usize = 4;
/// Where the next ladder begins, in steps that contradicted the last one.
const DESCENT: f64 = 16.0;

/// The most evaluations of one slope: two per step and two per confirmation.
pub(crate) const MOST_EVALUATIONS_PER_SLOPE: usize =
    2 * MOST_STEPS + 2 * MOST_CONFIRMATIONS * (MOST_CONTRADICTIONS + 1);

/// The error of one evaluation, and of the place at which it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// What near points show. It says how small a step is worth taking: a bound for the worst case
    /// would stop where a kink or a bend still hides below it.
    pub(crate) measured: f64,
    /// What it cannot exceed, as far as is known: what the result is granted.
    pub(crate) bound: f64,
    /// The smallest step that rounding of the parameters leaves nearly as it is.
    pub(crate) smallest_step: f64,
}

/// φ at ±h.
#[derive(Debug, Clone, Copy)]
struct Pair {
    h: f64,
    plus: f64,
    minus: f64,
}

impl Pair {
    fn at(phi: &mut Line<'_>, h: f64) -> Result<Self> {
        Ok(Self { h, plus: phi(h)?, minus: phi(-h)? })
    }

    fn is_finite(&self) -> bool {
        self.plus.is_finite() && self.minus.is_finite()
    }

    fn central(&self) -> f64 {
        (self.plus - self.minus) / (2.0 * self.h)
    }

    fn right(&self, at_zero: f64) -> f64 {
        (self.plus - at_zero) / self.h
    }

    fn left(&self, at_zero: f64) -> f64 {
        (at_zero - self.minus) / self.h
    }

    /// (φ(h) − 2φ(0) + φ(−h))/h, which tends to the jump of the slope at 0.
    fn bend(&self, at_zero: f64) -> f64 {
        ((self.plus - at_zero) + (self.minus - at_zero)) / self.h
    }
}

/// φ'(0) with its error bound.
pub(crate) fn derivative(phi: &mut Line<'_>, at_zero: f64, noise: Noise) -> Result<Estimate> {
    let (mut h, mut pairs) = (FIRST_STEP, Vec::<Pair>::new());
    let (mut status, mut contradictions) = (Status::NotConverged, 0);
    // One ladder may settle by chance where a kink or a steep bend lies on it; hardly two in a row.
    let mut before: Option<Estimate> = None;
    for _ in 0..MOST_STEPS {
        if h < noise.smallest_step {
            break;
        }
        let pair = Pair::at(phi, h)?;
        if !pair.is_finite() {
            status = Status::DomainEdge;
            (pairs, before) = (Vec::new(), None);
            h *= RETREAT;
            continue;
        }
        pairs.push(pair);
        h *= 0.5;
        let [.., eightfold, fourfold, twofold, single] = pairs[..] else { continue };
        status = Status::NotConverged;
        let ladder = Ladder { pairs: [single, twofold, fourfold, eightfold], at_zero, noise };
        let found = match ladder.settle(before.take()) {
            Settled::Not => continue,
            Settled::Once(estimate) => {
                before = Some(estimate);
                continue;
            }
            Settled::Smooth(estimate) => (estimate, ladder.contradicts_slope(phi, &estimate)?),
            Settled::Kink(kink) => (kink.estimate, ladder.contradicts_kink(phi, &kink)?),
        };
        let (estimate, contradiction) = found;
        let Some(smaller) = contradiction else { return Ok(estimate) };
        contradictions += 1;
        if contradictions > MOST_CONTRADICTIONS {
            break;
        }
        h = h.min(DESCENT * smaller);
        pairs.clear();
    }
    Ok(Estimate::nothing(status))
}

/// What a ladder says.
enum Settled {
    /// Truncation is larger than rounding.
    Not,
    /// It is not, but the ladder before had not settled.
    Once(Estimate),
    /// Two ladders in a row agree on one slope.
    Smooth(Estimate),
    /// There are two slopes.
    Kink(Kink),
}

/// φ at ±h, ±2h, ±4h and ±8h, the smallest step first.
struct Ladder {
    pairs: [Pair; 4],
    at_zero: f64,
    noise: Noise,
}

impl Ladder {
    fn h(&self) -> f64 {
        self.pairs[0].h
    }

    /// The error of one evaluation over h, from the noise measured.
    fn noise_over_h(&self) -> f64 {
        let largest = self.pairs.iter().fold(self.at_zero.abs(), |largest, pair| {
            largest.max(pair.plus.abs()).max(pair.minus.abs())
        });
        self.noise.measured.max(least_noise(largest)) / self.h()
    }

    /// The same from the bound on noise.
    fn bound_over_h(&self) -> f64 {
        self.noise_over_h().max(self.noise.bound / self.h())
    }

    fn settle(&self, before: Option<Estimate>) -> Settled {
        let estimate = self.extrapolate();
        if estimate.truncation > NOISE_OF_EXTRAPOLATION * self.noise_over_h() {
            return Settled::Not;
        }
        let Jump { slope: jump, truncation } = self.jump();
        if jump.abs() > truncation + NOISE_OF_A_JUMP * self.noise_over_h() {
            return Settled::Kink(self.kink());
        }
        // Rounding may hide a jump, and then either side is the derivative.
        let estimate =
            Estimate { truncation: estimate.truncation.max(jump.abs() / 2.0), ..estimate };
        let Some(before) = before else { return Settled::Once(estimate) };
        // What is hidden below the noise is twice as large here, so the difference bounds it.
        let apart = (before.low - estimate.low).abs();
        Settled::Smooth(Estimate { truncation: before.truncation.max(apart), ..before })
    }

    fn extrapolate(&self) -> Estimate {
        let [c_1, c_2, c_4, c_8] = self.pairs.map(|pair| pair.central());
        let [d_1, d_2, d_4] =
            [(c_1, c_2), (c_2, c_4), (c_4, c_8)].map(|(c, c_2)| (4.0 * c - c_2) / 3.0);
        let [r_1, r_2] = [(d_1, d_2), (d_2, d_4)].map(|(d, d_2)| d + (d - d_2) / 15.0);
        let rounding = NOISE_OF_EXTRAPOLATION * self.bound_over_h();
        // The error of D(h) bounds that of R(h), and so does that of R(2h). Either may vanish by
        // chance where two orders of the series cancel; rarely both.
        let truncation = (r_1 - d_1).abs().max((r_1 - r_2).abs());
        Estimate::smooth(r_1, truncation, rounding)
    }

    /// The slope on the right less that on the left: odd powers of h taken out of the bend.
    fn jump(&self) -> Jump {
        let [s_1, s_2, s_4, s_8] = self.pairs.map(|pair| pair.bend(self.at_zero));
        let [j_1, j_2, j_4] = [(s_1, s_2), (s_2, s_4), (s_4, s_8)].map(|(s, s_2)| 2.0 * s - s_2);
        let [k_1, k_2] = [(j_1, j_2), (j_2, j_4)].map(|(j, j_2)| j + (j - j_2) / 7.0);
        let l_1 = k_1 + (k_1 - k_2) / 31.0;
        Jump { slope: l_1, truncation: (l_1 - k_1).abs() }
    }

    fn kink(&self) -> Kink {
        let right = self.one_side(|pair| pair.right(self.at_zero));
        let left = self.one_side(|pair| pair.left(self.at_zero));
        let estimate = Estimate {
            low: right.slope.min(left.slope),
            high: right.slope.max(left.slope),
            truncation: right.truncation.max(left.truncation),
            rounding: NOISE_OF_ONE_SIDE * self.bound_over_h(),
            status: Status::Kink,
        };
        Kink { right: right.slope, left: left.slope, estimate }
    }

    fn one_side(&self, forward: impl Fn(&Pair) -> f64) -> Jump {
        let [f_1, f_2, f_4] = [0, 1, 2].map(|i| forward(&self.pairs[i]));
        let (g_1, g_2) = (2.0 * f_1 - f_2, 2.0 * f_2 - f_4);
        let correction = (g_1 - g_2) / 3.0;
        Jump { slope: g_1 + correction, truncation: correction.abs() }
    }

    /// The smaller steps at which a result is confirmed.
    fn confirmations(&self, first: f64) -> impl Iterator<Item = f64> + use<> {
        let steps = std::iter::successors(Some(self.h() * first), |h| Some(h * CONFIRMATION));
        let smallest = self.noise.smallest_step;
        steps.take_while(move |&h| h >= smallest).take(MOST_CONFIRMATIONS)
    }

    /// The smaller step at which a plain difference is another one, if there is any: what lives on
    /// a finer scale than the ladder (a narrow bump, a period that it hits) shows itself there.
    fn contradicts_slope(&self, phi: &mut Line<'_>, found: &Estimate) -> Result<Option<f64>> {
        // C(h) is off by c·h² to leading order, so at the small step by c·h²/64² and less.
        let truncation = (self.pairs[0].central() - found.low).abs() * CONFIRMATION;
        for h in self.confirmations(CONFIRMATION) {
            let allowed = found.tolerance() + truncation + self.bound_over_h() * self.h() / h;
            let apart = (Pair::at(phi, h)?.central() - found.low).abs();
            if apart.is_nan() || apart > allowed {
                return Ok(Some(h));
            }
        }
        Ok(None)
    }

    /// The same for the slopes on both sides.
    fn contradicts_kink(&self, phi: &mut Line<'_>, kink: &Kink) -> Result<Option<f64>> {
        let tolerance = kink.estimate.tolerance();
        for h in self.confirmations(CONFIRMATION_OF_A_KINK) {
            let noise = NOISE_OF_A_SIDE * self.bound_over_h() * self.h() / h;
            let small = Pair::at(phi, h)?;
            // F(h) is off by c·h to leading order.
            let is_off = |small: f64, at_h: f64, slope: f64| {
                let truncation = (at_h - slope).abs() * h / self.h();
                let apart = (small - slope).abs();
                apart.is_nan() || apart > tolerance + truncation + noise
            };
            let at = self.at_zero;
            let right = is_off(small.right(at), self.pairs[0].right(at), kink.right);
            let left = is_off(small.left(at), self.pairs[0].left(at), kink.left);
            if right || left {
                return Ok(Some(h));
            }
        }
        Ok(None)
    }
}

/// A slope, or a jump of it, with what its series leaves out.
struct Jump {
    slope: f64,
    truncation: f64,
}

/// Two slopes.
struct Kink {
    right: f64,
    left: f64,
    estimate: Estimate,
}

/// Between ½ and 1 in steps of 2^−20, of either sign: no coordinate of a direction is so small that
/// it hides an error, and few of them add up to exactly nothing.
pub(crate) fn floored(random: &mut ChaCha20Rng) -> f64 {
    const STEPS: u32 = 1 << 20;
    let size = f64::from(random.random_range(STEPS / 2..=STEPS)) / f64::from(STEPS);
    if random.random_range(0_u32..2) == 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::tolerance::UNIT_ROUNDOFF;
    use std::f64::consts::TAU;

    const H: f64 = 1.0 / 16.0;

    /// Of a sum of few terms without noise.
    const NEARLY: f64 = 1.0 / (1_u64 << 40) as f64;
    /// What a derivative has to be known to: a millionth.
    const WELL: f64 = 1.0 / (1 << 20) as f64;

    fn exact(noise: f64) -> Noise {
        Noise { measured: noise, bound: noise, smallest_step: SMALLEST_STEP }
    }

    fn ladder(phi: impl Fn(f64) -> f64, noise: f64) -> Ladder {
        let pairs = [H, 2.0 * H, 4.0 * H, 8.0 * H];
        let pairs = pairs.map(|h| Pair { h, plus: phi(h), minus: phi(-h) });
        Ladder { pairs, at_zero: phi(0.0), noise: exact(noise) }
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
        let least = least_noise(3.0 + 8.0 * H);
        assert_eq!(rounding(0.0), NOISE_OF_EXTRAPOLATION * least / H);
    }

    #[test]
    fn a_kink_has_the_slopes_of_both_sides_and_a_bend_is_none() {
        // one side: F(h) = s + c·h + d·h², G(h) = s − 2d·h², and a third of G(h) − G(2h) is 2d·h²
        let bent = |t: f64| 3.0 * t + 0.5 * t * t + power(t, 3);
        let settle = |ladder: Ladder| match ladder.settle(None) {
            Settled::Kink(kink) => Some(kink.estimate),
            _ => None,
        };
        assert_eq!(settle(ladder(bent, 0.0)), None);
        let found = ladder(|t| 2.0 * t.abs() + bent(t), 0.0).kink();
        assert_eq!((found.left, found.right), (1.0, 5.0));
        let kink = found.estimate;
        assert_eq!((kink.low, kink.high, kink.status), (1.0, 5.0, Status::Kink));
        assert_eq!(kink.truncation, 2.0 * H * H);
        let least = least_noise(1.0 + 1.5 + 0.125 + 0.125);
        assert_eq!(kink.rounding, NOISE_OF_ONE_SIDE * least / H);
        let mirrored = settle(ladder(|t| -2.0 * t.abs() + 3.0 * t, 0.0)).unwrap();
        assert_eq!((mirrored.low, mirrored.high), (1.0, 5.0));
        // a jump of 2·s between the slopes of s·|t| is one if it exceeds what noise explains
        let is_kink = |slope: f64| settle(ladder(|t| slope * t.abs(), H)).is_some();
        assert!(!is_kink(NOISE_OF_A_JUMP / 2.0) && is_kink(NOISE_OF_A_JUMP / 2.0 + 0.25));
    }

    #[test]
    fn the_jump_is_free_of_the_odd_powers_that_a_smooth_bend_has() {
        let jump = |phi: fn(f64) -> f64| ladder(phi, 0.0).jump();
        for (phi, slope) in [
            ((|t| 3.0 * t.abs()) as fn(f64) -> f64, 6.0),
            (|t| 3.0 * t.abs() + t * t, 6.0),
            (|t| 3.0 * t.abs() + power(t, 4), 6.0),
            (|t| 3.0 * t.abs() + power(t, 6), 6.0),
            (|t| power(t, 4) + power(t, 6) + 7.0 * t, 0.0),
        ] {
            assert!((jump(phi).slope - slope).abs() <= 64.0 * UNIT_ROUNDOFF);
        }
        // of t⁸, 2h⁷ are left of S(h), (2 − 2^7) times that of J, then (8 − 2^7)/7, (32 − 2^7)/31
        let left = 2.0 * power(H, 7) * (2.0 - 128.0) * (8.0 - 128.0) / 7.0;
        let Jump { slope, truncation } = jump(|t| power(t, 8));
        let near = |a: f64, b: f64| (a - b).abs() <= NEARLY * b.abs();
        assert!(near(slope, left * (32.0 - 128.0) / 31.0), "{slope}");
        assert!(near(truncation, (left - slope).abs()), "{truncation}");
    }

    #[test]
    fn two_ladders_that_settle_bound_what_noise_hides_by_their_difference() {
        let line = ladder(|t| 3.0 * t, 1.0);
        let before = Estimate::smooth(3.5, 0.25, 1.0);
        match line.settle(Some(before)) {
            Settled::Smooth(found) => assert_eq!((found.low, found.truncation), (3.5, 0.5)),
            _ => panic!("it settles"),
        }
        assert!(matches!(line.settle(None), Settled::Once(_)));
        // a jump that noise hides is granted by half, for either side may be the derivative
        let hidden = ladder(|t| 3.0 * t + t.abs(), 1.0);
        match hidden.settle(None) {
            Settled::Once(found) => assert_eq!((found.low, found.truncation), (3.0, 1.0)),
            _ => panic!("the jump of 2 is below the noise of 12.7/h"),
        }
        assert!(matches!(ladder(|t| power(t, 7), 0.0).settle(None), Settled::Not));
    }

    #[test]
    fn a_bump_that_looks_like_a_kink_is_followed_down_to_its_own_scale() {
        let noise = exact(1e-16);
        for width in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] {
            let bump = |t: f64| libm::exp(-power((t + width / 2.0) / width, 2));
            let due = -libm::exp(-0.25) / width;
            let found = derivative(&mut |t| Ok(bump(t)), bump(0.0), noise).unwrap();
            assert_eq!(found.status, Status::Smooth, "{width}");
            assert!(found.accepts(due) && found.tolerance() < WELL * due.abs(), "{found:?}");
        }
    }

    #[test]
    fn what_is_granted_is_the_bound_on_noise_over_the_step_that_settled() {
        let noise = Noise { measured: 0.0, ..exact(0.25) };
        // the first four steps settle at once, and the fifth says the same
        let h = FIRST_STEP / 8.0;
        let smooth = derivative(&mut |t| Ok(3.0 * t), 0.0, noise).unwrap();
        assert_eq!((smooth.low, smooth.high, smooth.status), (3.0, 3.0, Status::Smooth));
        assert_eq!(smooth.rounding, NOISE_OF_EXTRAPOLATION * (0.25 / h));
        let kink = derivative(&mut |t| Ok(t.abs()), 0.0, noise).unwrap();
        assert_eq!((kink.low, kink.high, kink.status), (-1.0, 1.0, Status::Kink));
        assert_eq!(kink.rounding, NOISE_OF_ONE_SIDE * (0.25 / h));
    }

    #[test]
    fn a_difference_at_a_64th_of_the_step_contradicts_what_it_can_tell_apart() {
        let line = ladder(|t| t, 1.0 / 1024.0);
        let estimate = Estimate::smooth(1.0, 0.25, 0.5);
        // C(h) is 1, so nothing of its own error is granted: the tolerance and 64 times noise/h
        let allowed = 0.75 + 64.0 * (1.0 / 1024.0) / H;
        let first = |slope: f64| line.contradicts_slope(&mut |t| Ok(slope * t), &estimate).unwrap();
        assert_eq!([first(1.0 + allowed), first(1.0 - allowed)], [None; 2]);
        assert_eq!([first(1.0 + allowed + H), first(1.0 - allowed - H)], [Some(H / 64.0); 2]);
        // where C(h) is off by 64, one more is granted
        let steep = ladder(|t| t * (1.0 + 64.0 * t * t / (H * H)), 0.0);
        let exact = Estimate::smooth(1.0, 0.0, 0.0);
        let first = |slope: f64| steep.contradicts_slope(&mut |t| Ok(slope * t), &exact).unwrap();
        assert_eq!((first(2.0), first(2.0 + H)), (None, Some(H / 64.0)));
    }

    #[test]
    fn results_are_confirmed_at_every_64th_of_the_step_down_to_the_smallest() {
        let asked = std::cell::RefCell::new(Vec::new());
        let mut recorded = |t| {
            asked.borrow_mut().push(t);
            Ok(t)
        };
        let line = ladder(|t| t, 0.0);
        line.contradicts_slope(&mut recorded, &Estimate::smooth(1.0, 0.0, 0.0)).unwrap();
        let steps = |first: f64| -> Vec<f64> {
            let steps = std::iter::successors(Some(H * first), |h| Some(h / 64.0));
            steps.take_while(|&h| h >= SMALLEST_STEP).flat_map(|h| [h, -h]).collect()
        };
        assert_eq!(*asked.borrow(), steps(1.0 / 64.0));
        asked.borrow_mut().clear();
        let kink = Kink { right: 1.0, left: 1.0, estimate: Estimate::smooth(1.0, 0.0, 0.0) };
        line.contradicts_kink(
            &mut |t| {
                asked.borrow_mut().push(t);
                Ok(t)
            },
            &kink,
        )
        .unwrap();
        assert_eq!(*asked.borrow(), steps(1.0 / 8.0));
        assert!(asked.borrow().len() <= 2 * MOST_CONFIRMATIONS);
    }

    #[test]
    fn a_kink_is_contradicted_by_another_slope_on_either_side() {
        let kink = ladder(|t| 2.0 * t.abs() + t, 0.0);
        let found = kink.kink();
        let first = |phi: fn(f64) -> f64| kink.contradicts_kink(&mut |t| Ok(phi(t)), &found);
        assert_eq!(first(|t| 2.0 * t.abs() + t), Ok(None));
        assert_eq!(first(|t| if t > 0.0 { 3.1 * t } else { -t }), Ok(Some(H / 8.0)));
        assert_eq!(first(|t| if t > 0.0 { 3.0 * t } else { -1.1 * t }), Ok(Some(H / 8.0)));
        const WIDTH: f64 = H / (1 << 16) as f64;
        let narrow = |t: f64| if t.abs() < WIDTH { 9.0 * t } else { 2.0 * t.abs() + t };
        let step = first(narrow).unwrap().unwrap();
        assert!(step < WIDTH, "{step}");
    }

    #[test]
    fn a_ripple_that_the_ladder_steps_over_is_seen_at_the_smaller_step() {
        // zero at every step of the first ladders, and a hundredth of the slope at 0
        let period = 5.0 / 1024.0;
        let ripple = |t: f64| period / TAU * 0.01 * libm::sin(TAU * t / period);
        let mut phi = |t: f64| Ok(t + ripple(t));
        let noise = exact(1e-16);
        let estimate = derivative(&mut phi, 0.0, noise).unwrap();
        assert!(estimate.accepts(1.01) && !estimate.accepts(1.0), "{estimate:?}");
    }
}
