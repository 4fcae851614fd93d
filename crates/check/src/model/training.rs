//! Properties of steps, training and starts.

use super::case::{ModelCase, Setting, of_length};
use super::known::{Known, largest, same_bits};
use super::properties::ModelProperty;
use super::{ModelAbility, lacks};
use crate::property::{CaseFailure, Config, Note, Witness};
use init_symmetry_lint::{Finding, LiveTensors, Rules, Severity, UnitGroups, lint};
use init_symmetry_network::symmetry::TensorShape;
use init_symmetry_network::tolerance::{ROUNDING_OF_A_DRAW, step};
use init_symmetry_network::{Result, printable};

/// A few steps at a rate that moves parameters visibly.
pub(super) struct Descent {
    pub(super) rate: f64,
    pub(super) batches: Vec<u64>,
}

const STEPS: u64 = 4;

impl Descent {
    /// The largest step is about an eighth of the largest parameter; the rate is a power of two,
    /// so that α·gradient is exact.
    pub(super) fn of(setting: &Setting<'_>, known: &Known) -> Self {
        let largest = |list: &[f64]| largest(list.iter().copied());
        let (theta, slope) = (largest(&setting.parameters), largest(&known.gradient));
        let exponent = libm::floor(libm::log2(theta / (8.0 * slope)));
        let rate = if exponent.abs() < 60.0 { libm::exp2(exponent) } else { 1.0 };
        let first = setting.case.batch;
        Self { rate, batches: (first..first + STEPS).collect() }
    }
}

/// The parameters after each step of training.
///
/// # Errors
/// What keeps the model from answering; iterations of another number or length.
pub(super) fn iterations(
    setting: &Setting<'_>,
    start: &[f64],
    Descent { rate, batches }: &Descent,
) -> Result<Vec<Vec<f64>>, CaseFailure> {
    let iterations = setting.model.train(start, batches, *rate)?;
    if iterations.len() != batches.len() {
        let (given, due) = (iterations.len(), batches.len());
        return Err(format!("training on {due} batches returned {given} iterations").into());
    }
    let iteration = |list| of_length(&setting.tensors, "an iteration", list);
    Ok(iterations.into_iter().map(iteration).collect::<Result<_>>()?)
}

pub(super) const STEP: ModelProperty = ModelProperty {
    name: "a-step-subtracts-rate-times-gradient",
    statement: "a step is θ − α·gradient, with the decay that is declared",
    witness: "a step that moves a parameter",
    fewer: 8,
    holds: subtracts,
};

fn subtracts(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    if !setting.model.supports(ModelAbility::Step) {
        return Err(lacks(setting.model.name(), "step of its own").into());
    }
    let known = setting.known(&setting.parameters)?;
    let Descent { rate, .. } = Descent::of(setting, &known);
    let before = &setting.parameters;
    let after = setting.model.step(before, setting.case.batch, rate)?;
    let after = of_length(&setting.tensors, "the parameters after a step", after)?;
    let direction = Direction::at(setting, &known, before);
    as_descent(setting, &direction, before, &after, rate).map(|()| moves(before, &after))
}

fn moves(before: &[f64], after: &[f64]) -> Witness {
    Witness::from(before.iter().zip(after).any(|(before, after)| before != after))
}

/// What the rate is multiplied with in a step.
struct Direction {
    values: Vec<f64>,
    /// Sums of sizes in place of values, for the rounding of a step.
    sizes: Vec<f64>,
    unit: f64,
}

impl Direction {
    /// The gradient, and λ·θ where decay is declared.
    fn at(setting: &Setting<'_>, known: &Known, parameters: &[f64]) -> Self {
        let decay = setting.model.declaration().decay;
        let entries = || known.gradient.iter().zip(parameters);
        let values = entries().map(|(slope, theta)| slope + decay * theta).collect();
        let sizes = entries().map(|(slope, theta)| slope.abs() + decay * theta.abs()).collect();
        Self { values, sizes, unit: known.unit }
    }

    /// v = β·v + the direction, where momentum is declared.
    fn after(mut self, setting: &Setting<'_>, earlier: Option<&Self>) -> Self {
        let Some(momentum) = setting.model.declaration().momentum else { return self };
        let (beta, share) = (momentum.beta, momentum.share_of_a_gradient());
        let before = |list: fn(&Self) -> &[f64], place: usize| {
            earlier.map_or(0.0, |earlier| list(earlier)[place])
        };
        for place in 0..self.values.len() {
            let velocity = beta * before(|it| &it.values, place);
            self.values[place] = velocity + share * self.values[place];
            // each step adds a rounding to all that was before
            let size = beta * before(|it| &it.sizes, place);
            self.sizes[place] = 2.0 * size + share * self.sizes[place];
        }
        self
    }

    /// What rounding may do to a parameter, where the direction is multiplied with a factor.
    fn error(&self, place: usize, theta: f64, factor: f64) -> f64 {
        step(self.unit, theta, factor * self.sizes[place])
    }
}

