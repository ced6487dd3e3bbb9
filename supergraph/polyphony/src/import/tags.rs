//! What a recording says of itself: by its tags, and where it has none by its file's and folders' names.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use catalog::domain::isrc::Isrc;
use lofty::tag::items::Timestamp;
use lofty::tag::{Accessor as _, ItemKey, Tag};

const UNKNOWN_ARTIST: &str = "Unknown artist";
/// The catalog takes so many characters.
const MOST_CHARACTERS: usize = 200;

/// A recording and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    pub(crate) size_bytes: u64,
    pub(crate) media_type: &'static str,
    pub(crate) title: String,
    pub(crate) artist: String,
    pub(crate) album: Option<String>,
    /// The album's, as `YYYY-MM-DD`. A year alone is no day, and none is made up.
    pub(crate) release_date: Option<String>,
    pub(crate) track_number: Option<u32>,
    pub(crate) disc_number: Option<u32>,
    /// As the tags spell them.
    pub(crate) genres: Vec<String>,
    pub(crate) isrc: Option<String>,
}

/// What the folders between the searched one and the file are called.
#[derive(Debug, Default, PartialEq, Eq)]
struct Folders {
    artist: Option<String>,
    album: Option<String>,
    disc_number: Option<u32>,
}

impl Recording {
    /// The file at `path`, found below `root`, with its tags.
    pub(crate) fn describe(root: &Path, path: &Path, size_bytes: u64, media_type: &'static str, tag: Option<&Tag>) -> Self {
        let text = |value: Option<Cow<'_, str>>| value.map(|value| clean(&value)).filter(|value| !value.is_empty());
        let item = |key| text(tag.and_then(|tag| tag.get_string(key)).map(Cow::from));
        let (named_number, named_title) = number_and_title(&path.file_stem().unwrap_or_default().to_string_lossy());
        // An album belongs to one artist, and its tracks with it: the album's artist wins over the track's.
        let artist = item(ItemKey::AlbumArtist).or_else(|| text(tag.and_then(Tag::artist)));
        let album = text(tag.and_then(Tag::album));
        // Tags that say something are believed to say all: a song tagged without an album is on none, whatever its folder.
        let folders = if artist.is_none() && album.is_none() { Folders::read(root, path) } else { Folders::default() };
        let genres = tag.map(|tag| tag.get_strings(ItemKey::Genre).map(ToOwned::to_owned).collect()).unwrap_or_default();
        Self {
            path: path.to_owned(),
            size_bytes,
            media_type,
            title: text(tag.and_then(Tag::title)).unwrap_or(named_title),
            artist: artist.or(folders.artist).unwrap_or_else(|| UNKNOWN_ARTIST.into()),
            album: album.or(folders.album),
            release_date: tag.and_then(Tag::date).and_then(day),
            track_number: in_range(tag.and_then(Tag::track).or(named_number)),
            disc_number: in_range(tag.and_then(Tag::disk).or(folders.disc_number)),
            genres,
            isrc: item(ItemKey::Isrc).and_then(|code| Isrc::parse(&code).ok().flatten()).map(|code| code.as_str().to_owned()),
        }
    }
}

impl Folders {
    /// `Artist/Album/Disc 2/x.ogg`, `Artist/Album/x.ogg`, `Artist - Album/x.ogg` and `Album/x.ogg`.
    fn read(root: &Path, path: &Path) -> Self {
        let between = path.parent().and_then(|folder| folder.strip_prefix(root).ok()).unwrap_or(Path::new(""));
        let mut names: Vec<_> = between.iter().map(|name| clean(&name.to_string_lossy().replace('_', " "))).filter(|name| !name.is_empty()).collect();
        let disc_number = names.last().and_then(|name| disc(name));
        if disc_number.is_some() {
            names.pop();
        }
        match names.as_slice() {
            [] => Self { disc_number, ..Self::default() },
            [one] => match one.split_once(" - ") {
                Some((artist, album)) => Self { artist: Some(clean(artist)), album: Some(clean(album)), disc_number },
                None => Self { artist: None, album: Some(one.clone()), disc_number },
            },
            [.., artist, album] => Self { artist: Some(artist.clone()), album: Some(album.clone()), disc_number },
        }
    }
}

/// `CD1`, `Disc 2`, `disk-3`.
fn disc(folder: &str) -> Option<u32> {
    let folder = folder.to_lowercase();
    let number = ["cd", "disc", "disk"].iter().find_map(|word| folder.strip_prefix(word))?;
    number.trim_start_matches([' ', '-', '.']).parse().ok()
}

