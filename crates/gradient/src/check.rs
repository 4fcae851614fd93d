//! How to check, what it costs, and what follows from the comparison.

use super::agreement::Agreement;
use super::comparison::{BlockReport, Comparison, Conclusion, GradientVerdict};
use super::diagnosis::{Context, diagnose};
use super::difference::floored;
use super::differentiable::{Block, Differentiable, LossAndGradient};
use super::power::{Power, power};
use super::report::{GradientReport, Method};
use super::taylor::Taylor;
use init_symmetry_network::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::fmt;

/// Which entries are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Every entry if the cap on evaluations allows, else as many of every block as it does.
    Automatic,
    /// Every entry.
    Every,
    /// So many entries of every block, or all of a smaller block, drawn at random.
    Sampled(usize),
    /// So many random directions through every block; a failure is followed by the entries of its
    /// block, for the message.
    ///
    /// Every coordinate is ±k/2^20 with ½ ≤ |k|/2^20 ≤ 1. An error e of the gradient is missed by
    /// one direction only if |v·e| is within the tolerance τ. Whatever the other coordinates are,
    /// that leaves the one of the largest |e_i| an interval of length 2τ/|e_i|: the chance is at
    /// most 2τ/|e_i| + 2^−20, and that to the power k for k directions.
    Directions(usize),
}

/// How to check; the default suits a test.
///
/// ```
/// use init_symmetry_gradient::{Check, Coverage, Function};
/// let function = Function::new(2, |x| x[0] * x[1], |x| vec![x[1], x[0]]);
/// let check = Check { coverage: Coverage::Directions(3), seed: 7, ..Check::default() };
/// check.differences(&function, &[2.0, 3.0])?.assert_pass();
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The seed of sampled entries and random directions.
    pub seed: u64,
    /// Which entries are compared.
    pub coverage: Coverage,
    /// The most evaluations of the loss; what is left then is reported as not selected.
    pub most_evaluations: usize,
}

impl Default for Check {
    fn default() -> Self {
        Self { seed: 1, coverage: Coverage::Automatic, most_evaluations: 1_000_000 }
    }
}

/// What a check will cost, known before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Entries, or directions, that will be compared.
    pub slopes: usize,
    /// About how many evaluations of the loss that takes; a kink may take three times as many.
    pub evaluations: usize,
    /// The cap, which is never exceeded: too low for a first slope, it leaves the check undone.
    pub most_evaluations: usize,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slopes, evaluations, most_evaluations } = self;
        write!(f, "{slopes} slopes, about {evaluations} evaluations (at most {most_evaluations})")
    }
}

/// What one slope usually takes: seven or eight steps on either side, and five to confirm.
const EVALUATIONS_PER_SLOPE: usize = 26;
/// What asking for the claim and measuring the noise takes, and the Taylor rate of one block.
const EVALUATIONS_FOR_NOISE: usize = 89;
const EVALUATIONS_PER_RATE: usize = 20;

impl Check {
    /// What [`Check::differences`] will cost for a subject with these blocks.
    ///
    /// ```
    /// use init_symmetry_gradient::{Block, Check};
    /// let plan = Check::default().plan(&[Block::new("w1", 100, 30)]);
    /// assert_eq!(plan.slopes, 3000);
    /// ```
    pub fn plan(&self, blocks: &[Block]) -> Plan {
        let slopes = blocks.iter().map(|block| self.slopes_of(block, blocks));
        let slopes = slopes.fold(0, usize::saturating_add);
        let beside = EVALUATIONS_FOR_NOISE + EVALUATIONS_PER_RATE * blocks.len();
        let evaluations = slopes.saturating_mul(EVALUATIONS_PER_SLOPE).saturating_add(beside);
        Plan { slopes, evaluations, most_evaluations: self.most_evaluations }
    }

    pub(crate) fn slopes_of(&self, block: &Block, blocks: &[Block]) -> usize {
        let all: usize = blocks.iter().map(Block::len).fold(0, usize::saturating_add);
        match self.coverage {
            Coverage::Every => block.len(),
            Coverage::Sampled(count) => count.min(block.len()),
            Coverage::Directions(count) => count,
            Coverage::Automatic => {
                let affordable = self.most_evaluations / EVALUATIONS_PER_SLOPE / 2;
                if all <= affordable {
                    block.len()
                } else {
                    (affordable / blocks.len().max(1)).clamp(1, block.len().max(1))
                }
            }
        }
    }

