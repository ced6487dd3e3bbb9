//! The files of a ladder, by the names that addresses hold. Nothing else can be asked for, so no path can lead elsewhere.

use kernel::events::Rendition;

use super::ladder::Ladder;

/// RFC 8216 §10 registers it for playlists.
pub const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";
/// ISO/IEC 23009-1 registers it for manifests.
pub const MANIFEST_TYPE: &str = "application/dash+xml";
/// A CMAF track of audio alone (ISO/IEC 23000-19; RFC 4337 registers `audio/mp4` for MP4 without pictures).
pub const SEGMENT_TYPE: &str = "audio/mp4";
const KEY_TYPE: &str = "application/octet-stream";

/// A file of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaFile {
    /// What lists renditions.
    Listing(Listing),
    /// One of a rendition's own files.
    OfRendition {
        /// The rendition's name.
        rendition: String,
        /// The file's name in its folder.
        file: String,
        /// What it is.
        kind: FileKind,
    },
    /// A whole recording in one file, by the file's name.
    Download(String),
    /// What a page draws the recording with.
    Picture(Picture),
}

/// What a page draws a recording with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Peaks as a vector drawing.
    Waveform,
    /// Peaks to zoom into, in audiowaveform's JSON format.
    Peaks,
    /// Pitch and loudness over time.
    Spectrogram,
}

impl Picture {
    const ALL: [Self; 3] = [Self::Waveform, Self::Peaks, Self::Spectrogram];

    /// The file's name.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Waveform => "waveform.svg",
            Self::Peaks => "waveform-detail.json",
            Self::Spectrogram => "spectrogram.png",
        }
    }
}

/// A file that lists renditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// The HLS multivariant playlist.
    Hls,
    /// The one of lossless renditions.
    LosslessHls,
    /// The DASH manifest.
    Dash,
    /// The one of lossless renditions.
    LosslessDash,
}

/// What a rendition's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The media playlist.
    Playlist,
    /// The initialization section or a segment.
    Sound,
    /// A key that segments are encrypted with.
    Key,
}

impl Listing {
    const ALL: [Self; 4] = [Self::Hls, Self::LosslessHls, Self::Dash, Self::LosslessDash];

    /// The file's name.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Hls => "master.m3u8",
            Self::LosslessHls => "lossless.m3u8",
            Self::Dash => "manifest.mpd",
            Self::LosslessDash => "lossless.mpd",
        }
    }

    /// Whether `ladder` has it.
    pub const fn is_of(self, ladder: &Ladder) -> bool {
        match self {
            Self::Hls => true,
            Self::LosslessHls => !ladder.lossless.is_empty(),
            Self::Dash => ladder.dash,
            Self::LosslessDash => ladder.dash && !ladder.lossless.is_empty(),
        }
    }
}

impl MediaFile {
    /// The listing or picture called `file`; none for a name that no ladder has.
    pub fn of_ladder(file: &str) -> Option<Self> {
        let listing = Listing::ALL.into_iter().find(|listing| listing.file() == file).map(Self::Listing);
        listing.or_else(|| Picture::ALL.into_iter().find(|picture| picture.file() == file).map(Self::Picture))
    }

    /// The file called `file` of `rendition`; none for a name that no ladder has.
    pub fn of_rendition(rendition: &str, file: &str) -> Option<Self> {
        let sound_name = !rendition.is_empty() && rendition.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let numbered =
            |ending: &str| file.strip_suffix(ending).is_some_and(|number| (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()));
        let kind = match file {
            "index.m3u8" => FileKind::Playlist,
            "init.mp4" => FileKind::Sound,
            _ if numbered(".m4s") => FileKind::Sound,
            _ if numbered(".key") => FileKind::Key,
            _ => return None,
        };
        sound_name.then(|| Self::OfRendition { rendition: rendition.into(), file: file.into(), kind })
    }

