//! Checking by differences: nothing is known of the subject but its numbers.

use super::check::{Check, Claim, Coverage, Evidence};
use super::comparison::{Comparison, GradientVerdict};
use super::diagnosis::Context;
use super::difference::{
    Line, MOST_EVALUATIONS_PER_SLOPE, Noise, SMALLEST_STEP, derivative, floored,
};
use super::differentiable::{Block, Differentiable, ranges};
use super::estimate::{Estimate, Status};
use super::noise::{Measured, most_evaluations_for_noise, noise};
use super::power::power;
use super::report::{GradientReport, Method};
use super::taylor::{Reading, Taylor, taylor};
use init_symmetry_network::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::cell::Cell;
use std::ops::Range;

/// How many lines the noise is measured on.
const LINES: usize = 3;
/// What a check takes before its first slope and after its last one.
const EVALUATIONS_BESIDE: usize = 8 + most_evaluations_for_noise(LINES);
/// Noise makes at most this part of the difference that is to be explained, and what is left
/// unexplained is at most twice that.
const PARTS_OF_A_DIFFERENCE: f64 = 8.0;
/// The stretch of a line on which a gradient has to add up: every parameter moves.
const SHORTEST_STRETCH: f64 = 1.0 / (1_u64 << 40) as f64;
const LONGEST_STRETCH: f64 = 1.0 / 4.0;
/// An even number, so that 0 is no node: exactly at a kink a gradient may be anything.
const PANELS: usize = 22;
const NODES: usize = 3 * PANELS;

/// Nodes and weights for the mean over \[−1, 1\]: Gauss's rule with three nodes on each panel,
/// exact to degree 5.
fn gauss_rule() -> impl Iterator<Item = (f64, f64)> {
    let (away, half) = (libm::sqrt(0.6), 1.0 / PANELS as f64);
    let nodes = [(-away, 5.0), (0.0, 8.0), (away, 5.0)];
    (0..PANELS).flat_map(move |panel| {
        let centre = (2 * panel + 1) as f64 * half - 1.0;
        nodes.map(|(node, weight)| (centre + half * node, weight * half / 18.0))
    })
}

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
        let left = self.most_evaluations.saturating_sub(report.evaluations);
        let entries =
            Self { coverage: Coverage::Automatic, most_evaluations: left, seed: self.seed };
        let by_entries = entries.examine(subject, parameters)?;
        let evaluations = report.evaluations + by_entries.evaluations;
        // Errors too small in every single entry may still add up along a direction.
        let is_seen = by_entries.verdict == GradientVerdict::Mismatch;
        let said = if is_seen { by_entries } else { report };
        let (planned, replay) = (self.plan(&subject.blocks()).evaluations, format!("{self:?}"));
        Ok(GradientReport { evaluations, planned, replay, ..said })
    }

    /// As [`Check::differences`], but where directions fail nothing is said of entries.
    pub(crate) fn examine(
        &self,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        let blocks = subject.blocks();
        if self.most_evaluations < EVALUATIONS_BESIDE + MOST_EVALUATIONS_PER_SLOPE {
            return Ok(self.too_few_evaluations(&blocks));
        }
        let mut claim = self.claim(subject, &blocks, parameters)?;
        if claim.problem.is_some() {
            return Ok(self.invalid(&blocks, &claim, Method::Differences));
        }
        let mut run = Run::new(self, subject, &blocks, parameters, &claim);
        let Measured { noise: measured, grain } = run.measure_noise()?;
        let bound = measured.max(subject.rounding_of_loss(parameters)?);
        run.noise = Noise { measured, bound, ..run.noise };
        run.grain = grain;
        let loss_alone = subject.loss(parameters)?;
        let apart = (loss_alone - claim.loss).abs();
        if apart.is_nan() || apart > run.noise.bound {
            let both = format!("{} with the gradient and {loss_alone} without", claim.loss);
            claim.problem = Some(format!("the loss is {both}"));
            return Ok(self.invalid(&blocks, &claim, Method::Differences));
        }
        let taylor = run.taylor(&claim.gradient)?;
        let report = match self.coverage {
            Coverage::Directions(count) => {
                // more than can be asked are not even drawn
                run.report_directions(count.min(self.most_evaluations), &claim, taylor)?
            }
            _ => run.report_entries(run.entries(&claim)?, &claim, taylor)?,
        };
        if let Some(problem) = claim.changed(subject, parameters)? {
            let claim = Claim { problem: Some(problem), ..claim };
            return Ok(self.invalid(&blocks, &claim, report.method));
        }
        let evaluations = run.spent.get() + 1;
        self.with_another_point(GradientReport { evaluations, ..report }, subject, parameters)
    }

    /// Nothing is asked of the subject where the cap does not even allow to measure its noise.
    fn too_few_evaluations(&self, blocks: &[Block]) -> GradientReport {
        let least = EVALUATIONS_BESIDE + MOST_EVALUATIONS_PER_SLOPE;
        let reason = format!(
            "{} evaluations are allowed, but a check by differences may need {least} for its \
             first slope: raise most_evaluations",
            self.most_evaluations
        );
        let nothing = self.invalid(blocks, &Claim::refused(reason), Method::Differences);
        GradientReport { verdict: GradientVerdict::Unchecked, ..nothing }
    }
}

