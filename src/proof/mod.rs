//! Statements about the shipped network that one symbolic run proves for all values at a shape.
//!
//! The runs are over free terms, where equal terms are the same operations in the same order, over
//! what is known to be zero, and over a prime field; only the base case computes with floats.

mod base_case;
mod exact_gradient;
#[cfg(test)]
mod faulty_step;
mod inductive_step;
mod rocq;
mod statement;
mod symbols;
mod theorems;
mod training;
mod uniform_kernel;
mod work;
mod zero_trajectory;

pub use inductive_step::{Pair, pairs};
pub use rocq::rocq_trace;
pub use statement::{Statement, networks_up_to, prove_all};
pub use theorems::{Theorem, theorems};
pub use work::estimated_work;

use crate::scalar::{Term, confined, count};
use crate::{Error, Network, Result};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

/// What was proved, at which shapes, by how much work.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct Proof {
    /// The shapes at which there was something to prove: widths, input first; of the kernel, the
    /// rows, inner size and columns of products.
    pub shapes: BTreeSet<Vec<usize>>,
    /// Runs of the shipped code over another number system.
    pub runs: usize,
    /// Equations that had to hold.
    pub obligations: usize,
    /// Distinct terms that were built.
    pub terms: usize,
    /// Wall-clock time.
    pub elapsed: Duration,
    /// The first obligation that did not hold, after which no other was looked at.
    pub failure: Option<ProofFailure>,
}

/// An obligation that did not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofFailure {
    /// Where: the network and what was run on it.
    pub of: String,
    /// What should have held.
    pub obligation: String,
    /// The two sides, and where they part.
    pub because: String,
}

impl fmt::Display for ProofFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, but {}", self.of, self.obligation, self.because)
    }
}

/// What came of the obligations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum ProofStatus {
    /// There were obligations, and every one holds for all values.
    Proved,
    /// There was nothing to prove.
    Vacuous,
    /// An obligation does not hold as a term. Its values may still agree.
    Failed,
}

impl Proof {
    /// Proved only if there was something to prove and all of it held.
    pub fn verdict(&self) -> ProofStatus {
        match (&self.failure, self.obligations) {
            (Some(_), _) => ProofStatus::Failed,
            (None, 0) => ProofStatus::Vacuous,
            (None, _) => ProofStatus::Proved,
        }
    }

    /// Adds another proof to this one; the first failure stays.
    pub fn absorb(&mut self, other: Self) {
        self.shapes.extend(other.shapes);
        self.runs += other.runs;
        self.obligations += other.obligations;
        self.terms += other.terms;
        self.elapsed += other.elapsed;
        if self.failure.is_none() {
            self.failure = other.failure;
        }
    }

    /// Notes one obligation; `because` says why it does not hold, if so.
    fn require(
        &mut self,
        holds: bool,
        describe: impl FnOnce() -> (String, String),
        because: impl FnOnce() -> String,
    ) {
        if self.failure.is_some() {
            return;
        }
        self.obligations += 1;
        if !holds {
            let (of, obligation) = describe();
            self.failure = Some(ProofFailure { of, obligation, because: because() });
        }
    }

    /// Notes that two terms have to be the same one.
    fn require_same(
        &mut self,
        left: Term,
        right: Term,
        describe: impl FnOnce() -> (String, String),
    ) {
        self.require(left.same(right), describe, || how_they_differ(left, right));
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

fn how_they_differ(left: Term, right: Term) -> String {
    let parting = left.difference(right).map_or_else(String::new, |(left, right)| {
        format!("; they first differ at {left} and {right}")
    });
    format!("one is {left} and the other {right}{parting}")
}

fn name_of(network: &Network, examples: usize) -> String {
    let widths: Vec<String> = network.widths().iter().map(ToString::to_string).collect();
    let noun = if examples == 1 { "example" } else { "examples" };
    format!(
        "{} {} {}, {examples} {noun}",
        widths.join("-"),
        network.activation_names(),
        network.loss
    )
}

/// More terms than this are refused before memory runs out (about 2 GB).
const MOST_TERMS: usize = 1 << 24;

/// Refuses a symbolic run that would not fit into memory.
fn within_memory(network: &Network, examples: usize) -> Result<()> {
    if examples == 0 {
        return Err(Error::NoExamples);
    }
    let numbers = terms_of_a_step(network, examples);
    if numbers <= MOST_TERMS {
        return Ok(());
    }
    let what = format!("the symbolic run of {}", name_of(network, examples));
    Err(Error::TooLarge { what, numbers, limit: MOST_TERMS })
}

/// No fewer than the terms that a step builds.
fn terms_of_a_step(network: &Network, examples: usize) -> usize {
    // Three products per layer, each an operation per entry and example, and a handful of
    // operations per unit and example.
    let of_layer = |pair: &[usize]| {
        let products = pair[0].saturating_add(4).saturating_mul(pair[1]).saturating_mul(3);
        products.saturating_mul(examples.saturating_add(2))
    };
    network.widths().windows(2).map(of_layer).fold(0, usize::saturating_add)
}
