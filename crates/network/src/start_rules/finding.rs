//! What is wrong with a start, in a sentence.

use super::mistake::{NamedMistake, factor_in_words};
use std::fmt;

/// How sure a statistical rule is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// How many standard deviations the statistic is from what is expected.
    pub z: f64,
    /// A bound on the probability that a right start shows as much or more.
    pub chance: f64,
    /// The level of the rule.
    pub level: f64,
}

/// A standard deviation that is not the declared one.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The measured one, about 0.
    pub measured: f64,
    /// The declared one.
    pub declared: f64,
    /// A common mistake that explains the measured one in every layer.
    pub mistake: Option<NamedMistake>,
}

/// One weight and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightAt {
    /// Which weights.
    pub block: String,
    /// The row.
    pub row: usize,
    /// The column.
    pub column: usize,
    /// The weight.
    pub value: f64,
}

/// Something that is wrong with a start.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StartFinding {
    /// A bias that is not 0.
    BiasNotZero {
        /// Which biases.
        block: String,
        /// The unit, counted from 0.
        unit: usize,
        /// Its bias.
        value: f64,
    },
    /// A weight that is not the declared constant.
    NotTheConstant {
        /// The weight.
        weight: WeightAt,
        /// What is declared.
        constant: f64,
    },
    /// A weight that is infinite or no number.
    NotFinite {
        /// The weight.
        weight: WeightAt,
    },
    /// A weight beyond the bound of the declared uniform distribution.
    BeyondTheBound {
        /// The weight.
        weight: WeightAt,
        /// The bound.
        bound: f64,
    },
    /// Every weight is zero where they are declared to be random.
    AllZero {
        /// Which weights.
        block: String,
        /// The declared standard deviation.
        declared: f64,
    },
    /// A row of zeros in a random start.
    ZeroRow {
        /// Which weights.
        block: String,
        /// The row.
        row: usize,
    },
    /// Two equal rows in a random start.
    EqualRows {
        /// Which weights.
        block: String,
        /// A row.
        first: usize,
        /// A later row.
        second: usize,
    },
    /// Two layers with the same draws.
    SameDraws {
        /// A layer.
        first: String,
        /// A later layer.
        second: String,
        /// By which factor the second is the first.
        proportion: f64,
    },
    /// Too few or too many negative weights.
    UnequalSigns {
        /// Which weights.
        block: String,
        /// How many are negative.
        negative: usize,
        /// Of how many that are not zero.
        count: usize,
        /// How sure that is.
        evidence: Evidence,
    },
    /// A mean that is not 0.
    WrongMean {
        /// Which weights.
        block: String,
        /// Their mean.
        mean: f64,
        /// How sure that is.
        evidence: Evidence,
    },
    /// A standard deviation that is not the declared one.
    WrongSpread {
        /// Which weights.
        block: String,
        /// What it is and what it should be.
        spread: Spread,
        /// How sure that is.
        evidence: Evidence,
    },
    /// Two rows that go together.
    CorrelatedRows {
        /// Which weights.
        block: String,
        /// A row.
        first: usize,
        /// A later row.
        second: usize,
        /// How sure that is.
        evidence: Evidence,
    },
}

/// The smallest chance that is told apart from none.
const SMALLEST_EXPONENT: i32 = -300;

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { z, chance, level } = self;
        let exponent =
            if *chance > 0.0 { libm::ceil(libm::log10(*chance)) as i32 } else { i32::MIN };
        let exponent = exponent.max(SMALLEST_EXPONENT);
        write!(
            f,
            "z = {z:.1}; a correct start gives this with probability at most 1e{exponent}; "
        )?;
        write!(f, "a chance of a false alarm of {level:.1e} is allowed")
    }
}

impl fmt::Display for WeightAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { block, row, column, value } = self;
        write!(f, "{block}[{row}, {column}] is {value}")
    }
}

impl fmt::Display for StartFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BiasNotZero { block, unit, value } => {
                write!(f, "the bias of unit {unit} in {block} is {value} but should start at 0")
            }
            Self::NotTheConstant { weight, constant } => {
                write!(f, "{weight}, but every weight is declared to be {constant}")
            }
            Self::NotFinite { weight } => write!(f, "{weight} but has to be a finite number"),
            Self::BeyondTheBound { weight, bound } => {
                write!(f, "{weight}, but the weights are declared to be uniform between ")?;
                write!(f, "−{bound} and {bound}")
            }
            Self::AllZero { block, declared } => {
                let declared = short(*declared);
                write!(
                    f,
                    "every weight of {block} is 0, but the declared standard deviation is \
                     {declared}"
                )?;
                f.write_str(": is it an integer division, as in 2 / n_in?")
            }
            Self::ZeroRow { block, row } => {
                write!(f, "row {row} of {block} is zero in a random start")
            }
            Self::EqualRows { block, first, second } => {
                write!(f, "rows {first} and {second} of {block} are equal in a random start, so ")?;
                f.write_str("their units compute the same: is the generator reseeded for each row?")
            }
            Self::SameDraws { first, second, proportion } => {
                write!(f, "{first} and {second} hold the same draws in the ratio 1 : ")?;
                write!(f, "{}: is the generator reseeded for each layer?", short(*proportion))
            }
            Self::UnequalSigns { block, negative, count, evidence } => {
                unequal_signs(f, block, *negative, *count)?;
                write!(f, " ({evidence})")
            }
            Self::WrongMean { block, mean, evidence } => {
                let mean = short(*mean);
                write!(f, "the mean of {block} is {mean}, but 0 is declared ({evidence})")
            }
            Self::WrongSpread { block, spread, evidence } => {
                write!(f, "the standard deviation of {block} is {spread} ({evidence})")
            }
            Self::CorrelatedRows { block, first, second, evidence } => {
                write!(f, "rows {first} and {second} of {block} are correlated, but every ")?;
                write!(f, "weight is declared to be drawn independently ({evidence})")
            }
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, declared, mistake } = self;
        write!(f, "{}, but {} is declared: ", short(*measured), short(*declared))?;
        match mistake {
            Some(NamedMistake { factor, sentence }) => {
                write!(f, "{}, {sentence}", factor_in_words(*factor))
            }
            None => f.write_str(&factor_in_words(measured / declared)),
        }
    }
}

fn unequal_signs(
    f: &mut fmt::Formatter<'_>,
    block: &str,
    negative: usize,
    count: usize,
) -> fmt::Result {
    let (none, guess) = match (negative, count - negative) {
        (0, _) => ("negative", ": are they drawn from [0, 1) instead of around 0?"),
        (_, 0) => ("positive", ""),
        _ => {
            return write!(
                f,
                "{negative} of {count} weights of {block} are negative, but half of them should be"
            );
        }
    };
    write!(f, "none of the {count} weights of {block} is {none}, but half of them should be{guess}")
}

/// Three significant digits, but no more than eight places.
pub(super) fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let magnitude = libm::floor(libm::log10(number.abs())) as i32;
    let places = usize::try_from((2 - magnitude).clamp(0, 8)).unwrap_or_default();
    format!("{number:.places$}")
}
