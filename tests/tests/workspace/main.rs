//! What holds for the workspace as a whole: who may depend on whom, whose licences come along, what lies where.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod dependencies;
mod layout;
mod licences;
mod metadata;
