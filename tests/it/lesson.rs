//! docs/LESSON.md: every claim stands in it, and every name in it is a claim.

use init_symmetry::claim;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LESSON.md");
    fs::read_to_string(path).expect("docs/LESSON.md")
}

/// The names between backticks in the tables of a page.
fn names(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(String::from).collect()
}

fn ids() -> BTreeSet<String> {
    claim::all().map(|claim| claim.id.to_string()).collect()
}

/// What is wrong with a page: claims that are missing, and names that are no claims.
fn faults(page: &str) -> Vec<String> {
    let (ids, mentioned) = (ids(), names(page).into_iter().collect::<BTreeSet<_>>());
    let missing = ids
        .difference(&mentioned)
        .map(|id| format!("name {id} in docs/LESSON.md, in the row of what the lesson says"));
    let wrong = mentioned.difference(&ids).map(|name| format!("{name} is no claim"));
    missing.chain(wrong).collect()
}

#[test]
fn every_claim_stands_in_the_page_and_every_name_in_it_is_a_claim() {
    let faults = faults(&page());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(names(&page()).len() > 80, "the tables were read");
}

#[test]
fn every_row_of_the_page_names_a_claim() {
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<_> = rows.filter(|row| !row.starts_with("| ---")).collect();
    let headings = rows.iter().filter(|row| row.ends_with("| claims |")).count();
    assert_eq!(headings, 2, "one table for each document");
    assert!(rows.iter().filter(|row| !row.contains('`')).count() == headings);
}

#[test]
fn a_missing_claim_and_an_unknown_name_are_noticed() {
    let page = page();
    let samples = [
        page.replace("`the-sigmoid-curve-crosses-the-origin`", ""),
        page.replace("`randn-is-standard-normal`", "`randn-is-standard-normal` `randn-is-random`"),
    ];
    for sample in samples {
        assert!(!faults(&sample).is_empty());
    }
}
