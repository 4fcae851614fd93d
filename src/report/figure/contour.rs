//! The region where a function on a grid is above a level, as closed outlines (marching squares).
//!
//! It draws nothing. Start at [`Field::outlines`].

use std::collections::BTreeMap;

/// Values on a square grid, row by row; outside of it the function counts as below every level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    side: usize,
    values: Vec<f64>,
}

/// A point in units of the grid: (0, 0) is the first value, (side − 1, side − 1) the last.
pub(super) type Point = [f64; 2];

/// An edge between neighbouring nodes: the node it starts at, and whether it goes along x.
type Edge = (i64, i64, bool);

impl Field {
    /// The values of a function at column i and row j of a grid.
    pub(super) fn new(side: usize, values: Vec<f64>) -> Self {
        Self { side, values }
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    fn at(&self, i: i64, j: i64) -> f64 {
        let side = self.side as i64;
        let inside = (0..side).contains(&i) && (0..side).contains(&j);
        let place = (j * side + i) as usize;
        if inside { self.values.get(place).copied().unwrap_or(-1.0) } else { -1.0 }
    }

    /// Closed outlines of the region where the value is above `level`, to be filled by the even-odd
    /// rule.
    pub(super) fn outlines(&self, level: f64) -> Vec<Vec<Point>> {
        let mut segments = self.segments(level);
        let mut outlines = Vec::new();
        while let Some((&start, _)) = segments.first_key_value() {
            let mut outline = Vec::new();
            let mut edge = start;
            while let Some(next) = segments.remove(&edge) {
                outline.push(self.crossing(edge, level));
                edge = next;
            }
            outlines.push(outline);
        }
        outlines
    }

    /// From the edge where an outline enters a cell to the edge where it leaves it, the region on
    /// its left.
    fn segments(&self, level: f64) -> BTreeMap<Edge, Edge> {
        let mut segments = BTreeMap::new();
        let side = self.side as i64;
        for j in -1..side {
            for i in -1..side {
                let edges = [(i, j, true), (i + 1, j, false), (i, j + 1, true), (i, j, false)];
                let corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
                let above = corners.map(|[i, j]| self.at(i, j) > level);
                // round the cell: an edge from above to below is where the outline enters
                let enters = |k: &usize| above[*k] && !above[(k + 1) % 4];
                for k in (0..4).filter(enters) {
                    // the next edge backwards from below to above closes off the corner that is
                    // above; in a saddle that keeps the two corners apart
                    let leaves = |back: &usize| {
                        let k = (k + 4 - back) % 4;
                        !above[k] && above[(k + 1) % 4]
                    };
                    if let Some(back) = (1..4).find(leaves) {
                        segments.insert(edges[k], edges[(k + 4 - back) % 4]);
                    }
                }
            }
        }
        segments
    }

    /// Where the level lies on an edge, between its ends in proportion.
    fn crossing(&self, (i, j, along_x): Edge, level: f64) -> Point {
        let (di, dj) = if along_x { (1, 0) } else { (0, 1) };
        let (from, to) = (self.at(i, j), self.at(i + di, j + dj));
        let side = self.side as i64;
        let share = match (i.min(j) < 0, (i + di).max(j + dj) >= side) {
            // outlines that leave the grid close well outside of it
            (true, _) => 0.1,
            (_, true) => 0.9,
            _ => (level - from) / (to - from),
        };
        [i as f64 + share * di as f64, j as f64 + share * dj as f64]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(side: usize, value: impl Fn(f64, f64) -> f64) -> Field {
        let at = |k: usize| value((k % side) as f64, (k / side) as f64);
        Field::new(side, (0..side * side).map(at).collect())
    }

    /// Twice the signed area, by the shoelace formula.
    fn area(outline: &[Point]) -> f64 {
        let next = outline.iter().cycle().skip(1);
        let cross = |([x, y], [u, v]): (&Point, &Point)| x * v - u * y;
        outline.iter().zip(next).map(cross).sum::<f64>() / 2.0
    }

    #[test]
    fn a_disc_has_one_outline_of_its_area() {
        let disc =
            field(41, |x, y| 10.0 - ((x - 20.0) * (x - 20.0) + (y - 20.0) * (y - 20.0)).sqrt());
        let outlines = disc.outlines(0.0);
        assert_eq!(outlines.len(), 1);
        let relative = area(&outlines[0]).abs() / (std::f64::consts::PI * 100.0);
        assert!((0.99..1.0).contains(&relative), "{relative}");
    }

    #[test]
    fn opposite_corners_are_two_regions() {
        let xor = field(21, |x, y| (x - 10.0) * (y - 10.0));
        assert_eq!(xor.outlines(0.5).len(), 2);
    }

    #[test]
    fn a_hole_has_an_outline_of_its_own() {
        let ring = field(41, |x, y| {
            let r = ((x - 20.0) * (x - 20.0) + (y - 20.0) * (y - 20.0)).sqrt();
            5.0 - (r - 12.0).abs()
        });
        let outlines = ring.outlines(0.0);
        assert_eq!(outlines.len(), 2);
        assert!(area(&outlines[0]) * area(&outlines[1]) < 0.0, "they run opposite ways");
    }

    #[test]
    fn nothing_or_everything_above_the_level_is_no_border_or_the_whole_square() {
        assert!(field(5, |_, _| 0.5).outlines(0.5).is_empty());
        let all = field(5, |_, _| 1.0).outlines(0.5);
        assert_eq!(all.len(), 1);
        let outside = |point: &Point| point.iter().any(|c| *c < 0.0 || *c > 4.0);
        assert!(all[0].iter().all(outside), "round the grid");
    }
}
