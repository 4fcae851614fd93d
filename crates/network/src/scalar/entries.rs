//! The same function of every entry.

use super::{Scalar, Work};
use ndarray::{Array2, Zip};
use std::marker::PhantomData;

/// How many entries a function has at a time, where there are as many. Measured: with more, tanh
/// has more numbers under way than there are registers.
pub(crate) const TOGETHER: usize = 48;

/// A function of an entry of `with` and of the entry of `to` that it replaces.
///
/// A trait and not a closure, because `value` has to be `#[inline(always)]`: see [`Work`].
pub(crate) trait Entrywise<S: Copy> {
    /// What `to` becomes.
    fn value(with: S, to: S) -> S;

    /// The same of several entries, for functions that have a faster way to the same bits.
    #[inline(always)]
    fn values(with: &[S; TOGETHER], to: &mut [S; TOGETHER]) {
        for i in 0..TOGETHER {
            to[i] = Self::value(with[i], to[i]);
        }
    }
}

/// Numbers that are not computed yet.
pub(crate) trait Pending<S: Scalar> {
    /// to := f(with, these numbers), entry by entry; all have one shape.
    fn update<F: Entrywise<S>>(self, with: &Array2<S>, to: &mut Array2<S>);
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
        let (with, last_with) = self.with.as_chunks();
        let (to, last_to) = self.to.as_chunks_mut();
        for (to, with) in to.iter_mut().zip(with) {
            F::values(with, to);
        }
        for (to, &with) in last_to.iter_mut().zip(last_with) {
            *to = F::value(with, *to);
        }
    }
}
