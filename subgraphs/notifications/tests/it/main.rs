//! The notifications context through its ports, its consumer and its schema, on every adapter.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod delivery;
mod graphql;
mod mailer;
mod queue;
mod smtp_server;
mod support;
