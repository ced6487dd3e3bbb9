//! The rules of mail. No I/O.

pub mod backoff;
pub mod mail;
pub mod recipient;
