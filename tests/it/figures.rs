//! Figures against their own numbers: the picture is read back, its axes from their labels, and
//! every series of the key has to be the one whose numbers stand under that name in the CSV file.

use init_symmetry::property::{Config, Profile};
use init_symmetry::report::figures;
use std::collections::{BTreeMap, BTreeSet};

/// Of a coordinate of the picture, which has two decimals: its rounding, and that of the labels
/// that the axes are read from.
const PIXEL: f64 = 0.03;

/// A figure as read back from its files.
struct ReadBack {
    panels: Vec<PanelRead>,
    rows: Vec<BTreeMap<String, String>>,
}

/// What a panel shows, in pixels.
struct PanelRead {
    title: String,
    /// The ticks of the axes: the pixel and the label.
    ticks: [Vec<(f64, String)>; 2],
    /// The words of the key by the class of their sample.
    key: Vec<(String, String)>,
    lines: Vec<(String, Vec<[f64; 2]>)>,
    dots: Vec<(String, [f64; 2])>,
    /// x, and y of the lower and the upper end.
    intervals: Vec<(String, [f64; 3])>,
    /// The outline of every marker with its class, in the key, too.
    outlines: BTreeSet<(String, String)>,
}

fn numbers(text: &str) -> Vec<f64> {
    let pieces = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
    pieces.filter(|piece| !piece.is_empty()).map(|piece| piece.parse().unwrap()).collect()
}

fn pairs(text: &str) -> Vec<[f64; 2]> {
    numbers(text).chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// The letter of a look among the classes of an element.
fn look(node: roxmltree::Node) -> Option<String> {
    let letter = node.attribute("class")?.split(' ').nth(1)?;
    Some(letter.to_string())
}

impl PanelRead {
    fn of(panel: roxmltree::Node) -> Self {
        let text = |class: &str| {
            let of_class = panel.children().filter(|it| it.attribute("class") == Some(class));
            of_class.map(|it| (it, it.text().unwrap().to_string())).collect::<Vec<_>>()
        };
        let ticks = |anchor: &str, place: &str, up: f64| {
            let ticks = text("tick").into_iter();
            let ticks = ticks.filter(|(it, _)| it.attribute("text-anchor") == Some(anchor));
            let at = |it: roxmltree::Node| numbers(it.attribute(place).unwrap())[0] - up;
            ticks.map(|(it, label)| (at(it), label)).collect()
        };
        let is = |node: &roxmltree::Node, class: &str| {
            node.attribute("class").is_some_and(|it| it.starts_with(class))
        };
        let marks = |class: &'static str| panel.children().filter(move |node| is(node, class));
        let d = |node: roxmltree::Node| node.attribute("d").unwrap().to_string();
        let line = |node| (look(node).unwrap(), pairs(&d(node)));
        let dot = |node: roxmltree::Node| {
            (look(node).unwrap(), pairs(node.attribute("transform").unwrap())[0])
        };
        // M left top H right M x top V bottom M left bottom H right
        let interval = |node| match numbers(&d(node))[..] {
            [_, top, _, x, again, bottom, _, below, _] => {
                assert_eq!([top, bottom], [again, below]);
                (look(node).unwrap(), [x, bottom, top])
            }
            _ => panic!("no interval: {}", d(node)),
        };
        let all_dots = panel.descendants().filter(|node| is(node, "dot "));
        Self {
            title: text("title")[0].1.clone(),
            ticks: [ticks("middle", "x", 0.0), ticks("end", "y", 4.0)],
            key: panel.children().filter_map(Self::row_of_key).collect(),
            lines: marks("line ").map(line).collect(),
            dots: marks("dot ").map(dot).collect(),
            intervals: marks("interval ").map(interval).collect(),
            outlines: all_dots.map(|node| (look(node).unwrap(), d(node))).collect(),
        }
    }

    /// The class of the sample and the words; line and marker of the sample have to agree.
    fn row_of_key(row: roxmltree::Node) -> Option<(String, String)> {
        let words = row.children().find(|node| node.has_tag_name("text"))?.text()?;
        let samples: Vec<_> = row.children().filter_map(look).collect();
        assert!(samples.windows(2).all(|pair| pair[0] == pair[1]), "{words}: {samples:?}");
        Some((samples.first()?.clone(), words.to_string()))
    }

    /// Where a number of an axis lies, from the outermost labels of the axis.
    fn place(&self, axis: usize, is_log: bool, at: f64) -> f64 {
        let scale = |number: f64| if is_log { libm::log10(number) } else { number };
        let read = |(pixel, label): &(f64, String)| Some((*pixel, scale(number_of(label)?)));
        let ticks: Vec<_> = self.ticks[axis].iter().filter_map(read).collect();
        let ticks: Vec<_> = ticks.into_iter().filter(|(_, number)| number.is_finite()).collect();
        let ((low, first), (high, last)) = (ticks[0], ticks[ticks.len() - 1]);
        low + (high - low) * (scale(at) - first) / (last - first)
    }
}

/// The number that a label of an axis stands for.
fn number_of(label: &str) -> Option<f64> {
    let label = label.replace('−', "-");
    let Some(exponent) = label.strip_prefix("10").filter(|it| !it.is_empty() && *it != "0") else {
        return label.parse().ok();
    };
    let plain = |c: char| match "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|digit| digit == c) {
        Some(digit) => char::from_digit(digit as u32, 10),
        None => (c == '⁻').then_some('-'),
    };
    match exponent.chars().map(plain).collect::<Option<String>>() {
        Some(exponent) => format!("1e{exponent}").parse().ok(),
        None => label.parse().ok(),
    }
}

