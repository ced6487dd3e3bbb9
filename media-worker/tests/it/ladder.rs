//! Ladders of whole files.

use std::process::Command;

use kernel::events::MediaFailure;

use crate::support::{encoded, find, noise, sine, stereo, transcode, u32_at, wav};

const RENDITIONS: [&str; 4] = ["aac-64", "aac-96", "aac-160", "aac-320"];

#[test]
fn renditions_have_the_same_boundaries_and_exactly_the_source_length() {
    let samples = 44_100 * 14 + 123;
    let made = transcode(&wav(&sine(440.0, 0.2, 44_100, 2, samples), 44_100, 2), "a.wav").unwrap();
    assert_eq!(made.ladder.duration_samples, samples as u64);
    let first: Vec<_> = made.fragments(RENDITIONS[0]).into_iter().map(|fragment| (fragment.decode_time, fragment.durations)).collect();
    assert_eq!(first.len(), 3);
    for rendition in RENDITIONS {
        let fragments = made.fragments(rendition);
        let boundaries: Vec<_> = fragments.iter().map(|fragment| (fragment.decode_time, fragment.durations.clone())).collect();
        assert_eq!(boundaries, first, "{rendition}");
        let mut decode_time = 0;
        for fragment in &fragments {
            assert_eq!(fragment.decode_time, decode_time, "{rendition}");
            assert_eq!(decode_time % (64 * 4096), 0, "{rendition}");
            assert_eq!(fragment.sizes.iter().sum::<u32>() as usize, fragment.data_len, "{rendition}");
            assert_eq!(fragment.data_offset, fragment.data_at, "{rendition}");
            decode_time += fragment.durations.iter().map(|duration| u64::from(*duration)).sum::<u64>();
        }
        let header = std::fs::read(made.folder.join(rendition).join("init.mp4")).unwrap();
        let (_, elst) = find(&header, &["moov", "trak", "edts", "elst"]);
        let (length, skipped) = (u64::from_be_bytes(elst[8..16].try_into().unwrap()), u64::from_be_bytes(elst[16..24].try_into().unwrap()));
        assert_eq!((skipped, length), (1024, samples as u64), "{rendition}");
        assert_eq!(decode_time, skipped + length, "{rendition}");
        let (_, mdhd) = find(&header, &["moov", "trak", "mdia", "mdhd"]);
        assert_eq!(u32_at(mdhd, 12), 44_100);
    }
}

#[test]
fn playlists_are_what_hls_asks_for() {
    let made = transcode(&noise(14), "a.wav").unwrap();
    let master = m3u8_rs::parse_master_playlist_res(made.text("master.m3u8").as_bytes()).unwrap();
    assert!(master.independent_segments);
    let uris: Vec<_> = master.variants.iter().map(|variant| variant.uri.as_str()).collect();
    assert_eq!(uris, ["aac-64/index.m3u8", "aac-96/index.m3u8", "aac-160/index.m3u8", "aac-320/index.m3u8"]);
    let mut last = 0;
    for (variant, rendition) in master.variants.iter().zip(&made.ladder.renditions) {
        assert_eq!(variant.codecs.as_deref(), Some("mp4a.40.2"));
        let average = variant.average_bandwidth.unwrap();
        assert_eq!((variant.bandwidth, average), (u64::from(rendition.bandwidth_bps), u64::from(rendition.average_bandwidth_bps)));
        assert!(average <= variant.bandwidth && average > last, "{variant:?}");
        last = average;

        let playlist = m3u8_rs::parse_media_playlist_res(made.text(&variant.uri).as_bytes()).unwrap();
        assert_eq!((playlist.version, playlist.target_duration, playlist.end_list), (Some(7), 6, true));
        assert_eq!(playlist.playlist_type, Some(m3u8_rs::MediaPlaylistType::Vod));
        assert!(playlist.independent_segments);
        assert_eq!(playlist.segments[0].map.as_ref().unwrap().uri, "init.mp4");
        let total: f64 = playlist.segments.iter().map(|segment| f64::from(segment.duration)).sum();
        assert!((total - 14.0).abs() < 1e-4, "{total}");
        for segment in &playlist.segments {
            let bytes = std::fs::metadata(made.folder.join(&rendition.name).join(&segment.uri)).unwrap().len();
            assert!(bytes > 0);
        }
    }
}

#[test]
fn ffprobe_reads_the_same() {
    let made = transcode(&stereo(8), "a.wav").unwrap();
    for rendition in RENDITIONS {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-of", "json", "-show_entries", "stream=codec_name,profile,sample_rate,channels:format=duration"])
            .arg(made.folder.join(rendition).join("index.m3u8"))
            .output()
            .expect("ffprobe is installed");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{rendition}");
        let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let stream = &seen["streams"][0];
        assert_eq!(
            (&stream["codec_name"], &stream["profile"], &stream["sample_rate"], &stream["channels"]),
            (&"aac".into(), &"LC".into(), &"44100".into(), &2.into())
        );
        // It adds up the microseconds of the playlist, rounding down.
        let duration: f64 = seen["format"]["duration"].as_str().unwrap().parse().unwrap();
        assert!((duration - 8.0).abs() < 1e-5, "{duration}");
    }
}

