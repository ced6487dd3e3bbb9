//! The command line: everything in one process, one service alone, or a tool.

use std::process::ExitCode;

use clap::Parser as _;
use polyphony::cli::Cli;

fn main() -> ExitCode {
    polyphony::cli::run(Cli::parse())
}
