//! Right programs that differ from the textbook in what they declare, or in how they compute a
//! cross-entropy; and the same programs when they do not say so.

use init_symmetry_check::property::{Config, Note, Profile};
use init_symmetry_check::subject::{
    Ability, BiasUse, Declaration, Descent, Momentum, MomentumForm, Observer, Scale, Subject,
};
use init_symmetry_check::{Remark, SubjectReport};
use init_symmetry_network::{Batch, Evaluation, Gradient, Loss, Parameters, Problem, Result};
use ndarray::Axis;
use proptest::prelude::*;
use proptest::test_runner::{Config as Proptest, RngSeed};

/// A subject that does what `does` says and declares what `says` says.
#[derive(Debug, Clone, Default)]
struct Declared {
    does: Declaration,
    says: Declaration,
    /// Computes a cross-entropy from ŷ, clipped to \[ε, 1 − ε\].
    clip: Option<f64>,
}

impl Declared {
    fn right(does: Declaration) -> Self {
        Self { says: does.clone(), does, clip: None }
    }

    fn silent(does: Declaration) -> Self {
        Self { does, ..Self::default() }
    }

    /// The parameters that count: biases may be left out.
    fn counted(&self, parameters: &Parameters<f64>) -> Parameters<f64> {
        let mut counted = parameters.clone();
        if self.does.biases == BiasUse::None {
            counted.layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
        }
        counted
    }

    fn loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        let Problem { network, parameters, batch } = problem;
        let Some(margin) = self.clip.filter(|_| network.loss == Loss::CrossEntropy) else {
            return problem.mean_loss();
        };
        let forward = network.forward(parameters, batch.x())?;
        let y_hat = forward.a(network.depth());
        let losses = y_hat.iter().zip(batch.y()).map(|(&y_hat, &y)| {
            let p = y_hat.clamp(margin, 1.0 - margin);
            -(y * libm::log(p) + (1.0 - y) * libm::log(1.0 - p))
        });
        Ok(losses.sum::<f64>() / batch.m() as f64)
    }

    /// θ − α·(slopes + decay·W), biases only where they are trained.
    fn moved(&self, from: &Parameters<f64>, slopes: &Gradient<f64>, rate: f64) -> Parameters<f64> {
        let mut after = from.clone();
        for (layer, slopes) in after.layers.iter_mut().zip(&slopes.layers) {
            let decay = &layer.w * self.does.decay;
            layer.w = &layer.w - &((&slopes.dw + &decay) * rate);
            if self.does.biases == BiasUse::Trained {
                layer.b = &layer.b - &(&slopes.db * rate);
            }
        }
        after
    }
}

impl Subject for Declared {
    fn name(&self) -> &str {
        "declared"
    }

    fn supports(&self, ability: Ability) -> bool {
        matches!(ability, Ability::Step | Ability::Train)
    }

    fn declaration(&self) -> Declaration {
        self.says.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.check()?;
        let parameters = &self.counted(problem.parameters);
        let counted = Problem { parameters, ..problem };
        let mut gradient = counted.evaluate()?.gradient;
        let (m, n_y) = (problem.batch.m(), problem.batch.y().nrows());
        let (scale, lambda) = (self.does.scale(m, n_y), self.does.lambda(m, n_y));
        let mut squares = 0.0;
        for (slopes, layer) in gradient.layers.iter_mut().zip(&parameters.layers) {
            slopes.dw = &slopes.dw * scale + &(&layer.w * lambda);
            slopes.db *= scale;
            squares += layer.w.iter().map(|w| w * w).sum::<f64>();
            if self.does.biases != BiasUse::Trained {
                slopes.db.fill(0.0);
            }
        }
        Ok(Evaluation { loss: scale * self.loss(counted)? + lambda / 2.0 * squares, gradient })
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        Ok(self.moved(problem.parameters, &self.evaluate(problem)?.gradient, rate))
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        Descent { rate, steps }: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        let Problem { network, batch, .. } = problem;
        let (m, mut begin) = (batch.m(), 0);
        let mut parameters = problem.parameters.clone();
        let mut velocity: Option<Gradient<f64>> = None;
        observe(0, &parameters);
        for t in 1..=steps {
            let end = self.does.batch_size.map_or(m, |size| (begin + size).min(m));
            let examples: Vec<usize> = (begin..end).collect();
            begin = end % m;
            let [x, y] = [batch.x(), batch.y()].map(|all| all.select(Axis(1), &examples));
            let mut slopes = self.evaluate(network.at(&parameters, &Batch::new(x, y)?))?.gradient;
            if let Some(Momentum { beta, form }) = self.does.momentum {
                let share = if form == MomentumForm::Average { 1.0 - beta } else { 1.0 };
                for (l, now) in slopes.layers.iter_mut().enumerate() {
                    now.dw *= share;
                    now.db *= share;
                    if let Some(earlier) = &velocity {
                        now.dw.scaled_add(beta, &earlier.layers[l].dw);
                        now.db.scaled_add(beta, &earlier.layers[l].db);
                    }
                }
                velocity = Some(slopes.clone());
            }
            parameters = self.moved(&parameters, &slopes, rate);
            observe(t, &parameters);
        }
        Ok(parameters)
    }
}

