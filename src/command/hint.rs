//! Usage errors whose likely cause is known: what was meant, as a line to type.
//!
//! It reads words and runs nothing. Start at [`improved`] and [`unknown`].

use super::python::names_a_subject;
use super::{Arguments, CommandError, shell};
use crate::Error;
use crate::claim::{self, find};
use crate::fault::Fault;
use crate::lint::Rule;
use crate::property::Property;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use std::ffi::OsString;

/// More names than this are not listed.
const MOST_LISTED: usize = 50;

/// An unknown name with what was meant: the nearest known name, or else those that contain it, or
/// else all.
pub(super) fn unknown(kind: &str, name: &str, known: &[&str]) -> Error {
    let mut error = Error::unknown(kind, name, known);
    if let Error::Unknown { nearest, known: listed, .. } = &mut error
        && nearest.is_none()
    {
        let word = name.to_lowercase();
        let contain = known.iter().filter(|known| !word.is_empty() && known.contains(&word));
        let mut some: Vec<String> = contain.map(ToString::to_string).collect();
        if some.len() == 1 {
            *nearest = some.pop();
            return error;
        }
        if some.is_empty() {
            some = known.iter().take(MOST_LISTED).map(ToString::to_string).collect();
        }
        if some.len() < known.len() {
            some.push(format!("and {} more", known.len() - some.len()));
        }
        *listed = some;
    }
    error
}

/// The claim of a name, or what was meant by it: a part of names is for --only, where there is one.
pub(super) fn claim_named(id: &str, only: bool) -> Result<&'static claim::Claim, CommandError> {
    if let (Err(_), Some((kind, command))) = (find(id), other_kind(id)) {
        return Err(CommandError::OfAnotherKind { name: id.into(), kind, command });
    }
    find(id).map_err(|error| match &error {
        Error::Unknown { nearest: None, .. } => {
            let ids: Vec<_> = claim::all().map(|claim| claim.id).collect();
            let count = ids.iter().filter(|known| !id.is_empty() && known.contains(id)).count();
            match count {
                0 => CommandError::NoSuchClaim { name: id.into() },
                _ if only => CommandError::PartOfNames { name: id.into(), count },
                _ => unknown("claim", id, &ids).into(),
            }
        }
        _ => error.into(),
    })
}

/// What a name is that is no claim, and the line that tells about it.
fn other_kind(name: &str) -> Option<(&'static str, String)> {
    if name.parse::<Rule>().is_ok() {
        return Some(("a lint rule", format!("init-symmetry lint --explain {name}")));
    }
    if Property::named(name).is_ok() {
        return Some(("a property", format!("init-symmetry check --only {name} -- PROGRAM")));
    }
    let is_fault = name.parse::<Fault>().is_ok();
    is_fault.then(|| ("a fault", format!("init-symmetry faults --only {name}")))
}

/// A single word that is no claim may have been meant for a subcommand.
pub(super) fn or_subcommand(failure: CommandError) -> CommandError {
    let CommandError::NoSuchClaim { name } = &failure else { return failure };
    let command = Arguments::command();
    let names = subcommands(&command);
    if names.contains(&name.as_str()) {
        return failure; // a subcommand, but in the place of a claim
    }
    unknown("claim or subcommand", name, &names).into()
}

fn subcommands(command: &Command) -> Vec<&str> {
    let shown = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    shown.map(Command::get_name).filter(|name| *name != "help").collect()
}

/// The same error, or a better one where it is known what was meant.
pub(super) fn improved(
    error: clap::Error,
    command: &mut Command,
    arguments: &[OsString],
) -> clap::Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => context(ContextKind::InvalidSubcommand)
            .map(|name| unknown("subcommand", name, &subcommands(command)).to_string()),
        ErrorKind::UnknownArgument => with_dashes(command, arguments, None),
        ErrorKind::ValueValidation => context(ContextKind::InvalidValue)
            .and_then(|value| with_dashes(command, arguments, Some(value))),
        _ => None,
    };
    match message {
        Some(message) => command.error(ErrorKind::ArgumentConflict, message),
        None => error,
    }
}

/// What to type where a program follows `check` without the -- before it. Only if it is the value
/// that was refused, where one was.
fn with_dashes(command: &Command, arguments: &[OsString], refused: Option<&str>) -> Option<String> {
    let words: Option<Vec<&str>> = arguments.iter().map(|argument| argument.to_str()).collect();
    let words = words?;
    let check = command.find_subcommand("check")?;
    let start = 1 + words.iter().position(|word| *word == "check")?;
    let mut place = start;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        if *word == "--" {
            return None;
        }
        place += if takes_the_next(check, word) { 2 } else { 1 };
    }
    let program = *words.get(place)?;
    if names_a_subject(program) || refused.is_some_and(|value| value != program) {
        return None;
    }
    let line =
        |words: &[&str]| words.iter().map(|it| shell::quoted(it)).collect::<Vec<_>>().join(" ");
    let mut command = vec!["init-symmetry"];
    command.extend(&words[start - 1..place]);
    let of_python = program.ends_with(".py");
    let python = if of_python { &["--", "python3"][..] } else { &["--"] };
    let as_program = line(&[&command, python, &words[place..]].concat());
    Some(match of_python {
        true => format!(
            "name what to check in it (FILE.py:NAME): {} {program}:NAME; {}or, if it answers JSON \
             lines, run it: {as_program}",
            line(&command),
            names_in(program)
        ),
        false if program.contains(':') => {
            format!("an object in Python is FILE.py:NAME; put -- before a program: {as_program}")
        }
        false => format!("put -- before the program: {as_program}"),
    })
}

