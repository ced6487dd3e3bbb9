//! The users context as a service of its own.

fn main() -> std::process::ExitCode {
    platform::chassis::main(users::NAME, async |platform| users::start(platform).await.map(|users| users.context))
}
