//! How far the units of a layer are apart.

use super::units_of_hidden_layer;
use crate::singular_values::relative_singular_values;
use crate::{Error, Parameters, Result};

/// Euclidean distances between the rows of W\[l\], over all pairs of units; 0 for a single unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowDistances {
    /// The smallest distance.
    pub min: f64,
    /// The median distance (the lower one of two).
    pub median: f64,
}

/// The distances between the rows of W\[l\] (n\[l\] × n\[l−1\]) of hidden layer `l`; infinite
/// where a difference overflows.
///
/// # Errors
/// A hidden layer that does not exist, matrices whose shapes do not fit together, a weight that is
/// not finite.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let zeros = network.initialise(Weights::Zeros, 1)?;
/// assert_eq!(symmetry::row_distances(&zeros, 1)?.median, 0.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn row_distances(parameters: &Parameters<f64>, l: usize) -> Result<RowDistances> {
    let units = units_of_hidden_layer(parameters, l)?;
    let w = parameters.w(l);
    if let Some(((i, k), value)) = w.indexed_iter().find(|(_, weight)| !weight.is_finite()) {
        let what = format!("w{l}[{i}, {k}]");
        return Err(Error::NotFinite { what, value: value.to_string() });
    }
    let pairs = (0..units).flat_map(|i| (i + 1..units).map(move |k| [i, k]));
    let mut distances: Vec<f64> = pairs
        .map(|[i, k]| {
            let difference = &w.row(i) - &w.row(k);
            let largest = difference.iter().fold(0.0_f64, |largest, d| largest.max(d.abs()));
            // scaled by the largest entry, so that tiny distances do not underflow to zero
            if largest > 0.0 && largest.is_finite() {
                largest * (&difference / largest).mapv(|d| d * d).sum().sqrt()
            } else {
                largest
            }
        })
        .collect();
    distances.sort_by(f64::total_cmp);
    let min = distances.first().copied().unwrap_or(0.0);
    let median = distances.get(distances.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    Ok(RowDistances { min, median })
}

/// The numerical rank of W\[l\]: singular values above max(rows, columns)·ε times the largest.
///
/// The threshold is the one of NumPy's and MATLAB's `rank`.
///
/// # Errors
/// A hidden layer that does not exist, matrices whose shapes do not fit together, a weight that is
/// not finite.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// assert_eq!(symmetry::numerical_rank(&network.initialise(Weights::Constant(0.5), 1)?, 1)?, 1);
/// assert_eq!(symmetry::numerical_rank(&network.initialise(Weights::Normal(0.5), 1)?, 1)?, 2);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn numerical_rank(parameters: &Parameters<f64>, l: usize) -> Result<usize> {
    units_of_hidden_layer(parameters, l)?;
    let (rows, columns) = parameters.w(l).dim();
    // relative to the largest entry, so that none of them overflows
    let values = relative_singular_values(parameters.w(l))?.values;
    let largest = values.first().copied().unwrap_or_default();
    let threshold = largest * rows.max(columns) as f64 * f64::EPSILON;
    Ok(values.iter().filter(|&&value| value > threshold).count())
}
