//! What a report promises: nothing passes that was not compared, nothing right is condemned, the
//! cap holds, and nobody is right only while it is looked at.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, Expression, ExpressionWithGradient, Function,
    GradientReport, GradientVerdict, LossAndGradient, LossAndGradientIn, NetworkLoss, check,
    identity_test,
};
use init_symmetry_network::{
    Activation, Batch, Biases, Loss, Network, Result, Scalar, Start, Trainable, Weights,
};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::cell::Cell;

fn drawn(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// x² + y², which counts how often it is asked, and is wrong from some question on.
struct Counted {
    asked: Cell<usize>,
    right_until: usize,
}

impl Counted {
    fn right_until(right_until: usize) -> Self {
        Self { asked: Cell::new(0), right_until }
    }
}

impl Differentiable for Counted {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::new("x", 1, 1), Block::new("y", 1, 1)]
    }

    fn evaluate(&self, x: &[f64]) -> Result<LossAndGradient> {
        let loss = self.loss(x)?;
        let factor = if self.asked.get() <= self.right_until { 2.0 } else { 3.0 };
        Ok(LossAndGradient { loss, gradient: vec![factor * x[0], factor * x[1]] })
    }

    fn loss(&self, x: &[f64]) -> Result<f64> {
        self.asked.set(self.asked.get() + 1);
        Ok(x[0] * x[0] + x[1] * x[1])
    }
}

#[test]
fn a_gradient_that_is_right_only_at_first_is_refused_however_long_at_first_is() {
    let check = Check::default();
    let asked = |until: usize| {
        let subject = Counted::right_until(until);
        let report = check.differences(&subject, &[1.5, 0.5]).unwrap();
        (report, subject.asked.get())
    };
    let (right, all) = asked(usize::MAX);
    assert!(right.passed() && right.evaluations == all, "{all} questions: {right}");
    for until in 1..all {
        assert_ne!(asked(until).0.verdict, GradientVerdict::Pass, "right until {until}");
    }
}

proptest! {
    #![proptest_config(drawn(200))]

    #[test]
    fn the_cap_on_evaluations_is_never_exceeded(
        most_evaluations in prop_oneof![0..600_usize, 0..5_000_usize],
        coverage in prop_oneof![
            Just(Coverage::Automatic),
            Just(Coverage::Every),
            (0..5_usize).prop_map(Coverage::Sampled),
            (0..5_usize).prop_map(Coverage::Directions),
        ],
        right in any::<bool>(),
    ) {
        let subject = Counted::right_until(if right { usize::MAX } else { 0 });
        let check = Check { most_evaluations, coverage, ..Check::default() };
        let report = check.differences(&subject, &[1.5, 0.5]).unwrap();
        let asked = subject.asked.get();
        prop_assert!(asked <= most_evaluations, "{} asked: {}", asked, report);
        prop_assert!(right || !report.passed(), "{}", report);
    }
}

fn verdict(report: &GradientReport, verdict: GradientVerdict, part: &str) {
    assert_eq!(report.verdict, verdict, "{report}");
    assert!(report.reason.contains(part), "'{}' does not say '{part}'", report.reason);
}

#[test]
fn an_entry_that_cannot_be_compared_keeps_the_check_from_passing_whatever_it_claims() {
    for claim in [0.0, -0.5, 12345.0] {
        let edge = |x: &[f64]| x[0] * x[0] + libm::sqrt(1.0 - x[1]);
        let report = check(edge, |x| vec![2.0 * x[0], claim], &[0.7, 1.0]);
        verdict(&report, GradientVerdict::Unchecked, "1 of 2 entries could not be checked");
        let half = |x: &[f64]| x[0] * x[0] + if x[1] > 0.5 { f64::NAN } else { x[1] };
        let report = check(half, |x| vec![2.0 * x[0], claim], &[0.7, 0.5]);
        verdict(&report, GradientVerdict::Unchecked, "1 of 2 entries could not be checked");
        assert!(
            report.to_string().contains("no error is detected in these entries of x: 1 unresolved"),
            "{report}"
        );
    }
}

