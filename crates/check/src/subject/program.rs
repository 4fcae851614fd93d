//! Another program as a subject: requests and answers in JSON, one line each (docs/PROTOCOL.md).
//!
//! What is said is here, how lines go to and fro in `conversation.rs`. Start reading at
//! [`Program::start`].

use super::convention::check_fixed;
use super::conversation::Conversation;
use super::flat::as_gradient;
use super::{
    Ability, BiasUse, Convention, Declaration, Descent, Examples, GradientSource, Invocation,
    LossForm, Momentum, MomentumForm, Networks, Observer, Precision, Reference, Scale, Sizes,
    Subject, WeightRows,
};
use init_symmetry_network::{
    Activation, Biases, Error, Evaluation, Gradient, Layer, Loss, Network, Parameters, Problem,
    Result, Scheme, Start, parse_name,
};
use ndarray::Array2;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use strum::VariantArray;

/// The version of the protocol.
const PROTOCOL: u32 = 1;

/// Another program that speaks the protocol of docs/PROTOCOL.md.
///
/// A question that it does not survive, or does not answer in time, is an error of that question;
/// for the next one it is started again. A program that fails at every question is given up.
///
/// ```
/// use init_symmetry_check::subject::{Invocation, Program};
/// let error = Program::start(&Invocation::new("true", &[])).unwrap_err();
/// assert_eq!(error.to_string(), "true, at the request 'hello', ended (exit status: 0)");
/// ```
#[derive(Debug)]
pub struct Program {
    called: String,
    invocation: Invocation,
    line: Mutex<Line>,
    name: String,
    networks: Networks,
    precision: Precision,
    convention: Convention,
    declaration: Declaration,
    layout: Layout,
    abilities: Vec<Ability>,
    starts: Vec<Scheme>,
}

/// The running program, if it runs, and how often it had to be started again.
#[derive(Debug, Default)]
struct Line {
    conversation: Option<Box<Conversation>>,
    /// Failures since the last answer, and the time that they took.
    in_a_row: usize,
    lost: Duration,
    failures: usize,
    given_up: Option<String>,
}

/// A program that fails so often without an answer in between, and takes so long for it, is given
/// up.
const MOST_FAILURES_IN_A_ROW: usize = 4;

/// See [`MOST_FAILURES_IN_A_ROW`].
const LONG: Duration = Duration::from_secs(20);

/// So is one that fails so often at all.
const MOST_FAILURES: usize = 100;

/// Whether parameters travel layer by layer or in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Layout {
    #[default]
    Layers,
    Flat,
}

#[derive(Serialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
enum Request {
    Hello {
        protocol: u32,
    },
    Evaluate(Question),
    Predict {
        network: Shape,
        parameters: Numbers,
        x: Rows,
    },
    Step {
        rate: Number,
        #[serde(flatten)]
        question: Question,
    },
    Train {
        rate: Number,
        steps: usize,
        #[serde(flatten)]
        question: Question,
    },
    Initialise {
        network: Shape,
        weights: &'static str,
        scale: Number,
        seed: u64,
    },
}

#[derive(Serialize)]
struct Shape {
    widths: Vec<usize>,
    hidden: String,
    loss: String,
}

#[derive(Serialize)]
struct Question {
    network: Shape,
    parameters: Numbers,
    x: Rows,
    y: Rows,
}

type Rows = Vec<Vec<Number>>;

/// Parameters or a gradient.
#[derive(Serialize)]
#[serde(untagged)]
enum Numbers {
    Layers(Vec<LayerNumbers>),
    Flat(Vec<Number>),
}

#[derive(Serialize, Deserialize)]
struct LayerNumbers {
    #[serde(alias = "dw")]
    w: Rows,
    #[serde(alias = "db")]
    b: Rows,
}

