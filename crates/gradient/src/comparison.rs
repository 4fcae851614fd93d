//! What was claimed beside what was found: entry by entry, block by block, and what follows.

use super::differentiable::{Block, ranges};
use super::estimate::{Estimate, Status};
use super::taylor::{Reading, Taylor};
use init_symmetry_network::tolerance::LEAST_RESOLUTION;
use serde::{Serialize, Serializer};

/// What a check concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum GradientVerdict {
    /// Every entry that was to be checked is within its tolerance, or at a kink between the slopes
    /// of its two sides; no Taylor rate says otherwise.
    Pass,
    /// At least one entry is not the derivative.
    Mismatch,
    /// Something that was to be checked could not be; that is no evidence either way.
    Unchecked,
    /// The subject breaks the contract: lengths, NaN, randomness, two different losses.
    Invalid,
}

/// The comparison of one entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The block's name.
    pub block: String,
    /// The row, from 0.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
    /// What the subject says.
    #[serde(serialize_with = "number")]
    pub claimed: f64,
    /// What the check found; at a kink, the accepted slope nearest to the claim.
    #[serde(serialize_with = "number")]
    pub found: f64,
    /// |claimed − found|.
    #[serde(serialize_with = "number")]
    pub absolute: f64,
    /// |claimed − found| / |found|.
    #[serde(serialize_with = "number")]
    pub relative: f64,
    /// The bound on what a finite step leaves out.
    #[serde(serialize_with = "number")]
    pub truncation: f64,
    /// The bound on rounding.
    #[serde(serialize_with = "number")]
    pub rounding: f64,
    /// How the entry was looked at.
    pub status: Status,
}

impl Entry {
    /// Truncation + rounding.
    pub fn tolerance(&self) -> f64 {
        self.truncation + self.rounding
    }
}

/// What became of one block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockReport {
    /// Name and shape.
    #[serde(flatten)]
    pub block: Block,
    /// How many entries have been compared.
    pub checked: usize,
    /// How many of those differ by more than their tolerance.
    pub differ: usize,
    /// How many others lie at a kink, with a claim between the slopes of its two sides: all that
    /// can be said where nothing is known of the function.
    pub kinks: usize,
    /// How many are exactly zero at this point, on our side: no error that scales them shows.
    pub zero: usize,
    /// How many were to be checked but are known too badly to compare.
    pub unresolved: usize,
    /// How many were left out, by sampling or by the cap on evaluations.
    pub not_selected: usize,
    /// The smallest error that would have been seen in every checked entry: twice the largest
    /// tolerance, once for the claim and once for what was found. In other entries nothing is seen.
    #[serde(serialize_with = "number")]
    pub detection_floor: f64,
}

impl BlockReport {
    /// Of a block that nothing is known of.
    pub(crate) fn of_nothing(block: &Block) -> Self {
        Self {
            block: block.clone(),
            checked: 0,
            differ: 0,
            kinks: 0,
            zero: 0,
            unresolved: 0,
            not_selected: block.len(),
            detection_floor: f64::INFINITY,
        }
    }
}

/// JSON has no NaN and no infinity; they travel as strings.
pub(crate) fn number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.is_finite() {
        serializer.serialize_f64(*number)
    } else {
        serializer.serialize_str(&number.to_string())
    }
}

/// Which entries have been compared with what.
#[derive(Debug, Clone)]
pub(crate) struct Comparison<'a> {
    pub(crate) blocks: &'a [Block],
    pub(crate) claimed: &'a [f64],
    pub(crate) found: &'a [Estimate],
}

/// How many of the worst entries are reported.
const MOST_WORST: usize = 8;
/// So many wrong entries are named in the reason.
const MOST_NAMED: usize = 3;

