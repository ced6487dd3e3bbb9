//! Who did what, on what, from where and when, and what was there before and after. Written with the change itself, never altered.

use chrono::{DateTime, Utc};
use kernel::InvalidField;
use kernel::id::{AuditEntryId, UserId};
use serde_json::Value;

const LONGEST_REASON: usize = 500;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// An account was made.
    Registered,
    /// An address was confirmed.
    EmailVerified,
    /// The address was changed, with the consent of both.
    EmailChanged,
    /// The password was changed by somebody who knew it.
    PasswordChanged,
    /// The password was changed by somebody who reads the account's mail.
    PasswordReset,
    /// An admin, an operator or the person themself changed the role.
    RoleChanged,
    /// An admin shut the account.
    Suspended,
    /// An admin opened it again.
    Reinstated,
    /// A session was ended from another one.
    SessionsRevoked,
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// It is not asked for any more.
    SecondFactorOff,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// A recovery code was used in place of the app.
    RecoveryCodeUsed,
    /// An identity of a provider opens the account from now on.
    ProviderLinked,
    /// It does not any more.
    ProviderUnlinked,
    /// A key of an organisation was made.
    ApiKeyCreated,
    /// It got another secret.
    ApiKeyRotated,
    /// It was revoked.
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
    /// An admin let a recording be published that sounds like another.
    RecordingAllowed,
    /// An admin did not.
    RecordingRejected,
    /// An admin had the catalogue heard by another model.
    EmbeddingsRebuilt,
    /// An admin let another model's vectors answer, without recordings that could not be heard.
    EmbeddingsAccepted,
}

impl Action {
    /// All, with the text a store keeps.
    pub const ALL: [(Self, &'static str); 27] = [
        (Self::Registered, "REGISTERED"),
        (Self::EmailVerified, "EMAIL_VERIFIED"),
        (Self::EmailChanged, "EMAIL_CHANGED"),
        (Self::PasswordChanged, "PASSWORD_CHANGED"),
        (Self::PasswordReset, "PASSWORD_RESET"),
        (Self::RoleChanged, "ROLE_CHANGED"),
        (Self::Suspended, "SUSPENDED"),
        (Self::Reinstated, "REINSTATED"),
        (Self::SessionsRevoked, "SESSIONS_REVOKED"),
        (Self::SecondFactorOn, "SECOND_FACTOR_ON"),
        (Self::SecondFactorOff, "SECOND_FACTOR_OFF"),
        (Self::RecoveryCodesRenewed, "RECOVERY_CODES_RENEWED"),
        (Self::RecoveryCodeUsed, "RECOVERY_CODE_USED"),
        (Self::ProviderLinked, "PROVIDER_LINKED"),
        (Self::ProviderUnlinked, "PROVIDER_UNLINKED"),
        (Self::ApiKeyCreated, "API_KEY_CREATED"),
        (Self::ApiKeyRotated, "API_KEY_ROTATED"),
        (Self::ApiKeyRevoked, "API_KEY_REVOKED"),
        (Self::DataExported, "DATA_EXPORTED"),
        (Self::DeletionRequested, "DELETION_REQUESTED"),
        (Self::DeletionCancelled, "DELETION_CANCELLED"),
        (Self::SecondFactorReset, "SECOND_FACTOR_RESET"),
        (Self::PremiumGranted, "PREMIUM_GRANTED"),
        (Self::RecordingAllowed, "RECORDING_ALLOWED"),
        (Self::RecordingRejected, "RECORDING_REJECTED"),
        (Self::EmbeddingsRebuilt, "EMBEDDINGS_REBUILT"),
        (Self::EmbeddingsAccepted, "EMBEDDINGS_ACCEPTED"),
    ];

    /// The text a store keeps.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(action, _)| *action == self).map_or("", |(_, text)| text)
    }

    /// From a store's text.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, stored)| *stored == text).map(|(action, _)| *action)
    }
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id; they sort by time.
    pub id: AuditEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none: whoever runs Polyphony, at the command line, or somebody who was nobody yet.
    pub actor_id: Option<UserId>,
    /// What.
    pub action: Action,
    /// On whose account.
    pub user_id: UserId,
    /// From which address, where it is known.
    pub address: Option<String>,
    /// With which program, as it calls itself.
    pub device: Option<String>,
    /// What was there before; never a secret.
    pub before: Option<Value>,
    /// What is there now; never a secret.
    pub after: Option<Value>,
}

/// Why an admin does something: the input's `reason`, 1 to 500 characters.
pub fn reason(text: &str) -> Result<&str, InvalidField> {
    let text = text.trim();
    if text.is_empty() || text.chars().nth(LONGEST_REASON).is_some() {
        return Err(InvalidField::new("reason", format!("must have 1 to {LONGEST_REASON} characters")));
    }
    Ok(text)
}

/// An address as the audit tells it: enough to recognise one's own, too little to collect others'.
pub fn masked(email: &str) -> String {
    match email.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().take(1).collect::<String>()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_survive_the_store_and_addresses_are_masked() {
        for (action, text) in Action::ALL {
            assert_eq!((action.as_str(), Action::from_stored(text)), (text, Some(action)));
        }
        assert_eq!(masked("nina@example.org"), "n…@example.org");
    }
}
