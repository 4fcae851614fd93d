//! Writing a report into a folder: all of it or nothing, and nothing of anybody else's.
//!
//! It does not know what the files hold. Start at [`write_folder`].
//!
//! ```text
//! check:  the folder is new, empty, or has a list of what a report wrote there,
//!         and what is listed is still as it was written
//! write:  the new files into a folder within it, with a list of their hashes
//!         the old files out of the way, the new ones into place
//!         if that fails, all of it backwards
//! ```

use crate::output_file::{check_writable, lower_case, unless_about_to_end};
use crate::{Error, Result, printable_path};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

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

/// Lists what a report wrote into its folder, with hashes, as `sha256sum --check` reads them.
pub const LIST: &str = ".init-symmetry-report";

/// The first line of every list, by which it is known.
const FIRST_LINE: &str = "# The files of a report of init-symmetry, as it wrote them.";

/// What is being written lies here until all of it is there.
const UNFINISHED: &str = ".init-symmetry-unfinished";
/// Below [`UNFINISHED`]: what will take its place.
const NEW: &str = "new";
/// Below [`UNFINISHED`]: what has made room.
const OLD: &str = "old";

/// Whether a report with these files (`paths`) may be written into a folder: a new one, an empty
/// one, or one that holds a report as it was written and nothing else. With `force` other files may
/// be there, too; they are kept, and a report never takes the place of one of them.
///
/// # Errors
/// A folder that is a link, or in whose place something else is; one that cannot be written to. A
/// file or link in the place of one of the report's that no report wrote, or that was changed since
/// then. Without `force` other files, or a report that is being written.
pub fn check_folder(folder: &Path, paths: &[String], force: bool) -> Result<()> {
    to_be_replaced(&plain(folder), paths, force).map(drop)
}

/// Writes the files of a report into a folder that [`check_folder`] accepts, and a list of them.
///
/// They are written beside their places first and moved there when all of them are complete; what
/// an older report wrote makes room, and comes back if that fails. A full disk leaves what was
/// there before.
///
/// # Errors
/// A folder that is not accepted; anything that cannot be written.
pub fn write_folder(folder: &Path, files: &[File], force: bool) -> Result<()> {
    let folder = plain(folder);
    unless_about_to_end(|| {
        let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        let old = to_be_replaced(&folder, &paths, force)?;
        let missing = |it: &&Path| !it.as_os_str().is_empty() && it.symlink_metadata().is_err();
        let made: Vec<&Path> = folder.ancestors().take_while(missing).collect();
        let written = write_within(&folder, files, &old);
        if written.is_err() {
            remove_if_empty(made);
        }
        written
    })
}

fn write_within(folder: &Path, files: &[File], old: &[String]) -> Result<()> {
    let unfinished = folder.join(UNFINISHED);
    fs::create_dir_all(folder).map_err(|error| io_error(folder, &error))?;
    // fails if it is there: two reports at a time do not share it
    fs::create_dir(&unfinished).map_err(|error| io_error(&unfinished, &error))?;
    let list = File::new(LIST, list_of(files));
    // the list first, by which the others are known; the page, which speaks of them, last
    let files: Vec<&File> = [&list].into_iter().chain(files.iter().rev()).collect();
    let new: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let written: Result<Vec<_>> =
        files.iter().map(|file| write_new(&unfinished.join(NEW), file)).collect();
    // all of them after the last, which takes a disk about as long as one; some file systems say
    // only now that they are full
    let written = written.and_then(|new| new.iter().try_for_each(on_disk));
    match written.and_then(|()| exchange(folder, &unfinished, &old, &new)) {
        Ok(()) => fs::remove_dir_all(&unfinished).map_err(|error| io_error(&unfinished, &error)),
        Err(error) => {
            // an old file that could not be moved back stays where it is
            let _ = fs::remove_dir_all(unfinished.join(NEW));
            let of_old = unfinished.join(OLD);
            let below = folders_of(&old).into_iter().map(|below| of_old.join(below));
            remove_if_empty(below.chain([of_old.clone(), unfinished]));
            Err(error)
        }
    }
}