impl Comparison<'_> {
    /// The largest tolerance that still checks an entry of this gradient: what is claimed has no
    /// say in it.
    fn coarsest(&self) -> f64 {
        let found = self.found.iter().filter(|e| e.is_known()).flat_map(|e| [e.low, e.high]);
        let largest = found.fold(0.0_f64, |most, entry| most.max(entry.abs()));
        // Where all is zero there is no scale; the verdict says that 0 = 0 proves nothing.
        if largest > 0.0 { LEAST_RESOLUTION * largest } else { f64::INFINITY }
    }

    fn judged(&self, i: usize, coarsest: f64) -> Judged {
        let (found, claimed) = (&self.found[i], self.claimed[i]);
        let is_fine = found.is_known() && found.tolerance() <= coarsest;
        match found.status {
            Status::NotSelected => Judged::LeftOut,
            Status::Kink if is_fine && found.accepts(claimed) => Judged::AtKink,
            // However coarse, what is outside a tolerance is outside.
            Status::Smooth | Status::KnownKink if is_fine || found.condemns(claimed) => {
                Judged::Checked
            }
            _ => Judged::Unresolved,
        }
    }

    /// Every entry that has been compared.
    pub(crate) fn checked(&self) -> impl Iterator<Item = usize> + '_ {
        let coarsest = self.coarsest();
        (0..self.claimed.len()).filter(move |&i| self.judged(i, coarsest) == Judged::Checked)
    }

    /// The entries that have been compared and are not within tolerance.
    pub(crate) fn differing(&self) -> impl Iterator<Item = usize> + '_ {
        self.checked().filter(|&i| self.found[i].condemns(self.claimed[i]))
    }

    /// The gradient that was found, and what is claimed where nothing was.
    pub(crate) fn truth(&self) -> Vec<f64> {
        let true_entry = |(claimed, found): (&f64, &Estimate)| {
            if found.is_known() { found.nearest_to(*claimed) } else { *claimed }
        };
        self.claimed.iter().zip(self.found).map(true_entry).collect()
    }

    pub(crate) fn block_reports(&self) -> Vec<BlockReport> {
        let coarsest = self.coarsest();
        let ranges = ranges(self.blocks);
        ranges.map(|(block, range)| self.block_report(block, range, coarsest)).collect()
    }

    fn block_report(
        &self,
        block: &Block,
        range: std::ops::Range<usize>,
        coarsest: f64,
    ) -> BlockReport {
        let of =
            |judged: Judged| range.clone().filter(move |&i| self.judged(i, coarsest) == judged);
        let checked: Vec<usize> = of(Judged::Checked).collect();
        let count = |is: &dyn Fn(usize) -> bool| checked.iter().filter(|&&i| is(i)).count();
        let widest = |widest: f64, &i: &usize| {
            let estimate = &self.found[i];
            widest.max(2.0 * estimate.tolerance() + (estimate.high - estimate.low))
        };
        let seen_from = checked.iter().fold(0.0, widest);
        BlockReport {
            block: block.clone(),
            checked: checked.len(),
            differ: count(&|i| self.found[i].condemns(self.claimed[i])),
            kinks: of(Judged::AtKink).count(),
            zero: count(&|i| self.found[i].low == 0.0 && self.found[i].high == 0.0),
            unresolved: of(Judged::Unresolved).count(),
            not_selected: of(Judged::LeftOut).count(),
            detection_floor: if checked.is_empty() { f64::INFINITY } else { seen_from },
        }
    }

    /// The worst of the checked entries, by distance in tolerances.
    pub(crate) fn worst(&self) -> Vec<Entry> {
        let badness = |i: usize| {
            let distance = self.found[i].distance(self.claimed[i]);
            // An exact zero tolerance is missed by any distance at all.
            if distance == 0.0 { 0.0 } else { distance / self.found[i].tolerance() }
        };
        let mut order: Vec<usize> = self.checked().collect();
        order.sort_by(|&i, &k| badness(k).total_cmp(&badness(i)).then(i.cmp(&k)));
        order.truncate(MOST_WORST);
        order.into_iter().filter_map(|i| self.entry(i)).collect()
    }

    fn entry(&self, i: usize) -> Option<Entry> {
        let (block, range) = ranges(self.blocks).find(|(_, range)| range.contains(&i))?;
        let within = i - range.start;
        let (claimed, estimate) = (self.claimed[i], &self.found[i]);
        let found = estimate.nearest_to(claimed);
        let absolute = (claimed - found).abs();
        Some(Entry {
            block: block.name.clone(),
            row: within / block.columns,
            column: within % block.columns,
            claimed,
            found,
            absolute,
            relative: if absolute == 0.0 { 0.0 } else { absolute / found.abs() },
            truncation: estimate.truncation,
            rounding: estimate.rounding,
            status: estimate.status,
        })
    }

    /// Verdict and reason; the Taylor rates are those of the blocks that are not empty, in order.
    pub(crate) fn verdict(&self, reports: &[BlockReport], taylor: &[Taylor]) -> Conclusion {
        let total = |of: fn(&BlockReport) -> usize| reports.iter().map(of).sum::<usize>();
        let (checked, differ, zero) =
            (total(|b| b.checked), total(|b| b.differ), total(|b| b.zero));
        let (at_kinks, unresolved) = (total(|b| b.kinks), total(|b| b.unresolved));
        let entries = self.claimed.len();
        if differ > 0 {
            let reason = self.mismatch(differ, checked);
            return Conclusion { verdict: GradientVerdict::Mismatch, reason };
        }
        let unchecked = |reason| Conclusion { verdict: GradientVerdict::Unchecked, reason };
        if entries == 0 {
            return unchecked("there are no parameters".into());
        }
        let blind = reports.iter().find(|b| b.checked + b.kinks == 0 && !b.block.is_empty());
        if let Some(BlockReport { block, .. }) = blind {
            return unchecked(format!("no entry of {} could be checked", block.name));
        }
        if let Some(first) = self.first_unresolved() {
            return unchecked(format!(
                "{unresolved} of {entries} entries could not be checked; the first is {first}"
            ));
        }
        if zero == checked && at_kinks == 0 {
            let reason = "every derivative is zero at this point, so agreement proves nothing";
            return unchecked(reason.into());
        }
        let of_blocks = reports.iter().zip(ranges(self.blocks).map(|(_, range)| range));
        let of_blocks = of_blocks.filter(|(_, range)| !range.is_empty()).zip(taylor);
        let mut doubted = of_blocks.filter(|((report, range), taylor)| {
            let is_known_kink = |i: usize| self.found[i].status == Status::KnownKink;
            let has_kinks = report.kinks > 0 || range.clone().any(is_known_kink);
            taylor.reading == Reading::Linear && !has_kinks
        });
        if let Some((_, Taylor { block, .. })) = doubted.next() {
            return unchecked(format!(
                "the compared entries agree, but the Taylor remainder of {block} falls only \
                 linearly"
            ));
        }
        let mut reason = format!("{checked} of {entries} entries agree within their tolerance");
        if at_kinks > 0 {
            let lie = if at_kinks == 1 { "lies" } else { "lie" };
            reason += &format!("; {at_kinks} {lie} at a kink, where any slope between the two ");
            reason += "sides was accepted";
        }
        Conclusion { verdict: GradientVerdict::Pass, reason }
    }

    /// Which entries are not the derivative, the first few by name, and how many of how many.
    fn mismatch(&self, differ: usize, checked: usize) -> String {
        let first = self.differing().take(MOST_NAMED).filter_map(|i| self.entry(i));
        let mut names: Vec<String> = first
            .map(|Entry { block, row, column, .. }| format!("{block}[{row}, {column}]"))
            .collect();
        if differ > names.len() {
            names.push(format!("{} more", differ - names.len()));
        }
        let last = names.pop().unwrap_or_default();
        match names.as_slice() {
            [] => format!(
                "{last} differs from the derivative: 1 of {checked} compared entries is wrong"
            ),
            others => format!(
                "{} and {last} differ from the derivative: {differ} of {checked} compared entries \
                 are wrong",
                others.join(", ")
            ),
        }
    }

    /// Place and status.
    fn first_unresolved(&self) -> Option<String> {
        let coarsest = self.coarsest();
        let first =
            (0..self.claimed.len()).find(|&i| self.judged(i, coarsest) == Judged::Unresolved)?;
        let Entry { block, row, column, status, .. } = self.entry(first)?;
        let why = match status {
            Status::Smooth | Status::KnownKink => "the bound on its derivative is too coarse",
            Status::Kink => {
                "probably at a kink, as the gradient agrees with the loss around the point but \
                 not at it"
            }
            Status::DomainEdge => "at an edge of the domain",
            Status::SignLost => "too near a kink: rounding decides the side",
            Status::NotConverged | Status::NotSelected => "no step size is small enough",
        };
        Some(format!("{block}[{row}, {column}]: {why}"))
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// Compared, with one slope or with the known outcomes at a kink.
    Checked,
    /// Between the slopes on the two sides of a kink.
    AtKink,
    /// Known too badly.
    Unresolved,
    /// Not to be compared.
    LeftOut,
}

