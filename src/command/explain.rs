//! `explain`: everything about one claim, in words or as JSON, with the numbers of a run.
//!
//! It runs the claim and prints; what the evidence shows is decided in `crate::claim`.
//! Start at [`Document`], which holds all that is printed.

use super::effort::Effort;
use super::hint::claim_named;
use super::output::{
    BAD, DOUBTFUL, GOOD, HEADING, Streams, WIDTH, counted, marked, paragraph, print_json, wrapped,
};
use super::verify::{exit_of, reason};
use super::{CommandError, Exit};
use crate::claim::judge;
use crate::claim::{Assumption, Claim, Dropped, Evidence, Finding, Judgement, Killer, Kind, Part};
use crate::fault::{Fault, Planted};
use crate::proof::Theorem;
use crate::property::{Config, Profile};
use crate::report::{Figure, PAGE, figures_of};
use serde::Serialize;
use std::io::{self, Write};

const AFTER_HELP: &str = "\
Examples:
  init-symmetry explain zero-biases-are-harmless
  init-symmetry explain a-hundredth-suits-shallow-networks --profile ci --seed 7
  init-symmetry explain zero-biases-are-harmless --bibtex

Exit codes: 0 the verdict is as expected, 1 bad input, 2 it is not, 3 the claim was
vacuous";

/// Explain one claim: its verdict, the evidence, and how to see it fail
///
/// Runs the evidence of the claim, and shows what happens without each of its assumptions. --json
/// has all numbers of the runs and the axioms of the theorems.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Explain {
    /// Name of the claim
    claim: String,

    #[command(flatten)]
    effort: Effort,

    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,

    /// Print a BibTeX entry instead, and run nothing
    #[arg(long, conflicts_with = "json")]
    bibtex: bool,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    id: &'static str,
    section: String,
    headline: &'static str,
    source: &'static str,
    expected: String,
    as_expected: bool,
    reason: Option<String>,
    profile: String,
    seed: u64,
    seconds: f64,
    lesson: &'static str,
    statement: String,
    parts: Vec<PartView>,
    assumptions: Vec<AssumptionView>,
    figures: Vec<FigureView>,
    min_cases: usize,
    effective_cases: usize,
    obligations: usize,
    killed_by_fault: Option<FaultView>,
    no_fault_because: Option<&'static str>,
    replay: String,
    cite: String,
    bibtex: String,
}

/// A part of the statement with the evidence for it.
#[derive(Serialize)]
struct PartView {
    says: &'static str,
    known: String,
    proved: bool,
    evidence: Vec<EvidenceView>,
    theorems: Vec<TheoremView>,
}

#[derive(Serialize)]
struct TheoremView {
    file: &'static str,
    name: &'static str,
    assumes: &'static str,
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
    numbers_without_it: Option<String>,
    cannot_be_dropped_because: Option<&'static str>,
}

#[derive(Serialize)]
struct EvidenceView {
    /// Kind and side in words, for text.
    #[serde(skip)]
    known: String,
    kind: String,
    shows: &'static str,
    what: &'static str,
    effective_cases: usize,
    obligations: usize,
    numbers: String,
}

#[derive(Serialize)]
struct FaultView {
    fault: String,
    description: String,
    command: String,
}

impl Explain {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let config = self.effort.config(Profile::Quick)?;
        let claim = claim_named(&self.claim, false)?;
        if self.bibtex {
            writeln!(streams.out, "{}", bibtex(claim))?;
            return Ok(Exit::Fine);
        }
        let judgement = judge(claim, &config);
        let document = document(&judgement, &config);
        if self.json {
            print_json(streams, &document)?;
        } else {
            print_text(streams, &document)?;
        }
        Ok(exit_of(&[judgement]))
    }
}

