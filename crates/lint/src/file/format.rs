//! What a file is, from its first bytes; its name helps only where they say nothing.
//!
//! It does not look further into the file. Start at [`recognise`].

use super::regular::RegularFile;
use super::safetensors::LARGEST_HEADER;
use init_symmetry_network::{Error, Result};
use std::path::Path;

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Safetensors,
    /// The JSON index of shards.
    Index,
    Npy,
    /// An `.npz` is a zip.
    Zip,
}

/// The first bytes of an `.npy`.
pub(super) const NPY: &[u8] = b"\x93NUMPY";
/// The first bytes of a zip, and of one without members.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The first bytes of what Git has in place of a file that is kept elsewhere.
const GIT_LFS: &[u8] = b"version https://git-lfs";
/// What pickles are usually called.
const PICKLES: [&str; 7] = ["pt", "pth", "ckpt", "bin", "pkl", "pickle", "joblib"];

/// As many bytes as decide.
const LOOKED_AT: u64 = 64;

pub(super) const FORMATS: &str = "safetensors, an index of its shards \
     (model.safetensors.index.json), .npy and .npz";

/// Why a pickle is refused, after a clause that says that it is one.
pub(super) const NO_PICKLES: &str = "pickles are not read, because reading one can run code; if \
     you trust it, load it in Python and convert it: \
     safetensors.torch.save_file(state_dict, \"model.safetensors\")";

/// The format of a file.
///
/// # Errors
/// An empty file, a pickle, the stand-in of Git LFS, or anything unknown.
pub(super) fn recognise(file: &mut RegularFile) -> Result<Format> {
    if file.length == 0 {
        return Err(file.refused("it is empty: download or save it again"));
    }
    let start = file.bytes_at(0, file.length.min(LOOKED_AT) as usize)?;
    match by_content(&start) {
        Some(format) => Ok(format),
        None => by_name(file, &start),
    }
}

fn by_content(start: &[u8]) -> Option<Format> {
    // first, because the length of the header may begin with any bytes
    if let Some((length, [b'{', ..])) = start.split_first_chunk()
        && u64::from_le_bytes(*length) <= LARGEST_HEADER
    {
        return Some(Format::Safetensors);
    }
    if start.starts_with(NPY) {
        return Some(Format::Npy);
    }
    if ZIP.iter().any(|magic| start.starts_with(magic)) {
        return Some(Format::Zip);
    }
    (start.trim_ascii_start().first() == Some(&b'{')).then_some(Format::Index)
}

/// By the extension; a file whose content is not of that format gets its reader's message.
fn by_name(file: &RegularFile, start: &[u8]) -> Result<Format> {
    let extension = extension(&file.path);
    if start.starts_with(GIT_LFS) {
        return Err(file.refused("it is a Git LFS pointer, not the file itself: run git lfs pull"));
    }
    let is_pickle = matches!(start, [0x80, 2..=5, ..]) || PICKLES.contains(&extension.as_str());
    match extension.as_str() {
        _ if is_pickle => Err(file.refused(format!("it seems to be a pickle, and {NO_PICKLES}"))),
        "safetensors" => Ok(Format::Safetensors),
        "json" => Ok(Format::Index),
        "npy" => Ok(Format::Npy),
        "npz" => {
            Err(file.refused("it is not an .npz file, which begins like a zip file: save it again"))
        }
        _ => Err(unknown(file)),
    }
}

fn unknown(file: &RegularFile) -> Error {
    file.refused(format!("its format is unknown; supported formats are {FORMATS}"))
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}
