//! The ports on real stores.

pub mod cached_grants;
mod entity;
pub mod hmac;
pub mod ladder_repository;
pub mod migration;
