//! tanh(z), with tanh' = 1 − tanh².

use super::{Decay, Facts, Formula, SlopeOf};
use crate::Scalar;
use crate::scalar::{Pending, TOGETHER};
use ndarray::Array2;

pub(super) struct Tanh;

impl Formula for Tanh {
    const FACTS: Facts = Facts {
        kink: None,
        is_odd: true,
        is_increasing: true,
        is_homogeneous: false,
        range: -1.0..=1.0,
        largest_slope: 1.0,
        decay: Some(Decay { factor: 4.0, rate: 2.0 }),
        is_gated: false,
        written_slope: "1 − a²",
        rocq_name: "Tanh",
    };

    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z.tanh()
    }

    #[inline(always)]
    fn slope<S: Scalar>(_: S, a: S) -> S {
        S::one() - a * a
    }

    #[inline(always)]
    fn values_of_each<S: Scalar>(z: &[S; TOGETHER], a: &mut [S; TOGETHER]) {
        S::tanh_of_each(z, a);
    }

    fn times_slope<S: Scalar>(
        da: impl Pending<S>,
        _z: &Array2<S>,
        a: &Array2<S>,
        dz: &mut Array2<S>,
    ) {
        da.update::<1, SlopeOf<Self>>([a], dz);
    }
}
