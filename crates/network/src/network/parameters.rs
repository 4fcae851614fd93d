//! The parameters of a network, and their gradient.

use crate::{Result, Scalar};
use ndarray::Array2;

/// Weights and biases of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer<S> {
    /// W, n\[l\] × n\[l−1\]: row i belongs to unit i.
    pub w: Array2<S>,
    /// b, n\[l\] × 1. A column, because a plain vector would broadcast along examples when n = m.
    pub b: Array2<S>,
}

/// All weights and biases, layer 1 first.
///
/// ```
/// let parameters = init_symmetry_network::initialize_parameters(3, 4, 1, 1)?;
/// assert_eq!(parameters.w(1).dim(), (4, 3));
/// assert_eq!(parameters.b(2).dim(), (1, 1));
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters<S> {
    /// W and b of layers 1 to L.
    pub layers: Vec<Layer<S>>,
}

/// The derivatives of the loss with respect to one layer's weights and biases.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGradient<S> {
    /// dW, n\[l\] × n\[l−1\].
    pub dw: Array2<S>,
    /// db, n\[l\] × 1.
    pub db: Array2<S>,
}

/// The derivatives of the mean loss with respect to every parameter, layer 1 first.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient<S> {
    /// dW and db of layers 1 to L.
    pub layers: Vec<LayerGradient<S>>,
}

impl<S: Scalar> Parameters<S> {
    /// W\[l\], n\[l\] × n\[l−1\], for l = 1, …, L as in the lesson; panics for another l.
    pub fn w(&self, l: usize) -> &Array2<S> {
        &self.layers[l - 1].w
    }

    /// b\[l\], n\[l\] × 1, for l = 1, …, L; panics for another l, as `[]` does.
    pub fn b(&self, l: usize) -> &Array2<S> {
        &self.layers[l - 1].b
    }

    /// The same parameters in another number system, entry by entry.
    pub fn map<T>(&self, convert: impl Fn(S) -> T) -> Parameters<T> {
        let layers = self.layers.iter();
        let layers =
            layers.map(|Layer { w, b }| Layer { w: w.mapv(&convert), b: b.mapv(&convert) });
        Parameters { layers: layers.collect() }
    }

    /// Every entry: w1 row by row, b1, w2, b2, …
    pub fn entries(&self) -> impl Iterator<Item = S> + '_ {
        self.layers.iter().flat_map(|layer| layer.w.iter().chain(layer.b.iter())).copied()
    }

    /// Whether every entry is a finite number.
    pub fn is_finite(&self) -> bool {
        // no early exit from a matrix, so that the loop becomes vector instructions
        let finite = |matrix: &Array2<S>| matrix.iter().fold(true, |all, z| all & z.is_finite());
        self.layers.iter().all(|Layer { w, b }| finite(w) && finite(b))
    }

    /// θ − α·gradient, entry by entry.
    ///
    /// # Errors
    /// A gradient of other shapes than the parameters, naming both sides; nothing is broadcast.
    pub fn descend(&self, gradient: &Gradient<S>, rate: S) -> Result<Self> {
        gradient.check(self)?;
        let mut after = self.clone();
        after.descend_in_place(gradient, rate);
        Ok(after)
    }

    /// θ := θ − α·gradient, whose shapes are those of θ.
    pub(super) fn descend_in_place(&mut self, gradient: &Gradient<S>, rate: S) {
        for (Layer { w, b }, LayerGradient { dw, db }) in
            self.layers.iter_mut().zip(&gradient.layers)
        {
            w.zip_mut_with(dw, |w, &dw| *w = *w - rate * dw); // w := w − α·dw
            b.zip_mut_with(db, |b, &db| *b = *b - rate * db); // b := b − α·db
        }
    }
}

impl<S: Scalar> Gradient<S> {
    /// dW\[l\], n\[l\] × n\[l−1\], for l = 1, …, L; panics for another l, as `[]` does.
    pub fn dw(&self, l: usize) -> &Array2<S> {
        &self.layers[l - 1].dw
    }

    /// db\[l\], n\[l\] × 1, for l = 1, …, L; panics for another l, as `[]` does.
    pub fn db(&self, l: usize) -> &Array2<S> {
        &self.layers[l - 1].db
    }

    /// Every entry: dw1 row by row, db1, dw2, db2, …
    pub fn entries(&self) -> impl Iterator<Item = S> + '_ {
        self.layers.iter().flat_map(|layer| layer.dw.iter().chain(layer.db.iter())).copied()
    }
}
