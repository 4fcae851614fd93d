//! What every claim has to pass, and the mechanism that judges them.
//!
//! The tests by name are in the generated `claims_by_name.rs`.

use init_symmetry::claim::{
    self, Assumption, Claim, Computed, Dropped, Evidence, Finding, Judgement, Killer, Kind, Part,
    Run, Shown, Verdict, find, judge, judge_all_of, judge_subject,
};
use init_symmetry::fault::Fault;
use init_symmetry::proof::Statement;
use init_symmetry::property::{Config, Profile, twins_get_identical_gradients};
use init_symmetry::subject::{Descent, Observer, Subject};
use init_symmetry::{Error, Evaluation, Network, Parameters, Problem, Start};
use std::collections::BTreeSet;

/// A test for each id, with underscores in place of hyphens.
macro_rules! tests_of_claims {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                crate::claims::claim_is_as_expected(&stringify!($name).replace('_', "-"));
            }
        )*
    };
}
pub(crate) use tests_of_claims;

pub(crate) fn claim_is_as_expected(name: &str) {
    let claim = find(name).expect("a claim");
    let config = Config::from_env().expect("settings");
    let judgement = judge(claim, &config);
    assert!(
        judgement.is_as_expected(),
        "declared {}, but {:?}\nreplay: cargo run --release -- verify {} --profile {} --seed {}",
        claim.expected,
        judgement.computed,
        claim.id,
        config.profile,
        config.seed
    );
    assert!(judgement.cases() >= claim.min_cases && claim.min_cases > 0);
    for (change, changed) in changes(&judgement) {
        let conclusion = changed.conclusion();
        assert_ne!(
            conclusion,
            Computed::Verdict(changed.claim.expected),
            "{name} stays green: {change}"
        );
    }
}

/// A copy of a claim, as long-lived as the claim itself.
fn copy(claim: &Claim, change: impl FnOnce(&mut Claim)) -> &'static Claim {
    let mut claim = *claim;
    change(&mut claim);
    Box::leak(Box::new(claim))
}

/// What was found for a claim, with one change that has to turn it red: a flipped verdict, an
/// emptied list of cases, a witness that does not show. Nothing is run again.
fn changes(found: &Judgement) -> Vec<(String, Judgement)> {
    let mut changes = flipped_verdicts(found);
    changes.extend(emptied_lists(found));
    changes.extend(removed_witnesses(found));
    changes.extend(broken_ties(found));
    changes.extend(unproved_parts(found));
    changes
}

fn flipped_verdicts(found: &Judgement) -> Vec<(String, Judgement)> {
    let all = [Verdict::Proved, Verdict::Holds, Verdict::Conditional, Verdict::Refuted];
    let others = all.into_iter().filter(|verdict| *verdict != found.claim.expected);
    others
        .map(|declared| {
            let claim = copy(found.claim, |claim| claim.expected = declared);
            (format!("declared {declared}"), Judgement { claim, ..found.clone() })
        })
        .collect()
}

/// What is run of the evidence, each with its place: all but theorems.
fn runs(claim: &Claim) -> impl Iterator<Item = (usize, &'static Evidence)> {
    claim.evidence().enumerate().filter(|(_, it)| it.kind() != Kind::Theorem)
}

/// The list of all evidence, and the list of cases of each piece.
fn emptied_lists(found: &Judgement) -> Vec<(String, Judgement)> {
    let claim = copy(found.claim, |claim| claim.parts = &[]);
    let nothing = Judgement { claim, findings: vec![], ..found.clone() };
    let mut changes = vec![("no evidence".to_string(), nothing)];
    let wanted = copy(found.claim, |claim| claim.min_cases = found.cases() + 1);
    changes.push(("one case too few".into(), Judgement { claim: wanted, ..found.clone() }));
    for (i, evidence) in runs(found.claim) {
        let mut emptied = found.clone();
        emptied.findings[i] = Finding { cases: 0, obligations: 0, ..found.findings[i].clone() };
        changes.push((format!("no cases: {}", evidence.what()), emptied));
    }
    let mut fewer = found.clone();
    fewer.findings.pop();
    changes.push(("a piece of evidence that did not run".into(), fewer));
    for i in (0..found.dropped.len()).filter(|&i| found.dropped[i].is_some()) {
        let mut emptied = found.clone();
        emptied.dropped[i].as_mut().expect("a finding").cases = 0;
        let words = found.claim.assumptions[i].words;
        changes.push((format!("no cases without '{words}'"), emptied));
    }
    changes
}

