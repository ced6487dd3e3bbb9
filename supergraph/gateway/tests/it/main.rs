//! The gateway from a client's side: over real sockets, with three small subgraphs that are composed like the real ones.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app;
mod authentication;
mod browser;
mod caching;
mod contract;
mod cost;
mod cross_site;
mod diagnostics;
mod entities;
mod explorer;
mod failures;
mod faults;
mod http;
mod joins;
mod limits;
mod live;
mod operations;
mod overload;
mod partners;
mod rate;
mod records;
mod reload;
mod remote;
mod schema;
mod sharing;
mod single;
mod socket;
mod standalone;
mod stream;
mod supergraph;
mod token_attacks;
mod traces;
mod transport;
mod upload;
mod world;
