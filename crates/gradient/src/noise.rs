//! The error of one evaluation of a function, measured on lines through the point.
//!
//! It knows nothing of gradients. Start at [`noise`].
//!
//! ```text
//! for each spacing, the finest first:
//!     take 9 equally spaced values on each line
//!     σ := the most that their high differences show at fine spacings, the median at coarser ones
//!     stop after three spacings, unless the function hardly moves at them
//! grain := the step between two neighbours on lines that hardly move at the finest spacing
//! noise := 16 · max(σ, grain/√12), and at least one unit in the last place
//! ```

use super::difference::Line;
use init_symmetry_network::Result;
use init_symmetry_network::tolerance::{
    DEVIATION_OF_A_GRAIN, STANDARD_DEVIATIONS_OF_NOISE, UNIT_ROUNDOFF_OF_F32, least_noise,
};

/// What the values of a function near a point say of its rounding.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Measured {
    /// The bound on the error of one evaluation.
    pub(crate) noise: f64,
    /// The smallest step that the function takes where it is constant at the nearest points; 0
    /// where it moves. A loss in single precision has steps of some 6e−8 of itself.
    pub(crate) grain: f64,
}

/// The orders of difference that carry only noise at the spacings below.
const ORDERS: std::ops::RangeInclusive<usize> = 4..=6;
/// Relative to the parameters, fine ones first. Errors at very near points are much alike, so three
/// spacings are always asked; the other ones are for functions that are constant at those, as
/// losses of saturated units are. Coarse ones find kinks and take them for noise.
const SPACINGS: [f64; 6] = [
    1.25 / (1_u64 << 44) as f64,
    1.25 / (1_u64 << 40) as f64,
    1.25 / (1_u64 << 36) as f64,
    1.25 / (1_u64 << 28) as f64,
    1.25 / (1_u64 << 20) as f64,
    1.25 / (1_u64 << 12) as f64,
];
const ALWAYS_ASKED: usize = 3;
const POINTS: usize = 9;
/// Where another value is looked for on a line that is constant at all spacings: parameters may be
/// small, so that far in units of their own is near.
const FAR: [f64; 8] = [1.0 / 64.0, 1.0 / 16.0, 1.0 / 4.0, 1.0, 8.0, 64.0, 512.0, 4096.0];
/// From the farthest place down to the finest spacing, bisection takes so many steps.
const BISECTIONS: usize = 57;

/// The most evaluations that [`noise`] makes on `lines` lines.
pub(crate) const fn most_evaluations_for_noise(lines: usize) -> usize {
    lines * (SPACINGS.len() * POINTS + FAR.len() + BISECTIONS)
}

