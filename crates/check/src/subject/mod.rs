//! An implementation under test: whatever computes a gradient and trains a network.
//!
//! The reference is one; so are its faulty copies, a user's own network of plain slices, and
//! another program. Nothing here judges. Start reading at [`Subject`].

pub(crate) mod answer;
mod convention;
mod conversation;
mod declaration;
mod described;
mod flat;
mod group;
mod hello;
mod line;
pub(crate) mod number;
pub(crate) mod partner;
mod program;
pub(crate) mod question;
mod textbook;

pub use convention::{Convention, Examples, WeightRows};
pub use conversation::Invocation;
pub use declaration::{
    BiasUse, Declaration, GradientSource, LossForm, Momentum, MomentumForm, Scale,
};
pub(crate) use described::described_as;
pub use flat::{Flat, FlatNetwork};
pub use group::end_running_programs;
pub use hello::Description;
pub(crate) use hello::check_training;
pub use program::Program;
pub(crate) use textbook::Textbook;

use init_symmetry_network::tolerance::{
    EXPLAINED, SINGLE_PRECISION, SINGLE_UNDERFLOW, UNIT_ROUNDOFF,
};
use init_symmetry_network::{
    Activation, Error, Evaluation, Loss, Network, Parameters, Problem, Result, Scheme, Start,
    Trainable,
};
use ndarray::Array2;
use serde::Deserialize;
use strum::{Display, VariantArray};

/// Called with every iteration t = 0, 1, … and its parameters.
pub type Observer<'a, S> = &'a mut dyn FnMut(usize, &Parameters<S>);

/// What a subject may have of its own beside its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Deserialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// [`Subject::predict`].
    Predict,
    /// [`Subject::step`].
    Step,
    /// [`Subject::train`].
    Train,
    /// [`Subject::initialise`].
    Initialise,
}

/// The arithmetic that a subject computes in; it is judged by the rounding of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, Deserialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Double precision.
    #[default]
    F64,
    /// Single precision; its numbers travel as `f64`, which holds every one of them.
    F32,
}

impl Precision {
    /// A bound on rounding errors in this arithmetic, from the bound of the same computation in
    /// `f64`.
    ///
    /// ```
    /// use init_symmetry_check::subject::Precision;
    /// assert_eq!(Precision::F64.bound(1e-15), 1e-15);
    /// assert!(Precision::F32.bound(1e-15) > 1e-7);
    /// ```
    pub fn bound(self, error: f64) -> f64 {
        match self {
            Self::F64 => error,
            Self::F32 => SINGLE_PRECISION * error + SINGLE_UNDERFLOW,
        }
    }

    /// Whether numbers are those that a cause or a fault would give, within rounding: undefined
    /// where those are, and the rest as near as [`EXPLAINED`] says.
    pub fn explains(self, given: &[f64], due: &[f64]) -> bool {
        let length = |of: &mut dyn Iterator<Item = f64>| of.map(|x| x * x).sum::<f64>().sqrt();
        let same = |given: f64, due: f64| given.is_nan() && due.is_nan() || given == due;
        let apart = |(&given, &due): (&f64, &f64)| {
            if same(given, due) { 0.0 } else { given - due }
        };
        let distance = length(&mut given.iter().zip(due).map(apart));
        let scale = length(&mut due.iter().copied().filter(|entry| entry.is_finite()));
        given.len() == due.len() && distance <= self.bound(EXPLAINED) * scale
    }

    /// The largest relative error of one operation.
    pub fn unit_roundoff(self) -> f64 {
        match self {
            Self::F64 => UNIT_ROUNDOFF,
            Self::F32 => f64::from(f32::EPSILON) / 2.0,
        }
    }

    /// The smallest normal number.
    pub fn smallest(self) -> f64 {
        match self {
            Self::F64 => f64::MIN_POSITIVE,
            Self::F32 => f64::from(f32::MIN_POSITIVE),
        }
    }
}

