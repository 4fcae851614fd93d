//! What a program answers: one line of JSON, read into flat lists of numbers.
//!
//! No tree of JSON is built, so that what is kept is about as large as the line. Nothing here
//! speaks to a program. Start reading at [`Answer`].

use super::number::Number;
use init_symmetry_network::{printable, quoted};
use ndarray::Array2;
use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// A line that holds one JSON value.
#[derive(Debug)]
pub(crate) struct Answer(String);

/// What a program says instead of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Error(String),
    Unsupported(String),
}

#[derive(Deserialize)]
struct RefusalFields<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    unsupported: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct LossAndSlopes<'a> {
    pub(super) loss: Number,
    #[serde(borrow)]
    pub(super) gradient: &'a RawValue,
}

/// The answer of a program whose gradient comes from training.
#[derive(Deserialize)]
pub(crate) struct LossAlone {
    pub(crate) loss: Number,
}

#[derive(Deserialize)]
pub(super) struct Predictions {
    pub(super) predictions: Grid,
}

#[derive(Deserialize)]
pub(super) struct NewParameters<'a> {
    #[serde(borrow)]
    pub(super) parameters: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Iterations<'a> {
    #[serde(borrow)]
    pub(super) iterations: Vec<&'a RawValue>,
}

/// A layer of parameters or of a gradient.
#[derive(Deserialize)]
pub(super) struct LayerGrids {
    #[serde(alias = "dw")]
    pub(super) w: Grid,
    #[serde(alias = "db")]
    pub(super) b: Grid,
}

impl Answer {
    /// Reads a line of JSON, also with the bare NaN, Infinity and -Infinity that Python's json
    /// writes.
    ///
    /// # Errors
    /// A line of something else, as the end of a sentence about the program.
    pub(super) fn read(line: Vec<u8>) -> Result<Self, String> {
        let text = String::from_utf8(line).map_err(|error| no_json(error.as_bytes()))?;
        if is_json(&text) {
            return Ok(Self(text));
        }
        let other = with_quoted_infinities(&text);
        if is_json(&other) { Ok(Self(other)) } else { Err(no_json(text.as_bytes())) }
    }

    /// The reason, where it is no answer but an `error` or `unsupported`.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let RefusalFields { error, unsupported } = self.fields("").ok()?;
        let text = |raw: Option<&RawValue>| serde_json::from_str::<String>(raw?.get()).ok();
        let refusal = text(error).map(Refusal::Error);
        refusal.or_else(|| text(unsupported).map(Refusal::Unsupported))
    }

    /// The fields of an answer, which looks like `expected`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn fields<'a, T: Deserialize<'a>>(&'a self, expected: &str) -> Result<T, String> {
        object(&self.0, expected)
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A text with quotation marks around the numbers that JSON has no words for.
fn with_quoted_infinities(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_text = false;
    while let Some(c) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word));
        let taken = match word.filter(|_| !is_text) {
            Some(word) => {
                quoted += match word {
                    "NaN" => "\"NaN\"",
                    "Infinity" => "\"inf\"",
                    _ => "\"-inf\"",
                };
                word.len()
            }
            // an escaped quotation mark does not end a text
            None if is_text && c == '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            None => {
                is_text ^= c == '"';
                c.len_utf8()
            }
        };
        if word.is_none() || is_text {
            quoted += &rest[..taken];
        }
        rest = &rest[taken..];
    }
    quoted
}

/// Fields of a JSON object. A struct would also be read from an array, field by field.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a str, expected: &str) -> Result<T, String> {
    let what = match json.trim_start().as_bytes().first() {
        Some(b'{') => return parsed(json),
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        _ => "a number",
    };
    Err(format!("it is {what} but has to be an object {expected}"))
}

/// A JSON value of a kind.
///
/// # Errors
/// What is wrong with it; the place is left out, which counts from the beginning of a part.
pub(super) fn parsed<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| {
        let error = error.to_string();
        printable(error.rsplit_once(" at line ").map_or(error.as_str(), |(what, _)| what))
    })
}

/// How much of a bad answer is shown.
const SHOWN: usize = 60;

fn no_json(line: &[u8]) -> String {
    let hint = "print answers to stdout and everything else to stderr";
    format!("answered {}, which is not JSON: {hint}", beginning(line))
}

