//! What is known of somebody's taste.

use chrono::{DateTime, Utc};
use kernel::id::{GenreId, UserId};
use kernel::{Genre, InvalidField};

/// Genres one may name.
pub const MOST_FAVOURITES: usize = 10;

/// A genre and how much of somebody's taste it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GenreWeight {
    /// Which.
    pub genre_id: GenreId,
    /// Its share: above 0, at most 1; all of a profile make 1.
    pub weight: f64,
}

/// What is known of somebody's taste.
#[derive(Debug, Clone, PartialEq)]
pub struct TasteProfile {
    /// Whose.
    pub user_id: UserId,
    /// What they like, the most first; none while nothing is known.
    pub genres: Vec<GenreWeight>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl TasteProfile {
    /// Somebody of whose taste nothing is known.
    pub const fn unknown(user_id: UserId, now: DateTime<Utc>) -> Self {
        Self { user_id, genres: Vec::new(), updated_at: now }
    }
}

/// The genres of `slugs`, at most [`MOST_FAVOURITES`], each once, the favourite first. Of `n` the first counts `n` times as much as
/// the last, the others in even steps between.
pub fn favourites(slugs: &[String]) -> Result<Vec<GenreWeight>, InvalidField> {
    if slugs.len() > MOST_FAVOURITES {
        return Err(InvalidField::new("slugs", format!("must not be more than {MOST_FAVOURITES}")));
    }
    let mut ids = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let genre = Genre::by_slug(slug).ok_or_else(|| InvalidField::new("slugs", "holds what is not the slug of a genre"))?;
        if !ids.contains(&genre.id()) {
            ids.push(genre.id());
        }
    }
    let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let all = f64::from(count) * f64::from(count.saturating_add(1)) / 2.0;
    Ok(ids.into_iter().zip((1..=count).rev()).map(|(genre_id, rank)| GenreWeight { genre_id, weight: f64::from(rank) / all }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(slugs: &[&str]) -> Result<Vec<GenreWeight>, InvalidField> {
        favourites(&slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn weights_fall_and_make_a_whole() {
        let genres = named(&["jazz", "folk", "jazz", "dub"]).unwrap();
        let weights: Vec<_> = genres.iter().map(|genre| genre.weight).collect();
        assert_eq!(weights, [3.0 / 6.0, 2.0 / 6.0, 1.0 / 6.0]);
        assert_eq!(genres[0].genre_id, Genre::by_slug("jazz").unwrap().id());
        assert_eq!(named(&[]).unwrap(), []);
    }

    #[test]
    fn what_is_no_genre_and_what_is_too_much_are_refused() {
        for wrong in [&["Jazz"] as &[&str], &[""], &["polka"], &["jazz"; 11]] {
            assert_eq!(named(wrong).unwrap_err().field, "slugs", "{wrong:?}");
        }
    }
}
