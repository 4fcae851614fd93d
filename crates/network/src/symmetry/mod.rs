//! Twins: two units of a hidden layer that are equal in everything they are made of.
//!
//! The relation and its classes, merging twins into one unit, and how far units are apart.

mod merge;
mod separation;
mod twins;

pub use merge::merge_twins;
pub use separation::{RowDistances, numerical_rank, row_distances};
pub use twins::{are_twins, twin_classes};

use crate::{Error, Parameters, Result, Scalar};

/// The number of units of hidden layer `l`, counted from 1, each with a row, a bias and a column.
fn units_of_hidden_layer<S: Scalar>(parameters: &Parameters<S>, l: usize) -> Result<usize> {
    let hidden = parameters.layers.len().saturating_sub(1);
    if l == 0 || l > hidden {
        return Err(Error::NoSuch { what: "hidden layer".into(), index: l, count: hidden });
    }
    let (w, b, w_above) = (parameters.w(l), parameters.b(l), parameters.w(l + 1));
    let units = w.nrows();
    if b.dim() != (units, 1) {
        return Err(Error::mismatch(&format!("w{l}"), w.dim(), &format!("b{l}"), b.dim()));
    }
    if w_above.ncols() != units {
        let above = format!("w{}", l + 1);
        return Err(Error::mismatch(&format!("w{l}"), w.dim(), &above, w_above.dim()));
    }
    Ok(units)
}
