//! The page: an opening for readers who do not know the lesson, the figures, the claims.
//!
//! Text and structure alone; the table of claims is `claims.rs`. Start at [`page`].

use super::claims::{badge, claims};
use super::figure::{Audience, CaptionSentence, Drawing, Figure, figures};
use super::live;
use super::markup::{Element, element};
use super::picture::{STYLE, inline};
use crate::claim::{Judgement, Verdict};
use crate::property::{Config, Profile};

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

const TITLE: &str = "Why neural networks start from random weights";

/// The browser itself refuses whatever is not in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";

/// By this a report is known again.
const GENERATOR: &str =
    concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), ", a report");

/// The whole page.
pub(super) fn page(
    config: &Config,
    judgements: &[Judgement],
    drawings: &[(&'static Figure, Drawing)],
) -> String {
    let pictures = |audience: Audience| {
        let of_audience = drawings.iter().filter(move |(figure, _)| figure.audience == audience);
        of_audience.map(|(figure, drawing)| section_of(figure, drawing))
    };
    let gallery = slides("figures", "The pictures").children(pictures(Audience::Learners));
    let engineers = slides("engineers", "For engineers: how good the checks are");
    let engineers = engineers.children(pictures(Audience::Engineers));
    let all_claims = section("all-claims", "Every claim")
        .child(paragraph(&summary(judgements)))
        .child(claims(judgements));
    let main = element("main")
        .with("id", "top")
        .child(opening())
        .child(reading())
        .child(gallery)
        .child(live())
        .child(all_claims)
        .child(engineers)
        .child(limits(config));
    let body = element("body").child(navigation()).child(main).child(stage());
    let body = body.child(scripts());
    let html = element("html").with("lang", "en").child(head()).child(body);
    format!("<!doctype html>\n{html}")
}

/// All scripts as one, of which the network is the first.
fn scripts() -> Element {
    element("script").verbatim(live::NETWORK).verbatim(live::SCRIPT).verbatim(SCRIPT)
}

fn head() -> Element {
    let meta =
        |name: &'static str, value: &str| element("meta").with("name", name).with("content", value);
    let policy = element("meta").with("http-equiv", "Content-Security-Policy");
    element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(policy.with("content", POLICY))
        .child(meta("viewport", "width=device-width, initial-scale=1"))
        .child(meta("color-scheme", "light dark"))
        .child(meta("generator", GENERATOR))
        .child(element("title").text(TITLE))
        .child(element("link").with("rel", "icon").with("href", "data:,"))
        .child(element("style").verbatim(STYLE).verbatim(PAGE_STYLE))
}

fn section(id: &str, title: &str) -> Element {
    let heading = format!("{id}-heading");
    let section = element("section").with("id", id).with("aria-labelledby", &heading);
    section.child(element("h2").with("id", heading).text(title))
}

/// A section whose slides the presentation shows one at a time.
fn slides(id: &str, title: &str) -> Element {
    section(id, title).with("class", "slides")
}

/// The bar of the presentation, which the script shows.
fn stage() -> Element {
    let button = |name: &str, words: &str| {
        element("button").with("type", "button").with("id", format!("stage-{name}")).text(words)
    };
    let place = element("span").with("id", "stage-place").with("role", "status");
    element("aside")
        .with("id", "stage")
        .with("aria-label", "Presentation")
        .with("hidden", "")
        .child(button("back", "← Back"))
        .child(place)
        .child(button("next", "Next →"))
        .child(button("leave", "Leave (Esc)"))
}

fn paragraph(text: &str) -> Element {
    element("p").text(text)
}

/// A question to answer before one looks.
fn predict(question: &str, answer: &str) -> Element {
    let asked = element("summary").child(element("b").text("Predict first. ")).text(question);
    element("details").with("class", "predict").child(asked).child(paragraph(answer))
}

fn navigation() -> Element {
    let link = |id: &str, words: &str| {
        let link = element("a").with("href", format!("#{id}")).text(words);
        element("li").child(link)
    };
    let links = [
        link("reading", "How to read this"),
        link("figures", "Pictures"),
        link("live", "Try it"),
        link("all-claims", "Every claim"),
        link("engineers", "For engineers"),
        link("limits", "What this is not"),
    ];
    let present = element("button").with("type", "button").with("id", "present");
    let present = present.with("hidden", "").text("Present");
    let skip = element("a").with("class", "skip").with("href", "#figures").text("To the pictures");
    let list = element("ul").children(links).child(element("li").child(present));
    element("nav").with("aria-label", "Parts of this page").child(skip).child(list)
}

fn opening() -> Element {
    element("header")
        .child(element("h1").text(TITLE))
        .child(
            paragraph(
                "A neural network has layers of small units. Each unit multiplies its inputs by \
                 weights, adds the products and passes the sum through a function. Training \
                 adjusts the weights in many small steps. Suppose that two units of a layer start \
                 with equal weights, incoming and outgoing, and that the computer treats them \
                 alike. Then they compute the same numbers and get the same adjustments, so they \
                 stay equal. The network pays for two units and gets the use of one. Random \
                 weights at the start avoid this. How large they should be is the second question \
                 of this page.",
            )
            .with("class", "lede"),
        )
        .child(paragraph(
            "Each picture comes from a run of a real, small network. A table lists every statement \
             of a lesson on the subject with a verdict. The verdicts are computed by a program. \
             Some statements are false as usually stated, and the table says so.",
        ))
}

fn terms(pairs: impl IntoIterator<Item = (Element, &'static str)>) -> Element {
    let pair = |(term, words): (Element, &str)| {
        let term = element("dt").child(term);
        element("div").child(term).child(element("dd").text(words))
    };
    element("dl").children(pairs.into_iter().map(pair))
}

const SYMBOLS: [(&str, &str); 9] = [
    (
        "unit",
        "A part of a hidden layer that computes one number. Unit i owns row i of W1, entry i of \
         b1 and column i of W2.",
    ),
    ("twins", "Two units whose row, bias and column are equal."),
    (
        "W1, b1; W2, b2",
        "Weights and biases of the first and the second layer. Training changes them.",
    ),
    (
        "z, a = g(z)",
        "The weighted sum of a unit, and its activation. The function g is tanh, the sigmoid σ or \
         ReLU, which is max(0, z).",
    ),
    ("ŷ", "The network's answer, between 0 and 1. Above ½ it counts as 1."),
    ("dW, dZ", "The gradient: how the loss changes with W and with z."),
    (
        "iteration, rate",
        "One adjustment of all weights against the gradient. The rate sets its size.",
    ),
    (
        "N(0, 1), s·N(0, 1)",
        "Random numbers of the normal distribution. About two thirds of them lie between −1 and \
         1, or between −s and s.",
    ),
    (
        "AND, XOR",
        "Functions of two inputs. AND is 1 where both are on. XOR is 1 where exactly one is on. No \
         straight line separates the two answers of XOR.",
    ),
];

const VERDICTS: [(Verdict, &str); 4] = [
    (
        Verdict::Proved,
        "Each part of the statement has a proof. It is a theorem that a proof assistant has \
         checked, or the shipped code was run on symbols instead of numbers, at listed sizes of \
         the network. It was also tested on numbers.",
    ),
    (
        Verdict::Holds,
        "True in every case tried, or with a stated probability of error. At least one part has \
         no proof. A part that has one says so.",
    ),
    (
        Verdict::Conditional,
        "True under a named condition and false without it. Both sides are run.",
    ),
    (Verdict::Refuted, "Not true as usually stated. A counterexample is run."),
];

const KINDS: [(&str, &str); 6] = [
    ("example", "One named case whose answer is known."),
    ("sampled", "Many generated cases; a fixed seed makes them the same every time."),
    ("statistical", "A rate with the number of trials and the probability of being wrong."),
    ("symbolic", "The shipped code on symbols: all values, at listed sizes."),
    (
        "theorem",
        "A statement about a model of the code, checked by a proof assistant. Its assumptions are \
         listed beside it, such as exact reals or one hidden layer. Continuous integration checks \
         the proof. This page reads the record.",
    ),
    ("recorded", "Recorded from another program. Continuous integration runs that program again."),
];

fn reading() -> Element {
    let word = |text: &str| element("b").text(text);
    let part = |title: &str, body: Element, open: bool| {
        let summary = element("summary").text(title);
        let details = element("details").with("class", "part");
        let details = if open { details.with("open", "") } else { details };
        details.child(summary).child(body)
    };
    let symbols = terms(SYMBOLS.map(|(symbol, words)| (word(symbol), words)));
    let verdicts = terms(VERDICTS.map(|(verdict, words)| (badge(verdict), words)));
    let kinds = terms(KINDS.map(|(kind, words)| (word(kind), words)));
    section("reading", "How to read this")
        .child(part("Words and symbols", symbols, true))
        .child(part("What a verdict means", verdicts, true))
        .child(part("How we know: kinds of evidence", kinds, false))
}

fn live() -> Element {
    let without = "This panel needs JavaScript, which does not run in this browser.";
    let id = "live-heading";
    let slide = element("div").with("class", "slide").with("id", "live-slide");
    let slide = slide.child(element("h2").with("id", id).text(live::TITLE));
    let slide = slide
        .child(paragraph(
            "This network has two inputs, one layer of hidden units and one output. It is trained \
             on this page: nothing is loaded, and nothing is sent. Start it from one constant and \
             press Play. Then start it from random numbers.",
        ))
        .child(paragraph(without).with("class", "needs-script"))
        .child(predict(live::QUESTION, live::ANSWER))
        .child(live::panel());
    let section = element("section").with("id", "live").with("class", "slides");
    section.with("aria-labelledby", id).child(slide)
}

/// A panel of this width has room for its caption beside it.
const NARROW: f64 = 400.0;

fn section_of(figure: &Figure, drawing: &Drawing) -> Element {
    let Figure { id, title, about, question, answer, .. } = figure;
    let heading = format!("{id}-heading");
    let seen = drawing.statements.iter().map(statement);
    let see = element("p").with("class", "part").text("What to see");
    let see = element("div").child(see).child(element("ul").children(seen));
    let how = element("p").with("class", "how").child(element("b").text("How we know. "));
    let how = element("div")
        .with("class", "sources")
        .child(how.text(&drawing.how))
        .children(links(figure));
    let caption = element("figcaption").child(see).child(how);
    let one = drawing.panels.len() == 1 && drawing.panels[0].width < NARROW;
    let pictures = inline(id, &drawing.panels);
    let scrolling = match drawing.panels.iter().any(|panel| panel.width > NARROW) {
        // reached by the keyboard, because it scrolls sideways on a narrow screen
        true => element("div")
            .with("class", "wide")
            .with("tabindex", 0)
            .with("role", "region")
            .with("aria-label", title),
        false => element("div").with("class", "fits"),
    };
    let scrolling = scrolling.child(pictures);
    element("figure")
        .with("id", id)
        .with("class", if one { "slide one" } else { "slide many" })
        .with("aria-labelledby", &heading)
        .child(element("h3").with("id", heading).text(title))
        .child(paragraph(about))
        .child(predict(question, answer))
        .children(drawing.film.as_ref().map(|film| control(id, &film.iterations)))
        .child(scrolling)
        .child(caption)
}

fn statement(CaptionSentence { words, holds }: &CaptionSentence) -> Element {
    if *holds {
        return element("li").text(words);
    }
    element("li").with("class", "untrue").text(format!("Not true in this run: {words}"))
}

/// The claims of a figure and its files.
fn links(figure: &Figure) -> [Element; 3] {
    let link = |address: String, words: &str| element("a").with("href", address).text(words);
    let claims = figure
        .claims
        .iter()
        .map(|claim| element("li").child(link(format!("#{claim}"), claim).with("class", "id")));
    let files = element("p").with("class", "how").child(element("b").text("Files: "));
    let files = files.child(link(figure.svg_path(), "picture (SVG)")).text(", ");
    let title =
        element("p").with("class", "how").child(element("b").text("Claims that it illustrates"));
    let claims = element("ul").with("class", "links").children(claims);
    [title, claims, files.child(link(figure.csv_path(), "its numbers (CSV)"))]
}

/// A slider over the frames of a film; the script shows it.
fn control(id: &str, iterations: &[usize]) -> Element {
    let last = iterations.len().saturating_sub(1);
    let slider = format!("{id}-slider");
    let steps: Vec<_> = iterations.iter().map(ToString::to_string).collect();
    let input = element("input")
        .with("type", "range")
        .with("id", &slider)
        .with("min", 0)
        .with("max", last)
        .with("value", last);
    let play = element("button").with("type", "button").text("Play");
    let label = element("label").with("for", &slider).text("Iteration");
    element("div")
        .with("class", "film")
        .with("data-iterations", steps.join(" "))
        .with("hidden", "")
        .child(label)
        .child(input)
        .child(element("output").with("for", slider))
        .child(play)
}

/// How many claims are as expected, in a sentence.
fn summary(judgements: &[Judgement]) -> String {
    let all = judgements.len();
    let right = judgements.iter().filter(|it| it.is_as_expected());
    let of = |verdict| judgements.iter().filter(|it| it.claim.expected == verdict).count();
    let counts = VERDICTS.map(|(verdict, _)| format!("{} {verdict}", of(verdict)));
    format!(
        "In this run the evidence of {} of {all} claims arrived at the expected verdict: {}. Open \
         a claim to see its evidence with the numbers of this run, what it assumes, and how to \
         break it.",
        right.count(),
        counts.join(", ")
    )
}

fn limits(config: &Config) -> Element {
    let Config { seed, profile, .. } = config;
    let version = env!("CARGO_PKG_VERSION");
    let profile = match profile {
        Profile::Ci => String::new(),
        other => format!(" --profile {other}"),
    };
    let call = format!("init-symmetry report --out DIR --seed {seed}{profile}");
    let made = element("p").text("Made by ").child(element("code").text(call));
    let made = made.text(format!(
        ", version {version}. The same command writes the same bytes on any machine: {} figures as \
         SVG and CSV below figures/, and the claims as claims.csv.",
        figures().len()
    ));
    section("limits", "What this is not")
        .child(paragraph(
            "This page is about networks of fully connected layers, trained by gradient descent \
             from one random start. It is not about convolutions, attention, normalisation layers \
             or data that does not fit into memory. It does not tell you whether your start suits \
             your data.",
        ))
        .child(paragraph(
            "It can be wrong. A statement can miss what the lesson means. A theorem is about a \
             model of the code. Evidence from samples covers only those samples. Each claim shows \
             what kind of evidence it has, and how to make it fail.",
        ))
        .child(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_or_script_cannot_end_its_element() {
        for text in [PAGE_STYLE, SCRIPT, live::NETWORK, live::SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }

    #[test]
    fn a_sentence_that_does_not_hold_says_so() {
        let untrue = CaptionSentence { words: "All is well.".into(), holds: false };
        assert!(statement(&untrue).to_string().contains("Not true in this run: All is well."));
    }
}
