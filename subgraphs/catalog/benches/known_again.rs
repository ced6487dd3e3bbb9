//! How well real recordings are known again. Not part of any test run: the packages are large. Needs ffmpeg and fpcalc.
//!
//! `cargo bench -p catalog --bench known_again -- FOLDER…`: every recording of the folders is put in each form in which people send
//! in again what is not theirs, and looked for among all of them. Every other recording that is found counts against precision and is
//! named; so is each that was missed: of the shortest a cut leaves nothing to know them by.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program for developers that prints what it finds")]

#[path = "../tests/it/known_again.rs"]
mod known_again;

use std::path::{Path, PathBuf};

use known_again::{FORMS, ask, ask_others, listen};

const KINDS: [&str; 5] = ["ogg", "opus", "mp3", "flac", "wav"];

fn main() {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        gather(Path::new(&folder), &mut files);
    }
    let known = listen(&files);
    println!("{} recordings, {} of them tell enough", files.len(), known.len());
    println!("each among all others: {:?}", ask_others(&known));
    println!("{:<36} {:>6} {:>7} {:>10} {:>6}", "form", "asked", "recall", "precision", "least");
    for (form, options, ending) in FORMS {
        let outcome = ask(&known, options, ending);
        let (recall, precision, least) = (outcome.recall(), outcome.precision(), outcome.least);
        println!("{form:<36} {:>6} {recall:>7.3} {precision:>10.3} {least:>6.3} mistaken: {:?} missed: {:?}", outcome.asked, outcome.mistaken, outcome.missed);
    }
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.filter_map(Result::ok).for_each(|entry| gather(&entry.path(), files));
    } else if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known))) {
        files.push(path.to_owned());
    }
}
