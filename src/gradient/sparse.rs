//! Forward mode through one unit at a time: the exact derivative of a layered network, fast.
//!
//! Entry (i, k) of W\[l\] touches one number per example, z_i\[l\], and through it the layers
//! above. So ∂J/∂W_ik = Σ_j ∂J/∂z_ij · a_kj / m, and ∂J/∂z_ij is one forward-mode pass through the
//! layers above unit i. No backward code is used; a dense random direction is compared beside it.

use super::check::Check;
use super::dense::Direction;
use super::diagnosis::{Context, Pattern, WrongGradient, explained};
use super::estimate::{Estimate, Status};
use super::exact::{ExactSide, estimate};
use super::report::{Method, Report, Verdict};
use super::{Differentiable, Rounded};
use crate::scalar::Work;
use crate::tolerance::ROUNDINGS_OF_A_FUNCTION;
use crate::{Batch, Dual, Error, Network, Result, Scalar, parameters_from, specification_of};
use num_traits::Zero;

impl Check {
    /// [`Check::exact`] for a network on a batch, against any subject with the same parameters.
    ///
    /// Every entry costs about m operations: 3,201 parameters with 569 examples take milliseconds.
    ///
    /// # Errors
    /// What keeps the subject from answering; a batch that does not fit the network.
    ///
    /// ```
    /// use init_symmetry::{Activation, Batch, Loss, Network, Weights};
    /// use init_symmetry::gradient::{Check, NetworkLoss};
    /// use ndarray::array;
    /// let network = Network::new(&[1, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 0.0]])?;
    /// let start: Vec<f64> = network.initialise(Weights::Normal(1.0), 7)?.entries().collect();
    /// let subject = NetworkLoss { network: &network, batch: &batch };
    /// Check::default().network(&network, &batch, &subject, &start)?.assert_pass();
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn network(
        &self,
        network: &Network,
        batch: &Batch<f64>,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<Report> {
        let blocks = subject.blocks();
        let claim = self.claim(subject, &blocks, parameters)?;
        if claim.problem.is_some() {
            return Ok(self.invalid(&blocks, &claim, Method::Sparse));
        }
        let layers = Layers::propagate(network, batch, parameters, Slopes::Right)?;
        let mut found = layers.derivatives();
        let direction = Direction::random(network, self.seed);
        let dense = direction.derivative(network, batch, parameters)?;
        if !agrees(&found, &direction, &dense) {
            found.fill(Estimate::nothing(Status::NotConverged));
        }
        let exact = ExactSide { method: Method::Sparse, specified: layers.loss, found };
        let context = Context { examples: Some(batch.m()) };
        let report = self.compare_exact(subject, parameters, &blocks, &claim, exact, context)?;
        let candidates = [
            (Slopes::Missing, Pattern::SlopeMissing),
            (Slopes::AtActivation, Pattern::SlopeAtActivation),
        ];
        let mut wrong_slopes = Vec::new();
        if report.verdict == Verdict::Mismatch {
            for (slopes, pattern) in candidates {
                let layers = Layers::propagate(network, batch, parameters, slopes)?;
                wrong_slopes.push(WrongGradient { pattern, entries: layers.derivatives() });
            }
        }
        Ok(Report {
            diagnosis: explained(report.diagnosis, &blocks, &claim.gradient, &wrong_slopes),
            ..report
        })
    }
}

/// The derivatives of the loss of a network with respect to every parameter, and their bounds.
///
/// In the order of the parameters: w1 row by row, b1, w2, b2, …
///
/// # Errors
/// Parameters or a batch that do not fit the network.
///
/// ```
/// use init_symmetry::{Activation, Batch, Loss, Network, gradient::network_derivatives};
/// use ndarray::array;
/// let line = Network::new(&[1, 1], Activation::Identity, Loss::SquaredError)?;
/// let batch = Batch::new(array![[2.0]], array![[1.0]])?;
/// // J = ½(2w + b − 1)² at w = 3, b = 0: dw = 2·5, db = 5
/// let found = network_derivatives(&line, &batch, &[3.0, 0.0])?;
/// assert_eq!([found[0].low, found[1].low], [10.0, 5.0]);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn network_derivatives(
    network: &Network,
    batch: &Batch<f64>,
    parameters: &[f64],
) -> Result<Vec<Estimate>> {
    Ok(Layers::propagate(network, batch, parameters, Slopes::Right)?.derivatives())
}