/// Whether a step subtracts rate times direction.
fn as_descent(
    setting: &Setting<'_>,
    direction: &Direction,
    before: &[f64],
    after: &[f64],
    rate: f64,
) -> Result<(), CaseFailure> {
    let thetas = || before.iter().enumerate();
    let due: Vec<f64> =
        thetas().map(|(place, theta)| theta - rate * direction.values[place]).collect();
    let errors: Vec<f64> =
        thetas().map(|(place, theta)| direction.error(place, *theta, rate)).collect();
    let Some(difference) = setting.differing(after, &due, &errors) else {
        if same_bits(after, &due) {
            return Ok(());
        }
        let reason = "the step is θ − α·gradient within rounding, but not bit for bit";
        return Err(CaseFailure::Noted(Note::WithinRounding, reason.into()));
    };
    let cause = wrong_step(setting, direction, before, after, rate);
    Err(format!("after a step at rate {rate} {difference}{cause}").into())
}

/// What a step subtracts beyond rate times direction, and what rounding may leave of it.
struct Excess {
    values: Vec<f64>,
    errors: Vec<f64>,
}

impl Excess {
    fn of(direction: &Direction, before: &[f64], after: &[f64], rate: f64) -> Self {
        let pairs = || before.iter().zip(after).enumerate();
        let excess = |(place, (theta, after)): (usize, (&f64, &f64))| {
            theta - rate * direction.values[place] - after
        };
        let error =
            |(place, (theta, _)): (usize, (&f64, &f64))| 2.0 * direction.error(place, *theta, rate);
        Self { values: pairs().map(excess).collect(), errors: pairs().map(error).collect() }
    }

    /// The factor, if the excess is a multiple of a list.
    fn multiple_of(&self, list: &[f64]) -> Option<f64> {
        let sizes = list.iter().map(|entry| entry.abs()).enumerate();
        let (largest, size) = sizes.max_by(|one, other| one.1.total_cmp(&other.1))?;
        let (factor, error) = (self.values[largest] / list[largest], self.errors[largest]);
        let fits = |place: usize| {
            let due = factor * list[place];
            // the factor is known as well as the entry that it is taken from
            (self.values[place] - due).abs() <= 2.0 * (self.errors[place] + error)
        };
        let is_seen = size > 0.0 && self.values[largest].abs() > 4.0 * error;
        (is_seen && (0..list.len()).all(fits)).then_some(factor)
    }
}

/// A factor with the digits that mean something.
fn shown(factor: f64) -> String {
    let rounded = (factor * 1e6).round() / 1e6;
    rounded.to_string()
}

/// What a wrong step looks like, as the end of a sentence.
fn wrong_step(
    setting: &Setting<'_>,
    direction: &Direction,
    before: &[f64],
    after: &[f64],
    rate: f64,
) -> String {
    let ascends = before.iter().zip(after).enumerate().all(|(place, (theta, after))| {
        let due = theta + rate * direction.values[place];
        (after - due).abs() <= direction.error(place, *theta, rate)
    });
    if ascends {
        return ": the gradient is added, not subtracted".into();
    }
    let excess = Excess::of(direction, before, after, rate);
    let decay: Vec<f64> = before.iter().map(|theta| rate * theta).collect();
    if let Some(factor) = excess.multiple_of(&decay) {
        return format!(
            ": {} of each parameter is also subtracted, as in weight decay; declare it with \
             \"decay\"",
            shown(factor)
        );
    }
    let mut start = 0;
    for TensorShape { name, shape } in &setting.tensors {
        let places = start..start + shape.iter().product::<usize>();
        start = places.end;
        let has_slope = direction.values[places.clone()].iter().any(|slope| *slope != 0.0);
        if has_slope && after[places.clone()] == before[places] {
            return format!(": {} is not updated", printable(name));
        }
    }
    String::new()
}

pub(super) const FRESH_STEPS: ModelProperty = ModelProperty {
    name: "training-is-fresh-single-steps",
    statement: "each iteration of training is one step from the iteration before, with the \
                momentum that is declared",
    witness: "a step that moves a parameter",
    fewer: 8,
    holds: fresh_steps,
};

fn fresh_steps(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    if !setting.model.supports(ModelAbility::Train) {
        return Err(lacks(setting.model.name(), "training of its own").into());
    }
    let known = setting.known(&setting.parameters)?;
    let descent = Descent::of(setting, &known);
    let mut before = setting.parameters.clone();
    let mut note = None;
    let mut velocity: Option<Direction> = None;
    let mut moved: Option<Vec<f64>> = None;
    for (t, after) in (1..).zip(iterations(setting, &before, &descent)?) {
        let at = Setting {
            tensors: setting.tensors.clone(),
            parameters: before,
            case: ModelCase { batch: descent.batches[t - 1], ..setting.case },
            model: setting.model,
        };
        let known = at.known(&at.parameters)?;
        let direction = Direction::at(&at, &known, &at.parameters);
        let direction = direction.after(&at, velocity.as_ref());
        match as_descent(&at, &direction, &at.parameters, &after, descent.rate) {
            Err(CaseFailure::Broken(reason)) => {
                let excess = Excess::of(&direction, &at.parameters, &after, descent.rate);
                let momentum = hidden_momentum(&excess, moved.as_deref());
                return Err(format!(
                    "iteration {t} is not a step from the one before{momentum}\n{reason}"
                )
                .into());
            }
            Err(noted) => note = note.or(Some(noted)),
            Ok(()) => {}
        }
        velocity = Some(direction);
        let steps = at.parameters.iter().zip(&after).map(|(before, after)| before - after);
        moved = Some(steps.collect::<Vec<f64>>());
        before = after;
        if before.iter().any(|theta| !theta.is_finite()) {
            break; // what diverges shows nothing more
        }
    }
    note.map_or_else(|| Ok(moves(&setting.parameters, &before)), Err)
}

