//! The catalog context as a service of its own.

fn main() -> std::process::ExitCode {
    platform::chassis::main(catalog::NAME, catalog::start)
}
