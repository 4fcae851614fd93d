//! What a backward pass may answer at kinks of a layered network: bounds on every outcome of the
//! chain rule with the slope of each kink anywhere between its two sides.
//!
//! It differs from the other passes in that a slope may be an interval. It is a backward pass of
//! its own, so that it serves for large networks, too. Start at [`at_kinks`].

use super::affine::{Affine, check_lengths, take};
use super::estimate::{Estimate, Status};
use super::outputs;
use super::rounded::Rounded;
use init_symmetry_network::tolerance::SIDES_OF_A_COMPARISON;
use init_symmetry_network::{Batch, Dual, Network, Result, specification_of};
use num_traits::Zero;

/// The entries of the gradient that depend on the slope of a kink, with their bounds.
pub(crate) fn at_kinks(
    network: &Network,
    batch: &Batch<f64>,
    parameters: &[f64],
) -> Result<Vec<(usize, Estimate)>> {
    let outcomes = outcomes(network, batch, parameters)?.unwrap_or_default();
    let all = outcomes.into_iter().enumerate();
    Ok(all.filter(|(_, entry)| entry.status == Status::KnownKink).collect())
}

/// Every entry of the gradient, at a kink or smooth; nothing where no unit is at a kink.
///
/// A unit is at a kink if rounding may decide on which side its z lies. Where two kinks lie on one
/// path, the bounds may be wider than the outcomes: an interval forgets that it is met twice.
pub(crate) fn outcomes(
    network: &Network,
    batch: &Batch<f64>,
    parameters: &[f64],
) -> Result<Option<Vec<Estimate>>> {
    check_lengths(network, batch, parameters)?;
    if !network.activations().iter().any(|g| g.has_kink()) {
        return Ok(None);
    }
    // made again for the way back, which most networks do not need: all of them may be much
    let forward = |example| Forward::run(network, batch, parameters, example);
    if !(0..batch.m()).map(forward).any(|forward| forward.meets_a_kink()) {
        return Ok(None);
    }
    let mut entries = vec![Outcomes::zero(); parameters.len()];
    (0..batch.m()).map(forward).for_each(|forward| forward.backward(&mut entries));
    let m = Rounded::exact(batch.m() as f64);
    Ok(Some(entries.into_iter().map(|entry| entry.mean(m)).collect()))
}

/// One example: what goes into each layer, and the local derivatives.
struct Forward<'a> {
    layers: Vec<Affine<'a>>,
    below: Vec<Vec<Rounded>>,
    /// ∂a/∂z of hidden layers, ∂loss/∂z of the output.
    slopes: Vec<Vec<Outcomes>>,
}

impl<'a> Forward<'a> {
    fn run(network: &Network, batch: &Batch<f64>, parameters: &'a [f64], example: usize) -> Self {
        let specification = specification_of::<Dual<Rounded>>(network);
        let sides = specification_of::<Dual<f64>>(network).hidden;
        let mut rest = parameters;
        let mut a: Vec<Rounded> =
            batch.x().column(example).iter().map(|&x| Rounded::exact(x)).collect();
        let (mut layers, mut below, mut slopes) = (Vec::new(), Vec::new(), Vec::new());
        for l in 1..=network.depth() {
            let (units, inputs) = network.extent_of_w(l);
            let affine = take(&mut rest, units, inputs, 1);
            let z: Vec<Rounded> = affine
                .rows()
                .zip(affine.b)
                .map(|(row, &b)| {
                    let terms = row.iter().zip(&a).map(|(&w, &a)| Rounded::exact(w) * a);
                    terms.fold(Rounded::zero(), |sum, term| sum + term) + Rounded::exact(b)
                })
                .collect();
            below.push(a);
            if l == network.depth() {
                let labels = batch.y().column(example).to_vec();
                let of_outputs = outputs::slopes(specification.loss, &z, &labels);
                slopes.push(of_outputs.into_iter().map(Outcomes::one).collect());
                a = Vec::new();
            } else {
                let g = specification.hidden[l - 1];
                let has_kink = network.activation(l).has_kink();
                let side = |z: f64| sides[l - 1](Dual::variable(z)).derivative;
                let [left, right] = [-1.0, 1.0].map(side);
                let here: Vec<Dual<Rounded>> = z.iter().map(|&z| g(Dual::variable(z))).collect();
                let slope = |(z, a): (&Rounded, &Dual<Rounded>)| {
                    let at_kink = has_kink && z.value.abs() <= z.error();
                    if at_kink {
                        Outcomes::between(left, right)
                    } else {
                        Outcomes::one(a.derivative)
                    }
                };
                slopes.push(z.iter().zip(&here).map(slope).collect());
                a = here.into_iter().map(|a| a.value).collect();
            }
            layers.push(affine);
        }
        Self { layers, below, slopes }
    }

