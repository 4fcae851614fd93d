//! ln Σ e^z and e^z / Σ e^z of floats, without overflow.
//!
//! The largest z is subtracted first, so that every exponential is at most 1 and one of them is 1.

use super::elementary::exp;

/// The largest of some numbers, and Σ e^(z − largest) over them in order.
struct Shifted {
    largest: f64,
    sum: f64,
}

fn shifted(z: impl Iterator<Item = f64> + Clone) -> Shifted {
    let largest = z.clone().fold(f64::NEG_INFINITY, |most, z| if z > most { z } else { most });
    // what is not a number is never the largest, and comes back in here
    Shifted { largest, sum: z.fold(0.0, |sum, z| sum + exp(z - largest)) }
}

/// ln Σ e^z.
pub(super) fn log_sum_exp(z: impl Iterator<Item = f64> + Clone) -> f64 {
    let Shifted { largest, sum } = shifted(z);
    largest + libm::log(sum)
}

/// e^z / Σ e^z of each, in order; equal numbers have equal shares, to the bit.
pub(super) fn softmax(z: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = f64> {
    let Shifted { largest, sum } = shifted(z.clone());
    z.map(move |z| exp(z - largest) / sum)
}
