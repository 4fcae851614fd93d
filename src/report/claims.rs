//! The claims as a table that filters, and as CSV.
//!
//! It runs nothing: judgements come in, elements go out. Start at [`claims`].

use super::figure::{csv, figures_of};
use super::markup::{Element, element};
use crate::Result;
use crate::claim::{
    Assumption, Claim, Computed, Dropped, Evidence, Finding, Judgement, Killer, Part, Section,
    Verdict,
};
use strum::VariantNames;

/// The filter, which the script shows, and the table.
pub(super) fn claims(judgements: &[Judgement]) -> Element {
    let head = ["verdict", "claim", "shown in"]
        .map(|title| element("th").with("scope", "col").with("role", "columnheader").text(title));
    let head = element("tr").with("role", "row").children(head);
    let sections = Section::VARIANTS.iter().map(|name| rows_of(name, judgements));
    let table = element("table").with("role", "table").with("id", "claims");
    let table = table
        .child(element("thead").with("role", "rowgroup").child(head))
        .children(sections.flatten());
    let nothing = element("p").with("id", "nothing").with("hidden", "");
    element("div")
        .child(filter(judgements.len()))
        .child(element("div").with("class", "wide").child(table))
        .child(nothing.text("No claim matches. Shorten the text or choose “all”."))
}

/// The claims of a section below its heading, if there are any.
fn rows_of(section: &str, judgements: &[Judgement]) -> Option<Element> {
    let of_section = |judgement: &&Judgement| judgement.claim.section.to_string() == section;
    let rows: Vec<_> = judgements.iter().filter(of_section).map(row).collect();
    let title = element("h3").text(first_upper(&section.replace('-', " ")));
    let heading = element("th").with("colspan", 3).with("scope", "rowgroup");
    let heading = heading.with("role", "rowheader").child(title);
    let heading = element("tr").with("role", "row").with("class", "heading").child(heading);
    let any = !rows.is_empty();
    any.then(|| element("tbody").with("role", "rowgroup").child(heading).children(rows))
}

