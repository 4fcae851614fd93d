//! A network written in Python, as a subject.
//!
//! The adapter (`init_symmetry/network.py`) turns what the user's object takes and answers into
//! matrices in a list: W1, b1, W2, b2, …. Nothing is judged here. Start reading at
//! [`PythonNetwork`].

use crate::question::{Asked, array1, array2, is_unchanged, list, matrix};
use crate::report::bad_input;
use init_symmetry::subject::{
    Ability, Convention, Declaration, Descent, Description, GradientSource, Networks, Observer,
    Precision, Reference, Subject,
};
use init_symmetry::{
    Activation, Biases, Error, Evaluation, Gradient, Layer, LayerGradient, Loss, Network,
    Parameters, Problem, Result, Scheme, Start, parameters_from, parse_name,
};
use ndarray::Array2;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::sync::Arc;

/// A network whose questions an object of Python answers.
pub(crate) struct PythonNetwork {
    asked: Arc<Asked>,
    description: Description,
}

impl PythonNetwork {
    /// The network that an adapter describes.
    ///
    /// # Errors
    /// What the adapter raises, and what is wrong with its description.
    pub(crate) fn of(adapter: &Bound<'_, PyAny>) -> PyResult<Self> {
        let description = Description::from_json(&Asked::hello(adapter)?).map_err(bad_input)?;
        if description.declaration.gradient == GradientSource::FromTraining {
            return Err(bad_input(Error::OutOfRange {
                what: "gradient".into(),
                value: "from-training".into(),
                range: "given: a subject in Python answers loss_and_gradient".into(),
            }));
        }
        let name = description.name.clone().unwrap_or_else(|| "the network".into());
        let asked = Arc::new(Asked::new(adapter.clone().unbind(), name));
        Ok(Self { asked, description })
    }

    pub(crate) fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }

    /// What the adapter is told of a network, as the field of a question in docs/PROTOCOL.md.
    fn shape<'py>(&self, py: Python<'py>, network: &Network) -> PyResult<Bound<'py, PyDict>> {
        let shape = PyDict::new(py);
        shape.set_item("widths", network.widths())?;
        if let Some(hidden) = network.shared_activation() {
            shape.set_item("hidden", hidden.to_string())?;
        }
        if self.description.networks.mixed_activations {
            let names: Vec<_> = network.activations().iter().map(Activation::to_string).collect();
            shape.set_item("activations", names)?;
        }
        shape.set_item("loss", network.loss.to_string())?;
        Ok(shape)
    }

    /// Parameters as the adapter gets them.
    fn given(&self, parameters: &Parameters<f64>) -> Given {
        let convention = self.description.convention;
        let blocks = parameters.layers.iter().enumerate().flat_map(|(l, Layer { w, b })| {
            let l = l + 1;
            [(format!("W{l}"), w), (format!("b{l}"), b)]
        });
        Given(blocks.map(|(name, it)| (name, convention.of_parameters(it))).collect())
    }

    /// Parameters, x and y as the adapter gets them.
    fn question(&self, Problem { parameters, batch, .. }: Problem<'_, f64>) -> Vec<Given> {
        let [x, y] = [("x", batch.x()), ("y", batch.y())].map(|(name, it)| self.examples(name, it));
        vec![self.given(parameters), x, y]
    }

    fn examples(&self, name: &str, matrix: &Array2<f64>) -> Given {
        Given(vec![(name.into(), self.description.convention.of_examples(matrix))])
    }

    /// A list of matrices as layers in the lesson's layout.
    fn layers(&self, answer: &Bound<'_, PyAny>) -> PyResult<Vec<Layer<f64>>> {
        let convention = self.description.convention;
        let blocks: Vec<Array2<f64>> = answer
            .try_iter()?
            .map(|block| Ok(convention.of_parameters(&matrix(&block?)?)))
            .collect::<PyResult<_>>()?;
        let layers = blocks.chunks_exact(2);
        Ok(layers.map(|pair| Layer { w: pair[0].clone(), b: pair[1].clone() }).collect())
    }

    /// Asks, and notes which of the arguments are changed by it.
    fn ask<T>(
        &self,
        request: &str,
        is_fair: bool,
        given: Vec<Given>,
        question: impl FnOnce(&Bound<'_, PyAny>, &[Bound<'_, PyAny>]) -> PyResult<T>,
    ) -> Result<T> {
        self.asked.ask(request, is_fair, |adapter| {
            let lent: Vec<Lent<'_>> = given.iter().map(|it| it.lend(adapter.py())).collect();
            let arguments = lent.iter().map(Lent::argument).collect::<PyResult<Vec<_>>>()?;
            let answer = question(adapter, &arguments)?;
            for (lent, given) in lent.iter().zip(&given) {
                for name in lent.changed(given) {
                    self.asked.note_problem(format!(
                        "{request} changes its argument {name} in place; work on a copy, so that \
                         the caller's array is unchanged"
                    ));
                }
            }
            Ok(answer)
        })
    }
}

