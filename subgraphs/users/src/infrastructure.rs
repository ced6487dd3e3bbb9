//! The adapters: tables, Argon2, JSON web tokens.

mod answers;
pub mod api_key_repository;
pub mod argon2;
pub mod attempt_log;
pub mod audit_log;
pub mod avatar_repository;
pub mod data_export_repository;
pub mod deletion_repository;
mod entity;
pub mod github;
pub mod identity_repository;
pub mod jwt;
pub mod migration;
pub mod openid_connect;
pub mod organisation_repository;
pub mod preferences_repository;
pub mod provider_http;
pub mod providers;
pub mod registration_repository;
pub mod second_factor_repository;
pub mod session_repository;
pub mod signing_key_repository;
pub mod ticket_repository;
pub mod user_repository;