fn read_back(id: &str, seed: u64) -> ReadBack {
    let figure = figures().iter().find(|figure| figure.id == id).unwrap();
    let drawing = figure.draw(&Config::new(Profile::Quick, seed)).unwrap();
    let svg = drawing.svg_file(figure);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let root = document.root_element();
    let panels = root.children().filter(|node| node.has_tag_name("g")).map(PanelRead::of);
    let mut lines = csv::Reader::from_reader(drawing.csv.as_bytes());
    let header: Vec<String> = lines.headers().unwrap().iter().map(String::from).collect();
    let row = |row: csv::StringRecord| {
        header.iter().cloned().zip(row.iter().map(String::from)).collect::<BTreeMap<_, _>>()
    };
    ReadBack {
        panels: panels.collect(),
        rows: lines.records().map(|it| row(it.unwrap())).collect(),
    }
}

/// How a panel plots a column of the table.
struct Plotted<'a> {
    x: &'a str,
    y: &'a str,
    is_log: [bool; 2],
    /// What the numbers of the table are multiplied by.
    factor: f64,
    /// A number that is drawn instead of smaller ones.
    least: f64,
    /// How many pixels series are moved apart.
    beside: [f64; 2],
}

impl<'a> Plotted<'a> {
    fn of(x: &'a str, y: &'a str) -> Self {
        let least = f64::NEG_INFINITY;
        Self { x, y, is_log: [false; 2], factor: 1.0, least, beside: [PIXEL; 2] }
    }

    /// Checks that the line of a row of the key, and its markers, are these rows of the table.
    fn is_drawn(&self, panel: &PanelRead, words: &str, rows: &[&BTreeMap<String, String>]) {
        let classes = panel.key.iter().filter(|(_, it)| it == words).map(|(class, _)| class);
        let [class] = classes.collect::<Vec<_>>()[..] else { panic!("{words} is in no key") };
        let lines: Vec<_> = panel.lines.iter().filter(|(it, _)| it == class).collect();
        let [(_, points)] = lines[..] else { panic!("{} lines of {class}", lines.len()) };
        assert_eq!((points.len(), points.len() > 1), (rows.len(), true), "{words}");
        for (point, row) in points.iter().zip(rows) {
            let number = |column: &str| row[column].parse::<f64>().unwrap();
            let x = panel.place(0, self.is_log[0], number(self.x));
            let y = (self.factor * number(self.y)).max(self.least);
            let off = [point[0] - x, point[1] - panel.place(1, self.is_log[1], y)];
            let near = |axis: usize| off[axis].abs() <= self.beside[axis];
            assert!(near(0) && near(1), "{}, {words}: {off:?} px off {row:?}", panel.title);
        }
        let mut dots = panel.dots.iter().filter(|(it, _)| it == class);
        assert!(dots.clone().count() > 0, "{words} has no marker");
        assert!(dots.all(|(_, dot)| points.contains(dot)), "{words}: a marker beside its line");
    }
}

