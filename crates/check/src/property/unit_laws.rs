//! Laws of hidden units: balance, renumbering, splitting, parting; and what a softmax conserves.
//!
//! Each compares answers of one subject with one another; the reference only bounds their rounding.
//! `proofs/README.md` has the theorems. Start reading at [`balanced_units`].

use super::invariance::{gradient_of, parameters_of};
use super::judged::{
    agree, answers_agree, declared, declared_near, granted, judged, judged_at, moves, predicted,
    raw,
};
use super::{Case, Cases, Config, Drawn, Outcome, Property, Witness};
use crate::subject::{
    Ability, BiasUse, Convention, Descent, Precision, Subject, require_plain_steps,
    require_plain_training,
};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::symmetry::{group_of_layer, tensors_of_network};
use init_symmetry_network::tolerance::{
    OWN_ROUNDING, gradients_of_two_runs, step as step_rounding,
};
use init_symmetry_network::{
    Error, Evaluation, Layer, LayerGradient, Loss, Network, Parameters, Problem, Result, Scalar,
    parameters_from,
};
use ndarray::{Array1, Array2, ArrayView1, Axis, Zip, concatenate};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::{Deserialize, Serialize};

property! {
    /// Both are the mean of z·dz, because z·g'(z) = g(z). At a kink z is 0, and so are both.
    name: homogeneous_units_are_balanced,
    statement: "for every hidden unit with z·g'(z) = g(z), such as ReLU, the sum of parameter \
                times gradient over its row and bias equals that over its outgoing weights",
    witness: "a sum that is not zero",
    check: balanced_units,
}

fn balanced_units(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { hidden_layers: (1, 3), ..Cases::default() };
    let strategy = cases.where_hidden(|g| g.facts().is_homogeneous).of(subject).generate();
    property.run(subject, config, strategy, |case| {
        let Case { network, parameters, .. } = case;
        let gradient = granted(subject.precision(), &judged_at(subject, case)?.gradient);
        let mut witnessed = false;
        for l in 1..network.depth() {
            for i in 0..network.widths()[l] {
                let incoming = sum_of_products(parameters.w(l).row(i), gradient.dw(l).row(i))
                    + sum_of_products(parameters.b(l).row(i), gradient.db(l).row(i));
                let outgoing =
                    sum_of_products(parameters.w(l + 1).column(i), gradient.dw(l + 1).column(i));
                let what = format!("Σ w·dw + b·db of unit {i} of layer {l}");
                agree(&what, incoming, outgoing)?;
                witnessed |= incoming.value.abs() > incoming.error;
            }
        }
        Ok(witnessed.into())
    })
}

fn sum_of_products(theta: ArrayView1<'_, f64>, slopes: ArrayView1<'_, Bounded>) -> Bounded {
    let products = theta.iter().zip(slopes).map(|(&theta, &slope)| Bounded::exact(theta) * slope);
    sum(products)
}

fn sum(terms: impl IntoIterator<Item = Bounded>) -> Bounded {
    terms.into_iter().fold(Bounded::exact(0.0), |sum, term| sum + term)
}

property! {
    /// Within what the rounding of both runs explains, carried from step to step.
    name: renumbering_units_commutes_with_training,
    statement: "training from renumbered hidden units gives the renumbered result at every step",
    witness: "units that change their places and parameters that move",
    check: renumbered_training,
}

/// Several steps, so that what a step leaves behind would show; few, so that bounds stay narrow.
const STEPS: usize = 3;

/// A case with a new order for the units of each hidden layer.
#[derive(Debug, Serialize, Deserialize)]
struct Renumbered {
    case: Case,
    orders: Vec<Vec<usize>>,
}

impl Drawn for Renumbered {
    fn shown(&self, convention: Convention) -> String {
        let Self { case, orders } = self;
        format!("  orders of the hidden units: {orders:?}\n{}", case.shown(convention))
    }
}

impl Renumbered {
    fn applied_to<S: Scalar>(&self, parameters: &Parameters<S>) -> Result<Parameters<S>> {
        let network = &self.case.network;
        let tensors = tensors_of_network(network);
        let mut entries: Vec<S> = parameters.entries().collect();
        for (l, order) in (1..).zip(&self.orders) {
            let places = group_of_layer(network, l)?.renumbering(&tensors, order)?;
            entries = places.into_iter().map(|place| entries[place]).collect();
        }
        parameters_from(network, &entries)
    }

