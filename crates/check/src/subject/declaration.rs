//! What a subject may say of itself: how its loss is scaled, what it adds, how it steps.
//!
//! Nothing here is judged; what is not declared has the textbook meaning. Start reading at
//! [`Declaration`].

use init_symmetry_network::{Error, Gradient, LayerGradient, Parameters, Problem, Result};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::str::FromStr;

/// What a subject declares of its loss, its parameters and its training.
///
/// Default: the loss is the mean over the examples, summed over the outputs, squares with the
/// factor ½; biases are trained; a step is θ − α·gradient on all examples.
///
/// ```
/// use init_symmetry_check::subject::Declaration;
/// // torch.nn.MSELoss is the mean over examples and outputs, without the ½
/// let torch = Declaration { loss_scale: Some("2/n_y".parse()?), ..Declaration::default() };
/// assert_eq!(torch.scale(50, 4), 0.5);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declaration {
    /// What loss and gradient are multiplied by; `None` where nothing is said.
    pub loss_scale: Option<Scale>,
    /// Whether there are biases and whether they are trained.
    pub biases: BiasUse,
    /// λ of λ/2·ΣW² in the loss and λ·W in the gradient, for weights alone; it may depend on m.
    pub l2: Option<Scale>,
    /// λ of α·λ·W, which a step subtracts although the loss has no such term.
    pub decay: f64,
    /// What training remembers of earlier gradients.
    pub momentum: Option<Momentum>,
    /// Training takes so many examples at a time, in their order, and begins anew at the end.
    pub batch_size: Option<usize>,
    /// Where the gradient comes from.
    pub gradient: GradientSource,
    /// What the loss is computed from. It is found out, not declared.
    pub loss_form: LossForm,
}

impl Declaration {
    /// The factor of loss and gradient for m examples and n_y outputs.
    pub fn scale(&self, m: usize, n_y: usize) -> f64 {
        self.loss_scale.map_or(1.0, |scale| scale.at(m, n_y))
    }

    /// λ of the L2 term for m examples and n_y outputs; 0 without one.
    pub fn lambda(&self, m: usize, n_y: usize) -> f64 {
        self.l2.map_or(0.0, |l2| l2.at(m, n_y))
    }

    /// λ/2·ΣW², what the L2 term adds to the loss.
    pub fn l2_term(&self, Problem { network, parameters, batch }: Problem<'_, f64>) -> f64 {
        let lambda = self.lambda(batch.m(), network.widths()[network.depth()]);
        let weights = parameters.layers.iter().flat_map(|layer| &layer.w);
        lambda / 2.0 * weights.map(|w| w * w).sum::<f64>()
    }

    /// The gradient as (before − after)/α of one step of training with α = 1, without decay and
    /// with momentum taken out.
    pub fn gradient_of_a_step(
        &self,
        before: &Parameters<f64>,
        after: &Parameters<f64>,
    ) -> Gradient<f64> {
        let share = self.share_of_a_gradient();
        let layers = before.layers.iter().zip(&after.layers).map(|(before, after)| {
            let dw = (&before.w - &after.w - &before.w * self.decay) / share;
            LayerGradient { dw, db: (&before.b - &after.b) / share }
        });
        Gradient { layers: layers.collect() }
    }

    /// By what a gradient is multiplied where momentum takes it up.
    pub fn share_of_a_gradient(&self) -> f64 {
        self.momentum.map_or(1.0, Momentum::share_of_a_gradient)
    }

    /// θ − α·(gradient + decay·W), biases only where they are trained.
    ///
    /// # Errors
    /// A gradient of other shapes than the parameters, naming both sides.
    pub fn step(
        &self,
        parameters: &Parameters<f64>,
        gradient: &Gradient<f64>,
        rate: f64,
    ) -> Result<Parameters<f64>> {
        let mut after = parameters.descend(gradient, rate)?;
        for (after, before) in after.layers.iter_mut().zip(&parameters.layers) {
            if self.decay != 0.0 {
                after.w.scaled_add(-rate * self.decay, &before.w);
            }
            if self.biases != BiasUse::Trained {
                after.b.assign(&before.b);
            }
        }
        Ok(after)
    }

