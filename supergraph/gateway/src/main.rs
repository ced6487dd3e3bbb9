//! The gateway by itself, over any supergraph of federation 2: it can stand where another router stood. `polyphony serve gateway`
//! is the same gateway over Polyphony's own services.

mod standalone;

use std::process::ExitCode;

use clap::Parser as _;

/// As `polyphony` has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    standalone::run(&standalone::Options::parse())
}
