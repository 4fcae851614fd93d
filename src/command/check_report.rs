//! What `check` has found, in words, in JSON and as JUnit: a verdict, the likely cause, what fails,
//! then notes. What passes and what does not apply is a number, and a list where it is asked for.

use super::Exit;
use super::junit::{Case, CaseResult, Run};
use super::output::{BAD, DOUBTFUL, GOOD, HEADING, counted, wrapped};
use super::under_test::Findings;
use crate::fault::{Fault, Planted};
use crate::property::{Class, Config, Outcome, PropertyVerdict};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

/// What became of one property.
pub(super) struct Checked {
    pub(super) property: &'static str,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

/// Everything that a run has found.
pub(super) struct Conclusion<'a> {
    pub(super) findings: &'a Findings,
    pub(super) checked: &'a [Checked],
    pub(super) config: &'a Config,
    pub(super) strict: bool,
    /// Whether passing properties, those that do not apply and all notes are listed.
    pub(super) verbose: bool,
    pub(super) took: Duration,
    /// Who asked, in whose words options are named.
    pub(super) asked_by: AskedBy,
    /// The line that asks again what failed.
    pub(super) replay: String,
}

/// Who asked for a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedBy {
    /// The command `init-symmetry check`.
    Shell,
    /// A call in Python.
    Python,
}

/// The JSON document; `schema` changes when a field changes its meaning or goes.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    subject: &'a str,
    profile: String,
    seed: u64,
    passes: bool,
    remarks: Vec<String>,
    causes: Vec<String>,
    explained_by: Vec<FaultView<'a>>,
    properties: Vec<OutcomeView<'a>>,
    seconds: f64,
}

#[derive(Serialize)]
struct FaultView<'a> {
    fault: &'a str,
    description: &'a str,
    look: &'a str,
}

#[derive(Serialize)]
struct OutcomeView<'a> {
    property: &'a str,
    class: String,
    verdict: String,
    reason: Option<&'a str>,
    case: Option<&'a str>,
    cases: usize,
    effective_cases: usize,
}

/// What an outcome counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fails,
    Vacuous,
    Noted,
    Passes,
    DoesNotApply,
}

impl Kind {
    /// A property about robustness that fails is a note: the gradient may be right.
    fn of(outcome: &Outcome) -> Self {
        match outcome.verdict {
            PropertyVerdict::Fails { .. } if outcome.is_wrong() => Self::Fails,
            PropertyVerdict::Fails { .. } => Self::Noted,
            PropertyVerdict::Vacuous | PropertyVerdict::Incomplete { .. } => Self::Vacuous,
            PropertyVerdict::Noted { .. } => Self::Noted,
            PropertyVerdict::Passes => Self::Passes,
            PropertyVerdict::DoesNotApply { .. } => Self::DoesNotApply,
        }
    }
}

