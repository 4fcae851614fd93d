//! Which blocks of a gradient are wrong together: all, those of hidden layers, every db, …
//!
//! Start reading at [`SCOPES`].

use super::claim::{Part, Place};

/// A set of blocks that a mistake may spoil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    layers: Layers,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layers {
    All,
    Hidden,
    Output,
    /// This layer, where it is a hidden one.
    Number(usize),
    /// Layer 1, whatever it is.
    First,
    BelowTopHidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Both,
    Weights,
    Biases,
}

/// Every scope, the simplest to say first.
pub(super) fn all() -> Vec<Scope> {
    let layers = [
        Layers::All,
        Layers::Output,
        Layers::Hidden,
        Layers::Number(1),
        Layers::First,
        Layers::Number(2),
        Layers::Number(3),
        Layers::BelowTopHidden,
    ];
    let kinds = [Kind::Both, Kind::Weights, Kind::Biases];
    layers.into_iter().flat_map(|layers| kinds.map(|kind| Scope { layers, kind })).collect()
}

/// The scopes of a mistake that no single block shows.
pub(super) fn broad() -> Vec<Scope> {
    let all = [Layers::All, Layers::Hidden, Layers::Output, Layers::Number(1)];
    let kinds = [Kind::Both, Kind::Weights, Kind::Biases];
    all.into_iter().flat_map(|layers| kinds.map(|kind| Scope { layers, kind })).collect()
}

impl Scope {
    pub(super) fn is_all(self) -> bool {
        self.layers == Layers::All && self.kind == Kind::Both
    }

    pub(super) fn holds(self, place: Place) -> bool {
        let Place { l, depth, is_bias } = place;
        let layer = match self.layers {
            Layers::All => true,
            Layers::Hidden => l < depth,
            Layers::Output => l == depth,
            Layers::Number(k) => l == k && l < depth,
            Layers::First => l == 1,
            Layers::BelowTopHidden => l + 1 < depth,
        };
        layer
            && match self.kind {
                Kind::Both => true,
                Kind::Weights => !is_bias,
                Kind::Biases => is_bias,
            }
    }

    /// What it is called, with its verb, as the beginning of a sentence.
    pub(super) fn subject(self, parts: &[&Part<'_>]) -> String {
        let Some(first) = parts.first() else { return "Nothing is".into() };
        let one_layer = parts.iter().all(|part| part.place.l == first.place.l);
        let number = match self.layers {
            Layers::Number(l) => Some(l),
            Layers::First => Some(1),
            _ if one_layer && self.layers != Layers::All => Some(first.place.l),
            _ => None,
        };
        if let Some(l) = number {
            return match self.kind {
                Kind::Both => format!("dW{l} and db{l} are"),
                Kind::Weights => format!("dW{l} is"),
                Kind::Biases => format!("db{l} is"),
            };
        }
        let of = match self.layers {
            Layers::Hidden => " of the hidden layers",
            Layers::Output => " of the output layer",
            Layers::BelowTopHidden => " below the top hidden layer",
            _ => "",
        };
        match (self.kind, self.layers) {
            (Kind::Both, _) => format!("The gradient{of} is"),
            (Kind::Weights, Layers::Output) => format!("dW{of} is"),
            (Kind::Biases, Layers::Output) => format!("db{of} is"),
            (Kind::Weights, _) => format!("Every dW{of} is"),
            (Kind::Biases, _) => format!("Every db{of} is"),
        }
    }
}
