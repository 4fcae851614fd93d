//! What a run would have caught: errors planted into the gradient it was given, judged again.

use super::Block;
use super::report::ranges;
use serde::Serialize;

/// How many planted errors this very run would have caught, without evaluating anything again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Power {
    /// How many errors were planted that change the gradient at this point.
    pub planted: usize,
    /// How many of those would have been a mismatch.
    pub caught: usize,
    /// The ones that would have passed.
    pub missed: Vec<String>,
    /// The ones that change nothing at this point, so that no check here can see them.
    pub invisible: Vec<String>,
}

/// A planted error: from the entries of a block to wrong ones.
struct Planted {
    name: &'static str,
    /// Nothing where the shape of the block does not allow it.
    distort: fn(&Block, &[f64]) -> Option<Vec<f64>>,
}

const PLANTED: [Planted; 6] = [
    Planted { name: "dropped", distort: |_, block| Some(vec![0.0; block.len()]) },
    Planted { name: "negated", distort: |_, block| Some(times(block, -1.0)) },
    Planted { name: "doubled", distort: |_, block| Some(times(block, 2.0)) },
    Planted { name: "rows rotated", distort: rotate_rows },
    Planted { name: "transposed", distort: transpose },
    Planted { name: "largest entry off by a millionth", distort: nudge_largest },
];

fn times(block: &[f64], factor: f64) -> Vec<f64> {
    block.iter().map(|entry| factor * entry).collect()
}

fn rotate_rows(shape: &Block, block: &[f64]) -> Option<Vec<f64>> {
    let mut rotated = block.to_vec();
    rotated.rotate_left(shape.columns);
    (shape.rows > 1).then_some(rotated)
}

fn transpose(shape: &Block, block: &[f64]) -> Option<Vec<f64>> {
    let Block { rows, columns, .. } = *shape;
    let transposed = || (0..block.len()).map(|i| block[i % columns * columns + i / columns]);
    (rows == columns && rows > 1).then(|| transposed().collect())
}

fn nudge_largest(_: &Block, block: &[f64]) -> Option<Vec<f64>> {
    let largest = block.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    let nudged = |&entry: &f64| if entry.abs() >= largest { entry + entry / 1e6 } else { entry };
    Some(block.iter().map(nudged).collect())
}

/// Plants every error into every block of the true gradient, and judges again.
pub(crate) fn power(blocks: &[Block], truth: &[f64], catches: &dyn Fn(&[f64]) -> bool) -> Power {
    let mut power = Power::default();
    for (block, range) in ranges(blocks).filter(|(block, _)| !block.is_empty()) {
        for Planted { name, distort } in PLANTED {
            let Some(wrong) = distort(block, &truth[range.clone()]) else { continue };
            let mut claimed = truth.to_vec();
            claimed[range.clone()].copy_from_slice(&wrong);
            let label = format!("{} {name}", block.name);
            if claimed == truth {
                power.invisible.push(label);
                continue;
            }
            power.planted += 1;
            if catches(&claimed) {
                power.caught += 1;
            } else {
                power.missed.push(label);
            }
        }
    }
    power
}
