//! The command line: everything in one process, one service alone, or a tool.

use std::process::ExitCode;

use clap::Parser as _;
use polyphony::cli::Cli;

/// Small allocations, of which a gateway makes many, cost less than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    polyphony::cli::run(Cli::parse())
}
