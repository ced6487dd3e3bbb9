//! The steps of a registration after the account: the taste profile, then the welcome mail. Each is another context's and is told by
//! events; when one cannot be done, or is not done in time, the account ends and with it what the steps before have made.

use std::sync::Arc;

use chrono::Duration;
use kernel::events::AccountMail;
use kernel::id::UserId;
use kernel::{Clock, IdGenerator, PortError};

use super::address_in_use::AddressInUse;
use super::end_account::EndAccount;
use super::ports::UserRepository;
use super::record::{Record, Recorder};
use super::rights_ports::RegistrationRepository;
use crate::domain::deletion::Reason;
use crate::domain::login::Login;
use crate::domain::registration::{Registration, Step};
use crate::domain::ticket::{Purpose, Ticket};

const BATCH: u64 = 32;

/// Leads registrations to their end.
#[derive(Clone)]
pub struct CompleteRegistration {
    pub(super) registrations: Arc<dyn RegistrationRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) end_account: EndAccount,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) address_in_use: AddressInUse,
    /// How long a step may take.
    pub(super) patience: Duration,
}

impl CompleteRegistration {
    /// How far that of an account has come.
    pub async fn find(&self, user_id: UserId) -> Result<Option<Registration>, PortError> {
        self.registrations.find(user_id).await
    }

    /// There is a taste profile: the mail is next. An address that is proved already gets none, and then nothing is left to do.
    pub async fn taste_profile_created(&self, user_id: UserId) -> Result<(), PortError> {
        let now = self.clock.now();
        let Some(user) = self.users.find(&[user_id]).await?.pop() else {
            // It was made for an account that is gone, perhaps out of a dead letter: it goes too.
            return self.end_account.run(user_id, Reason::Registration).await;
        };
        if user.email_verified_at.is_some() {
            let complete = Registration { step: Step::Complete, since: now };
            return self.registrations.advance(user_id, Step::TasteProfile, complete, None, &Record::NOTHING).await.map(drop);
        }
        if let Some(owner) = self.users.credentials(&Login::Email(user.email.clone())).await? {
            // The address is another's already: that person gets a mail, and nobody else learns of it.
            let complete = Registration { step: Step::Complete, since: now };
            let record = Record { events: self.address_in_use.tell(&owner.user).await?.into_iter().collect(), audit: Vec::new() };
            return self.registrations.advance(user_id, Step::TasteProfile, complete, None, &record).await.map(drop);
        }
        let ticket = Ticket::new(self.ids.next(), user_id, Purpose::VerifyEmail, user.email.clone(), now);
        let record = Record::NOTHING.with_event(self.recorder.mail(&user, AccountMail::Welcome, Some(&ticket)));
        let next = Registration { step: Step::WelcomeMail, since: now };
        self.registrations.advance(user_id, Step::TasteProfile, next, Some(&ticket), &record).await.map(drop)
    }

    /// The welcome mail waits to be sent: from there on it is notifications' duty, and the registration is complete.
    pub async fn mail_queued(&self, user_id: UserId) -> Result<(), PortError> {
        let complete = Registration { step: Step::Complete, since: self.clock.now() };
        self.registrations.advance(user_id, Step::WelcomeMail, complete, None, &Record::NOTHING).await.map(drop)
    }

    /// A step cannot be done: the account ends, unless its registration is past that step.
    pub async fn failed(&self, user_id: UserId, step: Step) -> Result<(), PortError> {
        match self.registrations.find(user_id).await? {
            Some(registration) if registration.step == step => self.undo(user_id, step).await,
            _ => Ok(()),
        }
    }

    /// Ends accounts whose registration is stuck.
    pub async fn undo_overdue(&self) -> Result<(), PortError> {
        for user_id in self.registrations.overdue(self.clock.now() - self.patience, BATCH).await? {
            if let Some(registration) = self.registrations.find(user_id).await? {
                self.undo(user_id, registration.step).await?;
            }
        }
        Ok(())
    }

    async fn undo(&self, user_id: UserId, step: Step) -> Result<(), PortError> {
        tracing::warn!(user = %user_id, step = step.as_str(), "a registration is undone");
        metrics::counter!("users_registrations_undone_total", "step" => step.as_str()).increment(1);
        self.end_account.run(user_id, Reason::Registration).await
    }
}
