//! `report`: the claims and their pictures as a page and files.
//!
//! What is on the page is decided in `crate::report`. Start at [`Report::run`].

use super::effort::Effort;
use super::output::{Streams, counted, progress_bar};
use super::verify::exit_of;
use super::{CommandError, Exit};
use crate::claim::{self, Claim, Judgement, judge_all};
use crate::printable_path;
use crate::property::{Config, Profile};
use crate::report::{Composition, PAGE, check_folder, compose, paths, write_folder};
use std::io::Write;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Examples:
  init-symmetry report --out report
  init-symmetry report --out report --seed 7 --profile quick

Exit codes: 0 written, 1 bad input, 2 a claim or a caption is not as expected, 3 a
claim was vacuous";

/// Write the claims and their pictures as one web page, with every figure as SVG and CSV
///
/// Runs the claims and draws the figures. The page needs no network connection, and the same
/// seed gives the same bytes on every machine. Nothing is written until everything is computed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Report {
    /// Folder to write to: new, empty, or with an earlier report that was not changed
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Write to a folder that also holds other files; these are kept and never replaced
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    effort: Effort,
}

impl Report {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        check_folder(&self.out, &paths(), self.force)?;
        let config = self.effort.config(Profile::Ci)?;
        let claims: Vec<&Claim> = claim::all().collect();
        let figures = crate::report::figures().len();
        let bar = progress_bar((claims.len() + figures) as u64);
        let mut judgements = Vec::new();
        judge_all(&claims, &config, |judgement| {
            bar.set_message(judgement.claim.id);
            bar.inc(1);
            judgements.push(judgement);
            Ok::<(), CommandError>(())
        })?;
        let report = compose(&config, &judgements, &|figure| {
            bar.set_message(figure.id);
            bar.inc(1);
        })?;
        bar.finish_and_clear();
        write_folder(&self.out, &report.files, self.force)?;
        self.tell(streams, &report, &judgements, &config)
    }

    /// What was written, and what in it is not as it should be.
    fn tell(
        &self,
        streams: &mut Streams,
        report: &Composition,
        judgements: &[Judgement],
        config: &Config,
    ) -> Result<Exit, CommandError> {
        for judgement in judgements.iter().filter(|judgement| !judgement.is_as_expected()) {
            streams.warning(&format!("{} is not as expected", judgement.claim.id));
        }
        for (figure, words) in &report.untrue {
            streams
                .warning(&format!("figure {} does not show this at this seed: {words}", figure.id));
        }
        let files = counted(report.files.len(), "file", "files");
        let figures = crate::report::figures().len();
        let claims = judgements.len();
        writeln!(
            streams.out,
            "{}\n{files}: the page, {claims} claims, {figures} figures as SVG and CSV (seed {}, \
             profile {})",
            printable_path(&self.out.join(PAGE)),
            config.seed,
            config.profile
        )?;
        let of_claims = exit_of(judgements);
        let untrue = of_claims == Exit::Fine && !report.untrue.is_empty();
        Ok(if untrue { Exit::Fails } else { of_claims })
    }
}
