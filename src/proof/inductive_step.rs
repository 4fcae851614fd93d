//! The inductive step: two units that are twins before a step are twins after it.
//!
//! Everything is free except that one unit is a copy of the other. The control drops one equality
//! of that hypothesis at a time, and then the gradients of the two units must be other terms.

use super::symbols::{free_batch, free_parameters, free_rate};
use super::{Proof, name_of};
use crate::scalar::{Term, questions};
use crate::{Batch, Forward, Gradient, Network, Parameters, Result};
use ndarray::Array2;
use std::fmt;

/// Two units of a hidden layer. Layers are counted from 1, units from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The hidden layer.
    pub layer: usize,
    /// The first unit.
    pub first: usize,
    /// Another unit.
    pub second: usize,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "units {} and {} of layer {}", self.first, self.second, self.layer)
    }
}

/// Every pair of units in every hidden layer.
///
/// ```
/// use init_symmetry::{Activation, Loss, Network, proof::pairs};
/// let network = Network::new(&[2, 3, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
/// assert_eq!(pairs(&network).count(), 3 + 1);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn pairs(network: &Network) -> impl Iterator<Item = Pair> + '_ {
    (1..network.depth()).flat_map(move |layer| {
        let width = network.widths()[layer];
        (0..width).flat_map(move |first| {
            (first + 1..width).map(move |second| Pair { layer, first, second })
        })
    })
}

/// What one symbolic step computed.
pub(super) struct Step {
    pub(super) forward: Forward<Term>,
    pub(super) gradient: Gradient<Term>,
    pub(super) after: Parameters<Term>,
}

/// One symbolic step of the shipped network.
pub(super) fn shipped_step(
    network: &Network,
    start: &Parameters<Term>,
    batch: &Batch<Term>,
) -> Result<Step> {
    Ok(Step {
        forward: network.forward(start, batch.x())?,
        gradient: network.evaluate(start, batch)?.gradient,
        after: network.step(start, batch, free_rate())?,
    })
}

/// One equation of a pair: its name and its sides.
struct Equation {
    name: String,
    first: Term,
    second: Term,
}

/// The unit's row of one matrix, entry of another and column of a third, against its twin's.
fn unit_equations(
    pair: Pair,
    letter: &str,
    (w, b, w_above): (&Array2<Term>, &Array2<Term>, &Array2<Term>),
) -> Vec<Equation> {
    let Pair { layer: l, first: i, second: k } = pair;
    let rows = [(format!("{letter}w{l}"), w), (format!("{letter}b{l}"), b)];
    let mut equations: Vec<Equation> =
        rows.iter().flat_map(|(name, matrix)| row_equations(pair, name, matrix)).collect();
    equations.extend(w_above.rows().into_iter().enumerate().map(|(h, row)| Equation {
        name: format!("{letter}w{}[{h}, {i}] = {letter}w{}[{h}, {k}]", l + 1, l + 1),
        first: row[i],
        second: row[k],
    }));
    equations
}

fn row_equations(pair: Pair, name: &str, matrix: &Array2<Term>) -> Vec<Equation> {
    let Pair { first: i, second: k, .. } = pair;
    let columns = 0..matrix.ncols();
    let equation = |j| Equation {
        name: format!("{name}[{i}, {j}] = {name}[{k}, {j}]"),
        first: matrix[[i, j]],
        second: matrix[[k, j]],
    };
    columns.map(equation).collect()
}

fn gradient_equations(pair: Pair, gradient: &Gradient<Term>) -> Vec<Equation> {
    let l = pair.layer;
    unit_equations(pair, "d", (gradient.dw(l), gradient.db(l), gradient.dw(l + 1)))
}

fn step_equations(pair: Pair, step: &Step) -> Vec<Equation> {
    let Pair { layer: l, .. } = pair;
    let after = &step.after;
    let mut equations = row_equations(pair, &format!("z{l}"), step.forward.z(l));
    equations.extend(row_equations(pair, &format!("a{l}"), step.forward.a(l)));
    equations.extend(gradient_equations(pair, &step.gradient));
    equations.extend(unit_equations(pair, "new ", (after.w(l), after.b(l), after.w(l + 1))));
    equations
}

/// Everything free, except that the second unit is a copy of the first.
fn free_twins(network: &Network, pair: Pair) -> Parameters<Term> {
    let Pair { layer: l, first: i, second: k } = pair;
    let mut parameters = free_parameters(network);
    let (below, above) = parameters.layers.split_at_mut(l);
    let layer = &mut below[l - 1];
    for matrix in [&mut layer.w, &mut layer.b] {
        let row = matrix.row(i).to_owned();
        matrix.row_mut(k).assign(&row);
    }
    let column = above[0].w.column(i).to_owned();
    above[0].w.column_mut(k).assign(&column);
    parameters
}

/// Proves that a pair of twins stays one; see [`super::Statement::InductiveStep`].
pub(super) fn prove_pair(network: &Network, examples: usize, pair: Pair) -> Result<Proof> {
    prove_pair_of(shipped_step, network, examples, pair)
}

