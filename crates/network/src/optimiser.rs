//! Updates beyond plain gradient descent: one rule for one parameter with its own memory, applied
//! to every parameter alike; and mini-batches. The minimal network knows nothing of them.

use crate::network::{Gradient, Layer, LayerGradient, Parameters};
use crate::shapes::check_shapes;
use crate::{Batch, Error, Result};
use ndarray::{Array2, Axis, Zip};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

/// How the slope g of one parameter θ, and what is remembered of earlier ones, moves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// u := β·u + g; θ := θ − α·u. Source: Polyak 1964.
    Momentum {
        /// β.
        beta: f64,
    },
    /// u := β·u + g; θ := θ − α·(g + β·u).
    ///
    /// Source: Nesterov 1983 in the form of Sutskever et al. 2013 that libraries use.
    Nesterov {
        /// β.
        beta: f64,
    },
    /// s := β·s + (1 − β)·g²; θ := θ − α·g/(√s + ε). Source: Hinton's lecture 6e, 2012.
    RmsProp {
        /// β.
        beta: f64,
        /// ε.
        epsilon: f64,
    },
    /// u := β1·u + (1 − β1)·g; s := β2·s + (1 − β2)·g²; at step t
    /// θ := θ − α·û/(√ŝ + ε) with û = u/(1 − β1ᵗ) and ŝ = s/(1 − β2ᵗ).
    ///
    /// Source: Kingma & Ba 2015, algorithm 1.
    Adam {
        /// β1.
        beta1: f64,
        /// β2.
        beta2: f64,
        /// ε.
        epsilon: f64,
    },
}

/// A rule with its rate and weight decay.
///
/// ```
/// use init_symmetry_network::optimiser::{Memory, Optimiser, Rule};
/// use init_symmetry_network::{Activation, Loss, Network, Weights, symmetry};
/// use init_symmetry_network::toy;
/// let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let xor = toy::xor()?;
/// let rule = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
/// let adam = Optimiser { rule, rate: 0.01, weight_decay: 0.0 };
/// let mut parameters = network.initialise(Weights::Constant(0.5), 1)?;
/// let mut memory = Memory::empty(&parameters);
/// for _ in 0..100 {
///     let gradient = network.evaluate(&parameters, &xor)?.gradient;
///     parameters = adam.step(&parameters, &gradient, &mut memory)?;
/// }
/// assert_eq!(symmetry::twin_classes(&parameters, 1)?.len(), 1); // equal units stay equal
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimiser {
    /// The rule.
    pub rule: Rule,
    /// α.
    pub rate: f64,
    /// λ: every weight, no bias, also moves by −α·λ·w, apart from the rule.
    ///
    /// Source: Loshchilov & Hutter 2019.
    pub weight_decay: f64,
}

/// What an optimiser remembers: two numbers for each parameter, and how many steps it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// u of every parameter, in the shapes of the parameters.
    pub first: Parameters<f64>,
    /// s of every parameter, in the shapes of the parameters.
    pub second: Parameters<f64>,
    /// Steps taken.
    pub steps: usize,
}

impl Memory {
    /// The memory before the first step: all zero.
    pub fn empty(parameters: &Parameters<f64>) -> Self {
        let zeros = parameters.map(|_| 0.0);
        Self { first: zeros.clone(), second: zeros, steps: 0 }
    }
}

/// 1 − β1ᵗ and 1 − β2ᵗ of Adam at step t.
#[derive(Debug, Clone, Copy)]
struct Correction {
    first: f64,
    second: f64,
}

