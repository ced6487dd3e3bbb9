//! The rules of accounts, sessions and signing keys. No I/O.

pub mod audit;
pub mod email;
pub mod login;
pub mod password;
pub mod profile;
pub mod session;
pub mod signing_key;
pub mod throttle;
pub mod ticket;
pub mod user;
pub mod username;
