//! The statements by name, each proved of one network or of every small one.

use super::inductive_step::{control_pair, pairs, prove_pair};
use super::{Pair, Proof, base_case, training, within_memory, zero_trajectory};
use crate::scalar::{confined, count};
use crate::{Activation, Error, Loss, Network, Result};
use std::time::Instant;
use strum::{Display, EnumString, VariantArray};

/// A statement about the shipped network, proved for all values at a shape.
///
/// ```
/// use init_symmetry::{Activation, Loss, Network, proof::{Statement, Verdict}};
/// let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let proof = Statement::InductiveStep.prove(&network, 2)?;
/// assert_eq!(proof.verdict(), Verdict::Proved);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantArray, strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// Units that are twins before a step have equal rows of Z, A, dW and db and equal columns of
    /// the next dW, and are twins after it; and the network asks no question about a value.
    InductiveStep,
    /// Where one entry of a twin's row, bias or outgoing column is free, its gradient is another
    /// expression than its twin's: no equality of the hypothesis is idle.
    UntwinnedControl,
    /// Training performs the step, again and again, and does nothing else to the parameters.
    TrainingRepeatsTheStep,
    /// Zero and constant starts make every two units of a hidden layer twins. Unlike the others
    /// this runs the shipped initialiser in floats, at listed constants.
    BaseCase,
    /// From zero every weight and hidden bias is +0, to the bit, at every step of every finite run;
    /// needs a hidden layer and g(0) = 0.
    ZeroTrajectory,
}

impl Statement {
    /// What is said of this network; a network of which nothing is said gets a vacuous proof.
    ///
    /// # Errors
    /// No examples, or a symbolic run that would not fit into memory.
    pub fn prove(self, network: &Network, examples: usize) -> Result<Proof> {
        self.prove_of(network, examples, pairs(network).collect())
    }

    /// What is said of one pair of units; where it is not about a pair, the same as
    /// [`Statement::prove`].
    ///
    /// # Errors
    /// As [`Statement::prove`], and a layer or unit that does not exist.
    pub fn prove_pair(self, network: &Network, examples: usize, pair: Pair) -> Result<Proof> {
        if !pairs(network).any(|known| known == pair) {
            let count = pairs(network).count();
            let what =
                format!("the pair of units {} and {} of hidden layer", pair.first, pair.second);
            return Err(Error::NoSuch { what, index: pair.layer, count });
        }
        self.prove_of(network, examples, vec![pair])
    }

    fn prove_of(self, network: &Network, examples: usize, pairs: Vec<Pair>) -> Result<Proof> {
        within_memory(network, examples)?;
        let start = Instant::now();
        let one_by_one = |prove: fn(&Network, usize, Pair) -> Result<Proof>| {
            let mut whole = Proof::default();
            for &pair in &pairs {
                whole.absorb(counted(|| prove(network, examples, pair))?);
            }
            Ok(whole)
        };
        let mut proof = match self {
            Self::InductiveStep => one_by_one(prove_pair),
            Self::UntwinnedControl => one_by_one(control_pair),
            Self::TrainingRepeatsTheStep => counted(|| training::prove(network, examples)),
            Self::BaseCase => counted(|| base_case::prove(network, examples)),
            Self::ZeroTrajectory => zero_trajectory::prove(network, examples),
        }?;
        if proof.obligations > 0 {
            proof.shapes.insert(network.widths().to_vec());
        }
        proof.elapsed = start.elapsed();
        Ok(proof)
    }

    /// Whether the statement claims anything of networks like this one.
    pub fn is_about(self, network: &Network) -> bool {
        match self {
            Self::InductiveStep | Self::UntwinnedControl | Self::BaseCase => {
                pairs(network).next().is_some()
            }
            Self::TrainingRepeatsTheStep => true,
            Self::ZeroTrajectory => network.depth() > 1 && network.hidden.value(0.0_f64) == 0.0,
        }
    }
}

/// Proves on a fresh set of terms, and counts them.
fn counted(prove: impl FnOnce() -> Result<Proof> + Send) -> Result<Proof> {
    confined(|| {
        let mut proof = prove()?;
        proof.terms = count();
        Ok(proof)
    })
}

/// Every network up to a size: all shapes, activations and losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The most layers with parameters.
    pub layers: usize,
    /// The widest layer, the input and output included.
    pub width: usize,
    /// Examples in the batch.
    pub examples: usize,
}

impl Default for Space {
    /// Up to 4 layers of width 3, with 2 examples: 360 shapes and 4,320 networks.
    fn default() -> Self {
        Self { layers: 4, width: 3, examples: 2 }
    }
}

impl Space {
    /// Every shape: widths, input first, the shallow ones first.
    pub fn shapes(&self) -> impl Iterator<Item = Vec<usize>> + use<> {
        let Self { layers, width, .. } = *self;
        let of_depth = move |depth: usize| {
            (0..width.pow(depth as u32 + 1)).map(move |mut number| {
                let mut digit = || {
                    let digit = number % width;
                    number /= width;
                    digit + 1
                };
                (0..=depth).map(|_| digit()).collect()
            })
        };
        (1..=layers).flat_map(of_depth)
    }

    /// Every network: every shape with every activation and loss.
    ///
    /// # Errors
    /// A width of 0.
    pub fn networks(&self) -> Result<Vec<Network>> {
        let mut networks = Vec::new();
        for shape in self.shapes() {
            for &hidden in Activation::VARIANTS {
                for &loss in Loss::VARIANTS {
                    networks.push(Network::new(&shape, hidden, loss)?);
                }
            }
        }
        Ok(networks)
    }
}

/// Proves a statement of every network of a space that it is about.
///
/// # Errors
/// No examples, or a symbolic run that would not fit into memory.
///
/// ```
/// use init_symmetry::proof::{Space, Statement, Verdict, sweep};
/// let proof = sweep(Statement::InductiveStep, Space { layers: 2, width: 2, examples: 1 })?;
/// assert_eq!((proof.verdict(), proof.shapes.len()), (Verdict::Proved, 4));
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn sweep(statement: Statement, space: Space) -> Result<Proof> {
    let mut whole = Proof::default();
    for network in space.networks()?.iter().filter(|network| statement.is_about(network)) {
        whole.absorb(statement.prove(network, space.examples)?);
        if whole.failure.is_some() {
            break;
        }
    }
    Ok(whole)
}
