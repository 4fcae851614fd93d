//! A subject with one fault, or none: then it answers what the reference answers, bit for bit.
//!
//! Here are the faults of steps, training, starts and answers, each where its name stands; those of
//! gradient and loss are in `backprop.rs`. Start reading at the methods of [`Subject`].

use super::backprop::Backprop;
use super::{Fault, Planted};
use crate::subject::{Ability, Descent, Networks, Observer, Subject};
use init_symmetry_network::start_rules::CommonMistake;
use init_symmetry_network::{
    Batch, Biases, Error, Evaluation, Gradient, Layer, LayerGradient, Network, Parameters, Problem,
    Result, Scheme, Start, Weights,
};
use ndarray::{Array2, Zip};
use std::sync::atomic::{AtomicUsize, Ordering};
use strum::VariantArray;

/// A second implementation of the network, its trainer and its start, with at most one fault.
///
/// ```
/// use init_symmetry_check::fault::{Fault, Faulty};
/// use init_symmetry_check::property::{Config, a_step_subtracts_rate_times_gradient};
/// let config = Config::default();
/// assert!(a_step_subtracts_rate_times_gradient(&Faulty::default(), &config).passes());
/// let ascending = Faulty::with(Fault::UpdateAscends);
/// assert!(!a_step_subtracts_rate_times_gradient(&ascending, &config).passes());
/// ```
#[derive(Debug, Default)]
pub struct Faulty {
    fault: Option<Fault>,
    calls: AtomicUsize,
}

/// The weight decay of [`Fault::HiddenWeightDecay`].
const DECAY: f64 = 0.01;

/// Where [`Fault::WeightsClamped`] clamps.
const CLAMP: f64 = 2.0;

/// What the other row of [`Fault::ZeroInitNotZeroInOneRow`] holds.
const NOT_ZERO: f64 = 0.01;

/// The scale of the biases of [`Fault::StartWithRandomBiases`].
const SCALE_OF_BIASES: f64 = 0.5;

impl Subject for Faulty {
    fn name(&self) -> &str {
        self.fault.as_ref().map_or("the fault-free copy", |fault| fault.name())
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    fn networks(&self) -> Networks {
        Networks::all()
    }

    fn starts(&self) -> Vec<Scheme> {
        Scheme::VARIANTS.to_vec()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let parameters = &self.accepted(problem)?;
        let backprop = self.backprop(Problem { parameters, ..problem }, None);
        let cache = backprop.forward();
        let mut gradient = backprop.backward(&cache);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::EverySecondCallDiffers) && call % 2 == 1 {
            gradient.layers.iter_mut().for_each(halve);
        }
        Ok(Evaluation { loss: backprop.loss(&cache), gradient })
    }

    fn mean_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        let parameters = &self.accepted(problem)?;
        let backprop = self.backprop(Problem { parameters, ..problem }, None);
        Ok(backprop.loss(&backprop.forward()))
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        let no_labels = Array2::zeros((network.widths()[network.depth()], x.ncols()));
        let batch = &Batch::new(x.clone(), no_labels)?;
        let problem = network.at(parameters, batch);
        let parameters = &self.accepted(problem)?;
        let backprop = self.backprop(Problem { parameters, ..problem }, None);
        Ok(backprop.predictions(&backprop.forward()))
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        let parameters = &self.accepted(problem)?;
        let backprop = self.backprop(Problem { parameters, ..problem }, Some(rate));
        let gradient = backprop.backward(&backprop.forward());
        Ok(self.update(problem.parameters, &gradient, problem.batch.m(), rate))
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        let mut parameters = self.accepted(problem)?;
        let mut cache_before = None;
        let mut gradient_before = None;
        observe(0, &parameters);
        for t in 1..=steps {
            let here = Problem { parameters: &parameters, ..problem };
            let backprop = self.backprop(here, Some(rate));
            let mut cache = backprop.forward();
            if self.has(Fault::StaleCache) {
                cache = cache_before.replace(cache.clone()).unwrap_or(cache);
            }
            let mut gradient = backprop.backward(&cache);
            if self.has(Fault::AccumulatorNotCleared) {
                gradient = sum_of(gradient, gradient_before.as_ref());
                gradient_before = Some(gradient.clone());
            }
            parameters = self.update(&parameters, &gradient, problem.batch.m(), rate);
            if !parameters.is_finite() {
                return Err(Error::Diverged { step: t, rate: format!("{rate:?}") });
            }
            observe(t, &parameters);
        }
        Ok(parameters)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        let mut parameters = self.draw(network, start, seed)?;
        let zeros = start.weights == Weights::Zeros;
        if self.has(Fault::ZeroInitNotZeroInOneRow) && zeros {
            parameters.layers[0].w.row_mut(0).fill(NOT_ZERO);
        }
        if self.has(Fault::ZeroInitOfW1Only) && zeros {
            let random = network.initialise(Weights::Normal(1.0), seed)?;
            parameters.layers[1..].clone_from_slice(&random.layers[1..]);
        }
        if self.has(Fault::RandomInitRepeatsOneRow) && network.widths()[1] > 1 {
            let first = parameters.layers[0].w.row(0).to_owned();
            parameters.layers[0].w.row_mut(1).assign(&first);
        }
        Ok(parameters)
    }
}

/// What a fault does to the scale of a start.
fn mistake_of(fault: Option<Fault>) -> Option<CommonMistake> {
    match fault? {
        Fault::StartFromFanOut => Some(CommonMistake::FanOut),
        Fault::GlorotDividesBeforeItAdds => Some(CommonMistake::SumAfterDivision),
        _ => None,
    }
}

