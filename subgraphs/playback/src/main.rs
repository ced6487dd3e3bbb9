//! The playback context as a service of its own.

fn main() -> std::process::ExitCode {
    platform::chassis::main(playback::NAME, playback::start)
}
