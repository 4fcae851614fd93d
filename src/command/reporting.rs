//! Flags that `verify` and `check` share for logs and for continuous integration, and what they
//! ask for: less to read, a JUnit file, annotations of GitHub.

use super::junit::{CaseResult, Run};
use super::output::Streams;
use init_symmetry::{Error, Result, printable};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// For logs and for continuous integration.
#[derive(Debug, clap::Args)]
pub(super) struct Reporting {
    /// Print only what is not as declared, and nothing if all is
    #[arg(long, short, conflicts_with = "json")]
    pub(super) quiet: bool,

    /// Also write the results as JUnit XML, once they are complete
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Print one JSON document instead of lines
    #[arg(long)]
    pub(super) json: bool,
}

impl Reporting {
    /// Refuses a JUnit file that cannot be written before the work begins.
    pub(super) fn junit_file(&self) -> Result<Option<Replacement>> {
        self.junit.as_deref().map(Replacement::of).transpose()
    }
}

/// Writes the JUnit file if one is asked for; where GitHub runs this, an annotation for each case
/// that fails, about `file`.
pub(super) fn publish(
    streams: &mut Streams,
    run: &Run,
    junit: Option<Replacement>,
    file: Option<&str>,
) -> Result<()> {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        // on stderr, which GitHub reads too: stdout may be a JSON document
        for annotation in annotations(run, file) {
            // stderr may be closed; the exit code still tells
            let _ = writeln!(streams.err, "{}", printable(&annotation));
        }
    }
    junit.map_or(Ok(()), |junit| junit.finish(&run.to_xml()))
}

/// Workflow commands of GitHub, one for each case that fails.
fn annotations(run: &Run, file: Option<&str>) -> Vec<String> {
    let place = file.map(|file| format!("file={},", property(file))).unwrap_or_default();
    let failing = run.cases.iter().filter_map(|case| match &case.result {
        CaseResult::Fails { kind, reason } => Some((case, kind, reason)),
        CaseResult::Passes | CaseResult::Skipped(_) => None,
    });
    failing
        .map(|(case, kind, reason)| {
            let title = property(&format!("{} {kind}", case.name));
            format!("::error {place}title={title}::{}", data(reason))
        })
        .collect()
}

/// The message of a workflow command: it ends at the end of the line, and % escapes.
fn data(plain: &str) -> String {
    plain.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, which a colon or comma would end.
fn property(plain: &str) -> String {
    data(plain).replace(':', "%3A").replace(',', "%2C")
}

/// A file that is replaced whole at the end of a run, or not at all.
#[derive(Debug)]
pub(super) struct Replacement {
    path: PathBuf,
    /// Beside it, so that taking its place is one step; none for a pipe or device.
    partial: Option<PathBuf>,
}

impl Replacement {
    /// Refuses a path that cannot be written before the work begins.
    pub(super) fn of(path: &Path) -> Result<Self> {
        // what a link leads to is replaced, not the link
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let existing = path.metadata().ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(Error::File { path, why: "it is a directory, not a file".into() });
        }
        if existing.is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self { path, partial: None });
        }
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        // a name that no other process chooses at the same time
        name.push(format!(".{}.partial", std::process::id()));
        let partial = path.with_file_name(name);
        write(&partial, "").map_err(|error| named(error, &path))?;
        Ok(Self { path, partial: Some(partial) })
    }

    /// Puts the text in the file's place.
    pub(super) fn finish(self, text: &str) -> Result<()> {
        let Some(partial) = &self.partial else { return write(&self.path, text) };
        write(partial, text).map_err(|error| named(error, &self.path))?;
        fs::rename(partial, &self.path).map_err(|error| file_error(&self.path, &error))
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // after a rename there is nothing to remove
            let _ = fs::remove_file(partial);
        }
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| file_error(path, &error))
}

fn named(error: Error, path: &Path) -> Error {
    match error {
        Error::File { why, .. } => Error::File { path: path.into(), why },
        other => other,
    }
}

fn file_error(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.into(), why: error.to_string().to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::super::junit::Case;
    use super::*;

    fn failing(name: &str, reason: &str) -> Run {
        let result = CaseResult::Fails { kind: "fails".into(), reason: reason.into() };
        let suite = String::new();
        let name = name.into();
        let numbers = String::new();
        let passing = Case {
            suite: suite.clone(),
            name: "another".into(),
            seconds: 0.0,
            result: CaseResult::Passes,
            numbers: numbers.clone(),
        };
        let case = Case { suite, name, seconds: 0.0, result, numbers };
        Run { properties: vec![], cases: vec![passing, case] }
    }

    #[test]
    fn an_annotation_stays_on_one_line_whatever_it_says() {
        let run = failing("a, b: c", "50 % of x::y,\r\nand more");
        assert_eq!(
            annotations(&run, Some("docs/a,b.md")),
            ["::error file=docs/a%2Cb.md,title=a%2C b%3A c fails::50 %25 of x::y,%0D%0Aand more"]
        );
        assert!(annotations(&run, None)[0].starts_with("::error title=a%2C"));
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.xml");
        fs::write(&path, "old").expect("a file");
        drop(Replacement::of(&path).expect("it can be written"));
        assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
        Replacement::of(&path).expect("it can be written").finish("new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "new");
        let files = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(files, 1, "nothing is left beside it");
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_the_work_begins() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [folder.path().to_path_buf(), folder.path().join("none/results.xml")] {
            let error = Replacement::of(&path).expect_err("it cannot be written");
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        }
    }
}
