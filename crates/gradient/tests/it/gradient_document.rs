//! GRADIENT.md says what the code does: its report and its table are printed again.

#![allow(clippy::expect_used, reason = "helpers of tests state their expectation by panicking")]

use gradient_power::Tally;
use init_symmetry_gradient::check;
use std::fs;

#[path = "../../examples/gradient_power/main.rs"]
#[allow(dead_code, reason = "the example has a main of its own")]
pub(super) mod gradient_power;

/// What stands between two markers.
fn block(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/GRADIENT.md");
    let text = fs::read_to_string(path).expect("GRADIENT.md");
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- end of {name} -->"));
    let after = text.split_once(&start).expect("the first marker").1;
    after.split_once(&end).expect("the last marker").0.trim().to_string()
}

#[test]
fn the_report_that_opens_the_page_is_what_the_check_prints() {
    let f = |x: &[f64]| x[0] * x[0] * x[1];
    let report = check(f, |x| vec![x[0] * x[1], x[0] * x[0]], &[3.0, -2.0]);
    assert_eq!(block("report"), format!("```text\n{report}\n```"));
}

#[test]
fn the_smallest_errors_of_the_page_are_what_the_example_measures() {
    let lines = gradient_power::smallest_errors().expect("runs");
    let page = block("power");
    for line in lines {
        assert!(page.contains(&line), "the page does not say {line}");
    }
}

#[test]
fn the_page_has_a_row_for_every_check_and_kind_and_none_condemns_a_right_gradient() {
    let page = block("power");
    for (mode, kind) in gradient_power::rows() {
        let (check, of) = (mode.name(), kind.name());
        let row = page.lines().find(|row| row.starts_with(&format!("| {check} | {of} |")));
        let row = row.unwrap_or_else(|| panic!("no row for {check}, {of}"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, _, _, runs, passed, unchecked, alarms, planted, missed, _] = cells[..] else {
            panic!("{cells:?} has other columns")
        };
        let number = |cell: &str| cell.parse::<u64>().expect("a number");
        assert!(number(runs) >= 3_000);
        assert_eq!(number(passed) + number(unchecked) + number(alarms), number(runs));
        assert_eq!((number(alarms), number(missed)), (0, 0), "{check}, {of}");
        assert!(number(planted) >= number(passed), "not vacuous: {check}, {of}");
    }
}

#[test]
fn right_gradients_of_every_kind_are_never_condemned_and_errors_above_the_floor_always() {
    for (mode, kind) in gradient_power::rows() {
        let Tally { passed, false_alarms, planted, missed, seeds, .. } =
            gradient_power::tally(mode, kind, 0..16).expect("runs");
        let (check, of) = (mode.name(), kind.name());
        assert_eq!((false_alarms, missed), (0, 0), "{check}, {of}: seeds {seeds:?}");
        assert!(passed > 0 && planted > 0, "not vacuous: {check}, {of}");
    }
}
