//! How much work a proof will be, known before it begins.
//!
//! It proves nothing. Start at [`estimated_work`].

use super::uniform_kernel::sizes_of;
use super::{Pair, Statement, exact_gradient, terms_of_a_step, within_memory};
use crate::{Network, Result};
use std::collections::BTreeSet;

/// About how many operations on terms it takes to prove a statement of those networks that it is
/// about, or what it says of one pair of units.
///
/// One takes some 0.06 µs in a run that stays in the processor's cache, and ten times as long in
/// the largest run that fits into memory.
///
/// # Errors
/// No examples, or a symbolic run that would not fit into memory.
///
/// ```
/// use init_symmetry::{Activation, Loss, Network, proof::{Statement, estimated_work}};
/// let network = Network::new(&[1000, 1000, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let work = estimated_work(Statement::InductiveStep, &[network], 1, None)?;
/// assert!(work > 1e12, "a month for half a million pairs of units");
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn estimated_work(
    statement: Statement,
    networks: &[Network],
    examples: usize,
    pair: Option<Pair>,
) -> Result<f64> {
    let about: Vec<&Network> = networks.iter().filter(|it| statement.is_about(it)).collect();
    about.iter().try_for_each(|network| within_memory(network, examples))?;
    if statement == Statement::UniformKernel {
        let sizes = about.iter().flat_map(|network| sizes_of(network, examples));
        return Ok(of_products(&sizes.collect()));
    }
    Ok(about.into_iter().map(|network| of_network(statement, network, examples, pair)).sum())
}

/// Each entry of each product is renamed term by term, in each of 16 layouts.
fn of_products(sizes: &BTreeSet<[usize; 3]>) -> f64 {
    const LAYOUTS: f64 = 16.0;
    /// As many operations as it takes to rename a term; measured at 60-60-1 and 20-20-20-1.
    const RENAMING: f64 = 10.0;
    let products = sizes.iter().map(|size| size.iter().map(|&side| side as f64).product::<f64>());
    LAYOUTS * RENAMING * products.sum::<f64>()
}

fn of_network(statement: Statement, network: &Network, examples: usize, pair: Option<Pair>) -> f64 {
    /// Starts of the base case, each of numbers, of which fifty are compared in the time of one
    /// operation.
    const STARTS: f64 = 8.0 / 50.0;
    let step = terms_of_a_step(network, examples) as f64;
    // of a pair: how often, and how many entries each unit has
    let hidden = (1..network.depth()).map(|l| {
        let width = network.widths()[l] as f64;
        let pairs = match pair {
            None => width * (width - 1.0) / 2.0,
            Some(pair) => f64::from(u8::from(pair.layer == l)),
        };
        (pairs, (network.widths()[l - 1] + 1 + network.widths()[l + 1]) as f64)
    });
    match statement {
        Statement::InductiveStep => hidden.map(|(pairs, _)| pairs * step).sum(),
        Statement::UntwinnedControl => hidden.map(|(pairs, entries)| pairs * entries * step).sum(),
        Statement::BaseCase => hidden.map(|(pairs, entries)| STARTS * pairs * entries).sum(),
        // two steps of training, and two of them again
        Statement::TrainingRepeatsTheStep => 4.0 * step,
        Statement::UpdateIsTheDerivative => exact_gradient::keys(network) as f64 * step,
        Statement::UniformKernel | Statement::ZeroTrajectory => step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Loss};
    use strum::VariantArray;

    fn network(widths: &[usize]) -> Network {
        Network::new(widths, Activation::Tanh, Loss::CrossEntropy).unwrap()
    }

    #[test]
    fn what_is_estimated_is_more_than_the_terms_that_are_built_and_not_much_more() {
        for widths in [&[4, 4, 1][..], &[3, 5, 4, 2]] {
            let network = network(widths);
            for statement in [Statement::InductiveStep, Statement::UntwinnedControl] {
                let built = statement.prove(&network, 2).unwrap().terms as f64;
                let estimated =
                    estimated_work(statement, std::slice::from_ref(&network), 2, None).unwrap();
                let ratio = estimated / built;
                assert!((1.0..5.0).contains(&ratio), "{widths:?} {statement}: {ratio}");
            }
        }
    }

    #[test]
    fn one_pair_is_as_much_less_as_there_are_pairs() {
        let networks = [network(&[2, 5, 1])];
        let pair = Pair { layer: 1, first: 0, second: 1 };
        for statement in [Statement::InductiveStep, Statement::UntwinnedControl] {
            let all = estimated_work(statement, &networks, 2, None).unwrap();
            assert_eq!(all, 10.0 * estimated_work(statement, &networks, 2, Some(pair)).unwrap());
        }
    }

    #[test]
    fn every_statement_is_estimated_for_all_networks_that_it_is_about() {
        let networks = [network(&[2, 5, 1]), network(&[2, 3])];
        for &statement in Statement::VARIANTS {
            let work = estimated_work(statement, &networks, 2, None).unwrap();
            assert!(work > 0.0 && work < 1e6, "{statement}: {work}");
            assert!(estimated_work(statement, &networks, 0, None).is_err(), "{statement}");
        }
    }
}
