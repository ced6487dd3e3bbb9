//! The corpus of hostile files, made here, each with its expected outcome: a ladder of the right length, or a refusal of a kind with
//! a sentence. What other files of this folder test in depth is here once, for the list to be whole.

use kernel::events::MediaFailure;

use crate::support::{FORMATS, encoded, noise, random, sine, stereo, transcode, transcode_with, wav};

/// What becomes of a file.
#[derive(Debug)]
enum Outcome {
    /// A ladder of so many milliseconds, give or take a few for what encoders add.
    Ladder(u64),
    /// A refusal whose sentence holds this.
    Refused(MediaFailure, &'static str),
}

use MediaFailure::{Damaged, Empty, NotAudio, TooLarge};
use Outcome::{Ladder, Refused};

fn check(name: &str, bytes: &[u8], expected: &Outcome) {
    match (transcode(bytes, name), expected) {
        (Ok(made), Ladder(ms)) => {
            let got = made.ladder.duration_ms();
            assert!(got.abs_diff(*ms) <= 60, "{name}: {got} ms, not {ms}");
            assert!(made.ladder.loudness_lufs.is_none_or(|lufs| lufs < 0.0), "{name}: {:?}", made.ladder.loudness_lufs);
        }
        (Err(failure), Refused(kind, words)) => {
            assert_eq!(failure.kind, *kind, "{name}: {failure}");
            assert!(failure.reason.contains(words), "{name}: {failure}");
            let internals = ["gst", "GST", "caps", "signal", "element", "/tmp", "bus "];
            assert!(!internals.iter().any(|word| failure.reason.contains(word)), "{name}: {failure}");
        }
        (Ok(made), Refused(..)) => panic!("{name} became a ladder of {} ms, not {expected:?}", made.ladder.duration_ms()),
        (Err(failure), Ladder(_)) => panic!("{name} was refused: {failure}"),
    }
}

/// `file` with the bytes at `at` replaced.
fn patched(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn files_that_are_nothing() {
    for length in [1, 3, 11, 12, 44, 200, 5_000, 200_000] {
        check(&format!("random-{length}.mp3"), &random(length), &Refused(NotAudio, "Upload WAV, FLAC"));
    }
    check("empty.mp3", b"", &Refused(Empty, "no sound"));
    check("zeros.wav", &[0; 100_000], &Refused(NotAudio, "No audio was recognised"));
    check("text.wav", b"RIFF is how my diary begins.\n", &Refused(NotAudio, "a text file"));
    check("page.mp3", b"<!doctype html><html><title>404</title></html>", &Refused(NotAudio, "a"));
}

#[test]
fn headers_alone_and_headers_that_lie() {
    let whole = stereo(2);
    // RIFF without chunks; a format without data; data of no bytes.
    check("riff.wav", &whole[..12], &Refused(Empty, "no sound"));
    check("format.wav", &whole[..36], &Refused(Empty, "no sound"));
    check("silent.wav", &patched(whole[..44].to_vec(), 40, &[0; 4]), &Refused(Empty, "no sound"));
    // 24 hours declared of a file of two seconds: 8 kHz, 8 bits, one channel, 691,200,000 bytes.
    let day = wav(&[0; 8_000], 8_000, 1);
    let day = patched(day, 28, &8_000_u32.to_le_bytes());
    check("day.wav", &patched(day, 40, &691_200_000_u32.to_le_bytes()), &Refused(Damaged, "says it lasts 86400.0 s, but only 2.0 s"));
    // The same in FLAC: STREAMINFO's 36 bits of length.
    let flac = encoded(&stereo(2), "a.flac", &[]);
    let mut info: [u8; 8] = flac[18..26].try_into().unwrap();
    let claimed = (u64::from_be_bytes(info) & !0xF_FFFF_FFFF) | (44_100 * 86_400);
    info = claimed.to_be_bytes();
    check("day.flac", &patched(flac, 18, &info), &Refused(TooLarge, "longer than 4 h"));
    // An impossible sample rate and number of channels.
    check("fast.wav", &patched(stereo(1), 24, &4_000_000_u32.to_le_bytes()), &Refused(TooLarge, "4000000 Hz"));
    check("slow.wav", &patched(stereo(1), 24, &1_u32.to_le_bytes()), &Refused(Damaged, "cannot be decoded"));
    check("wide.wav", &wav(&vec![0; 64 * 4_410], 44_100, 64), &Refused(TooLarge, "64 channels"));
    check("nine.wav", &wav(&vec![0; 9 * 44_100], 44_100, 9), &Refused(TooLarge, "9 channels"));
    check("none.wav", &patched(stereo(1), 22, &0_u16.to_le_bytes()), &Refused(Damaged, "cannot be decoded"));
}

#[test]
fn files_cut_off_at_many_points_are_never_published_short() {
    let source = noise(4);
    for (name, arguments) in FORMATS {
        let whole = encoded(&source, name, arguments);
        for percent in [1, 10, 33, 66, 95] {
            let keep = whole.len() * percent / 100;
            match transcode(&whole[..keep], name) {
                Ok(made) => panic!("{name}, {percent} %: became a ladder of {} ms", made.ladder.duration_ms()),
                Err(failure) => assert!(matches!(failure.kind, Damaged | Empty | NotAudio), "{name}, {percent} %: {failure}"),
            }
        }
    }
}

#[test]
fn containers_in_containers() {
    let mp3 = encoded(&stereo(2), "a.mp3", &["-c:a", "libmp3lame"]);
    // MP3 inside WAV is a format of its own (tag 0x55).
    check("mp3.wav", &encoded(&stereo(2), "in.wav", &["-c:a", "libmp3lame"]), &Ladder(2_000));
    // ID3 tags one after another: each only says how long it is.
    let tag = [b"ID3\x03\0\0\0\0\x07\x76".as_slice(), &[0; 1014]].concat();
    check("tags.mp3", &[tag.repeat(50), mp3.clone()].concat(), &Ladder(2_000));
    // A tag that says it is longer than the file.
    check("long-tag.mp3", &[b"ID3\x03\0\0\x7f\x7f\x7f\x7f".as_slice(), &mp3].concat(), &Refused(NotAudio, "No audio was recognised"));
    // A WAV whose samples are another WAV: a short noise, and the samples.
    let inner = stereo(2);
    let samples: Vec<i16> = inner.as_chunks::<2>().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    check("wav.wav", &wav(&samples, 44_100, 2), &Ladder(2_000));
    // Matroska with several sounds: the first is taken.
    let two = encoded(&stereo(2), "two.mka", &["-f", "lavfi", "-i", "sine=d=1", "-map", "0", "-map", "1", "-c:a", "flac"]);
    check("two.mka", &two, &Ladder(2_000));
}

#[test]
fn pictures_and_films_beside_the_sound() {
    let folder = tempfile::tempdir().unwrap();
    let cover = folder.path().join("cover.png");
    let noise = ["-v", "error", "-f", "lavfi", "-i", "nullsrc=s=2600x2600,geq=random(1)*255:128:128", "-frames:v", "1"];
    assert!(std::process::Command::new("ffmpeg").args(noise).arg(&cover).status().unwrap().success());
    assert!(std::fs::metadata(&cover).unwrap().len() > 8_000_000, "a huge picture");
    let cover = cover.to_str().unwrap();
    for (name, codec) in [("a.mp3", "libmp3lame"), ("a.flac", "flac")] {
        let arguments = ["-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", codec, "-disposition:v:0", "attached_pic"];
        check(name, &encoded(&stereo(2), name, &arguments), &Ladder(2_000));
    }
    let film = ["-f", "lavfi", "-i", "testsrc=d=2:s=64x64", "-c:v", "mpeg4", "-c:a", "aac"];
    check("film.mp4", &encoded(&stereo(2), "film.mp4", &film), &Ladder(2_000));
    check("film.mkv", &encoded(&stereo(2), "film.mkv", &["-f", "lavfi", "-i", "testsrc=d=2:s=64x64", "-c:v", "mpeg4", "-c:a", "flac"]), &Ladder(2_000));
}

#[test]
fn playlists_and_references_to_other_files() {
    for (name, text) in [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        ("list.pls", "[playlist]\nFile1=file:///etc/passwd\nNumberOfEntries=1\n"),
        ("list.mp3", "http://127.0.0.1:9/a.ts\n"),
        ("list.xspf", "<?xml version=\"1.0\"?><playlist><trackList><track><location>file:///etc/passwd</location></track></trackList></playlist>"),
        ("concat.wav", "ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("song.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"),
    ] {
        check(name, text.as_bytes(), &Refused(NotAudio, "This file is"));
    }
    // QuickTime may name another file as the place of its samples (`alis`, `url ` without the flag "here"): nothing is fetched.
    let mut movie = encoded(&stereo(2), "a.m4a", &["-c:a", "aac"]);
    let at = movie.windows(4).position(|window| window == b"url ").unwrap();
    movie[at + 7] = 0;
    match transcode(&movie, "elsewhere.m4a") {
        // Its samples are in the file all the same.
        Ok(made) => assert!(made.ladder.duration_ms().abs_diff(2_000) < 60),
        Err(failure) => assert_eq!(failure.kind, Damaged, "{failure}"),
    }
}

#[test]
fn every_honest_format_is_taken() {
    check("one-sample.wav", &wav(&[1000], 44_100, 1), &Ladder(0));
    for rate in [8_000, 11_025, 16_000, 32_000, 88_200, 96_000, 176_400, 192_000] {
        let source = wav(&sine(440.0, 0.2, rate, 1, rate as usize), rate, 1);
        check(&format!("{rate}.wav"), &source, &Ladder(1_000));
        if rate >= 88_200 {
            check(&format!("{rate}-24.flac"), &encoded(&source, "a.flac", &["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]), &Ladder(1_000));
        }
    }
    for codec in ["pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"] {
        check(&format!("{codec}.wav"), &encoded(&stereo(1), "a.wav", &["-c:a", codec]), &Ladder(1_000));
    }
    for (name, codec) in [("a.aac", "aac"), ("alac.m4a", "alac"), ("flac.ogg", "flac"), ("opus.mka", "libopus"), ("24.wv", "wavpack")] {
        check(name, &encoded(&stereo(1), name, &["-c:a", codec]), &Ladder(1_000));
    }
}

/// Level of each side, relative to the loudest of all, of a source of eight channels with a tone in channel `place` alone.
fn sides(place: usize) -> (f64, f64) {
    let tone = sine(1_000.0, 0.5, 48_000, 1, 48_000);
    let samples: Vec<i16> = tone.iter().flat_map(|sample| (0..8).map(move |channel| if channel == place { *sample } else { 0 })).collect();
    let made = transcode_with(&wav(&samples, 48_000, 8), "a.wav", &[]).unwrap();
    assert_eq!(made.ladder.channels, 2);
    let output = std::process::Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(made.joined("aac-320")).args(["-f", "f32le", "-"]).output().unwrap();
    let samples: Vec<f32> = output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let level = |side: usize| {
        let squares: f64 = samples.iter().skip(side).step_by(2).map(|sample| f64::from(*sample).powi(2)).sum();
        (squares / (samples.len() / 2) as f64).sqrt()
    };
    (level(0), level(1))
}

#[test]
fn eight_channels_are_mixed_to_stereo_by_the_standard_matrix() {
    let (whole, other) = sides(0);
    assert!(whole > 0.05 && other < whole / 1_000.0, "{whole} {other}");
    let half = std::f64::consts::FRAC_1_SQRT_2;
    // Front left and right, centre, low frequencies, back left and right, side left and right.
    for (place, left, right) in [(1, 0.0, 1.0), (2, half, half), (3, 0.0, 0.0), (4, half, 0.0), (5, 0.0, half), (6, half, 0.0), (7, 0.0, half)] {
        let (seen_left, seen_right) = sides(place);
        assert!((seen_left / whole - left).abs() < 0.02 && (seen_right / whole - right).abs() < 0.02, "{place}: {seen_left} {seen_right} of {whole}");
    }
}