    fn changes_places(&self) -> bool {
        self.orders.iter().any(|order| order.iter().enumerate().any(|(i, &from)| i != from))
    }
}

/// So many choices, in turn, make all orders of a case.
const CHOICES: usize = 12;

fn renumbered_cases(subject: &dyn Subject) -> impl Strategy<Value = Renumbered> + use<> {
    let cases = Cases { hidden_layers: (1, 3), units: (2, 4), ..Cases::default() };
    let drawn = (cases.of(subject).generate(), vec(any::<Index>(), CHOICES));
    drawn.prop_map(|(case, choices)| {
        let mut choices = choices.into_iter().cycle();
        let hidden = &case.network.widths()[1..case.network.depth()];
        let shuffled = |&units: &usize| {
            let mut order: Vec<usize> = (0..units).collect();
            for (last, choice) in (1..units).rev().zip(&mut choices) {
                order.swap(last, choice.index(last + 1)); // Fisher and Yates
            }
            order
        };
        let orders = hidden.iter().map(shuffled).collect();
        Renumbered { case, orders }
    })
}

fn renumbered_training(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, renumbered_cases(subject), |renumbered| {
        require_plain_training(subject)?;
        let case = &renumbered.case;
        let here = iterates(subject, case, &case.parameters)?;
        let there = iterates(subject, case, &renumbered.applied_to(&case.parameters)?)?;
        let mut due = case.parameters.map(Bounded::exact);
        let mut moved = false;
        for (t, (here, there)) in here.iter().zip(&there).enumerate().skip(1) {
            if !here.is_finite() || !there.is_finite() {
                break; // NaN has many bit patterns
            }
            let step = after_a_step(subject, case, &due, here)?;
            due = step.due;
            for (there, due) in there.entries().zip(renumbered.applied_to(&due)?.entries()) {
                let what = format!("step {t} from renumbered units: a parameter");
                agree(&what, Bounded::exact(there), due)?;
            }
            moved |= *here != case.parameters;
            if !step.is_declared {
                break; // how a wrong program magnifies rounding is not known
            }
        }
        Ok(Witness::from(moved && renumbered.changes_places()))
    })
}

/// The iterations of a training, up to an overflow.
fn iterates(
    subject: &dyn Subject,
    case: &Case,
    start: &Parameters<f64>,
) -> Result<Vec<Parameters<f64>>> {
    let mut iterates = Vec::new();
    let observe = &mut |_, now: &Parameters<f64>| iterates.push(now.clone());
    let descent = Descent { rate: case.rate, steps: STEPS };
    match subject.train(case.network.at(start, &case.batch), descent, observe) {
        Ok(_) | Err(Error::Diverged { .. }) => Ok(iterates),
        Err(error) => Err(error),
    }
}

/// An iterate of training.
struct Step {
    /// It, with a bound on how far another run may be that was within the bounds of the one before.
    due: Parameters<Bounded>,
    /// Whether it is what the subject declares, so that the bounds speak of its training.
    is_declared: bool,
}

fn after_a_step(
    subject: &dyn Subject,
    case: &Case,
    before: &Parameters<Bounded>,
    after: &Parameters<f64>,
) -> Result<Step> {
    let declaration = subject.declaration();
    let values = before.map(|entry| entry.value);
    let problem = case.network.at(&values, &case.batch);
    let mut here = declared(&declaration, problem)?.gradient;
    let mut near = declared_near(&declaration, problem, before)?.gradient;
    if declaration.biases != BiasUse::Trained {
        let both = here.layers.iter_mut().chain(&mut near.layers);
        both.for_each(|layer| layer.db.fill(Bounded::exact(0.0)));
    }
    let block = |before, here, near, after| {
        block_after_a_step(subject.precision(), case.rate, [before, here, near], after)
    };
    let layers = before.layers.iter().zip(&after.layers).zip(here.layers.iter().zip(&near.layers));
    let layers = layers.map(|((before, after), (here, near))| Layer {
        w: block(&before.w, &here.dw, &near.dw, &after.w),
        b: block(&before.b, &here.db, &near.db, &after.b),
    });
    let due = Parameters { layers: layers.collect() };
    let declared = values.map(Bounded::exact).descend(&here, Bounded::exact(case.rate))?;
    let explained = |(due, declared): (Bounded, Bounded)| due.explains(due.value - declared.value);
    let is_declared = due.entries().zip(declared.entries()).all(explained);
    Ok(Step { due, is_declared })
}

