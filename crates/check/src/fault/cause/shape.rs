//! Answers that are refused, misshapen, or no numbers; and of which cases.

use super::Cause;
use super::claim::same_shapes;
use super::sample::Sample;

type Is<'a> = &'a dyn Fn(&Sample) -> bool;

/// The first way in which answers cannot be compared, and when.
pub(super) fn misshapen(samples: &[Sample]) -> Option<Cause> {
    let refused = |sample: &Sample| sample.answer.is_err();
    let shaped = |sample: &Sample| match &sample.answer {
        Ok(answer) => !same_shapes(&answer.gradient, &sample.truth.gradient),
        Err(_) => false,
    };
    let undefined = |sample: &Sample| match &sample.answer {
        Ok(answer) => {
            let gradient = answer.gradient.entries().all(f64::is_finite);
            !gradient || !answer.loss.is_finite()
        }
        Err(_) => false,
    };
    let kinds: [(Is<'_>, &str); 3] =
        [(&refused, "refused"), (&shaped, "misshapen"), (&undefined, "not finite")];
    kinds.iter().find_map(|(is, what)| {
        let first = samples.iter().find(|sample| is(sample))?;
        let when = when(samples, is);
        let how = match *what {
            "misshapen" => shapes(first),
            "refused" => refusal(first),
            _ => String::new(),
        };
        let hint = match (when.is_single, *what) {
            (true, "not finite") => ": a division by m − 1?",
            (true, _) => ": a squeeze drops the axis of length 1?",
            (false, _) => ".",
        };
        let sentence = format!("The answer is {what} {}{how}{hint}", when.says);
        Some(Cause::new(sentence, when.look_at))
    })
}

/// When something happens.
struct When {
    says: String,
    look_at: &'static str,
    is_single: bool,
}

fn when(samples: &[Sample], is: &dyn Fn(&Sample) -> bool) -> When {
    let decides =
        |holds: &dyn Fn(&Sample) -> bool| samples.iter().all(|sample| holds(sample) == is(sample));
    let outputs = |sample: &Sample| sample.truth.gradient.layers.last().map_or(0, |it| it.db.len());
    let when = |says: &str, look_at| When { says: says.into(), look_at, is_single: false };
    if decides(&|_| true) {
        let shapes = "the layout that is declared, the shapes that are expected and answered";
        return when("for every question", shapes);
    }
    if decides(&|sample| sample.case.batch.m() == 1) {
        let single = when("where m = 1, and only there", "what happens to a batch of one example");
        return When { is_single: true, ..single };
    }
    if decides(&|sample| outputs(sample) > 1) {
        return when("where there is more than one output", "the loops over the outputs");
    }
    if decides(&|sample| sample.case.network.depth() > 2) {
        return when("where there is more than one hidden layer", "the loops over the layers");
    }
    if decides(&|sample| sample.case.network.depth() == 1) {
        return when("where there is no hidden layer", "the loops over the layers");
    }
    let count = samples.iter().filter(|sample| is(sample)).count();
    let says = format!("in {count} of {} cases", samples.len());
    When { says, look_at: "the shapes of the answer", is_single: false }
}

fn refusal(sample: &Sample) -> String {
    sample.answer.as_ref().err().map(|error| format!(" ({error})")).unwrap_or_default()
}

/// The first block of another shape.
fn shapes(sample: &Sample) -> String {
    let Ok(answer) = &sample.answer else { return String::new() };
    let (given, due) = (&answer.gradient.layers, &sample.truth.gradient.layers);
    if given.len() != due.len() {
        return format!(" ({} layers where {} are due)", given.len(), due.len());
    }
    let blocks = (1..).zip(given.iter().zip(due)).flat_map(|(l, (given, due))| {
        [
            (format!("dW{l}"), given.dw.dim(), due.dw.dim()),
            (format!("db{l}"), given.db.dim(), due.db.dim()),
        ]
    });
    let wrong = blocks.into_iter().find(|(_, given, due)| given != due);
    wrong.map_or_else(String::new, |(name, given, due)| {
        format!(" ({name} is {}×{} but should be {}×{})", given.0, given.1, due.0, due.1)
    })
}
