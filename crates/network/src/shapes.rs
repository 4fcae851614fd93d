//! Whether matrices that come layer by layer have the shapes that they need.
//!
//! Operations on matrices broadcast a 1×1 and stop at the shorter of two lists, so parameters,
//! gradients and the memory of optimisers are compared here first. Nothing is known of what they
//! hold. Start reading at [`check_shapes`].

use crate::{Error, Result};
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