/// A verdict with its reason.
pub(crate) struct Conclusion {
    pub(crate) verdict: GradientVerdict,
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kink(low: f64, high: f64) -> Estimate {
        Estimate { high, status: Status::Kink, ..Estimate::smooth(low, 0.0, 0.0) }
    }

    /// w1 of 2 × 3 and b1 of 1 × 2. The largest entry is 16, so 1 is the coarsest tolerance.
    fn example() -> ([Block; 2], [f64; 8], Vec<Estimate>) {
        let found = vec![
            Estimate::smooth(-16.0, 0.25, 0.25),
            Estimate::smooth(2.0, 0.5, 0.5),
            Estimate::smooth(4.0, 1.0, 0.5),
            Estimate::nothing(Status::NotConverged),
            Estimate::nothing(Status::NotSelected),
            kink(-1.0, 3.0),
            Estimate::smooth(0.0, 0.0, 0.0),
            Estimate::smooth(8.0, 0.0, 0.125),
        ];
        let claimed = [-16.25, 4.5, 4.0, 7.0, 9.0, 3.5, 0.0, 8.125];
        ([Block::new("w1", 2, 3), Block::new("b1", 1, 2)], claimed, found)
    }

    #[test]
    fn the_coarsest_tolerance_is_a_sixteenth_of_the_largest_entry_found_whatever_is_claimed() {
        let coarsest = |claimed: f64, found: f64| {
            let (blocks, found) = ([Block::new("x", 1, 1)], [Estimate::smooth(found, 0.0, 0.0)]);
            Comparison { blocks: &blocks, claimed: &[claimed], found: &found }.coarsest()
        };
        assert_eq!([coarsest(32.0, 1.0), coarsest(1.0, -48.0)], [0.0625, 3.0]);
        assert_eq!([coarsest(0.0, 0.0), coarsest(32.0, 0.0)], [f64::INFINITY; 2]);
    }

