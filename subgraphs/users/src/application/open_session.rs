//! Gives tokens to somebody who has proved who they are.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::events::AccountMail;
use kernel::id::SessionId;
use kernel::{Clock, IdGenerator, PortError, Randomness};

use super::caller::Caller;
use super::ports::{AccessToken, AccessTokens, SessionRepository};
use super::record::{Record, Recorder};
use crate::domain::session::{RefreshSecret, RefreshToken, Session};
use crate::domain::user::User;

/// What a client holds after signing in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose.
    pub user: User,
    /// Proves it for some minutes.
    pub access_token: AccessToken,
    /// Good for one renewal.
    pub refresh_token: RefreshSecret,
    /// Until when.
    pub refresh_token_expires_at: DateTime<Utc>,
}

/// The last step of registering, signing in, refreshing and changing role.
#[derive(Clone)]
pub struct OpenSession {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) access_tokens: Arc<dyn AccessTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) ids: IdGenerator,
    pub(super) refresh_token_life: Duration,
    pub(super) recorder: Recorder,
}

impl OpenSession {
    /// Begins a session of `user`. A device or a network that was not seen with them before is told by mail.
    pub(super) async fn run(&self, caller: &Caller, user: User) -> Result<SignedIn, PortError> {
        let (secret, token) = self.fresh_token();
        let session = Session {
            id: self.ids.next(),
            user_id: user.id,
            created_at: token.created_at,
            last_used_at: token.created_at,
            address: caller.address.clone(),
            device: caller.device.clone(),
        };
        let mut record = Record::NOTHING;
        if user.email_verified_at.is_some() && !session.is_familiar(&self.sessions.remembered(user.id).await?) {
            record.events.push(self.recorder.mail(&user, AccountMail::NewDevice, None));
        }
        self.sessions.start(&session, &token, &record).await?;
        self.signed_in(user, session.id, secret, &token).await
    }

    /// A refresh token that no store knows yet, as its holder has it and as the store will.
    pub(super) fn fresh_token(&self) -> (RefreshSecret, RefreshToken) {
        let secret = RefreshSecret::generate(&*self.randomness);
        let created_at = self.clock.now();
        let token = RefreshToken { hash: secret.hash(), created_at, expires_at: created_at + self.refresh_token_life };
        (secret, token)
    }

    /// The answer to a client whose session now has `token`.
    pub(super) async fn signed_in(&self, user: User, session_id: SessionId, secret: RefreshSecret, token: &RefreshToken) -> Result<SignedIn, PortError> {
        let access_token = self.access_tokens.issue(&user, session_id).await?;
        Ok(SignedIn { user, access_token, refresh_token: secret, refresh_token_expires_at: token.expires_at })
    }
}
