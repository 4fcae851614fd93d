//! The inductive claim and its limits: what happens to units that start equal, or not.
//!
//! Why twins are apart is said in `drift.rs`; the zero start is in `zero.rs`. Start reading at
//! [`twins_stay_twins`].

use super::digits::apart;
use super::drift::{Setting, Units, Watch, all_units, as_parameters};
use super::judged::bounded_gradient;
use super::outcome::settle;
use super::{Case, Cases, Config, Drawn, Outcome, Property, TwinCase, Witness, make_twins};
use crate::subject::{BiasUse, Convention, Descent, Subject, require_plain_steps};
use init_symmetry_network::scalar::{Bounded, Dual};
use init_symmetry_network::symmetry::merge_twins;
use init_symmetry_network::{
    Batch, Error, Gradient, Layer, LayerGradient, Loss, Parameters, Result, Start, Trainable,
    Weights, specification,
};
use ndarray::{Array1, Array2, Axis};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// Long enough for rounding to have many chances, short enough to check thousands of cases.
const STEPS: usize = 20;

property! {
    /// The inductive step, sampled from starts in which everything else is arbitrary.
    ///
    /// Iterations after an overflow are not compared: NaN has many bit patterns.
    ///
    /// ```
    /// use init_symmetry_check::property::{Config, twins_stay_twins};
    /// use init_symmetry_check::subject::Reference;
    /// let outcome = twins_stay_twins::<f32>(&Reference, &Config::default());
    /// assert!(outcome.passes(), "{outcome}");
    /// ```
    name: twins_stay_twins<S>,
    statement: "two units that are equal in row, bias and outgoing weights stay equal, bit for \
                bit, at every iteration",
    witness: "the twins moved",
    check: stay_twins,
}

fn stay_twins<S: Trainable + From<f32> + Into<f64>>(
    property: &Property,
    subject: &dyn Subject<S>,
    config: &Config,
) -> Outcome {
    let strategy = Cases::default().of(subject).generate_twins();
    property.run(subject, config, strategy, |twins| {
        let TwinCase { case, layer, first, second } = twins;
        // dyadic numbers of this size are exact in single precision
        let exact = |number: f64| S::from(number as f32);
        let start = case.parameters.map(exact);
        let descent = Descent { rate: exact(case.rate), steps: STEPS };
        let units = Units { layer: *layer, first: *first, second: *second };
        let mut watch = Watch::new(Setting::of(subject, case), vec![units]);
        let mut moved = false;
        observe_training(subject, case, &start, &case.batch.map(exact), descent, |t, now| {
            moved |= now.is_finite() && now.w(*layer).row(*first) != start.w(*layer).row(*first);
            watch.see(t, &now.map(Into::into)); // no bit is lost on the way to f64
        })?;
        settle(watch.apart, moved)
    })
}

property! {
    name: twins_get_identical_gradients,
    statement: "twins get equal rows of dW, equal entries of db and equal outgoing columns of dW",
    witness: "the gradient of the twins is not zero",
    check: identical_gradients,
}

fn identical_gradients(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate_twins();
    property.run(subject, config, strategy, |twins| {
        let TwinCase { case, layer, first, second } = twins;
        let gradient = subject.evaluate(case.problem())?.gradient;
        case.network.check(&as_parameters(gradient.clone()))?;
        let witnessed = gradient.dw(*layer).row(*first).iter().any(|&slope| slope != 0.0);
        let units = Units { layer: *layer, first: *first, second: *second };
        Setting::of(subject, case).in_gradient(&case.parameters, gradient, units)?;
        Ok(witnessed.into())
    })
}

