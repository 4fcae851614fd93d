//! What the models under test share: random numbers, tensors by name, softmax, and how a model is
//! started, stepped and trained, right or with a planted [`TrainingFault`].
//!
//! The mathematics of each model stands in a file of its own. Start reading at [`Mathematics`].

use init_symmetry_check::model::{Model, ModelAbility};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::symmetry::{TensorShape, UnitGroup, tensors_of};
use init_symmetry_network::{Error, Result};
use ndarray::{
    Array, Array2, ArrayView, ArrayView2, ArrayViewD, Axis, Dimension, Ix1, Ix2, Ix4, ShapeBuilder,
};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use strum::{Display, EnumMessage, VariantArray};

/// SplitMix64: numbers that a seed and the number of a stream decide.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut draws = Self(seed.wrapping_mul(0xA076_1D64_78BD_642F) ^ stream);
        draws.0 = draws.next();
        draws
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in \[−1, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Numbers in \[−1, 1).
    pub(crate) fn array<D: Dimension>(
        &mut self,
        shape: impl ShapeBuilder<Dim = D>,
    ) -> Array<f64, D> {
        Array::from_shape_simple_fn(shape, || self.uniform())
    }
}

/// Parameters by name.
pub(crate) struct Values<'a> {
    tensors: &'a [TensorShape],
    views: Vec<ArrayViewD<'a, f64>>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(tensors: &'a [TensorShape], parameters: &'a [f64]) -> Result<Self> {
        Ok(Self { tensors, views: tensors_of(tensors, parameters)? })
    }

    fn of<D: Dimension>(&self, name: &str) -> ArrayView<'a, f64, D> {
        let place = self.tensors.iter().position(|tensor| tensor.name == name);
        let view = self.views[place.expect("a tensor of that name")].clone();
        view.into_dimensionality().expect("a tensor with so many axes")
    }

    pub(crate) fn vector(&self, name: &str) -> ArrayView<'a, f64, Ix1> {
        self.of(name)
    }

    pub(crate) fn matrix(&self, name: &str) -> ArrayView<'a, f64, Ix2> {
        self.of(name)
    }

    /// A tensor as a matrix with a row for each entry of its first axis.
    pub(crate) fn rows(&self, name: &str) -> ArrayView<'a, f64, Ix2> {
        let kernels: ArrayView<'a, f64, Ix4> = self.of(name);
        let (rows, columns) = (kernels.len_of(Axis(0)), kernels.len() / kernels.len_of(Axis(0)));
        kernels.into_shape_with_order((rows, columns)).expect("as many entries")
    }
}

/// A gradient, to whose tensors parts are added.
pub(crate) struct Slopes<'a> {
    tensors: &'a [TensorShape],
    pub(crate) flat: Vec<f64>,
}

impl<'a> Slopes<'a> {
    pub(crate) fn new(tensors: &'a [TensorShape]) -> Self {
        Self { tensors, flat: vec![0.0; tensors.iter().map(TensorShape::len).sum()] }
    }

    /// The entries of a tensor, in row-major order.
    pub(crate) fn of(&mut self, name: &str) -> &mut [f64] {
        let place = self.tensors.iter().position(|tensor| tensor.name == name);
        &mut self.flat[range_of(self.tensors, place.expect("a tensor of that name"))]
    }

    pub(crate) fn add<D: Dimension>(&mut self, name: &str, part: &Array<f64, D>) {
        self.of(name).iter_mut().zip(part).for_each(|(slope, part)| *slope += part);
    }
}

/// Where a tensor lies in the list of parameters.
fn range_of(tensors: &[TensorShape], place: usize) -> Range<usize> {
    let start = tensors[..place].iter().map(TensorShape::len).sum();
    start..start + tensors[place].len()
}

/// a·b, every entry summed in the same order.
pub(crate) fn product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    for (i, a) in a.rows().into_iter().enumerate() {
        for (&a, b) in a.iter().zip(b.rows()) {
            c.row_mut(i).scaled_add(a, &b);
        }
    }
    c
}

/// a·bᵀ, every entry summed in the same order.
pub(crate) fn product_of_rows(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.nrows()), |(i, k)| {
        a.row(i).iter().zip(b.row(k)).map(|(a, b)| a * b).sum()
    })
}

