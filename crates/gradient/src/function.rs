//! Any function with a gradient, given as two closures.

use super::check::Check;
use super::comparison::GradientVerdict;
use super::differentiable::{Block, Differentiable, LossAndGradient};
use super::report::GradientReport;
use init_symmetry_network::Result;

/// A function of `n` parameters and what claims to be its gradient.
///
/// ```
/// use init_symmetry_gradient::{Differentiable, Function};
/// let product = Function::new(2, |x| x[0] * x[1], |x| vec![x[1], x[0]]);
/// assert_eq!(product.evaluate(&[2.0, 3.0])?.gradient, [3.0, 2.0]);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Function<F, G> {
    blocks: Vec<Block>,
    function: F,
    gradient: G,
}

impl<F: Fn(&[f64]) -> f64, G: Fn(&[f64]) -> Vec<f64>> Function<F, G> {
    /// A function of `n` parameters, in one block called x.
    pub fn new(n: usize, function: F, gradient: G) -> Self {
        Self::with_blocks(vec![Block::new("x", n, 1)], function, gradient)
    }

    /// A function of parameters in named blocks, one after the other, each row by row.
    pub fn with_blocks(blocks: Vec<Block>, function: F, gradient: G) -> Self {
        Self { blocks, function, gradient }
    }
}

impl<F: Fn(&[f64]) -> f64, G: Fn(&[f64]) -> Vec<f64>> Differentiable for Function<F, G> {
    fn blocks(&self) -> Vec<Block> {
        self.blocks.clone()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let gradient = (self.gradient)(parameters);
        Ok(LossAndGradient { loss: (self.function)(parameters), gradient })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        Ok((self.function)(parameters))
    }
}

/// Checks a gradient given as a closure against differences of the function.
///
/// Any bad input is a verdict with a reason: see [`GradientVerdict`].
///
/// ```
/// use init_symmetry_gradient::{GradientVerdict, check};
/// let f = |x: &[f64]| x[0] * x[0] * x[1];
/// check(f, |x| vec![2.0 * x[0] * x[1], x[0] * x[0]], &[3.0, -2.0]).assert_pass();
/// let wrong = check(f, |x| vec![x[0] * x[1], x[0] * x[0]], &[3.0, -2.0]);
/// assert_eq!(wrong.verdict, GradientVerdict::Mismatch);
/// assert_eq!((wrong.worst[0].row, wrong.worst[0].claimed), (0, -6.0));
/// ```
pub fn check(
    function: impl Fn(&[f64]) -> f64,
    gradient: impl Fn(&[f64]) -> Vec<f64>,
    point: &[f64],
) -> GradientReport {
    let (check, subject) = (Check::default(), Function::new(point.len(), function, gradient));
    // Closures cannot fail to answer, so the error is never met; it would be a verdict too.
    check.differences(&subject, point).unwrap_or_else(|error| check.refused(&error.to_string()))
}

/// Whether the checker itself is alive: it must accept a right gradient and reject wrong ones.
///
/// A user's negative control: call it beside the checks, on the same function and point. Every
/// planted error of [`super::Power`] is handed to a fresh check as if it were the claim.
///
/// ```
/// use init_symmetry_gradient::{Check, Function, negative_control};
/// let function = Function::new(2, |x| x[0] * x[1], |x| vec![x[1], x[0]]);
/// let control = negative_control(&Check::default(), &function, &[2.0, 3.0])?;
/// assert_eq!(control.caught, control.planted);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
///
/// # Errors
/// What keeps the subject from answering.
pub fn negative_control(
    check: &Check,
    subject: &dyn Differentiable,
    parameters: &[f64],
) -> Result<super::Power> {
    let claimed = subject.evaluate(parameters)?.gradient;
    let catches = |wrong: &[f64]| {
        let planted = Planted { subject, gradient: wrong };
        let report = check.differences(&planted, parameters);
        report.is_ok_and(|report| report.verdict == GradientVerdict::Mismatch)
    };
    Ok(super::power::power(&subject.blocks(), &claimed, &catches))
}

/// A subject that claims another gradient than its own.
struct Planted<'a> {
    subject: &'a dyn Differentiable,
    gradient: &'a [f64],
}

impl Differentiable for Planted<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.subject.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let loss = self.subject.loss(parameters)?;
        Ok(LossAndGradient { loss, gradient: self.gradient.to_vec() })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        self.subject.loss(parameters)
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        self.subject.rounding_of_loss(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Differentiable, LossAndGradient, Planted};
    use init_symmetry_network::Result;

    /// x², with a bound on its rounding.
    struct Square;

    impl Differentiable for Square {
        fn blocks(&self) -> Vec<Block> {
            vec![Block::new("x", 1, 1)]
        }

        fn evaluate(&self, x: &[f64]) -> Result<LossAndGradient> {
            Ok(LossAndGradient { loss: x[0] * x[0], gradient: vec![2.0 * x[0]] })
        }

        fn rounding_of_loss(&self, _: &[f64]) -> Result<f64> {
            Ok(0.25)
        }
    }

    #[test]
    fn a_planted_gradient_changes_nothing_else() {
        let planted = Planted { subject: &Square, gradient: &[7.0] };
        assert_eq!(planted.blocks(), Square.blocks());
        let expected = LossAndGradient { loss: 9.0, gradient: vec![7.0] };
        assert_eq!(planted.evaluate(&[3.0]), Ok(expected));
        assert_eq!((planted.loss(&[3.0]), planted.rounding_of_loss(&[3.0])), (Ok(9.0), Ok(0.25)));
    }
}
