//! The catalog on real stores, through its real entrances.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod album;
mod artist;
mod artwork;
mod events;
mod fingerprint;
mod kit;
mod known_again;
mod listing;
mod personal;
mod processing;
mod repository;
mod review;
mod review_repository;
mod statements;
mod track;
mod upload;
mod visibility;
