//! The rules of taste. No I/O.

pub mod taste_profile;
