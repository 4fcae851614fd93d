//! Exact checks: the derivative of an expression in forward mode, with no step and no truncation.

use super::agreement::Agreement;
use super::check::{Check, Claim, Coverage, Evidence};
use super::comparison::{Comparison, GradientVerdict};
use super::diagnosis::Context;
use super::differentiable::{Block, Differentiable};
use super::estimate::Estimate;
use super::expression::Expression;
use super::report::{GradientReport, Method};
use super::rounded::Rounded;
use super::rounded::estimate;
use init_symmetry_network::tolerance::SIDES_OF_A_COMPARISON;
use init_symmetry_network::{Dual, Result};

impl Check {
    /// Compares the gradient with the exact derivative of an expression given apart from it.
    ///
    /// The tolerance of an entry bounds rounding alone: twice γ(k)·Σ|terms| of that entry, k the
    /// longest chain of operations. Where something differs, the subject's own loss is differenced
    /// along random directions, so that the report can tell a wrong gradient from another loss.
    ///
    /// # Errors
    /// What keeps the subject or the expression from answering.
    ///
    /// ```
    /// use init_symmetry_gradient::{Check, Expression, Function, Meaning};
    /// use init_symmetry_network::{Result, Scalar};
    /// struct Square;
    /// impl Expression for Square {
    ///     fn constants(&self) -> Vec<f64> {
    ///         vec![]
    ///     }
    ///     fn value<S: Scalar>(&self, x: &[S], _: &[S]) -> Result<S> {
    ///         Ok(x[0] * x[0])
    ///     }
    /// }
    /// // Differences of the subject's own loss would pass: loss and gradient are doubled alike.
    /// let doubled = Function::new(1, |x| 2.0 * x[0] * x[0], |x| vec![4.0 * x[0]]);
    /// let report = Check::default().exact(&Square, &doubled, &[3.0])?;
    /// assert_eq!(report.agreement.meaning, Meaning::AnotherLoss);
    /// assert!(!report.passed());
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn exact(
        &self,
        expression: &impl Expression,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        let blocks = subject.blocks();
        let claim = self.claim(subject, &blocks, parameters)?;
        if claim.problem.is_some() {
            return Ok(self.invalid(&blocks, &claim, Method::Exact));
        }
        let constants = expression.constants();
        let rounded: Vec<Rounded> = parameters.iter().copied().map(Rounded::exact).collect();
        let constants: Vec<Rounded> = constants.into_iter().map(Rounded::exact).collect();
        let specified = expression.value(&rounded, &constants)?;
        let constants: Vec<_> = constants.into_iter().map(Dual::constant).collect();
        let mut found = Vec::with_capacity(parameters.len());
        for place in 0..parameters.len() {
            let mut point: Vec<_> = rounded.iter().copied().map(Dual::constant).collect();
            point[place] = Dual::variable(rounded[place]);
            found.push(estimate(expression.value(&point, &constants)?.derivative));
        }
        let exact = ExactSide { method: Method::Exact, specified, found };
        self.compare_exact(subject, parameters, &blocks, &claim, exact, Context::default())
    }

    /// The report on derivatives found exactly, with the subject's own loss beside them.
    pub(crate) fn compare_exact(
        &self,
        subject: &dyn Differentiable,
        parameters: &[f64],
        blocks: &[Block],
        claim: &Claim,
        exact: ExactSide,
        context: Context,
    ) -> Result<GradientReport> {
        let ExactSide { method, specified, found } = exact;
        let entries = Comparison { blocks, claimed: &claim.gradient, found: &found };
        let evidence = Evidence { evaluations: claim.evaluations, ..Evidence::none(method) };
        let report = self.report(&entries, claim, evidence, context);
        let report = self.with_another_point(report, subject, parameters)?;
        if let Some(problem) = claim.changed(subject, parameters)? {
            let claim = Claim { problem: Some(problem), ..claim.clone() };
            return Ok(self.invalid(blocks, &claim, method));
        }
        // Two evaluations of one loss, each with the rounding that the bound allows.
        let allowed = SIDES_OF_A_COMPARISON * specified.error();
        let same_loss = (claim.loss - specified.value).abs() <= allowed;
        if report.verdict == GradientVerdict::Pass && same_loss {
            let agreement = Agreement::default().with_exact(report.verdict, same_loss);
            return Ok(GradientReport { agreement, ..report });
        }
        // Something is wrong: differences of the subject's own loss tell what.
        let own = Self { coverage: Coverage::Directions(1), ..*self };
        let own = own.examine(subject, parameters)?;
        let agreement = own.agreement.with_exact(report.verdict, same_loss);
        let GradientReport { taylor, noise, grain, evaluations, .. } = own;
        let report = GradientReport { agreement, taylor, noise, grain, evaluations, ..report };
        if report.verdict != GradientVerdict::Pass {
            return Ok(report);
        }
        let losses = format!("the loss is {} but {} is specified", claim.loss, specified.value);
        let reason = format!("the gradient agrees; {losses}");
        Ok(GradientReport { verdict: GradientVerdict::Mismatch, reason, ..report })
    }
}

/// What the exact side of a comparison has to say.
pub(crate) struct ExactSide {
    pub(crate) method: Method,
    pub(crate) specified: Rounded,
    pub(crate) found: Vec<Estimate>,
}
