//! All renditions of one upload of a track.

use kernel::events::Rendition;
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
}