fn prove_pair_of(
    run: impl Fn(&Network, &Parameters<Term>, &Batch<Term>) -> Result<Step>,
    network: &Network,
    examples: usize,
    pair: Pair,
) -> Result<Proof> {
    let (start, batch) = (free_twins(network, pair), free_batch(network, examples)?);
    let questions_before = questions();
    let step = run(network, &start, &batch)?;
    let asked = questions() - questions_before;
    let mut proof = Proof { runs: 1, ..Proof::default() };
    let of = || format!("{}, {pair}", name_of(network, examples));
    proof.require(
        asked == 0,
        || (of(), "the network asks no question about a value".into()),
        || format!("it asked {asked}"),
    );
    for Equation { name, first, second } in step_equations(pair, &step) {
        proof.require_same(first, second, || (of(), name));
    }
    Ok(proof)
}

/// Every entry of the second unit: its row of W\[l\], its bias, its column of W\[l+1\].
fn entries_of_the_second(network: &Network, pair: Pair) -> Vec<UnitEntry> {
    let Pair { layer: l, second: k, .. } = pair;
    let (_, n_below) = network.extent_of_w(l);
    let row = (0..n_below).map(|h| UnitEntry { layer: l, is_bias: false, place: [k, h] });
    let bias = [UnitEntry { layer: l, is_bias: true, place: [k, 0] }];
    let column = (0..network.widths()[l + 1]).map(|h| UnitEntry {
        layer: l + 1,
        is_bias: false,
        place: [h, k],
    });
    row.chain(bias).chain(column).collect()
}

struct UnitEntry {
    layer: usize,
    is_bias: bool,
    place: [usize; 2],
}

impl UnitEntry {
    fn in_parameters<'a>(&self, parameters: &'a mut Parameters<Term>) -> &'a mut Term {
        let layer = &mut parameters.layers[self.layer - 1];
        let matrix = if self.is_bias { &mut layer.b } else { &mut layer.w };
        &mut matrix[self.place]
    }
}

impl fmt::Display for UnitEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = if self.is_bias { 'b' } else { 'w' };
        write!(f, "{letter}{}[{}, {}]", self.layer, self.place[0], self.place[1])
    }
}

/// Shows that no equality of the hypothesis is idle; see [`super::Statement::UntwinnedControl`].
pub(super) fn control_pair(network: &Network, examples: usize, pair: Pair) -> Result<Proof> {
    let gradient =
        |network: &Network, start: &_, batch: &_| Ok(network.evaluate(start, batch)?.gradient);
    control_pair_of(gradient, network, examples, pair)
}

fn control_pair_of(
    run: impl Fn(&Network, &Parameters<Term>, &Batch<Term>) -> Result<Gradient<Term>>,
    network: &Network,
    examples: usize,
    pair: Pair,
) -> Result<Proof> {
    let (twins, batch) = (free_twins(network, pair), free_batch(network, examples)?);
    let mut proof = Proof::default();
    for entry in entries_of_the_second(network, pair) {
        // The entry itself differs after the step in any case, so only gradients count.
        let gradient = run(network, &untwinned(&twins, &entry), &batch)?;
        let differ = |equation: &Equation| !equation.first.same(equation.second);
        proof.runs += 1;
        proof.require(
            gradient_equations(pair, &gradient).iter().any(differ),
            || {
                let of = format!("{}, {pair}", name_of(network, examples));
                (of, format!("gradients differ where {entry} is untwinned"))
            },
            || "they are the same terms".into(),
        );
    }
    Ok(proof)
}

/// The same twins, but for one entry of the second that is free.
fn untwinned(twins: &Parameters<Term>, entry: &UnitEntry) -> Parameters<Term> {
    let mut start = twins.clone();
    *entry.in_parameters(&mut start) = Term::symbol("untwinned");
    start
}

#[cfg(test)]
mod tests {
    use super::{
        Pair, control_pair_of, entries_of_the_second, free_twins, gradient_equations,
        prove_pair_of, shipped_step, untwinned,
    };
    use crate::proof::faulty_step::{Fault, faulty_step};
    use crate::proof::symbols::{free_batch, free_parameters};
    use crate::proof::{Proof, ProofFailure, ProofStatus};
    use crate::scalar::{Term, Trace};
    use crate::{Activation, Loss, Network};
    use num_traits::Zero;

    fn network() -> Network {
        Network::new(&[2, 3, 2], Activation::Tanh, Loss::CrossEntropy).unwrap()
    }

    fn prove(fault: Option<Fault>, first: usize, second: usize) -> Proof {
        let step =
            |network: &Network, start: &_, batch: &_| Ok(faulty_step(fault, network, start, batch));
        prove_pair_of(step, &network(), 2, Pair { layer: 1, first, second }).unwrap()
    }

