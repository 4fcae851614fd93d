//! Zero stays zero where g(0) = 0: with everything +0 but the last bias, a step changes nothing
//! else, so by induction no step ever does.
//!
//! Over free terms 0·x is a term like any other, so the network runs over [`ZeroOrAny`] instead.

use super::{Proof, name_of};
use crate::scalar::ZeroOrAny;
use crate::{Batch, Network, Parameters, Result, Weights};
use ndarray::Array2;

/// Everything +0 to the bit, except that the bias of the output is any finite number.
fn invariant(network: &Network) -> Result<Parameters<ZeroOrAny>> {
    // the base case: the shipped zero start satisfies the invariant
    let mut state = network.initialise(Weights::Zeros, 0)?.map(ZeroOrAny::of_number);
    if let Some(output) = state.layers.last_mut() {
        output.b.fill(ZeroOrAny::Any);
    }
    Ok(state)
}

/// See [`super::Statement::ZeroTrajectory`].
pub(super) fn prove(network: &Network, examples: usize) -> Result<Proof> {
    let (n_x, n_y) = (network.widths()[0], network.widths()[network.depth()]);
    let any = |rows| Array2::from_elem((rows, examples), ZeroOrAny::Any);
    let batch = Batch::new(any(n_x), any(n_y))?;
    let state = invariant(network)?;
    let after = network.step(&state, &batch, ZeroOrAny::Any)?;
    let mut proof = Proof { runs: 1, ..Proof::default() };
    for (l, layer) in (1..).zip(&after.layers) {
        let biases = (l < network.depth()).then_some((format!("b{l}"), &layer.b));
        for (name, matrix) in [(format!("w{l}"), &layer.w)].into_iter().chain(biases) {
            for ((i, k), &entry) in matrix.indexed_iter() {
                proof.require(
                    entry == ZeroOrAny::PositiveZero,
                    || (name_of(network, examples), format!("{name}[{i}, {k}] stays +0")),
                    || format!("after a step it is {entry:?}"),
                );
            }
        }
    }
    Ok(proof)
}
