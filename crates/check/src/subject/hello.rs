//! What a program says of itself at the start, and what is wrong with it.
//!
//! Start reading at [`Description`]; docs/PROTOCOL.md has every field.

use super::answer::object;
use super::convention::{check_fixed, check_smallest};
use super::{
    Ability, BiasUse, Convention, Declaration, Examples, GradientSource, LossForm, Momentum,
    MomentumForm, Networks, Precision, Scale, Sizes, WeightRows,
};
use init_symmetry_network::{Activation, Error, Loss, Result, Scheme, parse_name};
use serde::Deserialize;
use strum::VariantArray;

/// What a subject says of itself: which networks it implements, and how.
///
/// ```
/// use init_symmetry_check::subject::Description;
/// use init_symmetry_network::Activation;
/// let description = Description::from_json(r#"{"activations": ["tanh"], "examples": "rows"}"#)?;
/// assert_eq!(description.networks.hidden, [Activation::Tanh]);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// What to call it.
    pub name: Option<String>,
    /// The networks that it implements.
    pub networks: Networks,
    /// The arithmetic that it computes in.
    pub precision: Precision,
    /// How it lays out what it is given.
    pub convention: Convention,
    /// What it says of its loss, its parameters and its training.
    pub declaration: Declaration,
    /// What it has of its own.
    pub abilities: Vec<Ability>,
    /// The starts of its own initialiser.
    pub starts: Vec<Scheme>,
}

impl Description {
    /// The fields of `hello` in docs/PROTOCOL.md, as a JSON object.
    ///
    /// # Errors
    /// No such object, an unknown name, a number out of range, a program that trains and does not.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::of(object(text, "{\"name\": …}").map_err(|why| Error::OutOfRange {
            what: "the description of the subject".into(),
            value: "unreadable".into(),
            range: format!("as described in docs/PROTOCOL.md: {why}"),
        })?)
    }

    pub(super) fn of(hello: Hello) -> Result<Self> {
        let networks = networks_of(&hello)?;
        let declaration = declaration_of(&hello)?;
        let start = |name: &String| parse_name::<Scheme>("start", name);
        let starts = match &hello.starts {
            Some(names) => names.iter().map(start).collect::<Result<_>>()?,
            None => Scheme::COMMON.to_vec(),
        };
        let trains = hello.abilities.contains(&Ability::Train);
        if declaration.gradient == GradientSource::FromTraining && !trains {
            return Err(Error::OutOfRange {
                what: "gradient".into(),
                value: "from-training".into(),
                range: "left out, unless the abilities include train".into(),
            });
        }
        Ok(Self {
            name: hello.name,
            networks,
            precision: hello.precision,
            convention: Convention { examples: hello.examples, weight_rows: hello.weight_rows },
            declaration,
            abilities: hello.abilities,
            starts,
        })
    }
}

/// Whether parameters travel layer by layer or in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Layout {
    #[default]
    Layers,
    Flat,
}

#[derive(Deserialize)]
pub(super) struct Hello {
    name: Option<String>,
    activations: Option<Vec<String>>,
    #[serde(default, rename = "mixed-activations")]
    mixed_activations: bool,
    losses: Option<Vec<String>>,
    widths: Option<Vec<usize>>,
    #[serde(default, rename = "hidden-layers")]
    hidden_layers: Range,
    #[serde(default, rename = "hidden-units")]
    hidden_units: Range,
    #[serde(default)]
    inputs: Range,
    #[serde(default)]
    outputs: Range,
    #[serde(default)]
    precision: Precision,
    #[serde(default)]
    examples: Examples,
    #[serde(default, rename = "weight-rows")]
    weight_rows: WeightRows,
    #[serde(default)]
    pub(super) parameters: Layout,
    #[serde(default)]
    abilities: Vec<Ability>,
    #[serde(rename = "loss-scale")]
    loss_scale: Option<Scale>,
    #[serde(default)]
    biases: BiasUse,
    l2: Option<Scale>,
    #[serde(default)]
    decay: f64,
    momentum: Option<f64>,
    #[serde(default, rename = "momentum-form")]
    momentum_form: MomentumForm,
    #[serde(rename = "batch-size")]
    batch_size: Option<usize>,
    #[serde(default)]
    gradient: GradientSource,
    starts: Option<Vec<String>>,
}

/// Fewest and most, or one number for both.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Range {
    #[default]
    Any,
    One(usize),
    Between(usize, usize),
}

