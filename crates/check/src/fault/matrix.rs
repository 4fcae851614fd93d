//! The kill matrix: what every property says of every fault, and whether that is as recorded.
//!
//! What is declared is `kills.csv`, measured once and reviewed. A fault that nothing kills is a
//! gap, and so is a property that kills nothing. Start reading at [`KillMatrix::run`].

use super::{FaultKind, Planted, cases_that_differ};
use crate::property::{Config, Property, PropertyVerdict};
use init_symmetry_network::{Error, Result, parallel};
use serde::Serialize;
use std::collections::BTreeMap;
use strum::{Display, EnumString, VariantNames};

/// What a property says of a faulty subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// It fails: the property kills the fault.
    Kills,
    /// It passes: the property cannot see the fault.
    Passes,
    /// Nothing failed, but too few cases could have.
    Vacuous,
    /// The subject lacks what the property needs.
    DoesNotApply,
}

impl From<&PropertyVerdict> for Cell {
    fn from(verdict: &PropertyVerdict) -> Self {
        match verdict {
            // what is declared of twins is declared bit for bit
            PropertyVerdict::Fails { .. } => Self::Kills,
            PropertyVerdict::Noted { note, .. } if note.fails_if_strict() => Self::Kills,
            PropertyVerdict::Noted { .. } => Self::Passes,
            PropertyVerdict::Passes => Self::Passes,
            PropertyVerdict::Vacuous | PropertyVerdict::Incomplete { .. } => Self::Vacuous,
            PropertyVerdict::DoesNotApply { .. } => Self::DoesNotApply,
        }
    }
}

/// One fault before all properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Name of the fault.
    pub fault: String,
    /// Where it sits, if that is known.
    pub kind: Option<FaultKind>,
    /// What it does.
    pub description: String,
    /// Where to look for it.
    #[serde(rename = "look")]
    pub where_to_look: String,
    /// A public report of it, where one is known.
    #[serde(rename = "seen")]
    pub public_report: Option<String>,
    /// In how many sampled cases it behaves differently from the reference.
    pub cases_that_differ: usize,
    /// One cell for each property, in the order of [`KillMatrix::properties`].
    pub cells: Vec<Cell>,
}

/// Faults × properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KillMatrix {
    /// The seed of all cases.
    pub seed: u64,
    /// Cases of each property.
    pub cases: u32,
    /// Names of the properties, one for each column.
    pub properties: Vec<String>,
    /// The faults.
    pub rows: Vec<Row>,
}

/// The matrix as recorded: measured once at the fixed seed, reviewed, and held to since.
pub const DECLARED: &str = include_str!("kills.csv");

impl KillMatrix {
    /// Puts every fault before every property, on all processors; the result does not depend on
    /// their number.
    pub fn run(properties: &[Property], planted: &[&dyn Planted], config: &Config) -> Self {
        let config = config.clone().without_shrinking();
        Self {
            seed: config.seed,
            cases: config.cases,
            properties: properties.iter().map(|property| property.name.to_string()).collect(),
            rows: parallel::map(planted, |planted| row(*planted, properties, &config)),
        }
    }

    /// The properties that kill a fault.
    pub fn killers(&self, fault: &str) -> impl Iterator<Item = &str> {
        let row = self.rows.iter().filter(move |row| row.fault == fault);
        let cells = row.flat_map(|row| self.properties.iter().zip(&row.cells));
        cells.filter(|(_, cell)| **cell == Cell::Kills).map(|(property, _)| property.as_str())
    }

    /// The faults that a property kills.
    pub fn killed(&self, property: &str) -> impl Iterator<Item = &str> {
        let kills = move |row: &&Row| self.killers(&row.fault).any(|killer| killer == property);
        self.rows.iter().filter(kills).map(|row| row.fault.as_str())
    }

    /// The faults that no property kills.
    pub fn survivors(&self) -> impl Iterator<Item = &str> {
        let lives = |row: &&Row| !row.cells.contains(&Cell::Kills);
        self.rows.iter().filter(lives).map(|row| row.fault.as_str())
    }

