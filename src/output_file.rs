//! Files that are written whole or not at all.
//!
//! Every file that the command writes goes through here, and it knows nothing of what they hold. A
//! place is looked at before the work begins; the text is written beside it and takes its place in
//! one step. Start at [`OutputFile`].
//!
//! ```text
//! a file, or nothing yet  written beside it, then renamed; its mode is kept
//! a link                  stays a link; what it leads to is replaced
//! a read-only file        refused
//! stdout or stderr        the text follows what was printed
//! an open descriptor      the text is appended
//! a device                the text is sent to it
//! a folder, a pipe        refused: nothing can take its place, and a pipe may wait for ever
//! ```

use crate::{Error, Result, printable_path};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::NamedTempFile;

/// A place that has been looked at, and that a text will be written to.
///
/// Nothing is there before [`OutputFile::write`], not even an empty file: a run that is cut short
/// leaves what it found. A hard link to the file keeps the old text.
///
/// ```
/// use init_symmetry::output_file::OutputFile;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("results.xml");
/// let place = OutputFile::at(&path)?; // before the work
/// assert!(!path.exists());
/// place.write("<results/>")?;
/// assert_eq!(std::fs::read_to_string(&path)?, "<results/>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    /// As it was asked for.
    path: PathBuf,
    place: Place,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A file, or nothing yet, at this path without links.
    File(PathBuf),
    /// A device or an open descriptor, which is written to as it is.
    Open,
    /// The stdout of this process, whatever it is called.
    Stdout,
    /// Its stderr.
    Stderr,
}

impl OutputFile {
    /// Looks at a place before the work begins.
    ///
    /// # Errors
    /// A folder, a pipe, a socket or a disk; a read-only file; a folder that does not exist or
    /// cannot be written to; links that lead nowhere.
    pub fn at(path: &Path) -> Result<Self> {
        if names_a_folder(path) {
            return Err(refusal(path, "it names a folder, but a file is needed"));
        }
        let place = match fs::metadata(path) {
            Ok(existing) => place_of(path, &existing)?,
            Err(error) if error.kind() == ErrorKind::NotFound => new_file(path)?,
            Err(error) => return Err(io_error(path, &error)),
        };
        Ok(Self { path: path.into(), place })
    }

    /// Puts a text, or bytes, in the place. On an error the file that was there is as it was.
    ///
    /// # Errors
    /// What [`OutputFile::at`] refuses, because the place is looked at again; a text that cannot be
    /// written.
    pub fn write(&self, text: impl AsRef<[u8]>) -> Result<()> {
        let text = text.as_ref();
        let sent = match Self::at(&self.path)?.place {
            Place::File(target) => return unless_about_to_end(|| self.replace(&target, text)),
            Place::Open => open_for_more(&self.path).and_then(|mut it| it.write_all(text)),
            Place::Stdout => send(io::stdout().lock(), text),
            Place::Stderr => send(io::stderr().lock(), text),
        };
        match sent {
            // as for all other output: a reader that has left misses nothing
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| io_error(&self.path, &error)),
        }
    }

    fn replace(&self, target: &Path, text: &[u8]) -> Result<()> {
        let written = temporary_beside(target).and_then(|mut temporary| {
            temporary.as_file_mut().write_all(text)?;
            // some file systems say only now that they are full
            temporary.as_file().sync_all()?;
            temporary.persist(target).map_err(|failure| failure.error)
        });
        written.map(drop).map_err(|error| {
            let why = lower_case(&error);
            refusal(&self.path, format!("it cannot be written, and its old content is kept: {why}"))
        })
    }
}

/// Refuses two files of one run at the same place, where the second would replace the first.
///
/// # Errors
/// The two paths lead to one file.
///
/// ```
/// use init_symmetry::output_file::{OutputFile, check_distinct};
/// # let folder = tempfile::tempdir()?;
/// let [one, other] = ["a.xml", "b.xml"].map(|name| folder.path().join(name));
/// let [one, other] = [OutputFile::at(&one)?, OutputFile::at(&other)?];
/// assert!(check_distinct(&one, &other).is_ok() && check_distinct(&one, &one).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_distinct(one: &OutputFile, other: &OutputFile) -> Result<()> {
    match (&one.place, &other.place) {
        (Place::File(first), Place::File(second)) if first == second => {
            let why = "two outputs of this run name this file: give each its own";
            Err(refusal(&other.path, why))
        }
        _ => Ok(()),
    }
}

