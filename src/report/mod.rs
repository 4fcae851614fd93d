//! The report: what the claims say in pictures, and all claims as a table, in one page that needs
//! nothing else.
//!
//! Figures measure and draw; the page and the files are put together from them, and claims are run
//! elsewhere. The same seed gives the same bytes on every machine. Start at [`compose`].

mod axis;
mod claims;
mod figure;
mod folder;
mod live;
mod markup;
mod number;
mod page;
mod picture;
mod plot;

pub use figure::{Audience, CaptionSentence, Drawing, Figure, figures, figures_of};
pub use folder::{File, LIST, check_folder, write_folder};

use crate::Result;
use crate::claim::Judgement;
use crate::property::Config;

/// A report that is ready to be written.
#[derive(Debug, Clone)]
pub struct Composition {
    /// Its files, the page first.
    pub files: Vec<File>,
    /// Sentences of captions that the numbers of this run do not bear out, each with its figure.
    pub untrue: Vec<(&'static Figure, String)>,
}

/// Draws every figure and puts the report together; `drawn` is told of each figure when it is done.
///
/// # Errors
/// What a figure fails with.
pub fn compose(
    config: &Config,
    judgements: &[Judgement],
    drawn: &(dyn Fn(&'static Figure) + Sync),
) -> Result<Composition> {
    let drawings = crate::parallel::map(figures(), |figure| {
        let drawing = figure.draw(config);
        drawn(figure);
        drawing
    });
    let drawings = drawings.into_iter().collect::<Result<Vec<_>>>()?;
    let drawings: Vec<_> = figures().iter().zip(drawings).collect();
    let page = page::page(config, judgements, &drawings);
    let mut files = vec![File::new(PAGE, page), File::new(CLAIMS, claims::table(judgements)?)];
    let mut untrue = Vec::new();
    for (figure, drawing) in drawings {
        files.push(File::new(figure.svg_path(), drawing.svg_file(figure)));
        let wrong = drawing.statements.into_iter().filter(|statement| !statement.holds);
        untrue.extend(wrong.map(|statement| (figure, statement.words)));
        files.push(File::new(figure.csv_path(), drawing.csv));
    }
    Ok(Composition { files, untrue })
}

/// The files that every report has, below its folder.
pub fn paths() -> Vec<String> {
    let of_figures = figures().iter().flat_map(|figure| [figure.svg_path(), figure.csv_path()]);
    [PAGE, CLAIMS].map(String::from).into_iter().chain(of_figures).collect()
}

/// The page, below the folder of a report.
pub const PAGE: &str = "index.html";

/// The claims as CSV.
const CLAIMS: &str = "claims.csv";