    fn meets_a_kink(&self) -> bool {
        self.slopes.iter().flatten().any(|slope| slope.at_kink)
    }

    /// Adds dz·aᵀ and dz of every layer to the entries.
    fn backward(&self, entries: &mut [Outcomes]) {
        let mut end = entries.len();
        let mut da: Option<Vec<Outcomes>> = None;
        for l in (0..self.layers.len()).rev() {
            let Affine { b, inputs, .. } = self.layers[l];
            let dz: Vec<Outcomes> = match &da {
                None => self.slopes[l].clone(),
                Some(da) => da.iter().zip(&self.slopes[l]).map(|(&da, &g)| da.times(g)).collect(),
            };
            let start = end - b.len() * (inputs + 1);
            let (of_w, of_b) = entries[start..end].split_at_mut(b.len() * inputs);
            for ((row, db), &dz) in of_w.chunks_mut(inputs).zip(of_b).zip(&dz) {
                *db = db.plus(dz);
                for (dw, &a) in row.iter_mut().zip(&self.below[l]) {
                    *dw = dw.plus(dz.times(Outcomes::one(a)));
                }
            }
            let through = |k: usize| {
                let terms = self.layers[l]
                    .rows()
                    .zip(&dz)
                    .map(|(row, &dz)| dz.times(Outcomes::one(Rounded::exact(row[k]))));
                terms.fold(Outcomes::zero(), Outcomes::plus)
            };
            da = Some((0..inputs).map(through).collect());
            end = start;
        }
    }
}

/// An interval of real numbers, with the size and the roundings of its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcomes {
    low: f64,
    high: f64,
    /// The bound on rounding, as that of one number.
    bound: Rounded,
    at_kink: bool,
}

impl Outcomes {
    fn one(number: Rounded) -> Self {
        Self { low: number.value, high: number.value, bound: number, at_kink: false }
    }

    fn zero() -> Self {
        Self::one(Rounded::zero())
    }

    fn between(left: f64, right: f64) -> Self {
        let bound = Rounded::exact(left.abs().max(right.abs()));
        Self { low: left.min(right), high: left.max(right), bound, at_kink: true }
    }

    fn is_zero(self) -> bool {
        self.bound.is_zero()
    }

    fn plus(self, other: Self) -> Self {
        match (self.is_zero(), other.is_zero()) {
            (_, true) => self,
            (true, _) => other,
            _ => Self {
                low: self.low + other.low,
                high: self.high + other.high,
                bound: self.bound + other.bound,
                at_kink: self.at_kink || other.at_kink,
            },
        }
    }

