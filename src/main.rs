//! The command `init-symmetry`; each of its calls lives in a file of `command/`.

// Bad input gets an error, never a panic. Here and not in Cargo.toml: tests state what they expect
// by panicking.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