/// Matrices of one argument, by name.
struct Given(Vec<(String, Array2<f64>)>);

/// The same as arrays of NumPy.
struct Lent<'py> {
    py: Python<'py>,
    arrays: Vec<Bound<'py, PyArray2<f64>>>,
}

impl Given {
    fn lend<'py>(&self, py: Python<'py>) -> Lent<'py> {
        Lent { py, arrays: self.0.iter().map(|(_, it)| array2(py, it.clone())).collect() }
    }
}

impl<'py> Lent<'py> {
    /// One matrix as it is, several in a list.
    fn argument(&self) -> PyResult<Bound<'py, PyAny>> {
        match &self.arrays[..] {
            [array] => Ok(array.clone().into_any()),
            arrays => Ok(PyList::new(self.py, arrays)?.into_any()),
        }
    }

    fn changed<'a>(&self, given: &'a Given) -> impl Iterator<Item = &'a str> {
        let pairs = self.arrays.iter().zip(&given.0);
        let changed = pairs.filter(|(array, (_, before))| !is_unchanged(array, before));
        changed.map(|(_, (name, _))| name.as_str()).collect::<Vec<_>>().into_iter()
    }
}

/// Whether a program should answer: shapes that fit and finite numbers.
fn is_fair(problem: Problem<'_, f64>) -> bool {
    let Problem { parameters, batch, .. } = problem;
    let finite = |matrix: &Array2<f64>| matrix.iter().all(|entry| entry.is_finite());
    problem.check().is_ok() && parameters.is_finite() && finite(batch.x()) && finite(batch.y())
}

fn parameters(layers: Vec<Layer<f64>>) -> Parameters<f64> {
    Parameters { layers }
}

impl Subject for PythonNetwork {
    fn name(&self) -> &str {
        &self.asked.name
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
        let network = problem.network;
        self.description.networks.check(self.name(), network)?;
        self.ask("loss_and_gradient", is_fair(problem), self.question(problem), |adapter, given| {
            let shape = self.shape(adapter.py(), network)?;
            let [parameters, x, y] = given else { return Err(missing()) };
            let answer = adapter.call_method1("evaluate", (shape, parameters, x, y))?;
            let (loss, gradient): (f64, Bound<'_, PyAny>) = answer.extract()?;
            let layers = self.layers(&gradient)?.into_iter();
            let layers = layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b }).collect();
            Ok(Evaluation { loss, gradient: Gradient { layers } })
        })
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
        self.description.networks.check(self.name(), network)?;
        let is_fair = network.forward(parameters, x).is_ok()
            && parameters.is_finite()
            && x.iter().all(|entry| entry.is_finite());
        let given = vec![self.given(parameters), self.examples("x", x)];
        self.ask("predict", is_fair, given, |adapter, given| {
            let shape = self.shape(adapter.py(), network)?;
            let [parameters, x] = given else { return Err(missing()) };
            let y_hat = adapter.call_method1("predict", (shape, parameters, x))?;
            Ok(self.description.convention.of_examples(&matrix(&y_hat)?))
        })
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        let Problem { network, parameters: before, .. } = problem;
        if !self.supports(Ability::Step) {
            let gradient = self.evaluate(problem)?.gradient;
            return self.description.declaration.step(before, &gradient, rate);
        }
        self.description.networks.check(self.name(), network)?;
        let is_fair = is_fair(problem) && rate.is_finite();
        self.ask("step", is_fair, self.question(problem), |adapter, given| {
            let shape = self.shape(adapter.py(), network)?;
            let [before, x, y] = given else { return Err(missing()) };
            let after = adapter.call_method1("step", (shape, before, x, y, rate))?;
            Ok(parameters(self.layers(&after)?))
        })
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.description.networks.check(self.name(), problem.network)?;
        observe(0, problem.parameters);
        let mut now = problem.parameters.clone();
        let own = self.supports(Ability::Train);
        let own = own.then(|| self.trained(problem, rate, steps)).transpose()?;
        let mut own = own.map(Vec::into_iter);
        for t in 1..=steps {
            now = match own.as_mut().and_then(Iterator::next) {
                Some(answer) => answer,
                None => self.step(Problem { parameters: &now, ..problem }, rate)?,
            };
            if !now.is_finite() {
                return Err(Error::Diverged { step: t, rate: format!("{rate:?}") });
            }
            observe(t, &now);
        }
        Ok(now)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        if !self.supports(Ability::Initialise) || start.biases != Biases::Zeros {
            return network.initialise(start, seed);
        }
        self.description.networks.check(self.name(), network)?;
        let scheme = start.weights.scheme();
        if !self.description.starts.contains(&scheme) {
            let what = format!("start {scheme}");
            return Err(Error::Unsupported { subject: self.name().into(), what });
        }
        let without_number = if scheme.is_random() { 1.0 } else { 0.0 };
        let scale = start.weights.number().unwrap_or(without_number);
        self.ask("initialise", true, Vec::new(), |adapter, _| {
            let shape = self.shape(adapter.py(), network)?;
            let arguments = (shape, scheme.to_string(), scale, seed);
            let start = adapter.call_method1("initialise", arguments)?;
            Ok(parameters(self.layers(&start)?))
        })
    }
}

