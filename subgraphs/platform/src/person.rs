//! What every context does for the rights of a person: to get a copy of all that is kept of them, and to be forgotten.
//!
//! A context says what it keeps and how it forgets ([`PersonalData`]); when it is asked, and how it answers, is the same for all
//! ([`OnPerson`]). The answers are collected in `users`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use kernel::event::EventFactory;
use kernel::events::{DataExportCollected, DataExportRequested, PersonErased, UserDeleted};
use kernel::id::{DataExportId, UserId};
use kernel::{Event, EventPayload, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::consumer::{EventHandler, HandleError};
use crate::database::Database;
use crate::outbox;

/// A file of a person's copy.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalFile {
    /// Its name without an ending, unique in the context: `sessions`.
    pub name: &'static str,
    /// What is kept, in words that a person understands.
    pub content: serde_json::Value,
}

/// A picture in a person's copy.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalPicture {
    /// Its name with its ending, unique in the context: `avatar.png`.
    pub name: String,
    /// Its bytes.
    pub content: Bytes,
}

/// What a context keeps of people.
#[async_trait]
pub trait PersonalData: Send + Sync + 'static {
    /// All that is kept of a person, but for secrets that prove who they are. Files without content are left out.
    async fn collect(&self, user_id: UserId) -> Result<Vec<PersonalFile>, PortError>;

    /// The pictures among it; few contexts have any.
    async fn pictures(&self, _user_id: UserId) -> Result<Vec<PersonalPicture>, PortError> {
        Ok(Vec::new())
    }

    /// Erases what is kept of a person, or makes it nobody's. What others see of it goes with the events that tell of it. Doing it
    /// again is harmless; after a failure it is done again.
    async fn erase(&self, user_id: UserId) -> Result<(), PortError>;
}

/// Where the files of one context for one export lie.
pub fn export_folder(export_id: DataExportId, context: &str) -> Path {
    Path::from(format!("exports/{export_id}/{context}"))
}

/// The consumer of `data_export.requested` and `user.deleted` in a context. Both can come again and do no harm then: they are answered
/// again, so that an answer that was lost is no end.
pub struct OnPerson {
    /// The context's name.
    pub context: &'static str,
    /// What it keeps.
    pub data: Arc<dyn PersonalData>,
    /// Where answers wait to be told.
    pub database: Database,
    /// Where the copy goes.
    pub blobs: Arc<dyn ObjectStore>,
    /// Envelopes.
    pub events: EventFactory,
}

impl OnPerson {
    async fn export(&self, asked: &DataExportRequested) -> Result<(), PortError> {
        if !self.is_among(&asked.contexts) {
            return Ok(());
        }
        let folder = export_folder(asked.export_id, self.context);
        for file in self.data.collect(asked.user_id).await? {
            let text = serde_json::to_vec_pretty(&file.content).map_err(PortError::corrupt)?;
            let path = Path::from(format!("{folder}/{}.json", file.name));
            self.blobs.put(&path, text.into()).await.map_err(PortError::unavailable)?;
        }
        for picture in self.data.pictures(asked.user_id).await? {
            let path = Path::from(format!("{folder}/{}", picture.name));
            self.blobs.put(&path, picture.content.into()).await.map_err(PortError::unavailable)?;
        }
        self.tell(&DataExportCollected { user_id: asked.user_id, export_id: asked.export_id, context: self.context.to_owned() }).await
    }

    async fn erase(&self, deleted: &UserDeleted) -> Result<(), PortError> {
        self.data.erase(deleted.user_id).await?;
        if !self.is_among(&deleted.contexts) {
            return Ok(());
        }
        self.tell(&PersonErased { user_id: deleted.user_id, deletion_id: deleted.deletion_id, context: self.context.to_owned() }).await
    }

    fn is_among(&self, contexts: &[String]) -> bool {
        contexts.iter().any(|context| context == self.context)
    }

    async fn tell(&self, payload: &impl EventPayload) -> Result<(), PortError> {
        let event = &self.events.wrap(payload);
        self.database.write(|txn| Box::pin(outbox::append(txn, std::slice::from_ref(event)))).await
    }
}

#[async_trait]
impl EventHandler for OnPerson {
    fn types(&self) -> &'static [&'static str] {
        &[DataExportRequested::TYPE, UserDeleted::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(asked) = event.payload::<DataExportRequested>().transpose()? {
            self.export(&asked).await?;
        } else if let Some(deleted) = event.payload::<UserDeleted>().transpose()? {
            self.erase(&deleted).await?;
        }
        Ok(())
    }
}