fn document(judgement: &Judgement, config: &Config) -> Document {
    let claim = judgement.claim;
    let (killed_by_fault, no_fault_because) = match claim.killed_by {
        Killer::Fault(fault) => (Some(fault_view(claim, fault)), None),
        Killer::None(why) => (None, Some(why)),
    };
    let assumptions = claim.assumptions.iter().zip(&judgement.dropped);
    Document {
        schema: "init-symmetry/explain/3",
        id: claim.id,
        section: claim.section.to_string(),
        headline: claim.headline,
        source: claim.source,
        expected: claim.expected.to_string(),
        as_expected: judgement.is_as_expected(),
        reason: reason(judgement),
        profile: config.profile.to_string(),
        seed: config.seed,
        seconds: judgement.took.as_secs_f64(),
        lesson: claim.lesson,
        statement: claim.statement(),
        parts: judgement.parts().map(|(part, findings)| part_view(part, findings)).collect(),
        assumptions: assumptions.map(|(it, finding)| assumption_view(it, finding)).collect(),
        figures: figures_of(claim.id).map(figure_view).collect(),
        min_cases: claim.min_cases,
        effective_cases: judgement.cases(),
        obligations: judgement.obligations(),
        killed_by_fault,
        no_fault_because,
        replay: format!("init-symmetry verify {}", claim.id),
        cite: format!("init-symmetry {}, claim {}", version(), claim.id),
        bibtex: bibtex(claim),
    }
}

/// The version, with the commit if the build knows it.
fn version() -> String {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("INIT_SYMMETRY_COMMIT"));
    if commit.starts_with("commit ") { format!("{version}, {commit}") } else { version.into() }
}

/// An entry for a bibliography. Author and year are those of CITATION.cff.
fn bibtex(claim: &Claim) -> String {
    let citation = include_str!("../../CITATION.cff");
    let field = |name: &str| {
        let line = citation.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_default().trim().trim_matches('"')
    };
    let (author, date) = (field("- name:"), field("date-released:"));
    let year = date.split('-').next().unwrap_or_default();
    let Claim { id, expected, .. } = claim;
    let (version, headline) = (version(), in_latex(claim.headline));
    format!(
        "@software{{init-symmetry:{id},\n  author  = {{{{{author}}}}},\n  \
         title   = {{init-symmetry: {id}}},\n  version = {{{version}}},\n  \
         year    = {{{year}}},\n  note    = {{Claim {id}, {expected}: {headline}}}\n}}"
    )
}

/// A sentence whose characters LaTeX prints as they are.
fn in_latex(sentence: &str) -> String {
    let sentence = sentence.replace('^', "\\textasciicircum{}");
    ['%', '&', '#', '$', '_']
        .iter()
        .fold(sentence, |text, sign| text.replace(*sign, &format!("\\{sign}")))
}

fn part_view(part: &Part, findings: &[Finding]) -> PartView {
    let runs = part.evidence.iter().zip(findings);
    let runs = runs.filter(|(evidence, _)| evidence.kind() != Kind::Theorem);
    let theorems = part.evidence.iter().filter_map(Evidence::theorem);
    PartView {
        says: part.says,
        known: part.known(),
        proved: part.is_proved(),
        evidence: runs.map(|(evidence, finding)| evidence_view(evidence, finding)).collect(),
        theorems: theorems.map(theorem_view).collect(),
    }
}

fn theorem_view(theorem: Theorem) -> TheoremView {
    let axioms = theorem.axioms.split(',').filter(|axiom| !axiom.is_empty()).collect();
    TheoremView { file: theorem.file, name: theorem.name, assumes: theorem.assumes(), axioms }
}

fn figure_view(figure: &Figure) -> FigureView {
    let anchor = format!("{PAGE}#{}", figure.id);
    FigureView { title: figure.title, svg: figure.svg_path(), anchor }
}

fn assumption_view(
    Assumption { words, dropped }: &Assumption,
    finding: &Option<Finding>,
) -> AssumptionView {
    let (without_it, cannot_be_dropped_because) = match dropped {
        Dropped::Fails(what, _) => (Some(*what), None),
        Dropped::CannotBe(why) => (None, Some(*why)),
    };
    let numbers_without_it = finding.as_ref().map(|finding| finding.numbers.clone());
    AssumptionView { words, without_it, numbers_without_it, cannot_be_dropped_because }
}

fn evidence_view(evidence: &Evidence, finding: &Finding) -> EvidenceView {
    EvidenceView {
        known: evidence.to_string(),
        kind: evidence.kind().to_string(),
        shows: if evidence.is_against() { "it is false" } else { "it is true" },
        what: evidence.what(),
        effective_cases: finding.cases,
        obligations: finding.obligations,
        numbers: finding.numbers.clone(),
    }
}

fn fault_view(claim: &Claim, fault: Fault) -> FaultView {
    FaultView {
        fault: fault.to_string(),
        description: fault.description().into(),
        command: format!("init-symmetry verify {} --fault {fault}", claim.id),
    }
}

