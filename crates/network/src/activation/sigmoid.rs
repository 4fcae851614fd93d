//! σ(z) = 1/(1 + e^−z), with σ' = σ(1 − σ).

use super::{Decay, Facts, Formula, SlopeOf};
use crate::Scalar;
use crate::scalar::{Pending, TOGETHER};
use ndarray::Array2;

pub(super) struct Sigmoid;

impl Formula for Sigmoid {
    const FACTS: Facts = Facts {
        kink: None,
        is_odd: false,
        is_increasing: true,
        is_homogeneous: false,
        range: 0.0..=1.0,
        largest_slope: 0.25,
        decay: Some(Decay { factor: 1.0, rate: 1.0 }),
        is_gated: false,
        written_slope: "a·(1 − a)",
        rocq_name: "Sigmoid",
    };

    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z.sigmoid()
    }

    #[inline(always)]
    fn slope<S: Scalar>(_: S, a: S) -> S {
        a * (S::one() - a)
    }

    #[inline(always)]
    fn values_of_each<S: Scalar>(z: &[S; TOGETHER], a: &mut [S; TOGETHER]) {
        S::sigmoid_of_each(z, a);
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
