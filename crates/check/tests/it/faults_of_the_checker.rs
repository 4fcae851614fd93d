//! Faults of the checker itself: what would pass if a check were written wrong has to fail.

use init_symmetry_check::property::{
    ALL, CaseFailure, Cases, Config, Outcome, PropertyVerdict, Witness,
    a_step_subtracts_rate_times_gradient, gradient_equals_the_specification,
    random_rows_differ_and_stay_finite, run, same_question_gets_the_same_bits,
    tiny_steps_descend_as_steeply_as_the_loss, training_is_fresh_single_steps,
};
use init_symmetry_check::subject::{Ability, Descent, Observer, Reference, Subject};
use init_symmetry_network::{Activation, Error, Evaluation, Gradient, Parameters, Problem, Result};
use std::cell::Cell;

/// The reference's answer, changed.
struct Changed<F>(F);

impl<F: Fn(&mut Evaluation<f64>)> Subject for Changed<F> {
    fn name(&self) -> &str {
        "changed"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let mut answer = problem.evaluate()?;
        (self.0)(&mut answer);
        Ok(answer)
    }
}

fn change_entry(gradient: &mut Gradient<f64>, place: usize, change: impl Fn(f64) -> f64) {
    let layers = gradient.layers.iter_mut();
    let mut entries = layers.flat_map(|layer| layer.dw.iter_mut().chain(layer.db.iter_mut()));
    if let Some(entry) = entries.nth(place) {
        *entry = change(*entry);
    }
}

fn fails(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, PropertyVerdict::Fails { .. })
}

fn config() -> Config {
    Config::default().without_shrinking()
}

#[test]
fn nan_is_within_no_tolerance() {
    let in_gradient =
        Changed(|answer: &mut Evaluation<f64>| change_entry(&mut answer.gradient, 0, |_| f64::NAN));
    let in_loss = Changed(|answer: &mut Evaluation<f64>| answer.loss = f64::NAN);
    let compares_gradients = [
        "gradient-equals-the-specification",
        "batch-gradient-is-the-mean-of-its-examples",
        "tiny-steps-descend-as-steeply-as-the-loss",
        "doubling-the-batch-changes-nothing",
        "permuting-examples-changes-nothing",
        "permuting-units-permutes-the-gradient",
        "flipping-a-tanh-unit-flips-its-gradient",
        "a-unit-without-outgoing-weights-changes-nothing",
        "a-bias-is-a-weight-on-a-constant-input",
        "gradient-is-affine-in-the-labels",
        "extreme-logits-stay-finite",
        "random-rows-differ-and-stay-finite",
        "twins-train-as-one-unit",
        "homogeneous-units-are-balanced",
        "a-split-unit-computes-the-same",
        "equal-rows-part-by-an-exact-amount",
        "softmax-gradients-sum-to-zero",
    ];
    for property in ALL.iter().filter(|property| compares_gradients.contains(&property.name)) {
        let outcome = property.check(&in_gradient, &config());
        assert!(fails(&outcome), "NaN in the gradient: {outcome}");
    }
    let compares_losses = &compares_gradients[..1];
    for property in ALL.iter().filter(|property| compares_losses.contains(&property.name)) {
        let outcome = property.check(&in_loss, &config());
        assert!(fails(&outcome), "NaN in the loss: {outcome}");
    }
}

#[test]
fn infinity_is_within_no_tolerance() {
    let subject = Changed(|answer: &mut Evaluation<f64>| {
        change_entry(&mut answer.gradient, 0, |_| f64::INFINITY);
    });
    assert!(fails(&gradient_equals_the_specification(&subject, &config())));
}

/// A trainer that ends in NaN everywhere.
struct EndsInNan;

impl Subject for EndsInNan {
    fn name(&self) -> &str {
        "ends in NaN"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.evaluate()
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        observe(0, problem.parameters);
        let nan = problem.parameters.map(|_| f64::NAN);
        (1..=descent.steps).for_each(|t| observe(t, &nan));
        Ok(nan)
    }
}

#[test]
fn rows_of_nan_do_not_count_as_different_rows() {
    let outcome = random_rows_differ_and_stay_finite(&EndsInNan, &config());
    assert!(fails(&outcome), "{outcome}");
}