/// The beginning of a line, as a quotation.
pub(super) fn beginning(line: &[u8]) -> String {
    // four bytes are the most that a character has
    let text = String::from_utf8_lossy(&line[..line.len().min(4 * (SHOWN + 1))]);
    let text = text.trim();
    let first: String = text.chars().take(SHOWN).collect();
    let more = if first.len() < text.len() { " …" } else { "" };
    format!("{}{more}", quoted(&first))
}

/// A list of rows in one list of numbers.
#[derive(Debug, Default)]
pub(super) struct Grid {
    entries: Vec<f64>,
    rows: usize,
    columns: usize,
    is_ragged: bool,
}

impl Grid {
    /// The matrix of that name.
    ///
    /// # Errors
    /// Rows of different lengths.
    pub(super) fn matrix(self, name: &str) -> Result<Array2<f64>, String> {
        if self.is_ragged {
            return Err(format!("the rows of {name} have different lengths"));
        }
        Array2::from_shape_vec((self.rows, self.columns), self.entries)
            .map_err(|error| error.to_string())
    }
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(GridVisitor)
    }
}

struct GridVisitor;

impl<'de> Visitor<'de> for GridVisitor {
    type Value = Grid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Grid, A::Error> {
        let mut grid = Grid::default();
        while let Some(columns) = rows.next_element_seed(Row(&mut grid.entries))? {
            grid.is_ragged |= grid.rows > 0 && columns != grid.columns;
            grid.columns = columns;
            grid.rows += 1;
        }
        Ok(grid)
    }
}

/// Appends a row and says how long it is.
struct Row<'a>(&'a mut Vec<f64>);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row, which is a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<usize, A::Error> {
        let before = self.0.len();
        while let Some(Number(number)) = numbers.next_element()? {
            self.0.push(number);
        }
        Ok(self.0.len() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Grid, LayerGrids, Refusal, object, parsed, with_quoted_infinities};

    #[test]
    fn numbers_that_json_lacks_are_read_and_texts_are_left_alone() {
        let plain = r#"{"NaN \" NaN":[NaN,-Infinity,Infinity],"é\\":"Infinity"}"#;
        let quoted = r#"{"NaN \" NaN":["NaN","-inf","inf"],"é\\":"Infinity"}"#;
        assert_eq!(with_quoted_infinities(plain), quoted);
        Answer::read(plain.into()).unwrap();
        let refused = Answer::read(b"NaN of it".to_vec()).unwrap_err();
        assert!(refused.contains("answered \"NaN of it\", which is not JSON"), "{refused}");
    }

    #[test]
    fn a_refusal_is_a_text_under_its_key_and_nothing_else() {
        let refusal = |text: &str| Answer::read(text.into()).unwrap().refusal();
        assert_eq!(refusal(r#"{"error":"no"}"#), Some(Refusal::Error("no".into())));
        let unsupported = Some(Refusal::Unsupported("relu".into()));
        assert_eq!(refusal(r#"{"loss":1,"unsupported":"relu"}"#), unsupported);
        for other in [r#"{"error":null}"#, r#"{"error":[1]}"#, r#"["no","relu"]"#, "7", "{}"] {
            assert_eq!(refusal(other), None, "{other}");
        }
    }

    #[test]
    fn an_array_in_the_place_of_an_object_is_refused_with_what_is_expected() {
        let expected = r#"{"w": …, "b": …}"#;
        for (json, what) in [
            ("[[[1]],[[2]]]", "an array"),
            ("\"w\"", "a string"),
            ("7", "a number"),
            ("null", "null"),
        ] {
            let refused = object::<LayerGrids>(json, expected).err().unwrap();
            assert_eq!(refused, format!("it is {what} but has to be an object {expected}"));
        }
    }

    #[test]
    fn rows_are_read_into_one_list_and_have_one_length() {
        let matrix = |json: &str| parsed::<Grid>(json).and_then(|grid| grid.matrix("w1"));
        assert_eq!(matrix("[[1,2],[3,\"inf\"]]").unwrap().dim(), (2, 2));
        assert_eq!(matrix("[]").unwrap().dim(), (0, 0));
        assert_eq!(matrix("[[],[]]").unwrap().dim(), (2, 0));
        for ragged in ["[[1],[1,2]]", "[[1,2],[1]]", "[[],[1]]", "[[1],[1,2],[1]]"] {
            assert_eq!(matrix(ragged), Err("the rows of w1 have different lengths".into()));
        }
        assert!(matrix("[1]").unwrap_err().contains("a row, which is a list of numbers"));
    }
}
