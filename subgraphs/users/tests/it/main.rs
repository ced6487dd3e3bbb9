//! The users context through its schema and its ports, on every adapter.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access_token;
mod address;
mod audit;
mod avatar;
mod become_artist;
mod ensure_account;
mod issuer;
mod partner;
mod partner_repository;
mod password;
mod preferences;
mod premium;
mod profile;
mod provider;
mod provider_end;
mod register;
mod registration;
mod repository;
mod role;
mod second_factor;
mod session;
mod sign_in;
mod support;
mod suspension;
mod throttle;
mod tickets;
mod user;
