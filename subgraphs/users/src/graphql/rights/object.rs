//! Payloads.

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain;

/// How far a registration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum RegistrationState {
    /// The taste profile is being made.
    MakingTasteProfile,
    /// The welcome mail is being queued.
    QueueingWelcomeMail,
    /// All is there.
    Complete,
}

/// A registration. One that fails, or is not complete in time, is undone: then the account is gone.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Registration {
    /// How far it has come.
    state: RegistrationState,
    /// Since when.
    since: DateTime<Utc>,
}

impl From<domain::registration::Registration> for Registration {
    fn from(registration: domain::registration::Registration) -> Self {
        use domain::registration::Step;
        let state = match registration.step {
            Step::TasteProfile => RegistrationState::MakingTasteProfile,
            Step::WelcomeMail => RegistrationState::QueueingWelcomeMail,
            Step::Complete => RegistrationState::Complete,
        };
        Self { state, since: registration.since }
    }
}

/// Whether a part of the service has done its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum PartState {
    /// It was asked.
    Waiting,
    /// It did not answer in time and was asked again.
    Late,
    /// It is done.
    Done,
}

/// One part of the service, and its part in a copy or an end.
#[derive(SimpleObject)]
pub(super) struct PersonalDataPart {
    /// Which part: `users`, `catalog` and so on.
    context: String,
    /// Whether it is done.
    state: PartState,
    /// How often it was asked.
    attempts: u32,
}

impl From<domain::answer::Answer> for PersonalDataPart {
    fn from(answer: domain::answer::Answer) -> Self {
        let state = match answer.answered_at {
            Some(_) => PartState::Done,
            None if answer.is_late() => PartState::Late,
            None => PartState::Waiting,
        };
        Self { context: answer.context, state, attempts: answer.attempts }
    }
}

/// A copy of all that is kept of a person, in the making or ready: a zip archive of JSON files.
pub(super) struct DataExport {
    pub(super) export: domain::data_export::DataExport,
    pub(super) url: Option<String>,
}

/// A copy of all that is kept of a person, in the making or ready: a zip archive of JSON files.
#[Object]
impl DataExport {
    /// The id.
    async fn id(&self) -> ID {
        self.export.id.to_string().into()
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.export.requested_at
    }

    /// When it was ready; null while it is made.
    async fn ready_at(&self) -> Option<DateTime<Utc>> {
        self.export.archive.map(|archive| archive.ready_at)
    }

    /// When it is thrown away.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.export.archive.map(|archive| archive.expires_at)
    }

    /// Its length in bytes.
    async fn size_bytes(&self) -> Option<u64> {
        self.export.archive.map(|archive| archive.size_bytes)
    }

    /// Where it can be had until it expires, by whoever knows the address; null while it is made.
    async fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// What each part of the service has done for it.
    async fn parts(&self) -> Vec<PersonalDataPart> {
        self.export.answers.iter().cloned().map(PersonalDataPart::from).collect()
    }
}

/// How far the end of an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::deletion::DeletionState")]
pub(super) enum AccountDeletionState {
    /// It begins when it is due, and can be cancelled until then.
    Scheduled,
    /// The account is gone; every part of the service erases what it keeps.
    Erasing,
    /// Nothing is kept any more.
    Complete,
}

/// What a browser came back with from a linked provider, a moment ago: it proves the viewer once more. See IdentityProvider.
#[derive(InputObject)]
pub(super) struct FreshSignInInput {
    /// What stands behind `#code=`. It works once, for two minutes.
    pub(super) code: String,
    /// What the `code_challenge` was made of.
    pub(super) verifier: String,
}

/// The end of an account.
#[derive(SimpleObject)]
pub(super) struct AccountDeletion {
    /// The id. Keep it: by it the deletion can be followed when the account is gone.
    id: ID,
    /// How far it has come.
    state: AccountDeletionState,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// When it begins.
    due_at: DateTime<Utc>,
    /// When it was complete.
    completed_at: Option<DateTime<Utc>>,
    /// What each part of the service has erased; none before it begins.
    parts: Vec<PersonalDataPart>,
}

impl From<domain::deletion::Deletion> for AccountDeletion {
    fn from(deletion: domain::deletion::Deletion) -> Self {
        Self {
            id: deletion.id.to_string().into(),
            state: deletion.state().into(),
            requested_at: deletion.requested_at,
            due_at: deletion.due_at,
            completed_at: deletion.completed_at,
            parts: deletion.answers.into_iter().map(PersonalDataPart::from).collect(),
        }
    }
}
