//! The playback context through its schema, its routes, its events and its ports, on every adapter.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod download;
mod event;
mod grant;
mod media;
mod range;
mod repository;
mod stream;
mod support;
mod waveform;
