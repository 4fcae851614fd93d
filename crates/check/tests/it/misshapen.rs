//! Subjects that answer in other shapes, with no numbers, or by a panic: the report names the cause
//! and never panics itself.

use crate::spoilt::{Spoilt, evaluating, stepping, with_gradient};
use init_symmetry_check::SubjectReport;
use init_symmetry_check::fault::{
    faults_that_explain, faults_that_explain_every_gradient, likely_causes,
};
use init_symmetry_check::property::{
    ALL, Cases, Config, Outcome, Profile, PropertyVerdict, a_step_subtracts_rate_times_gradient,
    gradient_equals_the_specification, make_twins, mismatched_shapes_are_refused,
    predictions_equal_the_specification,
};
use init_symmetry_check::subject::{
    Ability, Declaration, Networks, Reference, Scale, Sizes, Subject,
};
use init_symmetry_network::{
    Activation, Evaluation, Gradient, LayerGradient, Loss, Network, Parameters, Problem, Result,
    Start, Weights,
};
use ndarray::{Array2, array};

fn config() -> Config {
    Config::new(Profile::Quick, 1).without_shrinking()
}

fn reason(outcome: &Outcome) -> &str {
    match &outcome.verdict {
        PropertyVerdict::Fails { reason, .. } => reason,
        other => panic!("{}: {other:?}", outcome.property),
    }
}

/// What a report says of a subject, which has to fail.
fn report(subject: &dyn Subject) -> SubjectReport {
    let report = SubjectReport::new(subject, &config());
    assert!(!report.passes(), "{report}");
    report
}

fn reason_of<'a>(report: &'a SubjectReport, property: &str) -> &'a str {
    reason(report.outcomes.iter().find(|it| it.property == property).expect("a property"))
}

#[test]
fn a_transposed_dw_fails_and_both_shapes_are_named() {
    let transposed = with_gradient(|_, gradient| {
        gradient.layers.iter_mut().for_each(|it| it.dw = it.dw.t().to_owned());
    });
    let report = report(&transposed);
    for property in ["gradient-equals-the-specification", "twins-train-as-one-unit"] {
        let reason = reason_of(&report, property);
        assert!(reason.starts_with("dw") && reason.contains(" but w"), "{reason}");
    }
    let none_panics = |it: &&Outcome| it.fails() && reason(it).contains("panics");
    assert_eq!(report.outcomes.iter().find(none_panics), None);
    let cause = &report.causes[0].sentence;
    assert!(
        cause.starts_with("The answer is misshapen") && cause.contains("but should be"),
        "{cause}"
    );
}

#[test]
fn a_gradient_of_one_number_is_not_broadcast() {
    let one = with_gradient(|_, gradient| {
        gradient.layers.iter_mut().for_each(|it| it.dw = array![[0.5]]);
    });
    let reason = reason_of(&report(&one), "gradient-equals-the-specification").to_string();
    assert!(reason.starts_with("dw") && reason.contains("is 1×1 but w"), "{reason}");
}

#[test]
fn a_layer_that_is_missing_is_counted() {
    let shorter = with_gradient(|_, gradient| {
        gradient.layers.pop();
    });
    let reason = reason_of(&report(&shorter), "gradient-equals-the-specification").to_string();
    assert!(reason.starts_with("the gradient's list of layers has "), "{reason}");
    let empty = with_gradient(|_, gradient| *gradient = Gradient { layers: vec![] });
    assert!(!report(&empty).causes.is_empty());
}

#[test]
fn a_gradient_without_numbers_fails() {
    let nan = with_gradient(|_, gradient| {
        gradient.layers.iter_mut().for_each(|it: &mut LayerGradient<f64>| it.dw.fill(f64::NAN));
    });
    let report = report(&nan);
    assert!(reason_of(&report, "gradient-equals-the-specification").contains("NaN"));
    assert!(report.causes[0].sentence.starts_with("The answer is not finite"), "{report}");
    let infinite = evaluating(|_, right| Ok(Evaluation { loss: f64::INFINITY, ..right }));
    assert!(!SubjectReport::new(&infinite, &config()).passes());
}

#[test]
fn a_misshapen_gradient_fails_also_where_another_scale_is_declared() {
    struct Scaled;

    impl Subject for Scaled {
        fn name(&self) -> &str {
            "scaled"
        }
        fn declaration(&self) -> Declaration {
            let scale = |factor| Some(Scale { factor, power_of_m: 0, power_of_n_y: 0 });
            Declaration { loss_scale: scale(2.0), l2: scale(0.5), ..Declaration::default() }
        }
        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            let mut answer = problem.evaluate()?;
            answer.gradient.layers[0].dw = Array2::zeros((1, 1));
            Ok(answer)
        }
    }

    assert!(report(&Scaled).causes[0].sentence.starts_with("The answer is misshapen"));
}

#[test]
fn a_step_of_another_shape_is_named() {
    let transposed = stepping(|problem, rate| {
        let mut after = problem.step(rate)?;
        after.layers.iter_mut().for_each(|layer| layer.w = layer.w.t().to_owned());
        Ok(after)
    });
    let outcome = a_step_subtracts_rate_times_gradient(&transposed, &config());
    let text = reason(&outcome);
    assert!(text.contains(" after a step is ") && text.contains("but the network's is"), "{text}");
    assert!(!report(&transposed).causes.is_empty());
    let shorter =
        stepping(|problem, _| Ok(Parameters { layers: problem.parameters.layers[..1].to_vec() }));
    let text = reason_of(&report(&shorter), "a-step-subtracts-rate-times-gradient").to_string();
    assert!(text.starts_with("the list of layers after a step has 1 but"), "{text}");
}

