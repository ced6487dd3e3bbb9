//! Use cases of the worker and the ports they need.

pub mod on_rebuild_requested;
pub mod on_track_deleted;
pub mod on_track_uploaded;
pub mod operate_jobs;
pub mod ports;
pub mod process_upload;
pub mod rebuild_embeddings;
pub mod sweep_ladders;
pub mod work_off_jobs;
