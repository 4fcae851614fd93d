//! The live panel: a small network that the reader trains in the browser.
//!
//! Here stand its words and controls; `live.js` draws it and `network.js` is the network. Start at
//! [`panel`].

use super::markup::{Element, element};
use super::picture::opened;
use super::plot::text_at;

/// The network alone, which is also a subject: examples/subjects/page_network.js.
pub(super) const NETWORK: &str = include_str!("network.js");
/// What moves and draws it.
pub(super) const SCRIPT: &str = include_str!("live.js");

pub(super) const TITLE: &str = "Train it yourself";
pub(super) const QUESTION: &str =
    "Start from one constant. How many different lines will each picture of W1 show?";
pub(super) const ANSWER: &str = "One. Equal units stay equal, so their lines coincide. From random \
                                 numbers each unit has a line of its own.";

const STARTS: [(&str, &str); 3] =
    [("constant", "one constant"), ("zeros", "all zero"), ("normal", "random")];
const ACTIVATIONS: [(&str, &str); 6] = [
    ("tanh", "tanh"),
    ("sigmoid", "sigmoid"),
    ("relu", "ReLU"),
    ("leaky-relu", "leaky ReLU"),
    ("silu", "SiLU"),
    ("identity", "identity"),
];
const TASKS: [(&str, &str); 4] =
    [("xor", "XOR"), ("and", "AND"), ("moons", "two moons"), ("circles", "two circles")];
const UNITS: [(&str, &str); 7] =
    [("2", "2"), ("3", "3"), ("4", "4"), ("5", "5"), ("6", "6"), ("7", "7"), ("8", "8")];

/// The controls, the numbers and the pictures. The script shows them.
pub(super) fn panel() -> Element {
    let live = element("div").with("id", "live-panel").with("hidden", "");
    let live = live.child(controls()).child(buttons()).child(readings());
    let summary = element("p").with("id", "live-summary").with("role", "status");
    live.child(summary).child(pictures())
}

fn labelled(words: &str, control: Element) -> Element {
    element("label").text(words).child(control)
}

/// A choice among named values, of which the panel begins with `chosen`.
fn choice(name: &str, chosen: &str, options: &[(&str, &str)]) -> Element {
    let option = |(value, words): &(&str, &str)| {
        let option = element("option").with("value", value).text(words);
        if *value == chosen { option.with("selected", "") } else { option }
    };
    let select = element("select").with("id", format!("live-{name}")).with("autocomplete", "off");
    select.children(options.iter().map(option))
}

fn number(name: &str, value: &str, [least, most, step]: [&str; 3]) -> Element {
    let input = element("input").with("type", "number").with("id", format!("live-{name}"));
    let input = input.with("value", value).with("min", least).with("max", most);
    input.with("step", step).with("autocomplete", "off")
}

fn controls() -> Element {
    let controls = [
        labelled("Task", choice("task", "xor", &TASKS)),
        labelled("Weights start", choice("start", "constant", &STARTS)),
        labelled("Scale or constant", number("scale", "0.5", ["0", "100", "any"])),
        labelled("Seed", number("seed", "1", ["0", "4294967295", "1"])),
        labelled("Hidden units", choice("units", "4", &UNITS)),
        labelled("Activation", choice("activation", "tanh", &ACTIVATIONS)),
        labelled("Rate", number("rate", "1", ["0", "100", "any"])),
    ];
    let form = element("form").with("id", "live-controls").with("class", "controls");
    form.with("aria-label", "The network and its start").children(controls)
}

fn buttons() -> Element {
    let button = |name: &str, words: &str| {
        let button = element("button").with("type", "button");
        button.with("id", format!("live-{name}")).text(words)
    };
    let buttons = [
        button("play", "Play"),
        button("step", "1 step"),
        button("steps", "100 steps"),
        button("reset", "Reset"),
    ];
    element("div").with("class", "buttons").children(buttons)
}

fn readings() -> Element {
    let reading = |(name, words): (&str, &str)| {
        let value = element("dd").with("id", format!("live-{name}"));
        element("div").child(element("dt").text(words)).child(value)
    };
    let readings = [
        ("iteration", "Iteration"),
        ("loss", "Loss"),
        ("right", "Points right"),
        ("classes", "Classes of twins"),
    ];
    element("dl").with("class", "readings").children(readings.map(reading))
}

/// The pictures that the script fills, each with its title, its size and what it shows.
const PICTURES: [(&str, &str, &str); 4] = [
    ("network", "the network", "A diagram: two inputs, the hidden units, one output."),
    ("first", "first weight of each unit, W1[i, 1]", "A line for each unit over the iterations."),
    ("second", "second weight of each unit, W1[i, 2]", "A line for each unit over the iterations."),
    ("curve", "loss", "The mean loss over the iterations."),
];

fn pictures() -> Element {
    let picture = |(name, title, alternative): (&str, &str, &str)| {
        let svg = opened(&format!("live-{name}"), title, alternative, [340.0, 300.0]);
        let title = text_at([0.0, 14.0], "start", title).with("class", "title");
        svg.with("id", format!("live-{name}")).child(title).child(element("g"))
    };
    let key = "Thick lines are large weights. Solid orange is positive, dashed blue negative, \
               dotted grey zero. Biases are not drawn. Units with the same letter are twins: they \
               are equal in incoming weights, bias and outgoing weight, bit for bit.";
    let pictures = element("div").with("class", "panels live").children(PICTURES.map(picture));
    element("div").child(pictures).child(element("p").with("class", "how").text(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use strum::VariantNames;

    #[test]
    fn the_panel_offers_the_activations_of_the_network_and_those_of_the_suite() {
        for (name, _) in ACTIVATIONS {
            assert!(NETWORK.contains(&format!("  \"{name}\": {{ g: ")), "{name}");
            assert!(Activation::VARIANTS.contains(&name), "{name}");
        }
        assert_eq!(ACTIVATIONS.len(), Activation::VARIANTS.len());
    }

    #[test]
    fn the_script_knows_every_task_and_every_start() {
        for (task, _) in TASKS {
            assert!(SCRIPT.contains(&format!("  {task}: ")), "{task}");
        }
        for (start, _) in STARTS {
            assert!(NETWORK.contains(&format!("{start}: () =>")), "{start}");
        }
    }
}
