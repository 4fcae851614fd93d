//! Examples with their labels, checked once.

use crate::{Error, Result, Scalar};
use ndarray::Array2;

/// Examples in columns: inputs x (n_x × m) with their labels y (n_y × m).
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<S> {
    x: Array2<S>,
    y: Array2<S>,
}

impl<S: Scalar> Batch<S> {
    /// Pairs inputs x (n_x × m) with labels y (n_y × m).
    ///
    /// # Errors
    /// Different numbers of examples, no examples, an entry that is not finite.
    ///
    /// ```
    /// use ndarray::array;
    /// let batch = init_symmetry_network::Batch::new(array![[0.0, 1.0, 1.0]], array![[1.0, 0.0]]);
    /// assert_eq!(batch.unwrap_err().to_string(), "x is 1×3 but y is 1×2");
    /// ```
    pub fn new(x: Array2<S>, y: Array2<S>) -> Result<Self> {
        if x.ncols() != y.ncols() {
            return Err(Error::mismatch("x", x.dim(), "y", y.dim()));
        }
        if x.ncols() == 0 {
            return Err(Error::NoExamples);
        }
        for (name, matrix) in [("x", &x), ("y", &y)] {
            finite(name, matrix)?;
        }
        Ok(Self { x, y })
    }

    /// The inputs, n_x × m.
    pub fn x(&self) -> &Array2<S> {
        &self.x
    }

    /// The labels, n_y × m.
    pub fn y(&self) -> &Array2<S> {
        &self.y
    }

    /// m, the number of examples.
    pub fn m(&self) -> usize {
        self.x.ncols()
    }

    /// The same batch in another number system, entry by entry.
    pub fn map<T: Scalar>(&self, convert: impl Fn(S) -> T) -> Batch<T> {
        Batch { x: self.x.mapv(&convert), y: self.y.mapv(&convert) }
    }
}

fn finite<S: Scalar>(name: &str, matrix: &Array2<S>) -> Result<()> {
    match matrix.indexed_iter().find(|(_, entry)| !entry.is_finite()) {
        None => Ok(()),
        Some(((i, j), entry)) => {
            Err(Error::NotFinite { what: format!("{name}[{i}, {j}]"), value: format!("{entry:?}") })
        }
    }
}
