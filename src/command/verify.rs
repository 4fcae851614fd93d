//! `verify`, the default: runs claims and compares each verdict with the expected one.
//!
//! What runs and what a verdict is stand in `crate::claim`; here it is printed, as lines,
//! JSON or JUnit. Start at [`Verify::run`].

use super::effort::Effort;
use super::junit::{Case, CaseResult, Run};
use super::output::{BAD, DOUBTFUL, GOOD, HEADING, Streams, counted, print_json, progress_bar};
use super::reporting::{Reporting, ending, publish};
use super::selection::Selection;
use super::{CommandError, Exit};
use crate::claim::{
    Claim, Computed, Dropped, Evidence, Finding, Judgement, Kind, Shown, Verdict, judge_all,
    judge_all_of,
};
use crate::fault::{Fault, Faulty};
use crate::property::{Config, Profile};
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{self, Write};
use std::time::{Duration, Instant};

const AFTER_HELP: &str = "\
Examples:
  init-symmetry verify --only xor
  init-symmetry verify --section equal-starts --profile quick
  init-symmetry verify zero-biases-are-harmless --profile soak --seed 7
  init-symmetry verify --only xor --fault update-ascends
  init-symmetry verify --quiet --junit results.xml

Exit codes: 0 every verdict is as expected, 1 bad input, 2 one is not, 3 a claim was
vacuous, 4 no claim is selected";

/// Run the lesson's claims and compare each verdict with the expected one
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Verify {
    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    effort: Effort,

    /// Plant this fault in the implementation first, and see which claims notice it
    #[arg(long, value_name = "NAME", value_parser = super::faults::fault)]
    fault: Option<Fault>,

    #[command(flatten)]
    reporting: Reporting,
}

/// The JSON document; `schema` changes when a field changes its meaning or goes.
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    version: &'static str,
    profile: String,
    seed: u64,
    fault: Option<String>,
    cases_of_each_property: u32,
    as_expected: bool,
    seconds: f64,
    claims: Vec<ClaimView>,
}

#[derive(Serialize)]
struct ClaimView {
    id: &'static str,
    section: String,
    expected: String,
    status: Status,
    verdict: Option<String>,
    reason: Option<String>,
    effective_cases: usize,
    obligations: usize,
    seconds: f64,
    evidence: Vec<FindingView>,
    without_assumptions: Vec<FindingView>,
    replay: Option<String>,
}

#[derive(Serialize)]
struct FindingView {
    what: &'static str,
    shown: bool,
    reason: Option<String>,
    effective_cases: usize,
    obligations: usize,
    numbers: String,
}

/// How a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "lowercase")]
enum Status {
    /// The evidence arrives at the expected verdict.
    AsExpected,
    /// It arrives at another one, or at none.
    Fails,
    /// It could not have failed.
    Vacuous,
}

impl Verify {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let claims = self.selection.claims()?;
        let config = self.effort.config(Profile::Ci)?;
        let setting = Setting { config, fault: self.fault };
        let junit = self.reporting.junit_file()?;
        let began = Instant::now();
        let judgements = self.judgements(streams, &claims, &setting)?;
        let took = began.elapsed();
        let exit = exit_of(&judgements);
        if self.reporting.json {
            print_json(streams, &document(&judgements, &setting, took))?;
        } else if !self.reporting.quiet || exit != Exit::Fine {
            let summary = summary(&judgements, &setting, took);
            writeln!(streams.out, "{HEADING}{summary}{HEADING:#}")?;
        }
        streams.out.flush()?;
        let run = junit_run(&judgements, &setting);
        let written = publish(streams, &run, junit, Some("CLAIMS.md"));
        Ok(ending(streams, exit, written)?)
    }

    /// Judges claims and prints a line for each as soon as it is its turn.
    fn judgements(
        &self,
        streams: &mut Streams,
        claims: &[&'static Claim],
        setting: &Setting,
    ) -> Result<Vec<Judgement>, CommandError> {
        let Reporting { quiet, json, .. } = self.reporting;
        let bar = if quiet { ProgressBar::hidden() } else { progress_bar(claims.len() as u64) };
        let mut judgements = Vec::new();
        let each = |judgement: Judgement| {
            if !json && (!quiet || !judgement.is_as_expected()) {
                bar.suspend(|| print_judgement(streams, &judgement, setting))?;
            }
            bar.set_message(judgement.claim.id);
            bar.inc(1);
            judgements.push(judgement);
            Ok::<(), io::Error>(())
        };
        match setting.fault {
            None => judge_all(claims, &setting.config, each)?,
            Some(fault) => judge_all_of(&Faulty::with(fault), claims, &setting.config, each)?,
        }
        bar.finish_and_clear();
        Ok(judgements)
    }
}

