//! The figures of the report: each measures something, draws it, and says what is to be seen.
//!
//! One file per figure. What a caption says is checked on the very numbers that are drawn.

mod activations;
mod boundary;
mod contour;
mod escape;
mod gradients;
mod kills;
mod saturation;
mod success;
mod w1_rows;

use super::picture::{self, Panel};
use crate::property::Config;
use crate::{Error, Result};

/// A figure: its names, the claims it shows, and what draws it.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Name of its files, and its place in the page: `index.html#ID`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What is drawn, for who has not read the lesson.
    pub about: &'static str,
    /// A question to answer before one looks at it.
    pub question: &'static str,
    /// The answer, which holds at every seed.
    pub answer: &'static str,
    /// Whom it is for.
    pub audience: Audience,
    /// The claims that it shows, by id.
    pub claims: &'static [&'static str],
    draw: fn(&Config) -> Result<Drawing>,
}

/// Whom a figure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Those who learn how networks start.
    Learners,
    /// Those who want to know how good the checks are.
    Engineers,
}

impl Figure {
    /// Its picture, below the folder of a report.
    pub fn svg_path(&self) -> String {
        format!("figures/{}.svg", self.id)
    }

    /// Its numbers, below the folder of a report.
    pub fn csv_path(&self) -> String {
        format!("figures/{}.csv", self.id)
    }

    /// Measures and draws.
    ///
    /// # Errors
    /// Training that diverges.
    ///
    /// ```
    /// use init_symmetry::property::Config;
    /// use init_symmetry::report::figures;
    /// let saturation = figures().iter().find(|figure| figure.id == "saturation").unwrap();
    /// let drawing = saturation.draw(&Config::default())?;
    /// assert!(drawing.statements.iter().all(|statement| statement.holds));
    /// assert!(drawing.svg_file(saturation).starts_with("<svg"));
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn draw(&self, config: &Config) -> Result<Drawing> {
        (self.draw)(config)
    }
}

/// Every figure, in the order of the page.
// inlined, it would have all that draws compiled again in every program that asks
#[inline(never)]
pub fn figures() -> &'static [Figure] {
    &[
        w1_rows::FIGURE,
        boundary::XOR,
        boundary::MOONS,
        activations::FIGURE,
        saturation::FIGURE,
        gradients::FIGURE,
        success::FIGURE,
        escape::FIGURE,
        kills::FIGURE,
    ]
}

/// The figures that show a claim.
///
/// ```
/// let mut of_rounding = init_symmetry::report::figures_of("rounding-can-break-identical-units");
/// assert_eq!(of_rounding.next().unwrap().id, "rounding-escape");
/// ```
pub fn figures_of(claim: &str) -> impl Iterator<Item = &'static Figure> {
    figures().iter().filter(move |figure| figure.claims.contains(&claim))
}

/// What is to be seen in a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionSentence {
    /// A sentence of the caption.
    pub words: String,
    /// Whether the numbers that are drawn say so.
    pub holds: bool,
}

impl CaptionSentence {
    fn new(holds: bool, words: impl Into<String>) -> Self {
        Self { words: words.into(), holds }
    }
}

/// A figure as drawn from one run.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The caption: what is to be seen, sentence by sentence.
    pub statements: Vec<CaptionSentence>,
    /// What was run, and what kind of knowledge that is.
    pub how: String,
    /// The numbers, as CSV.
    pub csv: String,
    pub(super) panels: Vec<Panel>,
    columns: usize,
    pub(super) film: Option<Film>,
}

/// A figure that moves: on the page its panels hold a frame for each of some iterations.
#[derive(Debug, Clone)]
pub(super) struct Film {
    pub(super) iterations: Vec<usize>,
    /// What the file shows instead.
    stills: Vec<Panel>,
}

impl Drawing {
    /// The picture as a file that opens by itself.
    pub fn svg_file(&self, Figure { id, title, .. }: &Figure) -> String {
        let panels = self.film.as_ref().map_or(&self.panels, |film| &film.stills);
        picture::file(id, title, self.columns, panels)
    }
}

/// Rows of cells below a header, as CSV.
pub(super) fn csv<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<String> {
    let broken = |why: String| Error::File { path: "a table of the report".into(), why };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|error| broken(error.to_string()))?;
    for row in rows {
        writer.write_record(row).map_err(|error| broken(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| broken(error.to_string()))
}
