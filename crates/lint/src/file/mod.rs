//! Files as sources: safetensors, also in shards, and NumPy's npy and npz.
//!
//! Nothing in a file is executed, and no size that a file states is believed before it is compared
//! with the length of the file. Start reading at [`open`]; the formats have a module each, and
//! `entries` is how all of them hand out what they read.

mod entries;
mod format;
mod npy;
mod npy_header;
mod npz;
mod regular;
mod safetensors;
mod shards;

use crate::source::{StoredTensor, TensorSource};
use format::Format;
use init_symmetry_network::{Error, Result};
use regular::RegularFile;
use std::ops::ControlFlow;
use std::path::Path;

/// A checkpoint file whose tensors can be read; made by [`open`].
///
/// It holds the names and shapes, never the entries: reading takes a buffer of at most 1 MiB.
#[derive(Debug)]
pub struct TensorFile {
    reader: Reader,
}

#[derive(Debug)]
enum Reader {
    Safetensors(safetensors::Safetensors),
    Shards(shards::Shards),
    Npy(npy::Npy),
    Npz(npz::Npz),
}

/// Opens a checkpoint and lists its tensors.
///
/// The content decides what it is: safetensors, the JSON index of a checkpoint in shards
/// (`model.safetensors.index.json`), `.npy` or `.npz`. Tensors of safetensors come in the order in
/// which they are stored, those of shards shard by shard. The array of an `.npy` is named after the
/// file, those of an `.npz` after their members, both without `.npy`.
///
/// # Errors
/// A file that is none of these (a pickle is not read, because reading one can run code), that is
/// truncated, or that contradicts itself: [`Error::File`] says how, and names the tensor.
///
/// ```
/// use init_symmetry_lint::{Element, TensorSource, file};
/// use std::ops::ControlFlow;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("layer.npy");
/// let mut bytes = b"\x93NUMPY\x01\x00\x3d\x00".to_vec();
/// let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
/// bytes.extend(format!("{header:<61}").bytes());
/// bytes.extend([1.0_f32, 0.5].map(f32::to_le_bytes).concat());
/// std::fs::write(&path, bytes)?;
///
/// let mut file = file::open(&path)?;
/// assert_eq!(file.tensors()[0].name, "layer");
/// assert_eq!(file.tensors()[0].element, Element::F32);
/// let mut last = 0.0;
/// file.read(0, 1, &mut |bytes| {
///     last = f32::from_le_bytes(bytes.try_into().expect("one entry"));
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(last, 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(path: &Path) -> Result<TensorFile> {
    let mut file = RegularFile::open(path)?;
    let reader = match format::recognise(&mut file)? {
        Format::Safetensors => Reader::Safetensors(safetensors::Safetensors::open(file)?),
        Format::Index => Reader::Shards(shards::Shards::open(file)?),
        Format::Npy => Reader::Npy(npy::Npy::open(file)?),
        Format::Zip => Reader::Npz(npz::Npz::open(file)?),
    };
    Ok(TensorFile { reader })
}

impl TensorSource for TensorFile {
    fn tensors(&self) -> &[StoredTensor] {
        match &self.reader {
            Reader::Safetensors(file) => file.tensors(),
            Reader::Shards(shards) => shards.tensors(),
            Reader::Npy(file) => file.tensors(),
            Reader::Npz(file) => file.tensors(),
        }
    }

    fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let count = self.tensors().len();
        if tensor >= count {
            return Err(Error::NoSuch { what: "tensor".into(), index: tensor, count });
        }
        match &mut self.reader {
            Reader::Safetensors(file) => file.read(tensor, first, visit),
            Reader::Shards(shards) => shards.read(tensor, first, visit),
            Reader::Npy(file) => file.read(first, visit),
            Reader::Npz(file) => file.read(tensor, first, visit),
        }
    }
}