/// What a Python file defines, and that `course` checks the parts of a network, each for itself.
fn names_in(file: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let defined = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("def ").or_else(|| line.strip_prefix("class "))?;
        rest.split(['(', ':']).next().map(str::trim)
    });
    let names: Vec<&str> = defined.filter(|name| !name.starts_with('_')).collect();
    if names.is_empty() {
        return String::new();
    }
    let list = names.join(", ");
    let has = |part: &str| names.iter().any(|name| name.to_lowercase().contains(part));
    let course = match has("forward") && has("backward") {
        true => format!(
            "its forward and backward functions are parts of a homework, which `init-symmetry \
             course {}` checks; ",
            shell::quoted(file)
        ),
        false => String::new(),
    };
    format!(
        "NAME is a function (parameters, x, y) that returns (loss, gradient), and the file defines \
         {list}; {course}"
    )
}

/// Whether an option of `check` takes the word after it.
fn takes_the_next(check: &Command, word: &str) -> bool {
    let is_this = |argument: &&clap::Arg| word.strip_prefix("--") == argument.get_long();
    check.get_arguments().find(is_this).is_some_and(|it| it.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str) -> Option<String> {
        let mut command = Arguments::command();
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = command.try_get_matches_from_mut(&arguments).expect_err("bad usage");
        let sentence = improved(error, &mut command, &arguments).to_string();
        sentence
            .split_once("init-symmetry check")
            .map(|(_, rest)| format!("check{}", rest.split("\n").next().unwrap_or_default()))
    }

    #[test]
    fn a_program_without_dashes_before_it_gets_the_right_line() {
        for (typed, meant) in [
            ("check python3 subject.py", "check -- python3 subject.py"),
            ("check python3 -u subject.py", "check -- python3 -u subject.py"),
            ("check ./my_network", "check -- ./my_network"),
            ("check --profile quick node a.js", "check --profile quick -- node a.js"),
            ("check -q --timeout=5 ./a --seed 1", "check -q '--timeout=5' -- ./a --seed 1"),
        ] {
            let hint = hint(&format!("init-symmetry {typed}"));
            assert_eq!(hint.as_deref(), Some(meant), "{typed}");
        }
        let of_file = hint("init-symmetry check subject.py");
        assert_eq!(
            of_file.as_deref(),
            Some(
                "check subject.py:NAME; or, if it answers JSON lines, run it: init-symmetry check \
                 -- python3 subject.py"
            )
        );
    }

    #[test]
    fn a_file_without_a_name_gets_the_names_that_it_defines() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("hw.py");
        let text = "import x\ndef forward(X):\n    def inner(): pass\ndef _own(): pass\n\
                    class Net:\n    pass\ndef backward(X): pass\n";
        std::fs::write(&file, text).expect("a file");
        let said = names_in(file.to_str().expect("UTF-8"));
        assert!(said.contains("the file defines forward, Net, backward; "), "{said}");
        assert!(said.contains("init-symmetry course"), "{said}");
        assert_eq!(names_in("there-is-none.py"), "");
    }

    #[test]
    fn other_mistakes_get_no_such_hint() {
        for typed in ["check --no-such-option", "check a.py:Net --no-such", "check --seed x -- ./a"]
        {
            let line = hint(&format!("init-symmetry {typed}"));
            assert!(!line.is_some_and(|line| line.contains("-- ")), "{typed}");
        }
    }

    #[test]
    fn a_part_of_names_lists_those_that_contain_it_and_another_word_lists_all() {
        let known = ["bias-broadcast", "bias-dropped", "stale-cache"];
        let of = |name| unknown("fault", name, &known).to_string();
        assert_eq!(
            of("bias"),
            "unknown fault 'bias' (known: bias-broadcast, bias-dropped, and 1 more)"
        );
        assert_eq!(
            of("xyz"),
            "unknown fault 'xyz' (known: bias-broadcast, bias-dropped, stale-cache)"
        );
        assert_eq!(of("stale"), "unknown fault 'stale', did you mean 'stale-cache'?");
        assert_eq!(of("stale-cash"), "unknown fault 'stale-cash', did you mean 'stale-cache'?");
    }
}
