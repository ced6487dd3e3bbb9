//! The adapters: tables and address secrets.

pub mod album_repository;
pub mod artist_repository;
mod conflict;
mod entity;
pub mod fingerprint_index;
pub mod genre_repository;
pub mod hmac;
mod keyset;
pub mod migration;
pub mod review_repository;
mod track_loudness;
pub mod track_repository;
mod track_row;
pub mod upload_repository;
