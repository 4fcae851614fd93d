//! The network of `own_network` with a mistake, and what the report says of it.
//!
//! It calls libm, so that it prints on every machine what the README shows.

use init_symmetry::gradient::LossAndGradient;
use init_symmetry::property::Config;
use init_symmetry::subject::{Convention, Examples, Flat, FlatNetwork, Networks};
use init_symmetry::{Activation, Loss, Network, Result, SubjectReport};

/// Two inputs, three tanh units, one output with cross-entropy.
struct MyNetwork;

impl FlatNetwork for MyNetwork {
    fn name(&self) -> &str {
        "my network"
    }

    fn networks(&self) -> Networks {
        let (hidden, losses) = (vec![Activation::Tanh], vec![Loss::CrossEntropy]);
        Networks { hidden, losses, widths: Some(vec![2, 3, 1]), ..Networks::default() }
    }

    fn convention(&self) -> Convention {
        Convention { examples: Examples::Rows, ..Convention::default() }
    }

    fn evaluate(&self, _: &Network, p: &[f64], x: &[f64], y: &[f64]) -> Result<LossAndGradient> {
        let (w1, b1, w2, b2) = (&p[..6], &p[6..9], &p[9..12], p[12]);
        let (m, mut loss, mut gradient) = (y.len() as f64, 0.0, vec![0.0; 13]);
        for (x, y) in x.chunks(2).zip(y) {
            let z1 = |i: usize| w1[2 * i] * x[0] + w1[2 * i + 1] * x[1] + b1[i];
            let a1: Vec<f64> = (0..3).map(|i| libm::tanh(z1(i))).collect();
            let z2 = w2[0] * a1[0] + w2[1] * a1[1] + w2[2] * a1[2] + b2;
            loss += (z2.max(0.0) + libm::log1p(libm::exp(-z2.abs())) - y * z2) / m;
            let dz2 = (1.0 / (1.0 + libm::exp(-z2)) - y) / m;
            for i in 0..3 {
                let dz1 = w2[i] * dz2 * (1.0 - z1(i) * z1(i));
                gradient[2 * i] += dz1 * x[0];
                gradient[2 * i + 1] += dz1 * x[1];
                gradient[6 + i] += dz1;
                gradient[9 + i] += dz2 * a1[i];
            }
            gradient[12] += dz2;
        }
        Ok(LossAndGradient { loss, gradient })
    }
}

fn main() -> Result<()> {
    // in short: without the cases that fail; {} prints them
    println!("{:#}", SubjectReport::new(&Flat(MyNetwork), &Config::from_env()?));
    Ok(())
}
