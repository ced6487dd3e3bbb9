//! All renditions of one upload of a track.

use kernel::events::{Download, Rendition};
use kernel::id::{LadderId, TrackId, UploadId};

/// A ladder as the media worker told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Its id.
    pub id: LadderId,
    /// Whose sound it is.
    pub track_id: TrackId,
    /// Which upload it was made of.
    pub upload_id: UploadId,
    /// The folder of the blob store it lies in.
    pub prefix: String,
    /// Length in milliseconds.
    pub duration_ms: u64,
    /// Lowest bandwidth first.
    pub renditions: Vec<Rendition>,
    /// Those that lose nothing, lowest bandwidth first; none unless the source was lossless.
    pub lossless: Vec<Rendition>,
    /// Whether it has DASH manifests.
    pub dash: bool,
    /// Files to download.
    pub downloads: Vec<Download>,
}