#[derive(Deserialize)]
struct Hello {
    protocol: u32,
    name: Option<String>,
    activations: Option<Vec<String>>,
    losses: Option<Vec<String>>,
    widths: Option<Vec<usize>>,
    #[serde(default, rename = "hidden-layers")]
    hidden_layers: Range,
    #[serde(default, rename = "hidden-units")]
    hidden_units: Range,
    #[serde(default)]
    inputs: Range,
    #[serde(default)]
    outputs: Range,
    #[serde(default)]
    precision: Precision,
    #[serde(default)]
    examples: Examples,
    #[serde(default, rename = "weight-rows")]
    weight_rows: WeightRows,
    #[serde(default)]
    parameters: Layout,
    #[serde(default)]
    abilities: Vec<Ability>,
    #[serde(rename = "loss-scale")]
    loss_scale: Option<Scale>,
    #[serde(default)]
    biases: BiasUse,
    l2: Option<Scale>,
    #[serde(default)]
    decay: f64,
    momentum: Option<f64>,
    #[serde(default, rename = "momentum-form")]
    momentum_form: MomentumForm,
    #[serde(rename = "batch-size")]
    batch_size: Option<usize>,
    #[serde(default)]
    gradient: GradientSource,
    starts: Option<Vec<String>>,
}

/// Fewest and most, or one number for both.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(untagged)]
enum Range {
    #[default]
    Any,
    One(usize),
    Between(usize, usize),
}

impl Range {
    fn or(self, any: (usize, usize)) -> (usize, usize) {
        match self {
            Self::Any => any,
            Self::One(number) => (number, number),
            Self::Between(fewest, most) => (fewest, most),
        }
    }

    fn check(self, what: &str, fewest: usize) -> Result<()> {
        let (from, to) = self.or((fewest, usize::MAX));
        if fewest <= from && from <= to {
            return Ok(());
        }
        Err(Error::OutOfRange {
            what: what.into(),
            value: format!("[{from}, {to}]"),
            range: format!("a number or [fewest, most], from {fewest} on"),
        })
    }
}

#[derive(Deserialize)]
struct LossAndSlopes {
    loss: Number,
    gradient: serde_json::Value,
}

/// The answer of a program whose gradient comes from training.
#[derive(Deserialize)]
struct LossAlone {
    loss: Number,
}

#[derive(Deserialize)]
struct Predictions {
    predictions: Rows,
}

#[derive(Deserialize)]
struct NewParameters {
    parameters: serde_json::Value,
}

#[derive(Deserialize)]
struct Iterations {
    iterations: Vec<serde_json::Value>,
}

/// The activations of a program that declares none: those that there were when the first programs
/// were written, which go on unchanged.
const UNDECLARED: [Activation; 4] =
    [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity];

impl Program {
    /// Starts a program and asks what it supports.
    ///
    /// # Errors
    /// A program that cannot be started or spoken to.
    pub fn start(invocation: &Invocation) -> Result<Self> {
        let called = invocation.to_string();
        let at_hello = |why| conversation_error(&called, "hello", why);
        let (conversation, hello) = say_hello(invocation).map_err(at_hello)?;
        let hello: Hello = serde_json::from_value(hello)
            .map_err(|error| at_hello(format!("answered badly: {error}")))?;
        let conversation = Some(Box::new(conversation));
        let mut program = Self {
            name: called.clone(),
            line: Mutex::new(Line { conversation, ..Line::default() }),
            invocation: invocation.clone(),
            networks: Networks::default(),
            precision: Precision::default(),
            convention: Convention::default(),
            declaration: Declaration::default(),
            layout: Layout::default(),
            abilities: Vec::new(),
            starts: Scheme::COMMON.to_vec(),
            called: called.clone(),
        };
        program.introduce(hello).map_err(|error| at_hello(format!("answered badly: {error}")))?;
        Ok(program)
    }

    fn introduce(&mut self, hello: Hello) -> Result<()> {
        if hello.protocol != PROTOCOL {
            return Err(Error::OutOfRange {
                what: "the protocol".into(),
                value: hello.protocol.to_string(),
                range: PROTOCOL.to_string(),
            });
        }
        self.networks = networks_of(&hello)?;
        self.declaration = declaration_of(&hello)?;
        self.name = hello.name.unwrap_or_else(|| self.called.clone());
        self.precision = hello.precision;
        self.convention = Convention { examples: hello.examples, weight_rows: hello.weight_rows };
        self.layout = hello.parameters;
        self.abilities = hello.abilities;
        if let Some(names) = hello.starts {
            let start = |name: &String| parse_name::<Scheme>("start", name);
            self.starts = names.iter().map(start).collect::<Result<_>>()?;
        }
        let trains = self.supports(Ability::Train);
        if self.declaration.gradient == GradientSource::FromTraining && !trains {
            return Err(Error::OutOfRange {
                what: "gradient".into(),
                value: "from-training without the ability train".into(),
                range: "of a program that trains".into(),
            });
        }
        Ok(())
    }