fn day(date: Timestamp) -> Option<String> {
    let (month, day) = (date.month?, date.day?);
    chrono::NaiveDate::from_ymd_opt(date.year.into(), month.into(), day.into()).map(|date| date.to_string())
}

/// The catalog's range of track and disc numbers; taggers write 0 for "none".
fn in_range(number: Option<u32>) -> Option<u32> {
    number.filter(|number| (1..=999).contains(number))
}

/// One line without control characters, as the catalog wants titles and names, and no longer than it takes.
fn clean(text: &str) -> String {
    let words: Vec<_> = text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(MOST_CHARACTERS).collect();
    line.trim_end().to_owned()
}

/// `07 - Any Song` is song 7, `Any Song`.
fn number_and_title(stem: &str) -> (Option<u32>, String) {
    let stem = stem.replace('_', " ");
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = stem.split_at(digits);
    let rest = clean(rest.trim_start_matches([' ', '.', '-']));
    if rest.is_empty() {
        let whole = clean(&stem);
        return (None, if whole.is_empty() { "Untitled".into() } else { whole });
    }
    // Four digits begin a year or a name, not a position.
    if (1..=3).contains(&digits) { (number.parse().ok(), rest) } else { (None, clean(&stem)) }
}

#[cfg(test)]
mod tests {
    use lofty::tag::TagType;

    use super::*;

    fn describe(path: &str, tag: Option<&Tag>) -> Recording {
        Recording::describe(Path::new("/m"), Path::new(path), 1, "audio/ogg", tag)
    }

    #[test]
    fn names_tell_what_tags_do_not() {
        assert_eq!(number_and_title("07 - Any_Song"), (Some(7), "Any Song".into()));
        assert_eq!(number_and_title("3.Song"), (Some(3), "Song".into()));
        assert_eq!(number_and_title("1984 Overture"), (None, "1984 Overture".into()));
        assert_eq!(number_and_title("12"), (None, "12".into()));
        assert_eq!(number_and_title(""), (None, "Untitled".into()));
    }

    #[test]
    fn folders_tell_the_artist_and_the_album() {
        for (path, artist, album, disc) in [
            ("/m/x.ogg", UNKNOWN_ARTIST, None, None),
            ("/m/Album/x.ogg", UNKNOWN_ARTIST, Some("Album"), None),
            ("/m/Band - Album/x.ogg", "Band", Some("Album"), None),
            ("/m/Band/First_Album/x.ogg", "Band", Some("First Album"), None),
            ("/m/All/Band/Album/CD 2/x.ogg", "Band", Some("Album"), Some(2)),
            ("/m/disc1/x.ogg", UNKNOWN_ARTIST, None, Some(1)),
            ("/elsewhere/Band/Album/x.ogg", UNKNOWN_ARTIST, None, None),
        ] {
            let recording = describe(path, None);
            assert_eq!((recording.artist.as_str(), recording.album.as_deref(), recording.disc_number), (artist, album, disc), "{path}");
        }
    }

    #[test]
    fn tags_win_and_the_albums_artist_first() {
        let mut tag = Tag::new(TagType::VorbisComments);
        tag.set_title("A\nTitle ".into());
        tag.set_artist("Guest".into());
        tag.set_track(0);
        tag.insert_text(ItemKey::AlbumArtist, "Band".into());
        let recording = describe("/m/Other/Folder/05 x.ogg", Some(&tag));
        assert_eq!((recording.title.as_str(), recording.artist.as_str(), recording.album, recording.track_number), ("A Title", "Band", None, None));
        let bare = describe("/m/05 x.ogg", None);
        assert_eq!((bare.title.as_str(), bare.artist.as_str(), bare.track_number), ("x", UNKNOWN_ARTIST, Some(5)));
    }

    #[test]
    fn days_and_codes_are_taken_when_they_are_whole() {
        let told = |date: &str, isrc: &str| {
            let mut tag = Tag::new(TagType::VorbisComments);
            tag.insert_text(ItemKey::RecordingDate, date.into());
            tag.insert_text(ItemKey::Isrc, isrc.into());
            let recording = describe("/m/x.ogg", Some(&tag));
            (recording.release_date, recording.isrc)
        };
        assert_eq!(told("2012-06-30", "us-rc1-76-07839"), (Some("2012-06-30".into()), Some("USRC17607839".into())));
        assert_eq!(told("2012", "unknown"), (None, None));
        assert_eq!(told("2013-02-31", ""), (None, None));
    }

    #[test]
    fn no_text_is_longer_than_the_catalog_takes() {
        let name = "ä ".repeat(200);
        assert!(clean(&name).chars().count() <= MOST_CHARACTERS && !clean(&name).ends_with(' '));
    }
}
