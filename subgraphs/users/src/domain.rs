//! The rules of accounts, sessions, signing keys and partners. No I/O.

pub mod answer;
pub mod api_key;
pub mod audit;
pub mod avatar;
pub mod data_export;
pub mod deletion;
pub mod email;
pub mod identity;
pub mod login;
pub mod organisation;
pub mod password;
pub mod picture;
pub mod preferences;
pub mod profile;
pub mod registration;
pub mod second_factor;
pub mod session;
pub mod signing_key;
pub mod throttle;
pub mod ticket;
pub mod user;
pub mod username;
