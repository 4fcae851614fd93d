//! Whether parameters, gradients and batches have the shapes that a network needs.
//!
//! Operations on matrices broadcast a 1×1 and stop at the shorter of two lists, so everything
//! that a network computes with is compared here first. Start reading at [`check_shapes`].

use crate::{Batch, Error, Gradient, Layer, LayerGradient, Network, Parameters, Result, Scalar};
use ndarray::Array2;

/// Compares what belongs to W and b of every layer with the rows × columns that it needs.
///
/// `list` is what a list of too many or too few layers is called; `names` says of a block, such as
/// w1, what the given one is called and what it is compared with.
///
/// # Errors
/// The first matrix that does not fit, with both sides.
pub(crate) fn check_shapes<'a, S: 'a>(
    given: impl ExactSizeIterator<Item = [&'a Array2<S>; 2]>,
    needed: impl ExactSizeIterator<Item = [(usize, usize); 2]>,
    list: &str,
    names: impl Fn(&str) -> [String; 2],
) -> Result<()> {
    if given.len() != needed.len() {
        return Err(Error::Count {
            what: list.into(),
            given: given.len(),
            needed_by: "the network".into(),
            needed: needed.len(),
        });
    }
    for (l, (given, needed)) in (1..).zip(given.zip(needed)) {
        for (kind, (given, needed)) in ["w", "b"].into_iter().zip(given.into_iter().zip(needed)) {
            if given.dim() != needed {
                let [name, other] = names(&format!("{kind}{l}"));
                return Err(Error::mismatch(&name, given.dim(), &other, needed));
            }
        }
    }
    Ok(())
}

impl<S> Parameters<S> {
    /// W and b, layer by layer.
    pub(crate) fn blocks(&self) -> impl ExactSizeIterator<Item = [&Array2<S>; 2]> {
        self.layers.iter().map(|Layer { w, b }| [w, b])
    }

    /// Their rows × columns.
    pub(crate) fn extents(&self) -> impl ExactSizeIterator<Item = [(usize, usize); 2]> {
        self.blocks().map(|blocks| blocks.map(Array2::dim))
    }
}

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
        let names = |block: &str| [format!("d{block}"), block.to_string()];
        check_shapes(blocks, parameters.extents(), "the gradient's list of layers", names)
    }
}

impl Network {
    /// Whether the parameters have this network's shapes.
    ///
    /// # Errors
    /// The first matrix that does not fit, and what it has to be.
    pub fn check<S: Scalar>(&self, parameters: &Parameters<S>) -> Result<()> {
        self.check_at("", parameters)
    }

    /// As [`Network::check`]; `place` follows the names in a message, as " after a step".
    ///
    /// # Errors
    /// As [`Network::check`].
    pub fn check_at<S>(&self, place: &str, parameters: &Parameters<S>) -> Result<()> {
        let extents = self.widths().windows(2).map(|pair| [(pair[1], pair[0]), (pair[1], 1)]);
        let list = format!("the list of layers{place}");
        let names = |block: &str| [format!("{block}{place}"), "the network's".into()];
        check_shapes(parameters.blocks(), extents, &list, names)
    }

    pub(crate) fn check_input<S: Scalar>(&self, x: &Array2<S>) -> Result<()> {
        if x.nrows() != self.widths()[0] {
            return Err(Error::mismatch("w1", self.extent_of_w(1), "x", x.dim()));
        }
        let units = self.widths().iter().copied().fold(0, usize::saturating_add);
        Error::within_memory("the activations", units.saturating_mul(x.ncols()))
    }

    pub(crate) fn check_batch<S: Scalar>(&self, batch: &Batch<S>) -> Result<()> {
        self.check_input(batch.x())?;
        let (l, z_is, y_is) =
            (self.depth(), (self.widths()[self.depth()], batch.m()), batch.y().dim());
        if y_is == z_is { Ok(()) } else { Err(Error::mismatch(&format!("z{l}"), z_is, "y", y_is)) }
    }
}