    /// Whether a slope that is 0 is answered as exactly 0: a term that is added and taken away
    /// leaves a rounding.
    pub fn has_exact_zeros(&self) -> bool {
        self.l2.is_none() && (self.gradient == GradientSource::Given || self.decay == 0.0)
    }

    /// Whether a step of training is θ − α·gradient on all examples.
    pub fn trains_plainly(&self) -> bool {
        self.decay == 0.0 && self.momentum.is_none() && self.batch_size.is_none()
    }
}

/// What a subject does with biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BiasUse {
    /// They are parameters like the weights.
    #[default]
    Trained,
    /// They are added, and stay what they were.
    Fixed,
    /// There are none.
    None,
}

/// Where the gradient of a subject comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradientSource {
    /// It answers it.
    #[default]
    Given,
    /// It only trains: the gradient is (before − after)/α of one step.
    FromTraining,
}

/// What training remembers of earlier gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// β, in [0, 1).
    pub beta: f64,
    /// How it enters.
    pub form: MomentumForm,
}

impl Momentum {
    /// By what a gradient is multiplied where momentum takes it up.
    pub fn share_of_a_gradient(self) -> f64 {
        match self.form {
            MomentumForm::Sum => 1.0,
            MomentumForm::Average => 1.0 - self.beta,
        }
    }
}

/// How momentum enters a step θ − α·v.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MomentumForm {
    /// v = β·v + gradient.
    #[default]
    Sum,
    /// v = β·v + (1 − β)·gradient.
    Average,
}

/// What a cross-entropy is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum LossForm {
    /// From z: right wherever z is finite.
    #[default]
    FromLogits,
    /// From ŷ, as −y ln ŷ − (1 − y) ln(1 − ŷ): lost where ŷ is 0 or 1.
    FromPrediction {
        /// ε where ŷ is clipped to [ε, 1 − ε] or ε is added, otherwise 0.
        margin: f64,
    },
}

/// A factor c·m^p·n_y^q, written like `2`, `m`, `2/n_y` or `0.1/m`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// c.
    pub factor: f64,
    /// p, the power of the number of examples.
    pub power_of_m: i32,
    /// q, the power of the number of outputs.
    pub power_of_n_y: i32,
}

impl Scale {
    /// 1.
    pub const ONE: Self = Self { factor: 1.0, power_of_m: 0, power_of_n_y: 0 };

    /// Its value for m examples and n_y outputs.
    pub fn at(self, m: usize, n_y: usize) -> f64 {
        let powers = [(m, self.power_of_m), (n_y, self.power_of_n_y)];
        powers.into_iter().fold(self.factor, |product, (base, power)| {
            let times = (0..power.unsigned_abs()).fold(1.0, |times, _| times * base as f64);
            if power < 0 { product / times } else { product * times }
        })
    }

    fn times(self, piece: &str, sign: i32) -> Option<Self> {
        let (number, power_of_m, power_of_n_y) = match piece {
            _ if piece.ends_with("n_y") => (piece.strip_suffix("n_y")?, 0, sign),
            _ if piece.ends_with('m') => (piece.strip_suffix('m')?, sign, 0),
            _ => (piece, 0, 0),
        };
        let is_symbol = power_of_m != 0 || power_of_n_y != 0;
        let number = match number.trim() {
            "" if is_symbol => 1.0,
            number => number.parse::<f64>().ok().filter(|it| it.is_finite() && *it > 0.0)?,
        };
        Some(Self {
            factor: if sign > 0 { self.factor * number } else { self.factor / number },
            power_of_m: self.power_of_m + power_of_m,
            power_of_n_y: self.power_of_n_y + power_of_n_y,
        })
    }
}

