//! What is said of planted faults and of right subjects, and what it costs to find out.

use super::spoilt::{Spoilt, causes, iterated, leaky, says, stepping, with_other};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{Config, Profile, gradient_equals_the_specification};
use init_symmetry_check::subject::{Networks, Precision, Reference, Subject};
use init_symmetry_network::{Activation, Batch, Layer, Loss, Parameters, Problem};
use ndarray::{Axis, Slice};
use strum::VariantArray;

#[test]
fn the_first_cause_of_every_planted_fault_names_it() {
    for &fault in Fault::VARIANTS {
        let causes = causes(&Faulty::with(fault));
        if fault == Fault::OneRowReducedInReverseOrder {
            assert_eq!(causes, [], "rounding is no mistake");
            continue;
        }
        let first = causes.first().unwrap_or_else(|| panic!("{fault} has no cause"));
        assert_eq!(first.fault, Some(fault), "{fault}: {causes:#?}");
    }
}

#[test]
fn a_right_subject_has_no_cause_whatever_its_style() {
    assert_eq!(causes(&Reference), []);
    assert_eq!(causes(&Faulty::default()), []);
    let backwards = with_other(|Problem { network, parameters, batch }| {
        let [x, y] = [batch.x(), batch.y()].map(|it| {
            it.slice_axis(Axis(1), Slice::new(0, None, -1)).as_standard_layout().into_owned()
        });
        network.evaluate(parameters, &Batch::new(x, y)?)
    });
    assert_eq!(causes(&backwards), []);
    let fused = stepping(|problem, rate| {
        let gradient = problem.evaluate()?.gradient;
        let mut slopes = gradient.entries();
        let mut moved =
            |theta: f64| slopes.next().map_or(theta, |slope| slope.mul_add(-rate, theta));
        let layers = problem.parameters.layers.iter();
        let layers = layers.map(|Layer { w, b }| {
            let w = w.mapv(&mut moved);
            Layer { w, b: b.mapv(&mut moved) }
        });
        Ok(Parameters { layers: layers.collect() })
    });
    assert_eq!(causes(&fused), []);
    let networks = Networks {
        hidden: vec![Activation::Tanh],
        losses: vec![Loss::CrossEntropy],
        ..Networks::default()
    };
    assert_eq!(causes(&Spoilt { networks, ..Spoilt::default() }), []);
}

#[test]
fn a_subject_is_asked_at_most_six_hundred_questions() {
    let subject = Spoilt {
        evaluate: Some(Box::new(|_, mut right| {
            right.gradient.layers[0].dw.mapv_inplace(|entry| entry + entry * entry);
            Ok(right)
        })),
        step: Some(Box::new(|problem, rate| problem.step(rate))),
        train: Some(Box::new(|problem, rate, steps| {
            iterated(problem, steps, |_, here| here.step(rate))
        })),
        predict: Some(Box::new(|z, _| z.clone())),
        ..Spoilt::default()
    };
    causes(&subject);
    assert!(subject.questions.get() <= 600, "{}", subject.questions.get());
}

#[test]
fn every_planted_fault_is_named_in_one_network_of_fixed_widths() {
    let networks = Networks {
        hidden: vec![Activation::Tanh],
        losses: vec![Loss::CrossEntropy],
        widths: Some(vec![2, 4, 1]),
        ..Networks::default()
    };
    for &fault in Fault::VARIANTS {
        let networks = networks.clone();
        let subject = Spoilt {
            networks,
            ..with_other(move |problem| Subject::<f64>::evaluate(&Faulty::with(fault), problem))
        };
        // some faults need another network to show
        let all = causes(&subject);
        assert!(all.first().is_none_or(|it| it.fault == Some(fault)), "{fault}: {all:#?}");
    }
}

#[test]
fn the_slope_of_another_layer_is_seen_in_mixed_networks_alone() {
    let faulty = Faulty::with(Fault::SlopeOfAnotherLayer);
    let config = Config::new(Profile::Quick, 1);
    let outcome = gradient_equals_the_specification(&faulty, &config);
    let case = &outcome.failing.as_ref().expect("a failing case").json;
    assert!(case["hidden"].is_array(), "{outcome}");
    says(&faulty, &["g'(z) is that of layer 1's activation in every hidden layer"]);
    // not declared, mixed networks are not asked about
    let unmixed = with_other(|problem| {
        Subject::<f64>::evaluate(&Faulty::with(Fault::SlopeOfAnotherLayer), problem)
    });
    let outcome = gradient_equals_the_specification(&unmixed, &config);
    assert!(outcome.passes(), "{outcome}");
}

#[test]
fn a_small_mistake_in_single_precision_is_not_named_for_another() {
    let subject = with_other(|problem| leaky(problem, 0.01, false));
    let subject = Spoilt { precision: Precision::F32, ..subject };
    says(&subject, &["The negative side of relu is multiplied by 0.01"]);
}
