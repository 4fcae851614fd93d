//! The macro that makes a test of every property of one's own subject.

use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::own_tests::{check_by_name, summary};
use init_symmetry_check::property::ALL;
use init_symmetry_check::subject::{Reference, Subject};
use init_symmetry_network::{Evaluation, Problem, Result};
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
    expected.push("what_applies".into());
    expected.sort();
    assert_eq!(of_macro, expected);
}

#[test]
fn a_property_is_checked_by_its_name_and_a_failure_is_shown_whole() {
    let name = "a_step_subtracts_rate_times_gradient";
    check_by_name(name, &Reference).unwrap();
    let shown = format!("{:?}", check_by_name(name, &Faulty::with(Fault::UpdateAscends)));
    assert!(shown.starts_with("Err(likely cause: In a step, the gradient is added"), "{shown}");
    assert!(shown.contains("\nfails: a-step-subtracts-rate-times-gradient: "), "{shown}");
    assert!(shown.contains("\n  network ") && shown.contains("seed "), "{shown}");
    let replay = "INIT_SYMMETRY_SEED=1 cargo test a_step_subtracts_rate_times_gradient";
    assert!(shown.contains(replay), "{shown}");
    let unknown = format!("{:?}", check_by_name("twins_stay_twin", &Reference));
    assert!(unknown.contains("did you mean 'twins-stay-twins'?"), "{unknown}");
}

mod some_of_them {
    init_symmetry_check::subject_tests!(
        init_symmetry_check::subject::Reference,
        only: [twins_stay_twins, gradient_equals_the_specification]
    );
}

#[test]
fn only_what_is_named_becomes_a_test() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["--list", "some_of_them"]).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.lines().filter(|line| line.ends_with(": test")).count(), 3, "{listed}");
}

/// The reference's gradient and nothing else.
struct Gradients;

impl Subject for Gradients {
    fn name(&self) -> &str {
        "gradients"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.evaluate()
    }
}

#[test]
fn what_does_not_apply_and_what_is_skipped_is_counted() {
    let said = summary(&Gradients, &[], &["twins_stay_twins"]).unwrap();
    let lacking = said.lines().filter(|line| line.starts_with("  does not apply: ")).count();
    let applying = ALL.len() - lacking - 1;
    assert!(said.starts_with(&format!("gradients: {applying} of {} properties apply", ALL.len())));
    assert!(said.contains("  skipped: twins-stay-twins") && lacking > 5, "{said}");
    let nothing = summary(&Gradients, &["a_start_follows_its_seed"], &[]).unwrap_err();
    assert!(format!("{nothing:?}").starts_with("gradients: 0 of 1 properties apply"));
    summary(&Gradients, &["no_such_property"], &[]).unwrap_err();
}

mod gradients_alone {
    init_symmetry_check::subject_tests!(
        super::Gradients,
        only: [a_start_follows_its_seed, gradient_equals_the_specification]
    );
}

#[test]
fn a_test_of_what_does_not_apply_passes_and_says_why() {
    let program = std::env::current_exe().unwrap();
    let arguments = ["gradients_alone::a_start_follows_its_seed", "--show-output"];
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let why = "does not apply: a-start-follows-its-seed: gradients has no ";
    assert!(output.status.success() && said.contains(why), "{said}");
}