impl Conclusion<'_> {
    fn outcomes(&self, kind: Kind) -> impl Iterator<Item = &Outcome> {
        let all = self.checked.iter().map(|it| &it.outcome);
        all.filter(move |outcome| Kind::of(outcome) == kind)
    }

    /// The properties that fail the check.
    pub(super) fn red(&self) -> impl Iterator<Item = &str> {
        let all = self.checked.iter().map(|it| &it.outcome);
        all.filter(|outcome| self.is_red(outcome)).map(|outcome| outcome.property.as_str())
    }

    /// Whether everything red has a failing case.
    pub(super) fn red_is_saved(&self) -> bool {
        let mut red = self.checked.iter().filter(|it| self.is_red(&it.outcome));
        red.all(|it| it.outcome.failing.is_some())
    }

    /// Whether an outcome keeps the exit code from being 0.
    fn is_red(&self, outcome: &Outcome) -> bool {
        match Kind::of(outcome) {
            Kind::Fails | Kind::Vacuous => true,
            Kind::Noted => self.strict && outcome.note().is_none_or(|note| note.fails_if_strict()),
            Kind::Passes | Kind::DoesNotApply => false,
        }
    }

    /// A failure outweighs a vacuous check; nothing that applies is vacuous too.
    pub(super) fn exit(&self) -> Exit {
        let all = || self.checked.iter().map(|it| &it.outcome);
        let is_vacuous = |outcome: &Outcome| Kind::of(outcome) == Kind::Vacuous;
        let remarks_fail = self.strict && !self.findings.remarks.is_empty();
        let has_problems = !self.findings.problems.is_empty();
        if has_problems
            || remarks_fail
            || all().any(|outcome| self.is_red(outcome) && !is_vacuous(outcome))
        {
            return Exit::Fails;
        }
        if all().any(is_vacuous) || !self.shows_something() { Exit::Vacuous } else { Exit::Fine }
    }

    /// Whether a property applies that is about what is right, where one was tried: that malformed
    /// questions are refused says nothing of a gradient.
    fn shows_something(&self) -> bool {
        let judged = |outcome: &Outcome| matches!(Kind::of(outcome), Kind::Passes | Kind::Noted);
        let all = || self.checked.iter().map(|it| &it.outcome);
        let is_of_class = |class| move |outcome: &&Outcome| outcome.class == class;
        let mut correctness = all().filter(is_of_class(Class::Correctness)).peekable();
        match correctness.peek() {
            Some(_) => correctness.any(judged),
            None => all().any(judged),
        }
    }

    pub(super) fn print(&self, out: &mut dyn Write, quiet: bool) -> io::Result<()> {
        self.print_verdict(out)?;
        for problem in &self.findings.problems {
            writeln!(out, "{BAD}fails{BAD:#}  {problem}")?;
        }
        for cause in &self.findings.causes {
            writeln!(out, "{BAD}likely cause:{BAD:#} {cause}")?;
        }
        for remark in &self.findings.remarks {
            writeln!(out, "{DOUBTFUL}note:{DOUBTFUL:#} {remark}")?;
        }
        for kind in [Kind::Fails, Kind::Vacuous, Kind::Noted] {
            let shown = |it: &&Outcome| self.is_red(it) || !quiet && !self.is_counted(it);
            let shown: Vec<&Outcome> = self.outcomes(kind).filter(shown).collect();
            self.print_outcomes(out, &shown, kind)?;
        }
        if !quiet {
            self.print_counted_notes(out)?;
        }
        if self.verbose && !quiet {
            let passing: Vec<_> = self.outcomes(Kind::Passes).map(|it| &*it.property).collect();
            if !passing.is_empty() {
                let count = counted(passing.len(), "property passes", "properties pass");
                writeln!(out, "{GOOD}{count}{GOOD:#}")?;
                writeln!(out, "{}", wrapped(&passing.join(", "), "  "))?;
            }
            self.print_what_does_not_apply(out)?;
        }
        if let Some(understood) = &self.findings.understood {
            writeln!(out, "{}", wrapped(&format!("recognised as {understood}"), ""))?;
        }
        let summary = self.summary();
        writeln!(out, "{HEADING}{summary}{HEADING:#}")?;
        if self.exit() != Exit::Fine {
            writeln!(out, "replay: {}", self.replay)?;
        }
        Ok(())
    }

    /// The verdict in one sentence.
    fn print_verdict(&self, out: &mut dyn Write) -> io::Result<()> {
        let applying = self.checked.len() - self.outcomes(Kind::DoesNotApply).count();
        let of = |count| match applying {
            1 => format!("{count} of 1 property that applies"),
            _ => format!("{count} of {applying} properties that apply"),
        };
        let vacuous = self.outcomes(Kind::Vacuous).count();
        let failing = self.red().count() - vacuous;
        let (style, verdict) = match self.exit() {
            Exit::Fine if applying == 1 => (GOOD, "passes: the 1 property that applies".into()),
            Exit::Fine => (GOOD, format!("passes: all {applying} properties that apply")),
            Exit::Vacuous if vacuous > 0 => {
                (DOUBTFUL, format!("incomplete: {} showed too little", of(vacuous)))
            }
            Exit::Vacuous => (DOUBTFUL, "incomplete: nothing was shown".into()),
            _ if failing > 0 => (BAD, format!("fails: {}", of(failing))),
            _ => (BAD, "fails: no property does, but what follows".into()),
        };
        let (kind, rest) = verdict.split_once(':').unwrap_or((&verdict, ""));
        writeln!(out, "{style}{kind}:{style:#}{rest}{}", self.more())
    }

    /// How many properties do not apply, and where they are listed.
    fn more(&self) -> String {
        let listed = match self.asked_by {
            _ if self.verbose => String::new(),
            AskedBy::Shell => "; --verbose lists all".into(),
            AskedBy::Python => "; to_dict() lists all".into(),
        };
        match self.outcomes(Kind::DoesNotApply).count() {
            0 => String::new(),
            1 => format!(" (1 does not apply{listed})"),
            count => format!(" ({count} do not apply{listed})"),
        }
    }

    /// Whether an outcome is only counted: a note on extreme or malformed input.
    fn is_counted(&self, outcome: &Outcome) -> bool {
        let is_note = Kind::of(outcome) == Kind::Noted && outcome.class == Class::Robustness;
        is_note && !self.verbose && !self.is_red(outcome)
    }

    fn print_counted_notes(&self, out: &mut dyn Write) -> io::Result<()> {
        let count = self.outcomes(Kind::Noted).filter(|it| self.is_counted(it)).count();
        if count == 0 {
            return Ok(());
        }
        let notes = counted(count, "note", "notes");
        let how = match (self.asked_by, count) {
            (AskedBy::Shell, 1) => "--verbose shows it, --strict makes it a failure",
            (AskedBy::Shell, _) => "--verbose shows them, --strict makes them failures",
            (AskedBy::Python, 1) => "strict=True shows it as a failure",
            (AskedBy::Python, _) => "strict=True shows them as failures",
        };
        writeln!(out, "{DOUBTFUL}{notes}{DOUBTFUL:#} on extreme or malformed input: {how}")
    }

    /// Those with the same first line of their reason are named below the first of them.
    fn print_outcomes(
        &self,
        out: &mut dyn Write,
        outcomes: &[&Outcome],
        kind: Kind,
    ) -> io::Result<()> {
        let first_line = |reason: &str| reason.lines().next().map(str::to_string);
        let reason = |outcome: &Outcome| view(outcome).reason.and_then(first_line);
        let mut told = Vec::new();
        for (place, outcome) in outcomes.iter().enumerate() {
            let reason_here = reason(outcome);
            if !self.verbose && reason_here.is_some() && told.contains(&reason_here) {
                continue;
            }
            self.print_outcome(out, outcome, kind)?;
            let same = outcomes[place + 1..].iter().filter(|it| reason(it) == reason_here);
            let same: Vec<&str> = same.map(|it| it.property.as_str()).collect();
            if !self.verbose && reason_here.is_some() && !same.is_empty() {
                let names = format!("for the same reason: {}", same.join(", "));
                writeln!(out, "{}", wrapped(&names, "  "))?;
            }
            told.push(reason_here);
        }
        Ok(())
    }

    fn print_outcome(&self, out: &mut dyn Write, outcome: &Outcome, kind: Kind) -> io::Result<()> {
        let OutcomeView { property, verdict, reason, case, cases, .. } = view(outcome);
        let style = if kind == Kind::Fails { BAD } else { DOUBTFUL };
        let verdict = match kind {
            Kind::Noted if outcome.class == Class::Robustness => "note (robustness)".to_string(),
            Kind::Noted => format!("note ({verdict})"),
            _ => verdict,
        };
        let cases = counted(cases, "case", "cases");
        writeln!(out, "{style}{verdict}{style:#}  {property} ({cases})")?;
        // a note that is no failure is shown with its case where everything is
        let case = case.filter(|_| self.verbose || self.is_red(outcome));
        for line in reason.into_iter().chain(case).flat_map(str::lines) {
            writeln!(out, "  {line}")?;
        }
        if kind == Kind::Noted && outcome.class == Class::Robustness && !self.strict {
            match self.asked_by {
                AskedBy::Shell => {
                    writeln!(
                        out,
                        "  --skip {property} leaves it out; --strict makes it a failure"
                    )?;
                }
                AskedBy::Python => {
                    let skip = format!("skip=[\"{property}\"]");
                    writeln!(out, "  {skip} leaves it out; strict=True makes it a failure")?;
                }
            }
        }
        Ok(())
    }

    /// The properties that do not apply, by what the program lacks for them.
    fn print_what_does_not_apply(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for outcome in self.outcomes(Kind::DoesNotApply) {
            if let PropertyVerdict::DoesNotApply { reason } = &outcome.verdict {
                by_reason.entry(reason).or_default().push(&outcome.property);
            }
        }
        for (reason, properties) in by_reason {
            let (one, many) = ("property does not apply", "properties do not apply");
            writeln!(out, "{}: {reason}", counted(properties.len(), one, many))?;
            writeln!(out, "{}", wrapped(&properties.join(", "), "  "))?;
        }
        Ok(())
    }

    fn summary(&self) -> String {
        if self.checked.is_empty() {
            return format!("checked {}: no property was judged", self.findings.subject);
        }
        let count = |kind| self.outcomes(kind).count();
        let mut counts = Vec::new();
        let words = [
            (Kind::Fails, "fails", "fail"),
            (Kind::Vacuous, "is vacuous or incomplete", "are vacuous or incomplete"),
        ];
        for (kind, one, many) in words {
            if count(kind) > 0 {
                counts.push(format!(", {}", counted(count(kind), one, many)));
            }
        }
        let notes = count(Kind::Noted) + self.findings.remarks.len();
        if notes > 0 {
            counts.push(format!(", {}", counted(notes, "note", "notes")));
        }
        let lacking = count(Kind::DoesNotApply);
        if lacking > 0 {
            counts.push(format!(", {}", counted(lacking, "does not apply", "do not apply")));
        }
        let held = count(Kind::Passes) + count(Kind::Noted);
        let applying = self.checked.len() - lacking;
        let applying = counted(applying, "property holds", "properties hold");
        let (seed, seconds) = (self.config.seed, self.took.as_secs_f64());
        format!(
            "checked {}: {held} of {applying}{} (seed {seed}, {seconds:.1} s)",
            self.findings.subject,
            counts.concat()
        )
    }

    pub(super) fn document(&self) -> Document<'_> {
        let Findings { subject, problems, remarks, causes, explained_by, .. } = self.findings;
        Document {
            schema: "init-symmetry/check/2",
            version: env!("CARGO_PKG_VERSION"),
            subject,
            profile: self.config.profile.to_string(),
            seed: self.config.seed,
            passes: self.exit() == Exit::Fine,
            remarks: remarks.clone(),
            causes: problems.iter().chain(causes).cloned().collect(),
            explained_by: explained_by.iter().map(fault_view).collect(),
            properties: self.checked.iter().map(|it| view(&it.outcome)).collect(),
            seconds: self.took.as_secs_f64(),
        }
    }

    /// The same for continuous integration: one suite, named after the subject.
    pub(super) fn junit_run(&self) -> Run {
        let case = |Checked { outcome, took, .. }: &Checked| {
            let view = view(outcome);
            let words = view.reason.into_iter().chain(view.case).collect::<Vec<_>>().join("\n");
            let result = match &outcome.verdict {
                PropertyVerdict::DoesNotApply { reason } => CaseResult::Skipped(reason.clone()),
                _ if self.is_red(outcome) => CaseResult::Fails {
                    kind: view.verdict,
                    reason: format!("{words}\nreplay: {}", self.replay),
                },
                _ => CaseResult::Passes,
            };
            Case {
                suite: self.findings.subject.clone(),
                name: outcome.property.clone(),
                seconds: took.as_secs_f64(),
                result,
                numbers: outcome.to_string(),
            }
        };
        let document = self.document();
        let explained: Vec<_> = self.findings.explained_by.iter().map(Fault::name).collect();
        let properties = vec![
            ("version", env!("CARGO_PKG_VERSION").to_string()),
            ("profile", self.config.profile.to_string()),
            ("seed", self.config.seed.to_string()),
            ("likely-cause", document.causes.join("; ")),
            ("explained-by", explained.join(", ")),
        ];
        Run { properties, cases: self.checked.iter().map(case).collect() }
    }
}

fn fault_view(fault: &Fault) -> FaultView<'_> {
    FaultView { fault: fault.name(), description: fault.description(), look: fault.where_to_look() }
}

fn view(outcome: &Outcome) -> OutcomeView<'_> {
    let (verdict, reason, case) = match &outcome.verdict {
        PropertyVerdict::Passes => ("passes".into(), None, None),
        PropertyVerdict::Fails { case, reason } => ("fails".into(), Some(reason), Some(case)),
        PropertyVerdict::Noted { note, case, reason } => {
            (note.to_string(), Some(reason), Some(case))
        }
        PropertyVerdict::Vacuous => ("vacuous".into(), None, None),
        PropertyVerdict::Incomplete { reason } => ("incomplete".into(), Some(reason), None),
        PropertyVerdict::DoesNotApply { reason } => ("does not apply".into(), Some(reason), None),
    };
    OutcomeView {
        property: &outcome.property,
        class: outcome.class.to_string(),
        verdict,
        reason: reason.map(String::as_str),
        case: case.map(String::as_str),
        cases: outcome.cases,
        effective_cases: outcome.effective,
    }
}
