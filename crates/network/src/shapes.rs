//! Whether what belongs to parameters has their shapes: a gradient, or the memory of an optimiser.
//!
//! Operations on matrices broadcast a 1×1 and stop at the shorter of two lists, so shapes are
//! compared first. Start reading at [`Gradient::check`].

use crate::{Error, Gradient, Layer, LayerGradient, Parameters, Result};
use ndarray::Array2;

impl<S> Gradient<S> {
    /// Whether the gradient has the shapes of these parameters.
    ///
    /// # Errors
    /// The first matrix that does not fit, and the one that it belongs to.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Loss, Network, Weights, toy};
    /// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// let start = network.initialise(Weights::Normal(1.0), 1)?;
    /// let mut gradient = network.evaluate(&start, &toy::xor()?)?.gradient;
    /// gradient.layers[0].dw = gradient.dw(1).t().to_owned();
    /// assert_eq!(gradient.check(&start).unwrap_err().to_string(), "dw1 is 2×3 but w1 is 3×2");
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn check<T>(&self, parameters: &Parameters<T>) -> Result<()> {
        let blocks = self.layers.iter().map(|LayerGradient { dw, db }| [dw, db]);
        same_shapes(parameters, "the gradient", blocks, |block| format!("d{block}"))
    }
}

/// Whether other parameters have the shapes of these; `name` is what they are in a message.
pub(crate) fn check_remembered<S>(
    parameters: &Parameters<S>,
    name: &str,
    remembered: &Parameters<S>,
) -> Result<()> {
    let blocks = remembered.layers.iter().map(|Layer { w, b }| [w, b]);
    same_shapes(parameters, name, blocks, |block| format!("{block} in {name}"))
}

fn same_shapes<'a, S: 'a, T>(
    parameters: &Parameters<T>,
    whose: &str,
    blocks: impl ExactSizeIterator<Item = [&'a Array2<S>; 2]>,
    name_of: impl Fn(&str) -> String,
) -> Result<()> {
    let (given, needed) = (blocks.len(), parameters.layers.len());
    if given != needed {
        let what = format!("{whose}'s list of layers");
        return Err(Error::Count { what, given, needed_by: "the network".into(), needed });
    }
    for (l, (Layer { w, b }, [of_w, of_b])) in (1..).zip(parameters.layers.iter().zip(blocks)) {
        for (kind, theta, other) in [("w", w, of_w), ("b", b, of_b)] {
            if theta.dim() != other.dim() {
                let block = format!("{kind}{l}");
                return Err(Error::mismatch(&name_of(&block), other.dim(), &block, theta.dim()));
            }
        }
    }
    Ok(())
}
