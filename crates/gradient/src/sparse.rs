//! Forward mode through one unit at a time: the exact derivative of a layered network, fast.
//!
//! Entry (i, k) of W\[l\] touches one number per example, z_i\[l\], and through it the layers
//! above. So ∂J/∂W_ik = Σ_j ∂J/∂z_ij · a_kj / m, and ∂J/∂z_ij is one forward-mode pass through the
//! layers above unit i. No backward code is used; a dense random direction is compared beside it.

use super::affine::{Affine, check_lengths, take};
use super::check::Check;
use super::comparison::GradientVerdict;
use super::dense::Direction;
use super::diagnosis::{Context, Pattern, WrongGradient, explained};
use super::differentiable::Differentiable;
use super::estimate::{Estimate, Status};
use super::exact::ExactSide;
use super::kinks::outcomes;
use super::outputs::{column, slopes};
use super::report::{GradientReport, Method};
use super::rounded::{Rounded, estimate};
use init_symmetry_network::kernel::vectorised;
use init_symmetry_network::specification::{OutputLoss, WithActivation, with_activation};
use init_symmetry_network::tolerance::{ROUNDINGS_OF_A_FUNCTION, ROUNDINGS_OF_A_SLOPE};
use init_symmetry_network::{Batch, Dual, Network, Result, specification_of};
use num_traits::Zero;
use std::array::from_fn;
use std::iter::repeat_n;

