//! A subject without what it declares of its loss: another scale, an L2 term. So it can be compared
//! with the reference, fault by fault.

use super::{
    Ability, BiasUse, Convention, Declaration, Descent, GradientSource, Networks, Observer,
    Precision, Subject,
};
use init_symmetry_network::{
    Evaluation, Gradient, Layer, LayerGradient, Network, Parameters, Problem, Result, Scheme, Start,
};
use ndarray::Array2;

/// Answers in textbook terms: the scale of loss, gradient, steps and training is taken out, and the
/// L2 term of loss and gradient, and the decay of a step.
pub(crate) struct Textbook<'a> {
    pub(crate) subject: &'a dyn Subject,
    /// What is taken out.
    declaration: Declaration,
    /// Whether the gradient is taken from training here.
    derives: bool,
}

impl<'a> Textbook<'a> {
    /// A gradient that comes from training comes from there already.
    pub(crate) fn of(subject: &'a dyn Subject) -> Self {
        Self { subject, declaration: subject.declaration(), derives: false }
    }

    /// Another subject, asked like this one: its gradient comes from its training if that one's
    /// does.
    pub(crate) fn asked_like(subject: &'a dyn Subject, other: &dyn Subject) -> Self {
        let derives = other.declaration().gradient == GradientSource::FromTraining;
        Self { derives, ..Self::of(subject) }
    }

    fn scale(&self, problem: Problem<'_, f64>) -> f64 {
        self.declaration.scale(problem.batch.m(), problem.batch.y().nrows())
    }
}

impl Subject for Textbook<'_> {
    fn name(&self) -> &str {
        self.subject.name()
    }

    fn supports(&self, ability: Ability) -> bool {
        self.subject.supports(ability)
    }

    fn networks(&self) -> Networks {
        self.subject.networks()
    }

    fn precision(&self) -> Precision {
        self.subject.precision()
    }

    /// What is left to say once scale and L2 term are out.
    fn declaration(&self) -> Declaration {
        let gradient = match self.derives {
            true => GradientSource::FromTraining,
            false => self.declaration.gradient,
        };
        let declaration = self.declaration.clone();
        // training is left as it is: what an L2 term does there is decay
        let decay = declaration.decay + declaration.lambda(1, 1);
        Declaration { loss_scale: None, l2: None, decay, gradient, ..declaration }
    }

    fn starts(&self) -> Vec<Scheme> {
        self.subject.starts()
    }

    fn convention(&self) -> Convention {
        self.subject.convention()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let Evaluation { loss, gradient } = match self.derives {
            false => self.subject.evaluate(problem)?,
            true => by_training(self.subject, problem)?,
        };
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let (scale, lambda) = (self.declaration.scale(m, n_y), self.declaration.lambda(m, n_y));
        let weights = problem.parameters.layers.iter().flat_map(|layer| &layer.w);
        let squares: f64 = weights.map(|w| w * w).sum();
        let mut gradient = gradient;
        for (slope, Layer { w, .. }) in gradient.layers.iter_mut().zip(&problem.parameters.layers) {
            slope.dw.scaled_add(-lambda, w);
            slope.dw /= scale;
            slope.db /= scale;
        }
        let loss = (loss - lambda / 2.0 * squares) / scale;
        if self.declaration.biases != BiasUse::Trained {
            // what is not trained is not judged
            let right = problem.evaluate()?.gradient;
            for (slope, right) in gradient.layers.iter_mut().zip(right.layers) {
                slope.db = right.db;
            }
        }
        Ok(Evaluation { loss, gradient })
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.subject.predict(network, parameters, x)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        if self.derives {
            // a subject that only trains has no step of its own
            return Ok(problem.parameters.descend(&self.evaluate(problem)?.gradient, rate));
        }
        let own_rate = rate / self.scale(problem);
        let mut after = self.subject.step(problem, own_rate)?;
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let shrinks = self.declaration.decay + self.declaration.lambda(m, n_y);
        for (after, before) in after.layers.iter_mut().zip(&problem.parameters.layers) {
            after.w.scaled_add(own_rate * shrinks, &before.w);
        }
        if self.declaration.biases != BiasUse::Trained {
            // what is not trained is not judged
            let right = problem.step(rate)?;
            for (after, right) in after.layers.iter_mut().zip(right.layers) {
                after.b = right.b;
            }
        }
        Ok(after)
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        let rate = rate / self.scale(problem);
        self.subject.train(problem, Descent { rate, steps }, observe)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.subject.initialise(network, start, seed)
    }
}

/// The gradient as (before − after)/α of one step of training at α = 1.
fn by_training(subject: &dyn Subject, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
    let loss = subject.mean_loss(problem)?;
    let after = subject.train(problem, Descent { rate: 1.0, steps: 1 }, &mut |_, _| ())?;
    let layers = problem.parameters.layers.iter().zip(&after.layers);
    let layers = layers.map(|(before, after)| LayerGradient {
        dw: &before.w - &after.w,
        db: &before.b - &after.b,
    });
    Ok(Evaluation { loss, gradient: Gradient { layers: layers.collect() } })
}
