//! `train`: what the start of the weights does to training on somebody's data.
//!
//! It trains the reference network and judges nothing. Start at [`Train::run`].

use super::confusion::Confusion;
use super::output::{HEADING, Streams, brief, counted, json_number, print_json, progress_bar};
use super::work::{MostWork, Work};
use super::{CommandError, Exit, seed, whole_number};
use crate::dataset::{Class, Dataset, Header, Label, Reading, Scale, Standardised, shown};
use crate::input_file::text_of;
use crate::lint::LiveTensors;
use crate::output_file::OutputFile;
use crate::property::Config;
use crate::{
    Activation, Batch, Error, Loss, Network, Parameters, Result, Weights, parse_name,
    printable_path, symmetry,
};
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use strum::VariantArray;

/// More than this would take hours, so it is refused.
const MOST_MULTIPLICATIONS: f64 = 1e13;
/// Of one multiplication, in both passes together: 1.2 at 30-100-1 with 569 examples (one core of a
/// small server, 2026).
const NANOSECONDS: f64 = 1.0;
/// A step takes as long as these even where there is next to nothing to multiply (3 µs at 2-8-1).
const OF_EACH_STEP: f64 = 3e3;
/// To compare two units takes as long as this many multiplications, besides one for each weight
/// (480 ns at 2-10000-1).
const OF_EACH_PAIR: f64 = 500.0;
const MOST_STEPS: usize = 1_000_000_000;
/// Every pair of a layer's units is compared.
const WIDEST_LAYER: usize = 10_000;

/// What is taken where no loss is chosen.
const LOSS_OF_CLASSES: &str = ". With squared-error, a label of numbers is predicted as a number \
    [default: cross-entropy, or softmax-cross-entropy for three or more classes]";

const AFTER_HELP: &str = "\
Examples:
  init-symmetry train --data data/breast_cancer.csv --label diagnosis
  init-symmetry train --data data/iris.csv --label species
  init-symmetry train --data data/iris.csv --label species --positive virginica
  init-symmetry train --data flats.csv --label price --loss squared-error
  init-symmetry train --data table.csv --label 5 --drop-missing
  init-symmetry train --data table.csv --label 5 --layers 4-16-16-1 --init he
  init-symmetry train --data table.csv --label 5 --init zeros --save zeros.safetensors

Exit codes: 0 trained, 1 bad input, 2 training diverges";

/// Train on your own table and see what the initial weights do
///
/// Trains the same network on the same data from each start. Shows the loss, the accuracy, how many
/// classes of twins the hidden units form, and how far apart the rows of the weights are. Twins are
/// units whose weights and biases are equal, bit for bit. The features are standardised. With three
/// or more classes there is one output for each class, and a confusion matrix at the end. A numeric
/// label is standardised too, and R² shows how much of its variance is explained.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Train {
    /// CSV file with one example per line: numeric features, and a label (class or number)
    #[arg(long, value_name = "FILE")]
    data: PathBuf,

    /// Column of the label: its name, or its number counted from 1
    #[arg(long, value_name = "COLUMN")]
    label: String,

    /// Whether the first line names the columns: yes, no, or auto (yes unless it has a number)
    #[arg(long, value_name = "WHEN", default_value_t, value_parser = header)]
    header: Header,

    /// Reduce the label to two classes: this one, and all others together
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,

    /// Leave out examples with a missing value: an empty cell, ?, NA or NaN
    #[arg(long)]
    drop_missing: bool,

    /// Widths of the layers from input to output, such as 30-8-1 [default: 8 hidden units]
    #[arg(long, value_name = "WIDTHS", value_parser = layers, allow_hyphen_values = true)]
    layers: Option<Layers>,

    #[arg(long, value_name = "NAME", default_value_t = Activation::Tanh)]
    #[arg(value_parser = super::activation)]
    #[arg(help = super::choice("Activation of the hidden layers", Activation::VARIANTS))]
    activation: Activation,

    #[arg(long, value_name = "NAME", value_parser = super::loss)]
    #[arg(help = super::choice("Output and loss", Loss::VARIANTS) + LOSS_OF_CLASSES)]
    loss: Option<Loss>,

    /// Starts of the weights, separated by commas: zeros, constant:C (every weight is C), normal:S
    /// (N(0, 1) times S), xavier (N(0, 1) times √(1/n)), he (N(0, 1) times √(2/n), n inputs),
    /// glorot (N(0, 1) times √(2/(n + k)), k units), uniform:S (between −S and S), or uniform with
    /// the same variance as those: xavier-uniform, he-uniform, glorot-uniform
    #[arg(long, value_name = "START", value_delimiter = ',', value_parser = start,
          default_values_t = [Weights::Zeros, Weights::Constant(0.1), Weights::Normal(0.01)])]
    init: Vec<Weights>,

    /// Learning rate of gradient descent
    #[arg(long, default_value_t = 0.5, value_parser = rate, allow_hyphen_values = true)]
    rate: f64,

    /// Steps of gradient descent from each start
    #[arg(long, default_value_t = 3000, value_parser = steps, allow_hyphen_values = true)]
    steps: usize,

    /// Seed of the random starts [default: INIT_SYMMETRY_SEED, or 1]
    #[arg(long, value_parser = seed, allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Save the parameters after the last step as .safetensors, for `lint`; needs a single start
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    most_work: MostWork,
}