/// Reads a product of a positive number, `m` and `n_y`, with at most one `/`.
impl FromStr for Scale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (above, below) = text.split_once('/').unwrap_or((text, "1"));
        let signed = |text: &'_ str, sign| -> Vec<(String, i32)> {
            text.split(['*', '·']).map(|piece| (piece.trim().to_string(), sign)).collect()
        };
        let pieces = signed(above, 1).into_iter().chain(signed(below, -1));
        let product = pieces
            .into_iter()
            .try_fold(Self::ONE, |product, (piece, sign)| product.times(&piece, sign));
        // a product of numbers can overflow, or vanish
        let product = product.filter(|it| it.factor.is_finite() && it.factor > 0.0);
        product.ok_or_else(|| Error::OutOfRange {
            what: "a scale".into(),
            value: format!("'{text}'"),
            range: "a positive number, m or n_y, or a quotient like 2/n_y or m/n_y".into(),
        })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = [("m", self.power_of_m), ("n_y", self.power_of_n_y)];
        let with_sign = |sign: i32| {
            let powers = symbols.iter().filter(move |(_, power)| power.signum() == sign);
            powers.flat_map(|(name, power)| vec![*name; power.unsigned_abs() as usize])
        };
        let above: Vec<&str> = with_sign(1).collect();
        let below: Vec<&str> = with_sign(-1).collect();
        let number = match self.factor {
            factor if factor == 1.0 && !above.is_empty() => String::new(),
            factor => factor.to_string(),
        };
        let separator = if number.is_empty() || above.is_empty() { "" } else { "*" };
        write!(f, "{number}{separator}{}", above.join("*"))?;
        if below.is_empty() { Ok(()) } else { write!(f, "/{}", below.join("*")) }
    }
}

impl<'de> Deserialize<'de> for Scale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;
    use proptest::prelude::*;

    #[test]
    fn a_scale_is_read_as_it_is_usually_written() {
        for (text, at_50_and_4) in [
            ("2", 2.0),
            ("m", 50.0),
            ("2m", 100.0),
            ("2*m", 100.0),
            ("1/m", 0.02),
            ("0.5/m", 0.01),
            ("2/n_y", 0.5),
            ("m / n_y", 12.5),
            ("1/2m", 0.01),
            ("1/m*n_y", 1.0 / 200.0),
        ] {
            let scale: Scale = text.parse().unwrap();
            let value = scale.at(50, 4);
            assert!((value - at_50_and_4).abs() <= f64::EPSILON * at_50_and_4, "{text}: {value}");
        }
        for bad in [
            "",
            "x",
            "-2",
            "0",
            "1/0",
            "inf",
            "NaN",
            "m/",
            "2/3/4",
            "mm",
            "n",
            "9e307*9",
            "5e-324*0.1",
        ] {
            let error = bad.parse::<Scale>().unwrap_err().to_string();
            assert!(error.contains(&format!("'{bad}'")), "{error}");
        }
    }

    #[test]
    fn a_scale_comes_as_text_or_as_a_number() {
        let read = |json| serde_json::from_value::<Scale>(json).unwrap();
        assert_eq!(read(serde_json::json!(2)), read(serde_json::json!("2")));
        assert_eq!(read(serde_json::json!(0.5)).factor, 0.5);
        serde_json::from_value::<Scale>(serde_json::json!(null)).unwrap_err();
    }

    proptest! {
        #![proptest_config(crate::property::Config::default().proptest())]

        #[test]
        fn a_scale_that_is_shown_is_read_again(k in 1..1000_u32, p in -2..3_i32, q in -2..3_i32) {
            let scale = Scale { factor: f64::from(k) / 8.0, power_of_m: p, power_of_n_y: q };
            prop_assert_eq!(scale.to_string().parse::<Scale>().unwrap(), scale, "{}", scale);
        }
    }
}
