//! Keeping second factors.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::{TicketId, UserId};

use super::Ending;
use crate::application::record::Record;
use crate::domain::second_factor::{RecoveryCode, SecondFactor, TotpSecret};

/// A proof that is to be used up.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The code of an app, of this step.
    Step(i64),
    /// A recovery code.
    Recovery(RecoveryCode),
}

/// What became of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It was good and is used up now, and so is the ticket.
    Yes,
    /// The proof was used before, is of a step before the last one, or is none of the account's.
    No,
    /// The proof was good and is used up, but the ticket is not good any more.
    TicketGone,
}

/// Keeps second factors. Secrets are sealed in the store; every change is one transaction, with its record.
#[async_trait]
pub trait SecondFactorRepository: Send + Sync + 'static {
    /// The account's, confirmed or not.
    async fn find(&self, user_id: UserId) -> Result<Option<SecondFactor>, PortError>;

    /// Puts a secret that is not confirmed yet in place of another such one; `false` when one is confirmed already.
    async fn begin(&self, user_id: UserId, secret: &TotpSecret, now: DateTime<Utc>) -> Result<bool, PortError>;

    /// Confirms exactly that secret, with the step of the code that proved it, and sets the recovery codes; `false` when there is
    /// no such secret waiting.
    async fn confirm(&self, factor: &SecondFactor, step: i64, codes: &[RecoveryCode], now: DateTime<Utc>, record: &Record) -> Result<bool, PortError>;

    /// Uses a proof up, then the ticket where one is given. Of several calls with one proof, one gets other than `No`.
    async fn pass(&self, user_id: UserId, proof: &Proof, ticket: Option<TicketId>, now: DateTime<Utc>, record: &Record) -> Result<Passed, PortError>;

    /// Sets other recovery codes; the ones before work no more.
    async fn renew_codes(&self, user_id: UserId, codes: &[RecoveryCode], record: &Record) -> Result<(), PortError>;

    /// Removes it and its recovery codes, and ends the account's sessions; `false`, and nothing done, when there was none confirmed.
    async fn reset(&self, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>, record: &Record) -> Result<bool, PortError>;

    /// Removes it and its recovery codes; `false` when there was none confirmed.
    async fn remove(&self, user_id: UserId, record: &Record) -> Result<bool, PortError>;
}
