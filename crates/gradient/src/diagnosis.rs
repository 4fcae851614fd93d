//! What a wrong gradient looks like: a cause is named only when it fits within the tolerance.

use super::comparison::Comparison;
use super::differentiable::{Block, ranges};
use super::estimate::Estimate;
use serde::Serialize;
use std::ops::Range;

/// The pattern of a mismatch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Every entry claimed is zero.
    Dropped,
    /// Every entry is the derivative times this factor.
    Multiple(f64),
    /// The transpose of the derivative.
    Transposed,
    /// Row i is row i + this of the derivative, counted in a circle.
    RowsRotated(usize),
    /// Column k is column k + this of the derivative, counted in a circle.
    ColumnsRotated(usize),
    /// Every row is a multiple of that row of the derivative, with factors of their own.
    RowsScaled,
    /// Every entry claimed is the same number, and the derivative's are not.
    Broadcast,
    /// The gradient of the network with the derivative of an activation left out.
    SlopeMissing,
    /// The gradient of the network with the derivative of an activation taken at a instead of z.
    SlopeAtActivation,
    /// All blocks of later layers agree, this one and all before it do not.
    EntersHere,
    /// None of the patterns known.
    Unknown,
}

/// A pattern that a mismatch has, with a sentence that names the likely cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// The block, or all of them joined by commas.
    pub block: String,
    /// The pattern.
    pub pattern: Pattern,
    /// What it may come from, for people.
    pub sentence: String,
}

/// What is known of a subject beside its blocks; it gives factors a name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context {
    /// m, if the loss is a mean over examples.
    pub(crate) examples: Option<usize>,
}

/// The findings of a mismatch, block by block, and where it enters.
pub(crate) fn diagnose(comparison: &Comparison<'_>, context: Context) -> Vec<Cause> {
    let differing: Vec<usize> = comparison.differing().collect();
    let checked: Vec<usize> = comparison.checked().collect();
    let wrong = |range: &Range<usize>| differing.iter().any(|i| range.contains(i));
    let mut findings: Vec<Cause> = ranges(comparison.blocks)
        .filter(|(_, range)| wrong(range))
        .map(|(block, range)| {
            let checked = checked.iter().copied().filter(|i| range.contains(i)).collect();
            let part = Part { comparison, block, start: range.start, checked };
            let pattern = part.pattern();
            let sentence = sentence(pattern, block, context);
            Cause { block: block.name.clone(), pattern, sentence }
        })
        .collect();
    merge_equal_factors(&mut findings, comparison.blocks.len());
    findings.extend(where_it_enters(comparison, &wrong));
    findings
}

/// One finding instead of many when the whole gradient is off by one factor.
fn merge_equal_factors(findings: &mut Vec<Cause>, blocks: usize) {
    let factor = |finding: &Cause| match finding.pattern {
        Pattern::Multiple(factor) => Some(factor),
        _ => None,
    };
    let Some(first) = findings.first().and_then(factor) else { return };
    // Named factors are snapped to their name, so equal ones are equal to the bit.
    let all_equal =
        findings.iter().all(|f| factor(f).is_some_and(|x| x.to_bits() == first.to_bits()));
    if all_equal && blocks > 1 && findings.len() == blocks {
        findings.truncate(1);
        for finding in findings {
            finding.sentence = finding.sentence.replacen(&finding.block, "the whole gradient", 1);
            finding.block = "all blocks".into();
        }
    }
}

/// Backpropagation runs from the last block to the first: an error spreads downwards.
fn where_it_enters(
    comparison: &Comparison<'_>,
    wrong: &dyn Fn(&Range<usize>) -> bool,
) -> Option<Cause> {
    let wrong: Vec<bool> = ranges(comparison.blocks).map(|(_, range)| wrong(&range)).collect();
    let last = wrong.iter().rposition(|&wrong| wrong)?;
    let spreads = last > 0 && last + 1 < wrong.len() && wrong[..=last].iter().all(|&wrong| wrong);
    spreads.then(|| {
        let (block, after) = (&comparison.blocks[last].name, &comparison.blocks[last + 1].name);
        let sentence = format!(
            "{after} and all after it agree, {block} and all before it do not: the error enters \
             between them"
        );
        Cause { block: block.clone(), pattern: Pattern::EntersHere, sentence }
    })
}

/// One block of a comparison.
struct Part<'a> {
    comparison: &'a Comparison<'a>,
    block: &'a Block,
    start: usize,
    checked: Vec<usize>,
}