/// Whether the derivatives of all entries add up to the derivative along the direction.
pub(super) fn agrees(found: &[Estimate], direction: &Direction, dense: &Estimate) -> bool {
    if !(dense.is_known() && found.iter().all(Estimate::is_known)) {
        return true; // a sign lost in rounding leaves nothing to compare
    }
    let along: Vec<f64> = found.iter().map(|entry| entry.low).collect();
    let allowed: Vec<f64> = found.iter().map(Estimate::tolerance).collect();
    let apart = (direction.slope_of(&along) - dense.low).abs();
    apart <= direction.size_of(&allowed) + dense.tolerance()
}

/// Which derivative of the activation is used; the wrong ones serve the diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slopes {
    Right,
    /// 1 everywhere.
    Missing,
    /// g'(a) instead of g'(z).
    AtActivation,
}

/// One layer: what forward mode needs to know of it, units × examples, row by row.
struct Layer<'a> {
    affine: Affine<'a>,
    /// ∂a/∂z of a hidden layer, ∂loss/∂z of the output.
    slopes: Vec<Rounded>,
    below: Wave,
}

/// What goes into a layer, inputs × examples, row by row.
struct Wave {
    values: Vec<f64>,
    /// The sums of their absolute terms.
    sizes: Vec<f64>,
    roundings: f64,
}

/// The forward pass of the specification, with the local derivatives.
pub(crate) struct Layers<'a> {
    layers: Vec<Layer<'a>>,
    m: usize,
    pub(super) loss: Rounded,
}

impl<'a> Layers<'a> {
    pub(crate) fn propagate(
        network: &Network,
        batch: &Batch<f64>,
        parameters: &'a [f64],
        which: Slopes,
    ) -> Result<Self> {
        check_lengths(network, batch, parameters)?;
        let specification = specification_of::<Dual<Rounded>>(network);
        let m = batch.m();
        let (mut rest, mut loss) = (parameters, Rounded::zero());
        let mut layers = Vec::with_capacity(network.depth());
        let values: Vec<f64> = batch.x().iter().copied().collect();
        let sizes = values.iter().map(|x| x.abs()).collect();
        let mut below = Wave { values, sizes, roundings: 0.0 };
        for l in 1..=network.depth() {
            let (units, inputs) = network.extent_of_w(l);
            let affine = take(&mut rest, units, inputs, m);
            let z = affine.rounded(&below);
            let (slopes, above) = if l < network.depth() {
                activated(&z, specification.hidden, which)
            } else {
                let labels = batch.y().iter();
                let losses: Vec<_> = z
                    .iter()
                    .zip(labels)
                    .map(|(&z, &y)| {
                        (specification.loss)(Dual::variable(z), Dual::constant(Rounded::exact(y)))
                    })
                    .collect();
                loss = losses.iter().fold(loss, |sum, loss| sum + loss.value);
                let nothing = Wave { values: vec![], sizes: vec![], roundings: 0.0 };
                (losses.into_iter().map(|loss| loss.derivative).collect(), nothing)
            };
            layers.push(Layer { affine, slopes, below: std::mem::replace(&mut below, above) });
        }
        Ok(Self { layers, m, loss: loss / Rounded::exact(m as f64) })
    }

