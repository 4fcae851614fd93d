//! What is linted: tensors with names, whose entries are read from first to last.
//!
//! A file is a source, and so is anything of one's own that can hand out its entries.

use init_symmetry_network::Result;
use std::ops::ControlFlow;

/// What the entries of a tensor are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Element {
    /// Floats of 64 bits.
    F64,
    /// Floats of 32 bits.
    F32,
    /// IEEE's floats of 16 bits.
    F16,
    /// The upper half of a float of 32 bits.
    Bf16,
    /// Anything else, by the name that the file gives it; it is not linted.
    Other(String),
}

impl Element {
    /// Bytes of one entry, where it is a float.
    ///
    /// ```
    /// use init_symmetry_lint::Element;
    /// assert_eq!(Element::Bf16.bytes(), Some(2));
    /// assert_eq!(Element::Other("I64".into()).bytes(), None);
    /// ```
    pub fn bytes(&self) -> Option<usize> {
        match self {
            Self::F64 => Some(8),
            Self::F32 => Some(4),
            Self::F16 | Self::Bf16 => Some(2),
            Self::Other(_) => None,
        }
    }
}

/// In which order the entries of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last index runs fastest, as in C.
    RowMajor,
    /// The first index runs fastest, as in Fortran.
    ColumnMajor,
}

/// A tensor of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTensor {
    /// Its name.
    pub name: String,
    /// Its length along each axis; their product is at most [`isize::MAX`].
    pub shape: Vec<usize>,
    /// What its entries are.
    pub element: Element,
    /// In which order they are read.
    pub order: Order,
}

/// Named tensors whose entries can be read, as often as it takes.
pub trait TensorSource {
    /// The tensors, each under a name of its own.
    fn tensors(&self) -> &[StoredTensor];

    /// Hands out the entries of a tensor of floats in the order in which they are stored, from
    /// entry `first` (counted from 0) on, as little-endian bytes of whole entries, until all are
    /// read or `visit` breaks off.
    ///
    /// # Errors
    /// What cannot be read, or holds fewer entries than the shape says.
    fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()>;
}