    #[test]
    fn entries_are_compared_where_they_are_known_well_enough_and_counted_by_block() {
        let (blocks, claimed, found) = example();
        let comparison = Comparison { blocks: &blocks, claimed: &claimed, found: &found };
        let counts = |claimed: &[f64], found: &[Estimate]| {
            let comparison = Comparison { blocks: &blocks, claimed, found };
            let of = |b: &BlockReport| {
                [b.checked, b.differ, b.kinks, b.zero, b.unresolved, b.not_selected]
            };
            comparison.block_reports().iter().map(of).collect::<Vec<_>>()
        };
        // the claim at the kink is outside its slopes, and of that nothing is said
        assert_eq!(comparison.checked().collect::<Vec<_>>(), [0, 1, 6, 7]);
        assert_eq!(comparison.differing().collect::<Vec<_>>(), [1]);
        assert_eq!(counts(&claimed, &found), [[2, 1, 0, 0, 3, 1], [2, 0, 0, 1, 0, 0]]);
        let [w1, b1] = &comparison.block_reports()[..] else { panic!("two blocks") };
        // twice the tolerance of 1, and of 1/8
        assert_eq!((w1.detection_floor, b1.detection_floor), (2.0, 0.25));
        // between them it is at a kink
        let mut within = claimed;
        within[5] = 2.0;
        assert_eq!(counts(&within, &found)[0], [2, 1, 1, 0, 2, 1]);
        // if all outcomes are known, it is wrong, and seen from the width of the kink on
        let mut known = found.clone();
        known[5].status = Status::KnownKink;
        assert_eq!(counts(&claimed, &known)[0], [3, 2, 0, 0, 2, 1]);
        let comparison = Comparison { blocks: &blocks, claimed: &claimed, found: &known };
        assert_eq!(comparison.block_reports()[0].detection_floor, 4.0);
        // outside a coarse tolerance is outside
        let mut outside = claimed;
        outside[2] = 5.75;
        assert_eq!(counts(&outside, &found)[0], [3, 2, 0, 0, 2, 1]);
        let truth = [-16.0, 2.0, 4.0, 7.0, 9.0, 3.0, 0.0, 8.0];
        assert_eq!(comparison.truth(), truth);
    }