impl Optimiser {
    /// One step: the parameters after it. `memory` remembers it.
    ///
    /// # Errors
    /// A gradient or memory with other shapes than the parameters; [`Error::Diverged`] where a
    /// parameter stops being finite, as with Adam's 0/0 at slope zero and ε = 0.
    pub fn step(
        &self,
        parameters: &Parameters<f64>,
        gradient: &Gradient<f64>,
        memory: &mut Memory,
    ) -> Result<Parameters<f64>> {
        gradient.check(parameters)?;
        for (name, memory) in
            [("the first memory", &memory.first), ("the second memory", &memory.second)]
        {
            let names = |block: &str| [format!("{block} in {name}"), block.to_string()];
            let list = format!("{name}'s list of layers");
            check_shapes(memory.blocks(), parameters.extents(), &list, names)?;
        }
        memory.steps = memory.steps.saturating_add(1);
        let correction = self.correction(memory.steps);
        let mut after = parameters.clone();
        let remembered = memory.first.layers.iter_mut().zip(&mut memory.second.layers);
        for ((layer, slopes), (first, second)) in
            after.layers.iter_mut().zip(&gradient.layers).zip(remembered)
        {
            let (Layer { w, b }, LayerGradient { dw, db }) = (layer, slopes);
            let shrink = 1.0 - self.rate * self.weight_decay;
            let change = |slope: &f64, u: &mut f64, s: &mut f64| {
                self.rate * self.rule.direction(*slope, u, s, correction)
            };
            Zip::from(w)
                .and(dw)
                .and(&mut first.w)
                .and(&mut second.w)
                .for_each(|w, slope, u, s| *w = shrink * *w - change(slope, u, s));
            Zip::from(b)
                .and(db)
                .and(&mut first.b)
                .and(&mut second.b)
                .for_each(|b, slope, u, s| *b -= change(slope, u, s));
        }
        if !after.is_finite() {
            return Err(Error::Diverged { step: memory.steps, rate: self.rate.to_string() });
        }
        Ok(after)
    }

    fn correction(&self, steps: usize) -> Correction {
        let Rule::Adam { beta1, beta2, .. } = self.rule else {
            return Correction { first: 1.0, second: 1.0 };
        };
        // the bits of f64::powi are left to the platform
        let power = |beta: f64| libm::pow(beta, steps as f64);
        Correction { first: 1.0 - power(beta1), second: 1.0 - power(beta2) }
    }
}

impl Rule {
    /// What is subtracted from the parameter, but for the rate.
    fn direction(self, slope: f64, u: &mut f64, s: &mut f64, correction: Correction) -> f64 {
        match self {
            Self::Momentum { beta } => {
                *u = beta * *u + slope;
                *u
            }
            Self::Nesterov { beta } => {
                *u = beta * *u + slope;
                slope + beta * *u
            }
            Self::RmsProp { beta, epsilon } => {
                *s = beta * *s + (1.0 - beta) * slope * slope;
                slope / (s.sqrt() + epsilon)
            }
            Self::Adam { beta1, beta2, epsilon } => {
                *u = beta1 * *u + (1.0 - beta1) * slope;
                *s = beta2 * *s + (1.0 - beta2) * slope * slope;
                *u / correction.first / ((*s / correction.second).sqrt() + epsilon)
            }
        }
    }
}

/// One epoch in mini-batches: every example once, in the order of a seed, `size` at a time; the
/// last mini-batch may be smaller.
///
/// # Errors
/// A size of 0.
///
/// ```
/// use init_symmetry_network::optimiser::mini_batches;
/// use init_symmetry_network::toy;
/// let epoch = mini_batches(&toy::xor()?, 3, 1)?;
/// assert_eq!([epoch[0].m(), epoch[1].m()], [3, 1]);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn mini_batches(batch: &Batch<f64>, size: usize, seed: u64) -> Result<Vec<Batch<f64>>> {
    if size == 0 {
        return Err(Error::OutOfRange {
            what: "the size of a mini-batch".into(),
            value: "0".into(),
            range: "at least 1".into(),
        });
    }
    let mut examples: Vec<usize> = (0..batch.m()).collect();
    examples.shuffle(&mut ChaCha20Rng::seed_from_u64(seed));
    let columns = |of: &Array2<f64>, chosen: &[usize]| of.select(Axis(1), chosen);
    examples
        .chunks(size)
        .map(|chosen| Batch::new(columns(batch.x(), chosen), columns(batch.y(), chosen)))
        .collect()
}
