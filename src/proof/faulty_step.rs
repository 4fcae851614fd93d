//! A hand-written copy of one step (one hidden layer, tanh, cross-entropy) to plant faults in.
//!
//! Without a fault it is the shipped step, term for term, which a test asserts.

use super::inductive_step::Step;
use super::symbols::free_rate;
use crate::scalar::Term;
use crate::{Batch, Forward, Gradient, LayerGradient, Network, Parameters, Scalar};
use ndarray::{Array2, ArrayView2};
use num_traits::{One, Zero};

/// One planted error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// dz1 has the wrong sign.
    WrongSign,
    /// The deltas of units 0 and 1 are exchanged.
    SwappedDeltas,
    /// Every product sums from the last term to the first.
    EveryRowReversed,
    /// The last row of every product sums from the last term to the first.
    LastRowReversed,
    /// No delta reaches the hidden layer.
    NoBackflow,
    /// A product skips the weights that are zero.
    AsksWhetherZero,
}

impl Fault {
    /// Those that print another step; [`Fault::AsksWhetherZero`] shows in its questions only.
    pub(super) const ALL: [Self; 5] = [
        Self::WrongSign,
        Self::SwappedDeltas,
        Self::EveryRowReversed,
        Self::LastRowReversed,
        Self::NoBackflow,
    ];
}

fn product(fault: Option<Fault>, left: ArrayView2<Term>, right: ArrayView2<Term>) -> Array2<Term> {
    Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
        let mut order: Vec<usize> = (0..left.ncols()).collect();
        let is_last = i + 1 == left.nrows() && left.nrows() > 1;
        if fault == Some(Fault::EveryRowReversed)
            || (fault == Some(Fault::LastRowReversed) && is_last)
        {
            order.reverse();
        }
        if fault == Some(Fault::AsksWhetherZero) {
            order.retain(|&k| !left[[i, k]].is_zero());
        }
        order.iter().fold(Term::zero(), |sum, &k| left[[i, k]].mul_add(right[[k, j]], sum))
    })
}

pub(super) fn faulty_step(
    fault: Option<Fault>,
    network: &Network,
    start: &Parameters<Term>,
    batch: &Batch<Term>,
) -> Step {
    assert_eq!(network.depth(), 2);
    let m = Term::of(batch.m());
    let z1 = product(fault, start.w(1).view(), batch.x().view()) + start.b(1);
    let a1 = z1.mapv(Scalar::tanh);
    let z2 = product(fault, start.w(2).view(), a1.view()) + start.b(2);
    let y_hat = z2.mapv(Scalar::sigmoid);
    let dz2 = &y_hat - batch.y();
    let slope = a1.mapv(|a| Term::one() - a * a);
    let mut dz1 = product(fault, start.w(2).t(), dz2.view()) * &slope;
    if fault == Some(Fault::WrongSign) {
        dz1 = dz1.mapv(|dz| Term::zero() - dz);
    }
    if fault == Some(Fault::NoBackflow) {
        dz1.fill(Term::zero());
    }
    if fault == Some(Fault::SwappedDeltas) {
        for j in 0..batch.m() {
            dz1.swap([0, j], [1, j]);
        }
    }
    let layer = |dz: &Array2<Term>, a_below: &Array2<Term>| LayerGradient {
        dw: product(fault, dz.view(), a_below.t()).mapv(|sum| sum / m),
        db: Array2::from_shape_fn((dz.nrows(), 1), |(i, _)| {
            dz.row(i).iter().fold(Term::zero(), |sum, &dz| sum + dz) / m
        }),
    };
    let gradient = Gradient { layers: vec![layer(&dz1, batch.x()), layer(&dz2, &a1)] };
    let after = start.descend(&gradient, free_rate()).expect("one gradient for each parameter");
    Step { forward: Forward { z: vec![z1, z2], a: vec![a1, y_hat] }, gradient, after }
}
