//! What a store's refusals mean to the use cases.

use kernel::PortError;
use sea_orm::UpdateResult;

use crate::application::ports::{CHANGED, DUPLICATE};

/// The unique indexes over names and titles are the only ones that end in this; SQLite names the column, PostgreSQL the index.
const NAME_KEYS: [&str; 2] = ["name_key", "title_key"];

/// A uniqueness rule over names is [`DUPLICATE`]; a foreign key that leads nowhere, or that still leads here, is [`CHANGED`].
pub(super) fn conflict(error: PortError) -> PortError {
    match error {
        PortError::Conflict { constraint } if NAME_KEYS.iter().any(|key| constraint.contains(key)) => PortError::Conflict { constraint: DUPLICATE.into() },
        PortError::Conflict { .. } => changed(),
        other => other,
    }
}

/// Somebody else came first.
pub(super) fn changed() -> PortError {
    PortError::Conflict { constraint: CHANGED.into() }
}

/// An update that was to find its row as it was read.
pub(super) fn expect_row(result: &UpdateResult) -> Result<(), PortError> {
    if result.rows_affected == 0 { Err(changed()) } else { Ok(()) }
}