fn write_new(folder: &Path, File { path, text }: &File) -> Result<(PathBuf, fs::File)> {
    let place = with_parent(folder, path)?;
    let written = fs::File::create_new(&place).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file)
    });
    written.map(|file| (place.clone(), file)).map_err(|error| io_error(&place, &error))
}

fn on_disk((place, file): &(PathBuf, fs::File)) -> Result<()> {
    file.sync_all().map_err(|error| io_error(place, &error))
}

/// Moves the old files out of the way and the new ones into place, or leaves all as it was.
fn exchange(folder: &Path, unfinished: &Path, old: &[&str], new: &[&str]) -> Result<()> {
    let (of_new, of_old) = (unfinished.join(NEW), unfinished.join(OLD));
    let below = folders_of(new).into_iter().map(|below| folder.join(below));
    let made: Vec<PathBuf> = below.filter(|below| !below.exists()).collect();
    let moves = old.iter().map(|path| (folder, of_old.as_path(), path));
    let moves = moves.chain(new.iter().map(|path| (of_new.as_path(), folder, path)));
    let mut done = Vec::new();
    for (from, to, path) in moves {
        if let Err(error) = keep_mode(&of_old, from, path).and_then(|()| move_file(from, to, path))
        {
            for (from, to, path) in done.into_iter().rev() {
                move_file(to, from, path)?;
            }
            remove_if_empty(made);
            return Err(error);
        }
        done.push((from, to, path));
    }
    Ok(())
}

/// Gives a file the mode of the one that it replaces and that has been moved away.
fn keep_mode(of_old: &Path, from: &Path, path: &str) -> Result<()> {
    let (old, file) = (of_old.join(path), from.join(path));
    match old.metadata() {
        Ok(found) => {
            fs::set_permissions(&file, found.permissions()).map_err(|error| io_error(&file, &error))
        }
        Err(_) => Ok(()),
    }
}

fn move_file(from: &Path, to: &Path, path: &str) -> Result<()> {
    let place = with_parent(to, path)?;
    fs::rename(from.join(path), &place).map_err(|error| io_error(&place, &error))
}

/// The place of a file, the folder that it lies in made.
fn with_parent(folder: &Path, path: &str) -> Result<PathBuf> {
    let place = folder.join(path);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(|error| io_error(parent, &error))?;
    }
    Ok(place)
}

/// Removes folders, but none that holds something.
fn remove_if_empty(folders: impl IntoIterator<Item = impl AsRef<Path>>) {
    // what is not there, or holds something, stays as it is
    folders.into_iter().for_each(|folder| drop(fs::remove_dir(folder)));
}

/// The list that a report leaves beside its files.
fn list_of(files: &[File]) -> String {
    let mut list = format!(
        "{FIRST_LINE}\n\
         # The next report takes their place if they are unchanged; keep other files elsewhere.\n\
         # To compare: sha256sum --check {LIST}\n"
    );
    list.extend(files.iter().map(|File { path, text }| format!("{}  {path}\n", hash(text))));
    list
}

fn hash(text: impl AsRef<[u8]>) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// The files of an older report, which a new one replaces; see [`check_folder`].
fn to_be_replaced(folder: &Path, paths: &[String], force: bool) -> Result<Vec<String>> {
    let found = match folder.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return check_new(folder).map(|()| Vec::new());
        }
        found => found.map_err(|error| io_error(folder, &error))?,
    };
    if found.is_symlink() {
        let why = "is a link, and a report is written through none: name the folder behind it";
        return Err(file_error(folder, why));
    }
    if !found.is_dir() {
        return Err(file_error(folder, "is a file, and a report needs a folder"));
    }
    check_unfinished(folder)?;
    let ours = files_of_ours(folder);
    check_places(folder, paths, &ours)?;
    if !force {
        check_others(folder, paths, &ours)?;
    }
    writable(folder, folder)?;
    Ok(ours.into_iter().collect())
}

/// Whether a folder can be made.
fn check_new(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() {
        return Err(file_error(folder, "the folder of a report needs a name"));
    }
    let ancestors = folder.ancestors().filter(|it| !it.as_os_str().is_empty());
    let existing = ancestors.into_iter().find(|it| it.symlink_metadata().is_ok());
    let existing = existing.unwrap_or(Path::new("."));
    if !existing.is_dir() {
        let why = format!("{} is in its way and is no folder", printable_path(existing));
        return Err(file_error(folder, why));
    }
    writable(folder, existing)
}