    /// Where it lies in the blob store; none when `ladder` has no such file.
    pub fn blob(&self, ladder: &Ladder) -> Option<String> {
        let prefix = &ladder.prefix;
        match self {
            Self::Listing(listing) => listing.is_of(ladder).then(|| format!("{prefix}/{}", listing.file())),
            Self::OfRendition { rendition, file, .. } => {
                let is_it = |known: &Rendition| known.name == *rendition;
                ladder.renditions.iter().chain(&ladder.lossless).any(is_it).then(|| format!("{prefix}/{rendition}/{file}"))
            }
            Self::Picture(picture) => Some(format!("{prefix}/{}", picture.file())),
            Self::Download(file) => ladder.downloads.iter().find(|known| known.file == *file).map(|known| format!("{prefix}/downloads/{}", known.file)),
        }
    }

    /// Its media type; none when the ladder itself says so.
    pub const fn media_type(&self) -> Option<&'static str> {
        Some(match self {
            Self::Listing(Listing::Hls | Listing::LosslessHls) | Self::OfRendition { kind: FileKind::Playlist, .. } => PLAYLIST_TYPE,
            Self::Listing(Listing::Dash | Listing::LosslessDash) => MANIFEST_TYPE,
            Self::OfRendition { kind: FileKind::Sound, .. } => SEGMENT_TYPE,
            Self::OfRendition { kind: FileKind::Key, .. } => KEY_TYPE,
            Self::Picture(Picture::Waveform) => "image/svg+xml",
            Self::Picture(Picture::Peaks) => "application/json",
            Self::Picture(Picture::Spectrogram) => "image/png",
            Self::Download(_) => return None,
        })
    }

    /// Its `Cache-Control`. A ladder's files never change, but who may have them does: nothing shared keeps them, a playlist is asked
    /// for again so that a withdrawn right is noticed, and a key is kept nowhere.
    pub const fn cache_control(&self) -> &'static str {
        match self {
            Self::Listing(_) | Self::OfRendition { kind: FileKind::Playlist, .. } => "private, no-cache",
            Self::OfRendition { kind: FileKind::Sound, .. } | Self::Download(_) | Self::Picture(_) => "private, max-age=3600, immutable",
            Self::OfRendition { kind: FileKind::Key, .. } => "no-store",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_the_listings_are_pictures_alone() {
        for file in ["master.m3u8", "manifest.mpd", "waveform.svg", "waveform-detail.json", "spectrogram.png"] {
            assert!(MediaFile::of_ladder(file).is_some(), "{file}");
        }
        for file in ["", "waveform.json", "index.m3u8", "../master.m3u8", "spectrogram.png/"] {
            assert!(MediaFile::of_ladder(file).is_none(), "{file}");
        }
    }

    #[test]
    fn only_names_of_a_ladder_are_files() {
        for file in ["index.m3u8", "init.mp4", "0.m4s", "123456.m4s", "0.key"] {
            assert!(MediaFile::of_rendition("aac-64", file).is_some(), "{file}");
        }
        for file in ["", "..", "../x", "x.m4s", ".m4s", "1234567.m4s", "waveform.json", "key", ".key", "index.m3u8/", "%2e%2e"] {
            assert!(MediaFile::of_rendition("aac-64", file).is_none(), "{file}");
        }
        for rendition in ["", "..", "a/b", "AAC", "a.b", "a%2fb"] {
            assert!(MediaFile::of_rendition(rendition, "init.mp4").is_none(), "{rendition}");
        }
    }

    #[test]
    fn only_known_listings_are_files() {
        for file in ["master.m3u8", "lossless.m3u8", "manifest.mpd", "lossless.mpd"] {
            assert!(MediaFile::of_ladder(file).is_some(), "{file}");
        }
        for file in ["", "waveform.json", "master.m3u8/", "..", "downloads"] {
            assert!(MediaFile::of_ladder(file).is_none(), "{file}");
        }
    }
}
