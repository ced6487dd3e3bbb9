//! The picture that a person shows of themselves: sent, shown to whoever knows its address, and taken away.

use std::sync::Arc;

use bytes::Bytes;
use kernel::id::AvatarId;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, InvalidField, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};

use super::caller::Caller;
use super::end_account::remove_blobs;
use super::ports::UserRepository;
use super::ports::avatar::AvatarRepository;
use crate::domain::avatar::Avatar;
use crate::domain::picture::Picture;
use crate::domain::user::User;

/// Why the picture stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum AvatarError {
    /// Nobody is signed in, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It is no picture, or too large.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the picture cannot be kept")]
    Port(#[source] PortError),
}

impl From<PortError> for AvatarError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::NotFound => AccessError::Unauthenticated.into(),
            other => Self::Port(other),
        }
    }
}

/// Keeps people's pictures.
pub struct Avatars {
    pub(super) avatars: Arc<dyn AvatarRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) public_url: String,
}

impl Avatars {
    /// Where clients find a picture.
    pub fn url(&self, id: AvatarId) -> String {
        format!("{}/avatars/{id}", self.public_url)
    }

    /// Makes `bytes`, the input's `file`, the caller's picture in place of an earlier one.
    ///
    /// The bytes are there before anybody is told where. What a crash leaves of them goes with the account.
    pub async fn upload(&self, caller: &Caller, bytes: &[u8]) -> Result<User, AvatarError> {
        let user_id = caller.require_session()?.user_id;
        let picture = Picture::clean("file", bytes)?;
        let avatar = Avatar {
            id: self.ids.next(),
            user_id,
            media_type: picture.media_type.to_owned(),
            size_bytes: picture.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&picture.bytes)),
            created_at: self.clock.now(),
        };
        let blob = Avatar::blob(user_id, avatar.id);
        self.blobs.put(&Path::from(blob.as_str()), picture.bytes.into()).await.map_err(PortError::unavailable)?;
        match self.avatars.replace(user_id, Some(&avatar)).await {
            Ok(before) => self.forget(caller, before).await,
            Err(error) => {
                remove_blobs(&*self.blobs, &blob).await?;
                Err(error.into())
            }
        }
    }

    /// Takes the caller's picture away. Doing it again changes nothing.
    pub async fn delete(&self, caller: &Caller) -> Result<User, AvatarError> {
        let before = self.avatars.replace(caller.require_session()?.user_id, None).await?;
        self.forget(caller, before).await
    }

    async fn forget(&self, caller: &Caller, before: Option<AvatarId>) -> Result<User, AvatarError> {
        let user_id = caller.require_session()?.user_id;
        if let Some(before) = before {
            remove_blobs(&*self.blobs, &Avatar::blob(user_id, before)).await?;
        }
        Ok(self.users.find(&[user_id]).await?.pop().ok_or(AccessError::Unauthenticated)?)
    }

    /// What is known of a picture that is somebody's now.
    pub async fn find(&self, id: AvatarId) -> Result<Option<Avatar>, PortError> {
        self.avatars.find(id).await
    }

    /// Its bytes. `NotFound` when it was replaced meanwhile.
    pub async fn open(&self, avatar: &Avatar) -> Result<Bytes, PortError> {
        open(&*self.blobs, avatar).await
    }
}

/// A picture's bytes.
pub(super) async fn open(blobs: &dyn ObjectStore, avatar: &Avatar) -> Result<Bytes, PortError> {
    let found = blobs.get(&Path::from(Avatar::blob(avatar.user_id, avatar.id))).await.map_err(|error| match error {
        object_store::Error::NotFound { .. } => PortError::NotFound,
        other => PortError::unavailable(other),
    })?;
    found.bytes().await.map_err(PortError::unavailable)
}
