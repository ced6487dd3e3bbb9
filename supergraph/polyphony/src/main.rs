//! The command line: everything in one process, one service alone, or a tool.

use std::process::ExitCode;

use clap::Parser as _;
use polyphony::cli::Cli;

/// Gives what was freed last to who asks next, while it is still in the processor's cache: an answer is thousands of small allocations.
/// Also for what is not Rust (SQLite, GStreamer).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    polyphony::cli::run(Cli::parse())
}
