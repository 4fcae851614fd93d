//! Activations of tanh units at four scales of W.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::claim::tasks::breast_cancer;
use crate::property::Config;
use crate::report::axis::Axis;
use crate::report::number::{data, percent, words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, Plot};
use crate::tolerance::SATURATED_SLOPE;
use crate::{Activation, Loss, Network, Result, Weights};

pub(super) const FIGURE: Figure = Figure {
    id: "activations",
    title: "The scale of the weights decides where the units work",
    about: "A unit adds up its weighted inputs to z. It passes z through tanh, which squeezes it \
            between −1 and 1. The bars show how the activations are distributed before any \
            training, at four scales of the weights.",
    question: "At which scale of the weights do most units stop reacting to their inputs?",
    answer: "At the largest. Large weights make large sums z, and tanh is flat there.",
    audience: Audience::Learners,
    claims: &[
        "large-weights-saturate-hidden-units",
        "large-weights-give-large-preactivations",
        "large-weights-make-large-activations",
        "small-weights-keep-units-responsive",
    ],
    draw,
};

const SCALES: [f64; 4] = [0.01, 0.1, 1.0, 100.0];
const UNITS: usize = 32;
const BINS: usize = 20;

/// All activations of one start.
struct Histogram {
    scale: f64,
    /// The share of activations in each of [`BINS`] equal parts of [−1, 1].
    shares: Vec<f64>,
    /// The share with a slope below [`SATURATED_SLOPE`].
    flat: f64,
}

fn histogram(scale: f64, seed: u64) -> Result<Histogram> {
    let batch = breast_cancer()?;
    let network =
        Network::new(&[batch.x().nrows(), UNITS, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = network.initialise(Weights::Normal(scale), seed)?;
    let forward = network.forward(&start, batch.x())?;
    let a = forward.a(1);
    let mut counts = vec![0_usize; BINS];
    for a in a {
        let bin = ((a + 1.0) / 2.0 * BINS as f64) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let all = a.len() as f64;
    let slope = |(&z, &a): (&f64, &f64)| Activation::Tanh.slope(z, a);
    let flat =
        forward.z(1).iter().zip(a).map(slope).filter(|slope| *slope < SATURATED_SLOPE).count();
    let shares = counts.into_iter().map(|count| count as f64 / all).collect();
    Ok(Histogram { scale, shares, flat: flat as f64 / all })
}

fn draw(config: &Config) -> Result<Drawing> {
    let [a, b, c, d] = SCALES.map(|scale| histogram(scale, config.seed));
    let histograms = [a?, b?, c?, d?];
    let [smallest, .., largest] = &histograms;
    let centre: f64 = smallest.shares[BINS / 2 - 4..BINS / 2 + 4].iter().sum();
    let ends = largest.shares[0] + largest.shares[BINS - 1];
    let statements = vec![
        CaptionSentence::new(
            centre > 0.99 && smallest.flat == 0.0,
            format!(
                "At 0.01·N(0, 1) the activations stay near 0, where tanh is steep. {} of them have \
                 a slope below {}.",
                percent(smallest.flat),
                words(SATURATED_SLOPE)
            ),
        ),
        CaptionSentence::new(
            ends > 0.9 && largest.flat > 0.9,
            format!(
                "At 100·N(0, 1) nearly all activations are −1 or 1. {} of them have a slope below \
                 {}. Such a unit passes almost no gradient to its weights.",
                percent(largest.flat),
                words(SATURATED_SLOPE)
            ),
        ),
        CaptionSentence::new(
            histograms.windows(2).all(|pair| pair[0].flat <= pair[1].flat),
            "The larger the weights, the more units work where tanh is flat.",
        ),
    ];
    let how = format!(
        "Run now, before any training: {UNITS} tanh units on the 569 examples of \
         breast_cancer.csv, 30 standardised features, weights s·N(0, 1) of seed {}, zero biases. \
         This is one start. The claims test such shares statistically.",
        config.seed
    );
    let shares = histograms.iter().flat_map(|histogram| &histogram.shares);
    let highest = shares.copied().fold(0.0, f64::max);
    let panels = histograms.iter().map(|histogram| panel(histogram, highest)).collect();
    let csv = table(&histograms)?;
    Ok(Drawing { statements, how, csv, panels, columns: 2, film: None })
}

/// All panels share one axis, up to the `highest` bar of any.
fn panel(histogram: &Histogram, highest: f64) -> Panel {
    let Histogram { scale, shares, flat } = histogram;
    let ticks = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|at| (at, words(at)));
    let a = Axis::linear("activation a = tanh(z)", -1.0, 1.0).with_ticks(ticks);
    let share = Axis::linear("share of activations, %", 0.0, 100.0 * highest);
    let mut plot = Plot::new(format!("scale s = {}", words(*scale)), a, share, 130.0);
    for (bin, share) in shares.iter().enumerate() {
        let edge = |k: usize| 2.0 * k as f64 / BINS as f64 - 1.0;
        if *share > 0.0 {
            plot.bar(Look::A, [edge(bin), edge(bin + 1)], 100.0 * share);
        }
    }
    let middle_of = |bin: usize| (2 * bin + 1) as f64 / BINS as f64 - 1.0;
    let of_bins = shares.iter().enumerate().map(|(bin, share)| [middle_of(bin), 100.0 * share]);
    plot.tell(Look::A, of_bins.collect());
    let words = format!("{} have a slope below 0.001", percent(*flat));
    let middle: f64 = shares[BINS / 4..3 * BINS / 4].iter().sum();
    plot.panel(format!("{words}; {} lie between minus and plus one half.", percent(middle)))
}

fn table(histograms: &[Histogram]) -> Result<String> {
    let rows = histograms.iter().flat_map(|Histogram { scale, shares, .. }| {
        shares.iter().enumerate().map(move |(bin, share)| {
            let edge = |k: usize| data(2.0 * k as f64 / BINS as f64 - 1.0);
            [data(*scale), edge(bin), edge(bin + 1), data(*share)]
        })
    });
    csv(["scale", "from", "to", "share of activations"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tolerance::after_roundings;

    #[test]
    fn the_bars_of_a_histogram_are_all_activations() {
        for scale in SCALES {
            let shares = histogram(scale, 1).unwrap().shares;
            let off = (shares.iter().sum::<f64>() - 1.0).abs();
            assert!(off <= after_roundings(2.0 * BINS as f64), "{off}");
        }
    }
}
