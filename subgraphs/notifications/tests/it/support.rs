//! Mails, letters and mailers of the tests.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::event::EventFactory;
use kernel::events::{AccountMail, MailMatter, MailQueued};
use kernel::{Clock as _, Event, IdGenerator, OsRandomness, SystemClock};
use notifications::application::ports::{Letter, Mailer, SendError, Words};
use notifications::domain::mail::Mail;
use notifications::domain::recipient::Recipient;

pub(crate) fn ids() -> IdGenerator {
    IdGenerator::new(std::sync::Arc::new(SystemClock), std::sync::Arc::new(OsRandomness))
}

/// To the microsecond: what every store keeps.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_225_600_123_456).expect("an instant")
}

pub(crate) fn recipient() -> Recipient {
    Recipient::new("ada@example.org", "Ada, Countess of L\u{f6}velace").expect("a recipient")
}

pub(crate) fn mail() -> Mail {
    Mail {
        about: Some(MailMatter { title: "Dawn".into(), reason: Some("It is Ada's.".into()) }),
        id: ids().next(),
        user_id: Some(ids().next()),
        recipient: recipient(),
        reason: AccountMail::ResetPassword,
        ticket_id: Some(ids().next()),
        expires_at: Some(now() + chrono::Duration::minutes(30)),
        attempts: 0,
        created_at: now(),
    }
}

/// A fact that goes along with a mail.
pub(crate) fn told() -> Event {
    let clock = std::sync::Arc::new(SystemClock);
    EventFactory::new("notifications", clock, ids()).wrap(&MailQueued { user_id: ids().next(), mail: AccountMail::ResetPassword })
}

pub(crate) fn letter() -> Letter {
    let words = Words { subject: "Subject \u{266b}".into(), text: "plain words\n.a line with a dot\n".into(), html: "<p>set words</p>".into() };
    Letter { id: ids().next(), recipient: recipient(), words, sent_at: SystemClock.now() }
}

/// Answers as told, then with success, and keeps what it was given.
#[derive(Default)]
pub(crate) struct FakeMailer {
    pub(crate) answers: Mutex<VecDeque<SendError>>,
    pub(crate) sent: Mutex<Vec<Letter>>,
}

impl FakeMailer {
    pub(crate) fn will_fail(&self, error: SendError) {
        self.answers.lock().expect("whole").push_back(error);
    }

    pub(crate) fn sent(&self) -> Vec<Letter> {
        self.sent.lock().expect("whole").clone()
    }
}

#[async_trait]
impl Mailer for FakeMailer {
    async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        if let Some(error) = self.answers.lock().expect("whole").pop_front() {
            return Err(error);
        }
        self.sent.lock().expect("whole").push(letter.clone());
        Ok(())
    }
}
