//! One plot: axes, what is drawn between them, and the key below.
//!
//! Lines, bars and markers alone; numbers are measured by the figures. Start at [`Plot::new`].

use super::axis::Axis;
use super::markup::{Element, element};
use super::number::{coordinate, data, words as in_words};
use super::picture::Panel;

/// How a series looks: colour, dash pattern and marker together, so that none is needed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    A,
    B,
    C,
    D,
}

impl Look {
    pub(super) const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D => "d",
        }
    }

    /// The outline of its marker around the origin: disc, square, triangle, diamond.
    fn marker(self) -> &'static str {
        match self {
            Self::A => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
            Self::B => "M-3.5-3.5h7v7h-7z",
            Self::C => "M0-4.5L4.5 3.5h-9z",
            Self::D => "M0-5L5 0L0 5L-5 0z",
        }
    }
}

const WIDTH: f64 = 340.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 18.0;
/// Above the part between the axes.
pub(super) const TOP: f64 = 46.0;
const BELOW: f64 = 38.0;
const ROW_OF_KEY: f64 = 18.0;

/// The width of the part between the axes.
pub(super) const PLOT_WIDTH: f64 = WIDTH - LEFT - RIGHT;

/// A plot that is being drawn.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    title: String,
    x: Axis,
    y: Axis,
    height: f64,
    marks: Vec<Element>,
    key: Vec<Element>,
    /// What each look of the key stands for.
    names: Vec<(Look, String)>,
    numbers: Vec<(Look, Vec<[f64; 2]>)>,
}

impl Plot {
    /// An empty plot whose part between the axes is so high.
    pub(super) fn new(title: impl Into<String>, x: Axis, y: Axis, height: f64) -> Self {
        let (marks, key, names, numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { title: title.into(), x, y, height, marks, key, names, numbers }
    }

    /// Where a point lies in the panel.
    pub(super) fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [x, y] = [self.x.share(x), self.y.share(y)];
        [LEFT + x * PLOT_WIDTH, TOP + (1.0 - y) * self.height]
    }

    /// Adds anything, in the coordinates of the panel.
    pub(super) fn mark(&mut self, mark: Element) {
        self.marks.push(mark);
    }

    /// A line through points.
    pub(super) fn line(&mut self, look: Look, points: &[[f64; 2]]) {
        self.line_beside(look, points, points.to_vec());
    }

    /// A line that is drawn beside its numbers, so that it hides no other.
    pub(super) fn line_beside(&mut self, look: Look, points: &[[f64; 2]], numbers: Vec<[f64; 2]>) {
        self.mark(self.path(points).with("class", format!("line {}", look.class())));
        self.tell(look, numbers);
    }

    /// The numbers of a series, x and y, which the page tells where they are pointed at.
    pub(super) fn tell(&mut self, look: Look, numbers: Vec<[f64; 2]>) {
        self.numbers.push((look, numbers));
    }

    /// Words among what is drawn, in the coordinates of the panel.
    pub(super) fn note(&mut self, place: [f64; 2], anchor: &str, words: &str) {
        self.mark(text_at(place, anchor, words).with("class", "note"));
    }

    /// A thin line that is no data: a bound, a limit.
    pub(super) fn guide(&mut self, points: &[[f64; 2]]) {
        self.mark(self.path(points).with("class", "guide"));
    }

    fn path(&self, points: &[[f64; 2]]) -> Element {
        let mut d = String::new();
        for (index, point) in points.iter().enumerate() {
            let [x, y] = self.place(*point).map(coordinate);
            d += &format!("{}{x} {y}", if index == 0 { 'M' } else { 'L' });
        }
        element("path").with("d", d)
    }

    /// A marker at each point.
    pub(super) fn dots(&mut self, look: Look, points: &[[f64; 2]]) {
        for point in points {
            let place = self.place(*point);
            self.mark(marker(look, place));
        }
    }

    /// A bar from y = 0 up, between two numbers of the x axis.
    pub(super) fn bar(&mut self, look: Look, [from, to]: [f64; 2], height: f64) {
        let ([left, top], [right, bottom]) = (self.place([from, height]), self.place([to, 0.0]));
        let bar = element("rect").with("class", format!("bar {}", look.class()));
        self.mark(
            bar.with("x", coordinate(left + 0.5))
                .with("y", coordinate(top))
                .with("width", coordinate((right - left - 1.0).max(0.5)))
                .with("height", coordinate(bottom - top)),
        );
    }

    /// A vertical interval with ends, as wide as a marker.
    pub(super) fn interval(&mut self, look: Look, x: f64, [low, high]: [f64; 2]) {
        let ([x, top], [_, bottom]) = (self.place([x, high]), self.place([x, low]));
        let [left, right, x, top, bottom] = [x - 3.0, x + 3.0, x, top, bottom].map(coordinate);
        let d = format!("M{left} {top}H{right}M{x} {top}V{bottom}M{left} {bottom}H{right}");
        self.mark(element("path").with("class", format!("interval {}", look.class())).with("d", d));
    }

    /// A row of the key: a line with its marker.
    pub(super) fn key(&mut self, look: Look, words: impl ToString) {
        self.names.push((look, words.to_string()));
        let line = element("path").with("class", format!("line {}", look.class()));
        let row = element("g").child(line.with("d", "M0-4H30")).child(marker(look, [15.0, -4.0]));
        self.key.push(row.child(text_at([38.0, 0.0], "start", words)));
    }

    /// A row of the key with a sample of one's own, 30 wide and 4 above the line of the words.
    pub(super) fn key_of(&mut self, sample: Element, words: impl ToString) {
        self.key.push(element("g").child(sample).child(text_at([38.0, 0.0], "start", words)));
    }

