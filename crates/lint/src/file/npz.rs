//! Arrays of NumPy in a zip.
//!
//! Of a member no more is decompressed than its header and as many entries as that promises. Start
//! at [`Npz::open`].

use super::entries::{entries_from, hand_out};
use super::format::{FORMATS, NO_PICKLES};
use super::npy_header::NpyHeader;
use super::regular::{RegularFile, file_error, io_reason};
use crate::source::StoredTensor;
use init_symmetry_network::{Error, Result, printable, quoted};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// No byte of a deflated member becomes more bytes than this.
const MOST_OF_A_BYTE: u64 = 1032;

#[derive(Debug)]
pub(super) struct Npz {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    tensors: Vec<StoredTensor>,
    members: Vec<Member>,
}

/// Where a tensor is.
#[derive(Debug)]
struct Member {
    index: usize,
    big_endian: bool,
    /// Bytes before the entries.
    before: u64,
}

impl Npz {
    pub(super) fn open(file: RegularFile) -> Result<Self> {
        let path = file.path.clone();
        let file = BufReader::new(file.into_file()?);
        let archive = ZipArchive::new(file).map_err(|error| zip_error(&path, "", &error))?;
        let mut npz = Self { path, archive, tensors: vec![], members: vec![] };
        npz.check_archive()?;
        for index in 0..npz.archive.len() {
            let name = npz.name_of(index)?;
            if !name.ends_with('/') {
                npz.add(index, &name).map_err(|failure| npz.refused("member", &name, failure))?;
            }
        }
        npz.check_names()?;
        Ok(npz)
    }

    /// What concerns more than one member.
    fn check_archive(&mut self) -> Result<()> {
        let mut names = self.archive.file_names().filter_map(|name| name.ok());
        if names.any(|name| name == "data.pkl" || name.ends_with("/data.pkl")) {
            let why =
                format!("it is a zip around a pickle, as torch.save writes it, and {NO_PICKLES}");
            return Err(file_error(&self.path, why));
        }
        drop(names);
        if self.archive.has_duplicate_names() {
            let why = "two of its members have the same name: save it again";
            return Err(file_error(&self.path, why));
        }
        match self.archive.has_overlapping_entries() {
            Ok(false) => Ok(()),
            Ok(true) => {
                let why = "two of its members share bytes: it is truncated or a zip bomb; save it \
                           again";
                Err(file_error(&self.path, why))
            }
            Err(error) => Err(zip_error(&self.path, "", &error)),
        }
    }

    fn name_of(&self, index: usize) -> Result<String> {
        match self.archive.name_for_index(index) {
            Some(Ok(name)) => Ok(name.into_owned()),
            Some(Err(error)) => Err(zip_error(&self.path, "the name of a member: ", &error)),
            None => Err(file_error(&self.path, "a member has no name: save it again")),
        }
    }

    /// Reads the header of a member and lists it.
    fn add(&mut self, index: usize, name: &str) -> Result<(), Failure> {
        let Some(array) = name.strip_suffix(".npy") else {
            return Err(Failure::Why(format!(
                "it is not an array (.npy); supported formats are {FORMATS}"
            )));
        };
        let facts = self.archive.by_index_data(index)?;
        if facts.encrypted() {
            return Err(Failure::Why("it is encrypted: save it without a password".into()));
        }
        let (method, held, bytes) = (facts.compression(), facts.compressed_size(), facts.size());
        check_compression(method, held, bytes)?;
        let header = NpyHeader::read(&mut self.archive.by_index(index)?.take(bytes))?;
        let after = u128::from(bytes.saturating_sub(header.length));
        if let Some(needed) = header.data.filter(|&needed| needed != after) {
            let shape = &header.shape;
            return Err(Failure::Why(format!(
                "its shape {shape:?} needs {needed} bytes after the header but {after} follow; \
                 save it again"
            )));
        }
        let NpyHeader { element, order, shape, big_endian, length, .. } = header;
        self.tensors.push(StoredTensor { name: array.into(), shape, element, order });
        self.members.push(Member { index, big_endian, before: length });
        Ok(())
    }

