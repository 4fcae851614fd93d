//! Rules about the units of a group: equal, twin, dead, cut off.

use super::{Checked, is_parameter, number};
use crate::compare::{Candidate, Model, fixed_by_exchange};
use crate::hash::mix;
use crate::layout::Layout;
use crate::units::{Carrier, Recognised};
use crate::{Finding, Rule, Severity};
use init_symmetry_network::{Result, printable};

/// Units that are equal in some respect, the first unit first.
type Class = Vec<usize>;

/// What is known of the units of a group.
struct Units<'a> {
    group: &'a Recognised,
    /// A hash of what each unit receives by, and of its outgoing weights.
    incoming: Vec<u64>,
    outgoing: Vec<u64>,
    /// Whether all weights of a unit are zero: incoming, incoming and biases, outgoing.
    weights_are_zero: Vec<bool>,
    all_incoming_is_zero: Vec<bool>,
    outgoing_is_zero: Vec<bool>,
}

/// Everything that is wrong with the units of a group.
pub(super) fn judge(checked: &mut Checked<'_>, group: &Recognised) -> Result<Vec<Finding>> {
    let has_width = group.incoming().any(|it| checked.entries_of_unit(it) > 1);
    if !group.is_known() && !has_width {
        return Ok(Vec::new()); // a table of single numbers, which are often equal
    }
    let units = Units::of(checked, group)?;
    let mut found = Vec::new();
    found.extend(units.dead(checked));
    found.extend(units.zero());
    let twins = if group.is_complete() { units.twins(checked)? } else { Vec::new() };
    found.extend(units.twins_found(&twins));
    let rows = units.equal_rows(checked, &twins)?;
    found.extend(units.equal_rows_found(checked, &rows));
    Ok(found)
}

impl<'a> Units<'a> {
    fn of(checked: &mut Checked<'_>, group: &'a Recognised) -> Result<Self> {
        let is_weight = |carrier: &Carrier| group.is_weight(carrier, &checked.tensors);
        let incoming: Vec<Carrier> = group.incoming().copied().collect();
        let weights: Vec<Carrier> = incoming.iter().copied().filter(is_weight).collect();
        let outgoing: Vec<Carrier> = group.outgoing().copied().collect();
        // rows and columns of a recurrent matrix change places with the units
        let plain = |carriers: &[Carrier]| -> Vec<Carrier> {
            let plain = carriers.iter().copied();
            plain.filter(|carrier| !group.is_recurrent(carrier.tensor)).collect()
        };
        let mut zero = |carriers: &[Carrier]| zeros(checked, group.units, carriers);
        let weights_are_zero = zero(&weights)?;
        let all_incoming_is_zero = zero(&incoming)?;
        let outgoing_is_zero = zero(&outgoing)?;
        Ok(Self {
            group,
            incoming: hashes(checked, group.units, &plain(&incoming)),
            outgoing: hashes(checked, group.units, &plain(&outgoing)),
            weights_are_zero,
            all_incoming_is_zero,
            outgoing_is_zero,
        })
    }

    fn count(&self) -> usize {
        self.group.units
    }

    fn is_dead(&self, unit: usize) -> bool {
        self.group.is_complete() && self.all_incoming_is_zero[unit] && self.outgoing_is_zero[unit]
    }

    fn dead(&self, checked: &Checked<'_>) -> Option<Finding> {
        let units: Class = (0..self.count()).filter(|&unit| self.is_dead(unit)).collect();
        let dead = units.len();
        let all = dead == self.count();
        let severity = if all || checked.rules.fresh { Severity::Error } else { Severity::Warning };
        let which = self.which(&units);
        let message = if all || checked.rules.fresh {
            format!(
                "{which} have only zeros as incoming weights, biases and outgoing weights; where \
                 g(0) = 0, no gradient reaches them"
            )
        } else {
            format!(
                "{which} have only zeros as incoming and outgoing weights: pruned, or never \
                 initialised"
            )
        };
        (dead > 0).then(|| self.finding(Rule::DeadStart, severity, message, dead))
    }