/// Each row's share of its sum of exponentials; what is −∞ gets nothing.
pub(crate) fn softmax(z: &Array2<f64>) -> Array2<f64> {
    let mut p = z.clone();
    for mut row in p.rows_mut() {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.mapv_inplace(|z| libm::exp(z - largest));
        let sum: f64 = row.iter().sum();
        row /= sum;
    }
    p
}

/// −ln softmax(z) at the label, summed over the rows of z.
pub(crate) fn cross_entropy(z: &Array2<f64>, labels: &[usize]) -> f64 {
    let of_row = |(z, &label): (ndarray::ArrayView1<'_, f64>, &usize)| {
        let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = z.iter().map(|z| libm::exp(z - largest)).sum();
        libm::log(sum) + largest - z[label]
    };
    z.rows().into_iter().zip(labels).map(of_row).sum()
}

/// dz = softmax(z) − 1 at the label.
pub(crate) fn cross_entropy_backward(z: &Array2<f64>, labels: &[usize]) -> Array2<f64> {
    let mut dz = softmax(z);
    labels.iter().enumerate().for_each(|(row, &label)| dz[[row, label]] -= 1.0);
    dz
}

/// The loss of a model and its backward pass.
pub(crate) trait Mathematics {
    fn name(&self) -> &str;

    fn tensors(&self) -> &[TensorShape];

    fn groups(&self) -> Vec<UnitGroup>;

    /// How many examples a batch has.
    fn batch_size(&self) -> usize;

    /// Whether an example does not see the others.
    fn has_single_examples(&self) -> bool;

    /// Mean loss over some examples of a batch, with its gradient.
    fn evaluate(
        &self,
        parameters: &[f64],
        batch: u64,
        examples: Range<usize>,
    ) -> Result<LossAndGradient>;

    /// Mean loss over a batch: forward alone.
    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64>;
}

/// What can be wrong with how a model is asked, started, stepped and trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum TrainingFault {
    /// A step leaves the last tensor as it is.
    #[strum(message = "the list of what the step updates")]
    StepForgetsATensor,
    /// A step adds the gradient.
    #[strum(message = "the sign in θ − α·gradient")]
    StepAscends,
    /// A step takes the slopes of the second half after it has moved the first.
    #[strum(message = "whether all slopes are taken before anything moves")]
    StepMovesTooEarly,
    /// A step also shrinks every parameter by a tenth of the rate.
    #[strum(message = "a weight decay that nobody asked for")]
    StepDecays,
    /// The last update of one training is half added to the first of the next.
    #[strum(message = "where the velocity is set to zero")]
    VelocityKept,
    /// Every step of a training is made on its first batch.
    #[strum(message = "the batch inside the loop")]
    TrainingRepeatsABatch,
    /// The rate of a training is halved from step to step.
    #[strum(message = "a schedule that nobody asked for")]
    RateDecays,
    /// All parameters start at the same number.
    #[strum(message = "whether anything is drawn")]
    StartIsConstant,
    /// The units of the first group start as copies of the first.
    #[strum(message = "whether each unit is drawn afresh")]
    StartRepeatsAUnit,
    /// Tensors of the same shape start equal.
    #[strum(message = "whether each tensor seeds the random numbers again")]
    OneSeedForAllTensors,
    /// The start does not depend on the seed.
    #[strum(message = "whether the seed reaches the random numbers")]
    SeedIgnored,
    /// The same seed gives a different start when asked again.
    #[strum(message = "random numbers that something else has used before")]
    SeedNotSet,
    /// The loss alone is the sum over the examples.
    #[strum(message = "the division by m in the loss")]
    LossAloneIsASum,
    /// The gradient is the sum over the examples, the loss their mean.
    #[strum(message = "the division by m in the gradient")]
    GradientIsASum,
    /// Loss and gradient of a batch are sums over the examples.
    #[strum(message = "the division by m")]
    EverythingIsASum,
    /// Dropout stays on: other weights of the first tensor are dropped at each question.
    #[strum(message = "the switch between training and evaluation")]
    DropoutLeftOn,
    /// The gradient is that of the previous question.
    #[strum(message = "where the gradient is set to zero or computed anew")]
    StaleGradient,
}

