//! n twins as one unit that computes the same.

use super::are_twins;
use crate::{Error, Layer, Parameters, Result, Scalar};
use ndarray::Axis;

/// Merges twins of hidden layer `l` into the first of them, whose outgoing weights become n·v.
///
/// The merged network computes the same function. It also *trains* the same if the unit's row and
/// bias learn at α/n and its outgoing weights at n·α, everything else at α.
///
/// # Errors
/// No unit named, one named twice, a layer or unit that does not exist, units that are not twins,
/// matrices whose shapes do not fit together.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let three = network.initialise(Weights::Constant(0.5), 1)?;
/// let one = symmetry::merge_twins(&three, 1, &[0, 1, 2])?;
/// assert_eq!(one.w(1).dim(), (1, 2));
/// assert_eq!(one.w(2)[[0, 0]], 1.5);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn merge_twins<S: Scalar>(
    parameters: &Parameters<S>,
    l: usize,
    units: &[usize],
) -> Result<Parameters<S>> {
    let Some((&kept, others)) = units.split_first() else {
        return Err(Error::NoSuch { what: "unit to merge".into(), index: 0, count: 0 });
    };
    are_twins(parameters, l, kept, kept)?; // whether the layer and the unit exist
    for (place, &other) in (1..).zip(others) {
        if units[..place].contains(&other) {
            // counted twice, it would count twice in n·v
            return Err(Error::OutOfRange {
                what: "the list of units to merge".into(),
                value: format!("{units:?}"),
                range: "a list that names each unit once".into(),
            });
        }
        if !are_twins(parameters, l, kept, other)? {
            return Err(Error::NotTwins { layer: l, first: kept, second: other });
        }
    }
    let staying: Vec<usize> =
        (0..parameters.w(l).nrows()).filter(|unit| !others.contains(unit)).collect();
    let mut merged = parameters.clone();
    let Layer { w, b } = &mut merged.layers[l - 1];
    *w = w.select(Axis(0), &staying);
    *b = b.select(Axis(0), &staying);
    let w_above = &mut merged.layers[l].w;
    w_above.column_mut(kept).mapv_inplace(|v| S::of(units.len()) * v);
    *w_above = w_above.select(Axis(1), &staying);
    Ok(merged)
}
