//! What a folder holds: recordings, files that look like recordings and are none, and the rest.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use catalog::domain::name::search_key;
use lofty::config::ParseOptions;
use lofty::file::{FileType, TaggedFileExt as _};
use lofty::probe::Probe;
use walkdir::{DirEntry, WalkDir};

use super::tags::Recording;

/// Endings of files that are tried; anything else in a music folder (covers, cue sheets, playlists, notes) is passed over.
const AUDIO_ENDINGS: [&str; 14] = ["aac", "aif", "aiff", "flac", "m4a", "mp3", "mp4", "oga", "ogg", "opus", "wav", "wave", "weba", "wma"];
/// What Matroska and `WebM` files begin with (RFC 8794), which lofty does not read.
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];

/// A file that will not be imported, and why, in words for the person who wanted it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// In the order of their paths, so that albums come in one piece.
    pub(crate) recordings: Vec<Recording>,
    pub(crate) refused: Vec<Refused>,
    /// Files that do not claim to be audio.
    pub(crate) passed_over: usize,
}

/// Reads `folder` and all below it; calls `found` after each file. Links to folders are not followed: one to a parent would never
/// end.
pub(crate) fn scan(folder: &Path, found: impl Fn()) -> Scan {
    let mut scan = Scan::default();
    let mut places = HashMap::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) if !is_file(&entry) => continue,
            Ok(entry) if !claims_audio(entry.path()) => scan.passed_over += 1,
            Ok(entry) => match read(folder, entry.path()).and_then(|recording| alone(&mut places, recording)) {
                Ok(recording) => scan.recordings.push(recording),
                Err(reason) => scan.refused.push(Refused { path: entry.into_path(), reason }),
            },
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                scan.refused.push(Refused { path, reason: format!("cannot be read: {error}") });
            }
        }
        found();
    }
    scan
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}

fn claims_audio(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| AUDIO_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn read(root: &Path, path: &Path) -> Result<Recording, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let mut file = File::open(path).map_err(unreadable)?;
    let size_bytes = file.metadata().map_err(unreadable)?.len();
    if size_bytes == 0 {
        return Err("is empty".into());
    }
    let mut begin = Vec::new();
    (&mut file).take(EBML.len() as u64).read_to_end(&mut begin).map_err(unreadable)?;
    if begin == EBML {
        return Ok(Recording::describe(root, path, size_bytes, "audio/webm", None));
    }
    file.rewind().map_err(unreadable)?;
    // By its content, not by its name: names lie. Covers are read when an album wants one.
    let options = ParseOptions::new().read_properties(false).read_cover_art(false);
    let probe = Probe::new(BufReader::new(file)).options(options).guess_file_type().map_err(unreadable)?;
    let media_type = probe.file_type().and_then(media_type).ok_or("holds no audio in a format we know")?;
    // A file whose tags are broken may still sound well; its name then says what it is.
    let tagged = probe.read().ok();
    let tag = tagged.as_ref().and_then(|file| file.primary_tag().or_else(|| file.first_tag()));
    Ok(Recording::describe(root, path, size_bytes, media_type, tag))
}

type Place = (String, Option<String>, Option<u32>, Option<u32>, String);

/// The catalog has one place for what two files call the same: the first of them gets it, and the other is told.
fn alone(places: &mut HashMap<Place, PathBuf>, recording: Recording) -> Result<Recording, String> {
    let Recording { path, title, artist, album, track_number, disc_number, .. } = &recording;
    let place = (search_key(artist), album.as_deref().map(search_key), Some(disc_number.unwrap_or(1)), *track_number, search_key(title));
    match places.get(&place) {
        Some(first) => Err(format!("is called the same track as {}", first.display())),
        None => {
            places.insert(place, path.clone());
            Ok(recording)
        }
    }
}

fn media_type(file_type: FileType) -> Option<&'static str> {
    match file_type {
        FileType::Aac => Some("audio/aac"),
        FileType::Aiff => Some("audio/aiff"),
        FileType::Flac => Some("audio/flac"),
        FileType::Mpeg => Some("audio/mpeg"),
        FileType::Mp4 => Some("audio/mp4"),
        FileType::Opus | FileType::Vorbis | FileType::Speex => Some("audio/ogg"),
        FileType::Wav => Some("audio/wav"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One second of silence.
    fn wav() -> Vec<u8> {
        let mut file = b"RIFF".to_vec();
        file.extend((36_u32 + 16_000).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
        file.extend(16_000_u32.to_le_bytes());
        file.resize(44 + 16_000, 0);
        file
    }

    #[test]
    fn files_that_are_no_audio_are_named_or_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in
            [("notes.mp3", "these are only words, over and over"), ("empty.flac", ""), ("cover.jpg", "x"), ("list.m3u", "x"), ("noending", "x")]
        {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let scan = scan(folder.path(), || {});
        assert_eq!((scan.recordings.len(), scan.passed_over), (0, 3));
        let reasons: Vec<_> = scan.refused.iter().map(|refused| refused.reason.as_str()).collect();
        assert_eq!(reasons, ["is empty", "holds no audio in a format we know"]);
    }

    #[test]
    fn content_tells_the_type_and_names_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("Band/Album")).unwrap();
        std::fs::write(folder.path().join("Band/Album/02 Song.MP3"), wav()).unwrap();
        std::fs::write(folder.path().join("x.weba"), [0x1a, 0x45, 0xdf, 0xa3, 0, 0]).unwrap();
        let scan = scan(folder.path(), || {});
        assert_eq!(scan.refused, []);
        let found: Vec<_> =
            scan.recordings.iter().map(|found| (found.title.as_str(), found.artist.as_str(), found.album.as_deref(), found.media_type)).collect();
        assert_eq!(found, [("Song", "Band", Some("Album"), "audio/wav"), ("x", "Unknown artist", None, "audio/webm")]);
    }

    #[test]
    fn one_place_is_for_one_file() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["Song.wav", "song.flac"] {
            std::fs::write(folder.path().join(name), wav()).unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("Song.wav"), folder.path().join("Other.wav")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop.wav")).unwrap();
        let scan = scan(folder.path(), || {});
        assert_eq!(scan.recordings.len(), 2);
        assert_eq!(scan.refused.len(), 1);
        assert!(scan.refused[0].path.ends_with("song.flac") && scan.refused[0].reason.ends_with("Song.wav"), "{:?}", scan.refused);
    }
}
