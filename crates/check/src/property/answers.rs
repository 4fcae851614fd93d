//! How a subject answers: the same bits to the same question, and no answer to a malformed one.

use super::{Case, CaseFailure, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Descent, Subject};
use init_symmetry_network::{Batch, Error, Evaluation, Parameters, Result, Scalar};
use ndarray::{Array2, Axis, concatenate};

property! {
    /// So does training, and so does the loss without its gradient.
    name: same_question_gets_the_same_bits,
    statement: "the same parameters and batch give the same bits, whatever was asked in between",
    witness: "a gradient that is not zero",
    check: same_bits,
}

fn same_bits(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, Cases::default().of(subject).generate(), |case| {
        let Case { network, parameters, batch, rate } = case;
        let first = subject.evaluate(network.at(parameters, batch))?;
        let trained = || {
            let descent = Descent { rate: *rate, steps: 3 };
            match subject.train(network.at(parameters, batch), descent, &mut |_, _| ()) {
                Err(Error::Diverged { .. }) => Ok(None),
                other => other.map(Some),
            }
        };
        let [training, again] = [trained()?, trained()?];
        let second = subject.evaluate(network.at(parameters, batch))?;
        let loss = subject.mean_loss(network.at(parameters, batch))?;
        if !loss.identical(first.loss) {
            return Err("the loss computed alone differs from the loss returned with the \
                        gradient"
                .into());
        }
        let bits = |answer: &Evaluation<f64>| -> Vec<u64> {
            let entries = answer.gradient.entries().chain([answer.loss]);
            entries.map(f64::to_bits).collect()
        };
        if bits(&first) != bits(&second) {
            return Err("asked again, the same parameters and batch get a different loss or \
                        gradient"
                .into());
        }
        let same_training = match (&training, &again) {
            (Some(one), Some(other)) => one.entries().zip(other.entries()).all(identical),
            (one, other) => one.is_none() && other.is_none(),
        };
        if !same_training {
            return Err("training again from the same start gives different parameters".into());
        }
        Ok(Witness::from(first.gradient.entries().any(|entry| entry != 0.0)))
    })
}

fn identical((one, other): (f64, f64)) -> bool {
    one.identical(other)
}

property! {
    /// Never padded or broadcast.
    name: mismatched_shapes_are_refused,
    statement: "parameters or examples whose shapes do not fit are refused",
    witness: "the well-formed question is answered",
    class: Robustness,
    check: other_shapes,
}

fn other_shapes(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { units: (2, 4), hidden_layers: (1, 2), ..Cases::default() };
    property.run(subject, config, cases.of(subject).generate(), |case| {
        for Malformed { what, parameters, batch } in malformed(case)? {
            match subject.evaluate(case.network.at(&parameters, &batch)) {
                Ok(_) => {
                    return Err(format!("{what} should be refused but is answered").into());
                }
                Err(error @ Error::GivenUp { .. }) => return Err(error.into()),
                Err(error @ (Error::Conversation { .. } | Error::Answer { .. })) => {
                    let why = format!("{what} should be refused with an error message: {error}");
                    return Err(CaseFailure::NoAnswer(why));
                }
                Err(_) => {}
            }
        }
        subject.evaluate(case.problem())?;
        Ok(Witness::Present)
    })
}

struct Malformed {
    what: &'static str,
    parameters: Parameters<f64>,
    batch: Batch<f64>,
}

fn malformed(case: &Case) -> Result<Vec<Malformed>, CaseFailure> {
    let Case { parameters, batch, .. } = case;
    let longer = |matrix: &Array2<f64>, axis: usize| {
        let along = Axis(axis);
        concatenate![along, *matrix, matrix.select(along, &[0])]
    };
    let changed = |what, change: &dyn Fn(&mut Parameters<f64>)| {
        let mut parameters = parameters.clone();
        change(&mut parameters);
        Malformed { what, parameters, batch: batch.clone() }
    };
    let with_batch = |what, x: Array2<f64>, y: Array2<f64>| -> Result<Malformed> {
        Ok(Malformed { what, parameters: parameters.clone(), batch: Batch::new(x, y)? })
    };
    Ok(vec![
        changed("w1 with a column too many", &|p| p.layers[0].w = longer(&p.layers[0].w, 1)),
        changed("w1 with a row too many", &|p| p.layers[0].w = longer(&p.layers[0].w, 0)),
        changed("b1 with a row too many", &|p| p.layers[0].b = longer(&p.layers[0].b, 0)),
        changed("b1 with one row for all units", &|p| {
            p.layers[0].b = p.layers[0].b.select(Axis(0), &[0]);
        }),
        changed("b1 with a column for every example", &|p| {
            let m = batch.m().max(2);
            p.layers[0].b = Array2::zeros((p.layers[0].b.nrows(), m));
        }),
        changed("a list without its last layer", &|p| p.layers.truncate(p.layers.len() - 1)),
        with_batch("x with a row too many", longer(batch.x(), 0), batch.y().clone())?,
        with_batch("y with a row too many", batch.x().clone(), longer(batch.y(), 0))?,
    ])
}