impl Part<'_> {
    fn found(&self, i: usize) -> &Estimate {
        &self.comparison.found[i]
    }

    fn claimed(&self, i: usize) -> f64 {
        self.comparison.claimed[i]
    }

    fn pattern(&self) -> Pattern {
        let Block { rows, columns, .. } = *self.block;
        if self.checked.iter().all(|&i| self.claimed(i) == 0.0) {
            return Pattern::Dropped;
        }
        if let Some(factor) = self.factor(&self.checked).or_else(|| self.simple_ratio()) {
            return Pattern::Multiple(factor);
        }
        if rows == columns && rows > 1 && self.fits(|row, column| (column, row)) {
            return Pattern::Transposed;
        }
        let by_rows = |by| self.fits(move |row, column| ((row + by) % rows, column));
        let by_columns = |by| self.fits(move |row, column| (row, (column + by) % columns));
        if let Some(by) = (1..rows).find(|&by| by_rows(by)) {
            return Pattern::RowsRotated(by);
        }
        if let Some(by) = (1..columns).find(|&by| by_columns(by)) {
            return Pattern::ColumnsRotated(by);
        }
        if self.rows_are_scaled() {
            return Pattern::RowsScaled;
        }
        let first = self.claimed(self.checked[0]).to_bits();
        if self.checked.len() > 1
            && self.checked.iter().all(|&i| self.claimed(i).to_bits() == first)
        {
            return Pattern::Broadcast;
        }
        Pattern::Unknown
    }

    /// The one factor between claim and derivative, if there are two entries to tell it by.
    fn factor(&self, entries: &[usize]) -> Option<f64> {
        let steepest = |i: &usize| self.found(*i).low.abs();
        let &pivot = entries.iter().max_by(|i, k| steepest(i).total_cmp(&steepest(k)))?;
        let (slope, tolerance) = (self.found(pivot).low, self.found(pivot).tolerance());
        let visible = entries.iter().filter(|&&i| steepest(&i) > 2.0 * self.found(i).tolerance());
        if slope.abs() <= 2.0 * tolerance || visible.count() < 2 {
            return None;
        }
        let factor = self.claimed(pivot) / slope;
        let fits = entries.iter().all(|&i| {
            let expected = self.found(i).scaled(factor);
            // The pivot is uncertain by its own tolerance, and passes that on to every entry.
            let allowed = expected.tolerance() + factor.abs() * tolerance;
            expected.distance(self.claimed(i)) <= allowed
        });
        let uncertainty = (1.0 + factor.abs()) * tolerance / slope.abs();
        // A factor of 1 explains nothing: the entries differ by less than it resolves.
        fits.then(|| nearest_simple(factor, uncertainty))
            .filter(|factor| (factor - 1.0).abs() > 0.0)
    }

    /// Of a single entry any ratio fits, so only a whole number, or one over one, says something.
    fn simple_ratio(&self) -> Option<f64> {
        let &[only] = &self.checked[..] else { return None };
        let (slope, tolerance) = (self.found(only).low, self.found(only).tolerance());
        let ratio = self.claimed(only) / slope;
        let uncertainty = (1.0 + ratio.abs()) * tolerance / slope.abs();
        let simple = nearest_simple(ratio, uncertainty);
        (simple.fract() == 0.0 || (1.0 / simple).fract() == 0.0).then_some(simple)
    }

    /// Whether the claim is the derivative with its entries moved, every entry checked.
    fn fits(&self, moved: impl Fn(usize, usize) -> (usize, usize)) -> bool {
        self.checked.len() == self.block.len()
            && self.checked.iter().all(|&i| {
                let within = i - self.start;
                let from = moved(within / self.block.columns, within % self.block.columns);
                let from = self.start + from.0 * self.block.columns + from.1;
                self.found(from).distance(self.claimed(i))
                    <= self.found(from).tolerance().max(self.found(i).tolerance())
            })
    }

    fn rows_are_scaled(&self) -> bool {
        let row_of = |&i: &usize| (i - self.start) / self.block.columns;
        let rows = (0..self.block.rows).map(|row| {
            let entries = self.checked.iter().copied().filter(|i| row_of(i) == row);
            entries.collect::<Vec<_>>()
        });
        self.block.rows > 1 && rows.into_iter().all(|row| self.factor(&row).is_some())
    }
}

/// The whole number, or one over one, that the factor may be; else the factor itself.
fn nearest_simple(factor: f64, uncertainty: f64) -> f64 {
    let whole = factor.round();
    let over_whole = 1.0 / (1.0 / factor).round();
    let simple = [whole, over_whole].into_iter().find(|simple| {
        simple.is_finite() && *simple != 0.0 && (simple - factor).abs() <= uncertainty
    });
    simple.unwrap_or(factor)
}

