//! The files of a ladder, by the names that addresses hold. Nothing else can be asked for, so no path can lead elsewhere.

use super::ladder::Ladder;

/// RFC 8216 §10 registers it for playlists.
pub const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";
/// A CMAF track of audio alone (ISO/IEC 23000-19; RFC 4337 registers `audio/mp4` for MP4 without pictures).
pub const SEGMENT_TYPE: &str = "audio/mp4";

/// A file of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaFile {
    /// The multivariant playlist.
    Master,
    /// A rendition's media playlist, initialization section or segment.
    OfRendition {
        /// The rendition's name.
        rendition: String,
        /// The file's name in its folder.
        file: String,
        /// Whether it is the playlist.
        playlist: bool,
    },
}

impl MediaFile {
    /// The file called `file` of `rendition`; none for a name that no ladder has.
    pub fn of_rendition(rendition: &str, file: &str) -> Option<Self> {
        let sound_name = !rendition.is_empty() && rendition.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let segment = file.strip_suffix(".m4s").is_some_and(|number| (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()));
        let playlist = file == "index.m3u8";
        (sound_name && (segment || playlist || file == "init.mp4")).then(|| Self::OfRendition { rendition: rendition.into(), file: file.into(), playlist })
    }

    /// Where it lies in the blob store; none when `ladder` has no such rendition.
    pub fn blob(&self, ladder: &Ladder) -> Option<String> {
        match self {
            Self::Master => Some(format!("{}/master.m3u8", ladder.prefix)),
            Self::OfRendition { rendition, file, .. } => {
                ladder.renditions.iter().any(|known| known.name == *rendition).then(|| format!("{}/{rendition}/{file}", ladder.prefix))
            }
        }
    }

    /// Whether it is text that players read again.
    pub const fn is_playlist(&self) -> bool {
        matches!(self, Self::Master | Self::OfRendition { playlist: true, .. })
    }

    /// Its media type.
    pub const fn media_type(&self) -> &'static str {
        if self.is_playlist() { PLAYLIST_TYPE } else { SEGMENT_TYPE }
    }

    /// Its `Cache-Control`. A ladder's files never change, but who may have them does: nothing shared keeps them, and a
    /// playlist is asked for again so that a withdrawn right is noticed.
    pub const fn cache_control(&self) -> &'static str {
        if self.is_playlist() { "private, no-cache" } else { "private, max-age=3600, immutable" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_a_ladder_are_files() {
        for file in ["index.m3u8", "init.mp4", "0.m4s", "123456.m4s"] {
            assert!(MediaFile::of_rendition("aac-64", file).is_some(), "{file}");
        }
        for file in ["", "..", "../x", "x.m4s", ".m4s", "1234567.m4s", "waveform.json", "index.m3u8/", "%2e%2e"] {
            assert!(MediaFile::of_rendition("aac-64", file).is_none(), "{file}");
        }
        for rendition in ["", "..", "a/b", "AAC", "a.b", "a%2fb"] {
            assert!(MediaFile::of_rendition(rendition, "init.mp4").is_none(), "{rendition}");
        }
    }
}
