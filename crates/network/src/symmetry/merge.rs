//! n twins as one unit that computes the same.

use super::along::Carrier;
use super::{TensorShape, UnitGroup, Units, units_of_layer};
use crate::{Error, Layer, Parameters, Result, Scalar, printable};
use ndarray::{Array2, ArrayD, ArrayViewD, Axis, Ix2};

impl<S: Scalar> Units<'_, S> {
    /// Whether these are units to merge: twins, each named once. `owner` is what they belong to.
    fn check_mergeable(&self, units: &[usize], owner: &str) -> Result<()> {
        let Some((&kept, others)) = units.split_first() else {
            return Err(Error::NoSuch { what: "unit to merge".into(), index: 0, count: 0 });
        };
        self.check(&[kept])?;
        for (place, &other) in (1..).zip(others) {
            if units[..place].contains(&other) {
                // counted twice, it would count twice in n·v
                return Err(Error::OutOfRange {
                    what: "the list of units to merge".into(),
                    value: format!("{units:?}"),
                    range: "a list that names each unit once".into(),
                });
            }
            if !self.are_twins(kept, other)? {
                return Err(Error::NotTwins { owner: owner.into(), first: kept, second: other });
            }
        }
        Ok(())
    }
}

impl<S: Scalar> Carrier<'_, S> {
    /// The tensor with all but the first of these twins left out, whose outgoing weights count for
    /// all of them.
    fn merged(&self, twins: &[usize], units: usize) -> ArrayD<S> {
        let Some((&kept, others)) = twins.split_first() else { return self.view.to_owned() };
        let n = S::of(twins.len());
        let mut tensor = self.view.to_owned();
        for &along in &self.axes {
            let axis = Axis(along.axis);
            if along.outgoing {
                for index in along.entries(kept, units) {
                    tensor.index_axis_mut(axis, index).mapv_inplace(|v| n * v);
                }
            }
            tensor = tensor.select(axis, &along.without(others, units, tensor.len_of(axis)));
        }
        tensor
    }
}

impl UnitGroup {
    /// Merges twins into the first of them, whose outgoing weights become n·v: one array for each
    /// tensor, of the shape that is left.
    ///
    /// The merged model computes the same, if the loss sees units only through sums over their
    /// outgoing weights.
    ///
    /// # Errors
    /// As [`UnitGroup::are_twins`]; a group without outgoing axes, no unit named, one named twice,
    /// units that are not twins.
    ///
    /// ```
    /// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, tensors_of};
    /// let tensors = [TensorShape::new("w1", &[2, 1]), TensorShape::new("w2", &[1, 2])];
    /// let hidden = UnitGroup::new("hidden", 2)
    ///     .along(UnitAxis::new("w1", 0))
    ///     .along(UnitAxis::new("w2", 1).outgoing());
    /// let values = tensors_of(&tensors, &[0.5, 0.5, 3.0, 3.0])?;
    /// let merged = hidden.merge_twins(&tensors, &values, &[0, 1])?;
    /// assert_eq!((merged[0][[0, 0]], merged[1][[0, 0]]), (0.5, 6.0));
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn merge_twins<S: Scalar>(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'_, S>],
        twins: &[usize],
    ) -> Result<Vec<ArrayD<S>>> {
        let owner = format!("group {}", printable(&self.name));
        if !self.axes.iter().any(|axis| axis.outgoing) {
            return Err(Error::OutOfRange {
                what: format!("the list of outgoing axes of {owner}"),
                value: "empty".into(),
                range: "at least one: the weights that merged units add up".into(),
            });
        }
        let units = self.units(tensors, values)?;
        units.check_mergeable(twins, &owner)?;
        let mut merged = units.carriers.iter().map(|carrier| carrier.merged(twins, units.count));
        let is_carrier = |tensor: &TensorShape| self.axes.iter().any(|it| it.tensor == tensor.name);
        let tensors = tensors.iter().zip(values).map(|(tensor, value)| {
            let merged = if is_carrier(tensor) { merged.next() } else { None };
            merged.unwrap_or_else(|| value.to_owned())
        });
        Ok(tensors.collect())
    }
}

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
    twins: &[usize],
) -> Result<Parameters<S>> {
    let units = units_of_layer(parameters, l)?;
    units.check_mergeable(twins, &format!("layer {l}"))?;
    let merged = |carrier: &Carrier<'_, S>| as_matrix(carrier.merged(twins, units.count));
    let mut layers = parameters.layers.clone();
    if let [w, b, w_above] = &units.carriers[..] {
        layers[l - 1] = Layer { w: merged(w)?, b: merged(b)? };
        layers[l].w = merged(w_above)?;
    }
    Ok(Parameters { layers })
}

/// An array of two axes as a matrix.
fn as_matrix<S>(tensor: ArrayD<S>) -> Result<Array2<S>> {
    let count = tensor.ndim();
    tensor.into_dimensionality::<Ix2>().map_err(|_| Error::NoSuch {
        what: "axis of a matrix".into(),
        index: 2,
        count,
    })
}
