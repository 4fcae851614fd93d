//! σ(z) = 1/(1 + e^−z), with σ' = σ(1 − σ).

use super::{Decay, Facts, Formula, TOGETHER};
use crate::Scalar;
use crate::scalar::elementary;

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
    fn values_of_each(z: &[f64; TOGETHER], a: &mut [f64; TOGETHER]) {
        elementary::sigmoid_of_each(z, a);
    }
}