/// The gradient that a certain error of backpropagation would give.
pub(crate) struct WrongGradient {
    pub(crate) pattern: Pattern,
    pub(crate) entries: Vec<Estimate>,
}

/// The findings, with those of no known pattern explained by a wrong gradient that fits them.
pub(crate) fn explained(
    findings: Vec<Cause>,
    blocks: &[Block],
    claimed: &[f64],
    wrong: &[WrongGradient],
) -> Vec<Cause> {
    let explain = |finding: Cause| {
        let vague = matches!(finding.pattern, Pattern::Unknown | Pattern::RowsScaled);
        let Some((block, range)) = ranges(blocks).find(|(block, _)| block.name == finding.block)
        else {
            return finding;
        };
        let fits = |wrong: &&WrongGradient| {
            let mut pairs = wrong.entries[range.clone()].iter().zip(&claimed[range.clone()]);
            pairs.all(|(entry, &claimed)| entry.is_known() && entry.accepts(claimed))
        };
        match wrong.iter().find(fits).filter(|_| vague) {
            None => finding,
            Some(&WrongGradient { pattern, .. }) => {
                let sentence = sentence(pattern, block, Context::default());
                Cause { pattern, sentence, ..finding }
            }
        }
    };
    findings.into_iter().map(explain).collect()
}

fn sentence(pattern: Pattern, block: &Block, context: Context) -> String {
    let Block { name, rows, columns } = block;
    match pattern {
        Pattern::Dropped => format!("{name} is zero in every checked entry: is it ever computed?"),
        Pattern::Multiple(factor) => multiple(name, factor, block, context),
        Pattern::Transposed => format!("{name} is the transpose of the derivative"),
        Pattern::RowsRotated(by) => {
            format!(
                "the rows of {name} are shifted: its row i is row (i + {by}) mod {rows} of the \
                 derivative"
            )
        }
        Pattern::ColumnsRotated(by) => {
            format!(
                "the columns of {name} are shifted: its column k is column (k + {by}) mod \
                 {columns} of the derivative"
            )
        }
        Pattern::RowsScaled => {
            format!("each row of {name} is off by its own factor: a factor per unit is wrong")
        }
        Pattern::Broadcast => {
            format!("all entries of {name} are equal: is a sum over too many axes broadcast?")
        }
        Pattern::SlopeMissing => format!("{name}: the derivative of the activation is missing"),
        Pattern::SlopeAtActivation => {
            format!("{name}: the derivative of the activation is taken at a instead of z")
        }
        Pattern::EntersHere | Pattern::Unknown => {
            format!("{name} does not match any known mistake; see the worst entries")
        }
    }
}