/// The most important first: what is judged and the verdict, what the lesson says, what is checked
/// and how it is known, how to see it fail. Long numbers are cut; the JSON document has them all.
fn print_text(streams: &mut Streams, document: &Document) -> io::Result<()> {
    let out = &mut streams.out;
    let Document { id, section, headline, source, .. } = document;
    writeln!(out, "{HEADING}{id}{HEADING:#}\n{}", paragraph(headline, "  "))?;
    writeln!(out, "{}", words_of_verdict(document))?;
    if let Some(why) = &document.reason {
        writeln!(out, "{DOUBTFUL}{}{DOUBTFUL:#}", wrapped(why, "  "))?;
    }
    let mut section_of = |title: &str, texts: &[String]| -> io::Result<()> {
        writeln!(out, "\n{HEADING}{title}{HEADING:#}")?;
        texts.iter().try_for_each(|text| writeln!(out, "{text}"))
    };
    let lesson = format!("{} ({section}; {source})", document.lesson);
    section_of("The lesson says (in our words)", &[paragraph(&lesson, "  ")])?;
    let parts = document.parts.iter().zip(1..).flat_map(words_of_part);
    section_of("What is checked, and how it is known", &parts.collect::<Vec<_>>())?;
    section_of("How to see it fail", &ways_to_fail(document))?;
    writeln!(out)?;
    for FigureView { svg, anchor, .. } in &document.figures {
        writeln!(out, "picture: {svg}, {anchor} of a report")?;
    }
    writeln!(out, "run:     {}", document.replay)?;
    writeln!(out, "cite:    {} (--bibtex prints an entry)", document.cite)
}

/// The verdict, and what was run for it just now; theorems are not run.
fn words_of_verdict(document: &Document) -> String {
    let Document { expected, profile, seed, seconds, .. } = document;
    let how = format!("profile {profile}, seed {seed}, {seconds:.1} s, {}", effort(document));
    let verdict = match document.reason {
        None => format!("{GOOD}{expected}{GOOD:#}"),
        Some(_) => format!("{BAD}not {expected}{BAD:#}"),
    };
    let has_theorems = document.parts.iter().any(|part| !part.theorems.is_empty());
    let theorems = if has_theorems {
        "; theorems are checked by continuous integration, see proofs/README.md"
    } else {
        ""
    };
    let words = format!("{verdict} ({how}): the runs below were made just now{theorems}");
    paragraph(&words, "  ")
}

/// How much was tried, and proved symbolically.
fn effort(document: &Document) -> String {
    let cases = counted(document.effective_cases, "case", "cases");
    match document.obligations {
        0 => cases,
        proved => format!("{cases}, {}", counted(proved, "obligation", "obligations")),
    }
}

/// A paragraph that begins with a dash.
fn item(text: &str) -> String {
    marked("- ", text, "  ")
}

/// A part with how it is known, and each piece of its evidence below it.
fn words_of_part((part, number): (&PartView, usize)) -> Vec<String> {
    let says = marked(&format!("{number}. "), &format!("{} [{}]", part.says, part.known), "  ");
    let theorems = part.theorems.iter().map(words_of_theorem);
    let evidence = part.evidence.iter().map(words_of_evidence);
    [says].into_iter().chain(theorems).chain(evidence).collect()
}

fn words_of_theorem(TheoremView { file, name, assumes, .. }: &TheoremView) -> String {
    wrapped(&format!("theorem {name} in proofs/theories/{file}.v ({assumes})"), "     ")
}

fn words_of_evidence(EvidenceView { known, what, numbers, .. }: &EvidenceView) -> String {
    let text = format!("{known}: {what}");
    if what.ends_with(numbers.as_str()) {
        return wrapped(&text, "     ");
    }
    with_numbers(&text, numbers, "     ")
}

/// A text, and after it the numbers of its run: on the same line if they fit there, and on at most
/// two lines otherwise.
fn with_numbers(text: &str, numbers: &str, indent: &str) -> String {
    const ENOUGH: usize = 36;
    let text = wrapped(&format!("{text}:"), indent);
    let last = text.lines().last().unwrap_or_default().chars().count();
    let words = numbers.split_whitespace().collect::<Vec<_>>().join(" ");
    let below = format!("\n{indent}  ");
    let width = WIDTH - indent.len() - 2;
    let (separator, left) = match WIDTH.saturating_sub(last + 1) {
        left if left >= ENOUGH || left >= words.chars().count() => (" ", left),
        _ => (below.as_str(), width),
    };
    match first_line(&words, left) {
        (line, "") => format!("{text}{separator}{line}"),
        (line, rest) => format!("{text}{separator}{line}{below}{}", cut(rest, width)),
    }
}

