//! Recordings made on the spot: small, of known length, and free of anybody's rights.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Stdio;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

/// A file to be uploaded.
#[derive(Debug, Clone)]
pub struct Recording {
    /// What it is called at home.
    pub file_name: String,
    /// What it claims to be.
    pub media_type: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Recording {
    /// `seconds` of a tone that swells and fades once a second: WAV, 44.1 kHz, 16 bit, mono.
    pub fn tone(seconds: u32) -> Self {
        const RATE: u32 = 44_100;
        let samples = seconds * RATE;
        let mut bytes = wav_header(RATE, samples);
        for index in 0..samples {
            let second = f64::from(index) / f64::from(RATE);
            let loudness = 0.25 - 0.2 * (TAU * second).cos();
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bit: the amplitude is below one")]
            let sample = ((TAU * 440.0 * second).sin() * loudness * f64::from(i16::MAX)) as i16;
            bytes.extend_from_slice(&sample.to_le_bytes());
        }
        Self { file_name: "tone.wav".into(), media_type: "audio/wav".into(), bytes }
    }

    /// `seconds` of a melody over chords, the same each time and not one bar like another: WAV, 44.1 kHz, 16 bit, mono.
    pub fn song(seconds: u32) -> Self {
        const RATE: u32 = 44_100;
        const BEAT: u32 = RATE * 2 / 5;
        let mut bytes = wav_header(RATE, seconds * RATE);
        let mut state = 1_u32;
        let mut notes = [0.0; 3];
        for index in 0..seconds * RATE {
            if index % BEAT == 0 {
                notes = std::array::from_fn(|voice| {
                    // Numerical Recipes' generator; its upper bits are random enough for a tune.
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    110.0 * 2_f64.powf(f64::from(state >> 28) / 12.0 + [0.0, 1.0, 2.5][voice])
                });
            }
            let (second, since) = (f64::from(index) / f64::from(RATE), f64::from(index % BEAT) / f64::from(BEAT));
            let tone: f64 = notes.iter().map(|hz| (TAU * hz * second).sin() + 0.5 * (TAU * 2.0 * hz * second).sin()).sum();
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bit: the amplitude is below one")]
            let sample = (tone * 0.2 * (1.0 - 0.7 * since) * f64::from(i16::MAX)) as i16;
            bytes.extend_from_slice(&sample.to_le_bytes());
        }
        Self { file_name: "song.wav".into(), media_type: "audio/wav".into(), bytes }
    }

    /// The same sound as an MP3 at -9 dB, without its first seconds.
    pub async fn as_quiet_mp3(&self, skipped_secs: u32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (from, to) = (folder.path().join(&self.file_name), folder.path().join("quiet.mp3"));
        std::fs::write(&from, &self.bytes).expect("the file can be written");
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-ss", &skipped_secs.to_string(), "-i"]).arg(from);
        let output =
            command.args(["-af", "volume=-9dB", "-b:a", "96k"]).arg(&to).stdin(Stdio::null()).output().await.expect("ffmpeg is installed (`make install`)");
        assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
        Self { file_name: "quiet.mp3".into(), media_type: "audio/mpeg".into(), bytes: std::fs::read(to).expect("the file can be read") }
    }

    /// A text that calls itself a recording.
    pub fn text() -> Self {
        let bytes = "These are words, and words alone make no music.\n".repeat(40).into_bytes();
        Self { file_name: "song.mp3".into(), media_type: "audio/mpeg".into(), bytes }
    }

    /// Its SHA-256, in hexadecimal digits.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

fn wav_header(rate: u32, samples: u32) -> Vec<u8> {
    let data = samples * 2;
    let mut header = Vec::new();
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&(36 + data).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    header.extend_from_slice(&16_u32.to_le_bytes());
    for short in [1_u16, 1] {
        header.extend_from_slice(&short.to_le_bytes());
    }
    header.extend_from_slice(&rate.to_le_bytes());
    header.extend_from_slice(&(rate * 2).to_le_bytes());
    for short in [2_u16, 16] {
        header.extend_from_slice(&short.to_le_bytes());
    }
    header.extend_from_slice(b"data");
    header.extend_from_slice(&data.to_le_bytes());
    header
}

/// Writes `seconds` of a tone to `file` in the form that its ending names (`flac`, `ogg`, `mp3`, `wav`), with `tags`.
pub async fn write_tagged(file: &Path, seconds: u32, tags: &[(&str, &str)]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", &format!("sine=frequency=330:sample_rate=44100:duration={seconds}")]);
    for (tag, value) in tags {
        command.arg("-metadata").arg(format!("{tag}={value}"));
    }
    let output = command.arg(file).stdin(Stdio::null()).output().await.expect("ffmpeg is installed (`make install`)");
    assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
}

/// Plays the address or file `what` from beginning to end with a player that is not ours, and returns the seconds of sound heard.
///
/// # Panics
/// When the player complains about anything.
pub async fn play(what: &str) -> f64 {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i", what, "-map", "0:a:0", "-f", "s16le", "-ac", "1", "-ar", "44100", "-"]);
    let output = command.stdin(Stdio::null()).output().await.expect("ffmpeg is installed (`make install`)");
    let complaints = String::from_utf8_lossy(&output.stderr);
    let first: String = complaints.lines().take(5).collect();
    assert!(output.status.success() && complaints.is_empty(), "the player could not play {what}: {first}");
    let samples = u32::try_from(output.stdout.len() / 2).expect("a short recording");
    f64::from(samples) / 44_100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tone_is_what_a_player_takes_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tone.wav");
        std::fs::write(&file, Recording::tone(2).bytes).unwrap();
        let heard = play(file.to_str().unwrap()).await;
        assert!((heard - 2.0).abs() < 0.001, "{heard}");
    }
}
