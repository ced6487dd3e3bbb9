//! The rules of taste and likeness. No I/O.

pub mod genre_vote;
pub mod rebuild;
pub mod taste_profile;
pub mod track_vector;
