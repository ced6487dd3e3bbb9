//! Drivers: GStreamer in a child process, learned models, the job tables, the ladder's files.

pub mod child_process;
pub mod encrypting;
pub mod entity;
pub mod gstreamer;
pub mod job_repository;
pub mod ladder_files;
pub mod migration;
pub mod onnx;
mod pictures;
pub mod sandbox;
pub mod source_file;
pub mod source_tags;
pub mod transcode_main;
