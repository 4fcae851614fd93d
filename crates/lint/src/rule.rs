//! The rules, each with everything that is known of it. Ids are permanent.

use crate::Severity;
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

/// A rule of `lint`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Rule {
    /// Entries that are infinite or no number.
    NotFinite,
    /// Units of which nothing ever moves.
    DeadStart,
    /// Units that stay equal at every step.
    TwinUnits,
    /// Both factors of a low-rank pair are zero.
    BothFactorsZero,
    /// Units with equal rows and biases.
    EqualRows,
    /// Units that receive nothing.
    ZeroUnit,
    /// Units that nothing reads yet.
    ZeroOutgoing,
    /// A tensor of one value.
    ConstantTensor,
    /// Tensors that are copies of each other.
    CopiedTensor,
    /// A tensor that is several copies of its first part.
    RepeatedShard,
    /// Floats that are about to vanish.
    Subnormal,
    /// A scale that is not the declared one.
    Scale,
    /// Tensors that begin with the same draws.
    SameDraws,
    /// Biases that do not start at 0.
    BiasNotZero,
    /// A norm whose weight does not start at 1.
    NormNotOne,
    /// Fewer independent rows than there could be.
    Rank,
    /// Rows that go together.
    CorrelatedRows,
    /// Units that have been equal in value and gradient so far.
    EqualSoFar,
    /// Units whose gradient has been zero so far.
    Frozen,
}

/// When a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// In every file.
    Always,
    /// In a start that is declared to be one.
    Fresh,
    /// Where gradients are given.
    WithGradients,
}

/// What is known of a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleFacts {
    /// How grave its findings are at most.
    pub severity: Severity,
    /// When it is judged.
    pub judged: Judged,
    /// What it finds, in a sentence.
    pub finds: &'static str,
    /// Why that matters, how sure it is, what to do.
    pub explanation: &'static str,
    /// The claims behind it, by id.
    pub claims: &'static [&'static str],
    /// The machine-checked theorems behind it, by their names in `proofs/theories`.
    pub theorems: &'static [&'static str],
}

impl Rule {
    /// Everything that is known of the rule.
    ///
    /// ```
    /// use init_symmetry_lint::{Rule, Severity};
    /// assert_eq!(Rule::TwinUnits.facts().severity, Severity::Error);
    /// assert_eq!(Rule::TwinUnits.to_string(), "twin-units");
    /// ```
    pub fn facts(self) -> RuleFacts {
        let (finds, explanation) = self.words();
        RuleFacts {
            severity: self.severity(),
            judged: self.judged(),
            finds,
            explanation,
            claims: self.claims(),
            theorems: self.theorems(),
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::NotFinite
            | Self::DeadStart
            | Self::TwinUnits
            | Self::BothFactorsZero
            | Self::Scale => Severity::Error,
            Self::Frozen => Severity::Note,
            _ => Severity::Warning,
        }
    }

    fn judged(self) -> Judged {
        match self {
            Self::Scale
            | Self::SameDraws
            | Self::BiasNotZero
            | Self::NormNotOne
            | Self::Rank
            | Self::CorrelatedRows => Judged::Fresh,
            Self::EqualSoFar | Self::Frozen => Judged::WithGradients,
            _ => Judged::Always,
        }
    }

