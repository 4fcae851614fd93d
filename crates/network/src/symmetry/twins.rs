//! The relation between units, compared by bits in floats and by term in symbolic runs.

use super::units_of_hidden_layer;
use crate::{Error, Parameters, Result, Scalar};

/// Whether units `i` and `k` of hidden layer `l` are twins: identical rows of W\[l\], entries of
/// b\[l\] and columns of W\[l+1\].
///
/// Floats are compared by their bits, so 0 and −0 are different.
///
/// # Errors
/// A hidden layer or unit that does not exist, or matrices whose shapes do not fit together. Layers
/// are counted from 1, units from 0.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let constant = network.initialise(Weights::Constant(0.5), 1)?;
/// assert!(symmetry::are_twins(&constant, 1, 0, 2)?);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn are_twins<S: Scalar>(
    parameters: &Parameters<S>,
    l: usize,
    i: usize,
    k: usize,
) -> Result<bool> {
    let count = units_of_hidden_layer(parameters, l)?;
    for index in [i, k] {
        if index >= count {
            return Err(Error::NoSuch { what: "unit".into(), index, count });
        }
    }
    let (w, b, w_above) = (parameters.w(l), parameters.b(l), parameters.w(l + 1));
    let identical = |(a, b): (&S, &S)| a.identical(*b);
    Ok(w.row(i).iter().zip(w.row(k)).all(identical)
        && b[[i, 0]].identical(b[[k, 0]])
        && w_above.column(i).iter().zip(w_above.column(k)).all(identical))
}

/// The units of hidden layer `l` in classes of twins, each class in order, first units ascending.
///
/// # Errors
/// A hidden layer that does not exist, or matrices whose shapes do not fit together. Layers are
/// counted from 1, units from 0.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let zeros = network.initialise(Weights::Zeros, 1)?;
/// assert_eq!(symmetry::twin_classes(&zeros, 1)?, [[0, 1, 2]]);
/// let random = network.initialise(Weights::Normal(0.01), 1)?;
/// assert_eq!(symmetry::twin_classes(&random, 1)?.len(), 3);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn twin_classes<S: Scalar>(parameters: &Parameters<S>, l: usize) -> Result<Vec<Vec<usize>>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for unit in 0..units_of_hidden_layer(parameters, l)? {
        let mut home = None;
        for (index, class) in classes.iter().enumerate() {
            // identity of bits is transitive, so one member stands for its class
            if are_twins(parameters, l, class[0], unit)? {
                home = Some(index);
                break;
            }
        }
        match home {
            Some(index) => classes[index].push(unit),
            None => classes.push(vec![unit]),
        }
    }
    Ok(classes)
}
