//! Two steps of `Network::train` are two single steps; that it goes on so is read off its loop.

use super::symbols::{free_batch, free_parameters, free_rate};
use super::{Proof, name_of};
use crate::{Network, Result};

const STEPS: usize = 2;

/// See [`super::Statement::TrainingRepeatsTheStep`].
pub(super) fn prove(network: &Network, examples: usize) -> Result<Proof> {
    let (start, batch, rate) =
        (free_parameters(network), free_batch(network, examples)?, free_rate());
    let mut observed = Vec::new();
    let end = network.train(&start, &batch, rate, STEPS, |_, parameters| {
        observed.push(parameters.clone());
    })?;
    observed.push(end);
    let mut expected = vec![start];
    for t in 0..STEPS {
        expected.push(network.step(&expected[t], &batch, rate)?);
    }
    expected.push(expected[STEPS].clone());
    let mut proof = Proof { runs: 1, ..Proof::default() };
    for (t, (trained, stepped)) in observed.iter().zip(&expected).enumerate() {
        for (entry, (left, right)) in trained.entries().zip(stepped.entries()).enumerate() {
            proof.require_same(left, right, || {
                let obligation =
                    format!("parameter {entry} after {t} steps of training and of step");
                (name_of(network, examples), obligation)
            });
        }
    }
    Ok(proof)
}
