//! The derivative along one random direction through all parameters, in one dense forward pass.

use super::affine::{Affine, check_lengths, take};
use super::difference::floored;
use super::estimate::Estimate;
use super::outputs::column;
use super::rounded::{Rounded, estimate};
use init_symmetry_network::specification::OutputLoss;
use init_symmetry_network::tolerance::{
    ROUNDINGS_OF_A_FUNCTION, ROUNDINGS_OF_A_SLOPE, after_roundings, roundings_of_exponentials,
};
use init_symmetry_network::{Activation, Batch, Dual, Loss, Network, Result, specification_of};
use ndarray::ArrayView1;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A direction through the parameters of a network: in each layer u·vᵀ for W, and one for b.
///
/// An error E of dW is missed only where uᵀ·E·v is within the tolerance. It is exactly 0 with a
/// chance of at most 2^−19 (Schwartz 1980, lemma 1: degree 2, and 2^20 values for each factor).
/// Of rank one, it costs one product less than a full one. Every coordinate is at least ¼.
///
/// ```
/// use init_symmetry_gradient::Direction;
/// use init_symmetry_network::{Activation, Batch, Loss, Network, Weights};
/// use ndarray::array;
/// let network = Network::new(&[1, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 0.0]])?;
/// let start = network.initialise(Weights::Normal(1.0), 7)?;
/// let gradient: Vec<f64> = network.evaluate(&start, &batch)?.gradient.entries().collect();
/// let direction = Direction::random(&network, 1);
/// let flat: Vec<f64> = start.entries().collect();
/// let slope = direction.derivative(&network, &batch, &flat)?;
/// assert!(slope.accepts(direction.slope_of(&gradient)));
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    layers: Vec<OfLayer>,
}

/// u, v and the direction of b.
#[derive(Debug, Clone, PartialEq)]
struct OfLayer {
    rows: Vec<f64>,
    columns: Vec<f64>,
    b: Vec<f64>,
}

impl Direction {
    /// A direction drawn from a seed, every factor k/2^20 with ½ ≤ |k|/2^20 ≤ 1.
    pub fn random(network: &Network, seed: u64) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut draw = |n| -> Vec<f64> { (0..n).map(|_| floored(&mut random)).collect() };
        let layers = (1..=network.depth()).map(|l| {
            let (units, inputs) = network.extent_of_w(l);
            OfLayer { rows: draw(units), columns: draw(inputs), b: draw(units) }
        });
        Self { layers: layers.collect() }
    }

    /// The slope along this direction of a function with that gradient: gradient·v.
    pub fn slope_of(&self, gradient: &[f64]) -> f64 {
        self.fold(gradient, |factor, entry| factor * entry)
    }

    /// Σ|v|·size: the error along this direction when every entry is off by its size.
    pub(crate) fn size_of(&self, sizes: &[f64]) -> f64 {
        self.fold(sizes, |factor, size| factor.abs() * size)
    }

    fn fold(&self, entries: &[f64], product: impl Fn(f64, f64) -> f64) -> f64 {
        let (mut rest, mut sum) = (entries, 0.0);
        for OfLayer { rows, columns, b } in &self.layers {
            let (of_w, after) = rest.split_at((rows.len() * columns.len()).min(rest.len()));
            let (of_b, after) = after.split_at(b.len().min(after.len()));
            rest = after;
            for (&u, row) in rows.iter().zip(of_w.chunks(columns.len())) {
                let along = row.iter().zip(columns).map(|(&entry, &v)| product(v, entry));
                sum += product(u, along.sum::<f64>());
            }
            sum += b.iter().zip(of_b).map(|(&v, &entry)| product(v, entry)).sum::<f64>();
        }
        sum
    }

    /// The derivative of the mean loss along this direction, with the bound on rounding.
    ///
    /// # Errors
    /// Parameters or a batch that do not fit the network.
    pub fn derivative(
        &self,
        network: &Network,
        batch: &Batch<f64>,
        parameters: &[f64],
    ) -> Result<Estimate> {
        check_lengths(network, batch, parameters)?;
        let specification = specification_of::<Dual<f64>>(network);
        let m = batch.m();
        let mut a: Vec<f64> = batch.x().iter().copied().collect();
        let (mut da, mut rest, mut slope) = (None::<Vec<f64>>, parameters, 0.0);
        let mut bound = Bound::of_inputs(&a, m);
        for (along, l) in self.layers.iter().zip(1..) {
            let (units, inputs) = network.extent_of_w(l);
            let layer = take(&mut rest, units, inputs, m);
            let z = layer.values(&a);
            let dz = along.dz(&layer, &a, da.as_deref());
            let duals = z.iter().zip(&dz).map(|(&value, &derivative)| Dual { value, derivative });
            bound = bound.through(&layer, along);
            if l == network.depth() {
                slope = slope_of_losses(specification.loss, duals.collect(), batch);
            } else {
                let g = network.activation(l);
                bound.lose_signs(g, &z, m);
                let hidden = duals.map(specification.hidden[l - 1]);
                let (values, derivatives) = hidden.map(|a| (a.value, a.derivative)).unzip();
                (a, da) = (values, Some(derivatives));
                bound = bound.activated(g);
            }
        }
        Ok(bound.of_loss(slope / m as f64, network.loss, batch))
    }
}

