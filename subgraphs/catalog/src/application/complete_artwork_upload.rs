//! A received picture becomes an artist's or album's.

use std::sync::Arc;

use kernel::Viewer;
use kernel::id::{ArtworkId, UploadId};

use super::ATTEMPTS;
use super::discard_uploads::DiscardUploads;
use super::look_up::LookUp;
use super::ports::{Completion, UploadRepository};
use super::upload_error::UploadError;
use crate::domain::upload::{Purpose, Upload, UploadState};

/// Completes uploads of pictures.
#[derive(Clone)]
pub struct CompleteArtworkUpload {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) look_up: LookUp,
    pub(super) discard_uploads: DiscardUploads,
}

impl CompleteArtworkUpload {
    /// The picture. It replaces any earlier one; completing again changes nothing.
    pub async fn run(&self, viewer: &Viewer, id: UploadId) -> Result<ArtworkId, UploadError> {
        let mut attempt = 1;
        let artwork = loop {
            match self.attempt(viewer, id).await {
                Err(UploadError::Changed) if attempt < ATTEMPTS => attempt += 1,
                other => break other?,
            }
        };
        self.discard_uploads.run_soon().await;
        Ok(artwork)
    }

    async fn attempt(&self, viewer: &Viewer, id: UploadId) -> Result<ArtworkId, UploadError> {
        viewer.require_session()?;
        let upload = self.uploads.find(id).await?.ok_or(UploadError::NoUpload)?;
        let artwork_id = upload.artwork_id();
        match upload.purpose {
            Purpose::Track(_) => return Err(UploadError::NoUpload),
            Purpose::ArtistArtwork(artist_id) => {
                let mut artist = self.look_up.own_artist(viewer, artist_id, "uploadId").await?;
                if is_open(&upload)? {
                    artist.artwork_id = Some(artwork_id);
                    self.uploads.complete(&upload, Completion::Artist(&artist), &[]).await?;
                }
            }
            Purpose::AlbumArtwork(album_id) => {
                let mut album = self.look_up.own_album(viewer, album_id, "uploadId").await?;
                if is_open(&upload)? {
                    album.artwork_id = Some(artwork_id);
                    self.uploads.complete(&upload, Completion::Album(&album), &[]).await?;
                }
            }
        }
        Ok(artwork_id)
    }
}

/// Whether the upload is still to be completed; an error when it cannot be.
const fn is_open(upload: &Upload) -> Result<bool, UploadError> {
    match upload.state {
        UploadState::Requested | UploadState::Receiving => Err(UploadError::NotReceived),
        UploadState::Discarded => Err(UploadError::NoUpload),
        UploadState::Completed => Ok(false),
        UploadState::Received => Ok(true),
    }
}
