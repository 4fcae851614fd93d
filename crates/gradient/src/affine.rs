//! The affine part of a layer, which every exact pass shares: z = W·a + b on flat lists.

use init_symmetry_network::scalar::Work;
use init_symmetry_network::{Batch, Error, Network, Result, Scalar, parameters_from};

/// W·a + b.
#[derive(Clone, Copy)]
pub(super) struct Affine<'a> {
    pub(super) w: &'a [f64],
    pub(super) b: &'a [f64],
    pub(super) inputs: usize,
    pub(super) m: usize,
}

impl<'a> Affine<'a> {
    pub(super) fn rows(&self) -> std::slice::Chunks<'a, f64> {
        self.w.chunks(self.inputs)
    }

    /// z, units × examples, row by row.
    pub(super) fn values(&self, below: &[f64]) -> Vec<f64> {
        let mut z = vec![0.0; self.b.len() * self.m];
        f64::compute(Values { affine: *self, below, z: &mut z });
        z
    }

    /// |W|·a + |b| for one column of sizes.
    pub(super) fn sizes<'b>(&'b self, below: &'b [f64]) -> impl Iterator<Item = f64> + 'b {
        self.rows().zip(self.b).map(move |(row, b)| {
            row.iter().zip(below).fold(b.abs(), |sum, (w, size)| sum + w.abs() * size)
        })
    }
}

/// How many examples are worked on side by side, where there are enough.
const WIDE: usize = 64;
const NARROW: usize = 16;

/// z := W·a + b, units × examples, row by row.
struct Values<'a> {
    affine: Affine<'a>,
    below: &'a [f64],
    z: &'a mut [f64],
}

impl Work for Values<'_> {
    #[inline(always)]
    fn run(mut self) {
        let Affine { inputs, m, .. } = self.affine;
        let wide = m / WIDE * WIDE;
        let mut column = vec![0.0; inputs * if wide > 0 { WIDE } else { NARROW }];
        for first in (0..wide).step_by(WIDE) {
            self.examples::<WIDE>(first, &mut column);
        }
        for first in (wide..m).step_by(NARROW) {
            self.examples::<NARROW>(first, &mut column);
        }
    }
}

impl Values<'_> {
    /// Of at most `LANES` examples; `column` is room for their inputs.
    #[inline(always)]
    fn examples<const LANES: usize>(&mut self, first: usize, column: &mut [f64]) {
        let Self { affine: Affine { w, b, inputs, m }, below, z } = self;
        let width = LANES.min(*m - first);
        // Some examples of every input side by side stay in the nearest memory.
        let column = column.as_chunks_mut::<LANES>().0;
        for (lanes, row) in column.iter_mut().zip(below.chunks(*m)) {
            lanes[..width].copy_from_slice(&row[first..first + width]);
        }
        for ((row, &b), z) in w.chunks(*inputs).zip(*b).zip(z.chunks_mut(*m)) {
            let sums = weighted_sums(row, column, b);
            z[first..first + width].copy_from_slice(&sums[..width]);
        }
    }
}

/// b + Σ w·a for some examples: by index and in an array of its own, so that it stays in registers.
#[inline(always)]
fn weighted_sums<const LANES: usize>(w: &[f64], a: &[[f64; LANES]], b: f64) -> [f64; LANES] {
    let mut sums = [b; LANES];
    for (&w, a) in w.iter().zip(a) {
        for j in 0..LANES {
            sums[j] += w * a[j];
        }
    }
    sums
}

pub(super) fn check_lengths(
    network: &Network,
    batch: &Batch<f64>,
    parameters: &[f64],
) -> Result<()> {
    // The network knows how to name what does not fit.
    network.check(&parameters_from(network, parameters)?)?;
    let (needed_x, needed_y) = (network.widths()[0], network.widths()[network.depth()]);
    for (name, rows, needed) in
        [("x", batch.x().nrows(), needed_x), ("y", batch.y().nrows(), needed_y)]
    {
        if rows != needed {
            return Err(Error::Count {
                what: format!("an example of {name}"),
                given: rows,
                needed_by: format!("the network of widths {:?}", network.widths()),
                needed,
            });
        }
    }
    Ok(())
}

pub(super) fn take<'a>(rest: &mut &'a [f64], units: usize, inputs: usize, m: usize) -> Affine<'a> {
    let (w, after) = rest.split_at(units * inputs);
    let (b, after) = after.split_at(units);
    *rest = after;
    Affine { w, b, inputs, m }
}

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::{Activation, Loss};
    use ndarray::Array2;

    #[test]
    fn an_affine_map_has_the_values_of_its_sums_at_every_number_of_examples() {
        let (w, b) = ([2.0, -1.0, 0.5, 3.0, 4.0, -2.0], [1.0, -8.0]);
        for m in (1..=2 * NARROW + 1).chain([WIDE - 1, WIDE, 2 * WIDE, 2 * WIDE + NARROW + 1]) {
            let below: Vec<f64> = (0..3 * m).map(|k| k as f64 - 4.0).collect();
            let affine = Affine { w: &w, b: &b, inputs: 3, m };
            let expected = (0..2 * m).map(|at| {
                let (unit, j) = (at / m, at % m);
                (0..3).fold(b[unit], |sum, k| sum + w[unit * 3 + k] * below[k * m + j])
            });
            assert_eq!(affine.values(&below), expected.collect::<Vec<_>>(), "{m} examples");
        }
        let affine = Affine { w: &w, b: &b, inputs: 3, m: 1 };
        let sizes: Vec<f64> = affine.sizes(&[1.0, 2.0, 4.0]).collect();
        assert_eq!(sizes, [2.0 + 2.0 + 2.0 + 1.0, 3.0 + 8.0 + 8.0 + 8.0]);
    }

    #[test]
    fn parameters_and_examples_that_do_not_fit_are_named() {
        let network = Network::new(&[2, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let batch =
            |n_x, n_y| Batch::new(Array2::zeros((n_x, 3)), Array2::zeros((n_y, 3))).unwrap();
        let said = |batch: &Batch<f64>, parameters: &[f64]| {
            check_lengths(&network, batch, parameters).map_err(|error| error.to_string())
        };
        assert_eq!(said(&batch(2, 1), &[0.0; 3]), Ok(()));
        for (batch, parameters, named) in [
            (batch(2, 1), &[0.0; 4][..], "4"),
            (batch(3, 1), &[0.0; 3], "an example of x has 3"),
            (batch(2, 2), &[0.0; 3], "an example of y has 2"),
        ] {
            let said = said(&batch, parameters).unwrap_err();
            assert!(said.contains(named), "{said}");
        }
    }
}
