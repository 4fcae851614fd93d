//! A network's parameters as one list, and the specification, which reads them that way.

use crate::network::{Layer, Network, Parameters};
use crate::specification::{self, Specification};
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView1};

/// Parameters of the network's shapes from a flat list: w1 row by row, b1, w2, b2, …
///
/// The inverse of [`Parameters::entries`].
///
/// # Errors
/// A list of another length.
pub fn parameters_from<S: Scalar>(network: &Network, flat: &[S]) -> Result<Parameters<S>> {
    let needed = Network::count_parameters(network.widths());
    if flat.len() != needed {
        return Err(Error::Count {
            what: "the list of parameters".into(),
            given: flat.len(),
            needed_by: format!("the network of widths {:?}", network.widths()),
            needed,
        });
    }
    let mut rest = flat;
    let mut take = |(rows, columns)| -> Array2<S> {
        let (block, after) = rest.split_at(rows * columns);
        rest = after;
        let block = ArrayView1::from(block);
        Array2::from_shape_fn((rows, columns), |(i, k)| block[i * columns + k])
    };
    let layers = (1..=network.depth()).map(|l| {
        let extent = network.extent_of_w(l);
        Layer { w: take(extent), b: take((extent.0, 1)) }
    });
    Ok(Parameters { layers: layers.collect() })
}

/// The specification of a network's loss, which shares no code with it.
pub fn specification_of<S: Scalar>(network: &Network) -> Specification<'_, S> {
    Specification {
        widths: network.widths(),
        hidden: network.activations().iter().map(|&g| specification::activation(g)).collect(),
        loss: specification::loss(network.loss),
    }
}
