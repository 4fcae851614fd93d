//! Tabular data, labelled with classes or with numbers: read from CSV, checked cell by cell,
//! standardised.
//!
//! Start at [`Dataset::read`], which takes labels for classes, or at [`Reading`], which chooses.

pub use crate::input_file::LARGEST_FILE;
use crate::input_file::text_of;
use crate::{Batch, Error, Result, printable};
use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::{Array2, ArrayViewMut1, Axis};
use std::path::Path;
use strum::{Display, EnumString, VariantNames};

/// A label with more values than this is refused: it may be a number to be predicted.
pub const MOST_CLASSES: usize = 100;

/// A table with more columns than this is refused.
pub const MOST_COLUMNS: usize = 1 << 16;

/// Whether the first line of a file names its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Header {
    /// It does, unless one of its cells is a number, or stands for one that is missing (as `?`).
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It is an example already; the columns are named 1, 2, 3, …
    No,
}

/// What the column of the label holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Label {
    /// Names of classes; numbers, too, are names then.
    #[default]
    Classes,
    /// Numbers to be predicted.
    Numbers,
}

/// How to read a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Whether the first line names the columns.
    pub header: Header,
    /// What the column of the label holds.
    pub label: Label,
    /// Leave out examples with an empty cell or one that says that a number is missing (`?`, `NA`,
    /// `NaN`, `null`, …), which are refused otherwise.
    pub drop_missing: bool,
}

/// One of the classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// What its cells say.
    pub name: String,
    /// How many examples belong to it.
    pub examples: usize,
}

/// A table of numbers with a label for each example.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Names of the features, one for each row of x.
    pub features: Vec<String>,
    /// Name of the label's column.
    pub label: String,
    /// The classes in the order of y: sorted by name, or by size where all are numbers. Two ways to
    /// write one number are one class, named as it is written first. None where labels are
    /// numbers.
    pub classes: Vec<Class>,
    /// How many examples were left out because a cell is missing.
    pub dropped: usize,
    /// x, n_x × m, and y: 1 × m with 0 and 1 for two classes; for more, a row for each class, 1 at
    /// the examples that belong to it and 0 elsewhere. Labels that are numbers are y, 1 × m.
    pub batch: Batch<f64>,
}

/// What was subtracted from numbers, and what they were divided by then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// Features shifted and scaled, each on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardised {
    /// x, n_x × m, and y: classes as before, numbers shifted and scaled as the features are.
    pub batch: Batch<f64>,
    /// Names of the features that have one value throughout; their rows are zero.
    pub constant: Vec<String>,
    /// Mean and standard deviation of labels that are numbers.
    pub label: Option<Scale>,
}

impl Dataset {
    /// Reads a CSV file, UTF-8 with commas; `label` names the label's column or counts it from 1.
    ///
    /// Every other column is a feature. White space around a cell is ignored, and so are blank
    /// lines. A column whose name is the text `label` goes before the column of that number.
    ///
    /// # Errors
    /// A file that cannot be read, is larger than [`LARGEST_FILE`] or not UTF-8; and what
    /// [`Dataset::parse`] refuses.
    ///
    /// ```
    /// use init_symmetry::dataset::{Dataset, Header};
    /// let path = "data/breast_cancer.csv".as_ref();
    /// let data = Dataset::read(path, "diagnosis", Header::Auto)?;
    /// assert_eq!(data.batch.x().dim(), (30, 569));
    /// assert_eq!((data.classes[1].name.as_str(), data.classes[1].examples), ("malignant", 212));
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn read(path: &Path, label: &str, header: Header) -> Result<Self> {
        Self::parse(&text_of(path)?, path, label, header)
    }

    /// Reads the text of a CSV file as [`Dataset::read`] does; messages name it `origin`.
    ///
    /// # Errors
    /// What [`Dataset::parse_as`] refuses.
    ///
    /// ```
    /// use init_symmetry::dataset::{Dataset, Header};
    /// let text = "height,sort\n1.5,tree\nhigh,bush\n";
    /// let error = Dataset::parse(text, "trees.csv".as_ref(), "sort", Header::Auto).unwrap_err();
    /// assert_eq!(error.to_string(), "trees.csv, line 3, column 'height': 'high' is not a number");
    /// ```
    pub fn parse(text: &str, origin: &Path, label: &str, header: Header) -> Result<Self> {
        Self::parse_as(text, origin, label, Reading { header, ..Reading::default() })
    }

