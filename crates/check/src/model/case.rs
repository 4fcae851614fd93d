//! What a model is asked about: parameters that are drawn from a seed, and the number of a batch.

use super::{Model, ModelAbility};
use crate::property::Drawn;
use crate::subject::{Convention, Precision};
use init_symmetry_network::symmetry::{TensorShape, UnitGroup, check_groups};
use init_symmetry_network::{Error, Result, printable};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

/// Parameters, named by the seed that they are drawn from, and a batch. A model may have millions,
/// so the seed is kept and not the numbers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct ModelCase {
    pub(super) seed: u64,
    pub(super) batch: u64,
}

impl Drawn for ModelCase {
    fn shown(&self, _: Convention) -> String {
        let Self { seed, batch } = self;
        format!("  parameters drawn from seed {seed}, batch {batch}")
    }
}

/// No smaller seed is a simpler case, so there is nothing to shrink.
pub(super) fn cases() -> impl Strategy<Value = ModelCase> {
    let case = |(seed, batch)| ModelCase { seed, batch };
    (0..1_000_000_u64, 0..1_000_u64).prop_map(case).no_shrink()
}

/// A model at a case: its tensors and groups, and the parameters drawn.
pub(super) struct Setting<'a> {
    pub(super) model: &'a dyn Model,
    pub(super) tensors: Vec<TensorShape>,
    pub(super) parameters: Vec<f64>,
    pub(super) case: ModelCase,
}

impl<'a> Setting<'a> {
    /// Draws the parameters of a case: for a weight k/64 with 0 < |k| ≤ 64 over about the root of
    /// the numbers that enter a unit, which every precision holds exactly. A model that has a
    /// start of its own gets that, moved by a quarter of such a draw: so norms stay near 1.
    ///
    /// # Errors
    /// Tensors and groups that do not fit, more parameters than memory should hold.
    pub(super) fn of(model: &'a dyn Model, case: ModelCase) -> Result<Self> {
        let tensors = model.tensors();
        check_groups(&tensors, &model.groups())?;
        let all = tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add);
        if all == 0 {
            let (value, range) = ("0".into(), "1 or more".into());
            return Err(Error::OutOfRange {
                what: "the number of parameters".into(),
                value,
                range,
            });
        }
        Error::within_memory("the parameters", all)?;
        let mut parameters = drawn(&tensors, case.seed);
        if model.supports(ModelAbility::Start) {
            let start = of_length(&tensors, "the start", model.start(case.seed)?)?;
            for (parameter, start) in parameters.iter_mut().zip(start) {
                *parameter = rounded(start + *parameter / 4.0, model.precision());
            }
        }
        Ok(Self { model, tensors, parameters, case })
    }

    /// The groups of two units or more.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is none.
    pub(super) fn groups(&self) -> Result<Vec<UnitGroup>> {
        let groups: Vec<_> =
            self.model.groups().into_iter().filter(|group| group.units > 1).collect();
        if groups.is_empty() {
            return Err(super::lacks(self.model.name(), "unit group of two units or more"));
        }
        Ok(groups)
    }

    /// An order of some units that moves at least two of them.
    pub(super) fn order(&self, units: usize) -> Vec<usize> {
        let mut random = ChaCha20Rng::seed_from_u64(self.case.seed);
        let mut order: Vec<usize> = (0..units).collect();
        for last in (1..units).rev() {
            order.swap(last, random.random_range(0..=last));
        }
        if units > 1 && order.is_sorted() {
            order.swap(0, 1);
        }
        order
    }

    /// Two different units, of two or more.
    pub(super) fn pair(&self, units: usize) -> [usize; 2] {
        let mut random = ChaCha20Rng::seed_from_u64(self.case.seed);
        let first = random.random_range(0..units - 1);
        [first, random.random_range(first + 1..units)]
    }

    /// The name of a parameter, such as conv.weight\[3, 0, 1, 2\].
    pub(super) fn name_of(&self, place: usize) -> String {
        name_of(&self.tensors, place)
    }
}

fn drawn(tensors: &[TensorShape], seed: u64) -> Vec<f64> {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    for tensor in tensors {
        let inputs: usize = tensor.shape.iter().skip(1).product();
        // the power of two nearest to the root, so that every draw keeps its few bits
        let scale = if tensor.shape.len() > 1 {
            libm::exp2(-libm::round(libm::log2(inputs.max(1) as f64) / 2.0))
        } else {
            0.5
        };
        all.extend((0..tensor.len()).map(|_| {
            let size = f64::from(random.random_range(1..=64_i32)) / 64.0;
            if random.random_bool(0.5) { size * scale } else { -size * scale }
        }));
    }
    all
}

/// A number as a precision holds it.
fn rounded(number: f64, precision: Precision) -> f64 {
    match precision {
        Precision::F64 => number,
        Precision::F32 => f64::from(number as f32),
    }
}

pub(super) fn name_of(tensors: &[TensorShape], place: usize) -> String {
    let mut start = 0;
    for TensorShape { name, shape } in tensors {
        let length: usize = shape.iter().product();
        if place < start + length {
            let mut rest = place - start;
            let mut indices: Vec<String> = Vec::new();
            for &length in shape.iter().rev() {
                indices.insert(0, (rest % length).to_string());
                rest /= length;
            }
            return format!("{}[{}]", printable(name), indices.join(", "));
        }
        start += length;
    }
    format!("entry {place}")
}

/// A list that has to hold a number for each parameter.
///
/// # Errors
/// A list of another length.
pub(super) fn of_length(tensors: &[TensorShape], what: &str, list: Vec<f64>) -> Result<Vec<f64>> {
    let needed = tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add);
    if list.len() == needed {
        return Ok(list);
    }
    Err(Error::Count {
        what: what.into(),
        given: list.len(),
        needed_by: "the list of tensors".into(),
        needed,
    })
}

#[cfg(test)]
mod tests {
    use super::{ModelCase, Setting};
    use crate::model::Model;
    use init_symmetry_gradient::LossAndGradient;
    use init_symmetry_network::Result;
    use init_symmetry_network::symmetry::TensorShape;

    struct Nothing;

    impl Model for Nothing {
        fn name(&self) -> &str {
            "nothing"
        }

        fn tensors(&self) -> Vec<TensorShape> {
            vec![TensorShape::new("w", &[3, 16])]
        }

        fn evaluate(&self, _: &[f64], _: u64) -> Result<LossAndGradient> {
            Ok(LossAndGradient { loss: 0.0, gradient: vec![0.0; 48] })
        }
    }

    #[test]
    fn every_order_moves_two_units_and_every_pair_has_two() {
        for seed in 0..200 {
            let setting = Setting::of(&Nothing, ModelCase { seed, batch: 0 }).unwrap();
            for units in 2..5 {
                let mut order = setting.order(units);
                assert!(!order.is_sorted(), "seed {seed}: {order:?}");
                order.sort_unstable();
                assert!(order.into_iter().eq(0..units));
                let [first, second] = setting.pair(units);
                assert!(first < second && second < units);
            }
        }
    }

    #[test]
    fn drawn_weights_are_not_zero_and_have_the_size_that_their_inputs_ask_for() {
        let setting = Setting::of(&Nothing, ModelCase { seed: 1, batch: 0 }).unwrap();
        // k/64 over the root of 16 inputs
        let is_due = |w: &f64| *w != 0.0 && w.abs() <= 0.25 && (w * 256.0).fract() == 0.0;
        assert!(setting.parameters.iter().all(is_due), "{:?}", setting.parameters);
    }
}
