//! Failing cases in a file, which `--save-case` writes and `--replay` reads.
//!
//! What is wrong with such a file is found before a program is asked. Start at [`tasks_of`].

use super::CommandError;
use super::check_report::Checked;
use super::under_test::Kind;
use crate::input_file::text_of;
use crate::property::{Config, Property, PropertyVerdict};
use crate::subject::Subject;
use crate::{Error, Evaluation, Problem, quoted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// Failing cases in a file.
#[derive(Debug, Serialize, Deserialize)]
struct SavedCases {
    schema: String,
    cases: Vec<SavedCase>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedCase {
    property: String,
    case: Value,
}

/// What the file of each kind begins with.
fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Network => "init-symmetry/cases/1",
        Kind::Model => "init-symmetry/model-cases/1",
    }
}

/// A property to try, on drawn cases or on one that is given.
pub(super) struct Task {
    pub(super) property: &'static str,
    pub(super) given: Option<Value>,
}

/// What to try again, and on which kind of program.
pub(super) struct SavedTasks {
    pub(super) kind: Kind,
    pub(super) tasks: Vec<Task>,
}

/// The failing cases of a check, as the text of a file.
pub(super) fn saved_cases(kind: Kind, checked: &[Checked]) -> Result<String, CommandError> {
    let cases = checked.iter().filter_map(|it| {
        let failing = it.outcome.failing.as_ref()?;
        Some(SavedCase { property: it.outcome.property.clone(), case: failing.json.clone() })
    });
    let saved = SavedCases { schema: schema(kind).into(), cases: cases.collect() };
    let text = serde_json::to_string_pretty(&saved).map_err(std::io::Error::from)?;
    Ok(text + "\n")
}

/// The cases of a file that `--save-case` has written.
pub(super) fn tasks_of(path: &Path) -> Result<SavedTasks, Error> {
    let bad = |why: String| Error::File { path: path.into(), why };
    let text = text_of(path)?;
    let saved: SavedCases = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let mut kinds = [Kind::Network, Kind::Model].into_iter();
    let Some(kind) = kinds.find(|kind| schema(*kind) == saved.schema) else {
        let (given, due) = (quoted(&saved.schema), schema(Kind::Network));
        return Err(bad(format!("its schema is {given} but has to be {due}")));
    };
    if saved.cases.is_empty() {
        return Err(bad("it contains no cases: nothing had failed when it was written".into()));
    }
    let task = |(number, SavedCase { property: name, case }): (usize, SavedCase)| {
        let property = kind.property(&name)?;
        if kind == Kind::Network {
            check_case(Property::named(property)?, &case)
                .map_err(|why| bad(format!("case {number}: {why}")))?;
        }
        Ok(Task { property, given: Some(case) })
    };
    let tasks: Result<_, Error> = (1..).zip(saved.cases).map(task).collect();
    Ok(SavedTasks { kind, tasks: tasks? })
}

/// Whether a case is one, and none that would take all memory, before a program is asked about it:
/// what is wrong with a file is no fault of the program.
fn check_case(property: &Property, case: &Value) -> Result<(), String> {
    for (name, largest) in [("m", 1e5), ("widths", 1e4), ("spread", 1e6)] {
        check_numbers(case, name, false, largest)?;
    }
    let config = Config { given: Some(case.clone()), ..Config::default() }.without_shrinking();
    match property.check(&Silent, &config).verdict {
        PropertyVerdict::Fails { reason, .. } => Err(reason),
        _ => Ok(()),
    }
}

/// Whether all numbers of that name, wherever they stand, are at most the largest.
fn check_numbers(value: &Value, name: &str, is_named: bool, largest: f64) -> Result<(), String> {
    match value {
        Value::Number(number) if is_named && number.as_f64().is_none_or(|it| it > largest) => {
            Err(format!("{name} is {number} but may be at most {largest}"))
        }
        Value::Array(values) => {
            values.iter().try_for_each(|value| check_numbers(value, name, is_named, largest))
        }
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(field, value)| check_numbers(value, name, field == name, largest)),
        _ => Ok(()),
    }
}

/// A subject that answers nothing.
struct Silent;

impl Subject for Silent {
    fn name(&self) -> &str {
        "nobody"
    }

    fn evaluate(&self, _: Problem<'_, f64>) -> Result<Evaluation<f64>, Error> {
        Err(Error::Unsupported { subject: "nobody".into(), what: "anything".into() })
    }
}
