//! What a network answers in the plane of its two inputs while it learns, from three starts.
//!
//! It measures and draws; outlines are found by `contour.rs`. Start at [`XOR`], then `Task::draw`.

use super::contour::{Field, Point};
use super::{Audience, CaptionSentence, Drawing, Figure, Film, csv};
use crate::claim::tasks::accuracy;
use crate::property::Config;
use crate::report::axis::Axis;
use crate::report::markup::{Element, element};
use crate::report::number::{coordinate, data, fixed, words as in_words};
use crate::report::picture::Panel;
use crate::report::plot::{Look, PLOT_WIDTH, Plot, TOP, marker, text_at};
use crate::symmetry::twin_classes;
use crate::toy::{two_moons, xor};
use crate::{Activation, Batch, Loss, Network, Parameters, Result, Weights};
use ndarray::Array2;

pub(super) const XOR: Figure = Figure {
    id: "boundary-xor",
    title: "The border that a network draws on XOR",
    about: "The answer to XOR is 1 where the two inputs have different signs. The picture shows \
            the network's answer at every point of the plane while it learns. It is 1 in the \
            hatched area. The edge of that area is the border, also called the decision boundary. \
            These are tanh units. They do not leave zero, because tanh(0) = 0; the sigmoid units \
            of the first figure do. Move the slider through the iterations.",
    question: "The same network starts from zero, from one constant and from random numbers. Which \
               of the three can learn XOR?",
    answer: "Only the random start can. From zero no weight of tanh units moves. Equal units \
             act as one unit, and one unit draws one straight border.",
    audience: Audience::Learners,
    claims: &[
        "random-init-learns-what-zero-init-cannot",
        "one-hidden-unit-cannot-learn-xor",
        "zero-init-freezes-the-weights-where-g-vanishes-at-zero",
        "zero-weights-make-hidden-units-identical",
        "identical-units-are-worth-one",
    ],
    draw: |config| Task::xor()?.draw(config),
};

pub(super) const MOONS: Figure = Figure {
    id: "boundary-moons",
    title: "The border that a network draws between two moons",
    about: "Two half rings interlock, and no straight line separates them. Again the picture shows \
            the network's answer at every point of the plane while it learns.",
    question: "How many borders can eight equal units draw?",
    answer: "One straight border. All eight units draw the same line.",
    audience: Audience::Learners,
    claims: &[
        "zero-init-freezes-the-weights-where-g-vanishes-at-zero",
        "equal-constant-weights-keep-units-identical",
        "identical-units-are-worth-one",
    ],
    draw: |config| Task::moons()?.draw(config),
};

/// The iterations that are shown.
const ITERATIONS: [usize; 18] =
    [0, 5, 10, 20, 30, 45, 60, 80, 100, 130, 170, 220, 300, 450, 700, 1100, 1800, 3000];

/// The frames of a still picture.
const STILLS: [usize; 3] = [0, 8, 17];

/// Points of the grid along each axis.
const SIDE: usize = 45;

struct Task {
    id: &'static str,
    batch: Batch<f64>,
    units: usize,
    /// The scale of the random start.
    scale: f64,
    rate: f64,
    /// The plane is shown from −extent to extent along both inputs.
    extent: f64,
    /// The share of examples right that a start has to reach to count as having learnt.
    learnt: f64,
    /// The examples in words.
    examples: &'static str,
}

/// The network at one iteration.
struct Shot {
    field: Field,
    loss: f64,
    right: usize,
    classes: usize,
    /// Whether every weight and bias is zero.
    zero: bool,
}

impl Shot {
    /// Whether no weight has left zero, so that there is no border.
    fn is_at_zero(&self) -> bool {
        self.zero && self.field.values().iter().all(|&y_hat| y_hat == 0.5)
    }
}

struct Trained {
    start: Weights,
    shots: Vec<Shot>,
}