/// What a model keeps from question to question, which only faults use.
#[derive(Default)]
struct Memory {
    questions: u64,
    update: Vec<f64>,
    gradient: Vec<f64>,
}

/// A model that answers, starts, steps and trains.
pub(crate) struct Trained<M> {
    mathematics: M,
    fault: Option<TrainingFault>,
    memory: Mutex<Memory>,
}

impl<M: Mathematics> Trained<M> {
    pub(crate) fn new(mathematics: M, fault: Option<TrainingFault>) -> Self {
        Self { mathematics, fault, memory: Mutex::default() }
    }

    fn has(&self, fault: TrainingFault) -> bool {
        self.fault == Some(fault)
    }

    fn remember<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count_question(&self) -> u64 {
        self.remember(|memory| {
            memory.questions += 1;
            memory.questions
        })
    }

    /// The parameters as they are, or with weights of the first tensor dropped.
    fn seen(&self, parameters: &[f64]) -> Vec<f64> {
        let mut seen = parameters.to_vec();
        if self.has(TrainingFault::DropoutLeftOn) {
            let mut draws = Draws::new(self.count_question(), 0);
            let first = self.mathematics.tensors()[0].len();
            seen.iter_mut().take(first).for_each(|w| *w *= draws.below(2) as f64 * 2.0);
        }
        seen
    }

    /// Every parameter moved by −rate·slope.
    fn moved(&self, parameters: &[f64], gradient: &[f64], rate: f64) -> Vec<f64> {
        let rate = if self.has(TrainingFault::StepAscends) { -rate } else { rate };
        let decay = if self.has(TrainingFault::StepDecays) { 0.1 } else { 0.0 };
        let moved = |(theta, slope): (&f64, &f64)| theta - rate * (slope + decay * theta);
        parameters.iter().zip(gradient).map(moved).collect()
    }
}

impl<M: Mathematics> Model for Trained<M> {
    fn name(&self) -> &str {
        self.mathematics.name()
    }

    fn tensors(&self) -> Vec<TensorShape> {
        self.mathematics.tensors().to_vec()
    }

    fn groups(&self) -> Vec<UnitGroup> {
        self.mathematics.groups()
    }

    fn supports(&self, ability: ModelAbility) -> bool {
        match ability {
            ModelAbility::Loss | ModelAbility::Start | ModelAbility::Step | ModelAbility::Train => {
                true
            }
        }
    }

    fn examples(&self) -> Option<usize> {
        self.mathematics.has_single_examples().then(|| self.mathematics.batch_size())
    }

    fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient> {
        let m = self.mathematics.batch_size();
        let mut answer = self.mathematics.evaluate(&self.seen(parameters), batch, 0..m)?;
        if self.has(TrainingFault::GradientIsASum) || self.has(TrainingFault::EverythingIsASum) {
            answer.gradient.iter_mut().for_each(|slope| *slope *= m as f64);
        }
        if self.has(TrainingFault::EverythingIsASum) {
            answer.loss *= m as f64;
        }
        if self.has(TrainingFault::StaleGradient) {
            let before =
                self.remember(|it| std::mem::replace(&mut it.gradient, answer.gradient.clone()));
            if !before.is_empty() {
                answer.gradient = before;
            }
        }
        Ok(answer)
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let loss = self.mathematics.loss(&self.seen(parameters), batch)?;
        let is_a_sum =
            self.has(TrainingFault::LossAloneIsASum) || self.has(TrainingFault::EverythingIsASum);
        let m = if is_a_sum { self.mathematics.batch_size() as f64 } else { 1.0 };
        Ok(m * loss)
    }

    fn evaluate_example(
        &self,
        parameters: &[f64],
        batch: u64,
        example: usize,
    ) -> Result<LossAndGradient> {
        let count = self.mathematics.batch_size();
        if !self.mathematics.has_single_examples() {
            let (subject, what) = (self.name().into(), "single examples".into());
            return Err(Error::Unsupported { subject, what });
        }
        if example >= count {
            return Err(Error::NoSuch { what: "example".into(), index: example, count });
        }
        self.mathematics.evaluate(&self.seen(parameters), batch, example..example + 1)
    }

