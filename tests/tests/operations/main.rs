//! The trusted operations of `schema/persisted-operations.json`: each of them brings data from a whole Polyphony, by its id, to a
//! program that may send no text; and the manifest is what Apollo's own generator makes of `schema/operations`.
//!
//! The operations are asked in the order in which a day of an artist and a listener needs them. One that is in the manifest and
//! not asked here fails the test.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apollo;
mod day;
mod program;
