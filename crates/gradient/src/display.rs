//! A report for people: verdict first, then blocks, worst entries, and what else is known.

use super::agreement::Agreement;
use super::comparison::{BlockReport, Entry, GradientVerdict};
use super::power::Power;
use super::report::GradientReport;
use super::taylor::Taylor;
use std::fmt::{Display, Formatter, Result};

/// Steps of the loss that are more than these many of its own are not those of f64.
const COARSE_GRAIN: f64 = 1.0 / (1_u64 << 36) as f64;

/// What two words of the report mean.
const MEANINGS: &str = "\
  unresolved: entries whose derivative is hidden by the rounding of the loss\n  \
  Taylor rate: 2 if the loss changes as the gradient predicts, 1 if it does not";

impl Display for GradientReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}: {} ({})", self.verdict, self.reason, self.method)?;
        if self.verdict != GradientVerdict::Invalid {
            write_blocks(f, &self.blocks)?;
            let most = if self.passed() { 3 } else { self.worst.len() };
            write_worst(f, &self.worst[..most.min(self.worst.len())])?;
            for finding in &self.diagnosis {
                writeln!(f, "likely: {}", finding.sentence)?;
            }
            write_agreement(f, &self.agreement, &self.taylor)?;
            writeln!(f, "  {MEANINGS}")?;
            if self.verdict != GradientVerdict::Unchecked {
                write_power(f, &self.power)?;
            }
            write_zeros(f, &self.blocks, self.zero_elsewhere)?;
        }
        let Self { loss, noise, grain, evaluations, planned, .. } = self;
        if *grain > COARSE_GRAIN * loss.abs() {
            writeln!(
                f,
                "the loss moves in steps of {grain:.1e}, as if it were computed in single \
                 precision or rounded: compute it in f64 to detect smaller errors"
            )?;
        }
        write!(f, "loss {loss}; {evaluations} evaluations")?;
        if noise.is_finite() {
            write!(f, ", {planned} planned; noise of the loss at most {noise:.1e}")?;
        }
        writeln!(f)?;
        write!(f, "replay: {}", self.replay)
    }
}

fn write_blocks(f: &mut Formatter<'_>, blocks: &[BlockReport]) -> Result {
    let width = blocks.iter().map(|b| b.block.name.chars().count()).max().unwrap_or(0).max(5);
    writeln!(
        f,
        "{:width$}      shape  checked  differ  kinks   zero  unresolved  detects errors ≥",
        "block"
    )?;
    for report in blocks {
        let BlockReport { block, checked, differ, kinks, zero, unresolved, .. } = report;
        let seen_from = match report.detection_floor {
            floor if floor.is_finite() => format!("{floor:.1e}"),
            _ => "—".into(),
        };
        let shape = format!("{}×{}", block.rows, block.columns);
        writeln!(
            f,
            "{:width$} {shape:>10}  {checked:>7}  {differ:>6}  {kinks:>5}  {zero:>5}  \
             {unresolved:>10}  {seen_from:>16}",
            block.name
        )?;
    }
    write_unseen(f, blocks)
}

/// The floor holds for the checked entries only.
fn write_unseen(f: &mut Formatter<'_>, blocks: &[BlockReport]) -> Result {
    for report in blocks {
        let BlockReport { block, kinks, unresolved, not_selected, .. } = report;
        let kinds =
            [(*kinks, "at a kink"), (*unresolved, "unresolved"), (*not_selected, "not selected")];
        let kinds = kinds.iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = kinds.map(|(count, what)| format!("{count} {what}")).collect();
        if !said.is_empty() {
            writeln!(
                f,
                "no error is detected in these entries of {}: {}",
                block.name,
                said.join(", ")
            )?;
        }
    }
    Ok(())
}

fn write_worst(f: &mut Formatter<'_>, worst: &[Entry]) -> Result {
    if worst.is_empty() {
        return Ok(());
    }
    writeln!(f, "worst entries, |claimed − found| against truncation + rounding:")?;
    for entry in worst {
        let Entry { block, row, column, claimed, found, absolute, relative, .. } = entry;
        let place = format!("{block}[{row}, {column}]");
        writeln!(
            f,
            "  {place:12} claimed {claimed:>22.15e}  found {found:>22.15e}  off {absolute:.1e} \
             (relative {relative:.1e})  allowed {:.1e} = {:.1e} + {:.1e}  {}",
            entry.tolerance(),
            entry.truncation,
            entry.rounding,
            entry.status,
        )?;
    }
    Ok(())
}

fn write_agreement(f: &mut Formatter<'_>, agreement: &Agreement, taylor: &[Taylor]) -> Result {
    let says = |accepts| match accepts {
        Some(true) => "accepts",
        Some(false) => "rejects",
        None => "—",
    };
    let Agreement { exact, differences, taylor: rates, same_loss, meaning } = *agreement;
    writeln!(
        f,
        "exact derivative {}, differences {}, Taylor rate {}: {meaning}",
        says(exact),
        says(differences),
        says(rates)
    )?;
    if same_loss == Some(false) {
        writeln!(f, "the subject's loss is not the specified loss")?;
    }
    for Taylor { block, rate, reading, floor, .. } in taylor {
        let rate = rate.map_or("—".into(), |rate| format!("{rate:.2}"));
        writeln!(f, "  Taylor {block}: rate {rate}, {reading}, detects errors ≥ {floor:.1e}")?;
    }
    Ok(())
}

fn write_power(f: &mut Formatter<'_>, power: &Power) -> Result {
    let Power { planted, caught, missed, invisible } = power;
    if *planted == 0 {
        return Ok(());
    }
    write!(f, "power: {caught} of {planted} planted errors would have been caught")?;
    if !missed.is_empty() {
        write!(f, "; missed: {}", missed.join(", "))?;
    }
    if !invisible.is_empty() {
        write!(f, "; without effect here: {}", invisible.join(", "))?;
    }
    writeln!(f)
}

fn write_zeros(f: &mut Formatter<'_>, blocks: &[BlockReport], elsewhere: Option<usize>) -> Result {
    let total = |of: fn(&BlockReport) -> usize| blocks.iter().map(of).sum::<usize>();
    let (zero, checked) = (total(|b| b.zero), total(|b| b.checked));
    let Some(elsewhere) = elsewhere else { return Ok(()) };
    writeln!(
        f,
        "{zero} of {checked} derivatives are exactly zero here, which hides a wrong factor; at \
         Check::another_point {elsewhere} are"
    )
}
