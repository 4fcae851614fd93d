//! How often a random start learns XOR, against its scale and the number of units.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::claim::tasks::learns;
use crate::parallel;
use crate::property::{Config, Profile};
use crate::report::axis::Axis;
use crate::report::number::{data, percent};
use crate::report::plot::{Look, Plot};
use crate::statistics::lower_bound_of_rate;
use crate::subject::{Descent, Reference};
use crate::toy::xor;
use crate::{Activation, Loss, Network, Result, Weights};

pub(super) const FIGURE: Figure = Figure {
    id: "success-xor",
    title: "How often a random start learns XOR",
    about: "A random start makes the units different. That alone does not make them learn. Each \
            point stands for many networks with random starts of one scale. It shows how many of \
            them get all four points of XOR right after training.",
    question: "Does every random start learn XOR? Does a smaller scale help?",
    answer: "Not every random start does, and a very small scale hurts: there is a saddle near \
             zero, which gradient descent leaves slowly.",
    audience: Audience::Learners,
    claims: &[
        "random-init-learns-what-zero-init-cannot",
        "random-init-guarantees-success",
        "a-hundredth-suits-shallow-networks",
    ],
    draw,
};

const SCALES: [f64; 8] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
const WIDTHS: [(Look, usize); 3] = [(Look::A, 2), (Look::B, 4), (Look::C, 8)];
const DESCENT: Descent<f64> = Descent { rate: 1.0, steps: 3000 };

/// Each end of an interval is wrong with at most this probability: together 5 %.
const LEVEL: f64 = 0.025;

/// The starts of one scale and width.
struct Rate {
    units: usize,
    scale: f64,
    learnt: usize,
    trials: usize,
}

impl Rate {
    fn share(&self) -> f64 {
        self.learnt as f64 / self.trials as f64
    }

    /// Clopper and Pearson's interval.
    fn interval(&self) -> [f64; 2] {
        let Self { learnt, trials, .. } = *self;
        let high = 1.0 - lower_bound_of_rate(trials - learnt, trials, LEVEL);
        [lower_bound_of_rate(learnt, trials, LEVEL), high]
    }
}

fn rate(units: usize, scale: f64, config: &Config) -> Result<Rate> {
    let network = Network::new(&[2, units, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let batch = xor()?;
    let trials = trials(config);
    let mut learnt = 0;
    for k in 0..trials {
        let start = network.initialise(Weights::Normal(scale), config.seed + k as u64)?;
        learnt += usize::from(learns(&Reference, &network, &start, &batch, DESCENT)?);
    }
    Ok(Rate { units, scale, learnt, trials })
}

fn trials(config: &Config) -> usize {
    match config.profile {
        Profile::Quick => 20,
        Profile::Ci => 100,
        Profile::Soak => 400,
    }
}

fn draw(config: &Config) -> Result<Drawing> {
    let settings: Vec<_> =
        WIDTHS.iter().flat_map(|&(_, units)| SCALES.map(|scale| (units, scale))).collect();
    let rates = parallel::map(&settings, |&(units, scale)| rate(units, scale, config));
    let rates = rates.into_iter().collect::<Result<Vec<_>>>()?;
    let at = |units: usize, scale: f64| {
        let found = rates.iter().find(|rate| rate.units == units && rate.scale == scale);
        found.map_or(f64::NAN, Rate::share)
    };
    let statements = vec![
        CaptionSentence::new(
            at(4, 0.01) < 0.5 && at(4, 0.3) > 0.9,
            format!(
                "The usual scale of 0.01 is too small for this task. {} of the starts with 4 units \
                 learn it within {} steps. At a scale of 0.3, {} of them do. There is a saddle \
                 near zero, which gradient descent leaves slowly.",
                percent(at(4, 0.01)),
                DESCENT.steps,
                percent(at(4, 0.3))
            ),
        ),
        CaptionSentence::new(
            SCALES.iter().any(|&scale| at(2, scale) > 0.0) && at(2, 1.0) < 1.0,
            format!(
                "Two units can represent XOR, but not every random start learns it. At a scale of \
                 1, {} of the starts with 2 units do.",
                percent(at(2, 1.0))
            ),
        ),
        CaptionSentence::new(
            at(8, 1.0) > at(2, 1.0),
            format!(
                "More units help. At a scale of 1, {} of the starts with 8 units learn it.",
                percent(at(8, 1.0))
            ),
        ),
    ];
    let trials = trials(config);
    let first = config.seed;
    let how = format!(
        "Run now: {trials} starts for each point, seeds from {first}, weights s·N(0, 1), zero \
         biases, tanh units, rate {}, at most {} steps. The bars are 95 % confidence intervals of \
         Clopper and Pearson, one for each point.",
        DESCENT.rate, DESCENT.steps
    );
    let panels = vec![plot(&rates).panel(alternative(&rates))];
    Ok(Drawing { statements, how, csv: table(&rates)?, panels, columns: 1, film: None })
}

fn plot(rates: &[Rate]) -> Plot {
    let scales = Axis::log("scale s of the weights, s·N(0, 1)", -2.2, 1.7);
    let shares = Axis::linear("starts that get all four points right, %", 0.0, 100.0);
    let mut plot = Plot::new("tanh units on XOR", scales, shares, 220.0);
    for (place, (look, units)) in (-1..=1).zip(WIDTHS) {
        let of_width = rates.iter().filter(|rate| rate.units == units);
        // beside each other, so that the bars do not hide one another
        let beside = libm::exp10(0.03 * f64::from(place));
        let points: Vec<_> = of_width
            .map(|rate| {
                let [low, high] = rate.interval().map(|share| 100.0 * share);
                plot.interval(look, rate.scale * beside, [low, high]);
                [rate.scale * beside, 100.0 * rate.share()]
            })
            .collect();
        let numbers = points.iter().zip(SCALES).map(|([_, share], scale)| [scale, *share]);
        plot.line_beside(look, &points, numbers.collect());
        plot.dots(look, &points);
        plot.key(look, format!("{units} units"));
    }
    plot
}

fn alternative(rates: &[Rate]) -> String {
    let of_width = |(_, units): (Look, usize)| {
        let shares = rates.iter().filter(|rate| rate.units == units);
        let shares = shares.map(|rate| format!("{} at {}", percent(rate.share()), rate.scale));
        format!("{units} units: {}.", shares.collect::<Vec<_>>().join(", "))
    };
    WIDTHS.map(of_width).join(" ")
}

fn table(rates: &[Rate]) -> Result<String> {
    let rows = rates.iter().map(|rate| {
        let [low, high] = rate.interval().map(data);
        let [units, learnt, trials] =
            [rate.units, rate.learnt, rate.trials].map(|count| count.to_string());
        [units, data(rate.scale), learnt, trials, data(rate.share()), low, high]
    });
    csv(["units", "scale", "learnt", "starts", "share", "from", "to"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_share_and_is_narrower_with_more_starts() {
        let of = |learnt, trials| Rate { units: 2, scale: 1.0, learnt, trials };
        for rate in [of(0, 20), of(7, 20), of(20, 20)] {
            let [low, high] = rate.interval();
            assert!((low..=high).contains(&rate.share()) && (0.0..=1.0).contains(&low));
        }
        let width = |rate: Rate| rate.interval()[1] - rate.interval()[0];
        assert!(width(of(50, 100)) < width(of(10, 20)));
    }
}
