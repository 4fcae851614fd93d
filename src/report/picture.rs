//! A picture of panels: as a file that opens by itself, and as a part of the page.
//!
//! What a panel shows is drawn by `plot.rs` and the figures. Start at [`file`].

use super::markup::{Element, element};
use super::number::coordinate;
use super::plot::text_at;

/// What both the page and every SVG file say of how figures look.
pub(super) const STYLE: &str = include_str!("figure.css");

/// One plot, complete with its axes and words.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) title: String,
    /// What it shows, for who does not see it.
    pub(super) alternative: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) content: Vec<Element>,
    /// The numbers that are drawn, which the page tells where they are pointed at.
    pub(super) numbers: Option<Element>,
}

/// Between panels of a file, and around them.
const GAP: f64 = 24.0;
/// For the title of a file.
const HEADER: f64 = 34.0;

/// A file that opens by itself: panels in rows of `columns`, its title above them.
pub(super) fn file(id: &str, title: &str, columns: usize, panels: &[Panel]) -> String {
    let mut parts = Vec::new();
    let mut y = GAP + HEADER;
    let mut width = 0.0_f64;
    for row in panels.chunks(columns.max(1)) {
        let mut x = GAP;
        for panel in row {
            let place = format!("translate({} {})", coordinate(x), coordinate(y));
            let content = panel.content.iter().cloned();
            parts.push(element("g").with("transform", place).children(content));
            x += panel.width + GAP;
        }
        width = width.max(x);
        y += row.iter().map(|panel| panel.height).fold(0.0, f64::max) + GAP;
    }
    let alternative: Vec<_> = panels.iter().map(sentence).collect();
    let svg = opened(id, title, &alternative.join(" "), [width, y])
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("width", coordinate(width))
        .with("height", coordinate(y))
        .child(element("style").verbatim(STYLE))
        .child(element("rect").with("class", "paper").with("width", "100%").with("height", "100%"))
        .child(text_at([GAP, GAP + 12.0], "start", title).with("class", "headline"))
        .children(parts);
    svg.to_string()
}

/// The panels of the page, each a picture of its own that shrinks with the screen.
pub(super) fn inline(id: &str, panels: &[Panel]) -> Element {
    let svg = |(index, panel): (usize, &Panel)| {
        let size = [panel.width, panel.height];
        opened(&format!("{id}-{index}"), &panel.title, &panel.alternative, size)
            .with("style", format!("max-width:{}px", coordinate(1.25 * panel.width)))
            .children(panel.content.iter().cloned())
            .children(panel.numbers.clone())
    };
    let class = format!("panels of-{}", panels.len());
    element("div").with("class", class).children(panels.iter().enumerate().map(svg))
}

fn sentence(panel: &Panel) -> String {
    format!("{}: {}", panel.title, panel.alternative)
}

pub(super) fn opened(
    id: &str,
    title: &str,
    alternative: &str,
    [width, height]: [f64; 2],
) -> Element {
    let (title_id, alternative_id) = (format!("{id}-title"), format!("{id}-desc"));
    let view = format!("0 0 {} {}", coordinate(width), coordinate(height));
    element("svg")
        .with("class", "figure")
        .with("viewBox", view)
        .with("role", "img")
        .with("aria-labelledby", format!("{title_id} {alternative_id}"))
        .child(element("title").with("id", title_id).text(title))
        .child(element("desc").with("id", alternative_id).text(alternative))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(title: &str) -> Panel {
        let title = title.into();
        let alternative = "nothing".into();
        Panel { title, alternative, width: 100.0, height: 50.0, content: vec![], numbers: None }
    }

    #[test]
    fn a_file_has_room_for_all_its_panels() {
        let panels = ["one", "two", "three"].map(panel);
        let wide = file("id", "a title", 3, &panels);
        assert!(wide.contains("viewBox=\"0 0 396 132\""), "{wide}");
        let two_rows = file("id", "a title", 2, &panels);
        assert!(two_rows.contains("viewBox=\"0 0 272 206\""), "{two_rows}");
        assert!(wide.contains(">one: nothing two: nothing three: nothing</desc>"));
    }

    #[test]
    fn a_style_cannot_end_its_element() {
        assert!(!STYLE.contains("</") && !STYLE.contains('&'));
    }
}