/// Whether files can be made in a folder, which is that of a report or will hold it.
fn writable(folder: &Path, existing: &Path) -> Result<()> {
    check_writable(existing).map(drop).map_err(|error| {
        let (existing, why) = (printable_path(existing), lower_case(&error));
        file_error(folder, format!("nothing can be written in {existing}: {why}"))
    })
}

/// What an interrupted report was to replace is not thrown away, not even with `force`.
fn check_unfinished(folder: &Path) -> Result<()> {
    match folder.join(UNFINISHED).symlink_metadata() {
        Ok(_) => {
            let why = format!(
                "holds {UNFINISHED}: a report is being written there, or was interrupted, and what \
                 it was to replace is below {UNFINISHED}/{OLD}; keep that and remove it"
            );
            Err(file_error(folder, why))
        }
        Err(_) => Ok(()),
    }
}

/// The files that a report wrote and that are still as it wrote them, the list among them.
fn files_of_ours(folder: &Path) -> BTreeSet<String> {
    let of_list = |text: String| {
        let lines = text.lines().filter_map(|line| line.split_once("  "));
        let unchanged = |(was, path): &(&str, &str)| {
            is_plain_file(folder, path)
                && fs::read(folder.join(path)).is_ok_and(|bytes| hash(bytes) == *was)
        };
        let files = lines.filter(unchanged).map(|(_, path)| path.to_string());
        files.chain([LIST.to_string()]).collect()
    };
    let list = is_plain_file(folder, LIST).then(|| fs::read_to_string(folder.join(LIST)));
    let list = list.and_then(io::Result::ok);
    list.filter(|text| text.starts_with(FIRST_LINE)).map_or_else(BTreeSet::new, of_list)
}

/// Whether a file lies below a folder and no link leads to it.
fn is_plain_file(folder: &Path, path: &str) -> bool {
    let mut components = Path::new(path).components();
    let mut place = folder.to_path_buf();
    let is_below = components.all(|component| {
        // what is not a folder or file itself is found out by its own metadata
        place.push(component);
        let kind = place.symlink_metadata().map(|found| found.file_type());
        matches!(component, Component::Normal(_))
            && kind.is_ok_and(|kind| kind.is_dir() || kind.is_file())
    });
    is_below && place.is_file()
}

/// Refuses to take the place of what is not ours.
fn check_places(folder: &Path, paths: &[String], ours: &BTreeSet<String>) -> Result<()> {
    let paths: Vec<&str> = paths.iter().map(String::as_str).chain([LIST]).collect();
    for below in folders_of(&paths) {
        if folder.join(&below).symlink_metadata().is_ok_and(|found| !found.is_dir()) {
            let below = printable_path(&below);
            let why = format!("{below} is a link or a file, and a report needs a folder there");
            return Err(file_error(folder, why));
        }
    }
    let is_in_the_way =
        |path: &&&str| folder.join(path).symlink_metadata().is_ok() && !ours.contains(**path);
    match paths.iter().find(is_in_the_way) {
        None => Ok(()),
        Some(path) => {
            let why = format!(
                "{path} is not as a report wrote it, so it is not replaced, not even with --force: \
                 move it away, or name another folder"
            );
            Err(file_error(folder, why))
        }
    }
}

/// Refuses a folder that holds other files than those of a report.
fn check_others(folder: &Path, paths: &[String], ours: &BTreeSet<String>) -> Result<()> {
    let known = ours.iter().chain(paths).map(String::as_str).collect::<Vec<_>>();
    let known_folders = folders_of(&known);
    let mut others = Vec::new();
    for name in names(folder)? {
        if known_folders.contains(Path::new(&name)) && folder.join(&name).is_dir() {
            let below = names(&folder.join(&name))?;
            others.extend(below.into_iter().map(|file| format!("{name}/{file}")));
        } else if name != UNFINISHED {
            others.push(name);
        }
    }
    others.retain(|path| !ours.contains(path));
    let Some(first) = others.first() else { return Ok(()) };
    let more = match others.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let why = format!(
        "holds files that are no part of a report: {first}{more}; name another folder, or use \
         --force, which keeps them"
    );
    Err(file_error(folder, why))
}