/// The bound on the error of one evaluation, from the high differences of φ on the given lines.
///
/// The k-th difference of pure noise of standard deviation σ has variance σ²·(2k)!/(k!)²; what is
/// smooth in φ has vanished from it. At the finest spacings the noisiest line counts; at coarser
/// ones the median, which keeps a kink on one of the lines out. High differences of a staircase may
/// vanish, too, so its step counts beside them.
///
/// Source: Moré & Wild 2011, Estimating computational noise, section 2.
pub(crate) fn noise(lines: &mut [Box<Line<'_>>]) -> Result<Measured> {
    let (mut deviation, mut largest_value) = (0.0_f64, 0.0_f64);
    let mut is_single = true;
    let mut stairs = vec![Stairs::default(); lines.len()];
    for (asked, spacing) in (1..).zip(SPACINGS) {
        let mut samples = Vec::with_capacity(lines.len());
        for (phi, stairs) in lines.iter_mut().zip(&mut stairs) {
            let mut values = Vec::with_capacity(POINTS);
            for i in 0..POINTS {
                values.push(phi(i as f64 * spacing)?);
            }
            largest_value = values.iter().fold(largest_value, |most, v| most.max(v.abs()));
            is_single &= values.iter().all(|&v| f64::from(v as f32).to_bits() == v.to_bits());
            stairs.see(&values, spacing);
            samples.push(Sample::of(values));
        }
        samples.sort_by(|a, b| a.deviation.total_cmp(&b.deviation));
        let counts =
            if asked < ALWAYS_ASKED { samples.len().saturating_sub(1) } else { samples.len() / 2 };
        deviation = samples.get(counts).map_or(deviation, |line| deviation.max(line.deviation));
        let moves = samples.iter().any(|sample| 2 * sample.moves >= POINTS - 1);
        if asked >= ALWAYS_ASKED && moves {
            break;
        }
    }
    let mut grain = 0.0_f64;
    for (phi, stairs) in lines.iter_mut().zip(&stairs) {
        grain = grain.max(stairs.grain(phi)?);
    }
    // a constant may be one of single precision, but moves in no steps
    let of_single = if is_single { UNIT_ROUNDOFF_OF_F32 * largest_value } else { 0.0 };
    let deviation = deviation.max(DEVIATION_OF_A_GRAIN * grain.max(of_single));
    let noise = (STANDARD_DEVIATIONS_OF_NOISE * deviation).max(least_noise(largest_value));
    Ok(Measured { noise, grain })
}

/// What is known of a line on which the function hardly moves at the finest spacing.
#[derive(Debug, Clone, Copy, Default)]
struct Stairs {
    /// The value at 0, if it stays for most of the finest spacing.
    at_zero: Option<f64>,
    /// The first place found with another value.
    changed: Option<f64>,
}

impl Stairs {
    fn see(&mut self, values: &[f64], spacing: f64) {
        if spacing <= SPACINGS[0] {
            let moves = Sample::moves_of(values);
            self.at_zero = (2 * moves < POINTS - 1 && values[0].is_finite()).then_some(values[0]);
        }
        if self.changed.is_none()
            && let Some(at_zero) = self.at_zero
        {
            let first = values.iter().position(|value| differ(*value, at_zero));
            self.changed = first.map(|i| i as f64 * spacing);
        }
    }

    /// The difference of two neighbours, by bisection: 0 if none is found, and next to nothing
    /// where the function begins to move without a step.
    fn grain(&self, phi: &mut Line<'_>) -> Result<f64> {
        let Some(at_zero) = self.at_zero else { return Ok(0.0) };
        let mut place = self.changed;
        for far in FAR {
            if place.is_some() {
                break;
            }
            let value = phi(far)?;
            if !value.is_finite() {
                return Ok(0.0);
            }
            place = differ(value, at_zero).then_some(far);
        }
        let Some(changed) = place else { return Ok(0.0) };
        let (mut low, mut high) = (0.0, changed);
        let (mut below, mut above) = (at_zero, phi(changed)?);
        for _ in 0..BISECTIONS {
            if high - low <= SPACINGS[0] {
                break;
            }
            let middle = low + (high - low) / 2.0;
            let value = phi(middle)?;
            if !differ(value, below) {
                (low, below) = (middle, value);
            } else {
                (high, above) = (middle, value);
            }
        }
        let step = (above - below).abs();
        Ok(if step.is_finite() { step } else { 0.0 })
    }
}

/// Other bits, but for the sign of zero.
fn differ(a: f64, b: f64) -> bool {
    a.to_bits() != b.to_bits() && !(a == 0.0 && b == 0.0)
}

/// Equally spaced values on one line.
struct Sample {
    /// The standard deviation of their noise.
    deviation: f64,
    /// How often the value is another one at the next point.
    moves: usize,
}

impl Sample {
    fn moves_of(values: &[f64]) -> usize {
        values.windows(2).filter(|pair| differ(pair[0], pair[1])).count()
    }

    fn of(values: Vec<f64>) -> Self {
        let moves = Self::moves_of(&values);
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

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::tolerance::UNIT_ROUNDOFF;

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
        let cubic =
            Sample::of((0..9).map(|i| f64::from(i) * f64::from(i) * f64::from(i)).collect());
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
                let (spacing, i) = ((own / POINTS).min(SPACINGS.len() - 1), own % POINTS);
                own += 1;
                calls.set(calls.get() + 1);
                let down = i.min(turns) % 2 == 1;
                Ok(if down { 0.0 - heights[spacing][k] } else { heights[spacing][k] })
            })
        };
        let found = noise(&mut [line(0), line(1), line(2)]).unwrap().noise;
        (found / (STANDARD_DEVIATIONS_OF_NOISE * of_alternating_ones()), calls.get() / (3 * POINTS))
    }

    #[test]
    fn noise_is_the_most_at_fine_spacings_and_the_median_at_coarser_ones() {
        let near = |a: f64, b: f64| (a - b).abs() <= UNIT_ROUNDOFF * 64.0 * b;
        let fine = [1.0, 2.0, 3.0];
        let far = [100.0; 3];
        let (found, spacings) = asked([fine, [1.0; 3], [1.0; 3], far, far, far], POINTS);
        assert!(near(found, 3.0) && spacings == ALWAYS_ASKED, "{found} {spacings}");
        let (found, _) = asked([fine, [1.0, 9.0, 2.0], [1.0; 3], far, far, far], POINTS);
        assert!(near(found, 9.0), "{found}");
        let (found, _) = asked([fine, fine, [20.0, 1.0, 7.0], far, far, far], POINTS);
        assert!(near(found, 7.0), "{found}");
        // lines of which none moves send all of them to the next spacing
        let constant = [0.0; 3];
        let (found, spacings) = asked([fine, fine, constant, [50.0, 1.0, 8.0], far, far], POINTS);
        assert!(near(found, 8.0) && spacings == 4, "{found} {spacings}");
        let one_moves = [0.0, 1.0, 0.0];
        assert_eq!(asked([fine, fine, one_moves, far, far, far], POINTS).1, ALWAYS_ASKED);
        let (_, spacings) = asked([fine, fine, constant, constant, constant, constant], POINTS);
        assert_eq!(spacings, SPACINGS.len());
        // to move at half of the steps is to move
        assert_eq!(asked([fine; 6], 4).1, ALWAYS_ASKED);
        assert_eq!(asked([fine; 6], 3).1, SPACINGS.len());
    }

    /// 2^−30: what a bisection leaves of a step.
    const NEARLY: f64 = 1.0 / (1_u64 << 30) as f64;

    fn measured(phi: impl Fn(f64) -> f64) -> Measured {
        noise(&mut [Box::new(move |t| Ok(phi(t))) as Box<Line<'_>>]).unwrap()
    }

    #[test]
    fn a_staircase_has_its_step_as_noise_even_where_its_differences_vanish() {
        for unit in [1e-3, 1e-6, 1.0 / 1024.0] {
            let stairs = |slope: f64| move |t: f64| libm::floor(slope * t / unit) * unit;
            for slope in [0.25, 0.3, 1.0, 3.7, 1e3] {
                let Measured { noise, grain } = measured(stairs(slope));
                assert!((grain - unit).abs() < NEARLY * unit, "{grain} for {unit}, {slope}");
                assert!(noise >= STANDARD_DEVIATIONS_OF_NOISE * DEVIATION_OF_A_GRAIN * grain);
            }
        }
    }

    #[test]
    fn the_step_is_found_wherever_the_line_first_moves() {
        for place in [1e-9, 0.3, 5.0, 40.0, 300.0, 3000.0] {
            let Measured { grain, .. } = measured(|t| if t < place { 2.0 } else { 2.5 });
            assert_eq!(grain, 0.5, "{place}");
        }
    }

    #[test]
    fn a_loss_in_single_precision_has_its_noise_even_where_it_is_constant() {
        let single = |t: f64| f64::from((3.0 + t) as f32);
        assert!(measured(single).noise >= 3.0 * f64::from(f32::EPSILON));
        let constant = measured(|_| 1.0);
        assert!(constant.noise >= f64::from(f32::EPSILON), "who knows");
        assert_eq!(constant.grain, 0.0, "of a loss that does not move no step is told");
        let double = measured(|t| 3.0 + t);
        assert!(double.noise < 512.0 * UNIT_ROUNDOFF && double.grain == 0.0, "{double:?}");
    }

    #[test]
    fn a_line_that_is_flat_and_then_moves_without_a_step_is_not_noisy() {
        for kink in [0.01, 0.05, 0.3] {
            let Measured { noise, .. } = measured(|t| 0.1 + (t - kink).max(0.0));
            assert!(noise < NEARLY, "{noise} for {kink}");
        }
    }
}
