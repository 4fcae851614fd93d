//! One array of NumPy in a file of its own.
//!
//! Start at [`Npy::open`].

use super::entries::{entries_from, hand_out};
use super::npy_header::NpyHeader;
use super::regular::RegularFile;
use crate::source::StoredTensor;
use init_symmetry_network::Result;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;

#[derive(Debug)]
pub(super) struct Npy {
    file: RegularFile,
    big_endian: bool,
    /// Bytes before the entries.
    before: u64,
    tensor: [StoredTensor; 1],
}

impl Npy {
    pub(super) fn open(mut file: RegularFile) -> Result<Self> {
        let length = file.length;
        let header = NpyHeader::read(&mut BufReader::new(file.reader_at(0)?).take(length));
        let header = header.map_err(|why| file.refused(why))?;
        let held = length.saturating_sub(header.length);
        if let Some(needed) = header.data.filter(|&needed| needed != u128::from(held)) {
            let what = if needed > u128::from(held) { "it is truncated" } else { "it is too long" };
            let shape = &header.shape;
            let why = format!(
                "{what}: its shape {shape:?} needs {needed} bytes after the header but {held} \
                 follow; save it again"
            );
            return Err(file.refused(why));
        }
        let name = file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let NpyHeader { element, order, shape, .. } = header;
        let tensor = [StoredTensor { name, shape, element, order }];
        Ok(Self { file, big_endian: header.big_endian, before: header.length, tensor })
    }

    pub(super) fn tensors(&self) -> &[StoredTensor] {
        &self.tensor
    }

    pub(super) fn read(
        &mut self,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let (skipped, entries) = entries_from(&self.tensor[0], first, self.big_endian)
            .map_err(|why| self.file.refused(why))?;
        let handed_out = hand_out(entries, self.file.reader_at(self.before + skipped)?, visit);
        handed_out.map(|_| ()).map_err(|error| self.file.unreadable(&error))
    }
}
