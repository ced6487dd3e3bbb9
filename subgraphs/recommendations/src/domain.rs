//! The rules of taste and likeness. No I/O.

pub mod taste_profile;
pub mod track_vector;