impl Trained {
    fn name(&self) -> &'static str {
        match self.start {
            Weights::Zeros => "from zero",
            Weights::Constant(_) => "from 0.5 everywhere",
            _ => "from random numbers",
        }
    }
}

impl Task {
    fn xor() -> Result<Self> {
        Ok(Self {
            id: XOR.id,
            batch: xor()?,
            units: 4,
            scale: 0.5,
            rate: 1.0,
            extent: 2.0,
            learnt: 1.0,
            examples: "the four points of XOR",
        })
    }

    fn moons() -> Result<Self> {
        Ok(Self {
            id: MOONS.id,
            batch: two_moons(40)?,
            units: 8,
            scale: 1.0,
            rate: 1.0,
            extent: 2.0,
            learnt: 0.95,
            examples: "two moons of 40 points each",
        })
    }

    fn run(&self, start: Weights, seed: u64) -> Result<Trained> {
        let network = Network::new(&[2, self.units, 1], Activation::Tanh, Loss::CrossEntropy)?;
        let mut now = network.initialise(start, seed)?;
        let mut done = 0;
        let mut shots = Vec::new();
        for t in ITERATIONS {
            now = network.train(&now, &self.batch, self.rate, t - done, |_, _| ())?;
            done = t;
            shots.push(self.shot(&network, &now)?);
        }
        Ok(Trained { start, shots })
    }

    fn shot(&self, network: &Network, parameters: &Parameters<f64>) -> Result<Shot> {
        let coordinate = |k: usize| self.extent * (2.0 * k as f64 / (SIDE - 1) as f64 - 1.0);
        let plane = Array2::from_shape_fn((2, SIDE * SIDE), |(input, k)| {
            coordinate(if input == 0 { k % SIDE } else { k / SIDE })
        });
        let y_hat = network.forward(parameters, &plane)?.a(2).iter().copied().collect();
        let right = accuracy(network, parameters, &self.batch)? * self.batch.m() as f64;
        Ok(Shot {
            field: Field::new(SIDE, y_hat),
            loss: network.mean_loss(parameters, &self.batch)?,
            right: right.round() as usize,
            classes: twin_classes(parameters, 1)?.len(),
            zero: parameters.entries().all(|entry| entry == 0.0),
        })
    }

    fn draw(&self, config: &Config) -> Result<Drawing> {
        let runs = [
            self.run(Weights::Zeros, config.seed)?,
            self.run(Weights::Constant(0.5), config.seed)?,
            self.run(Weights::Normal(self.scale), config.seed)?,
        ];
        let panels = runs.iter().map(|run| self.panel(run, None));
        let panels = panels.chain([losses(&runs, true)]).collect();
        let still = |shot: usize| runs.iter().map(move |run| self.panel(run, Some(shot)));
        let film = Film {
            iterations: ITERATIONS.to_vec(),
            stills: STILLS.into_iter().flat_map(still).chain([losses(&runs, false)]).collect(),
        };
        Ok(Drawing {
            statements: self.statements(&runs),
            how: format!(
                "Trained now on {}: {} tanh units, cross-entropy, gradient descent at rate {}. \
                 Random means {}·N(0, 1), seed {}. This is one example of each start. A figure \
                 below shows how often random starts learn XOR.",
                self.examples,
                self.units,
                self.rate,
                fixed(self.scale, 1),
                config.seed
            ),
            csv: self.table(&runs)?,
            panels,
            columns: 3,
            film: Some(film),
        })
    }