    /// Names may differ in bytes and agree as text.
    fn check_names(&self) -> Result<()> {
        let mut names = HashSet::new();
        match self.tensors.iter().find(|tensor| !names.insert(&tensor.name)) {
            None => Ok(()),
            Some(twice) => {
                let why = format!("it has two arrays named {}: rename one", quoted(&twice.name));
                Err(file_error(&self.path, why))
            }
        }
    }

    pub(super) fn tensors(&self) -> &[StoredTensor] {
        &self.tensors
    }

    pub(super) fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let read = self.read_member(tensor, first, visit);
        read.map_err(|failure| self.refused("tensor", &self.tensors[tensor].name, failure))
    }

    fn read_member(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let Member { index, big_endian, before } = self.members[tensor];
        let (skipped, entries) = entries_from(&self.tensors[tensor], first, big_endian)?;
        let stored = self.archive.by_index_data(index)?.compression() == CompressionMethod::Stored;
        if stored && first > 0 {
            let mut member = self.archive.by_index_seek(index)?;
            member.seek(SeekFrom::Start(before + skipped))?;
            hand_out(entries, &mut member, visit)?;
            return Ok(());
        }
        let mut member = self.archive.by_index(index)?;
        pass_over(&mut member, before + skipped)?;
        if hand_out(entries, &mut member, visit)? {
            // the end compares the checksum
            let more = member.read(&mut [0])?;
            if more > 0 {
                return Err(Failure::Why("it has data after its last entry: save it again".into()));
            }
        }
        Ok(())
    }

    fn refused(&self, what: &str, name: &str, failure: Failure) -> Error {
        let before = format!("{what} {}: ", quoted(name));
        match failure {
            Failure::Why(why) => file_error(&self.path, format!("{before}{why}")),
            Failure::Zip(error) => zip_error(&self.path, &before, &error),
        }
    }
}

/// What can be known to be wrong of a member before anything of it is decompressed.
fn check_compression(method: CompressionMethod, held: u64, bytes: u64) -> Result<(), Failure> {
    let most = match method {
        CompressionMethod::Stored => held,
        CompressionMethod::Deflated => held.saturating_mul(MOST_OF_A_BYTE),
        other => {
            let why = format!("its compression {other} is not supported: save it with numpy.savez");
            return Err(Failure::Why(why));
        }
    };
    let is_stored_wrongly = method == CompressionMethod::Stored && bytes != held;
    if bytes > most || is_stored_wrongly {
        let why = format!(
            "it claims to have {bytes} bytes, which its {held} bytes in the zip cannot hold: save \
             it again"
        );
        return Err(Failure::Why(why));
    }
    Ok(())
}

/// Reads bytes that nobody wants.
fn pass_over(from: &mut dyn Read, bytes: u64) -> io::Result<()> {
    let passed = io::copy(&mut from.take(bytes), &mut io::sink())?;
    if passed < bytes { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Why a member cannot be read.
#[derive(Debug)]
enum Failure {
    Why(String),
    Zip(ZipError),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

impl From<ZipError> for Failure {
    fn from(error: ZipError) -> Self {
        Self::Zip(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Zip(ZipError::Io(error))
    }
}

/// `place` says which member it is about.
fn zip_error(path: &Path, place: &str, error: &ZipError) -> Error {
    let why = match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it ends too early: it is truncated or became shorter while it was read".into()
        }
        // a checksum that differs, a size that is exceeded, what cannot be decompressed
        ZipError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            let error = printable(&error.to_string().to_lowercase());
            format!("it is damaged, or changed while it was read: {error}")
        }
        ZipError::Io(error) => printable(&io_reason(error)),
        other => printable(&other.to_string()).to_lowercase(),
    };
    file_error(path, format!("{place}{why}; save or download it again"))
}
