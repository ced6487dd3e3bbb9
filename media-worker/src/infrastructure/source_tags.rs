//! What an uploaded file's tags say of it, for the tags of the files that people download: only what names the music is taken over, no
//! comments, no private frames, no pictures beyond a cover of bounded size.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use lofty::config::{ParseOptions, WriteOptions};
use lofty::file::TaggedFileExt as _;
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag, TagExt as _, TagType};

/// Longer texts are cut, in characters.
const LONGEST_TEXT: usize = 300;
/// Larger covers are left out, in bytes.
const LARGEST_COVER: usize = 2 << 20;
/// Longer file names are cut, in characters: most file systems take 255 bytes.
const LONGEST_NAME: usize = 60;
const NAMING: [ItemKey; 12] = [
    ItemKey::TrackTitle,
    ItemKey::TrackArtist,
    ItemKey::AlbumTitle,
    ItemKey::AlbumArtist,
    ItemKey::TrackNumber,
    ItemKey::TrackTotal,
    ItemKey::DiscNumber,
    ItemKey::Genre,
    ItemKey::RecordingDate,
    ItemKey::Composer,
    ItemKey::Isrc,
    ItemKey::CopyrightMessage,
];

/// Tags that name a recording.
#[derive(Debug, Default)]
pub struct SourceTags {
    texts: Vec<(ItemKey, String)>,
    cover: Option<Picture>,
}

impl SourceTags {
    /// The tags of the file at `path`; none when they cannot be read, for the sound does not depend on them.
    pub fn read(path: &Path) -> Self {
        // The parser sees what strangers wrote: a bug in it must not cost the recording.
        catch_unwind(AssertUnwindSafe(|| Self::try_read(path))).ok().flatten().unwrap_or_default()
    }

    fn try_read(path: &Path) -> Option<Self> {
        let options = ParseOptions::new().read_properties(false);
        let file = Probe::new(BufReader::new(File::open(path).ok()?)).options(options).guess_file_type().ok()?.read().ok()?;
        let tags = file.tags();
        let text = |key: ItemKey| tags.iter().find_map(|tag| tag.get_string(key)).map(clean).filter(|text| !text.is_empty());
        let texts = NAMING.into_iter().filter_map(|key| Some((key, text(key)?))).collect();
        let pictures: Vec<_> = tags.iter().flat_map(Tag::pictures).collect();
        let front = pictures.iter().find(|picture| picture.pic_type() == PictureType::CoverFront);
        Some(Self { texts, cover: front.or(pictures.first()).and_then(|picture| cover(picture.data())) })
    }

    /// As an ID3v2 tag; empty when there is nothing to say.
    pub fn id3v2(&self) -> Vec<u8> {
        let mut tag = Tag::new(TagType::Id3v2);
        for (key, text) in &self.texts {
            tag.insert_text(*key, text.clone());
        }
        if let Some(cover) = &self.cover {
            tag.push_picture(cover.clone());
        }
        let mut bytes = Vec::new();
        if tag.is_empty() || tag.dump_to(&mut bytes, WriteOptions::default()).is_err() {
            return Vec::new();
        }
        bytes
    }

    /// The name to save a file under: artist and title, without what file systems or headers would choke on.
    pub fn file_name(&self, extension: &str) -> String {
        let text = |key: ItemKey| self.texts.iter().find(|(found, _)| *found == key).map(|(_, text)| text.as_str());
        let name = match (text(ItemKey::TrackArtist), text(ItemKey::TrackTitle)) {
            (Some(artist), Some(title)) => format!("{artist} - {title}"),
            (_, Some(title)) => title.to_owned(),
            _ => String::new(),
        };
        let safe: String = name.chars().map(|c| if r#"/\:*?"<>|%"#.contains(c) { '_' } else { c }).take(LONGEST_NAME).collect();
        let safe = safe.trim_matches([' ', '.']);
        format!("{}.{extension}", if safe.is_empty() { "Untitled" } else { safe })
    }
}

/// One line without control characters.
fn clean(text: &str) -> String {
    let words: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST_TEXT).collect()
}

fn cover(bytes: &[u8]) -> Option<Picture> {
    let kind = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => MimeType::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => MimeType::Png,
        _ => return None,
    };
    (bytes.len() <= LARGEST_COVER).then(|| Picture::unchecked(bytes.to_vec()).pic_type(PictureType::CoverFront).mime_type(kind).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(artist: &str, title: &str) -> String {
        SourceTags { texts: vec![(ItemKey::TrackArtist, clean(artist)), (ItemKey::TrackTitle, clean(title))], cover: None }.file_name("mp3")
    }

    #[test]
    fn names_are_safe_to_save() {
        assert_eq!(named("Ada", "Song"), "Ada - Song.mp3");
        assert_eq!(named("AC/DC", "..\\..\\etc"), "AC_DC - .._.._etc.mp3");
        assert_eq!(named("A\r\nContent-Type: x", "B\0"), "A Content-Type_ x - B.mp3");
        assert_eq!(named("Björk", "Jóga"), "Björk - Jóga.mp3");
        assert_eq!(SourceTags::default().file_name("mp3"), "Untitled.mp3");
        assert!(named(&"a".repeat(500), "b").chars().count() <= LONGEST_NAME + 4);
    }

    #[test]
    fn only_small_pictures_are_covers() {
        assert!(cover(b"\x89PNG\r\n\x1a\n").is_some());
        assert!(cover(b"<svg>").is_none());
        assert!(cover(&[[0xFF, 0xD8, 0xFF, 0].as_slice(), &vec![0; LARGEST_COVER]].concat()).is_none());
    }
}
