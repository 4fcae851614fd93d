//! The sigmoid and tanh with their slopes.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::property::Config;
use crate::report::axis::Axis;
use crate::report::number::{data, words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, Plot};
use crate::tolerance::SATURATED_SLOPE;
use crate::{Activation, Result};

pub(super) const FIGURE: Figure = Figure {
    id: "saturation",
    title: "Sigmoid and tanh flatten out",
    about: "The gradient of a unit's weights contains the slope of its activation function as a \
            factor. Where the curve is flat the gradient is almost zero, and the unit hardly \
            learns. Such a unit is saturated.",
    question: "Where is the slope of the sigmoid largest, and how large is it there?",
    answer: "At z = 0, where it is ¼. tanh has slope 1 there.",
    audience: Audience::Learners,
    claims: &[
        "sigmoid-and-tanh-saturate",
        "sigmoid-and-tanh-have-limits",
        "sigmoid-derivative-identity",
        "tanh-derivative-identity",
        "the-sigmoid-curve-crosses-the-origin",
    ],
    draw,
};

/// The curves are drawn from −REACH to REACH.
const REACH: f64 = 8.0;
const POINTS: usize = 161;

const CURVES: [(Look, Activation, &str); 2] =
    [(Look::A, Activation::Sigmoid, "sigmoid σ"), (Look::B, Activation::Tanh, "tanh")];

fn points() -> impl Iterator<Item = f64> {
    (0..POINTS).map(|k| REACH * (2.0 * k as f64 / (POINTS - 1) as f64 - 1.0))
}

fn slope(g: Activation, z: f64) -> f64 {
    g.slope(z, g.value(z))
}

/// The bounds of the claim: e^−|z| and 4e^−2|z|.
fn bound(g: Activation, z: f64) -> f64 {
    g.facts().bound_of_slope(z)
}

fn draw(_: &Config) -> Result<Drawing> {
    let [sigmoid, tanh] = [Activation::Sigmoid, Activation::Tanh];
    let within = |g: Activation| points().all(|z| slope(g, z) <= bound(g, z) + f64::EPSILON);
    let steepest = |g: Activation| points().map(|z| slope(g, z)).fold(0.0, f64::max);
    let (at_8, tanh_at_8) = (slope(sigmoid, REACH), slope(tanh, REACH));
    let statements = vec![
        CaptionSentence::new(
            sigmoid.value(0.0) == 0.5 && tanh.value(0.0) == 0.0,
            "The sigmoid runs from 0 to 1 and is ½ at z = 0. tanh runs from −1 to 1 and passes \
             through the origin.",
        ),
        CaptionSentence::new(
            steepest(sigmoid) == 0.25 && steepest(tanh) == 1.0,
            "The slopes are largest at z = 0: ¼ for the sigmoid and 1 for tanh.",
        ),
        CaptionSentence::new(
            within(sigmoid) && within(tanh) && at_8 < SATURATED_SLOPE && tanh_at_8 < at_8,
            format!(
                "Away from 0 the slopes fall exponentially. They stay below the dotted bounds \
                 e^(−|z|) and 4·e^(−2|z|). At z = 8 they are {} and {}.",
                words(at_8),
                words(tanh_at_8)
            ),
        ),
    ];
    let how = "Computed now by the network's own functions. The identities, limits and bounds are \
               proved over the reals and also tested on random numbers in double precision.";
    Ok(Drawing {
        statements,
        how: how.into(),
        csv: table()?,
        panels: vec![values(), slopes(), decay()],
        columns: 3,
        film: None,
    })
}

fn z_axis() -> Axis {
    let ticks = [-8.0, -4.0, 0.0, 4.0, 8.0].map(|at| (at, words(at)));
    Axis::linear("pre-activation z", -REACH, REACH).with_ticks(ticks)
}

fn curve(plot: &mut Plot, look: Look, name: &str, value: impl Fn(f64) -> f64) {
    let line: Vec<_> = points().map(|z| [z, value(z)]).collect();
    plot.line(look, &line);
    plot.dots(look, &line.iter().copied().skip(10).step_by(20).collect::<Vec<_>>());
    plot.key(look, name);
}

fn values() -> Panel {
    let mut plot = Plot::new("the functions", z_axis(), Axis::linear("g(z)", -1.1, 1.1), 180.0);
    plot.guide(&[[-REACH, 0.0], [REACH, 0.0]]);
    for (look, g, name) in CURVES {
        curve(&mut plot, look, name, |z| g.value(z));
    }
    plot.panel("both rise like an S; the sigmoid from 0 to 1, tanh from minus 1 to 1.")
}

fn slopes() -> Panel {
    let mut plot = Plot::new("their slopes", z_axis(), Axis::linear("g'(z)", 0.0, 1.1), 180.0);
    for (look, g, name) in CURVES {
        curve(&mut plot, look, &format!("slope of {name}"), |z| slope(g, z));
    }
    plot.panel(
        "both are bell curves around 0: that of the sigmoid has height one quarter, that of tanh \
         height 1.",
    )
}

fn decay() -> Panel {
    let axis = Axis::log("g'(z), logarithmic", -7.0, 0.2);
    let mut plot = Plot::new("their slopes, logarithmic", z_axis(), axis, 180.0);
    for (look, g, name) in CURVES {
        let bounded = points().filter(|z| bound(g, *z) <= 1.0);
        let (left, right): (Vec<f64>, Vec<f64>) = bounded.partition(|z| *z < 0.0);
        for side in [left, right] {
            plot.guide(&side.into_iter().map(|z| [z, bound(g, z)]).collect::<Vec<_>>());
        }
        curve(&mut plot, look, &format!("slope of {name}"), |z| slope(g, z));
    }
    let dotted = crate::report::markup::element("path").with("class", "guide").with("d", "M0-4H30");
    plot.key_of(dotted, "bounds e^(−|z|) and 4·e^(−2|z|)");
    plot.panel("both fall along straight lines on either side of 0, tanh twice as fast.")
}

fn table() -> Result<String> {
    let rows = points().map(|z| {
        let [sigmoid, tanh] = [Activation::Sigmoid, Activation::Tanh];
        let of = |g: Activation| [data(g.value(z)), data(slope(g, z))];
        let ([sigmoid, its_slope], [tanh, slope_of_tanh]) = (of(sigmoid), of(tanh));
        [data(z), sigmoid, its_slope, tanh, slope_of_tanh]
    });
    csv(["z", "sigmoid", "slope of sigmoid", "tanh", "slope of tanh"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_symmetric_and_hold_zero() {
        let points: Vec<_> = points().collect();
        assert_eq!((points[0], points[POINTS / 2], points[POINTS - 1]), (-REACH, 0.0, REACH));
    }
}
