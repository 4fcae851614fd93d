//! Everything that can go wrong, as one enum whose messages name both sides.
//!
//! What others have written (names, paths, cells, what a program says) is shown by `printable`.

use crate::printable::{printable, printable_lines, printable_path, quoted};
use std::path::PathBuf;
use std::str::FromStr;
use strum::VariantNames;

/// The result of anything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Rows × columns.
pub type Extent = (usize, usize);

/// What went wrong, as a lowercase fragment that names both sides of a conflict.
///
/// ```
/// use init_symmetry_network::Error;
/// let (left, right) = ("w2".into(), "a1".into());
/// let error = Error::Mismatch { left, left_is: (1, 4), right, right_is: (3, 50) };
/// assert_eq!(error.to_string(), "w2 is 1×4 but a1 is 3×50");
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two matrices (rows × columns) that have to fit together do not.
    #[error("{left} is {}×{} but {right} is {}×{}", left_is.0, left_is.1, right_is.0, right_is.1)]
    Mismatch {
        /// Name of the first matrix.
        left: String,
        /// Its rows × columns.
        left_is: Extent,
        /// Name of the second matrix.
        right: String,
        /// Its rows × columns, or what they would have to be.
        right_is: Extent,
    },
    /// The number of parameters, layers or entries is not what the network needs.
    #[error("{what} has {given} but {needed_by} needs {needed}")]
    Count {
        /// What was counted, with its unit.
        what: String,
        /// How many were given.
        given: usize,
        /// What fixes the number.
        needed_by: String,
        /// How many are needed.
        needed: usize,
    },
    /// A network needs at least an input and an output.
    #[error("a network needs at least 2 widths (input and output) but got {given}")]
    TooFewWidths {
        /// How many widths were given.
        given: usize,
    },
    /// A layer without units.
    #[error("layer {layer} has width 0 but every layer needs at least 1 unit")]
    EmptyLayer {
        /// Index of the layer, 0 for the input.
        layer: usize,
    },
    /// An output layer with fewer units than its loss needs.
    #[error(
        "{loss} needs at least {needed} outputs, one for each class, but the network has {given}; \
         for one output take cross-entropy"
    )]
    TooFewOutputs {
        /// Name of the loss.
        loss: String,
        /// The width of the output layer.
        given: usize,
        /// The least width.
        needed: usize,
    },
    /// A batch without examples.
    #[error("the batch has 0 examples but at least 1 is needed")]
    NoExamples,
    /// A request whose memory would not fit.
    #[error("{what} would hold {numbers} numbers but the limit is {limit}")]
    TooLarge {
        /// What would be that large.
        what: String,
        /// How many numbers (saturated at the largest representable count).
        numbers: usize,
        /// The limit.
        limit: usize,
    },
    /// An infinity or NaN where a number is needed.
    #[error("{what} is {value} but has to be a finite number")]
    NotFinite {
        /// Which quantity, with its place.
        what: String,
        /// Its value.
        value: String,
    },
    /// A number outside its range.
    #[error("{} is {} but has to be {range}", printable(what), printable(value))]
    OutOfRange {
        /// Which quantity.
        what: String,
        /// Its value.
        value: String,
        /// The range in words.
        range: String,
    },
    /// Training left the finite numbers.
    #[error(
        "training diverged at step {step}: a parameter is no longer finite (the rate is {rate})"
    )]
    Diverged {
        /// The first step after which a parameter was not finite.
        step: usize,
        /// The learning rate.
        rate: String,
    },
    /// Units that were to be merged are not twins.
    #[error("units {first} and {second} of {owner} are not twins")]
    NotTwins {
        /// What they belong to: a layer, counted from 1, or a unit group.
        owner: String,
        /// A unit, counted from 0.
        first: usize,
        /// Another unit.
        second: usize,
    },
    /// A layer or unit that does not exist.
    #[error("{what} {index} does not exist (count: {count})")]
    NoSuch {
        /// Layer, hidden layer, unit or column.
        what: String,
        /// The index asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Something that a subject has not.
    #[error("{} has no {}", printable(subject), printable(what))]
    Unsupported {
        /// Name of the subject.
        subject: String,
        /// What it has not.
        what: String,
    },
    /// A subject that does not answer a question it was asked.
    #[error("{} refuses: {}", printable(subject), quoted(why))]
    Refused {
        /// Name of the subject.
        subject: String,
        /// Its reason.
        why: String,
    },
    /// A subject that answers something that is no answer to the question.
    #[error(
        "{}, at the request '{request}', gave an invalid answer: {}\n  {}",
        printable(subject),
        printable_lines(why),
        printable(question)
    )]
    Answer {
        /// Name of the subject.
        subject: String,
        /// The kind of request.
        request: String,
        /// What is wrong with the answer.
        why: String,
        /// The request itself, cut where it is long.
        question: String,
    },
    /// Another program that cannot be spoken to.
    #[error("{}, at the request '{request}', {}", printable(program), printable_lines(why))]
    Conversation {
        /// The program with its arguments.
        program: String,
        /// What it was asked.
        request: String,
        /// What it did instead of answering.
        why: String,
    },
    /// Another program that is no longer asked, because it has failed too often.
    #[error(
        "{}, at the request '{request}', was not asked: {}",
        printable(program),
        printable_lines(why)
    )]
    GivenUp {
        /// The program with its arguments.
        program: String,
        /// What it would have been asked.
        request: String,
        /// How it has failed.
        why: String,
    },
    /// A name that is not known.
    #[error("unknown {kind} '{}'{}{}", printable(name), suggestion(nearest), choice(known))]
    Unknown {
        /// What kind of name: claim, activation, initialiser …
        kind: String,
        /// The name given.
        name: String,
        /// The nearest known name, if one is near.
        nearest: Option<String>,
        /// All known names, if they are few.
        known: Vec<String>,
    },
    /// A file that cannot be read or written.
    #[error("{}: {}", printable_path(path), printable_lines(why))]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A line of a data file that cannot be used.
    #[error("{}, line {line}: {}", printable_path(path), printable_lines(why))]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A cell of a data file that cannot be used.
    #[error(
        "{}, line {line}, column '{}': {}",
        printable_path(path),
        printable(column),
        printable_lines(why)
    )]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The column's name, or its number counted from 1 where there is no header.
        column: String,
        /// What is wrong with it.
        why: String,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(", did you mean '{name}'?"))
}

