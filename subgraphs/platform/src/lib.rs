//! The drivers that contexts share: configuration, databases with outbox and inbox, the event bus, cache, rate limiter, blobs,
//! and the chassis that runs contexts as one process or as many.
//!
//! A port is a dyn-safe trait named after a capability; its documentation is what callers may rely on, and one contract
//! suite in `tests/it` runs on every adapter. [`Platform::open`] is the one place that picks adapters.

pub mod api_key;
pub mod authenticated;
pub mod bus;
pub mod cache;
pub mod cache_control;
pub mod chassis;
pub mod config;
pub mod consumer;
pub mod context;
pub mod cost;
pub mod data_loader;
pub mod database;
mod describe;
pub mod entities;
pub mod etag;
pub mod graphql;
pub mod inbox;
pub mod one_time;
pub mod outbox;
pub mod person;
pub mod problem;
pub mod rate_limiter;
pub mod sealed;
pub mod signature;
pub mod subgraph;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod upload;
pub mod viewer_token;
pub mod watch;

mod platform;

pub use config::Config;
pub use context::Context;
pub use database::Database;
pub use platform::{OpenError, Platform};
