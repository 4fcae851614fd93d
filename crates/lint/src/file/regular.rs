//! A regular file of known length, and how its errors are worded.
//!
//! Pipes and devices are refused before they are opened: opening a pipe waits for its writer, and a
//! tensor is read more than once. Start at [`RegularFile::open`].

use init_symmetry_network::{Error, Result};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An open file and what was known of it when it was opened.
#[derive(Debug)]
pub(super) struct RegularFile {
    pub(super) path: PathBuf,
    pub(super) length: u64,
    /// When it was last changed, where the system says so.
    pub(super) modified: Option<SystemTime>,
    file: File,
}

impl RegularFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let unreadable = |error| file_error(path, io_reason(&error));
        let kind = fs::metadata(path).map_err(unreadable)?;
        if kind.is_dir() {
            return Err(file_error(path, "it is a directory, not a file"));
        }
        if !kind.is_file() {
            let why = "it is a pipe or a device, but a tensor is read more than once: save it as a \
                       file first";
            return Err(file_error(path, why));
        }
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { path: path.into(), length, modified, file })
    }

    /// Some bytes from a place on. The caller has compared their number with the length.
    pub(super) fn bytes_at(&mut self, start: u64, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.reader_at(start)?.read_exact(&mut bytes).map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    /// The file, to be read from a place on.
    pub(super) fn reader_at(&mut self, start: u64) -> Result<&mut File> {
        match self.file.seek(SeekFrom::Start(start)) {
            Ok(_) => Ok(&mut self.file),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// The file alone, to be read from its beginning.
    pub(super) fn into_file(mut self) -> Result<File> {
        self.reader_at(0)?;
        Ok(self.file)
    }

    pub(super) fn refused(&self, why: impl Into<String>) -> Error {
        file_error(&self.path, why)
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> Error {
        file_error(&self.path, io_reason(error))
    }
}

pub(super) fn file_error(path: &Path, why: impl Into<String>) -> Error {
    Error::File { path: path.into(), why: why.into() }
}

/// What stopped the reading of bytes that the length of the file had promised.
pub(super) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::UnexpectedEof => "it became shorter while it was read: let its writer \
                                         finish, then try again"
            .into(),
        _ => error.to_string().to_lowercase(),
    }
}
