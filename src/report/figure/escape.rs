//! Equal units in a kernel that adds one row in another order: how rounding drives them apart.
//!
//! It measures and draws; axes and words are set by `plot.rs`. Start at [`FIGURE`], then [`draw`].

use super::{Audience, CaptionSentence, Drawing, Figure, csv};
use crate::claim::tasks::accuracy;
use crate::fault::{Fault, Faulty};
use crate::property::Config;
use crate::report::axis::Axis;
use crate::report::number::{data, power_of_ten, words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, Plot};
use crate::subject::{Descent, Reference, Subject};
use crate::toy::xor;
use crate::{Activation, Batch, Loss, Network, Parameters, Result, Weights};

pub(super) const FIGURE: Figure = Figure {
    id: "rounding-escape",
    title: "Rounding can separate equal units",
    about: "Equal units stay equal as long as the computer treats them alike to the last bit. Fast \
            libraries do not promise that. They may add the numbers of one row in a different \
            order, and sums of rounded numbers depend on the order.",
    question: "All units start equal, and one row is added in reverse order. Do they stay equal?",
    answer: "Not always. A sum of rounded numbers depends on its order. The difference can stay \
             tiny or grow.",
    audience: Audience::Learners,
    claims: &["rounding-can-break-identical-units", "zero-init-keeps-w1-rows-identical-forever"],
    draw,
};

const STEPS: usize = 3000;
const EVERY: usize = 10;

/// One training run from 0.5 everywhere.
struct Trained {
    look: Look,
    name: &'static str,
    short: &'static str,
    /// At iterations 0, [`EVERY`], …: the largest difference between the first and the last row.
    distances: Vec<f64>,
    /// The first iteration at which they differ, and by how much.
    first: Option<(usize, f64)>,
    /// At the same iterations: points of XOR right.
    right: Vec<usize>,
}

impl Trained {
    fn most_right(&self) -> usize {
        self.right.iter().copied().max().unwrap_or(0)
    }

    fn furthest(&self) -> f64 {
        self.distances.iter().copied().fold(0.0, f64::max)
    }

    /// The most points right up to each of the iterations.
    fn most_so_far(&self) -> impl Iterator<Item = usize> {
        self.right.iter().scan(0, |most, right| {
            *most = *right.max(most);
            Some(*most)
        })
    }
}

struct Setting {
    look: Look,
    name: &'static str,
    short: &'static str,
    units: usize,
    moved_by: f64,
    rate: f64,
}

impl Setting {
    fn run(&self, subject: &dyn Subject) -> Result<Trained> {
        let Self { look, name, short, units, moved_by, rate } = *self;
        let network = Network::new(&[2, units, 1], Activation::Sigmoid, Loss::CrossEntropy)?;
        let batch = Batch::new(xor()?.x().mapv(|x| x + moved_by), xor()?.y().clone())?;
        let start = network.initialise(Weights::Constant(0.5), 1)?;
        let mut distances = Vec::new();
        let mut first = None;
        let mut right = Vec::new();
        let mut observe = |t: usize, now: &Parameters<f64>| {
            let difference = &now.w(1).row(0) - &now.w(1).row(units - 1);
            let distance = difference.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
            if first.is_none() && distance > 0.0 {
                first = Some((t, distance));
            }
            if t.is_multiple_of(EVERY) {
                distances.push(distance);
                let share = accuracy(&network, now, &batch).unwrap_or(f64::NAN);
                right.push((4.0 * share).round() as usize);
            }
        };
        subject.train(network.at(&start, &batch), Descent { rate, steps: STEPS }, &mut observe)?;
        Ok(Trained { look, name, short, distances, first, right })
    }
}

fn runs() -> Result<[Trained; 3]> {
    let uneven = Faulty::with(Fault::OneRowReducedInReverseOrder);
    let growing = Setting {
        look: Look::B,
        name: "17 units, one row added in reverse",
        short: "17 units, uneven",
        units: 17,
        moved_by: 0.25,
        rate: 5.0,
    };
    let tiny = Setting {
        look: Look::C,
        name: "4 units, one row added in reverse",
        short: "4 units, uneven",
        units: 4,
        moved_by: 0.0,
        rate: 1.0,
    };
    let look = Look::A;
    let name = "17 units, every row in the same order";
    let control = Setting { look, name, short: "17 units, even", ..growing };
    let control = control.run(&Reference)?;
    Ok([control, growing.run(&uneven)?, tiny.run(&uneven)?])
}

