//! The verdict of a claim, computed from its evidence and compared with the expected one.
//!
//! Claims run on all processors; a verdict depends on the claim and the findings alone. Start at
//! [`judge`], then [`Judgement::conclusion`].

use super::{Claim, Dropped, Evidence, Finding, Killer, Kind, Part, Shown, Verdict};
use crate::Result;
use crate::fault::Faulty;
use crate::parallel::in_order;
use crate::property::{Config, Profile};
use crate::subject::{Reference, Subject};
use std::time::{Duration, Instant};

/// What the evidence arrives at.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// A verdict.
    Verdict(Verdict),
    /// Evidence that does not show what it is meant to show.
    Fails(String),
    /// Evidence that could not have failed, or too little of it.
    Vacuous(String),
}

/// A claim with what was found.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The claim.
    pub claim: &'static Claim,
    /// What its evidence arrives at.
    pub computed: Computed,
    /// What each piece of evidence found, in the claim's order.
    pub findings: Vec<Finding>,
    /// What each run that drops an assumption found, in the claim's order; none where it cannot.
    pub dropped: Vec<Option<Finding>>,
    /// What each piece of evidence found of the fault that has to turn the claim red, in the
    /// claim's order; empty if no fault can.
    pub with_fault: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

impl Judgement {
    /// Whether the computed verdict is the expected one.
    pub fn is_as_expected(&self) -> bool {
        self.computed == Computed::Verdict(self.claim.expected)
    }

    /// Effective cases over all of the evidence.
    pub fn cases(&self) -> usize {
        self.findings.iter().map(|finding| finding.cases).sum()
    }

    /// Equations that its symbolic runs proved.
    pub fn obligations(&self) -> usize {
        self.findings.iter().map(|finding| finding.obligations).sum()
    }

    /// Each part of the statement with what its evidence found, in the order of its evidence.
    pub fn parts(&self) -> impl Iterator<Item = (&'static Part, &[Finding])> {
        let mut rest = self.findings.as_slice();
        self.claim.parts.iter().map(move |part| {
            let (own, others) = rest.split_at(part.evidence.len().min(rest.len()));
            rest = others;
            (part, own)
        })
    }

    /// Each piece of evidence with what it found; theorems, of which a record is read, left out.
    pub fn runs(&self) -> impl Iterator<Item = (&'static Evidence, &Finding)> {
        let all = self.claim.evidence().zip(&self.findings);
        all.filter(|(evidence, _)| evidence.kind() != Kind::Theorem)
    }

    /// What these findings arrive at for this claim: a function of the two alone, so that a changed
    /// claim or finding can be judged again without running anything.
    ///
    /// ```
    /// use init_symmetry::claim::{Computed, find, judge};
    /// use init_symmetry::property::{Config, Profile};
    /// let claim = find("mismatched-dimensions-are-refused")?;
    /// let mut judgement = judge(claim, &Config::new(Profile::Quick, 1));
    /// judgement.findings[0].cases = 0;
    /// assert!(matches!(judgement.conclusion(), Computed::Vacuous(_)));
    /// # Ok::<(), init_symmetry::Error>(())
    /// ```
    pub fn conclusion(&self) -> Computed {
        match compute(self.claim, &self.findings) {
            Computed::Verdict(verdict) => still_red_without(self.claim, &self.dropped)
                .or_else(|| survives_its_fault(self.claim, &self.with_fault, verdict))
                .unwrap_or(Computed::Verdict(verdict)),
            other => other,
        }
    }
}

/// Runs all evidence of a claim on the reference, each run that drops an assumption, and the
/// fault that has to turn the claim red.
///
/// ```
/// use init_symmetry::claim::{find, judge};
/// use init_symmetry::property::{Config, Profile};
/// let claim = find("mismatched-dimensions-are-refused")?;
/// assert!(judge(claim, &Config::new(Profile::Quick, 1)).is_as_expected());
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn judge(claim: &'static Claim, config: &Config) -> Judgement {
    let began = Instant::now();
    let findings = run_evidence(claim, &Reference, config);
    let dropped: Vec<_> = claim
        .assumptions
        .iter()
        .map(|assumption| match assumption.dropped {
            Dropped::Fails(_, run) => Some(run(&Reference, config).into()),
            Dropped::CannotBe(_) => None,
        })
        .collect();
    let with_fault = run_with_fault(claim);
    let computed = Computed::Vacuous("nothing is concluded yet".into());
    let mut judgement =
        Judgement { claim, computed, findings, dropped, with_fault, took: Duration::ZERO };
    judgement.computed = judgement.conclusion();
    judgement.took = began.elapsed();
    judgement
}

/// Runs all evidence of a claim on a subject, and nothing else: of a fault, say, that it has to
/// notice. What the subject cannot reach stays as it is.
///
/// ```
/// use init_symmetry::claim::{find, judge_subject};
/// use init_symmetry::fault::{Fault, Faulty};
/// use init_symmetry::property::{Config, Profile};
/// let claim = find("a-step-subtracts-the-rate-times-the-gradient")?;
/// let faulty = Faulty::with(Fault::RateAppliedTwice);
/// assert!(!judge_subject(claim, &faulty, &Config::new(Profile::Quick, 1)).is_as_expected());
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn judge_subject(claim: &'static Claim, subject: &dyn Subject, config: &Config) -> Judgement {
    let began = Instant::now();
    let findings = run_evidence(claim, subject, config);
    let computed = compute(claim, &findings);
    let dropped = vec![];
    let with_fault = vec![];
    let took = began.elapsed();
    Judgement { claim, computed, findings, dropped, with_fault, took }
}