impl Check {
    /// [`Check::exact`] for a network on a batch, against any subject with the same parameters.
    ///
    /// Every entry costs about m operations: 3,201 parameters with 569 examples take milliseconds.
    ///
    /// # Errors
    /// What keeps the subject from answering; a batch that does not fit the network.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Batch, Loss, Network, Weights};
    /// use init_symmetry_gradient::{Check, NetworkLoss};
    /// use ndarray::array;
    /// let network = Network::new(&[1, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 0.0]])?;
    /// let start: Vec<f64> = network.initialise(Weights::Normal(1.0), 7)?.entries().collect();
    /// let subject = NetworkLoss { network: &network, batch: &batch };
    /// Check::default().network(&network, &batch, &subject, &start)?.assert_pass();
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn network(
        &self,
        network: &Network,
        batch: &Batch<f64>,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
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
        // Where a sign is lost, the sizes of the single examples may tell more.
        let at_kinks = layers.may_meet_a_kink.then(|| outcomes(network, batch, parameters));
        let outcomes = at_kinks.transpose()?.flatten();
        for (found, outcome) in found.iter_mut().zip(outcomes.unwrap_or_default()) {
            if found.status == Status::SignLost || outcome.status == Status::KnownKink {
                *found = outcome;
            }
        }
        let exact = ExactSide { method: Method::Sparse, specified: layers.loss, found };
        let context = Context { examples: Some(batch.m()) };
        let report = self.compare_exact(subject, parameters, &blocks, &claim, exact, context)?;
        let candidates = [
            (Slopes::Missing, Pattern::SlopeMissing),
            (Slopes::AtActivation, Pattern::SlopeAtActivation),
        ];
        let mut wrong_slopes = Vec::new();
        if report.verdict == GradientVerdict::Mismatch {
            for (slopes, pattern) in candidates {
                let layers = Layers::propagate(network, batch, parameters, slopes)?;
                wrong_slopes.push(WrongGradient { pattern, entries: layers.derivatives() });
            }
        }
        Ok(GradientReport {
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
/// use init_symmetry_gradient::network_derivatives;
/// use init_symmetry_network::{Activation, Batch, Loss, Network};
/// use ndarray::array;
/// let line = Network::new(&[1, 1], Activation::Identity, Loss::SquaredError)?;
/// let batch = Batch::new(array![[2.0]], array![[1.0]])?;
/// // J = ½(2w + b − 1)² at w = 3, b = 0: dw = 2·5, db = 5
/// let found = network_derivatives(&line, &batch, &[3.0, 0.0])?;
/// assert_eq!([found[0].low, found[1].low], [10.0, 5.0]);
/// # Ok::<(), init_symmetry_network::Error>(())
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
    slopes: Numbers,
    below: Wave,
}

impl Layer<'_> {
    /// ∂·/∂z of every unit of this layer times dz, an entry per example.
    fn times_slopes<'a>(
        &'a self,
        dz: &'a [Numbers],
        m: usize,
    ) -> impl Iterator<Item = impl ExactSizeIterator<Item = Rounded>> {
        let of_unit = move |(k, dz): (usize, &'a Numbers)| self.slopes.row(k, m).zip(dz.row(0, m));
        dz.iter().enumerate().map(of_unit).map(|terms| terms.map(|(slope, dz)| slope * dz))
    }
}

/// Numbers with their bounds, part by part, so that loops over them become vector instructions.
struct Numbers<Storage = Vec<f64>> {
    values: Storage,
    sizes: Storage,
    roundings: Storage,
}

impl Numbers<[f64; LANES]> {
    #[inline(always)]
    fn of_zeros() -> Self {
        let zeros = [0.0; LANES];
        Self { values: zeros, sizes: zeros, roundings: zeros }
    }
}

impl Numbers {
    fn with_capacity(count: usize) -> Self {
        let room = || Vec::with_capacity(count);
        Self { values: room(), sizes: room(), roundings: room() }
    }

    fn zeros(count: usize) -> Self {
        let zeros = || vec![0.0; count];
        Self { values: zeros(), sizes: zeros(), roundings: zeros() }
    }

    fn push(&mut self, number: Rounded) {
        self.values.push(number.value);
        self.sizes.push(number.size);
        self.roundings.push(number.roundings);
    }

    /// Those of one unit, an entry per example.
    fn row(&self, unit: usize, m: usize) -> impl ExactSizeIterator<Item = Rounded> {
        let row = unit * m..(unit + 1) * m;
        let values = self.values[row.clone()].iter();
        let bounds = self.sizes[row.clone()].iter().zip(&self.roundings[row]);
        values.zip(bounds).map(|(&value, (&size, &roundings))| Rounded { value, size, roundings })
    }

    /// w times each.
    fn times(&self, w: f64) -> impl ExactSizeIterator<Item = Rounded> {
        self.row(0, self.values.len()).map(move |number| Rounded::exact(w) * number)
    }

    fn collect(numbers: impl ExactSizeIterator<Item = Rounded>) -> Self {
        let mut all = Self::zeros(numbers.len());
        let bounds = all.sizes.iter_mut().zip(&mut all.roundings);
        for ((value, (size, roundings)), number) in all.values.iter_mut().zip(bounds).zip(numbers) {
            (*value, *size, *roundings) = (number.value, number.size, number.roundings);
        }
        all
    }

    /// The sums of the first of all the terms, of the second, and so on.
    fn sum<Terms: Iterator<Item = Rounded>>(
        count: usize,
        terms: impl IntoIterator<Item = Terms>,
    ) -> Self {
        let mut sums = Self::zeros(count);
        terms.into_iter().for_each(|terms| sums.add(terms));
        sums
    }

    /// Each becomes itself plus one of the terms.
    fn add(&mut self, terms: impl Iterator<Item = Rounded>) {
        let bounds = self.sizes.iter_mut().zip(&mut self.roundings);
        for ((value, (size, roundings)), term) in self.values.iter_mut().zip(bounds).zip(terms) {
            let sum = Rounded { value: *value, size: *size, roundings: *roundings } + term;
            (*value, *size, *roundings) = (sum.value, sum.size, sum.roundings);
        }
    }

    /// The most roundings of any of them; an exact zero has none.
    fn most_roundings(&self) -> f64 {
        let bounds = self.sizes.iter().zip(&self.roundings);
        let inexact = bounds.filter(|(size, _)| **size != 0.0);
        inexact.fold(0.0, |most, (_, &roundings)| most.max(roundings))
    }

    /// Σ_j of these / m, from the two sums.
    fn mean(&self, Sums { value, size }: Sums, roundings: f64) -> Estimate {
        let m = self.values.len() as f64;
        estimate(Rounded { value: value / m, size: size / m, roundings: roundings + m })
    }
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
    /// Whether some z may be where g has a kink, by bounds wider than those of one example.
    may_meet_a_kink: bool,
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
        let m = batch.m();
        let (mut rest, mut loss) = (parameters, Rounded::zero());
        let mut may_meet_a_kink = false;
        let mut layers = Vec::with_capacity(network.depth());
        let values: Vec<f64> = batch.x().iter().copied().collect();
        let sizes = values.iter().map(|x| x.abs()).collect();
        let mut below = Wave { values, sizes, roundings: 0.0 };
        for l in 1..=network.depth() {
            let (units, inputs) = network.extent_of_w(l);
            let affine = take(&mut rest, units, inputs, m);
            let z = Z::of(&affine, &below);
            let (slopes, above) = if l < network.depth() {
                let is_near = |z: Rounded| z.value.abs() <= z.error();
                let g = network.activation(l);
                may_meet_a_kink |= g.has_kink() && z.numbers().any(is_near);
                let facts = g.facts();
                let gated = facts.is_gated.then_some(facts.largest_slope);
                with_activation(g, Activated { z, which, gated })
            } else {
                let (slopes, total) = at_outputs(specification_of(network).loss, &z, batch);
                loss = total;
                (slopes, Wave { values: vec![], sizes: vec![], roundings: 0.0 })
            };
            layers.push(Layer { affine, slopes, below: std::mem::replace(&mut below, above) });
        }
        Ok(Self { layers, m, may_meet_a_kink, loss: loss / Rounded::exact(m as f64) })
    }

    /// The derivative with respect to every parameter: w1 row by row, b1, w2, b2, …
    fn derivatives(&self) -> Vec<Estimate> {
        let mut all = Vec::new();
        for (l, layer) in self.layers.iter().enumerate() {
            let units = layer.affine.b.len();
            let grouped = units / UNITS * UNITS;
            let mut of_bias = Vec::with_capacity(units);
            for unit in (0..grouped).step_by(UNITS) {
                self.append::<UNITS>(l, unit, &mut all, &mut of_bias);
            }
            for unit in grouped..units {
                self.append::<1>(l, unit, &mut all, &mut of_bias);
            }
            all.extend(of_bias);
        }
        all
    }

    /// The derivatives with respect to the weights and the biases of `COUNT` units of a layer.
    fn append<const COUNT: usize>(
        &self,
        l: usize,
        unit: usize,
        of_weights: &mut Vec<Estimate>,
        of_biases: &mut Vec<Estimate>,
    ) {
        let Layer { affine, below: Wave { values, sizes, roundings }, .. } = &self.layers[l];
        let through: [Numbers; COUNT] = from_fn(|k| self.through(l, unit + k));
        let mut of_inputs = vec![[Sums::default(); COUNT]; affine.inputs];
        sum_products(&through, values, sizes, &mut of_inputs);
        // the bias is the weight of an input that is always 1
        let (ones, mut of_ones) = (vec![1.0; self.m], [[Sums::default(); COUNT]]);
        sum_products(&through, &ones, &ones, &mut of_ones);
        for (k, through) in through.iter().enumerate() {
            let most = through.most_roundings();
            let of_row = of_inputs.iter().map(|sums| through.mean(sums[k], most + roundings + 1.0));
            of_weights.extend(of_row);
            of_biases.push(through.mean(of_ones[0][k], most));
        }
    }

    /// Forward mode from z of one unit upwards, the examples side by side: derivatives of all z of
    /// a layer, then the next, up to ∂J/∂z of every example, but for the 1/m.
    fn through(&self, l: usize, unit: usize) -> Numbers {
        let m = self.m;
        let da = Numbers::collect(self.layers[l].slopes.row(unit, m));
        let Some(next) = self.layers.get(l + 1) else {
            return da;
        };
        let only = |row: &[f64]| Numbers::collect(da.times(row[unit]));
        let mut dz: Vec<Numbers> = next.affine.rows().map(only).collect();
        for pair in self.layers[l + 1..].windows(2) {
            let terms = pair[0].times_slopes(&dz, m);
            let da: Vec<Numbers> = terms.map(Numbers::collect).collect();
            let all =
                |row: &[f64]| Numbers::sum(m, row.iter().zip(&da).map(|(&w, da)| da.times(w)));
            dz = pair[1].affine.rows().map(all).collect();
        }
        let top = self.layers.len() - 1;
        Numbers::sum(m, self.layers[top].times_slopes(&dz, m))
    }
}

/// ∂loss/∂z of every output, and the loss of all examples together.
fn at_outputs(loss: OutputLoss<Dual<Rounded>>, z: &Z, batch: &Batch<f64>) -> (Numbers, Rounded) {
    let (units, m) = batch.y().dim();
    let mut total = Rounded::zero();
    if let OutputLoss::OfEach(loss) = loss {
        let mut slopes = Numbers::with_capacity(units * m);
        for (z, &y) in z.numbers().zip(batch.y()) {
            let label = Dual::constant(Rounded::exact(y));
            let Dual { value, derivative } = loss(Dual::variable(z), label);
            total = total + value;
            slopes.push(derivative);
        }
        return (slopes, total);
    }
    let z: Vec<Rounded> = z.numbers().collect();
    let mut all = vec![Rounded::zero(); z.len()];
    let constants =
        |numbers: &[Rounded]| -> Vec<_> { numbers.iter().copied().map(Dual::constant).collect() };
    for (j, y) in batch.y().columns().into_iter().enumerate() {
        let (z, y) = (column(&z, m, j), y.to_vec());
        for (i, slope) in slopes(loss, &z, &y).into_iter().enumerate() {
            all[i * m + j] = slope;
        }
        let y: Vec<Rounded> = y.into_iter().map(Rounded::exact).collect();
        total = total + loss.of_example(&constants(&z), &constants(&y)).value;
    }
    (Numbers::collect(all.into_iter()), total)
}

/// How many units share one reading of what lies below them.
const UNITS: usize = 4;

/// How many numbers are worked on side by side.
const LANES: usize = 16;

/// A number and the sum of the absolute values of its terms.
#[derive(Clone, Copy, Default)]
struct Sums {
    value: f64,
    size: f64,
}

/// Σ_j ∂J/∂z_j · a_j of some units for every input a, with its size; `values` and `sizes` are
/// inputs × examples, row by row.
fn sum_products<const COUNT: usize>(
    through: &[Numbers; COUNT],
    values: &[f64],
    sizes: &[f64],
    sums: &mut [[Sums; COUNT]],
) {
    let m = through[0].values.len();
    let (mut left_values, mut left_sizes) = ([&[][..]; COUNT], [&[][..]; COUNT]);
    for (k, through) in through.iter().enumerate() {
        (left_values[k], left_sizes[k]) = (&through.values, &through.sizes);
    }
    vectorised(
        #[inline(always)]
        |_| {
            for ((sums, a), a_sizes) in sums.iter_mut().zip(values.chunks(m)).zip(sizes.chunks(m)) {
                let (values, sizes) = (dots(left_values, a), dots(left_sizes, a_sizes));
                for (sum, (value, size)) in sums.iter_mut().zip(values.into_iter().zip(sizes)) {
                    *sum = Sums { value, size };
                }
            }
        },
    );
}

/// Independent partial sums, so that the processor may add them side by side; the bound on the
/// error holds for every order.
#[inline(always)]
fn dots<const COUNT: usize>(left: [&[f64]; COUNT], right: &[f64]) -> [f64; COUNT] {
    let (whole, rest) = right.as_chunks::<LANES>();
    let lanes = partial_sums(left, whole);
    let mut sums = [0.0; COUNT];
    for ((sum, mut lanes), left) in sums.iter_mut().zip(lanes).zip(left) {
        for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
            for j in 0..half {
                lanes[j] += lanes[j + half];
            }
        }
        *sum = lanes[0];
        for (l, r) in left[right.len() - rest.len()..].iter().zip(rest) {
            *sum += l * r;
        }
    }
    sums
}

