//! Another program as a subject: requests and answers in JSON, one line each (docs/PROTOCOL.md).
//!
//! What is said is here, how lines go to and fro in `conversation.rs`. Start reading at
//! [`Program::start`].

use super::convention::check_fixed;
use super::conversation::Conversation;
use super::flat::as_gradient;
use super::{Ability, Convention, Descent, Examples, Invocation, Networks, Observer, Precision};
use super::{Reference, Subject, WeightRows};
use init_symmetry_network::{
    Activation, Biases, Error, Evaluation, Layer, Loss, Network, Parameters, Problem, Result,
    Scheme, Start, parse_name,
};
use ndarray::Array2;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use strum::VariantArray;

/// The version of the protocol.
const PROTOCOL: u32 = 1;

/// Another program that speaks the protocol of docs/PROTOCOL.md.
///
/// What keeps it from being spoken to ends it, and is every later answer: [`Program::failure`].
///
/// ```
/// use init_symmetry_check::subject::{Invocation, Program};
/// let error = Program::start(&Invocation::new("true", &[])).unwrap_err();
/// assert_eq!(error.to_string(), "true, at the request 'hello', ended (exit status: 0)");
/// ```
#[derive(Debug)]
pub struct Program {
    called: String,
    line: Mutex<Talk>,
    name: String,
    networks: Networks,
    precision: Precision,
    convention: Convention,
    layout: Layout,
    abilities: Vec<Ability>,
    starts: Vec<Scheme>,
}

#[derive(Debug)]
enum Talk {
    Open(Box<Conversation>),
    Over(Error),
}

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
    starts: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct LossAndSlopes {
    loss: Number,
    gradient: serde_json::Value,
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
        let conversation = Conversation::start(invocation).map_err(at_hello)?;
        let mut program = Self {
            name: called.clone(),
            line: Mutex::new(Talk::Open(Box::new(conversation))),
            networks: Networks::default(),
            precision: Precision::default(),
            convention: Convention::default(),
            layout: Layout::default(),
            abilities: Vec::new(),
            starts: Scheme::COMMON.to_vec(),
            called: called.clone(),
        };
        let hello: Hello = program.ask("hello", &Request::Hello { protocol: PROTOCOL })?;
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
        if let Some(widths) = &hello.widths {
            check_fixed(widths)?;
        }
        let activation = |name: &String| parse_name::<Activation>("activation", name);
        let loss = |name: &String| parse_name::<Loss>("loss", name);
        self.networks = Networks {
            hidden: match hello.activations {
                Some(names) => names.iter().map(activation).collect::<Result<_>>()?,
                None => UNDECLARED.to_vec(),
            },
            losses: match hello.losses {
                Some(names) => names.iter().map(loss).collect::<Result<_>>()?,
                None => Loss::VARIANTS.to_vec(),
            },
            widths: hello.widths,
        };
        self.name = hello.name.unwrap_or_else(|| self.called.clone());
        self.precision = hello.precision;
        self.convention = Convention { examples: hello.examples, weight_rows: hello.weight_rows };
        self.layout = hello.parameters;
        self.abilities = hello.abilities;
        if let Some(names) = hello.starts {
            let start = |name: &String| parse_name::<Scheme>("start", name);
            self.starts = names.iter().map(start).collect::<Result<_>>()?;
        }
        Ok(())
    }

    /// Why it can no longer be spoken to, if that is so.
    pub fn failure(&self) -> Option<Error> {
        match &*self.line.lock().unwrap_or_else(PoisonError::into_inner) {
            Talk::Open(_) => None,
            Talk::Over(error) => Some(error.clone()),
        }
    }

    /// Ends the program, and every later question is answered with the reason.
    fn give_up(&self, request: &str, why: String) -> Error {
        let mut talk = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *talk {
            Talk::Over(error) => error.clone(),
            Talk::Open(conversation) => {
                conversation.kill();
                let error = conversation_error(&self.called, request, why);
                *talk = Talk::Over(error.clone());
                error
            }
        }
    }

    fn ask<T: DeserializeOwned>(&self, name: &str, request: &Request) -> Result<T> {
        let answer = {
            let mut talk = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *talk {
                Talk::Over(error) => return Err(error.clone()),
                Talk::Open(conversation) => serde_json::to_vec(request)
                    .map_err(|error| error.to_string())
                    .and_then(|line| conversation.ask(line)),
            }
        };
        let answer = answer.map_err(|why| self.give_up(name, why))?;
        let said = |key| answer.get(key).and_then(|text| text.as_str()).map(str::to_string);
        if let Some(why) = said("error") {
            return Err(Error::Refused { subject: self.name.clone(), why });
        }
        if let Some(what) = said("unsupported") {
            return Err(Error::Unsupported { subject: self.name.clone(), what });
        }
        serde_json::from_value(answer)
            .map_err(|error| self.give_up(name, format!("answered badly: {error}")))
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

    /// Parameters or a gradient out of an answer; another shape ends the conversation.
    fn read(
        &self,
        request: &str,
        network: &Network,
        answer: serde_json::Value,
    ) -> Result<Parameters<f64>> {
        self.parameters_of(network, answer)
            .map_err(|why| self.give_up(request, format!("answered badly: {why}")))
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
        let parameters = Parameters { layers: layers.collect::<Result<_, String>>()? };
        network.check(&parameters).map_err(|error| error.to_string())?;
        Ok(parameters)
    }
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
        let LossAndSlopes { loss, gradient } = self.ask("evaluate", &request)?;
        let gradient = as_gradient(self.read("evaluate", problem.network, gradient)?);
        Ok(Evaluation { loss: loss.0, gradient })
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
            .map_err(|why| self.give_up("predict", format!("answered badly: {why}")))?;
        let y_hat = self.convention.of_examples(&y_hat);
        let needed = (network.widths()[network.depth()], x.ncols());
        if y_hat.dim() != needed {
            let error = Error::mismatch("predictions", y_hat.dim(), "the network's", needed);
            return Err(self.give_up("predict", format!("answered badly: {error}")));
        }
        Ok(y_hat)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        if !self.supports(Ability::Step) {
            let gradient = self.evaluate(problem)?.gradient;
            return Ok(problem.parameters.descend(&gradient, rate));
        }
        self.networks.check(&self.name, problem.network)?;
        let question = self.question(problem);
        let answer: NewParameters =
            self.ask("step", &Request::Step { rate: Number(rate), question })?;
        self.read("step", problem.network, answer.parameters)
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
        let mut iterations = None;
        if self.supports(Ability::Train) {
            let question = self.question(problem);
            let request = Request::Train { rate: Number(rate), steps, question };
            let answer: Iterations = self.ask("train", &request)?;
            if answer.iterations.len() != steps {
                let given = answer.iterations.len();
                let why = format!("answered badly: {given} iterations after {steps} steps");
                return Err(self.give_up("train", why));
            }
            iterations = Some(answer.iterations.into_iter());
        }
        for t in 1..=steps {
            parameters = match iterations.as_mut().and_then(Iterator::next) {
                Some(answer) => self.read("train", problem.network, answer)?,
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
        self.read("initialise", network, answer.parameters)
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