    fn zero(&self) -> Vec<Finding> {
        let units = || (0..self.count()).filter(|&unit| !self.is_dead(unit));
        let silent: Class = units().filter(|&unit| self.weights_are_zero[unit]).collect();
        let unread: Class = units().filter(|&unit| self.outgoing_is_zero[unit]).collect();
        let mut found = Vec::new();
        // of a matrix that is zero altogether another rule speaks, unless it is never to move
        let all = silent.len() == self.count();
        let is_dead =
            self.group.is_complete() && silent.iter().all(|&it| self.all_incoming_is_zero[it]);
        if !silent.is_empty() && self.group.is_known() && (!all || is_dead) {
            let which = self.which(&silent);
            let message = if all {
                format!(
                    "all weights and biases of {which} are zero: with ReLU, no gradient reaches \
                     them"
                )
            } else {
                format!("all weights into {which} are zero")
            };
            found.push(self.finding(Rule::ZeroUnit, Severity::Warning, message, silent.len()));
        } else if !silent.is_empty() && !all {
            let which = self.which(&silent);
            let verb = if silent.len() == 1 { "is" } else { "are" };
            let message = format!("{which} {verb} zero");
            found.push(self.finding(Rule::ZeroUnit, Severity::Note, message, silent.len()));
        }
        if !unread.is_empty() && self.group.is_complete() {
            let all = unread.len() == self.count();
            let severity = if all { Severity::Note } else { Severity::Warning };
            // in a plain chain, constant-tensor says whether the next layer may be zero
            let is_usual = all && !self.group.is_chain;
            let end = if is_usual { ": usual in the last layer of a residual branch" } else { "" };
            let which = self.which(&unread);
            let message = format!("all weights out of {which} are zero{end}");
            found.push(self.finding(Rule::ZeroOutgoing, severity, message, unread.len()));
        }
        found
    }

    /// Classes of two twins or more, read again and compared.
    fn twins(&self, checked: &mut Checked<'_>) -> Result<Vec<Class>> {
        let alive = (0..self.count()).filter(|&unit| !self.is_dead(unit));
        let key = |unit: usize| (self.incoming[unit], self.outgoing[unit]);
        let carriers: Vec<Carrier> = self.group.carriers.clone();
        if self.chance(checked, &carriers) > checked.rules.chance {
            return Ok(Vec::new());
        }
        confirmed(checked, self.group, &carriers, classes(alive, key))
    }

    fn twins_found(&self, twins: &[Class]) -> Option<Finding> {
        let (all, spare) = (self.count(), spare(twins));
        let dead = (0..all).filter(|&unit| self.is_dead(unit)).count();
        let different = all - dead - spare;
        let message = if different == 1 && dead == 0 {
            format!(
                "all {all} units are twins: together they are worth one unit, and training never \
                 makes them different"
            )
        } else {
            format!(
                "{} are twins: {} are worth only {different}, and training never makes twins \
                 different",
                shown(twins),
                counted(all - dead, ["unit", "units"]),
            )
        };
        let mut finding = self.finding(Rule::TwinUnits, Severity::Error, message, all);
        finding.numbers.insert("different", number(different));
        (spare > 0).then_some(finding)
    }

    /// Classes of units with equal incoming weights and biases that are not twins altogether.
    fn equal_rows(&self, checked: &mut Checked<'_>, twins: &[Class]) -> Result<Vec<Class>> {
        let carriers: Vec<Carrier> = self.group.incoming().copied().collect();
        // rows of a grouped convolution read other inputs each
        if self.group.may_be_grouped {
            return Ok(Vec::new());
        }
        if self.chance(checked, &carriers) > checked.rules.chance {
            return Ok(Vec::new());
        }
        // of twins one stands for all
        let mut is_spare = vec![false; self.count()];
        twins.iter().flat_map(|class| &class[1..]).for_each(|&unit| is_spare[unit] = true);
        let units =
            (0..self.count()).filter(|&unit| !is_spare[unit] && !self.weights_are_zero[unit]);
        confirmed(checked, self.group, &carriers, classes(units, |unit| self.incoming[unit]))
    }

