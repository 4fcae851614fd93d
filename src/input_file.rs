//! A text file that is read whole, up to a limit.
//!
//! It knows nothing of what the text holds. Start at [`text_of`].

use crate::{Error, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file larger than this many bytes is refused before it is read (64 MiB).
pub const LARGEST_FILE: u64 = 64 << 20;

/// The text of a file.
///
/// # Errors
/// A file that cannot be read, is a folder, is larger than [`LARGEST_FILE`], or is not UTF-8; then
/// the line at which it is not, or the encoding that it seems to have.
///
/// ```
/// use init_symmetry::input_file::text_of;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("a.csv");
/// std::fs::write(&path, "a,b\n")?;
/// assert_eq!(text_of(&path)?, "a,b\n");
/// assert!(text_of(folder.path()).unwrap_err().to_string().contains("it is a directory"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn text_of(path: &Path) -> Result<String> {
    let unreadable = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "no such file".into(),
            io::ErrorKind::PermissionDenied => "permission denied".into(),
            _ => error.to_string().to_lowercase(),
        };
        file_error(path, why)
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(file_error(path, "it is a directory, not a file".into()));
    }
    let too_large = |size: String| {
        let limit = LARGEST_FILE >> 20;
        Err(file_error(path, format!("it is {size} but the limit is {limit} MiB")))
    };
    if metadata.len() > LARGEST_FILE {
        return too_large(format!("{} MiB large", metadata.len().div_ceil(1 << 20)));
    }
    let mut bytes = Vec::new();
    // A pipe has no length to look at before.
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return too_large("longer".into());
    }
    if let Some(other) = other_encoding(&bytes) {
        let why = format!("the text is not UTF-8 but {other}: save it as UTF-8");
        return Err(line_error(path, 1, why));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count() as u64;
        line_error(path, line, "the text is not UTF-8: save it as UTF-8".into())
    })
}

/// What a text is written in whose first bytes cannot be those of a table in UTF-8.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    const LOOKED_AT: usize = 1000;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Some("UTF-16");
    }
    // every second byte of ASCII in UTF-16 is 0, three of four in UTF-32; none is in UTF-8
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = start.iter().filter(|&&byte| byte == 0).count();
    match zeros {
        0 => None,
        _ if 5 * zeros > 3 * start.len() => Some("looks like UTF-32"),
        _ if 5 * zeros > start.len() => Some("looks like UTF-16 without a mark"),
        _ => Some("has bytes that are 0, as no text has"),
    }
}

fn file_error(path: &Path, why: String) -> Error {
    Error::File { path: path.into(), why }
}

fn line_error(path: &Path, line: u64, why: String) -> Error {
    Error::Line { path: path.into(), line, why }
}
