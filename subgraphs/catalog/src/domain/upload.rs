//! Files on their way in.

use chrono::{DateTime, Utc};
use kernel::InvalidField;
use kernel::id::{AlbumId, ArtistId, ArtworkId, Id, TrackId, UploadId, UserId};

use super::artwork;

/// The media types of recordings that are accepted; the media worker decides by the bytes whether they are what they say.
pub const RECORDING_MEDIA_TYPES: &[&str] = &[
    "audio/mpeg",
    "audio/mp3",
    "audio/flac",
    "audio/x-flac",
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/vnd.wave",
    "audio/ogg",
    "audio/opus",
    "audio/vorbis",
    "audio/mp4",
    "audio/m4a",
    "audio/x-m4a",
    "audio/aac",
    "audio/aiff",
    "audio/x-aiff",
    "audio/webm",
    "application/ogg",
    "video/mp4",
];
const MAX_FILE_NAME: usize = 255;

/// What a file is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The sound of a track.
    Track(TrackId),
    /// The picture of an artist.
    ArtistArtwork(ArtistId),
    /// The cover of an album.
    AlbumArtwork(AlbumId),
}

/// What the uploader says of the file, checked for sense; the bytes must keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileClaim {
    /// The name it has at home.
    pub file_name: String,
    /// Its media type, lower case, without parameters.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl FileClaim {
    /// A recording of at most `max_bytes`.
    pub fn recording(file_name: &str, media_type: &str, size_bytes: i64, sha256: &str, max_bytes: u64) -> Result<Self, InvalidField> {
        Ok(Self {
            file_name: checked_file_name(file_name)?,
            media_type: checked_media_type(media_type, RECORDING_MEDIA_TYPES)?,
            size_bytes: checked_size(size_bytes, max_bytes)?,
            sha256: checked_sha256(sha256)?,
        })
    }

    /// A picture of at most `max_bytes`.
    pub fn artwork(media_type: &str, size_bytes: i64, sha256: &str, max_bytes: u64) -> Result<Self, InvalidField> {
        Ok(Self {
            file_name: String::new(),
            media_type: checked_media_type(media_type, artwork::MEDIA_TYPES)?,
            size_bytes: checked_size(size_bytes, max_bytes)?,
            sha256: checked_sha256(sha256)?,
        })
    }
}

fn checked_file_name(text: &str) -> Result<String, InvalidField> {
    let text = text.trim();
    let refuse = |message: String| Err(InvalidField::new("fileName", message));
    if text.is_empty() {
        return refuse("must not be blank".into());
    }
    if text.chars().nth(MAX_FILE_NAME).is_some() {
        return refuse(format!("must not have more than {MAX_FILE_NAME} characters"));
    }
    if text == "." || text == ".." || text.chars().any(|c| c.is_control() || c == '/' || c == '\\') {
        return refuse("must be a name without a path".into());
    }
    Ok(text.to_owned())
}

fn checked_media_type(text: &str, allowed: &[&str]) -> Result<String, InvalidField> {
    let essence = essence(text);
    allowed
        .iter()
        .find(|allowed| **allowed == essence)
        .map(|allowed| (*allowed).to_owned())
        .ok_or_else(|| InvalidField::new("mediaType", format!("must be one of {}", allowed.join(", "))))
}

/// A media type's type and subtype, lower case, without parameters.
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn checked_size(size_bytes: i64, max_bytes: u64) -> Result<u64, InvalidField> {
    match u64::try_from(size_bytes) {
        Ok(size) if (1..=max_bytes).contains(&size) => Ok(size),
        _ => Err(InvalidField::new("sizeBytes", format!("must be between 1 and {max_bytes}"))),
    }
}

fn checked_sha256(text: &str) -> Result<String, InvalidField> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(InvalidField::new("sha256", "must be the 64 hexadecimal digits of a SHA-256"))
    }
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// Its address is known to the uploader.
    Requested,
    /// Its bytes are coming in.
    Receiving,
    /// Its bytes are there and keep what was said of them.
    Received,
    /// It has become what it was to become.
    Completed,
    /// Nobody needs it any more: it will be forgotten with its bytes.
    Discarded,
}

impl UploadState {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Receiving => "RECEIVING",
            Self::Received => "RECEIVED",
            Self::Completed => "COMPLETED",
            Self::Discarded => "DISCARDED",
        }
    }
}

/// A file on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The id.
    pub id: UploadId,
    /// What it is to become.
    pub purpose: Purpose,
    /// Who asked for it.
    pub uploader_id: UserId,
    /// What its bytes must keep.
    pub claim: FileClaim,
    /// How far it has come.
    pub state: UploadState,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// From when on no bytes are taken.
    pub expires_at: DateTime<Utc>,
}

impl Upload {
    /// Where its bytes lie in the blob store.
    pub fn blob(&self) -> String {
        match self.purpose {
            Purpose::Track(_) => format!("uploads/{}", self.id),
            Purpose::ArtistArtwork(_) | Purpose::AlbumArtwork(_) => format!("artwork/{}", self.artwork_id()),
        }
    }

    /// The picture it becomes, when it is to become one.
    pub const fn artwork_id(&self) -> ArtworkId {
        Id::from_uuid(self.id.uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = 1000;

    fn field(file_name: &str, media_type: &str, size_bytes: i64, sha256: &str) -> Result<FileClaim, &'static str> {
        FileClaim::recording(file_name, media_type, size_bytes, sha256, MAX).map_err(|error| error.field)
    }

    #[test]
    fn claims_are_kept_in_one_form() {
        let claim = field(" dawn.flac ", "Audio/FLAC; rate=44100", 1000, &"AB".repeat(32)).unwrap();
        assert_eq!((&*claim.file_name, &*claim.media_type, claim.sha256), ("dawn.flac", "audio/flac", "ab".repeat(32)));
    }

    #[test]
    fn each_part_of_a_claim_is_refused_by_name() {
        let sha = "ab".repeat(32);
        let long = "é".repeat(256);
        for name in ["", " ", "a/b", "a\\b", "..", "a\0", &long] {
            assert_eq!(field(name, "audio/flac", 1, &sha), Err("fileName"), "{name:?}");
        }
        for media_type in ["", "application/pdf", "audio/midi", "image/png"] {
            assert_eq!(field("a", media_type, 1, &sha), Err("mediaType"), "{media_type:?}");
        }
        for size in [0, -1, 1001, i64::MAX, i64::MIN] {
            assert_eq!(field("a", "audio/flac", size, &sha), Err("sizeBytes"), "{size}");
        }
        for sha in ["", "ab", &"zz".repeat(32), &"ab".repeat(33), &"é".repeat(32)] {
            assert_eq!(field("a", "audio/flac", 1, sha), Err("sha256"), "{sha:?}");
        }
        assert_eq!(FileClaim::artwork("image/svg+xml", 1, &sha, MAX).unwrap_err().field, "mediaType");
    }
}