/// Loops over indices, which the compiler unrolls, so that the sums stay in registers.
#[inline(always)]
fn partial_sums<const COUNT: usize>(
    left: [&[f64]; COUNT],
    right: &[[f64; LANES]],
) -> [[f64; LANES]; COUNT] {
    let mut chunks: [&[[f64; LANES]]; COUNT] = [&[]; COUNT];
    for (chunks, left) in chunks.iter_mut().zip(left) {
        *chunks = &left.as_chunks::<LANES>().0[..right.len()];
    }
    let mut sums = [[0.0; LANES]; COUNT];
    for (at, right) in right.iter().enumerate() {
        for i in 0..COUNT {
            let left = &chunks[i][at];
            for j in 0..LANES {
                sums[i][j] += left[j] * right[j];
            }
        }
    }
    sums
}

/// W·a + b with its bounds; the size is that of the worst example of the unit.
struct Z {
    values: Vec<f64>,
    /// Of each unit.
    sizes: Vec<f64>,
    roundings: f64,
}

impl Z {
    fn of(affine: &Affine<'_>, below: &Wave) -> Self {
        let largest = |sizes: &[f64]| sizes.iter().copied().fold(0.0, f64::max);
        let largest: Vec<f64> = below.sizes.chunks(affine.m).map(largest).collect();
        // One product, then a sum over the inputs and the bias.
        let roundings = below.roundings + 1.0 + affine.inputs as f64;
        let sizes = affine.sizes(&largest).collect();
        Self { values: affine.values(&below.values), sizes, roundings }
    }

