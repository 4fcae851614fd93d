//! Differences through one unit at a time: a step in an entry of W\[l\] moves one z per example.
//!
//! Everything below unit i stays as it is, so the loss after a step costs only the layers above.
//! The loss is the specification's; no backward code is used.

use super::affine::{Affine, check_lengths, take};
use super::check::Check;
use super::dense::Direction;
use super::diagnosis::Context;
use super::difference::{Line, Noise, SMALLEST_STEP, derivative, floored};
use super::differentiable::{Block, Differentiable, LossAndGradient};
use super::estimate::{Estimate, Status};
use super::exact::ExactSide;
use super::kinks::at_kinks;
use super::noise::noise;
use super::outputs::column;
use super::report::{GradientReport, Method};
use super::run::{Run, magnitude, scale};
use super::sparse::{Layers, Slopes, agrees};
use init_symmetry_network::specification::{OutputLoss, Specification};
use init_symmetry_network::{Batch, Network, Result, specification_of};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

impl Check {
    /// [`Check::differences`] for a network on a batch, every entry through its one unit, with one
    /// dense random direction beside them.
    ///
    /// The differences are those of the specification's loss, so a sum for a mean is seen.
    /// [`Check::network`] is exact and faster; this is a second opinion that shares only the loss
    /// with it.
    ///
    /// # Errors
    /// What keeps the subject from answering; a batch that does not fit the network.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Batch, Loss, Network, Weights};
    /// use init_symmetry_gradient::{Check, NetworkLoss};
    /// use ndarray::array;
    /// let network = Network::new(&[1, 2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 0.0]])?;
    /// let start: Vec<f64> = network.initialise(Weights::Normal(1.0), 7)?.entries().collect();
    /// let subject = NetworkLoss { network: &network, batch: &batch };
    /// Check::default().network_by_differences(&network, &batch, &subject, &start)?.assert_pass();
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn network_by_differences(
        &self,
        network: &Network,
        batch: &Batch<f64>,
        subject: &dyn Differentiable,
        parameters: &[f64],
    ) -> Result<GradientReport> {
        let blocks = subject.blocks();
        let claim = self.claim(subject, &blocks, parameters)?;
        if claim.problem.is_some() {
            return Ok(self.invalid(&blocks, &claim, Method::Structured));
        }
        let forward = Forward::run(network, batch, parameters)?;
        let specified = Layers::propagate(network, batch, parameters, Slopes::Right)?.loss;
        let measured = forward.noise(self.seed, batch, parameters)?;
        // The loss is the specification's, so the bound is one; a kink nearby may look like noise.
        let bound = specified.error();
        let noise = Noise { measured: measured.min(bound), bound, smallest_step: SMALLEST_STEP };
        let mut found = forward.derivatives(noise)?;
        let at_kinks = at_kinks(network, batch, parameters)?;
        let direction = Direction::random(network, self.seed);
        let dense = direction.derivative(network, batch, parameters)?;
        if at_kinks.is_empty() && !agrees(&found, &direction, &dense) {
            found.fill(Estimate::nothing(Status::NotConverged));
        }
        at_kinks.into_iter().for_each(|(place, outcomes)| found[place] = outcomes);
        let beside = WithSpecifiedLoss { subject, network, batch };
        let run = Run::new(self, &beside, &blocks, parameters, &claim).with(noise);
        run.judge_kinks(&mut found, &claim.gradient)?;
        let method = Method::Structured;
        let context = Context { examples: Some(batch.m()) };
        let differences = ExactSide { method, specified, found };
        self.compare_exact(subject, parameters, &blocks, &claim, differences, context)
    }
}

/// A subject's gradient with the specification's loss, to see whether the one adds up to the other.
struct WithSpecifiedLoss<'a> {
    subject: &'a dyn Differentiable,
    network: &'a Network,
    batch: &'a Batch<f64>,
}

impl Differentiable for WithSpecifiedLoss<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.subject.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        self.subject.evaluate(parameters)
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        specification_of(self.network).mean_loss(parameters, self.batch)
    }
}

/// The forward pass of the specification, every layer units × examples, row by row.
struct Forward<'a> {
    specification: Specification<'a, f64>,
    layers: Vec<Affine<'a>>,
    z: Vec<Vec<f64>>,
    /// What goes into each layer: x, then the activations.
    below: Vec<Vec<f64>>,
    y: Vec<f64>,
    m: usize,
}

