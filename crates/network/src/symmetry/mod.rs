//! Symmetry of units: groups that can be renumbered, twins, merging them, and how far units are
//! apart.
//!
//! A unit group says along which axes of which tensors its units are numbered. The hidden layers
//! of the reference network are such groups: the rows of W\[l\], the entries of b\[l\] and the
//! columns of W\[l+1\]. Start reading at [`UnitGroup`].

mod along;
mod group;
mod merge;
mod overlap;
mod separation;
mod twins;

pub use group::{TensorShape, UnitAxis, UnitGroup, check_groups, tensors_of};
pub use merge::merge_twins;
pub use separation::{RowDistances, numerical_rank, rank, row_distances};
pub use twins::{are_twins, twin_classes};

use crate::{Error, Network, Parameters, Result, Scalar};
use along::{Along, Carrier};

/// The unit group of hidden layer `l`, counted from 1, of a network: w{l}, b{l} and w{l+1}.
///
/// # Errors
/// A hidden layer that does not exist.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Relu, Loss::CrossEntropy)?;
/// let group = symmetry::group_of_layer(&network, 1)?;
/// group.check(&symmetry::tensors_of_network(&network))?;
/// assert_eq!((group.units, group.axes.len()), (3, 3));
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn group_of_layer(network: &Network, l: usize) -> Result<UnitGroup> {
    let hidden = network.depth() - 1;
    if l == 0 || l > hidden {
        return Err(Error::NoSuch { what: "hidden layer".into(), index: l, count: hidden });
    }
    Ok(UnitGroup::new(format!("layer {l}"), network.widths()[l])
        .along(UnitAxis::new(format!("w{l}"), 0))
        .along(UnitAxis::new(format!("b{l}"), 0))
        .along(UnitAxis::new(format!("w{}", l + 1), 1).outgoing()))
}

/// The tensors of a network, in the order of [`Parameters::entries`]: w1, b1, w2, …
pub fn tensors_of_network(network: &Network) -> Vec<TensorShape> {
    let tensors = |l: usize| {
        let (rows, columns) = network.extent_of_w(l);
        let w = TensorShape::new(format!("w{l}"), &[rows, columns]);
        [w, TensorShape::new(format!("b{l}"), &[rows, 1])]
    };
    (1..=network.depth()).flat_map(tensors).collect()
}

/// Units with all that they are made of.
struct Units<'a, S> {
    count: usize,
    carriers: Vec<Carrier<'a, S>>,
}

impl<S> Units<'_, S> {
    /// # Errors
    /// A unit that does not exist.
    fn check(&self, units: &[usize]) -> Result<()> {
        match units.iter().find(|unit| **unit >= self.count) {
            None => Ok(()),
            Some(&index) => Err(Error::NoSuch {
                what: "units are numbered from 0: unit".into(),
                index,
                count: self.count,
            }),
        }
    }
}

/// The units of hidden layer `l`, counted from 1: rows of W\[l\], entries of b\[l\], columns of
/// W\[l+1\].
fn units_of_layer<S: Scalar>(parameters: &Parameters<S>, l: usize) -> Result<Units<'_, S>> {
    let hidden = parameters.layers.len().saturating_sub(1);
    if l == 0 || l > hidden {
        return Err(Error::NoSuch { what: "hidden layer".into(), index: l, count: hidden });
    }
    let (w, b, w_above) = (parameters.w(l), parameters.b(l), parameters.w(l + 1));
    let count = w.nrows();
    if b.dim() != (count, 1) {
        return Err(Error::mismatch(&format!("w{l}"), w.dim(), &format!("b{l}"), b.dim()));
    }
    if w_above.ncols() != count {
        let above = format!("w{}", l + 1);
        return Err(Error::mismatch(&format!("w{l}"), w.dim(), &above, w_above.dim()));
    }
    let carrier = Carrier::of_matrix;
    let carriers = vec![
        carrier(w, Along::whole(0)),
        carrier(b, Along::whole(0)),
        carrier(w_above, Along::whole(1).outgoing()),
    ];
    Ok(Units { count, carriers })
}