    /// Units × examples, row by row.
    fn numbers(&self) -> impl Iterator<Item = Rounded> {
        let Self { ref values, ref sizes, roundings } = *self;
        let m = values.len() / sizes.len();
        sizes.iter().zip(values.chunks(m)).flat_map(move |(&size, values)| {
            values.iter().map(move |&value| Rounded { value, size, roundings })
        })
    }
}

/// A function with its derivative: a type of its own and not a pointer, so that its loop becomes
/// vector instructions.
trait Function: Fn(Dual<Rounded>) -> Dual<Rounded> + Copy {}
impl<G: Fn(Dual<Rounded>) -> Dual<Rounded> + Copy> Function for G {}

/// a = g(z) and g'(z), or one of the wrong slopes.
struct Activated {
    z: Z,
    which: Slopes,
    gated: Option<f64>,
}

impl WithActivation<Dual<Rounded>> for Activated {
    type Result = (Numbers, Wave);

    fn with(self, g: impl Function) -> Self::Result {
        let Z { mut values, sizes: sizes_of_units, roundings } = self.z;
        let count = values.len();
        let (mut sizes, mut slopes) = (vec![0.0; count], Numbers::zeros(count));
        // one function at least; a product with z has more
        let mut roundings_of_a = roundings + ROUNDINGS_OF_A_FUNCTION;
        let activate = Activate {
            g,
            gated: self.gated,
            values: &mut values,
            sizes_of_units: &sizes_of_units,
            roundings,
            sizes: &mut sizes,
            slopes: &mut slopes,
            roundings_of_a: &mut roundings_of_a,
        };
        vectorised(
            #[inline(always)]
            |_| activate.run(),
        );
        let roundings = roundings_of_a;
        let a = values.iter().zip(&sizes).map(|(&value, &size)| Rounded { value, size, roundings });
        let slopes = match self.which {
            Slopes::Right => slopes,
            Slopes::Missing => Numbers::collect(repeat_n(Rounded::exact(1.0), count)),
            Slopes::AtActivation => Numbers::collect(a.map(|a| g(Dual::variable(a)).derivative)),
        };
        (slopes, Wave { values, sizes, roundings })
    }
}

