//! g(z) = z.

use super::{Facts, Formula};
use crate::Scalar;

pub(super) struct Identity;

impl Formula for Identity {
    const FACTS: Facts = Facts {
        kink: None,
        is_odd: true,
        is_increasing: true,
        is_homogeneous: true,
        range: f64::NEG_INFINITY..=f64::INFINITY,
        largest_slope: 1.0,
        decay: None,
        is_gated: false,
        written_slope: "1",
        rocq_name: "Identity",
    };

    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z
    }

    #[inline(always)]
    fn slope<S: Scalar>(_: S, _: S) -> S {
        S::one()
    }
}
