//! `prove`: symbolic proofs about the shipped network, and one step of it printed for Rocq.
//!
//! The proofs are those of `crate::proof`. Start at [`Prove::run`].

use super::output::{HEADING, Streams, print_json};
use super::work::{MostWork, Work};
use super::{CommandError, Exit};
use crate::output_file::OutputFile;
use crate::proof::{
    Pair, Proof, ProofStatus, Statement, estimated_work, networks_up_to, prove_all, rocq_trace,
};
use crate::{Activation, Error, Loss, Network, Result, parse_name, printable_path};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use strum::VariantArray;

/// What is proved where nothing is chosen.
const ALL: &str = " [default: all]";

/// Without a shape, every network up to this size is proved.
const MOST_LAYERS: usize = 4;
const WIDEST: usize = 3;

/// More than this would take hours, so it is refused.
const MOST_OPERATIONS: f64 = 1e11;
/// Of one operation: 60 at 3-3-3-1, 170 at 60-60-1, 600 at 1000-1000-1 (one core of a small server,
/// 2026).
const NANOSECONDS: f64 = 150.0;

const HOW_WE_KNOW: &str = "\
proved: the shipped code was run on symbols instead of numbers, or on entries known to be zero. So
the statement holds for all values at these shapes and this number of examples, in every
deterministic arithmetic (zero-trajectory: in IEEE 754), as long as the run stays finite.
untwinned-control says that expressions differ, not that their values differ at every point.
tested: base-case runs the start in floats, at listed constants. update-is-the-derivative uses exact
arithmetic at random numbers modulo 2^61 - 1, with functions drawn at random. A wrong formula passes
with a probability below 10^-15.";

const AFTER_HELP: &str = "\
Examples:
  init-symmetry prove
  init-symmetry prove --shape 2-4-1 --activation tanh
  init-symmetry prove --statement inductive-step --shape 16-64-1 --examples 8 --pair 1:0:9
  init-symmetry prove --shape 2-2-1 --rocq trace.v

Exit codes: 0 proved, 1 bad input, 2 a proof fails, 3 there is nothing to prove";

/// Prove the induction for all values, on the shipped network
///
/// Runs the network on free expressions instead of numbers. Where two results are the same
/// expression, they come from the same operations in the same order, so they are equal for all
/// values. Without a shape, every network of up to 4 layers of width 3 is proved.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Prove {
    /// What to prove: names, separated by commas [default: everything that applies]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = statement)]
    statement: Vec<Statement>,

    /// Widths of the layers from input to output [default: all small shapes]
    #[arg(long, value_name = "2-2-1", value_parser = shape, allow_hyphen_values = true)]
    shape: Option<Shape>,

    /// Examples in the batch
    #[arg(long, default_value_t = 2, value_parser = examples, allow_hyphen_values = true)]
    examples: usize,

    #[arg(long, value_name = "NAME", value_parser = super::activation)]
    #[arg(help = super::choice("Activation of the hidden layers", Activation::VARIANTS) + ALL)]
    activation: Option<Activation>,

    #[arg(long, value_name = "NAME", value_parser = super::loss)]
    #[arg(help = super::choice("Output and loss", Loss::VARIANTS) + ALL)]
    loss: Option<Loss>,

    /// Only one pair of units of a hidden layer; layers count from 1, units from 0 [default: all]
    #[arg(long, value_name = "LAYER:UNIT:UNIT", requires = "shape", value_parser = pair)]
    #[arg(allow_hyphen_values = true)]
    pair: Option<Pair>,

    /// Print one step as a Rocq file instead [default activation and loss: tanh, cross-entropy]
    #[arg(long, value_name = "FILE", requires = "shape")]
    #[arg(conflicts_with_all = ["pair", "statement", "json"])]
    rocq: Option<PathBuf>,

    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    most_work: MostWork,
}

#[derive(Debug, Clone)]
struct Shape(Vec<usize>);

/// The JSON document; `schema` changes when a field changes its meaning or goes.
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    examples: usize,
    how_we_know: &'static str,
    proofs: Vec<View>,
}

/// What came of one statement.
#[derive(Serialize)]
struct View {
    statement: String,
    in_words: &'static str,
    verdict: String,
    shapes: usize,
    runs: usize,
    obligations: usize,
    terms: usize,
    seconds: f64,
    failure: Option<String>,
}

impl Prove {
    pub(super) fn run(&self, streams: &mut Streams) -> std::result::Result<Exit, CommandError> {
        match (&self.rocq, &self.shape) {
            (Some(file), Some(shape)) => self.write_rocq(streams, file, shape),
            _ => self.prove(streams),
        }
    }

    fn write_rocq(
        &self,
        streams: &mut Streams,
        file: &Path,
        shape: &Shape,
    ) -> std::result::Result<Exit, CommandError> {
        let place = OutputFile::at(file)?;
        let activation = self.activation.unwrap_or(Activation::Tanh);
        let loss = self.loss.unwrap_or(Loss::CrossEntropy);
        let network = Network::new(&shape.0, activation, loss)?;
        place.write(&rocq_trace(&network, self.examples)?)?;
        let file = printable_path(file);
        writeln!(streams.out, "one step of {activation}, {loss} is in {file}")?;
        Ok(Exit::Fine)
    }

