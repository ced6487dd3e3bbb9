//! Payloads.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::id::GenreId;

use crate::domain;

/// What is known of somebody's taste.
#[derive(SimpleObject)]
pub(super) struct TasteProfile {
    /// What they like, the most first; none while nothing is known.
    genres: Vec<TasteGenre>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<domain::taste_profile::TasteProfile> for TasteProfile {
    fn from(profile: domain::taste_profile::TasteProfile) -> Self {
        Self { genres: profile.genres.into_iter().map(TasteGenre::from).collect(), updated_at: profile.updated_at }
    }
}

/// A genre and how much of somebody's taste it is.
#[derive(SimpleObject)]
struct TasteGenre {
    /// The genre.
    genre: Genre,
    /// Its share: above 0, at most 1; all of a profile make 1.
    weight: f64,
}

impl From<domain::taste_profile::GenreWeight> for TasteGenre {
    fn from(genre: domain::taste_profile::GenreWeight) -> Self {
        Self { genre: genre.genre_id.into(), weight: genre.weight }
    }
}

/// A musical genre.
#[derive(SimpleObject)]
#[graphql(unresolvable = "id")]
pub(super) struct Genre {
    /// The id.
    id: ID,
}

impl From<GenreId> for Genre {
    fn from(id: GenreId) -> Self {
        Self { id: id.to_string().into() }
    }
}
