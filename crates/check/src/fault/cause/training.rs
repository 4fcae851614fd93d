//! A training loop that is not single steps: momentum, a changing rate, one object for all
//! iterates.
//!
//! Start reading at [`causes`].

use super::claim::Claim;
use super::number::{common, rounded};
use super::step::{Taken, flat, of_steps, shapes_fit};
use super::{Cause, tolerance};
use crate::property::Case;
use crate::subject::{Ability, Descent, Subject};
use init_symmetry_network::tolerance::ESTIMATED;
use init_symmetry_network::{Gradient, Parameters, Problem};

/// How many trainings are asked for, of how many steps.
const RUNS: usize = 5;
const STEPS: usize = 12;

type Pattern = fn(&[Run<'_>]) -> Option<Cause>;

/// What a training may do otherwise as a whole.
const PATTERNS: [Pattern; 6] =
    [one_object, missing_iterates, another_end, momentum, stale, schedule];

/// What a training did.
struct Run<'a> {
    case: &'a Case,
    /// Iterates 0 to T, as they were observed.
    iterates: Vec<Parameters<f64>>,
    end: Parameters<f64>,
    /// The gradient at each iterate.
    gradients: Vec<Gradient<f64>>,
    relative: f64,
}

/// Why training is not a sequence of steps.
pub(super) fn causes(subject: &dyn Subject, claims: &[Claim<'_>]) -> Vec<Cause> {
    if !subject.supports(Ability::Train) {
        return Vec::new();
    }
    let gradient_is_right = claims.iter().all(Claim::agrees);
    let tame = |claim: &&Claim<'_>| claim.case.batch.x().iter().all(|x| x.abs() <= 2.0);
    let deep = claims.iter().filter(|claim| claim.m() > 1 && claim.case.network.depth() > 1);
    let deep = deep.filter(tame);
    let runs: Vec<Run<'_>> =
        deep.take(RUNS).filter_map(|it| run(subject, it.case, gradient_is_right)).collect();
    if runs.is_empty() || runs.iter().all(Run::is_right) {
        return Vec::new();
    }
    if let Some(cause) = PATTERNS.iter().find_map(|of| of(&runs)) {
        return vec![cause];
    }
    let relative = tolerance(subject.precision());
    let taken: Vec<Taken<'_>> = runs.iter().flat_map(|run| run.taken()).collect();
    of_steps(&taken, relative, "In training, ")
}

fn run<'a>(subject: &dyn Subject, case: &'a Case, right: bool) -> Option<Run<'a>> {
    let mut iterates = Vec::new();
    let descent = Descent { rate: case.rate, steps: STEPS };
    let problem = case.problem();
    let mut observe = |_, now: &Parameters<f64>| iterates.push(now.clone());
    let end = subject.train(problem, descent, &mut observe).ok()?;
    if !iterates.iter().all(Parameters::is_finite) {
        return None;
    }
    let gradient = |parameters: &Parameters<f64>| {
        let here = Problem { parameters, ..problem };
        let answer = if right { here.evaluate() } else { subject.evaluate(here) };
        Some(answer.ok()?.gradient).filter(|gradient| shapes_fit(parameters, gradient))
    };
    let gradients = iterates.iter().map(gradient).collect::<Option<_>>()?;
    let relative = tolerance(subject.precision());
    Some(Run { case, iterates, end, gradients, relative })
}

impl<'a> Run<'a> {
    fn steps(&self) -> usize {
        self.iterates.len().saturating_sub(1)
    }

