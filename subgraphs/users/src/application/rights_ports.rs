//! What the rights of a person need from the outside: registrations, copies and deletions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{DataExportId, DeletionId, UserId};
use kernel::{Event, PortError};

use super::ports::Ending;
use super::record::Record;
use crate::domain::data_export::{Archive, DataExport};
use crate::domain::deletion::Deletion;
use crate::domain::registration::{Registration, Step};
use crate::domain::ticket::Ticket;

/// Keeps how far registrations have come. Each begins with its account, in one transaction.
#[async_trait]
pub trait RegistrationRepository: Send + Sync + 'static {
    /// How far that of an account has come; none for accounts that are older than registrations, and when there is no account.
    async fn find(&self, user_id: UserId) -> Result<Option<Registration>, PortError>;

    /// Goes from one step to the next, together with a ticket and `record`; `false`, and nothing done, when it is not at `from`.
    async fn advance(&self, user_id: UserId, from: Step, to: Registration, ticket: Option<&Ticket>, record: &Record) -> Result<bool, PortError>;

    /// Accounts that have waited for a step since before `before`.
    async fn overdue(&self, before: DateTime<Utc>, limit: u64) -> Result<Vec<UserId>, PortError>;
}

/// Keeps copies in the making and their archives' dates. Every change is one transaction.
#[async_trait]
pub trait DataExportRepository: Send + Sync + 'static {
    /// Adds one, asked of the contexts of its answers, with its record.
    async fn add(&self, export: &DataExport, record: &Record) -> Result<(), PortError>;

    /// One.
    async fn find(&self, id: DataExportId) -> Result<Option<DataExport>, PortError>;

    /// Those of an account, newest first.
    async fn of_user(&self, user_id: UserId) -> Result<Vec<DataExport>, PortError>;

    /// Those without an archive, oldest first.
    async fn unfinished(&self, limit: u64) -> Result<Vec<DataExport>, PortError>;

    /// A context has answered.
    async fn answered(&self, id: DataExportId, context: &str, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Contexts are asked again, by `event`.
    async fn asked_again(&self, id: DataExportId, contexts: &[String], now: DateTime<Utc>, event: &Event) -> Result<(), PortError>;

    /// Its archive is made. `NotFound` when the account is gone meanwhile.
    async fn finish(&self, id: DataExportId, archive: Archive) -> Result<(), PortError>;

    /// Those whose archive expired by `now`.
    async fn expired(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<DataExportId>, PortError>;

    /// Forgets one.
    async fn remove(&self, id: DataExportId) -> Result<(), PortError>;
}

/// Keeps the ends of accounts. Every change is one transaction.
#[async_trait]
pub trait DeletionRepository: Send + Sync + 'static {
    /// Adds one that is to begin later. `Conflict` when the account has one.
    async fn schedule(&self, deletion: &Deletion, record: &Record) -> Result<(), PortError>;

    /// Forgets one that has not begun; `false` when there is none.
    async fn cancel(&self, user_id: UserId, record: &Record) -> Result<bool, PortError>;

    /// One.
    async fn find(&self, id: DeletionId) -> Result<Option<Deletion>, PortError>;

    /// That of an account.
    async fn of_user(&self, user_id: UserId) -> Result<Option<Deletion>, PortError>;

    /// Those that are to begin by `now`.
    async fn due(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<Deletion>, PortError>;

    /// Those that have begun and are not complete.
    async fn unfinished(&self, limit: u64) -> Result<Vec<Deletion>, PortError>;

    /// The account's end: its sessions end, everything of this context that is the person's goes, the audit keeps what was done and not by
    /// whom or on whom, and `told` is told. `deletion` is stored as it is, whether it was scheduled or not.
    async fn begin(&self, deletion: &Deletion, user_id: UserId, ending: Ending<'_>, told: &[Event]) -> Result<(), PortError>;

    /// What the account left in the blob store: names and folders.
    async fn blobs(&self, id: DeletionId) -> Result<Vec<String>, PortError>;

    /// A context has answered.
    async fn answered(&self, id: DeletionId, context: &str, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Contexts are asked again, by `event`.
    async fn asked_again(&self, id: DeletionId, contexts: &[String], now: DateTime<Utc>, event: &Event) -> Result<(), PortError>;

    /// It is complete: whose account it was is forgotten too.
    async fn complete(&self, id: DeletionId, now: DateTime<Utc>) -> Result<(), PortError>;
}
