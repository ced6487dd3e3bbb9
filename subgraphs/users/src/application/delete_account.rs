//! A person wants their account to end, or not after all.

use std::sync::Arc;

use chrono::Duration;
use kernel::events::AccountMail;
use kernel::id::DeletionId;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError};
use serde_json::json;

use super::caller::Caller;
use super::prove_again::{First, ProveAgain, ProveAgainError};
use super::record::Recorder;
use super::rights_ports::DeletionRepository;
use crate::domain::audit::Action;
use crate::domain::deletion::{Deletion, Reason};

/// Why no deletion is scheduled or cancelled.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The password is not the account's, or the second factor is missing.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// A port failed.
    #[error("the account cannot be deleted now")]
    Port(#[from] PortError),
}

/// Schedules and cancels deletions.
pub struct DeleteAccount {
    pub(super) deletions: Arc<dyn DeletionRepository>,
    pub(super) prove_again: ProveAgain,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    /// How long it can be cancelled.
    pub(super) grace: Duration,
}

impl DeleteAccount {
    /// The account ends when the grace is over. Asking again gives the deletion that is there.
    ///
    /// The person gets a mail that says until when they can keep it.
    pub async fn request(&self, caller: &Caller, first: First<'_>, code: Option<&str>) -> Result<Deletion, DeleteAccountError> {
        let user = self.prove_again.any(caller, first, code).await?;
        if let Some(deletion) = self.deletions.of_user(user.id).await? {
            return Ok(deletion);
        }
        let now = self.clock.now();
        let due_at = now + self.grace;
        let deletion = Deletion {
            id: self.ids.next(),
            user_id: Some(user.id),
            reason: Reason::Wish,
            requested_at: now,
            due_at,
            begun_at: None,
            completed_at: None,
            answers: Vec::new(),
        };
        let record = self.recorder.note(caller, Action::DeletionRequested, user.id, None, Some(json!({ "dueAt": due_at })));
        let record = record.with_event(self.recorder.mail_until(&user, AccountMail::DeletionScheduled, due_at));
        match self.deletions.schedule(&deletion, &record).await {
            // Asked twice at the same time.
            Err(PortError::Conflict { .. }) => self.deletions.of_user(user.id).await?.ok_or_else(|| PortError::corrupt("a conflict with nothing").into()),
            other => other.map(|()| deletion).map_err(Into::into),
        }
    }

    /// The account stays; `false` when no deletion was to come.
    pub async fn cancel(&self, caller: &Caller) -> Result<bool, DeleteAccountError> {
        let user_id = caller.require_session()?.user_id;
        let record = self.recorder.note(caller, Action::DeletionCancelled, user_id, None, None);
        Ok(self.deletions.cancel(user_id, &record).await?)
    }

    /// The deletion of that id, for whoever knows it; without an id, that of the viewer's account, if there is a viewer.
    pub async fn find(&self, caller: &Caller, id: Option<DeletionId>) -> Result<Option<Deletion>, DeleteAccountError> {
        match (id, caller.viewer.user_id()) {
            (Some(id), _) => Ok(self.deletions.find(id).await?),
            (None, Some(user_id)) => Ok(self.deletions.of_user(user_id).await?),
            (None, None) => Ok(None),
        }
    }
}