/// The networks that a subject implements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks {
    /// Activations of the hidden layers.
    pub hidden: Vec<Activation>,
    /// Whether each hidden layer may have its own of these activations; otherwise all have the
    /// same.
    pub mixed_activations: bool,
    /// Outputs with their losses.
    pub losses: Vec<Loss>,
    /// The widths, if they are fixed; otherwise any of the sizes.
    pub widths: Option<Vec<usize>>,
    /// How many layers and units there may be.
    pub sizes: Sizes,
}

/// More hidden layers than this are never drawn, whatever a subject says of itself.
pub(crate) const MOST_LAYERS: usize = 64;

/// Fewest and most layers and units of the networks that a subject implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Hidden layers.
    pub hidden_layers: (usize, usize),
    /// Units of a hidden layer.
    pub hidden_units: (usize, usize),
    /// n_x.
    pub inputs: (usize, usize),
    /// n_y.
    pub outputs: (usize, usize),
}

impl Default for Sizes {
    fn default() -> Self {
        let any = (1, usize::MAX);
        Self { hidden_layers: (0, usize::MAX), hidden_units: any, inputs: any, outputs: any }
    }
}

impl Sizes {
    /// The first size of a network that is outside, in words.
    fn lacking(&self, network: &Network) -> Option<String> {
        let [n_x, hidden @ .., n_y] = network.widths() else { return None };
        let outside = |(fewest, most): (usize, usize), size| size < fewest || size > most;
        if outside(self.inputs, *n_x) {
            Some(format!("support for networks with {n_x} inputs"))
        } else if outside(self.outputs, *n_y) {
            Some(format!("support for networks with {n_y} outputs"))
        } else if outside(self.hidden_layers, hidden.len()) {
            Some(format!("support for networks with {} hidden layers", hidden.len()))
        } else {
            let unit = hidden.iter().find(|width| outside(self.hidden_units, **width))?;
            Some(format!("support for networks with {unit} units in a hidden layer"))
        }
    }
}

impl Default for Networks {
    fn default() -> Self {
        Self {
            hidden: Activation::VARIANTS.to_vec(),
            mixed_activations: false,
            losses: Loss::VARIANTS.to_vec(),
            widths: None,
            sizes: Sizes::default(),
        }
    }
}

impl Networks {
    /// All networks, those with an activation for each hidden layer too.
    pub(crate) fn all() -> Self {
        Self { mixed_activations: true, ..Self::default() }
    }

    /// The fixed widths, or those among the sizes that are nearest to what is wanted: inputs and
    /// outputs, and hidden layers whose widths repeat a pattern.
    pub(crate) fn widths_near(
        &self,
        [n_x, n_y]: [usize; 2],
        hidden_layers: usize,
        pattern: &[usize],
    ) -> Vec<usize> {
        if let Some(widths) = &self.widths {
            return widths.clone();
        }
        let sizes = self.sizes;
        // no clamp, which panics where a subject says that it has fewer at most than at least
        let near = |size: usize, (fewest, most): (usize, usize)| size.max(fewest).min(most);
        let layers = near(hidden_layers, sizes.hidden_layers).min(MOST_LAYERS);
        let hidden = pattern.iter().cycle().take(layers);
        let hidden = hidden.map(|&width| near(width, sizes.hidden_units));
        let ends = [near(n_x, sizes.inputs), near(n_y, sizes.outputs)];
        [ends[0]].into_iter().chain(hidden).chain([ends[1]]).collect()
    }

