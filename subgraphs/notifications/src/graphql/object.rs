//! Payloads.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::mail::DeadMail;

/// Why somebody gets a mail about their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::events::AccountMail")]
pub(super) enum MailReason {
    /// They are welcome, and are to confirm their address.
    Welcome,
    /// They are to confirm their address.
    VerifyEmail,
    /// The password was forgotten.
    ResetPassword,
    /// The account is to get another address; to the address it has.
    ConfirmOldEmail,
    /// The account is to get another address; to that one.
    ConfirmNewEmail,
    /// The account has another address now.
    EmailChanged,
    /// The password is another now.
    PasswordChanged,
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// No second factor is asked for any more.
    SecondFactorOff,
    /// Somebody signed in with a device or from an address not seen before.
    NewDevice,
    /// Somebody wanted an account, or another address for one, with an address that is this account's.
    AddressInUse,
    /// Nobody can sign in until an admin allows it again.
    Suspended,
    /// An admin took the second factor away.
    SecondFactorReset,
    /// The account is to end.
    DeletionScheduled,
    /// The account has ended.
    AccountDeleted,
    /// A track of theirs sounds like another recording, and waits for an admin.
    RecordingHeld,
    /// An admin has decided that it may be published.
    RecordingAllowed,
    /// An admin has decided that it may not.
    RecordingRejected,
}

/// A mail that was given up.
#[derive(SimpleObject)]
pub(super) struct UndeliveredMail {
    /// Its id.
    id: ID,
    /// The address it was for.
    to: String,
    /// Why it was to be sent.
    reason: MailReason,
    /// How often it was tried.
    attempts: u32,
    /// What went wrong last.
    failure: String,
    /// When it was queued.
    created_at: DateTime<Utc>,
    /// When it was given up.
    given_up_at: DateTime<Utc>,
}

impl From<DeadMail> for UndeliveredMail {
    fn from(dead: DeadMail) -> Self {
        let DeadMail { mail, failure, died_at } = dead;
        Self {
            id: mail.id.to_string().into(),
            to: mail.recipient.address().to_owned(),
            reason: mail.reason.into(),
            attempts: mail.attempts,
            failure,
            created_at: mail.created_at,
            given_up_at: died_at,
        }
    }
}
