//! How a subject lays out what it is given: examples in rows or columns, parameters flat or not.

use crate::{Activation, Batch, Error, Layer, Loss, Network, Parameters, Result, parameters_from};
use ndarray::Array2;
use serde::Deserialize;

/// Where the examples lie in x and y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Examples {
    /// x is n_x × m and y is n_y × m, as in the lesson.
    #[default]
    Columns,
    /// x is m × n_x and y is m × n_y, as in most libraries.
    Rows,
}

/// What a row of W\[l\] belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightRows {
    /// A unit of layer l: W is n\[l\] × n\[l−1\] and b is n\[l\] × 1.
    #[default]
    Units,
    /// A unit of layer l−1: W is n\[l−1\] × n\[l\] and b is 1 × n\[l\].
    Inputs,
}

/// The layout that a subject wants.
///
/// ```
/// use init_symmetry::subject::{Convention, Examples, WeightRows};
/// use init_symmetry::{Activation, Loss, Network, Weights};
/// let keras = Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs };
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let parameters = network.initialise(Weights::Normal(1.0), 7)?;
/// let flat = keras.flat(&parameters);
/// assert_eq!(flat[1], parameters.w(1)[[1, 0]]); // the first input's weight to the second unit
/// assert_eq!(keras.from_flat(&network, &flat)?, parameters);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Convention {
    /// Where the examples lie.
    pub examples: Examples,
    /// What a row of W belongs to.
    pub weight_rows: WeightRows,
}

impl Convention {
    /// x or y (one example in each column) as the subject wants it.
    pub fn of_examples(self, matrix: &Array2<f64>) -> Array2<f64> {
        match self.examples {
            Examples::Columns => matrix.clone(),
            Examples::Rows => matrix.t().to_owned(),
        }
    }

    /// W (n\[l\] × n\[l−1\]) or b (n\[l\] × 1) as the subject wants it; its own inverse.
    pub fn of_parameters(self, matrix: &Array2<f64>) -> Array2<f64> {
        match self.weight_rows {
            WeightRows::Units => matrix.clone(),
            WeightRows::Inputs => matrix.t().to_owned(),
        }
    }

    /// All parameters in one list: w1 row by row, b1, w2, b2, …
    pub fn flat(self, parameters: &Parameters<f64>) -> Vec<f64> {
        let blocks = parameters.layers.iter().flat_map(|Layer { w, b }| [w, b]);
        blocks.flat_map(|block| self.of_parameters(block).into_iter()).collect()
    }

    /// The inverse of [`Convention::flat`].
    ///
    /// # Errors
    /// A list of another length.
    pub fn from_flat(self, network: &Network, flat: &[f64]) -> Result<Parameters<f64>> {
        let mut parameters = parameters_from(network, flat)?; // refuses another length
        if self.weight_rows == WeightRows::Units {
            return Ok(parameters);
        }
        let mut rest = flat.iter();
        for Layer { w, b } in &mut parameters.layers {
            let in_order = w.view_mut().reversed_axes().into_iter().chain(b);
            in_order.zip(&mut rest).for_each(|(entry, &number)| *entry = number);
        }
        Ok(parameters)
    }
}

/// Whether parameters and examples have the shapes of a network.
///
/// # Errors
/// The first matrix that does not fit.
pub(super) fn check_shapes(
    network: &Network,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
) -> Result<()> {
    network.check(parameters)?;
    let (n_x, n_y) = (network.widths()[0], network.widths()[network.depth()]);
    for (name, matrix, rows) in [("x", batch.x(), n_x), ("y", batch.y(), n_y)] {
        if matrix.nrows() != rows {
            return Err(Error::mismatch(name, matrix.dim(), "the network's", (rows, batch.m())));
        }
    }
    Ok(())
}

/// The most parameters of a fixed network: its specification is differentiated along each.
const MOST_PARAMETERS: usize = 2048;

/// Whether widths that a subject names are those of a network small enough to check.
///
/// # Errors
/// No network, or too large a one.
pub(super) fn check_fixed(widths: &[usize]) -> Result<()> {
    Network::new(widths, Activation::Tanh, Loss::CrossEntropy)?;
    let numbers = widths.windows(2).map(|pair| pair[1] * (pair[0] + 1)).sum();
    if numbers <= MOST_PARAMETERS {
        return Ok(());
    }
    let what = "the parameters of a fixed network to check".into();
    Err(Error::TooLarge { what, numbers, limit: MOST_PARAMETERS })
}
