//! Predictions that are another function of z.

use super::sample::Sample;
use super::variation::softmax;
use super::{Cause, tolerance};
use crate::subject::{Ability, Subject};
use init_symmetry_network::Network;
use ndarray::Array2;

/// How many cases are asked.
const ASKED: usize = 16;

/// z, the ŷ that is due, and the given one.
struct Prediction {
    z: Array2<f64>,
    due: Array2<f64>,
    given: Array2<f64>,
}

/// A function of z and ŷ that programs return instead of ŷ.
struct Other {
    says: &'static str,
    look_at: &'static str,
    of: fn(&Array2<f64>, &Array2<f64>) -> Array2<f64>,
}

const OTHERS: [Other; 6] = [
    Other {
        says: "z of the output, not ŷ",
        look_at: "the output function in the predictions",
        of: |z, _| z.clone(),
    },
    Other {
        says: "0 or 1: ŷ is compared with ½",
        look_at: "a threshold in the predictions",
        of: |_, y_hat| y_hat.mapv(|y_hat| f64::from(u8::from(y_hat >= 0.5))),
    },
    Other {
        says: "rounded",
        look_at: "a rounding of the predictions",
        of: |_, y_hat| y_hat.mapv(f64::round),
    },
    Other {
        says: "a softmax over the outputs, which sums to 1, not a sigmoid of each",
        look_at: "the output function",
        of: |z, _| softmax(z),
    },
    Other {
        says: "the sigmoid of ŷ: applied twice?",
        look_at: "the output function in the predictions",
        of: |_, y_hat| y_hat.mapv(sigmoid),
    },
    Other {
        says: "1 − ŷ",
        look_at: "which class a prediction is of",
        of: |_, y_hat| y_hat.mapv(|y_hat| 1.0 - y_hat),
    },
];

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// Why the predictions are not what is due.
pub(super) fn causes(subject: &dyn Subject, samples: &[Sample]) -> Option<Cause> {
    if !subject.supports(Ability::Predict) {
        return None;
    }
    let ask = |sample: &Sample| {
        let (network, x) = (&sample.case.network, sample.case.batch.x());
        let parameters = &sample.case.parameters;
        let forward = network.forward(parameters, x).ok()?;
        let given = subject.predict(network, parameters, x).ok()?;
        let depth = Network::depth(network);
        let (z, due) = (forward.z(depth).clone(), forward.a(depth).clone());
        (given.dim() == due.dim()).then_some(Prediction { z, due, given })
    };
    let predictions: Vec<Prediction> = samples.iter().take(ASKED).filter_map(ask).collect();
    let relative = tolerance(subject.precision());
    let all_are = |of: &dyn Fn(&Prediction) -> Array2<f64>| {
        predictions.iter().all(|it| {
            let mut both = it.given.iter().zip(of(it));
            both.all(|(given, due)| (given - due).abs() <= relative * (1.0 + due.abs()))
        })
    };
    if all_are(&|it| it.due.clone()) {
        return None;
    }
    let other = OTHERS.iter().find(|other| all_are(&|it| (other.of)(&it.z, &it.due)));
    let other = other.map(|it| Cause::new(format!("The predictions are {}.", it.says), it.look_at));
    Some(other.unwrap_or_else(|| {
        Cause::place("The predictions are not ŷ of the network.", "the forward pass")
    }))
}
