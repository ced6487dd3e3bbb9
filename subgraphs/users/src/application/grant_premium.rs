//! An admin gives somebody premium, or takes it back.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::id::UserId;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError, Tier};
use serde_json::json;

use super::caller::Caller;
use super::ports::UserRepository;
use super::record::Recorder;
use crate::domain::audit::{self, Action};
use crate::domain::user::User;

/// The longest time at once: who gives more has mistyped the year.
const LONGEST: Duration = Duration::days(3660);

/// Why the account stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum GrantPremiumError {
    /// Nobody is signed in, or no admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The end is past or too far, or the reason is missing or too long.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// A port failed.
    #[error("the account cannot be changed")]
    Port(#[source] PortError),
}

impl From<PortError> for GrantPremiumError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::NotFound => Self::NotFound,
            other => Self::Port(other),
        }
    }
}

/// Gives premium.
pub struct GrantPremium {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl GrantPremium {
    /// Makes the account premium until `until`, whatever it was before; not at all without one. Its access tokens say so from its next
    /// refresh on. The reason goes into the audit.
    pub async fn run(&self, caller: &Caller, user_id: UserId, until: Option<DateTime<Utc>>, reason: &str) -> Result<User, GrantPremiumError> {
        caller.require_admin()?;
        let reason = audit::reason(reason)?;
        let now = self.clock.now();
        if until.is_some_and(|until| until <= now || until > now + LONGEST) {
            return Err(InvalidField::new("until", format!("must be to come, within {} days", LONGEST.num_days())).into());
        }
        let before = self.users.find(&[user_id]).await?.pop().ok_or(PortError::NotFound)?;
        let was = json!({ "premiumUntil": before.premium_until });
        let is = json!({ "premiumUntil": until, "reason": reason });
        let record = self.recorder.note(caller, Action::PremiumGranted, user_id, Some(was), Some(is));
        Ok(self.users.set_premium(user_id, until, &record).await?)
    }

    /// Until when an account is premium; none when it is not now.
    pub fn until(&self, user: &User) -> Option<DateTime<Utc>> {
        user.premium_until.filter(|_| user.tier(self.clock.now()) == Tier::Premium)
    }
}
