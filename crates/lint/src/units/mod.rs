//! Which axes of which tensors belong to the same hidden units: by a file of the user's, or by the
//! names of the tensors.
//!
//! Both are lists of groups in one format, `UnitsFile`; the known names stand in `patterns.toml`.
//! Start reading at [`UnitGroups`].

mod chains;
mod group;
mod known;
mod names;
mod own;
mod resolve;

pub(crate) use group::{Carrier, Recognised};
pub(crate) use resolve::resolve;

use crate::StoredTensor;
use init_symmetry_network::symmetry::UnitGroup;
use init_symmetry_network::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Where unit groups come from.
///
/// ```
/// use init_symmetry_lint::UnitGroups;
/// let units = UnitGroups::of_toml("units.toml".as_ref(), r#"
///     [[group]]
///     name = "hidden"
///     axes = [
///       { tensor = "fc1.weight", axis = 0 },
///       { tensor = "fc1.bias", axis = 0 },
///       { tensor = "fc2.weight", axis = 1, outgoing = true },
///     ]
/// "#)?;
/// assert!(UnitGroups::of_toml("units.toml".as_ref(), "[[group]]").is_err());
/// # let _ = units;
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct UnitGroups {
    /// The user's own, before the known patterns.
    pub(crate) own: Vec<GroupPattern>,
    /// Whether known patterns of names serve where the user's own leave axes free.
    pub(crate) known_names: bool,
}

impl Default for UnitGroups {
    fn default() -> Self {
        Self { own: Vec::new(), known_names: true }
    }
}

/// A file of unit groups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsFile {
    group: Vec<GroupPattern>,
}

/// A unit group whose tensors are given by templates of their names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupPattern {
    /// What to call it, a template too.
    pub(crate) name: String,
    /// What the pattern is called, for those that are known.
    #[serde(default)]
    pub(crate) pattern: Option<String>,
    /// How many units; otherwise as the first axis has room for.
    #[serde(default)]
    pub(crate) units: Option<usize>,
    /// Everything that is numbered by them.
    pub(crate) axes: Vec<AxisPattern>,
    /// Whether there have to be as many units as inputs, or more.
    #[serde(default)]
    pub(crate) expands: bool,
    /// A tensor with which it is none.
    #[serde(default)]
    pub(crate) unless: Option<String>,
    /// Of numbered layers that follow each other, what their shapes have to say.
    #[serde(default)]
    pub(crate) chain: Option<Chain>,
    /// Whether the shapes of a chain say nothing unless each of its matrices has a bias.
    #[serde(default)]
    pub(crate) needs_biases: bool,
    /// What stands for `<weight>` and `<separator>`: a pattern for each pair.
    #[serde(default)]
    spellings: Vec<[String; 2]>,
    /// Whether it is known to be complete without an axis of outgoing weights.
    #[serde(skip)]
    pub(crate) complete: bool,
}

/// An axis of such a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AxisPattern {
    pub(crate) tensor: String,
    pub(crate) axis: usize,
    #[serde(default)]
    pub(crate) repeats: Number,
    #[serde(default)]
    pub(crate) each: Number,
    #[serde(default)]
    pub(crate) first: Option<usize>,
    #[serde(default)]
    pub(crate) outgoing: bool,
    /// Whether the group is one without it.
    #[serde(default)]
    pub(crate) optional: bool,
    /// Whether it is a list with one entry for each unit, be it a row or a column.
    #[serde(default)]
    pub(crate) bias: bool,
}

/// When a pattern of numbered layers holds: it gives one of two readings of their shapes, units as
/// rows or inputs as rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Chain {
    /// Unless the shapes leave only the other reading.
    AsNamed,
    /// If the shapes leave only this reading.
    ByShapes,
}

/// A number, or as much as the length of the axis says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "`repeats` and `each` are whole numbers or \"fit\"")]
pub(crate) enum Number {
    Given(usize),
    Fit(Fit),
}

/// The word `fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fit {
    Fit,
}

impl Default for Number {
    fn default() -> Self {
        Self::Given(1)
    }
}

