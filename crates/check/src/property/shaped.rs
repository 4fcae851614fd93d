//! A subject whose answers have the shapes of their questions: another shape is an error that names
//! both sides.
//!
//! Properties index and subtract what they are answered. A matrix of another shape would end them
//! in a panic, or be broadcast where it is 1×1. Every property asks through [`Shaped`].

use crate::subject::{BiasUse, Declaration, Descent, Observer, Subject, described_as};
use init_symmetry_network::{
    Error, Evaluation, Gradient, Layer, Network, Parameters, Problem, Result, Start, Trainable,
};
use ndarray::Array2;

/// A subject with its answers looked at.
pub(crate) struct Shaped<'a, S: Trainable>(pub(crate) &'a dyn Subject<S>);

impl<S: Trainable> Subject<S> for Shaped<'_, S> {
    described_as!(0);

    fn declaration(&self) -> Declaration {
        self.0.declaration()
    }

    fn evaluate(&self, problem: Problem<'_, S>) -> Result<Evaluation<S>> {
        let answer = self.0.evaluate(problem)?;
        // an answer to a malformed question is another property's business: it is no refusal
        if problem.check().is_ok() {
            let has_biases = self.declaration().biases == BiasUse::Trained;
            check_gradient(&answer.gradient, problem.parameters, has_biases)?;
        }
        Ok(answer)
    }

    fn mean_loss(&self, problem: Problem<'_, S>) -> Result<S> {
        self.0.mean_loss(problem)
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<S>,
        x: &Array2<S>,
    ) -> Result<Array2<S>> {
        let y_hat = self.0.predict(network, parameters, x)?;
        let needed = (network.widths()[network.depth()], x.ncols());
        if y_hat.dim() == needed {
            Ok(y_hat)
        } else {
            Err(Error::mismatch("y_hat", y_hat.dim(), "y", needed))
        }
    }

    fn step(&self, problem: Problem<'_, S>, rate: S) -> Result<Parameters<S>> {
        let after = self.0.step(problem, rate)?;
        problem.network.check_at(" after a step", &after)?;
        Ok(after)
    }

    fn train(
        &self,
        problem: Problem<'_, S>,
        descent: Descent<S>,
        observe: Observer<'_, S>,
    ) -> Result<Parameters<S>> {
        let mut shapes = Ok(());
        let mut see = |t: usize, now: &Parameters<S>| {
            if shapes.is_ok() {
                let place = format!(" at iteration {t} of training");
                shapes = problem.network.check_at(&place, now);
            }
            if shapes.is_ok() {
                observe(t, now);
            }
        };
        let end = self.0.train(problem, descent, &mut see);
        shapes?;
        let end = end?;
        problem.network.check_at(" after training", &end)?;
        Ok(end)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        let parameters = self.0.initialise(network, start, seed)?;
        network.check(&parameters)?;
        Ok(parameters)
    }
}

/// Whether a gradient has the shapes of the parameters; that of biases counts where they have one.
fn check_gradient<S: Trainable>(
    gradient: &Gradient<S>,
    parameters: &Parameters<S>,
    has_biases: bool,
) -> Result<()> {
    if has_biases {
        return gradient.check(parameters);
    }
    let mut judged = gradient.clone();
    for (slopes, Layer { b, .. }) in judged.layers.iter_mut().zip(&parameters.layers) {
        slopes.db = Array2::zeros(b.dim());
    }
    judged.check(parameters)
}