    /// A smallest set of properties that kills every fault that any property kills; exact, found
    /// by trying all sets of one property, then of two, and so on.
    pub fn smallest_killing_set(&self) -> Vec<&str> {
        let killable: Vec<&Row> =
            self.rows.iter().filter(|row| row.cells.contains(&Cell::Kills)).collect();
        for size in 0..=self.properties.len() {
            let mut chosen = Vec::new();
            if cover(&killable, size, &mut chosen) {
                chosen.sort_unstable();
                return chosen.into_iter().map(|column| self.properties[column].as_str()).collect();
            }
        }
        Vec::new()
    }

    /// The matrix as CSV: a line for each fault, a column for each property.
    pub fn to_csv(&self) -> String {
        let mut lines = vec![format!("fault,{}", self.properties.join(","))];
        lines.extend(self.rows.iter().map(|row| {
            let cells: Vec<String> = row.cells.iter().map(Cell::to_string).collect();
            format!("{},{}", row.fault, cells.join(","))
        }));
        lines.join("\n") + "\n"
    }

    /// The matrix as a page of Markdown: the properties with a number each, then the faults.
    pub fn to_markdown(&self) -> String {
        let mut lines =
            vec!["| | property | faults it kills |".to_string(), "| --- | --- | --- |".to_string()];
        lines.extend((1..).zip(&self.properties).map(|(number, property)| {
            format!("| {number} | {property} | {} |", self.killed(property).count())
        }));
        lines.push(String::new());
        lines.push("| fault | what it does | where to look | killed by |".to_string());
        lines.push("| --- | --- | --- | --- |".to_string());
        lines.extend(self.rows.iter().map(|row| {
            let Row { fault, description, where_to_look, public_report, cells, .. } = row;
            let killers = (1..).zip(cells).filter(|(_, cell)| **cell == Cell::Kills);
            let killers: Vec<String> =
                killers.map(|(number, _): (u32, _)| number.to_string()).collect();
            let link = |report| format!("[{fault}]({report})");
            let name = public_report.as_ref().map_or(fault.clone(), link);
            format!("| {name} | {description} | {where_to_look} | {} |", killers.join(" "))
        }));
        lines.join("\n") + "\n"
    }

    /// Where the matrix is not as a CSV declares it, both ways, a sentence each.
    ///
    /// A matrix of some of the faults or properties is compared in those only.
    ///
    /// # Errors
    /// A text that is not such a CSV.
    pub fn differences(&self, declared: &str) -> Result<Vec<String>> {
        let declared = read_cells(declared)?;
        let mut differences = Vec::new();
        for row in &self.rows {
            for (property, cell) in self.properties.iter().zip(&row.cells) {
                let fault = &row.fault;
                let of_pair = declared.get(&(fault.clone(), property.clone()));
                differences.extend(match (of_pair, cell) {
                    (None, _) => Some(format!("nothing is declared of {property} and {fault}")),
                    (Some(declared), cell) if declared == cell => None,
                    (Some(Cell::Kills), cell) => {
                        Some(format!("{property} no longer kills {fault}: {cell}"))
                    }
                    (Some(declared), Cell::Kills) => {
                        Some(format!("{property} kills {fault}, declared as: {declared}"))
                    }
                    (Some(declared), cell) => {
                        Some(format!("{property} on {fault}: {cell}, declared as: {declared}"))
                    }
                });
            }
        }
        Ok(differences)
    }
}

fn row(planted: &dyn Planted, properties: &[Property], config: &Config) -> Row {
    let verdict = |property: &Property| {
        // a new subject each time: what one property leaves in it must not reach the next
        let subject = planted.subject();
        Cell::from(&property.check(&*subject, config).verdict)
    };
    Row {
        fault: planted.name().into(),
        kind: planted.kind(),
        description: planted.description().into(),
        where_to_look: planted.where_to_look().into(),
        public_report: planted.public_report().map(Into::into),
        cases_that_differ: cases_that_differ(planted, config),
        cells: properties.iter().map(verdict).collect(),
    }
}

