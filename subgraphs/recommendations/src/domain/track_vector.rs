//! Where a track's sound lies among others.

use kernel::events::EmbeddingModel;
use kernel::id::{GenreId, TrackId, UploadId, UserId};

/// Most similar tracks that can be asked for at once.
pub const MOST_SIMILAR: usize = 50;

/// Vectors of one version of one model; those of two cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Space {
    /// Its name: lower case letters, digits and hyphens; no other space has it.
    pub name: String,
    /// Numbers of a vector.
    pub dim: usize,
}

impl Space {
    /// The space of a model.
    pub fn of(model: &EmbeddingModel) -> Self {
        let id: String = model.id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect();
        Self { name: format!("{id}-v{}-{}", model.version, model.dim), dim: usize::try_from(model.dim).unwrap_or(usize::MAX) }
    }

    /// The space of this name; none when no space is called so.
    pub fn named(name: &str) -> Option<Self> {
        let (id, dim) = name.rsplit_once('-')?;
        let well_formed = id.contains("-v") && name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'));
        dim.parse().ok().filter(|dim| well_formed && *dim > 0).map(|dim| Self { name: name.to_owned(), dim })
    }
}

/// Whose a track is, and what its owner calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Which track.
    pub track_id: TrackId,
    /// Whose.
    pub owner_id: UserId,
    /// Its genres.
    pub genres: Vec<GenreId>,
}

/// What a model made of an upload.
#[derive(Debug, Clone, PartialEq)]
pub struct Hearing {
    /// Whose sound.
    pub track_id: TrackId,
    /// Of which upload.
    pub upload_id: UploadId,
    /// In which space.
    pub space: Space,
    /// Of length 1; none where the model hears nothing.
    pub vector: Option<Vec<f32>>,
}

impl Hearing {
    /// As the media worker told it; a vector that cannot be one of its space is none.
    pub fn new(track_id: TrackId, upload_id: UploadId, model: &EmbeddingModel, vector: Option<Vec<f32>>) -> Self {
        let space = Space::of(model);
        let vector = vector.filter(|vector| vector.len() == space.dim && !vector.is_empty() && vector.iter().all(|value| value.is_finite()));
        Self { track_id, upload_id, space, vector }
    }
}

/// The vector of one upload of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackVector {
    /// Whose sound.
    pub track_id: TrackId,
    /// Of which upload.
    pub upload_id: UploadId,
    /// In which space.
    pub space: Space,
    /// Of length 1.
    pub vector: Vec<f32>,
}

/// A track, and how like another it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Which.
    pub track_id: TrackId,
    /// The cosine between both vectors: 1 is the same sound.
    pub similarity: f32,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{IdGenerator, OsRandomness, SystemClock};

    use super::*;

    #[test]
    fn what_does_not_fit_its_space_is_no_vector() {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        let model = EmbeddingModel { id: "../Odd Name".into(), version: 2, dim: 2 };
        assert_eq!(Space::of(&model).name, "---odd-name-v2-2");
        for (vector, fits) in [(vec![1.0, 0.0], true), (vec![1.0], false), (vec![f32::NAN, 1.0], false), (vec![], false)] {
            assert_eq!(Hearing::new(ids.next(), ids.next(), &model, Some(vector)).vector.is_some(), fits);
        }
    }

    #[test]
    fn a_space_is_known_by_its_name() {
        let space = Space::of(&EmbeddingModel { id: "signal".into(), version: 1, dim: 130 });
        assert_eq!(Space::named(&space.name), Some(space));
        for wrong in ["", "lock", "signal-v1-x", "signal-v1-0", "../x-v1-3", "signal-3"] {
            assert_eq!(Space::named(wrong), None, "{wrong}");
        }
    }
}
