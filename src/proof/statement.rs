//! The statements by name, each proved of one network or of every small one.

use super::inductive_step::{control_pair, pairs, prove_pair};
use super::{
    Pair, Proof, base_case, counted, exact_gradient, training, uniform_kernel, within_memory,
    zero_trajectory,
};
use crate::{Activation, Error, Loss, Network, Result};
use std::time::Instant;
use strum::{Display, EnumString, VariantArray};

/// A statement about the shipped network, proved for all values at a shape.
///
/// What fails when the code is changed, each tried, on the shipped code or on the copy of it that
/// the unit tests plant faults in:
///
/// - a sign in backpropagation: [`Statement::UpdateIsTheDerivative`] and the tie of `proofs/`, but
///   not the inductive step, because a wrong gradient keeps twins too;
/// - the deltas of two units swapped: the same, and the inductive step of every other pair;
/// - every product summed in reverse: the tie, but no statement here: that kernel is uniform too;
/// - one row of a product summed in reverse: [`Statement::UniformKernel`], the inductive step and
///   the tie;
/// - another product for `f64`, such as ndarray's own: the faithfulness test, but no statement
///   here, because terms do not take that path;
/// - training by another rate than the step's: [`Statement::TrainingRepeatsTheStep`];
/// - code that asks whether a number is zero: [`Statement::InductiveStep`].
///
/// ```
/// use init_symmetry::{Activation, Loss, Network, proof::{Statement, ProofStatus}};
/// let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// let proof = Statement::InductiveStep.prove(&network, 2)?;
/// assert_eq!(proof.verdict(), ProofStatus::Proved);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantArray, strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Statement {
    /// Every entry of each product and row sum that a step computes is one and the same function of
    /// its row and its column, for matrices that lie row by row, column by column (as a transposed
    /// view does), with gaps, or reversed.
    UniformKernel,
    /// Units that are twins before a step have equal rows of Z, A, dW and db and equal columns of
    /// the next dW, and are twins after it; and the network asks no question about a value.
    InductiveStep,
    /// Where one entry of a twin's row, bias or outgoing column is free, its gradient is another
    /// expression than its twin's: no equality of the hypothesis is idle.
    UntwinnedControl,
    /// Two steps of training are two single steps, and training does nothing else to the
    /// parameters. That a longer training goes on so is read off its loop, not proved.
    TrainingRepeatsTheStep,
    /// Zero and constant starts make every two units of a hidden layer twins. Unlike the others
    /// this runs the shipped initialiser in floats, at listed constants.
    BaseCase,
    /// From zero every weight and hidden bias is +0, to the bit, at every step of every finite run;
    /// needs a hidden layer and g(0) = 0.
    ZeroTrajectory,
    /// A step moves the parameters by −α times the derivative of the specification: tested exactly
    /// over the integers modulo 2^61 − 1 with uninterpreted functions, not proved. A polynomial
    /// identity test: it errs with a probability of about degree / 2^61 per key.
    UpdateIsTheDerivative,
}

impl Statement {
    /// What is said of this network; a network of which nothing is said gets a vacuous proof.
    ///
    /// # Errors
    /// No examples, or a symbolic run that would not fit into memory.
    pub fn prove(self, network: &Network, examples: usize) -> Result<Proof> {
        self.prove_of(network, examples, pairs(network))
    }

    /// What is said of one pair of units; where [`Statement::is_about_pairs`] is not so, the same
    /// as [`Statement::prove`].
    ///
    /// # Errors
    /// As [`Statement::prove`], and a layer or unit that does not exist.
    pub fn prove_pair(self, network: &Network, examples: usize, pair: Pair) -> Result<Proof> {
        check(network, pair)?;
        self.prove_of(network, examples, std::iter::once(pair))
    }

