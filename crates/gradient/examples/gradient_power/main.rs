//! What the gradient checks see, measured: false alarms on right gradients of many kinds, errors
//! planted just above the printed floor, and the smallest error in one entry of dW1 that is seen.
//! Prints the tables of GRADIENT.md.
//!
//! `cargo run --release -p init-symmetry-gradient --example gradient_power [RUNS [SEED]]`: 3,000
//! runs of each row from seed 0 on unless told otherwise. It ends with 1 if a right gradient was
//! called wrong, or if an error above the floor was not a mismatch.

mod trials;

use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, Estimate, GradientReport, GradientVerdict,
    LossAndGradient, NetworkLoss,
};
use init_symmetry_network::{Activation, Batch, Biases, Loss, Network, Result, Start, Weights};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rand_distr::{Bernoulli, Distribution, StandardNormal};
use std::ops::Range;
use std::process::ExitCode;
use trials::{Kind, draw};

/// How the checks are called in the table of the smallest errors.
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

/// The case of a seed at one of six points: zero, constant 0.5, 0.01·randn, randn, after 100 steps,
/// and 8·randn with squared error, saturated.
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

/// What one of [`CHECKS`] says when dW1\[0, 0\] is off by `error`.
///
/// # Errors
/// None for these shapes.
pub(crate) fn report(case: &Case, check: usize, seed: u64, error: f64) -> Result<GradientReport> {
    let Case { network, batch, point } = case;
    let subject = Planted { right: &NetworkLoss { network, batch }, place: 0, error };
    let every = Check { seed, coverage: Coverage::Every, ..Check::default() };
    match check {
        0 => every.network(network, batch, &subject, point),
        1 => every.differences(&subject, point),
        _ => Check { coverage: Coverage::Directions(1), ..every }.differences(&subject, point),
    }
}

/// How a right gradient is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// [`Check::network`].
    Exact,
    /// [`Check::network_by_differences`].
    UnitByUnit,
    /// [`Check::differences`], every entry.
    Differences,
    /// [`Check::differences`] along so many directions.
    Directions(usize),
}

impl Mode {
    pub(crate) const ALL: [Self; 5] = [
        Self::Exact,
        Self::UnitByUnit,
        Self::Differences,
        Self::Directions(1),
        Self::Directions(3),
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Exact => "exact".into(),
            Self::UnitByUnit => "differences, unit by unit".into(),
            Self::Differences => "differences".into(),
            Self::Directions(1) => "1 direction".into(),
            Self::Directions(count) => format!("{count} directions"),
        }
    }

    /// Only a network can be checked in every mode.
    fn is_for(self, kind: Kind) -> bool {
        let needs_network = matches!(self, Self::Exact | Self::UnitByUnit);
        !needs_network || matches!(kind, Kind::Network(_))
    }

    fn check(
        self,
        seed: u64,
        subject: &dyn Differentiable,
        point: &[f64],
        network: Option<(&Network, &Batch<f64>)>,
    ) -> Result<GradientReport> {
        let every = Check { seed, coverage: Coverage::Every, ..Check::default() };
        match (self, network) {
            (Self::Exact, Some((network, batch))) => every.network(network, batch, subject, point),
            (Self::UnitByUnit, Some((network, batch))) => {
                every.network_by_differences(network, batch, subject, point)
            }
            (Self::Directions(count), _) => {
                Check { coverage: Coverage::Directions(count), ..every }.differences(subject, point)
            }
            _ => every.differences(subject, point),
        }
    }
}

/// The rows of the table.
pub(crate) fn rows() -> impl Iterator<Item = (Mode, Kind)> {
    let of = |mode: Mode| Kind::ALL.into_iter().filter(move |&kind| mode.is_for(kind));
    Mode::ALL.into_iter().flat_map(move |mode| of(mode).map(move |kind| (mode, kind)))
}

/// What became of right gradients, and of errors planted into them.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    /// Not enough could be seen.
    pub(crate) unchecked: u64,
    /// A right gradient was called wrong.
    pub(crate) false_alarms: u64,
    /// Errors above the floor of a block of which every entry was checked.
    pub(crate) planted: u64,
    /// Those that were no mismatch.
    pub(crate) missed: u64,
    /// Where something went wrong.
    pub(crate) seeds: Vec<u64>,
}

