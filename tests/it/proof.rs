//! The symbolic proofs: of every small network, of one large pair, and where there is nothing to
//! prove; and the traces that `proofs/` compares with its model are the ones the code prints today.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry::proof::{
    Pair, ProofStatus, Statement, networks_up_to, pairs, prove_all, rocq_trace,
};
use init_symmetry::{Activation, Error, Loss, Network};
use std::path::{Path, PathBuf};
use strum::VariantArray;

const EXAMPLES: usize = 2;
/// Of up to 4 layers of width up to 3.
const SHAPES: usize = 9 + 27 + 81 + 243;
/// Of those, with a hidden layer of two or more units.
const SHAPES_WITH_PAIRS: usize = 9 * (3 - 1) + 9 * (9 - 1) + 9 * (27 - 1);
/// Pairs of units in all shapes: 0, 1 or 3 in each hidden layer.
const PAIRS: usize = 9 * 4 + 2 * 27 * 4 + 3 * 81 * 4;

/// How often something is counted that is there as often with one, two and three outputs: of so
/// many in all shapes, one of each loss that the outputs allow.
fn with_losses(in_all_shapes: usize) -> usize {
    let losses: usize = (1..=3).map(|outputs| Loss::of_outputs(outputs).count()).sum();
    in_all_shapes / 3 * losses
}

/// The same with every activation.
fn with_kinds(in_all_shapes: usize) -> usize {
    with_losses(in_all_shapes) * Activation::VARIANTS.len()
}

fn network(widths: &[usize]) -> Network {
    Network::new(widths, Activation::Tanh, Loss::CrossEntropy).unwrap()
}

#[track_caller]
fn assert_proved(statement: Statement, shapes: usize, runs: usize) {
    let proof = prove_all(statement, &networks_up_to(4, 3).unwrap(), EXAMPLES).unwrap();
    assert_eq!((proof.verdict(), proof.failure), (ProofStatus::Proved, None));
    assert_eq!((proof.shapes.len(), proof.runs), (shapes, runs));
    assert!(proof.obligations >= runs);
}

#[test]
fn twins_stay_twins_for_all_values_in_every_small_network() {
    assert_proved(Statement::InductiveStep, SHAPES_WITH_PAIRS, with_kinds(PAIRS));
}

#[test]
fn untwinning_any_one_entry_separates_the_gradients_in_every_small_network() {
    // row, bias and column: 2 + 1 + 2 entries on average; a pair below a softmax has a column of 2
    // or 3, which is one entry more in all
    let pairs_below_outputs_of_one_width = (3 + 9 + 27) * 4;
    let more = pairs_below_outputs_of_one_width * Activation::VARIANTS.len();
    let runs = with_kinds(PAIRS) * 5 + more;
    assert_proved(Statement::UntwinnedControl, SHAPES_WITH_PAIRS, runs);
}

#[test]
fn training_is_the_step_repeated_in_every_small_network() {
    assert_proved(Statement::TrainingRepeatsTheStep, SHAPES, with_kinds(SHAPES));
}

#[test]
fn equal_starts_make_twins_in_every_small_network() {
    let starts = 8;
    assert_proved(Statement::BaseCase, SHAPES_WITH_PAIRS, with_kinds(SHAPES_WITH_PAIRS) * starts);
}

#[test]
fn zero_stays_zero_in_every_small_network_with_a_hidden_layer_and_no_sigmoid() {
    let with_hidden_layer = SHAPES - 9;
    let vanishing = Activation::VARIANTS.iter().filter(|g| g.vanishes_at_zero()).count();
    let networks = with_losses(with_hidden_layer) * vanishing;
    assert_proved(Statement::ZeroTrajectory, with_hidden_layer, networks);
}

#[test]
fn the_kernel_is_uniform_at_every_product_of_every_small_network() {
    // sizes n×k times k×2 (forward and back) and n×2 times 2×k (dW), the same where k = 2; in 16
    // pairs of layouts, and sums of 9 sizes in 2; and 8 sizes around the blocks of floats, with
    // few registers and with many, and sums of 7 sizes beside 3 products
    assert_proved(Statement::UniformKernel, 15 + 8, (15 + 2 * 8) * 16 + (9 + 2 * 7 * 3) * 2);
}

#[test]
fn the_update_is_the_derivative_of_the_specification_in_every_small_network() {
    // each key draws the signs that a kink asks for
    let keys = |g: &Activation| if g.has_kink() { 64 } else { 2 };
    let keys: usize = Activation::VARIANTS.iter().map(keys).sum();
    assert_proved(Statement::UpdateIsTheDerivative, SHAPES, with_losses(SHAPES) * keys);
}

#[test]
fn a_pair_of_a_large_network_is_proved_whichever_unit_comes_first() {
    let network = network(&[16, 64, 1]);
    for (first, second) in [(3, 60), (63, 0)] {
        let pair = Pair { layer: 1, first, second };
        let proof = Statement::InductiveStep.prove_pair(&network, 32, pair).unwrap();
        assert_eq!(proof.verdict(), ProofStatus::Proved);
        // z, a: 32 each; row 16, bias, column: twice; and no question asked
        assert_eq!(proof.obligations, 32 + 32 + 2 * (16 + 1 + 1) + 1);
        assert!(proof.terms > 50_000, "{}", proof.terms);
    }
}

