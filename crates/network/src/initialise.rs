//! Starts: zeros, a constant, small normal numbers, Xavier and He, from one named random stream.

use crate::network::{Layer, Network, Parameters};
use crate::{Activation, Error, Loss, Result};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, StandardNormal};
use std::fmt;
use std::str::FromStr;

/// How the weights start.
///
/// Source: the lesson's sections on zero and random starts, on the scale 0.01, and on better
/// constants; Glorot & Bengio 2010 and He et al. 2015, eq. 10, for the last two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weights {
    /// Every weight 0.
    Zeros,
    /// Every weight the same number.
    Constant(f64),
    /// N(0, 1) times a scale.
    Normal(f64),
    /// N(0, 1)·√(1/n\[l−1\]).
    Xavier,
    /// N(0, 1)·√(2/n\[l−1\]).
    He,
}

/// How the biases start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Biases {
    /// Every bias 0, as the lesson has it.
    #[default]
    Zeros,
    /// Every bias the same number.
    Constant(f64),
    /// N(0, 1) times a scale, from a stream of their own: the weights stay what they were.
    Normal(f64),
}

/// How a network starts; from [`Weights`] alone the biases are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// The weights.
    pub weights: Weights,
    /// The biases.
    pub biases: Biases,
}

impl From<Weights> for Start {
    fn from(weights: Weights) -> Self {
        Self { weights, biases: Biases::default() }
    }
}

const STREAM_OF_WEIGHTS: u64 = 0;
const STREAM_OF_BIASES: u64 = 1;

impl Network {
    /// Parameters of this network's shapes, drawn layer by layer and row by row from ChaCha20.
    ///
    /// # Errors
    /// A constant or scale that is not finite.
    pub fn initialise(&self, start: impl Into<Start>, seed: u64) -> Result<Parameters<f64>> {
        let Start { weights, biases } = start.into();
        let mut draw_weight = standard_normal(seed, STREAM_OF_WEIGHTS);
        let mut draw_bias = standard_normal(seed, STREAM_OF_BIASES);
        if let Weights::Constant(number) | Weights::Normal(number) = weights {
            finite("the start of the weights", number)?;
        }
        if let Biases::Constant(number) | Biases::Normal(number) = biases {
            finite("the start of the biases", number)?;
        }
        let layers = self.widths().windows(2).map(|pair| {
            let (n_in, n_out) = (pair[0], pair[1]);
            let fan_in = n_in as f64;
            let mut weight = || match weights {
                Weights::Zeros => 0.0,
                Weights::Constant(constant) => constant,
                Weights::Normal(scale) => draw_weight() * scale,
                Weights::Xavier => draw_weight() * (1.0 / fan_in).sqrt(),
                Weights::He => draw_weight() * (2.0 / fan_in).sqrt(),
            };
            let mut bias = || match biases {
                Biases::Zeros => 0.0,
                Biases::Constant(constant) => constant,
                Biases::Normal(scale) => draw_bias() * scale,
            };
            Layer {
                w: Array2::from_shape_simple_fn((n_out, n_in), &mut weight),
                b: Array2::from_shape_simple_fn((n_out, 1), &mut bias),
            }
        });
        Ok(Parameters { layers: layers.collect() })
    }
}

/// The lesson's example: N(0, 1)·0.01 weights and zero biases for one hidden layer.
///
/// w1 is n_h × n_x, b1 n_h × 1, w2 n_y × n_h, b2 n_y × 1.
///
/// # Errors
/// A width of 0, or more parameters than memory should hold.
///
/// ```
/// let parameters = init_symmetry_network::initialize_parameters(3, 4, 1, 1)?;
/// assert_eq!(parameters.w(2).dim(), (1, 4));
/// assert_eq!(parameters.b(1).sum(), 0.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn initialize_parameters(
    n_x: usize,
    n_h: usize,
    n_y: usize,
    seed: u64,
) -> Result<Parameters<f64>> {
    Network::new(&[n_x, n_h, n_y], Activation::Tanh, Loss::CrossEntropy)?
        .initialise(Weights::Normal(0.01), seed)
}

/// Draws of N(0, 1) from one stream of ChaCha20.
fn standard_normal(seed: u64, stream: u64) -> impl FnMut() -> f64 {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    random.set_stream(stream);
    move || StandardNormal.sample(&mut random)
}

fn finite(what: &str, number: f64) -> Result<()> {
    if number.is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite { what: what.into(), value: number.to_string() })
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zeros => f.write_str("zeros"),
            Self::Constant(constant) => write!(f, "constant:{constant:?}"),
            Self::Normal(scale) => write!(f, "normal:{scale:?}"),
            Self::Xavier => f.write_str("xavier"),
            Self::He => f.write_str("he"),
        }
    }
}

/// Reads `zeros`, `constant:C`, `normal:S` with S > 0, `xavier` or `he`.
impl FromStr for Weights {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, number) = text.split_once(':').unwrap_or((text, ""));
        let parsed = || {
            let what = format!("the number in initialiser '{text}'");
            let number = number.parse().map_err(|_| Error::OutOfRange {
                what: what.clone(),
                value: format!("'{number}'"),
                range: "a number".into(),
            })?;
            finite(&what, number).map(|()| number)
        };
        match (name, number) {
            ("zeros", "") => Ok(Self::Zeros),
            ("xavier", "") => Ok(Self::Xavier),
            ("he", "") => Ok(Self::He),
            ("constant", _) => Ok(Self::Constant(parsed()?)),
            ("normal", _) => match parsed()? {
                scale if scale > 0.0 => Ok(Self::Normal(scale)),
                scale => Err(Error::OutOfRange {
                    what: format!("the scale in initialiser '{text}'"),
                    value: scale.to_string(),
                    range: "positive".into(),
                }),
            },
            _ => Err(Error::unknown(
                "initialiser",
                text,
                &["zeros", "constant:C", "normal:S", "xavier", "he"],
            )),
        }
    }
}