#[test]
fn every_frame_decodes_and_the_priming_is_where_the_edit_list_says() {
    let mut samples = sine(440.0, 0.001, 44_100, 1, 44_100 * 7);
    let click = 300_000;
    samples[click] = 30_000;
    let made = transcode(&wav(&samples, 44_100, 1), "click.wav").unwrap();
    for rendition in RENDITIONS {
        // Without the edit list: what the decoder gives, priming included.
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-ignore_editlist", "1", "-i"])
            .arg(made.joined(rendition))
            .args(["-f", "s16le", "-"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{rendition}");
        let decoded: Vec<i16> = output.stdout.chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
        let loudest = decoded.iter().enumerate().max_by_key(|(_, sample)| sample.unsigned_abs()).unwrap().0;
        assert!(loudest.abs_diff(click + 1024) <= 1, "{rendition}: the click is at {loudest}");
    }
}

#[test]
fn rates_and_channels_become_what_players_take() {
    for (rate, channels, ladder_rate, ladder_channels) in
        [(8_000, 1, 48_000, 1), (22_050, 2, 44_100, 2), (96_000, 2, 48_000, 2), (48_000, 6, 48_000, 2), (44_100, 1, 44_100, 1)]
    {
        let made = transcode(&wav(&sine(440.0, 0.2, rate, usize::from(channels), rate as usize * 2), rate, channels), "a.wav").unwrap();
        assert_eq!((made.ladder.sample_rate_hz, made.ladder.channels), (ladder_rate, ladder_channels), "{rate} Hz, {channels} channels");
        let expected = u64::from(ladder_rate) * 2;
        assert!(made.ladder.duration_samples.abs_diff(expected) <= 16, "{rate} Hz: {}", made.ladder.duration_samples);
    }
}

#[test]
fn common_formats_keep_their_length() {
    let source = stereo(3);
    for (name, arguments, tolerance) in [
        ("a.flac", &[][..], 0),
        ("a.aiff", &[], 0),
        ("a.wv", &[], 0),
        ("a.ogg", &["-c:a", "libvorbis"], 0),
        // Both keep the padding of their encoder: GStreamer 1.22 does not cut it away, or cuts a little more.
        ("a.mp3", &["-c:a", "libmp3lame"], 2304),
        ("a.m4a", &["-c:a", "aac"], 1024),
        ("a.opus", &["-c:a", "libopus"], 0),
    ] {
        let made = transcode(&encoded(&source, name, arguments), name).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let expected = u64::from(made.ladder.sample_rate_hz) * 3;
        assert!(made.ladder.duration_samples.abs_diff(expected) <= tolerance, "{name}: {}", made.ladder.duration_samples);
    }
}

/// The last block of Vorbis holds as many samples as any, of which the last page says how many are sound.
#[test]
fn vorbis_ends_where_its_last_page_says() {
    for samples in (0..8).map(|n| 44_100 + 301 * n) {
        let made = transcode(&encoded(&wav(&sine(440.0, 0.2, 44_100, 2, samples), 44_100, 2), "a.ogg", &["-c:a", "libvorbis"]), "a.ogg").unwrap();
        assert_eq!(made.ladder.duration_samples, samples as u64);
    }
}

/// One that goes on for longer than a last page can hold lies about its end, and cutting there would lose music.
#[test]
fn vorbis_that_goes_on_behind_its_end_is_refused() {
    let mut file = encoded(&noise(8), "a.ogg", &["-c:a", "libvorbis"]);
    let pages: Vec<usize> = file.windows(4).enumerate().filter(|(_, four)| four == b"OggS").map(|(at, _)| at).collect();
    for page in pages {
        let position = i64::from_le_bytes(file[page + 6..page + 14].try_into().unwrap());
        file[page + 6..page + 14].copy_from_slice(&(position / 4).to_le_bytes());
        let body = page + 27 + usize::from(file[page + 26]);
        let end = body + file[page + 27..body].iter().map(|size| usize::from(*size)).sum::<usize>();
        file[page + 22..page + 26].fill(0);
        let checksum = ogg_checksum(&file[page..end]);
        file[page + 22..page + 26].copy_from_slice(&checksum.to_le_bytes());
    }
    let failure = transcode(&file, "a.ogg").err().expect("refused");
    assert!(failure.kind == MediaFailure::Damaged && failure.reason.contains("goes on after"), "{failure}");
}

/// RFC 3533 §6, field 7.
fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }))
}

#[test]
fn a_video_gives_its_sound() {
    let film = encoded(&stereo(2), "a.mp4", &["-f", "lavfi", "-i", "testsrc=d=3:s=64x64", "-c:a", "aac", "-c:v", "mpeg4"]);
    let made = transcode(&film, "film.mp4").unwrap();
    assert!(made.ladder.duration_ms().abs_diff(2000) < 50, "{}", made.ladder.duration_ms());
}

#[test]
fn the_shortest_sound_is_a_ladder_too() {
    let made = transcode(&wav(&[1000], 44_100, 1), "a.wav").unwrap();
    assert_eq!(made.ladder.duration_samples, 1);
    assert_eq!(made.fragments("aac-320").len(), 1);
}

#[test]
fn the_waveform_is_that_of_audiowaveform() {
    let made = transcode(&wav(&sine(440.0, 0.5, 44_100, 2, 44_100 * 30), 44_100, 2), "a.wav").unwrap();
    let waveform: serde_json::Value = serde_json::from_str(&made.text("waveform.json")).unwrap();
    assert_eq!((&waveform["version"], &waveform["channels"], &waveform["bits"], &waveform["sample_rate"]), (&2.into(), &1.into(), &8.into(), &44_100.into()));
    let (length, data) = (waveform["length"].as_u64().unwrap(), waveform["data"].as_array().unwrap());
    assert!((1000..=2000).contains(&length), "{length}");
    assert_eq!(data.len() as u64, 2 * length);
    assert!(data.chunks(2).all(|pair| pair[0].as_i64().unwrap() <= -63 && pair[1].as_i64().unwrap() >= 63), "{data:?}");
}
