//! What every check of a gradient reports of right and wrong ones, to the bit: verdicts alone would
//! not show that a bound has grown, or that another entry is called the worst.

use super::faults::At;
use super::record::{Record, short};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{Case, Cases, Config};
use init_symmetry_gradient::{
    Check, Coverage, Function, GradientReport, NetworkLoss, identity_test, negative_control,
    network_derivatives,
};
use init_symmetry_network::{Activation, Result};
use sha2::{Digest, Sha256};
use std::fmt::Debug;
use strum::VariantArray;

fn right(case: &Case) -> NetworkLoss<'_> {
    NetworkLoss { network: &case.network, batch: &case.batch }
}

#[derive(Default)]
struct Recorder(Sha256);

impl Recorder {
    /// As people read it, and with every bit.
    fn report(&mut self, report: Result<GradientReport>) {
        match report {
            Ok(report) => self.0.update(format!("{report}\n{}\n", report.to_json())),
            Err(error) => self.0.update(error.to_string()),
        }
    }

    fn debug(&mut self, anything: impl Debug) {
        self.0.update(format!("{anything:?}\n"));
    }
}

/// Right, wrong in an entry, a block, a factor, the loss; and of unequal answers.
const FAULTS: [Option<Fault>; 8] = [
    None,
    Some(Fault::OneDeltaZeroed),
    Some(Fault::TransposedDw),
    Some(Fault::GradientDoubled),
    Some(Fault::LossDoubled),
    Some(Fault::SumInsteadOfMean),
    Some(Fault::IndexDependentNoiseInDw1),
    Some(Fault::EverySecondCallDiffers),
];

/// The checks by name.
const CHECKS: [&str; 7] = [
    "differences",
    "directions",
    "exact",
    "network",
    "network-by-differences",
    "negative-control",
    "identity-test",
];

/// What one check says of every fault at a case.
fn said(check: &str, case: &Case) -> String {
    let point: Vec<f64> = case.parameters.entries().collect();
    let (network, batch) = (&case.network, &case.batch);
    let every = Check { coverage: Coverage::Every, ..Check::default() };
    let mut recorder = Recorder::default();
    for fault in FAULTS {
        let faulty = fault.map_or_else(Faulty::default, Faulty::with);
        let subject = At { subject: &faulty, case };
        match check {
            "differences" => recorder.report(every.differences(&subject, &point)),
            "directions" => {
                let few = Check { coverage: Coverage::Directions(3), seed: 5, ..every };
                recorder.report(few.differences(&subject, &point));
            }
            "exact" => recorder.report(every.exact(&right(case), &subject, &point)),
            "network" => recorder.report(every.network(network, batch, &subject, &point)),
            "network-by-differences" => {
                recorder.report(every.network_by_differences(network, batch, &subject, &point));
            }
            "negative-control" if fault.is_none() => {
                recorder.debug(negative_control(&every, &right(case), &point));
            }
            "identity-test" if fault.is_none() => {
                recorder.debug(identity_test(&right(case), 3, 7));
                recorder.debug(network_derivatives(network, batch, &point));
            }
            _ => (),
        }
    }
    short(recorder.0)
}

/// Small networks of every activation, at dyadic points.
fn cases() -> Vec<Case> {
    let sampled = Cases::default().sample(&Config { cases: 64, ..Config::default() });
    let of = |g: Activation| {
        let small = |case: &&Case| {
            let deep_enough = case.network.depth() > 1 || g == Activation::Identity;
            case.network.shared_activation() == Some(g)
                && deep_enough
                && case.parameters.entries().count() < 30
        };
        sampled.iter().filter(small).take(2).cloned().collect::<Vec<_>>()
    };
    Activation::VARIANTS.iter().flat_map(|&g| of(g)).collect()
}

/// A function and its slope.
type Curve = (fn(f64) -> f64, fn(f64) -> f64);

/// One over Runge's function.
fn witch(x: f64) -> f64 {
    1.0 + 100.0 * x * x
}

/// Functions with kinks, edges, bends and zeros, right and wrong.
fn functions() -> String {
    let mut recorder = Recorder::default();
    let functions: [Curve; 7] = [
        (|x| x * x * x, |x| 3.0 * x * x),
        (|x| x.abs(), |x| x.signum()),
        (|x| x.sqrt(), |x| 0.5 / x.sqrt()),
        (|x| 1.0 / witch(x), |x| -200.0 * x / (witch(x) * witch(x))),
        (|_| 3.0, |_| 0.0),
        (|x| 1e12 + x, |_| 1.0),
        (|x| if x > 0.0 { x } else { 0.01 * x }, |x| if x > 0.0 { 1.0 } else { 0.01 }),
    ];
    for (function, slope) in functions {
        for point in [0.0, 0.25, 1.0, 1e-3] {
            for factor in [1.0, 1.0 + 1e-6, -1.0] {
                let subject = Function::new(
                    2,
                    |x: &[f64]| function(x[0]) + x[1] * x[1],
                    |x: &[f64]| vec![factor * slope(x[0]), 2.0 * x[1]],
                );
                recorder.report(Check::default().differences(&subject, &[point, 0.5]));
            }
        }
    }
    short(recorder.0)
}

fn lines() -> impl Iterator<Item = String> {
    let cases = cases();
    let of_networks = CHECKS.into_iter().flat_map(move |check| {
        cases.clone().into_iter().enumerate().map(move |(number, case)| {
            let hidden = case.network.activation_names();
            format!("{check},{number} {hidden},{}", said(check, &case))
        })
    });
    of_networks.chain(std::iter::once_with(|| format!("functions,7,{}", functions())))
}

#[test]
fn every_check_reports_of_right_and_wrong_gradients_what_is_on_record() {
    let text = include_str!("gradient_record.csv");
    Record { file: "gradient_record.csv", text, names: 2 }.hold(lines());
}
