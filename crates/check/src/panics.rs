//! What becomes of a panic of the code under test.
//!
//! In a property it fails the case that was asked, with its text ([`caught`]). Where a subject is
//! only asked to be understood, or for the cause of a failure, it counts as a refusal
//! ([`Refusing`]). A panic is also printed where it happens, by the hook of the program: nothing is
//! hidden.

use crate::subject::{Declaration, Descent, Observer, Subject, described_as};
use init_symmetry_network::{Error, Evaluation, Network, Parameters, Problem, Result, Start};
use ndarray::Array2;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `run` returns, or the text of its panic.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("panics: {}", text.unwrap_or_default())
    })
}

/// A subject that refuses where the one inside panics.
pub(crate) struct Refusing<'a>(pub(crate) &'a dyn Subject);

impl Refusing<'_> {
    fn answer<T>(&self, ask: impl FnOnce(&dyn Subject) -> Result<T>) -> Result<T> {
        let refusal = |why: String| Error::Refused {
            subject: self.0.name().into(),
            why: format!("it {why}"),
        };
        caught(|| ask(self.0)).unwrap_or_else(|panic| Err(refusal(panic)))
    }
}

impl Subject for Refusing<'_> {
    described_as!(0);

    fn declaration(&self) -> Declaration {
        self.0.declaration()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.answer(|subject| subject.evaluate(problem))
    }

    fn mean_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        self.answer(|subject| subject.mean_loss(problem))
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.answer(|subject| subject.predict(network, parameters, x))
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        self.answer(|subject| subject.step(problem, rate))
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.answer(|subject| subject.train(problem, descent, observe))
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.answer(|subject| subject.initialise(network, start, seed))
    }
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_an_error_with_its_text_and_anything_else_is_handed_on() {
        assert_eq!(caught(|| 3), Ok(3));
        assert_eq!(caught(|| panic!("fixed")).map(|()| 0), Err("panics: fixed".into()));
        assert_eq!(caught(|| panic!("{} of 2", 3)).map(|()| 0), Err("panics: 3 of 2".into()));
        let other = caught(|| std::panic::panic_any(7)).map(|()| 0);
        assert_eq!(other, Err("panics: ".into()));
    }
}
