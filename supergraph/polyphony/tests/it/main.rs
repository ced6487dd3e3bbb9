//! All contexts together, driven by hand: the rights of a person, which no context can keep alone.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod copy;
mod end;
mod field_rights;
mod person;
mod registration;
mod search;
mod world;
