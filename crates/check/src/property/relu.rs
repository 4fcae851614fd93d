//! ReLU's derivative where it is a matter of code: at and below zero.

use super::judged::{judged, judged_at};
use super::{Case, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Subject, require_biases};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::{Activation, Layer};
use proptest::strategy::Strategy;

/// Far enough below zero that no input generated here reaches above it: inputs of at most 2 times
/// weights of at most 2.
fn inactive(inputs: usize) -> f64 {
    -4.0 * inputs as f64 - 4.0
}

property! {
    /// The derivative of ReLU at 0 is 0 by convention.
    name: relu_passes_nothing_at_or_below_zero,
    statement: "a ReLU unit at z = 0 or below gets and causes a gradient of exactly zero",
    witness: "the same unit gets a gradient once it is active",
    check: inactive_units,
}

fn inactive_units(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases::shallow().with_hidden(&[Activation::Relu]);
    let strategy = cases.of_any_depth(subject).generate().prop_map(with_inactive_units);
    property.run(subject, config, strategy, |case| {
        require_biases(subject)?;
        let gradient = judged_at(subject, case)?.gradient;
        let is_exact = subject.declaration().has_exact_zeros();
        for (unit, place) in [(0, "at"), (1, "below")] {
            let row = gradient.dw(1).row(unit);
            let bias = gradient.db(1).row(unit);
            let column = gradient.dw(2).column(unit);
            let mut entries = row.iter().chain(bias).chain(column);
            // what an L2 term adds and takes away leaves a rounding
            let allowed = |entry: &Bounded| if is_exact { 0.0 } else { 2.0 * entry.error };
            if let Some(entry) =
                entries.find(|it| it.value.is_nan() || it.value.abs() > allowed(it))
            {
                let entry = entry.value;
                return Err(format!("a unit {place} zero has {entry} in its gradient").into());
            }
        }
        let mut parameters = case.parameters.clone();
        parameters.layers[0].b[[0, 0]] = 1.0;
        let active = judged(subject, case.network.at(&parameters, &case.batch))?.gradient;
        Ok(Witness::from(active.db(1)[[0, 0]].value != 0.0))
    })
}

/// The case with unit 0 of layer 1 at zero and unit 1 below zero.
fn with_inactive_units(mut case: Case) -> Case {
    let inputs = case.network.widths()[0];
    if let [Layer { w, b }, ..] = &mut case.parameters.layers[..] {
        w.row_mut(0).fill(0.0);
        b[[0, 0]] = 0.0;
        b[[1, 0]] = inactive(inputs);
    }
    case
}
