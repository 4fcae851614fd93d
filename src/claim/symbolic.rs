//! Evidence from symbolic runs of the shipped network: all values, at listed shapes.

use super::{Evidence, Finding, Kind, Shown, Side};
use crate::Result;
use crate::proof::{ProofStatus, Statement, networks_up_to, prove_all};
use crate::property::{Config, Profile};

pub(super) const TWINS_BEFORE_A_STEP_ARE_TWINS_AFTER_IT: Evidence = Evidence {
    kind: Kind::Symbolic,
    side: Side::True,
    what: "the inductive step: every pair of twins, everything else free",
    run: |_, config| prove(Statement::InductiveStep, config),
};

pub(super) const TRAINING_REPEATS_THE_STEP: Evidence = Evidence {
    kind: Kind::Symbolic,
    side: Side::True,
    what: "training is the step, repeated",
    run: |_, config| prove(Statement::TrainingRepeatsTheStep, config),
};

pub(super) const EQUAL_STARTS_ARE_TWINS: Evidence = Evidence {
    kind: Kind::Sampled,
    side: Side::True,
    what: "the base case: the shipped zero and constant starts, at listed constants",
    run: |_, config| prove(Statement::BaseCase, config),
};

pub(super) const THE_KERNEL_IS_UNIFORM: Evidence = Evidence {
    kind: Kind::Symbolic,
    side: Side::True,
    what: "every entry of a product is one function of its row and column",
    run: |_, config| prove(Statement::UniformKernel, config),
};

pub(super) const ZERO_STAYS_ZERO: Evidence = Evidence {
    kind: Kind::Symbolic,
    side: Side::True,
    what: "from zero, where g(0) = 0, only the last bias ever moves",
    run: |_, config| prove(Statement::ZeroTrajectory, config),
};

fn prove(statement: Statement, config: &Config) -> Result<Finding> {
    let (layers, width) = if config.profile == Profile::Quick { (2, 2) } else { (3, 3) };
    let proof = prove_all(statement, &networks_up_to(layers, width)?, 2)?;
    let numbers = format!(
        "{} obligations at {} shapes of up to {layers} layers of width {width}, all activations \
         and losses, 2 examples",
        proof.obligations,
        proof.shapes.len()
    );
    let mut finding =
        Finding::new(proof.verdict() == ProofStatus::Proved, proof.obligations, numbers);
    if let Some(failure) = proof.failure {
        finding.shown = Shown::No(failure.to_string());
    }
    Ok(finding)
}