/// a = g(z) and g'(z), units × examples, row by row.
struct Activate<'a, G> {
    g: G,
    /// The largest slope s of z·f(z). As a product it would have a size that is the square of that
    /// of z. It is a function with |g'| ≤ s and |g''| ≤ 1: g has size s·max(1, size of z), one
    /// function and one product; g' has size max(s, size of z), as in a dense pass.
    gated: Option<f64>,
    /// z, which become a.
    values: &'a mut [f64],
    /// Of the z of each unit.
    sizes_of_units: &'a [f64],
    roundings: f64,
    /// Of a.
    sizes: &'a mut [f64],
    slopes: &'a mut Numbers,
    /// The most of any a, and of what it was before.
    roundings_of_a: &'a mut f64,
}

impl<G: Function> Activate<'_, G> {
    #[inline(always)]
    fn run(self) {
        let Self { g, gated, values, sizes_of_units, roundings, sizes, slopes, roundings_of_a } =
            self;
        let m = values.len() / sizes_of_units.len();
        for (unit, &size) in sizes_of_units.iter().enumerate() {
            let end = (unit + 1) * m;
            for first in (unit * m..end).step_by(LANES) {
                let width = LANES.min(end - first);
                let mut z = [0.0; LANES];
                z[..width].copy_from_slice(&values[first..first + width]);
                let (mut a, mut slope) = (Numbers::of_zeros(), Numbers::of_zeros());
                for j in 0..LANES {
                    let z = Dual::variable(Rounded { value: z[j], size, roundings });
                    let Dual { mut value, mut derivative } = g(z);
                    if let Some(steepest) = gated {
                        value.size = steepest * size.max(1.0);
                        value.roundings = roundings + ROUNDINGS_OF_A_FUNCTION + 1.0;
                        derivative.size = steepest.max(size);
                        derivative.roundings = roundings + ROUNDINGS_OF_A_SLOPE;
                    }
                    a.values[j] = value.value;
                    a.sizes[j] = value.size;
                    a.roundings[j] = value.roundings;
                    slope.values[j] = derivative.value;
                    slope.sizes[j] = derivative.size;
                    slope.roundings[j] = derivative.roundings;
                }
                for &of_this in &a.roundings[..width] {
                    *roundings_of_a = roundings_of_a.max(of_this);
                }
                let to = first..first + width;
                values[to.clone()].copy_from_slice(&a.values[..width]);
                sizes[to.clone()].copy_from_slice(&a.sizes[..width]);
                slopes.values[to.clone()].copy_from_slice(&slope.values[..width]);
                slopes.sizes[to.clone()].copy_from_slice(&slope.sizes[..width]);
                slopes.roundings[to].copy_from_slice(&slope.roundings[..width]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::{Activation, Loss};
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
            specification.loss.of_example(&[Dual::variable(z2)], &[label]).derivative
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
    fn dot_products_have_every_term_once_whatever_their_length() {
        for length in 0..=3 * LANES + 1 {
            let whole = |factor: usize| (0..length).map(|k| (factor * k) as f64 - 7.0).collect();
            let [one, two, right]: [Vec<f64>; 3] = [1, 2, 3].map(whole);
            let dot = |left: &[f64]| left.iter().zip(&right).map(|(l, r)| l * r).sum::<f64>();
            let expected = [dot(&one), dot(&two)]; // of whole numbers, so without rounding
            assert_eq!(dots([&one, &two], &right), expected, "{length} terms");
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
}
