//! The size of the gradient on its way down through thirty layers, for three scales of the start.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::claim::depth::{deltas, input, size};
use crate::property::{Config, Profile};
use crate::report::axis::Axis;
use crate::report::number::{data, words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, Plot};
use crate::subject::Reference;
use crate::tolerance::{ALIVE, DEAD};
use crate::{Activation, Loss, Network, Result, Weights};

pub(super) const FIGURE: Figure = Figure {
    id: "gradient-depth",
    title: "What is left of the gradient after thirty layers",
    about: "In a deep network the gradient passes down through every layer, and each layer may \
            shrink it. The lines show how much is left, on a logarithmic axis, for three scales of \
            the initial weights. The last panel enlarges the upper end.",
    question: "A start of 0.01·N(0, 1) suits one hidden layer. How much of the gradient is left \
               after thirty layers?",
    answer: "Almost nothing. Each layer multiplies the gradient by a small factor, and thirty \
             small factors make a very small one.",
    audience: Audience::Learners,
    claims: &[
        "a-hundredth-kills-deep-signals",
        "xavier-keeps-tanh-signals-alive",
        "he-keeps-relu-signals-alive",
        "xavier-keeps-sigmoid-signals-alive",
    ],
    draw,
};

const LAYERS: usize = 30;

const STARTS: [(Look, Weights, &str); 3] = [
    (Look::A, Weights::Normal(0.01), "0.01·N(0, 1)"),
    (Look::B, Weights::Xavier, "Xavier, √(1/n)·N(0, 1)"),
    (Look::C, Weights::He, "He, √(2/n)·N(0, 1)"),
];

const ACTIVATIONS: [(Activation, &str); 3] = [
    (Activation::Tanh, "tanh units"),
    (Activation::Relu, "ReLU units"),
    (Activation::Sigmoid, "sigmoid units"),
];

/// One start of one network.
struct Trained {
    g: Activation,
    weights: Weights,
    /// The size of an entry of dZ\[l\], relative to that of dZ\[30\], for l = 1, …, 30.
    sizes: Vec<f64>,
}

/// Units of each layer: a fourth of the work where a first look is all that is asked for.
fn width(config: &Config) -> usize {
    if config.profile == Profile::Quick { 128 } else { 256 }
}

fn run(g: Activation, weights: Weights, config: &Config) -> Result<Trained> {
    let width = width(config);
    let seed = config.seed;
    let widths: Vec<usize> = vec![width; LAYERS + 1].into_iter().chain([1]).collect();
    let network = Network::new(&widths, g, Loss::SquaredError)?;
    let start = network.initialise(weights, seed)?;
    let dz = deltas(&Reference, &network, &start, &input(width, 2 * seed)?)?;
    let top = size(&dz[LAYERS - 1]);
    Ok(Trained { g, weights, sizes: dz.iter().take(LAYERS).map(|dz| size(dz) / top).collect() })
}

fn draw(config: &Config) -> Result<Drawing> {
    let mut runs = Vec::new();
    for (g, _) in ACTIVATIONS {
        for (_, weights, _) in STARTS {
            runs.push(run(g, weights, config)?);
        }
    }
    let how = format!(
        "Computed now, before any training: {LAYERS} hidden layers of {} units, one example, zero \
         biases, residual 1 at the output. Size means the root mean square of the entries of \
         dZ[l]. This is one start of seed {}. The claims sample several starts.",
        width(config),
        config.seed
    );
    let statements = statements(&runs);
    let panels = ACTIVATIONS.iter().map(|&(g, name)| panel(g, name, &runs));
    let panels = panels.chain([enlarged(&runs)]).collect();
    Ok(Drawing { statements, how, csv: table(&runs)?, panels, columns: 2, film: None })
}

/// The size at layer 1.
fn left(runs: &[Trained], g: Activation, weights: Weights) -> f64 {
    let run = runs.iter().find(|run| run.g == g && run.weights == weights);
    run.map_or(f64::NAN, |run| run.sizes[0])
}