    /// Reads the text of a CSV file in the way that is chosen; messages name it `origin`.
    ///
    /// # Errors
    /// No examples, ragged lines, a column name given twice, a label column that does not exist; a
    /// quote that is not closed, or closed within a cell; a cell that is empty, no number or not
    /// finite; fewer than two classes or more than [`MOST_CLASSES`]; a first line that may be names
    /// or an example.
    ///
    /// ```
    /// use init_symmetry::dataset::{Dataset, Label, Reading};
    /// let text = "size,rooms,price\n50,2,1.5\n80,?,2.5\n90,4,3.5\n";
    /// let reading = Reading { label: Label::Numbers, drop_missing: true, ..Reading::default() };
    /// let data = Dataset::parse_as(text, "flats.csv".as_ref(), "price", reading)?;
    /// assert_eq!((data.batch.y(), data.dropped), (&ndarray::array![[1.5, 3.5]], 1));
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn parse_as(text: &str, origin: &Path, label: &str, reading: Reading) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_quotes(text, origin)?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // ragged lines get our own message
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let mut table: Option<Table> = None;
        let mut lines = Lines::of(text);
        while reader.read_record(&mut record).map_err(|error| unreadable(origin, &error))? {
            let line = lines.line_of(&record);
            match &mut table {
                Some(table) => table.add(&record, line)?,
                None => table = Some(Table::open(&record, line, origin, label, reading)?),
            }
        }
        table.ok_or_else(|| file_error(origin, "the file is empty"))?.finish()
    }

    /// The class of this name as 1, and all others together as 0.
    ///
    /// # Errors
    /// No class has the name, which may also be another way to write its number.
    ///
    /// ```
    /// use init_symmetry::dataset::{Dataset, Header};
    /// let text = "a,kind\n1,x\n2,y\n3,z\n";
    /// let data = Dataset::parse(text, "small.csv".as_ref(), "kind", Header::Auto)?;
    /// let data = data.one_against_the_rest("y")?;
    /// assert_eq!(data.batch.y(), ndarray::array![[0.0, 1.0, 0.0]]);
    /// assert_eq!(data.classes[0].name, "not y");
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn one_against_the_rest(self, name: &str) -> Result<Self> {
        let names: Vec<&str> = self.classes.iter().map(|class| class.name.as_str()).collect();
        let Some(place) = self.classes.iter().position(|class| class.is(name)) else {
            return Err(unknown("class", name, &names));
        };
        let (x, y) = (self.batch.x().clone(), self.batch.y());
        let y = match self.classes.len() {
            2 if place == 0 => y.mapv(|entry| 1.0 - entry),
            2 => y.clone(),
            _ => y.row(place).insert_axis(Axis(0)).to_owned(),
        };
        let one = self.classes[place].clone();
        let rest = match &self.classes[..] {
            [zero, one] => if place == 0 { one } else { zero }.clone(),
            _ => Class { name: format!("not {}", one.name), examples: x.ncols() - one.examples },
        };
        Ok(Self { classes: vec![rest, one], batch: Batch::new(x, y)?, ..self })
    }

    /// Each feature minus its mean, divided by its standard deviation (of the m examples); labels
    /// that are numbers, too.
    ///
    /// A constant feature becomes zero and is named in the result.
    ///
    /// # Errors
    /// Numbers so large that a mean or deviation is not finite; labels that are one number.
    ///
    /// ```
    /// use init_symmetry::dataset::{Dataset, Header};
    /// let text = "a,b,c\n1,7,no\n3,7,yes\n";
    /// let data = Dataset::parse(text, "small.csv".as_ref(), "c", Header::Auto)?.standardise()?;
    /// assert_eq!(data.batch.x(), ndarray::array![[-1.0, 1.0], [0.0, 0.0]]);
    /// assert_eq!(data.constant, ["b"]);
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn standardise(&self) -> Result<Standardised> {
        let (mut x, mut y) = (self.batch.x().clone(), self.batch.y().clone());
        let mut constant = Vec::new();
        for (row, name) in x.rows_mut().into_iter().zip(&self.features) {
            if standardise(row, &format!("feature '{}'", shown(name)))?.is_none() {
                constant.push(name.clone());
            }
        }
        let mut label = None;
        if self.classes.is_empty() {
            let name = format!("label '{}'", shown(&self.label));
            let first = y[[0, 0]];
            label = standardise(y.row_mut(0), &name)?;
            if label.is_none() {
                return Err(Error::OutOfRange {
                    what: format!("every {name}"),
                    value: first.to_string(),
                    range: "one of at least two numbers: otherwise there is nothing to predict"
                        .into(),
                });
            }
        }
        Ok(Standardised { batch: Batch::new(x, y)?, constant, label })
    }
}

