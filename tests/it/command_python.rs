//! What the command hands to Python: subjects in Python files, and `course`.
//!
//! A shell script stands in for the interpreter, so that no Python is needed; the package itself is
//! tested in python/tests.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// An interpreter that has the package, or not, prints its arguments and ends with a code.
fn interpreter(folder: &Path, has_package: bool, code: u8) -> String {
    let probe = if has_package { "exit 0" } else { "echo 'No module named it' >&2; exit 1" };
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = -c ]; then {probe}; fi\nfor word; do echo \"<$word>\"; done\n\
         exit {code}\n"
    );
    let path = folder.join("python");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_string_lossy().into_owned()
}

fn run(python: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments).env("INIT_SYMMETRY_PYTHON", python).output().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_package_answers_the_same_arguments_and_ends_the_same() {
    let folder = folder();
    for (arguments, code) in [
        (&["course", "--json", "a file.py"][..], 2),
        (&["check", "network.py:MyNetwork", "--profile", "quick"], 0),
        (&["check", "--junit", "out.xml", "network.py:a.b"], 3),
    ] {
        let output = run(&interpreter(folder.path(), true, code), arguments);
        assert_eq!(output.status.code(), Some(i32::from(code)), "{output:?}");
        let mut due = String::from("<-m>\n<init_symmetry>\n");
        arguments.iter().for_each(|word| due += &format!("<{word}>\n"));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), due);
    }
}

#[test]
fn without_python_or_its_package_the_next_step_is_named() {
    let folder = folder();
    let lacks_package = interpreter(folder.path(), false, 0);
    for (python, why) in [("/no/such/python", "cannot be started"), (&lacks_package, "No module")] {
        let output = run(python, &["course", "solution.py"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        for part in [why, "pip install ./python", "INIT_SYMMETRY_PYTHON"] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn what_is_neither_a_subject_nor_a_program_is_refused_before_python_is_asked() {
    for (arguments, hint) in [
        (&["check", "network.py"][..], "FILE.py:NAME"),
        (&["check", "./network"], "put -- before the program: init-symmetry check -- ./network"),
        (&["check", "network.txt:net"], "FILE.py:NAME"),
        (&["check"], "FILE.py:NAME"),
    ] {
        let output = run("/no/such/python", arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(hint), "{said}");
    }
    let output = run("/no/such/python", &["check", "a.py:b", "--", "true"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot be used with"), "{said}");
}
