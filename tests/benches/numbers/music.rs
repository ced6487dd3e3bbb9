//! Music to measure with: four minutes made on the spot, the same on every machine, and a real recording where there is one.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

const RATE: u32 = 44_100;
const SECONDS: u32 = 240;
/// Samples of one period of a tone.
const TABLE: usize = 4096;
/// Beats last half a second.
const BEAT: u32 = RATE / 2;
/// Frequencies in hertz of four chords of four voices.
const CHORDS: [[f64; 4]; 4] = [[110.0, 261.63, 329.63, 440.0], [87.31, 261.63, 349.23, 440.0], [130.81, 261.63, 329.63, 392.0], [98.0, 246.94, 293.66, 392.0]];
/// Where each voice stands between left and right.
const PLACES: [f64; 4] = [0.5, 0.25, 0.7, 0.4];

/// Where Debian's package `singularity-music` keeps its tracks.
const REAL: &str = "/usr/share/games/singularity/music";

/// Writes four minutes of stereo music-like sound as 16-bit WAV: chords of rich tones that swell and decay, a beat of noise,
/// and one loud and one quiet half minute in turn, so that an encoder has work as with music.
pub(crate) fn synthesise(file: &Path) {
    let frames = RATE * SECONDS;
    let mut out = BufWriter::new(File::create(file).expect("a file can be made"));
    out.write_all(&header(frames)).expect("the disk has room");
    let table = tone();
    let mut phases = [0.0_f64; 4];
    let mut noise = Noise(0x2545_F491);
    for frame in 0..frames {
        let chord = CHORDS[(frame / (BEAT * 4)) as usize % CHORDS.len()];
        let within_beat = f64::from(frame % BEAT) / f64::from(BEAT);
        let (swell, decay) = ((1.0 - within_beat) * 0.8 + 0.2, (-within_beat * 14.0).exp());
        let loudness = if (frame / (RATE * 30)).is_multiple_of(2) { 0.8 } else { 0.25 };
        let drum = noise.next() * decay * 0.35;
        let (mut left, mut right) = (drum, drum);
        for ((phase, frequency), place) in phases.iter_mut().zip(chord).zip(PLACES) {
            *phase = (*phase + frequency / f64::from(RATE)).fract();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a phase is at least 0 and below 1")]
            let sample = table[(*phase * TABLE as f64) as usize] * swell * 0.22;
            left += sample * (1.0 - place);
            right += sample * place;
        }
        // A breath of independent noise on each side keeps the two channels apart, as a room does.
        for side in [left + noise.next() * 0.01, right + noise.next() * 0.01] {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to what 16 bits hold")]
            let sample = (side * loudness * 32_767.0).clamp(-32_768.0, 32_767.0) as i16;
            out.write_all(&sample.to_le_bytes()).expect("the disk has room");
        }
    }
    out.flush().expect("the disk has room");
}

/// The smallest track of Debian's package `singularity-music`, where it is installed.
pub(crate) fn real() -> Option<PathBuf> {
    all_real().into_iter().min_by_key(|file| file.metadata().map_or(u64::MAX, |metadata| metadata.len()))
}

/// All its tracks, by name.
pub(crate) fn all_real() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(REAL).into_iter().flatten();
    let mut files: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ogg"));
    files.sort();
    files
}

/// One period of a tone with twelve harmonics.
fn tone() -> Vec<f64> {
    let harmonic = |sample: usize, number: u32| (std::f64::consts::TAU * f64::from(number) * sample as f64 / TABLE as f64).sin() / f64::from(number);
    (0..TABLE).map(|sample| (1..=12).map(|number| harmonic(sample, number)).sum()).collect()
}

/// Marsaglia's xorshift: white enough, and the same everywhere.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

/// The header of a RIFF WAVE file of 16-bit stereo.
fn header(frames: u32) -> Vec<u8> {
    let data = frames * 4;
    let mut header = Vec::new();
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&(36 + data).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    for word in [16, u32::from_le_bytes([1, 0, 2, 0]), RATE, RATE * 4, u32::from_le_bytes([4, 0, 16, 0])] {
        header.extend_from_slice(&word.to_le_bytes());
    }
    header.extend_from_slice(b"data");
    header.extend_from_slice(&data.to_le_bytes());
    header
}