    fn prove(&self, streams: &mut Streams) -> std::result::Result<Exit, CommandError> {
        let networks = self.networks()?;
        let statements = self.statements(&networks);
        self.check_work(streams, &statements, &networks)?;
        let mut views = Vec::new();
        let mut worst = None;
        for statement in statements {
            let proof = self.prove_one(statement, &networks)?;
            worst = worst.max(Some(proof.verdict()));
            let view = View::of(statement, &proof);
            if !self.json {
                if views.is_empty() {
                    // not before: what cannot be proved at all has no table
                    writeln!(streams.out, "{HEADING}{}{HEADING:#}", columns())?;
                }
                write!(streams.out, "{}", view.line())?;
                streams.out.flush()?;
            }
            views.push(view);
        }
        if self.json {
            let how_we_know = HOW_WE_KNOW;
            let schema = "init-symmetry/prove/1";
            let document = Document { schema, examples: self.examples, how_we_know, proofs: views };
            print_json(streams, &document)?;
        } else if worst.is_some() {
            writeln!(streams.out, "\n{HOW_WE_KNOW}")?;
        } else {
            streams.warning("there is nothing to prove about these networks");
        }
        Ok(match worst {
            Some(ProofStatus::Proved) => Exit::Fine,
            Some(ProofStatus::Failed) => Exit::Fails,
            Some(ProofStatus::Vacuous) | None => Exit::Vacuous,
        })
    }

    /// Refuses what would take days, before it starts.
    fn check_work(
        &self,
        streams: &mut Streams,
        statements: &[Statement],
        networks: &[Network],
    ) -> Result<()> {
        let of = |&statement| estimated_work(statement, networks, self.examples, self.pair);
        let work = Work {
            what: "the work of these proofs (pairs of units × terms of a run)",
            operations: statements.iter().map(of).sum::<Result<f64>>()?,
            unit: "operations on terms",
            nanoseconds: NANOSECONDS,
            usual_limit: MOST_OPERATIONS,
            or_less: "choose a --statement, a --pair or a smaller --shape",
        };
        self.most_work.check(streams, &work)
    }

    fn networks(&self) -> Result<Vec<Network>> {
        let all = match &self.shape {
            None => networks_up_to(MOST_LAYERS, WIDEST)?,
            Some(Shape(widths)) => {
                let mut networks = Vec::new();
                let outputs = widths.last().map_or(1, |&n_y| n_y.max(1));
                let losses = match self.loss {
                    Some(loss) => vec![loss],
                    None => Loss::of_outputs(outputs).collect(),
                };
                for &activation in Activation::VARIANTS {
                    for &loss in &losses {
                        networks.push(Network::new(widths, activation, loss)?);
                    }
                }
                networks
            }
        };
        let wanted = |network: &Network| {
            self.activation.is_none_or(|g| network.shared_activation() == Some(g))
                && self.loss.is_none_or(|loss| network.loss == loss)
        };
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// Those asked for, or all, as far as they say anything of these networks.
    fn statements(&self, networks: &[Network]) -> Vec<Statement> {
        let asked =
            |statement: &Statement| self.statement.is_empty() || self.statement.contains(statement);
        let applies = |statement: &Statement| {
            networks.iter().any(|network| statement.is_about(network))
                && (self.pair.is_none() || statement.is_about_pairs())
        };
        Statement::VARIANTS.iter().copied().filter(asked).filter(applies).collect()
    }

    fn prove_one(&self, statement: Statement, networks: &[Network]) -> Result<Proof> {
        let Some(pair) = self.pair else {
            return prove_all(statement, networks, self.examples);
        };
        let mut whole = Proof::default();
        for network in networks {
            whole.absorb(statement.prove_pair(network, self.examples, pair)?);
        }
        Ok(whole)
    }
}

impl View {
    fn of(statement: Statement, proof: &Proof) -> Self {
        Self {
            statement: statement.to_string(),
            in_words: statement.in_words(),
            verdict: match proof.verdict() {
                ProofStatus::Proved if !statement.is_about_all_values() => "tested".into(),
                verdict => verdict.to_string(),
            },
            shapes: proof.shapes.len(),
            runs: proof.runs,
            obligations: proof.obligations,
            terms: proof.terms,
            seconds: proof.elapsed.as_secs_f64(),
            failure: proof.failure.as_ref().map(ToString::to_string),
        }
    }

    fn line(&self) -> String {
        let Self { statement, verdict, shapes, runs, obligations, terms, seconds, .. } = self;
        let mut line = format!(
            "{statement:26}{verdict:>8}{shapes:>8}{runs:>8}{obligations:>13}{terms:>11}\
             {seconds:>8.2} s\n    {}\n",
            self.in_words
        );
        if let Some(failure) = &self.failure {
            line += &format!("    {failure}\n");
        }
        line
    }
}

fn columns() -> String {
    let shapes = "shapes";
    let runs = "runs";
    let obligations = "obligations";
    let terms = "terms";
    format!(
        "{:26}{:>8}{shapes:>8}{runs:>8}{obligations:>13}{terms:>11}{:>10}",
        "statement", "", "time"
    )
}

fn statement(text: &str) -> Result<Statement> {
    parse_name("statement", text)
}

fn examples(text: &str) -> Result<usize> {
    number("the number of examples", text)
}

fn shape(text: &str) -> Result<Shape> {
    let width = |width| number(&format!("a width in --shape {text}"), width);
    text.split('-').map(width).collect::<Result<_>>().map(Shape)
}

fn pair(text: &str) -> Result<Pair> {
    let index = |index| number(&format!("an index in --pair {text}"), index);
    match text.split(':').map(index).collect::<Result<Vec<usize>>>()?[..] {
        [layer, first, second] => Ok(Pair { layer, first, second }),
        ref indices => Err(Error::Count {
            what: format!("--pair {text}"),
            given: indices.len(),
            needed_by: "a pair (layer:unit:unit)".into(),
            needed: 3,
        }),
    }
}

fn number<T: FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::OutOfRange {
        what: what.into(),
        value: format!("'{text}'"),
        range: "a whole number".into(),
    })
}
