//! Another program as a subject: requests and answers in JSON, one line each (docs/PROTOCOL.md).
//!
//! What it says of itself is in `hello.rs`, what it is asked in `question.rs`, what it answers in
//! `answer.rs`. Lines go to and fro in `conversation.rs`; `line.rs` starts it again, and `group.rs`
//! ends it. Start reading at [`Program::start`].

use super::answer::{
    Answer, Iterations, LayerGrids, LossAlone, LossAndSlopes, NewParameters, Predictions, object,
    parsed,
};
use super::flat::as_gradient;
use super::hello::{Description, Hello, Layout};
use super::number::Number;
use super::partner::Partner;
use super::question::{LayerNumbers, Numbers, Question, Request, Shape, rows};
use super::{
    Ability, Convention, Declaration, Descent, GradientSource, Invocation, Networks, Observer,
    Precision, Reference, Scale, Subject, WeightRows,
};
use init_symmetry_network::{
    Biases, Error, Evaluation, Gradient, Layer, Network, Parameters, Problem, Result, Scheme, Start,
};
use ndarray::Array2;
use serde_json::value::RawValue;

/// Another program that speaks the protocol of docs/PROTOCOL.md.
///
/// A question that it does not survive, or does not answer in time, is an error of that question;
/// for the next one it is started again. A program that fails at every question is given up.
///
/// It leads a process group of its own, which is ended with it. A signal from the terminal does not
/// reach that group: whoever listens to signals calls [`end_running_programs`].
///
/// [`end_running_programs`]: super::end_running_programs
///
/// ```
/// use init_symmetry_check::subject::{Invocation, Program};
/// let error = Program::start(&Invocation::new("true", &[])).unwrap_err();
/// assert_eq!(error.to_string(), "true, at the request 'hello', ended (exit status: 0)");
/// ```
#[derive(Debug)]
pub struct Program {
    partner: Partner,
    description: Description,
    layout: Layout,
}

impl Program {
    /// Starts a program and asks what it supports.
    ///
    /// # Errors
    /// A program that cannot be started or spoken to.
    pub fn start(invocation: &Invocation) -> Result<Self> {
        let (partner, answer) = Partner::start(invocation)?;
        Self::of(partner, &answer)
    }

    /// The program that has answered so.
    pub(crate) fn of(partner: Partner, answer: &Answer) -> Result<Self> {
        let mut program =
            Self { partner, description: Description::default(), layout: Layout::default() };
        let hello: Hello = program.partner.hello(answer, 1)?;
        program.layout = hello.parameters;
        program.description =
            Description::of(hello).map_err(|error| program.partner.bad_hello(error))?;
        if let Some(name) = &program.description.name {
            program.partner.call(name);
        }
        Ok(program)
    }

    /// The same with another scale of the loss than it declares.
    pub fn with_loss_scale(mut self, scale: Scale) -> Self {
        self.description.declaration.loss_scale = Some(scale);
        self
    }

    /// Why it is no longer asked, if that is so.
    pub fn failure(&self) -> Option<Error> {
        self.partner.failure()
    }

    fn ask(&self, name: &str, request: &Request) -> Result<Answer> {
        self.partner.ask(name, request, request.limit())
    }

    fn bad_answer(&self, name: &str, request: &Request, why: String) -> Error {
        self.partner.bad_answer(name, request, why)
    }

    fn question(&self, Problem { network, parameters, batch }: Problem<'_, f64>) -> Question {
        let [x, y] =
            [batch.x(), batch.y()].map(|it| rows(&self.description.convention.of_examples(it)));
        Question { network: self.shape(network), parameters: self.numbers(parameters), x, y }
    }

    fn shape(&self, network: &Network) -> Shape {
        Shape::of(network, self.description.networks.mixed_activations)
    }

