//! Starts: zeros, a constant, and normal or uniform numbers of some scale, from one named random
//! stream.
//!
//! What a start draws from is a fact of [`Weights`]; the rules that judge starts, anybody's, ask it
//! and stand in `start_rules`. Start reading at [`Weights::distribution`].

use crate::network::{Layer, Network, Parameters};
use crate::statistics::{chi_square_p_value, uniform_squares_p_value};
use crate::{Activation, Error, Loss, Result};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use std::fmt;
use std::str::FromStr;
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

/// How the weights start.
///
/// Source: the lesson's sections on zero and random starts, on the scale 0.01, and on better
/// constants; Glorot & Bengio 2010, eq. 12 and 16, and He et al. 2015, eq. 10, for those that are
/// scaled by the widths of their layer: n_in inputs and n_out units. Xavier's is the simpler one of
/// the lesson, with fan-in alone; the one with both widths is called Glorot's here.
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
    /// Uniform in \[−s, s), whose standard deviation is s/√3.
    Uniform(f64),
    /// Uniform with s = √(3/n_in), which has Xavier's variance 1/n_in.
    XavierUniform,
    /// Uniform with s = √(6/n_in), which has He's variance 2/n_in.
    HeUniform,
    /// N(0, 1)·√(2/(n_in + n_out)).
    Glorot,
    /// Uniform with s = √(6/(n_in + n_out)), which has Glorot's variance.
    GlorotUniform,
}

/// The name of a start of the weights, without its number.
///
/// ```
/// use init_symmetry_network::{Scheme, Weights};
/// assert_eq!(Weights::Normal(0.01).scheme(), Scheme::Normal);
/// assert_eq!(Scheme::HeUniform.to_string(), "he-uniform");
/// assert!(Scheme::He.is_random() && !Scheme::Constant.is_random());
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Scheme {
    /// [`Weights::Zeros`].
    Zeros,
    /// [`Weights::Constant`].
    Constant,
    /// [`Weights::Normal`].
    Normal,
    /// [`Weights::Xavier`].
    Xavier,
    /// [`Weights::He`].
    He,
    /// [`Weights::Uniform`].
    Uniform,
    /// [`Weights::XavierUniform`].
    XavierUniform,
    /// [`Weights::HeUniform`].
    HeUniform,
    /// [`Weights::Glorot`].
    Glorot,
    /// [`Weights::GlorotUniform`].
    GlorotUniform,
}

impl Scheme {
    /// The starts of the lesson, which every initialiser is taken to have.
    pub const COMMON: [Self; 5] =
        [Self::Zeros, Self::Constant, Self::Normal, Self::Xavier, Self::He];

    /// The start of this name; the number is not used where there is none.
    pub fn weights(self, number: f64) -> Weights {
        match self {
            Self::Zeros => Weights::Zeros,
            Self::Constant => Weights::Constant(number),
            Self::Normal => Weights::Normal(number),
            Self::Xavier => Weights::Xavier,
            Self::He => Weights::He,
            Self::Uniform => Weights::Uniform(number),
            Self::XavierUniform => Weights::XavierUniform,
            Self::HeUniform => Weights::HeUniform,
            Self::Glorot => Weights::Glorot,
            Self::GlorotUniform => Weights::GlorotUniform,
        }
    }

    /// Whether its weights are drawn at random.
    pub fn is_random(self) -> bool {
        !matches!(self, Self::Zeros | Self::Constant)
    }

    /// Whether its scale depends on the number of inputs alone.
    pub(crate) fn is_of_fan_in(self) -> bool {
        matches!(self, Self::Xavier | Self::He | Self::XavierUniform | Self::HeUniform)
    }

    /// Whether its scale depends on the number of inputs plus that of units.
    pub(crate) fn is_of_both_widths(self) -> bool {
        matches!(self, Self::Glorot | Self::GlorotUniform)
    }

    /// Its name for a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Zeros => "zeros",
            Self::Constant => "a constant",
            Self::Normal => "a normal start",
            Self::Xavier | Self::XavierUniform => "Xavier",
            Self::He | Self::HeUniform => "He",
            Self::Uniform => "a uniform start",
            Self::Glorot | Self::GlorotUniform => "Glorot",
        }
    }
}