#[test]
fn predictions_of_another_shape_are_named() {
    let transposed =
        Spoilt { predict: Some(Box::new(|_, y_hat| y_hat.t().to_owned())), ..Spoilt::default() };
    let outcome = predictions_equal_the_specification(&transposed, &config());
    let text = reason(&outcome);
    assert!(text.starts_with("y_hat is ") && text.contains(" but y is "), "{text}");
}

/// Answers some questions, or none, by a panic.
struct Panics {
    at: Option<Ability>,
}

impl Subject for Panics {
    fn name(&self) -> &str {
        "mine"
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        assert!(self.at.is_some(), "index 3 is out of bounds");
        Reference.evaluate(problem)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        assert!(self.at != Some(Ability::Step), "no step");
        problem.step(rate)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        assert!(self.at != Some(Ability::Initialise), "no start");
        network.initialise(start, seed)
    }
}

#[test]
fn a_panic_of_a_subject_fails_its_property_and_stands_in_the_cause() {
    let mine = Panics { at: None };
    let report = report(&mine);
    let reason = reason_of(&report, "gradient-equals-the-specification");
    assert_eq!(reason, "panics: index 3 is out of bounds");
    let cause = &report.causes[0].sentence;
    assert!(cause.contains("(mine refuses: \"it panics: index 3 is out of bounds\")"), "{cause}");
    for at in [Ability::Step, Ability::Initialise] {
        assert!(!SubjectReport::new(&Panics { at: Some(at) }, &config()).passes());
    }
    assert!(likely_causes(&mine, &[], &config())[0].sentence.contains("it panics"));
    assert_eq!(faults_that_explain(&mine, &config()), []);
    assert_eq!(faults_that_explain_every_gradient(&mine, &config()), []);
}

#[test]
fn a_panic_at_a_malformed_question_is_not_a_refusal() {
    struct Unchecked;

    impl Subject for Unchecked {
        fn name(&self) -> &str {
            "unchecked"
        }
        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            Ok(problem.evaluate().expect("shapes that fit"))
        }
    }

    let outcome = mismatched_shapes_are_refused(&Unchecked, &config());
    assert!(reason(&outcome).starts_with("panics: shapes that fit"), "{outcome}");
}

#[test]
fn a_misshapen_answer_to_a_malformed_question_is_not_a_refusal() {
    let empty = evaluating(|_, right| Ok(right));
    assert!(mismatched_shapes_are_refused(&empty, &config()).passes());

    struct Careless;

    impl Subject for Careless {
        fn name(&self) -> &str {
            "careless"
        }
        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            let none = Evaluation { loss: 0.0, gradient: Gradient { layers: vec![] } };
            Ok(problem.evaluate().unwrap_or(none))
        }
    }

    let outcome = mismatched_shapes_are_refused(&Careless, &config());
    assert!(reason(&outcome).ends_with("should be refused but is answered"), "{outcome}");
}

/// The reference, which says that it implements networks that there cannot be.
struct Says(Networks);

impl Subject for Says {
    fn name(&self) -> &str {
        "a subject of no networks"
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    fn networks(&self) -> Networks {
        self.0.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.0.check("a subject of no networks", problem.network)?;
        problem.evaluate()
    }
}

#[test]
fn a_subject_that_declares_impossible_networks_gets_a_verdict() {
    let any = Networks::default;
    let sizes = |sizes| Networks { sizes, ..any() };
    let plain = Sizes::default();
    for networks in [
        Networks { hidden: vec![], ..any() },
        Networks { losses: vec![], ..any() },
        Networks { hidden: vec![], mixed_activations: true, ..any() },
        Networks { hidden: vec![], losses: vec![], widths: Some(vec![]), ..any() },
        Networks { widths: Some(vec![0, 1]), ..any() },
        Networks { widths: Some(vec![usize::MAX; 3]), ..any() },
        sizes(Sizes { hidden_layers: (3, 1), ..plain }),
        sizes(Sizes { hidden_layers: (usize::MAX, usize::MAX), ..plain }),
        sizes(Sizes { hidden_units: (5, 2), ..plain }),
        sizes(Sizes { inputs: (usize::MAX, 0), outputs: (0, 0), ..plain }),
    ] {
        let few = Config { cases: 1, ..config() };
        let report = SubjectReport::new(&Says(networks.clone()), &few);
        assert_eq!(report.outcomes.len(), ALL.len(), "{networks:?}");
    }
}

#[test]
fn cases_of_nothing_are_none() {
    let nothing = [
        Cases::default().with_hidden(&[]),
        Cases::default().where_loss(|_| false),
        Cases { units: (3, 2), ..Cases::default() },
        Cases { hidden_layers: (2, 1), ..Cases::default() },
    ];
    for cases in nothing {
        assert_eq!(cases.sample(&config()), []);
    }
}

#[test]
fn twins_are_made_of_units_that_there_are() {
    let network =
        Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).expect("a network");
    let start = network.initialise(Weights::Normal(1.0), 1).expect("a start");
    for [l, first, second] in [[0, 0, 1], [2, 0, 1], [1, 3, 0], [1, 0, 3], [usize::MAX, 0, 1]] {
        let mut parameters = start.clone();
        assert!(make_twins(&mut parameters, l, first, second).is_err());
        assert_eq!(parameters, start);
    }
    let mut parameters = start.clone();
    assert_eq!(make_twins(&mut parameters, 1, 0, 2), Ok(()));
    assert_eq!(parameters.w(1).row(0), parameters.w(1).row(2));
}

#[test]
fn a_right_subject_is_not_disturbed() {
    let outcome = gradient_equals_the_specification(&Spoilt::default(), &config());
    assert!(outcome.passes(), "{outcome}");
}