    fn equal_rows_found(&self, checked: &Checked<'_>, rows: &[Class]) -> Option<Finding> {
        let spare = spare(rows);
        // of a matrix of one number, and of one that is several copies, other rules speak
        let is_weight = |it: &&Carrier| self.group.is_weight(it, &checked.tensors);
        let mut weights = self.group.incoming().filter(is_weight);
        if spare == 0 || weights.all(|it| checked.explains_rows(it, rows)) {
            return None;
        }
        let outgoing = if self.group.is_complete() {
            "their outgoing weights differ, so a step may make them different"
        } else {
            "their outgoing weights are not fully known (name them with --units)"
        };
        let concerned = rows.iter().map(Vec::len).sum();
        let nouns = self.group.nouns();
        let message = if self.group.is_known() {
            format!(
                "{} have equal incoming weights and biases: {}; {outgoing}",
                counted(concerned, nouns),
                shown(rows)
            )
        } else {
            let which = shown(rows).replacen("units", "rows", 1);
            format!("{} are not unique: {which}", counted(concerned, nouns))
        };
        let is_layer = self.group.is_known() || is_parameter(&self.group.name);
        let severity = if is_layer { Severity::Warning } else { Severity::Note };
        Some(self.finding(Rule::EqualRows, severity, message, concerned))
    }

    /// A bound on the probability that any two of the units have equal weights by chance, if these
    /// are random in all bits of their mantissa.
    fn chance(&self, checked: &Checked<'_>, carriers: &[Carrier]) -> f64 {
        let is_weight = |it: &&Carrier| self.group.is_weight(it, &checked.tensors);
        let weights = carriers.iter().filter(is_weight);
        let bits: f64 = weights.map(|carrier| checked.bits_of_unit(carrier)).sum();
        let units = self.count() as f64;
        libm::exp2(libm::log2(units * units / 2.0) - bits)
    }

    /// Some of the units, in words.
    fn which(&self, some: &Class) -> String {
        let all = counted(self.count(), self.group.nouns());
        match some.len() {
            count if count == self.count() => format!("all {all}"),
            count => format!("{count} of {all} ({})", listed(some)),
        }
    }

    fn finding(&self, rule: Rule, severity: Severity, message: String, units: usize) -> Finding {
        let numbers = [("units", number(units)), ("of", number(self.count()))];
        let place = printable(&self.group.name);
        Finding { rule, severity, place, message, numbers: numbers.into() }
    }
}

/// One hash for each unit of all that it has in those tensors.
fn hashes(checked: &Checked<'_>, units: usize, carriers: &[Carrier]) -> Vec<u64> {
    let of_unit = |unit: usize| {
        carriers.iter().fold(0, |sum, carrier| {
            let slices = checked.slices(carrier);
            (0..carrier.layout.slots())
                .fold(mix(sum), |sum, slot| mix(sum ^ slices[carrier.layout.index_of(unit, slot)]))
        })
    };
    (0..units).map(of_unit).collect()
}

/// Of each unit whether all that it has in those tensors is zero, read again where it seems so.
fn zeros(checked: &mut Checked<'_>, units: usize, carriers: &[Carrier]) -> Result<Vec<bool>> {
    let mut zero = vec![!carriers.is_empty(); units];
    for carrier in carriers {
        let slices = checked.slices(carrier);
        for (unit, zero) in zero.iter_mut().enumerate() {
            let mut slots = 0..carrier.layout.slots();
            *zero &= slots.all(|slot| slices[carrier.layout.index_of(unit, slot)] == 0);
        }
    }
    for carrier in carriers {
        let seeming = (0..units).filter(|&unit| zero[unit]);
        let candidates: Vec<_> =
            seeming.map(|unit| Candidate { unit, model: Model::Zeros }).collect();
        if checked.facts(carrier.tensor).zeros == checked.facts(carrier.tensor).entries {
            continue;
        }
        for (candidate, equal) in candidates.iter().zip(checked.compare(carrier, &candidates)?) {
            zero[candidate.unit] &= equal;
        }
    }
    Ok(zero)
}

