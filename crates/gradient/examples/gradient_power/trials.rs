//! Right gradients of many kinds, drawn from a seed: networks at their usual starts, and functions
//! that are hard for differences.

use init_symmetry_gradient::{Differentiable, Function, NetworkLoss};
use init_symmetry_network::{Activation, Batch, Biases, Loss, Network, Result, Start, Weights};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, StandardNormal};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A network with one to three hidden layers, any loss and any start.
    Network(Activation),
    /// Elementary functions over many scales.
    Smooth,
    /// Bumps and steps of width 1 to 1e−5.
    Narrow,
    /// Some ReLU with kinks at distances down to 1e−12.
    KinksNearby,
    /// Kinks exactly at the point, with what a backward pass answers there.
    KinksExactly,
    /// Losses computed in single precision, or rounded to some decimals.
    Coarse,
    /// Square roots and logarithms next to the end of their domain, or at it.
    Edges,
    /// k·x² with k from 1e−300 to 1e−320.
    Subnormal,
}

impl Kind {
    pub(crate) const ALL: [Self; 11] = [
        Self::Network(Activation::Tanh),
        Self::Network(Activation::Relu),
        Self::Network(Activation::LeakyRelu),
        Self::Network(Activation::Silu),
        Self::Smooth,
        Self::Narrow,
        Self::KinksNearby,
        Self::KinksExactly,
        Self::Coarse,
        Self::Edges,
        Self::Subnormal,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Network(hidden) => format!("{hidden} network"),
            Self::Smooth => "smooth function".into(),
            Self::Narrow => "narrow bump or step".into(),
            Self::KinksNearby => "ReLU with kinks nearby".into(),
            Self::KinksExactly => "at a kink exactly".into(),
            Self::Coarse => "loss in f32, or rounded".into(),
            Self::Edges => "edge of the domain".into(),
            Self::Subnormal => "k·x², k down to 1e−320".into(),
        }
    }
}

/// Anything that is done with a right gradient at a point; a network is also given as one.
pub(crate) type Visit<'a> =
    dyn FnMut(&dyn Differentiable, &[f64], Option<(&Network, &Batch<f64>)>) -> Result<()> + 'a;

/// Draws a right gradient and a point, and hands them on.
///
/// # Errors
/// What the visitor says.
pub(crate) fn draw(kind: Kind, seed: u64, visit: &mut Visit<'_>) -> Result<()> {
    let mut random = Draws(ChaCha20Rng::seed_from_u64(seed));
    let (f, gradient, point) = match kind {
        Kind::Network(hidden) => {
            let (network, batch, point) = network(hidden, seed, &mut random)?;
            let subject = NetworkLoss { network: &network, batch: &batch };
            return visit(&subject, &point, Some((&network, &batch)));
        }
        Kind::Smooth => smooth(&mut random),
        Kind::Narrow => narrow(&mut random),
        Kind::KinksNearby => kinks_nearby(&mut random),
        Kind::KinksExactly => kinks_exactly(&mut random),
        Kind::Coarse => coarse(&mut random),
        Kind::Edges => edges(&mut random),
        Kind::Subnormal => {
            let k = libm::pow(10.0, -300.0 - 20.0 * random.unit());
            let slope = move |x: f64| 2.0 * k * x;
            let x = vec![1.0 + random.unit(), 1.0 + random.unit()];
            // a second variable of the same size: nothing else is there to compare with
            let f: Loss1 = Box::new(move |x| k * x[0] * x[0] + k * x[1] * x[1]);
            let g: Slopes = Box::new(move |x| vec![slope(x[0]), slope(x[1])]);
            (f, g, x)
        }
    };
    visit(&Function::new(point.len(), f, gradient), &point, None)
}

struct Draws(ChaCha20Rng);

