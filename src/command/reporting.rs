//! Options that `verify` and `check` share for logs and for continuous integration, and what they
//! ask for: less to read, a JUnit file, annotations of GitHub.

use super::Exit;
use super::junit::{CaseResult, Run};
use super::output::Streams;
use crate::output_file::OutputFile;
use crate::{Result, printable};
use std::io::Write;
use std::path::PathBuf;

/// For logs and for continuous integration.
#[derive(Debug, clap::Args)]
pub(super) struct Reporting {
    /// Print only what is not as expected, and nothing if everything is
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
    pub(super) fn junit_file(&self) -> Result<Option<OutputFile>> {
        self.junit.as_deref().map(OutputFile::at).transpose()
    }
}

/// Writes the JUnit file if one is asked for; where GitHub runs this, an annotation for each case
/// that fails, about `file`.
pub(super) fn publish(
    streams: &mut Streams,
    run: &Run,
    junit: Option<OutputFile>,
    file: Option<&str>,
) -> Result<()> {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        // on stderr, which GitHub reads too: stdout may be a JSON document
        for annotation in annotations(run, file) {
            // stderr may be closed; the exit code still tells
            let _ = writeln!(streams.err, "{}", printable(&annotation));
        }
    }
    junit.map_or(Ok(()), |junit| junit.write(run.to_xml()))
}

/// How a subcommand ends whose results were written to files, too: a red verdict stays one, and
/// that a file could not be written is told beside it.
///
/// # Errors
/// A file that could not be written beside a green verdict.
pub(super) fn ending(streams: &mut Streams, exit: Exit, written: Result<()>) -> Result<Exit> {
    match written {
        Err(error) if exit != Exit::Fine => {
            streams.error(&error.to_string());
            Ok(exit)
        }
        written => written.map(|()| exit),
    }
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
}