    /// The derivative with respect to every parameter: w1 row by row, b1, w2, b2, …
    fn derivatives(&self) -> Vec<Estimate> {
        let mut all = Vec::new();
        let mut scratch = Scratch::default();
        for (l, layer) in self.layers.iter().enumerate() {
            let Wave { values, sizes, roundings } = &layer.below;
            let mut of_bias = Vec::with_capacity(layer.affine.b.len());
            let mut sums = vec![Sums::default(); layer.affine.inputs];
            for unit in 0..layer.affine.b.len() {
                let through = self.through(l, unit, &mut scratch);
                let of_row = &mut sums[..layer.affine.inputs];
                f64::compute(Dots { through: &through, values, sizes, sums: of_row });
                let roundings = through.roundings + roundings + 1.0;
                all.extend(of_row.iter().map(|sum| through.mean(sum.value, sum.size, roundings)));
                of_bias.push(through.sum());
            }
            all.extend(of_bias);
        }
        all
    }

    /// ∂J/∂z of one unit for every example, but for the 1/m.
    fn through(&self, l: usize, unit: usize, scratch: &mut Scratch) -> Through {
        let mut through = Through::with_capacity(self.m);
        for example in 0..self.m {
            through.push(self.through_example(l, unit, example, scratch));
        }
        through
    }

    /// Forward mode from z of one unit upwards: derivatives of all z of a layer, then the next.
    fn through_example(
        &self,
        l: usize,
        unit: usize,
        example: usize,
        scratch: &mut Scratch,
    ) -> Rounded {
        let slope = |l: usize, unit: usize| self.layers[l].slopes[unit * self.m + example];
        let Some(Layer { affine: above, .. }) = self.layers.get(l + 1) else {
            return slope(l, unit);
        };
        let seed = slope(l, unit);
        let Scratch { dz, da } = scratch;
        dz.clear();
        dz.extend(above.rows().map(|row| Rounded::exact(row[unit]) * seed));
        for upper in l + 2..self.layers.len() {
            da.clear();
            da.extend(dz.iter().enumerate().map(|(k, &dz)| slope(upper - 1, k) * dz));
            let weighted = |sum, (&w, &da): (&f64, &Rounded)| sum + Rounded::exact(w) * da;
            let rows = self.layers[upper].affine.rows();
            dz.clear();
            dz.extend(rows.map(|row| row.iter().zip(&*da).fold(Rounded::zero(), weighted)));
        }
        let top = self.layers.len() - 1;
        dz.iter().enumerate().fold(Rounded::zero(), |sum, (k, &dz)| sum + slope(top, k) * dz)
    }
}

/// Vectors that are used again.
#[derive(Default)]
struct Scratch {
    dz: Vec<Rounded>,
    da: Vec<Rounded>,
}

/// ∂J/∂z of one unit over the examples, as numbers, sizes and the most roundings.
struct Through {
    values: Vec<f64>,
    sizes: Vec<f64>,
    roundings: f64,
}

impl Through {
    fn with_capacity(m: usize) -> Self {
        Self { values: Vec::with_capacity(m), sizes: Vec::with_capacity(m), roundings: 0.0 }
    }

    fn push(&mut self, derivative: Rounded) {
        self.values.push(derivative.value);
        self.sizes.push(derivative.size);
        if !derivative.is_zero() {
            self.roundings = self.roundings.max(derivative.roundings);
        }
    }

    /// Σ_j ∂J/∂z_j / m.
    fn sum(&self) -> Estimate {
        self.mean(self.values.iter().sum(), self.sizes.iter().sum(), self.roundings)
    }

    fn mean(&self, value: f64, size: f64, roundings: f64) -> Estimate {
        let m = self.values.len() as f64;
        estimate(Rounded { value: value / m, size: size / m, roundings: roundings + m })
    }
}

/// How many numbers are worked on side by side.
const LANES: usize = 16;

/// A number and the sum of the absolute values of its terms.
#[derive(Clone, Copy, Default)]
struct Sums {
    value: f64,
    size: f64,
}

/// Σ_j ∂J/∂z_j · a_j for every input a, with its size.
struct Dots<'a> {
    through: &'a Through,
    /// Inputs × examples, row by row, and their sizes.
    values: &'a [f64],
    sizes: &'a [f64],
    sums: &'a mut [Sums],
}

