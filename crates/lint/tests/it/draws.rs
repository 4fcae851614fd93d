//! Random tensors, and models made of them.

use init_symmetry_lint::{Finding, Findings, LiveTensors, Rules, UnitGroups, lint};
use init_symmetry_network::{Activation, Loss, Network, Weights};

/// Entries of a matrix (rows × columns) drawn by a scheme.
pub(crate) fn drawn(rows: usize, columns: usize, scheme: Weights, seed: u64) -> Vec<f64> {
    let network = Network::new(&[columns, rows], Activation::Relu, Loss::SquaredError).unwrap();
    network.initialise(scheme, seed).unwrap().w(1).iter().copied().collect()
}

/// A tensor drawn by He's scheme, its last axes together as inputs.
pub(crate) fn he(shape: &[usize], seed: u64) -> Vec<f64> {
    drawn(shape[0], shape[1..].iter().product(), Weights::He, seed)
}

/// Tensors by name, shape and entries.
pub(crate) fn tensors(all: &[(&str, &[usize], Vec<f64>)]) -> LiveTensors {
    let mut tensors = LiveTensors::default();
    for (name, shape, values) in all {
        tensors.insert(*name, shape, values.clone()).unwrap();
    }
    tensors
}

/// What the known patterns and default rules find.
pub(crate) fn found(tensors: &LiveTensors) -> Findings {
    lint(&mut tensors.clone(), &UnitGroups::default(), &Rules::default()).unwrap()
}

/// The same where the tensors are declared to be a start.
pub(crate) fn found_in_start(tensors: &LiveTensors, scheme: Option<Weights>) -> Findings {
    let rules = Rules { fresh: true, scheme, ..Rules::default() };
    lint(&mut tensors.clone(), &UnitGroups::default(), &rules).unwrap()
}

/// Findings as rule and place.
pub(crate) fn named(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)).collect()
}
