//! Rules about what is there more than once: tensors, parts of one, pairs that are both zero.

use super::units::counted;
use super::{Checked, is_parameter, mantissa_bits, number};
use crate::compare::{Candidate, Model, equal_tensors};
use crate::layout::Layout;
use crate::scan::Facts;
use crate::units::{Carrier, is_list};
use crate::{Finding, Order, Rule, Severity, StoredTensor};
use init_symmetry_network::{Result, printable};
use std::collections::{BTreeMap, HashMap};

/// The factors of low-rank pairs by a part of their names, the one that starts at random first.
const FACTORS: [[&str; 2]; 5] = [
    ["lora_A", "lora_B"],
    ["lora_a", "lora_b"],
    ["lora_down", "lora_up"],
    ["lora.down", "lora.up"],
    ["lora_embedding_A", "lora_embedding_B"],
];

/// Whether a name is that of the factor that starts at zero.
pub(super) fn is_second_factor(name: &str) -> bool {
    FACTORS.iter().any(|[_, second]| name.contains(second))
}

/// Everything that is there more than once.
pub(super) fn judge(checked: &mut Checked<'_>) -> Result<Vec<Finding>> {
    let mut found = factors(checked);
    found.extend(copied(checked)?);
    found.extend(repeated(checked)?);
    Ok(found)
}

fn factors(checked: &Checked<'_>) -> Vec<Finding> {
    let zero: HashMap<&str, &StoredTensor> = checked
        .read()
        .filter(|(_, _, facts)| facts.zeros == facts.entries)
        .map(|(_, tensor, _)| (tensor.name.as_str(), tensor))
        .collect();
    let pair = |name: &str| {
        FACTORS.iter().find_map(|[first, second]| {
            let at = name.rfind(first)?;
            let other = format!("{}{second}{}", &name[..at], &name[at + first.len()..]);
            zero.contains_key(other.as_str()).then_some(other)
        })
    };
    let mut names: Vec<&str> = zero.keys().copied().collect();
    names.sort_unstable();
    let of_pair = |name: &str| {
        let message = format!(
            "it and {} are all zero: neither ever gets a gradient; draw one at random",
            printable(&pair(name)?)
        );
        let (rule, severity) = (Rule::BothFactorsZero, Severity::Error);
        let place = printable(name);
        Some(Finding { rule, severity, place, message, numbers: BTreeMap::new() })
    };
    names.into_iter().filter_map(of_pair).collect()
}

/// Tensors that are copies of each other, those of whole layers together.
fn copied(checked: &mut Checked<'_>) -> Result<Vec<Finding>> {
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, tensor, facts) in checked.read() {
        let bits = mantissa_bits(&tensor.element) * number(facts.entries);
        let is_random = facts.constant.is_none() && bits >= 64.0;
        if is_random {
            let by_columns = tensor.order == Order::ColumnMajor;
            let element = mantissa_bits(&tensor.element) as u64;
            let key = (tensor.shape.clone(), by_columns, facts.hash, element);
            alike.entry(key).or_default().push(index);
        }
    }
    // by whether they are layers, and the names of these
    let mut classes: BTreeMap<(bool, Vec<String>), Vec<String>> = BTreeMap::new();
    for indices in alike.into_values().filter(|indices| indices.len() > 1) {
        let first = indices[0];
        let mut copies = vec![first];
        for &other in &indices[1..] {
            if equal_tensors(checked.source, first, other)? {
                copies.push(other);
            }
        }
        if copies.len() > 1 {
            let names: Vec<&str> =
                copies.iter().map(|&copy| checked.tensors[copy].name.as_str()).collect();
            let (owners, rest) = match owners(&names) {
                Some((owners, rest)) => ((true, owners), rest),
                None => {
                    let names = names.iter().map(|name| name.to_string()).collect();
                    ((false, names), String::new())
                }
            };
            classes.entry(owners).or_default().push(rest);
        }
    }
    Ok(classes.into_iter().map(copies_found).collect())
}

/// What names differ in, if it is one number each: the names up to it, and what follows it.
fn owners(names: &[&str]) -> Option<(Vec<String>, String)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let alike =
        |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let same = names[1..].iter().map(|name| alike(names[0], name)).min()?;
    let start = names[0].get(..same)?.trim_end_matches(is_digit).len();
    let split = |name: &str| {
        let after = name.get(start..)?.trim_start_matches(is_digit);
        let end = name.len() - after.len();
        (end > start).then(|| (name[..end].to_string(), after.to_string()))
    };
    let (owners, rests): (Vec<String>, Vec<String>) =
        names.iter().map(|name| split(name)).collect::<Option<Vec<_>>>()?.into_iter().unzip();
    rests.iter().all(|rest| *rest == rests[0]).then(|| (owners, rests[0].clone()))
}

