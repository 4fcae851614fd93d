//! Every claim of the ledger as a test of its name, and the mechanism that judges them.

use init_symmetry::claim::{
    Assumption, Claim, Computed, Dropped, Evidence, Finding, Judgement, Killer, Kind, Shown, Side,
    Verdict, find, judge, judge_all_of, judge_subject, ledger,
};
use init_symmetry::property::{Config, Profile};
use init_symmetry::subject::{Descent, Observer, Subject};
use init_symmetry::{Evaluation, Network, Parameters, Problem, Start};

/// The ids that have been published. One may be added; none is ever renamed or removed.
macro_rules! claims {
    ($($name:ident)*) => {
        const PUBLISHED: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                claim_is_as_declared(stringify!($name));
            }
        )*
    };
}

claims! {
    zero_weights_make_hidden_units_identical
    identical_units_get_identical_gradients
    identical_units_stay_identical_after_one_step
    zero_init_keeps_w1_rows_identical_forever
    equal_constant_weights_are_no_better
    equal_rows_of_w1_are_not_enough
    zero_init_freezes_the_weights_where_g_vanishes_at_zero
    zero_init_moves_only_with_sigmoid_and_unbalanced_labels
    identical_units_are_worth_one
    identical_units_influence_the_output_equally
    one_hidden_unit_cannot_learn_xor
    identical_units_survive_other_optimisers
    dropout_breaks_identical_units
    rounding_can_break_identical_units
    wrong_gradients_keep_identical_units_too
    random_weights_make_units_distinct
    random_init_keeps_rows_distinct_at_every_iteration
    random_init_learns_what_zero_init_cannot
    zero_biases_are_harmless
    distinct_units_compute_distinct_activations
    distinct_units_get_distinct_gradients
    random_init_has_one_class_per_unit
    units_move_apart_while_training
    a_badly_chosen_rate_merges_units
    random_init_guarantees_success
    every_random_unit_is_useful
    bias_start_does_not_matter
    random_biases_alone_break_the_symmetry
    distinct_fixed_weights_work_too
    random_w1_alone_is_enough
    logistic_regression_can_start_from_zero
    initialise_parameters_has_the_stated_shapes
    mismatched_dimensions_are_refused
    sigmoid_derivative_identity
    tanh_derivative_identity
    sigmoid_and_tanh_have_limits
    sigmoid_and_tanh_saturate
    the_quotient_formula_for_tanh_overflows
    the_sigmoid_curve_crosses_the_origin
    relu_does_not_saturate_when_active
    relu_is_dead_when_inactive
    large_weights_give_large_preactivations
    large_weights_saturate_hidden_units
    large_weights_make_large_activations
    small_weights_keep_units_responsive
    relu_is_positively_homogeneous
    large_weights_make_learning_slow
    a_hundredth_suits_shallow_networks
    a_saturated_output_stops_learning
    small_starts_help_relu_too
    small_weights_matter_most_at_the_output
    xavier_variance_is_one_over_fan_in
    he_variance_is_two_over_fan_in
    a_hundredth_kills_deep_signals
    xavier_keeps_tanh_signals_alive
    xavier_keeps_sigmoid_signals_alive
    he_keeps_relu_signals_alive
    fan_in_scaling_keeps_gradients_stable
    randn_is_standard_normal
    initial_weights_are_small_and_biases_zero
    the_printed_randn_call_runs
    the_before_and_after_picture_can_happen
    backpropagation_computes_the_derivative_of_the_loss
    a_step_subtracts_the_rate_times_the_gradient
}

