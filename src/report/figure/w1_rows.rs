//! The rows of W1 while a network learns AND, from zero, from a constant and from random numbers.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::claim::tasks::{accuracy, zero_one_coded};
use crate::property::Config;
use crate::report::axis::Axis;
use crate::report::number::{data, words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, Plot};
use crate::symmetry::row_distances;
use crate::{Activation, Loss, Network, Result, Weights};
use ndarray::Array2;

pub(super) const FIGURE: Figure = Figure {
    id: "w1-rows",
    title: "Equal units stay equal; different units go their own way",
    about: "A network of four sigmoid units learns the function AND three times. Only the start of \
            its weights differs. Each line follows the first weight of one unit. The markers of \
            each unit are at different iterations, so that all four units can be seen where their \
            lines coincide.",
    question: "Four units start equal, in incoming and in outgoing weights. Can training make them \
               differ? Does it matter whether the weights are zero?",
    answer: "No, if the computer treats them alike. Equal units get equal gradients at every \
             iteration, from zero and from any other constant.",
    audience: Audience::Learners,
    claims: &[
        "zero-init-keeps-w1-rows-identical-forever",
        "zero-init-moves-only-with-sigmoid-and-unbalanced-labels",
        "equal-constant-weights-keep-units-identical",
        "identical-units-stay-identical-after-one-step",
        "random-weights-make-units-distinct",
        "random-init-keeps-rows-distinct-at-every-iteration",
    ],
    draw,
};

const UNITS: usize = 4;
const STEPS: usize = 2000;
const EVERY: usize = 20;
const RATE: f64 = 1.0;

/// One training run.
struct Trained {
    name: &'static str,
    /// W1 at iterations 0, [`EVERY`], ….
    w1: Vec<Array2<f64>>,
    /// The smallest and the largest distance of two rows, over all iterations.
    nearest: f64,
    furthest: f64,
    /// How far the first weight came from where it began.
    moved: f64,
    accuracy: f64,
}

impl Trained {
    fn leaves_zero(&self) -> bool {
        let begins_at_zero = self.w1.first().is_some_and(|w1| w1.iter().all(|w| *w == 0.0));
        begins_at_zero && self.moved > 0.0
    }
}

fn run(name: &'static str, weights: Weights, config: &Config) -> Result<Trained> {
    run_of(Activation::Sigmoid, name, weights, config)
}

fn run_of(g: Activation, name: &'static str, weights: Weights, config: &Config) -> Result<Trained> {
    let batch = zero_one_coded(&[0.0, 0.0, 0.0, 1.0])?;
    let network = Network::new(&[2, UNITS, 1], g, Loss::CrossEntropy)?;
    let start = network.initialise(weights, config.seed)?;
    let mut w1 = Vec::new();
    let mut nearest = f64::INFINITY;
    let mut furthest = 0.0_f64;
    let end = network.train(&start, &batch, RATE, STEPS, |t, now| {
        let least = row_distances(now, 1).map_or(f64::NAN, |distances| distances.min);
        nearest = nearest.min(least);
        let rows = now.w(1).rows();
        let first = now.w(1).row(0);
        let distance = |row: ndarray::ArrayView1<f64>| {
            (&row - &first).iter().fold(0.0_f64, |most, d| most.max(d.abs()))
        };
        furthest = rows.into_iter().map(distance).fold(furthest, f64::max);
        if t.is_multiple_of(EVERY) {
            w1.push(now.w(1).clone());
        }
    })?;
    let moved = (end.w(1)[[0, 0]] - start.w(1)[[0, 0]]).abs();
    let accuracy = accuracy(&network, &end, &batch)?;
    Ok(Trained { name, w1, nearest, furthest, moved, accuracy })
}

