//! The recommendations context through its ports, its consumer and its schema, on every adapter.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod embedding_index;
mod exact;
mod fake_qdrant;
mod rebuild;
mod serve_space;
mod similar;
mod suggested_genres;
mod support;
mod taste_profile;
