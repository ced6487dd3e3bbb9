//! A received recording becomes a track's sound.
//!
//! Two uploads of one track may be under way, and both may be completed: the later replaces the earlier, until the media
//! worker has begun. From then on completing is a conflict until processing is over.

use std::sync::Arc;

use kernel::Viewer;
use kernel::event::EventFactory;
use kernel::events::TrackUploaded;
use kernel::id::UploadId;

use super::ATTEMPTS;
use super::discard_uploads::DiscardUploads;
use super::look_up::LookUp;
use super::ports::{Completion, UploadRepository};
use super::upload_error::UploadError;
use crate::domain::track::{CurrentUpload, Track};
use crate::domain::upload::{Purpose, UploadState};

/// Completes uploads of recordings.
pub struct CompleteTrackUpload {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) look_up: LookUp,
    pub(super) discard_uploads: DiscardUploads,
    pub(super) events: EventFactory,
}

impl CompleteTrackUpload {
    /// The track afterwards. Completing again changes nothing.
    pub async fn run(&self, viewer: &Viewer, id: UploadId) -> Result<Track, UploadError> {
        let mut attempt = 1;
        let track = loop {
            match self.attempt(viewer, id).await {
                Err(UploadError::Changed) if attempt < ATTEMPTS => attempt += 1,
                other => break other?,
            }
        };
        self.discard_uploads.run_soon().await;
        Ok(track)
    }

    async fn attempt(&self, viewer: &Viewer, id: UploadId) -> Result<Track, UploadError> {
        viewer.require_session()?;
        let upload = self.uploads.find(id).await?.ok_or(UploadError::NoUpload)?;
        let Purpose::Track(track_id) = upload.purpose else { return Err(UploadError::NoUpload) };
        let mut track = self.look_up.own_track(viewer, track_id, "uploadId").await?;
        match upload.state {
            UploadState::Requested | UploadState::Receiving => return Err(UploadError::NotReceived),
            UploadState::Discarded => return Err(UploadError::NoUpload),
            UploadState::Completed => return Ok(track),
            UploadState::Received => {}
        }
        track.uploaded(CurrentUpload { id, uploader_id: upload.uploader_id }).map_err(|source| UploadError::State { field: "uploadId", source })?;
        let uploaded = TrackUploaded {
            track_id,
            upload_id: id,
            uploader_id: upload.uploader_id,
            blob: upload.blob(),
            file_name: upload.claim.file_name.clone(),
            media_type: upload.claim.media_type.clone(),
            size_bytes: upload.claim.size_bytes,
            sha256: upload.claim.sha256.clone(),
        };
        self.uploads.complete(&upload, Completion::Track(&track), &[self.events.wrap(&uploaded)]).await?;
        track.version += 1;
        Ok(track)
    }
}
