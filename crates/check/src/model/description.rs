//! What a model says of itself at the start, and what is wrong with it.
//!
//! Start reading at [`ModelDescription`]; docs/PROTOCOL.md, version 2, has every field.

use super::{ModelAbility, ModelDeclaration};
use crate::subject::answer::object;
use crate::subject::{Momentum, MomentumForm, Precision, check_training};
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, check_groups};
use init_symmetry_network::{Error, Result};
use serde::Deserialize;

/// What a model says of itself: its tensors, their unit groups, and what it can be asked.
///
/// ```
/// use init_symmetry_check::model::ModelDescription;
/// let text = r#"{"name": "linear", "tensors": [{"name": "w", "shape": [2, 3]}]}"#;
/// assert_eq!(ModelDescription::from_json(text)?.parameters(), 6);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ModelDescription {
    /// What to call it.
    pub name: Option<String>,
    /// Its tensors, in the order in which they lie in the list of parameters.
    pub tensors: Vec<TensorShape>,
    /// Its unit groups.
    pub groups: Vec<UnitGroup>,
    /// The arithmetic that it computes in.
    pub precision: Precision,
    /// How many examples a batch has, if each can be evaluated alone.
    pub examples: Option<usize>,
    /// What it has of its own.
    pub abilities: Vec<ModelAbility>,
    /// What it says of its training.
    pub declaration: ModelDeclaration,
}

impl ModelDescription {
    /// The fields of `hello` in version 2 of docs/PROTOCOL.md, as a JSON object.
    ///
    /// # Errors
    /// No such object, an unknown name, tensors and groups that do not fit.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::of(object(text, "{\"tensors\": […]}").map_err(|why| Error::OutOfRange {
            what: "the description of the model".into(),
            value: "unreadable".into(),
            range: format!("as described in docs/PROTOCOL.md: {why}"),
        })?)
    }

    pub(super) fn of(hello: ModelHello) -> Result<Self> {
        check_training(hello.decay, hello.momentum)?;
        let momentum = hello.momentum.map(|beta| Momentum { beta, form: hello.momentum_form });
        let declaration = ModelDeclaration { decay: hello.decay, momentum };
        let ModelHello { name, tensors, groups, precision, examples, abilities, .. } = hello;
        let tensor = |TensorFields { name, shape }| TensorShape { name, shape };
        let tensors: Vec<_> = tensors.into_iter().map(tensor).collect();
        let groups: Vec<_> = groups.into_iter().map(UnitGroup::from).collect();
        check_groups(&tensors, &groups)?;
        let description =
            Self { name, tensors, groups, precision, examples, abilities, declaration };
        Error::within_memory("the parameters", description.parameters())?;
        Ok(description)
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        self.tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add)
    }
}

#[derive(Deserialize)]
pub(super) struct ModelHello {
    name: Option<String>,
    tensors: Vec<TensorFields>,
    #[serde(default)]
    groups: Vec<GroupFields>,
    #[serde(default)]
    precision: Precision,
    examples: Option<usize>,
    #[serde(default)]
    abilities: Vec<ModelAbility>,
    #[serde(default)]
    decay: f64,
    momentum: Option<f64>,
    #[serde(default, rename = "momentum-form")]
    momentum_form: MomentumForm,
}

#[derive(Deserialize)]
struct TensorFields {
    name: String,
    shape: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFields {
    name: String,
    units: usize,
    axes: Vec<AxisFields>,
    #[serde(default)]
    homogeneous: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisFields {
    tensor: String,
    axis: usize,
    #[serde(default = "one")]
    repeats: usize,
    #[serde(default = "one")]
    each: usize,
    first: Option<usize>,
    #[serde(default)]
    outgoing: bool,
}

fn one() -> usize {
    1
}

impl From<GroupFields> for UnitGroup {
    fn from(GroupFields { name, units, axes, homogeneous }: GroupFields) -> Self {
        let axis = |AxisFields { tensor, axis, repeats, each, first, outgoing }| UnitAxis {
            tensor,
            axis,
            repeats,
            each,
            first,
            outgoing,
        };
        Self { name, units, axes: axes.into_iter().map(axis).collect(), homogeneous }
    }
}