    fn claims(self) -> &'static [&'static str] {
        match self {
            Self::DeadStart | Self::BothFactorsZero => {
                &["zero-init-freezes-the-weights-where-g-vanishes-at-zero"]
            }
            Self::TwinUnits => &[
                "what-lint-calls-twins-stays-twins",
                "zero-init-keeps-w1-rows-identical-forever",
                "identical-units-are-worth-one",
            ],
            Self::EqualRows => {
                &["equal-rows-part-by-an-exact-amount", "equal-rows-alone-stay-equal"]
            }
            Self::ConstantTensor => &["equal-constant-weights-keep-units-identical"],
            Self::Scale => {
                &["xavier-variance-is-one-over-fan-in", "he-variance-is-two-over-fan-in"]
            }
            Self::BiasNotZero => {
                &["initial-weights-are-small-and-biases-zero", "zero-biases-are-harmless"]
            }
            Self::EqualSoFar => &["identical-units-get-identical-gradients"],
            _ => &[],
        }
    }

    fn theorems(self) -> &'static [&'static str] {
        match self {
            Self::TwinUnits => &[
                "twins_are_found_exactly_if_their_exchange_changes_nothing",
                "in_layers_twins_are_found_exactly_if_row_bias_and_outgoing_column_agree",
                "what_lint_calls_twins_stays_equal_forever",
                "what_lint_calls_twins_in_a_layer_stays_twins_forever",
                "twins_stay_twins",
            ],
            Self::EqualRows => &[
                "equal_rows_part_by_an_exact_amount",
                "equal_biases_part_by_an_exact_amount",
                "outgoing_weights_of_units_with_equal_rows_keep_their_difference",
                "equal_rows_stay_equal_where_no_difference_comes_back",
                "equal_rows_part_exactly_if_the_mean_of_the_difference_does_not_vanish",
            ],
            _ => &[],
        }
    }

    /// What it finds, and what there is to say of it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFinite => ("an entry is infinite or NaN", NOT_FINITE),
            Self::DeadStart => {
                ("all weights into and out of a unit and its bias are zero", DEAD_START)
            }
            Self::TwinUnits => {
                ("units have equal incoming weights, biases and outgoing weights", TWIN_UNITS)
            }
            Self::BothFactorsZero => {
                ("both factors of a low-rank pair are zero", BOTH_FACTORS_ZERO)
            }
            Self::EqualRows => ("units have equal incoming weights and biases", EQUAL_ROWS),
            Self::ZeroUnit => ("all weights into a unit are zero", ZERO_UNIT),
            Self::ZeroOutgoing => ("all weights out of a unit are zero", ZERO_OUTGOING),
            Self::ConstantTensor => ("all weights of a matrix are equal", CONSTANT_TENSOR),
            Self::CopiedTensor => ("tensors are copies of each other", COPIED_TENSOR),
            Self::RepeatedShard => {
                ("a tensor consists of copies of its first part", REPEATED_SHARD)
            }
            Self::Subnormal => ("entries are subnormal numbers", SUBNORMAL),
            Self::Scale => ("weights are not drawn as declared", SCALE),
            Self::SameDraws => {
                ("two tensors begin with the same draws, up to a factor", SAME_DRAWS)
            }
            Self::BiasNotZero => ("biases do not start at zero", BIAS_NOT_ZERO),
            Self::NormNotOne => ("the weight of a norm does not start at one", NORM_NOT_ONE),
            Self::Rank => ("rows of a matrix are linearly dependent", RANK),
            Self::CorrelatedRows => ("two rows of a matrix are correlated", CORRELATED_ROWS),
            Self::EqualSoFar => ("units are equal in value and in every gradient", EQUAL_SO_FAR),
            Self::Frozen => ("the gradient of a unit is zero in every file", FROZEN),
        }
    }
}

const NOT_FINITE: &str = "One such entry makes every output that it reaches NaN or infinite, and \
    the next step spreads it. Either training diverged before the file was saved, or the memory \
    was never written. Go back to an earlier checkpoint, or initialise what is new. No other rule \
    judges the units of such a tensor.";

const DEAD_START: &str = "Where g(0) = 0, as for tanh and ReLU, such a unit outputs 0 and gets no \
    gradient. Its incoming and outgoing weights stay zero under every optimiser that does not move \
    a parameter whose gradient has always been zero. Where g(0) is not 0, as for the sigmoid, the \
    units may move, but all in the same way: they are twins. Draw the weights at random. In a \
    trained file a few such units are usually left by pruning, so the finding is a warning there.";

const TWIN_UNITS: &str = "Two units are twins if exchanging them changes no number: they have \
    equal incoming weights, biases and outgoing weights. Twins compute the same output and get the \
    same gradient, so they stay equal at every step and are together worth one unit. This holds \
    for every optimiser that treats parameters alike, one by one, with equal settings and state. \
    The group has to name every axis that is numbered by the units, and nothing may be random for \
    each unit, as dropout is. Rounding may separate twins if a library adds in a different order \
    for each unit. A file in bf16 may hold equal roundings of full-precision weights that differ. \
    In a recurrent matrix equal rows are not enough, so the exchange itself is tested. Draw the \
    weights at random, with a different seed for each rank and layer.";

const BOTH_FACTORS_ZERO: &str = "The product of a low-rank pair is B·A. The gradient of A has the \
    factor B, and the gradient of B has the factor A. If both factors are zero, both gradients are \
    zero, and neither factor moves under an optimiser that does not move at a zero gradient. Start \
    one of the two at random and the other at zero.";