    /// The claimed gradient, and what is wrong with it before anything is compared.
    pub(crate) fn claim(
        &self,
        subject: &dyn Differentiable,
        blocks: &[Block],
        parameters: &[f64],
    ) -> Result<Claim> {
        let held = blocks.iter().map(Block::len).fold(0, usize::saturating_add);
        if held != parameters.len() {
            let problem =
                format!("the blocks hold {held} parameters but {} given", parameters.len());
            return Ok(Claim::refused(problem));
        }
        if let Some(i) = parameters.iter().position(|parameter| !parameter.is_finite()) {
            return Ok(Claim::refused(format!("parameter {i} is {}", parameters[i])));
        }
        let LossAndGradient { loss, gradient } = subject.evaluate(parameters)?;
        let mut claim = Claim { loss, gradient, problem: None, evaluations: 4 };
        // Something else is asked in between, and the same twice in a row; what a subject cannot
        // answer at the other point does not matter.
        let _ = subject.evaluate(&self.another_point(parameters));
        let again = [subject.evaluate(parameters)?, subject.evaluate(parameters)?];
        let deterministic = again.iter().all(|again| claim.is(again));
        let length = claim.gradient.len();
        let not_finite = claim.gradient.iter().position(|entry| !entry.is_finite());
        claim.problem = if length != held {
            Some(format!("the gradient has {length} entries but there are {held} parameters"))
        } else if !loss.is_finite() {
            Some(format!("the loss is {loss}"))
        } else if let Some(i) = not_finite {
            Some(format!("entry {i} of the gradient is {}", claim.gradient[i]))
        } else if !deterministic {
            Some("the same point gives different bits when it is evaluated again".into())
        } else {
            None
        };
        Ok(claim)
    }

    /// A verdict for a subject that did not answer.
    pub(crate) fn refused(&self, why: &str) -> GradientReport {
        self.invalid(&[], &Claim::refused(why.into()), Method::Differences)
    }

    pub(crate) fn invalid(
        &self,
        blocks: &[Block],
        claim: &Claim,
        method: Method,
    ) -> GradientReport {
        let nothing = Comparison { blocks: &[], claimed: &[], found: &[] };
        let report = self.conclude(&nothing, claim, Evidence::none(method));
        GradientReport {
            verdict: GradientVerdict::Invalid,
            reason: claim.problem.clone().unwrap_or_default(),
            agreement: Agreement::default(),
            planned: self.planned(blocks, method),
            blocks: blocks.iter().map(BlockReport::of_nothing).collect(),
            ..report
        }
    }

    /// Everything that follows from comparing entries.
    pub(crate) fn report(
        &self,
        entries: &Comparison<'_>,
        claim: &Claim,
        evidence: Evidence,
        context: Context,
    ) -> GradientReport {
        let catches = |claimed: &[f64]| {
            Comparison { claimed, ..entries.clone() }.differing().next().is_some()
        };
        let power = power(entries.blocks, &entries.truth(), &catches);
        let diagnosis = diagnose(entries, context);
        GradientReport { power, diagnosis, ..self.conclude(entries, claim, evidence) }
    }

    /// Verdict, blocks and worst entries of a comparison, without power and diagnosis.
    pub(crate) fn conclude(
        &self,
        entries: &Comparison<'_>,
        claim: &Claim,
        evidence: Evidence,
    ) -> GradientReport {
        let Evidence { method, taylor, noise, grain, evaluations } = evidence;
        let blocks = entries.block_reports();
        let Conclusion { verdict, reason } = entries.verdict(&blocks, &taylor);
        let worst = entries.worst();
        let planned = self.planned(entries.blocks, method);
        GradientReport {
            agreement: Agreement::of(verdict, &worst, &taylor),
            verdict,
            reason,
            method,
            seed: self.seed,
            replay: format!("{self:?}"),
            loss: claim.loss,
            noise,
            grain,
            planned,
            evaluations,
            worst,
            taylor,
            diagnosis: Vec::new(),
            power: Power::default(),
            zero_elsewhere: None,
            blocks,
        }
    }

    fn planned(&self, blocks: &[Block], method: Method) -> usize {
        match method {
            Method::Differences | Method::Directions => self.plan(blocks).evaluations,
            Method::Exact | Method::Sparse | Method::Structured => 0,
        }
    }

    /// A point near `parameters` at which little is zero: every parameter moved by ½ to 1.
    ///
    /// ```
    /// use init_symmetry_gradient::Check;
    /// let point = Check::default().another_point(&[0.0, 0.0]);
    /// assert!(point.iter().all(|parameter| (0.5..=1.0).contains(&parameter.abs())));
    /// ```
    pub fn another_point(&self, parameters: &[f64]) -> Vec<f64> {
        let mut random = ChaCha20Rng::seed_from_u64(self.seed);
        parameters.iter().map(|parameter| parameter + floored(&mut random)).collect()
    }