impl PythonNetwork {
    /// The iterations of its own training, without the start.
    fn trained(
        &self,
        problem: Problem<'_, f64>,
        rate: f64,
        steps: usize,
    ) -> Result<Vec<Parameters<f64>>> {
        let is_fair = is_fair(problem) && rate.is_finite();
        self.ask("train", is_fair, self.question(problem), |adapter, given| {
            let shape = self.shape(adapter.py(), problem.network)?;
            let [start, x, y] = given else { return Err(missing()) };
            let iterations = adapter.call_method1("train", (shape, start, x, y, rate, steps))?;
            let iterations = iterations.try_iter()?;
            iterations.map(|answer| Ok(parameters(self.layers(&answer?)?))).collect()
        })
    }
}

/// A number of arguments that this file does not give.
fn missing() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("an argument is missing")
}

/// The mean loss of the reference network, the L2 term λ/2·ΣW² for a λ like `0.1/m`, and the
/// gradient without that term: parameters in one list, W1 row by row, b1, W2, b2, …, x (n_x × m)
/// and y (n_y × m).
#[pyfunction]
#[pyo3(signature = (widths, hidden, loss, flat, x, y, l2 = None))]
#[expect(clippy::too_many_arguments, reason = "they are a question, part by part")]
pub(crate) fn reference<'py>(
    py: Python<'py>,
    widths: Vec<usize>,
    hidden: &str,
    loss: &str,
    flat: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    l2: Option<&str>,
) -> PyResult<(f64, f64, Bound<'py, PyArray1<f64>>)> {
    let hidden: Activation = parse_name("activation", hidden).map_err(bad_input)?;
    let loss: Loss = parse_name("loss", loss).map_err(bad_input)?;
    let network = Network::new(&widths, hidden, loss).map_err(bad_input)?;
    let parameters = parameters_from(&network, &list(flat)?).map_err(bad_input)?;
    let batch = init_symmetry::Batch::new(matrix(x)?, matrix(y)?).map_err(bad_input)?;
    let problem = Problem { network: &network, parameters: &parameters, batch: &batch };
    let l2 = l2.map(str::parse).transpose().map_err(bad_input)?;
    let term = Declaration { l2, ..Declaration::default() }.l2_term(problem);
    let Evaluation { loss, gradient } = problem.evaluate().map_err(bad_input)?;
    let gradient: Vec<f64> = gradient.entries().collect();
    Ok((loss, term, array1(py, &gradient)))
}

/// Whether numbers are those that are due, within rounding.
#[pyfunction]
#[pyo3(signature = (given, due, precision = "f64"))]
pub(crate) fn explains(
    given: &Bound<'_, PyAny>,
    due: &Bound<'_, PyAny>,
    precision: &str,
) -> PyResult<bool> {
    let precision = match precision {
        "f32" => Precision::F32,
        _ => Precision::F64,
    };
    Ok(precision.explains(&list(given)?, &list(due)?))
}
