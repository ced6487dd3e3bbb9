//! The adapters: tables, Argon2, JSON web tokens.

pub mod argon2;
mod entity;
pub mod jwt;
pub mod migration;
pub mod session_repository;
pub mod signing_key_repository;
pub mod user_repository;
