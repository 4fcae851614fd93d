//! How well an answer of a model is known, and whether two answers agree.
//!
//! A model is a black box, so no bound of its rounding can be computed. It is measured: what a
//! rounding in every parameter does to loss and gradient, tensor by tensor. Start reading at
//! [`Setting::known`].

use super::case::{Setting, of_length};
use crate::property::CaseFailure;
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::Result;
use init_symmetry_network::tolerance::reordered;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A loss and a gradient with what rounding may do to each.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) loss: f64,
    pub(super) loss_error: f64,
    pub(super) gradient: Vec<f64>,
    /// One for each entry; the entries of a tensor share it.
    pub(super) errors: Vec<f64>,
}

impl Setting<'_> {
    /// The answer at some parameters.
    ///
    /// # Errors
    /// What keeps the model from answering; a gradient of another length.
    pub(super) fn ask(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let LossAndGradient { loss, gradient } =
            self.model.evaluate(parameters, self.case.batch)?;
        let gradient = of_length(&self.tensors, "the gradient", gradient)?;
        Ok(LossAndGradient { loss, gradient })
    }

    /// The answer at some parameters, and how well it is known.
    ///
    /// # Errors
    /// As [`Setting::ask`]; a loss or gradient that is not finite.
    pub(super) fn known(&self, parameters: &[f64]) -> Result<Known, CaseFailure> {
        let answer = self.ask(parameters)?;
        self.finite(&answer)?;
        let near = [1, 2].map(|seed| self.ask(&self.roundings_away(parameters, seed)));
        let [one, other] = near;
        let (near, unit) = ([one?, other?], self.model.precision().unit_roundoff());
        let terms = parameters.len();
        let mut errors = Vec::with_capacity(terms);
        for tensor in &self.tensors {
            let places = errors.len()..errors.len() + tensor.len();
            let here = &answer.gradient[places.clone()];
            let changes =
                near.iter().map(|it| largest_difference(here, &it.gradient[places.clone()]));
            let change = changes.fold(0.0, f64::max);
            let size = here.iter().fold(0.0, |size: f64, entry| size.max(entry.abs()));
            let error = reordered(unit, terms, change, size);
            errors.extend(std::iter::repeat_n(error, tensor.len()));
        }
        let changes = near.iter().map(|it| (it.loss - answer.loss).abs());
        let change = changes.fold(0.0, f64::max);
        let loss_error = reordered(unit, terms, change, answer.loss.abs());
        Ok(Known { loss: answer.loss, loss_error, gradient: answer.gradient, errors })
    }

    /// # Errors
    /// The first number that is not finite.
    pub(super) fn finite(
        &self,
        LossAndGradient { loss, gradient }: &LossAndGradient,
    ) -> Result<(), CaseFailure> {
        if !loss.is_finite() {
            return Err(format!("the loss is {loss}").into());
        }
        match gradient.iter().position(|entry| !entry.is_finite()) {
            None => Ok(()),
            Some(place) => {
                let name = self.name_of(place);
                Err(format!("the gradient of {name} is {}", gradient[place]).into())
            }
        }
    }

    /// Every parameter moved by two roundings, up or down.
    fn roundings_away(&self, parameters: &[f64], seed: u64) -> Vec<f64> {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let step = 4.0 * self.model.precision().unit_roundoff();
        let moved = |theta: &f64| {
            if random.random_bool(0.5) { theta * (1.0 + step) } else { theta * (1.0 - step) }
        };
        parameters.iter().map(moved).collect()
    }

    /// The entry that is farthest from what it has to be, in words, if one is outside.
    pub(super) fn differing(&self, given: &[f64], due: &[f64], errors: &[f64]) -> Option<String> {
        let excess = |place: &usize| (given[*place] - due[*place]).abs() / errors[*place];
        let is_outside = |place: &usize| !within(given[*place], due[*place], errors[*place]);
        let outside = (0..due.len()).filter(is_outside);
        let worst = outside.max_by(|one, other| excess(one).total_cmp(&excess(other)))?;
        let name = self.name_of(worst);
        Some(format!(
            "{name} is {} where {} is due (rounding explains {:.1e})",
            given[worst], due[worst], errors[worst]
        ))
    }
}

/// Whether a number is another within an error.
pub(super) fn within(given: f64, due: f64, error: f64) -> bool {
    given == due || (given - due).abs() <= error
}

fn largest_difference(here: &[f64], there: &[f64]) -> f64 {
    let differences = here.iter().zip(there).map(|(here, there)| (here - there).abs());
    // a number that is not finite says that nothing is known
    differences.fold(0.0, |most: f64, it| if it.is_nan() { f64::INFINITY } else { most.max(it) })
}

/// Whether two lists have the same bits.
pub(super) fn same_bits(one: &[f64], other: &[f64]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.to_bits() == other.to_bits())
}

/// A list with its entries taken from other places.
pub(super) fn gathered(list: &[f64], places: &[usize]) -> Vec<f64> {
    places.iter().map(|&place| list[place]).collect()
}
