//! The catalogue: what each planted fault does, where to look for it, where somebody reported it.
//!
//! What it does to the code is in `backprop.rs` and `faulty.rs`; an attribute here changes nothing
//! but words. Start reading at [`Fault`].

use super::Planted;
use super::faulty::Faulty;
use crate::subject::Subject;
use strum::{
    Display, EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray, VariantNames,
};

/// Where a fault sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, serde::Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The gradient is not that of the loss.
    Gradient,
    /// The loss, or what it is computed from, is wrong.
    Loss,
    /// The step or the training loop.
    Trainer,
    /// The start.
    Initialiser,
    /// How questions are answered at all.
    Answer,
}

/// A planted error: one marked place in [`Faulty`].
///
/// The faults of the kind [`FaultKind::Answer`] show that the properties about answers can fail.
///
/// The first sentence of each is what it does; `message` says where to look for it, `report`
/// names a public report of the error, or of a close relative, in somebody's network.
///
/// ```
/// use init_symmetry_check::fault::{Fault, Planted};
/// let fault: Fault = init_symmetry_network::parse_name("fault", "update-ascends")?;
/// assert_eq!(fault.where_to_look(), "the sign in θ − α·gradient");
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Display,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Fault {
    /// dw is the sum over the examples, not their mean.
    #[strum(message = "the division by m in dw")]
    #[strum(props(report = "https://github.com/davharris/mistnet/issues/33"))]
    MissingMeanInDw,
    /// db is the sum over the examples, not their mean.
    #[strum(message = "the division by m in db")]
    MissingMeanInDb,
    /// The gradient is divided by m twice.
    #[strum(message = "a division by m in dz as well as in dw and db")]
    MeanAppliedTwice,
    /// dz of a hidden layer lacks the factor g'(z).
    #[strum(message = "the factor g'(z) in dz of the hidden layers")]
    #[strum(props(report = "https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3"))]
    ActivationDerivativeMissing,
    /// g' is taken at a = g(z) instead of z.
    #[strum(message = "the argument of g'")]
    #[strum(props(report = "https://github.com/benoitfragit/libBrain/issues/78"))]
    DerivativeAtActivation,
    /// tanh' is computed as 1 − z², not 1 − a².
    #[strum(message = "tanh' = 1 − a²: a, not z")]
    #[strum(props(report = "https://github.com/BoltzmannEntropy/interviews.ai/issues/4"))]
    TanhDerivativeFromPreactivation,
    /// g' is taken at the z of the layer above where the widths allow it.
    #[strum(message = "the layer index of z in g'(z)")]
    DerivativeAtAnotherLayer,
    /// A square W is not transposed when dz is carried down.
    #[strum(message = "the transpose of W in da")]
    UntransposedWeights,
    /// da is the mean over the units of the layer above, not their sum.
    #[strum(message = "the sum over units in da = Wᵀ·dz: a mean where a sum is meant")]
    DaAveragedOverUnits,
    /// A square dw is transposed.
    #[strum(message = "the order of the factors, or a transpose, in dw")]
    TransposedDw,
    /// db is zero.
    #[strum(message = "whether db is computed at all")]
    BiasGradientDropped,
    /// db is summed over the units instead of the examples, where there are as many of both.
    #[strum(message = "the axis of the sum in db")]
    #[strum(props(report = "https://github.com/deeplearning4j/deeplearning4j/pull/364"))]
    DbOverWrongAxis,
    /// db is that of the first example.
    #[strum(message = "the sum over examples in db")]
    #[strum(props(report = "https://github.com/mlpack/mlpack/pull/3679"))]
    DbFromFirstExample,
    /// db is summed over units and examples, and every unit gets the sum.
    #[strum(message = "the axis of the sum in db: a sum over everything is broadcast")]
    #[strum(props(report = "https://github.com/rasbt/stat453-deep-learning-ss21/issues/5"))]
    DbSummedOverEverything,
    /// dz of the output is y − ŷ.
    #[strum(message = "the sign of ŷ − y")]
    OutputDeltaSign,
    /// dz changes sign on the way down.
    #[strum(message = "a sign in da or dz of the hidden layers")]
    BackPropagatedDeltaSign,
    /// A layer's W is updated before dz is carried down through it.
    #[strum(message = "the order of update and back-propagation")]
    #[strum(props(kind = "trainer"))]
    #[strum(props(report = "https://github.com/kim-marcel/basic_neural_network/issues/7"))]
    W2UpdatedBeforeItIsUsed,
    /// g' is applied in the top hidden layer only.
    #[strum(message = "the factor g'(z) below the top hidden layer")]
    DerivativeSkippedBelowTop,
    /// dw is computed from the activations of its own layer where the widths allow it.
    #[strum(message = "the layer index of a in dw")]
    DwFromOwnActivation,
    /// dw is computed from z of the layer below instead of a.
    #[strum(message = "a[l−1], not z[l−1], in dw")]
    DwFromPreactivation,
    /// Training back-propagates through the activations of the previous step.
    #[strum(message = "when the forward pass is run in the training loop")]
    #[strum(props(kind = "trainer"))]
    StaleCache,
    /// Training adds every gradient to the previous ones.
    #[strum(message = "whether the gradient is cleared before each step")]
    #[strum(props(kind = "trainer"))]
    AccumulatorNotCleared,
    /// The update is multiplied by the learning rate twice.
    #[strum(message = "the learning rate in the update")]
    #[strum(props(kind = "trainer"))]
    RateAppliedTwice,
    /// The gradient is twice what it should be.
    #[strum(message = "a factor 2, as from a squared error whose loss has the ½")]
    #[strum(props(
        report = "https://github.com/bighuang624/Andrew-Ng-Deep-Learning-notes/issues/10"
    ))]
    GradientDoubled,
    /// The loss is twice what it should be.
    #[strum(message = "a factor in the loss that the gradient does not have")]
    #[strum(props(kind = "loss"))]
    LossDoubled,
    /// Loss and gradient are sums over the examples, not means.
    #[strum(message = "the division by m in the loss")]
    #[strum(props(kind = "loss"))]
    SumInsteadOfMean,
    /// Hidden layers ignore their bias in the forward pass.
    #[strum(message = "+ b in z of the hidden layers")]
    #[strum(props(kind = "loss"))]
    HiddenBiasIgnored,
    /// Hidden layers are linear, forward and backward.
    #[strum(message = "whether the activation is applied at all")]
    #[strum(props(kind = "loss"))]
    HiddenActivationOmitted,
    /// With 2 or more examples, the last counts neither in the loss nor in the gradient.
    #[strum(message = "the range of the examples")]
    #[strum(props(kind = "loss"))]
    LastExampleIgnored,
    /// The update adds the gradient.
    #[strum(message = "the sign in θ − α·gradient")]
    #[strum(props(kind = "trainer"))]
    UpdateAscends,
    /// Layer 1 is never updated.
    #[strum(message = "the range of the layers in the update")]
    #[strum(props(kind = "trainer"))]
    FirstLayerNeverUpdated,
    /// The biases are never updated.
    #[strum(message = "whether b is updated")]
    #[strum(props(kind = "trainer"))]
    BiasesNeverUpdated,
    /// The update is divided by m although the gradient is a mean.
    #[strum(message = "a division by m in the update")]
    #[strum(props(kind = "trainer"))]
    UpdateDividedByMeanAgain,
    /// Every step shrinks the weights a little.
    #[strum(message = "a weight decay that nobody asked for")]
    #[strum(props(kind = "trainer"))]
    HiddenWeightDecay,
    /// The zero start has one row of W1 that is not zero.
    #[strum(message = "the zero start of W1, row by row")]
    #[strum(props(kind = "initialiser"))]
    ZeroInitNotZeroInOneRow,
    /// The random start draws one row of W1 twice, as a re-seeded generator does.
    #[strum(message = "where the random generator is seeded")]
    #[strum(props(kind = "initialiser"))]
    #[strum(props(report = "https://github.com/netket/netket/issues/241"))]
    RandomInitRepeatsOneRow,
    /// The zero start zeroes W1 only; W2 and above are random.
    #[strum(message = "the zero start of the layers above the first")]
    #[strum(props(kind = "initialiser"))]
    ZeroInitOfW1Only,
    /// A random start draws every layer with the same seed.
    #[strum(message = "whether the generator is seeded once or for each layer")]
    #[strum(props(kind = "initialiser"))]
    SameSeedInEveryLayer,
    /// The starts of Xavier and He divide by the number of units, not of inputs.
    #[strum(message = "n_in, not n_out, in the scale of the start")]
    #[strum(props(kind = "initialiser"))]
    StartFromFanOut,
    /// Glorot's start has the scale √(2/n_in + n_out).
    #[strum(message = "the brackets in √(2/(n_in + n_out))")]
    #[strum(props(kind = "initialiser"))]
    GlorotDividesBeforeItAdds,
    /// A random start draws its weights between 0 and 1.
    #[strum(message = "rand where randn is meant, or a missing 2u − 1, in the start")]
    #[strum(props(kind = "initialiser"))]
    StartNeverNegative,
    /// A random start is the same for every seed.
    #[strum(message = "whether the seed reaches the random generator")]
    #[strum(props(kind = "initialiser"))]
    StartIgnoresItsSeed,
    /// He's start divides 2 by n_in as integers, which gives 0 from 3 inputs on.
    #[strum(message = "an integer division in √(2/n_in)")]
    #[strum(props(kind = "initialiser"))]
    HeStartIsZero,
    /// A random start draws the biases too.
    #[strum(message = "zeros for the biases of the start")]
    #[strum(props(kind = "initialiser"))]
    StartWithRandomBiases,
    /// dw1 has an error of about 1e−11 that depends on the unit.
    #[strum(message = "precision lost in dw1")]
    IndexDependentNoiseInDw1,
    /// The last row of a hidden dw is summed over the examples from the end.
    #[strum(message = "the kernel: does every row add in the same order?")]
    OneRowReducedInReverseOrder,
    /// dz is rounded to single precision.
    #[strum(message = "a conversion to f32 in dz")]
    DeltaRoundedToSingle,
    /// dz is clipped to [−1, 1].
    #[strum(message = "a clip on dz")]
    DeltaClipped,
    /// The derivative of ReLU at 0 is 1.
    #[strum(message = "≥ where > is meant in ReLU's derivative")]
    #[strum(props(report = "https://github.com/tensorflow/playground/issues/19"))]
    ReluDerivativeAtZeroIsOne,
    /// ReLU's derivative has a small slope below 0 that ReLU does not have.
    #[strum(message = "a leaky slope in ReLU's derivative only")]
    LeakySlopeInDerivative,
    /// Row i of dw1 is that of unit i + 1.
    #[strum(message = "the unit index in dw1")]
    RowsOfFirstDwRotated,
    /// With several outputs, only the one with an example's largest label has a dz.
    #[strum(message = "dz of the outputs whose label is 0")]
    DeltaOnlyAtLargestLabel,
    /// Cross-entropy's dz has the factor σ'(z) of the squared error.
    #[strum(message = "a factor ŷ(1 − ŷ) in dz of the output")]
    CrossEntropyExtraSlope,
    /// The dz of softmax with cross-entropy has the factor ŷ(1 − ŷ).
    #[strum(message = "a factor ŷ(1 − ŷ) in dz of the softmax")]
    SoftmaxExtraSlope,
    /// The softmax is normalised over the examples, not over the classes.
    #[strum(message = "the axis of the sum in the softmax")]
    #[strum(props(kind = "loss"))]
    SoftmaxOverExamples,
    /// The loss applies a softmax to ŷ, which already is one.
    #[strum(message = "what is given to the loss: z, not ŷ")]
    #[strum(props(kind = "loss"))]
    SoftmaxAppliedTwice,
    /// The dz of softmax with cross-entropy is divided by the number of classes.
    #[strum(message = "a mean over the classes in dz of the softmax")]
    SoftmaxDeltaDividedByClasses,
    /// The softmax computes e^z directly, which overflows.
    #[strum(message = "the largest z, which must be subtracted before e^z")]
    #[strum(props(kind = "loss"))]
    SoftmaxWithoutItsMaximum,
    /// dw1 and db1 are zero where there is a hidden layer.
    #[strum(message = "the range of the layers in the backward pass")]
    FirstGradientNeverComputed,
    /// The last layer's W carries dz down through every layer of its shape.
    #[strum(message = "the layer index of W in da")]
    LastWeightsForEveryLayer,
    /// The gradient is scaled to length 1.
    #[strum(message = "a normalisation of the gradient")]
    GradientNormalised,
    /// dw1 is divided by the number of hidden units.
    #[strum(message = "a division by the width in dw1")]
    FirstDwDividedByWidth,
    /// All units of a layer share the g' of its first unit and example.
    #[strum(message = "g'(z) as a number where a matrix is meant")]
    ScalarDerivativeBroadcast,
    /// dz of the first unit of a hidden layer is 0 for the last example.
    #[strum(message = "the edges of the loops in dz")]
    OneDeltaZeroed,
    /// Every step clamps the parameters to [−2, 2].
    #[strum(message = "a clamp in the update")]
    #[strum(props(kind = "trainer"))]
    WeightsClamped,
    /// The cross-entropy is computed from ŷ, with log(0) and 0/0 where it saturates.
    #[strum(message = "log(ŷ): compute the loss and dz from z")]
    #[strum(props(kind = "loss"))]
    #[strum(props(report = "https://github.com/huggingface/candle/issues/2561"))]
    UnfusedCrossEntropy,
    /// The gradient is half of what it should be at every second call.
    #[strum(message = "state that one call leaves for the next")]
    #[strum(props(kind = "answer"))]
    EverySecondCallDiffers,
    /// The predictions are z of the output, not ŷ.
    #[strum(message = "the output function in the predictions")]
    #[strum(props(kind = "answer"))]
    PredictionsAreLogits,
    /// A bias with too few rows is repeated until it fits.
    #[strum(message = "broadcasting in + b")]
    #[strum(props(kind = "answer"))]
    BiasBroadcast,
    /// Every hidden layer uses the g' of the first one, although their activations differ.
    #[strum(message = "the layer index of g in g'(z)")]
    SlopeOfAnotherLayer,
}