/// The rows of a table that have these cells.
fn rows_with<'a>(
    rows: &'a [BTreeMap<String, String>],
    cells: &[(&str, &str)],
) -> Vec<&'a BTreeMap<String, String>> {
    let has = |row: &&BTreeMap<String, String>| cells.iter().all(|(name, it)| row[*name] == *it);
    rows.iter().filter(has).collect()
}

#[test]
fn each_unit_of_the_key_of_w1_rows_is_the_unit_of_the_table() {
    for seed in [1, 8, 300] {
        let ReadBack { panels, rows } = read_back("w1-rows", seed);
        assert_eq!(panels.len(), 3);
        for panel in &panels {
            assert_eq!(panel.key.len(), 4);
            for unit in ["1", "2", "3", "4"] {
                let of_unit = rows_with(&rows, &[("start", &panel.title), ("unit", unit)]);
                let plotted = Plotted::of("iteration", "first weight");
                plotted.is_drawn(panel, &format!("unit {unit}"), &of_unit);
            }
        }
    }
}

#[test]
fn each_curve_of_the_key_of_saturation_is_the_function_of_the_table() {
    let ReadBack { panels, rows } = read_back("saturation", 1);
    let rows: Vec<_> = rows.iter().collect();
    let curves = [
        [("sigmoid σ", "sigmoid"), ("tanh", "tanh")],
        [("slope of sigmoid σ", "slope of sigmoid"), ("slope of tanh", "slope of tanh")],
        [("slope of sigmoid σ", "slope of sigmoid"), ("slope of tanh", "slope of tanh")],
    ];
    for ((panel, curves), is_log) in panels.iter().zip(curves).zip([false, false, true]) {
        for (words, column) in curves {
            let plotted = Plotted { is_log: [false, is_log], ..Plotted::of("z", column) };
            plotted.is_drawn(panel, words, &rows);
        }
    }
    // the table itself: numbers that are known
    let at_zero = rows.iter().find(|row| row["z"] == "0").unwrap();
    let known = [("sigmoid", "0.5"), ("slope of sigmoid", "0.25"), ("tanh", "0")];
    assert!(known.iter().all(|(column, number)| at_zero[*column] == *number), "{at_zero:?}");
}

#[test]
fn each_start_of_the_key_of_gradient_depth_is_the_start_of_the_table() {
    for seed in [1, 40] {
        let ReadBack { panels, rows } = read_back("gradient-depth", seed);
        let [units @ .., enlarged] = &panels[..] else { panic!("no panels") };
        assert_eq!(units.len(), 3);
        let plotted = || {
            let plotted = Plotted::of("layer", "size of dZ relative to layer 30");
            Plotted { is_log: [false, true], ..plotted }
        };
        for (words, activation, start) in [
            ("tanh units from Xavier's start", "tanh", "xavier"),
            ("ReLU units from He's start", "relu", "he"),
            ("ReLU units from Xavier's start", "relu", "xavier"),
        ] {
            let of_start = rows_with(&rows, &[("activation", activation), ("start", start)]);
            plotted().is_drawn(enlarged, words, &of_start);
        }
        for panel in units {
            let activation = panel.title.strip_suffix(" units").unwrap().to_lowercase();
            for (words, start) in [
                ("0.01·N(0, 1)", "normal:0.01"),
                ("Xavier, √(1/n)·N(0, 1)", "xavier"),
                ("He, √(2/n)·N(0, 1)", "he"),
            ] {
                let of_start = rows_with(&rows, &[("activation", &activation), ("start", start)]);
                plotted().is_drawn(panel, words, &of_start);
            }
        }
    }
}

