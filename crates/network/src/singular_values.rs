//! Singular values, by rotations of pairs of rows until all are orthogonal (Hestenes 1958).
//!
//! Small matrices of weights need no more, and a library of linear algebra was a twelfth of the
//! release build. Not for large matrices: a sweep takes rows² × columns operations.

use crate::{Error, Result};
use ndarray::{Array1, Array2, Zip};

/// Sweeps after which every pair is orthogonal to rounding: convergence is quadratic, and 6 to 10
/// are usual.
const MOST_SWEEPS: usize = 60;

/// The singular values of a matrix, largest first: as many as its shorter side; infinite where one
/// overflows.
///
/// Source: Hestenes 1958; relative accuracy by Demmel & Veselić 1992.
///
/// # Errors
/// An entry that is not finite.
///
/// ```
/// use ndarray::array;
/// let values = init_symmetry_network::singular_values(&array![[3.0, 0.0], [0.0, -4.0]])?;
/// assert_eq!(values, [4.0, 3.0]);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn singular_values(matrix: &Array2<f64>) -> Result<Vec<f64>> {
    let Relative { unit, values } = relative_singular_values(matrix)?;
    Ok(values.into_iter().map(|value| value * unit).collect())
}

/// Singular values, in units of the largest entry of their matrix.
pub(crate) struct Relative {
    unit: f64,
    pub(crate) values: Vec<f64>,
}

/// The same, in units in which no square over- or underflows.
pub(crate) fn relative_singular_values(matrix: &Array2<f64>) -> Result<Relative> {
    if let Some(entry) = matrix.iter().find(|entry| !entry.is_finite()) {
        return Err(Error::NotFinite {
            what: "an entry of the matrix".into(),
            value: entry.to_string(),
        });
    }
    let short = if matrix.nrows() > matrix.ncols() { matrix.t() } else { matrix.view() };
    let unit = matrix.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    if unit == 0.0 {
        return Ok(Relative { unit, values: vec![0.0; short.nrows()] });
    }
    let mut rows: Vec<Array1<f64>> =
        short.rows().into_iter().map(|row| row.mapv(|entry| entry / unit)).collect();
    for _ in 0..MOST_SWEEPS {
        if !sweep(&mut rows) {
            break;
        }
    }
    let mut values: Vec<f64> = rows.iter().map(|row| row.dot(row).sqrt()).collect();
    values.sort_by(|left, right| right.total_cmp(left));
    Ok(Relative { unit, values })
}

/// Makes each pair of rows orthogonal in turn; whether any was not.
fn sweep(rows: &mut [Array1<f64>]) -> bool {
    let mut rotated = false;
    for i in 0..rows.len() {
        for k in i + 1..rows.len() {
            let (above, below) = rows.split_at_mut(k);
            let (p, q) = (&mut above[i], &mut below[0]);
            let [p_p, q_q, p_q] = [p.dot(p), q.dot(q), p.dot(q)];
            if p_q.abs() <= f64::EPSILON * (p_p * q_q).sqrt() {
                continue;
            }
            rotated = true;
            // the smaller of the two angles that make the rotated rows orthogonal
            let cot_2 = (q_q - p_p) / (2.0 * p_q);
            let tan = cot_2.signum() / (cot_2.abs() + (1.0 + cot_2 * cot_2).sqrt());
            let cos = 1.0 / (1.0 + tan * tan).sqrt();
            let sin = cos * tan;
            Zip::from(p).and(q).for_each(|p, q| {
                [*p, *q] = [cos * *p - sin * *q, sin * *p + cos * *q];
            });
        }
    }
    rotated
}
