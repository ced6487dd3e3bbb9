//! The tables as rows.

pub(super) mod password;
pub(super) mod refresh_token;
pub(super) mod session;
pub(super) mod signing_key;
pub(super) mod user;
