//! The media worker as a service of its own; `media-worker transcode …` is the process in which it decodes a file.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(command) if command == "transcode" => media_worker::transcode_main(arguments),
        _ => platform::chassis::main(media_worker::NAME, media_worker::start),
    }
}
