//! The macro that makes a test of every property of one's own subject.

use init_symmetry::property::ALL;
use std::process::Command;

mod the_reference {
    init_symmetry::subject_tests!(init_symmetry::subject::Reference);
}

#[test]
fn every_property_is_a_test_of_its_own() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).arg("--list").output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    // this module's path, which is another where mutation testing makes one program of the tests
    let here = module_path!().split_once("::").map_or("", |(_, path)| path);
    let prefix = format!("{here}::the_reference::");
    let of_macro = listed.lines().filter_map(|line| line.strip_prefix(&prefix));
    let of_macro: Vec<_> = of_macro.filter_map(|line| line.strip_suffix(": test")).collect();
    let mut expected: Vec<_> = ALL.iter().map(|property| property.name.replace('-', "_")).collect();
    expected.sort();
    assert_eq!(of_macro, expected);
}
