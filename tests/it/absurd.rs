//! Arguments that nobody should give to the proofs: an answer, or an error that says what is wrong,
//! soon. The other crates have the like of their own functions.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry::dataset::shown;
use init_symmetry::proof::{
    Pair, ProofStatus, Statement, networks_up_to, pairs, prove_all, rocq_trace,
};
use init_symmetry::{Activation, Loss, Network};
use std::time::{Duration, Instant};
use strum::VariantArray;

/// Counts that are small, or larger than any memory.
const COUNTS: [usize; 8] = [0, 1, 2, 1 << 13, 1 << 26, 1 << 40, usize::MAX - 1, usize::MAX];

#[test]
fn a_list_of_all_networks_is_short_or_refused() {
    let kinds = Activation::VARIANTS.len();
    for layers in COUNTS {
        for width in COUNTS {
            match networks_up_to(layers, width) {
                Ok(networks) => {
                    assert!(networks.len() <= 1 << 22 && networks.len() % kinds == 0);
                    assert_eq!(networks.is_empty(), layers == 0 || width == 0);
                }
                Err(error) => assert!(error.to_string().contains("but the limit is"), "{error}"),
            }
        }
    }
    let refused = networks_up_to(30, 30).unwrap_err().to_string();
    let start = "the list of networks with up to 30 layers of width up to 30, the first ";
    assert!(refused.starts_with(start), "{refused}");
}

#[test]
fn a_proof_of_what_does_not_fit_or_is_not_there_is_refused() {
    let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let refused = |result: init_symmetry::Result<ProofStatus>| result.is_err();
    for &statement in Statement::VARIANTS {
        for examples in [0, 1 << 40, usize::MAX] {
            let proof = statement.prove(&network, examples).map(|proof| proof.verdict());
            assert!(refused(proof), "{statement}, {examples}");
            let of_none = prove_all(statement, &[], examples).unwrap();
            assert_eq!(of_none.verdict(), ProofStatus::Vacuous);
        }
        for layer in COUNTS {
            for (first, second) in COUNTS.into_iter().flat_map(|i| COUNTS.map(|k| (i, k))) {
                let pair = Pair { layer, first, second };
                let there = pairs(&network)
                    .any(|it| it == pair || it == Pair { layer, first: second, second: first });
                let proof = statement.prove_pair(&network, 1, pair).map(|proof| proof.verdict());
                assert_eq!(refused(proof), !there, "{statement}, {pair}");
            }
        }
    }
    for examples in [0, 1 << 40, usize::MAX] {
        assert!(rocq_trace(&network, examples).is_err());
    }
}

#[test]
fn what_is_shown_of_a_cell_is_one_short_line() {
    for cell in ["", "\0", "\r\n\t", "\u{1b}[2J", "\u{202e}", &"é".repeat(99), &"x".repeat(1 << 20)]
    {
        let shown = shown(cell);
        assert!(shown.chars().count() <= 41 && !shown.contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn a_network_with_more_pairs_than_memory_holds_is_refused_before_they_are_listed() {
    let network = Network::new(&[1, 1 << 24, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let start = Instant::now();
    for &statement in Statement::VARIANTS {
        assert!(statement.prove(&network, 1).is_err(), "{statement}");
    }
    assert!(start.elapsed() < Duration::from_secs(5));
}
