//! The tables as rows.

pub(super) mod taste_genre;
pub(super) mod taste_profile;