impl Class {
    /// Whether a cell names it, or writes the same number in another way.
    fn is(&self, cell: &str) -> bool {
        let number = finite(cell);
        self.name == cell || number.is_some() && number == finite(&self.name)
    }
}

/// Shifts and scales numbers to mean 0 and standard deviation 1; equal numbers become 0, and there
/// is no scale then.
fn standardise(mut row: ArrayViewMut1<'_, f64>, what: &str) -> Result<Option<Scale>> {
    let first = row[0];
    // Not by the deviation from the mean: the mean of equal numbers may be rounded.
    if !row.iter().any(|&entry| (entry - first).abs() > 0.0) {
        row.fill(0.0);
        return Ok(None);
    }
    let m = row.len() as f64;
    let mean = row.iter().sum::<f64>() / m;
    row -= mean;
    // dividing by the largest deviation first keeps the squares from over- and underflow
    let largest = row.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    row /= largest;
    let deviation = (row.iter().map(|entry| entry * entry).sum::<f64>() / m).sqrt();
    row /= deviation;
    for (which, value) in [("mean", mean), ("largest deviation", largest)] {
        if !value.is_finite() {
            let what = format!("the {which} of {what}");
            return Err(Error::NotFinite { what, value: value.to_string() });
        }
    }
    Ok(Some(Scale { mean, deviation: largest * deviation }))
}

/// What the first line was taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstLine {
    /// What the caller said it is.
    AsTold,
    /// An example, because one of its cells is a number or stands for one.
    GuessedExample,
    /// Names, because none is; the column of the label was not asked for by its name.
    GuessedNames,
}

/// What has been read so far.
struct Table<'a> {
    origin: &'a Path,
    columns: Vec<String>,
    /// Index of the label's column.
    label: usize,
    first_line: u64,
    taken_for: FirstLine,
    reading: Reading,
    cells: Vec<f64>,
    /// For each example the index of its class in `classes`, where labels are classes.
    labels: Vec<usize>,
    /// For each example its label, where labels are numbers.
    numbers: Vec<f64>,
    classes: Vec<Class>,
    dropped: usize,
}

impl<'a> Table<'a> {
    fn open(
        record: &StringRecord,
        line: u64,
        origin: &'a Path,
        label: &str,
        reading: Reading,
    ) -> Result<Self> {
        let header = reading.header;
        if record.len() > MOST_COLUMNS {
            let why = format!("it has {} but the limit is {MOST_COLUMNS}", cells(record.len()));
            return Err(line_error(origin, line, why));
        }
        let has_number = record.iter().any(stands_for_a_number);
        let has_header = header == Header::Yes || (header == Header::Auto && !has_number);
        let columns = names_of_columns(record, has_header);
        if let [only] = columns.as_slice() {
            let why = "the only column is '{}' but a feature and the label are needed (are cells \
                       separated by commas?)";
            return Err(line_error(origin, line, why.replace("{}", &shown(only))));
        }
        check_distinct(&columns, origin, line)?;
        let found = find_column(&columns, label);
        let taken_for = match (header, &found) {
            (Header::Auto, _) if !has_header => FirstLine::GuessedExample,
            (Header::Auto, Ok(index)) if columns[*index] != label => FirstLine::GuessedNames,
            _ => FirstLine::AsTold,
        };
        if found.is_err() && taken_for == FirstLine::GuessedExample {
            check_example(record, line, origin, label)?;
        }
        let mut table = Self {
            origin,
            label: found?,
            columns,
            first_line: line,
            taken_for,
            reading,
            cells: Vec::new(),
            labels: Vec::new(),
            numbers: Vec::new(),
            classes: Vec::new(),
            dropped: 0,
        };
        if !has_header {
            table.add(record, line)?;
        }
        Ok(table)
    }

