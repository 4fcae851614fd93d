//! Properties of unit groups: renumbering, twins, balance.

use super::case::Setting;
use super::known::{Known, gathered, same_bits, within};
use super::lacks;
use super::mending::mending_change;
use super::properties::ModelProperty;
use super::training::{Descent, iterations};
use crate::property::{CaseFailure, Config, Note, Witness};
use init_symmetry_network::symmetry::{UnitGroup, tensors_of};
use init_symmetry_network::{Result, printable};

pub(super) const RENUMBERING: ModelProperty = ModelProperty {
    name: "renumbering-a-group-renumbers-the-gradient",
    statement: "renumbering the units of a group does not change the loss and renumbers the \
                gradient in the same way",
    witness: "a gradient that the renumbering changes",
    fewer: 8,
    holds: renumbering,
};

fn renumbering(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let groups = setting.groups()?;
    let here = setting.known(&setting.parameters)?;
    let mut moved = false;
    for group in &groups {
        let places = group.renumbering(&setting.tensors, &setting.order(group.units))?;
        let there = setting.ask(&gathered(&setting.parameters, &places))?;
        let name = printable(&group.name);
        if !within(there.loss, here.loss, here.loss_error) {
            return Err(format!(
                "renumbering group {name} changes the loss from {} to {} (rounding explains at \
                 most {:.1e}): the group is not a symmetry of the loss{}",
                here.loss,
                there.loss,
                here.loss_error,
                mending_change(setting, group, &here)?
            )
            .into());
        }
        let due = gathered(&here.gradient, &places);
        let errors = gathered(&here.errors, &places);
        if let Some(difference) = setting.differing(&there.gradient, &due, &errors) {
            return Err(format!(
                "renumbering group {name} keeps the loss but not the gradient: the group is \
                 right, but the backward pass treats its units differently: {difference}"
            )
            .into());
        }
        moved |= !same_bits(&due, &here.gradient);
    }
    Ok(moved.into())
}

pub(super) const TWIN_GRADIENTS: ModelProperty = ModelProperty {
    name: "twins-get-identical-gradients",
    statement: "two units that are equal along all axes of their group get the same gradient",
    witness: "a gradient of the twins that is not zero",
    fewer: 8,
    holds: twin_gradients,
};

fn twin_gradients(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let mut witnessed = false;
    let mut note = None;
    for group in &setting.groups()? {
        let twins = Twins::of(setting, group)?;
        let known = setting.known(&twins.parameters)?;
        let due = gathered(&known.gradient, &twins.exchange);
        if let Some(difference) = setting.differing(&known.gradient, &due, &known.errors) {
            return Err(format!(
                "{} are equal but their gradients are not: {difference}",
                twins.described(group)
            )
            .into());
        }
        if !same_bits(&known.gradient, &due) {
            note.get_or_insert_with(|| twins.described(group));
        }
        witnessed |= twins.places().any(|place| known.gradient[place] != 0.0);
    }
    match note {
        Some(twins) => {
            let reason = format!(
                "the gradients of {twins} differ by rounding: your library may add rows in \
                 different orders"
            );
            Err(CaseFailure::Noted(Note::ApartByRounding, reason))
        }
        None => Ok(witnessed.into()),
    }
}

/// Parameters at which two units of a group are twins.
struct Twins {
    pair: [usize; 2],
    parameters: Vec<f64>,
    /// Where each entry comes from when the two are exchanged.
    exchange: Vec<usize>,
}

impl Twins {
    fn of(setting: &Setting<'_>, group: &UnitGroup) -> Result<Self> {
        let pair = setting.pair(group.units);
        let mut order: Vec<usize> = (0..group.units).collect();
        order.swap(pair[0], pair[1]);
        let exchange = group.renumbering(&setting.tensors, &order)?;
        let mut parameters = setting.parameters.clone();
        for (place, &partner) in exchange.iter().enumerate().filter(|(place, it)| place < it) {
            parameters[partner] = parameters[place];
        }
        Ok(Self { pair, parameters, exchange })
    }

    fn described(&self, group: &UnitGroup) -> String {
        let [i, k] = self.pair;
        format!("units {i} and {k} of group {}", printable(&group.name))
    }

    /// The entries that the exchange moves.
    fn places(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.exchange.iter().enumerate();
        all.filter(|(place, partner)| place != *partner).map(|(place, _)| place)
    }
}