#[derive(Debug, Clone)]
struct Layers(Vec<usize>);

/// The JSON document; `schema` changes when a field changes its meaning or goes.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    data: &'a str,
    examples: usize,
    features: usize,
    dropped_examples: usize,
    label: &'a str,
    label_scale: Option<LabelScale>,
    classes: Vec<&'a str>,
    examples_of_classes: Vec<usize>,
    standardised: bool,
    constant_features: &'a [String],
    layers: &'a [usize],
    activation: String,
    loss: String,
    rate: f64,
    steps: usize,
    seed: u64,
    runs: Vec<Trained>,
}

/// Mean and standard deviation of a label of numbers, which was standardised.
#[derive(Serialize)]
struct LabelScale {
    mean: f64,
    deviation: f64,
}

/// Training from one start.
#[derive(Serialize)]
struct Trained {
    init: String,
    observations: Vec<Observation>,
    diverged_at_step: Option<usize>,
    /// Of three or more classes, at the last observation.
    #[serde(skip_serializing_if = "Option::is_none")]
    confusion: Option<Confusion>,
}

/// What is seen at one iteration.
#[derive(Clone, Serialize)]
struct Observation {
    step: usize,
    #[serde(serialize_with = "json_number")]
    loss: f64,
    /// The share of right predictions, of classes.
    accuracy: Option<f64>,
    /// 1 − (sum of squared errors) / (sum of squared deviations from the mean), of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    r_squared: Option<f64>,
    hidden_layers: Vec<HiddenLayer>,
    #[serde(skip)]
    confusion: Option<Confusion>,
}

#[derive(Clone, Serialize)]
struct HiddenLayer {
    layer: usize,
    units: usize,
    twin_classes: usize,
    #[serde(serialize_with = "json_number")]
    row_distance_min: f64,
    #[serde(serialize_with = "json_number")]
    row_distance_median: f64,
}

impl Train {
    pub(super) fn run(&self, streams: &mut Streams) -> Outcome<Exit> {
        // what the environment says is read, and refused if it is nonsense, in any case
        let from_env = Config::seed_from_env()?;
        let data = self.read()?;
        let Standardised { batch, constant, label } = data.standardise()?;
        let network = self.network(&data)?;
        let save = self.save_file()?;
        self.check_work(streams, &network, batch.m())?;
        if !constant.is_empty() {
            streams.warning(&warning_of_constant(&constant));
        }
        let session = Session {
            arguments: self,
            network: &network,
            batch: &batch,
            label,
            seed: self.seed.or(from_env).unwrap_or(Config::SEED),
            bar: progress_bar((self.steps * self.init.len()) as u64),
            save,
        };
        if self.json {
            session.print_json(streams, &data, &constant)
        } else {
            session.print_tables(streams, &data)
        }
    }

    /// The data, with the label read as the loss needs it.
    fn read(&self) -> Result<Dataset> {
        let text = text_of(&self.data)?;
        let Self { header, drop_missing, .. } = *self;
        let classes = Reading { header, drop_missing, label: Label::Classes };
        let numbers = Reading { label: Label::Numbers, ..classes };
        let parse = |reading| Dataset::parse_as(&text, &self.data, &self.label, reading);
        if self.loss == Some(Loss::SquaredError) && self.positive.is_none() {
            match parse(numbers) {
                Ok(data) if !is_of_bits(&data) => return Ok(data),
                _ => {} // names of classes, or what is wrong with the file is told below
            }
        }
        let data = parse(classes).map_err(|error| {
            let without = |reading| Reading { drop_missing: true, ..reading };
            let mut read =
                [without(classes), without(numbers)].into_iter().filter_map(|it| parse(it).ok());
            if let Some(Dataset { dropped: 1.., .. }) = read.next() {
                return hinted(error, "--drop-missing leaves out such examples");
            }
            match parse(numbers) {
                Ok(_) => hinted(error, "--loss squared-error predicts the number"),
                Err(_) => error,
            }
        })?;
        match &self.positive {
            Some(name) => data.one_against_the_rest(name),
            None => self.refuse_numbers(&data).map(|()| data),
        }
    }