    fn statements(&self, [zero, constant, random]: &[Trained; 3]) -> Vec<CaptionSentence> {
        let m = self.batch.m();
        let units = self.units;
        let most = |run: &Trained| run.shots.iter().map(|shot| shot.right).max().unwrap_or(0);
        let at_the_end = random.shots.last().map_or(0, |shot| shot.right);
        let frozen = zero.shots.iter().all(|shot| shot.is_at_zero());
        let one_class = constant.shots.iter().all(|shot| shot.classes == 1);
        let distinct = random.shots.iter().all(|shot| shot.classes == units);
        vec![
            CaptionSentence::new(
                frozen,
                "From zero the answer is ½ at every point of the plane drawn. No weight of these \
                 tanh units has moved at any iteration shown, so there is no border.",
            ),
            CaptionSentence::new(
                one_class && most(constant) < m,
                format!(
                    "From one constant the {units} units stay one class of twins. All they can \
                     draw is one straight border. At most {} of {m} points are right at any \
                     iteration shown.",
                    most(constant)
                ),
            ),
            CaptionSentence::new(
                distinct && at_the_end as f64 >= self.learnt * m as f64,
                format!(
                    "From random numbers the units differ. Each can add a border of its own, and \
                     together they fit the points. {at_the_end} of {m} are right after {} \
                     iterations.",
                    ITERATIONS[ITERATIONS.len() - 1]
                ),
            ),
        ]
    }

    /// One start: all frames on top of each other, or one of them.
    fn panel(&self, run: &Trained, only: Option<usize>) -> Panel {
        let axis = |label: &str| Axis::linear(label, -self.extent, self.extent);
        let mut plot = Plot::new(run.name(), axis("input x1"), axis("input x2"), PLOT_WIDTH);
        let last = ITERATIONS.len() - 1;
        let shown = only.map_or("film".into(), |index| ITERATIONS[index].to_string());
        let hatch = format!("{}-{}-{shown}", self.id, run.start).replace([':', '.'], "-");
        plot.mark(pattern(&hatch));
        for (index, (shot, t)) in run.shots.iter().zip(ITERATIONS).enumerate() {
            if only.is_none_or(|only| only == index) {
                let class = if only.is_some() || index == last { "shot now" } else { "shot" };
                let words = text_at(STATE, "end", self.words(shot, t));
                let words = words.with("class", "state");
                let window = frame(shot, &hatch, plot.place([-self.extent, self.extent]));
                let group = element("g").with("class", class).child(window).child(words);
                let group = group.with("data-desc", self.alternative(shot, t));
                plot.mark(group.children(shot.is_at_zero().then(nowhere).into_iter().flatten()));
            }
        }
        for (x, y) in self.batch.x().columns().into_iter().zip(self.batch.y()) {
            let look = if *y > 0.5 { Look::B } else { Look::A };
            plot.mark(marker(look, plot.place([x[0], x[1]])));
        }
        plot.key_of(marker(Look::A, [15.0, -4.0]), "example with label 0");
        plot.key_of(marker(Look::B, [15.0, -4.0]), "example with label 1");
        let sample = element("rect").with("x", 2).with("y", -11).with("width", 26);
        let sample = sample.with("height", 14).with("fill", format!("url(#{hatch})"));
        plot.key_of(sample.with("class", "border"), "the network answers 1 (ŷ > ½)");
        let level = element("path").with("class", "level").with("d", "M0-4H30");
        plot.key_of(level, "its answer is ¼ or ¾");
        let seen = only.unwrap_or(last);
        plot.panel(self.alternative(&run.shots[seen], ITERATIONS[seen]))
    }

    fn words(&self, shot: &Shot, t: usize) -> String {
        format!("iteration {t}: {} of {} right", shot.right, self.batch.m())
    }

    fn alternative(&self, shot: &Shot, t: usize) -> String {
        let border = match shot.field.outlines(0.5).len() {
            0 => "the answer is nowhere above one half".to_string(),
            1 => "the answer is above one half in one region".to_string(),
            regions => format!("the answer is above one half in {regions} regions"),
        };
        format!("{}; {border}.", self.words(shot, t))
    }