    fn prove_of(
        self,
        network: &Network,
        examples: usize,
        pairs: impl Iterator<Item = Pair>,
    ) -> Result<Proof> {
        within_memory(network, examples)?;
        let start = Instant::now();
        let one_by_one = |prove: fn(&Network, usize, Pair) -> Result<Proof>| {
            let mut whole = Proof::default();
            for pair in pairs {
                whole.absorb(counted(|| prove(network, examples, pair))?);
            }
            Ok(whole)
        };
        let mut proof = match self {
            Self::UniformKernel => uniform_kernel::prove([network].into_iter(), examples),
            Self::InductiveStep => one_by_one(prove_pair),
            Self::UntwinnedControl => one_by_one(control_pair),
            Self::TrainingRepeatsTheStep => counted(|| training::prove(network, examples)),
            Self::BaseCase => counted(|| base_case::prove(network, examples)),
            Self::ZeroTrajectory => zero_trajectory::prove(network, examples),
            Self::UpdateIsTheDerivative => exact_gradient::prove(network, examples),
        }?;
        if proof.obligations > 0 && proof.shapes.is_empty() {
            proof.shapes.insert(network.widths().to_vec());
        }
        proof.elapsed = start.elapsed();
        Ok(proof)
    }

    /// Whether the statement speaks of one pair of units at a time.
    pub fn is_about_pairs(self) -> bool {
        matches!(self, Self::InductiveStep | Self::UntwinnedControl)
    }

    /// The statement in a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::UniformKernel => {
                "every entry of a product is the same function of its row and column"
            }
            Self::InductiveStep => "twins before a step are twins after it",
            Self::UntwinnedControl => {
                "without any one equality, the gradients of twins are different terms"
            }
            Self::TrainingRepeatsTheStep => "training for two steps equals two single steps",
            Self::BaseCase => "zero and constant starts make all hidden units twins",
            Self::ZeroTrajectory => "from zero, where g(0) = 0, only the last bias moves",
            Self::UpdateIsTheDerivative => "a step moves along the specification's derivative",
        }
    }

    /// Whether a run is about all values at its shapes. Two are not: the base case computes with
    /// floats, at listed constants, and the update is compared with the derivative exactly, but at
    /// random numbers and with functions drawn at random.
    pub fn is_about_all_values(self) -> bool {
        !matches!(self, Self::BaseCase | Self::UpdateIsTheDerivative)
    }

    /// Whether the statement claims anything of networks like this one.
    pub fn is_about(self, network: &Network) -> bool {
        match self {
            Self::InductiveStep | Self::UntwinnedControl | Self::BaseCase => {
                pairs(network).next().is_some()
            }
            Self::UniformKernel | Self::TrainingRepeatsTheStep | Self::UpdateIsTheDerivative => {
                true
            }
            Self::ZeroTrajectory => {
                let activations = network.activations();
                !activations.is_empty() && activations.iter().all(|g| g.vanishes_at_zero())
            }
        }
    }
}

/// Whether there are two such units.
fn check(network: &Network, pair: Pair) -> Result<()> {
    let Pair { layer, first, second } = pair;
    let hidden = network.depth() - 1;
    if layer == 0 || layer > hidden {
        return Err(Error::NoSuch { what: "hidden layer".into(), index: layer, count: hidden });
    }
    let count = network.widths()[layer];
    if let Some(index) = [first, second].into_iter().find(|&unit| unit >= count) {
        return Err(Error::NoSuch { what: "units are numbered from 0: unit".into(), index, count });
    }
    if first == second {
        let (what, value) = ("the second unit of a pair".into(), second.to_string());
        return Err(Error::OutOfRange { what, value, range: "different from the first".into() });
    }
    Ok(())
}

/// Every network with up to `layers` layers of width up to `width`, input and output included: all
/// shapes, the shallow ones first, with all activations and all losses that the outputs allow.
///
/// # Errors
/// More networks than memory should hold: 2^22 widths in all.
///
/// ```
/// use init_symmetry::{Activation, Loss, proof::networks_up_to};
/// use strum::VariantArray;
/// // as many shapes with one output as with two or three, which have more losses
/// let losses = |outputs| Loss::of_outputs(outputs).count();
/// let kinds = Activation::VARIANTS.len() * (losses(1) + losses(2) + losses(3));
/// assert_eq!(networks_up_to(4, 3)?.len(), (3 + 9 + 27 + 81) * kinds);
/// assert!(networks_up_to(30, 30).is_err());
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn networks_up_to(layers: usize, width: usize) -> Result<Vec<Network>> {
    if layers == 0 || width == 0 {
        return Ok(Vec::new()); // no network has a layer without units
    }
    are_few(layers, width)?;
    let mut networks = Vec::new();
    let mut shapes: Vec<Vec<usize>> = (1..=width).map(|n_x| vec![n_x]).collect();
    for _ in 0..layers {
        let wider = |shape: &Vec<usize>| {
            let shape = shape.clone();
            (1..=width).map(move |n| [shape.as_slice(), &[n]].concat())
        };
        shapes = shapes.iter().flat_map(wider).collect();
        for shape in &shapes {
            for &hidden in Activation::VARIANTS {
                for loss in Loss::of_outputs(shape[shape.len() - 1]) {
                    networks.push(Network::new(shape, hidden, loss)?);
                }
            }
        }
    }
    Ok(networks)
}