/// Held by whoever writes a file, so that none is left half-written; closed when the process is
/// about to end.
struct Gate {
    is_closed: Mutex<bool>,
}

static GATE: Gate = Gate { is_closed: Mutex::new(false) };

impl Gate {
    fn close(&self) {
        *self.is_closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Writes while the gate is open, and waits for the end of the process if it is closed.
    fn pass<T>(&self, write: impl FnOnce() -> T) -> T {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_closed {
            drop(is_closed);
            loop {
                std::thread::park();
            }
        }
        write()
    }
}

/// Sees to it that no unfinished file is left behind, for a process that is about to end.
///
/// A file that is just being written is finished first, which takes as long as a disk does; none is
/// begun after it. A thread that still wants to write one waits for the end of the process, so that
/// its failure does not become the last word. To be called from a thread, not from within a signal
/// handler.
pub fn discard_unfinished() {
    GATE.close();
}

/// Writes, unless the process is about to end; then it waits for that.
pub(crate) fn unless_about_to_end<T>(write: impl FnOnce() -> T) -> T {
    GATE.pass(write)
}

/// Whether files can be made in a folder: one without a name, which leaves no trace there.
///
/// # Errors
/// What the folder says to it.
pub(crate) fn check_writable(folder: &Path) -> io::Result<File> {
    tempfile::tempfile_in(folder)
}

pub(crate) fn lower_case(error: &io::Error) -> String {
    error.to_string().to_lowercase()
}

/// Whether a path ends like a folder; [`Path`] itself overlooks a separator at the end.
fn names_a_folder(path: &Path) -> bool {
    let text = path.as_os_str().to_string_lossy();
    path.file_name().is_none() || text.ends_with(std::path::is_separator) || text.ends_with("/.")
}

/// What is to be done with something that exists.
fn place_of(path: &Path, existing: &Metadata) -> Result<Place> {
    if existing.is_dir() {
        return Err(refusal(path, "it is a folder, but a file is needed"));
    }
    if is_stream_of_ours(existing, io::stdout()) {
        return Ok(Place::Stdout);
    }
    if is_stream_of_ours(existing, io::stderr()) {
        return Ok(Place::Stderr);
    }
    if let Some(kind) = special_kind(existing) {
        let why = format!("it is a {kind}, which cannot be written to safely: name a file");
        return Err(refusal(path, why));
    }
    if existing.is_file() && existing.permissions().readonly() {
        return Err(refusal(path, "it is read-only: make it writable, or name another file"));
    }
    open_for_more(path).map_err(|error| io_error(path, &error))?;
    let target = without_links(path)?;
    if !existing.is_file() || is_descriptor(&target) {
        return Ok(Place::Open);
    }
    in_its_folder(path, &target)
}

/// Where a file will be that does not exist yet.
fn new_file(path: &Path) -> Result<Place> {
    let target = without_links(path)?;
    in_its_folder(path, &target)
}

/// A file in a folder that exists and can be written to.
fn in_its_folder(path: &Path, target: &Path) -> Result<Place> {
    let folder = folder_of(target);
    if !folder.is_dir() {
        let why = format!("the folder {} does not exist: make it first", printable_path(folder));
        return Err(refusal(path, why));
    }
    let made = check_writable(folder).and_then(|made| Ok((made, folder.canonicalize()?)));
    let (made, folder) = made.map_err(|error| {
        let (folder, why) = (printable_path(folder), lower_case(&error));
        refusal(path, format!("no file can be made in the folder {folder}: {why}"))
    })?;
    if is_somebody_elses(target, &folder, &made) {
        let why = "only its owner can replace it, because its folder is shared: name another file";
        return Err(refusal(path, why));
    }
    Ok(Place::File(folder.join(target.file_name().unwrap_or_default())))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Follows links to the place that they lead to, whether something is there or not.
fn without_links(path: &Path) -> Result<PathBuf> {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut target = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if is_descriptor(&target) {
            return Ok(target);
        }
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) if names_a_folder(&target) => {
                return Err(refusal(path, "it is a link to a folder, but a file is needed"));
            }
            Err(_) => return Ok(target), // no link
        }
    }
    Err(refusal(path, "its links lead nowhere"))
}

