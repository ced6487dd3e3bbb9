//! The ports on real stores.

pub mod cached_prolongations;
mod entity;
pub mod hmac;
pub mod ladder_repository;
pub mod migration;
