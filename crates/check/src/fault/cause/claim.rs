//! A gradient beside the one that is due, as a whole and block by block.
//!
//! Start reading at [`Claim`].

use super::sample::Sample;
use crate::property::Case;
use init_symmetry_network::{Evaluation, Gradient, LayerGradient};
use ndarray::Array2;
use std::fmt;

/// What is claimed of a case and what is due.
#[derive(Clone)]
pub(super) struct Claim<'a> {
    pub(super) case: &'a Case,
    pub(super) due: Evaluation<f64>,
    pub(super) given: Evaluation<f64>,
    /// How near two numbers have to be, relative to their size, to count as one.
    pub(super) relative: f64,
    /// The same in absolute terms: what rounding leaves where a block should be zero.
    pub(super) slack: f64,
}

/// One block of a claim.
pub(super) struct Part<'a> {
    pub(super) claim: &'a Claim<'a>,
    pub(super) place: Place,
    pub(super) due: &'a Array2<f64>,
    pub(super) given: &'a Array2<f64>,
}

/// Its name: dW1, db1, dW2, …
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_bias { "db" } else { "dW" }, self.l)
    }
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The layer, counted from 1.
    pub(super) l: usize,
    /// L, the number of layers.
    pub(super) depth: usize,
    pub(super) is_bias: bool,
}

pub(super) fn length(matrix: &Array2<f64>) -> f64 {
    matrix.iter().map(|entry| entry * entry).sum::<f64>().sqrt()
}

pub(super) fn dot(left: &Array2<f64>, right: &Array2<f64>) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

pub(super) fn length_of(gradient: &Gradient<f64>) -> f64 {
    gradient.entries().map(|entry| entry * entry).sum::<f64>().sqrt()
}

/// Whether every block has the shape of the other gradient's.
pub(super) fn same_shapes(left: &Gradient<f64>, right: &Gradient<f64>) -> bool {
    let dims = |gradient: &Gradient<f64>| -> Vec<_> {
        gradient.layers.iter().map(|LayerGradient { dw, db }| (dw.dim(), db.dim())).collect()
    };
    dims(left) == dims(right)
}

impl<'a> Claim<'a> {
    /// What a subject answered, if it can be compared at all.
    pub(super) fn of(sample: &'a Sample, relative: f64) -> Option<Self> {
        let given = sample.answer.as_ref().ok()?;
        let due = &sample.truth;
        let is_finite = given.gradient.entries().all(f64::is_finite) && given.loss.is_finite();
        if !is_finite || !same_shapes(&given.gradient, &due.gradient) {
            return None;
        }
        let slack = relative * length_of(&due.gradient);
        let case = &sample.case;
        Some(Self { case, due: due.clone(), given: given.clone(), relative, slack })
    }

    /// Whether a gradient is the given one.
    pub(super) fn is(&self, gradient: &Gradient<f64>) -> bool {
        let squares = self.given.gradient.entries().zip(gradient.entries());
        let distance = squares.map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
        same_shapes(&self.given.gradient, gradient)
            && distance <= self.slack + self.relative * length_of(gradient)
    }

    /// The same with another tolerance.
    pub(super) fn within(&self, relative: f64) -> Self {
        let slack = self.slack * (relative / self.relative);
        Self { relative, slack, ..self.clone() }
    }

    /// Whether what is given is what is due, block by block.
    pub(super) fn agrees(&self) -> bool {
        self.parts().iter().all(Part::agrees)
    }

    pub(super) fn m(&self) -> usize {
        self.case.batch.m()
    }

    /// Block by block: dw1, db1, dw2, …
    pub(super) fn parts(&self) -> Vec<Part<'_>> {
        let depth = self.due.gradient.layers.len();
        let both = self.due.gradient.layers.iter().zip(&self.given.gradient.layers);
        let parts = (1..).zip(both).flat_map(|(l, (due, given))| {
            let weights = Place { l, depth, is_bias: false };
            let biases = Place { is_bias: true, ..weights };
            [
                Part { claim: self, place: weights, due: &due.dw, given: &given.dw },
                Part { claim: self, place: biases, due: &due.db, given: &given.db },
            ]
        });
        parts.collect()
    }
}

impl Part<'_> {
    /// Whether a block is the given one.
    pub(super) fn is(&self, block: &Array2<f64>) -> bool {
        block.dim() == self.given.dim()
            && length(&(self.given - block))
                <= self.claim.slack + self.claim.relative * length(block)
    }

    pub(super) fn agrees(&self) -> bool {
        self.is(self.due)
    }

    /// W or b of the block.
    pub(super) fn parameters(&self) -> &Array2<f64> {
        let parameters = &self.claim.case.parameters;
        if self.place.is_bias { parameters.b(self.place.l) } else { parameters.w(self.place.l) }
    }
}
