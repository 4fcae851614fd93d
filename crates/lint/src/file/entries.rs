//! Entries on their way from a file to a visitor, and how many a shape has.
//!
//! It knows no format. Start at [`hand_out`].

use crate::source::{Element, StoredTensor};
use init_symmetry_network::quoted;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// The most bytes that are handed out at a time (1 MiB), a multiple of every entry's size.
const BUFFER: usize = 1 << 20;

/// NumPy's largest number of axes.
pub(super) const MOST_AXES: usize = 64;

/// Entries that follow one another in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entries {
    pub(super) count: usize,
    /// Bytes of one.
    pub(super) bytes: usize,
    pub(super) big_endian: bool,
}

/// Hands out the entries as little-endian bytes; whether `visit` wanted all of them.
pub(super) fn hand_out(
    entries: Entries,
    from: &mut dyn Read,
    visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> io::Result<bool> {
    let at_once = BUFFER / entries.bytes;
    let mut buffer = vec![0; entries.count.min(at_once) * entries.bytes];
    let mut left = entries.count;
    while left > 0 {
        let now = left.min(at_once);
        let chunk = &mut buffer[..now * entries.bytes];
        from.read_exact(chunk)?;
        if entries.big_endian {
            chunk.chunks_exact_mut(entries.bytes).for_each(<[u8]>::reverse);
        }
        if visit(chunk).is_break() {
            return Ok(false);
        }
        left -= now;
    }
    Ok(true)
}

/// How many entries a tensor has; the reason if its shape cannot be believed.
///
/// An axis of length 0 does not excuse the others: whoever multiplies only some of them (rows,
/// columns) has to be safe from an overflow, too.
pub(super) fn count_of(shape: &[usize]) -> Result<usize, String> {
    if shape.len() > MOST_AXES {
        return Err(format!("it has {} axes but at most {MOST_AXES} are read", shape.len()));
    }
    let not_empty = shape.iter().filter(|&&length| length > 0);
    let product = not_empty.copied().try_fold(1_usize, usize::checked_mul);
    match product.filter(|&product| isize::try_from(product).is_ok()) {
        Some(_) if shape.contains(&0) => Ok(0),
        Some(product) => Ok(product),
        None => Err(format!("its shape {shape:?} has more entries than any memory")),
    }
}

/// The entries of a tensor from `first` on, and how many bytes stand before them; the reason if its
/// entries are no floats.
pub(super) fn entries_from(
    tensor: &StoredTensor,
    first: usize,
    big_endian: bool,
) -> Result<(u64, Entries), String> {
    let Some(bytes) = tensor.element.bytes() else {
        let name = match &tensor.element {
            Element::Other(name) => name,
            _ => "unknown",
        };
        return Err(format!("its type is {}, and only floats are read", quoted(name)));
    };
    let count = count_of(&tensor.shape)?;
    let first = first.min(count);
    let before = first as u64 * bytes as u64;
    Ok((before, Entries { count: count - first, bytes, big_endian }))
}