impl Faulty {
    /// The copy with one fault.
    pub fn with(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// A start, random ones with the faults of random starts.
    fn draw(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        if !start.weights.scheme().is_random() {
            return network.initialise(start, seed);
        }
        let mut parameters = match self.fault {
            Some(Fault::SameSeedInEveryLayer) => layer_by_layer(network, start, seed)?,
            Some(Fault::StartNeverNegative) => {
                let weights = Weights::Uniform(1.0);
                network.initialise(Start { weights, ..start }, seed)?
            }
            Some(Fault::StartIgnoresItsSeed) => network.initialise(start, 0)?,
            Some(Fault::StartWithRandomBiases) => {
                let biases = Biases::Normal(SCALE_OF_BIASES);
                network.initialise(Start { biases, ..start }, seed)?
            }
            _ => network.initialise(start, seed)?,
        };
        for layer in &mut parameters.layers {
            self.scale_start(&mut layer.w, start.weights);
        }
        Ok(parameters)
    }

    fn scale_start(&self, w: &mut Array2<f64>, weights: Weights) {
        let (n_out, n_in) = w.dim();
        let right = weights.distribution(n_in, n_out).standard_deviation();
        let wrong = mistake_of(self.fault)
            .and_then(|mistake| mistake.standard_deviation(weights, n_in, n_out));
        if let Some(wrong) = wrong {
            *w *= wrong / right;
        }
        if self.has(Fault::StartNeverNegative) {
            w.mapv_inplace(|weight| (weight + 1.0) / 2.0);
        }
        if self.has(Fault::HeStartIsZero) && weights == Weights::He {
            let in_whole_numbers = 2 / n_in;
            *w *= (in_whole_numbers as f64).sqrt() / right;
        }
    }

    fn backprop<'a>(&self, problem: Problem<'a, f64>, rate: Option<f64>) -> Backprop<'a> {
        Backprop { fault: self.fault, problem, rate }
    }

    /// The parameters, if they and the batch have the network's shapes.
    fn accepted(&self, problem: Problem<'_, f64>) -> Result<Parameters<f64>> {
        let mut parameters = problem.parameters.clone();
        if self.has(Fault::BiasBroadcast) {
            parameters.layers.iter_mut().for_each(broadcast_bias);
        }
        Problem { parameters: &parameters, ..problem }.check()?;
        Ok(parameters)
    }

    /// θ − α·gradient.
    fn update(
        &self,
        parameters: &Parameters<f64>,
        gradient: &Gradient<f64>,
        m: usize,
        rate: f64,
    ) -> Parameters<f64> {
        let layers = (1..).zip(parameters.layers.iter().zip(&gradient.layers));
        let layers = layers.map(|(l, (Layer { w, b }, LayerGradient { dw, db }))| {
            if self.has(Fault::FirstLayerNeverUpdated) && l == 1 {
                return Layer { w: w.clone(), b: b.clone() };
            }
            let move_weight = |&w: &f64, &dw: &f64| {
                let moved = self.moved(w, dw, m, rate);
                if self.has(Fault::HiddenWeightDecay) { moved - rate * DECAY * w } else { moved }
            };
            let move_bias = |&b: &f64, &db: &f64| self.moved(b, db, m, rate);
            let fixed = self.has(Fault::BiasesNeverUpdated);
            Layer {
                w: Zip::from(w).and(dw).map_collect(move_weight),
                b: if fixed { b.clone() } else { Zip::from(b).and(db).map_collect(move_bias) },
            }
        });
        Parameters { layers: layers.collect() }
    }

    fn moved(&self, theta: f64, slope: f64, m: usize, rate: f64) -> f64 {
        let change = rate * slope;
        match self.fault {
            Some(Fault::UpdateAscends) => theta + change,
            Some(Fault::RateAppliedTwice) => theta - rate * change,
            Some(Fault::UpdateDividedByMeanAgain) => theta - change / m as f64,
            Some(Fault::WeightsClamped) => (theta - change).clamp(-CLAMP, CLAMP),
            _ => theta - change,
        }
    }
}

/// A start whose generator is seeded for each layer.
fn layer_by_layer(network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
    let layers = network.widths().windows(2).map(|pair| {
        let alone = network.with_widths(pair)?;
        Ok(alone.initialise(start, seed)?.layers)
    });
    let layers: Vec<_> = layers.collect::<Result<_>>()?;
    Ok(Parameters { layers: layers.into_iter().flatten().collect() })
}

/// Repeats the rows of a bias that has too few.
fn broadcast_bias(Layer { w, b }: &mut Layer<f64>) {
    if b.ncols() == 1 && (1..w.nrows()).contains(&b.nrows()) {
        *b = Array2::from_shape_fn((w.nrows(), 1), |(i, _)| b[[i % b.nrows(), 0]]);
    }
}

fn halve(LayerGradient { dw, db }: &mut LayerGradient<f64>) {
    *dw *= 0.5;
    *db *= 0.5;
}

fn sum_of(mut gradient: Gradient<f64>, before: Option<&Gradient<f64>>) -> Gradient<f64> {
    for (layer, before) in
        gradient.layers.iter_mut().zip(before.into_iter().flat_map(|before| &before.layers))
    {
        layer.dw += &before.dw;
        layer.db += &before.db;
    }
    gradient
}