/// The same of a block: `here` bounds the rounding of a gradient, `near` also what it is elsewhere
/// within the bounds of the parameters.
fn block_after_a_step(
    precision: Precision,
    rate: f64,
    [before, here, near]: [&Array2<Bounded>; 3],
    after: &Array2<f64>,
) -> Array2<Bounded> {
    let moves = before.iter().zip(after).map(|(before, after)| (after - before.value).abs());
    // granted, as to any gradient that need not be right
    let own = precision.bound(OWN_ROUNDING) * moves.fold(0.0, f64::max);
    Zip::from(before).and(here).and(near).and(after).map_collect(|before, here, near, &value| {
        // how far the runs are apart is known in the subject's precision already
        let rounding = precision.bound(here.error);
        let near = match near.error.is_finite() {
            true => near.error - here.error + rounding,
            false => f64::INFINITY,
        };
        let of_gradients = rate * gradients_of_two_runs(rounding, near);
        let moved = value - before.value;
        let of_step = step_rounding(precision.unit_roundoff(), before.value, moved);
        Bounded { value, error: before.error + of_gradients.max(own) + of_step }
    })
}

property! {
    /// The copies' shares of the outgoing weights, s and 1 − s, need not lie between 0 and 1.
    name: a_split_unit_computes_the_same,
    statement: "splitting a unit into two copies that share its outgoing weights changes neither \
                loss nor predictions; the row and bias of each copy get its share of the unit's \
                gradient, and its outgoing weights get the unit's gradient in full",
    witness: "a gradient that is not zero",
    check: split_unit,
}

/// A case with one of its hidden units, and the share of one of two copies.
#[derive(Debug, Serialize, Deserialize)]
struct Split {
    case: Case,
    layer: usize,
    unit: usize,
    share: f64,
}

impl Drawn for Split {
    fn shown(&self, convention: Convention) -> String {
        let Self { case, layer, unit, share } = self;
        let case = case.shown(convention);
        format!("  unit {unit} of layer {layer} split with shares {share} and 1 − {share}\n{case}")
    }
}

impl Split {
    fn network(&self) -> Result<Network> {
        widened(&self.case, self.layer, &[self.unit], 1)
    }

    /// The parameters, or what has their shapes, with a copy of the unit: its row and bias, and its
    /// outgoing weights, are multiplied for the unit and for the copy.
    fn applied_to<S: Scalar>(
        &self,
        parameters: &Parameters<S>,
        incoming: [S; 2],
        outgoing: [S; 2],
    ) -> Parameters<S> {
        let mut split = parameters.clone();
        let Some([here, above]) = split.layers.get_mut(self.layer - 1..=self.layer) else {
            return split;
        };
        let share = |matrix: &mut Array2<S>, axis: Axis, [own, of_copy]: [S; 2]| {
            let copy = matrix.index_axis(axis, self.unit).mapv(|entry| of_copy * entry);
            matrix.index_axis_mut(axis, self.unit).mapv_inplace(|entry| own * entry);
            append(matrix, axis, copy);
        };
        share(&mut here.w, Axis(0), incoming);
        share(&mut here.b, Axis(0), incoming);
        share(&mut above.w, Axis(1), outgoing);
        split
    }
}

/// The network of a case with more units in a hidden layer that has the named ones.
fn widened(case: &Case, layer: usize, named: &[usize], more: usize) -> Result<Network> {
    let network = &case.network;
    let units = group_of_layer(network, layer)?.units;
    if let Some(&index) = named.iter().find(|unit| **unit >= units) {
        return Err(Error::NoSuch {
            what: "units are numbered from 0: unit".into(),
            index,
            count: units,
        });
    }
    let mut widths = network.widths().to_vec();
    widths[layer] += more;
    network.with_widths(&widths)
}

/// One more row, or one more column.
fn append<S: Clone>(matrix: &mut Array2<S>, axis: Axis, entries: Array1<S>) {
    *matrix = concatenate![axis, *matrix, entries.insert_axis(axis)];
}

