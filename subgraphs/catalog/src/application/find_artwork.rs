//! Shows a picture to anybody who knows its address.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::PortError;
use kernel::id::{ArtworkId, Id};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::ports::UploadRepository;
use crate::domain::upload::{Purpose, Upload, UploadState};

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artwork {
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    blob: String,
}

/// Finds pictures.
pub struct FindArtwork {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) public_url: String,
}

impl FindArtwork {
    /// Where clients find the picture.
    pub fn url(&self, id: ArtworkId) -> String {
        format!("{}/artwork/{id}", self.public_url)
    }

    /// The picture, if there is one.
    pub async fn run(&self, id: ArtworkId) -> Result<Option<Artwork>, PortError> {
        let upload = self.uploads.find(Id::from_uuid(id.uuid())).await?;
        Ok(upload.filter(is_artwork).map(|upload| Artwork {
            blob: upload.blob(),
            media_type: upload.claim.media_type,
            size_bytes: upload.claim.size_bytes,
            sha256: upload.claim.sha256,
        }))
    }

    /// Its bytes. `NotFound` when it was replaced meanwhile.
    pub async fn open(&self, artwork: &Artwork) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, PortError> {
        let found = self.blobs.get(&Path::from(artwork.blob.as_str())).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => PortError::NotFound,
            other => PortError::unavailable(other),
        })?;
        Ok(found.into_stream().boxed())
    }
}

fn is_artwork(upload: &Upload) -> bool {
    upload.state == UploadState::Completed && !matches!(upload.purpose, Purpose::Track(_))
}
