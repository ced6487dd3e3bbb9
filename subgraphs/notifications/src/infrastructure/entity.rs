//! The tables as rows.

pub(super) mod mail;
