//! What taggers call a genre, as the service's genres.

use serde::Deserialize;
use serde_json::json;

use super::client::{Client, ClientError};

/// The catalog takes so many a track.
const MOST: usize = 5;
/// Spellings that are common in tags and unlike the service's.
const OTHER_SPELLINGS: [(&str, &str); 12] = [
    ("dnb", "drumandbass"),
    ("drumnbass", "drumandbass"),
    ("electronica", "electronic"),
    ("gamemusic", "game"),
    ("lofihiphop", "lofi"),
    ("ost", "soundtrack"),
    ("randb", "rhythmandblues"),
    ("rap", "hiphop"),
    ("rnb", "rhythmandblues"),
    ("score", "soundtrack"),
    ("speech", "spokenword"),
    ("videogame", "game"),
];

/// The service's genres.
#[derive(Debug, Default)]
pub(crate) struct Genres(Vec<Genre>);

#[derive(Debug, Deserialize)]
struct Genre {
    slug: String,
    name: String,
}

impl Genres {
    /// Asks for them.
    pub(crate) async fn fetch(client: &Client) -> Result<Self, ClientError> {
        client.run("query ImportGenres { genres { slug name } }", "genres", json!({})).await.map(Self)
    }

    /// The slugs of those that the tags name, in their order; what the service does not know is left out.
    pub(crate) fn slugs(&self, tags: &[String]) -> Vec<&str> {
        let mut slugs = Vec::new();
        for tag in tags {
            // "Drum & Bass/Jungle" may be one name or a list of two.
            let names = std::iter::once(tag.as_str()).chain(tag.split([';', ',', '/', '|']));
            for slug in names.filter_map(|name| self.slug(name)) {
                if !slugs.contains(&slug) && slugs.len() < MOST {
                    slugs.push(slug);
                }
            }
        }
        slugs
    }

    fn slug(&self, name: &str) -> Option<&str> {
        let spelled = bare(name);
        let wanted = OTHER_SPELLINGS.iter().find(|(other, _)| *other == spelled).map_or(spelled.as_str(), |(_, ours)| ours);
        self.0.iter().find(|genre| bare(&genre.name) == wanted || bare(&genre.slug) == wanted).map(|genre| genre.slug.as_str())
    }
}

/// Letters and digits alone, in lower case: hyphens and spaces are nobody's intention.
fn bare(name: &str) -> String {
    name.replace('&', "and").chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_among_the_services_genres() {
        let known = [("drum-and-bass", "Drum and Bass"), ("electronic", "Electronic"), ("hip-hop", "Hip-Hop"), ("rhythm-and-blues", "Rhythm and Blues")];
        let genres = Genres(known.iter().map(|(slug, name)| Genre { slug: (*slug).into(), name: (*name).into() }).collect());
        let slugs = |tags: &[&str]| genres.slugs(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>()).join(" ");
        assert_eq!(slugs(&["Hip Hop"]), "hip-hop");
        assert_eq!(slugs(&["Drum & Bass/Jungle"]), "drum-and-bass");
        assert_eq!(slugs(&["R&B; electronica", "HIPHOP", "hip-hop"]), "rhythm-and-blues electronic hip-hop");
        assert_eq!(slugs(&["Polka", ""]), "");
    }
}