impl Draws {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    fn below(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// Between 1 and 10^−decades, evenly by magnitude.
    fn small(&mut self, decades: f64) -> f64 {
        libm::pow(10.0, -decades * self.unit())
    }

    fn sign(&mut self) -> f64 {
        if self.below(2) == 0 { -1.0 } else { 1.0 }
    }
}

fn network(
    hidden: Activation,
    seed: u64,
    random: &mut Draws,
) -> Result<(Network, Batch<f64>, Vec<f64>)> {
    let loss = [Loss::CrossEntropy, Loss::SigmoidSquaredError, Loss::SquaredError][random.below(3)];
    let mut widths = vec![1 + random.below(3)];
    widths.extend((0..=random.below(3)).map(|_| 1 + random.below(4)));
    widths.push(1 + random.below(2));
    let network = Network::new(&widths, hidden, loss)?;
    let (m, n_y) = (1 + random.below(6), widths[widths.len() - 1]);
    let x = Array2::from_shape_simple_fn((widths[0], m), || random.normal());
    let y = Array2::from_shape_simple_fn((n_y, m), || random.below(2) as f64);
    let batch = Batch::new(x, y)?;
    let normal = |scale| Start { weights: Weights::Normal(scale), biases: Biases::Normal(scale) };
    let zero_biases = |weights| Start { weights, biases: Biases::Zeros };
    let trained =
        |start| network.train(&network.initialise(start, seed)?, &batch, 0.25, 50, |_, _| ());
    let parameters = match random.below(9) {
        0 => network.initialise(Weights::Zeros, seed)?,
        1 => network.initialise(Weights::Constant(0.5), seed)?,
        2 => network.initialise(zero_biases(Weights::Normal(0.01)), seed)?,
        3 => network.initialise(normal(0.01), seed)?,
        4 => network.initialise(normal(0.001), seed)?,
        5 => network.initialise(normal(1.0), seed)?,
        6 => network.initialise(zero_biases(Weights::He), seed)?,
        7 => network.initialise(normal(8.0), seed)?,
        _ => trained(normal(0.5))?,
    };
    let point = parameters.entries().collect();
    Ok((network, batch, point))
}

type Loss1 = Box<dyn Fn(&[f64]) -> f64>;
type Slopes = Box<dyn Fn(&[f64]) -> Vec<f64>>;
type Drawn = (Loss1, Slopes, Vec<f64>);

/// f of one variable beside a plain second one.
fn beside(
    f: impl Fn(f64) -> f64 + 'static,
    slope: impl Fn(f64) -> f64 + 'static,
    x: f64,
    random: &mut Draws,
) -> Drawn {
    let a = random.normal();
    let whole = move |x: &[f64]| f(x[0]) + a * x[1] * x[1];
    let slopes = move |x: &[f64]| vec![slope(x[0]), 2.0 * a * x[1]];
    (Box::new(whole), Box::new(slopes), vec![x, random.normal()])
}

fn smooth(random: &mut Draws) -> Drawn {
    let k = random.small(6.0) * 1e3;
    let x = random.normal();
    match random.below(5) {
        0 => beside(move |x| libm::sin(k * x), move |x| k * libm::cos(k * x), x, random),
        1 => beside(|x| 1.0 / x, |x| -1.0 / (x * x), x, random),
        2 => beside(
            move |x| libm::exp(x * k / 50.0),
            move |x| k / 50.0 * libm::exp(x * k / 50.0),
            x,
            random,
        ),
        3 => beside(|x| libm::pow(x * x, 10.0), |x| 20.0 * libm::pow(x * x, 10.0) / x, x, random),
        _ => beside(move |x| 1e8 + k * x * x, move |x| 2.0 * k * x, x, random),
    }
}

fn narrow(random: &mut Draws) -> Drawn {
    let (width, centre, away) = (random.small(5.0), random.normal(), random.normal());
    let z = move |x: f64| (x - centre) / width;
    let x = centre + width * away;
    match random.below(3) {
        0 => {
            let bell = move |x: f64| libm::exp(-z(x) * z(x));
            beside(bell, move |x| -2.0 * z(x) / width * bell(x), x, random)
        }
        1 => {
            let hill = move |x: f64| 1.0 / (1.0 + z(x) * z(x));
            beside(hill, move |x| -2.0 * z(x) / width * hill(x) * hill(x), x, random)
        }
        _ => {
            let slope = move |x: f64| 1.0 / (width * libm::cosh(z(x)) * libm::cosh(z(x)));
            beside(move |x| libm::tanh(z(x)), slope, x, random)
        }
    }
}

fn kinks_nearby(random: &mut Draws) -> Drawn {
    let count = 1 + random.below(5);
    let kink = |random: &mut Draws| {
        let (place, height) = (random.sign() * random.small(12.0), random.normal());
        (place, height * random.small(3.0))
    };
    let kinks: Vec<(f64, f64)> = (0..count).map(|_| kink(random)).collect();
    let same = kinks.clone();
    let relus = move |x: f64| kinks.iter().map(|(at, s)| s * (x - at).max(0.0)).sum::<f64>();
    let slope = move |x: f64| same.iter().filter(|(at, _)| x > *at).map(|(_, s)| s).sum::<f64>();
    beside(relus, slope, 0.0, random)
}

fn kinks_exactly(random: &mut Draws) -> Drawn {
    let (a, b) = (random.normal(), random.normal());
    match random.below(4) {
        // relu'(0) = 0 on both
        0 => {
            let step = |x: f64| f64::from(u8::from(x > 0.0));
            let slope = move |x: f64| a * step(x) - b * step(-x);
            beside(move |x| a * x.max(0.0) + b * (-x).max(0.0), slope, 0.0, random)
        }
        // no kink is to be seen, and the chain rule still gives 0
        1 => {
            let slope = |x: f64| f64::from(u8::from(x != 1.0));
            beside(|x| (x - 1.0).max(0.0) - (1.0 - x).max(0.0), slope, 1.0, random)
        }
        2 => {
            let clipped = move |x: f64| if x.abs() < 1.0 { 0.5 * x * x } else { x.abs() - 0.5 };
            beside(clipped, |x| x.clamp(-1.0, 1.0), random.sign(), random)
        }
        _ => {
            let largest: Loss1 = Box::new(move |x| x[0].max(x[1]) + a * x[0]);
            let first: Slopes = Box::new(move |x| {
                vec![f64::from(u8::from(x[0] >= x[1])) + a, f64::from(u8::from(x[1] > x[0]))]
            });
            (largest, first, vec![b, b])
        }
    }
}

fn coarse(random: &mut Draws) -> Drawn {
    let point = vec![random.normal(), random.normal()];
    let f = |x: &[f64]| libm::tanh(x[0] * x[1]) + 0.25 * x[0];
    let gradient: Slopes = Box::new(|x| {
        let t = libm::tanh(x[0] * x[1]);
        vec![(1.0 - t * t) * x[1] + 0.25, (1.0 - t * t) * x[0]]
    });
    let loss: Loss1 = match random.below(3) {
        0 => Box::new(|x| {
            let [x, y] = [x[0] as f32, x[1] as f32];
            f64::from(libm::tanhf(x * y) + 0.25 * x)
        }),
        1 => Box::new(move |x| f64::from(f(x) as f32)),
        _ => {
            let unit = libm::pow(10.0, 2.0 + random.below(6) as f64);
            Box::new(move |x| libm::round(f(x) * unit) / unit)
        }
    };
    (loss, gradient, point)
}

fn edges(random: &mut Draws) -> Drawn {
    let x = random.small(12.0);
    match random.below(4) {
        0 => beside(libm::sqrt, |x| 0.5 / libm::sqrt(x), x, random),
        1 => beside(libm::log, |x| 1.0 / x, x, random),
        // nothing is known there: whatever is claimed
        2 => beside(|x| libm::sqrt(1.0 - x), |_| 0.0, 1.0, random),
        _ => beside(|x| libm::pow(x, 1.5), |x| 1.5 * libm::sqrt(x), 0.0, random),
    }
}
