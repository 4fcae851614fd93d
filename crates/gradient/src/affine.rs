//! The affine part of a layer, which every exact pass shares: z = W·a + b on flat lists.

use init_symmetry_network::kernel::product;
use init_symmetry_network::{Batch, Error, Network, Result, parameters_from};
use ndarray::ArrayView2;

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

    /// z, units × examples, row by row; `below` is inputs × examples.
    pub(super) fn values(&self, below: &[f64]) -> Vec<f64> {
        let Self { w, b, inputs, m } = *self;
        let units = b.len();
        let w = ArrayView2::from_shape((units, inputs), w);
        let (below, b) =
            (ArrayView2::from_shape((inputs, m), below), ArrayView2::from_shape((units, 1), b));
        let (Ok(w), Ok(below), Ok(b)) = (w, below, b) else {
            return vec![f64::NAN; units * m]; // `check_lengths` leaves no such case
        };
        (product(w, below) + b).into_iter().collect()
    }

    /// |W|·a + |b| for one column of sizes.
    pub(super) fn sizes<'b>(&'b self, below: &'b [f64]) -> impl Iterator<Item = f64> + 'b {
        self.rows().zip(self.b).map(move |(row, b)| {
            row.iter().zip(below).fold(b.abs(), |sum, (w, size)| sum + w.abs() * size)
        })
    }
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
        for m in (1..=33).chain([63, 64, 128, 145]) {
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
