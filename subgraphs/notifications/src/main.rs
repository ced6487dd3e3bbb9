//! The notifications context as a service of its own.

fn main() -> std::process::ExitCode {
    platform::chassis::main(notifications::NAME, notifications::start)
}