    #[test]
    fn the_worst_entries_are_furthest_off_in_tolerances_and_say_where_they_are() {
        let (blocks, claimed, mut found) = example();
        found[5].status = Status::KnownKink;
        let worst = Comparison { blocks: &blocks, claimed: &claimed, found: &found }.worst();
        let place = |entry: &Entry| (entry.block.clone(), entry.row, entry.column);
        let at = |block: &str, row, column| (block.to_string(), row, column);
        let expected =
            [at("w1", 1, 2), at("w1", 0, 1), at("b1", 0, 1), at("w1", 0, 0), at("b1", 0, 0)];
        assert_eq!(worst.iter().map(place).collect::<Vec<_>>(), expected);
        let Entry { claimed, found, absolute, relative, .. } = worst[1];
        assert_eq!((claimed, found, absolute, relative), (4.5, 2.0, 2.5, 1.25));
        assert_eq!((worst[1].truncation, worst[1].rounding, worst[1].tolerance()), (0.5, 0.5, 1.0));
        assert_eq!((worst[0].found, worst[0].status), (3.0, Status::KnownKink));
        assert_eq!(worst[4].relative, 0.0, "0 of 0");
    }

    fn verdict(
        found: &[Estimate],
        claimed: &[f64],
        shapes: &[(usize, usize)],
    ) -> (GradientVerdict, String) {
        let block = |&(rows, columns): &(usize, usize)| Block::new("w", rows, columns);
        let blocks: Vec<_> = shapes.iter().map(block).collect();
        let comparison = Comparison { blocks: &blocks, claimed, found };
        let Conclusion { verdict, reason } = comparison.verdict(&comparison.block_reports(), &[]);
        (verdict, reason)
    }

    fn said(verdict: GradientVerdict, reason: &str) -> (GradientVerdict, String) {
        (verdict, reason.to_string())
    }

    #[test]
    fn an_entry_that_cannot_be_compared_is_named_and_one_at_a_kink_is_counted() {
        let one = Estimate::smooth(1.0, 0.0, 0.0);
        for (status, why) in [
            (Status::NotConverged, "no step size is small enough"),
            (Status::DomainEdge, "at an edge of the domain"),
            (Status::SignLost, "too near a kink: rounding decides the side"),
        ] {
            let unresolved =
                format!("1 of 2 entries could not be checked; the first is w[0, 1]: {why}");
            assert_eq!(
                verdict(&[one, Estimate::nothing(status)], &[1.0, 5.0], &[(1, 2)]),
                said(GradientVerdict::Unchecked, &unresolved)
            );
        }
        let outside = "1 of 2 entries could not be checked; the first is w[0, 1]: probably at a \
                       kink, as the gradient agrees with the loss around the point but not at it";
        assert_eq!(
            verdict(&[one, kink(0.0, 1.0)], &[1.0, 1.5], &[(1, 2)]),
            said(GradientVerdict::Unchecked, outside)
        );
        let kinks = "1 of 2 entries agree within their tolerance; 1 lies at a kink, where any \
                     slope between the two sides was accepted";
        assert_eq!(
            verdict(&[one, kink(0.0, 1.0)], &[1.0, 0.5], &[(1, 2)]),
            said(GradientVerdict::Pass, kinks)
        );
    }

