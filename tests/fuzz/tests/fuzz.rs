//! libFuzzer on the target that `POLYPHONY_FUZZ_TARGET` names, beginning with its seeds, which are written to the corpus first; without a
//! name it lists the targets. `tests/fuzz/run` builds and starts it.

#![no_main]
#![expect(clippy::expect_used, clippy::print_stdout, clippy::print_stderr, reason = "a program for whoever develops Polyphony")]

use std::path::Path;
use std::sync::OnceLock;

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<&Target> = OnceLock::new();

fn begin() {
    let Ok(name) = std::env::var("POLYPHONY_FUZZ_TARGET") else {
        for target in TARGETS {
            println!("{}", target.name);
        }
        std::process::exit(0)
    };
    let target = TARGETS.iter().find(|target| target.name == name).expect("the name of a target");
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(Path::new("corpus").join(format!("seed-{number}")), seed).expect("a folder `corpus`");
    }
    TARGET.set(target).map_err(|_| ()).expect("begun once");
    // What is caught is an answer; what is not ends the process all the same.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}

fuzz_target!(init: begin(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(bytes);
    }
});
