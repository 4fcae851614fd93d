//! What a program is asked, and how long its answer may be. The answers are in `answer.rs`.

use super::number::Number;
use init_symmetry_network::{Activation, Network};
use ndarray::Array2;
use serde::Serialize;

#[derive(Serialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub(super) enum Request {
    Hello {
        protocol: u32,
    },
    Evaluate(Question),
    Predict {
        network: Shape,
        parameters: Numbers,
        x: Rows,
    },
    Step {
        rate: Number,
        #[serde(flatten)]
        question: Question,
    },
    Train {
        rate: Number,
        steps: usize,
        #[serde(flatten)]
        question: Question,
    },
    Initialise {
        network: Shape,
        weights: &'static str,
        scale: Number,
        seed: u64,
    },
}

#[derive(Serialize)]
pub(super) struct Shape {
    widths: Vec<usize>,
    /// The activation of all hidden layers, if they have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<String>,
    /// That of each hidden layer, for a program that takes mixed ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    activations: Option<Vec<String>>,
    loss: String,
}

#[derive(Serialize)]
pub(super) struct Question {
    pub(super) network: Shape,
    pub(super) parameters: Numbers,
    pub(super) x: Rows,
    pub(super) y: Rows,
}

pub(super) type Rows = Vec<Vec<Number>>;

/// Parameters, layer by layer or in one list.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Numbers {
    Layers(Vec<LayerNumbers>),
    Flat(Vec<Number>),
}

#[derive(Serialize)]
pub(super) struct LayerNumbers {
    pub(super) w: Rows,
    pub(super) b: Rows,
}

/// How long an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// How many numbers are due.
    pub(super) numbers: usize,
    /// The longest line, in bytes.
    pub(super) bytes: usize,
}

/// Room for one number, in bytes: 25 are written for one that keeps every bit.
const ROOM_FOR_A_NUMBER: usize = 64;

/// Room for names, spaces, and fields that were not asked for, in bytes.
const ROOM_FOR_THE_REST: usize = 4 << 20;

impl Limit {
    /// The limit where so many numbers are due.
    pub(crate) fn of(numbers: usize) -> Self {
        let bytes = numbers.saturating_mul(ROOM_FOR_A_NUMBER).saturating_add(ROOM_FOR_THE_REST);
        Self { numbers, bytes }
    }
}

impl Request {
    /// How long the answer may be.
    pub(super) fn limit(&self) -> Limit {
        Limit::of(match self {
            Self::Hello { .. } => 0,
            Self::Evaluate(question) => 1 + question.network.parameters(),
            Self::Predict { network, x, .. } => {
                // the examples are the rows of x or its columns
                let most = x.len().max(x.first().map_or(0, Vec::len));
                network.widths.last().map_or(0, |n_y| n_y * most)
            }
            Self::Step { question, .. } => question.network.parameters(),
            Self::Train { steps, question, .. } => {
                question.network.parameters().saturating_mul(*steps)
            }
            Self::Initialise { network, .. } => network.parameters(),
        })
    }
}

impl Shape {
    /// What a program is told of a network, with the activations by layer or without.
    pub(super) fn of(network: &Network, by_layer: bool) -> Self {
        let names = || network.activations().iter().map(Activation::to_string).collect();
        Self {
            widths: network.widths().to_vec(),
            hidden: network.shared_activation().map(|g| g.to_string()),
            activations: by_layer.then(names),
            loss: network.loss.to_string(),
        }
    }

    /// How many parameters such a network has.
    fn parameters(&self) -> usize {
        self.widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }
}

pub(super) fn rows(matrix: &Array2<f64>) -> Rows {
    matrix.rows().into_iter().map(|row| row.iter().copied().map(Number).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use init_symmetry_network::{Activation, Loss, Network};

    fn asked(activations: &[Activation], by_layer: bool) -> String {
        let widths = [2, 4, 3, 1];
        let network = Network::with_activations(&widths, activations, Loss::CrossEntropy).unwrap();
        serde_json::to_string(&Shape::of(&network, by_layer)).unwrap()
    }

    #[test]
    fn a_program_that_takes_no_mixed_activations_is_told_of_one() {
        let shared = r#"{"widths":[2,4,3,1],"hidden":"tanh","loss":"cross-entropy"}"#;
        assert_eq!(asked(&[Activation::Tanh; 2], false), shared);
    }

    #[test]
    fn a_program_that_takes_mixed_activations_is_told_of_each_as_its_page_says() {
        let mixed = asked(&[Activation::Tanh, Activation::Relu], true);
        assert!(include_str!("../../../../docs/PROTOCOL.md").contains(&mixed), "{mixed}");
        let shared = asked(&[Activation::Tanh; 2], true);
        let both = r#""hidden":"tanh","activations":["tanh","tanh"]"#;
        assert!(shared.contains(both), "{shared}");
    }
}