    fn table(&self, runs: &[Trained]) -> Result<String> {
        let rows = runs.iter().flat_map(|run| {
            run.shots.iter().zip(ITERATIONS).map(move |(shot, t)| {
                let Shot { field, loss, right, classes, .. } = shot;
                let positive = field.values().iter().filter(|&&y_hat| y_hat > 0.5).count();
                let share = positive as f64 / field.values().len() as f64;
                let counts = [right, classes].map(ToString::to_string);
                let [right, classes] = counts;
                [run.name().into(), t.to_string(), data(*loss), right, classes, data(share)]
            })
        });
        let header =
            ["start", "iteration", "loss", "right", "classes of twins", "share of plane called 1"];
        csv(header, rows)
    }
}

/// The loss of the three starts; in a film with a line at the iteration that is shown.
fn losses(runs: &[Trained; 3], is_film: bool) -> Panel {
    let losses = runs.iter().flat_map(|run| run.shots.iter().map(|shot| shot.loss));
    let highest = 1.1 * losses.fold(0.0, f64::max);
    let ticks = [0, 10, 100, 1000].map(|t| (drawn_at(t), t.to_string()));
    let iterations = Axis::log("iteration (logarithmic)", libm::log10(drawn_at(0)), 3.5);
    let loss = Axis::linear("loss", 0.0, highest);
    let mut plot = Plot::new("the loss", iterations.with_ticks(ticks), loss, PLOT_WIDTH);
    for (index, t) in ITERATIONS.into_iter().enumerate().filter(|_| is_film) {
        let class = if index == ITERATIONS.len() - 1 { "shot now" } else { "shot" };
        let ends = [highest, 0.0].map(|loss| plot.place([drawn_at(t), loss]).map(coordinate));
        let [[x, top], [_, bottom]] = ends;
        let line = element("path").with("class", "guide").with("d", format!("M{x} {top}V{bottom}"));
        let words = text_at(STATE, "end", format!("iteration {t}")).with("class", "state");
        let group = element("g").with("class", class).child(line).child(words);
        plot.mark(group.with("data-desc", losses_in_words(runs, index)));
    }
    for (look, run) in [Look::A, Look::C, Look::D].into_iter().zip(runs) {
        let of_run = run.shots.iter().zip(ITERATIONS);
        let points: Vec<_> = of_run.map(|(shot, t)| [drawn_at(t), shot.loss]).collect();
        let numbers = points.iter().zip(ITERATIONS).map(|([_, loss], t)| [t as f64, *loss]);
        plot.line_beside(look, &points, numbers.collect());
        plot.dots(look, &points);
        plot.key(look, run.name());
    }
    plot.panel(losses_in_words(runs, ITERATIONS.len() - 1))
}

/// Where an iteration is drawn on the logarithmic axis, which has no place for 0.
fn drawn_at(t: usize) -> f64 {
    if t == 0 { 2.5 } else { t as f64 }
}

fn losses_in_words(runs: &[Trained; 3], index: usize) -> String {
    let of_run = |run: &Trained| format!("{} {}", run.name(), in_words(run.shots[index].loss));
    let losses: Vec<_> = runs.iter().map(of_run).collect();
    format!("iteration {}: loss {}.", ITERATIONS[index], losses.join(", "))
}

/// What stands in a plane without a border.
fn nowhere() -> [Element; 2] {
    let middle = STATE[0] - PLOT_WIDTH / 2.0;
    let bottom = TOP + PLOT_WIDTH;
    [("½ everywhere", 30.0), ("tanh(0) = 0: no weight moves", 12.0)].map(|(words, above)| {
        text_at([middle, bottom - above], "middle", words).with("class", "note halo")
    })
}

/// Where the words about an iteration end.
const STATE: [f64; 2] = [322.0, 34.0];

/// Slanted lines on a tint, so that a region is seen without its colour.
fn pattern(id: &str) -> Element {
    let tile = element("pattern").with("id", id).with("width", 11).with("height", 11);
    let tint = element("rect").with("class", "region").with("width", 11).with("height", 11);
    let line = element("path").with("class", "hatch").with("d", "M-1 1L1-1M0 11L11 0M10 12L12 10");
    tile.with("patternUnits", "userSpaceOnUse").child(tint).child(line)
}