impl Planted for Fault {
    fn name(&self) -> &str {
        self.into()
    }

    fn description(&self) -> &str {
        self.get_documentation().unwrap_or_default()
    }

    fn where_to_look(&self) -> &str {
        self.get_message().unwrap_or_default()
    }

    fn subject(&self) -> Box<dyn Subject> {
        Box::new(Faulty::with(*self))
    }

    fn kind(&self) -> Option<FaultKind> {
        Some(match self.get_str("kind") {
            Some("loss") => FaultKind::Loss,
            Some("trainer") => FaultKind::Trainer,
            Some("initialiser") => FaultKind::Initialiser,
            Some("answer") => FaultKind::Answer,
            _ => FaultKind::Gradient,
        })
    }

    fn public_report(&self) -> Option<&str> {
        self.get_str("report")
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind};
    use crate::fault::Planted;

    #[test]
    fn a_fault_says_what_it_is_where_it_sits_and_who_reported_it() {
        for (fault, name, kind) in [
            (Fault::TransposedDw, "transposed-dw", FaultKind::Gradient),
            (Fault::LossDoubled, "loss-doubled", FaultKind::Loss),
            (Fault::HiddenWeightDecay, "hidden-weight-decay", FaultKind::Trainer),
            (Fault::ZeroInitOfW1Only, "zero-init-of-w1-only", FaultKind::Initialiser),
            (Fault::BiasBroadcast, "bias-broadcast", FaultKind::Answer),
        ] {
            assert_eq!((fault.name(), fault.kind()), (name, Some(kind)));
            assert_eq!(fault.subject().name(), name);
        }
        assert_eq!(Fault::DeltaClipped.description(), "dz is clipped to [−1, 1].");
        assert_eq!(Fault::DeltaClipped.where_to_look(), "a clip on dz");
        assert_eq!(Fault::DeltaClipped.public_report(), None);
        let report = "https://github.com/netket/netket/issues/241";
        assert_eq!(Fault::RandomInitRepeatsOneRow.public_report(), Some(report));
    }
}
