//! Rules about single tensors.

use super::excuse::{Excuse, excuse};
use super::units::counted;
use super::{Checked, brief, is_parameter, number};
use crate::scan::{Facts, Found};
use crate::units::Recognised;
use crate::{Finding, Order, Rule, Severity, StoredTensor};
use init_symmetry_network::printable;

/// Everything that is wrong with single tensors.
pub(super) fn judge(checked: &Checked<'_>, groups: &[Recognised]) -> Vec<Finding> {
    let of_tensor = |(index, tensor, facts): (usize, &StoredTensor, &Facts)| {
        let constant = constant(checked, groups, index);
        [not_finite(tensor, facts), subnormal(tensor, facts), constant]
    };
    checked.read().flat_map(of_tensor).flatten().collect()
}

fn not_finite(tensor: &StoredTensor, facts: &Facts) -> Option<Finding> {
    let Found { count, first } = facts.not_finite;
    let verb = if count == 1 { "is" } else { "are" };
    let message = match facts.entries {
        1 => "the only entry is infinite or NaN".into(),
        entries => format!(
            "{count} of {} {verb} infinite or NaN, the first at {}",
            counted(entries, ["entry", "entries"]),
            place(tensor, first)
        ),
    };
    (count > 0).then(|| finding(Rule::NotFinite, Severity::Error, tensor, message, count))
}

fn subnormal(tensor: &StoredTensor, facts: &Facts) -> Option<Finding> {
    let Found { count, first } = facts.subnormal;
    let verb = if count == 1 { "is" } else { "are" };
    let message = format!(
        "{count} of {} entries {verb} subnormal and about to vanish; the first at {}",
        facts.entries,
        place(tensor, first)
    );
    (count > 0).then(|| finding(Rule::Subnormal, Severity::Warning, tensor, message, count))
}

/// Matrices alone: biases and the weights of norms start as one number.
fn constant(checked: &Checked<'_>, groups: &[Recognised], index: usize) -> Option<Finding> {
    let (tensor, facts) = (&checked.tensors[index], checked.facts(index));
    let value = facts.only_value()?;
    if !checked.are_weights[index] || facts.entries < 2 || facts.not_finite.count > 0 {
        return None;
    }
    let (severity, message) = if value != 0.0 {
        let is_weight = is_parameter(&tensor.name);
        let severity = if is_weight { Severity::Warning } else { Severity::Note };
        (severity, format!("all entries are {}", brief(value)))
    } else {
        let (severity, why) = match excuse(groups, &checked.tensors, index) {
            Excuse::Factor => (Severity::Note, "usual in one factor of LoRA"),
            Excuse::Branch => (Severity::Note, "usual in the last layer of a residual branch"),
            Excuse::Hidden => (
                Severity::Warning,
                "the layer is hidden, so its units output the same for every input; with ReLU and \
                 zero biases they never learn",
            ),
            Excuse::None => (
                Severity::Note,
                "may be meant in an output layer or the last layer of a residual branch, but is \
                 wrong elsewhere",
            ),
        };
        (severity, format!("all entries are zero: {why}"))
    };
    Some(finding(Rule::ConstantTensor, severity, tensor, message, facts.entries))
}

fn finding(
    rule: Rule,
    severity: Severity,
    tensor: &StoredTensor,
    message: String,
    count: usize,
) -> Finding {
    let place = printable(&tensor.name);
    Finding { rule, severity, place, message, numbers: [("entries", number(count))].into() }
}

/// The indices of an entry, in words.
pub(super) fn place(tensor: &StoredTensor, entry: usize) -> String {
    let mut axes: Vec<usize> = tensor.shape.clone();
    if tensor.order == Order::ColumnMajor {
        axes.reverse();
    }
    let (mut rest, mut indices) = (entry, Vec::new());
    for length in axes.into_iter().rev() {
        indices.push((rest % length).to_string());
        rest /= length;
    }
    if tensor.order == Order::RowMajor {
        indices.reverse();
    }
    format!("[{}]", indices.join(", "))
}