/// The derivative of the sum of all losses, with z outputs × examples, row by row.
fn slope_of_losses(loss: OutputLoss<Dual<f64>>, z: Vec<Dual<f64>>, batch: &Batch<f64>) -> f64 {
    match loss {
        OutputLoss::OfEach(loss) => {
            let losses = z.into_iter().zip(batch.y());
            losses.map(|(z, &y)| loss(z, Dual::constant(y)).derivative).sum()
        }
        OutputLoss::OfAll(loss) => {
            let examples = batch.y().columns().into_iter().enumerate();
            let of_example = |(j, y): (usize, ArrayView1<'_, f64>)| {
                loss(&column(&z, batch.m(), j), &y.mapv(Dual::constant).to_vec()).derivative
            };
            examples.map(of_example).sum()
        }
    }
}

impl OfLayer {
    /// dz = u·(v·a) + b' + W·da, where nothing below the first layer moves.
    fn dz(&self, layer: &Affine<'_>, a: &[f64], da: Option<&[f64]>) -> Vec<f64> {
        let projection = Affine { w: &self.columns, b: &[0.0], ..*layer }.values(a);
        let mut dz = match da {
            Some(da) => Affine { b: &self.b, ..*layer }.values(da),
            None => self.b.iter().flat_map(|&b| std::iter::repeat_n(b, layer.m)).collect(),
        };
        for (dz, &u) in dz.chunks_mut(layer.m).zip(&self.rows) {
            dz.iter_mut().zip(&projection).for_each(|(dz, va)| *dz += u * va);
        }
        dz
    }
}

/// The bound on the rounding of a dense pass: for each unit, the largest sizes of any example.
///
/// A slope g'(z) of size at most s ≥ 1 whose own slope is at most 1 is off by the error of z and
/// its own roundings, so it counts as a term of size max(s, size of z), and g(z) as one of size
/// s·max(1, size of z); a slope of the loss, likewise, as one of size (1 + |y|)·max(1, size of z).
/// Of the 8 roundings of a function our σ takes 4, so that the product in z·σ(z) is among them.
struct Bound {
    sizes: Vec<f64>,
    derivatives: Vec<f64>,
    roundings: f64,
    roundings_of_derivatives: f64,
}

impl Bound {
    fn of_inputs(x: &[f64], m: usize) -> Self {
        let largest = |row: &[f64]| row.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let sizes: Vec<f64> = x.chunks(m).map(largest).collect();
        let derivatives = vec![0.0; sizes.len()];
        Self { sizes, derivatives, roundings: 0.0, roundings_of_derivatives: 0.0 }
    }

    /// z = W·a + b and dz = u·(v·a) + b' + W·da.
    fn through(&self, layer: &Affine<'_>, along: &OfLayer) -> Self {
        let inputs = layer.inputs as f64;
        let still = vec![0.0; layer.b.len()];
        let moved = Affine { b: &still, ..*layer };
        let sizes = self.sizes.iter().zip(&along.columns);
        let column: f64 = sizes.map(|(size, v)| size * v.abs()).sum();
        let parts = along.rows.iter().zip(&along.b).zip(moved.sizes(&self.derivatives));
        let derivative =
            |((u, v), through): ((&f64, &f64), f64)| u.abs() * column + v.abs() + through;
        Self {
            derivatives: parts.map(derivative).collect(),
            sizes: layer.sizes(&self.sizes).collect(),
            roundings: self.roundings + 1.0 + inputs,
            roundings_of_derivatives: self.roundings.max(self.roundings_of_derivatives)
                + 3.0
                + 2.0 * inputs,
        }
    }

    /// a = g(z) and da = g'(z)·dz.
    fn activated(self, g: Activation) -> Self {
        let largest_slope = g.facts().largest_slope.max(1.0);
        let products = self.sizes.iter().zip(&self.derivatives);
        Self {
            derivatives: products.map(|(size, dz)| size.max(largest_slope) * dz).collect(),
            sizes: self.sizes.iter().map(|size| largest_slope * size.max(1.0)).collect(),
            roundings: self.roundings + ROUNDINGS_OF_A_FUNCTION,
            roundings_of_derivatives: self.slope_times_derivative(),
        }
    }

    fn slope_times_derivative(&self) -> f64 {
        self.roundings + ROUNDINGS_OF_A_SLOPE + self.roundings_of_derivatives + 1.0
    }

    /// An argument that may lie on either side of a kink bounds nothing.
    fn lose_signs(&mut self, g: Activation, z: &[f64], m: usize) {
        let Some(kink) = g.facts().kink else { return };
        let relative = after_roundings(self.roundings);
        let mut units = z.chunks(m).zip(&self.sizes);
        let at_kink = |z: &f64, size: f64| (z - kink).abs() <= relative * size;
        if units.any(|(z, &size)| size > 0.0 && z.iter().any(|z| at_kink(z, size))) {
            self.roundings = f64::INFINITY;
        }
    }

