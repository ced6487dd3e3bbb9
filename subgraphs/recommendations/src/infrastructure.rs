//! The adapters: taste profiles in SQL.

mod entity;
pub mod migration;
pub mod taste_profile_repository;