fn choice(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!(" (known: {})", known.join(", ")) }
}

/// More known names than this are not listed.
const MOST_LISTED: usize = 12;

/// Names that other libraries use for what is known here by another name.
const SYNONYMS: [(&str, &str); 12] = [
    ("logistic", "sigmoid"),
    ("linear", "identity"),
    ("none", "identity"),
    ("swish", "silu"),
    ("mse", "squared-error"),
    ("mean-squared-error", "squared-error"),
    ("bce", "cross-entropy"),
    ("log-loss", "cross-entropy"),
    ("softmax", "softmax-cross-entropy"),
    ("softmax-with-loss", "softmax-cross-entropy"),
    ("categorical-cross-entropy", "softmax-cross-entropy"),
    ("categorical-crossentropy", "softmax-cross-entropy"),
];

/// Functions that are not known here, although names that are known are spelt nearly the same.
const OTHERS: [&str; 7] = ["gelu", "elu", "selu", "celu", "prelu", "hinge", "absolute-error"];

/// More numbers than this in one place are refused before memory runs out (1 GiB of `f64`).
const MOST_NUMBERS: usize = 1 << 27;

impl Error {
    /// Two matrices that do not fit, each with its rows × columns.
    pub fn mismatch(left: &str, left_is: Extent, right: &str, right_is: Extent) -> Self {
        Error::Mismatch { left: left.into(), left_is, right: right.into(), right_is }
    }

    /// Refuses what would not fit into memory, before it is asked for.
    ///
    /// # Errors
    /// More than 2^27 numbers.
    pub fn within_memory(what: &str, numbers: usize) -> Result<()> {
        if numbers <= MOST_NUMBERS {
            return Ok(());
        }
        Err(Error::TooLarge { what: what.into(), numbers, limit: MOST_NUMBERS })
    }

