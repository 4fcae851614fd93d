//! Words of a command line as a POSIX shell reads them.

use crate::printable;

/// A word that a shell reads as it is, on one line, and that does nothing to a terminal.
///
/// A word with characters that cannot be shown is written as `$'…'`, which POSIX has since 2024 and
/// bash, zsh, ksh and busybox have had for long.
pub(super) fn quoted(word: &str) -> String {
    if printable(word) == word {
        // a NUL is the one thing that cannot be quoted, and it is not printable
        return shlex::try_quote(word).map_or_else(|_| word.into(), |quoted| quoted.into_owned());
    }
    let mut text = String::from("$'");
    for c in word.chars() {
        let mut buffer = [0; 4];
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            ' '..='~' => text.push(c),
            // octal has three digits and no more; hexadecimal might take the next character, too
            c => {
                text.extend(c.encode_utf8(&mut buffer).bytes().map(|byte| format!("\\{byte:03o}")))
            }
        }
    }
    text + "'"
}

#[cfg(all(test, unix))]
mod tests {
    use super::quoted;
    use std::process::Command;

    #[test]
    fn a_shell_reads_back_every_word_that_was_quoted() {
        let words = [
            "plain",
            "",
            "two words",
            "it's",
            "\"",
            "$HOME",
            "`id`",
            "a\\b",
            "*",
            "~",
            "!x",
            "#",
            "-x",
            "a=b",
            "é ∂",
            "one\ntwo",
            "\u{1b}[2J",
            "tab\tnul?",
            "\u{202e}txt",
            "'\u{7}7'",
            "a;b",
            "a&&b",
            "(",
            "{a,b}",
            "%s",
            "\u{9b}1m",
        ];
        for word in words {
            let quoted = quoted(word);
            assert!(!quoted.chars().any(|c| c.is_control() || c == '\u{202e}'), "{quoted}");
            // the oldest shells have no $'…'
            let shell = if quoted.starts_with("$'") { "bash" } else { "sh" };
            let line = format!("printf %s. {quoted}");
            let Ok(output) = Command::new(shell).arg("-c").arg(&line).output() else { continue };
            assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{word}."), "{line}");
        }
    }
}
