//! The adapters: taste profiles and vectors in SQL, nearness in memory.

mod entity;
pub mod exact;
pub mod migration;
pub mod taste_profile_repository;
pub mod track_vector_repository;
