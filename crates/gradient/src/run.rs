//! Checking by differences: nothing is known of the subject but its numbers.

use super::agreement::{Taylor, taylor};
use super::check::{Check, Claim, Coverage, Evidence};
use super::comparison::{Comparison, GradientVerdict};
use super::diagnosis::Context;
use super::difference::{Line, Noise, derivative, floored, noise};
use super::differentiable::{Block, Differentiable, ranges};
use super::estimate::{Estimate, Status};
use super::power::power;
use super::report::{GradientReport, Method};
use init_symmetry_network::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::cell::Cell;
use std::ops::Range;

/// Two per step and two per confirmation.
const MOST_EVALUATIONS_PER_SLOPE: usize = 160;

impl Check {
    /// Compares the gradient with differences of the subject's own loss.
    ///
    /// It cannot see an error that loss and gradient share, such as a sum for a mean; that takes
    /// [`Check::exact`], which has a loss of its own.
    ///
    /// # Errors
    /// Only what keeps the subject from answering at all; bad numbers are a verdict.
    ///
    /// ```
    /// use init_symmetry_gradient::{Check, Function, GradientVerdict};
    /// let forgot_the_two = Function::new(1, |x| x[0] * x[0], |x| vec![x[0]]);
    /// let report = Check::default().differences(&forgot_the_two, &[3.0])?;
    /// assert_eq!(report.verdict, GradientVerdict::Mismatch);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn differences(
        &self,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        let report = self.examine(subject, parameters)?;
        let failed =
            report.method == Method::Directions && report.verdict == GradientVerdict::Mismatch;
        if !failed {
            return Ok(report);
        }
        let entries = Self { coverage: Coverage::Automatic, ..*self };
        let by_entries = entries.examine(subject, parameters)?;
        // Errors too small in every single entry may still add up along a direction.
        Ok(if by_entries.verdict == GradientVerdict::Mismatch { by_entries } else { report })
    }

    /// As [`Check::differences`], but where directions fail nothing is said of entries.
    pub(crate) fn examine(
        &self,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        let blocks = subject.blocks();
        let mut claim = self.claim(subject, &blocks, parameters)?;
        if claim.problem.is_some() {
            return Ok(self.invalid(&blocks, &claim, Method::Differences));
        }
        let mut run = Run::new(self, subject, &blocks, parameters, &claim);
        let measured = run.measure_noise()?;
        let bound = measured.max(subject.rounding_of_loss(parameters)?);
        run.noise = Noise { measured, bound };
        let loss_alone = subject.loss(parameters)?;
        let apart = (loss_alone - claim.loss).abs();
        if apart.is_nan() || apart > run.noise.bound {
            let both = format!("{} with the gradient and {loss_alone} without", claim.loss);
            claim.problem = Some(format!("the loss is {both}"));
            return Ok(self.invalid(&blocks, &claim, Method::Differences));
        }
        let taylor = run.taylor(&claim.gradient)?;
        let report = match self.coverage {
            Coverage::Directions(count) => run.report_directions(count, &claim, taylor)?,
            _ => run.report_entries(&run.entries()?, &claim, taylor),
        };
        self.with_another_point(report, subject, parameters)
    }
}

/// One check by differences under way.
struct Run<'a> {
    check: &'a Check,
    subject: &'a dyn Differentiable,
    blocks: &'a [Block],
    parameters: &'a [f64],
    at_point: f64,
    noise: Noise,
    spent: Cell<usize>,
}

impl<'a> Run<'a> {
    fn new(
        check: &'a Check,
        subject: &'a dyn Differentiable,
        blocks: &'a [Block],
        parameters: &'a [f64],
        claim: &Claim,
    ) -> Self {
        let spent = Cell::new(claim.evaluations + 1);
        let noise = Noise { measured: 0.0, bound: 0.0 };
        Self { check, subject, blocks, parameters, at_point: claim.loss, noise, spent }
    }

