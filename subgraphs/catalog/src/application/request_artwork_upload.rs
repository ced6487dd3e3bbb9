//! An artist asks for an address to send a picture to.

use kernel::id::{AlbumId, ArtistId};
use kernel::{InvalidField, Viewer};

use super::issue_ticket::{IssueTicket, Ticket};
use super::look_up::LookUp;
use super::upload_error::UploadError;
use crate::domain::upload::{FileClaim, Purpose};

/// What is said of the picture, unchecked.
#[derive(Debug, Clone)]
pub struct ArtworkUploadWish {
    /// The artist it is to show.
    pub artist_id: Option<ArtistId>,
    /// Or the album.
    pub album_id: Option<AlbumId>,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: i64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Begins uploads of pictures.
#[derive(Clone)]
pub struct RequestArtworkUpload {
    pub(super) look_up: LookUp,
    pub(super) issue_ticket: IssueTicket,
    pub(super) max_bytes: u64,
}

impl RequestArtworkUpload {
    /// The way to send the picture.
    pub async fn run(&self, viewer: &Viewer, wish: &ArtworkUploadWish) -> Result<Ticket, UploadError> {
        let session = viewer.require_session()?;
        let purpose = match (wish.artist_id, wish.album_id) {
            (Some(id), None) => Purpose::ArtistArtwork(self.look_up.own_artist(viewer, id, "artistId").await?.id),
            (None, Some(id)) => Purpose::AlbumArtwork(self.look_up.own_album(viewer, id, "albumId").await?.id),
            (None, None) => return Err(InvalidField::new("artistId", "is needed, or albumId").into()),
            (Some(_), Some(_)) => return Err(InvalidField::new("albumId", "cannot be combined with artistId").into()),
        };
        let claim = FileClaim::artwork(&wish.media_type, wish.size_bytes, &wish.sha256, self.max_bytes)?;
        Ok(self.issue_ticket.run(purpose, session.user_id, claim).await?)
    }
}
