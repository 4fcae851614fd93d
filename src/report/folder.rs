//! Writing a report into a folder: all of it or nothing, and nothing of anybody else's.
//!
//! It does not know what the files hold. Start at [`write_folder`].

use super::PAGE;
use crate::{Error, Result};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it lies below the folder, parts separated by `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), text }
    }
}

/// What is being written lies here until all of it is there.
const UNFINISHED: &str = ".init-symmetry-unfinished";

/// Whether a report may be written into a folder: it does not exist yet, is empty, or holds a
/// report and nothing but files that a report has (`paths`). With `force` other files may be there;
/// they are kept, but for those whose name a report needs.
///
/// # Errors
/// A file in the place of the folder; without `force` foreign files, or a report that is being
/// written.
pub fn check_folder(folder: &Path, paths: &[String], force: bool) -> Result<()> {
    if folder.as_os_str().is_empty() {
        return Err(file_error(folder, "the folder of a report needs a name"));
    }
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        return Err(file_error(folder, "is a file, and a report needs a folder"));
    }
    if folder.join(UNFINISHED).exists() && !force {
        let why = format!(
            "holds {UNFINISHED}: a report is being written there, or was interrupted; remove it, \
             or use --force"
        );
        return Err(file_error(folder, why));
    }
    let foreign = foreign_files(folder, paths)?;
    match foreign.first() {
        Some(first) if !force => {
            let more = match foreign.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let why = format!(
                "holds files that are no part of a report: {first}{more}; name another folder, or \
                 use --force, which keeps them but for those that a report has too"
            );
            Err(file_error(folder, why))
        }
        _ => Ok(()),
    }
}

/// Whether a page is that of a report, of any version; somebody's own is not.
fn is_page_of_a_report(page: &Path) -> bool {
    let mark = format!("content=\"{} ", env!("CARGO_PKG_NAME"));
    fs::read_to_string(page).is_ok_and(|text| {
        let mut lines = text.lines().take_while(|line| !line.contains("<body"));
        lines.any(|line| line.contains("name=\"generator\"") && line.contains(&mark))
    })
}

/// Files below a folder that are no part of a report: if its page is not a report's, all of them.
fn foreign_files(folder: &Path, paths: &[String]) -> Result<Vec<String>> {
    let page = folder.join(PAGE);
    if page.exists() && !is_page_of_a_report(&page) {
        return Ok(vec![PAGE.into()]);
    }
    let ours: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let folders: BTreeSet<&str> =
        paths.iter().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder).collect();
    let mut foreign = Vec::new();
    for name in names(folder)? {
        if folders.contains(name.as_str()) && folder.join(&name).is_dir() {
            let below =
                names(&folder.join(&name))?.into_iter().map(|file| format!("{name}/{file}"));
            foreign.extend(below.filter(|path| !ours.contains(path.as_str())));
        } else if !ours.contains(name.as_str()) && name != UNFINISHED {
            foreign.push(name);
        }
    }
    Ok(foreign)
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>> {
    let of_entry = |entry: io::Result<fs::DirEntry>| {
        entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
    };
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(of_entry).collect());
    let mut names: Vec<String> = entries.map_err(|error| io_error(folder, &error))?;
    names.sort();
    Ok(names)
}

/// Writes the files of a report into a folder that [`check_folder`] accepts.
///
/// They are written beside their places first and moved there when all of them are complete: a full
/// disk leaves what was there before.
///
/// # Errors
/// A folder that is not accepted; anything that cannot be written.
pub fn write_folder(folder: &Path, files: &[File], force: bool) -> Result<()> {
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    check_folder(folder, &paths, force)?;
    let existed = folder.exists();
    let unfinished = folder.join(UNFINISHED);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(|error| io_error(&unfinished, &error))?;
    }
    let written = write_all(&unfinished, files).and_then(|()| {
        // the page last: it speaks of the others
        files.iter().rev().try_for_each(|file| move_into_place(&unfinished, folder, file))
    });
    // nothing unfinished stays behind; that it cannot be removed matters less than why it is there
    let removed = fs::remove_dir_all(&unfinished).map_err(|error| io_error(&unfinished, &error));
    if written.is_err() && !existed {
        let _ = fs::remove_dir(folder);
    }
    written.and(removed)
}

fn write_all(unfinished: &Path, files: &[File]) -> Result<()> {
    fs::create_dir_all(unfinished).map_err(|error| io_error(unfinished, &error))?;
    files.iter().try_for_each(|File { path, text }| {
        let place = with_parent(unfinished, path)?;
        fs::write(&place, text).map_err(|error| io_error(&place, &error))
    })
}

fn move_into_place(unfinished: &Path, folder: &Path, File { path, .. }: &File) -> Result<()> {
    let place = with_parent(folder, path)?;
    fs::rename(unfinished.join(path), &place).map_err(|error| io_error(&place, &error))
}

/// The place of a file, the folder that it lies in made.
fn with_parent(folder: &Path, path: &str) -> Result<PathBuf> {
    let place = folder.join(path);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(|error| io_error(parent, &error))?;
    }
    Ok(place)
}

fn io_error(path: &Path, error: &io::Error) -> Error {
    file_error(path, error.to_string().to_lowercase())
}

fn file_error(path: &Path, why: impl Into<String>) -> Error {
    Error::File { path: path.into(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::GENERATOR;
    use tempfile::{TempDir, tempdir};

    fn report(text: &str) -> Vec<File> {
        let page = format!("<meta name=\"generator\" content=\"{GENERATOR}\">\n<body>{text}");
        vec![File::new(PAGE, page), File::new("figures/a.svg", text.into())]
    }

    fn folder() -> (TempDir, PathBuf) {
        let parent = tempdir().unwrap();
        let folder = parent.path().join("report");
        (parent, folder)
    }

    fn holds(folder: &Path, text: &str) -> bool {
        let same = |it: &File| fs::read_to_string(folder.join(&it.path)).unwrap() == it.text;
        report(text).iter().all(same)
    }

    #[test]
    fn a_report_is_written_into_a_new_folder_and_over_an_older_report() {
        let (_parent, folder) = folder();
        write_folder(&folder, &report("first"), false).unwrap();
        assert!(holds(&folder, "first"));
        write_folder(&folder, &report("second"), false).unwrap();
        assert!(holds(&folder, "second"));
        assert_eq!(names(&folder).unwrap(), ["figures", "index.html"], "nothing unfinished");
    }

    #[test]
    fn foreign_files_are_refused_and_with_force_kept() {
        for foreign in ["thesis.tex", "figures/mine.svg"] {
            let (_parent, folder) = folder();
            fs::create_dir_all(folder.join("figures")).unwrap();
            fs::write(folder.join(foreign), "precious").unwrap();
            let error = write_folder(&folder, &report("new"), false).unwrap_err().to_string();
            assert!(error.contains(foreign) && error.contains("--force"), "{error}");
            assert!(!folder.join("index.html").exists());
            write_folder(&folder, &report("new"), true).unwrap();
            assert!(holds(&folder, "new"));
            assert_eq!(fs::read_to_string(folder.join(foreign)).unwrap(), "precious");
        }
    }

    #[test]
    fn a_page_of_somebodys_own_is_foreign_whatever_its_name() {
        let (_parent, folder) = folder();
        fs::create_dir(&folder).unwrap();
        let own = "<body>made with init-symmetry, name=\"generator\" content=\"init-symmetry 1\"";
        fs::write(folder.join(PAGE), own).unwrap();
        assert!(write_folder(&folder, &report("new"), false).is_err());
        assert_eq!(fs::read_to_string(folder.join(PAGE)).unwrap(), own);
        write_folder(&folder, &report("new"), true).unwrap();
        assert!(holds(&folder, "new"));
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let (_parent, folder) = folder();
        write_folder(&folder, &report("old"), false).unwrap();
        // two files that cannot both be: one is the folder of the other
        let impossible = ["index.html", "figures/a.svg", "figures/a.svg/b"];
        let impossible = impossible.map(|path| File::new(path, "new".into()));
        assert!(write_folder(&folder, &impossible, true).is_err());
        assert!(holds(&folder, "old"));
        assert_eq!(names(&folder).unwrap(), ["figures", "index.html"]);

        let fresh = folder.join("fresh");
        assert!(write_folder(&fresh, &impossible, false).is_err() && !fresh.exists());
    }

    #[test]
    fn a_file_or_an_unfinished_report_in_the_place_is_refused() {
        let (_parent, folder) = folder();
        fs::write(&folder, "a file").unwrap();
        let error = write_folder(&folder, &report("new"), true).unwrap_err().to_string();
        assert!(error.ends_with("is a file, and a report needs a folder"), "{error}");
        fs::remove_file(&folder).unwrap();
        fs::create_dir_all(folder.join(UNFINISHED)).unwrap();
        let error = write_folder(&folder, &report("new"), false).unwrap_err().to_string();
        assert!(error.contains("interrupted"), "{error}");
        write_folder(&folder, &report("new"), true).unwrap();
        assert!(holds(&folder, "new"));
    }
}