    fn add(&mut self, record: &StringRecord, line: u64) -> Result<()> {
        if record.len() != self.columns.len() {
            let (here, there) = (cells(record.len()), self.columns.len());
            let why = format!("it has {here} but line {} has {there}", self.first_line);
            return Err(line_error(self.origin, line, why));
        }
        if self.reading.drop_missing && record.iter().any(is_missing) {
            self.dropped += 1;
            return Ok(());
        }
        for (column, cell) in record.iter().enumerate() {
            let outcome = match (column == self.label, self.reading.label) {
                (false, _) => number_of(cell).map(|number| self.cells.push(number)),
                (true, Label::Numbers) => number_of(cell).map(|it| self.numbers.push(it)),
                (true, Label::Classes) => self.class_of(cell).map(|it| self.labels.push(it)),
            };
            outcome.map_err(|why| self.cell_error(line, column, why))?;
        }
        Ok(())
    }

    /// The index of a class, which may be new.
    fn class_of(&mut self, cell: &str) -> std::result::Result<usize, String> {
        if cell.is_empty() {
            return Err("the cell is empty".into());
        }
        if let Some(index) = self.classes.iter().position(|class| class.is(cell)) {
            self.classes[index].examples += 1;
            return Ok(index);
        }
        if self.classes.len() == MOST_CLASSES {
            return Err(format!(
                "'{}' is one class more than the limit of {MOST_CLASSES}: the label has to name \
                 classes, not a number to be predicted",
                shown(cell)
            ));
        }
        self.classes.push(Class { name: cell.into(), examples: 1 });
        Ok(self.classes.len() - 1)
    }

    fn cell_error(&self, line: u64, column: usize, mut why: String) -> Error {
        if self.taken_for == FirstLine::GuessedExample {
            let of_first = self.classes.first().is_some_and(|class| class.examples == 1);
            if line == self.first_line {
                why.push_str(" (if this line names the columns, use --header yes)");
            } else if column == self.label && of_first {
                // a name of the column would be the class of no other line
                let first = self.first_line;
                why += &format!(" (if line {first} names the columns, use --header yes)");
            }
        }
        let column = shown(&self.columns[column]);
        Error::Cell { path: self.origin.into(), line, column, why }
    }

    /// Refuses a first line that was taken for names and has one of the classes in the label's
    /// column, as an example has.
    fn check_names(&self) -> Result<()> {
        let name = &self.columns[self.label];
        let is_class = self.classes.iter().any(|class| class.name == *name);
        if self.taken_for != FirstLine::GuessedNames || !is_class {
            return Ok(());
        }
        let why = format!(
            "it has no number, so it was read as column names, but '{}' is one of the classes: \
             choose --header yes or --header no",
            shown(name)
        );
        Err(line_error(self.origin, self.first_line, why))
    }

    /// Refuses a first line that was taken for an example and has a class of its own beside two
    /// others, as a name of the column would.
    fn check_first_example(&self) -> Result<()> {
        let [first, _, _, ..] = &self.classes[..] else { return Ok(()) };
        if self.taken_for != FirstLine::GuessedExample || first.examples > 1 {
            return Ok(());
        }
        let why = format!(
            "one of its cells is a number, so it was read as an example, but no other line has \
             its class '{}': choose --header yes or --header no",
            shown(&first.name)
        );
        Err(line_error(self.origin, self.first_line, why))
    }

    /// Refuses no examples, and fewer than two classes.
    fn check_labels(&self, label: &str) -> Result<()> {
        let why = match &self.classes[..] {
            [_, _, ..] => return Ok(()),
            [] if !self.numbers.is_empty() => return Ok(()),
            [] if self.dropped > 0 => "every example has a cell that is missing".into(),
            [] => "there is a header but no example".into(),
            [Class { name, .. }] => format!(
                "the only class in column '{}' is '{}' but 2 classes are needed",
                shown(label),
                shown(name)
            ),
        };
        Err(file_error(self.origin, &why))
    }

