//! Drivers: GStreamer in a child process, the job tables, the ladder's files.

pub mod child_process;
pub mod entity;
pub mod gstreamer;
pub mod job_repository;
pub mod ladder_files;
pub mod migration;
pub mod source_file;
pub mod transcode_main;
