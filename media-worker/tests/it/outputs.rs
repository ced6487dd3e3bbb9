//! What a ladder holds beside its first renditions: lossless sound, DASH, files to keep; and Apple's rules on all playlists.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;

use crate::support::{Made, encoded, noise, sine, stereo, transcode_with, wav};

const ALL: &[&str] = &["--lossless", "--downloads"];

fn made(bytes: &[u8], name: &str) -> Made {
    transcode_with(bytes, name, ALL).unwrap_or_else(|failure| panic!("{name}: {failure}"))
}

/// Samples as ffmpeg decodes them, little-endian integers of `bits` (16 or 32).
fn decoded(file: &Path, bits: u8) -> Vec<i32> {
    let format = if bits == 16 { "s16le" } else { "s32le" };
    let output = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args(["-map", "0:a", "-f", format, "-"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", file.display());
    match bits {
        16 => output.stdout.as_chunks::<2>().0.iter().map(|bytes| i16::from_le_bytes(*bytes).into()).collect(),
        _ => output.stdout.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect(),
    }
}

fn probe(file: &Path) -> serde_json::Value {
    let entries = "stream=codec_name,sample_rate,channels,bits_per_raw_sample,duration:format=duration,nb_streams:format_tags:stream_disposition=attached_pic";
    let output = Command::new("ffprobe").args(["-v", "error", "-of", "json", "-show_entries", entries]).arg(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", file.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(renditions: &[kernel::events::Rendition]) -> Vec<&str> {
    renditions.iter().map(|rendition| rendition.name.as_str()).collect()
}

/// FFmpeg's `fast` coder takes a thirteenth of it away at 320 kbit/s.
#[test]
#[expect(clippy::cast_possible_truncation, reason = "less than full scale")]
fn a_recording_that_is_not_centred_on_zero_stays_where_it_is() {
    let samples: Vec<i16> = (0..44_100 * 6)
        .map(|n| {
            let (time, since) = (f64::from(n) / 44_100.0, f64::from(n) / 44_100.0 % 0.6);
            let tones = 0.2 * (TAU * 220.0 * time).sin() * (-since * 5.0).exp() + 0.1 * (TAU * 1_234.0 * time).sin();
            ((0.41 + tones) * 32_767.0) as i16
        })
        .collect();
    let middle = |samples: &[i32]| samples[44_100..44_100 * 5].iter().map(|sample| f64::from(*sample)).sum::<f64>() / f64::from(44_100 * 4);
    let made = transcode_with(&wav(&samples, 44_100, 1), "a.wav", &[]).unwrap();
    let (was, is) = (middle(&samples.iter().map(|sample| i32::from(*sample)).collect::<Vec<_>>()), middle(&decoded(&made.joined("aac-320"), 16)));
    assert!((was - is).abs() < 100.0, "{was} {is}");
}

#[test]
fn a_lossless_source_loses_nothing() {
    let source = noise(14);
    for (name, arguments) in
        [("a.wav", &[][..]), ("a.flac", &[]), ("a.aiff", &[]), ("a.wv", &[]), ("alac.m4a", &["-c:a", "alac"]), ("a.ogg", &["-c:a", "flac"])]
    {
        let file = encoded(&source, name, arguments);
        let made = made(&file, name);
        assert_eq!(names(&made.ladder.lossless), ["flac"], "{name}");
        assert_eq!(made.ladder.lossless[0].codecs, "fLaC");
        let original = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&original, &file).unwrap();
        let (was, is) = (decoded(original.path(), 16), decoded(&made.joined("flac"), 16));
        assert_eq!(was.len(), is.len(), "{name}");
        assert!(was == is, "{name}: the first difference is at {:?}", was.iter().zip(&is).position(|(was, is)| was != is));
    }
}

#[test]
fn fine_recordings_keep_their_rate_and_depth() {
    for (rate, ladder) in [(48_000, 48_000), (96_000, 48_000), (88_200, 44_100), (192_000, 48_000)] {
        let coarse = wav(&sine(441.0, 0.3, rate, 2, rate as usize * 8 + 77), rate, 2);
        // A gain of an odd number makes use of all 24 bits.
        let fine = encoded(&coarse, "fine.wav", &["-af", "volume=0.7071", "-c:a", "pcm_s24le"]);
        let made = made(&fine, "fine.wav");
        let expected: &[&str] = if rate == ladder { &["flac"] } else { &["flac", "flac-hires"] };
        assert_eq!(names(&made.ladder.lossless), expected, "{rate}");
        let best = made.joined(expected.last().unwrap());
        let stream = &probe(&best)["streams"][0];
        assert_eq!((&stream["codec_name"], &stream["sample_rate"], &stream["bits_per_raw_sample"]), (&"flac".into(), &rate.to_string().into(), &"24".into()));
        let original = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&original, &fine).unwrap();
        assert!(decoded(original.path(), 32) == decoded(&best, 32), "{rate}: something was lost");
        // The same boundaries in time, rendition by rendition.
        let ends = |rendition: &str, rate: u32| -> Vec<f64> {
            let fragments = made.fragments(rendition);
            fragments.iter().skip(1).map(|fragment| fragment.decode_time as f64 / f64::from(rate)).collect()
        };
        assert_eq!(ends("aac-64", ladder), ends("flac", ladder), "{rate}");
        assert_eq!(ends("aac-64", ladder), ends(expected.last().unwrap(), rate), "{rate}");
    }
}

#[test]
fn sources_that_lost_something_or_were_mixed_have_no_lossless_rendition() {
    let source = stereo(2);
    for (name, arguments) in
        [("a.mp3", &["-c:a", "libmp3lame"][..]), ("a.m4a", &["-c:a", "aac"]), ("a.wav", &["-c:a", "pcm_mulaw"]), ("b.wav", &["-ar", "22050"])]
    {
        let made = made(&encoded(&source, name, arguments), name);
        assert!(made.ladder.lossless.is_empty(), "{name}");
        assert!(!made.folder.join("lossless.m3u8").exists() && !made.folder.join("flac").exists(), "{name}");
    }
    let six = wav(&sine(440.0, 0.2, 48_000, 6, 48_000), 48_000, 6);
    assert!(made(&six, "six.wav").ladder.lossless.is_empty(), "a mix is not what was recorded");
    assert!(transcode_with(&source, "a.wav", &[]).unwrap().ladder.lossless.is_empty(), "not asked for");
}

#[test]
fn downloads_are_exact_tagged_and_have_the_cover() {
    let mut samples = sine(440.0, 0.01, 44_100, 2, 44_100 * 7 + 300);
    let click = 300_000;
    samples[2 * click] = 30_000;
    samples[2 * click + 1] = 30_000;
    let folder = tempfile::tempdir().unwrap();
    let cover = folder.path().join("cover.png");
    assert!(Command::new("ffmpeg").args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=100x100", "-frames:v", "1"]).arg(&cover).status().unwrap().success());
    let mut arguments = vec!["-i", cover.to_str().unwrap(), "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "flac", "-disposition:v:0", "attached_pic"];
    let tags = ["title=Jóga", "artist=Björk/Guðmundsdóttir", "album=Homogenic", "track=2/10", "date=1997", "genre=Art Pop", "comment=private"];
    arguments.extend(tags.iter().flat_map(|tag| ["-metadata", tag]));
    let made = made(&encoded(&wav(&samples, 44_100, 2), "a.flac", &arguments), "a.flac");
    let files: Vec<_> = made.ladder.downloads.iter().map(|download| (download.file.as_str(), download.bitrate_bps)).collect();
    assert_eq!(files, [("mp3-320.mp3", 320_000), ("mp3-128.mp3", 128_000)]);
    for download in &made.ladder.downloads {
        assert_eq!((download.file_name.as_str(), download.media_type.as_str()), ("Björk_Guðmundsdóttir - Jóga.mp3", "audio/mpeg"));
        let path = made.folder.join("downloads").join(&download.file);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), download.size_bytes);
        let seen = probe(&path);
        let sound = &seen["streams"][0];
        assert_eq!((&sound["codec_name"], &sound["sample_rate"], &sound["channels"]), (&"mp3".into(), &"44100".into(), &2.into()), "{seen}");
        assert_eq!(seen["streams"][1]["disposition"]["attached_pic"], 1, "the cover: {seen}");
        let tag = |name: &str| seen["format"]["tags"][name].as_str().map(ToOwned::to_owned);
        let told = ["title", "artist", "album", "track", "date", "genre", "comment"].map(tag);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told, [some("Jóga"), some("Björk/Guðmundsdóttir"), some("Homogenic"), some("2/10"), some("1997"), some("Art Pop"), None]);
        // The Info frame takes delay and padding away: to the sample.
        let sound = decoded(&path, 16);
        assert_eq!(sound.len(), samples.len(), "{}", download.file);
        let loudest = sound.iter().enumerate().max_by_key(|(_, sample)| sample.unsigned_abs()).unwrap().0 / 2;
        assert!(loudest.abs_diff(click) <= 2, "{}: the click is at {loudest}", download.file);
    }
    assert!(transcode_with(&stereo(1), "a.wav", &[]).unwrap().ladder.downloads.is_empty(), "not asked for");
}