impl Work for Dots<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { through, values, sizes, sums } = self;
        let m = through.values.len();
        for ((sum, a), a_sizes) in sums.iter_mut().zip(values.chunks(m)).zip(sizes.chunks(m)) {
            *sum = Sums { value: dot(&through.values, a), size: dot(&through.sizes, a_sizes) };
        }
    }
}

/// Independent partial sums, so that the processor may add them side by side; the bound on the
/// error holds for every order.
#[inline(always)]
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (left, right) in left.iter().zip(right) {
        for (sum, (l, r)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += l * r;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(l, r)| l * r).sum();
    sums.iter().sum::<f64>() + rest
}

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

    /// z with its bounds; the size is that of the worst example of the unit.
    fn rounded(&self, below: &Wave) -> Vec<Rounded> {
        let largest: Vec<f64> = below
            .sizes
            .chunks(self.m)
            .map(|sizes| sizes.iter().copied().fold(0.0, f64::max))
            .collect();
        let sizes: Vec<f64> = self.sizes(&largest).collect();
        // One product, then a sum over the inputs and the bias.
        let roundings = below.roundings + 1.0 + self.inputs as f64;
        let values = self.values(&below.values);
        let rounded = |(at, value)| Rounded { value, size: sizes[at / self.m], roundings };
        values.into_iter().enumerate().map(rounded).collect()
    }

    /// |W|·a + |b| for one column of sizes.
    pub(super) fn sizes<'b>(&'b self, below: &'b [f64]) -> impl Iterator<Item = f64> + 'b {
        self.rows().zip(self.b).map(move |(row, b)| {
            row.iter().zip(below).fold(b.abs(), |sum, (w, size)| sum + w.abs() * size)
        })
    }
}

/// z := W·a + b, units × examples, row by row.
struct Values<'a> {
    affine: Affine<'a>,
    below: &'a [f64],
    z: &'a mut [f64],
}