#[test]
fn each_run_of_the_key_of_rounding_escape_is_the_run_of_the_table() {
    let ReadBack { panels, rows } = read_back("rounding-escape", 1);
    for (words, run) in [
        ("17 units, every row in the same order", "17 units, even"),
        ("17 units, one row added in reverse", "17 units, uneven"),
        ("4 units, one row added in reverse", "4 units, uneven"),
    ] {
        let of_run = rows_with(&rows, &[("run", run)]);
        let distances = Plotted::of("iteration", "largest difference");
        let distances = Plotted { is_log: [false, true], least: 1e-20, ..distances };
        distances.is_drawn(&panels[0], words, &of_run);
        // the second panel shows the most so far
        let so_far = of_run.iter().scan(0_u32, |most, row| {
            *most = (*most).max(row["right of 4"].parse().unwrap());
            let mut row = (*row).clone();
            row.insert("right of 4".into(), most.to_string());
            Some(row)
        });
        let so_far: Vec<_> = so_far.collect();
        // side by side by less than a third of a point
        let beside = [PIXEL, 220.0 / 4.4 * 0.1];
        let right = Plotted { beside, ..Plotted::of("iteration", "right of 4") };
        right.is_drawn(&panels[1], words, &so_far.iter().collect::<Vec<_>>());
    }
}

#[test]
fn each_start_of_the_key_of_a_loss_is_the_start_of_the_table() {
    for id in ["boundary-xor", "boundary-moons"] {
        let ReadBack { panels, rows } = read_back(id, 4);
        // the frames of three iterations from three starts, then the losses
        let [frames @ .., losses] = &panels[..] else { panic!("no panels") };
        assert_eq!((frames.len(), losses.key.len()), (9, 3));
        for (_, start) in &losses.key {
            // iteration 0 has no place on a logarithmic axis: it is drawn at its lower end
            let at_the_end = |row: &&BTreeMap<String, String>| {
                let mut row = (*row).clone();
                if row["iteration"] == "0" {
                    row.insert("iteration".into(), "2.5".into());
                }
                row
            };
            let of_start = rows_with(&rows, &[("start", start)]);
            let of_start: Vec<_> = of_start.iter().map(at_the_end).collect();
            let plotted = Plotted::of("iteration", "loss");
            let plotted = Plotted { is_log: [true, false], ..plotted };
            plotted.is_drawn(losses, start, &of_start.iter().collect::<Vec<_>>());
        }
        assert_eq!(losses.ticks[0][0].1, "0", "and its label says so");
    }
}

/// Points of the success figure stand beside each other by a few hundredths of a power of ten.
const BESIDE: f64 = 2.2;

#[test]
fn each_width_of_the_key_of_success_xor_has_its_shares_and_its_intervals() {
    let ReadBack { panels, rows } = read_back("success-xor", 2);
    let [panel] = &panels[..] else { panic!("one panel") };
    for units in ["2", "4", "8"] {
        let words = format!("{units} units");
        let of_width = rows_with(&rows, &[("units", units)]);
        let plotted = Plotted::of("scale", "share");
        let beside = [BESIDE, PIXEL];
        let plotted = Plotted { is_log: [true, false], factor: 100.0, beside, ..plotted };
        plotted.is_drawn(panel, &words, &of_width);
        let class = &panel.key.iter().find(|(_, it)| *it == words).unwrap().0;
        let points = &panel.lines.iter().find(|(it, _)| it == class).unwrap().1;
        let intervals: Vec<_> = panel.intervals.iter().filter(|(it, _)| it == class).collect();
        assert_eq!(intervals.len(), of_width.len());
        for (((_, [x, low, high]), [of_point, value]), row) in
            intervals.into_iter().zip(points).zip(&of_width)
        {
            assert_eq!(x, of_point, "{words}: an interval stands on its point");
            // pixels count downwards
            assert!(low > high && low >= value && value >= high, "{low} {value} {high}");
            for (end, column) in [(low, "from"), (high, "to")] {
                let due = panel.place(1, false, 100.0 * row[column].parse::<f64>().unwrap());
                assert!((end - due).abs() <= PIXEL, "{words}: {end} where {due} is due: {row:?}");
            }
        }
    }
    assert_eq!(panel.intervals.len(), rows.len(), "no interval belongs to no width");
}

/// A number of a table has seven digits: rounding moves it by less than this share of it.
const SEVENTH_DIGIT: f64 = 1.0 / 1_000_000.0;

