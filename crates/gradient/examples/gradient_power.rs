//! What the gradient checks see, measured: false alarms over many seeds at six kinds of points,
//! and the smallest error in one entry of dW1 that is seen. Prints the table of GRADIENT.md.
//!
//! `cargo run --release --example gradient_power [SEEDS]` (10,000 seeds unless told otherwise)

use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, GradientReport, GradientVerdict, LossAndGradient,
    NetworkLoss,
};
use init_symmetry_network::{Activation, Batch, Biases, Loss, Network, Result, Start, Weights};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Bernoulli, Distribution, StandardNormal};

/// The points at which the correct gradient is checked.
pub(crate) const POINTS: [&str; 6] = [
    "zero",
    "constant 0.5",
    "0.01·randn",
    "randn",
    "after 100 steps",
    "8·randn, squared error: saturated",
];
/// How the checks are called in the table.
pub(crate) const CHECKS: [&str; 3] = ["exact", "differences", "directions"];
/// How many seeds the smallest error is measured over.
pub(crate) const SEEDS_OF_SMALLEST_ERROR: u64 = 100;

/// A 3-4-1 tanh network with cross-entropy (or as its point says), five random examples, and a
/// point.
pub(crate) struct Case {
    pub(crate) network: Network,
    pub(crate) batch: Batch<f64>,
    pub(crate) point: Vec<f64>,
}

/// The case of a seed at one of [`POINTS`].
///
/// # Errors
/// None for these shapes.
pub(crate) fn case(seed: u64, point: usize) -> Result<Case> {
    let loss = if point == 5 { Loss::SigmoidSquaredError } else { Loss::CrossEntropy };
    let network = Network::new(&[3, 4, 1], Activation::Tanh, loss)?;
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let x = Array2::from_shape_simple_fn((3, 5), || StandardNormal.sample(&mut random));
    let coin = Bernoulli::new(0.5).ok();
    let mut label = || coin.is_some_and(|coin| coin.sample(&mut random));
    let y = Array2::from_shape_simple_fn((1, 5), || f64::from(u8::from(label())));
    let batch = Batch::new(x, y)?;
    let normal = |scale| Start { weights: Weights::Normal(scale), biases: Biases::Normal(scale) };
    let parameters = match point {
        0 => network.initialise(Weights::Zeros, seed)?,
        1 => network.initialise(Weights::Constant(0.5), seed)?,
        2 => network.initialise(normal(0.01), seed)?,
        3 => network.initialise(normal(1.0), seed)?,
        5 => network.initialise(normal(8.0), seed)?,
        _ => network.train(&network.initialise(normal(0.5), seed)?, &batch, 0.5, 100, |_, _| ())?,
    };
    let point = parameters.entries().collect();
    Ok(Case { network, batch, point })
}

/// The network's gradient with an error added to dW1\[0, 0\].
struct Off<'a> {
    right: NetworkLoss<'a>,
    error: f64,
}

impl Differentiable for Off<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.right.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let mut answer = self.right.evaluate(parameters)?;
        answer.gradient[0] += self.error;
        Ok(answer)
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        self.right.rounding_of_loss(parameters)
    }
}

/// What one of [`CHECKS`] says when dW1\[0, 0\] is off by `error`.
///
/// # Errors
/// None for these shapes.
pub(crate) fn report(case: &Case, check: usize, seed: u64, error: f64) -> Result<GradientReport> {
    let Case { network, batch, point } = case;
    let subject = Off { right: NetworkLoss { network, batch }, error };
    let every = Check { seed, coverage: Coverage::Every, ..Check::default() };
    match check {
        0 => every.network(network, batch, &subject, point),
        1 => every.differences(&subject, point),
        _ => Check { coverage: Coverage::Directions(1), ..every }.differences(&subject, point),
    }
}

/// How often a check said what of the correct gradient.
#[derive(Default)]
pub(crate) struct Tally {
    /// It passed.
    pub(crate) passed: u64,
    /// It had nothing to go by: every derivative is zero.
    pub(crate) unchecked: u64,
    /// It rejected a correct gradient.
    pub(crate) false_alarms: u64,
}

/// The tally of one check at one point over `seeds` seeds.
///
/// # Errors
/// None for these shapes.
pub(crate) fn tally(check: usize, point: usize, seeds: u64) -> Result<Tally> {
    let mut tally = Tally::default();
    for seed in 0..seeds {
        match report(&case(seed, point)?, check, seed, 0.0)?.verdict {
            GradientVerdict::Pass => tally.passed += 1,
            GradientVerdict::Unchecked => tally.unchecked += 1,
            GradientVerdict::Mismatch | GradientVerdict::Invalid => tally.false_alarms += 1,
        }
    }
    Ok(tally)
}

/// The largest k such that an error of 10^−k in dW1\[0, 0\] is seen with every seed, at randn.
///
/// # Errors
/// None for these shapes.
pub(crate) fn smallest_error_seen(check: usize) -> Result<i32> {
    let mut seen_by_all = 17;
    for seed in 0..SEEDS_OF_SMALLEST_ERROR {
        let case = case(seed, 3)?;
        let seen = |k: i32| {
            let error = libm::pow(10.0, f64::from(-k));
            Ok(report(&case, check, seed, error)?.verdict == GradientVerdict::Mismatch)
        };
        while seen_by_all > 0 && !seen(seen_by_all)? {
            seen_by_all -= 1;
        }
    }
    Ok(seen_by_all)
}

/// The lines of the table with the smallest errors, one per check.
///
/// # Errors
/// None for these shapes.
pub(crate) fn smallest_errors() -> Result<Vec<String>> {
    let line = |check| Ok(format!("| {} | 1e−{} |", CHECKS[check], smallest_error_seen(check)?));
    (0..CHECKS.len()).map(line).collect()
}

/// Prints the table.
fn main() -> Result<()> {
    let argument = std::env::args().nth(1);
    let seeds = argument.and_then(|seeds| seeds.parse().ok()).unwrap_or(10_000);
    println!("| check | point | seeds | pass | nothing to see | false alarms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (check, name) in CHECKS.iter().enumerate() {
        for (point, place) in POINTS.iter().enumerate() {
            let Tally { passed, unchecked, false_alarms } = tally(check, point, seeds)?;
            println!("| {name} | {place} | {seeds} | {passed} | {unchecked} | {false_alarms} |");
        }
    }
    println!("\n| check | smallest error of dW1[0, 0] seen with each of 100 seeds, at randn |");
    println!("| --- | --- |");
    smallest_errors()?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
