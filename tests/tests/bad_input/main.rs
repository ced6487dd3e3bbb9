//! Every mutation refuses what it must, through the public endpoint: missing, wrong, too long, foreign and duplicate input, each
//! with a code and, where one is to blame, a field.
//!
//! The cases are tables; [`coverage`] says which mutation has none.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod catalog;
mod coverage;
mod explorer;
mod notifications;
mod oneself;
mod partners;
mod providers;
mod recommendations;
mod rights;
mod security;
mod stage;
mod users;
mod viewers;