impl<'a> Forward<'a> {
    fn run(network: &'a Network, batch: &Batch<f64>, parameters: &'a [f64]) -> Result<Self> {
        check_lengths(network, batch, parameters)?;
        let specification = specification_of(network);
        let (m, mut rest) = (batch.m(), parameters);
        let mut below = vec![batch.x().iter().copied().collect::<Vec<_>>()];
        let (mut layers, mut z) = (Vec::new(), Vec::new());
        for l in 1..=network.depth() {
            let (units, inputs) = network.extent_of_w(l);
            let affine = take(&mut rest, units, inputs, m);
            let z_here = affine.values(&below[l - 1]);
            if let Some(g) = specification.hidden.get(l - 1) {
                below.push(z_here.iter().map(|&z| g(z)).collect());
            }
            z.push(z_here);
            layers.push(affine);
        }
        let y = batch.y().iter().copied().collect();
        Ok(Self { specification, layers, z, below, y, m })
    }

    /// The mean loss when z of one unit of layer l + 1 moves by t·shift, an entry per example.
    fn loss_with(&self, l: usize, unit: usize, shift: &[f64], t: f64) -> f64 {
        let range = unit * self.m..(unit + 1) * self.m;
        let moved = self.z[l][range.clone()].iter().zip(shift).map(|(z, shift)| z + t * shift);
        let Some(above) = self.layers.get(l + 1) else {
            let mut z = self.z[l].clone();
            z.splice(range, moved);
            return self.mean_loss(&z);
        };
        let a = moved.map(self.specification.hidden[l]);
        let change: Vec<f64> = a.zip(&self.below[l + 1][range]).map(|(a, was)| a - was).collect();
        let mut z = self.z[l + 1].clone();
        for (row, z) in above.rows().zip(z.chunks_mut(self.m)) {
            z.iter_mut().zip(&change).for_each(|(z, change)| *z += row[unit] * change);
        }
        for (upper, g) in self.layers[l + 2..].iter().zip(&self.specification.hidden[l + 1..]) {
            let a: Vec<f64> = z.iter().map(|&z| g(z)).collect();
            z = upper.values(&a);
        }
        self.mean_loss(&z)
    }

    fn mean_loss(&self, z: &[f64]) -> f64 {
        let m = self.m;
        let sum: f64 = match self.specification.loss {
            OutputLoss::OfEach(loss) => z.iter().zip(&self.y).map(|(&z, &y)| loss(z, y)).sum(),
            OutputLoss::OfAll(loss) => {
                (0..m).map(|j| loss(&column(z, m, j), &column(&self.y, m, j))).sum()
            }
        };
        sum / m as f64
    }

    /// The noise of the loss along the bias of the first unit of each layer and two dense lines.
    fn noise(&self, seed: u64, batch: &Batch<f64>, parameters: &[f64]) -> Result<f64> {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let ones = vec![1.0; self.m];
        let mut lines: Vec<Box<Line<'_>>> = Vec::new();
        for (l, layer) in self.layers.iter().enumerate() {
            let (ones, length) = (&ones, magnitude(layer.b[0]));
            lines.push(Box::new(move |t| Ok(self.loss_with(l, 0, ones, t * length))));
        }
        for _ in 0..2 {
            // relative to the parameters: far steps would find kinks and take them for noise
            let mut along = |&theta: &f64| floored(&mut random) * magnitude(theta);
            let direction: Vec<f64> = parameters.iter().map(&mut along).collect();
            lines.push(Box::new(move |t| {
                let moved = parameters.iter().zip(&direction).map(|(theta, v)| theta + t * v);
                self.specification.mean_loss(&moved.collect::<Vec<_>>(), batch)
            }));
        }
        Ok(noise(&mut lines)?.noise)
    }

    /// The derivative with respect to every parameter: w1 row by row, b1, w2, b2, …
    fn derivatives(&self, noise: Noise) -> Result<Vec<Estimate>> {
        let ones = vec![1.0; self.m];
        let mut all = Vec::new();
        for (l, layer) in self.layers.iter().enumerate() {
            let entry = |unit: usize, shift: &[f64], parameter: f64| -> Result<Estimate> {
                let length = scale(parameter);
                let mut phi = |t: f64| Ok(self.loss_with(l, unit, shift, t * length));
                let at_zero = phi(0.0)?;
                Ok(derivative(&mut phi, at_zero, noise)?.scaled(1.0 / length))
            };
            for (unit, row) in layer.rows().enumerate() {
                for (&w, a) in row.iter().zip(self.below[l].chunks(self.m)) {
                    all.push(entry(unit, a, w)?);
                }
            }
            for (unit, &b) in layer.b.iter().enumerate() {
                all.push(entry(unit, &ones, b)?);
            }
        }
        Ok(all)
    }
}
