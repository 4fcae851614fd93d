//! What a run would have caught: errors planted into the gradient it was given, judged again.

use super::differentiable::{Block, ranges};
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_planted_error_is_what_its_name_says() {
        let square = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -9.0];
        let planted = |shape: &Block, block: &[f64]| -> Vec<Option<Vec<f64>>> {
            PLANTED.iter().map(|planted| (planted.distort)(shape, block)).collect()
        };
        let expected = [
            ("dropped", [0.0; 9]),
            ("negated", [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, 9.0]),
            ("doubled", [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, -18.0]),
            ("rows rotated", [4.0, 5.0, 6.0, 7.0, 8.0, -9.0, 1.0, 2.0, 3.0]),
            ("transposed", [1.0, 4.0, 7.0, 2.0, 5.0, 8.0, 3.0, 6.0, -9.0]),
            (
                "largest entry off by a millionth",
                [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -9.000009],
            ),
        ];
        let found = planted(&Block::new("w1", 3, 3), &square);
        for ((planted, found), (name, wrong)) in PLANTED.iter().zip(found).zip(expected) {
            assert_eq!((planted.name, found), (name, Some(wrong.to_vec())));
        }
        let wide = planted(&Block::new("w1", 2, 3), &square[..6]);
        assert_eq!(wide[3], Some(vec![4.0, 5.0, 6.0, 1.0, 2.0, 3.0]));
        assert_eq!(wide[4], None, "only a square has a transpose of its shape");
        let single = planted(&Block::new("w1", 1, 1), &square[..1]);
        assert_eq!([&single[3], &single[4]], [&None, &None], "one row is rotated to itself");
    }
}