    /// Whether a network is among them.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by `subject`, with what it has not.
    ///
    /// ```
    /// use init_symmetry_check::subject::Networks;
    /// use init_symmetry_network::{Activation, Loss, Network};
    /// let only_tanh = Networks { hidden: vec![Activation::Tanh], ..Networks::default() };
    /// let network = Network::new(&[2, 4, 1], Activation::Relu, Loss::CrossEntropy)?;
    /// let error = only_tanh.check("mine", &network).unwrap_err();
    /// assert_eq!(error.to_string(), "mine has no activation relu");
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn check(&self, subject: &str, network: &Network) -> Result<()> {
        let loss = network.loss;
        let lacking = network.activations().iter().find(|g| !self.hidden.contains(g));
        let what = if let Some(g) = lacking {
            format!("activation {g}")
        } else if !self.mixed_activations && network.shared_activation().is_none() {
            format!("support for activations that differ by layer ({})", network.activation_names())
        } else if !self.losses.contains(&loss) {
            format!("loss {loss}")
        } else if let Some(widths) = self.widths.as_ref().filter(|it| *it != network.widths()) {
            format!("support for widths other than {widths:?}")
        } else if let Some(what) = self.sizes.lacking(network) {
            what
        } else {
            return Ok(());
        };
        Err(Error::Unsupported { subject: subject.into(), what })
    }
}

/// An implementation of backpropagation and gradient descent.
///
/// Only [`Subject::evaluate`] is needed; the rest has the textbook meaning, and is overridden by a
/// subject that has predictions, a step, a training loop or an initialiser of its own to test.
/// Such a subject says so in [`Subject::supports`].
///
/// ```
/// use init_symmetry_network::{Evaluation, Problem, Result};
/// use init_symmetry_check::property::{self, Config};
/// use init_symmetry_check::subject::Subject;
///
/// /// Forgets to divide dw by m.
/// struct Forgetful;
///
/// impl Subject for Forgetful {
///     fn name(&self) -> &str {
///         "forgetful"
///     }
///
///     fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
///         let mut evaluation = problem.evaluate()?;
///         for layer in &mut evaluation.gradient.layers {
///             layer.dw *= problem.batch.m() as f64;
///         }
///         Ok(evaluation)
///     }
/// }
///
/// let is_a_mean = property::batch_gradient_is_the_mean_of_its_examples;
/// let outcome = is_a_mean(&Forgetful, &Config::default());
/// assert!(!outcome.passes());
/// ```
pub trait Subject<S: Trainable = f64> {
    /// What to call it in reports.
    fn name(&self) -> &str;

    /// Whether an ability is the subject's own. What it leaves to the defaults is used where a
    /// property needs it on the way, but not judged: such a property does not apply.
    fn supports(&self, ability: Ability) -> bool {
        let _ = ability;
        false
    }

    /// The networks that it implements: cases are drawn among them.
    fn networks(&self) -> Networks {
        Networks::default()
    }

    /// The arithmetic that it computes in.
    fn precision(&self) -> Precision {
        Precision::default()
    }

    /// What it says of its loss, its parameters and its training.
    fn declaration(&self) -> Declaration {
        Declaration::default()
    }

    /// How it lays out what it is given: failing cases are shown in this layout.
    fn convention(&self) -> Convention {
        Convention::default()
    }

    /// The starts that its initialiser has, if that is its own.
    fn starts(&self) -> Vec<Scheme> {
        Scheme::COMMON.to_vec()
    }

    /// The mean loss and its gradient.
    ///
    /// # Errors
    /// Whatever keeps the subject from answering; bad shapes have to be refused. For a network
    /// that it does not implement, [`Error::Unsupported`].
    fn evaluate(&self, problem: Problem<'_, S>) -> Result<Evaluation<S>>;

    /// The mean loss alone; override it where it is cheaper without the gradient.
    ///
    /// # Errors
    /// As [`Subject::evaluate`].
    fn mean_loss(&self, problem: Problem<'_, S>) -> Result<S> {
        Ok(self.evaluate(problem)?.loss)
    }

    /// ŷ (n_y × m) of inputs x (n_x × m).
    ///
    /// # Errors
    /// As [`Subject::evaluate`].
    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<S>,
        x: &Array2<S>,
    ) -> Result<Array2<S>> {
        Ok(network.forward(parameters, x)?.a(network.depth()).clone())
    }

