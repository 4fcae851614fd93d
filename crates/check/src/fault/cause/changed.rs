//! A gradient that is right for something else: other data, another network, another pass.
//!
//! What has a number is estimated in `seen.rs`; then the gradient of every case has to be that of
//! the change. Start reading at [`cause`].

use super::Cause;
use super::batches;
use super::claim::{Claim, Part};
use super::scope::{self, Scope};
use super::seen;
use super::variation::{OfSoftmax, Outputs, Slope, Variation, Whose};
use init_symmetry_network::{Activation, Batch, Gradient, Loss, Network, Parameters, Problem};
use ndarray::Array2;
use strum::VariantArray;

/// What may have been done otherwise, and the gradient that it gives.
pub(super) struct Change {
    says: String,
    look_at: &'static str,
    gradient: Box<Changed>,
}

type Changed = dyn Fn(Problem<'_, f64>) -> Option<Gradient<f64>>;

/// Changes of one kind, with what is estimated for them.
type Family = fn(&[Claim<'_>]) -> Vec<Change>;

const FAMILIES: [Family; 9] = [
    slopes,
    seen::leaks,
    seen::clips,
    seen::inputs,
    seen::labels,
    outputs,
    of_softmax,
    parameters_and_labels,
    networks,
];

impl Change {
    pub(super) fn varied(
        says: impl Into<String>,
        look_at: &'static str,
        variation: Variation,
    ) -> Self {
        let gradient = move |problem: Problem<'_, f64>| Some(variation.gradient(problem));
        Self { says: says.into(), look_at, gradient: Box::new(gradient) }
    }

    fn network(
        says: impl Into<String>,
        look_at: &'static str,
        change: impl Fn(&mut Network) + 'static,
    ) -> Self {
        let gradient = move |problem: Problem<'_, f64>| {
            let mut network = problem.network.clone();
            change(&mut network);
            Some(network.at(problem.parameters, problem.batch).evaluate().ok()?.gradient)
        };
        Self { says: says.into(), look_at, gradient: Box::new(gradient) }
    }

    fn parameters(
        says: impl Into<String>,
        look_at: &'static str,
        change: impl Fn(&mut Parameters<f64>) + 'static,
    ) -> Self {
        let gradient = move |problem: Problem<'_, f64>| {
            let mut parameters = problem.parameters.clone();
            change(&mut parameters);
            Some(problem.network.at(&parameters, problem.batch).evaluate().ok()?.gradient)
        };
        Self { says: says.into(), look_at, gradient: Box::new(gradient) }
    }

    pub(super) fn batch(
        says: impl Into<String>,
        look_at: &'static str,
        change: impl Fn(&Batch<f64>) -> (Array2<f64>, Array2<f64>) + 'static,
    ) -> Self {
        let gradient = move |problem: Problem<'_, f64>| {
            let (x, y) = change(problem.batch);
            let batch = Batch::new(x, y).ok()?;
            Some(problem.network.at(problem.parameters, &batch).evaluate().ok()?.gradient)
        };
        Self { says: says.into(), look_at, gradient: Box::new(gradient) }
    }
}

