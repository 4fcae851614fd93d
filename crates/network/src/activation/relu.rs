//! max(0, z): 0 up to 0, where its slope is 0 by convention, and z above.

use super::{Facts, Formula};
use crate::Scalar;

pub(super) struct Relu;

impl Formula for Relu {
    const FACTS: Facts = Facts {
        kink: Some(0.0),
        is_odd: false,
        is_increasing: true,
        is_homogeneous: true,
        range: 0.0..=f64::INFINITY,
        largest_slope: 1.0,
        decay: None,
        is_gated: false,
        written_slope: "1 above 0 and 0 below",
        rocq_name: "Relu",
    };

    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z.relu()
    }

    #[inline(always)]
    fn slope<S: Scalar>(z: S, _: S) -> S {
        z.step()
    }
}