    fn numbers(&self, parameters: &Parameters<f64>) -> Numbers {
        let of_block = |block| rows(&self.description.convention.of_parameters(block));
        match self.layout {
            Layout::Flat => Numbers::Flat(
                self.description.convention.flat(parameters).into_iter().map(Number).collect(),
            ),
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
        answer: &RawValue,
    ) -> Result<Parameters<f64>, String> {
        if self.layout == Layout::Flat {
            let flat: Vec<Number> = parsed(answer.get())?;
            let flat: Vec<f64> = flat.into_iter().map(|Number(number)| number).collect();
            return self
                .description
                .convention
                .from_flat(network, &flat)
                .map_err(|error| error.to_string());
        }
        let layers: Vec<&RawValue> = parsed(answer.get())?;
        let layers = (1..).zip(layers).map(|(l, layer)| {
            let LayerGrids { w, b } = object(layer.get(), "{\"w\": …, \"b\": …}")
                .map_err(|why| format!("layer {l}: {why}"))?;
            let [w, b] = [w.matrix(&format!("w{l}"))?, b.matrix(&format!("b{l}"))?];
            let [w, b] = [w, b].map(|block| self.description.convention.of_parameters(&block));
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
                let in_layout =
                    |shape: (usize, usize)| match self.description.convention.weight_rows {
                        WeightRows::Units => shape,
                        WeightRows::Inputs => (shape.1, shape.0),
                    };
                let ((rows, columns), due) = (in_layout(block.dim()), in_layout(due));
                if (rows, columns) != due {
                    let (due_rows, due_columns) = due;
                    return Err(format!(
                        "{name}{l} is {rows}×{columns} but should be {due_rows}×{due_columns}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The parameters that answer a request.
    fn new_parameters(
        &self,
        network: &Network,
        name: &str,
        request: &Request,
    ) -> Result<Parameters<f64>> {
        let answer = self.ask(name, request)?;
        answer
            .fields("{\"parameters\": …}")
            .and_then(|it: NewParameters<'_>| self.parameters_of(network, it.parameters))
            .map_err(|why| self.bad_answer(name, request, why))
    }

    /// The loss that it declares, where it has none of its own.
    fn declared_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let l2 = self.description.declaration.l2_term(problem);
        Ok(self.description.declaration.scale(m, n_y) * problem.mean_loss()? + l2)
    }

    /// The iterations of its own training, without the start.
    fn trained(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
    ) -> Result<Vec<Parameters<f64>>> {
        let question = self.question(problem);
        let request = Request::Train { rate: Number(rate), steps, question };
        let answer = self.ask("train", &request)?;
        let read = || {
            let Iterations { iterations } = answer.fields("{\"iterations\": […]}")?;
            if iterations.len() != steps {
                return Err(format!("{} iterations after {steps} steps", iterations.len()));
            }
            let iterations = iterations.into_iter();
            iterations.map(|answer| self.parameters_of(problem.network, answer)).collect()
        };
        read().map_err(|why| self.bad_answer("train", &request, why))
    }

    /// The gradient as (before − after)/α of one step at α = 1, without declared decay.
    fn gradient_from_training(&self, problem: Problem<'_, f64>) -> Result<Gradient<f64>> {
        let mut after = None;
        self.train(problem, Descent { rate: 1.0, steps: 1 }, &mut |_, now| {
            after = Some(now.clone());
        })?;
        let after = after.unwrap_or_else(|| problem.parameters.clone());
        Ok(self.description.declaration.gradient_of_a_step(problem.parameters, &after))
    }
}

impl Subject for Program {
    fn name(&self) -> &str {
        &self.partner.name
    }

    fn supports(&self, ability: Ability) -> bool {
        self.description.abilities.contains(&ability)
    }

    fn networks(&self) -> Networks {
        self.description.networks.clone()
    }

    fn precision(&self) -> Precision {
        self.description.precision
    }

    fn declaration(&self) -> Declaration {
        self.description.declaration.clone()
    }

    fn convention(&self) -> Convention {
        self.description.convention
    }

    fn starts(&self) -> Vec<Scheme> {
        self.description.starts.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.description.networks.check(&self.partner.name, problem.network)?;
        if self.layout == Layout::Flat {
            // in one list a wrong shape cannot be seen, so it is refused for the program
            problem.check()?;
        }
        let request = Request::Evaluate(self.question(problem));
        if self.description.declaration.gradient == GradientSource::FromTraining {
            let loss = match self.ask("evaluate", &request) {
                Ok(answer) => {
                    let LossAlone { loss } = answer
                        .fields("{\"loss\": …}")
                        .map_err(|why| self.bad_answer("evaluate", &request, why))?;
                    loss.0
                }
                // a loss that it has not is not judged
                Err(Error::Unsupported { .. }) => self.declared_loss(problem)?,
                Err(error) => return Err(error),
            };
            return Ok(Evaluation { loss, gradient: self.gradient_from_training(problem)? });
        }
        let answer = self.ask("evaluate", &request)?;
        let read = || {
            let LossAndSlopes { loss, gradient } =
                answer.fields("{\"loss\": …, \"gradient\": …}")?;
            let slopes = self.parameters_of(problem.network, gradient)?;
            Ok(Evaluation { loss: loss.0, gradient: as_gradient(slopes) })
        };
        read().map_err(|why| self.bad_answer("evaluate", &request, why))
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
        self.description.networks.check(&self.partner.name, network)?;
        let request = Request::Predict {
            network: self.shape(network),
            parameters: self.numbers(parameters),
            x: rows(&self.description.convention.of_examples(x)),
        };
        let answer = self.ask("predict", &request)?;
        let y_hat = answer
            .fields("{\"predictions\": …}")
            .and_then(|Predictions { predictions }| predictions.matrix("predictions"))
            .map_err(|why| self.bad_answer("predict", &request, why))?;
        let needed = self
            .description
            .convention
            .of_examples(&Array2::zeros((network.widths()[network.depth()], x.ncols())));
        if y_hat.dim() != needed.dim() {
            let error = Error::mismatch("predictions", y_hat.dim(), "y", needed.dim());
            return Err(self.bad_answer("predict", &request, error.to_string()));
        }
        Ok(self.description.convention.of_examples(&y_hat))
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        if !self.supports(Ability::Step) {
            let gradient = self.evaluate(problem)?.gradient;
            return self.description.declaration.step(problem.parameters, &gradient, rate);
        }
        self.description.networks.check(&self.partner.name, problem.network)?;
        let request = Request::Step { rate: Number(rate), question: self.question(problem) };
        self.new_parameters(problem.network, "step", &request)
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.description.networks.check(&self.partner.name, problem.network)?;
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
        self.description.networks.check(&self.partner.name, network)?;
        let scheme = start.weights.scheme();
        if !self.description.starts.contains(&scheme) {
            let what = format!("start {scheme}");
            return Err(Error::Unsupported { subject: self.partner.name.clone(), what });
        }
        let without_number = if scheme.is_random() { 1.0 } else { 0.0 };
        let scale = Number(start.weights.number().unwrap_or(without_number));
        let weights = scheme.into();
        let request = Request::Initialise { network: self.shape(network), weights, scale, seed };
        self.new_parameters(network, "initialise", &request)
    }
}
