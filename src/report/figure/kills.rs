//! The kill matrix as a picture: which property notices which planted fault.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::fault::{Cell, DECLARED};
use crate::property::Config;
use crate::report::markup::element;
use crate::report::number::coordinate;
use crate::report::picture::Panel;
use crate::report::plot::text_at;
use crate::{Error, Result, parse_name};

pub(super) const FIGURE: Figure = Figure {
    id: "kill-matrix",
    title: "Which check notices which mistake",
    about: "How good are the checks themselves? Each row is a mistake planted on purpose in a copy \
            of the network. Each column is a check that is run on that copy.",
    question: "A network passes the check that twins stay twins. Is its gradient right?",
    answer: "Not necessarily. Most planted mistakes treat equal units alike, and this check does \
             not notice them.",
    audience: Audience::Engineers,
    claims: &[
        "wrong-gradients-keep-identical-units-too",
        "backpropagation-computes-the-derivative-of-the-loss",
        "a-step-subtracts-the-rate-times-the-gradient",
    ],
    draw,
};

/// Faults × properties.
struct Matrix {
    properties: Vec<String>,
    rows: Vec<(String, Vec<Cell>)>,
}

impl Matrix {
    fn declared() -> Result<Self> {
        let broken = |error: csv::Error| Error::Unknown {
            kind: "kill matrix".into(),
            name: error.to_string(),
            nearest: None,
            known: Vec::new(),
        };
        let mut reader = csv::Reader::from_reader(DECLARED.as_bytes());
        let header = reader.headers().map_err(broken)?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let cells = record.iter().skip(1).map(|cell| parse_name("cell", cell));
            let fault = record.get(0).unwrap_or_default().to_string();
            rows.push((fault, cells.collect::<Result<Vec<Cell>>>()?));
        }
        Ok(Self { properties: header.iter().skip(1).map(Into::into).collect(), rows })
    }

    fn kills_of_property(&self, column: usize) -> usize {
        self.rows.iter().filter(|(_, cells)| cells[column] == Cell::Kills).count()
    }

    fn kills_of(&self, property: &str) -> usize {
        let column = self.properties.iter().position(|name| name == property);
        column.map_or(0, |column| self.kills_of_property(column))
    }

    /// Rows and columns with the most kills first.
    fn sorted(mut self) -> Self {
        let mut columns: Vec<usize> = (0..self.properties.len()).collect();
        columns.sort_by_key(|&column| std::cmp::Reverse(self.kills_of_property(column)));
        let kills = |cells: &[Cell]| cells.iter().filter(|cell| **cell == Cell::Kills).count();
        self.rows.sort_by_key(|(_, cells)| std::cmp::Reverse(kills(cells)));
        let reordered = |cells: &Vec<Cell>| columns.iter().map(|&column| cells[column]).collect();
        let rows = self.rows.iter().map(|(fault, cells)| (fault.clone(), reordered(cells)));
        let properties = columns.iter().map(|&column| self.properties[column].clone()).collect();
        Self { properties, rows: rows.collect() }
    }
}

fn draw(_: &Config) -> Result<Drawing> {
    let matrix = Matrix::declared()?.sorted();
    let faults = matrix.rows.len();
    let survivors = matrix.rows.iter().filter(|(_, cells)| !cells.contains(&Cell::Kills)).count();
    let twins = matrix.kills_of("twins-stay-twins");
    let best = matrix.properties.first().map_or("", String::as_str);
    let most = matrix.kills_of(best);
    let statements = vec![
        CaptionSentence::new(
            survivors == 0,
            format!("Each of the {faults} planted mistakes is noticed by at least one check."),
        ),
        CaptionSentence::new(
            most < faults,
            format!("No check notices all of them. {best} notices the most: {most}."),
        ),
        CaptionSentence::new(
            2 * twins < faults,
            format!(
                "The check that twins stay twins does not test backpropagation. It notices {twins} \
                 of the {faults} mistakes. Most wrong gradients are wrong in the same way for \
                 equal units."
            ),
        ),
    ];
    let how = "The matrix is read from a record, which was measured at seed 1 and reviewed. The \
               tests and “init-symmetry faults” measure it again and fail if it differs.";
    let panels = vec![panel(&matrix)];
    let csv = table(&matrix)?;
    Ok(Drawing { statements, how: how.into(), csv, panels, columns: 1, film: None })
}

const CELL: f64 = 15.0;
const LEFT: f64 = 222.0;
const TOP: f64 = 296.0;
/// The names of the properties rise to the right.
const OVERHANG: f64 = 170.0;

