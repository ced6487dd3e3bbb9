//! Tables.

pub mod job;
pub mod ladder;