    fn times(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::zero();
        }
        let products = [self.low, self.high].map(|a| [a * other.low, a * other.high]);
        let ends = products.as_flattened();
        Self {
            low: ends.iter().copied().fold(f64::INFINITY, f64::min),
            high: ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            bound: self.bound * other.bound,
            at_kink: self.at_kink || other.at_kink,
        }
    }

    fn mean(self, m: Rounded) -> Estimate {
        let rounding = SIDES_OF_A_COMPARISON * (self.bound / m).error();
        let (low, high) = (self.low / m.value, self.high / m.value);
        let status = if self.at_kink { Status::KnownKink } else { Status::Smooth };
        Estimate { low, high, truncation: 0.0, rounding, status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use init_symmetry_network::{Activation, Loss};
    use ndarray::array;

    #[test]
    fn outcomes_at_a_kink_are_those_worked_out_by_hand() {
        let network = Network::new(&[1, 1, 1], Activation::Relu, Loss::SquaredError).unwrap();
        let batch = |x: [f64; 2]| Batch::new(array![x], array![[0.0, 0.0]]).unwrap();
        // a[1] = relu(2x), z[2] = 3a + 1
        let parameters = [2.0, 0.0, 3.0, 1.0];
        // x = 0: dz[2] = 1 and dz[1] is from 0 to 3; x = 1: dz[2] = 7, dz[1] = 21 and a[1] = 2
        let found = outcomes(&network, &batch([0.0, 1.0]), &parameters).unwrap().unwrap();
        let ends = |entry: &Estimate| (entry.low, entry.high);
        let expected = [(10.5, 10.5), (10.5, 12.0), (7.0, 7.0), (4.0, 4.0)];
        assert_eq!(found.iter().map(ends).collect::<Vec<_>>(), expected);
        let kinks = at_kinks(&network, &batch([0.0, 1.0]), &parameters).unwrap();
        assert_eq!(kinks, [(1, found[1])], "the input of w1 is zero there");
        assert_eq!(outcomes(&network, &batch([0.5, 1.0]), &parameters), Ok(None));
        assert_eq!(at_kinks(&network, &batch([0.5, 1.0]), &parameters), Ok(vec![]));
        let tanh = Network::new(&[1, 1, 1], Activation::Tanh, Loss::SquaredError).unwrap();
        assert_eq!(at_kinks(&tanh, &batch([0.0, 1.0]), &parameters), Ok(vec![]));
    }

    #[test]
    fn only_a_layer_whose_own_activation_has_a_kink_is_at_one() {
        let batch = Batch::new(array![[0.0, 1.0]], array![[0.0, 0.0]]).unwrap();
        // one layer is a[l] = relu(z), the other passes on what it gets; z[3] = 3a + 1
        let parameters = [2.0, 0.0, 1.0, 0.0, 3.0, 1.0];
        let found = |own: [Activation; 2]| {
            let widths = [1, 1, 1, 1];
            let network = Network::with_activations(&widths, &own, Loss::SquaredError).unwrap();
            let found = outcomes(&network, &batch, &parameters).unwrap().unwrap();
            found.iter().map(|entry| (entry.low, entry.high)).collect::<Vec<_>>()
        };
        // x = 0: dz[3] = 1, dz[2] and dz[1] from 0 to 3; x = 1: dz[3] = 7, dz[2] = dz[1] = 21
        let kink_above = [(10.5, 10.5), (10.5, 12.0), (21.0, 21.0), (10.5, 12.0)];
        let kink_below = [(10.5, 10.5), (10.5, 12.0), (21.0, 21.0), (12.0, 12.0)];
        let output = [(7.0, 7.0), (4.0, 4.0)];
        let [relu, identity] = [Activation::Relu, Activation::Identity];
        assert_eq!(found([identity, relu]), [&kink_above[..], &output].concat());
        assert_eq!(found([relu, identity]), [&kink_below[..], &output].concat());
    }

    #[test]
    fn an_interval_times_an_interval_has_its_ends_among_the_products() {
        let between = |low: f64, high: f64| Outcomes::between(low, high);
        let product = between(-2.0, 3.0).times(between(-5.0, 7.0));
        assert_eq!((product.low, product.high, product.at_kink), (-15.0, 21.0, true));
        let sum = between(-2.0, 3.0).plus(Outcomes::one(Rounded::exact(4.0)));
        assert_eq!((sum.low, sum.high, sum.at_kink), (2.0, 7.0, true));
        // what does not depend on a kink is not at one
        assert!(!between(0.0, 1.0).times(Outcomes::zero()).at_kink);
    }
}
