//! Twins influence the output equally.
//!
//! About the output and the loss at one moment, not about training. Start at [`CLAIMS`].

use super::SECTION;
use crate::claim::Evidence::{Generated, Theorem};
use crate::claim::{Assumption, Claim, Dropped, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::property::{Cases, Config, Witness, run};
use crate::subject::Subject;
use crate::toy::xor;
use crate::{Activation, Batch, Bounded, Dual, Loss, Network, Parameters, Result, Scalar, Weights};
use ndarray::{Array2, array};

pub(in crate::claim) const CLAIMS: &[Claim] = &[Claim {
    id: "identical-units-influence-the-output-equally",
    section: SECTION,
    headline: "The loss is equally sensitive to the activations of identical units computed alike.",
    lesson: "Identical hidden units contribute equally to the output.",
    source: "Why Not Initialize to Zero: What Goes Wrong",
    expected: Verdict::Proved,
    min_cases: 32,
    parts: &[
        Part {
            says: "on every example, backpropagation gives twins i and k of a hidden layer the \
                   same da, the sensitivity of the loss to their activation, in any arithmetic \
                   whose kernel treats them alike",
            evidence: &[
                Generated(
                    "∂ŷ/∂a of both twins by dual numbers, compared bit for bit",
                    by_dual_numbers,
                ),
                Generated(
                    "raising the bias of either twin by ½ gives the subject's loss the same value",
                    by_nudging,
                ),
                Theorem("twins_influence_the_output_equally"),
            ],
        },
        Part {
            says: "exchanging twins changes no parameter",
            evidence: &[Theorem("exchanging_twins_changes_nothing")],
        },
    ],
    assumptions: &[Assumption {
        words: "the outgoing weights are equal too: twins, not only equal rows",
        dropped: Dropped::Fails(
            "equal rows with outgoing weights 1 and −2 influence the output differently",
            with_different_outgoing_weights,
        ),
    }],
    killed_by: Killer::Fault(Fault::HiddenBiasIgnored),
}];

/// ∂ŷ/∂a of one unit of hidden layer `l`, for every output and example.
fn influence(
    network: &Network,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
    l: usize,
    unit: usize,
) -> Result<Vec<f64>> {
    let below = network.forward(parameters, batch.x())?;
    let (widths, activations) = (&network.widths()[l..], &network.activations()[l..]);
    let above = Network::with_activations(widths, activations, network.loss)?;
    let layers = parameters.layers[l..].to_vec();
    let a = Array2::from_shape_fn(below.a(l).dim(), |(i, j)| {
        let a = below.a(l)[[i, j]];
        if i == unit { Dual::variable(a) } else { Dual::constant(a) }
    });
    let forward = above.forward(&Parameters { layers }.map(Dual::constant), &a)?;
    Ok(forward.a(above.depth()).iter().map(|y_hat| y_hat.derivative).collect())
}

fn by_dual_numbers(_: &dyn Subject, config: &Config) -> Result<Finding> {
    let strategy = Cases::default().generate_twins();
    let name = "twins-influence-the-output-equally";
    let outcome = run(name, "the influence is not zero", config, strategy, |twins| {
        let case = &twins.case;
        let of = |unit| influence(&case.network, &case.parameters, &case.batch, twins.layer, unit);
        let (first, second) = (of(twins.first)?, of(twins.second)?);
        if first.iter().zip(&second).any(|(first, second)| !first.identical(*second)) {
            return Err(format!("∂ŷ/∂a is {first:?} for one twin, {second:?} for the other").into());
        }
        Ok(Witness::from(first.iter().any(|&slope| slope != 0.0)))
    });
    Ok(outcome.into())
}

/// Raises the bias of either twin. The sums over the units then have the same terms in another
/// order, so the losses may differ by the rounding of the forward pass.
fn by_nudging(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let strategy = Cases::default().generate_twins();
    let name = "nudging-either-twin-changes-the-loss-alike";
    let outcome = run(name, "the loss changed", config, strategy, |twins| {
        let case = &twins.case;
        let nudged = |unit: usize| {
            let mut parameters = case.parameters.clone();
            parameters.layers[twins.layer - 1].b[[unit, 0]] += 0.5;
            parameters
        };
        let loss = |parameters: &Parameters<f64>| {
            subject.mean_loss(case.network.at(parameters, &case.batch))
        };
        let before = loss(&case.parameters)?;
        let first = loss(&nudged(twins.first))?;
        let second = loss(&nudged(twins.second))?;
        let exact = nudged(twins.first).map(Bounded::exact);
        let bound = case.network.mean_loss(&exact, &case.batch.map(Bounded::exact))?;
        // both are within the bound of the same real number
        if !bound.explains((first - second) / 2.0) {
            return Err(format!(
                "the loss is {first} with one twin raised, {second} with the other"
            )
            .into());
        }
        Ok(Witness::from(!bound.explains((first - before) / 2.0)))
    });
    Ok(outcome.into())
}

fn with_different_outgoing_weights(_: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut parameters = network.initialise(Weights::Constant(0.5), 1)?;
    parameters.layers[1].w = array![[1.0, -2.0]];
    let of = |unit| influence(&network, &parameters, &xor()?, 1, unit);
    let (first, second) = (of(0)?, of(1)?);
    Ok(Finding::new(first != second, 1, format!("∂ŷ/∂a = {:.3} and {:.3}", first[0], second[0])))
}
