//! The rules of the catalog: no I/O.

pub mod album;
pub mod album_loudness;
pub mod artist;
pub mod artwork;
pub mod bio;
pub mod fingerprint;
pub mod genre;
pub mod isrc;
pub mod media_report;
pub mod name;
pub mod number;
pub mod recording_review;
pub mod release_date;
pub mod sound;
pub mod track;
pub mod track_state;
pub mod upload;
