//! The account of one person: their copy of it. Its end is the account's own.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Clock, PortError};
use object_store::ObjectStore;
use platform::person::{PersonalData, PersonalFile, PersonalPicture};
use serde_json::{Value, json};

use super::avatars;
use super::myself::MyselfPorts;
use super::ports::identity::IdentityRepository;
use super::ports::organisation::OrganisationRepository;
use super::ports::{AuditLog, SessionRepository, UserRepository};
use crate::domain::email::Email;
use crate::domain::preferences::Language;
use crate::domain::profile::{Bio, DisplayName};

/// More lines than an account gets in years; the newest count.
const AUDIT_LINES: u64 = 10_000;

/// [`PersonalData`] of this context: the account, its sessions, what was done to it, its identities of providers, and its partners. Secrets stay: hashes and keys prove
/// who somebody is and tell nothing about them.
pub struct PersonalAccount {
    /// Accounts.
    pub users: Arc<dyn UserRepository>,
    /// Sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// The audit.
    pub audit: Arc<dyn AuditLog>,
    /// Organisations.
    pub organisations: Arc<dyn OrganisationRepository>,
    /// Identities of providers.
    pub identities: Arc<dyn IdentityRepository>,
    /// Preferences and pictures.
    pub myself: MyselfPorts,
    /// Where pictures lie.
    pub blobs: Arc<dyn ObjectStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl PersonalData for PersonalAccount {
    async fn collect(&self, user_id: UserId) -> Result<Vec<PersonalFile>, PortError> {
        let Some(user) = self.users.find(&[user_id]).await?.pop() else { return Ok(Vec::new()) };
        let account = json!({
            "id": user.id,
            "username": user.username.as_str(),
            "email": Email::as_str(&user.email),
            "emailVerifiedAt": user.email_verified_at,
            "displayName": user.display_name.as_ref().map(DisplayName::as_str),
            "bio": user.bio.as_ref().map(Bio::as_str),
            "role": user.role,
            "premiumUntil": user.premium_until,
            "createdAt": user.created_at,
            "suspendedAt": user.suspended_at,
        });
        let sessions = self.sessions.running_of(user_id, self.clock.now()).await?;
        let sessions = sessions.iter().map(
            |session| json!({ "signedInAt": session.created_at, "lastUsedAt": session.last_used_at, "address": session.address, "device": session.device }),
        );
        let sessions = sessions.collect::<Vec<Value>>();
        let entries = self.audit.entries(Some(user_id), None, AUDIT_LINES).await?;
        let history = entries.iter().map(|entry| {
            json!({
                "at": entry.at,
                "what": entry.action.as_str(),
                "byYou": entry.actor_id == Some(user_id),
                "address": entry.address,
                "device": entry.device,
                "before": entry.before,
                "after": entry.after,
            })
        });
        let history = history.collect::<Vec<Value>>();
        let organisations = self.organisations.of_user(user_id).await?;
        let organisations = organisations.iter().map(|organisation| json!({ "id": organisation.id, "name": organisation.name.as_str() }));
        let organisations = organisations.collect::<Vec<Value>>();
        let identities = self.identities.of(user_id).await?;
        let identities = identities.iter().map(|identity| {
            json!({ "provider": identity.provider, "subject": identity.subject, "email": identity.email, "linkedAt": identity.linked_at, "lastUsedAt": identity.last_used_at })
        });
        let identities = identities.collect::<Vec<Value>>();
        let mut files = vec![
            PersonalFile { name: "account", content: account },
            PersonalFile { name: "sessions", content: sessions.into() },
            PersonalFile { name: "history", content: history.into() },
        ];
        if let Some(wanted) = self.myself.preferences.find(user_id).await? {
            let content = json!({
                "language": wanted.language.as_ref().map(Language::as_str),
                "explicitAllowed": wanted.explicit_allowed,
                "audioQuality": wanted.audio_quality,
                "autoplay": wanted.autoplay,
                "listeningVisibleTo": wanted.listening_visible_to,
            });
            files.push(PersonalFile { name: "preferences", content });
        }
        if !identities.is_empty() {
            files.push(PersonalFile { name: "identities", content: identities.into() });
        }
        if !organisations.is_empty() {
            files.push(PersonalFile { name: "organisations", content: organisations.into() });
        }
        Ok(files)
    }

    async fn pictures(&self, user_id: UserId) -> Result<Vec<PersonalPicture>, PortError> {
        let shown = self.users.find(&[user_id]).await?.pop().and_then(|user| user.avatar_id);
        let Some(id) = shown else { return Ok(Vec::new()) };
        let Some(avatar) = self.myself.avatars.find(id).await? else { return Ok(Vec::new()) };
        let ending = avatar.media_type.rsplit('/').next().unwrap_or_default();
        let name = format!("avatar.{ending}");
        match avatars::open(&*self.blobs, &avatar).await {
            Ok(content) => Ok(vec![PersonalPicture { name, content }]),
            // Replaced meanwhile.
            Err(PortError::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Nothing is left to do: what this context keeps went in the transaction that told of the end.
    async fn erase(&self, _: UserId) -> Result<(), PortError> {
        Ok(())
    }
}
