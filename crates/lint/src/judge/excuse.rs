//! Zeros that may be meant: of LoRA, and of the last layer of a residual branch.

use super::copies::is_second_factor;
use crate::StoredTensor;
use crate::units::Recognised;

/// What there is to say for a matrix of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excuse {
    /// It is a factor of a low-rank pair, by its name.
    Factor,
    /// It may be the last layer of a residual branch, by its name or place.
    Branch,
    /// Nothing: it is a hidden layer of a plain chain.
    Hidden,
    /// Nothing is known.
    None,
}

/// Parts of names of layers that start at zero so that a branch is silent.
const SILENT: [&str; 5] = ["adaln", "modulation", "controlnet", "zero_conv", "adapter"];

/// What there is to say for a matrix if it is zero.
pub(super) fn excuse(groups: &[Recognised], tensors: &[StoredTensor], index: usize) -> Excuse {
    let name = &tensors[index].name;
    let lower = name.to_lowercase();
    if lower.contains("lora") || is_second_factor(name) {
        return Excuse::Factor;
    }
    if SILENT.iter().any(|part| lower.contains(part)) {
        return Excuse::Branch;
    }
    if groups.iter().any(|group| group.is_hidden_in_chain(index)) {
        return Excuse::Hidden;
    }
    let readers = groups.iter().filter(|group| group.outgoing().any(|it| it.tensor == index));
    let mut of_chain = readers.map(|group| group.is_chain);
    let numbers = components(name).filter(|part| part.ends_with(|c: char| c.is_ascii_digit()));
    let is_branch = match of_chain.next() {
        // the second layer of an architecture's block
        Some(false) => true,
        // one number is that of the layer, a second one that of a block
        Some(true) => numbers.count() > 1,
        // one of a list
        None => numbers.count() > 0 && components(name).count() > 2,
    };
    if is_branch { Excuse::Branch } else { Excuse::None }
}

fn components(name: &str) -> impl Iterator<Item = &str> {
    name.split(['.', '/'])
}