#[test]
fn a_kink_that_no_difference_shows_is_no_mismatch_and_a_wrong_gradient_at_it_is() {
    // relu'(0) = 0 on both sides gives 0, and the function is a line
    let line = |x: &[f64]| (x[0] - 1.0).max(0.0) - (1.0 - x[0]).max(0.0);
    let step = |x: f64| f64::from(u8::from(x > 0.0));
    let backward = |x: &[f64]| vec![step(x[0] - 1.0) + step(1.0 - x[0])];
    verdict(&check(line, backward, &[1.0]), GradientVerdict::Unchecked, "no entry of x");
    check(line, backward, &[1.25]).assert_pass();
    for claim in [0.0, 0.5, 2.0] {
        let wrong = check(line, |_| vec![claim], &[1.0]);
        assert_eq!(wrong.verdict, GradientVerdict::Mismatch, "{claim}: {wrong}");
    }
}

#[test]
fn a_slope_outside_those_of_a_visible_kink_is_wrong_only_if_the_gradient_does_not_add_up() {
    // slopes 3 and 1 on the two sides, and 0 by relu'(0) = 0
    let f = |x: &[f64]| 3.0 * x[0].max(0.0) - (-x[0]).max(0.0) + x[1];
    let step = |x: f64| f64::from(u8::from(x > 0.0));
    let backward = |x: &[f64]| vec![3.0 * step(x[0]) + step(-x[0]), 1.0];
    let report = check(f, backward, &[0.0, 1.0]);
    verdict(&report, GradientVerdict::Unchecked, "agrees with the loss around the point");
    for claim in [-0.5, 0.0, 0.875, 3.125] {
        let wrong = check(f, |_| vec![claim, 1.0], &[0.0, 1.0]);
        assert_eq!(wrong.verdict, GradientVerdict::Mismatch, "{claim}: {wrong}");
    }
}

/// A network's loss with the gradient of another slope at kinks: that of a point next to it.
struct Shifted<'a> {
    of: NetworkLoss<'a>,
    biases: f64,
    doubled: bool,
}

impl Differentiable for Shifted<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.of.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let mut beside = parameters.to_vec();
        let mut start = 0;
        for block in self.blocks() {
            if block.name.starts_with('b') {
                beside[start..start + block.len()].iter_mut().for_each(|b| *b += self.biases);
            }
            start += block.len();
        }
        let mut answer = self.of.evaluate(&beside)?;
        answer.loss = self.of.loss(parameters)?;
        // activations that are a bias are zeros that have been moved
        let is_moved = |entry: &&mut f64| entry.abs() < 1e10 * self.biases;
        answer.gradient.iter_mut().filter(is_moved).for_each(|entry| *entry = 0.0);
        if self.doubled {
            answer.gradient.iter_mut().for_each(|entry| *entry *= 2.0);
        }
        Ok(answer)
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        self.of.loss(parameters)
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        self.of.rounding_of_loss(parameters)
    }

    fn at_kinks(
        &self,
        parameters: &[f64],
    ) -> Result<Vec<(usize, init_symmetry_gradient::Estimate)>> {
        self.of.at_kinks(parameters)
    }
}

#[test]
fn a_network_may_give_a_kink_either_slope_in_every_check_and_a_wrong_gradient_is_still_seen() {
    let mut at_kinks = 0;
    for seed in 0..60 {
        let hidden = [Activation::Relu, Activation::LeakyRelu][seed as usize % 2];
        let network = Network::new(&[2, 3, 3, 1], hidden, Loss::CrossEntropy).unwrap();
        let entry = |i: usize, j: usize| ((i * 37 + j * 23 + 11) % 64) as f64 / 32.0 - 1.0;
        // an example of zeros puts every unit at its kink
        let x = Array2::from_shape_fn((2, 5), |(i, j)| if j == 4 { 0.0 } else { entry(i, j) });
        let y = Array2::from_shape_fn((1, 5), |(_, j)| (j % 2) as f64);
        let batch = Batch::new(x, y).unwrap();
        let start = Start { weights: Weights::He, biases: Biases::Zeros };
        let point: Vec<f64> = network.initialise(start, seed).unwrap().entries().collect();
        let of = NetworkLoss { network: &network, batch: &batch };
        at_kinks += of.at_kinks(&point).unwrap().len();
        for (biases, doubled) in [(0.0, false), (1e-300, false), (1e-300, true)] {
            let subject = Shifted { of, biases, doubled };
            let directions = Check { coverage: Coverage::Directions(2), ..Check::default() };
            let every = Check::default();
            for report in [
                every.network(&network, &batch, &subject, &point).unwrap(),
                every.network_by_differences(&network, &batch, &subject, &point).unwrap(),
                every.differences(&subject, &point).unwrap(),
                directions.differences(&subject, &point).unwrap(),
            ] {
                let is_wrong = report.verdict == GradientVerdict::Mismatch;
                assert_eq!(is_wrong, doubled, "seed {seed}, biases + {biases}: {report}");
            }
        }
    }
    assert!(at_kinks > 100, "not vacuous: {at_kinks}");
}