/// Whether a path names an open file of a process, as `/dev/fd/3` does. Who opened it goes on
/// writing there, so it cannot be replaced.
fn is_descriptor(path: &Path) -> bool {
    folder_of(path)
        .canonicalize()
        .is_ok_and(|folder| folder.starts_with("/proc") && folder.ends_with("fd"))
}

fn open_for_more(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}

fn send(mut stream: impl Write, text: &[u8]) -> io::Result<()> {
    stream.write_all(text)?;
    stream.flush()
}

/// An empty file in the same folder, with the mode and, if possible, the owner of what it replaces.
fn temporary_beside(target: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".init-symmetry-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
    // without the name of the temporary, which means nothing to anybody
    let nameless = |error: io::Error| io::Error::from(error.kind());
    let temporary = builder.tempfile_in(folder_of(target)).map_err(nameless)?;
    if let Ok(existing) = fs::metadata(target) {
        keep_owner(temporary.as_file(), &existing);
        temporary.as_file().set_permissions(existing.permissions())?;
    }
    Ok(temporary)
}

#[cfg(unix)]
fn keep_owner(file: &File, existing: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    // only root may give files away; a file that is now ours has the same text and mode
    let _ = fchown(file, Some(existing.uid()), Some(existing.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Whether a file is another user's, in a folder whose files are their owners' alone (as /tmp is).
#[cfg(unix)]
fn is_somebody_elses(file: &Path, folder: &Path, made_by_us: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let all = (made_by_us.metadata(), folder.metadata(), file.metadata());
    let (Ok(made_by_us), Ok(folder), Ok(file)) = all else { return false };
    let us = made_by_us.uid();
    let ours = us == 0 || us == folder.uid() || us == file.uid();
    folder.mode() & STICKY != 0 && !ours
}

#[cfg(not(unix))]
fn is_somebody_elses(_: &Path, _: &Path, _: &File) -> bool {
    false
}

/// Whether a file is what stdout or stderr leads to.
#[cfg(unix)]
fn is_stream_of_ours(file: &Metadata, stream: impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::MetadataExt;
    let stream = stream.as_fd().try_clone_to_owned();
    let stream = stream.and_then(|stream| File::from(stream).metadata());
    stream.is_ok_and(|stream| (stream.dev(), stream.ino()) == (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn is_stream_of_ours<S>(_: &Metadata, _: S) -> bool {
    false
}

/// What opening might wait for ever, or destroy.
#[cfg(unix)]
fn special_kind(file: &Metadata) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    let kind = file.file_type();
    let kinds =
        [(kind.is_fifo(), "pipe"), (kind.is_socket(), "socket"), (kind.is_block_device(), "disk")];
    kinds.into_iter().find(|(is_it, _)| *is_it).map(|(_, name)| name)
}

#[cfg(not(unix))]
fn special_kind(_: &Metadata) -> Option<&'static str> {
    None
}

fn io_error(path: &Path, error: &io::Error) -> Error {
    refusal(path, format!("it cannot be written: {}", lower_case(error)))
}

fn refusal(path: &Path, why: impl Into<String>) -> Error {
    Error::File { path: path.into(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use std::sync::{Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn what_is_being_written_is_finished_and_nothing_is_begun_after_it() {
        static GATE: Gate = Gate { is_closed: Mutex::new(false) };
        let (began, begin) = mpsc::channel();
        let (sender, written) = mpsc::channel();
        let first = sender.clone();
        thread::spawn(move || {
            GATE.pass(|| {
                began.send(()).unwrap();
                thread::sleep(Duration::from_millis(50));
                first.send("the first").unwrap();
            });
        });
        begin.recv().unwrap();
        GATE.close();
        assert_eq!(written.try_recv(), Ok("the first"), "closing waits for it");
        thread::spawn(move || GATE.pass(|| sender.send("the second").unwrap()));
        assert!(written.recv_timeout(Duration::from_millis(200)).is_err());
    }
}
