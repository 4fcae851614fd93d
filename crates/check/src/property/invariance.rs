//! Networks and batches that compute the same must be answered the same: invariances of the loss.

use super::judged::{agree, answers_agree, granted, judged, judged_at, moves};
use super::{Case, CaseFailure, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Subject, require_trained_biases};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::{
    Activation, Batch, Evaluation, Gradient, Layer, LayerGradient, Parameters, Result, Scalar,
};
use ndarray::{Array2, Axis, concatenate};

property! {
    name: doubling_the_batch_changes_nothing,
    statement: "a batch in which every example appears twice has the same mean loss and gradient",
    witness: "a gradient that is not zero",
    check: doubled_batch,
}

fn doubled_batch(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, Cases::default().of(subject).generate(), |case| {
        let twice = |matrix: &Array2<f64>| -> Array2<f64> {
            let m = matrix.ncols();
            Array2::from_shape_fn((matrix.nrows(), 2 * m), |(i, j)| matrix[[i, j % m]])
        };
        with_other_examples(subject, case, twice)
    })
}

property! {
    name: permuting_examples_changes_nothing,
    statement: "the order of the examples changes neither loss nor gradient",
    witness: "a gradient that is not zero",
    check: reversed_examples,
}

fn reversed_examples(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, Cases::default().of(subject).generate(), |case| {
        with_other_examples(subject, case, |matrix| {
            let backwards: Vec<usize> = (0..matrix.ncols()).rev().collect();
            matrix.select(Axis(1), &backwards)
        })
    })
}

fn with_other_examples(
    subject: &dyn Subject,
    case: &Case,
    other: impl Fn(&Array2<f64>) -> Array2<f64>,
) -> Result<Witness, CaseFailure> {
    let batch = Batch::new(other(case.batch.x()), other(case.batch.y()))?;
    let here = judged_at(subject, case)?;
    let there = judged(subject, case.network.at(&case.parameters, &batch))?;
    answers_agree(subject, &there, &here)?;
    Ok(moves(&here.gradient).into())
}

property! {
    name: permuting_units_permutes_the_gradient,
    statement: "renumbering hidden units renumbers the gradient in the same way",
    witness: "a gradient that is not zero",
    check: renumbered_units,
}

fn renumbered_units(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { hidden_layers: (1, 3), units: (2, 4), ..Cases::default() };
    property.run(subject, config, cases.of(subject).generate(), |case| {
        as_transformed(subject, case, reverse_units)
    })
}

property! {
    /// Its predictions stay as they are.
    name: flipping_a_tanh_unit_flips_its_gradient,
    statement: "negating a tanh unit's row, bias and outgoing weights negates its part of the \
                gradient",
    witness: "a gradient that is not zero",
    check: flipped_units,
}

fn flipped_units(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let cases = Cases { hidden_layers: (1, 3), ..Cases::default() };
    let strategy = cases.with_hidden(&[Activation::Tanh]).of(subject).generate();
    property.run(subject, config, strategy, |case| as_transformed(subject, case, flip_first_units))
}

/// The answer at transformed parameters is the transformed answer.
fn as_transformed(
    subject: &dyn Subject,
    case: &Case,
    transform: impl Fn(&mut Parameters<Bounded>),
) -> Result<Witness, CaseFailure> {
    let here = judged_at(subject, case)?;
    let mut expected = parameters_of(&here.gradient);
    transform(&mut expected);
    let mut other = case.parameters.map(Bounded::exact);
    transform(&mut other);
    let other = other.map(|entry| entry.value);
    let there = judged(subject, case.network.at(&other, &case.batch))?;
    answers_agree(
        subject,
        &there,
        &Evaluation { loss: here.loss, gradient: gradient_of(expected) },
    )?;
    Ok(moves(&here.gradient).into())
}

/// A gradient in the shape of parameters.
pub(super) fn parameters_of<S: Scalar>(gradient: &Gradient<S>) -> Parameters<S> {
    let layers = gradient.layers.iter();
    let layers = layers.map(|LayerGradient { dw, db }| Layer { w: dw.clone(), b: db.clone() });
    Parameters { layers: layers.collect() }
}

/// The inverse of [`parameters_of`].
pub(super) fn gradient_of<S>(parameters: Parameters<S>) -> Gradient<S> {
    let layers = parameters.layers.into_iter();
    Gradient { layers: layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b }).collect() }
}

/// Renumbers the units of every hidden layer in reverse.
fn reverse_units<S: Scalar>(parameters: &mut Parameters<S>) {
    for l in 1..parameters.layers.len() {
        // no rotation: a rotation goes unnoticed where the subject itself rotates
        let order: Vec<usize> = (0..parameters.w(l).nrows()).rev().collect();
        let Layer { w, b } = &mut parameters.layers[l - 1];
        (*w, *b) = (w.select(Axis(0), &order), b.select(Axis(0), &order));
        let above = &mut parameters.layers[l].w;
        *above = above.select(Axis(1), &order);
    }
}

