//! The command `init-symmetry`; each of its calls lives in a file of `command/`.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
