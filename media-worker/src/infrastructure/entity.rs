//! Tables.

pub mod job;
pub mod job_log;
pub mod ladder;
pub mod uploader;
