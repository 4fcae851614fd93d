//! Where words go, and how numbers look: colour only where it is wanted, and a reader that leaves
//! ends no run.
//!
//! It knows nothing of what is printed. Start at [`Streams`].

use crate::printable_lines;
use anstream::AutoStream;
use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Serialize, Serializer};
use std::io::{self, Stderr, StdoutLock, Write};
use textwrap::{Options, WordSplitter};

/// For a heading; a heading is also a line of its own.
pub(super) const HEADING: Style = Style::new().bold();
/// For what is as it should be; the word beside the colour says so too.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// For what fails.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what shows nothing.
pub(super) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();

/// The two streams, which strip colour where it is not wanted (`NO_COLOR`, pipes, `--color`).
pub(super) struct Streams {
    /// Results.
    pub(super) out: Output,
    /// Errors, warnings.
    pub(super) err: AutoStream<Stderr>,
}

impl Streams {
    pub(super) fn open(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self {
            out: Output { stream: AutoStream::new(io::stdout().lock(), choice), failure: None },
            err: AutoStream::new(io::stderr(), choice),
        }
    }

    pub(super) fn error(&mut self, message: &str) {
        // stderr may be closed; the exit code still tells
        let message = printable_lines(message);
        let _ = writeln!(self.err, "{BAD}error:{BAD:#} {message}");
    }

    pub(super) fn note(&mut self, message: &str) {
        // stderr may be closed; a note changes nothing
        let _ = writeln!(self.err, "{HEADING}note:{HEADING:#} {message}");
    }

    pub(super) fn warning(&mut self, message: &str) {
        // stderr may be closed; a warning changes nothing
        let message = printable_lines(message);
        let _ = writeln!(self.err, "{DOUBTFUL}warning:{DOUBTFUL:#} {message}");
    }
}

/// Stdout, whose writes never fail: a verdict and the files of a run do not depend on whether
/// somebody reads along. What comes after a failure is dropped.
pub(super) struct Output {
    stream: AutoStream<StdoutLock<'static>>,
    failure: Option<io::Error>,
}

impl Output {
    /// Whether what is printed still arrives somewhere.
    pub(super) fn arrives(&self) -> bool {
        self.failure.is_none()
    }

    /// Why the output could not be written whole; a reader that has left (as `head` does) is no
    /// reason.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        match self.failure.take() {
            Some(failure) if failure.kind() != io::ErrorKind::BrokenPipe => Err(failure),
            _ => Ok(()),
        }
    }

    fn attempt(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.failure.is_none() {
            self.failure = write(&mut self.stream).err();
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|stream| stream.write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(|stream| stream.flush());
        Ok(())
    }
}

/// A progress bar on stderr; nothing at all where stderr is no terminal.
pub(super) fn progress_bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Prints a JSON document.
pub(super) fn print_json(streams: &mut Streams, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut streams.out, document)?;
    writeln!(streams.out)
}

/// How wide a terminal is at least.
pub(super) const WIDTH: usize = 80;

/// A text in lines that fit into a terminal: the first after `indent`, the others further in.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    in_lines(text, indent, &format!("{indent}  "))
}

/// The same with a mark such as `- ` or `1. ` in front; the other lines begin below the text.
pub(super) fn marked(mark: &str, text: &str, indent: &str) -> String {
    let below = " ".repeat(mark.chars().count());
    in_lines(text, &format!("{indent}{mark}"), &format!("{indent}{below}"))
}

/// A text in lines that fit into a terminal, each after `indent`.
pub(super) fn paragraph(text: &str, indent: &str) -> String {
    in_lines(text, indent, indent)
}

fn in_lines(text: &str, first: &str, further: &str) -> String {
    let options = Options::new(WIDTH).initial_indent(first).subsequent_indent(further);
    // names have hyphens and are copied whole
    let options = options.break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// A count with its noun or verb.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A number in a table: an exact zero is `0`, and nothing else is.
pub(super) fn brief(number: f64) -> String {
    let size = number.abs();
    if size <= 0.0 {
        "0".into()
    } else if (1e-3..1e6).contains(&size) {
        format!("{number:.6}")
    } else {
        format!("{number:.3e}")
    }
}

/// A float in JSON, exact; an infinity or NaN, which JSON lacks, becomes text.
pub(super) fn json_number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.is_finite() {
        number.serialize(serializer)
    } else {
        number.to_string().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_zero_looks_like_zero() {
        assert_eq!(brief(0.0), "0");
        assert_eq!(brief(-0.0), "0");
        for tiny in [f64::from_bits(1), f64::MIN_POSITIVE, f64::EPSILON] {
            assert!(brief(tiny).contains(|digit| ('1'..='9').contains(&digit)), "{tiny}");
        }
        assert_eq!(brief(0.25), "0.250000");
        assert_eq!(brief(f64::NAN), "NaN");
    }
}
