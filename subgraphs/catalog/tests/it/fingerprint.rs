//! Generated music in the forms in which people send in again what is not theirs.

use std::f64::consts::TAU;
use std::path::PathBuf;

use crate::known_again::{FORMS, ask, ask_others, listen};

const RATE: u32 = 22_050;

/// A minute of music, another for each seed, as a WAV file.
fn compose(seed: u32) -> Vec<u8> {
    const SECS: u32 = 60;
    let mut state = seed;
    let (mut notes, beat) = ([0.0; 3], RATE * (20 + seed) / 60);
    let mut sound = Vec::new();
    for index in 0..SECS * RATE {
        if index % beat == 0 {
            notes = std::array::from_fn(|voice| {
                // Numerical Recipes' generator; its upper bits are random enough for a tune.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                110.0 * 2_f64.powf(f64::from(state >> 28) / 12.0 + [0.0, 1.0, 2.5][voice])
            });
        }
        let (time, since) = (f64::from(index) / f64::from(RATE), f64::from(index % beat) / f64::from(beat));
        let tone: f64 = notes.iter().map(|hz| (TAU * hz * time).sin() + 0.5 * (TAU * 2.0 * hz * time).sin()).sum();
        #[expect(clippy::cast_possible_truncation, reason = "the amplitude is below one")]
        let sample = (tone * 0.2 * (1.0 - 0.7 * since) * f64::from(i16::MAX)) as i16;
        sound.extend(sample.to_le_bytes());
    }
    let size = u32::try_from(sound.len()).unwrap();
    let mut file = [b"RIFF".as_slice(), &(size + 36).to_le_bytes(), b"WAVEfmt \x10\0\0\0\x01\0\x01\0", &RATE.to_le_bytes(), &(RATE * 2).to_le_bytes()].concat();
    file.extend([b"\x02\0\x10\0data".as_slice(), &size.to_le_bytes(), &sound].concat());
    file
}

#[test]
fn generated_music_is_known_again_in_every_form_and_never_mistaken() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (1..=5)
        .map(|seed| {
            let file = folder.path().join(format!("{seed}.wav"));
            std::fs::write(&file, compose(seed)).unwrap();
            file
        })
        .collect();
    let known = listen(&files);
    assert_eq!(known.len(), files.len());
    assert_eq!(ask_others(&known), []);
    for (form, options, ending) in FORMS {
        let outcome = ask(&known, options, ending);
        assert!(outcome.missed.is_empty(), "{form}: {outcome:?}");
        let told = (outcome.asked, outcome.recall().to_bits(), outcome.precision().to_bits());
        assert_eq!(told, (files.len(), 1_f64.to_bits(), 1_f64.to_bits()), "{form}: {outcome:?}");
    }
}