fn config(seed: u64) -> Config {
    Config::new(Profile::Quick, seed).without_shrinking()
}

fn report(subject: &Declared, seed: u64) -> SubjectReport {
    SubjectReport::new(subject, &config(seed))
}

fn scales() -> impl Strategy<Value = Option<Scale>> {
    let scale = prop::sample::select(&["2", "m", "2/n_y", "1/n_y", "m/n_y", "0.5", "3"][..]);
    prop::option::of(scale.prop_map(|text| text.parse().expect("a scale")))
}

fn declarations() -> impl Strategy<Value = Declaration> {
    let biases = prop::sample::select(&[BiasUse::Trained, BiasUse::Fixed, BiasUse::None][..]);
    let l2 = prop::sample::select(&["0.1", "0.7/m"][..]).prop_map(|it| it.parse().expect("one"));
    let form = prop::sample::select(&[MomentumForm::Sum, MomentumForm::Average][..]);
    let momentum =
        (0..95_i32, form).prop_map(|(beta, form)| Momentum { beta: f64::from(beta) / 100.0, form });
    let decay = prop::option::of(1..20_i32);
    let rest = (prop::option::of(l2), decay, prop::option::of(momentum));
    (scales(), biases, rest, prop::option::of(1..5_usize)).prop_map(
        |(loss_scale, biases, (l2, decay, momentum), batch_size)| Declaration {
            loss_scale,
            biases,
            l2,
            decay: decay.map_or(0.0, |percent| f64::from(percent) / 100.0),
            momentum,
            batch_size,
            ..Declaration::default()
        },
    )
}

fn few() -> Proptest {
    let rng_seed = RngSeed::Fixed(1);
    Proptest { cases: 24, rng_seed, failure_persistence: None, ..Proptest::default() }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_program_that_does_what_it_declares_passes(does in declarations(), seed in 1..1000_u64) {
        let report = report(&Declared::right(does.clone()), seed);
        prop_assert!(report.passes() && report.remarks.is_empty(), "{does:?}: {report}");
    }

    #[test]
    fn a_common_scale_is_found_and_another_factor_is_not(scale in scales(), seed in 1..1000_u64) {
        let does = Declaration { loss_scale: scale, ..Declaration::default() };
        let report = report(&Declared::silent(does), seed);
        match scale {
            Some(scale) if scale.factor == 3.0 => prop_assert!(!report.passes(), "{report}"),
            Some(scale) => {
                prop_assert!(report.passes(), "{report}");
                prop_assert_eq!(report.remarks, [Remark::LossScale(scale)]);
            }
            None => prop_assert!(report.passes() && report.remarks.is_empty(), "{report}"),
        }
    }

    #[test]
    fn a_cross_entropy_from_a_clipped_prediction_passes_with_a_note(
        margin in prop::option::of(5..16_i32),
        seed in 1..1000_u64,
    ) {
        let margin = margin.map_or(0.0, |digits| libm::pow(10.0, f64::from(-digits)));
        let subject = Declared { clip: Some(margin), ..Declared::default() };
        let report = report(&subject, seed);
        prop_assert!(report.passes(), "{margin:e}: {report}");
        let notes = report.outcomes.iter().filter(|it| it.note() == Some(Note::LossSaturates));
        prop_assert_eq!(notes.count(), 1, "{}", report);
    }
}

#[test]
fn a_clip_so_large_that_it_is_another_loss_fails() {
    for margin in [0.2, 0.05, 0.01] {
        let subject = Declared { clip: Some(margin), ..Declared::default() };
        assert!(!report(&subject, 1).passes(), "{margin}");
    }
}

#[test]
fn what_is_done_and_not_declared_fails() {
    let textbook = Declaration::default;
    let momentum = Some(Momentum { beta: 0.5, form: MomentumForm::Sum });
    for does in [
        Declaration { biases: BiasUse::Fixed, ..textbook() },
        Declaration { biases: BiasUse::None, ..textbook() },
        Declaration { l2: Some("0.1".parse().unwrap()), ..textbook() },
        Declaration { decay: 0.01, ..textbook() },
        Declaration { momentum, ..textbook() },
        Declaration { batch_size: Some(2), ..textbook() },
    ] {
        let silent = report(&Declared::silent(does.clone()), 1);
        assert!(!silent.passes(), "{does:?}: {silent}");
        // and so does another number than the declared one
        let says = Declaration { decay: does.decay + 0.02, ..does.clone() };
        let other = report(&Declared { does, says, clip: None }, 1);
        assert!(!other.passes(), "{other}");
    }
}
