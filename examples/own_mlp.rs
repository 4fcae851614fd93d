//! A struct with a list of layers, checked by every property: `cargo test --example own_mlp`.
//!
//! Its examples are rows, W is n_in × n_out, and the widths come from the network that is asked
//! for. To start from it, copy the second half into the folder `tests` of your project.

// crates of this repository call libm, whose bits are the same on every machine; yours need not
#![allow(clippy::disallowed_methods)]

use init_symmetry::gradient::LossAndGradient;
use init_symmetry::property::Config;
use init_symmetry::subject::{
    Convention, Examples, Flat, FlatNetwork, Networks, Sizes, WeightRows,
};
use init_symmetry::{Activation, Loss, Network, Result, SubjectReport};

/// One layer: W is n_in × n_out, row by row.
struct Layer {
    n_in: usize,
    n_out: usize,
    w: Vec<f64>,
    b: Vec<f64>,
}

/// ReLU layers below a sigmoid output with cross-entropy.
struct Mlp {
    layers: Vec<Layer>,
}

impl Layer {
    /// z of the examples in the rows of x.
    fn forward(&self, x: &[f64]) -> Vec<f64> {
        let z = |row: &[f64], j: usize| {
            let products = row.iter().zip(self.w.iter().skip(j).step_by(self.n_out));
            products.fold(self.b[j], |z, (x, w)| z + x * w)
        };
        x.chunks(self.n_in).flat_map(|row| (0..self.n_out).map(move |j| z(row, j))).collect()
    }

    /// dW, then db, and da of the layer below.
    fn backward(&self, x: &[f64], dz: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut gradient = vec![0.0; self.w.len() + self.b.len()];
        let mut da = vec![0.0; x.len()];
        for (r, (row, dz)) in x.chunks(self.n_in).zip(dz.chunks(self.n_out)).enumerate() {
            for (j, dz) in dz.iter().enumerate() {
                for (i, x) in row.iter().enumerate() {
                    gradient[i * self.n_out + j] += x * dz;
                    da[r * self.n_in + i] += self.w[i * self.n_out + j] * dz;
                }
                gradient[self.w.len() + j] += dz;
            }
        }
        (gradient, da)
    }
}

impl Mlp {
    /// The mean loss, and the gradient as w1, b1, w2, b2, …
    fn loss_and_gradient(&self, x: &[f64], y: &[f64]) -> (f64, Vec<f64>) {
        let m = (x.len() / self.layers[0].n_in) as f64;
        let mut activations = vec![x.to_vec()];
        for layer in &self.layers {
            let is_output = activations.len() == self.layers.len();
            let relu = |z: f64| if is_output { z } else { z.max(0.0) };
            let z = layer.forward(&activations[activations.len() - 1]);
            activations.push(z.into_iter().map(relu).collect());
        }
        let z = activations.pop().unwrap_or_default();
        let each = z.iter().zip(y);
        let loss = each.clone().map(|(z, y)| z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z);
        let loss = loss.fold(0.0, |sum, loss| sum + loss) / m;
        let mut dz: Vec<f64> = each.map(|(z, y)| (1.0 / (1.0 + (-z).exp()) - y) / m).collect();
        let mut blocks = Vec::new();
        for (layer, a) in self.layers.iter().zip(&activations).rev() {
            let (gradient, da) = layer.backward(a, &dz);
            blocks.push(gradient);
            dz = da.iter().zip(a).map(|(da, a)| if *a > 0.0 { *da } else { 0.0 }).collect();
        }
        (loss, blocks.into_iter().rev().flatten().collect())
    }
}

/// What is checked: the struct above, and what it implements.
struct Mine;

impl FlatNetwork for Mine {
    fn name(&self) -> &str {
        "my mlp"
    }

    fn networks(&self) -> Networks {
        let (hidden, losses) = (vec![Activation::Relu], vec![Loss::CrossEntropy]);
        let sizes = Sizes { hidden_layers: (1, 4), ..Sizes::default() };
        Networks { hidden, losses, sizes, ..Networks::default() }
    }

    fn convention(&self) -> Convention {
        Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs }
    }

    fn evaluate(&self, net: &Network, p: &[f64], x: &[f64], y: &[f64]) -> Result<LossAndGradient> {
        let mut p = p.iter().copied();
        let layers = net.widths().windows(2).map(|pair| {
            let (n_in, n_out) = (pair[0], pair[1]);
            let w = p.by_ref().take(n_in * n_out).collect();
            Layer { n_in, n_out, w, b: p.by_ref().take(n_out).collect() }
        });
        let mlp = Mlp { layers: layers.collect() };
        let (loss, gradient) = mlp.loss_and_gradient(x, y);
        Ok(LossAndGradient { loss, gradient })
    }
}

#[cfg(test)]
init_symmetry::subject_tests!(Flat(Mine));

fn main() -> Result<()> {
    println!("{}", SubjectReport::new(&Flat(Mine), &Config::from_env()?));
    Ok(())
}