    fn taken(&self) -> Vec<Taken<'a>> {
        let take = |t: usize| Taken {
            case: self.case,
            before: self.iterates[t].clone(),
            gradient: self.gradients[t].clone(),
            after: self.iterates[t + 1].clone(),
        };
        (0..self.steps()).map(take).collect()
    }

    /// What step t subtracts.
    fn update(&self, t: usize) -> Vec<f64> {
        let (before, after) = (flat(&self.iterates[t]), flat(&self.iterates[t + 1]));
        before.iter().zip(after).map(|(before, after)| before - after).collect()
    }

    /// α times the gradient at iterate t.
    fn descent(&self, t: usize) -> Vec<f64> {
        self.gradients[t].entries().map(|slope| self.case.rate * slope).collect()
    }

    /// What rounding leaves of an update.
    fn noise(&self) -> f64 {
        let size = |parameters: &Parameters<f64>| length(&flat(parameters));
        self.relative * self.iterates.iter().map(size).fold(1.0, f64::max)
    }

    fn is_right(&self) -> bool {
        let near = |t| length(&minus(&self.update(t), &self.descent(t), 1.0)) <= self.noise();
        self.steps() == STEPS && (0..STEPS).all(near) && self.ends_at(STEPS)
    }

    fn ends_at(&self, t: usize) -> bool {
        let iterate = self.iterates.get(t).map(flat);
        iterate.is_some_and(|it| length(&minus(&it, &flat(&self.end), 1.0)) <= self.noise())
    }
}

fn length(list: &[f64]) -> f64 {
    list.iter().map(|entry| entry * entry).sum::<f64>().sqrt()
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn minus(left: &[f64], right: &[f64], factor: f64) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| left - factor * right).collect()
}

/// What the most certain of some estimates is uncertain by.
fn certainty(estimates: &[(f64, f64)]) -> f64 {
    estimates.iter().map(|it| it.1).fold(f64::INFINITY, f64::min)
}

fn one_object(runs: &[Run<'_>]) -> Option<Cause> {
    let is_one = |run: &Run<'_>| {
        let mut all = run.iterates.iter();
        let moved = flat(&run.case.parameters) != flat(&run.end);
        run.steps() > 0 && moved && all.all(|it| flat(it) == flat(&run.end))
    };
    runs.iter().all(is_one).then(|| {
        let sentence = "All iterates of training are equal to the last: is one object changed in \
                        place, and not copied?";
        Cause::new(sentence, "a copy of the parameters where each iterate is kept")
    })
}

