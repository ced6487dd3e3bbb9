//! Takes a file's bytes into the blob store, and verifies them on the way.
//!
//! Memory per transfer is bounded whatever the file's size. What does not keep its claim never appears in the blob store, and
//! its upload can be tried again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::id::UploadId;
use kernel::{Clock, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest as _, Sha256};

use super::ports::{UploadRepository, UploadTokens};
use crate::domain::artwork;
use crate::domain::upload::{Purpose, Upload, UploadState, essence};

/// What is sent to the blob store at once; S3 wants at least this much.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts on their way at the same time.
const PARTS_IN_FLIGHT: usize = 2;
/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the right to receive outlives the last renewal: longer than [`SILENCE`] and a slow blob store.
const LEASE: TimeDelta = TimeDelta::seconds(120);

/// What a sender says before the first byte.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// Of which upload.
    pub upload_id: UploadId,
    /// The secret of its address.
    pub token: String,
    /// The length in bytes.
    pub content_length: Option<u64>,
    /// The media type.
    pub content_type: Option<String>,
}

/// A file's bytes as they come in; ends with an error when the sender goes away.
pub type Bytestream = BoxStream<'static, Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveUploadError {
    /// There is no such upload, or it has been forgotten.
    #[error("there is no such upload")]
    NotFound,
    /// The address has been altered.
    #[error("this is not the upload's address")]
    WrongToken,
    /// The address has expired.
    #[error("this address has expired: ask for another")]
    Expired,
    /// The bytes are there.
    #[error("the file has been received already")]
    AlreadyReceived,
    /// Another transfer of the same upload is under way.
    #[error("the file is being received already")]
    Busy,
    /// The announced media type is another.
    #[error("the media type must be {expected}, as it was when the upload was asked for")]
    WrongMediaType {
        /// What it must be.
        expected: String,
    },
    /// The bytes are of another kind of file.
    #[error("the file is not of the type {expected}")]
    NotOfMediaType {
        /// What it must be.
        expected: String,
    },
    /// More bytes than claimed.
    #[error("the file is longer than {expected} bytes")]
    TooLong {
        /// What it must be.
        expected: u64,
    },
    /// Fewer bytes than claimed.
    #[error("the file has {actual} bytes instead of {expected}")]
    TooShort {
        /// What it must be.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// Other bytes than claimed.
    #[error("the file's SHA-256 is {actual} instead of {expected}")]
    WrongHash {
        /// What it must be.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// The sender went away, or fell silent.
    #[error("the transfer broke off")]
    Interrupted,
    /// A port failed.
    #[error("the file cannot be taken")]
    Port(#[from] PortError),
}

impl From<object_store::Error> for ReceiveUploadError {
    fn from(error: object_store::Error) -> Self {
        Self::Port(PortError::unavailable(error))
    }
}

/// Takes files.
#[derive(Clone)]
pub struct ReceiveUpload {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) tokens: Arc<dyn UploadTokens>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ReceiveUpload {
    /// Returns once the file lies whole and verified in the blob store. Of several transfers of one upload at a time one is
    /// received. Must run to its end: a caller that may be dropped spawns it. What is left of a refused file stays in `bytes`.
    pub async fn run(&self, announcement: &Announcement, bytes: &mut Bytestream) -> Result<(), ReceiveUploadError> {
        let upload = self.admit(announcement).await?;
        let now = self.clock.now();
        let attempt = self.uploads.claim(upload.id, now, now + LEASE).await?.ok_or(ReceiveUploadError::Busy)?;
        if let Err(error) = self.store(&upload, attempt, bytes).await {
            self.uploads.release(upload.id, attempt).await?;
            return Err(error);
        }
        if self.uploads.receive(upload.id, attempt).await? {
            return Ok(());
        }
        // The lease ran out before the last bytes were stored. Another attempt stores the same verified bytes at the same place;
        // only an upload that is gone leaves them to nobody.
        if self.uploads.find(upload.id).await?.is_none_or(|upload| upload.state == UploadState::Discarded) {
            self.blobs.delete(&Path::from(upload.blob())).await?;
        }
        Err(ReceiveUploadError::Busy)
    }

    /// Everything that can be said before the first byte.
    async fn admit(&self, announced: &Announcement) -> Result<Upload, ReceiveUploadError> {
        let upload = self.uploads.find(announced.upload_id).await?.ok_or(ReceiveUploadError::NotFound)?;
        if !self.tokens.verify(&announced.token, upload.id, upload.expires_at) {
            return Err(ReceiveUploadError::WrongToken);
        }
        match upload.state {
            UploadState::Discarded => return Err(ReceiveUploadError::NotFound),
            UploadState::Received | UploadState::Completed => return Err(ReceiveUploadError::AlreadyReceived),
            UploadState::Requested | UploadState::Receiving => {}
        }
        if self.clock.now() >= upload.expires_at {
            return Err(ReceiveUploadError::Expired);
        }
        let (expected, claim) = (upload.claim.size_bytes, &upload.claim);
        if announced.content_type.as_deref().map(essence).as_ref() != Some(&claim.media_type) {
            return Err(ReceiveUploadError::WrongMediaType { expected: claim.media_type.clone() });
        }
        match announced.content_length {
            Some(actual) if actual > expected => Err(ReceiveUploadError::TooLong { expected }),
            Some(actual) if actual < expected => Err(ReceiveUploadError::TooShort { expected, actual }),
            _ => Ok(upload),
        }
    }

    async fn store(&self, upload: &Upload, attempt: i32, bytes: &mut Bytestream) -> Result<(), ReceiveUploadError> {
        let parts = self.blobs.put_multipart(&Path::from(upload.blob())).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(parts, PART_BYTES);
        match self.copy(upload, attempt, bytes, &mut writer).await {
            Ok(()) => {
                writer.finish().await?;
                Ok(())
            }
            Err(error) => {
                writer.abort().await?;
                Err(error)
            }
        }
    }

    async fn copy(&self, upload: &Upload, attempt: i32, bytes: &mut Bytestream, writer: &mut WriteMultipart) -> Result<(), ReceiveUploadError> {
        let claim = &upload.claim;
        let (mut hash, mut actual) = (Sha256::new(), 0_u64);
        let mut beginning = Vec::with_capacity(artwork::MAGIC_BYTES);
        let mut renewal = self.clock.now() + LEASE / 4;
        loop {
            let chunk = match tokio::time::timeout(SILENCE, bytes.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => return Err(ReceiveUploadError::Interrupted),
            };
            actual += chunk.len() as u64;
            if actual > claim.size_bytes {
                return Err(ReceiveUploadError::TooLong { expected: claim.size_bytes });
            }
            beginning.extend(chunk.iter().take(artwork::MAGIC_BYTES.saturating_sub(beginning.len())));
            hash.update(&chunk);
            writer.wait_for_capacity(PARTS_IN_FLIGHT).await?;
            writer.put(chunk);
            let now = self.clock.now();
            if now >= renewal {
                if !self.uploads.renew(upload.id, attempt, now + LEASE).await? {
                    return Err(ReceiveUploadError::Busy);
                }
                renewal = now + LEASE / 4;
            }
        }
        if actual < claim.size_bytes {
            return Err(ReceiveUploadError::TooShort { expected: claim.size_bytes, actual });
        }
        let hash = hex::encode(hash.finalize());
        if hash != claim.sha256 {
            return Err(ReceiveUploadError::WrongHash { expected: claim.sha256.clone(), actual: hash });
        }
        match upload.purpose {
            // Whether it is a recording only decoding can tell; the media worker does that behind a fence.
            Purpose::Track(_) => Ok(()),
            Purpose::ArtistArtwork(_) | Purpose::AlbumArtwork(_) if artwork::begins_like(&claim.media_type, &beginning) => Ok(()),
            _ => Err(ReceiveUploadError::NotOfMediaType { expected: claim.media_type.clone() }),
        }
    }
}
