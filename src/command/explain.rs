//! `explain`: one claim whole, in words or as JSON. Nothing is run.

use super::output::{HEADING, Streams, print_json, wrapped};
use super::{Exit, Failure};
use init_symmetry::claim::{Assumption, Claim, Dropped, Evidence, Killer, Side, find};
use init_symmetry::proof::{Theorem, theorems};
use init_symmetry::report::{Figure, PAGE, figures_of};
use serde::Serialize;
use std::io::{self, Write};

const EXAMPLES: &str = "\
Example:
  init-symmetry explain zero-init-keeps-w1-rows-identical-forever";

/// Tell one claim whole: what it says, assumes and rests on, how to break it, how to cite it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// Name of the claim
    claim: String,

    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    id: &'static str,
    section: String,
    source: &'static str,
    declared: String,
    lesson: &'static str,
    statement: &'static str,
    assumptions: Vec<AssumptionView>,
    evidence: Vec<EvidenceView>,
    theorems: Vec<TheoremView>,
    figures: Vec<FigureView>,
    min_cases: usize,
    killed_by_fault: Option<&'static str>,
    no_fault_because: Option<&'static str>,
    replay: String,
    cite: String,
}

#[derive(Serialize)]
struct TheoremView {
    file: &'static str,
    name: &'static str,
    axioms: Vec<&'static str>,
}

/// Where a report shows the claim, below its folder.
#[derive(Serialize)]
struct FigureView {
    title: &'static str,
    svg: String,
    anchor: String,
}

#[derive(Serialize)]
struct AssumptionView {
    words: &'static str,
    without_it: Option<&'static str>,
    cannot_be_dropped_because: Option<&'static str>,
}

#[derive(Serialize)]
struct EvidenceView {
    kind: String,
    shows: &'static str,
    what: &'static str,
}

impl Explain {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Failure> {
        let document = document(find(&self.claim)?);
        if self.json {
            print_json(streams, &document)?;
        } else {
            print_text(streams, &document)?;
        }
        Ok(Exit::AsDeclared)
    }
}

fn document(claim: &'static Claim) -> Document {
    let (killed_by_fault, no_fault_because) = match claim.killed_by {
        Killer::Fault(fault) => (Some(fault), None),
        Killer::None(why) => (None, Some(why)),
    };
    Document {
        schema: "init-symmetry/explain/1",
        id: claim.id,
        section: claim.section.to_string(),
        source: claim.source,
        declared: claim.declared.to_string(),
        lesson: claim.lesson,
        statement: claim.statement,
        assumptions: claim.assumptions.iter().map(assumption_view).collect(),
        evidence: claim.evidence.iter().map(evidence_view).collect(),
        theorems: theorems().filter(is_of(claim)).map(|theorem| theorem_view(&theorem)).collect(),
        figures: figures_of(claim.id).map(figure_view).collect(),
        min_cases: claim.min_cases,
        killed_by_fault,
        no_fault_because,
        replay: format!("init-symmetry verify {}", claim.id),
        cite: format!(
            "{} {}, claim {}",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            claim.id
        ),
    }
}

fn is_of(claim: &Claim) -> impl Fn(&Theorem) -> bool {
    |theorem| claim.theorems.contains(&theorem.name)
}

fn theorem_view(theorem: &Theorem) -> TheoremView {
    let axioms = theorem.axioms.split(',').filter(|axiom| !axiom.is_empty()).collect();
    TheoremView { file: theorem.file, name: theorem.name, axioms }
}

fn figure_view(figure: &Figure) -> FigureView {
    let anchor = format!("{PAGE}#{}", figure.id);
    FigureView { title: figure.title, svg: figure.svg_path(), anchor }
}

fn assumption_view(Assumption { words, dropped }: &Assumption) -> AssumptionView {
    let (without_it, cannot_be_dropped_because) = match dropped {
        Dropped::Fails { what, .. } => (Some(*what), None),
        Dropped::CannotBe(why) => (None, Some(*why)),
    };
    AssumptionView { words, without_it, cannot_be_dropped_because }
}

fn evidence_view(evidence: &Evidence) -> EvidenceView {
    let shows = match evidence.side {
        Side::True => "it is true",
        Side::False => "it is false",
    };
    EvidenceView { kind: evidence.kind.to_string(), shows, what: evidence.what }
}

fn print_text(streams: &mut Streams, document: &Document) -> io::Result<()> {
    let out = &mut streams.out;
    let Document { id, section, declared, source, min_cases, .. } = document;
    writeln!(out, "{HEADING}{id}{HEADING:#}\n  declared: {declared}; section: {section}")?;
    let mut paragraph = |title: &str, texts: &[String]| -> io::Result<()> {
        writeln!(out, "\n{HEADING}{title}{HEADING:#}")?;
        texts.iter().try_for_each(|text| writeln!(out, "{}", wrapped(text, "  ")))
    };
    paragraph("The lesson", &[document.lesson.into(), format!("(section: {source})")])?;
    paragraph("What is checked", &[document.statement.into()])?;
    let assumptions: Vec<_> = document.assumptions.iter().map(words_of_assumption).collect();
    if !assumptions.is_empty() {
        paragraph("What it assumes", &assumptions)?;
    }
    let evidence = document.evidence.iter();
    let evidence = evidence
        .map(|EvidenceView { kind, shows, what }| format!("- {kind}, in which {shows}: {what}"));
    let fewest = format!("At least {min_cases} effective cases are asked for.");
    paragraph("How we know", &evidence.chain([fewest]).collect::<Vec<_>>())?;
    let stated: Vec<_> = document.theorems.iter().map(words_of_theorem).collect();
    if !stated.is_empty() {
        paragraph(
            "Theorems (machine-checked by CI; proofs/README.md says them in words)",
            &stated,
        )?;
    }
    let figures: Vec<_> = document.figures.iter().map(words_of_figure).collect();
    if !figures.is_empty() {
        paragraph(
            "Pictures (in the folder that 'init-symmetry report --out DIR' writes)",
            &figures,
        )?;
    }
    let red = match (document.killed_by_fault, document.no_fault_because) {
        (Some(fault), _) => {
            format!("The fault '{fault}' turns it red; verify plants it at every run.")
        }
        (None, why) => format!("No fault of an implementation can: {}", why.unwrap_or_default()),
    };
    paragraph("How to break it", &[red])?;
    paragraph("Run it, cite it", &[document.replay.clone(), document.cite.clone()])
}

fn words_of_figure(FigureView { title, svg, anchor }: &FigureView) -> String {
    format!("- {title}: {svg}, {anchor}")
}

fn words_of_theorem(TheoremView { file, name, axioms }: &TheoremView) -> String {
    let rests_on = match axioms.as_slice() {
        [] => "no axiom".into(),
        axioms => format!("the axioms {}", axioms.join(", ")),
    };
    format!("- {name} (proofs/theories/{file}.v) rests on {rests_on}")
}

fn words_of_assumption(assumption: &AssumptionView) -> String {
    let AssumptionView { words, without_it, cannot_be_dropped_because } = assumption;
    match (without_it, cannot_be_dropped_because) {
        (Some(what), _) => format!("- {words}. Without it: {what}"),
        (None, why) => format!("- {words}. It cannot be dropped: {}", why.unwrap_or_default()),
    }
}