fn draw(_: &Config) -> Result<Drawing> {
    let runs = runs()?;
    let [control, growing, small] = &runs;
    let statements = vec![
        CaptionSentence::new(
            control.furthest() == 0.0 && control.most_right() <= 3,
            format!(
                "If every row is added in the same order, the units stay equal, bit for bit. They \
                 never get more than {} of the 4 points right.",
                control.most_right()
            ),
        ),
        CaptionSentence::new(
            growing.first.is_some_and(|(_, distance)| tiny(distance))
                && growing.furthest() > 0.1
                && growing.most_right() == 4,
            format!(
                "If one row is added in reverse, the units differ by a rounding error: {}. \
                 Training enlarges the difference to {}, and the network learns XOR from a \
                 constant start.",
                growing.first.map_or("none".into(), |(t, distance)| format!(
                    "{} at iteration {t}",
                    words(distance)
                )),
                words(growing.furthest())
            ),
        ),
        CaptionSentence::new(
            small.first.is_some() && tiny(small.furthest()) && small.most_right() <= 3,
            format!(
                "This does not always happen. With 4 units at rate 1 the difference never exceeds \
                 {}.",
                words(small.furthest())
            ),
        ),
    ];
    let how = "Trained now on XOR: three examples with sigmoid units, every weight 0.5 at the \
               start, no random numbers. With 17 units the inputs are shifted by ¼ and the rate is \
               5. The uneven kernel is a planted fault. It does what fast libraries do: it adds \
               one row of dW in a different order. A theorem about one small example says that a \
               reversed sum can differ in binary64 and separate two units.";
    Ok(Drawing {
        statements,
        how: how.into(),
        csv: table(&runs)?,
        panels: vec![distances(&runs), points_right(&runs)],
        columns: 2,
        film: None,
    })
}

/// Less than half of the digits of a double: a difference that is still rounding.
fn tiny(distance: f64) -> bool {
    distance < f64::EPSILON.sqrt()
}

/// Where the logarithmic axis ends; an exact zero is drawn there.
const LOWEST: f64 = -20.0;

fn distances(runs: &[Trained]) -> Panel {
    let axis = Axis::log("largest difference of two units' weights", LOWEST, 2.0);
    let ticks = [-16, -12, -8, -4, 0].map(|k| (libm::exp10(f64::from(k)), power_of_ten(k)));
    let zero = libm::exp10(LOWEST);
    let axis = axis.with_ticks([(zero, "0".into())].into_iter().chain(ticks));
    let mut plot = Plot::new("how far apart the units are", iterations(), axis, 220.0);
    for run in runs {
        let at = |(k, distance): (usize, &f64)| [(k * EVERY) as f64, distance.max(zero)];
        let points: Vec<_> = run.distances.iter().enumerate().map(at).collect();
        draw_series(&mut plot, run, &points, run.distances.iter().copied());
    }
    let seen = runs.iter().map(|run| format!("{}: at most {}", run.name, words(run.furthest())));
    plot.panel(seen.collect::<Vec<_>>().join("; ") + ".")
}

fn points_right(runs: &[Trained]) -> Panel {
    let ticks = [0, 1, 2, 3, 4].map(|count| (f64::from(count), count.to_string()));
    let axis = Axis::linear("most points of XOR right so far, of 4", 0.0, 4.4).with_ticks(ticks);
    let mut plot = Plot::new("what they get right", iterations(), axis, 220.0);
    for (place, run) in (-1..).zip(runs) {
        // beside each other where they are equal
        let beside = 0.06 * f64::from(place);
        let at = |(k, right): (usize, usize)| [(k * EVERY) as f64, right as f64 + beside];
        let points: Vec<_> = run.most_so_far().enumerate().map(at).collect();
        draw_series(&mut plot, run, &points, run.most_so_far().map(|right| right as f64));
    }
    let seen = runs.iter().map(|run| format!("{}: at most {} of 4", run.name, run.most_right()));
    plot.panel(seen.collect::<Vec<_>>().join("; ") + ".")
}

fn iterations() -> Axis {
    Axis::linear("iteration", 0.0, STEPS as f64)
}

/// A line through points, which stand for these numbers.
fn draw_series(
    plot: &mut Plot,
    run: &Trained,
    points: &[[f64; 2]],
    numbers: impl Iterator<Item = f64>,
) {
    let numbers = points.iter().zip(numbers).map(|([t, _], number)| [*t, number]);
    plot.line_beside(run.look, points, numbers.collect());
    plot.dots(run.look, &points.iter().copied().skip(15).step_by(50).collect::<Vec<_>>());
    plot.key(run.look, run.name);
}

fn table(runs: &[Trained]) -> Result<String> {
    let rows = runs.iter().flat_map(|run| {
        run.distances.iter().zip(&run.right).enumerate().map(|(k, (distance, right))| {
            let step = (k * EVERY).to_string();
            [run.short.into(), step, data(*distance), right.to_string()]
        })
    });
    csv(["run", "iteration", "largest difference", "right of 4"], rows)
}