    /// One step of gradient descent.
    ///
    /// # Errors
    /// As [`Subject::evaluate`].
    fn step(&self, problem: Problem<'_, S>, rate: S) -> Result<Parameters<S>> {
        problem.parameters.descend(&self.evaluate(problem)?.gradient, rate)
    }

    /// Gradient descent for a number of steps.
    ///
    /// # Errors
    /// As [`Subject::evaluate`].
    fn train(
        &self,
        problem: Problem<'_, S>,
        descent: Descent<S>,
        observe: Observer<'_, S>,
    ) -> Result<Parameters<S>> {
        let mut parameters = problem.parameters.clone();
        observe(0, &parameters);
        for t in 1..=descent.steps {
            parameters = self.step(Problem { parameters: &parameters, ..problem }, descent.rate)?;
            observe(t, &parameters);
        }
        Ok(parameters)
    }

    /// The parameters that training starts from.
    ///
    /// # Errors
    /// As [`Network::initialise`].
    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        network.initialise(start, seed)
    }
}

/// How long and how fast to descend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent<S> {
    /// α, the learning rate.
    pub rate: S,
    /// The number of steps.
    pub steps: usize,
}

/// Whether an ability is the subject's own, as a result.
///
/// # Errors
/// [`Error::Unsupported`] where it is not.
pub(crate) fn require<S: Trainable>(subject: &dyn Subject<S>, ability: Ability) -> Result<()> {
    if subject.supports(ability) {
        return Ok(());
    }
    let what = format!("{ability} of its own");
    Err(Error::Unsupported { subject: subject.name().into(), what })
}

/// Whether a subject has biases, as a result.
///
/// # Errors
/// [`Error::Unsupported`] where it declares that it has none.
pub(crate) fn require_biases<S: Trainable>(subject: &dyn Subject<S>) -> Result<()> {
    match subject.declaration().biases {
        BiasUse::None => lacks(subject, "biases"),
        BiasUse::Trained | BiasUse::Fixed => Ok(()),
    }
}

/// Whether a subject trains its biases, as a result.
///
/// # Errors
/// [`Error::Unsupported`] where it declares that it does not.
pub(crate) fn require_trained_biases<S: Trainable>(subject: &dyn Subject<S>) -> Result<()> {
    match subject.declaration().biases {
        BiasUse::None | BiasUse::Fixed => lacks(subject, "trained biases"),
        BiasUse::Trained => Ok(()),
    }
}

/// Whether a step is θ − α·gradient of a loss without L2 term, as a result.
///
/// # Errors
/// [`Error::Unsupported`] where a subject declares something else.
pub(crate) fn require_plain_steps<S: Trainable>(subject: &dyn Subject<S>) -> Result<()> {
    let Declaration { l2, decay, .. } = subject.declaration();
    if l2.is_none() && decay == 0.0 {
        return Ok(());
    }
    lacks(subject, "steps without weight decay")
}

/// Whether every step of training is θ − α·gradient on all examples, as a result; the loss may
/// have an L2 term.
///
/// # Errors
/// [`Error::Unsupported`] where a subject declares something else.
pub(crate) fn require_plain_training<S: Trainable>(subject: &dyn Subject<S>) -> Result<()> {
    if subject.declaration().trains_plainly() {
        return Ok(());
    }
    lacks(subject, "training without decay, momentum and mini-batches")
}

/// Whether each step of training uses all examples, as a result.
///
/// # Errors
/// [`Error::Unsupported`] where a subject declares mini-batches.
pub(crate) fn require_whole_batches<S: Trainable>(subject: &dyn Subject<S>) -> Result<()> {
    match subject.declaration().batch_size {
        None => Ok(()),
        Some(_) => lacks(subject, "steps on all examples"),
    }
}

fn lacks<S: Trainable>(subject: &dyn Subject<S>, what: &str) -> Result<()> {
    Err(Error::Unsupported { subject: subject.name().into(), what: what.into() })
}

