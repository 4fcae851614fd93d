//! How wide the checker's tolerances are, and which entries it samples, at drawn numbers of
//! parameters: what is granted is worked out from the noise, and a little more is not.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, Function, GradientReport, GradientVerdict,
    LossAndGradient, NetworkLoss, check, network_derivatives,
};
use init_symmetry_network::tolerance::{
    NOISE_OF_EXTRAPOLATION, NOISE_OF_ONE_SIDE, ROUNDINGS_OF_A_SLOPE, SIDES_OF_A_COMPARISON,
    STANDARD_DEVIATIONS_OF_NOISE, after_roundings,
};
use init_symmetry_network::{Activation, Batch, Loss, Network, Result};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::sample::Index;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The step of a difference of what is straight: the smallest of the first four, 5/16 and its
/// halves, which are extrapolated.
const STEP: f64 = 5.0 / 16.0 / 8.0;

/// The sum of a slope times each parameter, with another slope below 0.
struct Straight {
    below: Vec<f64>,
    above: Vec<f64>,
    /// What it says that its gradient is.
    claimed: Vec<f64>,
    /// What it says that its loss may be off by, far more than it is.
    rounding: f64,
    /// What its loss is off by at most, by chance.
    noise: f64,
}

impl Differentiable for Straight {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::new("x", self.above.len(), 1)]
    }

    fn evaluate(&self, x: &[f64]) -> Result<LossAndGradient> {
        Ok(LossAndGradient { loss: self.loss(x)?, gradient: self.claimed.clone() })
    }

    fn loss(&self, x: &[f64]) -> Result<f64> {
        let slopes = self.below.iter().zip(&self.above);
        let terms =
            slopes.zip(x).map(|((below, above), x)| if *x < 0.0 { below } else { above } * x);
        Ok(terms.sum::<f64>() + self.noise * by_chance(x))
    }

    fn rounding_of_loss(&self, _: &[f64]) -> Result<f64> {
        Ok(self.rounding)
    }
}

