//! A subject without what it declares of its loss: another scale, an L2 term. So it can be compared
//! with the reference, fault by fault.

use super::{
    Ability, BiasUse, Convention, Declaration, Descent, GradientSource, Networks, Observer,
    Precision, Subject,
};
use init_symmetry_network::{
    Evaluation, Layer, Network, Parameters, Problem, Result, Scheme, Start,
};
use ndarray::Array2;

/// Answers in textbook terms: the scale of loss, gradient, steps and training is taken out, and the
/// L2 term of loss and gradient, and the decay of a step.
pub(crate) struct Textbook<'a> {
    subject: &'a dyn Subject,
    /// Whose networks, abilities, precision and layout it has.
    like: &'a dyn Subject,
    /// What is taken out.
    declaration: Declaration,
    /// Whether the gradient is taken from training here.
    derives: bool,
}

impl<'a> Textbook<'a> {
    /// A gradient that comes from training comes from there already.
    pub(crate) fn of(subject: &'a dyn Subject) -> Self {
        Self { subject, like: subject, declaration: subject.declaration(), derives: false }
    }

    /// Another subject, asked like this one: with its networks and abilities, and with a gradient
    /// from training if that one's comes from there.
    pub(crate) fn asked_like(subject: &'a dyn Subject, like: &'a dyn Subject) -> Self {
        let derives = like.declaration().gradient == GradientSource::FromTraining;
        Self { like, derives, ..Self::of(subject) }
    }

    fn scale(&self, problem: Problem<'_, f64>) -> f64 {
        self.declaration.scale(problem.batch.m(), problem.batch.y().nrows())
    }

    fn check(&self, network: &Network) -> Result<()> {
        self.networks().check(self.name(), network)
    }
}

impl Subject for Textbook<'_> {
    fn name(&self) -> &str {
        self.subject.name()
    }

    fn supports(&self, ability: Ability) -> bool {
        self.like.supports(ability)
    }

    fn networks(&self) -> Networks {
        self.like.networks()
    }

    fn precision(&self) -> Precision {
        self.like.precision()
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
        self.like.starts()
    }

    fn convention(&self) -> Convention {
        self.like.convention()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.check(problem.network)?;
        let Evaluation { loss, gradient } = match self.derives {
            false => self.subject.evaluate(problem)?,
            true => by_training(self.subject, problem)?,
        };
        let mut gradient = gradient;
        let trains_biases = self.declaration.biases == BiasUse::Trained;
        if !trains_biases {
            // what is not trained is not judged
            let right = problem.evaluate()?.gradient;
            for (slope, right) in gradient.layers.iter_mut().zip(right.layers) {
                slope.db = right.db;
            }
        }
        if gradient.check(problem.parameters).is_err() {
            return Ok(Evaluation { loss, gradient }); // as it is, so that it can be named
        }
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let (scale, lambda) = (self.declaration.scale(m, n_y), self.declaration.lambda(m, n_y));
        for (slope, Layer { w, .. }) in gradient.layers.iter_mut().zip(&problem.parameters.layers) {
            slope.dw.scaled_add(-lambda, w);
            slope.dw /= scale;
            if trains_biases {
                slope.db /= scale;
            }
        }
        let loss = (loss - self.declaration.l2_term(problem)) / scale;
        Ok(Evaluation { loss, gradient })
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.check(network)?;
        self.subject.predict(network, parameters, x)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        if self.derives {
            // a subject that only trains has no step of its own
            return problem.parameters.descend(&self.evaluate(problem)?.gradient, rate);
        }
        self.check(problem.network)?;
        let own_rate = rate / self.scale(problem);
        let mut after = self.subject.step(problem, own_rate)?;
        if problem.network.check(&after).is_err() {
            return Ok(after); // as it is, so that it can be named
        }
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
        self.check(problem.network)?;
        let rate = rate / self.scale(problem);
        self.subject.train(problem, Descent { rate, steps }, observe)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.check(network)?;
        self.subject.initialise(network, start, seed)
    }
}

/// The gradient as (before − after)/α of one step of training at α = 1.
fn by_training(subject: &dyn Subject, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
    let loss = subject.mean_loss(problem)?;
    let after = subject.train(problem, Descent { rate: 1.0, steps: 1 }, &mut |_, _| ())?;
    let gradient = Declaration::default().gradient_of_a_step(problem.parameters, &after);
    Ok(Evaluation { loss, gradient })
}
