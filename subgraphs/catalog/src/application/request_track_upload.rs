//! An artist asks for an address to send a recording to.

use kernel::Viewer;
use kernel::id::TrackId;

use super::issue_ticket::{IssueTicket, Ticket};
use super::look_up::LookUp;
use super::upload_error::UploadError;
use crate::domain::upload::{FileClaim, Purpose};

/// What is said of the file, unchecked.
#[derive(Debug, Clone)]
pub struct TrackUploadWish {
    /// Whose sound it is to become.
    pub track_id: TrackId,
    /// The name it has at home.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: i64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Begins uploads of recordings.
pub struct RequestTrackUpload {
    pub(super) look_up: LookUp,
    pub(super) issue_ticket: IssueTicket,
    pub(super) max_bytes: u64,
}

impl RequestTrackUpload {
    /// The way to send the file. Several uploads of one track may be under way; each that is completed replaces the one before.
    pub async fn run(&self, viewer: &Viewer, wish: &TrackUploadWish) -> Result<Ticket, UploadError> {
        let session = viewer.require_session()?;
        let track = self.look_up.own_track(viewer, wish.track_id, "trackId").await?;
        track.check_uploadable().map_err(|source| UploadError::State { field: "trackId", source })?;
        let claim = FileClaim::recording(&wish.file_name, &wish.media_type, wish.size_bytes, &wish.sha256, self.max_bytes)?;
        Ok(self.issue_ticket.run(Purpose::Track(track.id), session.user_id, claim).await?)
    }
}
