//! z·σ(z), which neither rises everywhere nor has slopes of at most 1.

use super::{Facts, Formula, TOGETHER};
use crate::Scalar;
use crate::scalar::elementary;

pub(super) struct Silu;

impl Formula for Silu {
    const FACTS: Facts = Facts {
        kink: None,
        is_odd: false,
        is_increasing: false,
        is_homogeneous: false,
        // the minimum is at z = −1.278464542761074, where σ(z)·(1 + z·(1 − σ(z))) = 0
        range: -0.278_464_542_761_073_8..=f64::INFINITY,
        // at z = 2.399357280515468, where g'' = 0
        largest_slope: 1.099_839_320_128_867,
        decay: None,
        is_gated: true,
        written_slope: "σ(z)·(1 + z·(1 − σ(z)))",
        rocq_name: "Silu",
    };

    /// At −∞ this is −∞·0 = NaN, and so is the slope at ±∞: a network that has diverged says so.
    #[inline(always)]
    fn value<S: Scalar>(z: S) -> S {
        z * z.sigmoid()
    }

    /// σ + z·σ·(1 − σ) = σ + a·(1 − σ).
    #[inline(always)]
    fn slope<S: Scalar>(z: S, a: S) -> S {
        z.sigmoid() + a * (S::one() - z.sigmoid())
    }

    #[inline(always)]
    fn values_of_each(z: &[f64; TOGETHER], a: &mut [f64; TOGETHER]) {
        elementary::sigmoid_of_each(z, a);
        for i in 0..TOGETHER {
            a[i] *= z[i];
        }
    }
}
