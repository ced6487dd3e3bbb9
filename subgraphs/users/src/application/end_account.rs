//! The one way in which an account ends, whoever wants it: this context's part at once, then every other's, then what the log and the
//! blob store still hold.

use std::sync::Arc;

use chrono::Duration;
use futures::TryStreamExt as _;
use kernel::events::{AccountMail, KEEPERS, UserDeleted};
use kernel::id::{DeletionId, UserId};
use kernel::{Clock, IdGenerator, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use platform::bus::EventBus;

use super::ports::{Ending, UserRepository};
use super::record::Recorder;
use super::rights_ports::DeletionRepository;
use crate::domain::answer::{Answer, all_answered, overdue};
use crate::domain::deletion::{Deletion, Reason};

const BATCH: u64 = 32;
/// How long the mail about the end may wait for a mail server: with it goes the last that is kept of the address.
const LAST_MAIL_LIFE: Duration = Duration::days(1);

/// Ends accounts.
#[derive(Clone)]
pub struct EndAccount {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) deletions: Arc<dyn DeletionRepository>,
    pub(super) bus: Arc<dyn EventBus>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    /// How long a context may take to answer before it is asked again.
    pub(super) patience: Duration,
}

impl EndAccount {
    /// Ends an account now. Doing it again while it is being erased changes nothing.
    pub async fn run(&self, user_id: UserId, reason: Reason) -> Result<(), PortError> {
        let now = self.clock.now();
        let deletion = match self.deletions.of_user(user_id).await? {
            Some(deletion) if deletion.begun_at.is_some() => return Ok(()),
            Some(scheduled) => scheduled,
            None => {
                let id = self.ids.next();
                Deletion { id, user_id: Some(user_id), reason, requested_at: now, due_at: now, begun_at: None, completed_at: None, answers: Vec::new() }
            }
        };
        self.begin(deletion, user_id).await
    }

    /// Begins what is due.
    pub async fn begin_due(&self) -> Result<(), PortError> {
        for deletion in self.deletions.due(self.clock.now(), BATCH).await? {
            if let Some(user_id) = deletion.user_id {
                self.begin(deletion, user_id).await?;
            }
        }
        Ok(())
    }

    async fn begin(&self, deletion: Deletion, user_id: UserId) -> Result<(), PortError> {
        let now = self.clock.now();
        // This context erases its part in the very transaction that begins it.
        let contexts: Vec<_> = KEEPERS.into_iter().filter(|context| *context != crate::NAME).map(ToOwned::to_owned).collect();
        let answers = contexts.iter().map(|context| Answer::asked(context, now)).collect();
        let mut told = Vec::new();
        if deletion.reason == Reason::Wish
            && let Some(user) = self.users.find(&[user_id]).await?.pop()
        {
            // Before the other: the mail waits when its queue learns that it is nobody's any more.
            told.push(self.recorder.mail_until(&user, AccountMail::AccountDeleted, now + LAST_MAIL_LIFE));
        }
        told.push(self.recorder.events().wrap(&UserDeleted { user_id, deletion_id: deletion.id, contexts }));
        let begun = Deletion { begun_at: Some(now), answers, ..deletion };
        self.deletions.begin(&begun, user_id, Ending { keep: None, events: self.recorder.events() }, &told).await
    }

    /// A context has erased its part. When the answer comes after the end, it was asked twice: then the log forgets this one too.
    pub async fn answered(&self, id: DeletionId, user_id: UserId, context: &str) -> Result<(), PortError> {
        self.deletions.answered(id, context, self.clock.now()).await?;
        match self.deletions.find(id).await? {
            Some(deletion) if deletion.completed_at.is_none() => Ok(()),
            _ => self.bus.forget(&user_id.to_string()).await,
        }
    }

    /// Asks again who has not answered, and completes what all have answered.
    pub async fn go_on(&self) -> Result<(), PortError> {
        let now = self.clock.now();
        for deletion in self.deletions.unfinished(BATCH).await? {
            let Some(user_id) = deletion.user_id else { continue };
            if all_answered(&deletion.answers) {
                self.complete(deletion.id, user_id).await?;
                continue;
            }
            let contexts = overdue(&deletion.answers, now - self.patience);
            if !contexts.is_empty() {
                tracing::warn!(deletion = %deletion.id, ?contexts, "contexts have not erased a person in time and are asked again");
                let event = self.recorder.events().wrap(&UserDeleted { user_id, deletion_id: deletion.id, contexts: contexts.clone() });
                self.deletions.asked_again(deletion.id, &contexts, now, &event).await?;
            }
        }
        Ok(())
    }

    /// The log goes last but for the note of it all: nobody needs to be told any more. A crash in between repeats what is harmless.
    async fn complete(&self, id: DeletionId, user_id: UserId) -> Result<(), PortError> {
        for blob in self.deletions.blobs(id).await? {
            remove_blobs(&*self.blobs, &blob).await?;
        }
        self.bus.forget(&user_id.to_string()).await?;
        self.deletions.complete(id, self.clock.now()).await
    }
}

/// Removes the blob of that name, and those of the folder of that name.
pub(super) async fn remove_blobs(blobs: &dyn ObjectStore, name: &str) -> Result<(), PortError> {
    let name = Path::from(name);
    let mut paths: Vec<_> = blobs.list(Some(&name)).map_ok(|meta| meta.location).try_collect().await.map_err(PortError::unavailable)?;
    paths.push(name);
    for path in paths {
        match blobs.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(PortError::unavailable(error)),
        }
    }
    Ok(())
}