/// s is dyadic, so that s·v and (1 − s)·v are exact.
fn split_cases(subject: &dyn Subject) -> impl Strategy<Value = Split> + use<> {
    let cases = Cases { hidden_layers: (1, 3), ..Cases::default() };
    let drawn = (cases.of(subject).generate(), any::<[Index; 2]>(), -64..=128_i32);
    drawn.prop_map(|(case, [layer, unit], share)| {
        let layer = 1 + layer.index(case.network.depth() - 1);
        let unit = unit.index(case.network.widths()[layer]);
        Split { case, layer, unit, share: f64::from(share) / 64.0 }
    })
}

fn split_unit(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, split_cases(subject), |split| {
        let case = &split.case;
        let network = split.network()?;
        let shares = [split.share, 1.0 - split.share];
        let parameters = split.applied_to(&case.parameters, [1.0; 2], shares);
        let Evaluation { loss, gradient } = judged_at(subject, case)?;
        let there = judged(subject, network.at(&parameters, &case.batch))?;
        let in_full = [Bounded::of(1); 2];
        let due = split.applied_to(&parameters_of(&gradient), shares.map(Bounded::exact), in_full);
        answers_agree(subject, &there, &Evaluation { loss, gradient: gradient_of(due) })?;
        if subject.supports(Ability::Predict) {
            let wider = Case { network, parameters, ..case.clone() };
            let [here, there] = [predicted(subject, case)?, predicted(subject, &wider)?];
            for (((i, j), &here), &there) in here.indexed_iter().zip(&there) {
                let place = subject.convention().place_of_example(i, j);
                agree(&format!("y_hat{place} of the split network"), there, here)?;
            }
        }
        Ok(moves(&gradient).into())
    })
}

property! {
    /// What they part by is the gradient of a unit that one asks of a wider network: with their row
    /// and bias and the outgoing weights v − u, beside its mirror with u − v. The two cancel.
    name: equal_rows_part_by_an_exact_amount,
    statement: "one step moves two units with equal rows and biases apart by −α times the gradient \
                of a unit that has their row and bias and the difference of their outgoing \
                weights; that difference does not change",
    witness: "rows that move apart",
    check: parting_rows,
}

/// A case in which two units of a hidden layer have equal rows and biases.
#[derive(Debug, Serialize, Deserialize)]
struct EqualRows {
    case: Case,
    layer: usize,
    first: usize,
    second: usize,
}

impl Drawn for EqualRows {
    fn shown(&self, convention: Convention) -> String {
        let Self { case, layer, first, second } = self;
        let case = case.shown(convention);
        format!("  units {first} and {second} of layer {layer} have equal rows and biases\n{case}")
    }
}

impl EqualRows {
    /// The network with two units more, which cancel, and their parameters.
    fn probed(&self) -> Result<(Network, Parameters<f64>)> {
        let Self { case, layer, first, second } = self;
        let network = widened(case, *layer, &[*first, *second], 2)?;
        let mut parameters = case.parameters.clone();
        let [here, above] = &mut parameters.layers[layer - 1..=*layer] else {
            return Ok((network, parameters));
        };
        let difference = &above.w.column(*first) - &above.w.column(*second);
        for outgoing in [difference.clone(), -difference] {
            let (row, bias) = (here.w.row(*first).to_owned(), here.b.row(*first).to_owned());
            append(&mut here.w, Axis(0), row);
            append(&mut here.b, Axis(0), bias);
            append(&mut above.w, Axis(1), outgoing);
        }
        Ok((network, parameters))
    }
}

fn cases_of_equal_rows(subject: &dyn Subject) -> impl Strategy<Value = EqualRows> + use<> {
    let cases = Cases { hidden_layers: (1, 3), units: (2, 4), ..Cases::default() };
    let drawn = (cases.of(subject).generate(), any::<[Index; 3]>());
    drawn.prop_map(|(mut case, [layer, first, second])| {
        let layer = 1 + layer.index(case.network.depth() - 1);
        let units = case.network.widths()[layer];
        let first = first.index(units);
        let second = (first + 1 + second.index(units - 1)) % units;
        let Layer { w, b } = &mut case.parameters.layers[layer - 1];
        let row = w.row(first).to_owned();
        w.row_mut(second).assign(&row);
        b[[second, 0]] = b[[first, 0]];
        EqualRows { case, layer, first, second }
    })
}

