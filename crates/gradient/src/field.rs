//! Equality without tolerance: a gradient over the field, against the derivative of its expression.

use super::differentiable::{Block, ranges};
use super::expression::Expression;
use super::expression::ExpressionWithGradient;
use init_symmetry_network::tolerance::chance_of_a_false_pass;
use init_symmetry_network::{Dual, Fp, Result};
use num_traits::Zero;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use std::fmt;

/// What an identity test over the field found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldReport {
    /// The blocks in which some key found a difference, in their order, and last, if there are more
    /// or fewer entries than the blocks hold, `the length of the gradient`.
    pub wrong: Vec<String>,
    /// Whether the loss is the expression's under every key.
    pub loss_agrees: bool,
    /// The blocks whose derivative along the random direction was zero under every key, so that
    /// nothing was tested.
    pub vacuous: Vec<String>,
    /// How many parameters were compared.
    pub parameters: usize,
    /// How many keys were drawn.
    pub keys: usize,
    /// The seed they came from.
    pub seed: u64,
    /// The bound on the chance that one key accepts a formula that is wrong.
    pub chance_per_key: f64,
}

impl FieldReport {
    /// Whether every key found the loss and every block equal, none of them vacuously; never where
    /// there are no parameters.
    pub fn passed(&self) -> bool {
        let is_compared = self.keys > 0 && self.parameters > 0;
        is_compared && self.wrong.is_empty() && self.loss_agrees && self.vacuous.is_empty()
    }
}

impl fmt::Display for FieldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wrong, loss_agrees, vacuous, parameters: _, keys, seed, chance_per_key } = self;
        let said = if self.passed() { "equal" } else { "not shown to be equal" };
        write!(f, "{said} modulo 2^61 − 1 under {keys} keys (seed {seed}); ")?;
        write!(f, "one key accepts a wrong formula with probability at most {chance_per_key:.1e}")?;
        for (what, blocks) in [("wrong", wrong), ("nothing to compare in", vacuous)] {
            if !blocks.is_empty() {
                write!(f, "; {what}: {}", blocks.join(", "))?;
            }
        }
        if *loss_agrees { Ok(()) } else { write!(f, "; the loss differs") }
    }
}

/// Tests that the gradient is the derivative of the expression, as formulas, for all real inputs.
///
/// Under each of `keys` keys, parameters and constants are drawn from the field, and each block is
/// compared along one random direction. The functions are uninterpreted (see [`Fp`]), so one key
/// rejects a wrong formula of smooth functions but for a chance of `degree` / 2^61. For ReLU that
/// holds given the drawn pattern of active units; 64 keys see the patterns of a small network.
///
/// # Errors
/// What keeps the subject from answering.
///
/// ```
/// use init_symmetry_gradient::{NetworkLoss, identity_test};
/// use init_symmetry_network::{Activation, Batch, Loss, Network};
/// use ndarray::Array2;
/// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// // Only the shape of the batch matters: its entries are drawn anew under each key.
/// let batch = Batch::new(Array2::zeros((2, 5)), Array2::zeros((1, 5)))?;
/// let report = identity_test(&NetworkLoss { network: &network, batch: &batch }, 8, 1)?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn identity_test(
    subject: &impl ExpressionWithGradient,
    keys: usize,
    seed: u64,
) -> Result<FieldReport> {
    let blocks = subject.blocks();
    let mut tallies = vec![Tally::default(); blocks.len()];
    let (mut loss_agrees, mut has_another_length) = (true, false);
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    for _ in 0..keys {
        let trial = Trial::draw(subject, &blocks, &mut random);
        let claimed = subject.evaluate_in(&trial.parameters, &trial.constants)?;
        loss_agrees &= claimed.loss == subject.value(&trial.parameters, &trial.constants)?;
        let held = trial.parameters.len();
        has_another_length |= claimed.gradient.len() != held;
        for ((_, range), tally) in ranges(&blocks).zip(&mut tallies) {
            let slope = trial.slope(subject, range.clone())?;
            let along = trial.direction.get(range.clone()).zip(claimed.gradient.get(range));
            // A gradient that is too short is wrong in the blocks that it lacks.
            let claimed = along.map(|(direction, gradient)| {
                direction.iter().zip(gradient).fold(Fp::zero(), |sum, (&v, &g)| sum + v * g)
            });
            tally.wrong |= claimed != Some(slope);
            tally.seen |= !slope.is_zero();
        }
    }
    let mut wrong_length = Vec::new();
    if has_another_length {
        wrong_length.push("the length of the gradient".to_string());
    }
    let named = |is: fn(&Tally) -> bool| -> Vec<String> {
        let blocks = blocks.iter().zip(&tallies).filter(|(_, tally)| is(tally));
        blocks.map(|(block, _)| block.name.clone()).collect()
    };
    Ok(FieldReport {
        wrong: [named(|tally| tally.wrong), wrong_length].concat(),
        loss_agrees,
        vacuous: named(|tally| !tally.seen && !tally.wrong),
        parameters: blocks.iter().map(Block::len).sum(),
        keys,
        seed,
        chance_per_key: chance_of_a_false_pass(subject.degree() as f64, 1),
    })
}

