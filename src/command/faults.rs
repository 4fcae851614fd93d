//! `faults`: the kill matrix, measured, printed and compared with the recorded one.
//!
//! The faults and the matrix are those of `crate::fault`. Start at [`Faults::run`].

use super::hint::unknown;
use super::output::{BAD, GOOD, HEADING, Streams, counted, print_json, wrapped};
use super::{CommandError, Exit};
use crate::Result;
use crate::fault::{Cell, DECLARED, Fault, KillMatrix, Planted, Row};
use crate::property::{ALL, Config};
use serde::Serialize;
use std::io::{self, Write};
use std::time::Instant;
use strum::{VariantArray, VariantNames};

const AFTER_HELP: &str = "\
Examples:
  init-symmetry faults
  init-symmetry faults --only stale-cache,update-ascends
  init-symmetry faults --csv > kills.csv

Exit codes: 0 as recorded, 1 bad input, 2 not as recorded, or a fault is not noticed";

/// Plant bugs on purpose and measure which properties notice them
///
/// Each property is tested on an implementation with each planted fault. Fails if the results
/// differ from the recorded ones, or if no property notices a fault. The seed is fixed, so the
/// result is the same on every machine.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Faults {
    /// Only these faults: names, separated by commas [default: all]
    #[arg(id = "faults", long = "only", value_name = "NAME")]
    #[arg(value_delimiter = ',', value_parser = fault)]
    only: Vec<Fault>,

    /// Print one JSON document instead of a table
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print comma-separated values: one line per fault, one column per property
    #[arg(long)]
    csv: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    as_recorded: bool,
    differences: &'a [String],
    survivors: Vec<&'a str>,
    smallest_killing_set: Vec<&'a str>,
    #[serde(flatten)]
    matrix: &'a KillMatrix,
}

impl Faults {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let began = Instant::now();
        let chosen = |fault: &&Fault| self.only.is_empty() || self.only.contains(fault);
        let faults = <Fault as VariantArray>::VARIANTS.iter().filter(chosen);
        let planted: Vec<_> = faults.map(|fault| fault as &dyn Planted).collect();
        let matrix = KillMatrix::run(ALL, &planted, &Config::default());
        let differences = matrix.differences(DECLARED)?;
        let survivors: Vec<_> = matrix.survivors().collect();
        if self.csv {
            write!(streams.out, "{}", matrix.to_csv())?;
        } else if self.json {
            let document = Document {
                schema: "init-symmetry/faults/2",
                as_recorded: differences.is_empty(),
                differences: &differences,
                survivors: survivors.clone(),
                smallest_killing_set: matrix.smallest_killing_set(),
                matrix: &matrix,
            };
            print_json(streams, &document)?;
        } else {
            if self.only.is_empty() {
                print_table(streams, &matrix)?;
            } else {
                print_faults(streams, &matrix)?;
            }
            let seconds = began.elapsed().as_secs_f64();
            print_summary(streams, &matrix, &differences, seconds)?;
        }
        let as_it_should_be = differences.is_empty() && survivors.is_empty();
        Ok(if as_it_should_be { Exit::Fine } else { Exit::Fails })
    }
}

/// One letter for each property, then a line for each fault.
fn print_table(streams: &mut Streams, matrix: &KillMatrix) -> io::Result<()> {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    writeln!(
        streams.out,
        "{HEADING}properties, with the number of faults that each notices{HEADING:#}"
    )?;
    for (letter, property) in letters.iter().zip(&matrix.properties) {
        writeln!(streams.out, "{letter} {:>3}  {property}", matrix.killed(property).count())?;
    }
    let head: String = letters.iter().take(matrix.properties.len()).collect();
    let legend = "x notices it   . passes   ? vacuous   - does not apply";
    writeln!(streams.out, "\n{legend}\n\n{HEADING}{:<FAULT$}{head}{HEADING:#}", "fault")?;
    for Row { fault, cells, .. } in &matrix.rows {
        let cells: String = cells.iter().map(symbol).collect();
        writeln!(streams.out, "{fault:<FAULT$}{cells}")?;
    }
    writeln!(streams.out)
}

/// The width of the column of faults: 80 columns in all, as long as the letters are at most 42.
const FAULT: usize = 38;

fn symbol(cell: &Cell) -> char {
    match cell {
        Cell::Kills => 'x',
        Cell::Passes => '.',
        Cell::Vacuous => '?',
        Cell::DoesNotApply => '-',
    }
}

/// Each fault with all that is known of it.
fn print_faults(streams: &mut Streams, matrix: &KillMatrix) -> io::Result<()> {
    for Row { fault, description, where_to_look, public_report, cases_that_differ, .. } in
        &matrix.rows
    {
        let cases = matrix.cases;
        writeln!(streams.out, "{HEADING}{fault}{HEADING:#}")?;
        let mut lines = vec![
            description.clone(),
            format!("Where to look: {where_to_look}."),
            format!("It differs from the reference in {cases_that_differ} of {cases} cases."),
        ];
        let report = |url| format!("Public report, of it or of a close relative: {url}");
        lines.extend(public_report.as_ref().map(report));
        let killers: Vec<_> = matrix.killers(fault).collect();
        lines.push(format!("Killed by {}.", killers.join(", ")));
        for line in lines {
            writeln!(streams.out, "{}", wrapped(&line, "  "))?;
        }
    }
    Ok(())
}

fn print_summary(
    streams: &mut Streams,
    matrix: &KillMatrix,
    differences: &[String],
    seconds: f64,
) -> io::Result<()> {
    for difference in differences {
        let difference = wrapped(difference, "  ");
        writeln!(streams.out, "{BAD}not as recorded{BAD:#}\n{difference}")?;
    }
    for survivor in matrix.survivors() {
        writeln!(streams.out, "{BAD}survives{BAD:#}  {survivor}")?;
    }
    let smallest = matrix.smallest_killing_set();
    let text = format!("smallest set that kills them all: {}", smallest.join(", "));
    writeln!(streams.out, "{}", wrapped(&text, ""))?;
    let killed = matrix.rows.len() - matrix.survivors().count();
    let faults = counted(matrix.rows.len(), "fault", "faults");
    let recorded = if differences.is_empty() {
        format!("{GOOD}as recorded{GOOD:#}")
    } else {
        format!("{BAD}not as recorded{BAD:#}")
    };
    let properties = counted(matrix.properties.len(), "property", "properties");
    let how = format!("{properties}, {} cases each, seed {}", matrix.cases, matrix.seed);
    writeln!(streams.out, "{killed} of {faults} killed, {recorded}\n{how} ({seconds:.1} s)")
}

pub(super) fn fault(text: &str) -> Result<Fault> {
    text.parse().map_err(|_| unknown("fault", text, <Fault as VariantNames>::VARIANTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_into_80_columns() {
        assert!(FAULT + ALL.len() <= 80);
        assert!(<Fault as VariantNames>::VARIANTS.iter().all(|name| name.len() < FAULT));
    }
}
