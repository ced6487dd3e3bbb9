//! The media worker from the outside: ladders of generated sound, hostile files, the job store on each database, and workers that die.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod analysis;
mod apple;
mod child_process;
mod corpus;
mod embedder;
mod hostile;
mod job_repository;
mod ladder;
mod loudness;
mod outputs;
mod parsers;
mod rebuild;
mod sandbox;
mod service;
mod support;
mod tiny_model;
mod worker;
mod worker_jobs;
mod worker_kit;
