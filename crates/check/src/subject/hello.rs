//! What a program says of itself at the start, and what is wrong with it.
//!
//! Start reading at [`Hello`]; docs/PROTOCOL.md has every field.

use super::convention::{check_fixed, check_smallest};
use super::{
    Ability, BiasUse, Declaration, Examples, GradientSource, LossForm, Momentum, MomentumForm,
    Networks, Precision, Scale, Sizes, WeightRows,
};
use init_symmetry_network::{Activation, Error, Loss, Result, parse_name};
use serde::Deserialize;
use strum::VariantArray;

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
    pub(super) name: Option<String>,
    pub(super) activations: Option<Vec<String>>,
    #[serde(default, rename = "mixed-activations")]
    pub(super) mixed_activations: bool,
    pub(super) losses: Option<Vec<String>>,
    pub(super) widths: Option<Vec<usize>>,
    #[serde(default, rename = "hidden-layers")]
    pub(super) hidden_layers: Range,
    #[serde(default, rename = "hidden-units")]
    pub(super) hidden_units: Range,
    #[serde(default)]
    pub(super) inputs: Range,
    #[serde(default)]
    pub(super) outputs: Range,
    #[serde(default)]
    pub(super) precision: Precision,
    #[serde(default)]
    pub(super) examples: Examples,
    #[serde(default, rename = "weight-rows")]
    pub(super) weight_rows: WeightRows,
    #[serde(default)]
    pub(super) parameters: Layout,
    #[serde(default)]
    pub(super) abilities: Vec<Ability>,
    #[serde(rename = "loss-scale")]
    pub(super) loss_scale: Option<Scale>,
    #[serde(default)]
    pub(super) biases: BiasUse,
    pub(super) l2: Option<Scale>,
    #[serde(default)]
    pub(super) decay: f64,
    pub(super) momentum: Option<f64>,
    #[serde(default, rename = "momentum-form")]
    pub(super) momentum_form: MomentumForm,
    #[serde(rename = "batch-size")]
    pub(super) batch_size: Option<usize>,
    #[serde(default)]
    pub(super) gradient: GradientSource,
    pub(super) starts: Option<Vec<String>>,
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

pub(super) fn networks_of(hello: &Hello) -> Result<Networks> {
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

pub(super) fn declaration_of(hello: &Hello) -> Result<Declaration> {
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
