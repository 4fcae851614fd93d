//! The loss of the outputs and its slopes, where each output has a loss of its own and where one
//! loss has all outputs of an example in it.

use super::rounded::Rounded;
use init_symmetry_network::Dual;
use init_symmetry_network::specification::OutputLoss;

/// Those of example `j` among numbers that lie outputs × examples, row by row.
pub(crate) fn column<T: Copy>(numbers: &[T], m: usize, j: usize) -> Vec<T> {
    numbers.iter().skip(j).step_by(m).copied().collect()
}

/// ∂loss/∂z of every output z of one example with labels y.
pub(crate) fn slopes(loss: OutputLoss<Dual<Rounded>>, z: &[Rounded], y: &[f64]) -> Vec<Rounded> {
    let labels: Vec<_> = y.iter().map(|&y| Dual::constant(Rounded::exact(y))).collect();
    match loss {
        OutputLoss::OfEach(loss) => {
            let outputs = z.iter().zip(labels);
            outputs.map(|(&z, label)| loss(Dual::variable(z), label).derivative).collect()
        }
        OutputLoss::OfAll(loss) => {
            let mut point: Vec<_> = z.iter().copied().map(Dual::constant).collect();
            let slope = |k: usize| {
                point[k] = Dual::variable(z[k]);
                let slope = loss(&point, &labels).derivative;
                point[k] = Dual::constant(z[k]);
                slope
            };
            (0..z.len()).map(slope).collect()
        }
    }
}
