//! The tables as rows.

pub(super) mod accepted_space;
pub(super) mod published_track;
pub(super) mod rebuild;
pub(super) mod serving_space;
pub(super) mod taste_genre;
pub(super) mod taste_profile;
pub(super) mod track_label;
pub(super) mod unheard_upload;
pub(super) mod upload_vector;
