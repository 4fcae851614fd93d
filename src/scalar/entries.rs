//! The same function of every entry.

use super::{Scalar, Work};
use ndarray::{Array2, Zip};
use std::marker::PhantomData;

/// A function of an entry of `with` and of the entry of `to` that it replaces.
///
/// A trait and not a closure, because `value` has to be `#[inline(always)]`: see [`Work`].
pub(crate) trait Entrywise<S> {
    /// What `to` becomes.
    fn value(with: S, to: S) -> S;
}

/// to := f(with, to), entry by entry; the matrices have one shape.
pub(crate) fn update<S: Scalar, F: Entrywise<S>>(with: &Array2<S>, to: &mut Array2<S>) {
    match (with.as_slice(), to.as_slice_mut()) {
        (Some(with), Some(to)) => S::compute(Update::<S, F> { with, to, function: PhantomData }),
        _ => Zip::from(to).and(with).for_each(|to, &with| *to = F::value(with, *to)),
    }
}

struct Update<'a, S, F> {
    with: &'a [S],
    to: &'a mut [S],
    function: PhantomData<F>,
}

impl<S: Scalar, F: Entrywise<S>> Work for Update<'_, S, F> {
    #[inline(always)]
    fn run(self) {
        for (to, &with) in self.to.iter_mut().zip(self.with) {
            *to = F::value(with, *to);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scalar::{at_level, levels};
    use crate::{Activation, Scalar};
    use ndarray::{Array2, ShapeBuilder};
    use strum::VariantArray;

    /// Long enough for every vector and a tail; special values among them.
    fn numbers() -> Array2<f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310, 0.55, -0.55];
        Array2::from_shape_fn((3, 301), |(i, j)| {
            *special.get(j).unwrap_or(&((j as f64 - 150.0) * [0.01, 0.13, 9.7][i]))
        })
    }

    fn assert_slices_agree<S: Scalar>(z: &Array2<S>) {
        let mut by_columns = Array2::zeros(z.raw_dim().f());
        by_columns.assign(z);
        for &g in Activation::VARIANTS {
            let (mut a, mut other) = (z.clone(), z.clone());
            g.values(z, &mut a);
            g.values(&by_columns, &mut other);
            let mut dz = z.clone();
            g.times_slope(z, &a, &mut dz);
            for (((&z, &a), &other), &dz) in z.iter().zip(&a).zip(&other).zip(&dz) {
                // which NaN an operation gives is left open
                let is_nan = |x: S| format!("{x:?}") == "NaN";
                let same = |x: S, y: S| x.identical(y) || (is_nan(x) && is_nan(y));
                assert!(same(a, g.value(z)) && same(other, a), "{g} of {z:?}");
                assert!(same(dz, z * g.slope(z, a)), "slope of {g} at {z:?}");
            }
        }
    }

    #[test]
    fn slices_and_single_numbers_agree_bit_for_bit_on_every_set_of_instructions() {
        for level in levels() {
            at_level(level, || {
                assert_slices_agree(&numbers());
                assert_slices_agree(&numbers().mapv(|number| number as f32));
            });
        }
    }
}