fn draw(config: &Config) -> Result<Drawing> {
    let runs = [
        run("from zero", Weights::Zeros, config)?,
        run("from 0.5 everywhere", Weights::Constant(0.5), config)?,
        run("from random numbers", Weights::Normal(0.5), config)?,
    ];
    let [zero, constant, random] = &runs;
    let tanh = run_of(Activation::Tanh, "tanh from zero", Weights::Zeros, config)?;
    let all = runs.iter().flat_map(|run| run.w1.iter().flat_map(|w1| w1.column(0).to_vec()));
    let (low, high) = all.fold((0.0_f64, 0.0_f64), |(low, high), w| (low.min(w), high.max(w)));
    let together = |run: &Trained| run.furthest == 0.0 && run.moved > 0.5;
    let statements = vec![
        CaptionSentence::new(
            together(zero) && together(constant),
            format!(
                "From zero and from one constant all {UNITS} rows are equal, bit for bit, at each \
                 of the {STEPS} iterations. Four units do the work of one."
            ),
        ),
        CaptionSentence::new(
            zero.moved > 0.5 && tanh.w1.iter().flatten().all(|w| *w == 0.0),
            "Sigmoid units leave zero, because σ(0) = ½ and AND is 0 more often than 1. tanh units \
             stay there: see the next figure.",
        ),
        CaptionSentence::new(
            random.nearest > 0.0,
            format!(
                "From random numbers no two rows become equal in this run. The distance between \
                 two rows never falls below {}.",
                words(random.nearest)
            ),
        ),
        CaptionSentence::new(
            runs.iter().all(|run| run.accuracy == 1.0),
            "All three networks learn AND, because one unit is enough for it. XOR, below, needs \
             two units that differ.",
        ),
    ];
    let how = format!(
        "Trained now: 2 inputs, {UNITS} sigmoid units, cross-entropy, gradient descent at rate \
         {RATE} on the four points of AND. Random means 0.5·N(0, 1), seed {}. A theorem says that \
         units with equal rows, biases and outgoing weights stay equal, for all inputs and at all \
         iterations. It is about a model whose kernel treats the units alike. That random rows \
         stay apart was tested on random cases.",
        config.seed
    );
    let panels = runs.iter().map(|run| panel(run, low, high)).collect();
    Ok(Drawing { statements, how, csv: table(&runs)?, panels, columns: 3, film: None })
}

fn panel(run: &Trained, low: f64, high: f64) -> Panel {
    let iterations = Axis::linear("iteration", 0.0, STEPS as f64);
    let weight = Axis::linear("first weight of each unit, W1[i, 1]", low - 0.4, high + 0.4);
    let mut plot = Plot::new(run.name, iterations, weight, 200.0);
    for (unit, look) in (0..UNITS).zip(Look::ALL) {
        let at = |(k, w1): (usize, &Array2<f64>)| [(k * EVERY) as f64, w1[[unit, 0]]];
        let points: Vec<_> = run.w1.iter().enumerate().map(at).collect();
        plot.line(look, &points);
        // the markers take turns, so that all are seen where the lines lie on top of each other
        let turns = points.iter().copied().skip(4 + 5 * unit).step_by(5 * UNITS);
        plot.dots(look, &turns.collect::<Vec<_>>());
        plot.key(look, format!("unit {}", unit + 1));
    }
    if run.leaves_zero() {
        let words = ["σ(0) = ½: sigmoid units leave zero.", "tanh units would not: next figure."];
        for (row, words) in (0..).zip(words) {
            plot.note([316.0, 66.0 + 15.0 * f64::from(row)], "end", words);
        }
    }
    let together = run.furthest == 0.0;
    let end = run.w1.last().map_or(0.0, |w1| w1[[0, 0]]);
    let seen = if together {
        format!("four lines on top of each other, ending at {}", words(end))
    } else {
        "four separate lines".into()
    };
    plot.panel(format!("{seen}, over {STEPS} iterations"))
}

fn table(runs: &[Trained]) -> Result<String> {
    let rows = runs.iter().flat_map(|run| {
        run.w1.iter().enumerate().flat_map(move |(k, w1)| {
            (0..UNITS).map(move |unit| {
                let weights = [0, 1].map(|column| data(w1[[unit, column]]));
                let [first, second] = weights;
                let step = (k * EVERY).to_string();
                [run.name.into(), step, (unit + 1).to_string(), first, second]
            })
        })
    });
    csv(["start", "iteration", "unit", "first weight", "second weight"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_seed(seed: u64) -> Config {
        Config { seed, ..Config::default() }
    }

    #[test]
    fn rows_coincide_at_every_iteration_from_equal_starts_and_at_none_from_random_ones() {
        for weights in [Weights::Zeros, Weights::Constant(0.5)] {
            let run = run("", weights, &at_seed(1)).unwrap();
            assert_eq!(run.furthest, 0.0);
            assert!(run.moved > 1.0, "not vacuous: the weights move");
        }
        for seed in 1..=8 {
            assert!(run("", Weights::Normal(0.5), &at_seed(seed)).unwrap().nearest > 0.0);
        }
    }

    #[test]
    fn the_table_holds_every_unit_at_every_iteration_shown() {
        let runs = [run("a", Weights::Zeros, &at_seed(1)).unwrap()];
        let table = table(&runs).unwrap();
        assert_eq!(table.lines().count(), 1 + UNITS * (STEPS / EVERY + 1));
        assert_eq!(table.lines().nth(1), Some("a,0,1,0,0"));
    }
}
