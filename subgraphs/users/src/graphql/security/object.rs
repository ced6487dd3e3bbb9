//! Inputs and payloads.

use async_graphql::{ComplexObject, Context, Enum, Error, ID, InputObject, Json, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::id::{SessionId, UserId};
use platform::graphql::viewer;

use crate::domain;
use crate::graphql::entity::User;
use crate::graphql::loader;

/// A new password by way of a mail.
#[derive(InputObject)]
pub(super) struct ResetPasswordInput {
    /// What the link of the mail carries.
    pub(super) token: String,
    /// 8 to 128 characters, not easily guessed.
    pub(super) password: String,
}

/// Another password.
#[derive(InputObject)]
pub(super) struct ChangePasswordInput {
    /// The password so far.
    pub(super) current_password: String,
    /// 8 to 128 characters, not easily guessed.
    pub(super) new_password: String,
    /// A code of the second factor, where the account has one.
    pub(super) code: Option<String>,
}

/// Another address.
#[derive(InputObject)]
pub(super) struct RequestEmailChangeInput {
    /// The address to change to.
    pub(super) email: String,
    /// The password, once more.
    pub(super) password: String,
    /// A code of the second factor, where the account has one.
    pub(super) code: Option<String>,
}

/// How far the change of an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum EmailChangeState {
    /// The other address has not agreed yet.
    WaitingForOther,
    /// Both have agreed; the account has the new address.
    Changed,
}

/// A device that is signed in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Session {
    /// Its id.
    id: ID,
    #[graphql(skip)]
    session_id: SessionId,
    /// When it signed in.
    created_at: DateTime<Utc>,
    /// When it was used last, to the life of an access token.
    last_used_at: DateTime<Utc>,
    /// From which address, then.
    address: Option<String>,
    /// The program, as it calls itself.
    device: Option<String>,
}

#[ComplexObject]
impl Session {
    /// Whether it is the one that asks.
    async fn current(&self, context: &Context<'_>) -> bool {
        viewer(context).session().is_some_and(|session| session.session_id == self.session_id)
    }
}

impl From<domain::session::Session> for Session {
    fn from(session: domain::session::Session) -> Self {
        Self {
            id: session.id.to_string().into(),
            session_id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            address: session.address,
            device: session.device,
        }
    }
}

/// What was done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::audit::Action")]
pub(super) enum AuditAction {
    /// The account was made.
    Registered,
    /// The address was confirmed.
    EmailVerified,
    /// The address was changed.
    EmailChanged,
    /// The password was changed by somebody who knew it.
    PasswordChanged,
    /// The password was changed by somebody who reads the account's mail.
    PasswordReset,
    /// The role was changed.
    RoleChanged,
    /// An admin shut the account.
    Suspended,
    /// An admin opened it again.
    Reinstated,
    /// Sessions were ended from another one.
    SessionsRevoked,
    /// A second factor is asked for from then on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// A recovery code was used in place of the app.
    RecoveryCodeUsed,
    /// An identity of a provider opens the account from then on.
    ProviderLinked,
    /// An identity of a provider opens the account no more.
    ProviderUnlinked,
    /// An API key was made.
    ApiKeyCreated,
    /// An API key got another secret.
    ApiKeyRotated,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// A copy of all that is kept was asked for.
    DataExported,
    /// The end of the account was asked for.
    DeletionRequested,
    /// And taken back.
    DeletionCancelled,
    /// An admin took the second factor away.
    SecondFactorReset,
    /// An admin made the account premium, or not any more.
    PremiumGranted,
    /// A recording that sounds like another may be published.
    RecordingAllowed,
    /// It may not.
    RecordingRejected,
    /// An admin had the catalogue heard by another model.
    EmbeddingsRebuilt,
    /// An admin let another model's vectors answer, without recordings that could not be heard.
    EmbeddingsAccepted,
}

/// One line of the audit. It is never altered.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct AuditEntry {
    /// Its id.
    pub(super) id: ID,
    /// When.
    at: DateTime<Utc>,
    #[graphql(skip)]
    actor_id: Option<UserId>,
    #[graphql(skip)]
    user_id: UserId,
    /// What.
    action: AuditAction,
    /// From which address, where it is known.
    address: Option<String>,
    /// With which program, as it calls itself.
    device: Option<String>,
    /// What was there before.
    before: Option<Json<serde_json::Value>>,
    /// What is there since.
    after: Option<Json<serde_json::Value>>,
    #[graphql(skip)]
    pub(super) entry_id: kernel::id::AuditEntryId,
}

#[ComplexObject]
impl AuditEntry {
    /// Who did it; null for whoever runs the service, for somebody who was nobody yet, and for an account that is gone.
    async fn actor(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        let Some(id) = self.actor_id else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(User::from))
    }

    /// On whose account; null when it is gone.
    async fn user(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        Ok(loader::load(context, self.user_id).await?.map(User::from))
    }
}

impl From<domain::audit::AuditEntry> for AuditEntry {
    fn from(entry: domain::audit::AuditEntry) -> Self {
        Self {
            id: entry.id.to_string().into(),
            at: entry.at,
            actor_id: entry.actor_id,
            user_id: entry.user_id,
            action: entry.action.into(),
            address: entry.address,
            device: entry.device,
            before: entry.before.map(Json),
            after: entry.after.map(Json),
            entry_id: entry.id,
        }
    }
}