#[test]
fn a_small_error_in_any_one_entry_is_seen() {
    for place in 0..12 {
        let subject = Changed(|answer: &mut Evaluation<f64>| {
            change_entry(&mut answer.gradient, place, |entry| entry + 1e-11);
        });
        let outcome = gradient_equals_the_specification(&subject, &config());
        assert!(fails(&outcome), "entry {place}: {outcome}");
    }
}

#[test]
fn a_gradient_of_zeros_and_a_loss_of_something_else_are_seen() {
    let zeros = Changed(|answer: &mut Evaluation<f64>| {
        (0..64).for_each(|place| change_entry(&mut answer.gradient, place, |_| 0.0));
    });
    assert!(fails(&gradient_equals_the_specification(&zeros, &config())));
    assert!(fails(&tiny_steps_descend_as_steeply_as_the_loss(&zeros, &config())));
    let other_loss = Changed(|answer: &mut Evaluation<f64>| answer.loss += 1e-11);
    assert!(fails(&gradient_equals_the_specification(&other_loss, &config())));
}

#[test]
fn a_gradient_that_agrees_with_itself_only_is_seen() {
    // every invariance of the batch holds of it, and it has nothing to do with the loss
    let ones = Changed(|answer: &mut Evaluation<f64>| {
        (0..64).for_each(|place| change_entry(&mut answer.gradient, place, |_| 1.0));
    });
    assert!(fails(&gradient_equals_the_specification(&ones, &config())));
    assert!(fails(&tiny_steps_descend_as_steeply_as_the_loss(&ones, &config())));
}

/// Its loss is 1 and its gradient 0 wherever it is asked, so that it stays where it is.
struct Frozen;

impl Subject for Frozen {
    fn name(&self) -> &str {
        "frozen"
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let mut gradient = problem.evaluate()?.gradient;
        for layer in &mut gradient.layers {
            layer.dw.fill(0.0);
            layer.db.fill(0.0);
        }
        Ok(Evaluation { loss: 1.0, gradient })
    }
}

#[test]
fn what_never_moves_passes_only_what_asks_for_no_movement() {
    let ask_for_none = [
        "predictions-equal-the-specification",
        "mismatched-shapes-are-refused",
        "a-start-has-the-declared-shapes-and-zero-biases",
        "a-start-follows-its-seed",
        "a-start-draws-each-weight-afresh",
        "a-start-has-the-declared-spread",
        "predictions-hold-in-larger-networks",
    ];
    let know_the_movement = [
        "from-zero-only-the-output-bias-moves",
        "from-zero-sigmoid-units-move-together",
        "equal-rows-separate-when-outgoing-weights-differ",
        "gradient-equals-the-specification",
        "extreme-logits-stay-finite",
        "gradient-holds-in-larger-networks",
    ];
    for property in ALL {
        let outcome = property.check(&Frozen, &config());
        if ask_for_none.contains(&property.name) {
            assert!(outcome.passes(), "{outcome}");
        } else if know_the_movement.contains(&property.name) {
            assert!(fails(&outcome), "{outcome}");
        } else if property.name == "training-holds-over-many-steps" {
            let moves = matches!(outcome.verdict, PropertyVerdict::DoesNotApply { .. });
            assert!(moves, "{outcome}");
        } else {
            assert_eq!(outcome.verdict, PropertyVerdict::Vacuous, "{outcome}");
        }
    }
}

/// The reference, whose loss alone is another number in its last place.
struct TwoLosses;

impl Subject for TwoLosses {
    fn name(&self) -> &str {
        "two losses"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.evaluate()
    }

    fn mean_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        Ok(problem.mean_loss()?.next_up())
    }
}

#[test]
fn a_loss_that_is_another_without_its_gradient_is_seen() {
    let outcome = same_question_gets_the_same_bits(&TwoLosses, &config());
    let PropertyVerdict::Fails { reason, .. } = outcome.verdict else { panic!("{outcome}") };
    assert_eq!(reason, "the loss computed alone differs from the loss returned with the gradient");
}

/// The reference, whose every second training ends elsewhere, or not at all.
struct Moody {
    trainings: Cell<usize>,
    diverges: bool,
}

impl Subject for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.evaluate()
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        let end = Reference.train(problem, descent, observe)?;
        self.trainings.set(self.trainings.get() + 1);
        match (self.trainings.get() % 2, self.diverges) {
            (0, true) => Err(Error::Diverged { step: 3, rate: "1".into() }),
            (0, false) => Ok(end.map(f64::next_up)),
            _ => Ok(end),
        }
    }
}

