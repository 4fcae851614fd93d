//! The update of a step is the derivative of the specification, exactly, over a prime field.
//!
//! A polynomial identity test (Schwartz 1980; Zippel 1979): along a random direction d, the change
//! of the parameters has to be −α times the derivative of the specification's loss. Equality at
//! random residues and functions means equality as formulas, but for a chance of about
//! degree / 2^61 for each key; for ReLU, of the pattern of signs that the key draws.

use super::{Proof, name_of};
use crate::{Batch, Dual, Fp, Network, Parameters, Result, parameters_from, specification_of};
use ndarray::Array2;
use num_traits::Zero;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A key draws the functions; of one with a kink, which a mixed network may have, it draws only
/// which numbers count as positive.
pub(super) fn keys(network: &Network) -> u64 {
    if network.shared_activation().is_none_or(|g| g.has_kink()) { 64 } else { 2 }
}

/// See [`super::Statement::UpdateIsTheDerivative`].
pub(super) fn prove(network: &Network, examples: usize) -> Result<Proof> {
    prove_of(Network::step, network, examples)
}

/// A step of gradient descent at a rate.
type Step = fn(&Network, &Parameters<Fp>, &Batch<Fp>, Fp) -> Result<Parameters<Fp>>;

fn prove_of(step: Step, network: &Network, examples: usize) -> Result<Proof> {
    let mut proof = Proof::default();
    for key in 1..=keys(network) {
        let (moved, expected) = along_a_direction(step, network, examples, key)?;
        proof.runs += 1;
        proof.require(
            // along a direction in which nothing moves nothing would be shown
            moved == expected && !moved.is_zero(),
            || {
                let of = format!("{}, key {key}", name_of(network, examples));
                (of, "a step moves along the derivative of the specification".into())
            },
            || format!("along a direction it moves by {moved:?} instead of {expected:?}"),
        );
    }
    Ok(proof)
}

/// Σ d·(θ − θ') over all parameters, as the network moves them, and α·∂J/∂d of the specification.
fn along_a_direction(step: Step, network: &Network, examples: usize, key: u64) -> Result<(Fp, Fp)> {
    let mut random = ChaCha20Rng::seed_from_u64(key);
    let mut free = || Fp::new(random.random(), key);
    let count = Network::count_parameters(network.widths());
    let parameters: Vec<Fp> = (0..count).map(|_| free()).collect();
    let direction: Vec<Fp> = (0..count).map(|_| free()).collect();
    let (n_x, n_y) = (network.widths()[0], network.widths()[network.depth()]);
    let x = Array2::from_shape_simple_fn((n_x, examples), &mut free);
    let y = Array2::from_shape_simple_fn((n_y, examples), &mut free);
    let (batch, rate) = (Batch::new(x, y)?, free());

    let start = parameters_from(network, &parameters)?;
    let after = step(network, &start, &batch, rate)?;
    let moves = start.entries().zip(after.entries()).map(|(before, after)| before - after);
    let moved = moves.zip(&direction).fold(Fp::zero(), |sum, (by, &d)| sum + d * by);

    let lifted = parameters.iter().zip(&direction);
    let lifted: Vec<Dual<Fp>> =
        lifted.map(|(&value, &derivative)| Dual { value, derivative }).collect();
    let loss = specification_of(network).mean_loss(&lifted, &batch.map(Dual::constant))?;
    Ok((moved, rate * loss.derivative))
}

#[cfg(test)]
mod tests {
    use super::{prove, prove_of};
    use crate::proof::ProofStatus;
    use crate::{Activation, Loss, Network};

    #[test]
    fn relu_is_asked_at_many_patterns_of_signs_and_the_others_at_two_keys() {
        for (hidden, keys) in [(Activation::Tanh, 2), (Activation::Relu, 64)] {
            let network = Network::new(&[2, 2, 1], hidden, Loss::CrossEntropy).unwrap();
            let proof = prove(&network, 2).unwrap();
            assert_eq!(
                (proof.verdict(), proof.runs, proof.obligations),
                (ProofStatus::Proved, keys, keys)
            );
        }
    }

    #[test]
    fn a_step_twice_as_long_and_a_step_that_stays_are_not_the_derivative() {
        let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let long = prove_of(|n, start, batch, rate| n.step(start, batch, rate + rate), &network, 2);
        let staying = prove_of(|_, start, _, _| Ok(start.clone()), &network, 2);
        for wrong in [long, staying] {
            let wrong = wrong.unwrap();
            assert_eq!((wrong.verdict(), wrong.obligations), (ProofStatus::Failed, 1));
        }
    }
}
