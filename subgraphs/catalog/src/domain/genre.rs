//! Musical genres: a fixed list, the same in every installation.

use kernel::InvalidField;
use kernel::id::GenreId;

/// Genres a track may have.
pub const MAX_PER_TRACK: usize = 5;

/// A musical genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genre {
    /// Its id: the same in every installation.
    pub id: GenreId,
    /// Its name in addresses and filters: lower case letters and hyphens.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// The ids of the genres that `slugs` names among `known`: at most [`MAX_PER_TRACK`], each once, in the given order.
pub fn chosen(slugs: &[String], known: &[Genre]) -> Result<Vec<GenreId>, InvalidField> {
    if slugs.len() > MAX_PER_TRACK {
        return Err(InvalidField::new("genres", format!("must not be more than {MAX_PER_TRACK}")));
    }
    let mut ids = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let genre = known.iter().find(|genre| genre.slug == *slug).ok_or_else(|| InvalidField::new("genres", "holds what is not the slug of a genre"))?;
        if !ids.contains(&genre.id) {
            ids.push(genre.id);
        }
    }
    Ok(ids)
}