/// A number in [−1, 1) that is another one wherever a bit is: the mixing of SplitMix64.
fn by_chance(x: &[f64]) -> f64 {
    let mixed = x.iter().fold(1_u64, |state, x| {
        let state = (state ^ x.to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ state >> 31
    });
    mixed as f64 / (1_u64 << 63) as f64 - 1.0
}

/// A straight loss that is right about its slopes, and a point of sizes from 1 to 2.
fn straight(n: usize, seed: u64) -> (Straight, Vec<f64>) {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut signed = |least: u32, most: u32| {
        let size = f64::from(random.random_range(least..most)) / 16.0;
        if random.random() { size } else { -size }
    };
    let above: Vec<f64> = (0..n).map(|_| signed(8, 33)).collect();
    let point = (0..n).map(|_| signed(16, 32)).collect();
    let (below, claimed) = (above.clone(), above.clone());
    (Straight { below, above, claimed, rounding: 0.0, noise: 0.0 }, point)
}

fn count_of_parameters() -> impl Strategy<Value = usize> {
    prop_oneof![1..=12_usize, 1..=300_usize]
}

/// From 2^−24 to 2^−16: above the rounding of every loss here, and below what is too coarse.
fn noise() -> impl Strategy<Value = f64> {
    (16..=24_u32).prop_map(|power| 1.0 / f64::from(1 << power))
}

/// The report on a subject that claims something else in one place.
fn with_claim(subject: &Straight, point: &[f64], place: usize, claim: f64) -> GradientReport {
    let mut claimed = subject.claimed.clone();
    claimed[place] = claim;
    let Straight { below, above, rounding, noise, .. } = subject;
    let (below, above) = (below.clone(), above.clone());
    let subject = Straight { below, above, claimed, rounding: *rounding, noise: *noise };
    Check::default().differences(&subject, point).unwrap()
}

proptest! {
    #![proptest_config(drawn(48))]

    #[test]
    fn an_error_just_above_the_stated_rounding_is_a_mismatch_at_any_number_of_parameters(
        n in count_of_parameters(), place: Index, rounding in noise(), seed: u64,
        sign in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let (mut subject, point) = straight(n, seed);
        subject.rounding = rounding;
        let (place, granted) = (place.index(n), NOISE_OF_EXTRAPOLATION * rounding / STEP);
        let claim = |error: f64| subject.above[place] + sign * error * granted;
        let near = with_claim(&subject, &point, place, claim(0.75));
        prop_assert!(near.passed(), "{near}");
        let floor = near.blocks[0].detection_floor;
        prop_assert!(floor <= 2.5 * granted, "errors are seen from {floor}, not {granted}, on");
        let far = with_claim(&subject, &point, place, claim(1.25));
        prop_assert_eq!(far.verdict, GradientVerdict::Mismatch, "{}", far);
    }

    #[test]
    fn what_is_granted_to_a_noisy_loss_is_bounded_by_its_noise_at_any_number_of_parameters(
        n in count_of_parameters(), place: Index, noise in noise(), seed: u64,
    ) {
        let (mut subject, point) = straight(n, seed);
        subject.noise = noise;
        let place = place.index(n);
        let right = with_claim(&subject, &point, place, subject.above[place]);
        prop_assert!(right.passed(), "{right}");
        // no sixth difference is more than 2^6 times the noise, and its variance is 12!/(6!)²
        let most = STANDARD_DEVIATIONS_OF_NOISE * (4096.0_f64 / 924.0).sqrt() * noise;
        // truncation, which noise looks like, is granted up to as much again
        let granted = 2.0 * NOISE_OF_EXTRAPOLATION * most / STEP;
        let wrong = with_claim(&subject, &point, place, subject.above[place] + granted);
        prop_assert_eq!(wrong.verdict, GradientVerdict::Mismatch, "{}", wrong);
    }

    #[test]
    fn what_lies_outside_the_two_slopes_of_a_kink_is_a_mismatch_at_any_number_of_parameters(
        n in count_of_parameters(), place: Index, rounding in noise(), seed: u64,
        jump in 1..=32_i32, sign in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let (mut subject, mut point) = straight(n, seed);
        let (place, jump) = (place.index(n), f64::from(jump) / 16.0);
        subject.rounding = rounding;
        subject.below[place] = subject.above[place] + sign * jump;
        point[place] = 0.0;
        let slopes = (subject.below[place], subject.above[place]);
        let (low, high) = (slopes.0.min(slopes.1), slopes.0.max(slopes.1));
        let granted = NOISE_OF_ONE_SIDE * rounding / STEP;
        for claim in [low - 0.75 * granted, low + jump / 3.0, high + 0.75 * granted] {
            let report = with_claim(&subject, &point, place, claim);
            prop_assert!(report.passed() && report.blocks[0].kinks == 1, "{claim}: {report}");
        }
        for claim in [low - 1.25 * granted, high + 1.25 * granted] {
            let report = with_claim(&subject, &point, place, claim);
            prop_assert_eq!(report.verdict, GradientVerdict::Mismatch, "{}: {}", claim, report);
        }
    }
}

proptest! {
    #![proptest_config(drawn(64))]

    #[test]
    fn a_kink_at_any_distance_leaves_one_slope_at_the_point(
        power in 2..=20_i32, part in 1.0..2.0_f64, slopes in [-32..=32_i32, -32..=32_i32],
        side in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let [here, there] = slopes.map(|slope| f64::from(slope) / 16.0 + 1.0 / 32.0);
        prop_assume!(here != there);
        let kink = libm::ldexp(part, -power);
        let loss = |x: &[f64]| {
            let beyond = (side * x[0] - kink).max(0.0);
            1.0 + here * x[0] + side * (there - here) * beyond
        };
        let right = check(loss, |_| vec![here], &[0.0]);
        prop_assert!(right.passed() && right.blocks[0].kinks == 0, "{right}");
        for claim in [there, (here + there) / 2.0] {
            let wrong = check(loss, |_| vec![claim], &[0.0]);
            prop_assert_eq!(wrong.verdict, GradientVerdict::Mismatch, "{}: {}", claim, wrong);
        }
    }
}

/// Which single entries a sampling check moves, beside the point, and its report.
fn sampled(blocks: &[Block], count: usize, seed: u64) -> (BTreeSet<usize>, GradientReport) {
    let moved = RefCell::new(BTreeSet::new());
    let loss = |x: &[f64]| {
        let mut elsewhere = (0..x.len()).filter(|&place| x[place] != 1.0);
        if let (Some(place), None) = (elsewhere.next(), elsewhere.next()) {
            moved.borrow_mut().insert(place);
        }
        x.iter().sum()
    };
    let subject = Function::with_blocks(blocks.to_vec(), loss, |x: &[f64]| vec![1.0; x.len()]);
    let check = Check { seed, coverage: Coverage::Sampled(count), ..Check::default() };
    let point = vec![1.0; blocks.iter().map(Block::len).sum()];
    let report = check.differences(&subject, &point).unwrap();
    drop(subject);
    (moved.into_inner(), report)
}

proptest! {
    #![proptest_config(drawn(48))]

    #[test]
    fn sampling_comes_to_every_entry_of_every_block_with_some_seed(
        shapes in proptest::collection::vec((1..=4_usize, 1..=4_usize), 2..=3),
        count in 1..=4_usize, first in 0..1_u64 << 50,
    ) {
        // the last of at most 16 entries is left out by as many seeds once in 10^16 times
        const SEEDS: u64 = 600;
        let block = |(k, &(rows, columns)): (usize, &(usize, usize))| {
            Block::new(format!("w{k}"), rows, columns)
        };
        let blocks: Vec<Block> = shapes.iter().enumerate().map(block).collect();
        let all: usize = blocks.iter().map(Block::len).sum();
        let mut seen = BTreeSet::new();
        for seed in first..first + SEEDS {
            let (moved, report) = sampled(&blocks, count, seed);
            for (block, report) in blocks.iter().zip(&report.blocks) {
                prop_assert_eq!(report.checked, count.min(block.len()), "{}", block.name);
            }
            seen.extend(moved);
            if seen.len() == all {
                break;
            }
        }
        let never: Vec<usize> = (0..all).filter(|place| !seen.contains(place)).collect();
        prop_assert!(never.is_empty(), "never sampled: {never:?} of {blocks:?}");
    }
}

/// A linear network without hidden layer, its examples and a point, all of whole numbers so small
/// that every sum is exact.
#[derive(Debug)]
struct Regression {
    network: Network,
    batch: Batch<f64>,
    point: Vec<f64>,
}

fn regression() -> impl Strategy<Value = Regression> {
    let sizes = prop_oneof![(1..=300_usize, 1..=8_usize), (1..=4_usize, 1..=5000_usize)];
    (sizes, any::<u64>()).prop_map(|((n_x, m), seed)| {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut whole = || f64::from(random.random_range(1..=16)) - 8.5;
        let point = (0..=n_x).map(|_| 2.0 * whole()).collect();
        let x = Array2::from_shape_simple_fn((n_x, m), || 2.0 * whole());
        let y = Array2::from_shape_simple_fn((1, m), || 2.0 * whole());
        let network = Network::new(&[n_x, 1], Activation::Tanh, Loss::SquaredError).unwrap();
        Regression { network, batch: Batch::new(x, y).unwrap(), point }
    })
}

/// The derivative with respect to each weight and the bias times m, and the same sum of sizes: of
/// z the absolute values of its terms, with the largest that an input is in any example.
fn sums_of_terms(Regression { batch, point, .. }: &Regression) -> Vec<[f64; 2]> {
    let (x, inputs) = (batch.x(), batch.x().nrows());
    let largest = x.rows().into_iter().map(|row| row.fold(0.0_f64, |most, x| most.max(x.abs())));
    let size_of_z = largest.zip(point).fold(point[inputs].abs(), |sum, (x, w)| sum + w.abs() * x);
    let mut sums = vec![[0.0; 2]; point.len()];
    for (j, y) in batch.y().iter().enumerate() {
        let residual = (0..inputs).fold(point[inputs] - y, |sum, k| sum + point[k] * x[[k, j]]);
        let size = size_of_z + y.abs();
        for (k, sum) in sums.iter_mut().enumerate() {
            let input = if k < inputs { x[[k, j]] } else { 1.0 };
            sum[0] += residual * input;
            sum[1] += size * input.abs();
        }
    }
    sums
}

proptest! {
    #![proptest_config(drawn(48))]

    #[test]
    fn exact_derivatives_are_exact_means_with_the_tolerance_of_their_terms_at_any_size(
        case in regression(), place: Index,
    ) {
        let Regression { network, batch, point } = &case;
        let (m, inputs) = (batch.m() as f64, batch.x().nrows() as f64);
        // the products and sums of z, the slope of the loss, the products and sums of the mean
        let granted = |size: f64| {
            let roundings = inputs + ROUNDINGS_OF_A_SLOPE + m;
            SIDES_OF_A_COMPARISON * after_roundings(roundings) * size / m
        };
        let sums = sums_of_terms(&case);
        let found = network_derivatives(network, batch, point).unwrap();
        for (found, [sum, size]) in found.iter().zip(&sums) {
            prop_assert_eq!(found.low, sum / m);
            prop_assert!(found.tolerance() <= granted(*size), "{found:?} of terms {size}");
        }
        let right = NetworkLoss { network, batch };
        let report = Check::default().network(network, batch, &right, point).unwrap();
        prop_assert!(report.passed(), "{report}");
        let place = place.index(point.len());
        let mut gradient = right.evaluate(point).unwrap().gradient;
        gradient[place] += 1.25 * granted(sums[place][1]);
        let loss = |x: &[f64]| right.loss(x).unwrap();
        let wrong = Function::with_blocks(right.blocks(), loss, |_: &[f64]| gradient.clone());
        let report = Check::default().network(network, batch, &wrong, point).unwrap();
        prop_assert_eq!(report.verdict, GradientVerdict::Mismatch, "{}", report);
    }
}