#[test]
fn a_nameless_mono_recording_can_be_kept_too() {
    let made = made(&wav(&sine(440.0, 0.2, 8_000, 1, 8_000), 8_000, 1), "a.wav");
    for download in &made.ladder.downloads {
        assert_eq!(download.file_name, "Untitled.mp3");
        let sound = decoded(&made.folder.join("downloads").join(&download.file), 16);
        assert_eq!(sound.len() as u64, made.ladder.duration_samples, "{}", download.file);
    }
}

#[test]
fn dash_manifests_name_the_segments_that_are_there() {
    let made = made(&noise(14), "a.wav");
    for (manifest, renditions, rates) in [("manifest.mpd", 4, "44100"), ("lossless.mpd", 1, "44100")] {
        let text = made.text(manifest);
        assert_eq!(text.matches("<Representation ").count(), renditions, "{text}");
        assert_eq!(text.matches(&format!("audioSamplingRate=\"{rates}\"")).count(), renditions, "{text}");
        assert!(text.contains("mediaPresentationDuration=\"PT14.000000S\"") && !text.contains("://127"), "{text}");
        let output =
            Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(made.folder.join(manifest)).args(["-map", "0:a:0", "-f", "s16le", "-"]).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        // ffmpeg's demuxer of DASH does not read edit lists: the priming is there.
        let samples = output.stdout.len() / 4;
        assert!(samples.abs_diff(14 * 44_100) <= 2_048, "{manifest}: {samples}");
    }
}