    fn finish(mut self) -> Result<Dataset> {
        self.check_names()?;
        self.check_first_example()?;
        let label = self.columns.remove(self.label);
        self.check_labels(&label)?;
        let misshapen = |error: ndarray::ShapeError| file_error(self.origin, &error.to_string());
        let order = in_order(&self.classes);
        let y = match self.reading.label {
            Label::Classes => labels(&order, &self.labels),
            Label::Numbers => {
                Array2::from_shape_vec((1, self.numbers.len()), self.numbers).map_err(misshapen)?
            }
        };
        let (n_x, m) = (self.columns.len(), y.ncols());
        let examples_in_rows = Array2::from_shape_vec((m, n_x), self.cells).map_err(misshapen)?;
        let x = examples_in_rows.t().as_standard_layout().into_owned();
        Ok(Dataset {
            features: self.columns,
            label,
            classes: order.iter().map(|&class| self.classes[class].clone()).collect(),
            dropped: self.dropped,
            batch: Batch::new(x, y)?,
        })
    }
}

/// The places of the classes, sorted by number where all are numbers, and by name elsewhere.
fn in_order(classes: &[Class]) -> Vec<usize> {
    let numbers: Option<Vec<f64>> = classes.iter().map(|class| finite(&class.name)).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    match numbers {
        Some(numbers) => order.sort_by(|&one, &other| numbers[one].total_cmp(&numbers[other])),
        None => order.sort_by_key(|&class| &classes[class].name),
    }
    order
}

/// y from the class of each example: one row for the second of two classes, a row for each of more.
fn labels(order: &[usize], classes: &[usize]) -> Array2<f64> {
    let rows = if order.len() == 2 { &order[1..] } else { order };
    Array2::from_shape_fn((rows.len(), classes.len()), |(row, example)| {
        if classes[example] == rows[row] { 1.0 } else { 0.0 }
    })
}

/// Numbers the lines as an editor does; the csv crate counts CRLF and blank lines late.
struct Lines<'a> {
    text: &'a str,
    /// The line, counted from 1, in which byte `counted` stands.
    line: u64,
    counted: usize,
    end_of_line: char,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let end_of_line = if text.contains('\n') { '\n' } else { '\r' };
        Self { text, line: 1, counted: 0, end_of_line }
    }

    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let from = record.position().map_or(0, csv::Position::byte) as usize;
        let from = self.text.get(from..).unwrap_or("");
        let start = self.text.len() - from.trim_start_matches(['\r', '\n']).len();
        self.line += self.text[self.counted..start].matches(self.end_of_line).count() as u64;
        self.counted = start;
        self.line
    }
}

/// The names of the columns: those of the first line, or else their numbers.
fn names_of_columns(first: &StringRecord, has_header: bool) -> Vec<String> {
    let name = |(cell, number): (&str, usize)| match cell {
        name if has_header && !name.is_empty() => name.to_string(),
        _ => number.to_string(),
    };
    first.iter().zip(1..).map(name).collect()
}

/// Refuses a first line that was taken for an example but may well have the label's name.
fn check_example(first: &StringRecord, line: u64, origin: &Path, label: &str) -> Result<()> {
    let is_number = label.parse::<usize>().is_ok();
    if is_number && !first.iter().any(|cell| cell == label) {
        return Ok(());
    }
    let why = format!(
        "one of its cells is a number, so it was read as an example and no column is named '{}' \
         (if this line names the columns, use --header yes)",
        shown(label)
    );
    Err(line_error(origin, line, why))
}

/// What other programs write where a number is missing.
const MISSING: [&str; 6] = ["?", "NA", "N/A", "null", "NULL", "<NA>"];

/// Whether a cell is a number, finite or not, or says that one is missing.
fn stands_for_a_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok() || MISSING.contains(&cell)
}

/// Whether a cell is empty or says that a number is missing.
fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell) || cell.eq_ignore_ascii_case("nan")
}