pub(super) const TWINS_STAY_TWINS: ModelProperty = ModelProperty {
    name: "twins-stay-twins",
    statement: "two units that are equal along all axes of their group stay equal at every step \
                of training",
    witness: "the twins moved",
    fewer: 8,
    holds: twins_stay_twins,
};

fn twins_stay_twins(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let mut witnessed = false;
    let mut note = None;
    for group in &setting.groups()? {
        let twins = Twins::of(setting, group)?;
        let [i, k] = twins.pair;
        let descent = Descent::of(setting, &setting.known(&twins.parameters)?);
        let mut before = twins.parameters.clone();
        for (t, after) in (1..).zip(iterations(setting, &before, &descent)?) {
            if after.iter().any(|theta| !theta.is_finite()) {
                break; // what diverges shows nothing more
            }
            let values = tensors_of(&setting.tensors, &after)?;
            if !group.are_twins(&setting.tensors, &values, i, k)? {
                let place = format!("{} become different at step {t}", twins.described(group));
                let known = setting.known(&before)?;
                if let Some(difference) = apart(setting, &twins, &after, &known, descent.rate) {
                    return Err(format!("{place}: {difference}").into());
                }
                // only the first step is judged: training makes a rounding grow to any size
                note.get_or_insert(place);
                break;
            }
            witnessed |= twins.places().any(|place| after[place] != twins.parameters[place]);
            before = after;
        }
    }
    match note {
        Some(place) => {
            let reason = format!(
                "{place}, by no more than the rounding of that step: your library may add rows in \
                 different orders"
            );
            Err(CaseFailure::Noted(Note::ApartByRounding, reason))
        }
        None => Ok(witnessed.into()),
    }
}

/// By how much twins are apart after a step, if rounding does not explain it.
fn apart(
    setting: &Setting<'_>,
    twins: &Twins,
    after: &[f64],
    known: &Known,
    rate: f64,
) -> Option<String> {
    let due = gathered(after, &twins.exchange);
    let unit = known.unit;
    let errors = after.iter().zip(&known.errors);
    // each of the two is rounded once, and so is what is subtracted from it
    let errors: Vec<f64> =
        errors.map(|(theta, error)| 2.0 * rate * error + 8.0 * unit * theta.abs()).collect();
    setting.differing(after, &due, &errors)
}

pub(super) const BALANCE: ModelProperty = ModelProperty {
    name: "homogeneous-units-are-balanced",
    statement: "for every homogeneous unit, the sum of parameter times gradient over its incoming \
                parameters equals that over its outgoing weights",
    witness: "a sum that is not zero",
    fewer: 8,
    holds: balance,
};

/// The derivative of J(c·incoming, outgoing/c) with respect to c at 1 is zero (Euler).
fn balance(setting: &Setting<'_>, _: &Config) -> Result<Witness, CaseFailure> {
    let groups: Vec<_> =
        setting.model.groups().into_iter().filter(|group| group.homogeneous).collect();
    if groups.is_empty() {
        return Err(lacks(setting.model.name(), "group that is declared homogeneous").into());
    }
    let known = setting.known(&setting.parameters)?;
    let mut witnessed = false;
    for group in &groups {
        for unit in 0..group.units {
            let [incoming, outgoing] = [false, true].map(|is_outgoing| {
                Sum::over(setting, &known, &group.entries(&setting.tensors, unit, is_outgoing))
            });
            let error = incoming.error + outgoing.error;
            if !within(incoming.value, outgoing.value, error) {
                return Err(format!(
                    "unit {unit} of group {}: Σ θ·gradient is {} over its incoming weights and \
                     biases but {} over its outgoing weights (rounding explains at most \
                     {error:.1e}): is the derivative of the activation right, and is the list of \
                     axes complete?",
                    printable(&group.name),
                    incoming.value,
                    outgoing.value
                )
                .into());
            }
            witnessed |= incoming.value.abs() > error;
        }
    }
    Ok(witnessed.into())
}

/// Σ θ·gradient over some entries, with what rounding may do to it.
struct Sum {
    value: f64,
    error: f64,
}

impl Sum {
    fn over(setting: &Setting<'_>, known: &Known, places: &[usize]) -> Self {
        let mut sum = Self { value: 0.0, error: 0.0 };
        for &place in places {
            let (theta, slope) = (setting.parameters[place], known.gradient[place]);
            sum.value += theta * slope;
            let rounded = places.len() as f64 * known.unit * (theta * slope).abs();
            sum.error += theta.abs() * known.errors[place] + rounded;
        }
        sum
    }
}