/// Every theorem and symbolic run of a part, taken away: the part is then known by cases alone.
fn unproved_parts(found: &Judgement) -> Vec<(String, Judgement)> {
    if found.claim.expected != Verdict::Proved {
        return vec![];
    }
    let parts = found.claim.parts;
    let proves = |it: &&Evidence| matches!(it.kind(), Kind::Theorem | Kind::Symbolic);
    let without_proof_of = |k: usize| {
        let keeps = |part: usize, it: &&Evidence| part != k || !proves(it);
        let left = parts.iter().enumerate().map(|(place, part)| {
            let left = part.evidence.iter().filter(|it| keeps(place, it)).copied();
            Part { evidence: left.collect::<Vec<_>>().leak(), ..*part }
        });
        let left: &'static [Part] = left.collect::<Vec<_>>().leak();
        let places = parts.iter().enumerate();
        let kept: Vec<bool> = places
            .flat_map(|(place, part)| part.evidence.iter().map(move |it| keeps(place, &it)))
            .collect();
        let of_kept = |all: &[Finding]| {
            let kept = all.iter().zip(&kept).filter(|(_, kept)| **kept);
            kept.map(|(finding, _)| finding.clone()).collect::<Vec<_>>()
        };
        let (findings, with_fault) = (of_kept(&found.findings), of_kept(&found.with_fault));
        let claim = copy(found.claim, |claim| claim.parts = left);
        let changed = Judgement { claim, findings, with_fault, ..found.clone() };
        (format!("nothing proves that {}", parts[k].says), changed)
    };
    (0..parts.len()).map(without_proof_of).collect()
}

/// The witness of each piece of evidence, and of each run without an assumption.
fn removed_witnesses(found: &Judgement) -> Vec<(String, Judgement)> {
    let unseen = |finding: &Finding| finding.clone().witnessed(false, "removed by this test");
    let mut changes = vec![];
    for (i, evidence) in found.claim.evidence().enumerate() {
        let mut removed = found.clone();
        removed.findings[i] = unseen(&found.findings[i]);
        changes.push((format!("no witness: {}", evidence.what()), removed));
        let mut failing = found.clone();
        failing.findings[i].shown = Shown::No("it is not so".into());
        changes.push((format!("not shown: {}", evidence.what()), failing));
    }
    for (i, finding) in found.dropped.iter().enumerate() {
        let Some(finding) = finding else { continue };
        let mut removed = found.clone();
        removed.dropped[i] = Some(unseen(finding));
        let words = found.claim.assumptions[i].words;
        changes.push((format!("no failure without '{words}'"), removed));
    }
    changes
}

/// A fault that changes nothing or is not planted.
fn broken_ties(found: &Judgement) -> Vec<(String, Judgement)> {
    let mut changes = vec![];
    if let Killer::Fault(fault) = found.claim.killed_by {
        let harmless = Judgement { with_fault: found.findings.clone(), ..found.clone() };
        changes.push((format!("{fault} changes nothing"), harmless));
        let idle = Judgement { with_fault: vec![], ..found.clone() };
        changes.push((format!("{fault} is not planted"), idle));
    }
    changes
}

/// A claim that is cheap to judge, changed.
fn changed(change: impl FnOnce(&mut Claim)) -> &'static Claim {
    copy(find("identical-units-get-identical-gradients").expect("a claim"), change)
}

