//! Measures of whole files against other programs and against what was generated.

use std::f64::consts::TAU;
use std::process::{Command, Stdio};

use kernel::events::Mode;

use crate::support::{Made, encoded, noise, stereo, transcode, wav};

const RATE: u32 = 44_100;

/// Chords of D minor on a beat of 100 a minute, swelling from quiet to loud: mono seconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the amplitude is below one, and time runs on")]
fn song(secs: u32) -> Vec<u8> {
    const CHORDS: [[f64; 3]; 4] = [[293.66, 349.23, 440.0], [196.0, 233.08, 293.66], [220.0, 277.18, 329.63], [293.66, 349.23, 440.0]];
    let samples: Vec<i16> = (0..secs * RATE)
        .map(|n| {
            let time = f64::from(n) / f64::from(RATE);
            let (beat, since) = ((time / 0.6) as usize, time % 0.6);
            let tone: f64 = CHORDS[beat / 4 % 4].iter().map(|hz| (TAU * hz * time).sin() + 0.4 * (TAU * 2.0 * hz * time).sin()).sum();
            let swell = 0.05 + 0.9 * time / f64::from(secs);
            (tone * 0.2 * swell * (-since * 5.0).exp() * 32_767.0) as i16
        })
        .collect();
    wav(&samples, RATE, 1)
}

/// The number behind `name` in what ffmpeg's ebur128 sums up.
fn summed_up(report: &str, name: &str) -> f64 {
    let line = report.lines().find(|line| line.trim().starts_with(name)).unwrap_or_else(|| panic!("{name} in {report}"));
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn loudness_is_that_of_ffmpeg() {
    for source in [song(40), stereo(15), encoded(&song(30), "a.mp3", &[])] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("source");
        std::fs::write(&file, &source).unwrap();
        let output =
            Command::new("ffmpeg").args(["-nostats", "-nostdin", "-i"]).arg(&file).args(["-af", "ebur128=peak=true", "-f", "null", "-"]).output().unwrap();
        let report = String::from_utf8(output.stderr).unwrap();
        let report = report.rsplit("Summary:").next().unwrap();
        let Made { ladder, .. } = transcode(&source, "source").unwrap();
        assert!((ladder.loudness_lufs.unwrap() - summed_up(report, "I:")).abs() <= 0.1, "{:?} {report}", ladder.loudness_lufs);
        // What an album's loudness is reckoned from gives the recording's own.
        let reckoned = kernel::loudness::integrated(&ladder.analysis.loudness_blocks).unwrap();
        assert!((reckoned - ladder.loudness_lufs.unwrap()).abs() <= 0.06, "{reckoned} {:?}", ladder.loudness_lufs);
        assert!((ladder.true_peak_dbtp.unwrap() - summed_up(report, "Peak:")).abs() <= 0.2, "{:?} {report}", ladder.true_peak_dbtp);
        // Ours takes a block of 3 s each second as EBU Tech 3342 asks at least, ffmpeg ten; the document tolerates 1 LU.
        assert!(
            (ladder.analysis.loudness_range_lu.unwrap_or(0.0) - summed_up(report, "LRA:")).abs() <= 1.0,
            "{:?} {report}",
            ladder.analysis.loudness_range_lu
        );
    }
}

#[test]
fn the_fingerprint_is_that_of_fpcalc() {
    let vorbis = encoded(&song(130), "a.ogg", &["-c:a", "libvorbis"]);
    // Rates that are resampled to other phases.
    let studio = encoded(&song(20), "b.ogg", &["-c:a", "libvorbis", "-ar", "48000"]);
    let fine = encoded(&song(20), "c.flac", &["-ar", "96000"]);
    let speech = encoded(&song(20), "d.flac", &["-ar", "8000"]);
    let short = [(noise(20), "noise.wav"), (encoded(&noise(20), "a.flac", &[]), "a.flac"), (studio, "b.ogg"), (fine, "c.flac"), (speech, "d.flac")];
    for (source, name) in [(song(150), "long.wav"), (vorbis, "a.ogg")].into_iter().chain(short) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, &source).unwrap();
        let output = Command::new("fpcalc").arg(&file).stdin(Stdio::null()).output().expect("fpcalc is installed (`make install`)");
        let report = String::from_utf8(output.stdout).unwrap();
        let expected = report.lines().find_map(|line| line.strip_prefix("FINGERPRINT=")).unwrap_or_else(|| panic!("{report}"));
        assert_eq!(transcode(&source, name).unwrap().ladder.analysis.fingerprint.as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn tempo_key_and_place_are_heard_through_the_whole_pipeline() {
    let analysis = *transcode(&song(40), "song.wav").unwrap().ladder.analysis;
    let (tempo, key) = (analysis.tempo.unwrap(), analysis.key.unwrap());
    assert!((tempo.bpm - 100.0).abs() < 1.0, "{tempo:?}");
    assert_eq!((key.tonic, key.mode), (2, Mode::Minor), "{key:?}");
    let embedding = analysis.embedding.unwrap();
    assert_eq!(embedding.vector.len(), usize::try_from(embedding.model.dim).unwrap());
    let length: f32 = embedding.vector.iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-3, "{length}");
}

#[test]
fn silence_at_the_edges_is_measured_and_gaps_are_told() {
    let mut samples = vec![0_i16; RATE as usize];
    samples.extend((0..RATE).map(|n| if n % 100 < 50 { 8000 } else { -8000 }));
    samples.extend(vec![0; RATE as usize / 2]);
    let analysis = transcode(&wav(&samples, RATE, 1), "a.wav").unwrap().ladder.analysis;
    assert_eq!((analysis.leading_silence_ms, analysis.trailing_silence_ms), (1000, 500));
    let gapless = analysis.gapless.unwrap();
    assert_eq!((gapless.priming_samples, gapless.samples), (1024, u64::from(RATE) * 5 / 2));

    let silent = transcode(&wav(&vec![0; RATE as usize * 5], RATE, 1), "a.wav").unwrap().ladder.analysis;
    assert_eq!((silent.leading_silence_ms, silent.tempo, silent.key, silent.embedding), (5000, None, None, None));
}

#[test]
fn pictures_lie_beside_the_playlist() {
    let made = transcode(&stereo(40), "a.wav").unwrap();
    let points = |file: &str| serde_json::from_str::<serde_json::Value>(&made.text(file)).unwrap()["length"].as_u64().unwrap();
    assert!(points("waveform-detail.json") > 3 * points("waveform.json"));
    assert!(made.text("waveform.svg").starts_with("<svg "));
    let png = std::fs::File::open(made.folder.join("spectrogram.png")).unwrap();
    let info = png::Decoder::new(std::io::BufReader::new(png)).read_info().unwrap().info().clone();
    assert!((512..=1024).contains(&info.width) && info.height == 192, "{info:?}");
}
