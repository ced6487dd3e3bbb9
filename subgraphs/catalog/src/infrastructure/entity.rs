//! The tables as rows.

pub(super) mod album;
pub(super) mod artist;
pub(super) mod fingerprint;
pub(super) mod fingerprint_generation;
pub(super) mod fingerprint_term;
pub(super) mod genre;
pub(super) mod recording_review;
pub(super) mod track;
pub(super) mod track_genre;
pub(super) mod track_loudness;
pub(super) mod upload;