/// Reverses the signs of the first unit of every hidden layer.
fn flip_first_units<S: Scalar>(parameters: &mut Parameters<S>) {
    let negative = |entry| S::zero() - entry;
    for l in 1..parameters.layers.len() {
        let Layer { w, b } = &mut parameters.layers[l - 1];
        w.row_mut(0).mapv_inplace(negative);
        b.row_mut(0).mapv_inplace(negative);
        parameters.layers[l].w.column_mut(0).mapv_inplace(negative);
    }
}

property! {
    /// The gradient of its own row and bias is exactly zero.
    name: a_unit_without_outgoing_weights_changes_nothing,
    statement: "a unit with zero outgoing weights gets no gradient and changes no other",
    witness: "a gradient that is not zero",
    check: idle_unit,
}

fn idle_unit(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::shallow().of_any_depth(subject).generate();
    property.run(subject, config, strategy, |case| {
        let mut widths = case.network.widths().to_vec();
        let n_x = widths[0];
        widths[1] += 1;
        let network = case.network.with_widths(&widths)?;
        let mut parameters = case.parameters.clone();
        let [below, above, ..] = &mut parameters.layers[..] else { return Ok(Witness::Absent) };
        below.w = concatenate![Axis(0), Array2::from_elem((1, n_x), 0.5), below.w];
        below.b = concatenate![Axis(0), Array2::from_elem((1, 1), 0.25), below.b];
        above.w = concatenate![Axis(1), Array2::zeros((above.w.nrows(), 1)), above.w];
        let here = judged_at(subject, case)?;
        let mut there = judged(subject, network.at(&parameters, &case.batch))?;
        let [below, above, ..] = &mut there.gradient.layers[..] else { return Ok(Witness::Absent) };
        let is_exact = subject.declaration().has_exact_zeros();
        let is_zero = |entry: &Bounded| {
            // what an L2 term adds and takes away leaves a rounding
            entry.value.abs() <= if is_exact { 0.0 } else { 2.0 * entry.error }
        };
        if !below.dw.row(0).iter().chain(below.db.row(0)).all(is_zero) {
            return Err("a unit that reaches nothing has a gradient".into());
        }
        below.dw = without_first(&below.dw, Axis(0));
        below.db = without_first(&below.db, Axis(0));
        above.dw = without_first(&above.dw, Axis(1));
        answers_agree(subject, &there, &here)?;
        Ok(moves(&here.gradient).into())
    })
}

fn without_first<S: Scalar>(matrix: &Array2<S>, axis: Axis) -> Array2<S> {
    matrix.slice_axis(axis, (1..).into()).to_owned()
}

property! {
    /// Same loss, same gradient.
    name: a_bias_is_a_weight_on_a_constant_input,
    statement: "a bias of layer 1 is a weight on an input that is always 1",
    witness: "a gradient that is not zero",
    check: constant_input,
}

fn constant_input(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, Cases::default().of(subject).generate(), |case| {
        require_trained_biases(subject)?;
        let mut widths = case.network.widths().to_vec();
        widths[0] += 1;
        let network = case.network.with_widths(&widths)?;
        let mut parameters = case.parameters.clone();
        let Layer { w, b } = &mut parameters.layers[0];
        *w = concatenate![Axis(1), *w, *b];
        b.fill(0.0);
        let x = concatenate![Axis(0), *case.batch.x(), Array2::ones((1, case.batch.m()))];
        let batch = Batch::new(x, case.batch.y().clone())?;
        let there = judged(subject, network.at(&parameters, &batch))?;
        let mut here = judged_at(subject, case)?;
        let LayerGradient { dw, db } = &mut here.gradient.layers[0];
        *dw = concatenate![Axis(1), *dw, *db];
        answers_agree(subject, &there, &here)?;
        Ok(moves(&here.gradient).into())
    })
}

property! {
    /// So a residual that grows by c makes the gradient grow by c. The others are 1 − y, or the
    /// next class where the loss couples the outputs.
    name: gradient_is_affine_in_the_labels,
    statement: "for labels halfway between two sets of labels, the gradient is the mean of those \
                for both",
    witness: "the labels matter",
    check: opposite_labels,
}

fn opposite_labels(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(subject, config, strategy, |case| {
        let y = case.batch.y();
        let others = if case.network.loss.couples_outputs() {
            let next: Vec<usize> = (0..y.nrows()).map(|k| (k + 1) % y.nrows()).collect();
            y.select(Axis(0), &next)
        } else {
            y.mapv(|y| 1.0 - y)
        };
        let with_labels = |labels: Array2<f64>| -> Result<Gradient<Bounded>> {
            let batch = Batch::new(case.batch.x().clone(), labels)?;
            Ok(granted(
                subject.precision(),
                &judged(subject, case.network.at(&case.parameters, &batch))?.gradient,
            ))
        };
        let given = with_labels(y.clone())?;
        let halfway = with_labels((y + &others) / 2.0)?;
        let opposite = with_labels(others)?;
        let two = Bounded::of(2);
        for ((given, opposite), halfway) in
            given.entries().zip(opposite.entries()).zip(halfway.entries())
        {
            agree("an entry for labels halfway between two", halfway, (given + opposite) / two)?;
        }
        let matters = given.entries().zip(opposite.entries()).any(|(g, o)| g.value != o.value);
        Ok(Witness::from(matters))
    })
}
