//! Elements of HTML and SVG. Text and attributes are escaped here and nowhere else.
//!
//! It knows nothing of what is on the page. Start at [`element`].

use std::fmt::{self, Display, Formatter};

/// Text in which nothing is markup any more, in an element or between quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// An element with its attributes and children, in the order in which they were added.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Element(Element),
    Text(String),
    /// A style or script of ours, in which HTML reads no entities.
    Verbatim(&'static str),
}

/// An element without attributes and children.
pub(super) fn element(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    pub(super) fn text(mut self, text: impl ToString) -> Self {
        self.children.push(Node::Text(text.to_string()));
        self
    }

    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    pub(super) fn verbatim(mut self, text: &'static str) -> Self {
        self.children.push(Node::Verbatim(text));
        self
    }
}

/// Elements of HTML that have no end.
const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// Elements beside which white space would be seen.
const INLINE: [&str; 8] = ["a", "b", "br", "code", "em", "span", "tspan", "summary"];

impl Display for Element {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escaped(value))?;
        }
        write!(f, ">")?;
        for child in &self.children {
            match child {
                Node::Element(child) => write!(f, "{child}")?,
                Node::Text(text) => write!(f, "{}", escaped(text))?,
                Node::Verbatim(text) => write!(f, "\n{text}")?,
            }
        }
        if !VOID.contains(&self.name) {
            write!(f, "</{}>", self.name)?;
        }
        if INLINE.contains(&self.name) { Ok(()) } else { writeln!(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_text_can_become_markup() {
        let nasty = "</title><script>\"'&amp;";
        let harmless = "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;amp;";
        let shown = element("span").with("title", nasty).text(nasty).to_string();
        assert_eq!(shown, format!("<span title=\"{harmless}\">{harmless}</span>"));
        assert_eq!(element("span").text("σ(z) ≤ ½").to_string().matches('&').count(), 0);
    }

    #[test]
    fn only_elements_without_an_end_have_none() {
        assert_eq!(element("input").with("id", "x").to_string(), "<input id=\"x\">\n");
        assert_eq!(element("path").with("d", "").to_string(), "<path d=\"\"></path>\n");
    }

    #[test]
    fn children_keep_their_order() {
        let parts = [element("b").text("2"), element("b").text("3")];
        let shown = element("p").text("1").children(parts).child(element("br")).text("4");
        assert_eq!(shown.to_string(), "<p>1<b>2</b><b>3</b><br>4</p>\n");
    }
}
