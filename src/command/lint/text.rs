//! What `lint` found, for people: like findings in one line.

use super::Linted;
use crate::command::output::{BAD, DOUBTFUL, GOOD, HEADING, brief, counted, wrapped};
use crate::lint::{Finding, Findings, KnownUnits, Severity, Spread};
use crate::printable_path;
use crate::symmetry::UnitAxis;
use std::collections::HashMap;
use std::io::{self, Write};

pub(super) fn print(
    out: &mut impl Write,
    linted: &[Linted],
    show_units: bool,
    most: usize,
) -> io::Result<()> {
    for (place, file) in linted.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let (tensors, entries) = file.found.judged;
        writeln!(
            out,
            "{HEADING}{}{HEADING:#}: {}, {}; {} recognised",
            printable_path(&file.path),
            counted(tensors, "tensor", "tensors"),
            counted(entries, "entry", "entries"),
            counted(file.found.units.len(), "unit group", "unit groups"),
        )?;
        print_skipped(out, &file.found)?;
        if show_units {
            print_units(out, &file.found)?;
        }
        print_spreads(out, &file.found, most)?;
        print_findings(out, file, most)?;
    }
    Ok(())
}

fn print_skipped(out: &mut impl Write, found: &Findings) -> io::Result<()> {
    const SHOWN: usize = 4;
    let skipped = &found.skipped;
    if skipped.is_empty() {
        return Ok(());
    }
    let shown: Vec<_> =
        skipped.iter().take(SHOWN).map(|(name, kind)| format!("{name} ({kind})")).collect();
    let more = skipped.len().saturating_sub(SHOWN);
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("not judged: {}{end}", shown.join(", "));
    writeln!(out, "{}", wrapped(&text, "  "))
}

fn print_units(out: &mut impl Write, found: &Findings) -> io::Result<()> {
    for KnownUnits { name, units, pattern, axes, complete } in &found.units {
        let pattern = pattern.as_deref().unwrap_or("--units");
        let units = counted(*units, "unit", "units");
        let known = if *complete { "" } else { "; other axes may belong to them" };
        writeln!(out, "  {HEADING}{name}{HEADING:#}: {units} ({pattern}{known})")?;
        for axis in axes {
            let role = if axis.outgoing { "out" } else { "in" };
            writeln!(out, "    {role:<3}  axis {} of {}{}", axis.axis, axis.tensor, layout(axis))?;
        }
    }
    if !found.unrecognised.is_empty() {
        let quoted: Vec<_> = found.unrecognised.iter().map(|name| format!("'{name}'")).collect();
        let text =
            format!("judged by rows alone, because the units are unknown: {}", quoted.join(", "));
        writeln!(out, "{}", wrapped(&text, "  "))?;
    }
    Ok(())
}

/// How units lie on an axis, unless it is one index each.
fn layout(axis: &UnitAxis) -> String {
    let mut words = String::new();
    if axis.repeats > 1 {
        words += &format!(", {} blocks", axis.repeats);
    }
    if axis.each > 1 {
        words += &format!(", {} indices a unit", axis.each);
    }
    if let Some(first) = axis.first.filter(|first| *first > 0) {
        words += &format!(", from {first} on");
    }
    words
}

/// How weights are drawn, tensors that differ by numbers in their names together.
fn print_spreads(out: &mut impl Write, found: &Findings, most: usize) -> io::Result<()> {
    let mut lines: Vec<(&Spread, usize)> = Vec::new();
    let mut places = HashMap::new();
    for spread in &found.spreads {
        let template = (without_numbers(&spread.tensor), &spread.schemes, spread.axis_is_known);
        let place = *places.entry(template).or_insert(lines.len());
        match lines.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => lines.push((spread, 1)),
        }
    }
    let hidden = lines.len().saturating_sub(most);
    for (spread, count) in lines.into_iter().take(most) {
        let Spread { tensor, fans: (units, inputs), axis_is_known, deviation, drawn, schemes } =
            spread;
        let schemes = match &schemes[..] {
            [] => "no known scheme".into(),
            known => format!("as with {}", known.join(", ")),
        };
        let shape = if *axis_is_known {
            let units = counted(*units, "unit", "units");
            format!("{units}, {}", counted(*inputs, "input", "inputs"))
        } else {
            format!("{units} × {inputs}, unit axis unknown")
        };
        writeln!(
            out,
            "  {tensor}{}: {shape}; {drawn}, standard deviation {}, {schemes}",
            and_more(count),
            brief(*deviation),
        )?;
    }
    if hidden > 0 {
        writeln!(out, "  … and {} (--max-findings)", counted(hidden, "more line", "more lines"))?;
    }
    Ok(())
}

