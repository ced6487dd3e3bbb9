//! Parsers of files.

use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use media_worker::domain::encryption::with_keys;
use media_worker::domain::mpeg_audio::FrameCounter;
use media_worker::infrastructure::source_file::examine;
use media_worker::infrastructure::source_tags::SourceTags;
use media_worker::infrastructure::transcode_main::Report;
use users::domain::picture::{MAX_BYTES, Picture};

use crate::all;

/// A file that is only memory, under a path.
fn with_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    let memory = rustix::fs::memfd_create("input", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    let mut file = std::fs::File::from(memory);
    file.write_all(bytes).unwrap();
    read(&PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())));
}

/// A WAV file of so many samples.
fn wave(samples: u32) -> Vec<u8> {
    let size = samples * 2;
    let sound = (0..samples).flat_map(|at| i16::try_from(at * 97 % 20_000).unwrap().to_le_bytes());
    let mut bytes = [b"RIFF".as_slice(), &(36 + size).to_le_bytes(), b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data"].concat();
    bytes.extend(size.to_le_bytes());
    bytes.extend(sound);
    bytes
}

/// The start of each container that we look into, made by ffmpeg where a few bytes do not do.
pub(crate) fn files() -> Vec<Vec<u8>> {
    let source = wave(2000);
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from.wav");
    std::fs::write(&from, &source).unwrap();
    let mut files = vec![source, b"#EXTM3U\nhttp://example.org/a.mp3\n".to_vec(), b"GIF89a".to_vec(), b"%PDF-1.4".to_vec()];
    for (name, arguments) in [
        ("a.flac", &[][..]),
        ("a.aiff", &[]),
        ("a.wv", &[]),
        ("a.mp3", &["-c:a", "libmp3lame"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.opus", &["-c:a", "libopus"]),
        ("a.m4a", &["-c:a", "aac"]),
        ("a.mka", &["-c:a", "flac"]),
        ("a.rf64.wav", &["-rf64", "always"]),
    ] {
        let to = folder.path().join(name);
        let tags = ["-metadata", "title=Song", "-metadata", "artist=Ada"];
        let made = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&from).args(arguments).args(tags).arg(&to).status().expect("ffmpeg is installed");
        assert!(made.success(), "{name}");
        files.push(std::fs::read(to).unwrap());
    }
    files
}

pub(crate) fn source_file(bytes: &[u8]) {
    with_file(bytes, |path| {
        let _ = examine(path);
    });
}

pub(crate) fn source_tags(bytes: &[u8]) {
    with_file(bytes, |path| {
        let tags = SourceTags::read(path);
        let name = tags.file_name("mp3");
        assert!(name.ends_with(".mp3") && !name.contains(['/', '\\', '"', '\n', '\r', '\0']), "{name:?}");
        assert!(tags.id3v2().len() < 3 << 20);
    });
}

pub(crate) fn mpeg() -> Vec<Vec<u8>> {
    files().into_iter().filter(|file| file.starts_with(b"ID3") || file.starts_with(&[0xff])).collect()
}

/// The first byte says into which pieces the rest is cut.
pub(crate) fn mpeg_frames(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else { return };
    let mut counter = FrameCounter::default();
    let _ = stream.chunks(usize::from(*size) + 1).try_for_each(|piece| counter.push(piece));
    let _ = counter.info_frame(1000);
}

pub(crate) fn reports() -> Vec<Vec<u8>> {
    all(&[
        r#"{"event":"progressed","percent":5}"#,
        r#"{"event":"embedded","vector":[0.5,-0.25]}"#,
        r#"{"event":"refused","failure":{"kind":"not_audio","reason":"It is a picture."}}"#,
        r#"{"event":"failed","detail":"no decoder"}"#,
    ])
}

/// A decoder that a file has taken over may say what it likes.
pub(crate) fn child_report(bytes: &[u8]) {
    if let Ok(report) = serde_json::from_slice::<Report>(bytes) {
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Report>(&text).unwrap()).unwrap(), text);
    }
}

pub(crate) fn playlists() -> Vec<Vec<u8>> {
    all(&["\u{2}#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:5.9,\n0.m4s\n#EXTINF:5.9,\n1.m4s\n#EXTINF:0.1,\n2.m4s\n#EXT-X-ENDLIST\n"])
}

/// The first byte says how many segments have one key.
pub(crate) fn playlist_keys(bytes: &[u8]) {
    let Some((segments_per_key, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let keyed = with_keys(text, u32::from(*segments_per_key));
    let count = |text: &str, tag| text.lines().filter(|line| line.starts_with(tag)).count();
    let expected = count(text, "#EXTINF:").div_ceil(usize::from(*segments_per_key).max(1)) + count(text, "#EXT-X-KEY:");
    assert_eq!(count(&keyed, "#EXT-X-KEY:"), expected);
}

pub(crate) fn pictures() -> Vec<Vec<u8>> {
    let segment = |marker: u8, data: &[u8]| [[0xff, marker].as_slice(), &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat();
    let chunk = |kind: &[u8], data: &[u8]| [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, b"crc!"].concat();
    let jpeg = [
        b"\xff\xd8".to_vec(),
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xe1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
        segment(0xfe, b"by Ada"),
        segment(0xc2, &[8, 0, 2, 0, 3, 1, 1, 0x11, 0]),
        segment(0xda, b"of one"),
        b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9".to_vec(),
    ];
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0]),
        chunk(b"tEXt", b"Author\0Ada"),
        chunk(b"IDAT", b"pixels"),
        chunk(b"IEND", b""),
    ];
    vec![jpeg.concat(), png.concat(), b"RIFF\x10\0\0\0WEBPVP8 ".to_vec()]
}

pub(crate) fn picture(bytes: &[u8]) {
    for media_type in ["image/png", "image/jpeg", "image/webp"] {
        let _ = catalog::domain::artwork::begins_like(media_type, bytes);
    }
    if let Ok(picture) = Picture::clean("file", bytes) {
        assert!(picture.bytes.len() <= bytes.len().max(MAX_BYTES) + 64);
        let again = Picture::clean("file", &picture.bytes).expect("what is clean is a picture");
        assert!(again.bytes == picture.bytes, "what is clean stays as it is");
    }
}