/// Judges claims on all cores and hands each judgement over in the order of the claims, until
/// `each` fails.
///
/// The number of cores changes the time and nothing else: a judgement depends on its claim and the
/// configuration alone.
///
/// # Errors
/// What `each` fails with.
///
/// ```
/// use init_symmetry::claim::{find, judge_all};
/// use init_symmetry::property::{Config, Profile};
/// let claims = [find("identical-units-are-worth-one")?, find("zero-biases-are-harmless")?];
/// let mut green = 0;
/// judge_all(&claims, &Config::new(Profile::Quick, 1), |judgement| {
///     green += usize::from(judgement.is_as_expected());
///     Ok::<(), init_symmetry::Error>(())
/// })?;
/// assert_eq!(green, 2);
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn judge_all<E>(
    claims: &[&'static Claim],
    config: &Config,
    each: impl FnMut(Judgement) -> Result<(), E>,
) -> Result<(), E> {
    in_order(claims, |claim| judge(claim, config), each)
}

/// [`judge_subject`] for claims, on all cores, each handed over like those of [`judge_all`].
///
/// # Errors
/// What `each` fails with.
pub fn judge_all_of<E>(
    subject: &(dyn Subject + Sync),
    claims: &[&'static Claim],
    config: &Config,
    each: impl FnMut(Judgement) -> Result<(), E>,
) -> Result<(), E> {
    in_order(claims, |claim| judge_subject(claim, subject, config), each)
}

fn run_evidence(claim: &Claim, subject: &dyn Subject, config: &Config) -> Vec<Finding> {
    claim.evidence().map(|evidence| evidence.run(subject, config)).collect()
}

/// The verdict of findings, before assumptions and faults are considered.
fn compute(claim: &Claim, findings: &[Finding]) -> Computed {
    let min_cases = claim.min_cases;
    for (evidence, finding) in claim.evidence().zip(findings) {
        let what = evidence.what();
        match &finding.shown {
            Shown::Yes if evidence.is_effective(finding) => {}
            Shown::Yes => return Computed::Vacuous(format!("{what}: no effective case")),
            Shown::No(why) => return Computed::Fails(format!("{what}: {why}")),
            Shown::Vacuous(why) => return Computed::Vacuous(format!("{what}: {why}")),
        }
    }
    let cases: usize = findings.iter().map(|finding| finding.cases).sum();
    // a theorem says nothing of an implementation: both sides of a verdict have to be run
    let ran = || claim.evidence().filter(|evidence| evidence.kind() != Kind::Theorem);
    let is_complete = findings.len() == claim.evidence().count();
    if cases < min_cases || ran().next().is_none() || !is_complete {
        return Computed::Vacuous(format!("{cases} effective cases, but {min_cases} are needed"));
    }
    if let Some(part) = claim.parts.iter().find(|part| part.evidence.is_empty()) {
        return Computed::Vacuous(format!("no evidence that {}", part.says));
    }
    // the strongest word is said of a claim only where it is said of every part
    let proved = claim.parts.iter().all(Part::is_proved);
    let is_true = ran().any(|evidence| !evidence.is_against());
    let is_false = ran().any(|evidence| evidence.is_against());
    Computed::Verdict(match (is_true, is_false) {
        (true, true) => Verdict::Conditional,
        (false, _) => Verdict::Refuted,
        (true, false) if proved => Verdict::Proved,
        (true, false) => Verdict::Holds,
    })
}

/// An assumption whose dropping does not make the statement fail is not one.
fn still_red_without(claim: &Claim, dropped: &[Option<Finding>]) -> Option<Computed> {
    let runs = claim.assumptions.iter().zip(dropped);
    let idle = runs.filter_map(|(assumption, finding)| Some((assumption, finding.as_ref()?)));
    idle.filter(|(_, finding)| finding.shown != Shown::Yes || finding.cases == 0)
        .map(|(assumption, finding)| {
            let words = assumption.words;
            let numbers = &finding.numbers;
            Computed::Fails(format!("dropping '{words}' changes nothing: {numbers}"))
        })
        .next()
}

/// The evidence once more, on an implementation with the fault that has to turn the claim red; none
/// if no fault can.
fn run_with_fault(claim: &Claim) -> Vec<Finding> {
    let Killer::Fault(fault) = claim.killed_by else { return vec![] };
    // a fault worth naming shows in few cases, and once is enough: the seed is not the run's
    let quick = Config::new(Profile::Quick, Config::SEED).without_shrinking();
    run_evidence(claim, &Faulty::with(fault), &quick)
}

/// Evidence that says the same of a faulty implementation says nothing of a right one.
fn survives_its_fault(claim: &Claim, with_fault: &[Finding], verdict: Verdict) -> Option<Computed> {
    let Killer::Fault(fault) = claim.killed_by else { return None };
    if with_fault.len() != claim.evidence().count() {
        return Some(Computed::Vacuous(format!("the fault '{fault}' was not planted")));
    }
    // fewer cases than a whole run asks for are no sign of the fault
    let computed = compute(&Claim { min_cases: 0, ..*claim }, with_fault);
    (computed == Computed::Verdict(verdict))
        .then(|| Computed::Vacuous(format!("the fault '{fault}' does not turn it red")))
}
