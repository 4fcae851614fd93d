//! Subjects that answer anything, and arguments that nobody should give: a verdict, an answer or an
//! error, and in no case a panic.

use init_symmetry_check::SubjectReport;
use init_symmetry_check::property::{ALL, Case, Cases, Config, Profile};
use init_symmetry_check::subject::{
    Ability, Declaration, Descent, Observer, Precision, Scale, Subject,
};
use init_symmetry_network::{
    Evaluation, Gradient, Layer, LayerGradient, Network, Parameters, Problem, Result, Start,
};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config as Proptest, RngSeed};

const NUMBERS: [f64; 8] =
    [0.0, 1.0, -0.5, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

/// A matrix that may be empty.
fn matrix() -> impl Strategy<Value = Array2<f64>> {
    (0..=3_usize, 0..=3_usize, select(&NUMBERS[..]))
        .prop_map(|(rows, columns, number)| Array2::from_elem((rows, columns), number))
}

fn parameters() -> impl Strategy<Value = Parameters<f64>> {
    let layer = (matrix(), matrix()).prop_map(|(w, b)| Layer { w, b });
    vec(layer, 0..=3).prop_map(|layers| Parameters { layers })
}

/// Gives one answer to every question of a kind, whatever is asked.
#[derive(Debug)]
struct Anything {
    loss: f64,
    parameters: Parameters<f64>,
    y_hat: Array2<f64>,
    /// Whether the gradient is right, so that only the other answers are anything.
    has_gradient: bool,
    declaration: Declaration,
}

impl Subject for Anything {
    fn name(&self) -> &str {
        "anything"
    }

    fn supports(&self, _: Ability) -> bool {
        true
    }

    fn declaration(&self) -> Declaration {
        self.declaration.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        if self.has_gradient {
            return problem.evaluate();
        }
        let layers = self.parameters.layers.iter().cloned();
        let layers = layers.map(|Layer { w, b }| LayerGradient { dw: w, db: b });
        Ok(Evaluation { loss: self.loss, gradient: Gradient { layers: layers.collect() } })
    }

    fn predict(&self, _: &Network, _: &Parameters<f64>, _: &Array2<f64>) -> Result<Array2<f64>> {
        Ok(self.y_hat.clone())
    }

    fn step(&self, _: Problem<'_, f64>, _: f64) -> Result<Parameters<f64>> {
        Ok(self.parameters.clone())
    }

    fn train(
        &self,
        _: Problem<'_, f64>,
        _: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        observe(0, &self.parameters);
        Ok(self.parameters.clone())
    }

    fn initialise(&self, _: &Network, _: Start, _: u64) -> Result<Parameters<f64>> {
        Ok(self.parameters.clone())
    }
}

fn anything() -> impl Strategy<Value = Anything> {
    let number = || select(&NUMBERS[..]);
    let scale = (number(), -1..=1_i32).prop_map(|(factor, power)| Scale {
        factor,
        power_of_m: power,
        power_of_n_y: -power,
    });
    let declaration = (prop::option::of(scale), number()).prop_map(|(loss_scale, decay)| {
        Declaration { loss_scale, l2: loss_scale, decay, ..Declaration::default() }
    });
    (number(), parameters(), matrix(), any::<bool>(), declaration).prop_map(
        |(loss, parameters, y_hat, has_gradient, declaration)| {
            let declaration = if has_gradient { Declaration::default() } else { declaration };
            Anything { loss, parameters, y_hat, has_gradient, declaration }
        },
    )
}

fn fixed(cases: u32) -> Proptest {
    let rng_seed = RngSeed::Fixed(1);
    Proptest { cases, rng_seed, failure_persistence: None, ..Proptest::default() }
}

proptest! {
    #![proptest_config(fixed(12))]

    #[test]
    fn a_subject_that_answers_anything_gets_a_verdict_of_every_property(subject in anything()) {
        let config = Config { cases: 2, ..Config::new(Profile::Quick, 1) }.without_shrinking();
        let report = SubjectReport::new(&subject, &config);
        prop_assert_eq!(report.outcomes.len(), ALL.len());
        prop_assert!(!report.passes(), "{:?}", subject);
        let shown = report.to_string();
        prop_assert!(!shown.contains("panics:"), "{}", shown);
    }
}

proptest! {
    #![proptest_config(fixed(256))]

    #[test]
    fn a_scale_is_read_or_refused(text in "[0-9mny_/*^.e+ -]{0,8}|2?m|\\PC{0,8}") {
        if let Ok(scale) = text.parse::<Scale>() {
            prop_assert!(scale.factor.is_finite(), "{}", text);
            prop_assert_eq!(scale.to_string().parse(), Ok(scale));
        }
    }

    #[test]
    fn a_case_that_is_not_one_is_refused(
        widths in vec(select(&[0_usize, 1, 2, usize::MAX][..]), 0..=4), seed: u64,
    ) {
        let config = Config { cases: 1, ..Config::new(Profile::Quick, seed) };
        let [case] = &Cases::default().sample(&config)[..] else { panic!("one case") };
        let mut json = serde_json::to_value(case).expect("JSON");
        json["widths"] = widths.clone().into();
        let again: std::result::Result<Case, _> = serde_json::from_value(json);
        prop_assert!(again.is_err() || widths == case.network.widths());
        prop_assert!(Precision::F32.bound(f64::NAN).is_nan());
    }
}
