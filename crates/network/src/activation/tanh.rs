//! tanh(z), with tanh' = 1 − tanh².

use super::{Decay, Facts, Formula, TOGETHER};
use crate::Scalar;
use crate::scalar::elementary;

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
    fn values_of_each(z: &[f64; TOGETHER], a: &mut [f64; TOGETHER]) {
        elementary::tanh_of_each(z, a);
    }
}
