//! How a subject lays out what it is given: examples in rows or columns, parameters flat or not.

use super::Sizes;
use init_symmetry_network::{
    Activation, Error, Layer, Loss, Network, Parameters, Result, parameters_from,
};
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
/// use init_symmetry_check::subject::{Convention, Examples, WeightRows};
/// use init_symmetry_network::{Activation, Loss, Network, Weights};
/// let keras = Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs };
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let parameters = network.initialise(Weights::Normal(1.0), 7)?;
/// let flat = keras.flat(&parameters);
/// assert_eq!(flat[1], parameters.w(1)[[1, 0]]); // the first input's weight to the second unit
/// assert_eq!(keras.from_flat(&network, &flat)?, parameters);
/// # Ok::<(), init_symmetry_network::Error>(())
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

    /// Where the entry of row i and column k of W or b (or dw or db) stands for the subject.
    pub fn place_of_parameter(self, i: usize, k: usize) -> String {
        match self.weight_rows {
            WeightRows::Units => format!("[{i}, {k}]"),
            WeightRows::Inputs => format!("[{k}, {i}]"),
        }
    }

    /// Where the entry of row i and example j of x or y (or ŷ) stands for the subject.
    pub fn place_of_example(self, i: usize, j: usize) -> String {
        match self.examples {
            Examples::Columns => format!("[{i}, {j}]"),
            Examples::Rows => format!("[{j}, {i}]"),
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

/// The most parameters of a fixed network: its specification is differentiated along each.
const MOST_PARAMETERS: usize = 2048;

/// Whether widths that a subject names are those of a network small enough to check.
///
/// # Errors
/// No network, or too large a one.
pub(super) fn check_fixed(widths: &[usize]) -> Result<()> {
    Network::new(widths, Activation::Tanh, Loss::CrossEntropy)?;
    let parameters = Network::count_parameters(widths);
    at_most(MOST_PARAMETERS, parameters, "the parameters of a fixed network to check")
}

fn at_most(limit: usize, numbers: usize, what: &str) -> Result<()> {
    if numbers <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { what: what.into(), numbers, limit })
}

/// How many parameters the smallest network of a subject may have, and how many hidden layers.
const MOST_OF_THE_SMALLEST: usize = 1 << 17;
/// See [`MOST_OF_THE_SMALLEST`].
const MOST_HIDDEN_LAYERS: usize = 64;

/// Whether the smallest network of the sizes that a subject names is small enough to check.
///
/// # Errors
/// A network that is too large.
pub(super) fn check_smallest(sizes: &Sizes) -> Result<()> {
    let (fewest, most) = sizes.hidden_layers;
    // one hidden layer is asked for wherever it may be
    let hidden_layers = fewest.max(most.min(1));
    at_most(MOST_HIDDEN_LAYERS, hidden_layers, "the fewest hidden layers of a network to check")?;
    let mut widths = vec![sizes.inputs.0];
    widths.extend(std::iter::repeat_n(sizes.hidden_units.0, hidden_layers));
    widths.push(sizes.outputs.0);
    let parameters = Network::count_parameters(&widths);
    at_most(MOST_OF_THE_SMALLEST, parameters, "the parameters of the smallest network to check")
}

#[cfg(test)]
mod tests {
    use super::{Convention, Examples, WeightRows, check_fixed};
    use init_symmetry_network::{Activation, Loss, Network, parameters_from};
    use ndarray::array;

    #[test]
    fn every_layout_is_the_one_that_it_says() {
        let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let numbers: Vec<f64> = (1..=13).map(f64::from).collect();
        // w1 by rows, b1, w2, b2
        let parameters = parameters_from(&network, &numbers).unwrap();
        let units = Convention::default();
        assert_eq!(units.flat(&parameters), numbers);
        assert_eq!(units.from_flat(&network, &numbers).unwrap(), parameters);
        let inputs = Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs };
        let by_inputs = [1, 3, 5, 2, 4, 6, 7, 8, 9, 10, 11, 12, 13].map(f64::from);
        assert_eq!(inputs.flat(&parameters), by_inputs);
        assert_eq!(inputs.from_flat(&network, &by_inputs).unwrap(), parameters);
        let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        assert_eq!(units.of_examples(&x), x);
        assert_eq!(inputs.of_examples(&x), array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        assert_eq!(inputs.of_parameters(&array![[7.0], [8.0]]), array![[7.0, 8.0]]);
        for convention in [units, inputs] {
            convention.from_flat(&network, &numbers[1..]).unwrap_err();
        }
    }

    #[test]
    fn a_fixed_network_has_at_most_2048_parameters() {
        check_fixed(&[1023, 2]).unwrap(); // 2 · 1,024
        let refused = check_fixed(&[2048, 1]).unwrap_err().to_string();
        assert!(refused.contains("2049"), "{refused}");
        check_fixed(&[1, 1024]).unwrap();
        check_fixed(&[1, 1025]).unwrap_err();
        check_fixed(&[3]).unwrap_err(); // no network
        check_fixed(&[3, 0, 1]).unwrap_err();
    }
}
