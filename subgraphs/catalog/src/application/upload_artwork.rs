//! A small picture in one step: asked for, received and completed.

use bytes::Bytes;
use futures::StreamExt as _;
use kernel::Viewer;
use kernel::id::{AlbumId, ArtistId, ArtworkId};
use sha2::{Digest as _, Sha256};

use super::complete_artwork_upload::CompleteArtworkUpload;
use super::receive_upload::{Announcement, ReceiveUpload, ReceiveUploadError};
use super::request_artwork_upload::{ArtworkUploadWish, RequestArtworkUpload};
use super::upload_error::UploadError;

/// A picture, and what it is to show.
#[derive(Debug, Clone)]
pub struct SmallArtwork {
    /// The artist.
    pub artist_id: Option<ArtistId>,
    /// Or the album.
    pub album_id: Option<AlbumId>,
    /// Its media type.
    pub media_type: String,
    /// What it holds.
    pub bytes: Bytes,
}

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadArtworkError {
    /// It may not be sent, or not be completed.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// Its bytes are refused.
    #[error(transparent)]
    Receive(#[from] ReceiveUploadError),
}

/// Takes small pictures.
pub struct UploadArtwork {
    pub(super) request: RequestArtworkUpload,
    pub(super) receive: ReceiveUpload,
    pub(super) complete: CompleteArtworkUpload,
}

impl UploadArtwork {
    /// The picture. It replaces any earlier one. When a step fails, what the ones before it have left is discarded with other
    /// uploads that nobody completes.
    pub async fn run(&self, viewer: &Viewer, artwork: SmallArtwork) -> Result<ArtworkId, UploadArtworkError> {
        let SmallArtwork { artist_id, album_id, media_type, bytes } = artwork;
        let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let wish = ArtworkUploadWish { artist_id, album_id, media_type: media_type.clone(), size_bytes, sha256: hex::encode(Sha256::digest(&bytes)) };
        let ticket = self.request.run(viewer, &wish).await?;
        let announcement =
            Announcement { upload_id: ticket.upload_id, token: ticket.token, content_length: Some(bytes.len() as u64), content_type: Some(media_type) };
        let mut bytes = futures::stream::once(async { Ok(bytes) }).boxed();
        self.receive.run(&announcement, &mut bytes).await?;
        Ok(self.complete.run(viewer, ticket.upload_id).await?)
    }
}