/// Trains the subject; an overflow ends the trajectory and is no failure of the induction.
fn observe_training<S: Trainable>(
    subject: &dyn Subject<S>,
    case: &Case,
    start: &Parameters<S>,
    batch: &Batch<S>,
    descent: Descent<S>,
    mut observe: impl FnMut(usize, &Parameters<S>),
) -> Result<()> {
    match subject.train(case.network.at(start, batch), descent, &mut observe) {
        Ok(_) | Err(Error::Diverged { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

property! {
    /// Equal rows of W1 are not enough for symmetry. The sum, over the examples, is 0 on XOR with
    /// tanh, which therefore never moves.
    name: equal_rows_separate_when_outgoing_weights_differ,
    statement: "from W1 = 0, units with different outgoing weights separate at step 1 where g'(0) \
                ≠ 0 and Σ r·xᵀ ≠ 0",
    witness: "Σ r·xᵀ ≠ 0 and the outgoing weights differ",
    check: separation,
}

fn separation(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::shallow().where_hidden(|g| g.slope_at_zero() != 0.0);
    let strategy = strategy.of(subject).generate().prop_map(from_zero_rows);
    property.run(subject, config, strategy, |case| {
        let start = &case.parameters;
        require_plain_steps(subject)?;
        let mut z_out = start.b(2).column(0).to_vec();
        z_out[0] += start.w(2).row(0).sum() * case.network.activation(1).value(0.0);
        let examples = case.batch.y().columns().into_iter();
        let r = examples.map(|y| constant_residual(case.network.loss, &z_out, &y.to_vec()));
        let r: Array1<f64> = r.collect();
        let correlation = case.batch.x().dot(&r);
        let largest = correlation.iter().fold(0.0_f64, |largest, sum| largest.max(sum.abs()));
        let after = subject.step(case.problem(), case.rate)?;
        // far above what rounding leaves of a sum that is zero
        if largest < 1.0 / 64.0 {
            return Ok(Witness::Absent);
        }
        let mut differing = 0;
        for pair in pairs(start.w(2).ncols()) {
            let outgoing_differ = start.w(2)[[0, pair.first]] != start.w(2)[[0, pair.second]];
            let rows_differ = after.w(1).row(pair.first) != after.w(1).row(pair.second);
            differing += usize::from(outgoing_differ);
            if outgoing_differ != rows_differ {
                return Err(format!(
                    "units {} and {}: outgoing weights differ: {outgoing_differ}; rows differ \
                     after one step: {rows_differ}; both should be the same",
                    pair.first, pair.second
                )
                .into());
            }
        }
        Ok(Witness::from(differing > 0))
    })
}

/// The case with W1 = 0 and b1 = 0, and outgoing weights to the first output alone.
fn from_zero_rows(mut case: Case) -> Case {
    if let [first, second] = &mut case.parameters.layers[..] {
        first.w.fill(0.0);
        first.b.fill(0.0);
        // with one output, r is a number for each example and all rows of dw1 are multiples of one
        second.w.slice_axis_mut(Axis(0), (1..).into()).fill(0.0);
    }
    case
}

/// dz of the first output where z is the same for every example.
fn constant_residual(loss: Loss, z: &[f64], y: &[f64]) -> f64 {
    let constants =
        |numbers: &[f64]| -> Vec<_> { numbers.iter().copied().map(Dual::constant).collect() };
    let mut outputs = constants(z);
    outputs[0] = Dual::variable(z[0]);
    specification::loss::<Dual<f64>>(loss).of_example(&outputs, &constants(y)).derivative
}

struct Pair {
    first: usize,
    second: usize,
}

fn pairs(units: usize) -> impl Iterator<Item = Pair> {
    (0..units).flat_map(move |first| (first + 1..units).map(move |second| Pair { first, second }))
}

property! {
    /// Sampled with one hidden layer and losses of bounded slope: a step then changes W1 in
    /// proportion to W2 and the other way round, so growth is at most exponential. Deep linear
    /// networks diverge.
    name: random_rows_differ_and_stay_finite,
    statement: "from a random start the rows of W1 are pairwise different and finite at every \
                iteration",
    witness: "w1 moved",
    check: random_rows,
}

fn random_rows(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases::shallow().where_loss(Loss::has_bounded_slope);
    let strategy = (cases.of(subject).generate(), 0..1_000_000_u64);
    let strategy = strategy.prop_map(|(case, seed)| Seeded { case, seed });
    property.run(subject, config, strategy, |Seeded { case, seed }| {
        let start = Start::from(Weights::Normal(0.5));
        let start = subject.initialise(&case.network, start, *seed)?;
        let descent = Descent { rate: case.rate, steps: STEPS };
        let mut fault = None;
        let mut moved = false;
        let mut watch = |t: usize, now: &Parameters<f64>| {
            moved |= now.w(1) != start.w(1);
            let w1 = now.w(1);
            let mut equal = pairs(w1.nrows()).filter(|it| w1.row(it.first) == w1.row(it.second));
            if fault.is_some() {
                return;
            }
            if let Some(Pair { first, second }) = equal.next() {
                fault = Some(format!("rows {first} and {second} are equal at iteration {t}"));
            } else if !now.is_finite() {
                fault = Some(format!("a parameter is not finite at iteration {t}"));
            }
        };
        subject.train(case.network.at(&start, &case.batch), descent, &mut watch)?;
        settle(fault, moved)
    })
}

/// A case whose start is drawn with a seed.
#[derive(Debug, Serialize, Deserialize)]
struct Seeded {
    case: Case,
    seed: u64,
}

impl Drawn for Seeded {
    fn shown(&self, convention: Convention) -> String {
        let Self { case, seed } = self;
        let start = format!("  weights of start normal:0.5 with seed {seed}, biases 0");
        format!("{}\n{start}\n{}", case.setting(), case.data(convention))
    }
}

property! {
    /// Each step is compared from the merged parameters of the twins, within the rounding of that
    /// step; over the steps the statement follows by induction.
    name: twins_train_as_one_unit,
    statement: "n twins trained at rate α act as one unit with outgoing weight n·v whose row and \
                bias are trained at rate α/n and whose outgoing weight is trained at rate n·α",
    witness: "the merged unit moved",
    check: one_unit,
}

fn one_unit(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::shallow().of_any_depth(subject).generate();
    let strategy = strategy.prop_filter_map("twins", of_twins_alone);
    property.run(subject, config, strategy, |case| {
        require_plain_steps(subject)?;
        let units: Vec<usize> = (0..case.network.widths()[1]).collect();
        let n = units.len() as f64;
        let declared = subject.declaration();
        let rate = case.rate * declared.scale(case.batch.m(), case.batch.y().nrows());
        let mut twins = case.parameters.clone();
        let mut one_widths = case.network.widths().to_vec();
        one_widths[1] = 1;
        let one_network = case.network.with_widths(&one_widths)?;
        let mut moved = false;
        for t in 1..=3 {
            let one = merge_twins(&twins, 1, &units)?;
            let at_one = one_network.at(&one, &case.batch);
            let mut one_gradient = subject.evaluate(at_one)?.gradient;
            if declared.biases != BiasUse::Trained {
                one_gradient.layers.iter_mut().for_each(|layer| layer.db.fill(0.0));
            }
            let one_after = descend_merged(&one, &one_gradient, case.rate, n);
            let bounds = descend_merged_bounded(&one, &bounded_gradient(at_one)?, rate, n);
            let of_twins = bounded_gradient(case.network.at(&twins, &case.batch))?;
            let of_twins = merged_errors(&twins, &of_twins, rate)?;
            let after = subject.step(case.network.at(&twins, &case.batch), case.rate)?;
            let of_layer_1 = all_units(&case.network).into_iter().filter(|it| it.layer == 1);
            let all: Vec<Units> = of_layer_1.collect();
            Setting::of(subject, case).after_a_step(t, &twins, &after, &all)?;
            twins = after;
            let merged = merge_twins(&twins, 1, &units)?;
            moved |= merged.w(1) != one.w(1);
            let errors = bounds.into_iter().zip(of_twins);
            for ((merged, one), errors) in merged.entries().zip(one_after.entries()).zip(errors) {
                // each side is within its bound of the real number
                let allowed = subject.precision().bound(errors.0.error + errors.1);
                if (merged - one).is_nan() || (merged - one).abs() > allowed {
                    let [merged, one] = apart(merged, one);
                    return Err(format!(
                        "step {t}: the twins give {merged} but the merged unit gives {one}; \
                         rounding explains at most {allowed:.1e}"
                    )
                    .into());
                }
            }
        }
        Ok(moved.into())
    })
}

/// The case with all units of its first hidden layer alike.
fn of_twins_alone(mut case: Case) -> Option<Case> {
    let units = case.network.widths()[1];
    (1..units).try_for_each(|unit| make_twins(&mut case.parameters, 1, 0, unit)).ok()?;
    Some(case)
}

/// The rates of W and b of a layer, counted from 0, where n twins are merged in the first.
fn merged_rates(layer: usize, rate: f64, n: f64) -> [f64; 2] {
    match layer {
        0 => [rate / n, rate / n],
        1 => [rate * n, rate],
        _ => [rate, rate],
    }
}

/// One step at rates α/n (row and bias of the unit), n·α (outgoing weights) and α (all others).
fn descend_merged(
    one: &Parameters<f64>,
    gradient: &Gradient<f64>,
    rate: f64,
    n: f64,
) -> Parameters<f64> {
    let descend = |theta: &Array2<f64>, slope: &Array2<f64>, rate: f64| theta - &(slope * rate);
    let layers = one.layers.iter().zip(&gradient.layers).enumerate();
    let layers = layers.map(|(l, (Layer { w, b }, LayerGradient { dw, db }))| {
        let [of_w, of_b] = merged_rates(l, rate, n);
        Layer { w: descend(w, dw, of_w), b: descend(b, db, of_b) }
    });
    Parameters { layers: layers.collect() }
}

/// What rounding may do to one step of twins, merged: the outgoing weight is a sum of theirs.
fn merged_errors(
    twins: &Parameters<f64>,
    gradient: &Gradient<Bounded>,
    rate: f64,
) -> Result<Vec<f64>> {
    let after = twins.map(Bounded::exact).descend(gradient, Bounded::exact(rate))?;
    let incoming = after.w(1).row(0).to_vec();
    let outgoing = after.w(2).rows().into_iter().map(|row| row.sum());
    let both = incoming.into_iter().chain([after.b(1)[[0, 0]]]).chain(outgoing);
    let above = after.layers[2..].iter().flat_map(|Layer { w, b }| w.iter().chain(b));
    let others = after.b(2).iter().chain(above).copied();
    Ok(both.chain(others).map(|entry| entry.error).collect())
}

/// The same step with rounding bounds, entry by entry.
fn descend_merged_bounded(
    one: &Parameters<f64>,
    gradient: &Gradient<Bounded>,
    rate: f64,
    n: f64,
) -> Vec<Bounded> {
    let layers = one.layers.iter().zip(&gradient.layers).enumerate();
    let blocks = layers.flat_map(|(l, (Layer { w, b }, LayerGradient { dw, db }))| {
        let [of_w, of_b] = merged_rates(l, rate, n);
        [(w, dw, of_w), (b, db, of_b)]
    });
    let entries = blocks.flat_map(|(block, slope, rate)| {
        block.iter().zip(slope).map(move |(&theta, &slope)| {
            Bounded::exact(theta) - Bounded::exact(rate) / Bounded::exact(1.0) * slope
        })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        constant_residual, equal_rows_separate_when_outgoing_weights_differ, from_zero_rows, pairs,
    };
    use crate::property::{Cases, Config, PropertyVerdict};
    use crate::subject::Reference;
    use init_symmetry_network::Loss;

    #[test]
    fn the_residual_of_an_output_is_the_slope_of_its_loss() {
        assert_eq!(constant_residual(Loss::SquaredError, &[2.0], &[0.5]), 1.5);
        assert_eq!(constant_residual(Loss::CrossEntropy, &[0.0], &[1.0]), -0.5);
        assert_eq!(constant_residual(Loss::SigmoidSquaredError, &[0.0], &[1.0]), -0.125);
        let softmax = Loss::SoftmaxCrossEntropy;
        assert_eq!(constant_residual(softmax, &[3.0, 3.0], &[1.0, 0.0]), -0.5);
    }

    #[test]
    fn every_two_units_are_a_pair_once() {
        let all: Vec<_> = pairs(3).map(|pair| [pair.first, pair.second]).collect();
        assert_eq!(all, [[0, 1], [0, 2], [1, 2]]);
    }

    #[test]
    fn equal_outgoing_weights_show_nothing() {
        for case in Cases::shallow().sample(&Config::default()) {
            let mut equal = case.clone();
            equal.parameters.layers[1].w.fill(0.5);
            let equal = from_zero_rows(equal);
            let given = serde_json::to_value(&equal).unwrap();
            let config = Config { given: Some(given), ..Config::default() };
            let outcome = equal_rows_separate_when_outgoing_weights_differ(&Reference, &config);
            assert_eq!(outcome.verdict, PropertyVerdict::Vacuous, "{outcome}");
        }
    }
}
