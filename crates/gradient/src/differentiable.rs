//! What is checked: a loss with a gradient, over parameters that come in named blocks.

use super::estimate::Estimate;
use init_symmetry_network::Result;

/// A matrix of parameters inside the flat list: `rows` × `columns`, row by row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Block {
    /// Its name, such as w1.
    pub name: String,
    /// Its number of rows; in a layered network, one per unit.
    pub rows: usize,
    /// Its number of columns.
    pub columns: usize,
}

impl Block {
    /// A block of `rows` × `columns` parameters.
    pub fn new(name: impl Into<String>, rows: usize, columns: usize) -> Self {
        Self { name: name.into(), rows, columns }
    }

    /// How many parameters it holds, at most `usize::MAX`.
    pub fn len(&self) -> usize {
        self.rows.saturating_mul(self.columns)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A loss and its gradient at some parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct LossAndGradient {
    /// The loss.
    pub loss: f64,
    /// Its derivative with respect to every parameter, in the order of the parameters.
    pub gradient: Vec<f64>,
}

/// A loss of a flat list of parameters that claims to know its own gradient.
///
/// The parameters are the blocks one after the other, each row by row: w1, b1, w2, b2, …
///
/// ```
/// use init_symmetry_gradient::{Block, Differentiable, LossAndGradient};
/// use init_symmetry_network::Result;
/// struct SumOfSquares;
/// impl Differentiable for SumOfSquares {
///     fn blocks(&self) -> Vec<Block> {
///         vec![Block::new("w", 1, 2)]
///     }
///     fn evaluate(&self, w: &[f64]) -> Result<LossAndGradient> {
///         let gradient = vec![2.0 * w[0], 2.0 * w[1]];
///         Ok(LossAndGradient { loss: w[0] * w[0] + w[1] * w[1], gradient })
///     }
/// }
/// assert_eq!(SumOfSquares.loss(&[1.0, 2.0])?, 5.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub trait Differentiable {
    /// The blocks in the order in which they lie in the flat list.
    fn blocks(&self) -> Vec<Block>;

    /// The loss and its gradient.
    ///
    /// # Errors
    /// Whatever keeps the subject from answering; bad *numbers* are answers, not errors.
    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient>;

    /// The loss alone; implement it where it is cheaper, or computed by other code.
    ///
    /// # Errors
    /// As [`Differentiable::evaluate`].
    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        Ok(self.evaluate(parameters)?.loss)
    }

    /// A bound on the rounding error of the loss, 0 where none is known.
    ///
    /// [`Check::differences`](super::Check::differences) measures the error, and takes the larger
    /// of the two. What it cannot measure is an error that is the same at all near points: where a
    /// sigmoid is next to 1, it has few values left.
    ///
    /// # Errors
    /// As [`Differentiable::evaluate`].
    fn rounding_of_loss(&self, _parameters: &[f64]) -> Result<f64> {
        Ok(0.0)
    }

    /// m, if the loss is a mean over that many examples: a factor m or 1/m is then called so.
    fn examples(&self) -> Option<usize> {
        None
    }

    /// The entries of the gradient that depend on the slope which a kink is given, by their places,
    /// with bounds on all that the chain rule may give there; none where nothing is known.
    ///
    /// At a kink exactly, a backward pass need not answer one of the slopes on the two sides: with
    /// relu'(0) = 0, that of relu(b) − relu(−b) is 0 at b = 0, and the function is b.
    ///
    /// # Errors
    /// As [`Differentiable::evaluate`].
    fn at_kinks(&self, _parameters: &[f64]) -> Result<Vec<(usize, Estimate)>> {
        Ok(Vec::new())
    }
}

/// The blocks with the places of their entries in the flat list.
pub(crate) fn ranges(
    blocks: &[Block],
) -> impl Iterator<Item = (&Block, std::ops::Range<usize>)> + '_ {
    let mut start = 0;
    blocks.iter().map(move |block| {
        let range = start..usize::saturating_add(start, block.len());
        start = range.end;
        (block, range)
    })
}