/// What a run depends on besides its claims.
struct Setting {
    config: Config,
    fault: Option<Fault>,
}

/// A failure outweighs a vacuous check.
pub(super) fn exit_of(judgements: &[Judgement]) -> Exit {
    let any = |status| judgements.iter().any(|judgement| Status::of(judgement) == status);
    if any(Status::Fails) {
        Exit::Fails
    } else if any(Status::Vacuous) {
        Exit::Vacuous
    } else {
        Exit::Fine
    }
}

impl Status {
    fn of(judgement: &Judgement) -> Self {
        match judgement.computed {
            _ if judgement.is_as_expected() => Self::AsExpected,
            Computed::Vacuous(_) => Self::Vacuous,
            Computed::Verdict(_) | Computed::Fails(_) => Self::Fails,
        }
    }
}

fn print_judgement(
    streams: &mut Streams,
    judgement: &Judgement,
    setting: &Setting,
) -> io::Result<()> {
    let Claim { id, expected, .. } = judgement.claim;
    let status = Status::of(judgement);
    let style = match status {
        Status::AsExpected => GOOD,
        Status::Fails => BAD,
        Status::Vacuous => DOUBTFUL,
    };
    let found = match &judgement.computed {
        Computed::Verdict(verdict) => verdict.to_string(),
        Computed::Fails(_) | Computed::Vacuous(_) => status.to_string(),
    };
    let out = &mut streams.out;
    writeln!(out, "{style}{found:<11}{style:#}  {id} ({})", known_by(judgement))?;
    if let Some(reason) = reason(judgement) {
        writeln!(out, "             expected {expected}")?;
        for line in reason.lines() {
            writeln!(out, "             {line}")?;
        }
        writeln!(out, "             replay: {}", replay(judgement.claim, setting))?;
    }
    out.flush()
}

/// Cases and, where there are symbolic runs, obligations.
fn effort(judgement: &Judgement) -> String {
    let cases = counted(judgement.cases(), "case", "cases");
    match judgement.obligations() {
        0 => cases,
        proved => format!("{cases}, {}", counted(proved, "obligation", "obligations")),
    }
}

/// What was found, in a few words: the shortest counterexample of what is refuted; of the rest
/// theorems, which are read, and what has been run.
fn known_by(judgement: &Judgement) -> String {
    let claim = judgement.claim;
    let against = claim.evidence().filter(|it| it.is_against() && it.kind() != Kind::Theorem);
    let shortest = against.map(Evidence::what).min_by_key(|what| what.chars().count());
    if let (Computed::Verdict(Verdict::Refuted), Some(what)) = (&judgement.computed, shortest) {
        return format!("counterexample: {what}");
    }
    let count = |kind| claim.evidence().filter(|evidence| evidence.kind() == kind).count();
    let read = match count(Kind::Theorem) {
        0 => None,
        theorems => Some(counted(theorems, "theorem", "theorems")),
    };
    read.into_iter().chain([effort(judgement)]).collect::<Vec<_>>().join(", ")
}

/// Why the verdict is not the expected one.
pub(super) fn reason(judgement: &Judgement) -> Option<String> {
    let expected = judgement.claim.expected;
    match &judgement.computed {
        Computed::Verdict(verdict) if *verdict == expected => None,
        Computed::Verdict(verdict) => Some(format!("the evidence says {verdict}")),
        Computed::Fails(why) | Computed::Vacuous(why) => Some(why.clone()),
    }
}

