//! The matrix operations that a step consists of: the same operations in the same order for every
//! entry.
//!
//! A kernel is *uniform* when entry (i, j) of a product is one and the same function of row i and
//! column j wherever it lies. The inductive claim in floats rests on it: BLAS libraries are not
//! uniform (edge rows are added in another order), and identical units drift apart in them.
//!
//! Every sum of products is s := mul_add(l, r, s) over k = 0, 1, 2, … from zero. `plain` says so in
//! loops, which most number systems take. Floats take `blocks` for products, in the widest vectors
//! of the `processor`, and f64 takes such vectors for activations too. Tests hold all of them to
//! the bits of the plain loops, to which results that do not lie row by row are left.

mod blocks;
mod plain;
mod processor;
#[cfg(test)]
mod tests;

pub use blocks::{DEPTH, LANES, WIDTH, product_in_blocks, sums_in_blocks};
pub use processor::{Registers, vectorised};
#[cfg(test)]
pub(crate) use processor::{at_level, levels};

use crate::scalar::{Term, ZeroOrAny};
use crate::{Activation, Bounded, Dual, Fp, Scalar};
use ndarray::{Array2, ArrayView2};

/// A number that networks compute with: every [`Scalar`] of this crate.
///
/// A number system of one's own has an empty implementation: `impl Trainable for MyNumber {}`.
pub trait Trainable: Scalar {
    /// `to` := `left`·`right`. The caller has checked all shapes, here and below.
    #[doc(hidden)]
    fn product(left: ArrayView2<Self>, right: ArrayView2<Self>, to: &mut Array2<Self>) {
        plain::product(left, right, to);
    }

    /// z := w·a + b, where b (n × 1) is added to every column after all else.
    #[doc(hidden)]
    fn affine(w: &Array2<Self>, a: &Array2<Self>, b: &Array2<Self>, z: &mut Array2<Self>) {
        plain::product(w.view(), a.view(), z);
        plain::add_bias(b, z);
    }

    /// Backwards through z = w·a + b: dw := dz·aᵀ, and db (n × 1) := the sum of each row of dz.
    #[doc(hidden)]
    fn affine_gradient(
        dz: &Array2<Self>,
        a: &Array2<Self>,
        dw: &mut Array2<Self>,
        db: &mut Array2<Self>,
    ) {
        plain::product(dz.view(), a.t(), dw);
        plain::sum_over_examples(dz.view(), db);
    }

    /// a := g(z), entry by entry.
    #[doc(hidden)]
    fn activate(g: Activation, z: &Array2<Self>, a: &mut Array2<Self>) {
        plain::activate(g, z, a);
    }

    /// Backwards through a = g(z): dz := dz ∘ g'(z), where dz begins as da.
    #[doc(hidden)]
    fn times_slope(g: Activation, z: &Array2<Self>, a: &Array2<Self>, dz: &mut Array2<Self>) {
        plain::times_slope(g, z, a, dz);
    }
}

impl Trainable for Bounded {}
impl Trainable for Fp {}
impl Trainable for Term {}
impl Trainable for ZeroOrAny {}
impl<S: Scalar> Trainable for Dual<S> {}

// Not generic, so that blocks and vectors are compiled in this crate, once for each kind of float.

impl Trainable for f64 {
    fn product(left: ArrayView2<Self>, right: ArrayView2<Self>, to: &mut Array2<Self>) {
        blocks::product(left, right, to);
    }

    fn affine(w: &Array2<Self>, a: &Array2<Self>, b: &Array2<Self>, z: &mut Array2<Self>) {
        blocks::affine(w, a, b, z);
    }

    fn affine_gradient(
        dz: &Array2<Self>,
        a: &Array2<Self>,
        dw: &mut Array2<Self>,
        db: &mut Array2<Self>,
    ) {
        blocks::affine_gradient(dz, a, dw, db);
    }

    fn activate(g: Activation, z: &Array2<Self>, a: &mut Array2<Self>) {
        match (z.as_slice(), a.as_slice_mut()) {
            (Some(z), Some(a)) => vectorised(
                #[inline(always)]
                |_| g.values_of_f64(z, a),
            ),
            _ => plain::activate(g, z, a),
        }
    }

    fn times_slope(g: Activation, z: &Array2<Self>, a: &Array2<Self>, dz: &mut Array2<Self>) {
        match (z.as_slice(), a.as_slice(), dz.as_slice_mut()) {
            (Some(z), Some(a), Some(dz)) => vectorised(
                #[inline(always)]
                |_| g.times_slope_of_f64(z, a, dz),
            ),
            _ => plain::times_slope(g, z, a, dz),
        }
    }
}

impl Trainable for f32 {
    fn product(left: ArrayView2<Self>, right: ArrayView2<Self>, to: &mut Array2<Self>) {
        blocks::product(left, right, to);
    }

    fn affine(w: &Array2<Self>, a: &Array2<Self>, b: &Array2<Self>, z: &mut Array2<Self>) {
        blocks::affine(w, a, b, z);
    }

    fn affine_gradient(
        dz: &Array2<Self>,
        a: &Array2<Self>,
        dw: &mut Array2<Self>,
        db: &mut Array2<Self>,
    ) {
        blocks::affine_gradient(dz, a, dw, db);
    }
}

/// The product of two matrices: `left` is n × k, `right` is k × m, the result n × m. The caller has
/// checked that the shapes fit.
pub fn product<S: Trainable>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    S::product(left, right, &mut result);
    result
}

/// The sum of each row: n × m becomes n × 1.
pub fn sum_over_examples<S: Trainable>(matrix: &Array2<S>) -> Array2<S> {
    let mut nothing = Array2::zeros((matrix.nrows(), 0));
    let mut sums = Array2::zeros((matrix.nrows(), 1));
    S::affine_gradient(matrix, &Array2::zeros((0, matrix.ncols())), &mut nothing, &mut sums);
    sums
}
