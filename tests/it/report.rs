//! The report as it is composed: the page, its figures and its tables.

use init_symmetry::claim::{self, Computed, Dropped, Finding, Judgement, Shown, Verdict, find};
use init_symmetry::property::{Config, Profile};
use init_symmetry::report::{Composition, File, PAGE, compose, figures, paths, write_folder};
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;
use std::time::Duration;

/// The claims as CSV.
const CLAIMS: &str = "claims.csv";

fn config() -> Config {
    Config::new(Profile::Quick, 1)
}

/// A judgement as if the claim had been run.
fn judged(id: &str, computed: Computed) -> Judgement {
    let claim = find(id).unwrap();
    let finding = |k: usize, what: &str| Finding {
        shown: Shown::Yes,
        cases: 1,
        obligations: 0,
        numbers: format!("{what} {k} < 9 of {id}"),
    };
    let findings = (0..claim.evidence().count()).map(|k| finding(k, "evidence")).collect();
    let dropped = claim.assumptions.iter().enumerate().map(|(k, it)| match it.dropped {
        Dropped::Fails(..) => Some(finding(k, "assumption")),
        Dropped::CannotBe(_) => None,
    });
    let dropped = dropped.collect();
    Judgement { claim, computed, findings, dropped, with_fault: vec![], took: Duration::ZERO }
}

/// Every claim as expected.
static REPORT: LazyLock<Composition> = LazyLock::new(|| {
    let as_expected = claim::all().map(|claim| judged(claim.id, Computed::Verdict(claim.expected)));
    compose(&config(), &as_expected.collect::<Vec<_>>(), &|_| ()).unwrap()
});

fn file<'a>(report: &'a Composition, path: &str) -> &'a str {
    &report.files.iter().find(|file| file.path == path).unwrap().text
}

#[test]
fn a_report_is_complete_and_every_caption_is_true_of_what_is_drawn_above_it() {
    // without claims, whose words speak of infinity
    let report = compose(&config(), &[], &|_| ()).unwrap();
    assert!(report.untrue.is_empty(), "{:?}", report.untrue);
    let found: BTreeSet<_> = report.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(found, paths().into_iter().collect());
    let folder = tempfile::tempdir().unwrap();
    for _ in ["a new folder", "over a report"] {
        write_folder(folder.path(), &report.files, false).unwrap();
    }
    for File { path, text } in report.files {
        assert!(path == CLAIMS || text.lines().count() > 8, "{path} is not empty");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{path} has no number");
    }
}

#[test]
fn every_claim_has_a_place_of_its_own_in_the_page_and_its_numbers_there() {
    let page = file(&REPORT, PAGE);
    for claim in claim::all() {
        assert_eq!(page.matches(&format!(" id=\"{}\"", claim.id)).count(), 1, "{}", claim.id);
        let judgement = judged(claim.id, Computed::Verdict(claim.expected));
        let runs = judgement.runs().map(|(_, finding)| finding);
        for finding in runs.chain(judgement.dropped.iter().flatten()) {
            let numbers = finding.numbers.replace('<', "&lt;");
            assert!(page.contains(&numbers), "{numbers}");
        }
        let row = format!("id=\"{}\" data-section=\"{}\"", claim.id, claim.section);
        assert!(page.contains(&format!("{row} data-verdict=\"{}\"", claim.expected)), "{row}");
    }
    let all = claim::all().count();
    assert!(page.contains(&format!("{all} of {all} claims arrived")));
    assert!(!page.contains("not as expected"));
}

#[test]
fn the_page_asks_for_nothing_from_elsewhere() {
    let page = file(&REPORT, PAGE);
    for call in ["src=", "@import", "http://", "https://", "fetch(", "XMLHttp"] {
        assert!(!page.contains(call), "{call}");
    }
}

#[test]
fn the_page_has_the_network_within_it_that_is_checked_as_a_program() {
    // tests/it/page_network.rs
    let network = include_str!("../../src/report/network.js");
    assert_eq!(file(&REPORT, PAGE).matches(network).count(), 1);
}

#[test]
fn a_verdict_that_is_not_the_declared_one_is_said_in_words() {
    let judgements = [
        judged("zero-biases-are-harmless", Computed::Fails("a reason".into())),
        judged("units-move-apart-while-training", Computed::Verdict(Verdict::Refuted)),
    ];
    assert!(judgements.iter().all(|judgement| !judgement.is_as_expected()), "not vacuous");
    let report = compose(&config(), &judgements, &|_| ()).unwrap();
    let page = file(&report, PAGE);
    assert!(page.contains("not as expected: a reason"));
    assert!(page.contains("not as expected: this run says refuted"));
    assert!(file(&report, CLAIMS).contains(",holds,fails,"));
}

#[test]
fn every_figure_cites_claims_that_exist_and_each_of_them_once() {
    for figure in figures() {
        assert!(!figure.claims.is_empty(), "{}", figure.id);
        for claim in figure.claims {
            assert!(find(claim).is_ok(), "{} cites {claim}", figure.id);
        }
        let distinct: HashSet<_> = figure.claims.iter().collect();
        assert_eq!(distinct.len(), figure.claims.len(), "{}", figure.id);
    }
    let ids: HashSet<_> = figures().iter().map(|figure| figure.id).collect();
    assert_eq!(ids.len(), figures().len());
}

#[test]
fn the_same_seed_draws_the_same_picture_and_another_seed_another() {
    for id in ["w1-rows", "boundary-xor", "activations"] {
        let figure = figures().iter().find(|figure| figure.id == id).unwrap();
        let files = |seed| {
            let drawing = figure.draw(&Config::new(Profile::Quick, seed)).unwrap();
            (drawing.svg_file(figure), drawing.csv)
        };
        assert_eq!(files(1), files(1), "{id}");
        assert_ne!(files(1), files(2), "{id}");
    }
}