/// Whether a subject computes in double precision, as a result: differences of a loss in single
/// precision are lost in its rounding.
///
/// # Errors
/// [`Error::Unsupported`] where it does not.
pub(crate) fn require_double_precision(subject: &dyn Subject) -> Result<()> {
    if subject.precision() == Precision::F64 {
        return Ok(());
    }
    let what = "double precision".into();
    Err(Error::Unsupported { subject: subject.name().into(), what })
}

/// The reference network as a subject.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reference;

impl<S: Trainable> Subject<S> for Reference {
    fn name(&self) -> &str {
        "the reference network"
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

    fn evaluate(&self, problem: Problem<'_, S>) -> Result<Evaluation<S>> {
        problem.evaluate()
    }

    fn mean_loss(&self, problem: Problem<'_, S>) -> Result<S> {
        problem.mean_loss()
    }

    fn step(&self, problem: Problem<'_, S>, rate: S) -> Result<Parameters<S>> {
        problem.step(rate)
    }

    fn train(
        &self,
        problem: Problem<'_, S>,
        descent: Descent<S>,
        observe: Observer<'_, S>,
    ) -> Result<Parameters<S>> {
        let Problem { network, parameters, batch } = problem;
        network.train(parameters, batch, descent.rate, descent.steps, observe)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Ability, Descent, Networks, Precision, Reference, Subject, require,
        require_double_precision,
    };
    use init_symmetry_network::tolerance::{SINGLE_PRECISION, SINGLE_UNDERFLOW};
    use init_symmetry_network::{
        Activation, Batch, Evaluation, Loss, Network, Parameters, Problem, Result, Weights,
    };
    use ndarray::array;

    /// Twice the reference's loss and gradient, and nothing else of its own.
    struct Doubled;

    impl Subject for Doubled {
        fn name(&self) -> &str {
            "doubled"
        }

        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            let Evaluation { loss, mut gradient } = problem.evaluate()?;
            for layer in &mut gradient.layers {
                layer.dw *= 2.0;
                layer.db *= 2.0;
            }
            Ok(Evaluation { loss: 2.0 * loss, gradient })
        }
    }

    struct InSinglePrecision;

    impl Subject for InSinglePrecision {
        fn name(&self) -> &str {
            "coarse"
        }