/// Units with equal keys, in classes of two or more.
fn classes<K: Ord>(units: impl Iterator<Item = usize>, key: impl Fn(usize) -> K) -> Vec<Class> {
    let mut sorted: Vec<usize> = units.collect();
    sorted.sort_unstable_by_key(|&unit| (key(unit), unit));
    let equal = sorted.chunk_by(|&one, &other| key(one) == key(other));
    let mut classes: Vec<Class> =
        equal.filter(|class| class.len() > 1).map(<[usize]>::to_vec).collect();
    classes.sort_unstable();
    classes
}

/// What stays of classes when their units are read again; those that differ from the first of their
/// class are compared with each other.
fn confirmed(
    checked: &mut Checked<'_>,
    group: &Recognised,
    carriers: &[Carrier],
    mut seeming: Vec<Class>,
) -> Result<Vec<Class>> {
    const MOST_ROUNDS: usize = 64;
    let mut done = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let candidates: Vec<Candidate> = seeming
            .iter()
            .flat_map(|class| class[1..].iter().map(|&unit| (unit, Model::Unit(class[0]))))
            .map(|(unit, model)| Candidate { unit, model })
            .collect();
        if candidates.is_empty() {
            break;
        }
        let mut equal = vec![true; candidates.len()];
        for (place, carrier) in carriers.iter().enumerate() {
            let answers = if group.is_recurrent(carrier.tensor) {
                let both = |other: &&Carrier| other.tensor == carrier.tensor;
                let pair: Vec<_> = carriers.iter().filter(both).map(|it| it.layout).collect();
                if carriers[..place].iter().any(|other| other.tensor == carrier.tensor) {
                    continue;
                }
                exchanged(checked, carrier.tensor, &pair, &candidates)?
            } else {
                checked.compare(carrier, &candidates)?
            };
            equal.iter_mut().zip(answers).for_each(|(equal, answer)| *equal &= answer);
        }
        let mut answers = equal.into_iter();
        let mut left = Vec::new();
        for class in seeming {
            let (mut same, mut other) = (vec![class[0]], Vec::new());
            for &unit in &class[1..] {
                let equal = answers.next().unwrap_or(false);
                if equal { same.push(unit) } else { other.push(unit) }
            }
            done.extend((same.len() > 1).then_some(same));
            left.extend((other.len() > 1).then_some(other));
        }
        seeming = left;
    }
    done.sort_unstable();
    Ok(done)
}

/// Whether exchanging units in a tensor that carries them on two axes changes nothing.
fn exchanged(
    checked: &mut Checked<'_>,
    tensor: usize,
    layouts: &[Layout],
    candidates: &[Candidate],
) -> Result<Vec<bool>> {
    match *layouts {
        [one, two] if one.axis <= two.axis => {
            fixed_by_exchange(checked.source, tensor, [one, two], candidates)
        }
        [one, two] => fixed_by_exchange(checked.source, tensor, [two, one], candidates),
        _ => Ok(vec![false; candidates.len()]),
    }
}

/// How many units there are beyond one of each class.
fn spare(classes: &[Class]) -> usize {
    classes.iter().map(|class| class.len() - 1).sum()
}

/// The first classes, in words.
fn shown(classes: &[Class]) -> String {
    const CLASSES: usize = 3;
    let all: Vec<_> = classes.iter().take(CLASSES).map(listed).collect();
    let more = classes.len().saturating_sub(CLASSES);
    let end = if more > 0 {
        format!("; and {}", counted(more, ["more class", "more classes"]))
    } else {
        String::new()
    };
    format!("units {}{end}", all.join("; "))
}

/// The first units of a class, in words.
fn listed(class: &Class) -> String {
    const UNITS: usize = 6;
    let units: Vec<_> = class.iter().take(UNITS).map(usize::to_string).collect();
    let more = class.len().saturating_sub(UNITS);
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{end}", units.join(", "))
}

/// So many of something.
pub(super) fn counted(count: usize, [one, many]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
