//! What a program is asked, and how long its answer may be. The answers are in `answer.rs`.

use super::number::Number;
use init_symmetry_network::Network;
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
    hidden: String,
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
    pub(super) fn of(network: &Network) -> Self {
        let Network { hidden, loss, .. } = network;
        let widths = network.widths().to_vec();
        Self { widths, hidden: hidden.to_string(), loss: loss.to_string() }
    }

    /// How many parameters such a network has.
    fn parameters(&self) -> usize {
        self.widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }
}

pub(super) fn rows(matrix: &Array2<f64>) -> Rows {
    matrix.rows().into_iter().map(|row| row.iter().copied().map(Number).collect()).collect()
}