const EQUAL_ROWS: &str = "The units compute the same output at this moment. If their outgoing \
    weights differ, a step may make the units different, by an amount that depends on the data. \
    They stay equal if no gradient reaches them. If the outgoing weights are unknown, the units \
    may be twins: name the tensor that holds these weights with --units. Equal biases alone are \
    not reported, because biases start at zero. In a table whose role is unknown, the finding is a \
    note.";

const ZERO_UNIT: &str = "The unit gives the same output for every input until a gradient moves its \
    weights. If all weights and biases of a layer are zero, no gradient ever moves them behind \
    ReLU. Pruned rows look the same. In a matrix whose role is unknown, such as an embedding with \
    a padding row or a fixed basis, the finding is a note.";

const ZERO_OUTGOING: &str = "The unit has no influence on the output, and its incoming weights get \
    no gradient in the first step. A whole layer may start this way on purpose, as the last layer \
    of a residual branch or LoRA's B does, so that is a note. For single units the finding is a \
    warning.";

const CONSTANT_TENSOR: &str = "A matrix whose entries are all equal makes the units on both of \
    its sides interchangeable, as far as that matrix goes. All zeros may be intended, as in an \
    output layer, in the last layer of a residual branch or in LoRA's B, so that is a note. A \
    hidden layer of zeros in a plain chain of layers, such as W2 of W1, W2, W3, is a warning: with \
    ReLU and zero biases no gradient reaches it, and only the output bias learns; with tanh it may \
    still learn. Biases and the weights of norms are constant in every start and are not reported.";

const COPIED_TENSOR: &str = "Layers, experts or heads that are copies of each other were drawn \
    from one seed, or one module was copied. Copies in different layers usually become different \
    during training. Copies of experts that get the same inputs with the same weight do not, until \
    a router tells them apart. Tables that layers share, and weights that are tied on purpose and \
    stored twice, are a note.";

const REPEATED_SHARD: &str = "Every rank drew its part of the tensor from the same seed. If this \
    is the axis of the units, the units are equal in groups. If the layer that reads them is \
    sharded as well, they are twins. Give each rank a different seed.";

const SUBNORMAL: &str = "Such numbers have fewer significant bits than their type promises. Many \
    devices treat them as zero, and a step makes them zero. They are left by decay, or by a scale \
    that is too small for the type.";

const SCALE: &str = "The standard deviation of a start decides whether signals grow or vanish from \
    layer to layer. It is compared with the declared scheme (--scheme) by the distribution of the \
    sum of squares. A common mistake is named if it explains every layer. A layer whose weights \
    are all equal contradicts a scheme that draws them; zeros in LoRA's B and in the last layer of \
    a residual branch, by name or place, do not. The axis of the units is \
    taken from a bias or from the layer that reads them. For a matrix that has neither, such as an \
    embedding, a wrong scale is a note. Without a declared scheme only weights that are all \
    positive are reported: they make all units alike and saturate them. The rules of a start \
    together raise a false alarm in at most one file in a million, if its tensors are drawn entry \
    by entry.";

const SAME_DRAWS: &str = "Both tensors were drawn from the same seed, or from the same state of a \
    generator. Their units are related before training begins. Draw all tensors from one stream, \
    or give each its own seed.";

const BIAS_NOT_ZERO: &str = "Biases normally start at zero, because random weights already make \
    the units different. Biases within ±1/√n_in are PyTorch's default and are not reported, nor \
    are the biases of an LSTM whose forget gates start open.";

const NORM_NOT_ONE: &str = "The weight of a norm scales the normalised values and starts at one. \
    Zero is usual in the last norm of some residual branches, and where the norm adds 1 to its \
    weight, so that is a note. Any other number was never written, or was overwritten by an \
    initialiser for all tensors.";

const RANK: &str = "Rows that are drawn at random are linearly independent, but for a negligible \
    chance, if they are no more than their length. A matrix whose rank is lower than both of its \
    sides was made of copies, sums or products of fewer rows, so it computes fewer features than \
    it has units.";

const CORRELATED_ROWS: &str = "Rows that are drawn independently are orthogonal up to chance. Two \
    rows that are not orthogonal share draws. The rules of a start together raise a false alarm in \
    at most one file in a million.";

const EQUAL_SO_FAR: &str = "This is evidence, not proof: two rows of an embedding that occur in no \
    batch look the same. With a complete unit group the finding would be twin-units, which rests \
    on a theorem. The explanation of twin-units lists its assumptions.";

const FROZEN: &str = "Without momentum or decay, no step moves the unit. It is dead, it is cut \
    off, or it was in no batch.";