fn claim_is_as_declared(name: &str) {
    let claim = find(&name.replace('_', "-")).expect("a claim of the ledger");
    let config = Config::from_env().expect("settings");
    let judgement = judge(claim, &config);
    assert!(
        judgement.is_as_declared(),
        "declared {}, but {:?}\nreplay: cargo run --release -- verify {} --profile {} --seed {}",
        claim.declared,
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
            Computed::Verdict(changed.claim.declared),
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
    changes
}

fn flipped_verdicts(found: &Judgement) -> Vec<(String, Judgement)> {
    let all = [Verdict::Proved, Verdict::Holds, Verdict::Depends, Verdict::False];
    let others = all.into_iter().filter(|verdict| *verdict != found.claim.declared);
    others
        .map(|declared| {
            let claim = copy(found.claim, |claim| claim.declared = declared);
            (format!("declared {declared}"), Judgement { claim, ..found.clone() })
        })
        .collect()
}

/// The list of all evidence, and the list of cases of each piece.
fn emptied_lists(found: &Judgement) -> Vec<(String, Judgement)> {
    let claim = copy(found.claim, |claim| claim.evidence = &[]);
    let nothing = Judgement { claim, findings: vec![], ..found.clone() };
    let mut changes = vec![("no evidence".to_string(), nothing)];
    let wanted = copy(found.claim, |claim| claim.min_cases = found.cases() + 1);
    changes.push(("one case too few".into(), Judgement { claim: wanted, ..found.clone() }));
    for (i, evidence) in found.claim.evidence.iter().enumerate() {
        let mut emptied = found.clone();
        emptied.findings[i].cases = 0;
        changes.push((format!("no cases: {}", evidence.what), emptied));
    }
    for i in (0..found.dropped.len()).filter(|&i| found.dropped[i].is_some()) {
        let mut emptied = found.clone();
        emptied.dropped[i].as_mut().expect("a finding").cases = 0;
        let words = found.claim.assumptions[i].words;
        changes.push((format!("no cases without '{words}'"), emptied));
    }
    changes
}

/// The witness of each piece of evidence, and of each run without an assumption.
fn removed_witnesses(found: &Judgement) -> Vec<(String, Judgement)> {
    let unseen = |finding: &Finding| finding.clone().witnessed(false, "removed by this test");
    let mut changes = vec![];
    for (i, evidence) in found.claim.evidence.iter().enumerate() {
        let mut removed = found.clone();
        removed.findings[i] = unseen(&found.findings[i]);
        changes.push((format!("no witness: {}", evidence.what), removed));
        let mut failing = found.clone();
        failing.findings[i].shown = Shown::No("it is not so".into());
        changes.push((format!("not shown: {}", evidence.what), failing));
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

/// A fault that changes nothing or is not planted, and theorems that CI does not know.
fn broken_ties(found: &Judgement) -> Vec<(String, Judgement)> {
    let mut changes = vec![];
    if let Killer::Fault(fault) = found.claim.killed_by {
        let harmless = Judgement { with_fault: found.findings.clone(), ..found.clone() };
        changes.push((format!("{fault} changes nothing"), harmless));
        let idle = Judgement { with_fault: vec![], ..found.clone() };
        changes.push((format!("{fault} is not planted"), idle));
        let claim = copy(found.claim, |claim| claim.killed_by = Killer::Fault("no-such-fault"));
        changes.push(("a fault of no catalogue".into(), Judgement { claim, ..found.clone() }));
    }
    let claim = copy(found.claim, |claim| claim.theorems = &["a_theorem_without_a_record"]);
    changes.push(("a theorem without a record".into(), Judgement { claim, ..found.clone() }));
    changes
}

/// A claim that is cheap to judge, changed.
fn changed(change: impl FnOnce(&mut Claim)) -> &'static Claim {
    copy(find("identical-units-get-identical-gradients").expect("a claim"), change)
}

fn computed(claim: &'static Claim) -> Computed {
    judge(claim, &Config::default()).computed
}

#[test]
fn every_published_claim_is_in_the_ledger_and_the_other_way_round() {
    let ids: Vec<_> = ledger().map(|claim| claim.id.replace('-', "_")).collect();
    let mut published = PUBLISHED.to_vec();
    let mut sorted = ids.clone();
    published.sort_unstable();
    sorted.sort();
    assert_eq!(sorted, published);
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len(), "an id stands twice");
}

#[test]
fn every_claim_says_what_it_means() {
    for claim in ledger() {
        let texts = [claim.id, claim.lesson, claim.source, claim.statement];
        assert!(texts.iter().all(|text| text.len() > 10), "{}", claim.id);
        assert!(!claim.evidence.is_empty(), "{}", claim.id);
        assert!(claim.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    }
}

#[test]
fn a_claim_declared_otherwise_is_not_as_declared() {
    for declared in [Verdict::Proved, Verdict::Holds, Verdict::Depends, Verdict::False] {
        let original = changed(|_| ());
        let flipped = changed(|claim| claim.declared = declared);
        let agrees = judge(flipped, &Config::default()).is_as_declared();
        assert_eq!(agrees, declared == original.declared, "{declared}");
    }
}

#[test]
fn a_claim_without_evidence_is_vacuous() {
    let empty = changed(|claim| claim.evidence = &[]);
    assert!(matches!(computed(empty), Computed::Vacuous(_)));
}

#[test]
fn a_claim_with_too_few_cases_is_vacuous() {
    let greedy = changed(|claim| claim.min_cases = 1_000_000);
    assert!(matches!(computed(greedy), Computed::Vacuous(_)));
}

#[test]
fn evidence_without_a_witness_is_vacuous() {
    const IDLE: &[Evidence] = &[Evidence {
        what: "nothing that could fail",
        kind: Kind::Sampled,
        side: Side::True,
        run: |_, _| Ok(Finding::new(true, 1000, "1000 cases").witnessed(false, "nothing moved")),
    }];
    let idle = changed(|claim| claim.evidence = IDLE);
    assert!(matches!(computed(idle), Computed::Vacuous(_)));
}

#[test]
fn an_assumption_whose_dropping_changes_nothing_fails_the_claim() {
    const IDLE: &[Assumption] = &[Assumption {
        words: "the moon is up",
        dropped: Dropped::Fails {
            what: "the same without the moon",
            run: |_, _| Ok(Finding::new(false, 1, "still true")),
        },
    }];
    let idle = changed(|claim| claim.assumptions = IDLE);
    assert!(matches!(computed(idle), Computed::Fails(_)));
}

#[test]
fn a_fault_that_leaves_the_claim_green_makes_it_vacuous() {
    // an ascending update does not change any gradient
    let survived = changed(|claim| claim.killed_by = Killer::Fault("update-ascends"));
    assert!(matches!(computed(survived), Computed::Vacuous(_)));
}

#[test]
fn a_fault_that_does_not_exist_fails_the_claim() {
    let unknown = changed(|claim| claim.killed_by = Killer::Fault("update-ascend"));
    let Computed::Fails(why) = computed(unknown) else { panic!("it has to fail") };
    assert!(why.contains("did you mean 'update-ascends'"), "{why}");
}

#[test]
fn the_statistical_claims_share_one_error_in_a_million() {
    let is_statistical =
        |claim: &&Claim| claim.evidence.iter().any(|evidence| evidence.kind == Kind::Statistical);
    let claims = ledger().filter(is_statistical).count();
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
    let claims: Vec<_> = ledger().filter(can_be_red).collect();
    assert!(claims.len() > 40);
    let quick = Config { shrink: false, ..Config::new(Profile::Quick, Config::SEED) };
    let mut green = vec![];
    judge_all_of(&Idle, &claims, &quick, |judgement| {
        if judgement.is_as_declared() {
            green.push(judgement.claim.id);
        }
        Ok::<(), ()>(())
    })
    .expect("it collects");
    assert!(green.is_empty(), "{green:?}");
}