    /// Refuses labels that are likely to be numbers to be predicted, unless a loss was chosen:
    /// fractions, or many numbers with few examples of each.
    fn refuse_numbers(&self, data: &Dataset) -> Result<()> {
        const MANY: usize = 10;
        const FEW: usize = 5;
        let numbers: Option<Vec<f64>> =
            data.classes.iter().map(|class| class.name.parse().ok()).collect();
        let (Some(numbers), None) = (numbers, self.loss) else { return Ok(()) };
        let (classes, m) = (numbers.len(), data.batch.m());
        let fraction = numbers.iter().find(|number| number.fract().abs() > 0.0);
        let holds = match fraction {
            Some(fraction) => format!("numbers such as {fraction}"),
            None if classes > MANY && m < FEW * classes => {
                format!("{classes} numbers in {m} examples")
            }
            None => return Ok(()),
        };
        let of_classes = loss_of_classes(if classes == 2 { 1 } else { classes });
        let why = format!(
            "the label '{}' holds {holds}: use --loss squared-error to predict the number, or \
             --loss {of_classes} to treat each number as a class",
            shown(&data.label)
        );
        Err(Error::File { path: self.data.clone(), why })
    }

    /// Where to save, if it can be written to.
    fn save_file(&self) -> Result<Option<OutputFile>> {
        match &self.save {
            Some(_) if self.init.len() > 1 => Err(Error::OutOfRange {
                what: "the number of starts with --save".into(),
                value: self.init.len().to_string(),
                range: "1, because a file holds one start: choose it with --init".into(),
            }),
            save => save.as_deref().map(OutputFile::at).transpose(),
        }
    }

    /// Refuses what would take hours, before it starts.
    fn check_work(&self, streams: &mut Streams, network: &Network, m: usize) -> Result<()> {
        for (layer, &units) in network.widths().iter().enumerate().skip(1) {
            if units > WIDEST_LAYER {
                return Err(Error::OutOfRange {
                    what: format!("the width of layer {layer}"),
                    value: units.to_string(),
                    range: format!("at most {WIDEST_LAYER}, because all its units are compared"),
                });
            }
        }
        let work = Work {
            what: "the work of training (steps × examples × parameters × starts)",
            operations: self.init.len() as f64 * multiplications(network, m, self.steps),
            unit: "multiplications",
            nanoseconds: NANOSECONDS,
            usual_limit: MOST_MULTIPLICATIONS,
            or_less: "take fewer --steps, a smaller network or fewer starts",
        };
        self.most_work.check(streams, &work)
    }

    fn network(&self, data: &Dataset) -> Result<Network> {
        let (n_x, n_y) = (data.features.len(), data.batch.y().nrows());
        let widths = self.layers.clone().unwrap_or_else(|| Layers(vec![n_x, 8, n_y])).0;
        // a last width that is not the data's is told before one that is not the loss's
        let network = Network::new(&widths, self.activation, Loss::SquaredError)?;
        let of_last = if n_y == 1 { "label" } else { "class" };
        let last = widths[network.depth()];
        let ends = [("first", widths[0], n_x, "feature"), ("last", last, n_y, of_last)];
        for (place, width, needed, unit) in ends {
            if width != needed {
                return Err(Error::OutOfRange {
                    what: format!("the {place} width in --layers"),
                    value: width.to_string(),
                    range: format!("{needed}, one for each {unit} in the data"),
                });
            }
        }
        Network::new(&widths, self.activation, self.loss.unwrap_or(loss_of_classes(n_y)))
    }
}

/// What is trained with so many outputs where no loss is chosen.
fn loss_of_classes(outputs: usize) -> Loss {
    match outputs {
        1 => Loss::CrossEntropy,
        _ => Loss::SoftmaxCrossEntropy,
    }
}

/// Whether all labels are 0 or 1, so that classes and numbers are the same.
fn is_of_bits(data: &Dataset) -> bool {
    data.batch.y().iter().all(|label| [0.0, 1.0].contains(label))
}

