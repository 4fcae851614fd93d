//! max(z, z/100), with derivative 1/100 at 0.

use super::{Facts, Formula};
use crate::Scalar;

pub(super) struct LeakyRelu;

impl Formula for LeakyRelu {
    const FACTS: Facts = Facts {
        kink: Some(0.0),
        is_odd: false,
        is_increasing: true,
        is_homogeneous: true,
        range: f64::NEG_INFINITY..=f64::INFINITY,
        largest_slope: 1.0,
        decay: None,
        is_gated: false,
        written_slope: "1 above 0 and 1/100 below",
        rocq_name: "LeakyRelu",
    };

    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z * Self::slope(z, z)
    }

    /// 1 above 0 and 1/100 elsewhere. One hundredth is a quotient, so that it is exact in a field
    /// and over the reals, and the nearest double in `f64`.
    #[inline(always)]
    fn slope<S: Scalar>(z: S, _: S) -> S {
        z.step() + (S::one() - z.step()) * (S::one() / S::of(100))
    }
}