/// How many errors are planted into each right gradient.
const PLANTED: u64 = 5;

/// The tally of one row over some seeds.
///
/// # Errors
/// None for what is drawn.
pub(crate) fn tally(mode: Mode, kind: Kind, seeds: Range<u64>) -> Result<Tally> {
    let mut tally = Tally::default();
    for seed in seeds {
        draw(kind, seed, &mut |subject, point, network| {
            let report = mode.check(seed, subject, point, network)?;
            let before = tally.false_alarms + tally.missed;
            match report.verdict {
                GradientVerdict::Pass => tally.passed += 1,
                GradientVerdict::Unchecked => tally.unchecked += 1,
                GradientVerdict::Mismatch | GradientVerdict::Invalid => tally.false_alarms += 1,
            }
            let mut random = ChaCha20Rng::seed_from_u64(seed);
            for _ in 0..PLANTED {
                let Some((place, error)) = plant(&report, subject, mode, &mut random) else {
                    continue;
                };
                let right = subject.evaluate(point)?.gradient[place];
                if right + error == right {
                    continue;
                }
                tally.planted += 1;
                let wrong = Planted { right: subject, place, error };
                let found = mode.check(seed, &wrong, point, network)?.verdict;
                tally.missed += u64::from(found != GradientVerdict::Mismatch);
            }
            if tally.false_alarms + tally.missed > before {
                tally.seeds.push(seed);
            }
            Ok(())
        })?;
    }
    Ok(tally)
}

/// A place in a block of which every entry was checked, and an error above its floor: up to a
/// thousand times, of either sign. Along a direction an entry counts with at least a half.
fn plant(
    report: &GradientReport,
    subject: &dyn Differentiable,
    mode: Mode,
    random: &mut ChaCha20Rng,
) -> Option<(usize, f64)> {
    let blocks = subject.blocks();
    let chosen = random.random_range(0..blocks.len());
    let start: usize = blocks[..chosen].iter().map(Block::len).sum();
    let place = start + random.random_range(0..blocks[chosen].len());
    let found = report.blocks.get(chosen)?;
    let all_checked = found.kinks + found.unresolved + found.not_selected == 0;
    if !all_checked || !found.detection_floor.is_finite() {
        return None;
    }
    let weight = if matches!(mode, Mode::Directions(_)) { 2.0 } else { 1.0 };
    let above =
        found.detection_floor * weight * libm::pow(10.0, 3.0 * random.random_range(0.0..1.0));
    let error = above.max(found.detection_floor * weight * (1.0 + 1e-6)).next_up();
    Some((place, if random.random_range(0..2) == 0 { error } else { -error }))
}

/// A right gradient with an error in one entry.
struct Planted<'a> {
    right: &'a dyn Differentiable,
    place: usize,
    error: f64,
}

impl Differentiable for Planted<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.right.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let mut answer = self.right.evaluate(parameters)?;
        answer.gradient[self.place] += self.error;
        Ok(answer)
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        self.right.loss(parameters)
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        self.right.rounding_of_loss(parameters)
    }

    fn at_kinks(&self, parameters: &[f64]) -> Result<Vec<(usize, Estimate)>> {
        self.right.at_kinks(parameters)
    }
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

/// Prints the tables.
fn main() -> Result<ExitCode> {
    let number = |at: usize| std::env::args().nth(at).and_then(|it| it.parse::<u64>().ok());
    let (runs, first) = (number(1).unwrap_or(3_000), number(2).unwrap_or(0));
    let seeds = first..first.saturating_add(runs);
    println!("| check | of | runs | pass | unchecked | false alarms | errors planted | missed |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut is_clean = true;
    for (mode, kind) in rows() {
        let Tally { passed, unchecked, false_alarms, planted, missed, seeds } =
            tally(mode, kind, seeds.clone())?;
        let (check, of) = (mode.name(), kind.name());
        print!("| {check} | {of} | {runs} | {passed} | {unchecked} | {false_alarms} ");
        println!("| {planted} | {missed} |");
        if !seeds.is_empty() {
            is_clean = false;
            eprintln!("{check}, {of}: see the seeds {seeds:?}");
        }
    }
    println!("\n| check | smallest error of dW1[0, 0] seen with each of 100 seeds, at randn |");
    println!("| --- | --- |");
    smallest_errors()?.iter().for_each(|line| println!("{line}"));
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
