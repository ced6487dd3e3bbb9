//! A signed-in person links an identity of a provider to their account, or removes one.

use std::sync::Arc;

use kernel::id::IdentityId;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError};
use serde_json::json;

use super::ask_second_factor::{AskSecondFactor, AskSecondFactorError};
use super::caller::Caller;
use super::ports::identity::{IdentityRepository, Unlinked};
use super::record::Recorder;
use super::redeem_flow::{RedeemFlow, RedeemFlowError};
use crate::domain::audit::Action;
use crate::domain::identity::Identity;

/// Why the account's identities stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum LinkProviderError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The code proves nothing.
    #[error(transparent)]
    Redeem(#[from] RedeemFlowError),
    /// The second factor is not proved.
    #[error(transparent)]
    SecondFactor(#[from] AskSecondFactorError),
    /// It opens an account already, this one or another.
    #[error("this identity is linked to an account already")]
    Linked,
    /// The account has no such identity.
    #[error("there is no such identity")]
    NotFound,
    /// Nobody could sign in any more.
    #[error("this is the only way into your account; choose a password or link another provider first")]
    LastWayIn,
    /// A port failed.
    #[error("the identity cannot be linked")]
    Port(#[from] PortError),
}

/// Links and unlinks.
pub struct LinkProvider {
    pub(super) redeem: RedeemFlow,
    pub(super) identities: Arc<dyn IdentityRepository>,
    pub(super) second_factor: AskSecondFactor,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
}

impl LinkProvider {
    /// Those of the caller's account, oldest first.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Identity>, LinkProviderError> {
        Ok(self.identities.of(caller.require_session()?.user_id).await?)
    }

    /// Links who proved themself at a provider to the caller's account. Somebody with a second factor needs a code of it.
    pub async fn link(&self, caller: &Caller, code: &str, verifier: &str, second: Option<&str>) -> Result<Identity, LinkProviderError> {
        let user_id = caller.require_session()?.user_id;
        self.second_factor.step_up(caller, user_id, "secondFactorCode", second).await?;
        let foreign = self.redeem.run(code, verifier).await?;
        let identity = Identity {
            id: self.ids.next(),
            user_id,
            provider: foreign.provider,
            subject: foreign.subject,
            email: foreign.email,
            linked_at: self.clock.now(),
            last_used_at: None,
        };
        let after = json!({ "provider": identity.provider });
        let record = self.recorder.note(caller, Action::ProviderLinked, user_id, None, Some(after));
        match self.identities.link(&identity, &record).await {
            Ok(()) => Ok(identity),
            Err(PortError::Conflict { .. }) => Err(LinkProviderError::Linked),
            Err(other) => Err(other.into()),
        }
    }

    /// Removes one, unless it is the last way in. Somebody with a second factor needs a code of it.
    pub async fn unlink(&self, caller: &Caller, id: IdentityId, second: Option<&str>) -> Result<(), LinkProviderError> {
        let user_id = caller.require_session()?.user_id;
        self.second_factor.step_up(caller, user_id, "secondFactorCode", second).await?;
        let record = self.recorder.note(caller, Action::ProviderUnlinked, user_id, Some(json!({ "identity": id })), None);
        match self.identities.unlink(user_id, id, &record).await? {
            Unlinked::Yes => Ok(()),
            Unlinked::NotFound => Err(LinkProviderError::NotFound),
            Unlinked::LastWayIn => Err(LinkProviderError::LastWayIn),
        }
    }
}