fn parting_rows(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, cases_of_equal_rows(subject), |equal| {
        require_plain_steps(subject)?;
        let EqualRows { case, layer, first, second } = equal;
        let (l, first, second) = (*layer, *first, *second);
        let (network, parameters) = equal.probed()?;
        let probing = judged(subject, network.at(&parameters, &case.batch))?.gradient;
        let probing = granted(subject.precision(), &probing);
        let probe = case.network.widths()[l];
        let declared = subject.declaration();
        let scale = declared.scale(case.batch.m(), case.batch.y().nrows());
        let minus_rate = Bounded::exact(-case.rate) * Bounded::exact(scale);
        let after = stepped(subject, case.problem(), case.rate)?;
        let mut parted = false;
        for k in 0..after.w(l).ncols() {
            let apart = after.w(l)[[first, k]] - after.w(l)[[second, k]];
            let due = minus_rate * probing.dw(l)[[probe, k]];
            agree(&format!("the distance of the rows of layer {l} at input {k}"), apart, due)?;
            parted |= due.value.abs() > due.error;
        }
        let bias = match declared.biases {
            BiasUse::Trained => minus_rate * probing.db(l)[[probe, 0]],
            BiasUse::Fixed | BiasUse::None => Bounded::exact(0.0),
        };
        let apart = after.b(l)[[first, 0]] - after.b(l)[[second, 0]];
        agree(&format!("the distance of the biases of layer {l}"), apart, bias)?;
        for (above, before) in
            after.w(l + 1).rows().into_iter().zip(case.parameters.w(l + 1).rows())
        {
            let kept = Bounded::exact(before[first] - before[second]); // exact: dyadic
            agree("the difference of outgoing weights", above[first] - above[second], kept)?;
        }
        Ok(parted.into())
    })
}

/// The subject's own step, with a bound on what rounding may do to each parameter.
fn stepped(
    subject: &dyn Subject,
    problem: Problem<'_, f64>,
    rate: f64,
) -> Result<Parameters<Bounded>> {
    let precision = subject.precision();
    let slopes = raw(subject, problem, &subject.evaluate(problem)?)?.gradient;
    let slopes = granted(precision, &slopes);
    let after = subject.step(problem, rate)?;
    let block = |before: &Array2<f64>, slopes: &Array2<Bounded>, after: &Array2<f64>| {
        Zip::from(before).and(slopes).and(after).map_collect(|&before, slope, &value| {
            let of_step = step_rounding(precision.unit_roundoff(), before, rate * slope.value);
            Bounded { value, error: rate * slope.error + of_step }
        })
    };
    let layers = problem.parameters.layers.iter().zip(&after.layers).zip(&slopes.layers);
    let layers = layers.map(|((before, after), LayerGradient { dw, db })| Layer {
        w: block(&before.w, dw, &after.w),
        b: block(&before.b, db, &after.b),
    });
    Ok(Parameters { layers: layers.collect() })
}

property! {
    /// Because ŷ and y both add up to 1 over the classes. A step is asked where no decay is
    /// declared.
    name: softmax_gradients_sum_to_zero,
    statement: "with softmax cross-entropy, db and dW of the last layer sum to zero over the \
                outputs, and a step preserves these sums of b and W",
    witness: "a gradient of the output that is not zero",
    check: conserved_sums,
}

fn conserved_sums(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().where_loss(Loss::couples_outputs).of(subject).generate();
    property.run(subject, config, strategy, |case| {
        let top = case.network.depth();
        let gradient = granted(subject.precision(), &judged_at(subject, case)?.gradient);
        for (name, slopes) in [("dw", gradient.dw(top)), ("db", gradient.db(top))] {
            for (k, column) in slopes.columns().into_iter().enumerate() {
                let what = format!("the sum of {name}{top} over the outputs, at {k},");
                agree(&what, sum(column.iter().copied()), Bounded::exact(0.0))?;
            }
        }
        if require_plain_steps(subject).is_ok() {
            let after = stepped(subject, case.problem(), case.rate)?;
            let before = case.parameters.map(Bounded::exact);
            let blocks = [("w", before.w(top), after.w(top)), ("b", before.b(top), after.b(top))];
            for (name, before, after) in blocks {
                let columns = before.columns().into_iter().zip(after.columns());
                for (k, (before, after)) in columns.enumerate() {
                    let [before, after] = [before, after].map(|it| sum(it.iter().copied()));
                    let what =
                        format!("after a step the sum of {name}{top} over the outputs, at {k},");
                    agree(&what, after, before)?;
                }
            }
        }
        let mut slopes = gradient.dw(top).iter().chain(gradient.db(top));
        Ok(Witness::from(slopes.any(|slope| slope.value != 0.0)))
    })
}
