//! What a gradient and a step have to be, whatever the start.

use super::digits::{apart, short};
use super::judged::{agree, error_of_form, granted, judged, judged_at, moves, raw};
use super::{Case, CaseFailure, Cases, Config, Note, Outcome, Property, Witness};
use crate::subject::{
    Ability, BiasUse, Declaration, Descent, Momentum, MomentumForm, Precision, Subject, require,
    require_double_precision,
};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::tolerance::{STEEPEST_DESCENT, step as step_rounding};
use init_symmetry_network::{Batch, Error, Gradient, Parameters, Result, Scalar, parameters_from};
use ndarray::{Axis, Zip};
use proptest::strategy::Strategy;
use std::cell::RefCell;

property! {
    /// Within rounding.
    name: batch_gradient_is_the_mean_of_its_examples,
    statement: "the gradient of a batch is the mean of the gradients of its examples",
    witness: "2 examples or more and a gradient that is not zero",
    check: mean_of_examples,
}

fn mean_of_examples(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    property.run(subject, config, strategy, |case| {
        let whole = granted(subject.precision(), &judged_at(subject, case)?.gradient);
        let m = Bounded::of(case.batch.m());
        let mut mean = vec![Bounded::exact(0.0); whole.entries().count()];
        for j in 0..case.batch.m() {
            let [x, y] = [case.batch.x(), case.batch.y()].map(|all| all.select(Axis(1), &[j]));
            let example = Batch::new(x, y)?;
            let gradient = judged(subject, case.network.at(&case.parameters, &example))?.gradient;
            for (sum, entry) in
                mean.iter_mut().zip(granted(subject.precision(), &gradient).entries())
            {
                *sum = *sum + entry / m;
            }
        }
        for (whole, mean) in whole.entries().zip(mean) {
            agree("an entry for the batch", whole, mean)?;
        }
        Ok(Witness::from(case.batch.m() > 1 && moves(&whole)))
    })
}

property! {
    /// Within rounding. Where it is not so bit for bit (with or without a fused multiply-add), as
    /// where α is multiplied with the sum and then divided by m, a note says so.
    name: a_step_subtracts_rate_times_gradient,
    statement: "a step is θ − α·gradient",
    witness: "a gradient that is not zero",
    check: one_step,
}

fn one_step(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    // a large rate: a wrong rate or a hidden decay shows in every digit
    let strategy = Cases::default().of(subject).generate();
    let strategy = strategy.prop_map(|case| Case { rate: 16.0 * case.rate, ..case });
    property.run(subject, config, strategy, |case| {
        require(subject, Ability::Step)?;
        is_one_step(subject, case)
    })
}

/// Whether a step of a subject is what it declares, with a note where it is so within
/// rounding only.
pub(super) fn is_one_step(subject: &dyn Subject, case: &Case) -> Result<Witness, CaseFailure> {
    let rate = case.rate;
    let answer = subject.evaluate(case.problem())?;
    let judged = raw(subject, case.problem(), &answer)?.gradient;
    let after = subject.step(case.problem(), rate)?;
    case.network.check(&after)?;
    let declaration = subject.declaration();
    let due = declaration.step(&case.parameters, &answer.gradient, rate)?;
    let mut other_bits = None;
    let slopes = answer.gradient.entries().zip(judged.entries());
    let thetas = case.parameters.entries().zip(due.entries());
    for (((theta, due), (slope, judged)), after) in thetas.zip(slopes).zip(after.entries()) {
        if is_the_step(subject.precision(), [theta, due, slope, rate], after) {
            continue;
        }
        let ([to, instead], [from, gradient]) = (apart(after, due), [theta, slope].map(short));
        let found = format!(
            "a step takes a parameter from {from} to {to} instead of {instead}, at rate {rate} \
             and gradient {gradient}"
        );
        // the gradient inside the step may be summed in another order
        let subtracted = rate * (slope.abs() + declaration.decay * theta.abs());
        let allowed = 2.0 * rate * judged.error
            + step_rounding(subject.precision().unit_roundoff(), theta, subtracted);
        if (after - due).is_nan() || (after - due).abs() > allowed {
            return Err(found.into());
        }
        other_bits.get_or_insert(found);
    }
    match other_bits {
        Some(found) => Err(CaseFailure::Noted(Note::WithinRounding, found)),
        None => Ok(Witness::from(answer.gradient.entries().any(|slope| slope != 0.0))),
    }
}

