//! What keeps an account its owner's: addresses, passwords, sessions, suspension, the audit.

mod error;
mod mutation;
mod object;
mod query;

pub(super) use mutation::SecurityMutation;
pub(super) use query::SecurityQuery;
