//! GRADIENT.md says what the code does: its report and its table are printed again.

#![allow(clippy::expect_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_gradient::check;
use std::fs;

#[path = "../../examples/gradient_power.rs"]
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
fn the_page_has_a_row_for_every_check_and_point_and_a_sample_of_seeds_agrees() {
    let page = block("power");
    for (check, name) in gradient_power::CHECKS.iter().enumerate() {
        for (point, place) in gradient_power::POINTS.iter().enumerate() {
            let row = page.lines().find(|row| row.starts_with(&format!("| {name} | {place} |")));
            let cells: Vec<&str> = row.expect("a row").split('|').map(str::trim).collect();
            let [_, _, _, seeds, passed, nothing, alarms, _] = cells[..] else {
                panic!("{cells:?} has other columns")
            };
            let number = |cell: &str| cell.parse::<u64>().expect("a number");
            assert!(number(seeds) >= 10_000);
            assert_eq!(number(passed) + number(nothing) + number(alarms), number(seeds));
            let tally = gradient_power::tally(check, point, 20).expect("runs");
            assert!(tally.false_alarms <= number(alarms), "{name} at {place}");
            assert!(tally.passed <= number(passed) && tally.passed > 0, "{name} at {place}");
        }
    }
}