#[test]
fn a_training_that_ends_elsewhere_the_second_time_or_not_at_all_is_seen() {
    for diverges in [false, true] {
        let moody = Moody { trainings: Cell::new(0), diverges };
        let outcome = same_question_gets_the_same_bits(&moody, &config());
        let PropertyVerdict::Fails { reason, .. } = outcome.verdict else { panic!("{outcome}") };
        assert_eq!(reason, "training again from the same start gives different parameters");
    }
}

#[test]
fn a_gradient_of_another_shape_is_refused() {
    let subject = Changed(|answer: &mut Evaluation<f64>| {
        let first = &mut answer.gradient.layers[0];
        first.dw = first.dw.t().to_owned();
    });
    let outcome = gradient_equals_the_specification(&subject, &Config::default());
    let PropertyVerdict::Fails { reason, .. } = &outcome.verdict else { panic!("{outcome}") };
    assert!(reason.starts_with("dw1 is") && reason.contains("but w1 is"), "{reason}");
}

#[test]
fn a_hypothesis_that_is_never_satisfied_is_vacuous() {
    let outcome = run("p", "w", &config(), 0..100_u32, |_| Ok(Witness::Absent));
    assert_eq!(outcome.verdict, PropertyVerdict::Vacuous);
    assert!(!outcome.passes());
    let seen_in = |share: u32| {
        run("p", "w", &config(), 0..1000_u32, |n| Ok(Witness::from(*n < share))).verdict
    };
    assert_eq!(seen_in(700), PropertyVerdict::Passes);
    // up to four times as many cases are tried
    assert_eq!(seen_in(300), PropertyVerdict::Passes);
    assert_eq!(seen_in(60), PropertyVerdict::Vacuous);
}

#[test]
fn a_failing_case_is_shrunk_to_the_smallest() {
    let holds =
        |n: &u32| if *n < 17 { Ok(Witness::Present) } else { Err(CaseFailure::from("large")) };
    let outcome = run("p", "w", &Config::default(), 0..1000_u32, holds);
    assert_eq!(
        outcome.verdict,
        PropertyVerdict::Fails { case: "17".into(), reason: "large".into() }
    );
    assert!(outcome.cases <= 256 && outcome.effective < outcome.cases, "{outcome:?}");
}

#[test]
fn a_panic_is_a_failure_of_the_property() {
    let outcome = run("p", "w", &config(), 0..10_u32, |n| {
        assert!(*n < 2, "planted");
        Ok(Witness::Present)
    });
    assert!(fails(&outcome), "{outcome:?}");
}

#[test]
fn the_seed_decides_the_cases() {
    let first_of = |seed| Cases::default().sample(&Config { seed, ..config() });
    assert_eq!(first_of(1), first_of(1));
    assert_ne!(first_of(1), first_of(2));
    assert_eq!(first_of(1).len(), 256);
}

/// Implements networks of tanh units only, and has a gradient only.
struct OnlyTanh;

impl Subject for OnlyTanh {
    fn name(&self) -> &str {
        "only tanh"
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        if problem.network.shared_activation() != Some(Activation::Tanh) {
            let what = format!("activation {}", problem.network.activation_names());
            return Err(Error::Unsupported { subject: self.name().into(), what });
        }
        Reference.evaluate(problem)
    }
}

#[test]
fn what_a_subject_lacks_is_not_judged_and_what_it_has_is() {
    let reason = |outcome: &Outcome| match &outcome.verdict {
        PropertyVerdict::DoesNotApply { reason } => reason.clone(),
        _ => panic!("{outcome}"),
    };
    let outcome = a_step_subtracts_rate_times_gradient(&OnlyTanh, &config());
    assert_eq!(reason(&outcome), "only tanh has no step of its own");
    let outcome = training_is_fresh_single_steps(&OnlyTanh, &config());
    assert_eq!(reason(&outcome), "only tanh has no train of its own");
    let relu = ALL.iter().find(|property| property.name.starts_with("relu-")).unwrap();
    let outcome = relu.check(&OnlyTanh, &config());
    assert_eq!(reason(&outcome), "only tanh has no activation relu");
    let outcome = gradient_equals_the_specification(&OnlyTanh, &config());
    assert!(outcome.passes() && outcome.cases == 256, "{outcome}");
    assert!(!OnlyTanh.supports(Ability::Initialise));
}
