//! The number systems that the one network runs on.
//!
//! A number system is a type with ring operations, division and the functions of the lesson.
//! The network never looks inside a number, so a proof about one system is a proof about its code.

mod bounded;
mod dual;
pub(crate) mod elementary;
mod float;
mod fp;
mod softmax;
mod term;
mod zero_or_any;

pub use bounded::Bounded;
pub use dual::Dual;
pub use fp::Fp;
pub use term::{
    Function, FunctionOfMany, Node, Operation, Term, Trace, confined, count, questions,
};
pub use zero_or_any::ZeroOrAny;

use ndarray::{ArrayView1, ArrayViewMut1, LinalgScalar};
use std::fmt::Debug;

/// A number that the reference network can compute with.
///
/// Implemented for `f64`, `f32`, [`Dual`], [`Fp`] and [`Bounded`], and for [`Term`] and
/// [`ZeroOrAny`], whose runs are proofs. The methods are what the network's equations name;
/// addition and the rest come from [`LinalgScalar`].
///
/// ```
/// use init_symmetry_network::Scalar;
/// fn sigmoid_slope<S: Scalar>(z: S) -> S {
///     z.sigmoid() * (S::one() - z.sigmoid())
/// }
/// assert_eq!(sigmoid_slope(0.0_f64), 0.25);
/// ```
pub trait Scalar: LinalgScalar + PartialEq + Debug {
    /// self·b + c in one operation: in floats, and in numbers that are built on them, rounded once
    /// (fusedMultiplyAdd of IEEE 754-2019, section 5.4.1); in exact systems a product and a sum.
    ///
    /// ```
    /// use init_symmetry_network::Scalar;
    /// // 0.1 is not one tenth, and the product is not rounded to 1 before 1 is subtracted.
    /// assert_eq!(Scalar::mul_add(0.1_f64, 10.0, -1.0), f64::EPSILON / 4.0);
    /// ```
    fn mul_add(self, b: Self, c: Self) -> Self;

    /// The number `count`, such as m, the number of examples.
    fn of(count: usize) -> Self;

    /// The logistic function 1/(1 + e^−z).
    fn sigmoid(self) -> Self;

    /// The hyperbolic tangent.
    fn tanh(self) -> Self;

    /// ln(1 + e^z), whose derivative is the logistic function; finite for every finite z.
    fn softplus(self) -> Self;

    /// ln Σ e^z_k over at least one number, whose derivatives are the [`Scalar::softmax`]; finite
    /// for all finite z.
    ///
    /// ```
    /// use init_symmetry_network::Scalar;
    /// use ndarray::aview1;
    /// assert_eq!(f64::log_sum_exp(aview1(&[1000.0, 0.0])), 1000.0); // e^1000 overflows
    /// ```
    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self;

    /// ŷ_k := e^z_k / Σ_j e^z_j, of as many numbers; equal z have identical ŷ.
    fn softmax(z: ArrayView1<'_, Self>, y_hat: ArrayViewMut1<'_, Self>);

    /// max(0, z).
    fn relu(self) -> Self;

    /// 1 where z > 0 and 0 elsewhere: the derivative of [`Scalar::relu`], by convention 0 at 0.
    fn step(self) -> Self;

    /// Whether this is a number: neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// Whether two numbers are the very same: equal bits for floats, so 0 and −0 differ.
    fn identical(self, other: Self) -> bool;
}