    #[test]
    fn the_first_entries_that_are_wrong_are_named_and_the_others_counted() {
        let found = [Estimate::smooth(1.0, 0.0, 0.0); 6];
        for (claimed, reason) in [
            (
                [1.0, 2.0, 1.0, 1.0, 1.0, 3.0],
                "w[0, 1] and w[1, 2] differ from the derivative: 2 of 6 compared entries are wrong",
            ),
            (
                [2.0, 2.0, 1.0, 2.0, 2.0, 2.0],
                "w[0, 0], w[0, 1], w[1, 0] and 2 more differ from the derivative: 5 of 6 compared \
                 entries are wrong",
            ),
        ] {
            let wrong = said(GradientVerdict::Mismatch, reason);
            assert_eq!(verdict(&found, &claimed, &[(2, 3)]), wrong);
        }
    }

    #[test]
    fn a_verdict_needs_a_comparison_in_every_block_and_a_derivative_that_is_not_zero() {
        let one = Estimate::smooth(1.0, 0.0, 0.0);
        let zero = Estimate::smooth(0.0, 0.0, 0.0);
        let unknown = Estimate::nothing(Status::NotConverged);
        let passes = said(GradientVerdict::Pass, "1 of 2 entries agree within their tolerance");
        let left_out = Estimate::nothing(Status::NotSelected);
        assert_eq!(verdict(&[one, left_out], &[1.0, 5.0], &[(1, 2)]), passes);
        let wrong = "w[0, 1] differs from the derivative: 1 of 2 compared entries is wrong";
        let wrong = said(GradientVerdict::Mismatch, wrong);
        assert_eq!(verdict(&[one, one], &[1.0, 1.5], &[(1, 2)]), wrong);
        let nothing = said(GradientVerdict::Unchecked, "no entry of w could be checked");
        assert_eq!(verdict(&[one, unknown], &[1.0, 5.0], &[(1, 1), (1, 1)]), nothing);
        assert_eq!(
            verdict(&[one], &[1.0], &[(1, 1), (0, 1)]).0,
            GradientVerdict::Pass,
            "an empty block"
        );
        let zeros = "every derivative is zero at this point, so agreement proves nothing";
        assert_eq!(verdict(&[zero], &[0.0], &[(1, 1)]), said(GradientVerdict::Unchecked, zeros));
        assert_eq!(verdict(&[kink(0.0, 1.0)], &[0.5], &[(1, 1)]).0, GradientVerdict::Pass);
        assert_eq!(
            verdict(&[], &[], &[]),
            said(GradientVerdict::Unchecked, "there are no parameters")
        );
    }

    #[test]
    fn nothing_passes_while_a_taylor_rate_is_linear_but_at_a_kink() {
        let blocks = [Block::new("w1", 1, 1), Block::new("none", 0, 3), Block::new("b1", 1, 1)];
        let rate = |block: &str, reading| Taylor {
            block: block.into(),
            rate: Some(1.0),
            floor: 0.5,
            apart: 0.5,
            reading,
        };
        let verdict = |second: Estimate, readings: [Reading; 2]| {
            let found = [Estimate::smooth(1.0, 0.0, 0.0), second];
            let comparison = Comparison { blocks: &blocks, claimed: &[1.0, 2.0], found: &found };
            let taylor = [rate("w1", readings[0]), rate("b1", readings[1])];
            comparison.verdict(&comparison.block_reports(), &taylor)
        };
        use Reading::{Linear, Quadratic, WithinTolerance};
        let smooth = Estimate::smooth(2.0, 0.0, 0.0);
        assert_eq!(verdict(smooth, [Quadratic; 2]).verdict, GradientVerdict::Pass);
        assert_eq!(verdict(smooth, [Quadratic, WithinTolerance]).verdict, GradientVerdict::Pass);
        let doubted = verdict(smooth, [Quadratic, Linear]);
        let why = "the compared entries agree, but the Taylor remainder of b1 falls only linearly";
        assert_eq!((doubted.verdict, &*doubted.reason), (GradientVerdict::Unchecked, why));
        let known = Estimate { status: Status::KnownKink, ..kink(1.0, 3.0) };
        for at_kink in [kink(1.0, 3.0), known] {
            assert_eq!(verdict(at_kink, [Quadratic, Linear]).verdict, GradientVerdict::Pass);
            assert_eq!(verdict(at_kink, [Linear, Linear]).verdict, GradientVerdict::Unchecked);
        }
    }
}
