//! The macro that makes a test of every property of one's own subject.

use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{ALL, check_by_name};
use init_symmetry_check::subject::Reference;
use std::process::Command;

mod the_reference {
    init_symmetry_check::subject_tests!(init_symmetry_check::subject::Reference);
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

#[test]
fn a_property_is_checked_by_its_name_and_a_failure_is_shown_whole() {
    let name = "a_step_subtracts_rate_times_gradient";
    check_by_name(name, &Reference).unwrap();
    let shown = format!("{:?}", check_by_name(name, &Faulty::with(Fault::UpdateAscends)));
    assert!(shown.starts_with("Err(fails: a-step-subtracts-rate-times-gradient: "), "{shown}");
    assert!(shown.contains("\n  network ") && shown.contains("seed "), "{shown}");
    let unknown = format!("{:?}", check_by_name("twins_stay_twin", &Reference));
    assert!(unknown.contains("did you mean 'twins-stay-twins'?"), "{unknown}");
}
