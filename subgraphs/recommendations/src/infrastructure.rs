//! The adapters: taste profiles and vectors in SQL, nearness by Qdrant's engine or a server of it.

mod entity;
pub mod migration;
pub mod qdrant;
pub mod qdrant_edge;
pub mod rebuild_repository;
pub mod taste_profile_repository;
pub mod track_vector_repository;