/// What each weight of a layer is drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WeightDistribution {
    /// Always the same number.
    Constant(f64),
    /// N(0, σ²).
    Normal {
        /// σ.
        standard_deviation: f64,
    },
    /// Uniform in \[−bound, bound).
    Uniform {
        /// Half of the interval's length.
        bound: f64,
    },
}

impl WeightDistribution {
    /// Its mean.
    pub fn mean(self) -> f64 {
        match self {
            Self::Constant(constant) => constant,
            Self::Normal { .. } | Self::Uniform { .. } => 0.0,
        }
    }

    /// Its standard deviation; of U(−s, s) that is s/√3.
    pub fn standard_deviation(self) -> f64 {
        match self {
            Self::Constant(_) => 0.0,
            Self::Normal { standard_deviation } => standard_deviation,
            Self::Uniform { bound } => bound / 3.0_f64.sqrt(),
        }
    }

    /// E(w⁴)/σ⁴, on which the spread of a measured variance depends: 3 of normal draws, 9/5 of
    /// uniform ones; a constant has none.
    pub fn kurtosis(self) -> Option<f64> {
        match self {
            Self::Constant(_) => None,
            Self::Normal { .. } => Some(3.0),
            Self::Uniform { .. } => Some(9.0 / 5.0),
        }
    }

    /// The two-sided p-value of a sum of squares of n draws, or a bound on it: chi-square is exact
    /// for normal draws, and for uniform ones the tail is that of bounded numbers. A constant has
    /// one sum only.
    ///
    /// ```
    /// use init_symmetry_network::Weights;
    /// let normal = Weights::Normal(0.5).distribution(1, 1);
    /// assert!(normal.p_value_of_squares(400, 100.0) > 0.5);
    /// assert!(normal.p_value_of_squares(400, 200.0) < 1e-10);
    /// ```
    pub fn p_value_of_squares(self, n: usize, sum: f64) -> f64 {
        match self {
            Self::Constant(constant) => f64::from(u8::from(sum == n as f64 * constant * constant)),
            Self::Normal { standard_deviation } => {
                chi_square_p_value(n, sum / (standard_deviation * standard_deviation))
            }
            Self::Uniform { bound } => uniform_squares_p_value(n, sum / (bound * bound)),
        }
    }
}

impl Weights {
    /// What the weights of a layer with `n_in` inputs and `n_out` units are drawn from.
    ///
    /// ```
    /// use init_symmetry_network::Weights;
    /// let [normal, uniform] = [Weights::He, Weights::HeUniform].map(|it| it.distribution(8, 3));
    /// assert_eq!(normal.standard_deviation(), 0.5);
    /// assert!((uniform.standard_deviation() - 0.5).abs() < 1e-15);
    /// assert_eq!((normal.kurtosis(), uniform.kurtosis()), (Some(3.0), Some(1.8)));
    /// ```
    pub fn distribution(self, n_in: usize, n_out: usize) -> WeightDistribution {
        let fan_in = n_in as f64;
        let both = fan_in + n_out as f64;
        let normal =
            |variance: f64| WeightDistribution::Normal { standard_deviation: variance.sqrt() };
        let uniform = |square: f64| WeightDistribution::Uniform { bound: square.sqrt() };
        match self {
            Self::Zeros => WeightDistribution::Constant(0.0),
            Self::Constant(constant) => WeightDistribution::Constant(constant),
            Self::Normal(scale) => WeightDistribution::Normal { standard_deviation: scale },
            Self::Xavier => normal(1.0 / fan_in),
            Self::He => normal(2.0 / fan_in),
            Self::Uniform(bound) => WeightDistribution::Uniform { bound },
            Self::XavierUniform => uniform(3.0 / fan_in),
            Self::HeUniform => uniform(6.0 / fan_in),
            Self::Glorot => normal(2.0 / both),
            Self::GlorotUniform => uniform(6.0 / both),
        }
    }

    /// Its name without its number.
    pub fn scheme(self) -> Scheme {
        match self {
            Self::Zeros => Scheme::Zeros,
            Self::Constant(_) => Scheme::Constant,
            Self::Normal(_) => Scheme::Normal,
            Self::Xavier => Scheme::Xavier,
            Self::He => Scheme::He,
            Self::Uniform(_) => Scheme::Uniform,
            Self::XavierUniform => Scheme::XavierUniform,
            Self::HeUniform => Scheme::HeUniform,
            Self::Glorot => Scheme::Glorot,
            Self::GlorotUniform => Scheme::GlorotUniform,
        }
    }

