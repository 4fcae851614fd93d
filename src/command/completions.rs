//! `completions`: a script with which a shell completes subcommands, options and names.
//!
//! The names come from the enums and lists that own them. Start at [`Completions::run`].

use super::output::Streams;
use super::{Arguments, CommandError, Exit};
use crate::claim::{self, Section, Verdict};
use crate::fault::Fault;
use crate::proof::Statement;
use crate::property::Profile;
use crate::{Activation, Loss};
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use std::io::Write;
use strum::VariantNames;

const AFTER_HELP: &str = "\
Examples:
  init-symmetry completions bash > ~/.local/share/bash-completion/completions/init-symmetry
  init-symmetry completions fish > ~/.config/fish/completions/init-symmetry.fish

Exit codes: 0 printed, 1 bad input";

/// A start of every kind.
const STARTS: [&str; 10] = [
    "zeros",
    "constant:0.1",
    "normal:0.01",
    "xavier",
    "he",
    "uniform:0.1",
    "xavier-uniform",
    "he-uniform",
    "glorot",
    "glorot-uniform",
];

/// Print a script with which your shell completes subcommands, options and names
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut completed(), "init-symmetry", &mut script);
        streams.out.write_all(&script)?;
        Ok(Exit::Fine)
    }
}

/// The arguments, with every name that they accept. Elsewhere names are read by functions, whose
/// messages suggest the nearest one.
fn completed() -> Command {
    fn with_names(command: Command) -> Command {
        let command = command.mut_args(names_of);
        let names: Vec<_> = command.get_subcommands().map(|it| it.get_name().to_string()).collect();
        names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_names))
    }
    with_names(Arguments::command())
}

fn names_of(argument: Arg) -> Arg {
    let claims = || claim::all().map(|claim| claim.id).collect();
    let names: Vec<&'static str> = match argument.get_id().as_str() {
        "claim" | "claims" => claims(),
        "section" => Section::VARIANTS.to_vec(),
        "verdict" => Verdict::VARIANTS.to_vec(),
        "profile" => Profile::VARIANTS.to_vec(),
        "fault" | "faults" => <Fault as VariantNames>::VARIANTS.to_vec(),
        "activation" => <Activation as VariantNames>::VARIANTS.to_vec(),
        "loss" => <Loss as VariantNames>::VARIANTS.to_vec(),
        "statement" => <Statement as VariantNames>::VARIANTS.to_vec(),
        "init" => STARTS.to_vec(),
        _ => return argument,
    };
    argument.value_parser(PossibleValuesParser::new(names))
}