    /// The report with what could be seen at another point, if derivatives are zero at this one.
    pub(crate) fn with_another_point(
        &self,
        report: GradientReport,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        if report.blocks.iter().all(|block| block.zero == 0) {
            return Ok(report);
        }
        let elsewhere = subject.evaluate(&self.another_point(parameters))?.gradient;
        let zero = elsewhere.iter().filter(|&&entry| entry == 0.0).count();
        Ok(GradientReport { zero_elsewhere: Some(zero), ..report })
    }
}

/// What the subject says at the point.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claim {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
    /// Why nothing is compared.
    pub(crate) problem: Option<String>,
    pub(crate) evaluations: usize,
}

impl Claim {
    pub(crate) fn refused(problem: String) -> Self {
        Self { loss: f64::NAN, problem: Some(problem), ..Self::default() }
    }

    /// What is wrong if the subject answers otherwise now, at the end.
    pub(crate) fn changed(
        &self,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<Option<String>> {
        let is_same = self.is(&subject.evaluate(parameters)?);
        Ok((!is_same).then(|| "the same point gives different bits at the end of the check".into()))
    }

    fn is(&self, answer: &LossAndGradient) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        self.loss.to_bits() == answer.loss.to_bits()
            && self.gradient.len() == answer.gradient.len()
            && self.gradient.iter().zip(&answer.gradient).all(same)
    }
}

/// What a check has beside the comparison of entries.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) method: Method,
    pub(crate) taylor: Vec<Taylor>,
    pub(crate) noise: f64,
    /// The steps in which the loss moves, where it is constant nearby.
    pub(crate) grain: f64,
    pub(crate) evaluations: usize,
}

impl Evidence {
    pub(crate) fn none(method: Method) -> Self {
        Self { method, taylor: Vec::new(), noise: f64::NAN, grain: 0.0, evaluations: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Function;

    #[test]
    fn a_plan_counts_the_slopes_that_the_cap_can_afford() {
        // half of the evaluations that are allowed, at 26 a slope: 100 slopes
        let check = Check { most_evaluations: 5_200, ..Check::default() };
        let of = |check: Check, blocks: &[(usize, usize)]| {
            let block = |&(rows, columns): &(usize, usize)| Block::new("w", rows, columns);
            let plan = check.plan(&blocks.iter().map(block).collect::<Vec<_>>());
            (plan.slopes, plan.evaluations)
        };
        assert_eq!(of(check, &[(10, 10)]), (100, 100 * 26 + 89 + 20));
        assert_eq!(of(check, &[(101, 1)]), (100, 100 * 26 + 89 + 20));
        assert_eq!(of(check, &[(101, 1), (3, 1)]), (50 + 3, 53 * 26 + 89 + 40));
        let with = |coverage| of(Check { coverage, ..check }, &[(101, 1), (3, 1)]);
        assert_eq!(with(Coverage::Every), (104, 104 * 26 + 89 + 40));
        assert_eq!(with(Coverage::Sampled(5)), (5 + 3, 8 * 26 + 89 + 40));
        assert_eq!(with(Coverage::Directions(5)), (10, 10 * 26 + 89 + 40));
        let plan = check.plan(&[Block::new("w", 101, 1)]);
        let said = "100 slopes, about 2709 evaluations (at most 5200)";
        assert_eq!(plan.to_string(), said);
    }

    #[test]
    fn a_report_says_what_the_same_run_would_have_caught_and_nothing_if_it_compared_nothing() {
        let function = Function::new(2, |x| x[0] * x[0] + x[1], |x| vec![2.0 * x[0], 1.0]);
        let report = Check::default().differences(&function, &[3.0, 0.5]).unwrap();
        assert!(report.passed(), "{report}");
        assert_eq!(function.rounding_of_loss(&[3.0, 0.5]), Ok(0.0), "nothing is known of it");
        // all of the six but the transpose, which a column does not have
        let Power { planted, caught, missed, invisible } = report.power;
        assert_eq!((planted, caught, missed.len(), invisible.len()), (5, 5, 0, 0));

        let refused = Check::default().differences(&function, &[f64::NAN, 0.5]).unwrap();
        assert_eq!(refused.verdict, GradientVerdict::Invalid);
        assert_eq!((refused.power, refused.agreement), (Power::default(), Agreement::default()));
        assert!(refused.loss.is_nan(), "nothing was evaluated");
    }
}
