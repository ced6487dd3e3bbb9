//! The tables as rows.

pub(super) mod attempt;
pub(super) mod audit;
pub(super) mod forgotten_password;
pub(super) mod password;
pub(super) mod refresh_token;
pub(super) mod session;
pub(super) mod signing_key;
pub(super) mod ticket;
pub(super) mod user;