        fn precision(&self) -> Precision {
            Precision::F32
        }

        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            problem.evaluate()
        }
    }

    #[test]
    fn what_a_subject_has_not_of_its_own_is_the_textbooks() {
        let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let start = network.initialise(Weights::Normal(1.0), 7).unwrap();
        let batch = Batch::new(array![[0.5, -1.0], [0.25, 2.0]], array![[1.0, 0.0]]).unwrap();
        let loss = network.evaluate(&start, &batch).unwrap().loss;
        assert_eq!(Doubled.mean_loss(network.at(&start, &batch)).unwrap(), 2.0 * loss);
        let y_hat = network.forward(&start, batch.x()).unwrap().a(2).clone();
        assert_eq!(Doubled.predict(&network, &start, batch.x()).unwrap(), y_hat);
        let once = network.step(&start, &batch, 0.5).unwrap();
        assert_eq!(Doubled.step(network.at(&start, &batch), 0.25).unwrap(), once);
        let twice = network.step(&once, &batch, 0.5).unwrap();
        let mut seen = Vec::new();
        let descent = Descent { rate: 0.25, steps: 2 };
        let mut see = |t, now: &Parameters<f64>| seen.push((t, now.clone()));
        let end = Doubled.train(network.at(&start, &batch), descent, &mut see).unwrap();
        assert_eq!(end, twice);
        assert_eq!(seen, [(0, start.clone()), (1, once), (2, twice)]);
        assert_eq!(Doubled.initialise(&network, Weights::Normal(1.0).into(), 7).unwrap(), start);
        for ability in [Ability::Predict, Ability::Step, Ability::Train, Ability::Initialise] {
            let lacks = require(&Doubled, ability).unwrap_err().to_string();
            assert_eq!(lacks, format!("doubled has no {ability} of its own"));
            require::<f64>(&Reference, ability).unwrap();
        }
        assert_eq!(Doubled.networks(), Networks::default());
        assert_eq!(Doubled.precision(), Precision::F64);
    }

    #[test]
    fn the_reference_answers_what_the_network_answers() {
        let network = Network::new(&[1, 2, 1], Activation::Sigmoid, Loss::SquaredError).unwrap();
        let start = network.initialise(Weights::Normal(1.0), 3).unwrap();
        let batch = Batch::new(array![[0.5, -1.0]], array![[1.0, 0.0]]).unwrap();
        let evaluation = network.evaluate(&start, &batch).unwrap();
        assert_eq!(Reference.mean_loss(network.at(&start, &batch)).unwrap(), evaluation.loss);
        assert_eq!(Reference.evaluate(network.at(&start, &batch)).unwrap(), evaluation);
        assert_eq!(Subject::<f64>::name(&Reference), "the reference network");
    }

    #[test]
    fn a_bound_in_single_precision_is_a_multiple_of_it_and_what_underflow_adds() {
        assert_eq!(Precision::F64.bound(3.0), 3.0);
        assert_eq!(Precision::F32.bound(0.0), SINGLE_UNDERFLOW);
        assert_eq!(Precision::F32.bound(3.0), 3.0 * SINGLE_PRECISION);
    }

    #[test]
    fn differences_of_a_loss_need_double_precision() {
        require_double_precision(&Doubled).unwrap();
        let lacks = require_double_precision(&InSinglePrecision).unwrap_err().to_string();
        assert_eq!(lacks, "coarse has no double precision");
    }

    #[test]
    fn a_network_is_refused_for_what_it_needs_and_only_for_that() {
        let networks = Networks {
            hidden: vec![Activation::Tanh],
            losses: vec![Loss::CrossEntropy],
            ..Networks::default()
        };
        let lacks = |widths: &[usize], hidden, loss| {
            let network = Network::new(widths, hidden, loss).unwrap();
            networks.check("mine", &network).map_err(|error| error.to_string())
        };
        assert_eq!(lacks(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy), Ok(()));
        // without a hidden layer there is no activation to lack
        assert_eq!(lacks(&[2, 1], Activation::Relu, Loss::CrossEntropy), Ok(()));
        let relu = lacks(&[2, 3, 1], Activation::Relu, Loss::SquaredError);
        assert_eq!(relu, Err("mine has no activation relu".into()));
        let squared = lacks(&[2, 3, 1], Activation::Tanh, Loss::SquaredError);
        assert_eq!(squared, Err("mine has no loss squared-error".into()));
        let own = [Activation::Tanh, Activation::Relu];
        let mixed = Network::with_activations(&[2, 3, 3, 1], &own, Loss::CrossEntropy).unwrap();
        let lacks =
            |networks: Networks| networks.check("mine", &mixed).map_err(|error| error.to_string());
        assert_eq!(lacks(networks.clone()), Err("mine has no activation relu".into()));
        let by_layer = "mine has no support for activations that differ by layer (tanh, relu)";
        assert_eq!(lacks(Networks::default()), Err(by_layer.into()));
        assert_eq!(lacks(Networks::all()), Ok(()));
        let fixed = Networks { widths: Some(vec![2, 3, 1]), ..networks.clone() };
        let check = |widths: &[usize]| {
            let network = Network::new(widths, Activation::Tanh, Loss::CrossEntropy).unwrap();
            fixed.check("mine", &network).map_err(|error| error.to_string())
        };
        assert_eq!(check(&[2, 3, 1]), Ok(()));
        assert_eq!(
            check(&[2, 1]),
            Err("mine has no support for widths other than [2, 3, 1]".into())
        );
    }
}