fn replay(claim: &Claim, Setting { config, fault }: &Setting) -> String {
    let Config { profile, seed, .. } = config;
    let fault = fault.map(|fault| format!(" --fault {fault}")).unwrap_or_default();
    format!("init-symmetry verify {} --profile {profile} --seed {seed}{fault}", claim.id)
}

fn summary(judgements: &[Judgement], setting: &Setting, took: Duration) -> String {
    let count = |status| judgements.iter().filter(|it| Status::of(it) == status).count();
    let expected = |verdict| judgements.iter().filter(|it| it.claim.expected == verdict).count();
    let all = judgements.len();
    let right = count(Status::AsExpected);
    let claims = counted(all, "claim", "claims");
    let (claims, counts) = if right == all {
        let proved = (expected(Verdict::Proved), "proved", "proved");
        let holds = (expected(Verdict::Holds), "holds", "hold");
        let conditional = (expected(Verdict::Conditional), "conditional", "conditional");
        let refuted = (expected(Verdict::Refuted), "refuted", "refuted");
        (claims, vec![proved, holds, conditional, refuted])
    } else {
        let fails = (count(Status::Fails), "fails", "fail");
        let vacuous = (count(Status::Vacuous), "is vacuous", "are vacuous");
        (format!("{right} of {claims}"), vec![fails, vacuous])
    };
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, one, many)| counted(count, one, many)).collect();
    let counts = counts.join(", ");
    let seconds = took.as_secs_f64();
    let seed = setting.config.seed;
    let planted = setting.fault.map(|fault| format!(", {fault} planted")).unwrap_or_default();
    format!("{claims} as expected: {counts} (seed {seed}{planted}, {seconds:.1} s)")
}

fn document(judgements: &[Judgement], setting: &Setting, took: Duration) -> Document {
    let Setting { config, fault } = setting;
    Document {
        schema: "init-symmetry/verify/3",
        version: env!("CARGO_PKG_VERSION"),
        profile: config.profile.to_string(),
        seed: config.seed,
        fault: fault.map(|fault| fault.to_string()),
        cases_of_each_property: config.cases,
        as_expected: exit_of(judgements) == Exit::Fine,
        seconds: took.as_secs_f64(),
        claims: judgements.iter().map(|judgement| claim_view(judgement, setting)).collect(),
    }
}

fn claim_view(judgement: &Judgement, setting: &Setting) -> ClaimView {
    let Judgement { claim, computed, dropped, took, .. } = judgement;
    let reason = reason(judgement);
    let without = claim.assumptions.iter().zip(dropped);
    let without = without.filter_map(|(assumption, finding)| match assumption.dropped {
        Dropped::Fails(what, _) => Some(finding_view(what, finding.as_ref()?)),
        Dropped::CannotBe(_) => None,
    });
    ClaimView {
        id: claim.id,
        section: claim.section.to_string(),
        expected: claim.expected.to_string(),
        status: Status::of(judgement),
        verdict: match computed {
            Computed::Verdict(verdict) => Some(verdict.to_string()),
            Computed::Fails(_) | Computed::Vacuous(_) => None,
        },
        replay: reason.as_ref().map(|_| replay(claim, setting)),
        reason,
        effective_cases: judgement.cases(),
        obligations: judgement.obligations(),
        seconds: took.as_secs_f64(),
        evidence: judgement.runs().map(|(it, found)| finding_view(it.what(), found)).collect(),
        without_assumptions: without.collect(),
    }
}

fn finding_view(what: &'static str, finding: &Finding) -> FindingView {
    let Finding { shown, cases: effective_cases, obligations, numbers } = finding.clone();
    let reason = match &shown {
        Shown::Yes => None,
        Shown::No(why) | Shown::Vacuous(why) => Some(why.clone()),
    };
    let shown = shown == Shown::Yes;
    FindingView { what, shown, reason, effective_cases, obligations, numbers }
}

/// The same for continuous integration: a suite for each section.
fn junit_run(judgements: &[Judgement], setting: &Setting) -> Run {
    let Setting { config, fault } = setting;
    let mut properties = vec![
        ("version", env!("CARGO_PKG_VERSION").to_string()),
        ("profile", config.profile.to_string()),
        ("seed", config.seed.to_string()),
    ];
    properties.extend(fault.map(|fault| ("fault", fault.to_string())));
    Run { properties, cases: judgements.iter().map(|it| junit_case(it, setting)).collect() }
}