/// One check by differences under way.
pub(super) struct Run<'a> {
    check: &'a Check,
    subject: &'a dyn Differentiable,
    blocks: &'a [Block],
    parameters: &'a [f64],
    at_point: f64,
    noise: Noise,
    grain: f64,
    spent: Cell<usize>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        check: &'a Check,
        subject: &'a dyn Differentiable,
        blocks: &'a [Block],
        parameters: &'a [f64],
        claim: &Claim,
    ) -> Self {
        let spent = Cell::new(claim.evaluations + 1);
        let noise = Noise { measured: 0.0, bound: 0.0, smallest_step: SMALLEST_STEP };
        let at_point = claim.loss;
        Self { check, subject, blocks, parameters, at_point, noise, grain: 0.0, spent }
    }

    pub(super) fn with(self, noise: Noise) -> Self {
        Self { noise, ..self }
    }

    /// The loss along the line θ + t·v, where v is given by its entries that are not zero.
    fn line(&self, direction: Vec<Coordinate>) -> Box<Line<'_>> {
        Box::new(move |t| {
            self.spent.set(self.spent.get() + 1);
            self.subject.loss(&self.beside(&direction, t))
        })
    }

    /// θ + t·v: a fresh copy, so that a subject cannot keep a changed value, nor can we forget to
    /// restore it.
    fn beside(&self, direction: &[Coordinate], t: f64) -> Vec<f64> {
        let mut point = self.parameters.to_vec();
        for &Coordinate { place, length } in direction {
            point[place] += t * length;
        }
        point
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

    fn measure_noise(&self) -> Result<Measured> {
        let mut random = self.random();
        let mut line = || {
            let relative = |(place, &parameter): (usize, &f64)| {
                let length = floored(&mut random) * magnitude(parameter);
                Coordinate { place, length }
            };
            self.line(self.parameters.iter().enumerate().map(relative).collect())
        };
        let mut lines: [_; LINES] = std::array::from_fn(|_| line());
        noise(&mut lines)
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
            let (name, noise) = (&block.name, self.noise.bound);
            let mut rate = taylor(name, &mut *phi, self.at_point, slope, noise)?;
            // A corner nearby makes the remainder of a right slope linear on its side only.
            if rate.reading == Reading::Linear {
                let other = taylor(name, &mut |t| phi(-t), self.at_point, -slope, noise)?;
                if other.reading.accepts() {
                    rate = other;
                }
            }
            rates.push(rate);
        }
        Ok(rates)
    }

    fn is_spent(&self) -> bool {
        let at_the_end = NODES + 4;
        let needed = MOST_EVALUATIONS_PER_SLOPE + at_the_end;
        self.spent.get() + needed > self.check.most_evaluations
    }

    fn slope(&self, direction: Vec<Coordinate>) -> Result<Estimate> {
        if self.is_spent() {
            return Ok(Estimate::nothing(Status::NotSelected));
        }
        let relative = |at: &Coordinate| self.parameters[at.place].abs() / at.length.abs();
        let largest = direction.iter().map(relative).fold(0.0, f64::max);
        let noise = Noise { smallest_step: SMALLEST_STEP * largest, ..self.noise };
        derivative(&mut *self.line(direction), self.at_point, noise)
    }

    fn entry(&self, place: usize) -> Result<Estimate> {
        let length = scale(self.parameters[place]);
        Ok(self.slope(vec![Coordinate { place, length }])?.scaled(1.0 / length))
    }

    /// Whether the subject's own gradient adds up to the change of its loss around the point,
    /// though at the point it is not the slope found.
    ///
    /// Then some step inside has kinks there, too near for a difference to tell, and the chain rule
    /// may give another slope exactly at them. A gradient that is wrong does not add up. The
    /// stretch is as short as noise allows, where the gradient's own curvature is nothing.
    fn adds_up(&self, direction: &[Coordinate], found: &Estimate, claimed: f64) -> Result<bool> {
        let apart = found.distance(claimed);
        let t = (PARTS_OF_A_DIFFERENCE * self.noise.bound / apart).max(SHORTEST_STRETCH);
        if t > LONGEST_STRETCH || self.is_spent() {
            return Ok(false);
        }
        self.spent.set(self.spent.get() + NODES);
        let mut mean = 0.0;
        for (node, weight) in gauss_rule() {
            let beside = self.subject.evaluate(&self.beside(direction, node * t))?.gradient;
            if beside.len() != self.parameters.len() {
                return Ok(false);
            }
            mean += weight * slope_along(direction, &beside);
        }
        let mut phi = self.line(direction.to_vec());
        let slope = (phi(t)? - phi(-t)?) / (2.0 * t);
        Ok((mean - slope).abs() <= apart * (2.0 / PARTS_OF_A_DIFFERENCE))
    }

    /// One estimate per entry, in the order of the parameters.
    fn entries(&self, claim: &Claim) -> Result<Vec<Estimate>> {
        let mut random = self.random();
        let mut found = vec![Estimate::nothing(Status::NotSelected); self.parameters.len()];
        let known = self.known_kinks()?;
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
                found[place] = match known[place] {
                    Some(outcomes) => outcomes,
                    None => self.entry(place)?,
                };
            }
        }
        self.judge_kinks(&mut found, &claim.gradient)?;
        Ok(found)
    }

    /// What the subject knows of entries at kinks, by place.
    fn known_kinks(&self) -> Result<Vec<Option<Estimate>>> {
        let mut known = vec![None; self.parameters.len()];
        for (place, outcomes) in self.subject.at_kinks(self.parameters)? {
            if let Some(known) = known.get_mut(place) {
                *known = Some(outcomes);
            }
        }
        Ok(known)
    }

    /// Judges entries that are outside what was found, up to the first that is wrong: a wrong
    /// gradient is wrong beside the point, too.
    pub(super) fn judge_kinks(&self, found: &mut [Estimate], claimed: &[f64]) -> Result<()> {
        for (place, (found, &claimed)) in found.iter_mut().zip(claimed).enumerate() {
            let length = scale(self.parameters[place]);
            let line = [Coordinate { place, length }];
            let mut along = found.scaled(length);
            let is_wrong = self.is_wrong(&line, &mut along, length * claimed)?;
            found.status = along.status;
            if is_wrong {
                break;
            }
        }
        Ok(())
    }

    /// Whether a slope claimed along a line is wrong. A claim outside the slope found is at a kink
    /// if the gradient adds up around the point, and wrong if not.
    fn is_wrong(&self, line: &[Coordinate], found: &mut Estimate, claimed: f64) -> Result<bool> {
        let is_outside = found.is_known() && !found.accepts(claimed);
        Ok(is_outside && !found.judge_kink(self.adds_up(line, found, claimed)?))
    }

    fn report_entries(
        &self,
        found: Vec<Estimate>,
        claim: &Claim,
        mut taylor: Vec<Taylor>,
    ) -> Result<GradientReport> {
        let of_blocks = ranges(self.blocks).filter(|(block, _)| !block.is_empty());
        for (taylor, (_, range)) in taylor.iter_mut().zip(of_blocks) {
            let along = |i: usize| scale(self.parameters[i]) * found[i].known_tolerance();
            taylor.allow(range.map(along).sum());
        }
        let entries = Comparison { blocks: self.blocks, claimed: &claim.gradient, found: &found };
        let evidence = self.evidence(Method::Differences, taylor);
        let context = Context { examples: self.subject.examples() };
        Ok(self.check.report(&entries, claim, evidence, context))
    }

    fn evidence(&self, method: Method, taylor: Vec<Taylor>) -> Evidence {
        let (noise, evaluations) = (self.noise.bound, self.spent.get());
        Evidence { method, taylor, noise, grain: self.grain, evaluations }
    }

    /// Random directions through every block.
    fn report_directions(
        &self,
        count: usize,
        claim: &Claim,
        mut taylor: Vec<Taylor>,
    ) -> Result<GradientReport> {
        let directions = self.directions(count, claim)?;
        for (taylor, found) in taylor.iter_mut().zip(directions.found.chunks(count.max(1))) {
            taylor.allow(found.iter().map(Estimate::known_tolerance).fold(0.0, f64::max));
        }
        let slopes = directions.slopes(&claim.gradient);
        let evidence = self.evidence(Method::Directions, taylor);
        let report = self.check.conclude(&directions.compare(&slopes), claim, evidence);
        let catches = |gradient: &[f64]| {
            let slopes = directions.slopes(gradient);
            directions.compare(&slopes).differing().next().is_some()
        };
        Ok(GradientReport { power: power(self.blocks, &claim.gradient, &catches), ..report })
    }

    fn directions(&self, count: usize, claim: &Claim) -> Result<Directions> {
        let mut random = self.random();
        let known = self.known_kinks()?;
        let mut directions = Directions::default();
        for (block, range) in ranges(self.blocks).filter(|(block, _)| !block.is_empty()) {
            let name = format!("{} along directions", block.name);
            directions.blocks.push(Block::new(name, count, 1));
            for _ in 0..count {
                let direction = self.direction(&mut random, range.clone());
                let slope = self.slope(direction.clone())?;
                directions.found.push(with_outcomes(slope, &direction, &known));
                directions.along.push(direction);
            }
        }
        for (found, along) in directions.found.iter_mut().zip(&directions.along) {
            if self.is_wrong(along, found, slope_along(along, &claim.gradient))? {
                break;
            }
        }
        Ok(directions)
    }
}

