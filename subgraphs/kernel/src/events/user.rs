//! What `users` tells.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::EventPayload;
use crate::id::{SessionId, TicketId, UserId};

/// An account exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserRegistered {
    /// Whose.
    pub user_id: UserId,
    /// The name others see.
    pub username: String,
}
payload!(UserRegistered, "user.registered", user_id);

/// Why somebody gets a mail about their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountMail {
    /// They are welcome, and are to confirm that they read their mail there.
    Welcome,
    /// They are to confirm that they read their mail there.
    VerifyEmail,
    /// Somebody, perhaps they, has forgotten the password.
    ResetPassword,
    /// The account is to get another address; to the address it has.
    ConfirmOldEmail,
    /// The account is to get another address; to that one.
    ConfirmNewEmail,
    /// The account has another address now; to the one it had.
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
    /// No second factor is asked for any more: an admin took it away.
    SecondFactorReset,
    /// The account is to end, unless the person keeps it.
    DeletionScheduled,
    /// The account has ended. The mail is nobody's then.
    AccountDeleted,
    /// A track of theirs sounds like another recording, and waits for an admin.
    RecordingHeld,
    /// An admin has decided that it may be published.
    RecordingAllowed,
    /// An admin has decided that it may not.
    RecordingRejected,
}

/// What a mail is about, where it is not the account itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailMatter {
    /// What the track is called.
    pub title: String,
    /// What an admin has to say of it.
    pub reason: Option<String>,
}

/// Somebody is to get a mail about their account.
///
/// It holds no secret: the token of its link is derived from the ticket's id and the installation's secret, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailRequested {
    /// Whose account.
    pub user_id: UserId,
    /// Why.
    pub mail: AccountMail,
    /// The address it goes to.
    pub to: String,
    /// How to address the person.
    pub name: String,
    /// What the link in it allows, once.
    #[serde(default)]
    pub ticket_id: Option<TicketId>,
    /// From when on the link allows nothing and the mail is not worth sending.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is about, where it is not the account itself.
    #[serde(default)]
    pub about: Option<MailMatter>,
}
payload!(MailRequested, "user.mail_requested", user_id);

/// A session has ended before its time: its access tokens count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionEnded {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub session_id: SessionId,
}
payload!(SessionEnded, "session.ended", user_id);

/// Who may see something of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Audience {
    /// Everybody.
    Everyone,
    /// Those who follow the person.
    Followers,
    /// The person alone.
    Nobody,
}

/// The most that a person wants to spend on sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AudioQuality {
    /// The smallest rendition.
    Low,
    /// The middle.
    Normal,
    /// The best lossy rendition.
    High,
    /// Whatever there is.
    Lossless,
}

/// A person wants something otherwise: all their preferences from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreferencesChanged {
    /// Whose.
    pub user_id: UserId,
    /// Counts the changes; a lower one than known is old news.
    pub version: u32,
    /// The language, as a BCP 47 tag; none: the device's own.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether recordings marked explicit may be played and shown.
    pub explicit_allowed: bool,
    /// The most to spend on sound.
    pub audio_quality: AudioQuality,
    /// Whether music goes on when what was asked for has ended.
    pub autoplay: bool,
    /// Who may see what the person listens to.
    pub listening_visible_to: Audience,
}
payload!(PreferencesChanged, "user.preferences_changed", user_id);
