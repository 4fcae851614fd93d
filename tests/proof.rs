//! The symbolic proofs: at every small shape, at one large one, and where they must fail.

use init_symmetry::proof::{Pair, Space, Statement, Verdict, sweep, uniform_kernel};
use init_symmetry::{Activation, Loss, Network};

fn network(widths: &[usize], hidden: Activation, loss: Loss) -> Network {
    Network::new(widths, hidden, loss).unwrap()
}

#[test]
fn every_statement_holds_of_every_network_up_to_4_layers_of_width_3() {
    // pairs of units in all shapes, times activations and losses; and so on
    let networks = 360 * 12;
    let pairs = 14_688;
    for (statement, runs) in [
        (Statement::InductiveStep, pairs),
        (Statement::TrainingRepeatsTheStep, networks),
        // 8 starts; shapes without a hidden layer of 2 or more units have no pair
        (Statement::BaseCase, 8 * 12 * (18 + 72 + 234)),
        (Statement::ZeroTrajectory, 351 * 9),
    ] {
        let proof = sweep(statement, Space::default()).unwrap();
        println!("{statement}: {:?} {} {:?}", proof.verdict(), proof.obligations, proof.elapsed);
        assert_eq!((proof.verdict(), &proof.failure), (Verdict::Proved, &None), "{statement}");
        assert_eq!(proof.runs, runs, "{statement}");
    }
}

#[test]
fn timing() {
    for (statement, pair) in [
        (Statement::InductiveStep, Pair { layer: 1, first: 3, second: 60 }),
        (Statement::UntwinnedControl, Pair { layer: 1, first: 3, second: 60 }),
    ] {
        let proof = statement
            .prove_pair(&network(&[16, 64, 1], Activation::Tanh, Loss::CrossEntropy), 32, pair)
            .unwrap();
        println!(
            "{statement}: {:?} {} {} {:?}",
            proof.verdict(),
            proof.obligations,
            proof.terms,
            proof.elapsed
        );
    }
    let proof = sweep(Statement::UntwinnedControl, Space::default()).unwrap();
    println!(
        "{:?} {} {} {:?} {:?}",
        proof.verdict(),
        proof.obligations,
        proof.terms,
        proof.elapsed,
        proof.failure
    );
    let proof = uniform_kernel(6).unwrap();
    println!(
        "{:?} {} {} {:?} {:?}",
        proof.verdict(),
        proof.obligations,
        proof.terms,
        proof.elapsed,
        proof.failure
    );
}