/// The probability of at least k successes in n trials of probability p.
fn at_least(k: usize, n: usize, p: f64) -> f64 {
    let mut term = (0..n).fold(1.0, |product, _| product * (1.0 - p));
    let mut sum = 0.0;
    for j in 0..=n {
        sum += if j >= k { term } else { 0.0 };
        term *= (n - j) as f64 / (j + 1) as f64 * p / (1.0 - p);
    }
    sum
}

#[test]
fn the_intervals_of_success_xor_are_those_of_clopper_and_pearson() {
    let mut inner = 0;
    for row in read_back("success-xor", 3).rows {
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        let [learnt, starts] = ["learnt", "starts"].map(|it| row[it].parse::<usize>().unwrap());
        let (low, high) = (number("from"), number("to"));
        assert!(low < high && low <= number("share") && number("share") <= high, "{row:?}");
        let share = learnt as f64 / starts as f64;
        assert!((number("share") - share).abs() <= SEVENTH_DIGIT * share, "{row:?}");
        // each end is the probability under which what was seen has 2.5 %
        match learnt {
            0 => assert_eq!(low, 0.0),
            _ => {
                let tail = |moved: f64| at_least(learnt, starts, low * (1.0 + moved));
                let due = tail(-SEVENTH_DIGIT)..tail(SEVENTH_DIGIT);
                assert!(due.contains(&0.025), "{row:?}: {due:?}");
            }
        }
        match starts - learnt {
            0 => assert_eq!(high, 1.0),
            _ => {
                let tail = |moved: f64| 1.0 - at_least(learnt + 1, starts, high * (1.0 + moved));
                let due = tail(SEVENTH_DIGIT)..tail(-SEVENTH_DIGIT);
                assert!(due.contains(&0.025), "{row:?}: {due:?}");
            }
        }
        inner += usize::from(learnt > 0 && learnt < starts);
    }
    assert!(inner > 4, "not vacuous: {inner}");
}

#[test]
fn a_look_is_one_marker_in_the_key_and_in_the_plot_and_no_two_looks_share_it() {
    let ids = ["w1-rows", "saturation", "gradient-depth", "rounding-escape"];
    let panels = ids.map(|id| read_back(id, 1).panels);
    let outlines: BTreeSet<_> =
        panels.into_iter().flatten().flat_map(|panel| panel.outlines).collect();
    let looks: BTreeSet<_> = outlines.iter().map(|(class, _)| class).collect();
    let markers: BTreeSet<_> = outlines.iter().map(|(_, outline)| outline).collect();
    assert_eq!((looks.len(), markers.len(), outlines.len()), (4, 4, 4), "{outlines:?}");
}

#[test]
fn a_look_has_one_colour_for_line_marker_and_interval_and_dashes_of_its_own() {
    let style = include_str!("../../src/report/figure.css");
    let (light, dark) = style.split_once("@media").unwrap();
    let found = |sheet: &str, selector: &str, property: &str| {
        let rules = sheet.lines().filter_map(|line| line.split_once('{'));
        let mut rules = rules.filter(|(selectors, rule)| {
            let mut selectors = selectors.split(',').map(str::trim);
            selectors.any(|it| it == selector) && rule.contains(&format!("{property}:"))
        });
        let (_, rule) = rules.next()?;
        assert!(rules.next().is_none(), "{selector} has {property} twice");
        let value = rule.split(&format!("{property}:")).nth(1)?;
        Some(value.split([';', '}']).next()?.trim().to_string())
    };
    for sheet in [light, dark] {
        let colours = ["a", "b", "c", "d"].map(|look| {
            let of =
                |kind: &str, property| found(sheet, &format!(".figure .{kind}.{look}"), property);
            let line = of("line", "stroke").unwrap();
            let others = [of("interval", "stroke"), of("dot", "fill"), of("bar", "fill")];
            assert!(others.iter().all(|it| it.as_ref() == Some(&line)), "{look}: {others:?}");
            line
        });
        assert_eq!(BTreeSet::from(colours).len(), 4);
    }
    let dashes = ["a", "b", "c", "d"]
        .map(|look| found(light, &format!(".figure .line.{look}"), "stroke-dasharray"));
    assert_eq!(BTreeSet::from(dashes).len(), 4);
}