/// Whether a parameter after a step has the bits of θ − α·slope, rounded twice or once, or those of
/// what else is declared.
fn is_the_step(precision: Precision, [theta, due, slope, rate]: [f64; 4], after: f64) -> bool {
    let [rounded, fused] = match precision {
        Precision::F64 => [theta - rate * slope, slope.mul_add(-rate, theta)],
        Precision::F32 => {
            let [theta, rate, slope] = [theta, rate, slope].map(|number| number as f32);
            [theta - rate * slope, slope.mul_add(-rate, theta)].map(f64::from)
        }
    };
    let plain = theta - rate * slope == due;
    after == due || plain && (after == rounded || after == fused)
}

property! {
    /// Within rounding: no stale cache, no gradient left over from the step before. Declared
    /// momentum, decay and mini-batches are followed.
    name: training_is_fresh_single_steps,
    statement: "every iterate of training is one fresh step from the previous iterate",
    witness: "three steps that all move",
    check: fresh_steps,
}

fn fresh_steps(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    property.run(subject, config, Cases::default().of(subject).generate(), |case| {
        require(subject, Ability::Train)?;
        let trajectory = RefCell::new(vec![case.parameters.clone()]);
        let see = |now: &Parameters<f64>| trajectory.borrow_mut().push(now.clone());
        is_trained_by_fresh_steps(subject, case, 3, see)?;
        let trajectory = trajectory.into_inner();
        let all_move = trajectory.windows(2).all(|pair| pair[0] != pair[1]);
        Ok(Witness::from(all_move && trajectory.len() == 4))
    })
}

