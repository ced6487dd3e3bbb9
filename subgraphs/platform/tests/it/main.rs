//! What the platform promises: a contract suite for each port, run on every adapter, and the chassis from a client's side.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bus;
mod cache;
mod chassis;
mod config;
mod consumer;
mod database;
mod inbox;
mod listener;
mod outbox;
mod rate_limiter;
mod subgraph_http;
mod support;
mod traces;
mod viewer_token;