fn first_upper(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn filter(count: usize) -> Element {
    let text = element("input").with("type", "search").with("id", "filter-text");
    let text = text.with("placeholder", "for example: saddle, ReLU, twins").with("size", 30);
    let label = |words: &str, control: Element| element("label").text(words).child(control);
    let counted = element("output").with("id", "filter-count").with("aria-live", "polite");
    element("form")
        .with("id", "filter")
        .with("hidden", "")
        .child(label("Text", text.with("autocomplete", "off")))
        .child(label("Section", choice("filter-section", Section::VARIANTS)))
        .child(label("Verdict", choice("filter-verdict", Verdict::VARIANTS)))
        .child(counted.text(format!("{count} of {count} claims")))
}

fn choice(id: &str, names: &[&str]) -> Element {
    let option = |value: &str, words: &str| element("option").with("value", value).text(words);
    let all = option("", "all");
    let named = names.iter().map(|name| option(name, &name.replace('-', " ")));
    element("select").with("id", id).child(all).children(named)
}

/// A verdict with its sign, so that colour is not needed.
pub(super) fn badge(verdict: Verdict) -> Element {
    let sign = match verdict {
        Verdict::Proved => "■",
        Verdict::Holds => "●",
        Verdict::Conditional => "◐",
        Verdict::Refuted => "✗",
    };
    let sign = element("span").with("aria-hidden", "true").text(format!("{sign} "));
    element("span").with("class", format!("verdict {verdict}")).child(sign).text(verdict)
}

fn row(judgement: &Judgement) -> Element {
    let claim = judgement.claim;
    let cell = || element("td").with("role", "cell");
    let id = element("a").with("class", "id").with("href", format!("#{}", claim.id)).text(claim.id);
    let headline = element("p").with("class", "headline").text(claim.headline);
    let said = cell().child(id).child(headline).child(statement(claim)).child(details(judgement));
    let figures = figures_of(claim.id).map(|figure| {
        let link = element("a").with("href", format!("#{}", figure.id)).text(figure.title);
        element("p").child(link)
    });
    element("tr")
        .with("role", "row")
        .with("id", claim.id)
        .with("data-section", claim.section)
        .with("data-verdict", claim.expected)
        .child(cell().child(badge(claim.expected)).children(surprise(judgement)))
        .child(said)
        .child(cell().with("class", "shown").children(figures))
}

/// The parts of a statement, each with how it is known.
fn statement(claim: &Claim) -> Element {
    let part = |part: &Part| {
        let known = element("span").with("class", "known").text(part.known());
        element("li").text(format!("{} ", part.says)).child(known)
    };
    element("ul").with("class", "statement").children(claim.parts.iter().map(part))
}

/// What to say where the evidence of this run does not arrive at the expected verdict.
fn surprise(judgement: &Judgement) -> Option<Element> {
    let why = match &judgement.computed {
        Computed::Verdict(verdict) if *verdict == judgement.claim.expected => return None,
        Computed::Verdict(verdict) => format!("not as expected: this run says {verdict}"),
        Computed::Fails(why) | Computed::Vacuous(why) => format!("not as expected: {why}"),
    };
    Some(element("p").with("class", "untrue").text(why))
}

fn details(judgement: &Judgement) -> Element {
    let Judgement { claim, dropped, .. } = judgement;
    let part = |title: &str, items: Vec<Element>| {
        let title = element("p").with("class", "part").text(title);
        let any = !items.is_empty();
        any.then(|| element("div").child(title).child(element("ul").children(items)))
    };
    let item = |words: String| element("li").text(words);
    let source = item(format!("{} ({})", claim.lesson, claim.source));
    let assumptions = claim.assumptions.iter().zip(dropped);
    let assumptions = assumptions.map(|(it, found)| item(assumption(it, found.as_ref())));
    let known = judgement.parts().map(|(it, findings)| how_known(it, findings));
    let red = match claim.killed_by {
        Killer::Fault(fault) => format!("The planted mistake “{fault}” turns this claim red."),
        Killer::None(why) => {
            format!("No mistake in an implementation can turn this claim red: {why}")
        }
    };
    let replay = format!("init-symmetry verify {}", claim.id);
    let again = element("li").child(element("code").text(replay));
    let parts = [
        part("The lesson says (in our words)", vec![source]),
        part("How we know, part by part, with the numbers of this run", known.collect()),
        part("What it assumes", assumptions.collect()),
        part("How to break it", vec![item(red)]),
        part("Run it", vec![again]),
    ];
    let summary = element("summary").text("how we know");
    element("details").child(summary).children(parts.into_iter().flatten())
}

/// A part of the statement above the evidence for it.
fn how_known(part: &Part, findings: &[Finding]) -> Element {
    let evidence = part.evidence.iter().zip(findings).map(|(it, found)| evidence(it, found));
    element("li").text(part.says).child(element("ul").children(evidence))
}

fn evidence(evidence: &Evidence, finding: &Finding) -> Element {
    let item = element("li").text(format!("{evidence}: "));
    match evidence.theorem() {
        Some(theorem) => item
            .child(element("code").text(theorem.name))
            .text(format!(" (assumes {}; machine-checked by CI).", theorem.assumes())),
        None => item.text(format!("{}. Found: {}.", evidence.what(), finding.numbers)),
    }
}

fn assumption(Assumption { words, dropped }: &Assumption, found: Option<&Finding>) -> String {
    match dropped {
        Dropped::Fails(what, _) => {
            let found = found.map_or("", |finding| &finding.numbers);
            format!("{words}. Without it: {what}. Found: {found}.")
        }
        Dropped::CannotBe(why) => format!("{words}. It cannot be dropped: {why}."),
    }
}

/// The claims as CSV.
pub(super) fn table(judgements: &[Judgement]) -> Result<String> {
    let header = [
        "claim",
        "section",
        "expected",
        "in this run",
        "effective cases",
        "statement",
        "figures",
        "obligations",
    ];
    let rows = judgements.iter().map(|judgement| {
        let Claim { id, section, expected, .. } = judgement.claim;
        let computed = match &judgement.computed {
            Computed::Verdict(verdict) => verdict.to_string(),
            Computed::Fails(_) => "fails".into(),
            Computed::Vacuous(_) => "vacuous".into(),
        };
        let figures: Vec<_> = figures_of(id).map(|figure| figure.id).collect();
        let cases = judgement.cases().to_string();
        let [section, expected] = [section.to_string(), expected.to_string()];
        let statement = judgement.claim.statement();
        let obligations = judgement.obligations().to_string();
        let figures = figures.join(" ");
        [(*id).into(), section, expected, computed, cases, statement, figures, obligations]
    });
    csv(header, rows)
}
