//! Gives out the addresses that files are sent to.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::id::{UploadId, UserId};
use kernel::{Clock, IdGenerator, PortError};

use super::ports::{UploadRepository, UploadTokens};
use crate::domain::upload::{FileClaim, Purpose, Upload, UploadState};

/// How to send a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The upload, to be completed afterwards.
    pub upload_id: UploadId,
    /// Where to send the bytes; whoever knows it may.
    pub url: String,
    /// The secret in it.
    pub token: String,
    /// With which HTTP method.
    pub method: &'static str,
    /// With which headers.
    pub headers: Vec<(&'static str, String)>,
    /// From when on the address is refused.
    pub expires_at: DateTime<Utc>,
}

/// The last step of asking for an upload.
#[derive(Clone)]
pub struct IssueTicket {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) tokens: Arc<dyn UploadTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) life: Duration,
    pub(super) public_url: String,
}

impl IssueTicket {
    /// A ticket for the file of `claim`.
    pub(super) async fn run(&self, purpose: Purpose, uploader_id: UserId, claim: FileClaim) -> Result<Ticket, PortError> {
        let created_at = self.clock.now();
        let upload = Upload { id: self.ids.next(), purpose, uploader_id, claim, state: UploadState::Requested, created_at, expires_at: created_at + self.life };
        self.uploads.add(&upload).await?;
        let token = self.tokens.issue(upload.id, upload.expires_at);
        Ok(Ticket {
            upload_id: upload.id,
            url: format!("{}/uploads/{}?token={token}", self.public_url, upload.id),
            token,
            method: "PUT",
            headers: vec![("Content-Type", upload.claim.media_type)],
            expires_at: upload.expires_at,
        })
    }
}
