//! What every fault does, to the bit: the kill matrix tells whether a fault is seen, not whether it
//! is still the same fault.

use super::record::{Record, short};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{Case, Cases, Config};
use init_symmetry_check::subject::{Descent, Subject};
use init_symmetry_network::{
    Biases, Evaluation, Layer, Parameters, Problem, Result, Start, Weights,
};
use ndarray::{Array2, Axis};
use sha2::{Digest, Sha256};
use strum::VariantArray;

const RECORD: Record =
    Record { file: "fault_record.csv", text: include_str!("fault_record.csv"), names: 1 };

/// Bits of what was answered, and of whether anything was.
#[derive(Default)]
struct Recorder(Sha256);

impl Recorder {
    fn numbers(&mut self, numbers: impl IntoIterator<Item = f64>) {
        for number in numbers {
            // which NaN an operation gives is left open
            let bits = if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() };
            self.0.update(bits.to_le_bytes());
        }
    }

    fn parameters(&mut self, parameters: &Parameters<f64>) {
        for Layer { w, b } in &parameters.layers {
            let extents = [w.dim(), b.dim()];
            self.numbers(extents.iter().flat_map(|&(rows, columns)| [rows as f64, columns as f64]));
        }
        self.numbers(parameters.entries());
    }

    fn answer<T>(&mut self, answer: Result<T>, record: impl FnOnce(&mut Self, T)) {
        match answer {
            Ok(answer) => record(self, answer),
            Err(error) => self.0.update(error.to_string()),
        }
    }

    fn evaluation(&mut self, evaluation: Evaluation<f64>) {
        self.numbers([evaluation.loss]);
        self.numbers(evaluation.gradient.entries());
    }

    /// Everything that a subject can be asked of a case.
    fn case(&mut self, subject: &dyn Subject, case: &Case) {
        let problem = case.problem();
        let Problem { network, parameters, batch } = problem;
        for _ in 0..2 {
            let answer = subject.evaluate(problem);
            self.answer(answer, Self::evaluation);
        }
        let loss = subject.mean_loss(problem);
        self.answer(loss, |this, loss| this.numbers([loss]));
        let y_hat = subject.predict(network, parameters, batch.x());
        self.answer(y_hat, |this, y_hat| this.numbers(y_hat));
        let after = subject.step(problem, case.rate);
        self.answer(after, |this, after| this.parameters(&after));
        let descent = Descent { rate: case.rate, steps: 3 };
        let end = subject.train(problem, descent, &mut |t, now| {
            self.numbers([t as f64]);
            self.parameters(now);
        });
        self.answer(end, |this, end| this.parameters(&end));
        let mut malformed = parameters.clone();
        let b = &mut malformed.layers[0].b;
        *b = b.select(Axis(0), &[0]);
        let answer = subject.evaluate(network.at(&malformed, batch));
        self.answer(answer, Self::evaluation);
        let y_hat = subject.predict(network, parameters, &Array2::zeros((9, 2)));
        self.answer(y_hat, |this, y_hat| this.numbers(y_hat));
        for weights in [Weights::Zeros, Weights::Constant(0.5), Weights::Normal(0.5)] {
            let start = Start { weights, biases: Biases::Normal(0.5) };
            let start = subject.initialise(network, start, 1);
            self.answer(start, |this, start| this.parameters(&start));
        }
        for weights in [Weights::Normal(0.5), Weights::Xavier, Weights::He, Weights::Glorot] {
            let start = subject.initialise(network, Start::from(weights), 1);
            self.answer(start, |this, start| this.parameters(&start));
        }
        let mut at_the_kink = parameters.clone();
        at_the_kink.layers[0].w.fill(0.0);
        at_the_kink.layers[0].b.fill(0.0);
        let answer = subject.evaluate(network.at(&at_the_kink, batch));
        self.answer(answer, Self::evaluation);
    }
}

#[test]
fn every_fault_does_to_the_bit_what_is_on_record() {
    let cases =
        Cases::default().of(&Faulty::default()).sample(&Config { cases: 160, ..Config::default() });
    let lines = Fault::VARIANTS.iter().map(|&fault| {
        let mut recorder = Recorder::default();
        for case in &cases {
            recorder.case(&Faulty::with(fault), case);
        }
        format!("{fault},{}", short(recorder.0))
    });
    RECORD.hold(lines);
}

#[test]
fn no_two_faults_do_the_same() {
    let mut lines: Vec<_> = RECORD.text.lines().filter_map(|line| line.split_once(',')).collect();
    lines.sort_unstable_by_key(|(_, hash)| *hash);
    for pair in lines.windows(2) {
        assert!(pair[0].1 != pair[1].1, "{} does what {} does", pair[0].0, pair[1].0);
    }
}
