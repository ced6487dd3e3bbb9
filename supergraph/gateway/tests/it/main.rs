//! The gateway from a client's side: over real sockets, with three small subgraphs that are composed like the real ones.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app;
mod authentication;
mod browser;
mod cost;
mod cross_site;
mod explorer;
mod failures;
mod faults;
mod http;
mod joins;
mod limits;
mod live;
mod overload;
mod remote;
mod socket;
mod supergraph;
mod token_attacks;
mod world;