fn statements(runs: &[Trained]) -> Vec<CaptionSentence> {
    let at = |g: Activation, weights: Weights| left(runs, g, weights);
    let hundredth = Weights::Normal(0.01);
    let lost = ACTIVATIONS.map(|(g, _)| at(g, hundredth));
    let most = lost.into_iter().fold(0.0, f64::max);
    let tanh = at(Activation::Tanh, Weights::Xavier);
    let [relu, halved] = [Weights::He, Weights::Xavier].map(|it| at(Activation::Relu, it));
    let sigmoid = at(Activation::Sigmoid, Weights::Xavier);
    vec![
        CaptionSentence::new(
            lost.iter().all(|&left| left < DEAD),
            format!(
                "From 0.01·N(0, 1) almost nothing reaches layer 1: at most {} of the gradient at \
                 layer 30. A start that suits one hidden layer can be useless for thirty.",
                words(most)
            ),
        ),
        CaptionSentence::new(
            ALIVE.contains(&tanh) && ALIVE.contains(&relu),
            format!(
                "Xavier's start keeps the gradient alive with tanh ({} left). He's start keeps it \
                 alive with ReLU ({} left).",
                words(tanh),
                words(relu)
            ),
        ),
        CaptionSentence::new(
            halved < *ALIVE.start() && sigmoid < DEAD,
            format!(
                "The pairing matters. Xavier's start loses the gradient with ReLU ({} left). It \
                 loses more with sigmoid units ({} left), whose slope is at most ¼.",
                words(halved),
                words(sigmoid)
            ),
        ),
    ]
}

/// The starts that lose little, and the one that is worth comparing with them.
const ENLARGED: [(Look, Activation, Weights, &str); 3] = [
    (Look::B, Activation::Tanh, Weights::Xavier, "tanh units from Xavier's start"),
    (Look::C, Activation::Relu, Weights::He, "ReLU units from He's start"),
    (Look::D, Activation::Relu, Weights::Xavier, "ReLU units from Xavier's start"),
];

fn enlarged(runs: &[Trained]) -> Panel {
    let mut plot = plot("the upper end, enlarged", [-6.0, 1.0]);
    let mut seen = Vec::new();
    for (look, g, weights, words_of_line) in ENLARGED {
        draw_run(&mut plot, runs, (look, g, weights, words_of_line));
        seen.push(format!("{words_of_line}: {}", words(left(runs, g, weights))));
    }
    plot.panel(format!("gradient left at layer 1: {}.", seen.join("; ")))
}

/// An empty plot of sizes from 10^`low` to 10^`high`.
fn plot(name: &str, [low, high]: [f64; 2]) -> Plot {
    let layers = Axis::linear("layer l (the gradient runs from 30 to 1)", 1.0, LAYERS as f64);
    let ticks = [1, 5, 10, 15, 20, 25, 30].map(|l| (f64::from(l), l.to_string()));
    let sizes = Axis::log("size of dZ[l] relative to dZ[30]", low, high);
    let mut plot = Plot::new(name, layers.with_ticks(ticks), sizes, 220.0);
    plot.guide(&[[1.0, 1.0], [LAYERS as f64, 1.0]]);
    plot
}

fn draw_run(
    plot: &mut Plot,
    runs: &[Trained],
    (look, g, weights, words_of_line): (Look, Activation, Weights, &str),
) {
    let run = runs.iter().find(|run| run.g == g && run.weights == weights);
    let sizes = run.map_or(&[][..], |run| &run.sizes);
    let points: Vec<_> = (1..).zip(sizes).map(|(l, &size)| [f64::from(l), size]).collect();
    plot.line(look, &points);
    plot.dots(look, &points.iter().copied().step_by(4).collect::<Vec<_>>());
    plot.key(look, words_of_line);
}

fn panel(g: Activation, name: &str, runs: &[Trained]) -> Panel {
    let mut plot = plot(name, [-46.0, 2.0]);
    let mut seen = Vec::new();
    for (look, weights, words_of_start) in STARTS {
        draw_run(&mut plot, runs, (look, g, weights, words_of_start));
        seen.push(format!("{words_of_start}: {}", words(left(runs, g, weights))));
    }
    plot.panel(format!("gradient left at layer 1: {}.", seen.join("; ")))
}

fn table(runs: &[Trained]) -> Result<String> {
    let rows = runs.iter().flat_map(|run| {
        (1..=LAYERS).zip(&run.sizes).map(|(l, size)| {
            [run.g.to_string(), run.weights.to_string(), l.to_string(), data(*size)]
        })
    });
    csv(["activation", "start", "layer", "size of dZ relative to layer 30"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relu_from_he_neither_dies_nor_explodes_at_any_layer() {
        let run = run(Activation::Relu, Weights::He, &Config::default()).unwrap();
        assert_eq!((run.sizes.len(), run.sizes[LAYERS - 1]), (LAYERS, 1.0));
        assert!(run.sizes.iter().all(|size| ALIVE.contains(size)));
    }
}
