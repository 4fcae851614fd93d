//! How far the units of a layer are apart.

use super::{TensorShape, UnitGroup, units_of_layer};
use crate::singular_values::relative_singular_values;
use crate::{Error, Parameters, Result};
use ndarray::{Array2, ArrayViewD, Axis};

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
    units_of_layer(parameters, l)?;
    distances_of_rows(parameters.w(l), &format!("w{l}"))
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
    units_of_layer(parameters, l)?;
    rank(parameters.w(l))
}

impl UnitGroup {
    /// Everything that the units receive by (units × numbers): for each unit in a row its entries
    /// along every axis that is not outgoing, one axis after the other.
    ///
    /// # Errors
    /// A group that does not fit the tensors, values of other shapes.
    ///
    /// ```
    /// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, tensors_of};
    /// let tensors = [TensorShape::new("w1", &[2, 2]), TensorShape::new("b1", &[2])];
    /// let hidden =
    ///     UnitGroup::new("hidden", 2).along(UnitAxis::new("w1", 0)).along(UnitAxis::new("b1", 0));
    /// let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// let incoming = hidden.incoming(&tensors, &tensors_of(&tensors, &values)?)?;
    /// assert_eq!(incoming, ndarray::array![[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]]);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn incoming(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'_, f64>],
    ) -> Result<Array2<f64>> {
        let units = self.units(tensors, values)?;
        let mut rows: Vec<Vec<f64>> = vec![Vec::new(); units.count];
        for carrier in &units.carriers {
            for along in carrier.axes.iter().filter(|along| !along.outgoing) {
                for (unit, row) in rows.iter_mut().enumerate() {
                    for index in along.entries(unit, units.count) {
                        row.extend(carrier.view.index_axis(Axis(along.axis), index));
                    }
                }
            }
        }
        let columns = rows.first().map_or(0, Vec::len);
        let matrix = |(unit, column): (usize, usize)| rows[unit][column];
        Ok(Array2::from_shape_fn((units.count, columns), matrix))
    }

    /// The distances between the units, by what they receive by; infinite where a difference
    /// overflows.
    ///
    /// # Errors
    /// As [`UnitGroup::incoming`]; a number that is not finite.
    pub fn distances(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'_, f64>],
    ) -> Result<RowDistances> {
        distances_of_rows(&self.incoming(tensors, values)?, "the incoming weights")
    }

    /// The numerical rank of what the units receive by, as of [`numerical_rank`].
    ///
    /// # Errors
    /// As [`UnitGroup::distances`].
    pub fn rank(&self, tensors: &[TensorShape], values: &[ArrayViewD<'_, f64>]) -> Result<usize> {
        rank(&self.incoming(tensors, values)?)
    }
}

fn distances_of_rows(w: &Array2<f64>, name: &str) -> Result<RowDistances> {
    if let Some(((i, k), value)) = w.indexed_iter().find(|(_, weight)| !weight.is_finite()) {
        let what = format!("{name}[{i}, {k}]");
        return Err(Error::NotFinite { what, value: value.to_string() });
    }
    let units = w.nrows();
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

/// The numerical rank of a matrix, with the threshold of [`numerical_rank`].
///
/// # Errors
/// An entry that is not finite.
///
/// ```
/// use init_symmetry_network::symmetry::rank;
/// use ndarray::array;
/// assert_eq!(rank(&array![[1.0, 2.0], [2.0, 4.0]])?, 1);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn rank(w: &Array2<f64>) -> Result<usize> {
    let (rows, columns) = w.dim();
    // relative to the largest entry, so that none of them overflows
    let values = relative_singular_values(w)?.values;
    let largest = values.first().copied().unwrap_or_default();
    let threshold = largest * rows.max(columns) as f64 * f64::EPSILON;
    Ok(values.iter().filter(|&&value| value > threshold).count())
}
