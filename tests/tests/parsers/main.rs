//! Whatever strangers send, our parsers end with an answer: no panic, no endless loop, no memory beyond what the input is worth; and
//! what they take they give back. `texts` holds those that can be called, `wire` those behind the doors of a running Polyphony. Parsers
//! of files are tried in the media worker's own tests. All share one harness: `platform::testing::parsers`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod texts;
mod wire;