/// The region above ½ with its border, and the lines where the answer is ¼ and ¾, in a window with
/// this upper left corner.
fn frame(shot: &Shot, hatch: &str, [left, top]: [f64; 2]) -> Element {
    let level = |level: f64| path(&shot.field.outlines(level));
    let lines = [("level", level(0.25)), ("level", level(0.75)), ("border", level(0.5))];
    let lines = lines.into_iter().filter(|(_, d)| !d.is_empty()).map(|(class, d)| {
        let fill = if class == "border" { format!("url(#{hatch})") } else { "none".into() };
        let line = element("path").with("class", class).with("d", d).with("fill", fill);
        line.with("fill-rule", "evenodd").with("vector-effect", "non-scaling-stroke")
    });
    // a path counts in tenths of a cell, upwards
    let scale = fixed(PLOT_WIDTH / (10 * (SIDE - 1)) as f64, 5);
    let size = coordinate(PLOT_WIDTH);
    let up = format!("translate(0 {size}) scale({scale} -{scale})");
    let window = element("svg").with("x", coordinate(left)).with("y", coordinate(top));
    let window = window.with("width", &size).with("height", &size);
    window.child(element("g").with("transform", up).children(lines))
}

/// Outlines as a path in tenths of a cell, in whole numbers relative to the point before.
fn path(outlines: &[Vec<Point>]) -> String {
    let mut d = String::new();
    for outline in outlines {
        let mut before = [0, 0];
        for (index, point) in outline.iter().enumerate() {
            let here = point.map(|c| (10.0 * c).round() as i64);
            let step = [here[0] - before[0], here[1] - before[1]];
            match index {
                0 => d += &format!("M{} {}l", here[0], here[1]),
                _ if step == [0, 0] => {}
                _ => d += &format!("{} {} ", step[0], step[1]),
            }
            before = here;
        }
        d = d.trim_end().to_string() + "z";
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_walks_round_its_outline() {
        let square = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 0.04], [2.0, 1.5]];
        assert_eq!(path(&[square.clone(), square]), "M0 0l20 0 0 15zM0 0l20 0 0 15z");
    }

    #[test]
    fn equal_units_draw_straight_borders_and_different_ones_bend_it() {
        let task = Task::moons().unwrap();
        // the answer of twins is a monotone function of one line through the plane, so the centre
        // between two points of the border is on the border
        let bends = |weights: Weights| {
            let run = task.run(weights, 1).unwrap();
            let field = &run.shots.last().unwrap().field;
            let inside = |[x, y]: Point| {
                (0.0..=(SIDE - 1) as f64).contains(&x) && (0.0..=(SIDE - 1) as f64).contains(&y)
            };
            let outlines = field.outlines(0.5);
            let border: Vec<Point> =
                outlines.into_iter().flatten().filter(|&point| inside(point)).collect();
            assert!(border.len() > SIDE / 2, "not vacuous: there is a border");
            let ([x0, y0], [x1, y1]) = (border[0], border[border.len() - 1]);
            let off = |[x, y]: &Point| (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
            let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
            border.iter().map(|point| (off(point) / length).abs()).fold(0.0, f64::max)
        };
        assert!(bends(Weights::Constant(0.5)) < 0.25, "in cells of the grid");
        assert!(bends(Weights::Normal(1.0)) > 4.0);
    }

    #[test]
    fn random_starts_learn_the_moons_whatever_the_seed() {
        let task = Task::moons().unwrap();
        for seed in 1..=5 {
            let run = task.run(Weights::Normal(task.scale), seed).unwrap();
            let right = run.shots.last().unwrap().right;
            assert!(right as f64 >= task.learnt * 80.0, "seed {seed}: {right}");
        }
    }
}
