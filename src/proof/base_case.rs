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
    let weights = CONSTANTS.map(Weights::Constant).into_iter().chain([Weights::Zeros]);
    let biases = [Biases::Zeros, Biases::Constant(0.25)];
    let starts = weights.flat_map(|weights| biases.map(|biases| Start { weights, biases }));
    prove_of(starts, network, examples)
}

fn prove_of(
    starts: impl Iterator<Item = Start>,
    network: &Network,
    examples: usize,
) -> Result<Proof> {
    let mut proof = Proof::default();
    for Start { weights, biases } in starts {
        let start = network.initialise(Start { weights, biases }, 0)?;
        let start = start.map(|entry| Term::symbol(format!("bits {:x}", entry.to_bits())));
        proof.runs += 1;
        for pair in pairs(network) {
            let twins = are_twins(&start, pair.layer, pair.first, pair.second)?;
            proof.require(
                twins,
                || (name_of(network, examples), format!("{pair} start as twins")),
                || format!("from {weights} with biases {biases:?} they are not"),
            );
        }
    }
    Ok(proof)
}

#[cfg(test)]
mod tests {
    use super::prove_of;
    use crate::proof::ProofStatus;
    use crate::{Activation, Biases, Loss, Network, Start, Weights};

    #[test]
    fn a_random_start_is_no_base_case_whether_weights_or_biases_are_random() {
        let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        for (weights, biases) in
            [(Weights::Normal(0.01), Biases::Zeros), (Weights::Zeros, Biases::Normal(0.01))]
        {
            let starts = [Start { weights, biases }].into_iter();
            assert_eq!(prove_of(starts, &network, 1).unwrap().verdict(), ProofStatus::Failed);
        }
    }
}