/// Whether training for some steps is what the subject declares, each step from the iterate before.
/// Of many steps only some are compared; what goes wrong from some step on is still seen.
pub(super) fn is_trained_by_fresh_steps(
    subject: &dyn Subject,
    case: &Case,
    steps: usize,
    mut see: impl FnMut(&Parameters<f64>),
) -> Result<(), CaseFailure> {
    let mut trajectory = Vec::new();
    let descent = Descent { rate: case.rate, steps };
    let observe = &mut |_, now: &Parameters<f64>| trajectory.push(now.clone());
    match subject.train(case.problem(), descent, observe) {
        Ok(_) | Err(Error::Diverged { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    trajectory.iter().skip(1).for_each(&mut see);
    let mut replay = Replay::new(subject, case)?;
    let last = trajectory.len().saturating_sub(1);
    let must_remember = replay.declaration.momentum.is_some();
    for (t, pair) in (1..).zip(trajectory.windows(2)) {
        let is_compared = t <= STEPS_COMPARED || t % EVERY == 0 || t == last;
        if !is_compared && !must_remember {
            replay.skip();
            continue;
        }
        let due = replay.next(&pair[0])?;
        for ((after, due), before) in pair[1].entries().zip(due.entries()).zip(pair[0].entries()) {
            let after = Bounded { value: after, error: due.error };
            let before = short(before);
            agree(&format!("step {t} of training: a parameter, which was {before},"), after, due)?;
        }
    }
    Ok(())
}

/// How many steps at the beginning of a training are all compared.
const STEPS_COMPARED: usize = 4;

/// Later on, every so many.
const EVERY: usize = 10;

/// The declared training, step by step from the iterates that the subject gives.
struct Replay<'a> {
    subject: &'a dyn Subject,
    case: &'a Case,
    declaration: Declaration,
    velocity: Option<Gradient<Bounded>>,
    /// Where the next mini-batch begins.
    begin: usize,
}

impl<'a> Replay<'a> {
    fn new(subject: &'a dyn Subject, case: &'a Case) -> Result<Self, CaseFailure> {
        let declaration = subject.declaration();
        Ok(Self { subject, case, declaration, velocity: None, begin: 0 })
    }

    /// Goes on to the mini-batch of the next step.
    fn skip(&mut self) -> std::ops::Range<usize> {
        let m = self.case.batch.m();
        let end = self.declaration.batch_size.map_or(m, |size| (self.begin + size).min(m));
        let examples = self.begin..end;
        self.begin = if end == m { 0 } else { end };
        examples
    }

    /// The batch of the next step.
    fn batch(&mut self) -> Result<Batch<f64>> {
        let Case { batch, .. } = self.case;
        let examples: Vec<usize> = self.skip().collect();
        let [x, y] = [batch.x(), batch.y()].map(|all| all.select(Axis(1), &examples));
        Batch::new(x, y)
    }

    /// What one step makes of an iterate, with a bound on what rounding may do to it.
    ///
    /// The step is the subject's own, if it has one and declares nothing else of its training.
    fn next(&mut self, before: &Parameters<f64>) -> Result<Parameters<Bounded>> {
        let mut due = self.declared_step(before)?;
        if self.subject.supports(Ability::Step) && self.declaration.trains_plainly() {
            let own = self
                .subject
                .step(self.case.network.at(before, &self.case.batch), self.case.rate)?;
            for (due, own) in due.layers.iter_mut().zip(&own.layers) {
                due.w.zip_mut_with(&own.w, |due, &value| due.value = value);
                due.b.zip_mut_with(&own.b, |due, &value| due.value = value);
            }
        }
        Ok(due)
    }

    fn declared_step(&mut self, before: &Parameters<f64>) -> Result<Parameters<Bounded>> {
        let batch = self.batch()?;
        let problem = self.case.network.at(before, &batch);
        let slopes = raw(self.subject, problem, &self.subject.evaluate(problem)?)?.gradient;
        let slopes = self.remembered(slopes);
        let precision = self.subject.precision();
        let rate = self.case.rate;
        let mut after = before.map(Bounded::exact);
        let trains_biases = self.declaration.biases == BiasUse::Trained;
        let decay = Bounded::exact(self.declaration.decay);
        let one = |theta: &mut Bounded, slope: &Bounded, decay: Bounded| {
            let exact = Bounded::exact(slope.value) + decay * *theta;
            // the slope has the error of the subject's precision already, the step has not
            let step = *theta - Bounded::exact(rate) * exact;
            // the two may cancel, what rounding leaves of each does not
            let subtracted = rate * (slope.value.abs() + (decay * *theta).value.abs());
            let of_step = precision.bound(step.error)
                + step_rounding(precision.unit_roundoff(), theta.value, subtracted);
            *theta = Bounded { value: step.value, error: of_step + rate * slope.error };
        };
        for (theta, slope) in after.layers.iter_mut().zip(&slopes.layers) {
            Zip::from(&mut theta.w)
                .and(&slope.dw)
                .for_each(|theta, slope| one(theta, slope, decay));
            if trains_biases {
                let none = Bounded::exact(0.0);
                Zip::from(&mut theta.b).and(&slope.db).for_each(|theta, slope| {
                    one(theta, slope, none);
                });
            }
        }
        Ok(after)
    }

    /// What a step subtracts α times of: the gradient, or what momentum makes of it.
    fn remembered(&mut self, slopes: Gradient<Bounded>) -> Gradient<Bounded> {
        let Some(Momentum { beta, form }) = self.declaration.momentum else { return slopes };
        let beta = Bounded::exact(beta);
        let share = match form {
            MomentumForm::Sum => Bounded::of(1),
            MomentumForm::Average => Bounded::of(1) - beta,
        };
        let mut velocity = slopes;
        velocity.layers.iter_mut().for_each(|layer| {
            layer.dw.mapv_inplace(|slope| share * slope);
            layer.db.mapv_inplace(|slope| share * slope);
        });
        if let Some(earlier) = &self.velocity {
            for (now, earlier) in velocity.layers.iter_mut().zip(&earlier.layers) {
                now.dw.zip_mut_with(&earlier.dw, |now, &earlier| *now = *now + beta * earlier);
                now.db.zip_mut_with(&earlier.db, |now, &earlier| *now = *now + beta * earlier);
            }
        }
        self.velocity = Some(velocity.clone());
        velocity
    }
}

property! {
    /// The subject's step and its loss belong together, whatever the loss is.
    name: tiny_steps_descend_as_steeply_as_the_loss,
    statement: "for a tiny step, (J − J')/α is the squared norm of the numeric gradient, within 1 \
                %",
    witness: "a slope that rounding cannot hide",
    check: steepness,
}

fn steepness(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    // differences across a kink say nothing
    let cases = Cases { hidden_layers: (0, 1), ..Cases::default() };
    let cases = cases.where_hidden(|g| !g.has_kink()).of_any_depth(subject);
    let strategy = cases.generate().prop_map(gentle);
    property.run(subject, config, strategy, |case| {
        require_double_precision(subject)?;
        if error_of_form(subject, case.problem())? > VAGUE {
            return Err(vague_loss(subject));
        }
        let declaration = subject.declaration();
        let is_trained = trained_places(&declaration, &case.parameters);
        let loss_at = |parameters: &Parameters<f64>| {
            subject.mean_loss(case.network.at(parameters, &case.batch))
        };
        let mut after = subject.step(case.problem(), TINY)?;
        undo_decay(&declaration, &case.parameters, &mut after);
        let descent = (loss_at(&case.parameters)? - loss_at(&after)?) / TINY;
        let mut theta: Vec<f64> = case.parameters.entries().collect();
        let mut steepest = 0.0;
        for (place, is_trained) in is_trained.into_iter().enumerate() {
            if !is_trained {
                continue;
            }
            let here = theta[place];
            let mut loss_beside = |offset: f64| {
                theta[place] = here + offset;
                loss_at(&parameters_from(&case.network, &theta)?)
            };
            let slope = (loss_beside(BESIDE)? - loss_beside(-BESIDE)?) / (2.0 * BESIDE);
            theta[place] = here;
            steepest += slope * slope;
        }
        if steepest < STEEP {
            return Ok(Witness::Absent);
        }
        if (descent - steepest).abs() <= STEEPEST_DESCENT * steepest {
            return Ok(Witness::Present);
        }
        let [descent, steepest] = apart(descent, steepest);
        Err(format!(
            "a tiny step lowers the loss by {descent}·α, but the squared norm of the numeric \
             gradient is {steepest}"
        )
        .into())
    })
}

/// With smaller weights in a deep network, whose loss would curve too much for a step of this size.
fn gentle(mut case: Case) -> Case {
    if case.network.depth() > 2 {
        case.parameters = case.parameters.map(|entry| entry / 4.0);
    }
    case
}

/// Which of the parameters, in a list, training moves.
pub(super) fn trained_places(declaration: &Declaration, parameters: &Parameters<f64>) -> Vec<bool> {
    let mut places = parameters.map(|_| 1.0);
    if declaration.biases != BiasUse::Trained {
        places.layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
    }
    places.entries().map(|place| place != 0.0).collect()
}

/// Takes back what declared decay did in a tiny step, which is no descent of the loss.
fn undo_decay(declaration: &Declaration, before: &Parameters<f64>, after: &mut Parameters<f64>) {
    for (after, before) in after.layers.iter_mut().zip(&before.layers) {
        after.w.scaled_add(TINY * declaration.decay, &before.w);
    }
}

/// What a subject lacks whose loss has lost too many digits.
pub(super) fn vague_loss(subject: &dyn Subject) -> CaseFailure {
    let name = subject.name();
    CaseFailure::DoesNotApply(format!("{name} has no loss with enough digits to take differences"))
}

/// A loss that is known no better, because it is computed from a saturated ŷ, shows no slope.
const VAGUE: f64 = STEEP * TINY / 128.0;

/// α: so small that curvature does not matter, so large that rounding does not.
const TINY: f64 = 1.0 / 1_048_576.0;

/// How far beside a parameter the loss is taken.
const BESIDE: f64 = 1.0 / 8192.0;

/// The smallest squared slope that is looked at.
const STEEP: f64 = 1.0 / 4096.0;