/// The folders that files lie in, below the one of the report.
fn folders_of(paths: &[&str]) -> BTreeSet<PathBuf> {
    let parents = paths.iter().filter_map(|path| Path::new(path).parent());
    parents.filter(|it| !it.as_os_str().is_empty()).map(Path::to_path_buf).collect()
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

/// A path without a separator at its end, which would follow a link.
fn plain(folder: &Path) -> PathBuf {
    folder.components().collect()
}

fn io_error(path: &Path, error: &io::Error) -> Error {
    file_error(path, lower_case(error))
}

fn file_error(path: &Path, why: impl Into<String>) -> Error {
    Error::File { path: path.into(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::{TempDir, tempdir};

    fn report(text: &str) -> Vec<File> {
        vec![File::new("index.html", format!("page of {text}")), figure("a", text)]
    }

    fn figure(name: &str, text: &str) -> File {
        File::new(format!("figures/{name}.svg"), text.into())
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

    fn refusal(folder: &Path, force: bool) -> String {
        let refused = write_folder(folder, &report("new"), force).unwrap_err().to_string();
        let paths: Vec<_> = report("new").into_iter().map(|file| file.path).collect();
        let before = check_folder(folder, &paths, force).unwrap_err().to_string();
        assert_eq!(before, refused, "it is known before anything is computed");
        refused
    }

    #[test]
    fn a_report_is_written_into_a_new_folder_and_over_an_older_report() {
        let (_parent, folder) = folder();
        write_folder(&folder, &report("first"), false).unwrap();
        assert!(holds(&folder, "first"));
        write_folder(&folder, &report("second"), false).unwrap();
        assert!(holds(&folder, "second"));
        assert_eq!(names(&folder).unwrap(), [LIST, "figures", "index.html"], "nothing unfinished");
    }

    #[test]
    fn a_file_that_the_new_report_has_not_goes_with_the_old_one() {
        let (_parent, folder) = folder();
        write_folder(&folder, &[&report("old")[..], &[figure("b", "old")]].concat(), false)
            .unwrap();
        write_folder(&folder, &report("new"), false).unwrap();
        assert!(holds(&folder, "new"));
        assert_eq!(names(&folder.join("figures")).unwrap(), ["a.svg"]);
    }

    #[test]
    fn other_files_are_refused_and_with_force_kept() {
        for other in ["thesis.tex", "figures/mine.svg"] {
            let (_parent, folder) = folder();
            fs::create_dir_all(folder.join("figures")).unwrap();
            fs::write(folder.join(other), "precious").unwrap();
            let refused = refusal(&folder, false);
            assert!(refused.contains(other) && refused.contains("--force"), "{refused}");
            assert!(!folder.join("index.html").exists());
            write_folder(&folder, &report("new"), true).unwrap();
            assert!(holds(&folder, "new"));
            assert_eq!(fs::read_to_string(folder.join(other)).unwrap(), "precious");
        }
    }

    #[test]
    fn a_file_that_no_report_wrote_is_never_replaced() {
        for own in ["index.html", "figures/a.svg", LIST] {
            for force in [false, true] {
                let (_parent, folder) = folder();
                fs::create_dir_all(folder.join("figures")).unwrap();
                fs::write(folder.join(own), "precious").unwrap();
                assert!(refusal(&folder, force).contains(own));
                assert_eq!(fs::read_to_string(folder.join(own)).unwrap(), "precious");
            }
        }
    }

    #[test]
    fn a_file_that_was_changed_since_it_was_written_is_never_replaced() {
        for force in [false, true] {
            let (_parent, folder) = folder();
            write_folder(&folder, &report("old"), false).unwrap();
            fs::write(folder.join("figures/a.svg"), "precious").unwrap();
            let refused = refusal(&folder, force);
            assert!(refused.contains("figures/a.svg is not as a report wrote it"), "{refused}");
            assert_eq!(fs::read_to_string(folder.join("index.html")).unwrap(), "page of old");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        use std::os::unix::fs::symlink;
        for link in ["", "figures", "figures/a.svg", "index.html", LIST, UNFINISHED] {
            for force in [false, true] {
                let (parent, folder) = folder();
                let elsewhere = parent.path().join("elsewhere");
                write_folder(&elsewhere, &report("old"), false).unwrap();
                let place = folder.join(link);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                symlink(elsewhere.join(link), plain(&place)).unwrap();
                refusal(&folder, force);
                refusal(&folder.join(""), force);
                assert!(holds(&elsewhere, "old"), "{link}");
                assert!(plain(&place).is_symlink(), "{link}");
            }
        }
    }

    #[test]
    fn a_list_that_leads_out_of_the_folder_removes_nothing_there() {
        let (parent, folder) = folder();
        let precious = parent.path().join("precious");
        fs::write(&precious, "precious").unwrap();
        fs::create_dir(&folder).unwrap();
        let (hash, absolute) = (hash("precious"), precious.display());
        let list = format!("{FIRST_LINE}\n{hash}  ../precious\n{hash}  {absolute}\n");
        fs::write(folder.join(LIST), list).unwrap();
        write_folder(&folder, &report("new"), true).unwrap();
        assert!(precious.exists() && holds(&folder, "new"));
    }

    #[test]
    fn a_report_that_cannot_be_written_leaves_what_was_there() {
        let (_parent, folder) = folder();
        write_folder(&folder, &report("old"), false).unwrap();
        // two files that cannot both be: one is the folder of the other
        let impossible = [&report("new")[..], &[File::new("b", "new".into())]].concat();
        let impossible = [&impossible[..], &[File::new("b/c", "new".into())]].concat();
        assert!(write_folder(&folder, &impossible, true).is_err());
        assert!(holds(&folder, "old"));
        assert_eq!(names(&folder).unwrap(), [LIST, "figures", "index.html"]);

        let fresh = folder.join("fresh/er");
        assert!(write_folder(&fresh, &impossible, false).is_err());
        assert_eq!(names(&folder).unwrap(), [LIST, "figures", "index.html"], "none is half-made");
    }

    #[test]
    fn a_report_that_cannot_be_moved_into_place_leaves_what_was_there() {
        let (_parent, folder) = folder();
        write_folder(&folder, &report("old"), false).unwrap();
        let unfinished = folder.join(UNFINISHED);
        for file in [&File::new("index.html", "new".into()), &File::new("b/c", "new".into())] {
            write_new(&unfinished.join(NEW), file).unwrap();
        }
        let new = ["index.html", "b/c", "was-never-written"];
        assert!(exchange(&folder, &unfinished, &["index.html", "figures/a.svg"], &new).is_err());
        assert!(holds(&folder, "old"));
        assert_eq!(names(&folder).unwrap(), [LIST, UNFINISHED, "figures", "index.html"]);
    }

    #[test]
    fn a_place_in_which_no_folder_can_be_is_refused() {
        let (parent, folder) = folder();
        fs::write(&folder, "a file").unwrap();
        let refused = refusal(&folder, true);
        assert!(refused.ends_with("is a file, and a report needs a folder"), "{refused}");
        let below = folder.join("a/b");
        assert!(refusal(&below, false).contains("not a directory"), "{}", refusal(&below, false));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_report_in_the_place_is_refused() {
        let (_parent, folder) = folder();
        fs::create_dir_all(folder.join(UNFINISHED)).unwrap();
        let parked = folder.join(UNFINISHED).join("thesis");
        fs::write(&parked, "precious").unwrap();
        for force in [false, true] {
            let refused = refusal(&folder, force);
            assert!(refused.contains("interrupted"), "{refused}");
        }
        assert_eq!(fs::read_to_string(parked).unwrap(), "precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let (_parent, folder) = folder();
        write_folder(&folder, &report("old"), false).unwrap();
        let page = folder.join("index.html");
        fs::set_permissions(&page, fs::Permissions::from_mode(0o600)).unwrap();
        write_folder(&folder, &report("new"), false).unwrap();
        assert!(holds(&folder, "new"));
        assert_eq!(fs::metadata(page).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
