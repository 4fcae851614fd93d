//! The base case: zero and constant starts make every two units of a hidden layer twins.
//!
//! The shipped initialiser is run in floats and each number is then replaced by a symbol of its
//! bits, so that what is compared is which entries are the same and not what they are.

use super::inductive_step::pairs;
use super::{Proof, name_of};
use crate::scalar::Term;
use crate::symmetry::are_twins;
use crate::{Biases, Network, Result, Start, Weights};

/// Numbers without anything in common; the initialiser copies a constant whatever it is.
const CONSTANTS: [f64; 3] = [0.0, -0.75, 1.5];

/// See [`super::Statement::BaseCase`].
pub(super) fn prove(network: &Network, examples: usize) -> Result<Proof> {
    let mut proof = Proof::default();
    let weights = CONSTANTS.map(Weights::Constant).into_iter().chain([Weights::Zeros]);
    for weights in weights {
        for biases in [Biases::Zeros, Biases::Constant(0.25)] {
            let start = network.initialise(Start { weights, biases }, 0)?;
            let start = start.map(|entry| Term::symbol(format!("bits {:x}", entry.to_bits())));
            proof.runs += 1;
            for pair in pairs(network) {
                let twins = are_twins(&start, pair.layer, pair.first, pair.second)?;
                proof.require(
                    twins,
                    || (name_of(network, examples), format!("{pair} start as twins")),
                    || format!("from {weights} with biases {biases:?} they differ"),
                );
            }
        }
    }
    Ok(proof)
}