/// A slope along a direction through entries at known kinks: each outcome of the chain rule is away
/// from the slopes on both sides by no more than those entries allow.
fn with_outcomes(
    slope: Estimate,
    direction: &[Coordinate],
    known: &[Option<Estimate>],
) -> Estimate {
    let width_of = |at: &Coordinate| {
        let outcomes = known[at.place]?;
        Some(at.length.abs() * (outcomes.high - outcomes.low + outcomes.tolerance()))
    };
    let width: f64 = direction.iter().filter_map(width_of).sum();
    if width == 0.0 || !slope.is_known() {
        return slope;
    }
    let (low, high) = (slope.low - width, slope.high + width);
    Estimate { low, high, status: Status::KnownKink, ..slope }
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
pub(super) fn magnitude(parameter: f64) -> f64 {
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
    fn a_factor_is_between_a_half_and_one_of_either_sign_in_fine_steps() {
        let mut random = ChaCha20Rng::seed_from_u64(1);
        let drawn: Vec<f64> = (0..2_000).map(|_| floored(&mut random)).collect();
        let sizes = || drawn.iter().map(|factor| factor.abs());
        let steps = f64::from(1 << 20);
        assert!(sizes().all(|size| (0.5..=1.0).contains(&size) && (steps * size).fract() == 0.0));
        assert!(sizes().any(|size| size < 0.505) && sizes().any(|size| size > 0.995));
        let positive = drawn.iter().filter(|factor| **factor > 0.0).count();
        // Hoeffding: a fair coin leaves this interval with probability below 2·e^−40
        assert!((800..=1_200).contains(&positive), "{positive}");
        let mut others = drawn.clone();
        others.sort_by(f64::total_cmp);
        others.dedup();
        assert!(others.len() > 1_990, "{} of 2,000 are different", others.len());
    }

    /// A node is further from 0 than this.
    const BESIDE: f64 = 1.0 / 512.0;

    #[test]
    fn gausss_rule_is_the_mean_exact_to_degree_five_and_has_no_node_at_zero() {
        let mean = |f: fn(f64) -> f64| gauss_rule().map(|(t, w)| w * f(t)).sum::<f64>();
        let near = |a: f64, b: f64| (a - b).abs() < 64.0 * f64::EPSILON;
        assert!(near(mean(|_| 1.0), 1.0) && near(mean(|t| t), 0.0));
        assert!(near(mean(|t| t * t), 1.0 / 3.0) && near(mean(|t| t * t * t * t), 0.2));
        assert_eq!(gauss_rule().count(), NODES);
        assert!(gauss_rule().all(|(node, _)| node.abs() > BESIDE && node.abs() < 1.0));
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
            (GradientVerdict::Unchecked, init_symmetry_network::tolerance::least_noise(0.0)),
            "{}",
            report.reason
        );
    }

    #[test]
    fn evaluations_are_spent_when_the_next_slope_may_need_more_than_are_left() {
        let nothing = Function::new(0, |_| 0.0, |_| vec![]);
        let at_the_end = NODES + 4;
        let most_evaluations = 2 * MOST_EVALUATIONS_PER_SLOPE + at_the_end;
        let check = Check { most_evaluations, ..Check::default() };
        let run = Run::new(&check, &nothing, &[], &[], &Claim::default());
        let is_spent_after = |evaluations| {
            run.spent.set(evaluations);
            run.is_spent()
        };
        let all_but_one_slope = MOST_EVALUATIONS_PER_SLOPE;
        assert_eq!([0, 1].map(|more| is_spent_after(all_but_one_slope + more)), [false, true]);
    }
}
