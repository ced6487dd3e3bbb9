//! The tables as rows.

pub(super) mod album;
pub(super) mod artist;
pub(super) mod genre;
pub(super) mod track;
pub(super) mod track_genre;
pub(super) mod upload;