impl Work for Values<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { affine: Affine { w, b, inputs, m }, below, z } = self;
        let mut column = vec![[0.0; LANES]; inputs];
        for first in (0..m).step_by(LANES) {
            let width = LANES.min(m - first);
            // Some examples of every input side by side stay in the nearest memory.
            for (lanes, row) in column.iter_mut().zip(below.chunks(m)) {
                lanes[..width].copy_from_slice(&row[first..first + width]);
            }
            for ((row, &b), z) in w.chunks(inputs).zip(b).zip(z.chunks_mut(m)) {
                let mut sums = [b; LANES];
                for (&w, lanes) in row.iter().zip(&column) {
                    for (sum, &a) in sums.iter_mut().zip(lanes) {
                        *sum += w * a;
                    }
                }
                z[first..first + width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// a = g(z) and g'(z), or one of the wrong slopes.
fn activated(
    z: &[Rounded],
    g: fn(Dual<Rounded>) -> Dual<Rounded>,
    which: Slopes,
) -> (Vec<Rounded>, Wave) {
    let mut slopes = Vec::with_capacity(z.len());
    let (mut values, mut sizes) = (Vec::with_capacity(z.len()), Vec::with_capacity(z.len()));
    for &z in z {
        let Dual { value: a, derivative } = g(Dual::variable(z));
        values.push(a.value);
        sizes.push(a.size);
        slopes.push(match which {
            Slopes::Right => derivative,
            Slopes::Missing => Rounded::exact(1.0),
            Slopes::AtActivation => g(Dual::variable(a)).derivative,
        });
    }
    let roundings = z.first().map_or(0.0, |z| z.roundings) + ROUNDINGS_OF_A_FUNCTION;
    (slopes, Wave { values, sizes, roundings })
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
    use crate::{Activation, Loss};
    use ndarray::array;

    #[test]
    fn the_bounds_of_a_sparse_pass_are_those_worked_out_by_hand() {
        let network = Network::new(&[2, 1, 1], Activation::Identity, Loss::SquaredError).unwrap();
        let (x, y) = ([[2.0, -4.0], [1.0, 0.5]], [1.0, 0.0]);
        let batch = Batch::new(array![[2.0, -4.0], [1.0, 0.5]], array![[1.0, 0.0]]).unwrap();
        let found = network_derivatives(&network, &batch, &[3.0, -2.0, 1.0, -2.0, 0.25]).unwrap();

        // the size of z is that of its worst example, from the worst of every input
        let a1 = [3.0 * 2.0 - 2.0 * 1.0 + 1.0, 3.0 * -4.0 - 2.0 * 0.5 + 1.0];
        let (size_of_a1, of_z1) = (3.0 * 4.0 + 2.0 * 1.0 + 1.0, 1.0 + 2.0);
        let of_a1 = of_z1 + ROUNDINGS_OF_A_FUNCTION;
        let (size, roundings) = (2.0 * size_of_a1 + 0.25, of_a1 + 1.0 + 1.0);
        let specification = specification_of::<Dual<Rounded>>(&network);
        let dz2 = [0, 1].map(|j| {
            let z2 = Rounded { value: -2.0 * a1[j] + 0.25, size, roundings };
            let label = Dual::constant(Rounded::exact(y[j]));
            (specification.loss)(Dual::variable(z2), label).derivative
        });
        let dz1 = dz2.map(|dz2| dz2 * (Rounded::exact(-2.0) * Rounded::exact(1.0)));

        let mean = |dz: [Rounded; 2], a: [f64; 2], sizes: [f64; 2], of_product: f64| {
            let value = (dz[0].value * a[0] + dz[1].value * a[1]) / 2.0;
            let size = (dz[0].size * sizes[0] + dz[1].size * sizes[1]) / 2.0;
            let roundings = dz[0].roundings.max(dz[1].roundings) + of_product + 2.0;
            estimate(Rounded { value, size, roundings })
        };
        let expected = [
            mean(dz1, x[0], x[0].map(f64::abs), 1.0),
            mean(dz1, x[1], x[1].map(f64::abs), 1.0),
            mean(dz1, [1.0; 2], [1.0; 2], 0.0),
            mean(dz2, a1, [size_of_a1; 2], of_a1 + 1.0),
            mean(dz2, [1.0; 2], [1.0; 2], 0.0),
        ];
        assert_eq!(found, expected);
        assert_eq!(found[4].low, ((-9.75 - 1.0) + 24.25) / 2.0, "ŷ − y, the mean of two");
    }

    #[test]
    fn a_dot_product_has_every_term_once_whatever_its_length() {
        for length in 0..=3 * LANES + 1 {
            let left: Vec<f64> = (0..length).map(|k| (k + 1) as f64).collect();
            let right: Vec<f64> = (0..length).map(|k| (3 * k) as f64 - 7.0).collect();
            let expected: f64 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
            assert_eq!(dot(&left, &right), expected, "whole numbers, so without rounding");
        }
    }

    #[test]
    fn entries_that_do_not_add_up_to_the_dense_derivative_are_noticed() {
        let network = Network::new(&[1, 1], Activation::Identity, Loss::SquaredError).unwrap();
        let direction = Direction::random(&network, 3);
        let tolerance = 1.0 / 64.0;
        let found = [1.0, 2.0].map(|slope| Estimate::smooth(slope, 0.0, tolerance));
        let allowed = direction.size_of(&[tolerance; 2]) + tolerance;
        let dense =
            |off: f64| Estimate::smooth(direction.slope_of(&[1.0, 2.0]) + off, 0.0, tolerance);
        let agrees = |off: f64| agrees(&found, &direction, &dense(off));
        assert!(agrees(allowed) && agrees(-allowed));
        assert!(!agrees(2.0 * allowed) && !agrees(-2.0 * allowed));
        let lost = Estimate::nothing(Status::SignLost);
        assert!(super::agrees(&found, &direction, &lost));
        assert!(super::agrees(&[found[0], lost], &direction, &dense(2.0 * allowed)));
    }

    #[test]
    fn an_affine_map_has_the_values_of_its_sums_at_every_number_of_examples() {
        let (w, b) = ([2.0, -1.0, 0.5, 3.0, 4.0, -2.0], [1.0, -8.0]);
        for m in 1..=2 * LANES + 1 {
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
}