    /// The loss along the line θ + t·v, where v is given by its entries that are not zero.
    fn line(&self, direction: Vec<Coordinate>) -> Box<Line<'_>> {
        Box::new(move |t| {
            self.spent.set(self.spent.get() + 1);
            // A fresh copy: a subject cannot keep a changed value, nor can we forget to restore it.
            let mut point = self.parameters.to_vec();
            for &Coordinate { place, length } in &direction {
                point[place] += t * length;
            }
            self.subject.loss(&point)
        })
    }

    fn random(&self) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(self.check.seed)
    }

    fn direction(&self, random: &mut ChaCha20Rng, range: Range<usize>) -> Vec<Coordinate> {
        let coordinate = |place| {
            let length = floored(random) * scale(self.parameters[place]);
            Coordinate { place, length }
        };
        range.map(coordinate).collect()
    }

    fn measure_noise(&self) -> Result<f64> {
        let mut random = self.random();
        let mut line = || {
            let relative = |(place, &parameter): (usize, &f64)| {
                let length = floored(&mut random) * magnitude(parameter);
                Coordinate { place, length }
            };
            self.line(self.parameters.iter().enumerate().map(relative).collect())
        };
        noise(&mut [line(), line(), line()])
    }

    fn taylor(&self, claimed: &[f64]) -> Result<Vec<Taylor>> {
        let mut random = self.random();
        let mut rates = Vec::with_capacity(self.blocks.len());
        for (block, range) in ranges(self.blocks).filter(|(block, _)| !block.is_empty()) {
            if self.is_spent() {
                break;
            }
            let direction = self.direction(&mut random, range);
            let slope = slope_along(&direction, claimed);
            let mut phi = self.line(direction);
            rates.push(taylor(&block.name, &mut *phi, self.at_point, slope, self.noise.bound)?);
        }
        Ok(rates)
    }

    fn is_spent(&self) -> bool {
        self.spent.get() + MOST_EVALUATIONS_PER_SLOPE > self.check.most_evaluations
    }

    fn slope(&self, direction: Vec<Coordinate>) -> Result<Estimate> {
        if self.is_spent() {
            return Ok(Estimate::nothing(Status::NotSelected));
        }
        derivative(&mut *self.line(direction), self.at_point, self.noise)
    }

    fn entry(&self, place: usize) -> Result<Estimate> {
        let length = scale(self.parameters[place]);
        Ok(self.slope(vec![Coordinate { place, length }])?.scaled(1.0 / length))
    }

    /// One estimate per entry, in the order of the parameters.
    fn entries(&self) -> Result<Vec<Estimate>> {
        let mut random = self.random();
        let mut found = vec![Estimate::nothing(Status::NotSelected); self.parameters.len()];
        let chosen: Vec<Vec<usize>> = ranges(self.blocks)
            .map(|(block, range)| {
                let count = self.check.slopes_of(block, self.blocks).min(block.len());
                let picked = rand::seq::index::sample(&mut random, block.len(), count);
                let mut places: Vec<usize> = picked.iter().map(|i| range.start + i).collect();
                places.sort_unstable();
                places
            })
            .collect();
        // Block by block in turn: a cap that bites leaves some of every block.
        let longest = chosen.iter().map(Vec::len).max().unwrap_or(0);
        for turn in 0..longest {
            for &place in chosen.iter().filter_map(|places| places.get(turn)) {
                found[place] = self.entry(place)?;
            }
        }
        Ok(found)
    }

    fn report_entries(
        &self,
        found: &[Estimate],
        claim: &Claim,
        taylor: Vec<Taylor>,
    ) -> GradientReport {
        let entries = Comparison { blocks: self.blocks, claimed: &claim.gradient, found };
        let evidence = self.evidence(Method::Differences, taylor);
        self.check.report(&entries, claim, evidence, Context::default())
    }

    fn evidence(&self, method: Method, taylor: Vec<Taylor>) -> Evidence {
        Evidence { method, taylor, noise: self.noise.bound, evaluations: self.spent.get() }
    }

    /// Random directions through every block.
    fn report_directions(
        &self,
        count: usize,
        claim: &Claim,
        taylor: Vec<Taylor>,
    ) -> Result<GradientReport> {
        let directions = self.directions(count)?;
        let slopes = directions.slopes(&claim.gradient);
        let evidence = self.evidence(Method::Directions, taylor);
        let report = self.check.conclude(&directions.compare(&slopes), claim, evidence);
        let catches = |gradient: &[f64]| {
            let slopes = directions.slopes(gradient);
            directions.compare(&slopes).differing().next().is_some()
        };
        Ok(GradientReport { power: power(self.blocks, &claim.gradient, &catches), ..report })
    }

    fn directions(&self, count: usize) -> Result<Directions> {
        let mut random = self.random();
        let mut directions = Directions::default();
        for (block, range) in ranges(self.blocks).filter(|(block, _)| !block.is_empty()) {
            let name = format!("{} along directions", block.name);
            directions.blocks.push(Block::new(name, count, 1));
            for _ in 0..count {
                let direction = self.direction(&mut random, range.clone());
                directions.found.push(self.slope(direction.clone())?);
                directions.along.push(direction);
            }
        }
        Ok(directions)
    }
}