    /// The same with another scale of the loss than it declares.
    pub fn with_loss_scale(mut self, scale: Scale) -> Self {
        self.declaration.loss_scale = Some(scale);
        self
    }

    /// Why it is no longer asked, if that is so.
    pub fn failure(&self) -> Option<Error> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.given_up.as_ref().map(|why| self.given_up("hello", why))
    }

    fn given_up(&self, request: &str, why: &str) -> Error {
        let (program, request) = (self.called.clone(), request.into());
        Error::GivenUp { program, request, why: why.into() }
    }

    fn ask<T: DeserializeOwned>(&self, name: &str, request: &Request) -> Result<T> {
        let question = serde_json::to_string(request)
            .map_err(|error| conversation_error(&self.called, name, error.to_string()))?;
        let answer = {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(why) = &line.given_up {
                return Err(self.given_up(name, why));
            }
            line.ask(&self.invocation, &question)
        };
        let answer = answer.map_err(|why| {
            let why = format!("{why}\n  {}", shortened(&question));
            conversation_error(&self.called, name, why)
        })?;
        let said = |key| answer.get(key).and_then(|text| text.as_str()).map(str::to_string);
        if let Some(why) = said("error") {
            return Err(Error::Refused { subject: self.name.clone(), why });
        }
        if let Some(what) = said("unsupported") {
            return Err(Error::Unsupported { subject: self.name.clone(), what });
        }
        serde_json::from_value(answer)
            .map_err(|error| self.bad_answer(name, request, error.to_string()))
    }

    /// An answer that can be read and is none.
    fn bad_answer(&self, name: &str, request: &Request, why: String) -> Error {
        let question = serde_json::to_string(request).unwrap_or_default();
        Error::Answer {
            subject: self.name.clone(),
            request: name.into(),
            why,
            question: shortened(&question),
        }
    }

    fn question(&self, Problem { network, parameters, batch }: Problem<'_, f64>) -> Question {
        let [x, y] = [batch.x(), batch.y()].map(|it| rows(&self.convention.of_examples(it)));
        Question { network: shape(network), parameters: self.numbers(parameters), x, y }
    }

    fn numbers(&self, parameters: &Parameters<f64>) -> Numbers {
        let of_block = |block| rows(&self.convention.of_parameters(block));
        match self.layout {
            Layout::Flat => {
                Numbers::Flat(self.convention.flat(parameters).into_iter().map(Number).collect())
            }
            Layout::Layers => {
                let layers = parameters.layers.iter();
                let layers =
                    layers.map(|Layer { w, b }| LayerNumbers { w: of_block(w), b: of_block(b) });
                Numbers::Layers(layers.collect())
            }
        }
    }

    fn parameters_of(
        &self,
        network: &Network,
        answer: serde_json::Value,
    ) -> Result<Parameters<f64>, String> {
        let json = |error: serde_json::Error| error.to_string();
        if self.layout == Layout::Flat {
            let flat: Vec<Number> = serde_json::from_value(answer).map_err(json)?;
            let flat: Vec<f64> = flat.into_iter().map(|Number(number)| number).collect();
            return self.convention.from_flat(network, &flat).map_err(|error| error.to_string());
        }
        let layers: Vec<LayerNumbers> = serde_json::from_value(answer).map_err(json)?;
        let layers = (1..).zip(layers).map(|(l, LayerNumbers { w, b })| {
            let [w, b] = [matrix(&format!("w{l}"), w)?, matrix(&format!("b{l}"), b)?];
            let [w, b] = [w, b].map(|block| self.convention.of_parameters(&block));
            Ok(Layer { w, b })
        });
        let layers = layers.collect::<Result<Vec<_>, String>>()?;
        self.same_shapes(network, &layers)?;
        Ok(Parameters { layers })
    }

    /// Whether layers have the shapes of a network; a message has the program's layout.
    fn same_shapes(&self, network: &Network, layers: &[Layer<f64>]) -> Result<(), String> {
        if layers.len() != network.depth() {
            let needed = network.depth();
            return Err(format!("{} layers, but the network has {needed}", layers.len()));
        }
        for ((l, pair), Layer { w, b }) in (1..).zip(network.widths().windows(2)).zip(layers) {
            for (name, block, due) in [("w", w, (pair[1], pair[0])), ("b", b, (pair[1], 1))] {
                let in_layout = |shape: (usize, usize)| match self.convention.weight_rows {
                    WeightRows::Units => shape,
                    WeightRows::Inputs => (shape.1, shape.0),
                };
                let ((rows, columns), due) = (in_layout(block.dim()), in_layout(due));
                if (rows, columns) != due {
                    let (due_rows, due_columns) = due;
                    return Err(format!(
                        "{name}{l} is {rows}×{columns} where {due_rows}×{due_columns} is due"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The loss that it declares, where it has none of its own.
    fn declared_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let l2 = self.declaration.l2_term(problem);
        Ok(self.declaration.scale(m, n_y) * problem.mean_loss()? + l2)
    }

    /// The iterations of its own training, without the start.
    fn trained(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
    ) -> Result<Vec<Parameters<f64>>> {
        let question = self.question(problem);
        let request = Request::Train { rate: Number(rate), steps, question };
        let answer: Iterations = self.ask("train", &request)?;
        if answer.iterations.len() != steps {
            let given = answer.iterations.len();
            let why = format!("{given} iterations after {steps} steps");
            return Err(self.bad_answer("train", &request, why));
        }
        let read = |answer| self.parameters_of(problem.network, answer);
        let iterations: Result<Vec<_>, String> = answer.iterations.into_iter().map(read).collect();
        iterations.map_err(|why| self.bad_answer("train", &request, why))
    }

    /// The gradient as (before − after)/α of one step at α = 1, without declared decay.
    fn gradient_from_training(&self, problem: Problem<'_, f64>) -> Result<Gradient<f64>> {
        let mut after = None;
        self.train(problem, Descent { rate: 1.0, steps: 1 }, &mut |_, now| {
            after = Some(now.clone());
        })?;
        let after = after.unwrap_or_else(|| problem.parameters.clone());
        Ok(self.declaration.gradient_of_a_step(problem.parameters, &after))
    }
}

impl Line {
    fn ask(
        &mut self,
        invocation: &Invocation,
        question: &str,
    ) -> Result<serde_json::Value, String> {
        let began = Instant::now();
        let answer = self.asked(invocation, question);
        match &answer {
            Ok(_) => (self.in_a_row, self.lost) = (0, Duration::ZERO),
            Err(why) => {
                if let Some(mut conversation) = self.conversation.take() {
                    conversation.kill();
                }
                self.in_a_row += 1;
                self.failures += 1;
                self.lost += began.elapsed();
                let is_long = self.in_a_row >= MOST_FAILURES_IN_A_ROW && self.lost >= LONG;
                if is_long || self.failures >= MOST_FAILURES {
                    let times = self.failures;
                    self.given_up = Some(format!("it has failed {times} times, at last it {why}"));
                }
            }
        }
        answer
    }

    fn asked(
        &mut self,
        invocation: &Invocation,
        question: &str,
    ) -> Result<serde_json::Value, String> {
        let conversation = match &mut self.conversation {
            Some(conversation) => conversation,
            None => {
                let (conversation, _) = say_hello(invocation)?;
                self.conversation.insert(Box::new(conversation))
            }
        };
        conversation.ask(question.into())
    }
}

/// Starts a program and asks the first question.
fn say_hello(invocation: &Invocation) -> Result<(Conversation, serde_json::Value), String> {
    let mut conversation = Conversation::start(invocation)?;
    let request = serde_json::to_vec(&Request::Hello { protocol: PROTOCOL });
    let answer = conversation.ask_first(request.map_err(|error| error.to_string())?)?;
    Ok((conversation, answer))
}

fn networks_of(hello: &Hello) -> Result<Networks> {
    if let Some(widths) = &hello.widths {
        check_fixed(widths)?;
    }
    hello.hidden_layers.check("hidden-layers", 0)?;
    for (what, range) in
        [("hidden-units", hello.hidden_units), ("inputs", hello.inputs), ("outputs", hello.outputs)]
    {
        range.check(what, 1)?;
    }
    let any = Sizes::default();
    let activation = |name: &String| parse_name::<Activation>("activation", name);
    let loss = |name: &String| parse_name::<Loss>("loss", name);
    Ok(Networks {
        hidden: match &hello.activations {
            Some(names) => names.iter().map(activation).collect::<Result<_>>()?,
            None => UNDECLARED.to_vec(),
        },
        losses: match &hello.losses {
            Some(names) => names.iter().map(loss).collect::<Result<_>>()?,
            None => Loss::VARIANTS.to_vec(),
        },
        widths: hello.widths.clone(),
        sizes: Sizes {
            hidden_layers: hello.hidden_layers.or(any.hidden_layers),
            hidden_units: hello.hidden_units.or(any.hidden_units),
            inputs: hello.inputs.or(any.inputs),
            outputs: hello.outputs.or(any.outputs),
        },
    })
}

fn declaration_of(hello: &Hello) -> Result<Declaration> {
    let within = |what: &str, value: f64, range: &str, is_within: bool| match is_within {
        true => Ok(()),
        false => Err(Error::OutOfRange {
            what: what.into(),
            value: value.to_string(),
            range: range.into(),
        }),
    };
    let decay = hello.decay;
    within("decay", decay, "0 or more", decay >= 0.0 && decay.is_finite())?;
    if let Some(beta) = hello.momentum {
        within("momentum", beta, "in [0, 1)", (0.0..1.0).contains(&beta))?;
    }
    if let Some(size) = hello.batch_size {
        within("batch-size", size as f64, "1 or more", size > 0)?;
        let given = hello.gradient == GradientSource::Given;
        within("batch-size", size as f64, "absent where the gradient is from training", given)?;
    }
    Ok(Declaration {
        loss_scale: hello.loss_scale,
        biases: hello.biases,
        l2: hello.l2,
        decay,
        momentum: hello.momentum.map(|beta| Momentum { beta, form: hello.momentum_form }),
        batch_size: hello.batch_size,
        gradient: hello.gradient,
        loss_form: LossForm::default(),
    })
}

/// How much of a request is shown.
const SHOWN: usize = 400;

fn shortened(question: &str) -> String {
    let beginning: String = question.chars().take(SHOWN).collect();
    let more = if beginning.len() < question.len() { " …" } else { "" };
    format!("asked: {beginning}{more}")
}

impl Subject for Program {
    fn name(&self) -> &str {
        &self.name
    }

    fn supports(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }

    fn networks(&self) -> Networks {
        self.networks.clone()
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn declaration(&self) -> Declaration {
        self.declaration.clone()
    }

    fn convention(&self) -> Convention {
        self.convention
    }

    fn starts(&self) -> Vec<Scheme> {
        self.starts.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.networks.check(&self.name, problem.network)?;
        if self.layout == Layout::Flat {
            // in one list a wrong shape cannot be seen, so it is refused for the program
            problem.check()?;
        }
        let request = Request::Evaluate(self.question(problem));
        if self.declaration.gradient == GradientSource::FromTraining {
            let loss = match self.ask("evaluate", &request) {
                Ok(LossAlone { loss }) => loss.0,
                // a loss that it has not is not judged
                Err(Error::Unsupported { .. }) => self.declared_loss(problem)?,
                Err(error) => return Err(error),
            };
            return Ok(Evaluation { loss, gradient: self.gradient_from_training(problem)? });
        }
        let LossAndSlopes { loss, gradient } = self.ask("evaluate", &request)?;
        let slopes = self
            .parameters_of(problem.network, gradient)
            .map_err(|why| self.bad_answer("evaluate", &request, why))?;
        Ok(Evaluation { loss: loss.0, gradient: as_gradient(slopes) })
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        if !self.supports(Ability::Predict) {
            return Reference.predict(network, parameters, x);
        }
        self.networks.check(&self.name, network)?;
        let request = Request::Predict {
            network: shape(network),
            parameters: self.numbers(parameters),
            x: rows(&self.convention.of_examples(x)),
        };
        let Predictions { predictions } = self.ask("predict", &request)?;
        let y_hat = matrix("predictions", predictions)
            .map_err(|why| self.bad_answer("predict", &request, why))?;
        let needed = self
            .convention
            .of_examples(&Array2::zeros((network.widths()[network.depth()], x.ncols())));
        if y_hat.dim() != needed.dim() {
            let error = Error::mismatch("predictions", y_hat.dim(), "y", needed.dim());
            return Err(self.bad_answer("predict", &request, error.to_string()));
        }
        Ok(self.convention.of_examples(&y_hat))
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        if !self.supports(Ability::Step) {
            let gradient = self.evaluate(problem)?.gradient;
            return self.declaration.step(problem.parameters, &gradient, rate);
        }
        self.networks.check(&self.name, problem.network)?;
        let request = Request::Step { rate: Number(rate), question: self.question(problem) };
        let answer: NewParameters = self.ask("step", &request)?;
        self.parameters_of(problem.network, answer.parameters)
            .map_err(|why| self.bad_answer("step", &request, why))
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.networks.check(&self.name, problem.network)?;
        observe(0, problem.parameters);
        let mut parameters = problem.parameters.clone();
        let iterations = match self.supports(Ability::Train) {
            true => Some(self.trained(problem, Descent { rate, steps })?),
            false => None,
        };
        let mut iterations = iterations.map(Vec::into_iter);
        for t in 1..=steps {
            parameters = match iterations.as_mut().and_then(Iterator::next) {
                Some(answer) => answer,
                None => self.step(Problem { parameters: &parameters, ..problem }, rate)?,
            };
            if !parameters.is_finite() {
                return Err(Error::Diverged { step: t, rate: format!("{rate:?}") });
            }
            observe(t, &parameters);
        }
        Ok(parameters)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        if !self.supports(Ability::Initialise) || start.biases != Biases::Zeros {
            return network.initialise(start, seed);
        }
        self.networks.check(&self.name, network)?;
        let scheme = start.weights.scheme();
        if !self.starts.contains(&scheme) {
            let what = format!("start {scheme}");
            return Err(Error::Unsupported { subject: self.name.clone(), what });
        }
        let without_number = if scheme.is_random() { 1.0 } else { 0.0 };
        let scale = Number(start.weights.number().unwrap_or(without_number));
        let weights = scheme.into();
        let request = Request::Initialise { network: shape(network), weights, scale, seed };
        let answer: NewParameters = self.ask("initialise", &request)?;
        self.parameters_of(network, answer.parameters)
            .map_err(|why| self.bad_answer("initialise", &request, why))
    }
}

fn conversation_error(program: &str, request: &str, why: String) -> Error {
    Error::Conversation { program: program.into(), request: request.into(), why }
}

fn shape(network: &Network) -> Shape {
    let Network { hidden, loss, .. } = network;
    let widths = network.widths().to_vec();
    Shape { widths, hidden: hidden.to_string(), loss: loss.to_string() }
}

fn rows(matrix: &Array2<f64>) -> Rows {
    matrix.rows().into_iter().map(|row| row.iter().copied().map(Number).collect()).collect()
}

fn matrix(name: &str, rows: Rows) -> Result<Array2<f64>, String> {
    let count = rows.len();
    let columns = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != columns) {
        return Err(format!("the rows of {name} have different lengths"));
    }
    let entries = rows.into_iter().flatten().map(|Number(number)| number).collect();
    Array2::from_shape_vec((count, columns), entries).map_err(|error| error.to_string())
}

/// A number that keeps every bit; NaN and infinities, which JSON lacks, are strings.
#[derive(Debug, Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(&self.0.to_string()) // NaN, inf or -inf
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        Ok(Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
        match text {
            "NaN" | "nan" => Ok(Number(f64::NAN)),
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }
}