/// No parameters, or more entries of the gradient than parameters.
struct Misshapen {
    blocks: Vec<Block>,
    more: usize,
}

impl Differentiable for Misshapen {
    fn blocks(&self) -> Vec<Block> {
        self.blocks.clone()
    }

    fn evaluate(&self, x: &[f64]) -> Result<LossAndGradient> {
        Ok(LossAndGradient { loss: 0.0, gradient: vec![1.0; x.len() + self.more] })
    }
}

impl Expression for Misshapen {
    fn constants(&self) -> Vec<f64> {
        vec![]
    }

    fn value<S: Scalar>(&self, x: &[S], _: &[S]) -> Result<S> {
        Ok(x.iter().fold(S::zero(), |sum, &x| sum + x))
    }
}

impl ExpressionWithGradient for Misshapen {
    fn evaluate_in<S: Trainable>(&self, x: &[S], _: &[S]) -> Result<LossAndGradientIn<S>> {
        let loss = self.value(x, &[])?;
        Ok(LossAndGradientIn { loss, gradient: vec![S::one(); x.len() + self.more] })
    }

    fn degree(&self) -> usize {
        1
    }
}

#[test]
fn an_identity_test_without_parameters_or_with_too_many_entries_does_not_pass() {
    let test = |blocks: &[Block], more| {
        identity_test(&Misshapen { blocks: blocks.to_vec(), more }, 4, 1).unwrap()
    };
    let x = [Block::new("x", 1, 2)];
    assert!(test(&x, 0).passed());
    assert!(!test(&[], 0).passed());
    let longer = test(&x, 1);
    assert_eq!(
        (longer.passed(), &*longer.wrong),
        (false, &["the length of the gradient".into()][..])
    );
}

#[test]
fn absurd_points_and_shapes_are_a_verdict_and_never_a_panic_or_a_wrong_pass() {
    let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    let [right, half] = [2.0, 1.0].map(|k| move |x: &[f64]| x.iter().map(|x| k * x).collect());
    for x in [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX, 1e308, 1e155, 1e-200, 5e-324, 0.0] {
        assert_ne!(check(square, right, &[x]).verdict, GradientVerdict::Mismatch, "{x}");
        assert_ne!(check(square, half, &[x, x]).verdict, GradientVerdict::Pass, "{x}");
    }
    for blocks in [
        vec![Block::new("a", usize::MAX, 2)],
        vec![Block::new("a", usize::MAX, 1), Block::new("b", usize::MAX, 1)],
        vec![Block::new("a", 1 << 63, 2), Block::new("b", 1, 1)],
        vec![Block::new("a", 2, 2)],
        vec![],
    ] {
        let subject = Function::with_blocks(blocks, square, right);
        for coverage in [Coverage::Automatic, Coverage::Every, Coverage::Directions(usize::MAX)] {
            let check = Check { coverage, ..Check::default() };
            let report = check.differences(&subject, &[1.5]).unwrap();
            assert!(!report.passed() && !report.to_string().is_empty());
            let plan = check.plan(&subject.blocks());
            assert!(plan.evaluations >= plan.slopes);
        }
    }
    let empty_beside = vec![Block::new("a", 5, 0), Block::new("b", 1, 1), Block::new("c", 0, 0)];
    let subject = Function::with_blocks(empty_beside, square, right);
    Check::default().differences(&subject, &[1.5]).unwrap().assert_pass();
    for count in [0, usize::MAX] {
        let check = Check { coverage: Coverage::Sampled(count), ..Check::default() };
        let function = Function::new(1, square, right);
        let report = check.differences(&function, &[1.5]).unwrap();
        assert_eq!(report.passed(), count > 0, "{report}");
    }
    let many = Check {
        coverage: Coverage::Directions(1 << 40),
        most_evaluations: 1_000,
        ..Check::default()
    };
    let function = Function::new(1, square, right);
    assert!(many.differences(&function, &[1.5]).unwrap().evaluations <= 1_000);
}
