//! The same function of every entry.

use super::{Scalar, Work};
use ndarray::Array2;
use std::marker::PhantomData;

/// How many entries a function has at a time, where there are as many. Measured: with more, tanh
/// has more numbers under way than there are registers.
pub(crate) const TOGETHER: usize = 48;

/// A function of the entries of `N` matrices, and of the entry that it replaces.
///
/// A trait and not a closure, because `value` has to be `#[inline(always)]`: see [`Work`].
pub(crate) trait Entrywise<S: Scalar, const N: usize> {
    /// What `to` becomes.
    fn value(with: [S; N], to: S) -> S;

    /// The same of several entries, for functions that have a faster way to the same bits.
    #[inline(always)]
    fn values(with: [&[S; TOGETHER]; N], to: &mut [S; TOGETHER]) {
        for (i, to) in to.iter_mut().enumerate() {
            *to = Self::value(entries_at(&with, i), *to);
        }
    }
}

/// Entry `i` of each of some lists: no `map`, whose closure would not be inlined.
#[inline(always)]
pub(crate) fn entries_at<S: Scalar, L: AsRef<[S]> + ?Sized, const N: usize>(
    lists: &[&L; N],
    i: usize,
) -> [S; N] {
    let mut entries = [S::zero(); N];
    for k in 0..N {
        entries[k] = lists[k].as_ref()[i];
    }
    entries
}

/// The entries of some matrices row by row, if all of them lie that way.
pub(crate) fn slices_of<S, const N: usize>(matrices: [&Array2<S>; N]) -> Option<[&[S]; N]> {
    let mut slices = [&[][..]; N];
    for (slice, matrix) in slices.iter_mut().zip(matrices) {
        *slice = matrix.as_slice()?;
    }
    Some(slices)
}

/// Numbers that are not computed yet.
pub(crate) trait Pending<S: Scalar> {
    /// to := f(with, these numbers), entry by entry; all have one shape.
    fn update<const N: usize, F: Entrywise<S, N>>(self, with: [&Array2<S>; N], to: &mut Array2<S>);
}

/// to := f(with, to), entry by entry; the matrices have one shape.
pub(crate) fn update<S: Scalar, const N: usize, F: Entrywise<S, N>>(
    with: [&Array2<S>; N],
    to: &mut Array2<S>,
) {
    match (slices_of(with), to.as_slice_mut()) {
        (Some(with), Some(to)) => {
            S::compute(Update::<S, N, F> { with, to, function: PhantomData });
        }
        _ => to.indexed_iter_mut().for_each(|(at, to)| {
            *to = F::value(with.map(|matrix| matrix[at]), *to);
        }),
    }
}

struct Update<'a, S, const N: usize, F> {
    with: [&'a [S]; N],
    to: &'a mut [S],
    function: PhantomData<F>,
}

impl<S: Scalar, const N: usize, F: Entrywise<S, N>> Work for Update<'_, S, N, F> {
    #[inline(always)]
    fn run(self) {
        let mut chunks: [&[[S; TOGETHER]]; N] = [&[]; N];
        let mut last: [&[S]; N] = [&[]; N];
        for k in 0..N {
            (chunks[k], last[k]) = self.with[k].as_chunks();
        }
        let (to, last_to) = self.to.as_chunks_mut();
        let nothing = [S::zero(); TOGETHER];
        for (c, to) in to.iter_mut().enumerate() {
            let mut with = [&nothing; N];
            for k in 0..N {
                with[k] = &chunks[k][c];
            }
            F::values(with, to);
        }
        for (i, to) in last_to.iter_mut().enumerate() {
            *to = F::value(entries_at(&last, i), *to);
        }
    }
}