/// The finding of one class: the tensors themselves, or those that a layer and its copies share.
fn copies_found(((of_layers, names), rests): ((bool, Vec<String>), Vec<String>)) -> Finding {
    const SHOWN: usize = 4;
    let listed = |names: &[String]| {
        let shown: Vec<_> = names.iter().take(SHOWN).map(|name| printable(name)).collect();
        let more = names.len().saturating_sub(SHOWN);
        let end = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{end}", shown.join(", "))
    };
    let others = listed(&names[1..]);
    let tensors: Vec<String> =
        rests.iter().map(|rest| rest.trim_start_matches(['.', '/', '_']).into()).collect();
    let are_parameters = names.iter().chain(&tensors).any(|name| is_parameter(name));
    let (severity, message) = match (of_layers && are_parameters, &tensors[..]) {
        (true, [only]) if only.is_empty() => (Severity::Warning, others.clone()),
        (true, tensors) => (Severity::Warning, format!("{others} in {}", listed(tensors))),
        (false, [.., last]) if !last.is_empty() => {
            (Severity::Note, format!("{others} in {}", listed(&tensors)))
        }
        (false, _) => (Severity::Note, others.clone()),
    };
    let why = match severity {
        Severity::Warning => "drawn from one seed, or copied as a whole",
        _ => "a shared table, tied on purpose, or drawn from one seed",
    };
    let message = format!("the same numbers as {message}: {why}");
    let numbers = [("copies", number(names.len())), ("tensors", number(tensors.len()))].into();
    Finding { rule: Rule::CopiedTensor, severity, place: printable(&names[0]), message, numbers }
}

/// Tensors that are several copies of their first part along an axis.
fn repeated(checked: &mut Checked<'_>) -> Result<Vec<Finding>> {
    let mut seeming = Vec::new();
    for (index, tensor, facts) in checked.read() {
        if facts.constant.is_some() || tensor.shape.len() > 1 && is_list(&tensor.shape) {
            continue;
        }
        for (&axis, hashes) in &facts.slices {
            let bits = mantissa_bits(&tensor.element) * number(facts.entries);
            let period = period(hashes).filter(|&period| period > 1 && bits / 2.0 >= 64.0);
            seeming.extend(period.map(|period| (index, axis, period)));
        }
    }
    let mut found = Vec::new();
    for (index, axis, period) in seeming {
        let (tensor, facts) = (&checked.tensors[index], checked.facts(index));
        let copies = tensor.shape[axis] / period;
        let finding = repeated_found(tensor, facts, axis, copies);
        let candidates: Vec<_> = (period..tensor.shape[axis])
            .map(|unit| Candidate { unit, model: Model::Unit(unit % period) })
            .collect();
        let layout = Layout::whole(axis, tensor.shape[axis]);
        let carrier = Carrier { tensor: index, layout, outgoing: false };
        if checked.compare(&carrier, &candidates)?.into_iter().all(|equal| equal) {
            found.push(finding);
            checked.periods.insert((index, axis), period);
        }
    }
    Ok(found)
}

fn repeated_found(tensor: &StoredTensor, facts: &Facts, axis: usize, copies: usize) -> Finding {
    let message = format!(
        "along axis {axis} ({} entries long) it consists of {} of its first part, as if every \
         rank had drawn the same numbers",
        tensor.shape[axis],
        counted(copies, ["copy", "copies"]),
    );
    let numbers = [("copies", number(copies)), ("entries", number(facts.entries))].into();
    let severity = if is_parameter(&tensor.name) { Severity::Warning } else { Severity::Note };
    let rule = Rule::RepeatedShard;
    Finding { rule, severity, place: printable(&tensor.name), message, numbers }
}

/// The shortest part of which a list is several copies.
fn period(hashes: &[u64]) -> Option<usize> {
    let repeats = |period: usize| hashes[period..].iter().zip(hashes).all(|(one, two)| one == two);
    (1..=hashes.len() / 2).find(|&period| hashes.len().is_multiple_of(period) && repeats(period))
}