#[test]
fn nothing_to_prove_is_vacuous_and_not_proved() {
    let without_pairs = [network(&[3, 1]), network(&[3, 1, 1])];
    for statement in [Statement::InductiveStep, Statement::UntwinnedControl, Statement::BaseCase] {
        for network in &without_pairs {
            assert_eq!(pairs(network).count(), 0);
            assert!(!statement.is_about(network));
            assert_eq!(statement.prove(network, 1).unwrap().verdict(), ProofStatus::Vacuous);
        }
        let proof = prove_all(statement, &without_pairs, 1).unwrap();
        assert_eq!((proof.verdict(), proof.shapes.len()), (ProofStatus::Vacuous, 0));
    }
}

#[test]
fn logistic_regression_does_move_from_zero() {
    // Without a hidden layer the weights see the inputs, so zero does not stay zero.
    let network = network(&[2, 1]);
    assert!(!Statement::ZeroTrajectory.is_about(&network));
    let proof = Statement::ZeroTrajectory.prove(&network, 1).unwrap();
    assert_eq!(proof.verdict(), ProofStatus::Failed);
}

#[test]
fn bad_requests_are_refused_before_anything_is_run() {
    let small = network(&[2, 3, 1]);
    let of_pair = |layer, first, second| {
        let pair = Pair { layer, first, second };
        Statement::InductiveStep.prove_pair(&small, 1, pair).unwrap_err().to_string()
    };
    assert_eq!(of_pair(2, 0, 1), "hidden layer 2 does not exist (count: 1)");
    assert_eq!(of_pair(1, 0, 3), "units are numbered from 0: unit 3 does not exist (count: 3)");
    assert_eq!(
        of_pair(1, 2, 2),
        "the second unit of a pair is 2 but has to be different from the first"
    );
    for &statement in Statement::VARIANTS {
        assert_eq!(statement.prove(&small, 0), Err(Error::NoExamples), "{statement}");
        let large = statement.prove(&network(&[784, 128, 1]), 1000);
        assert!(matches!(large, Err(Error::TooLarge { .. })), "{statement}");
    }
    assert!(matches!(rocq_trace(&network(&[784, 128, 1]), 1000), Err(Error::TooLarge { .. })));
}

/// The network and number of examples in the first line of a trace.
fn described(first_line: &str) -> (Network, usize) {
    let (_, description) = first_line.split_once("shape ").unwrap();
    let fields: Vec<&str> = description.split(", ").collect();
    let widths: Vec<usize> = fields[0].split('-').map(|width| width.parse().unwrap()).collect();
    let examples = fields[1].strip_suffix(" examples").unwrap().parse().unwrap();
    let activation = Activation::VARIANTS.iter().find(|g| g.facts().rocq_name == fields[2]);
    let loss = Loss::VARIANTS.iter().find(|loss| loss.rocq_name() == fields[3]);
    (Network::new(&widths, *activation.unwrap(), *loss.unwrap()).unwrap(), examples)
}

/// Every activation with every loss, each with its file, at a shape with two hidden layers of
/// several units and two outputs.
fn one_trace_of_each_pair(folder: &Path) -> Vec<(PathBuf, Network)> {
    let mut traces = Vec::new();
    for &g in Activation::VARIANTS {
        for &loss in Loss::VARIANTS {
            let name = format!("trace_2_3_2_2_{g}_{loss}.v").replace('-', "_");
            traces.push((folder.join(name), Network::new(&[2, 3, 2, 2], g, loss).unwrap()));
        }
    }
    traces
}

#[test]
fn the_traces_that_the_prover_checks_are_what_the_shipped_code_prints_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/tie");
    let blessing = std::env::var_os("INIT_SYMMETRY_BLESS").is_some();
    for (path, network) in one_trace_of_each_pair(&folder) {
        if blessing && !path.exists() {
            std::fs::write(&path, rocq_trace(&network, EXAMPLES).unwrap()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let name = path.display();
        assert!(!committed.is_empty(), "there is no {name}: cargo run -p xtask -- bless");
        assert_eq!(described(committed.lines().next().unwrap()), (network, EXAMPLES), "{name}");
    }
    let mut shapes = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "v") {
            let committed = std::fs::read_to_string(&path).unwrap();
            let (network, examples) = described(committed.lines().next().unwrap());
            let printed = rocq_trace(&network, examples).unwrap();
            if blessing {
                std::fs::write(&path, printed).unwrap();
            } else {
                let name = path.display();
                assert!(committed == printed, "{name} is stale: cargo run -p xtask -- bless");
            }
            shapes.push(network.widths().to_vec());
        }
    }
    for needed in [&[1, 1, 1][..], &[2, 2, 1], &[3, 4, 1]] {
        assert!(shapes.iter().any(|shape| shape == needed), "no trace of {needed:?}");
    }
}
