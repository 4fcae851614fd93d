//! Rules about what is there more than once: tensors, parts of one, pairs that are both zero.

use super::units::counted;
use super::{Checked, is_column, mantissa_bits, number};
use crate::compare::{Candidate, Model, equal_stretches};
use crate::layout::Layout;
use crate::scan::Facts;
use crate::units::Carrier;
use crate::{Finding, Order, Rule, Severity, StoredTensor};
use init_symmetry_network::{Result, printable};
use std::collections::{BTreeMap, HashMap};

/// The factors of low-rank pairs by a part of their names, the one that starts at random first.
const FACTORS: [[&str; 2]; 3] =
    [["lora_A", "lora_B"], ["lora_a", "lora_b"], ["lora_down", "lora_up"]];

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

/// Tensors that are copies of each other.
fn copied(checked: &mut Checked<'_>) -> Result<Vec<Finding>> {
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, tensor, facts) in checked.read() {
        let bits = mantissa_bits(&tensor.element) * number(facts.entries);
        let is_random = facts.constant.is_none() && bits >= 64.0;
        if is_random {
            let is_by_columns = tensor.order == Order::ColumnMajor;
            let key =
                (tensor.shape.clone(), is_by_columns, facts.hash, format!("{:?}", tensor.element));
            alike.entry(key).or_default().push(index);
        }
    }
    let mut found = Vec::new();
    for indices in alike.into_values().filter(|indices| indices.len() > 1) {
        let (first, entries) = (indices[0], checked.facts(indices[0]).entries);
        let mut copies = vec![first];
        for &other in &indices[1..] {
            if equal_stretches(checked.source, (first, 0), (other, 0), entries)? {
                copies.push(other);
            }
        }
        found.extend((copies.len() > 1).then(|| copies_found(checked, &copies)));
    }
    Ok(found)
}

fn copies_found(checked: &Checked<'_>, copies: &[usize]) -> Finding {
    const SHOWN: usize = 4;
    let names: Vec<_> =
        copies[1..].iter().map(|&copy| printable(&checked.tensors[copy].name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    let place = printable(&checked.tensors[copies[0]].name);
    let without_numbers = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let in_a_row = names.iter().all(|name| without_numbers(name) == without_numbers(&place));
    let (severity, why) = if in_a_row {
        (Severity::Warning, "drawn from one seed, or copied as a whole")
    } else {
        (Severity::Note, "tied on purpose, or drawn from one seed")
    };
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let message = format!("the same numbers as {shown}{end}: {why}");
    let numbers = [("copies", number(copies.len()))].into();
    Finding { rule: Rule::CopiedTensor, severity, place, message, numbers }
}

/// Tensors that are several copies of their first part along an axis.
fn repeated(checked: &mut Checked<'_>) -> Result<Vec<Finding>> {
    let mut seeming = Vec::new();
    for (index, tensor, facts) in checked.read() {
        if facts.constant.is_some() || tensor.shape.len() > 1 && is_column(&tensor.shape) {
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
        "along axis {axis} ({} entries long) it is {} of its first part, as if every rank had \
         drawn the same numbers",
        tensor.shape[axis],
        counted(copies, ["copy", "copies"]),
    );
    let numbers = [("copies", number(copies)), ("entries", number(facts.entries))].into();
    let (rule, severity) = (Rule::RepeatedShard, Severity::Warning);
    Finding { rule, severity, place: printable(&tensor.name), message, numbers }
}

/// The shortest part of which a list is several copies.
fn period(hashes: &[u64]) -> Option<usize> {
    let repeats = |period: usize| hashes[period..].iter().zip(hashes).all(|(one, two)| one == two);
    (1..=hashes.len() / 2).find(|&period| hashes.len().is_multiple_of(period) && repeats(period))
}