    /// An unknown name of a kind, with the nearest of the known names if one is near enough.
    ///
    /// ```
    /// use init_symmetry_network::Error;
    /// let error = Error::unknown("activation", "than", &["tanh", "sigmoid"]);
    /// assert_eq!(error.to_string(), "unknown activation 'than', did you mean 'tanh'?");
    /// ```
    pub fn unknown(kind: &str, name: &str, known: &[&str]) -> Self {
        let nearest = nearest(name, known);
        Error::Unknown { kind: kind.into(), name: name.into(), nearest, known: Vec::new() }
    }
}

/// The known name that is meant, or spelt most nearly the same.
fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let name = plain(name);
    if OTHERS.contains(&name.as_str()) {
        return None;
    }
    let is_meant = |it: &&(&str, &str)| it.0 == name && known.contains(&it.1);
    if let Some((_, meant)) = SYNONYMS.iter().find(is_meant) {
        return Some(meant.to_string());
    }
    known
        .iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&name, &plain(known)), *known))
        .filter(|(nearness, _)| *nearness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_string())
}

/// Reads a name of one of an enum's variants.
///
/// # Errors
/// An unknown name, with the nearest known one and, if there are few, all known ones.
///
/// ```
/// use init_symmetry_network::{Activation, Loss, parse_name};
/// assert_eq!(parse_name::<Activation>("activation", "relu"), Ok(Activation::Relu));
/// let error = parse_name::<Loss>("loss", "mse").unwrap_err().to_string();
/// assert!(error.starts_with("unknown loss 'mse', did you mean 'squared-error'? (known: "));
/// ```
pub fn parse_name<T: FromStr + VariantNames>(kind: &str, name: &str) -> Result<T> {
    name.parse().map_err(|_| match Error::unknown(kind, name, T::VARIANTS) {
        Error::Unknown { kind, name, nearest, .. } if T::VARIANTS.len() <= MOST_LISTED => {
            let known = T::VARIANTS.iter().map(ToString::to_string).collect();
            Error::Unknown { kind, name, nearest, known }
        }
        error => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Loss};

    fn refusal<T: FromStr + VariantNames>(kind: &str, name: &str) -> String {
        parse_name::<T>(kind, name).err().expect("no such name").to_string()
    }

    #[test]
    fn every_known_activation_and_loss_is_listed_where_one_is_unknown() {
        for name in ["softmax", "than", "", "TANH!!", "gelu", "swish", "cross-entropy"] {
            let message = refusal::<Activation>("activation", name);
            let list = message.split(" (known: ").nth(1).and_then(|list| list.strip_suffix(')'));
            assert_eq!(list, Some(Activation::VARIANTS.join(", ").as_str()), "{message}");
        }
        let message = refusal::<Loss>("loss", "hinge");
        let list = Loss::VARIANTS.join(", ");
        assert_eq!(message, format!("unknown loss 'hinge' (known: {list})"));
    }

    #[test]
    fn another_function_is_not_taken_for_one_that_is_spelt_nearly_the_same() {
        for name in OTHERS.into_iter().chain(["softmax", "softplus", "mish", "GELU", "maxout"]) {
            let message = refusal::<Activation>("activation", name);
            assert!(!message.contains("did you mean"), "{message}");
        }
    }

    #[test]
    fn a_name_of_another_library_or_in_other_letters_leads_to_ours() {
        for (name, meant) in [
            ("logistic", "sigmoid"),
            ("linear", "identity"),
            ("Swish", "silu"),
            ("ReLU", "relu"),
            ("leaky_relu", "leaky-relu"),
            ("LeakyReLU", "leaky-relu"),
            ("sigmiod", "sigmoid"),
        ] {
            let message = refusal::<Activation>("activation", name);
            assert!(message.contains(&format!(", did you mean '{meant}'?")), "{message}");
        }
        for (name, meant) in SYNONYMS {
            let known = Activation::VARIANTS.iter().chain(Loss::VARIANTS);
            assert!(known.clone().any(|known| *known == meant), "{meant}");
            assert!(!known.clone().any(|known| *known == name), "{name} is known");
        }
    }

    #[test]
    fn a_long_list_of_names_is_not_printed() {
        let many: Vec<String> = (0..=MOST_LISTED).map(|k| format!("name-{k}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(Error::unknown("thing", "xyz", &many).to_string(), "unknown thing 'xyz'");
    }
}