/// The same error with what helps, where it is about a cell.
fn hinted(error: Error, hint: &str) -> Error {
    match error {
        Error::Cell { path, line, column, why } => {
            Error::Cell { path, line, column, why: format!("{why} ({hint})") }
        }
        other => other,
    }
}

/// One run of `train`, ready to start.
struct Session<'a> {
    arguments: &'a Train,
    network: &'a Network,
    batch: &'a Batch<f64>,
    /// Of a label of numbers.
    label: Option<Scale>,
    seed: u64,
    bar: ProgressBar,
    save: Option<OutputFile>,
}

type Outcome<T> = std::result::Result<T, CommandError>;

impl Session<'_> {
    fn print_tables(&self, streams: &mut Streams, data: &Dataset) -> Outcome<Exit> {
        let out = &mut streams.out;
        self.print_setting(out, data)?;
        let mut ends = Vec::new();
        for &start in &self.arguments.init {
            writeln!(out, "\n{HEADING}from {start}{HEADING:#}\n{}", self.columns())?;
            let mut end = None;
            self.follow(start, |observation| {
                end = Some(observation.clone());
                write!(out, "{}", rows(observation))?;
                out.flush()?;
                if out.arrives() { Ok(()) } else { Err(CommandError::NobodyReads) }
            })?;
            ends.extend(end.map(|end| (start.to_string(), end)));
        }
        self.bar.finish_and_clear();
        let steps = counted(self.arguments.steps, "step", "steps");
        writeln!(out, "\n{HEADING}after {steps}{HEADING:#}")?;
        let longest = ends.iter().map(|(start, _)| start.len()).max().unwrap_or(0);
        for (start, end) in &ends {
            writeln!(out, "  from {start:longest$}  {}", summary(end))?;
        }
        for (start, end) in &ends {
            if let Some(confusion) = &end.confusion {
                writeln!(out, "\n{HEADING}classes from {start}{HEADING:#}")?;
                write!(out, "{}", confusion.table(&data.classes))?;
            }
        }
        Ok(Exit::Fine)
    }

    fn print_setting(&self, out: &mut impl Write, data: &Dataset) -> io::Result<()> {
        let dropped = match data.dropped {
            0 => String::new(),
            count => format!(
                "; left out: {}",
                counted(count, "with a cell missing", "with cells missing")
            ),
        };
        writeln!(
            out,
            "data      {}: {}, {}{dropped}",
            printable_path(&self.arguments.data),
            counted(self.batch.m(), "example", "examples"),
            counted(data.features.len(), "feature", "features")
        )?;
        writeln!(out, "label     {}: {}", shown(&data.label), self.labels(data))?;
        writeln!(out, "features  standardised to mean 0 and standard deviation 1")?;
        let Train { rate, steps, .. } = self.arguments;
        let activation = self.network.activation_names();
        let loss = self.network.loss;
        let seed = self.seed;
        let widths = dashed(self.network.widths());
        writeln!(out, "network   {widths}, {activation}, {loss}")?;
        let steps = counted(*steps, "step", "steps");
        writeln!(out, "training  {steps} of gradient descent, rate {rate}, seed {seed}")
    }

    /// What the labels are, in words.
    fn labels(&self, data: &Dataset) -> String {
        let class = |Class { name, examples }: &Class| format!("{} ({examples})", shown(name));
        match (&data.classes[..], self.label) {
            (_, Some(Scale { mean, deviation })) => format!(
                "numbers with mean {} and standard deviation {}, standardised",
                brief(mean),
                brief(deviation)
            ),
            ([zero, one], None) => format!("0 = {}, 1 = {}", class(zero), class(one)),
            (more, None) => more.iter().map(class).collect::<Vec<_>>().join(", "),
        }
    }

    fn print_json(
        &self,
        streams: &mut Streams,
        data: &Dataset,
        constant: &[String],
    ) -> Outcome<Exit> {
        let (runs, outcome) = self.runs();
        let document = Document {
            schema: "init-symmetry/train/1",
            data: &self.arguments.data.to_string_lossy(),
            examples: self.batch.m(),
            features: data.features.len(),
            dropped_examples: data.dropped,
            label: &data.label,
            label_scale: self.label.map(|Scale { mean, deviation }| LabelScale { mean, deviation }),
            classes: data.classes.iter().map(|class| class.name.as_str()).collect(),
            examples_of_classes: data.classes.iter().map(|class| class.examples).collect(),
            standardised: true,
            constant_features: constant,
            layers: self.network.widths(),
            activation: self.network.activation_names(),
            loss: self.network.loss.to_string(),
            rate: self.arguments.rate,
            steps: self.arguments.steps,
            seed: self.seed,
            runs,
        };
        print_json(streams, &document)?;
        outcome
    }

    /// The training from each start, until one diverges.
    fn runs(&self) -> (Vec<Trained>, Outcome<Exit>) {
        let mut runs = Vec::new();
        for &start in &self.arguments.init {
            let mut observations = Vec::new();
            let followed = self.follow(start, |observation| {
                observations.push(observation.clone());
                Ok(())
            });
            let diverged_at_step = match &followed {
                Err(CommandError::Diverged { step, .. }) => Some(*step),
                _ => None,
            };
            let confusion = observations.last().and_then(|last| last.confusion.clone());
            let init = start.to_string();
            runs.push(Trained { init, observations, diverged_at_step, confusion });
            if let Err(failure) = followed {
                return (runs, Err(failure));
            }
        }
        (runs, Ok(Exit::Fine))
    }

    /// Trains from one start and shows every observation as soon as it is made.
    fn follow(
        &self,
        start: Weights,
        mut show: impl FnMut(&Observation) -> Outcome<()>,
    ) -> Outcome<()> {
        let Train { rate, steps, .. } = *self.arguments;
        let mut parameters = self.network.initialise(start, self.seed)?;
        let mut done = 0;
        for stop in stops(steps) {
            // In stretches, so that a reader who leaves ends the training too.
            parameters = self
                .network
                .train(&parameters, self.batch, rate, stop - done, |t, _| self.advance(t))
                .map_err(|error| self.failure(start, done, error))?;
            done = stop;
            let of_start = |error| CommandError::Training { start, error };
            let loss = self.network.mean_loss(&parameters, self.batch).map_err(of_start)?;
            if !loss.is_finite() {
                return Err(self.diverged(start, stop, format!("the loss is {loss}")));
            }
            let observation = self.observe(stop, loss, &parameters).map_err(of_start)?;
            self.bar.suspend(|| show(&observation))?;
        }
        if let Some(file) = &self.save {
            file.write(LiveTensors::of_network(self.network, &parameters)?.to_safetensors()?)?;
        }
        Ok(())
    }

    fn columns(&self) -> String {
        let step = "step";
        let loss = "loss";
        let success = if self.label.is_some() { "R²" } else { "accuracy" };
        let layer = "layer";
        let twins = "twin classes";
        let least = "row distance: min";
        let median = "median";
        format!(
            "{step:>10}  {loss:>9}  {success:>8}  {layer:>5}  {twins:>14}  {least}  {median:>10}"
        )
    }

    fn advance(&self, t: usize) {
        if t > 0 {
            self.bar.inc(1);
        }
    }

    /// An error of a stretch of training that began after `done` steps.
    fn failure(&self, start: Weights, done: usize, error: Error) -> CommandError {
        match error {
            Error::Diverged { step, .. } => {
                self.diverged(start, done + step, "a parameter is no longer finite".into())
            }
            error => CommandError::Training { start, error },
        }
    }

    fn diverged(&self, start: Weights, step: usize, why: String) -> CommandError {
        let smaller = if step == 0 { "smaller weights" } else { "a smaller --rate" };
        let why = format!("{why} (the rate is {}; try {smaller})", self.arguments.rate);
        CommandError::Diverged { start, step, why }
    }

    fn observe(&self, step: usize, loss: f64, parameters: &Parameters<f64>) -> Result<Observation> {
        let depth = self.network.depth();
        let forward = self.network.forward(parameters, self.batch.x())?;
        let of_classes = self.label.is_none();
        let confusion = of_classes.then(|| Confusion::of(forward.a(depth), self.batch.y()));
        let accuracy = confusion.as_ref().map(|it| it.right() as f64 / self.batch.m() as f64);
        let hidden_layers = (1..depth).map(|layer| HiddenLayer::of(parameters, layer));
        Ok(Observation {
            step,
            loss,
            accuracy,
            // the labels have variance 1, and the loss is half the mean squared error
            r_squared: (!of_classes).then_some(1.0 - 2.0 * loss),
            hidden_layers: hidden_layers.collect::<Result<_>>()?,
            confusion: confusion.filter(Confusion::is_of_many),
        })
    }
}