/// Whether `left` more columns can be chosen so that every row has a kill in a chosen one.
fn cover(rows: &[&Row], left: usize, chosen: &mut Vec<usize>) -> bool {
    let killed = |row: &Row| chosen.iter().any(|&column| row.cells[column] == Cell::Kills);
    let kills = |row: &&&Row| row.cells.iter().filter(|cell| **cell == Cell::Kills).count();
    // one of the killers of this row has to be chosen, and it has the fewest
    let Some(row) = rows.iter().filter(|row| !killed(row)).min_by_key(kills) else { return true };
    let columns = (0..row.cells.len()).filter(|&column| row.cells[column] == Cell::Kills);
    left > 0
        && columns.into_iter().any(|column| {
            chosen.push(column);
            let covered = cover(rows, left - 1, chosen);
            if !covered {
                chosen.pop();
            }
            covered
        })
}

/// The cells of a CSV by fault and property.
fn read_cells(text: &str) -> Result<BTreeMap<(String, String), Cell>> {
    let broken = |error: csv::Error| Error::Unknown {
        kind: "kill matrix".into(),
        name: error.to_string(),
        nearest: None,
        known: Vec::new(),
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(broken)?.clone();
    let mut cells = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let fault = record.get(0).unwrap_or_default();
        for (property, cell) in header.iter().zip(&record).skip(1) {
            let cell = init_symmetry_network::parse_name("verdict of a property", cell)?;
            cells.insert((fault.to_string(), property.to_string()), cell);
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::{Cell, KillMatrix, Row};
    use crate::fault::{Fault, Planted};
    use crate::property::{ALL, Config, Note, Profile, PropertyVerdict};

    /// A row for each word, of a letter for each property: k kills, p passes, v is vacuous.
    fn matrix(rows: &[&str]) -> KillMatrix {
        let cell = |letter| match letter {
            'k' => Cell::Kills,
            'p' => Cell::Passes,
            _ => Cell::Vacuous,
        };
        let row = |(number, word): (usize, &&str)| Row {
            fault: format!("fault-{number}"),
            kind: None,
            description: format!("Does {number}."),
            where_to_look: "there".into(),
            public_report: (number == 1).then(|| "https://example.org".into()),
            cases_that_differ: number,
            cells: word.chars().map(cell).collect(),
        };
        KillMatrix {
            seed: 1,
            cases: 8,
            properties: (0..rows[0].len()).map(|number| format!("property-{number}")).collect(),
            rows: rows.iter().enumerate().map(row).collect(),
        }
    }

    #[test]
    fn kills_are_found_by_fault_and_by_property_and_survivors_by_their_absence() {
        let matrix = matrix(&["kpk", "pkp", "pvp"]);
        assert_eq!(matrix.killers("fault-0").collect::<Vec<_>>(), ["property-0", "property-2"]);
        assert_eq!(matrix.killers("fault-1").collect::<Vec<_>>(), ["property-1"]);
        assert_eq!(matrix.killers("fault-2").count(), 0);
        assert_eq!(matrix.killed("property-1").collect::<Vec<_>>(), ["fault-1"]);
        assert_eq!(matrix.survivors().collect::<Vec<_>>(), ["fault-2"]);
    }

    #[test]
    fn a_smallest_set_is_smaller_than_what_taking_the_best_first_gives() {
        // property 0 kills four of six, and still needs two more; 1 and 2 together kill all
        let found = matrix(&["kkp", "kkp", "kpk", "kpk", "pkp", "ppk", "ppp"]);
        assert_eq!(found.smallest_killing_set(), ["property-1", "property-2"]);
        assert_eq!(matrix(&["kk", "kp"]).smallest_killing_set(), ["property-0"]);
        assert_eq!(matrix(&["pv"]).smallest_killing_set(), [""; 0]);
        // the first killer of the first row is a bad choice
        let one_kills_all = matrix(&["kkpp", "pkkp", "pkpk"]);
        assert_eq!(one_kills_all.smallest_killing_set(), ["property-1"]);
        let all = matrix(&["kpp", "pkp", "ppk"]).smallest_killing_set().len();
        assert_eq!(all, 3);
    }

    #[test]
    fn the_table_and_the_page_hold_every_cell() {
        let matrix = matrix(&["kp", "vk"]);
        let csv = "fault,property-0,property-1\nfault-0,kills,passes\nfault-1,vacuous,kills\n";
        assert_eq!(matrix.to_csv(), csv);
        let page = "| | property | faults it kills |\n| --- | --- | --- |\n\
            | 1 | property-0 | 1 |\n| 2 | property-1 | 1 |\n\n\
            | fault | what it does | where to look | killed by |\n| --- | --- | --- | --- |\n\
            | fault-0 | Does 0. | there | 1 |\n\
            | [fault-1](https://example.org) | Does 1. | there | 2 |\n";
        assert_eq!(matrix.to_markdown(), page);
    }

    #[test]
    fn every_way_of_differing_from_what_is_declared_has_its_sentence() {
        let found = matrix(&["kpv"]);
        assert_eq!(found.differences(&found.to_csv()).unwrap(), [""; 0]);
        let declared =
            "fault,property-0,property-1,property-2\nfault-0,passes,kills,passes\n".to_string();
        let sentences = [
            "property-0 kills fault-0, declared as: passes",
            "property-1 no longer kills fault-0: passes",
            "property-2 on fault-0: vacuous, declared as: passes",
        ];
        assert_eq!(found.differences(&declared).unwrap(), sentences);
        let fewer = "fault,property-0,property-1\nfault-0,kills,passes\n";
        let missing = ["nothing is declared of property-2 and fault-0"];
        assert_eq!(found.differences(fewer).unwrap(), missing);
        found.differences("fault,property-0\nfault-0,dies\n").unwrap_err();
        found.differences("fault,property-0\nfault-0\n").unwrap_err(); // ragged
    }

    #[test]
    fn a_row_is_what_every_property_says_of_the_fault() {
        let config = Config::new(Profile::Quick, 1);
        let names = ["a-step-subtracts-rate-times-gradient", "gradient-equals-the-specification"];
        let properties: Vec<_> =
            ALL.iter().filter(|property| names.contains(&property.name)).copied().collect();
        let planted: [&dyn Planted; 2] = [&Fault::UpdateAscends, &Fault::TransposedDw];
        let matrix = KillMatrix::run(&properties, &planted, &config);
        assert_eq!((matrix.seed, matrix.cases), (1, config.cases));
        assert_eq!(matrix.properties, names);
        let cells: Vec<_> = matrix.rows.iter().map(|row| row.cells.clone()).collect();
        assert_eq!(cells, [[Cell::Kills, Cell::Passes], [Cell::Passes, Cell::Kills]]);
        let Row { fault, kind, where_to_look, .. } = &matrix.rows[1];
        assert_eq!((fault.as_str(), *kind), ("transposed-dw", Fault::TransposedDw.kind()));
        assert_eq!(where_to_look, Fault::TransposedDw.where_to_look());
    }

    #[test]
    fn what_is_apart_by_rounding_is_killed_too() {
        let case = String::new();
        let reason = String::new();
        let noted =
            |note| PropertyVerdict::Noted { note, case: case.clone(), reason: reason.clone() };
        let (apart, within) = (noted(Note::ApartByRounding), noted(Note::WithinRounding));
        let lacks = PropertyVerdict::DoesNotApply { reason: reason.clone() };
        let cells = [
            (PropertyVerdict::Passes, Cell::Passes),
            (apart, Cell::Kills),
            (within, Cell::Passes),
            (PropertyVerdict::Fails { case, reason }, Cell::Kills),
            (PropertyVerdict::Vacuous, Cell::Vacuous),
            (lacks, Cell::DoesNotApply),
        ];
        for (verdict, cell) in cells {
            assert_eq!(Cell::from(&verdict), cell);
        }
    }
}
