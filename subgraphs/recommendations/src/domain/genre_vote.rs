//! Which genres a recording may have: what those who sound like it are called by their owners (weighted nearest neighbours: S. A. Dudani,
//! "The Distance-Weighted k-Nearest-Neighbor Rule", IEEE Transactions on Systems, Man, and Cybernetics 6(4), 1976).

use std::collections::HashMap;

use kernel::id::GenreId;

/// Neighbours that are asked.
pub const NEIGHBOURS: usize = 20;
/// Fewer labelled ones than this say nothing.
pub const FEWEST: usize = 5;
/// Suggestions at most.
const MOST: usize = 3;
/// A smaller share of the votes is noise.
const SMALLEST_SHARE: f64 = 0.1;

/// A genre, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuggestedGenre {
    /// Which.
    pub genre_id: GenreId,
    /// Its share of the votes: above 0, at most 1.
    pub confidence: f64,
}

/// The genres that `neighbours` (similarity and genres of each) vote for, the surest first; none when too few of them have any.
/// A neighbour's vote weighs as much as it is similar, and is shared between its genres.
pub fn vote(neighbours: &[(f32, Vec<GenreId>)]) -> Option<Vec<SuggestedGenre>> {
    let voters: Vec<_> = neighbours.iter().filter(|(similarity, genres)| *similarity > 0.0 && !genres.is_empty()).collect();
    if voters.len() < FEWEST {
        return None;
    }
    let all: f64 = voters.iter().map(|(similarity, _)| f64::from(*similarity)).sum();
    let mut votes: HashMap<GenreId, f64> = HashMap::new();
    for (similarity, genres) in voters {
        let share = f64::from(*similarity) / all / f64::from(u32::try_from(genres.len()).unwrap_or(u32::MAX));
        for genre in genres {
            *votes.entry(*genre).or_default() += share;
        }
    }
    let mut suggested: Vec<_> = votes.into_iter().map(|(genre_id, share)| SuggestedGenre { genre_id, confidence: share.min(1.0) }).collect();
    suggested.retain(|genre| genre.confidence >= SMALLEST_SHARE);
    // Ties by id, so that the order is the same each time.
    suggested.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.genre_id.uuid().cmp(&b.genre_id.uuid())));
    suggested.truncate(MOST);
    Some(suggested)
}

#[cfg(test)]
mod tests {
    use kernel::Genre;

    use super::*;

    fn genre(slug: &str) -> GenreId {
        Genre::by_slug(slug).unwrap().id()
    }

    #[test]
    fn the_nearer_count_for_more_and_shares_make_a_whole() {
        let neighbours = [
            (0.9, vec![genre("jazz")]),
            (0.8, vec![genre("jazz"), genre("blues")]),
            (0.5, vec![genre("folk")]),
            (0.5, vec![genre("jazz")]),
            (0.3, vec![genre("blues")]),
            (0.99, vec![]),
            (-0.2, vec![genre("opera")]),
        ];
        let suggested = vote(&neighbours).unwrap();
        assert_eq!(suggested.iter().map(|one| one.genre_id).collect::<Vec<_>>(), [genre("jazz"), genre("blues"), genre("folk")]);
        assert!((suggested[0].confidence - 1.8 / 3.0).abs() < 1e-6, "{suggested:?}");
        assert!((suggested.iter().map(|one| one.confidence).sum::<f64>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn few_say_nothing_and_a_whisper_is_not_heard() {
        let jazz = || (0.9, vec![genre("jazz")]);
        assert_eq!(vote(&vec![jazz(); FEWEST - 1]), None);
        assert_eq!(vote(&[]), None);
        let mut many = vec![jazz(); 19];
        many.push((0.2, vec![genre("noise")]));
        let suggested = vote(&many).unwrap();
        assert_eq!(suggested.len(), 1);
        assert!(suggested[0].confidence > 0.9 && suggested[0].confidence < 1.0);
    }
}
