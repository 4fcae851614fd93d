//! The relation between units, compared by bits in floats and by term in symbolic runs.

use super::{TensorShape, UnitGroup, Units, units_of_layer};
use crate::{Parameters, Result, Scalar};
use ndarray::ArrayViewD;

impl<S: Scalar> Units<'_, S> {
    /// Whether exchanging two units changes nothing.
    pub(super) fn are_twins(&self, i: usize, k: usize) -> Result<bool> {
        self.check(&[i, k])?;
        Ok(self.carriers.iter().all(|carrier| carrier.is_fixed_by_exchange([i, k], self.count)))
    }

    /// Classes of twins. Exchanges that change nothing make one more when they are combined, so
    /// one member stands for its class.
    fn twin_classes(&self) -> Result<Vec<Vec<usize>>> {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for unit in 0..self.count {
            let mut home = None;
            for (index, class) in classes.iter().enumerate() {
                if self.are_twins(class[0], unit)? {
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
}

impl UnitGroup {
    /// Whether units `i` and `k` are twins: exchanging them along all axes of the group at once
    /// leaves every number as it is.
    ///
    /// For tensors that carry the group on one axis these are equal slices. A recurrent matrix
    /// carries it on two: there the exchange decides. Floats are compared by their bits.
    ///
    /// # Errors
    /// A group that does not fit the tensors, values of other shapes, a unit that does not exist.
    ///
    /// ```
    /// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, tensors_of};
    /// let tensors = [TensorShape::new("recurrent", &[2, 2])];
    /// let hidden = UnitGroup::new("hidden", 2)
    ///     .along(UnitAxis::new("recurrent", 0))
    ///     .along(UnitAxis::new("recurrent", 1).outgoing());
    /// let are_twins = |w| hidden.are_twins(&tensors, &tensors_of(&tensors, w)?, 0, 1);
    /// assert!(are_twins(&[0.5, 0.25, 0.25, 0.5])?); // neither its rows nor its columns are equal
    /// assert!(!are_twins(&[0.5, 0.25, 0.5, 0.25])?); // its rows are
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn are_twins<S: Scalar>(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'_, S>],
        i: usize,
        k: usize,
    ) -> Result<bool> {
        self.units(tensors, values)?.are_twins(i, k)
    }

    /// The units in classes of twins, each class in order, first units ascending.
    ///
    /// # Errors
    /// As [`UnitGroup::are_twins`].
    pub fn twin_classes<S: Scalar>(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'_, S>],
    ) -> Result<Vec<Vec<usize>>> {
        self.units(tensors, values)?.twin_classes()
    }

    pub(super) fn units<'a, S>(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'a, S>],
    ) -> Result<Units<'a, S>> {
        Ok(Units { count: self.units, carriers: self.carriers(tensors, values)? })
    }
}

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
    units_of_layer(parameters, l)?.are_twins(i, k)
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
    units_of_layer(parameters, l)?.twin_classes()
}
