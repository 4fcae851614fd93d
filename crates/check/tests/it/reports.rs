//! What a report says: the case that was asked, a cause that is true, and numbers to read.

use super::spoilt::{Spoilt, evaluating, first, says, with_gradient};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::own_tests::check_by_name;
use init_symmetry_check::property::{
    Case, CaseFailure, Config, Outcome, Profile, Property, PropertyVerdict, run,
};
use init_symmetry_check::subject::{
    Ability, Convention, Examples, Flat, FlatNetwork, Networks, Sizes, Subject, WeightRows,
};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::{
    Activation, Batch, Evaluation, Loss, Network, Parameters, Problem, Result,
};
use ndarray::{Array2, Axis};
use std::cell::RefCell;

fn quick() -> Config {
    Config::new(Profile::Quick, 1)
}

fn outcome_of(name: &str, subject: &dyn Subject) -> Outcome {
    Property::named(name).unwrap().check(subject, &quick())
}

fn reason_of(outcome: &Outcome) -> &str {
    match &outcome.verdict {
        PropertyVerdict::Fails { reason, .. } => reason,
        _ => panic!("{outcome}"),
    }
}

/// A loss that is infinite, a slope of 1 everywhere, steps that ascend; and what it was asked.
#[derive(Default)]
struct Wrong {
    asked: RefCell<Vec<Parameters<f64>>>,
    rates: RefCell<Vec<f64>>,
}

impl Subject for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn supports(&self, ability: Ability) -> bool {
        ability == Ability::Step
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.asked.borrow_mut().push(problem.parameters.clone());
        let mut gradient = problem.evaluate()?.gradient;
        for layer in &mut gradient.layers {
            layer.dw.fill(1.0);
            layer.db.fill(1.0);
        }
        Ok(Evaluation { loss: f64::INFINITY, gradient })
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        self.asked.borrow_mut().push(problem.parameters.clone());
        self.rates.borrow_mut().push(rate);
        Ok(problem.parameters.map(|entry| entry + rate))
    }
}

#[test]
fn the_case_that_is_shown_is_the_one_that_was_asked() {
    for name in [
        "extreme-logits-stay-finite",
        "relu-passes-nothing-at-or-below-zero",
        "equal-rows-separate-when-outgoing-weights-differ",
        "twins-train-as-one-unit",
        "a-step-subtracts-rate-times-gradient",
    ] {
        let failing = outcome_of(name, &Wrong::default()).failing.expect(name);
        let case: Case = serde_json::from_value(failing.json.clone()).unwrap();
        let again = Wrong::default();
        let config = Config { given: Some(failing.json), ..quick() };
        assert!(Property::named(name).unwrap().check(&again, &config).fails(), "{name}");
        assert!(again.asked.borrow().contains(&case.parameters), "{name}: {case}");
        assert!(again.rates.borrow().iter().all(|rate| *rate == case.rate), "{name}: {case}");
    }
    let extreme = outcome_of("extreme-logits-stay-finite", &Wrong::default()).to_string();
    assert!(extreme.contains("1024"), "{extreme}");
}

#[test]
fn small_networks_are_called_right_only_where_they_are() {
    let shown = |subject: &dyn Subject| {
        format!("{:?}", check_by_name("gradient_holds_in_larger_networks", subject).unwrap_err())
    };
    let everywhere = shown(&Faulty::with(Fault::TransposedDw));
    assert!(!everywhere.contains("Small networks are right"), "{everywhere}");
    let large_alone = with_gradient(|problem, gradient| {
        if problem.network.depth() > 5 {
            gradient.layers.iter_mut().for_each(|layer| layer.db.fill(0.5));
        }
    });
    let large_alone = shown(&large_alone);
    assert!(large_alone.contains("Small networks are right"), "{large_alone}");
    assert!(large_alone.contains("(in network ") && large_alone.contains(" examples)"));
}

/// The reference over slices, in a layout that it does not declare.
struct Undeclared {
    layout: Convention,
    squares_the_loss: bool,
}

impl FlatNetwork for Undeclared {
    fn name(&self) -> &str {
        "undeclared"
    }

    fn evaluate(&self, net: &Network, p: &[f64], x: &[f64], y: &[f64]) -> Result<LossAndGradient> {
        let parameters = self.layout.from_flat(net, p)?;
        let (n_x, n_y) = (net.widths()[0], net.widths()[net.depth()]);
        let examples = |rows: usize, list: &[f64]| {
            let m = list.len() / rows;
            match self.layout.examples {
                Examples::Rows => Array2::from_shape_fn((rows, m), |(i, j)| list[j * rows + i]),
                Examples::Columns => Array2::from_shape_fn((rows, m), |(i, j)| list[i * m + j]),
            }
        };
        let batch = Batch::new(examples(n_x, x), examples(n_y, y))?;
        let Evaluation { loss, gradient } = net.evaluate(&parameters, &batch)?;
        let mut slopes = parameters;
        for (slopes, of_layer) in slopes.layers.iter_mut().zip(gradient.layers) {
            (slopes.w, slopes.b) = (of_layer.dw, of_layer.db);
        }
        let gradient = self.layout.flat(&slopes);
        if self.squares_the_loss {
            let gradient = gradient.iter().map(|slope| 2.0 * loss * slope).collect();
            return Ok(LossAndGradient { loss: loss * loss, gradient });
        }
        Ok(LossAndGradient { loss, gradient })
    }
}