impl UnitGroups {
    /// The groups of a file in TOML; `path` is named in errors.
    ///
    /// # Errors
    /// What is no such file, with the line.
    pub fn of_toml(path: &Path, text: &str) -> Result<Self> {
        let file: UnitsFile = from_toml(path, text)?;
        Ok(Self { own: file.group, known_names: true })
    }

    /// Groups that are complete, as of a model under test; names of tensors say nothing then.
    pub fn of(groups: &[UnitGroup]) -> Self {
        let own = groups.iter().map(|group| GroupPattern {
            name: escaped(&group.name),
            pattern: None,
            units: Some(group.units),
            axes: group.axes.iter().map(AxisPattern::of).collect(),
            expands: false,
            unless: None,
            chain: None,
            needs_biases: false,
            spellings: Vec::new(),
            complete: true,
        });
        Self { own: own.collect(), known_names: false }
    }
}

impl AxisPattern {
    fn of(axis: &init_symmetry_network::symmetry::UnitAxis) -> Self {
        Self {
            tensor: escaped(&axis.tensor),
            axis: axis.axis,
            repeats: Number::Given(axis.repeats),
            each: Number::Given(axis.each),
            first: axis.first,
            outgoing: axis.outgoing,
            optional: false,
            bias: false,
        }
    }
}

impl GroupPattern {
    /// A pattern for each of its spellings, or the pattern itself.
    fn spelt(self) -> Vec<Self> {
        let spelt = |[weight, separator]: &[String; 2]| {
            let mut pattern = self.clone();
            let axes = pattern.axes.iter_mut().map(|axis| &mut axis.tensor);
            for text in axes.chain([&mut pattern.name]).chain(&mut pattern.pattern) {
                *text = text.replace("<weight>", weight).replace("<separator>", separator);
            }
            pattern
        };
        let all: Vec<Self> = self.spellings.iter().map(spelt).collect();
        if all.is_empty() { vec![self] } else { all }
    }
}

/// Whether a tensor is a list, as biases and the weights of norms are: one axis, a column, or more
/// axes of which at most one is longer than 1. A single row is the weights of one output.
pub(crate) fn is_list(shape: &[usize]) -> bool {
    match shape {
        [] | [_] | [_, 1] => true,
        [_, _] => false,
        more => more.iter().filter(|length| **length > 1).count() < 2,
    }
}

/// Of each tensor whether it holds weights: its units say it if they are known, or its shape.
pub(crate) fn are_weights(groups: &[Recognised], tensors: &[StoredTensor]) -> Vec<bool> {
    let by_shape = |tensor: &StoredTensor| !is_list(&tensor.shape);
    let mut are_weights: Vec<bool> = tensors.iter().map(by_shape).collect();
    let known = || groups.iter().filter(|group| group.is_known());
    let carriers = || known().flat_map(|group| group.carriers.iter().map(move |it| (group, it)));
    for (group, carrier) in carriers() {
        are_weights[carrier.tensor] &= group.is_weight(carrier, tensors);
    }
    for (group, carrier) in carriers() {
        are_weights[carrier.tensor] |= group.is_weight(carrier, tensors);
    }
    are_weights
}

/// A name that is no template.
fn escaped(name: &str) -> String {
    name.replace('{', "{{").replace('}', "}}")
}

/// What a text in TOML holds; `path` is named in errors.
///
/// # Errors
/// What is no such text, with the line.
pub fn from_toml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|&&b| b == b'\n').count() as u64;
        Error::Line { path: path.into(), line, why: error.message().into() }
    })
}

/// The groups of known architectures.
pub(crate) fn known_patterns() -> Vec<GroupPattern> {
    let file: Result<UnitsFile, _> = toml::from_str(include_str!("patterns.toml"));
    let groups = file.map_or_else(|_| Vec::new(), |file| file.group);
    groups.into_iter().flat_map(GroupPattern::spelt).collect()
}

#[cfg(test)]
mod tests {
    use super::known_patterns;

    #[test]
    fn the_file_of_known_patterns_can_be_read() {
        let patterns = known_patterns();
        assert!(patterns.len() > 10);
        assert!(patterns.iter().all(|pattern| pattern.pattern.is_some()));
    }
}
