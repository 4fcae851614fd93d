//! Parameters and examples that are free: a symbol of its own for every entry.

use crate::scalar::Term;
use crate::{Batch, Layer, Network, Parameters, Result};
use ndarray::Array2;

/// The symbol of an entry of a matrix.
pub(super) fn entry_name(matrix: &str, i: usize, k: usize) -> String {
    format!("{matrix}[{i}, {k}]")
}

/// A matrix of symbols `name[i, k]`.
pub(super) fn free_matrix(name: &str, rows: usize, columns: usize) -> Array2<Term> {
    Array2::from_shape_fn((rows, columns), |(i, k)| Term::symbol(entry_name(name, i, k)))
}

/// w1\[i, k\], b1\[i, 0\], … of a network.
pub(super) fn free_parameters(network: &Network) -> Parameters<Term> {
    let layer = |l: usize| {
        let (rows, columns) = network.extent_of_w(l);
        Layer {
            w: free_matrix(&format!("w{l}"), rows, columns),
            b: free_matrix(&format!("b{l}"), rows, 1),
        }
    };
    Parameters { layers: (1..=network.depth()).map(layer).collect() }
}

/// x\[k, j\] and y\[i, j\] for a number of examples.
pub(super) fn free_batch(network: &Network, examples: usize) -> Result<Batch<Term>> {
    let (n_x, n_y) = (network.widths()[0], network.widths()[network.depth()]);
    Batch::new(free_matrix("x", n_x, examples), free_matrix("y", n_y, examples))
}

/// The learning rate.
pub(super) fn free_rate() -> Term {
    Term::symbol("rate")
}