#[test]
fn a_right_network_in_a_layout_that_it_does_not_declare_is_told_to_declare_it() {
    let undeclared = |examples, weight_rows| {
        let layout = Convention { examples, weight_rows };
        first(&Flat(Undeclared { layout, squares_the_loss: false }))
    };
    let keras = undeclared(Examples::Rows, WeightRows::Inputs);
    assert!(keras.starts_with("Loss and gradient are right if the examples are rows"), "{keras}");
    let declared = "Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs }";
    assert!(keras.contains(declared) && keras.contains("weight-rows \"inputs\""), "{keras}");
    let torch = undeclared(Examples::Rows, WeightRows::Units);
    assert!(torch.contains("Examples::Rows, weight_rows: WeightRows::Units"), "{torch}");
}

#[test]
fn a_wrong_loss_is_named_before_what_is_computed_behind_it() {
    let squared = Undeclared { layout: Convention::default(), squares_the_loss: true };
    says(&Flat(squared), &["The loss is already wrong", "Look at the forward pass", "layout"]);
}

/// tanh units with the slope a·(1 − a) of the sigmoid.
fn of_sigmoid_slope() -> Spoilt {
    let subject = evaluating(|problem, mut right| {
        let Problem { network, parameters, batch } = problem;
        let forward = network.forward(parameters, batch.x())?;
        let dz = network.loss.dz(forward.z(2), batch.y()) / batch.m() as f64;
        let a = forward.a(1);
        let dz = parameters.w(2).t().dot(&dz) * a * (1.0 - a);
        right.gradient.layers[0].dw = dz.dot(&batch.x().t());
        right.gradient.layers[0].db = dz.sum_axis(Axis(1)).insert_axis(Axis(1));
        Ok(right)
    });
    let sizes = Sizes { hidden_layers: (1, 1), ..Sizes::default() };
    let (hidden, losses) = (vec![Activation::Tanh], vec![Loss::CrossEntropy]);
    let widths = Some(vec![2, 3, 1]);
    Spoilt {
        networks: Networks { hidden, losses, sizes, widths, ..Networks::default() },
        ..subject
    }
}

#[test]
fn the_slope_of_another_activation_is_named_with_both_formulas() {
    let cause = first(&of_sigmoid_slope());
    let due = "use the slope of sigmoid, a·(1 − a), but their activation is tanh: 1 − a²";
    assert!(cause.contains(due), "{cause}");
}

#[test]
fn a_bias_has_one_index_and_a_sentence_six_digits() {
    let wrong = with_gradient(|_, gradient| {
        gradient.layers[0].db.mapv_inplace(|entry| entry / 3.0 + 1.0 / 7.0);
    });
    let outcome = outcome_of("gradient-equals-the-specification", &wrong);
    let reason = reason_of(&outcome);
    assert!(reason.starts_with("db1[0] is ") && reason.contains("but should be"), "{reason}");
    let number = reason.split(' ').nth(2).unwrap();
    assert!(number.trim_start_matches(['-', '0', '.']).len() <= 7, "{number}");
    let outcome = outcome_of("gradient-equals-differences-of-its-loss", &wrong);
    assert!(!reason_of(&outcome).contains("b1[0, 0]"), "{outcome}");
}

#[test]
fn properties_that_hold_at_any_depth_are_tested_on_networks_of_two_hidden_layers() {
    let two = |hidden: &[Activation]| {
        let sizes = Sizes { hidden_layers: (2, 2), ..Sizes::default() };
        let networks = Networks { hidden: hidden.to_vec(), sizes, ..Networks::default() };
        Spoilt { networks, ..Spoilt::default() }
    };
    let any = two(&Networks::default().hidden);
    for name in [
        "relu-passes-nothing-at-or-below-zero",
        "twins-train-as-one-unit",
        "a-unit-without-outgoing-weights-changes-nothing",
        "twins-stay-twins-in-larger-networks",
        "tiny-steps-descend-as-steeply-as-the-loss",
    ] {
        let outcome = Property::named(name).unwrap().check(&any, &Config::default());
        assert!(outcome.passes(), "{outcome}");
    }
    let outcome =
        outcome_of("a-unit-without-outgoing-weights-changes-nothing", &two(&[Activation::Relu]));
    assert!(outcome.passes(), "{outcome}");
}

#[test]
fn a_search_for_a_smaller_case_that_was_cut_says_so() {
    let large = |n: &u32| if *n < 17 { Ok(true.into()) } else { Err(CaseFailure::from("large")) };
    let shown = |shrink_tries| {
        let config = Config { shrink_tries, ..quick() };
        run("p", "w", &config, 0..1_000_000_u32, large).to_string()
    };
    assert!(shown(2).ends_with("a smaller case may exist: the search ended after 2 tries"));
    assert!(shown(10_000).ends_with("17\nseed 1"), "{}", shown(10_000));
}

#[test]
fn a_failing_test_asks_little_more_than_a_passing_one() {
    let questions = |subject: Spoilt| {
        let _ = check_by_name("gradient_equals_the_specification", &subject);
        subject.questions.get()
    };
    let right = questions(Spoilt::default());
    let wrong = questions(with_gradient(|problem, gradient| {
        gradient.layers[0].dw *= problem.batch.x().sum();
    }));
    assert!(right > 200 && wrong < 4 * right, "{wrong} and {right}");
}
