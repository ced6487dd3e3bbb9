//! What a change tells others and notes for the audit; stored in the transaction of the change, so that neither can be without
//! the other.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::event::EventFactory;
use kernel::events::{AccountMail, MailMatter, MailRequested};
use kernel::id::UserId;
use kernel::{Clock, Event, IdGenerator};
use serde_json::Value;

use super::caller::Caller;
use crate::domain::audit::{Action, AuditEntry};
use crate::domain::email::Email;
use crate::domain::ticket::Ticket;
use crate::domain::user::User;

/// The side of a change that others see.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Facts for other contexts.
    pub events: Vec<Event>,
    /// Lines of the audit.
    pub audit: Vec<AuditEntry>,
}

impl Record {
    /// Nobody needs to know.
    pub const NOTHING: Self = Self { events: Vec::new(), audit: Vec::new() };

    /// With a fact more.
    #[must_use]
    pub fn with_event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

/// Makes records.
#[derive(Clone)]
pub struct Recorder {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl Recorder {
    /// That `caller` does `action` to the account `user_id`.
    pub(super) fn note(&self, caller: &Caller, action: Action, user_id: UserId, before: Option<Value>, after: Option<Value>) -> Record {
        let entry = AuditEntry {
            id: self.ids.next(),
            at: self.clock.now(),
            actor_id: caller.viewer.user_id(),
            action,
            user_id,
            address: caller.address.clone(),
            device: caller.device.clone(),
            before,
            after,
        };
        Record { events: Vec::new(), audit: vec![entry] }
    }

    /// That an admin did `action` elsewhere to something of `user_id`'s, which `event` tells.
    pub(super) fn note_of(&self, event: &Event, admin: UserId, action: Action, user_id: UserId, after: Value) -> Record {
        let entry = AuditEntry {
            id: self.ids.next(),
            at: event.time,
            actor_id: Some(admin),
            action,
            user_id,
            address: None,
            device: None,
            before: None,
            after: Some(after),
        };
        Record { events: Vec::new(), audit: vec![entry] }
    }

    /// A mail to the address of `user` about something of theirs.
    pub(super) fn mail_about(&self, user: &User, mail: AccountMail, about: MailMatter) -> Event {
        self.events.wrap(&MailRequested { about: Some(about), ..Self::request(user, &user.email, mail, None) })
    }

    /// A mail to the address of `user`.
    pub(super) fn mail(&self, user: &User, mail: AccountMail, ticket: Option<&Ticket>) -> Event {
        self.mail_to(user, &user.email, mail, ticket)
    }

    /// A mail to the address of `user` that carries no link and is worth sending until `until`.
    pub(super) fn mail_until(&self, user: &User, mail: AccountMail, until: DateTime<Utc>) -> Event {
        self.events.wrap(&MailRequested { expires_at: Some(until), ..Self::request(user, &user.email, mail, None) })
    }

    /// A mail to another address.
    pub(super) fn mail_to(&self, user: &User, to: &Email, mail: AccountMail, ticket: Option<&Ticket>) -> Event {
        self.events.wrap(&Self::request(user, to, mail, ticket))
    }

    fn request(user: &User, to: &Email, mail: AccountMail, ticket: Option<&Ticket>) -> MailRequested {
        MailRequested {
            user_id: user.id,
            mail,
            to: to.as_str().to_owned(),
            name: user.shown_name().to_owned(),
            ticket_id: ticket.map(|ticket| ticket.id),
            expires_at: ticket.map(|ticket| ticket.expires_at),
            about: None,
        }
    }

    /// Envelopes.
    pub(super) const fn events(&self) -> &EventFactory {
        &self.events
    }
}