#[derive(Debug, Clone, Default)]
struct Tally {
    wrong: bool,
    seen: bool,
}

/// Everything that is drawn for one key.
struct Trial {
    parameters: Vec<Fp>,
    constants: Vec<Fp>,
    direction: Vec<Fp>,
}

impl Trial {
    fn draw(subject: &impl Expression, blocks: &[Block], random: &mut ChaCha20Rng) -> Self {
        // Key 0 is that of constants.
        let key = random.random_range(1..=u64::MAX);
        let count = blocks.iter().map(Block::len).sum();
        let mut draw = |count| -> Vec<Fp> {
            (0..count).map(|_| Fp::new(random.random_range(1..Fp::MODULUS), key)).collect()
        };
        let constants = draw(subject.constants().len());
        Self { parameters: draw(count), constants, direction: draw(count) }
    }

    /// The derivative of the expression along the direction, within one block.
    fn slope(&self, subject: &impl Expression, block: std::ops::Range<usize>) -> Result<Fp> {
        let dual = |(place, &value)| {
            let derivative =
                if block.contains(&place) { self.direction[place] } else { Fp::zero() };
            Dual { value, derivative }
        };
        let parameters: Vec<_> = self.parameters.iter().enumerate().map(dual).collect();
        let constants: Vec<_> = self.constants.iter().copied().map(Dual::constant).collect();
        Ok(subject.value(&parameters, &constants)?.derivative)
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpressionWithGradient, FieldReport, identity_test};
    use crate::LossAndGradientIn;
    use crate::{Block, Differentiable, Expression, LossAndGradient};
    use init_symmetry_network::{Error, Result, Scalar, Trainable};
    use std::cell::Cell;

    fn report(wrong: &[&str], loss_agrees: bool, vacuous: &[&str], keys: usize) -> FieldReport {
        let [wrong, vacuous] =
            [wrong, vacuous].map(|names| names.iter().map(ToString::to_string).collect());
        FieldReport {
            wrong,
            loss_agrees,
            vacuous,
            parameters: 3,
            keys,
            seed: 7,
            chance_per_key: 1.5e-17,
        }
    }

    #[test]
    fn a_report_passes_only_if_every_part_of_it_does() {
        assert!(report(&[], true, &[], 1).passed());
        assert!(!report(&["w1"], true, &[], 1).passed());
        assert!(!report(&[], false, &[], 1).passed());
        assert!(!report(&[], true, &["b1"], 1).passed());
        assert!(!report(&[], true, &[], 0).passed());
    }

    #[test]
    fn a_report_says_what_is_wrong_and_where_nothing_was_to_be_seen() {
        let chance = "one key accepts a wrong formula with probability at most 1.5e-17";
        let right = report(&[], true, &[], 2).to_string();
        assert_eq!(right, format!("equal modulo 2^61 − 1 under 2 keys (seed 7); {chance}"));
        let wrong = report(&["w1", "b1"], false, &["w2"], 2).to_string();
        let expected = format!(
            "not shown to be equal modulo 2^61 − 1 under 2 keys (seed 7); {chance}; wrong: w1, b1; \
             nothing to compare in: w2; the loss differs"
        );
        assert_eq!(wrong, expected);
    }

    /// a·b with its gradient, and a block that the loss does not depend on. Under its first key
    /// its loss or its gradient is another.
    struct Product {
        asked: Cell<usize>,
        other_loss: bool,
        other_gradient: bool,
    }

    impl Expression for Product {
        fn constants(&self) -> Vec<f64> {
            vec![]
        }

        fn value<S: Scalar>(&self, parameters: &[S], _: &[S]) -> Result<S> {
            Ok(parameters[0] * parameters[1])
        }
    }

    impl Differentiable for Product {
        fn blocks(&self) -> Vec<Block> {
            vec![Block::new("ab", 1, 2), Block::new("idle", 1, 1)]
        }

        fn evaluate(&self, _: &[f64]) -> Result<LossAndGradient> {
            Err(Error::NoExamples) // over the field nobody asks
        }
    }

    impl ExpressionWithGradient for Product {
        fn evaluate_in<S: Trainable>(&self, theta: &[S], _: &[S]) -> Result<LossAndGradientIn<S>> {
            let first = self.asked.replace(self.asked.get() + 1) == 0;
            let more = |yes: bool| if first && yes { S::one() } else { S::zero() };
            let gradient = vec![theta[1] + more(self.other_gradient), theta[0], S::zero()];
            Ok(LossAndGradientIn { loss: theta[0] * theta[1] + more(self.other_loss), gradient })
        }

        fn degree(&self) -> usize {
            2
        }
    }

    #[test]
    fn one_key_that_differs_is_enough_and_what_is_never_seen_is_said() {
        let test = |other_loss, other_gradient| {
            let subject = Product { asked: Cell::new(0), other_loss, other_gradient };
            identity_test(&subject, 3, 1).unwrap()
        };
        let right = test(false, false);
        assert_eq!((right.wrong.len(), right.loss_agrees, right.keys), (0, true, 3));
        assert_eq!(right.vacuous, ["idle"]);
        assert!(!test(true, false).loss_agrees);
        assert_eq!(test(false, true).wrong, ["ab"]);
    }
}