    fn of_loss(&self, slope: f64, loss: Loss, batch: &Batch<f64>) -> Estimate {
        let labels = batch.y().iter().fold(0.0_f64, |most, y| most.max(y.abs()));
        let terms = self.sizes.iter().zip(&self.derivatives);
        let sums = (self.sizes.len() + batch.m()) as f64;
        let roundings = self.slope_times_derivative() + sums;
        if loss.couples_outputs() {
            return self.of_coupling_loss(slope, labels, roundings);
        }
        let size = terms.map(|(size, dz)| (1.0 + labels) * size.max(1.0) * dz).sum();
        estimate(Rounded { value: slope, size, roundings })
    }

    /// Of Σ y_k·(Σ ŷ_i·dz_i − dz_k) + (1 − Σ y_k)·Σ ŷ_i·dz_i: in it dz_k has the factor y_k once,
    /// and ŷ_k at most 1 + 2Σ|y| times, each off by the error of the largest z.
    fn of_coupling_loss(&self, slope: f64, labels: f64, roundings: f64) -> Estimate {
        let n_y = self.sizes.len();
        let largest = self.sizes.iter().copied().fold(1.0, f64::max);
        let factor = (1.0 + 2.0 * labels * n_y as f64) * largest + labels;
        let size = self.derivatives.iter().map(|dz| factor * dz).sum();
        let roundings = roundings + 3.0 * n_y as f64 + roundings_of_exponentials(n_y);
        estimate(Rounded { value: slope, size, roundings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::Loss;
    use ndarray::array;

    /// Through a 2-1-1 network.
    fn direction() -> Direction {
        let first = OfLayer { rows: vec![0.5], columns: vec![1.0, -0.75], b: vec![-0.5] };
        let second = OfLayer { rows: vec![1.0], columns: vec![0.5], b: vec![-1.0] };
        Direction { layers: vec![first, second] }
    }

    #[test]
    fn slopes_keep_their_signs_and_sizes_do_not() {
        assert_eq!(direction().slope_of(&[1.0, 2.0, 4.0, 8.0, 16.0]), -0.25 - 2.0 + 4.0 - 16.0);
        assert_eq!(direction().size_of(&[1.0, 2.0, 4.0, 8.0, 16.0]), 1.25 + 2.0 + 4.0 + 16.0);
    }

    #[test]
    fn the_bound_of_a_dense_pass_is_the_one_worked_out_by_hand() {
        let network = Network::new(&[2, 1, 1], Activation::Identity, Loss::SquaredError).unwrap();
        let batch = Batch::new(array![[2.0, -4.0], [1.0, 0.5]], array![[1.0, 0.0]]).unwrap();
        let found =
            direction().derivative(&network, &batch, &[3.0, -2.0, 1.0, -2.0, 0.25]).unwrap();
        let (z1, dz1) = (3.0 * 4.0 + 2.0 * 1.0 + 1.0, 0.5 * (4.0 * 1.0 + 1.0 * 0.75) + 0.5);
        let (z2, dz2) = (2.0 * z1 + 0.25, z1 * 0.5 + 1.0 + 2.0 * (z1 * dz1));
        let (of_z1, of_dz1) = (1.0 + 2.0, 3.0 + 2.0 * 2.0);
        let of_z2 = of_z1 + ROUNDINGS_OF_A_FUNCTION + 1.0 + 1.0;
        let of_da1 = of_z1 + ROUNDINGS_OF_A_SLOPE + of_dz1 + 1.0;
        let of_dz2 = of_da1 + 3.0 + 2.0 * 1.0;
        let of_products = of_z2 + ROUNDINGS_OF_A_SLOPE + of_dz2 + 1.0;
        let (value, size) = (found.low, (1.0 + 1.0) * z2 * dz2);
        // one unit and two examples are summed
        let expected = estimate(Rounded { value, size, roundings: of_products + 3.0 });
        assert_eq!(found, expected);
        assert_eq!((z1, z2), (15.0, 30.25), "not vacuous: sizes above 1");
    }

    #[test]
    fn a_relu_whose_argument_rounding_may_turn_bounds_nothing() {
        let network = Network::new(&[2, 1, 1], Activation::Relu, Loss::SquaredError).unwrap();
        let batch = |x| Batch::new(x, array![[1.0]]).unwrap();
        let known = |x, b: f64| {
            let point = [0.1, -0.1, b, 1.0, 0.0];
            direction().derivative(&network, &batch(x), &point).unwrap().is_known()
        };
        assert!(!known(array![[1.0], [1.0]], 0.0), "0.1 − 0.1, of terms that are not 0");
        let tiny = 1.0 / (1_u64 << 46) as f64;
        assert!(!known(array![[1024.0], [1024.0]], tiny), "less than the rounding of 102.4");
        assert!(known(array![[0.0], [0.0]], tiny) && known(array![[0.0], [0.0]], 0.0));
        assert!(known(array![[1.0], [1.0]], 0.1) && known(array![[1.0], [1.0]], -0.1));
    }
}