/// As many words as fit into so many characters, at least one, and the rest.
fn first_line(text: &str, longest: usize) -> (&str, &str) {
    if text.chars().count() <= longest {
        return (text, "");
    }
    let fits = |end: &usize| text[..*end].chars().count() <= longest;
    let mut ends = text.match_indices(' ').map(|(end, _)| end);
    let end = match ends.clone().take_while(fits).last() {
        Some(end) => end,
        None => ends.next().unwrap_or(text.len()),
    };
    (&text[..end], text[end..].trim_start())
}

/// A text of at most so many characters, cut between words.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.into();
    }
    let (start, _) = first_line(text, longest - 2);
    format!("{start} …")
}

fn ways_to_fail(document: &Document) -> Vec<String> {
    let mut ways = Vec::new();
    for AssumptionView { words, without_it, cannot_be_dropped_because, .. } in &document.assumptions
    {
        ways.push(item(&match cannot_be_dropped_because {
            Some(why) => format!("'{words}' cannot be dropped: {why}"),
            None => format!("without '{words}': {}", without_it.unwrap_or_default()),
        }));
    }
    match (&document.killed_by_fault, document.no_fault_because) {
        (Some(FaultView { command, .. }), _) => ways.push(format!("  - {command}")),
        (None, why) => {
            let why = why.unwrap_or_default();
            ways.push(item(&format!("no fault in an implementation can make it fail: {why}")));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{self, Computed, Shown};
    use std::time::Duration;

    /// The document of a claim as if it had been run.
    fn document_of(claim: &'static Claim) -> Document {
        let finding =
            || Finding { shown: Shown::Yes, cases: 1, obligations: 0, numbers: "a number".into() };
        let dropped = claim.assumptions.iter().map(|assumption| match assumption.dropped {
            Dropped::Fails(..) => Some(finding()),
            Dropped::CannotBe(_) => None,
        });
        let judgement = Judgement {
            claim,
            computed: Computed::Verdict(claim.expected),
            findings: claim.evidence().map(|_| finding()).collect(),
            dropped: dropped.collect(),
            with_fault: vec![],
            took: Duration::ZERO,
        };
        document(&judgement, &Config::new(Profile::Quick, 1))
    }

    #[test]
    fn long_numbers_are_cut_between_words_and_fill_at_most_two_lines() {
        let long = "12345 ".repeat(30);
        for text in ["short", &"word ".repeat(15), &"word ".repeat(40)] {
            let lines = with_numbers(text.trim(), &long, "     ");
            assert!(lines.lines().all(|line| line.chars().count() <= WIDTH), "{lines}");
            assert!(lines.ends_with("12345 12345 …"), "{lines}");
            let alone = wrapped(text.trim(), "     ").lines().count();
            assert!(lines.lines().count() <= alone + 2, "{lines}");
        }
        assert_eq!(with_numbers("text", "0.5\n of 1", ""), "text: 0.5 of 1");
        let whole = with_numbers("text", &"12345 ".repeat(22), "     ");
        assert_eq!((whole.matches("12345").count(), whole.contains('…')), (22, false), "{whole}");
    }

    #[test]
    fn every_claim_tells_how_to_see_it_fail_and_how_to_cite_it() {
        for claim in claim::all() {
            let document = document_of(claim);
            let ways = ways_to_fail(&document).join("\n");
            for assumption in claim.assumptions {
                let words: Vec<_> = ways.split_whitespace().collect();
                assert!(words.join(" ").contains(assumption.words), "{ways}");
            }
            if let Killer::Fault(fault) = claim.killed_by {
                let command = format!("init-symmetry verify {} --fault {fault}", claim.id);
                assert!(ways.contains(&command), "{ways}");
            }
            let bibtex = &document.bibtex;
            assert!(bibtex.starts_with(&format!("@software{{init-symmetry:{},", claim.id)));
            assert!(bibtex.contains(&format!("version = {{{}", env!("CARGO_PKG_VERSION"))));
            let balance = bibtex.matches('{').count() == bibtex.matches('}').count();
            assert!(balance && bibtex.contains("author  = {{The init-symmetry maintainers}},"));
        }
    }
}