    #[test]
    fn the_copy_of_the_network_that_faults_are_planted_in_is_the_shipped_one() {
        let (start, batch) = (free_parameters(&network()), free_batch(&network(), 2).unwrap());
        let copy = faulty_step(None, &network(), &start, &batch);
        let shipped = shipped_step(&network(), &start, &batch).unwrap();
        assert_eq!(copy.after, shipped.after);
        assert_eq!(copy.gradient, shipped.gradient);
        assert_eq!(copy.forward, shipped.forward);
        // and each fault is one
        for fault in Fault::ALL {
            let faulty = faulty_step(Some(fault), &network(), &start, &batch);
            assert_ne!(faulty.after, shipped.after, "{fault:?}");
        }
    }

    #[test]
    fn a_row_that_is_summed_in_reverse_fails_the_step_with_both_terms_in_the_message() {
        assert_eq!(prove(Some(Fault::LastRowReversed), 0, 1).verdict(), ProofStatus::Proved);
        let failure = prove(Some(Fault::LastRowReversed), 0, 2).failure.unwrap();
        assert_eq!(
            failure,
            ProofFailure {
                of: "2-3-2 tanh cross-entropy, 2 examples, units 0 and 2 of layer 1".into(),
                obligation: "z1[0, 0] = z1[2, 0]".into(),
                because: "one is (mul_add(w1[0, 1], x[1, 0], mul_add(w1[0, 0], x[0, 0], 0)) + \
                          b1[0, 0]) and the other (mul_add(w1[0, 0], x[0, 0], mul_add(w1[0, 1], \
                          x[1, 0], 0)) + b1[0, 0]); they first differ at w1[0, 1] and w1[0, 0]"
                    .into(),
            }
        );
    }

    #[test]
    fn swapped_deltas_fail_the_step_unless_the_swapped_units_are_the_twins() {
        // Units 0 and 1 have their deltas swapped: their twinhood cannot tell, another's can.
        assert_eq!(prove(Some(Fault::SwappedDeltas), 0, 1).verdict(), ProofStatus::Proved);
        assert_eq!(prove(Some(Fault::SwappedDeltas), 0, 2).verdict(), ProofStatus::Failed);
    }

    #[test]
    fn a_wrong_gradient_keeps_twins_too_so_the_step_is_no_test_of_backprop() {
        // Wrong, but wrong in the same way for every unit. The tie with the model in `proofs/`
        // rejects both, and so does the derivative of the specification the first.
        for fault in [Fault::WrongSign, Fault::EveryRowReversed] {
            for (first, second) in [(0, 1), (0, 2), (1, 2)] {
                assert_eq!(prove(Some(fault), first, second).verdict(), ProofStatus::Proved);
            }
        }
    }

    #[test]
    fn a_network_that_looks_at_its_values_is_not_proved() {
        assert_eq!(prove(Some(Fault::AsksWhetherZero), 0, 1).verdict(), ProofStatus::Failed);
        let failure = prove(Some(Fault::AsksWhetherZero), 0, 1).failure.unwrap();
        assert_eq!(failure.obligation, "the network asks no question about a value");
        // what was asked before is no question of the network
        assert!(!Term::symbol("t").is_zero());
        assert_eq!(prove(None, 0, 1).verdict(), ProofStatus::Proved);
    }

    #[test]
    fn a_control_that_could_not_tell_twins_apart_fails() {
        // With no delta in the hidden layer, the outgoing weights of a unit leave no trace in
        // its gradient: an equality of outgoing columns would be idle.
        let control = |fault| {
            let gradient = |network: &Network, start: &_, batch: &_| {
                Ok(faulty_step(fault, network, start, batch).gradient)
            };
            let pair = Pair { layer: 1, first: 0, second: 1 };
            control_pair_of(gradient, &network(), 2, pair).unwrap()
        };
        assert_eq!((control(None).verdict(), control(None).obligations), (ProofStatus::Proved, 5));
        let failure = control(Some(Fault::NoBackflow)).failure.unwrap();
        assert_eq!(failure.obligation, "gradients differ where w2[0, 1] is untwinned");
    }

    #[test]
    fn untwinned_units_get_other_gradients_in_f64_too() {
        // Terms that differ may have equal values; here they have not.
        let (pair, mut entries) = (Pair { layer: 1, first: 0, second: 2 }, 0);
        let twins = free_twins(&network(), pair);
        let batch = free_batch(&network(), 2).unwrap();
        for entry in entries_of_the_second(&network(), pair) {
            let start = untwinned(&twins, &entry);
            let gradient = network().evaluate(&start, &batch).unwrap().gradient;
            let equations = gradient_equations(pair, &gradient);
            let value = |term: Term| Trace::of(&[term]).evaluate(number_for);
            let differ = equations.iter().any(|e| value(e.first) != value(e.second));
            assert!(differ, "{entry}");
            entries += 1;
        }
        assert_eq!(entries, 2 + 1 + 2);
    }

    /// Some dyadic number, another for each of the names that occur.
    fn number_for(name: &str) -> f64 {
        let sum = name.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 251);
        f64::from(sum) / 128.0 - 1.0
    }
}
