//! Subjects with one mistake, planted by a closure.

use init_symmetry_check::fault::{Cause, likely_causes};
use init_symmetry_check::property::{Config, Profile};
use init_symmetry_check::subject::{
    Ability, Descent, Networks, Observer, Precision, Reference, Subject,
};
use init_symmetry_network::{
    Activation, Batch, Evaluation, Gradient, LayerGradient, Network, Parameters, Problem, Result,
};
use ndarray::{Array2, Axis, Slice};
use std::cell::Cell;

pub(crate) type Spoil = Box<dyn Fn(Problem<'_, f64>, Evaluation<f64>) -> Result<Evaluation<f64>>>;
pub(crate) type Step = Box<dyn Fn(Problem<'_, f64>, f64) -> Result<Parameters<f64>>>;
pub(crate) type Train = Box<dyn Fn(Problem<'_, f64>, f64, usize) -> Result<Vec<Parameters<f64>>>>;
pub(crate) type Predict = Box<dyn Fn(&Array2<f64>, &Array2<f64>) -> Array2<f64>>;

/// The reference with one thing spoilt.
#[derive(Default)]
pub(crate) struct Spoilt {
    pub(crate) evaluate: Option<Spoil>,
    pub(crate) step: Option<Step>,
    pub(crate) train: Option<Train>,
    pub(crate) predict: Option<Predict>,
    pub(crate) networks: Networks,
    pub(crate) precision: Precision,
    pub(crate) questions: Cell<usize>,
}

impl Subject for Spoilt {
    fn name(&self) -> &str {
        "spoilt"
    }

    fn networks(&self) -> Networks {
        self.networks.clone()
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn supports(&self, ability: Ability) -> bool {
        match ability {
            Ability::Predict => self.predict.is_some(),
            Ability::Step => self.step.is_some(),
            Ability::Train => self.train.is_some(),
            Ability::Initialise => false,
        }
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.questions.set(self.questions.get() + 1);
        self.networks.check(self.name(), problem.network)?;
        let right = problem.evaluate()?;
        self.evaluate.as_ref().map_or(Ok(right.clone()), |spoil| spoil(problem, right))
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        self.questions.set(self.questions.get() + 1);
        match &self.step {
            Some(step) => step(problem, rate),
            None => problem.parameters.descend(&self.evaluate(problem)?.gradient, rate),
        }
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.questions.set(self.questions.get() + 1);
        let Some(train) = &self.train else {
            return Subject::<f64>::train(&Reference, problem, Descent { rate, steps }, observe);
        };
        let iterates = train(problem, rate, steps)?;
        iterates.iter().enumerate().for_each(|(t, iterate)| observe(t, iterate));
        Ok(iterates[iterates.len() - 1].clone())
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.questions.set(self.questions.get() + 1);
        let forward = network.forward(parameters, x)?;
        let depth = network.depth();
        let (z, y_hat) = (forward.z(depth), forward.a(depth));
        Ok(self.predict.as_ref().map_or(y_hat.clone(), |predict| predict(z, y_hat)))
    }
}

pub(crate) fn evaluating(
    spoil: impl Fn(Problem<'_, f64>, Evaluation<f64>) -> Result<Evaluation<f64>> + 'static,
) -> Spoilt {
    Spoilt { evaluate: Some(Box::new(spoil)), ..Spoilt::default() }
}

/// A mistake in the gradient alone.
pub(crate) fn with_gradient(
    spoil: impl Fn(Problem<'_, f64>, &mut Gradient<f64>) + 'static,
) -> Spoilt {
    evaluating(move |problem, mut right| {
        spoil(problem, &mut right.gradient);
        Ok(right)
    })
}

/// What is right for something else.
pub(crate) fn with_other(
    other: impl Fn(Problem<'_, f64>) -> Result<Evaluation<f64>> + 'static,
) -> Spoilt {
    evaluating(move |problem, _| other(problem))
}

pub(crate) fn stepping(
    step: impl Fn(Problem<'_, f64>, f64) -> Result<Parameters<f64>> + 'static,
) -> Spoilt {
    Spoilt { step: Some(Box::new(step)), ..Spoilt::default() }
}

pub(crate) fn training(
    train: impl Fn(Problem<'_, f64>, f64, usize) -> Result<Vec<Parameters<f64>>> + 'static,
) -> Spoilt {
    Spoilt { train: Some(Box::new(train)), ..Spoilt::default() }
}

/// Loss and gradient of a network whose ReLU has a slope below 0.
pub(crate) fn leaky(
    problem: Problem<'_, f64>,
    leak: f64,
    forward: bool,
) -> Result<Evaluation<f64>> {
    if problem.network.shared_activation() != Some(Activation::Relu) {
        return problem.evaluate();
    }
    let below = if forward { leak } else { 0.0 };
    let hidden = |z: f64| if z < 0.0 { below * z } else { z };
    let slope = |_, z| if z > 0.0 { 1.0 } else { leak };
    with_passes(problem, &hidden, &slope, &|dz| dz)
}

/// The right loss, and the gradient with another activation, slope in layer l, or dz.
pub(crate) fn with_passes(
    problem: Problem<'_, f64>,
    hidden: &dyn Fn(f64) -> f64,
    slope: &dyn Fn(usize, f64) -> f64,
    clip: &dyn Fn(f64) -> f64,
) -> Result<Evaluation<f64>> {
    let Problem { network, parameters, batch } = problem;
    let depth = network.depth();
    let (mut z, mut a) = (vec![batch.x().clone()], vec![batch.x().clone()]);
    for l in 1..=depth {
        let here = parameters.w(l).dot(&a[l - 1]) + parameters.b(l);
        a.push(if l == depth { network.loss.y_hat(&here) } else { here.mapv(hidden) });
        z.push(here);
    }
    let m = batch.m() as f64;
    let mut dz = network.loss.dz(&z[depth], batch.y()).mapv(clip);
    let mut layers = Vec::new();
    for l in (1..=depth).rev() {
        let db = dz.sum_axis(Axis(1)).insert_axis(Axis(1)) / m;
        layers.insert(0, LayerGradient { dw: dz.dot(&a[l - 1].t()) / m, db });
        if l > 1 {
            let slopes = z[l - 1].mapv(|z| slope(l - 1, z));
            dz = (parameters.w(l).t().dot(&dz) * slopes).mapv(clip);
        }
    }
    Ok(Evaluation { loss: problem.mean_loss()?, gradient: Gradient { layers } })
}

/// Loss and gradient of the first examples.
pub(crate) fn of_examples(
    problem: Problem<'_, f64>,
    kept: impl Fn(usize) -> usize,
) -> Result<Evaluation<f64>> {
    let kept = Slice::from(..kept(problem.batch.m()));
    let [x, y] =
        [problem.batch.x(), problem.batch.y()].map(|it| it.slice_axis(Axis(1), kept).to_owned());
    problem.network.evaluate(problem.parameters, &Batch::new(x, y)?)
}

/// The gradient without one output's share: its label is what it predicts.
pub(crate) fn without_output(problem: Problem<'_, f64>, ignored: usize) -> Result<Evaluation<f64>> {
    let Problem { network, parameters, batch } = problem;
    let mut y = batch.y().clone();
    if ignored < y.nrows() {
        let y_hat = network.forward(parameters, batch.x())?.a(network.depth()).clone();
        y.row_mut(ignored).assign(&y_hat.row(ignored));
    }
    let gradient = network.evaluate(parameters, &Batch::new(batch.x().clone(), y)?)?.gradient;
    Ok(Evaluation { loss: problem.mean_loss()?, gradient })
}

/// Iterates 0 to `steps`.
pub(crate) fn iterated(
    problem: Problem<'_, f64>,
    steps: usize,
    step: impl Fn(usize, Problem<'_, f64>) -> Result<Parameters<f64>>,
) -> Result<Vec<Parameters<f64>>> {
    let mut iterates = vec![problem.parameters.clone()];
    for t in 0..steps {
        let next = step(t, Problem { parameters: &iterates[t], ..problem })?;
        iterates.push(next);
    }
    Ok(iterates)
}

pub(crate) fn with_momentum(
    problem: Problem<'_, f64>,
    rate: f64,
    steps: usize,
    beta: f64,
) -> Result<Vec<Parameters<f64>>> {
    let mut iterates = vec![problem.parameters.clone()];
    let mut speed: Option<Gradient<f64>> = None;
    for t in 0..steps {
        let mut gradient = Problem { parameters: &iterates[t], ..problem }.evaluate()?.gradient;
        for (layer, before) in
            gradient.layers.iter_mut().zip(speed.iter().flat_map(|speed| &speed.layers))
        {
            layer.dw += &(&before.dw * beta);
            layer.db += &(&before.db * beta);
        }
        iterates.push(iterates[t].descend(&gradient, rate)?);
        speed = Some(gradient);
    }
    Ok(iterates)
}

pub(crate) fn config() -> Config {
    Config::new(Profile::Quick, 1)
}

pub(crate) fn causes(subject: &dyn Subject) -> Vec<Cause> {
    likely_causes(subject, &[], &config())
}

pub(crate) fn first(subject: &dyn Subject) -> String {
    causes(subject).first().map(|cause| cause.sentence.clone()).unwrap_or_default()
}

/// Asserts what the first sentence has to contain.
#[track_caller]
pub(crate) fn says(subject: &dyn Subject, parts: &[&str]) {
    let all = causes(subject);
    let first = all.first().map(Cause::to_string).unwrap_or_default();
    let has_all = parts.iter().all(|part| first.contains(part));
    assert!(has_all, "'{first}' has not all of {parts:?}: {all:#?}");
}

/// A drawn number as it is shown: six digits.
pub(crate) fn shown(number: f64) -> String {
    let rounded: f64 = format!("{number:.5e}").parse().unwrap();
    rounded.to_string().replace('-', "−")
}

pub(crate) fn scale(layer: &mut LayerGradient<f64>, factor: f64) {
    layer.dw *= factor;
    layer.db *= factor;
}