    fn start(&self, seed: u64) -> Result<Vec<f64>> {
        let seed = if self.has(TrainingFault::SeedNotSet) { self.count_question() } else { seed };
        let seed = if self.has(TrainingFault::SeedIgnored) { 0 } else { seed };
        let tensors = self.mathematics.tensors();
        let mut start = Vec::new();
        for (stream, tensor) in (0..).zip(tensors) {
            let stream = if self.has(TrainingFault::OneSeedForAllTensors) { 0 } else { stream };
            start.extend(start_of(tensor, &mut Draws::new(seed, stream)));
        }
        if self.has(TrainingFault::StartIsConstant) {
            start.fill(0.5);
        }
        if self.has(TrainingFault::StartRepeatsAUnit) {
            repeat_a_unit(&mut start, tensors, &self.groups()[0]);
        }
        Ok(start)
    }

    fn step(&self, parameters: &[f64], batch: u64, rate: f64) -> Result<Vec<f64>> {
        let gradient = self.evaluate(parameters, batch)?.gradient;
        let mut after = self.moved(parameters, &gradient, rate);
        let (tensors, half) = (self.mathematics.tensors(), parameters.len() / 2);
        if self.has(TrainingFault::StepForgetsATensor) {
            let last = range_of(tensors, tensors.len() - 1);
            after[last.clone()].copy_from_slice(&parameters[last]);
        }
        if self.has(TrainingFault::StepMovesTooEarly) {
            after[half..].copy_from_slice(&parameters[half..]);
            let gradient = self.evaluate(&after, batch)?.gradient;
            let later = self.moved(parameters, &gradient, rate);
            after[half..].copy_from_slice(&later[half..]);
        }
        Ok(after)
    }

    fn train(&self, start: &[f64], batches: &[u64], rate: f64) -> Result<Vec<Vec<f64>>> {
        let (mut now, mut rate) = (start.to_vec(), rate);
        let mut iterations = Vec::new();
        let kept = self.remember(|memory| std::mem::take(&mut memory.update));
        for (number, &batch) in batches.iter().enumerate() {
            let repeats = self.has(TrainingFault::TrainingRepeatsABatch);
            let mut after = self.step(&now, if repeats { batches[0] } else { batch }, rate)?;
            if self.has(TrainingFault::VelocityKept) && number == 0 {
                after.iter_mut().zip(&kept).for_each(|(theta, kept)| *theta += kept / 2.0);
            }
            if self.has(TrainingFault::RateDecays) {
                rate /= 2.0;
            }
            let update = after.iter().zip(&now).map(|(after, before)| after - before).collect();
            self.remember(|memory| memory.update = update);
            iterations.push(after.clone());
            now = after;
        }
        Ok(iterations)
    }
}

/// Gains of one, biases and shifts of zero, weights of variance 1/fan-in.
fn start_of(tensor: &TensorShape, draws: &mut Draws) -> Vec<f64> {
    let fan_in = tensor.shape[1..].iter().product::<usize>();
    let bound = (3.0 / fan_in as f64).sqrt();
    let last = tensor.name.rsplit('.').next().unwrap_or_default();
    let draw = |_| match last {
        "gain" => 1.0,
        "shift" | "bias" => 0.0,
        _ => bound * draws.uniform(),
    };
    (0..tensor.len()).map(draw).collect()
}

/// Every unit becomes a copy of the first, for groups with one entry a unit on each axis.
fn repeat_a_unit(parameters: &mut [f64], tensors: &[TensorShape], group: &UnitGroup) {
    for axis in &group.axes {
        let place = tensors.iter().position(|tensor| tensor.name == axis.tensor).expect("a tensor");
        let shape = &tensors[place].shape;
        let stride: usize = shape[axis.axis + 1..].iter().product();
        let values = &mut parameters[range_of(tensors, place)];
        for flat in 0..values.len() {
            let unit = flat / stride % shape[axis.axis];
            values[flat] = values[flat - unit * stride];
        }
    }
}