impl Range {
    fn or(self, any: (usize, usize)) -> (usize, usize) {
        match self {
            Self::Any => any,
            Self::One(number) => (number, number),
            Self::Between(fewest, most) => (fewest, most),
        }
    }

    fn check(self, what: &str, fewest: usize) -> Result<()> {
        let (from, to) = self.or((fewest, usize::MAX));
        if fewest <= from && from <= to {
            return Ok(());
        }
        Err(Error::OutOfRange {
            what: what.into(),
            value: format!("[{from}, {to}]"),
            range: format!("a number or [fewest, most], from {fewest} on"),
        })
    }
}

/// The activations of a program that declares none: those that there were when the first programs
/// were written, which go on unchanged. For the same reason a program that declares no losses is
/// asked for none that couples the outputs.
const UNDECLARED: [Activation; 4] =
    [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity];

fn networks_of(hello: &Hello) -> Result<Networks> {
    if let Some(widths) = &hello.widths {
        check_fixed(widths)?;
    }
    hello.hidden_layers.check("hidden-layers", 0)?;
    for (what, range) in
        [("hidden-units", hello.hidden_units), ("inputs", hello.inputs), ("outputs", hello.outputs)]
    {
        range.check(what, 1)?;
    }
    let any = Sizes::default();
    let activation = |name: &String| parse_name::<Activation>("activation", name);
    let loss = |name: &String| parse_name::<Loss>("loss", name);
    let sizes = Sizes {
        hidden_layers: hello.hidden_layers.or(any.hidden_layers),
        hidden_units: hello.hidden_units.or(any.hidden_units),
        inputs: hello.inputs.or(any.inputs),
        outputs: hello.outputs.or(any.outputs),
    };
    check_smallest(&sizes)?;
    let losses: Vec<Loss> = match &hello.losses {
        Some(names) => names.iter().map(loss).collect::<Result<_>>()?,
        None => Loss::VARIANTS.iter().copied().filter(|it| !it.couples_outputs()).collect(),
    };
    let fixed = hello.widths.as_ref().and_then(|widths| widths.last().copied());
    check_outputs(&losses, fixed.unwrap_or(sizes.outputs.1))?;
    Ok(Networks {
        hidden: match &hello.activations {
            Some(names) => names.iter().map(activation).collect::<Result<_>>()?,
            None => UNDECLARED.to_vec(),
        },
        mixed_activations: hello.mixed_activations,
        losses,
        widths: hello.widths.clone(),
        sizes,
    })
}

/// Refuses losses all of which need more outputs than a program has.
fn check_outputs(losses: &[Loss], given: usize) -> Result<()> {
    match losses {
        [loss, ..] if losses.iter().all(|it| it.least_outputs() > given) => {
            let needed = loss.least_outputs();
            Err(Error::TooFewOutputs { loss: loss.to_string(), given, needed })
        }
        _ => Ok(()),
    }
}

fn declaration_of(hello: &Hello) -> Result<Declaration> {
    check_training(hello.decay, hello.momentum)?;
    if let Some(size) = hello.batch_size {
        within("batch-size", size as f64, "1 or more", size > 0)?;
        let given = hello.gradient == GradientSource::Given;
        within("batch-size", size as f64, "absent where the gradient is from training", given)?;
    }
    Ok(Declaration {
        loss_scale: hello.loss_scale,
        biases: hello.biases,
        l2: hello.l2,
        decay: hello.decay,
        momentum: hello.momentum.map(|beta| Momentum { beta, form: hello.momentum_form }),
        batch_size: hello.batch_size,
        gradient: hello.gradient,
        loss_form: LossForm::default(),
    })
}

/// Whether decay and momentum are such.
///
/// # Errors
/// A decay that is negative or not finite, a momentum outside \[0, 1).
pub(crate) fn check_training(decay: f64, momentum: Option<f64>) -> Result<()> {
    within("decay", decay, "0 or more", decay >= 0.0 && decay.is_finite())?;
    momentum
        .map_or(Ok(()), |beta| within("momentum", beta, "in [0, 1)", (0.0..1.0).contains(&beta)))
}

fn within(what: &str, value: f64, range: &str, is_within: bool) -> Result<()> {
    if is_within {
        return Ok(());
    }
    Err(Error::OutOfRange { what: what.into(), value: value.to_string(), range: range.into() })
}