impl HiddenLayer {
    fn of(parameters: &Parameters<f64>, layer: usize) -> Result<Self> {
        let distances = symmetry::row_distances(parameters, layer)?;
        Ok(Self {
            layer,
            units: parameters.w(layer).nrows(),
            twin_classes: symmetry::twin_classes(parameters, layer)?.len(),
            row_distance_min: distances.min,
            row_distance_median: distances.median,
        })
    }
}

/// The iterations that are shown: the start, the first step, and a few until the end.
fn stops(steps: usize) -> Vec<usize> {
    let mut stops = vec![0, 1.min(steps), steps / 100, steps / 10, steps / 4, steps / 2, steps];
    stops.sort_unstable();
    stops.dedup();
    stops
}

/// One line for each hidden layer, or a single one if there is none.
fn rows(observation: &Observation) -> String {
    let Observation { step, loss, hidden_layers, .. } = observation;
    let loss = brief(*loss);
    let start = format!("{step:>10}  {loss:>9}  {:>8}", success(observation));
    if hidden_layers.is_empty() {
        return format!("{start}  (no hidden layer)\n");
    }
    let mut lines = String::new();
    for (index, hidden) in hidden_layers.iter().enumerate() {
        let HiddenLayer { layer, units, twin_classes, .. } = hidden;
        let start = if index == 0 { start.as_str() } else { "" };
        let twins = format!("{twin_classes} of {units}");
        let least = brief(hidden.row_distance_min);
        let median = brief(hidden.row_distance_median);
        lines += &format!("{start:31}  {layer:>5}  {twins:>14}  {least:>17}  {median:>10}\n");
    }
    lines
}

