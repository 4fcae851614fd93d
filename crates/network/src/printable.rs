//! Text of other people made safe to show: no escape sequence, no second line, no reversed order.
//!
//! File names, arguments, cells of a table, and what a program under test says. Whatever shows one
//! of them passes it through here. Start reading at [`printable`].

use std::path::Path;

/// How much of a text is quoted, in characters.
const MOST_QUOTED: usize = 300;

/// A text on one line, with every character escaped that would move the cursor or change how the
/// rest is read.
///
/// These are the control characters, the separators of lines, the marks that reverse the direction
/// of text, and characters that nobody can see. Twice is the same as once.
///
/// ```
/// use init_symmetry_network::printable;
/// assert_eq!(printable("café ∂.csv"), "café ∂.csv");
/// assert_eq!(printable("\u{1b}[2J"), "\\u{1b}[2J");
/// assert_eq!(printable("one\nok: 28 of 28"), "one\\nok: 28 of 28");
/// ```
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The same for a text whose lines are ours: they stay lines.
///
/// ```
/// use init_symmetry_network::printable_lines;
/// assert_eq!(printable_lines("one\n\u{9b}2J"), "one\n\\u{9b}2J");
/// ```
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// The name of a place in the file system, as [`printable`].
///
/// ```
/// use init_symmetry_network::printable_path;
/// assert_eq!(printable_path("a\nb.csv".as_ref()), "a\\nb.csv");
/// ```
pub fn printable_path(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// A text between quotation marks, so that nobody takes it for ours; cut where it is long.
///
/// ```
/// use init_symmetry_network::quoted;
/// assert_eq!(quoted("ok: 28 of 28"), "\"ok: 28 of 28\"");
/// assert_eq!(quoted("a \"b\""), "\"a \\\"b\\\"\"");
/// ```
pub fn quoted(text: &str) -> String {
    let beginning: String = text.chars().take(MOST_QUOTED).collect();
    let more = if beginning.len() < text.len() { " …" } else { "" };
    let inside = printable(&beginning).replace('"', "\\\"");
    format!("\"{inside}\"{more}")
}

/// Whether a character has no shape of its own and changes how others are shown.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            // separators, embeddings and overrides
            | '\u{2028}'..='\u{202e}'
            // invisible operators and isolates
            | '\u{2060}'..='\u{206f}'
            // interlinear marks, tags
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{MOST_QUOTED, printable, printable_lines, quoted};

    #[test]
    fn no_control_character_or_mark_of_direction_is_left_in_any_text() {
        for code in (0..0x3000_u32).chain(0xfe00..0xffff).chain(0xe0000..0xe0080) {
            let Some(c) = char::from_u32(code) else { continue };
            let text = format!("a{c}b");
            let shown = printable(&text);
            assert!(!shown.chars().any(char::is_control), "{code:x}");
            assert!(!shown.contains(['\u{202e}', '\u{2066}', '\u{2028}', '\u{200f}']), "{code:x}");
            assert_eq!(printable(&shown), shown, "{code:x}");
            assert_eq!(printable_lines(&text).contains('\n'), c == '\n', "{code:x}");
        }
    }

    #[test]
    fn letters_of_every_script_stay_as_they_are() {
        for text in ["∂L/∂W₁", "naïve.csv", "数据.csv", "נתונים", "C:\\data\\a b.csv", "🙂"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn a_quoted_text_cannot_end_its_quotation_and_is_cut() {
        assert_eq!(quoted("x\" passes\n\"y"), "\"x\\\" passes\\n\\\"y\"");
        let long = quoted(&"a".repeat(MOST_QUOTED + 1));
        assert!(long.ends_with("a\" …") && long.len() < MOST_QUOTED + 10, "{long}");
    }
}