fn multiple(name: &str, factor: f64, block: &Block, context: Context) -> String {
    let is = |number: f64| factor.to_bits() == number.to_bits();
    let m = context.examples.filter(|&m| m > 1).map(|m| m as f64);
    let cause = if m.is_some_and(is) {
        "; that factor is m, so 1/m is missing: is a sum taken instead of the mean?"
    } else if m.is_some_and(|m| is(1.0 / m)) {
        "; that factor is 1/m: is 1/m applied twice?"
    } else if is(-1.0) {
        ": the sign is wrong"
    } else if is(2.0) {
        ": is the ½ of the loss forgotten?"
    } else if is(0.5) {
        ": is a ½ applied twice?"
    } else if block.rows > 1 && (is(block.rows as f64) || is(1.0 / block.rows as f64)) {
        "; its row count explains that: is a mean taken over the units?"
    } else {
        ""
    };
    format!("{name} is {factor} times the derivative{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every derivative below is known to.
    const TOLERANCE: f64 = 1.0 / 1024.0;

    fn estimates(derivative: &[f64]) -> Vec<Estimate> {
        derivative.iter().map(|&slope| Estimate::smooth(slope, 0.0, TOLERANCE)).collect()
    }

    fn findings(shapes: &[(usize, usize)], derivative: &[f64], claimed: &[f64]) -> Vec<Cause> {
        let block = |(k, &(rows, columns)): (usize, &(usize, usize))| {
            Block::new(format!("w{}", k + 1), rows, columns)
        };
        let blocks: Vec<_> = shapes.iter().enumerate().map(block).collect();
        let found = estimates(derivative);
        let comparison = Comparison { blocks: &blocks, claimed, found: &found };
        diagnose(&comparison, Context { examples: Some(5) })
    }

    /// What is told of a block with the first entries of this derivative.
    const DERIVATIVE: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0];

    #[track_caller]
    fn says(shape: (usize, usize), claimed: &[f64], pattern: Pattern, words: &str) {
        let found = findings(&[shape], &DERIVATIVE[..claimed.len()], claimed);
        assert_eq!((found.len(), found[0].pattern), (1, pattern), "{found:?}");
        assert!(found[0].sentence.ends_with(words), "{}", found[0].sentence);
    }

    #[test]
    fn every_factor_that_has_a_usual_cause_is_told_with_it() {
        let multiple = |shape: (usize, usize), factor: f64, words| {
            let claimed: Vec<f64> =
                DERIVATIVE[..shape.0 * shape.1].iter().map(|entry| factor * entry).collect();
            says(shape, &claimed, Pattern::Multiple(factor), words);
        };
        let of_m = "w1 is 5 times the derivative; that factor is m, so 1/m is missing: is a sum \
                    taken instead of the mean?";
        multiple((2, 2), 5.0, of_m);
        multiple((2, 2), 0.2, "; that factor is 1/m: is 1/m applied twice?");
        multiple((2, 2), -1.0, "w1 is -1 times the derivative: the sign is wrong");
        multiple((2, 2), 2.0, ": is the ½ of the loss forgotten?");
        multiple((2, 2), 0.5, ": is a ½ applied twice?");
        multiple((3, 2), 3.0, "; its row count explains that: is a mean taken over the units?");
        multiple(
            (3, 2),
            1.0 / 3.0,
            "; its row count explains that: is a mean taken over the units?",
        );
        multiple((1, 3), 1.75, "w1 is 1.75 times the derivative");
        multiple((3, 2), 1.75, "w1 is 1.75 times the derivative");
        // of one entry, only a whole number or one over one says something
        multiple((1, 1), 3.0, "w1 is 3 times the derivative");
        multiple((1, 1), 0.25, "w1 is 0.25 times the derivative");
    }

    #[test]
    fn every_pattern_is_recognised_and_nothing_else_is() {
        let unknown = "does not match any known mistake; see the worst entries";
        says((2, 2), &[0.0; 4], Pattern::Dropped, "is it ever computed?");
        says((2, 2), &[1.0, 3.0, 2.0, 4.0], Pattern::Transposed, "the transpose of the derivative");
        let rows = [6.0, 8.0, 1.0, 2.0, 3.0, 4.0];
        says(
            (3, 2),
            &rows,
            Pattern::RowsRotated(2),
            "its row i is row (i + 2) mod 3 of the derivative",
        );
        let columns = [2.0, 3.0, 1.0, 6.0, 8.0, 4.0];
        says(
            (2, 3),
            &columns,
            Pattern::ColumnsRotated(1),
            "its column k is column (k + 1) mod 3 of the derivative",
        );
        says((2, 2), &[2.0, 4.0, 9.0, 12.0], Pattern::RowsScaled, "a factor per unit is wrong");
        says((2, 2), &[7.0; 4], Pattern::Broadcast, "is a sum over too many axes broadcast?");
        says((2, 2), &[7.0, 7.0, 7.0, 9.0], Pattern::Unknown, unknown);
        says((1, 1), &[2.5], Pattern::Unknown, unknown);
        // the pivot 4 is right; what another entry may be off by is twice the tolerance at factor 1
        let off = |by: f64| vec![2.0, 4.0 + by * TOLERANCE, 6.0, 8.0];
        says((1, 4), &off(4.0), Pattern::Multiple(2.0), "forgotten?");
        says((1, 4), &off(5.0), Pattern::Unknown, unknown);
    }

    #[test]
    fn rows_with_factors_of_their_own_are_seen_in_any_block() {
        let derivative = [7.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0];
        let found =
            findings(&[(1, 1), (3, 2)], &derivative, &[7.0, 2.0, 4.0, 9.0, 12.0, 30.0, 40.0]);
        assert_eq!((found[0].block.as_str(), found[0].pattern), ("w2", Pattern::RowsScaled));
    }

    #[test]
    fn a_factor_needs_two_entries_that_can_be_told_from_zero() {
        let seen =
            |second: f64| findings(&[(1, 2)], &[8.0, second], &[16.0, 2.0 * second])[0].pattern;
        assert_eq!(seen(3.0 * TOLERANCE), Pattern::Multiple(2.0));
        assert_eq!(seen(2.0 * TOLERANCE), Pattern::Unknown);
    }

    #[test]
    fn a_factor_is_the_simple_number_that_it_may_be_and_never_one() {
        let seen = |off: [f64; 2], factor: f64| {
            let claimed = [factor * 8.0 + off[0] * TOLERANCE, factor * 4.0 + off[1] * TOLERANCE];
            findings(&[(1, 2)], &[8.0, 4.0], &claimed)[0].pattern
        };
        // a claim of 2·8 is uncertain by 1 + 2 tolerances
        for off in [2.5, -2.5] {
            assert_eq!(seen([off, 0.0], 2.0), Pattern::Multiple(2.0));
        }
        for off in [3.5, -3.5] {
            assert_eq!(seen([off, 0.0], 2.0), Pattern::Multiple(2.0 + off * TOLERANCE / 8.0));
        }
        assert_eq!(seen([0.0, 1.5], 1.0), Pattern::Unknown);
        // of one entry, what is no whole number is no factor
        let single = |off: f64| findings(&[(1, 1)], &[8.0], &[24.0 + off * TOLERANCE])[0].pattern;
        assert_eq!([3.5, -3.5].map(single), [Pattern::Multiple(3.0); 2]);
        assert_eq!([4.5, -4.5].map(single), [Pattern::Unknown; 2]);
    }

    #[test]
    fn one_factor_of_the_whole_gradient_is_one_finding() {
        let shapes = [(1, 2), (1, 3)];
        let derivative = [1.0, 2.0, 3.0, 4.0, 6.0];
        let found = findings(&shapes, &derivative, &[2.0, 4.0, 6.0, 8.0, 12.0]);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (finding.block.as_str(), finding.pattern),
            ("all blocks", Pattern::Multiple(2.0))
        );
        assert!(finding.sentence.starts_with("the whole gradient is 2 times the derivative"));
        let two = findings(&shapes, &derivative, &[2.0, 4.0, 9.0, 12.0, 18.0]);
        let patterns: Vec<_> = two.iter().map(|finding| finding.pattern).collect();
        assert_eq!(patterns, [Pattern::Multiple(2.0), Pattern::Multiple(3.0)]);
        let one = findings(&[(1, 2)], &[1.0, 2.0], &[2.0, 4.0]);
        assert_eq!(one[0].block, "w1", "a single block keeps its name");
    }

    #[test]
    fn an_error_enters_where_all_blocks_above_agree_and_none_below() {
        let enters = |wrong: [bool; 4]| {
            let claimed = wrong.map(|wrong| if wrong { 1.7 } else { 1.0 });
            let found = findings(&[(1, 1); 4], &[1.0; 4], &claimed);
            let enters = found.into_iter().find(|finding| finding.pattern == Pattern::EntersHere);
            enters.map(|finding| (finding.block, finding.sentence))
        };
        let sentence = "w3 and all after it agree, w2 and all before it do not: the error enters \
                        between them";
        let expected = Some(("w2".to_string(), sentence.to_string()));
        assert_eq!(enters([true, true, false, false]), expected);
        for elsewhere in [
            [true, false, false, false],
            [false, true, false, false],
            [true, false, true, false],
            [true, true, true, true],
            [false; 4],
        ] {
            assert_eq!(enters(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn a_wrong_gradient_explains_only_what_has_no_pattern_of_its_own_and_fits() {
        let blocks = [Block::new("w1", 1, 2)];
        let of = |pattern| Cause { block: "w1".into(), pattern, sentence: "as before".into() };
        let wrong = |entries: &[f64]| {
            [WrongGradient { pattern: Pattern::SlopeMissing, entries: estimates(entries) }]
        };
        let explain = |pattern, wrong: &[WrongGradient]| {
            let found = explained(vec![of(pattern)], &blocks, &[1.5, 2.5], wrong);
            (found[0].pattern, found[0].sentence.clone())
        };
        let fits = wrong(&[1.5, 2.5]);
        let named = "w1: the derivative of the activation is missing".to_string();
        for vague in [Pattern::Unknown, Pattern::RowsScaled] {
            assert_eq!(explain(vague, &fits), (Pattern::SlopeMissing, named.clone()));
        }
        let before = "as before".to_string();
        assert_eq!(explain(Pattern::Dropped, &fits), (Pattern::Dropped, before.clone()));
        let other = wrong(&[1.5, 2.75]);
        assert_eq!(explain(Pattern::Unknown, &other), (Pattern::Unknown, before));
    }
}