fn summary(observation: &Observation) -> String {
    let Observation { loss, hidden_layers, .. } = observation;
    let what = if observation.accuracy.is_some() { " right" } else { " explained" };
    let mut summary = format!("{:>7}{what}, loss {}", success(observation), brief(*loss));
    for HiddenLayer { layer, units, twin_classes, .. } in hidden_layers {
        let classes = counted(*twin_classes, "twin class", "twin classes");
        let units = counted(*units, "unit", "units");
        summary += &format!(", layer {layer}: {classes} of {units}");
    }
    summary
}

/// Accuracy or R², in percent; an R² far below 0 is no percentage any more.
fn success(Observation { accuracy, r_squared, .. }: &Observation) -> String {
    match accuracy.or(*r_squared) {
        Some(share) if share > -10.0 => format!("{:.1} %", 100.0 * share).replace("-0.0 ", "0.0 "),
        Some(share) => format!("{share:.1e}"),
        None => String::new(),
    }
}

fn dashed(widths: &[usize]) -> String {
    widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

fn warning_of_constant(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| shown(name)).collect();
    let more = names.len() - shown.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let shown = shown.join(", ");
    format!("constant features tell the network nothing and are set to 0: {shown}{more}")
}

/// What training from one start multiplies, or takes as long as that many multiplications.
fn multiplications(network: &Network, m: usize, steps: usize) -> f64 {
    let of_layer = |pair: &[usize]| {
        let (n_in, n_out) = (pair[0] as f64, pair[1] as f64);
        let training = steps as f64 * m as f64 * (n_in + 1.0) * n_out;
        let pairs = n_out * (n_out - 1.0) / 2.0;
        training + stops(steps).len() as f64 * pairs * (n_in + OF_EACH_PAIR)
    };
    let of_layers: f64 = network.widths().windows(2).map(of_layer).sum();
    of_layers + steps as f64 * OF_EACH_STEP
}

fn header(text: &str) -> Result<Header> {
    parse_name("choice of header", text)
}

fn start(text: &str) -> Result<Weights> {
    text.parse()
}

fn layers(text: &str) -> Result<Layers> {
    let width = |width: &str| whole_number(&format!("a width in --layers {text}"), width);
    text.split('-').map(width).collect::<Result<_>>().map(Layers)
}

fn rate(text: &str) -> Result<f64> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate < f64::INFINITY => Ok(rate),
        _ => Err(Error::OutOfRange {
            what: "the rate".into(),
            value: format!("'{text}'"),
            range: "a positive finite number".into(),
        }),
    }
}

fn steps(text: &str) -> Result<usize> {
    let steps = whole_number("the number of steps", text)?;
    if steps <= MOST_STEPS {
        return Ok(steps);
    }
    Err(Error::OutOfRange {
        what: "the number of steps".into(),
        value: text.into(),
        range: format!("at most {MOST_STEPS}"),
    })
}