    /// Its constant, scale or bound, where it has one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Constant(number) | Self::Normal(number) | Self::Uniform(number) => Some(number),
            _ => None,
        }
    }
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
    /// A negative scale turns the signs round, and a scale of 0 is a zero start.
    ///
    /// # Errors
    /// A constant or scale that is not finite, or so large that a draw is not.
    pub fn initialise(&self, start: impl Into<Start>, seed: u64) -> Result<Parameters<f64>> {
        let Start { weights, biases } = start.into();
        let mut draw_weight = Draws::new(seed, STREAM_OF_WEIGHTS);
        let mut draw_bias = Draws::new(seed, STREAM_OF_BIASES);
        if let Some(number) = weights.number() {
            finite("the start of the weights", number)?;
        }
        if let Biases::Constant(number) | Biases::Normal(number) = biases {
            finite("the start of the biases", number)?;
        }
        let layers = self.widths().windows(2).map(|pair| {
            let (n_in, n_out) = (pair[0], pair[1]);
            let distribution = weights.distribution(n_in, n_out);
            let mut weight = || draw_weight.draw(distribution);
            let mut bias = || match biases {
                Biases::Zeros => 0.0,
                Biases::Constant(constant) => constant,
                Biases::Normal(scale) => draw_bias.normal() * scale,
            };
            Layer {
                w: Array2::from_shape_simple_fn((n_out, n_in), &mut weight),
                b: Array2::from_shape_simple_fn((n_out, 1), &mut bias),
            }
        });
        let parameters = Parameters { layers: layers.collect() };
        if let Some(value) = parameters.entries().find(|entry| !entry.is_finite()) {
            let what = format!("a parameter drawn from the start {weights}, biases {biases:?},");
            return Err(Error::NotFinite { what, value: value.to_string() });
        }
        Ok(parameters)
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

/// Draws from one stream of ChaCha20.
struct Draws(ChaCha20Rng);

impl Draws {
    fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A multiple of 2^−52 in \[−1, 1).
    fn uniform(&mut self) -> f64 {
        let share: f64 = StandardUniform.sample(&mut self.0);
        2.0 * share - 1.0
    }

    fn draw(&mut self, distribution: WeightDistribution) -> f64 {
        match distribution {
            WeightDistribution::Constant(constant) => constant,
            WeightDistribution::Normal { standard_deviation } => self.normal() * standard_deviation,
            WeightDistribution::Uniform { bound } => self.uniform() * bound,
        }
    }
}

fn finite(what: &str, number: f64) -> Result<()> {
    if number.is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite { what: what.into(), value: number.to_string() })
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.scheme())?;
        self.number().map_or(Ok(()), |number| write!(f, ":{number:?}"))
    }
}

/// Reads `zeros`, `constant:C`, `normal:S` and `uniform:S` with S > 0, `xavier`, `he`, `glorot`,
/// `xavier-uniform`, `he-uniform` or `glorot-uniform`.
impl FromStr for Weights {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, number) = text.split_once(':').unwrap_or((text, ""));
        let unknown = || Error::unknown("initialiser", text, &NAMES);
        let scheme: Scheme = name.parse().map_err(|_| unknown())?;
        if scheme.weights(0.0).number().is_none() {
            return if number.is_empty() { Ok(scheme.weights(0.0)) } else { Err(unknown()) };
        }
        let what = format!("the number in initialiser '{text}'");
        let number: f64 = number.parse().map_err(|_| Error::OutOfRange {
            what: what.clone(),
            value: format!("'{number}'"),
            range: "a number".into(),
        })?;
        finite(&what, number)?;
        if scheme.is_random() && number <= 0.0 {
            return Err(Error::OutOfRange {
                what: format!("the scale in initialiser '{text}'"),
                value: number.to_string(),
                range: "positive".into(),
            });
        }
        Ok(scheme.weights(number))
    }
}

/// As they are typed.
const NAMES: [&str; 10] = [
    "zeros",
    "constant:C",
    "normal:S",
    "xavier",
    "he",
    "uniform:S",
    "xavier-uniform",
    "he-uniform",
    "glorot",
    "glorot-uniform",
];