fn panel(matrix: &Matrix) -> Panel {
    let (columns, rows) = (matrix.properties.len(), matrix.rows.len());
    let (right, bottom) = (LEFT + CELL * columns as f64, TOP + CELL * rows as f64);
    let mut content = Vec::new();
    for (column, property) in matrix.properties.iter().enumerate() {
        let x = LEFT + CELL * (column as f64 + 0.6);
        let turned = format!("translate({} {}) rotate(-58)", coordinate(x), coordinate(TOP - 6.0));
        let words = format!("{property} ({})", matrix.kills_of_property(column));
        let words = text_at([0.0, 0.0], "start", words).with("class", "tick");
        content.push(words.with("transform", turned));
    }
    let mut paths = [Cell::Kills, Cell::Passes, Cell::Vacuous, Cell::DoesNotApply]
        .map(|cell| (cell, String::new()));
    for (row, (fault, cells)) in matrix.rows.iter().enumerate() {
        let y = TOP + CELL * row as f64;
        content.push(text_at([LEFT - 8.0, y + 11.5], "end", fault).with("class", "tick"));
        for (column, cell) in cells.iter().enumerate() {
            let place = [LEFT + CELL * column as f64, y].map(coordinate).join(" ");
            for (_, d) in paths.iter_mut().filter(|(kind, _)| kind == cell) {
                *d += &format!("M{place}{}", outline(*cell));
            }
        }
    }
    content.push(lines(columns, rows, right, bottom));
    let drawn = paths.into_iter().filter(|(_, d)| !d.is_empty());
    content.extend(drawn.map(|(cell, d)| element("path").with("class", class(cell)).with("d", d)));
    for (place, (cell, words)) in (0..).zip(WORDS) {
        let y = bottom + 24.0 + 20.0 * f64::from(place);
        let sample = element("path").with("class", class(cell));
        let d = format!("M0 {}{}", coordinate(y - 11.0), outline(cell));
        content.push(sample.with("d", d));
        content.push(text_at([24.0, y], "start", words));
    }
    let height = bottom + 24.0 + 20.0 * WORDS.len() as f64;
    let alternative = format!(
        "a table of {rows} planted mistakes by {columns} checks, sorted by how much each notices; \
         the CSV file beside it holds every cell."
    );
    let title = "planted mistakes (rows) and checks (columns, with how many each notices)";
    Panel {
        title: title.into(),
        alternative,
        width: right + OVERHANG,
        height,
        content,
        numbers: None,
    }
}

const WORDS: [(Cell, &str); 3] = [
    (Cell::Kills, "notices: the check fails on this mistake, as it should"),
    (Cell::Passes, "does not notice: the check passes all the same"),
    (Cell::DoesNotApply, "no answer: the check does not apply, or too few cases could fail"),
];

fn class(cell: Cell) -> &'static str {
    match cell {
        Cell::Kills => "kills",
        Cell::Passes => "passes",
        Cell::Vacuous | Cell::DoesNotApply => "absent",
    }
}

/// The mark of a cell from its upper left corner: a square, a small dot, a stroke.
fn outline(cell: Cell) -> &'static str {
    match cell {
        Cell::Kills => "m2 2h11v11h-11z",
        Cell::Passes => "m6 7.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z",
        Cell::Vacuous | Cell::DoesNotApply => "m4.5 7.5h6",
    }
}

/// A line after every fifth row and column, to follow with the eye.
fn lines(columns: usize, rows: usize, right: f64, bottom: f64) -> crate::report::markup::Element {
    let mut d = String::new();
    let [left, top, right, bottom] = [LEFT, TOP, right, bottom].map(coordinate);
    for row in (0..=rows).step_by(5) {
        d += &format!("M{left} {}H{right}", coordinate(TOP + CELL * row as f64));
    }
    for column in (0..=columns).step_by(5) {
        d += &format!("M{} {top}V{bottom}", coordinate(LEFT + CELL * column as f64));
    }
    element("path").with("class", "grid").with("d", d)
}

fn table(matrix: &Matrix) -> Result<String> {
    let rows = matrix.rows.iter().flat_map(|(fault, cells)| {
        let cells = matrix.properties.iter().zip(cells);
        cells.map(move |(property, cell)| [fault.clone(), property.clone(), cell.to_string()])
    });
    csv(["fault", "property", "answer"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;
    use crate::property::ALL;
    use strum::VariantArray;

    #[test]
    fn sorting_keeps_every_fault_every_property_and_every_answer() {
        let cells = |matrix: &Matrix| -> std::collections::BTreeSet<String> {
            table(matrix).unwrap().lines().map(Into::into).collect()
        };
        let sorted = Matrix::declared().unwrap().sorted();
        let declared = Matrix::declared().unwrap();
        assert_eq!(cells(&declared), cells(&sorted));
        assert_eq!(
            (sorted.rows.len(), sorted.properties.len()),
            (Fault::VARIANTS.len(), ALL.len())
        );
        let kills: Vec<_> = (0..ALL.len()).map(|column| sorted.kills_of_property(column)).collect();
        assert!(kills.is_sorted_by(|a, b| a >= b) && kills[0] > 0);
    }
}
