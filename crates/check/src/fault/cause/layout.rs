//! A right program whose layout is another than it declares: slices that it reads in another order.
//!
//! Of a network over plain slices only the order of the numbers is known, so another layout is the
//! same slices read otherwise. Start reading at [`cause`].

use super::Cause;
use super::sample::Sample;
use crate::subject::{Convention, Examples, Subject, WeightRows};
use init_symmetry_network::{
    Batch, Evaluation, Gradient, Layer, LayerGradient, Parameters, Problem, Result,
};
use ndarray::Array2;

/// The layout in which the subject's loss is right for every case, where it is not as declared.
pub(super) fn cause(subject: &dyn Subject, samples: &[Sample], relative: f64) -> Option<Cause> {
    let declared = subject.convention();
    let agrees = |sample: &Sample, answer: &Evaluation<f64>| loss_agrees(sample, answer, relative);
    // slices have the right length in any layout, so whoever refuses one has another mistake
    let mut all_agree = true;
    for sample in samples {
        all_agree &= agrees(sample, sample.answer.as_ref().ok()?);
    }
    if all_agree {
        return None;
    }
    let others = layouts().into_iter().filter(|layout| *layout != declared);
    others.into_iter().find_map(|layout| {
        let answers = samples.iter().map(|sample| {
            let answer = asked_in(layout, declared, subject, sample.case.problem()).ok()?;
            agrees(sample, &answer).then_some(answer)
        });
        let answers: Vec<Evaluation<f64>> = answers.collect::<Option<_>>()?;
        let both = samples.iter().zip(&answers);
        let all = both.into_iter().all(|(sample, it)| gradient_agrees(sample, it, relative));
        Some(in_words(layout, all))
    })
}

fn layouts() -> [Convention; 4] {
    let of = |examples, weight_rows| Convention { examples, weight_rows };
    [
        of(Examples::Rows, WeightRows::Units),
        of(Examples::Rows, WeightRows::Inputs),
        of(Examples::Columns, WeightRows::Inputs),
        of(Examples::Columns, WeightRows::Units),
    ]
}

fn in_words(Convention { examples, weight_rows }: Convention, all: bool) -> Cause {
    let (examples_are, of_examples) = match examples {
        Examples::Rows => ("rows", "\"rows\""),
        Examples::Columns => ("columns", "\"columns\""),
    };
    let (rows_are, of_rows) = match weight_rows {
        WeightRows::Inputs => ("inputs (n_in × n_out)", "\"inputs\""),
        WeightRows::Units => ("units (n_out × n_in)", "\"units\""),
    };
    let what = match all {
        true => "Loss and gradient are right",
        false => "The loss is right, the gradient is not,",
    };
    let sentence = format!(
        "{what} if the examples are {examples_are} and the rows of W are {rows_are}: declare \
         Convention {{ examples: Examples::{examples:?}, weight_rows: WeightRows::{weight_rows:?} \
         }} (in the protocol: examples {of_examples}, weight-rows {of_rows})."
    );
    Cause::new(sentence, "the layout that is declared, fn convention")
}

/// What the subject answers if it reads its slices in another layout than it declares.
fn asked_in(
    layout: Convention,
    declared: Convention,
    subject: &dyn Subject,
    Problem { network, parameters, batch }: Problem<'_, f64>,
) -> Result<Evaluation<f64>> {
    let read = |matrix: &Array2<f64>| as_read(layout, declared, matrix);
    let batch = Batch::new(read(batch.x()), read(batch.y()))?;
    let parameters = declared.from_flat(network, &layout.flat(parameters))?;
    let Evaluation { loss, gradient } = subject.evaluate(network.at(&parameters, &batch))?;
    let layers = gradient.layers.into_iter();
    let layers = layers.map(|LayerGradient { dw, db }| Layer { w: dw, b: db }).collect();
    let slopes = layout.from_flat(network, &declared.flat(&Parameters { layers }))?;
    let layers = slopes.layers.into_iter();
    let layers = layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b }).collect();
    Ok(Evaluation { loss, gradient: Gradient { layers } })
}

/// The examples whose slice, as declared, is that of a matrix in another layout.
fn as_read(layout: Convention, declared: Convention, matrix: &Array2<f64>) -> Array2<f64> {
    let mut slice = layout.of_examples(matrix).into_iter();
    let mut read = declared.of_examples(&Array2::zeros(matrix.dim()));
    read.iter_mut().zip(&mut slice).for_each(|(entry, number)| *entry = number);
    declared.of_examples(&read)
}

fn loss_agrees(sample: &Sample, given: &Evaluation<f64>, relative: f64) -> bool {
    let due = sample.truth.loss;
    (given.loss - due).abs() <= relative * (1.0 + due.abs() + given.loss.abs())
}

fn gradient_agrees(sample: &Sample, given: &Evaluation<f64>, relative: f64) -> bool {
    let due = &sample.truth.gradient;
    let squares = |of: &mut dyn Iterator<Item = f64>| of.map(|it| it * it).sum::<f64>().sqrt();
    let mut apart = given.gradient.entries().zip(due.entries()).map(|(x, y)| x - y);
    squares(&mut apart) <= relative * squares(&mut due.entries())
}
