//! Rows.

pub(super) mod ladder;
pub(super) mod publication;
