//! Whatever bytes come, our own parsers of files end with an answer: no panic, no endless loop, no memory beyond the input's.

use std::io::Write as _;
use std::sync::LazyLock;

use media_worker::domain::encryption::with_keys;
use media_worker::domain::mpeg_audio::FrameCounter;
use media_worker::infrastructure::source_file::examine;
use media_worker::infrastructure::source_tags::SourceTags;
use platform::testing::parsers::{almost_right, cases};
use proptest::prelude::*;

use crate::support::{encoded, stereo};

/// One short file of each container that we look into.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let source = stereo(1);
    let tags = ["-metadata", "title=Song", "-metadata", "artist=Ada"];
    let mut seeds = vec![source.clone()];
    for (name, arguments) in [
        ("a.flac", &[][..]),
        ("a.aiff", &[]),
        ("a.wv", &[]),
        ("a.mp3", &["-c:a", "libmp3lame"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.m4a", &["-c:a", "aac"]),
        ("a.mka", &["-c:a", "flac"]),
    ] {
        seeds.push(encoded(&source, name, &[arguments, &tags].concat()));
    }
    seeds
});

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn headers_of_almost_right_files(bytes in almost_right(&SEEDS)) {
        let _ = examine(file(&bytes).path());
    }

    #[test]
    fn headers_of_anything(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = examine(file(&bytes).path());
    }

    #[test]
    fn tags_of_almost_right_files(bytes in almost_right(&SEEDS)) {
        let tags = SourceTags::read(file(&bytes).path());
        let name = tags.file_name("mp3");
        prop_assert!(name.ends_with(".mp3") && !name.contains(['/', '\\', '"', '\n', '\r', '\0']), "{name:?}");
        prop_assert!(tags.id3v2().len() < 3 << 20);
    }

    #[test]
    fn frames_of_anything(bytes in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(0xFF), 1 => Just(0xFB)], 0..4000), size in 1..700_usize) {
        let mut counter = FrameCounter::default();
        let _ = bytes.chunks(size).try_for_each(|piece| counter.push(piece));
        let _ = counter.info_frame(1000);
    }

    #[test]
    fn playlists_of_anything(text in "(#EXTINF:[0-9.]{0,4},\n|[a-z0-9.#\n]{0,9}){0,40}", segments_per_key in 0..5_u32) {
        let keyed = with_keys(&text, segments_per_key);
        let segments = text.lines().filter(|line| line.starts_with("#EXTINF:")).count();
        let keys = keyed.lines().filter(|line| line.starts_with("#EXT-X-KEY:")).count();
        prop_assert_eq!(keys, segments.div_ceil(segments_per_key.max(1) as usize));
    }
}