fn missing_iterates(runs: &[Run<'_>]) -> Option<Cause> {
    let run = runs.iter().find(|run| run.iterates.len() != STEPS + 1)?;
    let given = run.iterates.len();
    let sentence = format!(
        "Training of {STEPS} steps gives {given} iterates where {} are due, including the start.",
        STEPS + 1
    );
    Some(Cause::new(sentence, "the range of the training loop"))
}

/// Iterates that are right, with an end that is not the last of them.
fn another_end(runs: &[Run<'_>]) -> Option<Cause> {
    let near =
        |run: &Run<'_>, t| length(&minus(&run.update(t), &run.descent(t), 1.0)) <= run.noise();
    let all_right = runs.iter().all(|run| (0..run.steps()).all(|t| near(run, t)));
    if !all_right {
        return None;
    }
    let at = (0..STEPS).find(|&t| runs.iter().all(|run| run.ends_at(t)));
    let sentence = match at {
        Some(t) => format!("Training of {STEPS} steps ends at iterate {t}."),
        None => "Training does not end at its last iterate.".into(),
    };
    Some(Cause::new(sentence, "what the training loop returns"))
}

/// u\[t\] = β·u\[t−1\] + γ·α·g\[t\], β and γ constant.
fn momentum(runs: &[Run<'_>]) -> Option<Cause> {
    let first = |run: &Run<'_>| {
        let due = run.descent(0);
        let size = length(&due);
        (dot(&run.update(0), &due) / (size * size), run.noise() / size)
    };
    let shares: Vec<(f64, f64)> = runs.iter().map(first).collect();
    let share = common(&shares)?;
    let estimates: Vec<(f64, f64)> = runs
        .iter()
        .flat_map(|run| (1..run.steps()).map(move |t| (run, t)))
        .filter(|(run, t)| length(&run.update(t - 1)) > 0.0)
        .map(|(run, t)| {
            let rest = minus(&run.update(t), &run.descent(t), share);
            let before = run.update(t - 1);
            let size = length(&before);
            (dot(&rest, &before) / (size * size), run.noise() / size)
        })
        .collect();
    let beta = common(&estimates)?;
    let fits = |run: &Run<'_>| {
        (1..run.steps()).all(|t| {
            let rest = minus(&run.update(t), &run.descent(t), share);
            length(&minus(&rest, &run.update(t - 1), beta)) <= run.noise()
        })
    };
    let certain = certainty(&estimates);
    if beta.abs() <= ESTIMATED * certain || !runs.iter().all(fits) {
        return None;
    }
    let adds_up = super::number::is(beta, 1.0, ESTIMATED * certain);
    let sentence = if adds_up {
        "In training, every gradient is added to the previous ones: it is not cleared.".into()
    } else {
        let share = if super::number::is(share, 1.0, ESTIMATED * certainty(&shares)) {
            String::new()
        } else {
            format!(", and the gradient counts {} times", rounded(share))
        };
        format!(
            "Training has momentum: {} of the previous update is repeated{share}.",
            rounded(beta)
        )
    };
    let look_at =
        if adds_up { "whether the gradient is cleared before each step" } else { "a momentum" };
    Some(Cause::new(sentence, look_at))
}

/// The gradient of the iterate before.
fn stale(runs: &[Run<'_>]) -> Option<Cause> {
    let fits = |run: &Run<'_>| {
        (1..run.steps())
            .all(|t| length(&minus(&run.update(t), &run.descent(t - 1), 1.0)) <= run.noise())
    };
    runs.iter().all(fits).then(|| {
        let sentence = "Training uses the gradient of the previous iterate.";
        Cause::new(sentence, "when the gradient is computed in the training loop")
    })
}

/// A rate that depends on the step: u\[t\] = f\[t\]·α·g\[t\].
fn schedule(runs: &[Run<'_>]) -> Option<Cause> {
    let steps = runs.iter().map(Run::steps).min()?;
    let factor = |t: usize| {
        let estimates = runs.iter().map(|run| {
            let due = run.descent(t);
            let size = length(&due);
            let factor = dot(&run.update(t), &due) / (size * size);
            let near = length(&minus(&run.update(t), &due, factor)) <= run.noise();
            near.then_some((factor, run.noise() / size))
        });
        let estimates = estimates.collect::<Option<Vec<_>>>()?;
        Some((common(&estimates)?, certainty(&estimates)))
    };
    let estimates: Vec<(f64, f64)> = (0..steps).map(factor).collect::<Option<_>>()?;
    let uncertain = estimates.iter().map(|(factor, it)| it / factor.abs()).fold(0.0, f64::max);
    let factors: Vec<f64> = estimates.into_iter().map(|(factor, _)| factor).collect();
    let near = |x: f64, y: f64| super::number::is(x, y, ESTIMATED * uncertain);
    let changes = (1..steps).find(|&t| !near(factors[t], factors[t - 1]))?;
    let ratio = factors[changes] / factors[changes - 1];
    let constant = |from: usize| (from + 1..steps).all(|t| near(factors[t], factors[from]));
    let geometric = (1..steps).all(|t| near(factors[t], factors[t - 1] * ratio));
    let harmonic = (1..steps).all(|t| {
        near(1.0 / factors[t] - 1.0 / factors[0], t as f64 * (1.0 / factors[1] - 1.0 / factors[0]))
    });
    let sentence = if constant(changes) {
        let by = rounded(ratio);
        format!("The learning rate changes after {changes} steps, to {by} times what it was.")
    } else if geometric {
        format!("The learning rate is multiplied by {} at every step.", rounded(ratio))
    } else if harmonic {
        let decay = rounded(factors[0] / factors[1] - 1.0);
        format!("The learning rate decays as 1/(1 + {decay}·t).")
    } else {
        let shown: Vec<String> = factors.iter().map(|factor| rounded(*factor)).collect();
        format!("The learning rate changes from step to step: {} times α.", shown.join(", "))
    };
    Some(Cause::new(sentence, "a schedule of the learning rate"))
}