    /// The finished panel; `alternative` says what it shows to who does not see it.
    pub(super) fn panel(self, alternative: impl Into<String>) -> Panel {
        let bottom = TOP + self.height;
        let numbers = self.table(bottom);
        let height = bottom + BELOW + ROW_OF_KEY * self.key.len() as f64;
        let mut content = vec![text_at([0.0, 14.0], "start", &self.title).with("class", "title")];
        content.push(text_at([LEFT, TOP - 12.0], "start", &self.y.label).with("class", "label"));
        let middle = LEFT + PLOT_WIDTH / 2.0;
        let below = text_at([middle, bottom + 32.0], "middle", &self.x.label);
        content.push(below.with("class", "label"));
        content.extend(self.ticks());
        content.extend(self.marks);
        for (row, key) in (0..).zip(self.key) {
            let y = bottom + BELOW + 14.0 + ROW_OF_KEY * f64::from(row);
            let transform = format!("translate({} {})", coordinate(LEFT), coordinate(y));
            content.push(key.with("transform", transform));
        }
        let alternative = alternative.into();
        Panel { title: self.title, alternative, width: WIDTH, height, content, numbers }
    }

    /// A line for each series: its name, a tab, and x:y for each of its points.
    fn table(&self, bottom: f64) -> Option<Element> {
        let line = |(look, numbers): &(Look, Vec<[f64; 2]>)| {
            let name = self.names.iter().find(|(it, _)| it == look);
            let name = name.map_or(&self.y.label, |(_, words)| words);
            let points = numbers.iter().map(|[x, y]| format!("{}:{}", data(*x), in_words(*y)));
            format!("{name}\t{}", points.collect::<Vec<_>>().join(" "))
        };
        let lines: Vec<_> = self.numbers.iter().map(line).collect();
        let [left, right, top, bottom] = [LEFT, LEFT + PLOT_WIDTH, TOP, bottom].map(coordinate);
        (!lines.is_empty()).then(|| {
            element("metadata")
                .with("data-x", &self.x.label)
                .with("data-scale", self.x.scale())
                .with("data-box", format!("{left} {right} {top} {bottom}"))
                .text(lines.join("\n"))
        })
    }

    fn ticks(&self) -> Vec<Element> {
        let (right, bottom) = (LEFT + PLOT_WIDTH, TOP + self.height);
        let mut grid = String::new();
        let mut labels = Vec::new();
        for tick in &self.x.ticks {
            let x = LEFT + self.x.share(tick.at) * PLOT_WIDTH;
            grid += &format!("M{} {}V{}", coordinate(x), coordinate(TOP), coordinate(bottom));
            labels.push(text_at([x, bottom + 15.0], "middle", &tick.label));
        }
        for tick in &self.y.ticks {
            let y = TOP + (1.0 - self.y.share(tick.at)) * self.height;
            grid += &format!("M{} {}H{}", coordinate(LEFT), coordinate(y), coordinate(right));
            labels.push(text_at([LEFT - 6.0, y + 4.0], "end", &tick.label));
        }
        let grid = element("path").with("class", "grid").with("d", grid);
        let [left, top, right, bottom] = [LEFT, TOP, right, bottom].map(coordinate);
        let frame = format!("M{left} {top}V{bottom}H{right}");
        let frame = element("path").with("class", "frame").with("d", frame);
        [grid, frame]
            .into_iter()
            .chain(labels.into_iter().map(|it| it.with("class", "tick")))
            .collect()
    }
}

/// A marker at a place of the panel.
pub(super) fn marker(look: Look, [x, y]: [f64; 2]) -> Element {
    let transform = format!("translate({} {})", coordinate(x), coordinate(y));
    let class = format!("dot {}", look.class());
    element("path").with("class", class).with("d", look.marker()).with("transform", transform)
}

/// Words at a place of the panel; `anchor` is start, middle or end.
pub(super) fn text_at([x, y]: [f64; 2], anchor: &str, text: impl ToString) -> Element {
    let words = element("text").with("x", coordinate(x)).with("y", coordinate(y));
    words.with("text-anchor", anchor).text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_axes_are_the_corners_of_the_plot() {
        let plot = Plot::new("", Axis::linear("", 0.0, 2.0), Axis::log("", -1.0, 1.0), 200.0);
        assert_eq!(plot.place([0.0, 0.1]), [LEFT, TOP + 200.0]);
        assert_eq!(plot.place([2.0, 10.0]), [LEFT + PLOT_WIDTH, TOP]);
        assert_eq!(plot.place([1.0, 1.0]), [LEFT + PLOT_WIDTH / 2.0, TOP + 100.0]);
    }

    #[test]
    fn every_axis_is_named_and_every_series_is_in_the_key() {
        let mut plot =
            Plot::new("t", Axis::linear("x", 0.0, 1.0), Axis::linear("y", 0.0, 1.0), 99.0);
        plot.line(Look::A, &[[0.0, 0.0], [1.0, 1.0]]);
        let bare = plot.clone().panel("").height;
        plot.key(Look::A, "a line");
        let panel = plot.panel("a line that rises");
        assert_eq!(panel.height, bare + ROW_OF_KEY);
        let told = panel.numbers.unwrap().to_string();
        assert!(told.contains("data-scale=\"linear 0 1\"") && told.contains(">a line\t0:0 1:1<"));
        let drawn: String = panel.content.iter().map(ToString::to_string).collect();
        for words in [">t<", ">x<", ">y<", ">a line<", "M50 145L322 46"] {
            assert!(drawn.contains(words), "{words} in {drawn}");
        }
    }
}
