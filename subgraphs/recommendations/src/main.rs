//! The recommendations context as a service of its own.

fn main() -> std::process::ExitCode {
    platform::chassis::main(recommendations::NAME, recommendations::start)
}