/// A statement of one part with this evidence.
fn part_with(evidence: &'static [Evidence]) -> &'static [Part] {
    vec![Part { says: "twins have equal gradients", evidence }].leak()
}

fn computed(claim: &'static Claim) -> Computed {
    judge(claim, &Config::default()).computed
}

#[test]
fn every_claim_says_what_it_means() {
    for claim in claim::all() {
        let texts = [claim.id, claim.headline, claim.lesson, claim.source];
        let says = claim.parts.iter().map(|part| part.says);
        assert!(texts.into_iter().chain(says).all(|text| text.len() > 10), "{}", claim.id);
        let has_evidence = claim.parts.iter().all(|part| !part.evidence.is_empty());
        assert!(has_evidence && !claim.parts.is_empty(), "{}", claim.id);
        assert!(claim.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    }
}

#[test]
fn every_headline_is_one_short_sentence_of_its_own() {
    let mut headlines = BTreeSet::new();
    for Claim { id, headline, .. } in claim::all() {
        assert!(headline.chars().count() <= 90, "{id}: more than 90 characters");
        assert!(headline.ends_with('.') && headline.trim() == *headline, "{id}: {headline}");
        assert!(headlines.insert(headline), "{id} has the headline of another claim: {headline}");
    }
}

#[test]
fn a_claim_expected_otherwise_is_not_as_expected() {
    for declared in [Verdict::Proved, Verdict::Holds, Verdict::Conditional, Verdict::Refuted] {
        let original = changed(|_| ());
        let flipped = changed(|claim| claim.expected = declared);
        let agrees = judge(flipped, &Config::default()).is_as_expected();
        assert_eq!(agrees, declared == original.expected, "{declared}");
    }
}

#[test]
fn a_claim_without_evidence_is_vacuous() {
    let empty = changed(|claim| claim.parts = &[]);
    assert!(matches!(computed(empty), Computed::Vacuous(_)));
}

#[test]
fn a_claim_with_too_few_cases_is_vacuous() {
    let greedy = changed(|claim| claim.min_cases = 1_000_000);
    assert!(matches!(computed(greedy), Computed::Vacuous(_)));
}

#[test]
fn evidence_without_a_witness_is_vacuous() {
    const IDLE: &[Evidence] = &[Evidence::Generated("nothing that could fail", |_, _| {
        Ok(Finding::new(true, 1000, "1000 cases").witnessed(false, "nothing moved"))
    })];
    let idle = changed(|claim| claim.parts = part_with(IDLE));
    assert!(matches!(computed(idle), Computed::Vacuous(_)));
}

#[test]
fn an_assumption_whose_dropping_changes_nothing_fails_the_claim() {
    const IDLE: &[Assumption] = &[Assumption {
        words: "the moon is up",
        dropped: Dropped::Fails("the same without the moon", |_, _| {
            Ok(Finding::new(false, 1, "still true"))
        }),
    }];
    let idle = changed(|claim| claim.assumptions = IDLE);
    assert!(matches!(computed(idle), Computed::Fails(_)));
}

/// A run without an assumption that shows the statement failing.
const SHOWS_IT: Assumption = Assumption {
    words: "the sun is up",
    dropped: Dropped::Fails("not without the sun", |_, _| Ok(Finding::new(true, 1, "it fails"))),
};

#[test]
fn an_assumption_whose_run_ends_with_an_error_fails_the_claim() {
    const REFUSED: Run = |_, _| Err(Error::NoExamples);
    const DIVERGED: Run = |_, _| Err(Error::Diverged { step: 7, rate: "0.5".into() });
    let good = changed(|claim| claim.assumptions = &[SHOWS_IT, SHOWS_IT, SHOWS_IT]);
    assert!(judge(good, &Config::default()).is_as_expected(), "not vacuous");
    for (run, why) in [(REFUSED, "0 examples"), (DIVERGED, "diverged at step 7")] {
        for place in 0..3 {
            let mut assumptions = [SHOWS_IT; 3];
            let dropped = Dropped::Fails("a run that cannot be done", run);
            assumptions[place] = Assumption { words: "the moon is up", dropped };
            let broken = changed(|claim| claim.assumptions = Box::leak(Box::new(assumptions)));
            let Computed::Fails(said) = computed(broken) else { panic!("{why} at {place}") };
            assert!(said.contains("the moon is up") && said.contains(why), "{said}");
        }
    }
}

#[test]
fn a_fault_that_leaves_the_claim_green_makes_it_vacuous() {
    // an ascending update does not change any gradient
    let survived = changed(|claim| claim.killed_by = Killer::Fault(Fault::UpdateAscends));
    assert!(matches!(computed(survived), Computed::Vacuous(_)));
}

#[test]
fn a_theorem_without_a_record_fails_the_claim() {
    const UNKNOWN: &[Evidence] = &[
        Evidence::Sampled("twins", twins_get_identical_gradients),
        Evidence::Theorem("a_theorem_without_a_record"),
    ];
    let unknown = changed(|claim| claim.parts = part_with(UNKNOWN));
    let Computed::Fails(why) = computed(unknown) else { panic!("it has to fail") };
    assert!(why.contains("no record of a theorem 'a_theorem_without_a_record'"), "{why}");
}

#[test]
fn what_is_only_read_or_proved_is_no_case() {
    const READ: &[Evidence] = &[Evidence::Theorem("twins_stay_twins")];
    const PROVED: &[Evidence] = &[Evidence::Symbolic(Statement::InductiveStep)];
    for evidence in [READ, PROVED] {
        let claim = changed(|claim| claim.parts = part_with(evidence));
        let why = "0 effective cases, but 16 are needed";
        assert_eq!(computed(claim), Computed::Vacuous(why.into()));
        let config = Config::new(Profile::Quick, 1);
        let judgement = judge(copy(claim, |claim| claim.min_cases = 0), &config);
        assert!(matches!(judgement.computed, Computed::Vacuous(_)), "{:?}", judgement.computed);
        assert_eq!(judgement.cases(), 0);
    }
}

#[test]
fn the_base_case_alone_proves_nothing() {
    const BASE_CASE: &[Evidence] = &[
        Evidence::Symbolic(Statement::BaseCase),
        Evidence::Sampled("twins", twins_get_identical_gradients),
    ];
    let claim = changed(|claim| {
        (claim.parts, claim.expected) = (part_with(BASE_CASE), Verdict::Holds);
    });
    assert_eq!(computed(claim), Computed::Verdict(Verdict::Holds));
}

#[test]
fn a_counterexample_proves_no_part_even_if_it_is_a_theorem() {
    const AGAINST: &[Evidence] =
        &[Evidence::Counterexample(&Evidence::Theorem("twins_stay_twins"))];
    const BOTH: &[Evidence] = &[AGAINST[0], Evidence::Theorem("twins_stay_twins")];
    let is_proved = |evidence| Part { says: "twins stay twins", evidence }.is_proved();
    assert!(!is_proved(AGAINST) && is_proved(BOTH));
}

#[test]
fn every_claim_has_evidence_of_one_level() {
    for evidence in claim::all().flat_map(Claim::evidence) {
        if let Evidence::Counterexample(inner) = evidence {
            assert!(!inner.is_against(), "{}", evidence.what());
        }
    }
}

#[test]
fn the_statistical_claims_share_one_error_in_a_million() {
    let is_statistical =
        |claim: &&Claim| claim.evidence().any(|evidence| evidence.kind() == Kind::Statistical);
    let claims = claim::all().filter(is_statistical).count();
    assert!(claims > 3);
    let whole = claims as f64 * init_symmetry::statistics::LEVEL;
    assert!(whole <= 1e-6, "{claims} statistical claims err with probability {whole} together");
}

/// An implementation that computes the loss and nothing else: its gradient is zero, its steps
/// change nothing, and it starts every network from zeros.
struct Idle;

impl Subject for Idle {
    fn name(&self) -> &str {
        "idle"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> init_symmetry::Result<Evaluation<f64>> {
        let mut evaluation = problem.evaluate()?;
        for layer in &mut evaluation.gradient.layers {
            layer.dw.fill(0.0);
            layer.db.fill(0.0);
        }
        Ok(evaluation)
    }

    fn step(&self, problem: Problem<'_, f64>, _: f64) -> init_symmetry::Result<Parameters<f64>> {
        Ok(problem.parameters.clone())
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<f64>,
    ) -> init_symmetry::Result<Parameters<f64>> {
        (0..=descent.steps).for_each(|t| observe(t, problem.parameters));
        Ok(problem.parameters.clone())
    }

    fn initialise(
        &self,
        network: &Network,
        _: Start,
        seed: u64,
    ) -> init_symmetry::Result<Parameters<f64>> {
        network.initialise(init_symmetry::Weights::Zeros, seed)
    }
}

/// Starts whose weights are a tenth of their deviation too large.
struct OffCentre;

impl Subject for OffCentre {
    fn name(&self) -> &str {
        "off centre"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> init_symmetry::Result<Evaluation<f64>> {
        problem.evaluate()
    }

    fn initialise(
        &self,
        network: &Network,
        start: Start,
        seed: u64,
    ) -> init_symmetry::Result<Parameters<f64>> {
        let mut start = network.initialise(start, seed)?;
        for layer in &mut start.layers {
            let mean_square = layer.w.iter().map(|w| w * w).sum::<f64>() / layer.w.len() as f64;
            layer.w += mean_square.sqrt() / 10.0;
        }
        Ok(start)
    }
}

#[test]
fn weights_that_are_off_centre_are_not_those_of_xavier_and_he() {
    // their variance grows by a hundredth only, which the test of the variance may well accept
    for id in ["xavier-variance-is-one-over-fan-in", "he-variance-is-two-over-fan-in"] {
        let claim = find(id).expect("a claim");
        let judgement = judge_subject(claim, &OffCentre, &Config::default());
        assert!(matches!(judgement.computed, Computed::Fails(_)), "{:?}", judgement.computed);
    }
}

/// What an idle implementation does not contradict, for a reason.
const TRUE_OF_THE_IDLE: &[(&str, &str)] = &[
    ("zero-weights-make-hidden-units-identical", "of zero weights, which it starts from"),
    ("identical-units-influence-the-output-equally", "of the loss, which it computes"),
];

#[test]
fn an_implementation_that_never_moves_turns_every_claim_red_that_a_fault_can() {
    let can_be_red = |claim: &&Claim| {
        let excused = TRUE_OF_THE_IDLE.iter().any(|(id, _)| *id == claim.id);
        matches!(claim.killed_by, Killer::Fault(_)) && !excused
    };
    let claims: Vec<_> = claim::all().filter(can_be_red).collect();
    assert!(claims.len() > 40);
    let quick = Config::new(Profile::Quick, Config::SEED).without_shrinking();
    let mut green = vec![];
    judge_all_of(&Idle, &claims, &quick, |judgement| {
        if judgement.is_as_expected() {
            green.push(judgement.claim.id);
        }
        Ok::<(), ()>(())
    })
    .expect("it collects");
    assert!(green.is_empty(), "{green:?}");
}