/// The number that a cell is, if it is a finite one.
fn finite(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Refuses quotes that the csv crate lets pass: one that is never closed, which swallows the lines
/// below it, and text between a closing quote and the end of its cell.
///
/// Source: RFC 4180, section 2, items 5 to 7.
fn check_quotes(text: &str, origin: &Path) -> Result<()> {
    enum Place {
        Start,
        Plain,
        Quoted,
        /// Behind a quote in a quoted cell: closed, unless another quote follows.
        Behind,
    }
    let end_of_line = if text.contains('\n') { '\n' } else { '\r' };
    let (mut line, mut opened, mut place) = (1, 1, Place::Start);
    for c in text.chars() {
        place = match (place, c) {
            (Place::Start, '"') => {
                opened = line;
                Place::Quoted
            }
            (Place::Behind, '"') => Place::Quoted,
            (Place::Quoted, '"') => Place::Behind,
            (Place::Quoted, _) => Place::Quoted,
            (_, ',' | '\n' | '\r') => Place::Start,
            (Place::Behind, ' ' | '\t') => Place::Behind,
            (Place::Behind, _) => {
                let why = format!("'{c}' follows a closing quote but the cell should end there");
                return Err(line_error(origin, line, why));
            }
            (Place::Start | Place::Plain, _) => Place::Plain,
        };
        line += u64::from(c == end_of_line);
    }
    match place {
        Place::Quoted => {
            Err(line_error(origin, opened, "a quote is opened and never closed".into()))
        }
        _ => Ok(()),
    }
}

fn number_of(cell: &str) -> std::result::Result<f64, String> {
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(format!("'{}' is not a finite number", shown(cell))),
        Err(_) if cell.is_empty() => Err("the cell is empty".into()),
        Err(_) => Err(format!("'{}' is not a number", shown(cell))),
    }
}

fn find_column(columns: &[String], label: &str) -> Result<usize> {
    if let Some(index) = columns.iter().position(|name| name == label) {
        return Ok(index);
    }
    match label.parse::<usize>() {
        Ok(number) if (1..=columns.len()).contains(&number) => Ok(number - 1),
        Ok(index) => Err(Error::NoSuch { what: "column".into(), index, count: columns.len() }),
        Err(_) => {
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            Err(unknown("column", label, &names))
        }
    }
}

/// An unknown name, with the nearest known one, or else with all where they are few.
fn unknown(kind: &str, name: &str, names: &[&str]) -> Error {
    const MOST_LISTED: usize = 40;
    let mut error = Error::unknown(kind, name, names);
    if let Error::Unknown { nearest: None, known, .. } = &mut error
        && names.len() <= MOST_LISTED
    {
        *known = names.iter().map(|name| shown(name)).collect();
    }
    error
}

fn check_distinct(columns: &[String], origin: &Path, line: u64) -> Result<()> {
    let mut sorted: Vec<(&String, usize)> = columns.iter().zip(1..).collect();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(()),
        Some(pair) => {
            let [(name, first), (_, second)] = [pair[0], pair[1]];
            let why = format!("columns {first} and {second} are both named '{}'", shown(name));
            Err(line_error(origin, line, why))
        }
    }
}

fn unreadable(path: &Path, error: &csv::Error) -> Error {
    file_error(path, &error.to_string().to_lowercase())
}

fn file_error(path: &Path, why: &str) -> Error {
    Error::File { path: path.into(), why: why.into() }
}

fn line_error(path: &Path, line: u64, why: String) -> Error {
    Error::Line { path: path.into(), line, why }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".into() } else { format!("{count} cells") }
}

/// A cell or name as a message shows it: on one line, and short.
///
/// ```
/// assert_eq!(init_symmetry::dataset::shown("two\nlines"), "two\u{fffd}lines");
/// ```
pub fn shown(cell: &str) -> String {
    const LONGEST: usize = 40;
    let start: String = cell.chars().take(LONGEST).collect();
    let ellipsis = if start.len() < cell.len() { "…" } else { "" };
    format!("{}{ellipsis}", printable(&start.replace(char::is_control, "\u{fffd}")))
}