/// A name with # for each number, so that those of all layers are the same.
fn without_numbers(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if !c.is_ascii_digit() => plain.push(c),
            _ if plain.ends_with('#') => {}
            _ => plain.push('#'),
        }
    }
    plain
}

fn and_more(places: usize) -> String {
    match places {
        0 | 1 => String::new(),
        places => format!(" (and {} more like it)", places - 1),
    }
}

/// Findings of one rule at places that differ by numbers alone.
struct Group<'a> {
    first: &'a Finding,
    known: bool,
    places: usize,
}

fn groups(file: &Linted) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places = HashMap::new();
    for (finding, &known) in file.found.findings.iter().zip(&file.known) {
        let Finding { severity, rule, place, .. } = finding;
        let template = (*severity, *rule, without_numbers(place), known);
        let place = *places.entry(template).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.places += 1,
            None => groups.push(Group { first: finding, known, places: 1 }),
        }
    }
    groups
}

/// Where no unit is known, twins cannot be found, and a reader would take silence for praise.
fn print_missing_units(out: &mut impl Write, found: &Findings) -> io::Result<()> {
    if !found.knows_no_units() {
        return Ok(());
    }
    const TEXT: &str = "no unit group recognised, so twins cannot be found: are the weights \
                        n_in × n_out? Name them with --units (docs/LINT.md).";
    writeln!(out, "{DOUBTFUL}units{DOUBTFUL:#}    {}", wrapped(TEXT, "         ").trim_start())
}

fn print_findings(out: &mut impl Write, file: &Linted, most: usize) -> io::Result<()> {
    let groups = groups(file);
    for group in groups.iter().filter(|group| !group.known).take(most) {
        let Finding { rule, severity, place, message, .. } = group.first;
        let style = match severity {
            Severity::Error => BAD,
            Severity::Warning => DOUBTFUL,
            Severity::Note => HEADING,
        };
        let more = and_more(group.places);
        writeln!(out, "{style}{severity:<7}{style:#}  {rule}  {place}{more}")?;
        writeln!(out, "{}", wrapped(message, "         "))?;
    }
    let hidden = groups.iter().filter(|group| !group.known).count().saturating_sub(most);
    if hidden > 0 {
        writeln!(out, "… and {} (--max-findings)", counted(hidden, "more line", "more lines"))?;
    }
    let count = |severity: Severity| {
        file.new_findings().filter(|finding| finding.severity == severity).count()
    };
    let known = file.known.iter().filter(|known| **known).count();
    let of_baseline = match known {
        0 => String::new(),
        known => format!("; {known} known from the baseline"),
    };
    let all = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    if file.found.judged.0 == 0 {
        return writeln!(out, "{DOUBTFUL}nothing to judge:{DOUBTFUL:#} no floating-point tensor");
    }
    print_missing_units(out, &file.found)?;
    if all == [0; 3] && file.found.knows_no_units() {
        return writeln!(out, "nothing else found{of_baseline}");
    }
    if all == [0; 3] {
        return writeln!(out, "{GOOD}nothing found{GOOD:#}{of_baseline}");
    }
    let [errors, warnings, notes] = all;
    writeln!(
        out,
        "{}, {}, {}{of_baseline}; init-symmetry lint --explain RULE explains a rule",
        counted(errors, "error", "errors"),
        counted(warnings, "warning", "warnings"),
        counted(notes, "note", "notes")
    )
}
