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
    /// The largest relative error of one operation.
    pub(super) unit: f64,
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
    /// As [`Setting::ask`]; a loss or gradient that is not finite, there or two roundings away.
    pub(super) fn known(&self, parameters: &[f64]) -> Result<Known, CaseFailure> {
        let answer = self.ask(parameters)?;
        self.finite(&answer)?;
        let unit = self.unit_of(&answer);
        let [one, other] = [1, 2].map(|seed| self.ask(&roundings_away(parameters, unit, seed)));
        let near = [one?, other?];
        near.iter().try_for_each(|answer| self.finite(answer))?;
        let terms = parameters.len();
        let largest_of_all = largest(answer.gradient.iter().copied());
        let mut errors = Vec::with_capacity(terms);
        for tensor in &self.tensors {
            let places = errors.len()..errors.len() + tensor.len();
            let here = &answer.gradient[places.clone()];
            let change = largest(
                near.iter().flat_map(|there| differences(here, &there.gradient[places.clone()])),
            );
            let size = largest(here.iter().copied());
            // a tensor whose gradient is 0 because its terms cancel: they may be as large as others
            let cancels = size <= unit * largest_of_all;
            let size = if cancels { largest_of_all } else { size };
            let error = reordered(unit, terms, change, size);
            errors.extend(std::iter::repeat_n(error, tensor.len()));
        }
        let change = largest(near.iter().map(|there| there.loss - answer.loss));
        let loss_error = reordered(unit, terms, change, answer.loss.abs());
        Ok(Known { loss: answer.loss, loss_error, gradient: answer.gradient, errors, unit })
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

    /// The largest relative error of one operation: of the declared precision, or of the one that
    /// holds every number of an answer. Many programs compute in single precision and do not say
    /// so.
    fn unit_of(&self, answer: &LossAndGradient) -> f64 {
        let declared = self.model.precision().unit_roundoff();
        significant_bits(answer).map_or(declared, |bits| declared.max(libm::exp2(-f64::from(bits))))
    }

    /// The entry that is farthest from what it has to be, in words, if one is outside.
    pub(super) fn differing(&self, given: &[f64], due: &[f64], errors: &[f64]) -> Option<String> {
        let excess = |place: &usize| (given[*place] - due[*place]).abs() / errors[*place];
        let is_outside = |place: &usize| !within(given[*place], due[*place], errors[*place]);
        let outside = (0..due.len()).filter(is_outside);
        let worst = outside.max_by(|one, other| excess(one).total_cmp(&excess(other)))?;
        let name = self.name_of(worst);
        Some(format!(
            "{name} is {} but should be {} (rounding explains at most {:.1e})",
            given[worst], due[worst], errors[worst]
        ))
    }
}

/// Every parameter moved by two roundings, up or down.
fn roundings_away(parameters: &[f64], unit: f64, seed: u64) -> Vec<f64> {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let moved = |theta: &f64| {
        let step = if random.random_bool(0.5) { 4.0 * unit } else { -4.0 * unit };
        theta * (1.0 + step)
    };
    parameters.iter().map(moved).collect()
}

/// Significant bits of bfloat16, of half and of single precision.
const NARROW: [u32; 3] = [8, 11, 24];

/// So many numbers are no accident.
const ENOUGH_NUMBERS: usize = 16;

/// The bits of the narrowest precision that holds every number of an answer, if that is narrower
/// than double and the numbers use its bits.
pub(super) fn significant_bits(
    LossAndGradient { loss, gradient }: &LossAndGradient,
) -> Option<u32> {
    let numbers = gradient.iter().chain([loss]).filter(|it| it.is_normal());
    let bits = |number: &f64| f64::MANTISSA_DIGITS - number.to_bits().trailing_zeros().min(52);
    let most = numbers.clone().map(bits).max()?;
    let narrow = NARROW.into_iter().find(|narrow| most <= *narrow)?;
    (numbers.count() >= ENOUGH_NUMBERS && most + 1 >= narrow).then_some(narrow)
}

/// Whether a number is another within an error.
pub(super) fn within(given: f64, due: f64, error: f64) -> bool {
    given == due || (given - due).abs() <= error
}

fn differences<'a>(here: &'a [f64], there: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    here.iter().zip(there).map(|(here, there)| here - there)
}

/// The largest size of some finite numbers, 0 of none.
pub(super) fn largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |most: f64, number| most.max(number.abs()))
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

#[cfg(test)]
mod tests {
    use super::significant_bits;
    use init_symmetry_gradient::LossAndGradient;

    #[test]
    fn a_precision_is_seen_where_many_numbers_use_its_bits() {
        let bits = |convert: fn(f64) -> f64, count: i32| {
            let gradient = (1..=count).map(|k| convert(1.0 / (3.0 + f64::from(k)))).collect();
            significant_bits(&LossAndGradient { loss: convert(0.7), gradient })
        };
        assert_eq!(bits(|number| f64::from(number as f32), 20), Some(24));
        assert_eq!(bits(|number| number, 20), None);
        assert_eq!(bits(|number| f64::from(number as f32), 9), None, "too few to tell");
        let to_bfloat16 =
            |number: f64| f64::from(f32::from_bits((number as f32).to_bits() >> 16 << 16));
        assert_eq!(bits(to_bfloat16, 20), Some(8));
        assert_eq!(bits(|_| 0.5, 20), None, "a number of one bit is no narrow precision");
    }
}
