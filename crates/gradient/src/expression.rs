//! A loss written once for every number system, with or without its gradient.

use super::differentiable::Differentiable;
use init_symmetry_network::{Result, Scalar, Trainable};

/// A loss written once for every number system.
///
/// Numbers that are data, such as inputs and labels, come in as `constants`, so that an exact check
/// may draw them too; numbers that belong to the formula are written with [`Scalar::of`].
///
/// ```
/// use init_symmetry_gradient::Expression;
/// use init_symmetry_network::{Dual, Result, Scalar};
/// /// ½(w·x − y)² with constants x, y.
/// struct OneExample;
/// impl Expression for OneExample {
///     fn constants(&self) -> Vec<f64> {
///         vec![2.0, 1.0]
///     }
///     fn value<S: Scalar>(&self, w: &[S], constants: &[S]) -> Result<S> {
///         let residual = w[0] * constants[0] - constants[1];
///         Ok(residual * residual / S::of(2))
///     }
/// }
/// let value = OneExample.value(&[Dual::variable(3.0)], &[2.0, 1.0].map(Dual::constant))?;
/// assert_eq!(value.derivative, (3.0 * 2.0 - 1.0) * 2.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub trait Expression {
    /// The data of the loss.
    fn constants(&self) -> Vec<f64>;

    /// The loss at some parameters, with some data.
    ///
    /// # Errors
    /// Parameters or data of another number.
    fn value<S: Scalar>(&self, parameters: &[S], constants: &[S]) -> Result<S>;
}

/// An expression with a gradient written for every number system.
///
/// The reference network is one: see [`crate::NetworkLoss`].
pub trait ExpressionWithGradient: Expression + Differentiable {
    /// The loss and the derivative with respect to every parameter, by the code under test.
    ///
    /// # Errors
    /// Parameters or data of another number.
    fn evaluate_in<S: Trainable>(
        &self,
        parameters: &[S],
        constants: &[S],
    ) -> Result<LossAndGradientIn<S>>;

    /// An upper bound on the degree of loss and gradient as polynomials in the parameters, the
    /// constants and the values of uninterpreted functions.
    fn degree(&self) -> usize;
}

/// A loss and its gradient in some number system.
#[derive(Debug, Clone, PartialEq)]
pub struct LossAndGradientIn<S> {
    /// The loss.
    pub loss: S,
    /// Its derivative with respect to every parameter.
    pub gradient: Vec<S>,
}