/// What is said of a step that goes on with the one before, as the end of a sentence.
fn hidden_momentum(excess: &Excess, moved: Option<&[f64]>) -> String {
    let factor = moved.and_then(|moved| excess.multiple_of(moved));
    factor.map_or_else(String::new, |factor| {
        format!(
            ": {} of the previous step is added, as in momentum; declare it with \"momentum\"",
            shown(factor)
        )
    })
}

pub(super) const START_FOLLOWS_ITS_SEED: ModelProperty = ModelProperty {
    name: "a-start-follows-its-seed",
    statement: "the same seed gives the same start, and another seed a different one",
    witness: "a start",
    fewer: 32,
    holds: follows_its_seed,
};

fn follows_its_seed(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let start = |seed| start_of(setting, seed);
    let seed = setting.case.seed;
    let (first, other, again) = (start(seed)?, start(seed + 1)?, start(seed)?);
    if !same_bits(&first, &again) {
        return Err(format!("seed {seed} gives a different start when it is used again").into());
    }
    if same_bits(&first, &other) {
        return Err(format!("seeds {seed} and {} give the same start", seed + 1).into());
    }
    Ok(Witness::Present)
}

fn start_of(setting: &Setting<'_>, seed: u64) -> Result<Vec<f64>, CaseFailure> {
    if !setting.model.supports(ModelAbility::Start) {
        return Err(lacks(setting.model.name(), "start of its own").into());
    }
    let start = of_length(&setting.tensors, "the start", setting.model.start(seed)?)?;
    match start.iter().position(|theta| !theta.is_finite()) {
        None => Ok(start),
        Some(place) => {
            let name = setting.name_of(place);
            Err(format!("{name} of the start is {}", start[place]).into())
        }
    }
}

pub(super) const START_HAS_NO_TWINS: ModelProperty = ModelProperty {
    name: "a-start-has-no-twins",
    statement: "no two units of a group are equal at the start",
    witness: "a start with a group of two units or more",
    fewer: 32,
    holds: has_no_twins,
};

fn has_no_twins(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let start = start_of(setting, setting.case.seed)?;
    let mut tensors = LiveTensors::of(&setting.tensors, &start)?;
    let found = lint(&mut tensors, &UnitGroups::of(&setting.groups()?), &Rules::default())?;
    match found.findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(Witness::Present),
        Some(Finding { rule, place, message, .. }) => {
            Err(format!("{place}: {message} (init-symmetry lint --explain {rule})").into())
        }
    }
}

pub(super) const START_DRAWS_AFRESH: ModelProperty = ModelProperty {
    name: "a-start-draws-each-tensor-afresh",
    statement: "no two tensors of the start begin with the same draws, up to a factor",
    witness: "two tensors of random numbers",
    fewer: 32,
    holds: draws_afresh,
};

/// So many leading numbers in one ratio are no accident.
const LEADING: usize = 4;

fn draws_afresh(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let start = start_of(setting, setting.case.seed)?;
    let mut drawn: Vec<(&str, &[f64])> = Vec::new();
    let mut rest = &start[..];
    for tensor in &setting.tensors {
        let (values, after) = rest.split_at(tensor.len());
        rest = after;
        if let Some(leading) = values.get(..LEADING).filter(|leading| is_random(leading)) {
            if let Some((other, _)) = drawn.iter().find(|(_, it)| in_one_ratio(it, leading)) {
                return Err(format!(
                    "{} and {} begin with the same draws, up to a factor: are both drawn from the \
                     same seed or the same generator state?",
                    printable(other),
                    printable(&tensor.name)
                )
                .into());
            }
            drawn.push((&tensor.name, leading));
        }
    }
    match drawn.len() {
        0 | 1 => {
            Err(lacks(setting.model.name(), "start with two tensors of random numbers").into())
        }
        _ => Ok(Witness::Present),
    }
}

/// Whether no two of these numbers are equal, as drawn ones are.
fn is_random(numbers: &[f64]) -> bool {
    let others = |place: usize| &numbers[place + 1..];
    (0..numbers.len()).all(|place| !others(place).contains(&numbers[place]))
}

fn in_one_ratio(one: &[f64], other: &[f64]) -> bool {
    let ratio = one[0] / other[0];
    one.iter()
        .zip(other)
        .all(|(one, other)| (one - ratio * other).abs() <= ROUNDING_OF_A_DRAW * one.abs())
}