/// The derivatives along random directions.
#[derive(Default)]
struct Directions {
    blocks: Vec<Block>,
    along: Vec<Vec<Coordinate>>,
    found: Vec<Estimate>,
}

impl Directions {
    fn slopes(&self, gradient: &[f64]) -> Vec<f64> {
        self.along.iter().map(|direction| slope_along(direction, gradient)).collect()
    }

    fn compare<'a>(&'a self, claimed: &'a [f64]) -> Comparison<'a> {
        Comparison { blocks: &self.blocks, claimed, found: &self.found }
    }
}

/// One entry of a direction that is not zero.
#[derive(Debug, Clone, Copy)]
struct Coordinate {
    place: usize,
    length: f64,
}

fn slope_along(direction: &[Coordinate], gradient: &[f64]) -> f64 {
    direction.iter().map(|at| at.length * gradient[at.place]).sum()
}

/// At least 1, or the magnitude of a larger parameter: relative steps that are exact.
pub(super) fn scale(parameter: f64) -> f64 {
    magnitude(parameter).max(1.0)
}

/// The power of two at or below |parameter|; 1 for 0.
fn magnitude(parameter: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    let magnitude = f64::from_bits(parameter.to_bits() & EXPONENT);
    if magnitude > 0.0 { magnitude } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Function;

    #[test]
    fn a_scale_is_the_power_of_two_below_a_parameter_and_at_least_one() {
        for (parameter, magnitude_of, scale_of) in [
            (0.0, 1.0, 1.0),
            (0.3, 0.25, 1.0),
            (-0.5, 0.5, 1.0),
            (1.0, 1.0, 1.0),
            (5.0, 4.0, 4.0),
            (-9.0, 8.0, 8.0),
            (f64::from_bits(1), 1.0, 1.0),
        ] {
            assert_eq!((magnitude(parameter), scale(parameter)), (magnitude_of, scale_of));
        }
    }

    #[test]
    fn a_factor_is_a_64th_between_a_half_and_one_of_either_sign() {
        let mut random = ChaCha20Rng::seed_from_u64(1);
        let drawn: Vec<f64> = (0..2_000).map(|_| floored(&mut random)).collect();
        let sizes = || drawn.iter().map(|factor| factor.abs());
        assert!(sizes().all(|size| (0.5..=1.0).contains(&size) && (64.0 * size).fract() == 0.0));
        assert!(sizes().any(|size| size == 0.5) && sizes().any(|size| size == 1.0));
        let positive = drawn.iter().filter(|factor| **factor > 0.0).count();
        // Hoeffding: a fair coin leaves this interval with probability below 2·e^−40
        assert!((800..=1_200).contains(&positive), "{positive}");
    }

    #[test]
    fn the_slope_along_a_direction_is_the_sum_over_its_coordinates() {
        let at = |place, length| Coordinate { place, length };
        assert_eq!(slope_along(&[at(2, 0.5), at(0, -2.0)], &[3.0, 5.0, 8.0]), 4.0 - 6.0);
    }

    #[test]
    fn a_loss_without_noise_is_the_same_twice() {
        let nothing = Function::new(1, |_| 0.0, |_| vec![0.0]);
        let report = Check::default().differences(&nothing, &[1.0]).unwrap();
        assert_eq!(
            (report.verdict, report.noise),
            (GradientVerdict::Unchecked, 0.0),
            "{}",
            report.reason
        );
    }

    #[test]
    fn evaluations_are_spent_when_the_next_slope_may_need_more_than_are_left() {
        let nothing = Function::new(0, |_| 0.0, |_| vec![]);
        let check = Check { most_evaluations: 2 * MOST_EVALUATIONS_PER_SLOPE, ..Check::default() };
        let run = Run::new(&check, &nothing, &[], &[], &Claim::default());
        let is_spent_after = |evaluations| {
            run.spent.set(evaluations);
            run.is_spent()
        };
        let all_but_one_slope = MOST_EVALUATIONS_PER_SLOPE;
        assert_eq!([0, 1].map(|more| is_spent_after(all_but_one_slope + more)), [false, true]);
    }
}
