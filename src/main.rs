//! The command `init-symmetry`; each of its subcommands lives in a file of `command/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    init_symmetry::command::main()
}
