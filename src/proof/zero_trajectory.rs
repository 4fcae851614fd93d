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
    prove_from(&invariant(network)?, network, examples)
}

fn prove_from(state: &Parameters<ZeroOrAny>, network: &Network, examples: usize) -> Result<Proof> {
    let (n_x, n_y) = (network.widths()[0], network.widths()[network.depth()]);
    let any = |rows| Array2::from_elem((rows, examples), ZeroOrAny::Any);
    let batch = Batch::new(any(n_x), any(n_y))?;
    let after = network.step(state, &batch, ZeroOrAny::Any)?;
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

#[cfg(test)]
mod tests {
    use super::{invariant, prove, prove_from};
    use crate::proof::ProofStatus;
    use crate::scalar::ZeroOrAny;
    use crate::{Activation, Loss, Network};

    fn network(hidden: Activation) -> Network {
        Network::new(&[2, 3, 1], hidden, Loss::CrossEntropy).unwrap()
    }

    #[test]
    fn only_the_bias_of_the_output_may_move_and_it_does() {
        let network = network(Activation::Tanh);
        let state = invariant(&network).unwrap();
        let moving = state.entries().filter(|&entry| entry == ZeroOrAny::Any).count();
        assert_eq!((moving, state.b(2)[[0, 0]]), (1, ZeroOrAny::Any));
        let proof = prove(&network, 2).unwrap();
        assert_eq!((proof.verdict(), proof.obligations), (ProofStatus::Proved, 6 + 3 + 3));
    }

    #[test]
    fn a_sigmoid_network_moves_its_output_weights() {
        let failure = prove(&network(Activation::Sigmoid), 2).unwrap().failure.unwrap();
        assert_eq!(
            failure.to_string(),
            "2-3-1 sigmoid cross-entropy, 2 examples: w2[0, 0] stays +0, \
             but after a step it is Any"
        );
    }

    #[test]
    fn no_part_of_the_invariant_is_idle() {
        // Where one zero is any number instead, some zero is lost.
        let network = network(Activation::Tanh);
        let state = invariant(&network).unwrap();
        let mut dropped = 0;
        for layer in 0..2 {
            for entry in 0..state.layers[layer].w.len() {
                let mut state = state.clone();
                let entry = state.layers[layer].w.iter_mut().nth(entry).unwrap();
                *entry = ZeroOrAny::Any;
                let proof = prove_from(&state, &network, 2).unwrap();
                assert_eq!(proof.verdict(), ProofStatus::Failed);
                dropped += 1;
            }
        }
        let mut state = state.clone();
        state.layers[0].b.fill(ZeroOrAny::Any);
        assert_eq!(prove_from(&state, &network, 2).unwrap().verdict(), ProofStatus::Failed);
        assert_eq!(dropped, 6 + 3);
    }
}
