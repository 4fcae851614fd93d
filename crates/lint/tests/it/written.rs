//! Checkpoint files as bytes, right ones and wrong ones, and how they are read back.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use init_symmetry_lint::TensorSource;
use init_symmetry_lint::file::{TensorFile, open};
use init_symmetry_network::Result;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder for one test's files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    pub(crate) fn open(&self, name: &str, bytes: impl AsRef<[u8]>) -> TensorFile {
        open(&self.write(name, bytes)).expect("a file without fault")
    }

    /// Why a file is refused, without its path.
    pub(crate) fn refusal(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.write(name, bytes);
        refusal(open(&path))
    }
}

/// The message of a refusal: one line, after the path of a file.
pub(crate) fn refusal<T: std::fmt::Debug>(refused: Result<T>) -> String {
    let message = refused.expect_err("it is refused").to_string();
    assert!(!message.contains('\n'), "one line: {message}");
    message.split_once(": ").expect("a path and a reason").1.to_string()
}

/// All bytes that are handed out of a tensor, from an entry on.
pub(crate) fn bytes_of(file: &mut TensorFile, tensor: usize, first: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    file.read(tensor, first, &mut |chunk| {
        assert!(chunk.len() <= 1 << 20, "the buffer is limited");
        bytes.extend_from_slice(chunk);
        ControlFlow::Continue(())
    })?;
    Ok(bytes)
}

/// A file of safetensors from its parts.
pub(crate) fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A file of safetensors of one tensor of zeros.
pub(crate) fn one_tensor(name: &str, count: usize) -> Vec<u8> {
    let bytes = 4 * count;
    let header =
        format!(r#"{{"{name}":{{"dtype":"F32","shape":[{count}],"data_offsets":[0,{bytes}]}}}}"#);
    safetensors(&header, &vec![0; bytes])
}

/// An `.npy` of version 1.0 from its parts.
pub(crate) fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

pub(crate) fn npy_header(descr: &str, fortran: bool, shape: &[usize]) -> String {
    let fortran = if fortran { "True" } else { "False" };
    let shape: String = shape.iter().map(|length| format!("{length}, ")).collect();
    format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n")
}

/// A member of a zip, with every field that can lie.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) held: Vec<u8>,
    /// The size after decompression that it declares.
    pub(crate) size: u32,
    pub(crate) crc: u32,
}

impl Member {
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let (size, held) = (bytes.len() as u32, bytes.to_vec());
        // bit 11 says that the name is UTF-8
        Self { name: name.into(), method: 0, flags: 1 << 11, held, size, crc: crc.sum() }
    }

    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(vec![], Compression::default());
        encoder.write_all(bytes).expect("in memory");
        let held = encoder.finish().expect("in memory");
        Self { method: 8, held, ..Self::stored(name, bytes) }
    }

    /// What the header before the data and the directory have in common.
    fn fields(&self) -> Vec<u8> {
        let mut fields = 20_u16.to_le_bytes().to_vec();
        fields.extend([self.flags, self.method, 0, 33].map(u16::to_le_bytes).concat());
        let sizes = [self.crc, self.held.len() as u32, self.size];
        fields.extend(sizes.map(u32::to_le_bytes).concat());
        fields.extend((self.name.len() as u32).to_le_bytes());
        fields
    }
}

/// A zip of members.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let mut bytes = vec![];
    let mut directory = vec![];
    for member in members {
        let start = bytes.len() as u32;
        bytes.extend([b"PK\x03\x04", &member.fields()[..], &member.name[..]].concat());
        bytes.extend(&member.held);
        directory.extend([b"PK\x01\x02\x14\x00", &member.fields()[..], &[0; 10]].concat());
        directory.extend(start.to_le_bytes());
        directory.extend(&member.name);
    }
    let count = (members.len() as u16).to_le_bytes();
    let start = (bytes.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &length, &start, &[0; 2]].concat());
    bytes
}