fn junit_case(judgement: &Judgement, setting: &Setting) -> Case {
    let Judgement { claim, took, .. } = judgement;
    let result = reason(judgement).map_or(CaseResult::Passes, |reason| CaseResult::Fails {
        kind: Status::of(judgement).to_string(),
        reason: format!("{reason}\nreplay: {}", replay(claim, setting)),
    });
    let numbers =
        judgement.runs().map(|(it, finding)| format!("{}: {}", it.what(), finding.numbers));
    Case {
        suite: claim.section.to_string(),
        name: claim.id.into(),
        seconds: took.as_secs_f64(),
        result,
        numbers: numbers.collect::<Vec<_>>().join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim;

    const SETTING: Setting = Setting { config: Config::new(Profile::Quick, 7), fault: None };

    /// Judgements of the first claims, with these verdicts.
    fn judgements(computed: impl IntoIterator<Item = fn(&Claim) -> Computed>) -> Vec<Judgement> {
        let judgement = |(claim, computed): (&'static Claim, fn(&Claim) -> Computed)| Judgement {
            claim,
            computed: computed(claim),
            findings: vec![],
            dropped: vec![],
            with_fault: vec![],
            took: Duration::ZERO,
        };
        claim::all().zip(computed).map(judgement).collect()
    }

    fn as_expected(claim: &Claim) -> Computed {
        Computed::Verdict(claim.expected)
    }

    fn another_verdict(claim: &Claim) -> Computed {
        let refuted = claim.expected == Verdict::Refuted;
        Computed::Verdict(if refuted { Verdict::Holds } else { Verdict::Refuted })
    }

    fn fails(_: &Claim) -> Computed {
        Computed::Fails("a reason".into())
    }

    fn vacuous(_: &Claim) -> Computed {
        Computed::Vacuous("no witness".into())
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_claim() {
        for (computed, expected) in [
            (vec![as_expected as fn(&Claim) -> Computed, as_expected], Exit::Fine),
            (vec![as_expected, another_verdict], Exit::Fails),
            (vec![fails, as_expected], Exit::Fails),
            (vec![as_expected, vacuous], Exit::Vacuous),
            (vec![vacuous, fails, vacuous], Exit::Fails),
        ] {
            assert_eq!(exit_of(&judgements(computed)), expected);
        }
    }

    #[test]
    fn the_summary_counts_every_claim_once() {
        let took = Duration::from_millis(4_130);
        let all = judgements(claim::all().map(|_| as_expected as fn(&Claim) -> Computed));
        let line = summary(&all, &SETTING, took);
        assert!(line.ends_with("(seed 7, 4.1 s)"), "{line}");
        let (all_claims, counts) = line.split_once(" claims as expected: ").unwrap();
        let counts = counts.split(" (").next().unwrap().split(", ");
        let counts = counts.map(|count| count.split(' ').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(counts.sum::<usize>(), claim::all().count());
        assert_eq!(all_claims, claim::all().count().to_string());

        let bad = judgements([as_expected as fn(&Claim) -> Computed, fails, vacuous, vacuous]);
        assert_eq!(
            summary(&bad, &SETTING, took),
            "1 of 4 claims as expected: 1 fails, 2 are vacuous (seed 7, 4.1 s)"
        );
    }

    #[test]
    fn a_claim_that_is_not_as_expected_says_why_and_how_to_see_it_again() {
        for computed in [fails as fn(&Claim) -> Computed, another_verdict, vacuous] {
            let view = claim_view(&judgements([computed])[0], &SETTING);
            assert!(view.status != Status::AsExpected && view.reason.is_some());
            let replay = format!("init-symmetry verify {} --profile quick --seed 7", view.id);
            assert_eq!(view.replay, Some(replay));
        }
        let view = claim_view(&judgements([as_expected as fn(&Claim) -> Computed])[0], &SETTING);
        assert_eq!((view.status, view.reason, view.replay), (Status::AsExpected, None, None));
    }
}