/// More widths in one list of networks are refused before memory runs out.
const MOST_WIDTHS: usize = 1 << 22;

/// Refuses a list of networks that would not fit into memory.
fn are_few(layers: usize, width: usize) -> Result<()> {
    let kinds = Activation::VARIANTS.len() * Loss::VARIANTS.len();
    let (mut shapes, mut widths) = (width, 0_usize);
    for depth in 1..=layers {
        shapes = shapes.saturating_mul(width);
        widths = widths.saturating_add(shapes.saturating_mul(kinds * (depth + 1)));
        if widths > MOST_WIDTHS {
            let all = format!("networks with up to {layers} layers of width up to {width}");
            let what = format!("the list of {all}, the first {depth} layers of them alone,");
            return Err(Error::TooLarge { what, numbers: widths, limit: MOST_WIDTHS });
        }
    }
    Ok(())
}

/// Proves a statement of every network that it is about, up to the first failure.
///
/// # Errors
/// No examples, or a symbolic run that would not fit into memory.
///
/// ```
/// use init_symmetry::proof::{Statement, ProofStatus, networks_up_to, prove_all};
/// let proof = prove_all(Statement::InductiveStep, &networks_up_to(2, 2)?, 1)?;
/// assert_eq!((proof.verdict(), proof.shapes.len()), (ProofStatus::Proved, 4));
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn prove_all(statement: Statement, networks: &[Network], examples: usize) -> Result<Proof> {
    let mut whole = Proof::default();
    let start = Instant::now();
    let about: Vec<&Network> =
        networks.iter().filter(|network| statement.is_about(network)).collect();
    if about.is_empty() {
        return Ok(whole); // nothing is said, also where a statement is about products alone
    }
    if statement == Statement::UniformKernel {
        // the networks share most of their products, and each is proved once
        about.iter().try_for_each(|network| within_memory(network, examples))?;
        whole = uniform_kernel::prove(about.into_iter(), examples)?;
    } else {
        for network in about {
            whole.absorb(statement.prove(network, examples)?);
            if whole.failure.is_some() {
                break;
            }
        }
    }
    whole.elapsed = start.elapsed();
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::{Statement, networks_up_to, prove_all};
    use crate::proof::{Pair, ProofStatus};
    use crate::{Activation, Loss, Network};
    use std::collections::BTreeSet;
    use strum::VariantArray;

    fn network(widths: &[usize], hidden: Activation) -> Network {
        Network::new(widths, hidden, Loss::CrossEntropy).unwrap()
    }

    #[test]
    fn every_statement_is_proved_of_a_small_network_with_as_many_obligations_as_it_has() {
        let network = network(&[2, 2, 1], Activation::Tanh);
        let counts = |statement: Statement| {
            let proof = statement.prove(&network, 1).unwrap();
            assert_eq!(proof.verdict(), ProofStatus::Proved, "{statement}");
            if statement != Statement::UniformKernel {
                assert_eq!(proof.shapes, BTreeSet::from([vec![2, 2, 1]]));
            }
            (proof.runs, proof.obligations)
        };
        // no question; z and a; row, bias and column of the gradient, and of what comes after
        assert_eq!(counts(Statement::InductiveStep), (1, 1 + 2 + 4 + 4));
        assert_eq!(counts(Statement::UntwinnedControl), (4, 4));
        // nine parameters at the start, after one step and after two, and at the end
        assert_eq!(counts(Statement::TrainingRepeatsTheStep), (1, 4 * 9));
        assert_eq!(counts(Statement::BaseCase), (8, 8)); // four weights, two biases
        assert_eq!(counts(Statement::ZeroTrajectory), (1, 8)); // all but the last bias
        assert_eq!(counts(Statement::UpdateIsTheDerivative), (2, 2));
        assert!(counts(Statement::UniformKernel).1 > 8);
    }

    #[test]
    fn of_a_network_without_hidden_units_nothing_is_said_of_pairs() {
        let logistic = network(&[2, 1], Activation::Tanh);
        for &statement in Statement::VARIANTS {
            let of_pairs = [
                Statement::InductiveStep,
                Statement::UntwinnedControl,
                Statement::BaseCase,
                Statement::ZeroTrajectory,
            ];
            let nothing = of_pairs.contains(&statement);
            assert_eq!(statement.is_about(&logistic), !nothing, "{statement}");
            let proof = prove_all(statement, std::slice::from_ref(&logistic), 1).unwrap();
            let expected = if nothing { ProofStatus::Vacuous } else { ProofStatus::Proved };
            assert_eq!((proof.verdict(), proof.shapes.is_empty()), (expected, nothing));
        }
        assert_eq!(Statement::InductiveStep.prove(&logistic, 1).unwrap().shapes, BTreeSet::new());
        let one_unit = network(&[2, 1, 1], Activation::Tanh);
        assert!(!Statement::BaseCase.is_about(&one_unit));
        assert!(Statement::ZeroTrajectory.is_about(&one_unit));
        assert!(!Statement::ZeroTrajectory.is_about(&network(&[2, 3, 1], Activation::Sigmoid)));
    }

    #[test]
    fn a_pair_has_to_be_two_units_of_a_hidden_layer() {
        let network = network(&[2, 3, 2, 1], Activation::Tanh);
        let refused = |layer, first, second| {
            let pair = Pair { layer, first, second };
            let proof = Statement::InductiveStep.prove_pair(&network, 1, pair);
            proof.map(|proof| assert_eq!(proof.verdict(), ProofStatus::Proved)).is_err()
        };
        assert!(!refused(1, 0, 2) && !refused(2, 1, 0));
        assert!(refused(0, 0, 1) && refused(3, 0, 1) && refused(4, 0, 1)); // input, output, none
        assert!(refused(2, 0, 2) && refused(2, 2, 0) && refused(1, 1, 1));
    }

    #[test]
    fn pairs_are_the_business_of_two_statements_and_each_has_its_sentence() {
        let of_pairs: Vec<_> =
            Statement::VARIANTS.iter().filter(|statement| statement.is_about_pairs()).collect();
        assert_eq!(of_pairs, [&Statement::InductiveStep, &Statement::UntwinnedControl]);
        let words: BTreeSet<_> = Statement::VARIANTS.iter().map(|it| it.in_words()).collect();
        assert_eq!(words.len(), Statement::VARIANTS.len());
        assert_eq!(Statement::InductiveStep.in_words(), "twins before a step are twins after it");
    }

    #[test]
    fn all_small_networks_are_all_of_them() {
        let networks = networks_up_to(2, 2).unwrap();
        // 2·2 and 2·2·2 shapes
        let losses = Loss::of_outputs(1).count() + Loss::of_outputs(2).count();
        assert_eq!(networks.len(), (2 + 4) * Activation::VARIANTS.len() * losses);
        let widths: BTreeSet<_> = networks.iter().map(|network| network.widths()).collect();
        assert_eq!(widths.len(), 4 + 8);
        let is_tanh = |it: &Network| it.shared_activation() == Some(Activation::Tanh);
        let tanh: Vec<_> = networks.into_iter().filter(is_tanh).collect();
        let proof = prove_all(Statement::InductiveStep, &tanh, 1).unwrap();
        // the shapes with two hidden units, two of them with one output
        assert_eq!((proof.verdict(), proof.shapes.len()), (ProofStatus::Proved, 4));
        assert_eq!(proof.runs, 2 * losses);
        // products of one shape are proved once
        let kernel = prove_all(Statement::UniformKernel, &tanh, 1).unwrap();
        let twice = [&tanh[..], &tanh[..]].concat();
        let again = prove_all(Statement::UniformKernel, &twice, 1).unwrap();
        assert_eq!(kernel.obligations, again.obligations);
    }
}