/// The first change that gives the gradient of every case, in all blocks or in some.
pub(super) fn cause(claims: &[Claim<'_>]) -> Option<Cause> {
    let changes: Vec<Change> = FAMILIES.iter().flat_map(|family| family(claims)).collect();
    let gradients = |change: &Change| -> Option<Vec<Gradient<f64>>> {
        claims.iter().map(|claim| (change.gradient)(claim.case.problem())).collect()
    };
    let found = changes.into_iter().find_map(|change| {
        let scope = fitting_scope(claims, &gradients(&change)?)?;
        Some((change, scope))
    });
    let in_words = |(Change { says, look_at, .. }, scope): (Change, Scope)| {
        Cause::new(with_scope(&says, scope, claims), look_at)
    };
    found.map(in_words).or_else(|| batches::cause(claims))
}

/// The scope in which the given gradients are these, while the other blocks agree.
pub(super) fn fitting_scope(claims: &[Claim<'_>], gradients: &[Gradient<f64>]) -> Option<Scope> {
    scope::broad().into_iter().find(|scope| {
        claims.iter().zip(gradients).all(|(claim, gradient)| {
            claim.parts().iter().all(|part| {
                let layer = &gradient.layers[part.place.l - 1];
                let block = if part.place.is_bias { &layer.db } else { &layer.dw };
                if scope.holds(part.place) { part.is(block) } else { part.agrees() }
            })
        })
    })
}

/// A sentence about the whole gradient, or with the blocks that it is about.
pub(super) fn with_scope(says: &str, scope: Scope, claims: &[Claim<'_>]) -> String {
    if scope.is_all() {
        return says.into();
    }
    let parts: Vec<Part<'_>> = claims.iter().flat_map(Claim::parts).collect();
    let inside: Vec<&Part<'_>> = parts.iter().filter(|part| scope.holds(part.place)).collect();
    format!("{} wrong, the rest is right: {}", scope.subject(&inside), lower(says))
}

/// The sentence with a small first letter, where that is a word.
pub(super) fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let is_word =
        sentence.chars().nth(1).is_some_and(|second| second.is_lowercase() || second == ' ');
    match letters.next() {
        Some(first) if is_word => format!("{}{}", first.to_lowercase(), letters.as_str()),
        _ => sentence.into(),
    }
}

fn slopes(claims: &[Claim<'_>]) -> Vec<Change> {
    let factor = "the factor g'(z) in dz of the hidden layers";
    let with = |says: String, slope| {
        Change::varied(says, factor, Variation { slope, ..Variation::default() })
    };
    let mut all = vec![
        with("g'(z) is missing in every hidden layer.".into(), Slope::OneBelow(1, usize::MAX)),
        with("g'(z) is missing in the top hidden layer.".into(), Slope::OneBelow(1, 1)),
        with("g'(z) is missing below the top hidden layer.".into(), Slope::OneBelow(2, usize::MAX)),
    ];
    for l in 1..=3 {
        let only = format!("g'(z) is missing in layer {l}, and there only.");
        let from = format!("g'(z) is missing from layer {l} on.");
        all.push(with(only, Slope::OneIn(l, l)));
        all.push(with(from, Slope::OneIn(l, usize::MAX)));
    }
    all.push(with("g'(z) is missing in layers 1 and 2.".into(), Slope::OneIn(1, 2)));
    let of_z = "The slope g' is computed from z instead of a: tanh' is 1 − a² and not 1 − z², σ' \
                is a(1 − a) and not z(1 − z).";
    let at_a = "The slope g' is taken at a, not at z: g'(g(z)) instead of g'(z).";
    for (says, slope) in [(of_z, Slope::OfZAlone), (at_a, Slope::AtA)] {
        all.push(Change::varied(
            says,
            "the argument of g'",
            Variation { slope, ..Variation::default() },
        ));
    }
    for (whose, activation) in [
        (Whose::Lowest, "layer 1's activation"),
        (Whose::Highest, "the top hidden layer's activation"),
    ] {
        let says = format!("g'(z) is that of {activation} in every hidden layer.");
        all.push(with(says, Slope::Of(whose)));
        let says =
            format!("g'(z) is the formula of {activation}, in z and a of every hidden layer.");
        all.push(with(says, Slope::FormulaOf(whose)));
    }
    for &g in Activation::VARIANTS {
        let whose = Whose::Named(g);
        let instead = instead_of(g, claims);
        let slope = g.facts().written_slope;
        let says = format!("The hidden layers use the slope of {g} at z, {instead}.");
        all.push(with(says, Slope::Of(whose)));
        let says = format!("The hidden layers use the slope of {g}, {slope}, {instead}.");
        all.push(with(says, Slope::FormulaOf(whose)));
    }
    all
}

/// What the hidden layers are and which slopes they have, where they are not `g`.
fn instead_of(g: Activation, claims: &[Claim<'_>]) -> String {
    let all = || claims.iter().flat_map(|claim| claim.case.network.activations());
    let others = Activation::VARIANTS.iter().filter(|it| **it != g && all().any(|own| own == *it));
    let others: Vec<String> =
        others.map(|it| format!("{it}: {}", it.facts().written_slope)).collect();
    match &others[..] {
        [] => "whatever their activation is".into(),
        [other] => format!("but their activation is {other}"),
        all => format!("whatever their activation is ({})", all.join("; ")),
    }
}

fn outputs(claims: &[Claim<'_>]) -> Vec<Change> {
    let most = claims.iter().filter_map(|it| it.case.network.widths().last()).max();
    let with = |says: String, outputs| {
        let variation = Variation { outputs: Some(outputs), ..Variation::default() };
        Change::varied(says, "the loop over the outputs in dz", variation)
    };
    let softmax = Variation { softmax: true, ..Variation::default() };
    let says = "The output is a softmax with dz = ŷ − y, not a sigmoid for each output.";
    let softmax = Change::varied(says, "the output function", softmax);
    let mut all = vec![
        softmax,
        with("The first output has no dz.".into(), Outputs::AllButFirst),
        with("The last of several outputs has no dz.".into(), Outputs::AllButLast),
    ];
    let most = most.copied().unwrap_or(1);
    all.extend((1..most).map(|missing| {
        with(format!("Output {} has no dz.", missing + 1), Outputs::Without(missing))
    }));
    all.extend((1..most).map(|kept| {
        let says = match kept {
            1 => "Only the first output has a dz.".into(),
            _ => format!("Only the first {kept} outputs have a dz."),
        };
        with(says, Outputs::First(kept))
    }));
    all
}

fn of_softmax(_: &[Claim<'_>]) -> Vec<Change> {
    let with = |says: &str, look_at, done| {
        let variation = Variation { of_softmax: Some(done), ..Variation::default() };
        Change::varied(says, look_at, variation)
    };
    vec![
        with(
            "dz of the softmax has the factor ŷ(1 − ŷ): with cross-entropy it is ŷ − y alone.",
            "a factor ŷ(1 − ŷ) in dz of the output",
            OfSoftmax::DiagonalSlope,
        ),
        with(
            "The softmax is normalised over the examples, not over the classes.",
            "the axis of the sum in the softmax",
            OfSoftmax::OverExamples,
        ),
        with(
            "The softmax is applied twice: is ŷ given to a loss that applies it by itself?",
            "what is given to the loss: z, not ŷ",
            OfSoftmax::Twice,
        ),
        with(
            "dz of the softmax is divided by n_y: a mean over the classes, not their sum.",
            "a mean over the classes in the cross-entropy",
            OfSoftmax::MeanOverClasses,
        ),
    ]
}

/// Biases that are ignored, or labels of other examples.
fn parameters_and_labels(_: &[Claim<'_>]) -> Vec<Change> {
    let order = "the order of the examples";
    vec![
        Change::parameters(
            "The hidden layers ignore their bias.",
            "+ b in z of the hidden layers",
            |parameters: &mut Parameters<f64>| {
                let depth = parameters.layers.len();
                parameters.layers[..depth - 1].iter_mut().for_each(|layer| layer.b.fill(0.0));
            },
        ),
        Change::parameters("Every bias is ignored.", "+ b in z", |parameters| {
            parameters.layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
        }),
        Change::parameters(
            "The output layer ignores its bias.",
            "+ b in z of the output",
            |parameters| {
                parameters.layers.iter_mut().rev().take(1).for_each(|layer| layer.b.fill(0.0));
            },
        ),
        Change::batch("The labels are those of the next example.", order, |batch| {
            (batch.x().clone(), shifted(batch.y(), 1))
        }),
        Change::batch("The labels are those of the previous example.", order, |batch| {
            (batch.x().clone(), shifted(batch.y(), batch.m() - 1))
        }),
    ]
}

/// Another activation or loss, where one is asked for or always.
fn networks(_: &[Claim<'_>]) -> Vec<Change> {
    let mut all = Vec::new();
    for (asked, used) in pairs(Loss::VARIANTS) {
        let says = format!("The gradient is that of {used} where {asked} is asked for.");
        all.push(Change::network(says, "the output and its loss", move |network| {
            if network.loss == asked {
                network.loss = used;
            }
        }));
    }
    for (asked, used) in pairs(Activation::VARIANTS) {
        let says = format!("The hidden layers are {used} where {asked} is asked for.");
        let change = move |g| if g == asked { used } else { g };
        all.push(Change::network(says, "the activation", move |network| {
            *network = network.map_activations(change);
        }));
    }
    for &g in Activation::VARIANTS {
        let says = format!("The hidden layers are {g}, whatever is asked for.");
        all.push(Change::network(says, "the activation", move |network| {
            *network = network.map_activations(|_| g);
        }));
    }
    for &loss in Loss::VARIANTS {
        let says = format!("The loss is {loss}, whatever is asked for.");
        all.push(Change::network(says, "the output and its loss", move |it| it.loss = loss));
    }
    all
}

/// Every two that differ.
fn pairs<T: Copy + PartialEq>(all: &[T]) -> Vec<(T, T)> {
    let of = |&asked: &T| all.iter().map(move |&used| (asked, used));
    all.iter().flat_map(of).filter(|(asked, used)| asked != used).collect()
}

fn shifted(y: &Array2<f64>, by: usize) -> Array2<f64> {
    let m = y.ncols();
    Array2::from_shape_fn(y.dim(), |(i, j)| y[[i, (j + by) % m]])
}