#[test]
fn playlists_follow_apples_rules() {
    for (source, channels) in [(noise(40), 2), (wav(&sine(440.0, 0.5, 48_000, 1, 48_000 * 20), 48_000, 1), 1)] {
        let made = made(&source, "a.wav");
        for (listing, renditions) in [("master.m3u8", &made.ladder.renditions), ("lossless.m3u8", &made.ladder.lossless)] {
            let broken = crate::apple::broken_rules(&made.folder, listing, channels);
            assert!(broken.is_empty(), "{listing}: {broken:#?}");
            assert!(!renditions.is_empty());
        }
    }
}

#[test]
fn a_playlist_that_breaks_apples_rules_is_found_out() {
    let made = made(&noise(14), "a.wav");
    let whole = made.text("master.m3u8");
    for (from, to, rule) in [
        ("#EXT-X-INDEPENDENT-SEGMENTS\n", "", "EXT-X-INDEPENDENT-SEGMENTS"),
        ("CHANNELS=\"2\"", "CHANNELS=\"6\"", "CHANNELS"),
        (",CHANNELS=\"2\"", "", "CHANNELS"),
        ("AVERAGE-BANDWIDTH=", "X-WAS=", "AVERAGE-BANDWIDTH"),
        ("CODECS=", "X-WAS=", "CODECS"),
        ("STREAM-INF:BANDWIDTH=6", "STREAM-INF:BANDWIDTH=16", "within 10 %"),
        ("aac-64/index.m3u8", "https://elsewhere.example/index.m3u8", "relative"),
    ] {
        assert!(whole.contains(from), "{from} in {whole}");
        std::fs::write(made.folder.join("broken.m3u8"), whole.replace(from, to)).unwrap();
        let broken = crate::apple::broken_rules(&made.folder, "broken.m3u8", 2);
        assert!(broken.iter().any(|found| found.contains(rule)), "{from}: {broken:?}");
    }
}
