//! Numbered matrices that read each other, as W1, W2, W3: whether their units are rows or columns,
//! by the lengths of their biases and of the layers next to them. It judges shapes alone, no entry.
//! Start reading at [`Chains::of`].

use super::group::{Names, Templates, is_judged};
use super::{Chain, GroupPattern};
use crate::StoredTensor;
use std::collections::{BTreeSet, HashMap};

/// Which readings of a chain all its shapes allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Readings {
    units_as_rows: bool,
    inputs_as_rows: bool,
}

/// What is said of shapes that say nothing.
const EITHER: Readings = Readings { units_as_rows: true, inputs_as_rows: true };

/// The readings of every chain that a pattern could find, by what stands before the number.
pub(super) struct Chains(HashMap<String, Readings>);

/// A matrix of a chain: rows and columns, and the length of its bias if it has one.
struct Link {
    shape: [usize; 2],
    bias: Option<usize>,
}

impl Chains {
    pub(super) fn of(
        pattern: &GroupPattern,
        templates: &Templates,
        tensors: &[StoredTensor],
        names: &Names<'_>,
    ) -> Self {
        let mut numbers: HashMap<String, BTreeSet<u64>> = HashMap::new();
        if pattern.chain.is_some() {
            for bound in templates.bindings(tensors) {
                numbers.entry(bound.any).or_default().insert(bound.n);
            }
        }
        let of_chain = |(any, numbers): (String, BTreeSet<u64>)| {
            let links = links(pattern, templates, (&any, &numbers), (tensors, names));
            let readings = links.map_or(EITHER, |links| readings(&links));
            (any, readings)
        };
        Self(numbers.into_iter().map(of_chain).collect())
    }

    /// Whether a pattern may read the chain in its way.
    pub(super) fn allow(&self, pattern: &GroupPattern, any: &str) -> bool {
        let Some(chain) = pattern.chain else { return true };
        let readings = self.0.get(any).copied().unwrap_or(EITHER);
        let Readings { units_as_rows, inputs_as_rows } = readings;
        let (this, other) = match pattern.axes[0].axis {
            0 => (units_as_rows, inputs_as_rows),
            _ => (inputs_as_rows, units_as_rows),
        };
        match chain {
            Chain::AsNamed => this || !other,
            Chain::ByShapes => this && !other,
        }
    }
}

/// The matrices of a chain; nothing if its shapes are no evidence.
fn links(
    pattern: &GroupPattern,
    templates: &Templates,
    (any, numbers): (&str, &BTreeSet<u64>),
    (tensors, names): (&[StoredTensor], &Names<'_>),
) -> Option<Vec<Link>> {
    let by_shapes = pattern.chain == Some(Chain::ByShapes);
    // the w1 of raw1 is no name
    let is_word = templates.axes[0].has_text_before_number();
    if by_shapes && is_word && any.ends_with(char::is_alphanumeric) {
        return None;
    }
    let mut links = Vec::new();
    for &number in numbers {
        let name = |place: usize| templates.axes[place].name_of(any, number);
        let Some(tensor) = names.find(&name(0)).map(|it| &tensors[it]) else { continue };
        let shape = match tensor.shape[..] {
            _ if !is_judged(tensor) => continue,
            [_] | [] => continue,
            [rows, columns] => [rows, columns],
            // a convolution may be flattened before the next layer
            _ => return None,
        };
        let biases = pattern.axes.iter().enumerate().filter(|(_, axis)| axis.bias);
        let mut lengths = biases.filter_map(|(place, _)| {
            let bias = names.find(&name(place))?;
            Some(tensors[bias].shape.iter().product())
        });
        let bias = lengths.next();
        // a table among the layers has no bias
        if pattern.needs_biases && bias.is_none() {
            return None;
        }
        links.push(Link { shape, bias });
    }
    Some(links)
}

fn readings(links: &[Link]) -> Readings {
    let fit = |units: usize| {
        let biases = links.iter().all(|it| it.bias.is_none_or(|bias| bias == it.shape[units]));
        biases && links.windows(2).all(|pair| pair[0].shape[units] == pair[1].shape[1 - units])
    };
    Readings { units_as_rows: fit(0), inputs_as_rows: fit(1) }
}
